"""The forms of joining, as people and others fill them in: nothing is lost, nothing done twice, nothing breaks."""

import re
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

from agreement.models import Accession, AgreementVersion
from agreement.steps import STEPS, Application
from botkyrka_civil.casework.models import SYSTEM, Event, Letter
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import limits, tokens
from botkyrka_civil.lib.text import LONGEST_ANSWER
from organisations.models import Organisation
from tests import factories
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

ORGANISATION = {
    "name": "Läxhjälpen i Hallunda",
    "has_org_nr": "yes",
    "org_nr": "802002-4280",
    "org_nr_missing_reason": "",
    "legal_form": "ideell_forening",
}


UNDER_WAY = {
    "awaiting_signatures": "redan en ansökan på gång",
    "under_review": "redan en ansökan på gång",
    "joined": "står redan på listan",
}
OVER = ["expired", "withdrawn", "rejected", "left"]


STATES = ["draft", "completion_requested", *UNDER_WAY, *OVER]


@pytest.fixture
def empty_draft(planted):
    return Accession.begin(request_key=uuid4(), name="Sara Sökande", email="sara@exempel.se")


def letters(accession, kind):
    return Letter.objects.filter(subject_key=accession.subject, kind=kind)


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
    assert same(empty_draft).draft["organisation"]["org_nr"] == "802002-4281"
    again = page(Client().get(step_url(empty_draft, "organisation")))  # another day, another browser
    assert 'value="802002-4281"' in again
    assert 'value="Läxhjälpen i Hallunda"' in again


def test_a_phone_number_in_the_description_is_kept(client, empty_draft):
    text = "Ring oss på 070-123 45 67."
    assert client.post(step_url(empty_draft, "kontakt"), {"description": text}).status_code == 302
    assert same(empty_draft).draft["contact"]["description"] == text


def test_save_and_go_on_later_keeps_half_a_page(client, empty_draft):
    text = page(client.post(step_url(empty_draft, "organisation"), {"name": "Bara namnet", "later": "1"}))
    assert "sparat" in text
    assert same(empty_draft).draft["organisation"] == {"name": "Bara namnet"}


def test_a_file_is_kept_when_another_answer_is_wrong(client, empty_draft):
    wrong = {"mode": "n_jointly", "n": "", "evidence": pdf_file()}
    text = is_refused_kindly(client.post(step_url(empty_draft, "firmateckning"), wrong))
    assert "Skriv hur många" in text
    assert same(empty_draft).evidence.name == "protokoll.pdf"
    right = {"mode": "n_jointly", "n": "3"}
    with heard() as written:
        assert client.post(step_url(empty_draft, "firmateckning"), right).status_code == 302
    assert File._meta.db_table not in written


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
def test_a_row_that_is_emptied_takes_the_person_away(client, draft, initial):
    draft.keep(signatories=factories.PEOPLE)
    empty = {"name": "", "role": "", "email": ""}
    posted = people_form([factories.PEOPLE[0], empty, factories.PEOPLE[2]], **{"person-INITIAL_FORMS": initial})
    response = client.post(step_url(draft, "firmatecknare"), posted)
    assert response.status_code == 302, page(response, 422)
    assert [p["name"] for p in Application(same(draft)).signatories] == ["Anna Ek", "Cilla Öst"]


@pytest.mark.parametrize(
    ("posted", "sent_from"),
    [({}, STEPS), ({"later": "1"}, STEPS), ({"add": "1"}, STEPS)],
    ids=["nothing", "later", "add"],
)
def test_a_post_without_any_field_of_the_step_leaves_it_as_it_was(client, draft, empty_draft, posted, sent_from):
    assert draft.draft.keys() == {step.key for step in STEPS}
    for accession in (draft, empty_draft):
        for step in sent_from:
            with heard() as written:
                client.post(step_url(accession, step.slug), posted)
            assert not written, step.slug
        assert same(accession).draft == accession.draft


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (factories.PEOPLE[:1], "behövs minst 2 personer"),
        ([], "minst en person"),
        ([factories.PEOPLE[0], factories.PEOPLE[0] | {"name": "Annan"}], "samma e-postadress"),
        ([factories.PEOPLE[0], factories.PEOPLE[0] | {"email": "ANNA.EK@exempel.se", "name": "B"}], "samma e-post"),
        (
            [factories.PEOPLE[0], factories.PEOPLE[0] | {"email": "b@exempel.se", "name": "ANNA EK"}],
            "två olika personer?",
        ),
        ([factories.PEOPLE[0], {"name": "Bo", "role": "", "email": "bo"}], "måste fyllas i"),
        ([{"name": f"Person {n}", "role": "x", "email": f"p{n}@exempel.se"} for n in range(16)], "15"),
    ],
)
def test_signatories_are_distinct_and_enough(client, draft, people, says):
    html = is_refused_kindly(client.post(step_url(draft, "firmatecknare"), people_form(people)))
    assert says in html
    summary = re.search(r'class="error-summary".*?</div>', html, re.DOTALL)[0]
    places = re.findall(r'<li>\s*<a href="#([\w-]+)">', summary)
    assert len(places) == summary.count("<li>")
    wrong = [tag for tag in re.findall(r"<input[^>]*>", html) if 'aria-invalid="true"' in tag]
    assert says == "15" or all(any(f'id="{place}"' in tag for tag in wrong) for place in places), places


def test_two_signatories_of_the_same_name_may_both_sign(client, draft):
    """A name is no identity: same address is refused, same name is asked about, and the answer is kept."""
    two = [factories.PEOPLE[0], factories.PEOPLE[0] | {"email": "annan@exempel.se"}]
    url = step_url(draft, "firmatecknare")
    html = is_refused_kindly(client.post(url, people_form(two)))
    assert 'name="person-1-namesake"' in html and 'name="person-0-namesake"' not in html
    assert client.post(url, people_form([two[0], two[1] | {"namesake": "on"}])).status_code == 302
    assert "checked" in re.search(r"<input[^>]*person-1-namesake[^>]*>", page(client.get(url)))[0]
    factories.invite(same(draft))
    emails = draft.open_round.signatures.values_list("email", flat=True)
    assert {*emails} == {person["email"] for person in two}


def test_a_forged_number_of_rows_is_only_wrong(client, draft):
    url = step_url(draft, "firmatecknare")
    for total in ("", "x", "-1", "9" * 5000, "1000000", "٣"):
        assert client.post(url, {"person-TOTAL_FORMS": total}).status_code == 422, total
    for rows in ("-1", "x", "999", "99", "٣", "1" * 50):
        assert 'name="person-15-name"' not in page(client.get(url, {"rader": rows})), rows


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
    assert Application(same(empty_draft)).organisation == known
    response = client.post(step_url(empty_draft, "organisation"), answer | {"same_as": "0"})
    assert response.status_code == 302
    assert Application(same(empty_draft)).organisation is None


def test_another_name_of_an_organisation_counts(client, empty_draft):
    factories.make_known_organisation("Kvinnoresurscentrum").other_names.create(name="Botkyrka kvinnoresurscenter")
    answer = ORGANISATION | {"name": "Kvinnoresurscenter i Botkyrka"}
    assert "Är det här er" in is_refused_kindly(client.post(step_url(empty_draft, "organisation"), answer))


@pytest.mark.parametrize("state", UNDER_WAY)
def test_an_organisation_under_way_or_on_the_list_is_told_so(client, empty_draft, accession_in, state):
    known = accession_in(state).organisation
    for answer in (
        {"name": "Något helt annat", "org_nr": known.org_nr},
        {"name": known.name, "org_nr": factories.org_nr(), "same_as": str(known.pk)},
    ):
        response = client.post(step_url(empty_draft, "organisation"), ORGANISATION | answer)
        assert UNDER_WAY[state] in is_refused_kindly(response)


def test_an_organisation_may_try_again(client, empty_draft, accession_in):
    assert accession_in("withdrawn").organisation is None  # withdrawn as a draft, which knows of no organisation
    for state in OVER:
        number = accession_in(state).draft["organisation"]["org_nr"]
        answer = ORGANISATION | {"name": "Något helt annat", "org_nr": number}
        assert client.post(step_url(empty_draft, "organisation"), answer).status_code == 302, state


def test_the_number_of_another_organisation_is_refused_when_it_is_settled_who_one_is(client, completion):
    factories.make_organisation("Grannen", org_nr="802002-4280")
    answer = completion.draft["organisation"] | {"org_nr": "802002-4280"}
    assert "hör till en annan" in is_refused_kindly(client.post(step_url(completion, "organisation"), answer))


def test_the_own_organisation_is_not_asked_about_after_an_edit(client, awaiting):
    client.post(url_of(awaiting, "edit"))
    name, count = f"{awaiting.organisation.name} Tonika", Organisation.objects.count()
    answer = awaiting.draft["organisation"] | {"name": name}
    response = client.post(step_url(awaiting, "organisation"), answer)
    assert (response.status_code, response.url) == (302, url_of(awaiting, "review"))
    assert client.post(url_of(awaiting, "review")).status_code == 302
    assert same(awaiting.organisation).name == name and Organisation.objects.count() == count
    assert name in letters(awaiting, "sign").first().subject  # the latest


# Twice, and back again -------------------------------------------------------------------------------------------


def start_form(**changes):
    return {"name": "Sara", "email": "sara@exempel.se", "request_key": str(uuid4())} | changes


def test_a_double_click_on_start_makes_one_draft_and_one_letter(client, planted):
    form = start_form(email="ny@exempel.se")
    for _ in range(3):
        assert "Titta i din e-post" in page(client.post(reverse("agreement:begin"), form))
    assert (
        Letter.objects.get(to="ny@exempel.se").subject_key
        == Accession.objects.get(applicant_email="ny@exempel.se").subject
    )


def test_a_double_click_on_send_sends_once(client, draft):
    for _ in range(2):
        response = client.post(url_of(draft, "review"))
        assert (response.status_code, response.url) == (302, url_of(draft))
    assert letters(draft, "sign").count() == 2
    assert Event.objects.of(draft).filter(verb="invite").count() == 1


def test_the_back_button_leads_to_a_page_that_says_how_it_is(client, awaiting):
    for url in (*(step_url(awaiting, step.slug) for step in STEPS), url_of(awaiting, "review")):
        for response in (client.get(url), client.post(url, ORGANISATION)):
            assert (response.status_code, response.url) == (302, url_of(awaiting))
    assert same(awaiting).draft == awaiting.draft


def test_an_incomplete_draft_is_not_sent(client, empty_draft):
    assert "saknas" in page(client.post(url_of(empty_draft, "review")), 422)
    assert same(empty_draft).state == "draft"


def test_nobody_starts_when_no_version_is_in_force(client, planted):
    AgreementVersion.objects.update(state="replaced")
    with heard() as written:
        assert client.get(reverse("agreement:begin")).url == reverse("agreement:start")
        assert client.post(reverse("agreement:begin"), start_form()).status_code == 302
    assert "ingen gällande version" in page(client.get(reverse("agreement:start")))
    assert not written


def test_the_applicant_asks_for_the_letters_again_a_few_times(client, awaiting):
    sent = [client.post(url_of(awaiting, "remind")).url.endswith("?skickat=1") for _ in range(5)]
    assert sent == [True] * 3 + [False] * 2
    assert letters(awaiting, "sign_reminder").count() == 6
    assert awaiting.open_round.reminded_at is None  # the reminder before the deadline still goes out
    assert not client.get(url_of(awaiting, "remind")).url.endswith("?skickat=1")


# Completion ------------------------------------------------------------------------------------------------------


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
    assert same(completion).state == "awaiting_signatures"
    assert completion.open_round.content["organisation"]["area"] == "Fittja"


def test_an_answer_while_the_facts_are_half_changed_is_refused(client, completion):
    client.post(step_url(completion, "organisation"), completion.draft["organisation"] | {"org_nr": "1"})
    text = page(client.post(url_of(completion, "answer"), {"text": "Klart."}), 422)
    assert "behöver ses över" in text
    assert ">Klart.</textarea>" in text.replace("\n", "")
    assert same(completion).state == "completion_requested"


def test_an_answer_without_words_keeps_the_request_open(client, completion):
    is_refused_kindly(client.post(url_of(completion, "answer"), {"text": " "}))
    assert completion.open_completion


# Signing and leaving ---------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing_and_two_people_need_two_sessions(client, awaiting):
    anna, bo = awaiting.open_round.signatures.all()
    for _ in range(3):
        assert "enkel elektronisk underskrift" in page(client.get(sign_url(anna)))
    assert not awaiting.open_round.signed_count
    assert client.post(sign_url(anna), {"typed_name": "Anna Ek", "confirmed": "on"}).status_code == 302
    assert "byt person" in page(client.get(sign_url(bo)))
    page(client.post(sign_url(bo), {"typed_name": "Bo Ås", "confirmed": "on"}), 422)
    assert client.post(sign_url(bo, "switch_person")).status_code == 302
    assert client.post(sign_url(bo), {"typed_name": "Bo Ås", "confirmed": "on"}).status_code == 302
    assert same(awaiting).state == "submitted"


@pytest.mark.parametrize(
    "posted",
    [{"typed_name": ""}, {"typed_name": "Anna Ek"}, {"confirmed": "on"}, {"typed_name": "Bo Ås", "confirmed": "on"}],
    ids=["nothing", "not confirmed", "no name", "wrong name"],
)
def test_a_signature_that_lacks_something_is_refused(client, awaiting, posted):
    text = page(client.post(sign_url(awaiting.open_round.signatures.first()), posted), 422)
    assert "<title>Fel: " in text
    assert not awaiting.open_round.signed_count


def test_decline_asks_why(client, awaiting):
    anna = awaiting.open_round.signatures.first()
    is_refused_kindly(client.post(sign_url(anna, "decline"), {"reason": ""}))
    assert client.post(sign_url(anna, "decline"), {"reason": "Fel person."}).status_code == 302
    assert "Du har avböjt" in page(client.get(sign_url(anna)))


def test_leaving_with_the_same_people_as_before(client, joined):
    """The form as the browser sends it back, without a change."""
    posted = {"reason": ""}
    formset = client.get(url_of(joined, "leave")).context["formset"]
    posted |= {field.html_name: field.value() for field in formset.management_form}
    posted |= {field.html_name: field.value() for row in formset for field in row}
    assert client.post(url_of(joined, "leave"), posted).status_code == 302
    assert joined.open_round.signatures.count() == 2


def test_leaving_needs_as_many_as_the_rule_says(client, joined):
    response = client.post(url_of(joined, "leave"), people_form(factories.PEOPLE[:1], reason=""))
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
def test_hostile_text_is_harmless_all_the_way(client, draft, text):
    named = draft.draft["organisation"] | {"name": f"Skogsdungen {text}"}
    assert client.post(step_url(draft, "organisation"), named).status_code == 302
    assert client.post(step_url(draft, "kontakt"), {"description": text, "area": text}).status_code == 302
    pages = [client.get(url) for url in (step_url(draft, "organisation"), step_url(draft, "kontakt"))]
    pages.append(client.get(url_of(draft, "review")))
    assert client.post(url_of(draft, "review")).status_code == 302
    pages.append(client.get(sign_url(draft.open_round.signatures.first())))
    for shown in (response.content.decode() for response in pages):
        assert not [bad for bad in ("<script>alert", "<img src=x", "\x00", "\u202e") if bad in shown]
    for letter in Letter.objects.filter(subject_key=draft.subject):
        assert not {"\r", "\n", "\x00"} & set(letter.subject)
        assert "\u202e" not in letter.subject + letter.body
        assert settings.SECRET_KEY not in letter.body


def test_hostile_text_in_every_field_breaks_no_page(client, draft):
    forms = (reverse("agreement:begin"), reverse("agreement:new_link"), step_url(draft, "organisation"))
    fields = {url: tuple(client.get(url).context["form"].fields) for url in forms}
    fields[step_url(draft, "kontakt")] = ("area", "public_email", "website", "description")
    fields[step_url(draft, "firmateckning")] = ("mode", "n")
    for text in (" ".join(HOSTILE), "a\x00b", "👩🏽‍🚀"):  # each alone goes all the way above
        for url, names in fields.items():
            assert client.post(url, dict.fromkeys(names, text)).status_code in (200, 302, 422), (url, text)
        person = dict.fromkeys(["name", "role", "email"], text)
        assert client.post(step_url(draft, "firmatecknare"), people_form([person])).status_code == 422, text


@pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", "ftp://exempel.se", "http:/\\x"])
def test_a_website_is_a_web_address(client, empty_draft, website):
    is_refused_kindly(client.post(step_url(empty_draft, "kontakt"), {"website": website}))


@pytest.mark.parametrize("query", ["\x00", "a\x00b", "%", "_", "'", "å" * 5000, "\u202e", "1e999"])
def test_hostile_questions_to_public_pages(client, query):
    asked = dict.fromkeys(("q", "form", "omrade", "version", "sida"), query)
    assert client.get(reverse("agreement:organisations"), asked).status_code == 200
    assert client.get(reverse("agreement:organisations"), {"datum": query}).status_code in (200, 400)
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


def test_a_long_answer_is_kept_whole_or_says_that_it_is_not(client, empty_draft):
    for length, ends in ((LONGEST_ANSWER, "å"), (LONGEST_ANSWER + 1, "sparas inte.]")):
        is_refused_kindly(client.post(step_url(empty_draft, "kontakt"), {"description": "å" * length}))
        kept = same(empty_draft).draft["contact"]["description"]
        assert kept.startswith("å" * LONGEST_ANSWER) and kept.endswith(ends)


def test_an_advertisement_in_a_name_does_not_get_into_our_letters(client, planted):
    with heard() as written:
        for name in ("Vinn! http://spam.example", "www.spam.example", "x https://spam"):
            text = is_refused_kindly(client.post(reverse("agreement:begin"), start_form(name=name)))
            assert "utan webbadresser" in text
    assert not written


# Robots and limits -----------------------------------------------------------------------------------------------


def test_a_robot_is_thanked_and_dropped(client, draft):
    with heard() as written:
        assert "Titta i din e-post" in page(client.post(reverse("agreement:begin"), start_form(hemsida="http://x")))
    assert not written
    with heard() as written:
        page(client.post(reverse("agreement:new_link"), {"email": draft.applicant_email, "hemsida": "x"}))
    assert Letter._meta.db_table not in written


@pytest.mark.parametrize("name", ["begin", "new_link"])
def test_too_many_letters_to_one_address_are_refused_and_the_text_stays(client, planted, name):
    url = reverse(f"agreement:{name}")
    for _ in range(6):
        page(client.post(url, start_form(email="Kim@exempel.se"), REMOTE_ADDR=str(uuid4())))
    text = page(client.post(url, start_form(email="kim@exempel.se")), 429)
    assert "för många försök" in text
    assert "<title>Fel: " in text
    assert 'value="kim@exempel.se"' in text
    page(client.post(url, start_form(email="annan@exempel.se")))
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):  # a pause shorter than the hour does not help
        page(client.post(url, start_form(email="kim@exempel.se")), 429)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        page(client.post(url, start_form(email="kim@exempel.se")))


def count_tries(action, address, times):
    """As if as many tries had come from the address: quicker than a page for each."""
    for _ in range(times):
        limits.exceeded(action, address, limit=1000)


def test_too_many_from_one_place_are_refused_whatever_header_is_sent(client, settings):
    """A header that anyone can send does not get around the limit; one that our own proxy writes is believed."""
    url = reverse("agreement:new_link")

    def status(forwarded=""):
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return client.post(url, {"email": f"{uuid4().hex}@exempel.se"}, headers=headers).status_code

    count_tries("new-link-address", "127.0.0.1", limits.PER_ADDRESS - 2)
    assert [status("10.0.0.1"), status(), status("10.0.0.2"), status()] == [200, 200, 429, 429]
    settings.TRUSTED_PROXIES = 1
    count_tries("new-link-address", "192.0.2.1", limits.PER_ADDRESS - 1)
    assert [status("10.0.0.1, 192.0.2.1"), status("10.0.0.2, 192.0.2.1")] == [200, 429]
    assert status("192.0.2.1, 10.0.0.2") == 200


def test_a_new_link_says_the_same_to_everyone(client, draft):
    answers = [
        page(client.post(reverse("agreement:new_link"), {"email": email})).replace(email, "")
        for email in (draft.applicant_email, "ingen@exempel.se")
    ]
    assert answers[0] == answers[1]
    assert Letter.objects.get(kind="new_link").to == draft.applicant_email


def test_guessing_links_is_limited(client):
    count_tries("wrong-link", "127.0.0.1", 59)
    assert [client.get(f"/anslut/gissning{n}/").status_code for n in range(2)] == [404, 429]


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


def test_reaffirmation_is_filled_in_and_sent_by_letter(client, joined):
    version = factories.make_version("2030", in_force=False)
    version.adopt(by=SYSTEM)
    version.put_in_force(by=SYSTEM)
    assert "ny version" in page(client.get(url_of(joined)))
    page(client.post(url_of(joined, "reaffirm")))
    draft = Accession.objects.get(supersedes=joined)
    assert client.get(url_of(draft, "review")).context["application"].complete
    assert client.post(url_of(draft, "review")).status_code == 302
    assert same(draft).state == "awaiting_signatures"
    assert draft.open_round.content["agreement"]["label"] == "2030"
