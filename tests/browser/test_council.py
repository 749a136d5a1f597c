"""Rådet and Plattformen in a real browser: meetings from plan to published minutes, membership, and every page.

The portal is the one that `make run` starts. Time travels by the clock in its database: a day that has to have been is
set there.
"""

import re
from datetime import timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import icalendar
import pytest
from django.urls import Resolver404, get_resolver, resolve
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import factories
from tests.tools.portal import PERSONAL, Person, Portal, Visitor, assert_valid, links, run_sql

pytestmark = pytest.mark.browser


# A meeting ------------------------------------------------------------------------------------------------------------


class Story:
    """One meeting of Rådet, told by the people in it, each in a browser of their own."""

    def __init__(self, chromium, portal: Portal, folder: Path, *, width: int, scripts: bool) -> None:
        self.chromium, self.portal, self.width, self.scripts = chromium, portal, width, scripts
        self.pages: dict[str, str] = {}
        self.title = f"Samråd om lokaler {'med' if scripts else 'utan'} skript"
        self.day = timezone.localdate() + timedelta(days=30 if scripts else 31)
        self.paper = folder / "Förslag.pdf"
        self.paper.write_bytes(factories.pdf_bytes())
        self.secretary = self.person()
        self.secretary.sign_in("sekreterare@example.org")

    def person(self) -> Person:
        return Person(self.chromium, self.portal.url, self.pages, width=self.width, scripts=self.scripts)

    def plan(self) -> None:
        me, page = self.secretary, self.secretary.page
        me.go("/motesrum/", "motesrum")
        me.follow(re.compile("Planera ett möte ?: Råd"), "planera")
        me.send("Spara", "planera-fel")
        expect(page.get_by_role("alert")).to_be_focused() if self.scripts else None
        me.fill(title=self.title, day=self.day.isoformat(), starts="17:00", place="Kommunalhuset, rum Alby")
        page.get_by_label("Alla", exact=True).check()
        for row, title in enumerate(("Mötet öppnas", "Lokaler för föreningar")):
            me.fill(**{f"punkt-{row}-title": title})
        me.send("Lägg till punkt", "planera-en-punkt-till")
        me.fill(**{"punkt-3-title": "Mötet avslutas"})
        page.locator("[name='punkt-1-kind']").select_option("consultation")
        me.send("Spara", "planerat")
        expect(page.locator(".point-list > li")).to_have_count(3)
        page.get_by_text("Ladda upp en handling").click()
        page.locator("[name='item']").first.select_option(label="2. Lokaler för föreningar")
        page.locator("[name='upload']").set_input_files(self.paper)
        page.locator("[name='audience']").select_option("public")
        me.send("Ladda upp", "handling")
        assert me.file(re.compile("Förslag")).startswith(b"%PDF")
        self.home = page.url

    def call(self) -> None:
        me = self.secretary
        me.follow("Kalla till mötet", "kalla")
        expect(me.page.locator(".letter-paper")).to_contain_text("Lokaler för föreningar")
        expect(me.page.get_by_text("Petra Provlund")).to_be_visible()
        me.send("Skicka kallelsen", "kallat")
        for email, answer in (
            ("petra.provlund@example.org", "Kommer"),
            ("ahmed.exempelsson@example.org", "Kommer inte"),
        ):
            called = self.person()
            called.open_letter(email, f"^Kallelse: {self.title}")
            called.look("kallelse")
            called.page.get_by_label(answer, exact=True).check()
            called.send("Svara", "kallelse-svar")
            expect(called.page.locator(".message-success")).to_contain_text(f"Du har svarat: {answer}.")
            assert called.file(re.compile("^Förslag")).startswith(b"%PDF")
            assert self.title.encode() in called.file(re.compile("till din kalender"))
            called.leave()

    def change(self) -> None:
        me = self.secretary
        me.page.reload()
        expect(me.page.get_by_text("Ahmed Exempelsson kommer inte. Ersättare i tur: Nadia Provlund")).to_be_visible()
        me.follow("Ändra mötet och dagordningen", "andra")
        me.fill(place="Folkets hus i Hallunda")
        me.send("Spara", "andrat")
        me.follow("Skicka ändrad kallelse", "kalla-igen")
        expect(me.page.locator(".letter-paper")).to_contain_text("Folkets hus i Hallunda")
        me.send("Skicka den ändrade kallelsen", "kallat-igen")
        petra = self.person()
        petra.open_letter("petra.provlund@example.org", f"^Ändrad kallelse: {self.title}")
        petra.look("kallelse-andrad")
        expect(petra.page.locator(".summary")).to_contain_text("Folkets hus i Hallunda")
        expect(petra.page.get_by_text("Stämmer svaret fortfarande?")).to_be_visible()
        petra.leave()

    def let_it_be_held(self) -> None:
        """Thirty days and a bit later."""
        start = timezone.now() - timedelta(days=1 if self.scripts else 2)
        for field, hours in (("starts_at", 0), ("ends_at", 2)):
            moved = (start + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")
            run_sql(self.portal, f"UPDATE council_meeting SET {field} = ? WHERE title = ?", moved, self.title)  # noqa: S608

    def note_presence(self) -> None:
        me, page = self.secretary, self.secretary.page
        page.goto(self.home)
        me.follow("Anteckna närvaron", "narvaro")
        for choice in page.get_by_label("Närvarande", exact=True).all():
            choice.check()

        def row(name: str):
            return page.get_by_role("group", name=re.compile(name))

        me.send("Spara närvaron", "narvaro-fel")
        expect(page.get_by_role("alert")).to_be_visible()
        row("Ahmed Exempelsson").get_by_label("Frånvarande").check()
        row("Nadia Provlund").get_by_label("Tjänstgjorde för").select_option(label="Ahmed Exempelsson")
        row("Petra Provlund").get_by_label("Uppgift").select_option("chair")
        row("Diego Testberg").get_by_label("Uppgift").select_option("signer")
        me.send("Spara närvaron", "genomfort")
        expect(page.get_by_text("Nadia Provlund")).to_be_visible()
        expect(page.get_by_text("tjänstgjorde för Ahmed Exempelsson")).to_be_visible()

    def write(self) -> None:
        """Two at once. The second sees what the first has written, and no word is lost."""
        me, page = self.secretary, self.secretary.page
        other = self.person()
        other.sign_in("registrator@example.org")
        other.page.goto(self.home)
        for person in (me, other):
            person.follow("Skriv protokollet", "protokoll")
        text = page.locator("[name='text']")
        text.fill(text.input_value().replace("Diskussion:", "Diskussion: Petra hälsade välkommen.", 1))
        if self.scripts:
            text.blur()
            expect(page.locator("[data-said]")).to_contain_text("Sparat kl.")
        me.send("Spara", "protokoll-sparat")
        theirs = other.page.locator("[name='text']")
        assert "Petra hälsade" not in theirs.input_value()
        theirs.fill(theirs.input_value().replace("Synpunkter:", "Synpunkter: Föreningar delar gärna lokal.", 1))
        if self.scripts:
            theirs.blur()
            expect(other.page.locator("[data-said]")).to_contain_text("har skrivit i protokollet samtidigt")
        other.send("Spara", "protokoll-tva")
        expect(other.page.locator(".changes")).to_contain_text("Petra hälsade välkommen.")
        other.send("Spara", "protokoll-tva-sparat")
        for words in ("Petra hälsade välkommen.", "Föreningar delar gärna lokal."):
            assert words in theirs.input_value()
        text.fill(text.input_value().replace("välkommen.", "alla välkomna.", 1))
        me.send("Spara", "protokoll-tva-igen")
        assert "Föreningar delar gärna lokal." in text.input_value()
        me.send("Spara", "protokoll-sparat-igen")
        theirs.fill(theirs.input_value().replace("välkommen.", "välkommen till mötet.", 1))
        other.send("Spara", "protokoll-samma-rad")
        for words in ("Petra hälsade alla välkomna.", "Petra hälsade välkommen till mötet.", "<<<", ">>>"):
            assert words in theirs.input_value()
        kept = re.sub(
            r"(?ms)^<<<.*?^>>>.*?$", "Diskussion: Petra hälsade alla välkomna till mötet.", theirs.input_value()
        )
        theirs.fill(kept)
        other.send("Spara och förhandsgranska", "protokoll-forhandsgranska")
        expect(other.page.get_by_role("article")).to_contain_text("Petra hälsade alla välkomna till mötet.")
        other.leave()

    def sign_off(self) -> None:
        me = self.secretary
        me.go(f"{self.home}protokoll/justering/", "justering")
        me.send("Skicka för justering", "justering-skickad")
        for name, email in (("Petra Provlund", "petra.provlund"), ("Diego Testberg", "diego.testberg")):
            signer = self.person()
            signer.open_letter(f"{email}@example.org", "^Justera protokollet: Råd")
            signer.look("justera")
            expect(signer.page.get_by_text("Föreningar delar gärna lokal.")).to_be_visible()
            signer.send("Justera protokollet", "justera-fel")
            signer.page.get_by_label("Skriv ditt namn").fill(name)
            signer.page.get_by_label("Jag har läst protokollet").check()
            signer.send("Justera protokollet", "justerat")
            expect(signer.page.get_by_role("heading", level=1)).to_have_text("Tack, du har justerat protokollet")
            signer.leave()

    def publish(self) -> None:
        me, page = self.secretary, self.secretary.page
        page.goto(self.home)
        me.follow("Publicera protokollet", "publicera")
        page.get_by_label("Alla", exact=True).check()
        me.send("Publicera", "publicera-utan-granskning")
        expect(page.get_by_role("alert")).to_contain_text("Kryssa i att du har granskat protokollet")
        page.get_by_label("Jag har läst hela protokollet").check()
        me.send("Publicera", "publicerat")
        self.address = page.get_by_role("link", name="Så ser det ut").get_attribute("href")

    def read(self) -> None:
        citizen = self.person()
        citizen.go("/radet/moten/", "radet-moten")
        citizen.page.locator(f"main a[href='{self.address}']").first.click()
        citizen.look("radet-mote")
        expect(citizen.page.get_by_role("heading", level=1)).to_have_text(self.title)
        for words in ("Petra hälsade alla välkomna till mötet.", "Föreningar delar gärna lokal.", "Nadia Provlund"):
            expect(citizen.page.locator("main")).to_contain_text(words)
        assert citizen.file(re.compile("^Justerat protokoll")).startswith(b"%PDF-1.7")
        assert citizen.file(re.compile("^Förslag")).startswith(b"%PDF")
        events = icalendar.Calendar.from_ical(citizen.fetch("/kalender/radet.ics")).walk("VEVENT")
        places = [str(event["LOCATION"]) for event in events if self.title in event["SUMMARY"]]
        assert places == ["Folkets hus i Hallunda"]
        citizen.leave()


@pytest.mark.parametrize(("width", "scripts"), [(360, True), (1280, False)], ids=["scripts", "no-scripts"])
def test_a_meeting_from_plan_to_published_minutes(chromium, portal, tmp_path, deputy, width, scripts):
    folder = tmp_path / "pages"
    folder.mkdir()
    story = Story(chromium, portal, tmp_path, width=width, scripts=scripts)
    story.plan()
    story.call()
    story.change()
    story.let_it_be_held()
    story.note_presence()
    story.write()
    story.sign_off()
    story.publish()
    story.read()
    story.secretary.leave()
    assert_valid(story.pages, folder)


@pytest.fixture
def deputy(portal):
    """The registrar stands in for the council's secretary, as an administrator has said."""
    groups = (
        "INSERT OR IGNORE INTO accounts_user_groups (user_id, group_id) SELECT u.id, g.group_id FROM accounts_user u, "
    )
    theirs = "accounts_user_groups g JOIN accounts_user s ON s.id = g.user_id WHERE u.email = ? AND s.email = ?"
    run_sql(portal, groups + theirs, "registrator@example.org", "sekreterare@example.org")


# The board ------------------------------------------------------------------------------------------------------------

ROOM = "/plattformen/styrelserum/"


def test_a_board_member_downloads_and_is_out_the_day_after_the_last(chromium, portal, tmp_path):
    pages: dict[str, str] = {}
    chair = Person(chromium, portal.url, pages, width=360, scripts=True)
    chair.sign_in("styrelse@example.org", at=ROOM)
    chair.look("styrelserum")
    chair.follow("Arkivet: kallelser, protokoll och handlingar", "arkivet")
    minutes = chair.page.get_by_role("link", name=re.compile(r"^Protokoll\b.*\(pdf"))
    for year in run_sql(portal, SIGNED_OFF):  # the latest year may have notices only
        chair.go(f"{ROOM}arkiv/{year[0]}/", "arkivet-ar")
    assert minutes.count() >= 1
    for link in minutes.all():
        assert chair.fetch(link.get_attribute("href") or "").startswith(b"%PDF-1.7")
    year = chair.page.get_by_role("link", name=re.compile("^Ladda ner allt från 2")).get_attribute("href") or ""
    with ZipFile(BytesIO(chair.fetch(year))) as archive:
        assert archive.testzip() is None
        in_zip = archive.namelist()
    assert sum(name.endswith("/Protokoll.pdf") for name in in_zip) == minutes.count(), in_zip
    assert any("Kallelse" in name for name in in_zip), in_zip
    chair.go(f"{ROOM}nedladdat/", "nedladdat")
    latest = chair.page.locator(".timeline li").first
    expect(latest).to_contain_text("Laddade ner alla filer från")
    expect(latest).to_contain_text("Demo Plattformens styrelse")
    last_days = run_sql(portal, f"SELECT id, last_day FROM council_seat WHERE {MINE}", "styrelse@example.org")  # noqa: S608
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    for seat, _ in last_days:
        run_sql(portal, "UPDATE council_seat SET last_day = ? WHERE id = ?", yesterday, seat)
    assert {chair.status(address) for address in (ROOM, year, "/motesrum/", f"{ROOM}medlemmar.csv")} == {403}
    for seat, last_day in last_days:
        run_sql(portal, "UPDATE council_seat SET last_day = ? WHERE id = ?", last_day, seat)
    assert chair.status(ROOM) == 200
    chair.leave()
    assert_valid(pages, tmp_path)


SIGNED_OFF = """SELECT strftime('%Y', max(starts_at)) FROM council_meeting
    WHERE state IN ('signed_off', 'published') AND body_id = (SELECT id FROM council_body WHERE kind = 'board')"""
MINE = "person_id = (SELECT id FROM organisations_person WHERE email = ?)"


# Membership -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "scripts"), [(360, True), (1280, False)], ids=["scripts", "no-scripts"])
def test_an_organisation_becomes_a_member(chromium, portal, tmp_path, width, scripts):
    pages: dict[str, str] = {}
    email = f"kontakt.{'js' if scripts else 'nojs'}@example.org"

    def person() -> Person:
        return Person(chromium, portal.url, pages, width=width, scripts=scripts)

    contact = person()
    contact.go("/plattformen/bli-medlem/", "bli-medlem")
    contact.send("Ansök", "bli-medlem-fel")
    offered = contact.page.locator("[name='organisation'] option:not([value=''])")
    name = offered.nth(0 if scripts else 1).inner_text()
    contact.page.locator("[name='organisation']").select_option(label=name)
    contact.fill(name="Kim Kontakt", email=email, motivation="Vi vill träffa andra föreningar.")
    contact.send("Ansök", "bli-medlem-epost")
    contact.open_letter(email, "^Bekräfta ansökan")
    contact.look("medlem-bekrafta")
    contact.follow("Återkalla ansökan", "medlem-aterkalla")
    contact.follow("Nej, tillbaka", "medlem-bekrafta-igen")
    contact.send("Bekräfta ansökan", "medlem-ansokt")

    chair = person()
    chair.sign_in("styrelse@example.org", at=ROOM)
    chair.go(f"{ROOM}ansokningar/", "ansokningar")
    chair.follow(name, "ansokan")
    chair.follow("Anta", "anta")
    chair.send("Fortsätt till brevet", "anta-fel")
    chair.fill(decision_note="Styrelsemöte, § 7")
    chair.send("Fortsätt till brevet", "anta-brevet")
    letter = chair.page.locator("textarea").first
    letter.fill(letter.input_value().replace("Vad roligt", "Så roligt", 1))
    chair.send(re.compile("och skicka brevet$"), "antagen")
    chair.leave()

    contact.open_letter(email, "^Välkomna till Plattformen")
    contact.look("medlem")
    contact.page.goto(f"/demo/utkorg/?till={email}")
    contact.page.get_by_role("link", name=re.compile("^Välkomna till Plattformen")).first.click()
    expect(contact.page.get_by_role("article")).to_contain_text("Så roligt att ni vill vara med!")
    contact.go("/plattformen/", "plattformen")
    expect(contact.page.locator("main").get_by_role("link", name=name).first).to_be_visible()
    contact.leave()
    assert_valid(pages, tmp_path)


# Every page -----------------------------------------------------------------------------------------------------------

# What is fetched or posted, and not looked at.
FILES = {
    *("meeting_pdf", "meeting_calendar", "platform_meeting_pdf", "membership_meeting_pdf", "membership_document"),
    *("steering_meeting_pdf", "steering_meeting_calendar"),
    *("council_calendar", "platform_calendar", "board_calendar", "conference_calendar"),
    *("room_year_zip", "room_meeting_zip", "room_file", "room_members_csv", "room_registrations_csv", "work_file"),
    *("invitation_pdf", "invitation_calendar", "invitation_paper", "work_minutes_file_show"),
    *("sign_off_pdf", "sign_off_file", "sign_off_paper", "feed", "meeting_feed", "file", "certificate"),
}
POSTS = {
    *("room_letter_resend", "work_paper_new", "work_paper_choose", "work_paper_remove", "work_resend", "work_remind"),
    *("sign_off_switch_person", "conference_needs", "work_plan"),
}
# The stories come to these: that of a partnership to its steering group's meeting, and that of a file to its check.
TOLD = {
    *("council:membership_withdraw", "council:work_minutes_preview", "council:steering_meeting"),
    *("documents:verify", "documents:verify_code"),
}
ADMIN = re.compile(r"admin:(council|documents|agreement_action|organisations_person)(?!.*_minutes)")
DJANGOS_OWN = re.compile(r'(<input type="hidden"[^>]*) autocomplete="off"')  # the admin's script for inlines adds it
SAME = 2, 6  # pages of one kind that are opened in vain: of those that show no state, and of those that do


def is_page(name: str) -> bool:
    """Whether this is one of the pages of Rådet, Plattformen, the documents and the plan."""
    space, _, rest = name.partition(":")
    if space in ("council", "documents"):
        return rest not in FILES | POSTS
    return name == "agreement:plan" or bool(ADMIN.match(name))


def kind_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


class Reader(Visitor):
    """Follows every link, and looks at one page of each kind in each state, on a small phone and on a desktop."""

    def __init__(self, chromium, portal: Portal, pages: dict[str, str], seen: set[tuple[str, str]]) -> None:
        super().__init__(chromium, portal.url, pages, width=1280, scripts=True)
        self.seen = seen
        self.in_vain: dict[str, int] = {}
        self.stateful = {"council:invitation", "council:sign_off"}

    def look(self, name: str) -> None:
        self.set_width(360)
        self.see_that_it_fits(name)
        for width in (320, 1280):
            self.set_width(width)
            super().look(name)

    def walk(self, *addresses: str) -> None:
        waiting = list(addresses)
        been = set(addresses)
        while waiting:
            address = waiting.pop(0)
            kind = kind_of(address)
            if self.in_vain.get(kind, 0) >= SAME[kind in self.stateful]:
                continue
            answer = self.page.goto(address)
            assert answer and answer.ok, f"{address}: {answer and answer.status}"
            found = [link.partition("#")[0] for link in links(self.page, "main a[href^='/']")]
            new = [link for link in dict.fromkeys(found) if is_page(kind_of(link)) and link not in been]
            waiting += new
            been |= set(new)
            self.look_once()

    def look_once(self) -> None:
        """Unless a page of this kind in this state has been looked at."""
        kind = kind_of(self.page.url)
        shown = self.page.locator("main > p .status").all_inner_texts()[:1]
        self.stateful |= {kind} if shown else set()
        state = "-".join(shown or self.page.locator("main form button").all_inner_texts()[:3])
        if (kind, state) in self.seen or not is_page(kind):
            self.in_vain[kind] = self.in_vain.get(kind, 0) + 1
            return
        self.in_vain[kind] = 0
        self.seen.add((kind, state))
        self.look(re.sub(r"\W+", "-", f"{kind} {state}").strip("-"))


def test_every_page(chromium, portal, tmp_path):
    pages: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    citizen = Reader(chromium, portal, pages, seen)
    citizen.walk("/plattformen/", "/radet/", "/dialogkonferens/", "/dokument/", "/overenskommelsen/handlingsplan/")
    for path in ("/plattformen/styrelsen/?datum=2019-06-01", "/radet/?datum=2019-06-01", "/dokument/?q=finns+inte"):
        citizen.page.goto(path)
        citizen.look(re.sub(r"\W+", "-", path).strip("-"))
    citizen.walk(*personal_links(citizen.page))
    citizen.leave()
    for email, rooms in (
        ("styrelse@example.org", [ROOM, "/motesrum/"]),
        ("sekreterare@example.org", ["/motesrum/", "/admin/"]),
        ("utvecklingsledare@example.org", ["/admin/agreement/actionplan/", "/admin/agreement/actionitem/"]),
    ):
        insider = Reader(chromium, portal, pages, seen)
        insider.sign_in(email, at=rooms[0])
        insider.walk(*rooms)
        insider.leave()
    unseen = names() - TOLD - {name for name, _ in seen}
    assert not unseen, f"Nobody came to {sorted(unseen)}"
    assert_valid({name: DJANGOS_OWN.sub(r"\1", html) for name, html in pages.items()}, tmp_path)


def names() -> set[str]:
    """The names of all the pages of Rådet, Plattformen and the documents."""
    known = get_resolver().namespace_dict
    spaces = {space: known[space][1].reverse_dict for space in ("council", "documents")}
    found = {f"{space}:{name}" for space, urls in spaces.items() for name in urls if isinstance(name, str)}
    return {name for name in found if is_page(name)}


def personal_links(page: Page) -> list[str]:
    """From the demo outbox, those in the first letters of each kind."""
    opened: dict[str, int] = {}
    found: dict[str, None] = {}
    for number in count(1):
        page.goto(f"/demo/utkorg/?sida={number}")
        if number > 1 and not page.title().startswith(f"Demoutkorgen, sida {number}"):
            break  # the last page was shown again
        letters = [(a.inner_text(), a.get_attribute("href")) for a in page.locator("main .org-list a").all()]
        for subject, letter in letters:
            kind = re.split(r"[:,\d]", subject)[0]
            opened[kind] = opened.get(kind, 0) + 1
            if opened[kind] <= 4:
                page.goto(letter)
                found |= dict.fromkeys(links(page, PERSONAL))
    return list(found)
