"""The forms of joining, as people and others fill them in: nothing is lost, nothing done twice, nothing breaks."""

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession, Signature
from agreement.steps import Application
from botkyrka_civil.casework.models import SYSTEM, Event, Letter
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import tokens
from organisations.models import Organisation
from tests import factories

pytestmark = pytest.mark.django_db

ORGANISATION = {
    "name": "Läxhjälpen i Hallunda",
    "has_org_nr": "yes",
    "org_nr": "802002-4280",
    "org_nr_missing_reason": "",
    "legal_form": "ideell_forening",
}


@pytest.fixture(autouse=True)
def quick_form(monkeypatch):
    monkeypatch.setattr(
        "agreement.pdf.signed_form", lambda accession, signing: factories.upload("blankett.pdf").store()
    )


@pytest.fixture
def empty_draft():
    factories.make_version()
    return Accession.begin(request_key=uuid4(), name="Sara Sökande", email="sara@exempel.se")


def url_of(accession, name="application", *args):
    return reverse(f"agreement:{name}", args=[tokens.make("agreement:application", accession.key), *args])


def step_url(accession, slug):
    return url_of(accession, "step", slug)


def sign_url(signature, name="sign"):
    return reverse(f"agreement:{name}", args=[tokens.make("agreement:sign", signature.key)])


def page(response, status=200):
    assert response.status_code == status, response.content.decode()
    return unescape(response.content.decode())


def is_refused_kindly(response):
    text = page(response, 422)
    assert "<title>Fel: " in text
    assert 'class="error-summary" role="alert" tabindex="-1" autofocus' in text
    return text


def people_form(people, **more):
    data = {"person-TOTAL_FORMS": len(people), "person-INITIAL_FORMS": 0} | more
    for i, person in enumerate(people):
        data |= {f"person-{i}-{field}": value for field, value in person.items()}
    return data


def pdf_file(name="protokoll.pdf"):
    return SimpleUploadedFile(name, factories.pdf_bytes(), "application/pdf")


# What was typed stays --------------------------------------------------------------------------------------------


def test_wrong_answers_are_shown_again_and_kept_in_the_draft(client, empty_draft):
    wrong = ORGANISATION | {"org_nr": "802002-4281", "legal_form": ""}
    text = is_refused_kindly(client.post(step_url(empty_draft, "organisation"), wrong))
    assert "kontrollsiffra" in text
    assert 'href="#id_org_nr"' in text
    empty_draft.refresh_from_db()
    assert empty_draft.draft["organisation"]["org_nr"] == "802002-4281"
    again = page(Client().get(step_url(empty_draft, "organisation")))  # another day, another browser
    assert 'value="802002-4281"' in again
    assert 'value="Läxhjälpen i Hallunda"' in again


def test_a_phone_number_in_the_description_is_kept(client, empty_draft):
    text = "Ring oss på 070-123 45 67."
    assert client.post(step_url(empty_draft, "kontakt"), {"description": text}).status_code == 302
    empty_draft.refresh_from_db()
    assert empty_draft.draft["contact"]["description"] == text


def test_save_and_go_on_later_keeps_half_a_page(client, empty_draft):
    text = page(client.post(step_url(empty_draft, "organisation"), {"name": "Bara namnet", "later": "1"}))
    assert "sparat" in text
    empty_draft.refresh_from_db()
    assert empty_draft.draft["organisation"] == {"name": "Bara namnet"}


def test_a_file_is_kept_when_another_answer_is_wrong(client, empty_draft):
    wrong = {"mode": "n_jointly", "n": "", "evidence": pdf_file()}
    text = is_refused_kindly(client.post(step_url(empty_draft, "firmateckning"), wrong))
    assert "Skriv hur många" in text
    empty_draft.refresh_from_db()
    assert empty_draft.evidence.name == "protokoll.pdf"
    right = {"mode": "n_jointly", "n": "3"}
    assert client.post(step_url(empty_draft, "firmateckning"), right).status_code == 302
    assert File.objects.count() == 1


def test_a_file_that_is_refused_leaves_the_answers(client, empty_draft):
    wrong = {"mode": "two_jointly", "n": "", "evidence": SimpleUploadedFile("protokoll.pdf", b"MZ")}
    assert "måste vara en PDF" in is_refused_kindly(client.post(step_url(empty_draft, "firmateckning"), wrong))
    empty_draft.refresh_from_db()
    assert (empty_draft.draft["rule"]["mode"], empty_draft.evidence) == ("two_jointly", None)


def test_one_more_row_keeps_everything(client, empty_draft):
    people = [factories.PEOPLE[0], {"name": "Halv", "role": "", "email": "inte en adress"}]
    response = client.post(step_url(empty_draft, "firmatecknare"), people_form(people, add="1"))
    assert response.status_code == 302
    text = page(client.get(response.url))
    assert 'name="person-2-name"' in text
    assert 'value="Anna Ek"' in text
    assert 'value="inte en adress"' in text


@pytest.mark.parametrize("initial", [0, 3])
def test_a_row_that_is_emptied_takes_the_person_away(client, initial):
    accession = factories.make_draft(people=3)
    empty = {"name": "", "role": "", "email": ""}
    posted = people_form([factories.PEOPLE[0], empty, factories.PEOPLE[2]], **{"person-INITIAL_FORMS": initial})
    response = client.post(step_url(accession, "firmatecknare"), posted)
    assert response.status_code == 302, page(response, 422)
    accession.refresh_from_db()
    assert [p["name"] for p in Application(accession).signatories] == ["Anna Ek", "Cilla Öst"]


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (factories.PEOPLE[:1], "behövs minst 2 personer"),
        ([], "minst en person"),
        ([factories.PEOPLE[0], factories.PEOPLE[0] | {"name": "Annan"}], "samma e-postadress"),
        ([factories.PEOPLE[0], factories.PEOPLE[0] | {"email": "ANNA.EK@exempel.se", "name": "B"}], "samma e-post"),
        ([factories.PEOPLE[0], factories.PEOPLE[0] | {"email": "b@exempel.se", "name": "ANNA EK"}], "står två gånger"),
        ([factories.PEOPLE[0], {"name": "Bo", "role": "", "email": "bo"}], "måste fyllas i"),
        ([{"name": f"Person {n}", "role": "x", "email": f"p{n}@exempel.se"} for n in range(16)], "15"),
    ],
)
def test_signatories_are_distinct_and_enough(client, people, says):
    accession = factories.make_draft(people=2)
    assert says in is_refused_kindly(client.post(step_url(accession, "firmatecknare"), people_form(people)))


@pytest.mark.parametrize("total", ["", "x", "-1", "9" * 5000, "1000000", "٣"])
def test_a_forged_number_of_rows_is_only_wrong(client, total):
    accession = factories.make_draft()
    response = client.post(step_url(accession, "firmatecknare"), {"person-TOTAL_FORMS": total})
    assert response.status_code == 422


@pytest.mark.parametrize("rows", ["-1", "x", "999", "99", "٣", "1" * 50])
def test_a_forged_number_of_rows_in_the_address_is_harmless(client, rows):
    text = page(client.get(step_url(factories.make_draft(), "firmatecknare"), {"rader": rows}))
    assert 'name="person-15-name"' not in text


def test_steps_that_do_not_exist(client, empty_draft):
    assert client.get(step_url(empty_draft, "finns-inte")).status_code == 404


# Names and numbers we know ---------------------------------------------------------------------------------------

SPELLINGS = [
    "Hela Människan Botkyrka Huddinge",
    "Hela Människan Huddinge-Botkyrka-Salem",
    "Hela människan Huddinge Botkyrka Salem",
    "HELA MANNISKAN",
    "Hela Människan i Botkyrka",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_organisation_spelled_almost_alike_is_asked_about(client, empty_draft, spelling):
    known = factories.make_known_organisation(SPELLINGS[0])
    answer = ORGANISATION | {"name": spelling}
    text = is_refused_kindly(client.post(step_url(empty_draft, "organisation"), answer))
    assert "Är det här er organisation?" in text
    response = client.post(step_url(empty_draft, "organisation"), answer | {"same_as": str(known.pk)})
    assert response.status_code == 302
    empty_draft.refresh_from_db()
    assert Application(empty_draft).organisation == known
    response = client.post(step_url(empty_draft, "organisation"), answer | {"same_as": "0"})
    assert response.status_code == 302
    empty_draft.refresh_from_db()
    assert Application(empty_draft).organisation is None


def test_another_name_of_an_organisation_counts(client, empty_draft):
    factories.make_known_organisation("Kvinnoresurscentrum").other_names.create(name="Botkyrka kvinnoresurscenter")
    answer = ORGANISATION | {"name": "Kvinnoresurscenter i Botkyrka"}
    assert "Är det här er" in is_refused_kindly(client.post(step_url(empty_draft, "organisation"), answer))


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("awaiting_signatures", "redan en ansökan på gång"),
        ("under_review", "redan en ansökan på gång"),
        ("joined", "står redan på listan"),
    ],
)
@pytest.mark.parametrize("by_number", [True, False])
def test_an_organisation_under_way_or_on_the_list_is_told_so(client, empty_draft, state, says, by_number):
    known = factories.make_accession(state, name="Fotbollsklubben", org_nr="802002-4280").organisation
    answer = ORGANISATION | {"name": "Något helt annat"}
    if not by_number:
        answer = ORGANISATION | {"name": "Fotbollsklubben", "org_nr": "802477-4534", "same_as": str(known.pk)}
        answer["org_nr"] = factories.org_nr()
    assert says in is_refused_kindly(client.post(step_url(empty_draft, "organisation"), answer))


@pytest.mark.parametrize("state", ["expired", "withdrawn", "rejected", "left"])
def test_an_organisation_may_try_again(client, empty_draft, state):
    known = factories.make_accession(state, org_nr="802002-4280")
    if state == "withdrawn":  # as a draft, which knows of no organisation
        assert known.organisation is None
    answer = ORGANISATION | {"name": "Något helt annat"}
    assert client.post(step_url(empty_draft, "organisation"), answer).status_code == 302


def test_the_number_of_another_organisation_is_refused_when_it_is_settled_who_one_is(client):
    factories.make_organisation("Grannen", org_nr="802002-4280")
    accession = factories.make_accession("completion_requested")
    answer = accession.draft["organisation"] | {"org_nr": "802002-4280"}
    assert "hör till en annan" in is_refused_kindly(client.post(step_url(accession, "organisation"), answer))


def test_the_own_organisation_is_not_asked_about_after_an_edit(client):
    accession = factories.make_accession("awaiting_signatures", name="Sångkören")
    client.post(url_of(accession, "edit"))
    accession.refresh_from_db()
    answer = accession.draft["organisation"] | {"name": "Sångkören Tonika"}
    response = client.post(step_url(accession, "organisation"), answer)
    assert (response.status_code, response.url) == (302, url_of(accession, "review"))
    assert client.post(url_of(accession, "review")).status_code == 302
    assert Organisation.objects.get().name == "Sångkören Tonika"
    assert "Sångkören Tonika" in Letter.objects.filter(kind="sign").first().subject  # the latest


# Twice, and back again -------------------------------------------------------------------------------------------


def start_form(**changes):
    return {"name": "Sara", "email": "sara@exempel.se", "request_key": str(uuid4())} | changes


def test_a_double_click_on_start_makes_one_draft_and_one_letter(client):
    factories.make_version()
    form = start_form()
    for _ in range(3):
        assert "Titta i din e-post" in page(client.post(reverse("agreement:begin"), form))
    assert Accession.objects.count() == Letter.objects.count() == 1


def test_a_double_click_on_send_sends_once(client):
    accession = factories.make_draft()
    for _ in range(2):
        response = client.post(url_of(accession, "review"))
        assert (response.status_code, response.url) == (302, url_of(accession))
    assert Letter.objects.filter(kind="sign").count() == 2
    assert Event.objects.filter(verb="invite").count() == 1


def test_the_back_button_leads_to_a_page_that_says_how_it_is(client):
    accession = factories.make_accession("awaiting_signatures")
    for slug in ("organisation", "kontakt", "firmateckning", "firmatecknare"):
        for response in (client.get(step_url(accession, slug)), client.post(step_url(accession, slug), ORGANISATION)):
            assert (response.status_code, response.url) == (302, url_of(accession))
    assert client.get(url_of(accession, "review")).url == url_of(accession)
    accession.refresh_from_db()
    assert accession.draft["organisation"]["name"] != ORGANISATION["name"]


def test_an_incomplete_draft_is_not_sent(client, empty_draft):
    text = page(client.post(url_of(empty_draft, "review")), 422)
    assert "saknas" in text
    empty_draft.refresh_from_db()
    assert empty_draft.state == "draft"


def test_nobody_starts_when_no_version_is_in_force(client):
    assert client.get(reverse("agreement:begin")).url == reverse("agreement:start")
    assert client.post(reverse("agreement:begin"), start_form()).status_code == 302
    assert "ingen gällande version" in page(client.get(reverse("agreement:start")))
    assert not Accession.objects.exists()


def test_the_applicant_asks_for_the_letters_again_a_few_times(client):
    accession = factories.make_accession("awaiting_signatures")
    sent = [client.post(url_of(accession, "remind")).url.endswith("?skickat=1") for _ in range(5)]
    assert sent == [True] * 3 + [False] * 2
    assert Letter.objects.filter(kind="sign_reminder").count() == 6
    assert accession.open_round.reminded_at is None  # the reminder before the deadline still goes out
    assert not client.get(url_of(accession, "remind")).url.endswith("?skickat=1")


# Completion ------------------------------------------------------------------------------------------------------


@pytest.fixture
def completion():
    return factories.make_accession("completion_requested")


def test_an_answer_in_words_goes_back_to_the_officer(client, completion):
    evidence = completion.evidence
    response = client.post(url_of(completion, "answer"), {"text": "Här är sidan två.", "evidence": pdf_file("tva.pdf")})
    assert (response.status_code, response.url) == (302, url_of(completion))
    completion.refresh_from_db()
    assert (completion.state, completion.evidence.name) == ("under_review", "tva.pdf")
    assert File.objects.filter(pk=evidence.pk).exists()
    assert completion.completions.get().answer == "Här är sidan två."


def test_an_answer_with_changed_facts_is_signed_anew(client, completion):
    changed = completion.draft["contact"] | {"area": "Fittja"}
    assert client.post(step_url(completion, "kontakt"), changed).status_code == 302
    assert "skriver under igen" in page(client.get(url_of(completion, "answer")))
    client.post(url_of(completion, "answer"), {"text": "Vi har flyttat."})
    completion.refresh_from_db()
    assert completion.state == "awaiting_signatures"
    assert completion.open_round.content["organisation"]["area"] == "Fittja"


def test_an_answer_while_the_facts_are_half_changed_is_refused(client, completion):
    client.post(step_url(completion, "organisation"), completion.draft["organisation"] | {"org_nr": "1"})
    text = page(client.post(url_of(completion, "answer"), {"text": "Klart."}), 422)
    assert "behöver ses över" in text
    assert ">Klart.</textarea>" in text.replace("\n", "")
    completion.refresh_from_db()
    assert completion.state == "completion_requested"


def test_an_answer_without_words_keeps_the_request_open(client, completion):
    is_refused_kindly(client.post(url_of(completion, "answer"), {"text": " "}))
    assert completion.open_completion


# Signing and leaving ---------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing_and_two_people_need_two_sessions(client):
    accession = factories.make_accession("awaiting_signatures")
    anna, bo = accession.open_round.signatures.all()
    for _ in range(3):
        assert "enkel elektronisk underskrift" in page(client.get(sign_url(anna)))
    assert not Signature.objects.filter(signed_at__isnull=False).exists()
    assert client.post(sign_url(anna), {"typed_name": "Anna Ek", "confirmed": "on"}).status_code == 302
    assert "byt person" in page(client.get(sign_url(bo)))
    page(client.post(sign_url(bo), {"typed_name": "Bo Ås", "confirmed": "on"}), 422)
    assert client.post(sign_url(bo, "switch_person")).status_code == 302
    assert client.post(sign_url(bo), {"typed_name": "Bo Ås", "confirmed": "on"}).status_code == 302
    accession.refresh_from_db()
    assert accession.state == "submitted"


@pytest.mark.parametrize(
    "posted",
    [{"typed_name": ""}, {"typed_name": "Anna Ek"}, {"confirmed": "on"}, {"typed_name": "Bo Ås", "confirmed": "on"}],
    ids=["nothing", "not confirmed", "no name", "wrong name"],
)
def test_a_signature_that_lacks_something_is_refused(client, posted):
    anna = factories.make_accession("awaiting_signatures").open_round.signatures.first()
    text = page(client.post(sign_url(anna), posted), 422)
    assert "<title>Fel: " in text
    assert not Signature.objects.filter(signed_at__isnull=False).exists()


def test_decline_asks_why(client):
    anna = factories.make_accession("awaiting_signatures").open_round.signatures.first()
    is_refused_kindly(client.post(sign_url(anna, "decline"), {"reason": ""}))
    assert client.post(sign_url(anna, "decline"), {"reason": "Fel person."}).status_code == 302
    assert "Du har avböjt" in page(client.get(sign_url(anna)))


def test_leaving_with_the_same_people_as_before(client):
    """The form as the browser sends it back, without a change."""
    accession = factories.make_accession("joined")
    posted = {"reason": ""}
    formset = client.get(url_of(accession, "leave")).context["formset"]
    posted |= {field.html_name: field.value() for field in formset.management_form}
    posted |= {field.html_name: field.value() for row in formset for field in row}
    assert client.post(url_of(accession, "leave"), posted).status_code == 302
    assert accession.open_round.signatures.count() == 2


def test_leaving_needs_as_many_as_the_rule_says(client):
    accession = factories.make_accession("joined")
    response = client.post(url_of(accession, "leave"), people_form(factories.PEOPLE[:1], reason=""))
    assert "behövs minst 2 personer" in is_refused_kindly(response)


# Hostile text ----------------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    "=cmd|' /C calc'!A0",
    "a\x00b",
    "evil\u202egnp.exe",
    "👩🏽‍🚀 🇸🇪",
    "'; DROP TABLE agreement_accession; --",
    "%s%n{0}",
    "Z͑ͫ̓a̍l̊g̈o",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_all_the_way(client, text):
    accession = factories.make_draft()
    named = accession.draft["organisation"] | {"name": f"Förening {text}"}
    assert client.post(step_url(accession, "organisation"), named).status_code == 302
    assert client.post(step_url(accession, "kontakt"), {"description": text, "area": text}).status_code == 302
    for url in (step_url(accession, "organisation"), step_url(accession, "kontakt"), url_of(accession, "review")):
        shown = client.get(url).content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "\x00" not in shown
        assert "\u202e" not in shown
    assert client.post(url_of(accession, "review")).status_code == 302
    anna = Signature.objects.first()
    shown = client.get(sign_url(anna)).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    for letter in Letter.objects.all():
        assert not {"\r", "\n", "\x00"} & set(letter.subject)
        assert "\u202e" not in letter.subject + letter.body
        assert settings.SECRET_KEY not in letter.body


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_breaks_no_page(client, text):
    factories.make_version()
    draft = factories.make_draft()
    for url in (reverse("agreement:begin"), reverse("agreement:new_link"), step_url(draft, "organisation")):
        fields = client.get(url).context["form"].fields
        assert client.post(url, dict.fromkeys(fields, text)).status_code in (200, 302, 422)
    for slug in ("kontakt", "firmateckning"):
        fields = dict.fromkeys(["area", "public_email", "website", "description", "mode", "n"], text)
        assert client.post(step_url(draft, slug), fields).status_code in (302, 422)
    person = dict.fromkeys(["name", "role", "email"], text)
    assert client.post(step_url(draft, "firmatecknare"), people_form([person])).status_code == 422


@pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", "ftp://exempel.se", "http:/\\x"])
def test_a_website_is_a_web_address(client, empty_draft, website):
    is_refused_kindly(client.post(step_url(empty_draft, "kontakt"), {"website": website}))


@pytest.mark.parametrize("query", ["\x00", "a\x00b", "%", "_", "'", "å" * 5000, "\u202e", "1e999"])
def test_hostile_questions_to_public_pages(client, query):
    for name in ("q", "form", "omrade", "version", "datum", "sida"):
        assert client.get(reverse("agreement:organisations"), {name: query}).status_code in (200, 400), name
    assert client.get(reverse("documents:verify"), {"kod": query}).status_code in (200, 302)
    assert client.get(reverse("documents:verify_code", args=[query])).status_code == 404
    assert client.get(reverse("agreement:application", args=[query])).status_code == 404


def test_a_megabyte_in_a_field_is_refused_in_swedish(client, empty_draft):
    response = client.post(step_url(empty_draft, "kontakt"), {"description": "a" * (1024 * 1024 + 1)})
    text = page(response, 400)
    assert "Förfrågan kunde inte läsas" in text
    assert "Traceback" not in text


def test_a_thousand_fields_are_refused_in_swedish(client, empty_draft):
    response = client.post(step_url(empty_draft, "kontakt"), {f"f{n}": n for n in range(1000)})
    assert "Förfrågan kunde inte läsas" in page(response, 400)


def test_a_long_answer_below_the_limit_is_kept_up_to_a_length(client, empty_draft):
    is_refused_kindly(client.post(step_url(empty_draft, "kontakt"), {"description": "å" * 100_000}))
    empty_draft.refresh_from_db()
    assert len(empty_draft.draft["contact"]["description"]) == 5000


def test_an_advertisement_in_a_name_does_not_get_into_our_letters(client):
    factories.make_version()
    for name in ("Vinn! http://spam.example", "www.spam.example", "x https://spam"):
        text = is_refused_kindly(client.post(reverse("agreement:begin"), start_form(name=name)))
        assert "utan webbadresser" in text
    assert not Letter.objects.exists()


# Robots and limits -----------------------------------------------------------------------------------------------


def test_a_robot_is_thanked_and_dropped(client):
    factories.make_version()
    assert "Titta i din e-post" in page(client.post(reverse("agreement:begin"), start_form(hemsida="http://x")))
    assert not Accession.objects.exists()
    draft = factories.make_draft()
    letters = Letter.objects.count()
    page(client.post(reverse("agreement:new_link"), {"email": draft.applicant_email, "hemsida": "x"}))
    assert Letter.objects.count() == letters


@pytest.mark.parametrize("name", ["begin", "new_link"])
def test_too_many_letters_to_one_address_are_refused_and_the_text_stays(client, name):
    factories.make_version()
    url = reverse(f"agreement:{name}")
    for _ in range(6):
        page(client.post(url, start_form(email="Sara@exempel.se"), REMOTE_ADDR=str(uuid4())))
    text = page(client.post(url, start_form(email="sara@exempel.se")), 429)
    assert "för många försök" in text
    assert "<title>Fel: " in text
    assert 'value="sara@exempel.se"' in text
    page(client.post(url, start_form(email="annan@exempel.se")))
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):  # a pause shorter than the hour does not help
        page(client.post(url, start_form(email="sara@exempel.se")), 429)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        page(client.post(url, start_form(email="sara@exempel.se")))


def test_too_many_from_one_place_are_refused(client):
    factories.make_version()
    url = reverse("agreement:new_link")
    statuses = [client.post(url, {"email": f"p{n}@exempel.se"}).status_code for n in range(32)]
    assert statuses == [200] * 30 + [429] * 2


def test_a_header_that_anyone_can_send_does_not_get_around_the_limit(client, settings):
    url = reverse("agreement:new_link")
    for n in range(31):
        response = client.post(url, {"email": f"p{n}@exempel.se"}, headers={"X-Forwarded-For": f"10.0.0.{n}"})
    assert response.status_code == 429
    settings.TRUSTED_PROXIES = 1
    for n in range(31):
        forwarded = {"X-Forwarded-For": f"10.0.0.{n}, 192.0.2.1"}
        response = client.post(url, {"email": f"q{n}@exempel.se"}, headers=forwarded)
    assert response.status_code == 429


def test_a_new_link_says_the_same_to_everyone(client):
    draft = factories.make_draft()
    answers = [
        page(client.post(reverse("agreement:new_link"), {"email": email})).replace(email, "")
        for email in (draft.applicant_email, "ingen@exempel.se")
    ]
    assert answers[0] == answers[1]
    assert Letter.objects.filter(kind="new_link").count() == 1


def test_guessing_links_is_limited(client):
    statuses = {client.get(f"/anslut/gissning{n}/").status_code for n in range(61)}
    assert statuses == {404, 429}


def test_csrf_failure_shows_what_was_typed(empty_draft):
    client = Client(enforce_csrf_checks=True)
    text = page(
        client.post(step_url(empty_draft, "kontakt"), {"description": "En lång text.", "password1": "hemligt"}), 403
    )
    assert "En lång text." in text
    assert "hemligt" not in text
    assert "Formuläret kunde inte tas emot" in text


# Links -----------------------------------------------------------------------------------------------------------


def test_a_forgotten_draft_says_so(client, empty_draft):
    Accession.objects.update(touched_at=timezone.now() - settings.DRAFT_LIFETIME - timedelta(minutes=1))
    for url in (url_of(empty_draft), step_url(empty_draft, "organisation"), url_of(empty_draft, "review")):
        page(client.get(url), 410)
    assert client.post(step_url(empty_draft, "kontakt"), {"area": "Alby"}).status_code == 410


def test_reaffirmation_is_filled_in_and_sent_by_letter(client):
    accession = factories.make_accession("joined")
    version = factories.make_version("2030", in_force=False)
    version.adopt(by=SYSTEM)
    version.put_in_force(by=SYSTEM)
    assert "ny version" in page(client.get(url_of(accession)))
    page(client.post(url_of(accession, "reaffirm")))
    draft = Accession.objects.get(supersedes=accession)
    assert client.get(url_of(draft, "review")).context["application"].complete
    assert client.post(url_of(draft, "review")).status_code == 302
    draft.refresh_from_db()
    assert draft.state == "awaiting_signatures"
    assert draft.open_round.content["agreement"]["label"] == "2030"
