"""What everyone may read: right, findable, without cookies, and without a word about those who signed."""

from datetime import date, timedelta
from uuid import uuid4
from xml.etree import ElementTree

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession
from agreement.models.accession import APPLICATION_LINK
from agreement.models.signing import SIGN_LINK
from botkyrka_civil.lib import tokens
from organisations.models import ContactPerson, MunicipalUnit, Organisation
from tests import factories
from tests.tools.web import queries

pytestmark = pytest.mark.django_db
LIST = "/organisationer/"
ATOM = "{http://www.w3.org/2005/Atom}"


def joined(name: str, *, on=date(2024, 4, 2), ended=None, state="", version=None, **facts) -> Accession:
    """A row on the list, set there directly: how it came there is the other tests' business."""
    return Accession.objects.create(
        organisation=Organisation.objects.create(name=name, **facts),
        version=version,
        state=state or ("left" if ended else "joined"),
        joined_on=on,
        ended_on=ended,
    )


def names(client, query: str) -> list[str]:
    return [row.display_name for row in client.get(LIST, query_params=query).context["page"].object_list]


def test_hostile_text_is_shown_as_text(client):
    attack = "<script>alert(1)</script>"
    org = joined(attack, description=attack, area=attack, org_nr_missing_reason=attack).organisation
    for url in ("/", LIST, org.get_absolute_url(), f"{LIST}?q={attack}&datum={attack}", f"/verifiera/?kod={attack}"):
        html = client.get(url, follow=True).content.decode()
        assert attack not in html and "<script>alert" not in html, url


def test_the_pages_of_an_empty_portal(client, read):
    html = read("/")
    assert "Ingen organisation står på listan än" in html and "Läs Överenskommelsen" not in html
    factories.make_version("2030", in_force=False)
    for url in ("/overenskommelsen/", "/overenskommelsen/2030/", "/overenskommelsen/principer/dialog/"):
        read(url, 404)


def test_the_list_is_in_swedish_order_under_its_letters(client):
    for name in ("Östra odlarna", "Élans dansgrupp", "åkeriets vänner", "Ängens lekpark", "Zonen", "Edsberg"):
        joined(name)
    response = client.get(LIST)
    assert names(client, {}) == [
        "Edsberg", "Élans dansgrupp", "Zonen", "åkeriets vänner", "Ängens lekpark", "Östra odlarna",
    ]  # fmt: skip
    assert [letter for letter, _ in response.context["letters"]] == ["E", "Z", "Å", "Ä", "Ö"]


def test_the_list_as_of_a_day(client, read):
    joined("Fittja båtklubb", on=date(2024, 4, 2), ended=date(2026, 6, 30))
    for day, there in (("2024-04-01", False), ("2024-04-02", True), ("2026-06-29", True), ("2026-06-30", False)):
        with time_machine.travel("2026-11-22 12:00+01:00", tick=False):
            assert names(client, {"datum": day}) == ["Fittja båtklubb"] * there, (
                "the day of leaving is the first off it"
            )
            html = read(f"{LIST}?datum={day}")
            assert f'value="{day}"' in html and "Listan visar läget den" in html and "Visa läget i dag" in html
            assert names(client, {}) == []
    assert "har inte varit än" in read(f"{LIST}?datum={timezone.localdate() + timedelta(days=1)}")


def test_a_wrong_date_gets_a_sentence_and_stays_in_the_field(read):
    joined("Zonen")
    for typed in ("5 mars", "2026-13-01", "2026-02-30", "-1", "9" * 5000, "2026-01-01'"):
        html = read(f"{LIST}?datum={typed}", 400)
        shown = f'value="{typed[:100]}"'.replace("'", "&#x27;")
        for words in ("<title>Fel: ", "Skriv datumet som år, månad och dag", shown, "Zonen", 'aria-invalid="true"'):
            assert words in html, (typed[:20], words)


def test_search_minds_the_swedish_letters_but_not_case(client):
    for name in ("Åsa kulturförening", "Asa läxhjälp", "Öppna dörren"):
        joined(name)
    for words, found in {
        "åsa": ["Åsa kulturförening"],
        "ÅSA": ["Åsa kulturförening"],
        "asa": ["Asa läxhjälp"],
        "DÖRREN öppna": ["Öppna dörren"],
        "oppna": [],
    }.items():
        assert names(client, {"q": words}) == found, words


def test_search_finds_earlier_names_and_numbers_and_a_guess_when_it_is_confirmed(client):
    org = joined("Nya namnet", org_nr="802002-4280", area="Alby").organisation
    org.other_names.create(name="Gamla namnet")
    guess = org.other_names.create(name="Stängda dörren", suggested=True)
    for words in ("gamla", "802002", "alby"):
        assert names(client, {"q": words}) == ["Nya namnet"]
    assert names(client, {"q": "stängda"}) == []
    guess.suggested = False
    guess.save()
    assert names(client, {"q": "stängda"}) == ["Nya namnet"]
    org.other_names.get(name="Gamla namnet").delete()
    assert names(client, {"q": "gamla"}) == []


def test_a_hostile_search_finds_nothing_and_one_without_a_letter_is_none(client, read):
    joined("Zonen")
    hostile = ["%", "_", "\\", "'", '"', "a\x00b", "\u202eb", "🙂" * 100, "(" * 500, "=cmd", "--", "a " * 1000]
    for words in hostile:
        asked = dict.fromkeys(("q", "form", "omrade", "version", "sida"), words)
        response = client.get(LIST, query_params=asked)
        assert response.status_code == 200 and response.context["total"] == 0, words[:9]
        assert client.get("/verifiera/", {"kod": words}).status_code in (200, 302), words[:9]
    for words in ("", " ", "\x00", "\u202e\u200b"):
        response = client.get(LIST, query_params={"q": words})
        assert response.context["total"] == 1 and not response.context["filtered"], repr(words)
    html = read(f"{LIST}?q=finns+inte")
    assert "Ingen organisation passar sökningen" in html and "Visa alla" in html and 'value="finns inte"' in html


def test_filters_offer_what_the_list_differs_in_and_combine(client, read):
    version = factories.make_version()
    joined("Alby cykelkök", legal_form="ideell_forening", area="Alby", version=version)
    joined("Fittja båtklubb", legal_form="ideell_forening", area="Fittja")
    joined("Fittja fond", legal_form="stiftelse", area="Fittja", version=version)
    html = read(LIST)
    assert '<option value="stiftelse">Stiftelse</option>' in html and "Trossamfund" not in html
    assert names(client, {"form": "stiftelse"}) == ["Fittja fond"]
    assert names(client, {"omrade": "Fittja"}) == ["Fittja båtklubb", "Fittja fond"]
    assert names(client, {"omrade": "Fittja", "version": "2018"}) == ["Fittja fond"]
    assert names(client, {"omrade": "Fittja", "q": "båt"}) == ["Fittja båtklubb"]
    assert "selected>Fittja</option>" in read(f"{LIST}?omrade=Fittja")


def test_a_long_list_comes_in_pages_that_keep_the_search(client, read):
    for n in range(53):
        joined(f"Förening {n:02}")
    html = read(f"{LIST}?q=förening")
    assert "53 organisationer passar" in html and "Sida 1 av 2" in html and "sida=2" in html
    assert names(client, {"q": "förening", "sida": 2}) == ["Förening 50", "Förening 51", "Förening 52"]
    assert names(client, {"sida": "9" * 5000}) == names(client, {"sida": "nej"}) == names(client, {})


def test_the_number_of_queries_does_not_grow_with_the_list(client):
    version = factories.make_version()
    ours = joined("Zonen", version=version).organisation
    urls = ["/", "/kontakt/", "/overenskommelsen/", LIST, f"{LIST}?q=e&datum={timezone.localdate()}"]
    urls += [f"{LIST}atom.xml", ours.get_absolute_url()]
    before = queries(client, *urls)
    ended = {"version": version, "state": "ended", "joined_on": date(2020, 1, 1), "ended_on": date(2021, 1, 1)}
    for n in range(4):
        joined(f"Förening {n:02}", version=version, area=f"Område {n}", legal_form="stiftelse")
        Accession.objects.create(organisation=ours, **ended)
        ours.other_names.create(name=f"Tidigare {n}")
        contact = {"topic": "agreement", "as_of": date(2026, 1, 1)}
        unit = MunicipalUnit.objects.create(name=f"Förvaltning {n}")
        ContactPerson.objects.create(name=f"Kontakt {n}", municipal_unit=unit, **contact)
    assert queries(client, *urls) == before
    assert max(before) <= 8


def test_the_history_of_an_organisation(read):
    version = factories.make_version()
    org = joined("Fittja båtklubb", on=date(2022, 1, 2), ended=date(2023, 3, 4), version=version).organisation
    html = read(org.get_absolute_url())
    assert "Inte ansluten längre" in html and "Lämnade Överenskommelsen" in html and "4 mars 2023" in html
    Accession.objects.create(organisation=org, version=version, state="joined", joined_on=date(2024, 5, 6))
    html = read(org.get_absolute_url())
    assert "Inte ansluten längre" not in html
    assert html.index("6 maj 2024") < html.index("4 mars 2023") < html.index("2 januari 2022")


def test_why_an_accession_ended_and_where_the_organisation_went(read):
    new, old = joined("Nya föreningen").organisation, joined("Gamla föreningen", ended=date(2025, 1, 1), state="ended")
    Accession.objects.filter(pk=old.pk).update(end_reason="Föreningen gick upp i en annan.")
    Organisation.objects.filter(pk=old.organisation.pk).update(status="merged", merged_into=new)
    html = read(old.organisation.get_absolute_url())
    assert "Föreningen gick upp i en annan." in html
    assert f'<a href="{new.get_absolute_url()}">Nya föreningen</a>' in html


def test_the_feed_is_atom_with_the_newest_first(client):
    """Word writes a vertical tab where a line is broken, and the administration keeps what is pasted: XML has none."""
    joined("Först & främst\x0bi byn", on=date(2024, 1, 1))
    joined("Sedan", on=date(2025, 1, 1))
    joined("Borta", ended=date(2025, 6, 1))
    response = client.get(f"{LIST}atom.xml")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)  # noqa: S314
    entries = feed.findall(f"{ATOM}entry")
    assert feed.tag == f"{ATOM}feed" and feed.findtext(f"{ATOM}author/{ATOM}name")
    for parent in (feed, *entries):  # RFC 4287: what every feed and entry must have
        assert all(parent.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Sedan", "Först & främsti byn"]


def test_a_link_that_does_not_work_tells_how_to_get_another(read, monkeypatch):
    key = uuid4().hex
    application, signing = (tokens.make(purpose, key) for purpose in (APPLICATION_LINK, SIGN_LINK))
    for url, says in {
        "/anslut/fel/": "Vi känner inte igen länken",
        f"/anslut/{signing}/": "går till en annan sida",
        f"/anslut/{application}/": "finns inte längre",
        f"/underskrift/{signing}/": "finns inte längre",
    }.items():
        html = read(url, 404)
        assert says in html and reverse("agreement:new_link") in html and "Be den som startade ansökan" in html
    monkeypatch.setattr("botkyrka_civil.lib.links.WRONG_LINKS_PER_HOUR", 4)
    assert "Försök igen om en timme" in read("/anslut/fel/", 429)


def test_the_privacy_page_says_why_and_for_how_long(read):
    html = read("/personuppgifter/")
    for fact in (
        "personuppgiftsansvarig", "212000-2882", "allmänt intresse", "rättslig förpliktelse", "dataskyddsombud",
        f"{settings.DRAFT_LIFETIME.days} dagar", "https://www.imy.se/", "publicerar vi aldrig", "inga kakor",
    ):  # fmt: skip
        assert fact in html


def test_the_account_page_is_for_those_who_are_not_staff(client, read):
    assert client.get("/konto/").status_code == 302
    client.force_login(factories.make_user("styrelse", name="Siv Styrelse"))
    html = read("/konto/")
    assert "Hej Siv Styrelse!" in html and reverse("mfa_index") in html and 'action="/konto/logout/"' in html
    client.force_login(factories.make_user())
    assert client.get("/konto/").url == reverse("admin:index")
