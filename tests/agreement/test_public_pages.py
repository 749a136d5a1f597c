"""What everyone may read: right, findable, without cookies, and without a word about those who signed."""

from datetime import date, timedelta
from uuid import uuid4
from xml.etree import ElementTree

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse
from django.utils import timezone

from agreement.data.load import load_source_data
from agreement.models import Accession, AgreementVersion
from agreement.models.accession import APPLICATION_LINK
from agreement.models.signing import SIGN_LINK
from botkyrka_civil import urls
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages import demo
from organisations.models import ContactPerson, MunicipalUnit, Organisation
from tests import factories

pytestmark = pytest.mark.django_db
urlpatterns = [*urls.urlpatterns, path("demo/utkorg/", include(demo))]  # as in demo mode; see the tests of the outbox
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


def read(client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return " ".join(response.content.decode().split())


def names(client, query: str) -> list[str]:
    return [row.display_name for row in client.get(LIST, query_params=query).context["page"].object_list]


def queries(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# Every page ---------------------------------------------------------------------------------------------------------


def addresses() -> list[str]:
    versions = [reverse("agreement:version", args=[v.label]) for v in AgreementVersion.objects.published()]
    principles = [p.get_absolute_url() for v in AgreementVersion.objects.published() for p in v.principles.all()]
    organisations = [a.organisation.get_absolute_url() for a in Accession.objects.public()]
    codes = [reverse("documents:verify_code", args=[a.code]) for a in Accession.objects.registered()]
    return [
        "/",
        "/kontakt/",
        "/tillganglighet/",
        "/personuppgifter/",
        "/robots.txt",
        "/overenskommelsen/",
        LIST,
        f"{LIST}atom.xml",
        f"{LIST}?q=a&datum=2026-01-01",
        "/verifiera/",
        *versions,
        *principles,
        *organisations,
        *codes,
    ]


def test_every_public_page_answers_without_a_cookie_under_a_title_of_its_own(client):
    load_source_data()
    titles = {}
    for url in addresses():
        response = client.get(url)
        assert response.status_code == 200, url
        assert not response.cookies and "Set-Cookie" not in response, url
        if response["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            assert html.count("<h1") == 1, url
            assert 'href="/tillganglighet/"' in html, url
            assert 'aria-label="Brödsmulor"' in html or url == "/", url
            title = html.partition("<title>")[2].partition("</title>")[0]
            titles.setdefault(title, set()).add(response.request["PATH_INFO"])
    # The version in force has two addresses: its own and the agreement's.
    shared = {title: paths for title, paths in titles.items() if len(paths) > 1}
    assert list(shared.values()) == [{"/overenskommelsen/", "/overenskommelsen/2018/"}]


def test_nobody_who_signed_or_applied_is_named_on_any_public_page(client):
    officer = factories.make_user(name="Hilda Handläggare")
    for state in ("joined", "left", "ended", "rejected", "submitted", "awaiting_signatures", "draft"):
        factories.make_accession(state, officer=officer)
    secrets = {person[key] for person in factories.PEOPLE for key in ("name", "email")}
    secrets |= set(Accession.objects.values_list("applicant_name", flat=True)) | {officer.name, officer.email}
    secrets |= set(Accession.objects.values_list("applicant_email", flat=True))
    for url in addresses():
        text = client.get(url).content.decode().casefold()
        assert not [secret for secret in secrets if secret.casefold() in text], url


def test_only_those_who_have_joined_have_a_page(client):
    for state in ("draft", "awaiting_signatures", "submitted", "rejected", "withdrawn"):
        factories.make_accession(state)
    assert names(client, {}) == []
    for organisation in Organisation.objects.all():
        assert client.get(organisation.get_absolute_url()).status_code == 404


def test_hostile_text_is_shown_as_text(client):
    attack = "<script>alert(1)</script>"
    org = joined(attack, description=attack, area=attack, org_nr_missing_reason=attack).organisation
    for url in ("/", LIST, org.get_absolute_url(), f"{LIST}?q={attack}&datum={attack}", f"/verifiera/?kod={attack}"):
        html = client.get(url, follow=True).content.decode()
        assert attack not in html and "<script>alert" not in html, url


# The start page -----------------------------------------------------------------------------------------------------


def test_the_start_page_says_what_this_is_who_is_new_and_how_many(client):
    load_source_data()
    html = read(client, "/")
    assert "<dd>26</dd>" in html and "Se alla 26 organisationer" in html
    assert "De är med" in html  # no one has a date yet
    for heading in (
        "Dialog",
        "Kvalitet och långsiktighet",
        "Demokrati och mångfald",
        "Öppenhet och insyn",
        "Självständighet och oberoende",
    ):
        assert f">{heading}</a>" in html
    joined("Åsa kulturförening", on=date(2026, 3, 5))
    html = read(client, "/")
    assert "Senast anslutna" in html and "Åsa kulturförening" in html and "Anslöt sig 5 mars 2026" in html


def test_the_start_page_of_an_empty_portal(client):
    html = read(client, "/")
    assert "Ingen organisation står på listan än" in html and "Läs Överenskommelsen" not in html
    assert client.get("/overenskommelsen/").status_code == 404


# The agreement ------------------------------------------------------------------------------------------------------


def test_the_agreement_stands_word_for_word(client):
    load_source_data()
    html = read(client, "/overenskommelsen/")
    version = AgreementVersion.objects.in_force()
    for paragraph in (*version.body.split("\n\n"), version.values_intro, version.joining):
        assert paragraph in html
    for principle in version.principles.all():
        assert principle.text in html and principle.get_absolute_url() in html
    assert html.index("ekonomiskt och ekologiskt hållbart") < html.index("ekonomisk och ekologist hållbart")
    assert "Så står det i källan" in html and "2009" in html
    assert "Christina Grefveberg" in html and "Uppgiften gällde 5 mars 2020" in html


def test_an_earlier_version_says_that_it_no_longer_holds_and_what_is_known_of_it(client):
    load_source_data()
    html = read(client, "/overenskommelsen/2009/")
    assert "inte längre gäller" in html and "Själva texten har vi inte" in html
    assert "Långsiktighet" in html and "/overenskommelsen/principer/langsiktighet/" not in html
    assert read(client, "/overenskommelsen/1999/", 404)


def test_a_version_that_is_not_adopted_is_not_public(client):
    factories.make_version("2030", in_force=False)
    read(client, "/overenskommelsen/2030/", 404)
    read(client, "/overenskommelsen/principer/dialog/", 404)


def test_a_principle_stands_word_for_word_and_the_plain_words_are_marked_as_ours(client):
    load_source_data()
    html = read(client, "/overenskommelsen/principer/demokrati-och-mangfald/")
    assert "<blockquote><p>Vår samverkan ska präglas av balans" in html
    assert html.index(">Lättläst</h2>") < html.index("vår egen lättlästa text")
    # The same heading in two versions: the one in force answers.
    assert "Genom dialog möts vi på lika villkor." in read(client, "/overenskommelsen/principer/dialog/")
    assert "inte längre gäller" in read(client, "/overenskommelsen/principer/utveckling/")


# The list -----------------------------------------------------------------------------------------------------------


def test_the_list_is_in_swedish_order_under_its_letters(client):
    for name in ("Östra odlarna", "Élans dansgrupp", "åkeriets vänner", "Ängens lekpark", "Zonen", "Edsberg"):
        joined(name)
    response = client.get(LIST)
    assert names(client, {}) == [
        "Edsberg", "Élans dansgrupp", "Zonen", "åkeriets vänner", "Ängens lekpark", "Östra odlarna",
    ]  # fmt: skip
    assert [letter for letter, _ in response.context["letters"]] == ["E", "Z", "Å", "Ä", "Ö"]


def test_an_unknown_date_is_said_to_be_unknown(client):
    load_source_data()
    html = read(client, LIST)
    assert html.count("Anslöt sig senast 5 mars 2020, datum okänt") == 26
    assert "26 organisationer är anslutna" in html


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2024-04-01", []),
        ("2024-04-02", ["Fittja båtklubb"]),
        ("2026-06-29", ["Fittja båtklubb"]),
        ("2026-06-30", []),  # the day of leaving is the first day off the list
    ],
)
def test_the_list_as_of_a_day(client, day, found):
    joined("Fittja båtklubb", on=date(2024, 4, 2), ended=date(2026, 6, 30))
    with time_machine.travel("2026-11-22 12:00+01:00", tick=False):
        assert names(client, {"datum": day}) == found
        html = read(client, f"{LIST}?datum={day}")
        assert f'value="{day}"' in html and "Listan visar läget den" in html and "Visa läget i dag" in html
        assert names(client, {}) == []


def test_a_day_to_come_is_said_to_be_one(client):
    joined("Zonen")
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "har inte varit än" in read(client, f"{LIST}?datum={tomorrow}")


def test_before_anything_is_known_we_say_that_we_do_not_know(client):
    load_source_data()
    assert "Vi känner inte till någon anslutning den dagen" in read(client, f"{LIST}?datum=2015-01-01")


@pytest.mark.parametrize("typed", ["5 mars", "2026-13-01", "2026-02-30", "-1", "9" * 5000, "2026-01-01'"])
def test_a_wrong_date_gets_a_sentence_and_stays_in_the_field(client, typed):
    joined("Zonen")
    html = read(client, f"{LIST}?datum={typed}", 400)
    assert "<title>Fel: " in html and "Skriv datumet som år, månad och dag" in html
    assert f'value="{typed[:100]}"'.replace("'", "&#x27;") in html
    assert "Zonen" in html and 'aria-invalid="true"' in html


def test_search_minds_the_swedish_letters_but_not_case(client):
    for name in ("Åsa kulturförening", "Asa läxhjälp", "Öppna dörren"):
        joined(name)
    assert names(client, {"q": "åsa"}) == names(client, {"q": "ÅSA"}) == ["Åsa kulturförening"]
    assert names(client, {"q": "asa"}) == ["Asa läxhjälp"]
    assert names(client, {"q": "DÖRREN öppna"}) == ["Öppna dörren"]
    assert names(client, {"q": "oppna"}) == []


def test_search_finds_earlier_names_and_numbers(client):
    org = joined("Nya namnet", org_nr="802002-4280", area="Alby").organisation
    org.other_names.create(name="Gamla namnet")
    for words in ("gamla", "802002", "alby"):
        assert names(client, {"q": words}) == ["Nya namnet"]
    org.other_names.get().delete()
    assert names(client, {"q": "gamla"}) == []


def test_a_name_that_is_a_guess_finds_nothing_until_it_is_confirmed(client):
    guess = joined("Öppna dörren").organisation.other_names.create(name="Stängda dörren", suggested=True)
    assert names(client, {"q": "stängda"}) == []
    guess.suggested = False
    guess.save()
    assert names(client, {"q": "stängda"}) == ["Öppna dörren"]


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'", '"', "a\x00b", "\u202eb", "🙂" * 100, "(" * 500, "=cmd", "--", "a " * 1000]
)
def test_a_hostile_search_finds_nothing_and_harms_nothing(client, words):
    joined("Zonen")
    response = client.get(
        LIST, query_params={"q": words, "form": words, "omrade": words, "version": words, "sida": words}
    )
    assert response.status_code == 200 and response.context["total"] == 0


@pytest.mark.parametrize("words", ["", " ", "\x00", "\u202e\u200b"])
def test_a_search_without_a_letter_is_no_search(client, words):
    joined("Zonen")
    response = client.get(LIST, query_params={"q": words})
    assert response.context["total"] == 1 and not response.context["filtered"]


def test_an_empty_search_says_how_to_go_on(client):
    joined("Zonen")
    html = read(client, f"{LIST}?q=finns+inte")
    assert "Ingen organisation passar sökningen" in html and "Visa alla" in html and 'value="finns inte"' in html


def test_filters_offer_what_the_list_differs_in_and_combine(client):
    version = factories.make_version()
    joined("Alby cykelkök", legal_form="ideell_forening", area="Alby", version=version)
    joined("Fittja båtklubb", legal_form="ideell_forening", area="Fittja")
    joined("Fittja fond", legal_form="stiftelse", area="Fittja", version=version)
    html = read(client, LIST)
    assert '<option value="stiftelse">Stiftelse</option>' in html and "Trossamfund" not in html
    assert names(client, {"form": "stiftelse"}) == ["Fittja fond"]
    assert names(client, {"omrade": "Fittja"}) == ["Fittja båtklubb", "Fittja fond"]
    assert names(client, {"omrade": "Fittja", "version": "2018"}) == ["Fittja fond"]
    assert names(client, {"omrade": "Fittja", "q": "båt"}) == ["Fittja båtklubb"]
    assert "selected>Fittja</option>" in read(client, f"{LIST}?omrade=Fittja")


def test_a_long_list_comes_in_pages_that_keep_the_search(client):
    for n in range(53):
        joined(f"Förening {n:02}")
    html = read(client, f"{LIST}?q=förening")
    assert "53 organisationer passar" in html and "Sida 1 av 2" in html and "sida=2" in html
    assert names(client, {"q": "förening", "sida": 2}) == ["Förening 50", "Förening 51", "Förening 52"]
    assert names(client, {"sida": "9" * 5000}) == names(client, {"sida": "nej"}) == names(client, {})


def test_the_number_of_queries_does_not_grow_with_the_list(client):
    version = factories.make_version()
    ours = joined("Zonen", version=version).organisation
    urls = ["/", "/kontakt/", "/overenskommelsen/", LIST, f"{LIST}?q=e&datum={timezone.localdate()}"]
    urls += [f"{LIST}atom.xml", ours.get_absolute_url()]
    before = {url: queries(client, url) for url in urls}
    for n in range(30):
        joined(f"Förening {n:02}", version=version, area=f"Område {n}", legal_form="stiftelse")
        Accession.objects.create(
            organisation=ours, version=version, state="ended", joined_on=date(2020, 1, 1), ended_on=date(2021, 1, 1)
        )
        ours.other_names.create(name=f"Tidigare {n}")
        unit = MunicipalUnit.objects.create(name=f"Förvaltning {n}")
        ContactPerson.objects.create(
            name=f"Kontakt {n}", topic="agreement", as_of=date(2026, 1, 1), municipal_unit=unit
        )
    assert {url: queries(client, url) for url in urls} == before
    assert max(before.values()) <= 7


# An organisation ----------------------------------------------------------------------------------------------------


def test_an_organisation_from_the_source_says_what_the_source_says_and_no_more(client):
    load_source_data()
    org = Organisation.objects.get(name__startswith="Internationella föreningen")
    html = read(client, org.get_absolute_url())
    assert "Internationella förenngen" in html and "Senast 5 mars 2020" in html
    assert "Datum och version är okända" in html and "Uppgift saknas" in html
    org = Organisation.objects.get(name__startswith="Hela Människan")
    html = read(client, org.get_absolute_url())
    assert "Hela Människan Huddinge-Botkyrka-Salem" in html
    assert "Så skriver källan namnet" not in html  # a stray space is no other spelling
    guess = Organisation.objects.get(name="Kvinnoresurscentrum")
    assert "Botkyrka kvinnoresurscenter" not in read(client, guess.get_absolute_url())


def test_the_history_of_an_organisation(client):
    version = factories.make_version()
    org = joined("Fittja båtklubb", on=date(2022, 1, 2), ended=date(2023, 3, 4), version=version).organisation
    html = read(client, org.get_absolute_url())
    assert "Inte ansluten längre" in html and "Lämnade Överenskommelsen" in html and "4 mars 2023" in html
    Accession.objects.create(organisation=org, version=version, state="joined", joined_on=date(2024, 5, 6))
    html = read(client, org.get_absolute_url())
    assert "Inte ansluten längre" not in html
    assert html.index("6 maj 2024") < html.index("4 mars 2023") < html.index("2 januari 2022")


def test_why_an_accession_ended_and_where_the_organisation_went(client):
    new = joined("Nya föreningen").organisation
    old = joined("Gamla föreningen", ended=date(2025, 1, 1), state="ended")
    Accession.objects.filter(pk=old.pk).update(end_reason="Föreningen gick upp i en annan.")
    Organisation.objects.filter(pk=old.organisation.pk).update(status="merged", merged_into=new)
    html = read(client, old.organisation.get_absolute_url())
    assert "Föreningen gick upp i en annan." in html
    assert f'<a href="{new.get_absolute_url()}">Nya föreningen</a>' in html


# The feed -----------------------------------------------------------------------------------------------------------


def test_the_feed_is_atom_with_the_newest_first(client):
    joined("Först & främst", on=date(2024, 1, 1))
    joined("Sedan", on=date(2025, 1, 1))
    joined("Borta", ended=date(2025, 6, 1))
    response = client.get(f"{LIST}atom.xml")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)  # noqa: S314
    assert feed.tag == f"{ATOM}feed"
    for parent in (feed, *feed.findall(f"{ATOM}entry")):  # RFC 4287: what every feed and entry must have
        assert all(parent.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")] == ["Sedan", "Först & främst"]


def test_a_character_that_xml_does_not_have_takes_no_feed_with_it(client):
    """Word writes a vertical tab where a line is broken, and the administration keeps what is pasted."""
    joined("Föreningen\x0bi byn", on=date(2024, 1, 1))
    feed = ElementTree.fromstring(client.get(f"{LIST}atom.xml").content)  # noqa: S314
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "Föreningeni byn"


# Is it genuine? -----------------------------------------------------------------------------------------------------


def test_a_genuine_form_is_told_by_its_code_however_it_is_typed(client):
    accession = factories.make_accession("joined")
    for typed in (accession.code, accession.code.lower(), accession.code.replace("-", " "), f" {accession.code} "):
        html = " ".join(client.get("/verifiera/", {"kod": typed}, follow=True).content.decode().split())
        assert "Blanketten finns hos oss" in html and "Anslutningen gäller i dag" in html
    assert accession.organisation.name in html and accession.number in html and "Överenskommelsen 2018" in html
    assert accession.joining.content_sha256 in html and accession.joining.form.sha256 in html
    assert not [person["name"] for person in factories.PEOPLE if person["name"] in html]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("submitted", "gäller inte än"),
        ("completion_requested", "gäller inte än"),
        ("rejected", "blev aldrig godkänd"),
        ("left", "gäller inte längre"),
    ],
)
def test_a_genuine_form_says_whether_it_holds(client, state, says):
    accession = factories.make_accession(state)
    html = read(client, reverse("documents:verify_code", args=[accession.code]))
    assert "Blanketten finns hos oss" in html and says in html
    if state == "left":
        assert accession.leaving.form.sha256 in html and accession.joining.form.sha256 in html


def test_an_unknown_code_is_kept_and_explained(client):
    html = read(client, "/verifiera/AAAA-BBBB-CCCC/", 404)
    assert "<title>Fel: " in html and 'value="AAAA-BBBB-CCCC"' in html and "Vi hittar ingen blankett" in html
    unsent = factories.make_accession("awaiting_signatures")  # has a code, but no form yet
    read(client, reverse("documents:verify_code", args=[unsent.code]), 404)
    assert client.get("/verifiera/", {"kod": "\u202e\x00/../"}, follow=True).status_code == 404


# Personal links that do not work ------------------------------------------------------------------------------------


def test_a_link_that_does_not_work_tells_how_to_get_another(client, monkeypatch):
    key = uuid4().hex
    application, signing = (tokens.make(purpose, key) for purpose in (APPLICATION_LINK, SIGN_LINK))
    for url, says in {
        "/anslut/fel/": "Vi känner inte igen länken",
        f"/anslut/{signing}/": "går till en annan sida",
        f"/anslut/{application}/": "finns inte längre",
        f"/underskrift/{signing}/": "finns inte längre",
    }.items():
        html = read(client, url, 404)
        assert says in html and reverse("agreement:new_link") in html and "Be den som startade ansökan" in html
    monkeypatch.setattr("botkyrka_civil.lib.links.WRONG_LINKS_PER_HOUR", 4)
    assert "Försök igen om en timme" in read(client, "/anslut/fel/", 429)


def test_a_forgotten_draft_is_said_to_have_run_out(client):
    draft = factories.make_draft()
    link = reverse("agreement:application", args=[tokens.make(APPLICATION_LINK, draft.key)])
    with time_machine.travel(timezone.now() + settings.DRAFT_LIFETIME + timedelta(days=1), tick=False):
        assert "Utkastet har gått ut" in read(client, link, 410)


# Pages that the law asks for ----------------------------------------------------------------------------------------


def test_contacts_are_shown_with_their_date(client):
    load_source_data()
    html = read(client, "/kontakt/")
    assert html.count("Uppgiften gällde 5 mars 2020.") == ContactPerson.objects.count() == 3
    assert "lumnije.mehmeti@botkyrka.se" in html


def test_the_privacy_page_says_why_and_for_how_long(client):
    html = read(client, "/personuppgifter/")
    days = f"{settings.DRAFT_LIFETIME.days} dagar"
    for fact in ("personuppgiftsansvarig", "212000-2882", "allmänt intresse", "rättslig förpliktelse"):
        assert fact in html
    for fact in ("dataskyddsombud", days, "https://www.imy.se/", "publicerar vi aldrig", "inga kakor"):
        assert fact in html


# Signed in, and the demo outbox -------------------------------------------------------------------------------------


def test_the_account_page_is_for_those_who_are_not_staff(client):
    assert client.get("/konto/").status_code == 302
    client.force_login(factories.make_user("styrelse", name="Siv Styrelse"))
    html = read(client, "/konto/")
    assert "Hej Siv Styrelse!" in html and reverse("mfa_index") in html and 'action="/konto/logout/"' in html
    client.force_login(factories.make_user())
    assert client.get("/konto/").url == reverse("admin:index")


@pytest.mark.urls(__name__)
def test_the_demo_outbox_shows_letters_with_links_that_work(client, settings):
    settings.DEMO = True
    accession = factories.make_accession("submitted")
    html = read(client, "/demo/utkorg/")
    assert html.index("Vi har fått er anslutning") < html.index("Skriv under")
    assert "bara i demoläget" in html
    assert "Skriv under" not in read(client, f"/demo/utkorg/?till={accession.applicant_email}")
    assert "Inget brev till den adressen" in read(client, "/demo/utkorg/?till=%00ingen")
    letter = Letter.objects.get(kind="sign", to="anna.ek@exempel.se")
    html = read(client, f"/demo/utkorg/{letter.pk}/")
    assert f'<a href="{settings.BASE_URL}/underskrift/' in html and Letter.PERSONAL_LINK not in html
    receipt = Letter.objects.filter(kind="received").get()
    assert f"/demo/utkorg/{receipt.pk}/bilaga.pdf" in read(client, f"/demo/utkorg/{receipt.pk}/")
    response = client.get(f"/demo/utkorg/{receipt.pk}/bilaga.pdf")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")


def test_outside_demo_mode_there_is_no_outbox(client):
    read(client, "/demo/utkorg/", 404)
