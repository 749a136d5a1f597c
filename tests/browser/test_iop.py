"""A made-up partnership in a real browser, from the guided test to the final evaluation, and the demo's own pages.

The portal is the one that `make run` starts, and its worker moves the partnership on its days. Time travels by the
clock in its database: a day that has to have been is set there.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from botkyrka_civil.casework.signing import checksum
from iop import facts, rules
from tests.tools.portal import Person, Portal, Visitor, assert_valid, links, run_sql

pytestmark = pytest.mark.browser
PATIENCE = 100  # seconds: the clock ticks each minute
FITS = {
    **{"vinst": "Nej", "stod": "Till en bestämd verksamhet som vi driver", "ide": "Vår organisation", "flera": "Nej"},
    **{"marknad": "Nej", "bidrag": "Ja", "behov": "Ja", "ansluten": "Ja", "tid": "I tre år eller längre, med ett slut"},
}


# A partnership --------------------------------------------------------------------------------------------------------


class Story:
    """One partnership, told by the people in it, each in a browser of their own."""

    def __init__(self, chromium, portal: Portal, *, width: int, scripts: bool) -> None:
        self.chromium, self.portal, self.width, self.scripts = chromium, portal, width, scripts
        self.pages: dict[str, str] = {}
        self.title = f"Syverkstad för alla {'med' if scripts else 'utan'} skript"
        self.organisation = "Påhittade grannföreningen Gården" if scripts else "Påhittade språkcaféet Ordet"
        self.unit = "Påhittade kulturförvaltningen"
        self.kim, self.ulla = (f"{name}.{width}@example.org" for name in ("kim", "ulla"))
        self.today = timezone.localdate()
        self.last_day = rules.years_later(self.today, 3) - timedelta(days=1)
        self.officer = self.person()
        self.officer.sign_in("iop@example.org")

    def person(self) -> Person:
        return Person(self.chromium, self.portal.url, self.pages, width=self.width, scripts=self.scripts)

    @contextmanager
    def by_link(self, email: str, letter: str) -> Iterator[Person]:
        """Somebody who opens the link in their newest letter of that kind."""
        person = self.person()
        person.open_letter(email, letter)
        yield person
        person.leave()

    # Proposing -----------------------------------------------------------------------------------------------------

    def take_the_test(self) -> None:
        citizen = self.person()
        page = citizen.page
        citizen.go("/iop/", "iop")
        citizen.go("/iop/passar-iop/", "test")
        citizen.send("Nästa", "test-fel")
        expect(page.get_by_role("alert")).to_contain_text("Välj ett av svaren.")
        for question, answer in FITS.items():
            page.locator(f"[name='{question}']").locator("xpath=..").get_by_text(answer, exact=True).click()
            with page.expect_navigation():
                page.get_by_role("button", name="Nästa").click()
        citizen.look("test-svar")
        expect(page.get_by_role("heading", level=1)).to_have_text("IOP kan vara rätt för er")
        expect(page.get_by_role("main")).to_contain_text("inte ett juridiskt beslut")
        citizen.fill(namn=self.title)
        memo = page.locator("form", has=page.get_by_role("button", name="Ladda ner pm")).first
        fields = {field.get_attribute("name"): field.input_value() for field in memo.locator("input").all()}
        answer = citizen.context.request.get("/iop/passar-iop/pm.pdf", params=fields)
        assert answer.ok and answer.body().startswith(b"%PDF-1.7")
        citizen.leave()

    def begin(self) -> None:
        kim = self.person()
        kim.go("/iop/foresla/", "foresla")
        kim.follow("Börja", "foresla-borja")
        kim.send("Skicka länken till mig", "foresla-borja-fel")
        kim.page.locator("[name='organisation']").select_option(label=self.organisation)
        kim.fill(name="Kim Kontakt", email=self.kim)
        kim.send("Skicka länken till mig", "foresla-epost")
        kim.leave()

    def propose(self) -> None:
        with self.by_link(self.kim, "^Din länk till förslaget") as kim:
            kim.look("forslag-utkast")
            kim.follow("Fortsätt", "forslag-iden")
            kim.fill(title=self.title, purpose="Fler lär sig att sy och laga, och träffar andra.", area="Alby")
            kim.send("Spara och fortsätt", "forslag-iden-fel")
            expect(kim.page.locator("[name='title']")).to_have_value(self.title)
            kim.fill(target_group="Vuxna i Alby som vill lära sig att sy.")
            kim.fill(shared_need="Många är hemma på dagarna och saknar en plats att gå till.")
            kim.send("Spara och fortsätt", "forslag-period")
            kim.fill(first_day=str(self.today), last_day=str(self.today - timedelta(days=1)))
            kim.send("Spara och fortsätt", "forslag-period-fel")
            expect(kim.page.get_by_role("alert")).to_contain_text("Perioden slutar innan den börjar.")
            expect(kim.page.locator("[name='first_day']")).to_have_value(str(self.today))
            kim.fill(last_day=str(self.last_day))
            kim.send("Spara och fortsätt", "forslag-insatser")
            self._offer(kim)
            kim.send("Skicka in förslaget", "forslag-inskickat")
            expect(kim.page.get_by_role("heading", level=1)).to_have_text(self.title)

    def _offer(self, kim: Person) -> None:
        """First a negative sum; what else was typed stays."""
        for number in range(2):
            kim.page.locator(f"[name='insats-{number}-kind']").select_option(("money", "staff")[number])
        kim.fill(**{"insats-0-amount": "-25 000", "insats-1-hours": "400", "insats-1-note": "Ideella handledare"})
        kim.send("Spara och fortsätt", "forslag-insatser-fel")
        expect(kim.page.get_by_role("alert")).to_contain_text("ska vara större än noll")
        expect(kim.page.locator("[name='insats-0-amount']")).to_have_value("-25 000")
        expect(kim.page.locator("[name='insats-1-note']")).to_have_value("Ideella handledare")
        kim.fill(**{"insats-0-amount": "25 000 kr"})
        kim.send("Spara och fortsätt", "forslag-granska")
        expect(kim.page.get_by_role("main")).to_contain_text("25 000 kr")

    # Talking and writing -------------------------------------------------------------------------------------------

    def talk(self) -> None:
        me = self.officer
        me.go("/admin/", "ko")
        me.follow(self.title, "arende-forslag")
        self.case = me.page.url
        me.follow("Ta upp dialog", "arende-dialog")
        letter = me.page.locator("[name='letter']")
        letter.fill(letter.input_value().replace("\n\n", "\n\nVad roligt med en syverkstad!\n\n", 1))
        me.send(re.compile("och skicka brevet$"), "arende-dialogen-har-borjat")
        me.follow("Lägg till en part", "part")
        me.send("Lägg till en part", "part-fel")
        me.fill(name="Ulla Umgänge", email=self.ulla)
        me.page.locator("[name='unit']").select_option(label=self.unit)
        me.send("Lägg till en part", "part-tillagd")

    def write_the_terms(self) -> None:
        me = self.officer
        me.follow("Börja skriva avtalet", "avtal-borja")
        me.send("Börja skriva avtalet", "avtal-borjat")
        me.follow("Ändra villkoren", "villkor")
        me.fill(last_day=str(self.today - timedelta(days=1)), procurement_note="Ingen marknad. Litet stöd.")
        me.page.locator("[name='principles']").first.check()
        me.send("Ändra villkoren", "villkor-fel")
        expect(me.page.locator("[name='procurement_note']")).to_have_value("Ingen marknad. Litet stöd.")
        me.fill(last_day=str(self.last_day))
        me.send("Ändra villkoren", "villkor-sparade")
        me.follow("Ändra måtten", "matt")
        me.fill(**{"matt-0-name": "Deltagare", "matt-0-unit": "personer", "matt-0-goal": "40"})
        me.fill(**{"matt-1-name": "Kläder som lagats"})
        me.send("Ändra måtten", "matt-fel")
        me.fill(**{"matt-1-unit": "plagg"})
        me.send("Ändra måtten", "matt-sparade")
        me.follow("Lägg fram för beslut", "fram-med-brister")
        expect(me.page.get_by_text("har inte svarat på alla kriterier").first).to_be_visible()

    def agree(self) -> None:
        with self.by_link(self.kim, "^Vi vill prata vidare") as kim:
            kim.page.get_by_text("Visa utkastet till avtal").click()
            kim.look("parts-sida")
            expect(kim.page.get_by_role("heading", name="Gemensam styrning")).to_be_visible()
            self._answer(kim, first="Delvis")
            self._name_signatories(kim, "Kim Kontakt", "Saga Signerare")
        with self.by_link(self.ulla, "^Du är kontaktperson för") as ulla:
            ulla.look("kommunens-sida")
            self._answer(ulla, first="Ja")
            ulla.follow("Skriv vad ni bidrar med", "kommunens-insatser")
            for number, kind in enumerate(("money", "premises")):
                ulla.page.locator(f"[name='insats-{number}-kind']").select_option(kind)
            ulla.fill(**{"insats-0-amount": "90 000", "insats-1-note": "En lokal två dagar i veckan"})
            ulla.send("Spara", "kommunens-insatser-sparade")
            expect(ulla.page.locator("svg").first).to_be_visible()
            ulla.follow("Tillbaka", "kommunens-sida-igen")
            self._name_signatories(ulla, "Rut Rektor")

    def _answer(self, party: Person, *, first: str) -> None:
        """Yes to all; who says less than yes is asked why."""
        home = party.page.url
        party.follow("Svara på vad ett partnerskap kräver", "kriterier")
        for choice in party.page.get_by_label("Ja", exact=True).all():
            choice.check()
        soft = next(criterion.key for criterion in facts.CRITERIA if not criterion.hard)
        party.page.locator(f"[name='met_{soft}'][value='{'partly' if first == 'Delvis' else 'yes'}']").check()
        if first == "Delvis":
            party.send("Spara", "kriterier-fel")
            expect(party.page.get_by_role("alert")).to_contain_text("Skriv varför ni svarar delvis eller nej.")
            party.fill(**{f"why_{soft}": "Vi ser behovet, men på olika sätt."})
        party.send("Spara", "kriterier-sparade")
        party.page.goto(home)

    def _name_signatories(self, party: Person, *names: str) -> None:
        party.follow("Skriv vilka som ska skriva under", "undertecknare")
        wanted = party.page.locator("[name$='-role']").count()
        self.signatories = getattr(self, "signatories", [])
        for number, name in enumerate(names[:wanted]):
            email = f"{name.split()[0].lower()}.{self.width}@example.org"
            person = {"name": name, "role": "Ordförande" if number == 0 else "Kassör", "email": email}
            party.fill(**{f"person-{number}-{field}": value for field, value in person.items()})
            self.signatories.append((name, email))
        party.send("Spara", "undertecknare-sparade")

    # Deciding and signing ------------------------------------------------------------------------------------------

    def decide(self) -> None:
        me = self.officer
        me.page.goto(self.case)
        me.look("arende-klart-for-beslut")
        me.follow("Lägg fram för beslut", "fram")
        me.send("Lägg fram för beslut", "framlagt")
        me.follow("Anteckna ja", "beslut")
        me.fill(decided_where="Påhittade nämnden, § 12")
        me.send(re.compile("^Anteckna ja"), "beslut-utan-granskning")
        expect(me.page.get_by_role("alert")).to_contain_text("kryssa i att den är granskad")
        expect(me.page.locator("[name='decided_where']")).to_have_value("Påhittade nämnden, § 12")
        me.page.locator("[name='privacy_reviewed']").check()
        me.send(re.compile("^Anteckna ja"), "beslutat")

    def sign(self) -> None:
        for number, (name, email) in enumerate(self.signatories):
            with self.by_link(email, "^Skriv under avtalet") as signer:
                signer.look("skriv-under")
                signer.page.get_by_label("Jag har läst hela avtalet").check()
                if number == 0:
                    signer.page.get_by_label("Skriv ditt namn").fill("Någon Annan")
                    signer.send("Skriv under", "skriv-under-fel-namn")
                    expect(signer.page.get_by_role("alert")).to_be_visible()
                signer.page.get_by_label("Skriv ditt namn").fill(name)
                signer.send("Skriv under", "underskrivet")
                expect(signer.page.get_by_role("heading", level=1)).to_have_text("Tack, du har skrivit under")
        with self.by_link(self.kim, "^Avtalet om .* är klart") as kim:
            kim.look("parts-sida-tecknat")
            assert kim.file(re.compile(r"^Avtalet, version 1 \(pdf\)")).startswith(b"%PDF-1.7")

    # Running -------------------------------------------------------------------------------------------------------

    def steer(self) -> None:
        """Meanwhile the worker's clock ticks."""
        me = self.officer
        me.page.goto(self.case)
        me.look("arende-tecknat")
        me.follow("Bilda styrgruppen", "styrgrupp")
        me.send("Bilda styrgruppen", "styrgrupp-bildad")
        me.follow("Lägg till i styrgruppen", "styrgrupp-plats")
        me.fill(name="Kim Kontakt", email=self.kim)
        me.page.locator("[name='party']").select_option(label=self.organisation)
        me.send("Lägg till i styrgruppen", "styrgrupp-klar")
        me.go("/motesrum/", "motesrum")
        me.follow(re.compile(f"Planera ett möte ?: Styrgruppen för {self.title}"), "styrgrupp-planera")
        me.fill(title="Styrgruppens första möte", day=str(self.today + timedelta(days=20)), starts="15:00")
        me.fill(place="Alby bibliotek", **{"punkt-0-title": "Så har det börjat"})
        me.page.get_by_label("Alla", exact=True).check()
        me.send("Spara", "styrgrupp-planerat")
        me.follow("Kalla till mötet", "styrgrupp-kalla")
        me.send("Skicka kallelsen", "styrgrupp-kallat")
        self.wait_for("active")

    def let_time_pass(self, days: int) -> None:
        """What was agreed, begun and followed up was so many days earlier, and that is what was signed."""
        earlier, columns = f"-{days} days", "first_day = date(first_day, ?), last_day = date(last_day, ?)"
        ours = "(SELECT id FROM iop_partnership WHERE title = ?)"
        for table, key in (("followup", "partnership_id"), ("partnership", "id")):
            statement = f"UPDATE iop_{table} SET {columns} WHERE {key} = {ours}"  # noqa: S608
            run_sql(self.portal, statement, earlier, earlier, self.title)
        statement = f"SELECT id, content FROM iop_agreement WHERE partnership_id = {ours}"  # noqa: S608
        agreement, stored = run_sql(self.portal, statement, self.title)[0]
        content = json.loads(stored)
        for name in ("first_day", "last_day"):
            content[name] = str(date.fromisoformat(content[name]) - timedelta(days=days))
        text, mark = json.dumps(content), checksum(content)
        statement = "UPDATE iop_agreement SET content = ?, content_sha256 = ? WHERE id = ?"
        run_sql(self.portal, statement, text, mark, agreement)
        run_sql(self.portal, "UPDATE iop_agreementsignature SET signed_sha256 = ? WHERE round_id = ?", mark, agreement)
        self.last_day -= timedelta(days=days)

    def wait_for(self, state: str) -> None:
        """The worker's clock ticks each minute."""
        until = time.monotonic() + PATIENCE
        while self._state() != state:
            if time.monotonic() > until:
                pytest.fail(f"{self._state()}, and not {state}, after {PATIENCE} seconds")
            time.sleep(1)

    def _state(self) -> str:
        return str(run_sql(self.portal, "SELECT state FROM iop_partnership WHERE title = ?", self.title)[0][0])

    def follow_up(self) -> None:
        """One of them tries to approve what the other has changed since, and reads it again first."""
        me = self.officer
        me.page.goto(self.case)
        me.follow("Börja uppföljningen", "uppfoljning-borja")
        me.send("Börja uppföljningen", "uppfoljning-borjad")
        letter = "^Dags att följa upp"
        with self.by_link(self.kim, letter) as kim, self.by_link(self.ulla, letter) as ulla:
            kim.look("uppfoljning-parts-sida")
            self._write(kim, "uppfoljning", "Vi har haft öppet varje vecka, och fler kommer.", "många")
            expect(kim.page.get_by_role("alert")).to_contain_text("Skriv ett tal")
            kim.page.get_by_label("Deltagare (personer)").fill("24")
            kim.send("Spara, läs allt och godkänn", "uppfoljning-vantar-pa-kommunen")
            self._write(ulla, "uppfoljning-kommunen", "Lokalen används, och grannar möts.")
            kim.page.reload()
            ulla.page.go_back()
            ulla.page.reload()
            ulla.fill(text="Lokalen används varje dag, och grannar möts.")
            ulla.send("Spara, läs allt och godkänn", "uppfoljning-kommunen-igen")
            kim.send(re.compile("^Godkänn för"), "uppfoljning-har-andrats")
            expect(kim.page.get_by_role("alert")).to_contain_text("har ändrats sedan du öppnade sidan")
            expect(kim.page.get_by_role("article")).to_contain_text("varje dag, och grannar möts")
            for party in (kim, ulla):
                party.send(re.compile("^Godkänn för"), "uppfoljning-godkand")
        self._publish("uppfoljning")

    def _write(self, party: Person, what: str, text: str, count: str = "") -> None:
        party.follow("Skriv er del i", f"{what}-skriv")
        party.fill(text=text)
        if count:
            party.page.get_by_label("Deltagare (personer)").fill(count)
            party.page.get_by_label("Kläder som lagats (plagg)").fill("240")
        party.send("Spara, läs allt och godkänn", f"{what}-las")

    def _publish(self, what: str) -> None:
        me = self.officer
        me.page.goto(self.case)
        me.follow("Granska och publicera", f"{what}-publicera")
        me.send("Publicera uppföljningen", f"{what}-publicera-fel")
        me.page.locator("[name='privacy_reviewed']").check()
        me.send("Publicera uppföljningen", f"{what}-publicerad")

    def read(self, name: str, *results: str) -> None:
        """What everyone may see: what was agreed, what came of it, and where it is told."""
        citizen = self.person()
        citizen.go("/iop/", f"{name}-iop")
        citizen.follow(self.title, name)
        main = citizen.page.get_by_role("main")
        for words in ("grannar möts", "varje vecka", "Deltagare", *results):
            expect(main).to_contain_text(words)
        for secret in ("Kim Kontakt", "Ulla Umgänge", "Rut Rektor", "@example.org"):
            expect(main).not_to_contain_text(secret)
        expect(main.locator("svg[role='img'], svg[aria-labelledby]").first).to_be_visible()
        citizen.page.get_by_text("Siffrorna i en tabell").first.click()
        expect(citizen.page.get_by_role("table", name="Deltagare")).to_contain_text("24")
        citizen.look(f"{name}-tabell")
        principle = links(citizen.page, "aside a[href*='/principer/']")[0]
        organisation = links(citizen.page, "main a[href^='/organisationer/']")[0]
        meeting = links(citizen.page, "aside a[href^='/iop/styrgrupp/']")[0]
        for address, what in ((principle, "princip"), (organisation, "organisation"), (meeting, "mote")):
            citizen.go(address, f"{name}-{what}")
            expect(citizen.page.get_by_role("link", name=self.title).first).to_be_visible()
        citizen.leave()

    def report(self) -> None:
        citizen = self.person()
        citizen.go(f"/overenskommelsen/{self.today.year}/arsrapport/", "arsrapport")
        expect(citizen.page.get_by_role("main")).to_contain_text(self.title)
        assert citizen.fetch(f"/overenskommelsen/{self.today.year}/arsrapport.pdf").startswith(b"%PDF-1.7")
        citizen.leave()

    def evaluate(self) -> None:
        self.wait_for("ended")
        letter = "^Dags att slututvärdera"
        with self.by_link(self.kim, letter) as kim, self.by_link(self.ulla, letter) as ulla:
            self._write(kim, "slututvardering", "Vi hade öppet varje vecka i tre år.", "41")
            self._write(ulla, "slututvardering-kommunen", "Lokalen används, och grannar möts.")
            ulla.send(re.compile("^Godkänn för"), "slututvardering-vantar")
            kim.page.reload()
            kim.send(re.compile("^Godkänn för"), "slututvardering-klar")
        assert self._state() == "evaluated"
        self._publish("slututvardering")
        with self.by_link(self.ulla, "^Slututvärderingen av .* är klar") as ulla:
            ulla.look("parts-sida-slututvarderad")


@pytest.mark.parametrize(("width", "scripts"), [(360, True), (1280, False)], ids=["scripts", "no-scripts"])
def test_a_partnership_from_the_guided_test_to_the_final_evaluation(chromium, portal, tmp_path, width, scripts):
    story = Story(chromium, portal, width=width, scripts=scripts)
    story.take_the_test()
    story.begin()
    story.propose()
    story.talk()
    story.write_the_terms()
    story.agree()
    story.decide()
    story.sign()
    story.steer()
    story.let_time_pass(300)
    story.follow_up()
    story.read("partnerskap")
    story.let_time_pass((story.last_day - story.today).days + 1)
    story.report()
    story.evaluate()
    story.read("partnerskap-slut", "Slututvärdering", "41")
    story.officer.leave()
    assert_valid(story.pages, tmp_path)


# The demo's own -------------------------------------------------------------------------------------------------------


class Reader(Person):
    """Looks at each page on a small phone and on a desktop."""

    def look(self, name: str) -> None:
        for width in (320, 1280):
            self.set_width(width)
            Visitor.look(self, name)


def test_the_pages_of_the_demo(chromium, portal, tmp_path):
    pages: dict[str, str] = {}

    def reader(email: str = "", at: str = "/admin/") -> Reader:
        who = Reader(chromium, portal.url, pages, width=320, scripts=True)
        if email:
            who.sign_in(email, at=at)
        return who

    citizen = reader()
    citizen.go("/iop/", "demo-iop")
    shown = set(links(citizen.page, "main a[href^='/iop/']"))
    partnerships = [slug for (slug,) in run_sql(portal, SIGNED) if f"/iop/{slug}/" in shown]
    assert len(partnerships) >= 7, shown
    for slug in partnerships[:7]:  # the stories' own come after them
        citizen.go(f"/iop/{slug}/", f"demo-{slug}")
    citizen.go("/overenskommelsen/handlingsplan/", "demo-handlingsplan")
    citizen.open_letter(run_sql(portal, PROPOSER, "follow_up")[0][0], "^Dags att följa upp")
    citizen.look("demo-part")
    home = citizen.page.url
    for page in ("uppfoljning", "uppfoljning/godkann", "kriterier", "insatser", "undertecknare"):
        citizen.go(f"{home}{page}/", f"demo-part-{page.replace('/', '-')}")
    citizen.leave()
    for name in ("utvecklingsledare", "iop", "sekreterare", "registrator", "admin"):
        staff = reader(f"{name}@example.org")
        staff.go("/admin/luckor/", f"luckor-{name}")
        staff.leave()
    board = reader("styrelse@example.org", ROOM_PLAN)
    board.look("styrelserummets-plan")
    board.go(links(board.page, f"main a[href^='{ROOM_PLAN}']")[0], "styrelserummets-uppfoljning")
    board.leave()
    secretary = reader("sekreterare@example.org", "/motesrum/")
    secretary.go(f"/motesrum/{run_sql(portal, UPCOMING)[0][0]}/", "radets-mote")
    secretary.send("Lägg till uppföljning av handlingsplanen", "radets-mote-med-planen")
    assert secretary.file(re.compile("^Uppföljning av handlingsplan")).startswith(b"%PDF-1.7")
    secretary.leave()
    assert_valid(pages, tmp_path)


ROOM_PLAN = "/plattformen/styrelserum/handlingsplan/"
SIGNED = """SELECT slug FROM iop_partnership
    WHERE id IN (SELECT partnership_id FROM iop_agreement WHERE outcome = 'met') ORDER BY id"""
PROPOSER = """SELECT p.email FROM iop_party p JOIN iop_partnership i ON i.id = p.partnership_id
    WHERE i.state = ? AND p.is_proposer ORDER BY i.id"""
UPCOMING = """SELECT m.id FROM council_meeting m JOIN council_body b ON b.id = m.body_id
    WHERE b.kind = 'council' AND m.state IN ('planned', 'called') AND m.starts_at > datetime('now')"""
