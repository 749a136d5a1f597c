"""The whole story in a real browser against the real portal, as `make run` starts it: gunicorn, worker, SQLite.

With and without JavaScript, on a phone and on a desktop. Every page on the way is checked by axe and by the Nu
validator. Set SHOTS=folder to keep pictures of the pages.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.tools.portal import Visitor, assert_valid, links

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def evidence(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "Protokoll årsmöte.pdf"
    path.write_bytes(factories.pdf_bytes())
    return path


# the other two combinations show nothing that these do not, one by one
WAYS = [
    pytest.param(360, True, id="phone"),
    pytest.param(1280, False, id="desktop-no-scripts"),
    pytest.param(360, False, id="phone-no-scripts", marks=pytest.mark.complete),
    pytest.param(1280, True, id="desktop", marks=pytest.mark.complete),
]


@pytest.mark.parametrize(("width", "scripts"), WAYS)
def test_the_story(chromium, portal, evidence, tmp_path, width, scripts):
    who = f"{width}{'js' if scripts else 'nojs'}"
    name = {"360js": "Odlarna på Fittja äng", "360nojs": "Kvällskören Lyra", "1280js": "Brädspelsligan Tärningen",
            "1280nojs": "Språkcaféet Bron"}[who]  # fmt: skip
    people = [{**person, "email": f"{who}.{person['email']}"} for person in factories.PEOPLE[:2]]

    pages: dict[str, str] = {}

    def visitor() -> Visitor:
        return Visitor(chromium, portal.url, pages, width=width, scripts=scripts)

    sara = visitor()
    sara.go("/", "start")
    sara.go("/overenskommelsen/", "overenskommelsen")
    sara.go("/organisationer/", "organisationer")
    sara.go("/anslut/", "anslut")
    sara.follow("Börja", "anslut-borja")
    sara.press("Skicka länken till mig", "anslut-borja-fel")
    assert sara.page.title().startswith("Fel:")
    expect(sara.page.get_by_role("alert")).to_be_focused()
    sara.page.get_by_label("Ditt namn").fill("Sara Sökande")
    sara.page.get_by_label("Din e-postadress").fill(f"sara.{who}@exempel.se")
    sara.press("Skicka länken till mig", "titta-i-din-epost")
    sara.open_letter(f"sara.{who}@exempel.se", "länk")
    sara.look("utkast")
    sara.follow("Fortsätt", "steg-organisation")
    sara.page.get_by_label("Organisationens namn").fill("Hela människan")
    sara.page.get_by_label("Ja", exact=True).check()
    sara.page.get_by_label("Organisationsnummer", exact=True).fill("802002-4281")
    sara.page.get_by_label("Ideell förening").check()
    sara.press("Spara och fortsätt", "steg-organisation-fel")
    expect(sara.page.get_by_role("alert")).to_contain_text("kontrollsiffra")
    expect(sara.page.get_by_label("Organisationens namn")).to_have_value("Hela människan")
    sara.page.get_by_label("Organisationens namn").fill(name)
    sara.page.get_by_label("Organisationsnummer", exact=True).fill(factories.org_nr(width + scripts))
    sara.press("Spara och fortsätt", "steg-kontakt")
    sara.page.get_by_label("Område").fill("Fittja")
    sara.page.get_by_label("Offentlig e-postadress").fill(f"{who}@exempel.se")
    sara.press("Spara och fortsätt senare", "sparat")
    sara.open_letter(f"sara.{who}@exempel.se", "länk")
    sara.follow("Fortsätt", "steg-firmateckning")
    sara.page.get_by_label("Två personer tillsammans").check()
    sara.page.get_by_label("Underlag").set_input_files(evidence)
    sara.press("Spara och fortsätt", "steg-firmatecknare")
    for number, person in enumerate(people):
        group = sara.page.get_by_role("group", name=f"Person {number + 1}")
        group.get_by_label("Namn").fill(person["name"])
        group.get_by_label("Roll").fill(person["role"])
        group.get_by_label("E-postadress").fill(person["email"])
    sara.press("Spara och fortsätt", "granska")
    sara.press("Skicka till firmatecknarna", "vantar-pa-underskrifter")
    sara.leave()

    for number, person in enumerate(people, start=1):
        signatory = visitor()
        signatory.open_letter(person["email"], "[Ss]kriv under")
        signatory.look(f"underskrift-{number}")
        expect(signatory.page.get_by_text("Genom dialog möts vi på lika villkor.")).to_be_visible()
        signatory.page.get_by_label("Skriv ditt namn").fill(person["name"])
        signatory.page.get_by_label("Jag har läst texten").check()
        signatory.press("Skriv under", f"underskriven-{number}")
        expect(signatory.page.get_by_role("heading", level=1)).to_have_text("Tack, du har skrivit under")
        signatory.leave()

    officer = visitor()
    officer.sign_in("utvecklingsledare@example.org")
    officer.look("handlaggning")
    officer.follow(name, "arende")
    officer.follow("Ta ärendet", "arende-ta")
    officer.press("Ta ärendet", "arende-taget")
    form = officer.page.get_by_role("link", name=re.compile("Blanketten")).get_attribute("href")
    answer = officer.context.request.get(form)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-1.7")
    officer.page.reload()
    officer.follow("Godkänn", "arende-godkann")
    officer.press(re.compile("^Godkänn.* och skicka brevet$"), "arende-godkant")
    officer.leave()

    citizen = visitor()
    citizen.go(f"/organisationer/?q={name.split()[0]}", "organisationer-sok")
    citizen.follow(name, "organisation")
    citizen.go("/verifiera/", "verifiera")
    citizen.leave()
    assert_valid(pages, tmp_path)


def test_a_passkey_is_a_second_factor(chromium, portal):
    """Added, and then asked for at the next sign-in, with Chromium's own virtual authenticator."""
    visitor = Visitor(chromium, portal.url.replace("127.0.0.1", "localhost"), {}, width=1280, scripts=True)
    page = visitor.page
    key = visitor.context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    visitor.sign_in("registrator@example.org")
    visitor.go("/konto/2fa/webauthn/add/", "bekrafta-losenord")
    page.get_by_label("Lösenord").fill("demo-botkyrka")
    visitor.press("Fortsätt", "passnyckel")
    page.get_by_label("Namn på nyckeln").fill("Min nyckel")
    with page.expect_navigation():  # the key answers first, and only then the page leads on
        page.get_by_role("button", name=re.compile("Lägg till")).click()
    visitor.look("passnyckel-tillagd")
    page.goto("/konto/logout/")
    page.locator("main").get_by_role("button").click()
    visitor.sign_in("registrator@example.org")
    visitor.look("andra-faktorn")
    assert "/konto/2fa/authenticate/" in page.url
    page.get_by_role("button", name=re.compile("nyckel")).click()
    page.wait_for_url("**/admin/")
    visitor.leave()


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.complete)])
def test_every_page_of_the_cases_in_every_state(chromium, portal, tmp_path, width):
    """What the made-up cases show their applicants and signatories, and what staff see, verb by verb."""
    pages: dict[str, str] = {}
    reader = Visitor(chromium, portal.url, pages, width=width, scripts=True)
    for path in ("/anslut/ny-lank/", "/kontakt/", "/tillganglighet/", "/personuppgifter/", "/konto/login/",
                 "/overenskommelsen/2009/", "/overenskommelsen/principer/dialog/", "/organisationer/?datum=2021-05-01",
                 "/organisationer/?q=finns+inte", "/demo/utkorg/"):  # fmt: skip
        reader.go(path, path.strip("/").replace("/", "-").replace("?", "-"))
    for path in ("/finns-inte/", "/anslut/fel.lank/", "/verifiera/AAAA-BBBB-CCCC/", "/organisationer/?datum=igar"):
        reader.page.goto(path)
        reader.look("fel" + path.replace("/", "-").replace("?", "-"))
        reader.complaints.clear()  # each answers with the status of an error
    seen = set()
    for link in personal_links(reader.page):
        reader.page.goto(link)
        shown = " ".join(reader.page.locator("h1, .eyebrow .status").all_inner_texts())
        if shown in seen:
            continue
        seen.add(shown)
        reader.look(f"personlig-{len(seen)}")
        for more in links(reader.page, "main .actions a[href*='/anslut/'], main a[href*='/uttrade/']"):
            reader.go(more, f"personlig-{len(seen)}-{more.strip('/').split('/')[-1]}")
    assert len(seen) > 10, seen
    reader.leave()

    officer = Visitor(chromium, portal.url, pages, width=width, scripts=True)
    officer.sign_in("utvecklingsledare@example.org")
    for path in ("/admin/agreement/accession/", "/admin/agreement/accession/papper/", "/admin/casework/letter/",
                 "/admin/casework/registryentry/", "/admin/organisations/organisation/",
                 "/admin/organisations/contactperson/add/", "/admin/agreement/agreementversion/"):  # fmt: skip
        officer.go(path, path.strip("/").replace("/", "-"))
    for method, most in (("web", 99), ("paper", 99), ("source", 1)):  # the source's 26 look the same
        officer.page.goto(f"/admin/agreement/accession/?method__exact={method}")
        for case in links(officer.page, "#result_list tbody th a")[:most]:
            number = re.search(r"/(\d+)/change/", case).group(1)
            officer.go(case, f"arende-{number}")
            for verb in links(officer.page, "a.button[href*='/accession/']"):
                officer.go(verb, f"arende-{number}-{verb.strip('/').split('/')[-1]}")
    officer.leave()
    assert_valid(pages, tmp_path)


def personal_links(page: Page) -> list[str]:
    """The links in the letters of the made-up accessions, whose people have .demo in their addresses."""
    found: dict[str, None] = {}
    for number in range(1, 5):
        page.goto(f"/demo/utkorg/?till=.demo&sida={number}")
        for letter in links(page, "main a[href^='/demo/utkorg/'][href$='/']"):
            page.goto(letter)
            found |= dict.fromkeys(links(page, "main a[href*='/anslut/'], main a[href*='/underskrift/']"))
    return list(found)
