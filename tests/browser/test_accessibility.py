"""The open and lawful portal in a real browser: whoever looks something up, tells of a fault, doubts a paper, harvests
the data, keeps the register or asks what is known about them.

The portal is the one that `make run` starts. Every page on the way is checked by axe and by the Nu validator.
"""

import csv
import json
import re
import sqlite3
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
import rdflib
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.core.management import CommandError, call_command
from django.db.models import Field, IntegerField, UUIDField
from django.urls import resolve, reverse
from playwright.sync_api import Locator, Route, expect

from botkyrka_civil.casework.models import Event, Letter, RegistryEntry
from tests import factories
from tests.tools.browser import assert_accessible
from tests.tools.portal import Person, assert_valid, links, run_sql

pytestmark = pytest.mark.browser

OFFICER, REGISTRAR, ADMINISTRATOR = (f"{name}@example.org" for name in ("utvecklingsledare", "registrator", "admin"))
APPLICANT = """SELECT applicant_email, applicant_name, code FROM agreement_accession
    WHERE organisation_id = (SELECT id FROM organisations_organisation WHERE name = ? COLLATE BINARY)"""
NAME = "Påhittade föreningen Solrosen"


@pytest.fixture
def pages(tmp_path):
    """What was seen, page by page; the validator reads all of it when the story is over."""
    seen: dict[str, str] = {}
    yield seen
    folder = tmp_path / "pages"
    folder.mkdir()
    assert_valid(seen, folder)


@pytest.fixture
def enter(chromium, portal, pages):
    return lambda kind=Person, width=1280, scripts=True: kind(chromium, portal.url, pages, width=width, scripts=scripts)


class Citizen(Person):
    """Has no cookie, wherever they go and whatever they send."""

    def look(self, name: str) -> None:
        super().look(name)
        assert not self.context.cookies(), self.page.url


def title(person: Person, words: str) -> None:
    expect(person.page.get_by_role("heading", level=1)).to_have_text(words)


# Somebody looks for something, and cannot read what they found --------------------------------------------------------


@pytest.mark.parametrize(("width", "scripts"), [(360, True), (1280, False)], ids=["scripts", "no-scripts"])
def test_a_citizen_finds_a_page_and_tells_of_a_barrier(enter, width, scripts):
    citizen = enter(Citizen, width=width, scripts=scripts)
    find(citizen)
    email = f"lasare.{width}@exempel.se"
    number = tell(citizen, "Jag kommer inte förbi kartan med tangentbordet.")
    asked = tell(citizen, "Jag vill ha principerna i punktskrift.", name="Åsa Läsare", email=email)
    citizen.leave()

    officer = enter(width=width, scripts=scripts)
    officer.sign_in(OFFICER)
    answer(officer, number, "Tack! Nu går det att ta sig förbi.")
    expect(officer.page.locator(".facts").first).to_contain_text("Anonym")
    answer(officer, asked, "Här kommer de.", words="Vi skickar principerna i punktskrift i dag.")
    officer.leave()

    reader = enter(Citizen, width=width, scripts=scripts)
    reader.page.goto(f"/demo/utkorg/?till={email}")
    expect(reader.page.locator("main .org-list a")).to_have_text([re.compile("^Svar på"), re.compile("^Vi har fått")])
    reader.follow("Svar på ditt meddelande", "svaret")
    expect(reader.page.get_by_role("article")).to_contain_text("Vi skickar principerna i punktskrift i dag.")
    reader.leave()


def find(citizen: Citizen) -> None:
    """By a word spelled wrong, one with å ä ö, and one in another form than the page's own."""
    page = citizen.page
    citizen.go("/", "start")
    if citizen.scripts:
        menu = page.locator("details.menu")
        menu.locator("summary").press("Enter")
        expect(menu).to_have_attribute("open", "")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(menu.locator("summary")).to_be_focused()
    citizen.follow("Sök", "sok")
    for query, hit, name in (
        ("Kvinoresurscentrum", "Kvinnoresurscentrum", "sok-felstavat"),
        ("VÄNTJÄNST", "Väntjänstföreningen i Botkyrka", "sok-aao"),
        ("dialogens", "Dialog", "sok-bojt"),
    ):
        page.get_by_label("Vad letar du efter?").fill(query)
        citizen.press("Sök", name)
        expect(page.get_by_role("main").get_by_role("link", name=hit, exact=True).first).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Dialog", exact=True).first.click()
    citizen.look("traff")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dialog")


def tell(citizen: Citizen, what: str, **who: str) -> str:
    """From the page one is on, by the footer. The receipt bears a number."""
    page = citizen.page
    citizen.follow("Tillgänglighetsredogörelse", "tillganglighet")
    page.go_back()
    citizen.follow("Rapportera bristande tillgänglighet", "rapportera")
    assert page.locator("[name='page']").input_value().startswith("/")  # where one came from
    citizen.fill(page="Sidan om dialog", **who)
    citizen.press("Skicka", "rapportera-fel")
    expect(page.get_by_role("alert")).to_contain_text("Skriv några ord om det.")
    expect(page.locator("[name='page']")).to_have_value("Sidan om dialog")
    citizen.fill(what=what)
    citizen.press("Skicka", "kvitto")
    title(citizen, "Tack! Vi har fått ditt meddelande")
    assert not any(words in page.content() for words in (what, *who.values()))
    return page.locator(".lead strong").inner_text()


ANSWER = re.compile("^(Fortsätt till brevet|Svara)")


def answer(officer: Person, number: str, reply: str, *, words: str = "") -> None:
    """`words` is what the officer makes of the letter, where there is one."""
    page = officer.page
    officer.go("/admin/", "handlaggning")
    page.locator(".queue li, .queue tr").filter(has_text=number).get_by_role("link").first.click()
    officer.look("papekande")
    officer.follow("Ta ärendet", "papekande-ta")
    officer.press("Ta ärendet", "papekande-taget")
    officer.follow("Svara", "svara")
    officer.press(ANSWER, "svara-fel")
    officer.fill(reply=reply)
    officer.press(ANSWER, "svara-brevet" if words else "besvarat-utan-brev")
    if words:
        letter = page.locator("textarea[name='letter']")
        assert reply in letter.input_value()
        letter.fill(letter.input_value().replace(reply, words))
        officer.press(ANSWER, "besvarat")
    expect(page.locator(".subtitle")).to_contain_text("Besvarad")


# Somebody has been given a paper --------------------------------------------------------------------------------------


def test_a_paper_is_genuine_or_it_is_not(enter, portal, tmp_path):
    reader = enter(Citizen, width=360)
    [(email, _, code)] = run_sql(portal, APPLICANT, NAME)
    reader.page.goto(f"/demo/utkorg/?till={email}")
    reader.follow(f"Välkomna! {NAME}", "valkomstbrev")
    paper = reader.file(re.compile("pdf"))
    assert b"/ByteRange" in paper, "sealed"
    middle = len(paper) // 2
    forged = paper[:middle] + bytes([paper[middle] ^ 1]) + paper[middle + 1 :]
    reader.go("/verifiera/", "verifiera")
    for name, content, heading, says in (
        ("äkta blankett.pdf", paper, "Filen är äkta", "Anslutningen gäller i dag"),
        ("forfalskad.pdf", forged, "Filen är ändrad", "Lita inte på innehållet."),
        ("tillbyggd.pdf", paper + b"\n% mer", "Filen är ändrad", "Lita inte på innehållet."),
        ("annans.pdf", factories.pdf_bytes(), "Filen är ingen av våra färdiga handlingar", "Den har inget sigill"),
        ("brev.txt", "Hej på er!".encode(), "Kontrollera en handling", "Filen är inte en PDF."),
        ("tom.pdf", b"", "Kontrollera en handling", "Filen är tom."),
    ):
        chosen = tmp_path / name
        chosen.write_bytes(content)
        reader.page.get_by_label("Filen", exact=True).set_input_files(chosen)
        reader.press("Kontrollera filen", f"verifiera-{chosen.stem}")
        title(reader, heading)
        expect(reader.page.get_by_role("main")).to_contain_text(says)
        if again := reader.page.get_by_role("link", name="Kontrollera en annan handling").all():
            again[0].click()

    reader.page.get_by_label("Kod", exact=True).fill(code.replace("-", " ").lower())
    reader.press("Kontrollera koden", "verifiera-kod")
    title(reader, "Blanketten finns hos oss")
    expect(reader.page.locator(".message-success")).to_contain_text("Anslutningen gäller i dag")
    reader.follow("Kontrollera en annan handling", "verifiera-igen")
    reader.page.get_by_label("Kod", exact=True).fill("AAAA-BBBB-CCCC")
    reader.press("Kontrollera koden", "verifiera-fel-kod")
    expect(reader.page.get_by_role("alert")).to_contain_text("Vi hittar ingen blankett med den koden")
    assert ["status of 404" in said for said in reader.complaints] == [True]
    reader.complaints.clear()
    reader.leave()


# Somebody fetches everything, and somebody reads another language -----------------------------------------------------


def test_a_harvester_fetches_all_there_is(enter):
    harvester = enter(Citizen)
    harvester.go("/oppna-data/", "oppna-data")
    for fold in harvester.page.locator("main summary").all():
        fold.click()
    harvester.look("oppna-data-kolumner")
    files = {address: harvester.fetch(address) for address in links(harvester.page, "main a[href^='/']")}
    tables = {address: list(read_csv(data)) for address, data in files.items() if address.endswith(".csv")}
    assert len(tables) >= 10
    for address, rows in tables.items():
        found = json.loads(files[address.replace(".csv", ".json")])
        assert [row.keys() for row in rows] == [row.keys() for row in found["rows"]] != [], address
    catalogue = rdflib.Graph().parse(data=files["/datasets/dcat"], format="xml")
    offered = {str(url) for url in catalogue.objects(None, rdflib.DCAT.downloadURL)}
    assert offered >= {f"{harvester.portal}{address}" for address in tables}
    assert {harvester.status(url) for url in offered} == {200}
    harvester.leave()


def read_csv(data: bytes) -> csv.DictReader:
    return csv.DictReader(StringIO(data.decode("utf-8-sig")), delimiter=";")


LANGUAGES = {"English": "en ltr", "Suomi": "fi ltr", "العربية": "ar rtl", "Lättläst svenska": "sv ltr"}


def test_the_short_texts_in_other_languages(enter):
    reader = enter(Citizen, width=360)
    onward: set[str] = set()
    for label, read_as in LANGUAGES.items():
        reader.page.goto("/")
        reader.follow(label, f"sprak-{read_as[:2]}")
        main = reader.page.locator("main")
        assert main.evaluate("e => `${e.closest('[lang]').lang} ${getComputedStyle(e).direction}`") == read_as
        found = set(links(reader.page, "main a[href^='/']"))
        assert found >= {"/overenskommelsen/", "/anslut/", "/kontakt/"}, label
        onward |= found
    assert {address: reader.status(address) for address in onward} == dict.fromkeys(onward, 200)
    reader.leave()


# Somebody with a slow line, and somebody who prints -------------------------------------------------------------------


# Not pure white: text of the very colour of the paper is no fault to axe, only uncertain.
ON_PAPER = "* { background: none !important } html { background: #fafafa !important }"


def test_each_kind_of_public_page_with_late_fonts_and_on_paper(enter):
    """The fonts come when the page has been read for a while; a printer leaves all backgrounds out."""
    reader = enter(Citizen)
    found = re.findall("<loc>(.*?)</loc>", reader.fetch("/sitemap.xml").decode())
    kinds = {resolve(urlsplit(url).path).route: url for url in reversed(found)}
    late: list[Route] = []
    reader.page.route("**/*.woff2", lambda route: late.append(route))
    for url in kinds.values():
        reader.page.goto(url, wait_until="domcontentloaded")
        reader.page.wait_for_timeout(300)
        while late:
            late.pop().continue_()
        reader.page.wait_for_load_state()
        reader.page.evaluate("document.fonts.ready")
        reader.see_that_it_stands_still()
        reader.page.emulate_media(media="print")
        reader.add_style(ON_PAPER)
        assert_accessible(reader.page, "color-contrast")
        hidden = reader.page.locator("main details").filter(visible=True).locator("> :not(summary)")
        assert all(part.is_visible() for part in hidden.all()), url
        reader.page.emulate_media(media="screen")
    reader.leave()


# Lists of a full house ------------------------------------------------------------------------------------------------


def test_the_lists_of_the_office_when_they_are_long(chromium, portal):
    """Every list of the admin and a row of it, at 320 px, with a thousand copies of a row where they are allowed."""
    models = sorted(admin.site._registry, key=lambda model: model._meta.label)
    copied = {model for model in models if plant_copies(portal, model)}
    run_sql(portal, "UPDATE accounts_user SET is_superuser = 1 WHERE email = ?", ADMINISTRATOR)
    me = Person(chromium, portal.url, {}, width=320, scripts=True)  # the markup is Django's: Nu has no say
    me.sign_in(ADMINISTRATOR)
    long = set()
    for model in models:
        address = reverse(admin_urlname(model._meta, "changelist"))
        me.go(f"{address}?p=4" if model in copied else address, f"lista-{model._meta.model_name}")
        if me.page.locator(".paginator [aria-current]").count():
            long.add(model)
        rows = me.page.locator("#result_list tbody th a")
        if rows.count():
            rows.first.click()
            me.look(f"rad-{model._meta.model_name}")
    assert long >= {Event, Letter, RegistryEntry}
    me.leave()


def plant_copies(portal, model, copies: int = 1000) -> bool:
    """Copies of the last row straight into the table, each with values of its own where they have to be unique."""
    options = model._meta
    fields = [field for field in options.concrete_fields if not field.primary_key]
    unique = {name for constraint in options.total_unique_constraints for name in constraint.fields}
    unique |= {field.name for field in fields if field.unique}
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(own_value(field) if field.name in unique else f'"{field.column}"' for field in fields)
    try:
        run_sql(
            portal,
            f"""INSERT INTO "{options.db_table}" ({columns}) WITH RECURSIVE copy(n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ?)
            SELECT {values} FROM (SELECT * FROM "{options.db_table}" ORDER BY id DESC LIMIT 1), copy""",  # noqa: S608
            copies,
        )
    except sqlite3.IntegrityError:
        return False
    return bool(run_sql(portal, f'SELECT count(*) > ? FROM "{options.db_table}"', copies)[0][0])  # noqa: S608


def own_value(field: Field) -> str:
    if isinstance(field, UUIDField):
        return "lower(hex(randomblob(16)))"
    return f'"{field.column}" + n' if isinstance(field, IntegerField) else f"\"{field.column}\" || '-' || n"


# The registrar --------------------------------------------------------------------------------------------------------


def test_the_registrar_protects_hands_out_and_archives(enter, tmp_path):
    me = enter()
    me.sign_in(REGISTRAR)
    me.go("/admin/casework/registryentry/?q=Solrosen", "diarium")
    found = me.page.get_by_role("row", name="Anslutning till").get_by_role("link")
    number = found.inner_text().encode()
    found.click()
    me.look("diariepost")
    entry = me.page.url
    me.follow("Skydda uppgifter", "skydda")
    me.press(re.compile("^Skydda uppgifter"), "skydda-fel")
    me.page.get_by_label("Från eller till skyddas").check()
    me.fill(reason="Offentlighets- och sekretesslagen 21 kap. 3 §.")
    me.press(re.compile("^Skydda uppgifter"), "skyddad")
    expect(me.page.locator(".history")).to_contain_text("21 kap. 3 §")
    me.go("/admin/casework/registryentry/?q=Solrosen", "diarium-sokt")  # what is protected is not found by it, either
    assert number in me.file("Fullständigt som CSV") and number not in me.file("För allmänheten som CSV")
    me.go("/admin/casework/registryentry/", "diarium-skyddad")
    hidden = "Uppgiften lämnas ut efter prövning"
    for kind in ("CSV", "JSON"):
        public, full = (me.file(f"{whose} som {kind}").decode() for whose in ("För allmänheten", "Fullständigt"))
        assert hidden in public and hidden not in full
        assert public.count("Solrosen") == full.count("Solrosen") - 1
    me.follow("att skriva ut", "diarium-for-allmanheten")
    expect(me.page.get_by_role("table")).to_contain_text(hidden)
    me.page.go_back()
    me.follow("Fullständigt, att skriva ut", "diarium-fullstandigt")
    expect(me.page.get_by_role("table")).not_to_contain_text(hidden)

    me.page.goto(entry)
    me.follow(re.compile("^anslutning [0-9]+$"), "arendet")
    package = tmp_path / "arkivpaket.zip"
    package.write_bytes(me.file("Arkivpaket (zip)"))
    said = StringIO()
    call_command("verify_archive", str(package), stdout=said)
    assert "allt stämmer" in said.getvalue()
    package.write_bytes(package.read_bytes()[:-1000])
    with pytest.raises(CommandError, match="skadade"):
        call_command("verify_archive", str(package), stdout=said)

    me.go("/admin/", "registratorns-start")
    me.follow("Gallring", "gallring")
    expect(me.page.get_by_role("table").first).to_contain_text("utkast", ignore_case=True)
    me.follow("Gallra nu", "gallra-nu")
    me.leave()


def test_somebody_asks_what_is_known_about_them(enter, chromium, pages, portal, tmp_path):
    [(email, name, _)] = run_sql(portal, APPLICANT, NAME)
    me = enter()
    me.sign_in(REGISTRAR)
    me.follow("Registerutdrag", "registerutdrag")
    me.press("Sök", "registerutdrag-fel")
    search(me, "ingen.alls@exempel.se", "registerutdrag-ingen")
    expect(me.page.get_by_role("heading", name="Ingenting hittades")).to_be_visible()
    search(me, email, "registerutdrag-person")
    me.press("Hämta utdraget", "registerutdrag-utan-kontroll")
    me.page.get_by_label("Jag har kontrollerat").check()
    with me.page.expect_download() as download:
        me.page.get_by_role("button", name="Hämta utdraget").click()
    read_extract(chromium, pages, download.value.path(), name, tmp_path)

    search(me, email, "registerutdrag-igen")
    form = step(me, "rectify")
    choice = form.locator("option").filter(has_text=name).first.inner_text()
    form.locator("[name='wrong']").select_option(label=choice)
    form.locator("[name='right']").fill(f"{name} Ändring")
    form.locator("[name='why']").fill("Personen hörde av sig.")
    me.press("Se var den står", "ratta")
    me.press("Rätta nu", "rattat")
    expect(me.page.locator(".messagelist")).to_contain_text("Rättat på")
    assert run_sql(portal, APPLICANT, NAME)[0][:2] == (email, f"{name} Ändring")

    search(me, email, "registerutdrag-rattat")
    me.press("Begränsa behandlingen", "begransa-fel")
    step(me, "restrict").locator("[name='reason']").fill("Personen menar att uppgiften är fel.")
    me.press("Begränsa behandlingen", "begransad")
    restriction = me.page.url
    search(me, email, "registerutdrag-begransad")
    expect(me.page.get_by_role("link", name="Behandlingen är begränsad")).to_be_visible()
    me.page.goto(restriction)
    me.follow("Häv begränsningen", "hav")
    me.press("Häv begränsningen", "hav-fel")
    me.fill(reason="Uppgiften är rättad, och personen vet om det.")
    me.press("Häv begränsningen", "havd")
    expect(me.page.locator(".history")).to_contain_text("Begränsningen hävdes")
    me.leave()


def search(officer: Person, email: str, name: str) -> None:
    officer.page.goto("/admin/registerutdrag/")
    officer.page.get_by_label("E-postadress").fill(email)
    officer.press("Sök", name)


def step(officer: Person, name: str) -> Locator:
    """The form with that button: each of the page's forms carries the person along."""
    return officer.page.locator("form").filter(has=officer.page.locator(f"button[value='{name}']"))


def read_extract(chromium, pages: dict[str, str], packed: Path, name: str, folder: Path) -> None:
    """At home, from a folder, with nothing else to lean on."""
    with ZipFile(packed) as archive:
        assert archive.testzip() is None
        assert name in archive.read("registerutdrag.json").decode()
        archive.extractall(folder / "utdrag")
    at_home = Person(chromium, "file:", pages, width=1280, scripts=True)
    at_home.page.goto((folder / "utdrag/registerutdrag.html").as_uri())
    at_home.look("utdraget")
    expect(at_home.page.locator("main")).to_contain_text(name)
    for file in links(at_home.page, "main a:not([href^='#'])"):
        assert (folder / "utdrag" / file).is_file(), file
    at_home.leave()
