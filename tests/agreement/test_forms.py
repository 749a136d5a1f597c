"""The forms of joining, as people and others fill them in: nothing is lost, nothing done twice, nothing breaks."""

import re
from datetime import timedelta
from html import unescape
from itertools import product
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession, AgreementVersion
from agreement.steps import STEPS, Application
from botkyrka_civil.casework.models import Event, Letter
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import limits
from botkyrka_civil.lib.text import LONGEST_ANSWER
from organisations.models import Organisation
from tests import factories
from tests.agreement.cases import letters, new_version, sign_url, url_of
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

ORGANISATION = {"name": "Läxhjälpen i Hallunda", "has_org_nr": "yes", "org_nr": "802002-4280"}
ORGANISATION |= {"org_nr_missing_reason": "", "legal_form": "ideell_forening"}
UNDER_WAY = dict.fromkeys(("awaiting_signatures", "under_review"), "redan en ansökan på gång")
UNDER_WAY |= {"joined": "står redan på listan"}
OVER = ["expired", "withdrawn", "rejected", "left"]
STATES = ["draft", "completion_requested", *UNDER_WAY, *OVER]


@pytest.fixture
def empty_draft(planted):
    return Accession.begin(request_key=uuid4(), name="Sara Sökande", email="sara@exempel.se")


def step_url(accession, slug):
    return url_of(accession, "step", slug)


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
    url, wrong = step_url(empty_draft, "organisation"), ORGANISATION | {"org_nr": "802002-4281", "legal_form": ""}
    text = is_refused_kindly(client.post(url, wrong))
    assert "kontrollsiffra" in text and 'href="#id_org_nr"' in text
    assert same(empty_draft).draft["organisation"]["org_nr"] == "802002-4281"
    again = page(Client().get(url))  # another day, another browser
    assert 'value="802002-4281"' in again and 'value="Läxhjälpen i Hallunda"' in again


def test_half_a_page_and_a_phone_number_are_kept(client, empty_draft):
    text = "Ring oss på 070-123 45 67."
    assert client.post(step_url(empty_draft, "kontakt"), {"description": text}).status_code == 302
    later = {"name": "Bara namnet", "later": "1"}
    assert "sparat" in page(client.post(step_url(empty_draft, "organisation"), later))
    kept = same(empty_draft).draft
    assert kept["contact"]["description"] == text and kept["organisation"] == {"name": "Bara namnet"}
    assert client.get(step_url(empty_draft, "finns-inte")).status_code == 404


def test_a_file_is_kept_when_another_answer_is_wrong_and_the_answers_when_a_file_is(client, empty_draft):
    url, number = step_url(empty_draft, "firmateckning"), {"mode": "n_jointly", "n": ""}
    no_pdf = SimpleUploadedFile("protokoll.pdf", b"MZ")
    refused = client.post(url, {"mode": "two_jointly", "n": "", "evidence": no_pdf})
    assert "måste vara en PDF" in is_refused_kindly(refused)
    empty_draft.refresh_from_db()
    assert (empty_draft.draft["rule"]["mode"], empty_draft.evidence) == ("two_jointly", None)
    assert "Skriv hur många" in is_refused_kindly(client.post(url, number | {"evidence": pdf_file()}))
    assert same(empty_draft).evidence.name == "protokoll.pdf"
    with heard() as written:
        assert client.post(url, number | {"n": "3"}).status_code == 302
    assert File._meta.db_table not in written


def test_one_more_row_keeps_everything_and_one_that_is_emptied_takes_the_person_away(client, empty_draft, draft):
    half, empty = {"name": "Halv", "role": "", "email": "inte en adress"}, {"name": "", "role": "", "email": ""}
    response = client.post(step_url(empty_draft, "firmatecknare"), people_form([factories.PEOPLE[0], half], add="1"))
    assert response.status_code == 302
    text = page(client.get(response.url))
    for words in ('name="person-2-name"', 'value="Anna Ek"', 'value="inte en adress"'):
        assert words in text
    for initial in (0, 3):
        draft.keep(signatories=factories.PEOPLE)
        people = [factories.PEOPLE[0], empty, factories.PEOPLE[2]]
        posted = people_form(people, **{"person-INITIAL_FORMS": initial})
        assert client.post(step_url(draft, "firmatecknare"), posted).status_code == 302, initial
        assert [p["name"] for p in Application(same(draft)).signatories] == ["Anna Ek", "Cilla Öst"]


def test_a_post_without_any_field_of_the_step_leaves_it_as_it_was(client, draft, empty_draft):
    assert draft.draft.keys() == {step.key for step in STEPS}
    changed = []
    for accession, step, posted in product((draft, empty_draft), STEPS, ({}, {"later": "1"}, {"add": "1"})):
        with heard() as written:
            client.post(step_url(accession, step.slug), posted)
        if written or same(accession).draft != accession.draft:
            changed.append((step.slug, posted))
    assert not changed


ANNA = factories.PEOPLE[0]
BAD_PEOPLE = [
    ([ANNA], "behövs minst 2 personer"),
    ([], "minst en person"),
    ([ANNA, ANNA | {"name": "Annan"}], "samma e-postadress"),
    ([ANNA, ANNA | {"email": "ANNA.EK@exempel.se", "name": "B"}], "samma e-post"),
    ([ANNA, ANNA | {"email": "b@exempel.se", "name": "ANNA EK"}], "två olika personer?"),
    ([ANNA, {"name": "Bo", "role": "", "email": "bo"}], "måste fyllas i"),
    ([{"name": f"Person {n}", "role": "x", "email": f"p{n}@exempel.se"} for n in range(16)], "15"),
]


def test_signatories_are_distinct_and_enough_and_each_error_leads_to_its_field(client, draft):
    for people, says in BAD_PEOPLE:
        html = is_refused_kindly(client.post(step_url(draft, "firmatecknare"), people_form(people)))
        summary = re.search(r'class="error-summary".*?</div>', html, re.DOTALL)[0]
        places = re.findall(r'<li>\s*<a href="#([\w-]+)">', summary)
        assert says in html and len(places) == summary.count("<li>"), says
        wrong = [tag for tag in re.findall(r"<input[^>]*>", html) if 'aria-invalid="true"' in tag]
        assert says == "15" or all(any(f'id="{place}"' in tag for tag in wrong) for place in places), (says, places)


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


# Names and numbers we know ---------------------------------------------------------------------------------------

SPELLINGS = [
    "Hela Människan Botkyrka Huddinge",
    "Hela Människan Huddinge-Botkyrka-Salem",
    "Hela människan Huddinge Botkyrka Salem",
    "HELA MANNISKAN",
    "Hela Människan i Botkyrka",
]


def test_an_organisation_spelled_almost_alike_is_asked_about(client, empty_draft):
    known, url = factories.make_known_organisation(SPELLINGS[0]), step_url(empty_draft, "organisation")
    for spelling in SPELLINGS:
        answer = ORGANISATION | {"name": spelling}
        assert "Är det här er organisation?" in is_refused_kindly(client.post(url, answer)), spelling
        for chosen, organisation in ((str(known.pk), known), ("0", None)):
            assert client.post(url, answer | {"same_as": chosen}).status_code == 302
            assert Application(same(empty_draft)).organisation == organisation
    factories.make_known_organisation("Kvinnoresurscentrum").other_names.create(name="Botkyrka kvinnoresurscenter")
    answer = ORGANISATION | {"name": "Kvinnoresurscenter i Botkyrka"}
    assert "Är det här er" in is_refused_kindly(client.post(url, answer)), "another name counts"


def test_an_organisation_under_way_or_on_the_list_is_told_so_and_others_may_try_again(
    client, empty_draft, accession_in
):
    url, other = step_url(empty_draft, "organisation"), ORGANISATION | {"name": "Något helt annat"}
    for state, sentence in UNDER_WAY.items():
        known = accession_in(state).organisation
        named = ORGANISATION | {"name": known.name, "org_nr": factories.org_nr(), "same_as": str(known.pk)}
        for answer in (other | {"org_nr": known.org_nr}, named):
            assert sentence in is_refused_kindly(client.post(url, answer)), state
    assert accession_in("withdrawn").organisation is None, "withdrawn as a draft, which knows of no organisation"
    for state in OVER:
        number = accession_in(state).draft["organisation"]["org_nr"]
        assert client.post(url, other | {"org_nr": number}).status_code == 302, state


def test_the_number_of_another_organisation_is_refused_when_it_is_settled_who_one_is(client, completion):
    factories.make_organisation("Grannen", org_nr="802002-4280")
    answer = completion.draft["organisation"] | {"org_nr": "802002-4280"}
    assert "hör till en annan" in is_refused_kindly(client.post(step_url(completion, "organisation"), answer))


def test_the_own_organisation_is_not_asked_about_after_an_edit(client, awaiting):
    client.post(url_of(awaiting, "edit"))
    name, count, review = (
        f"{awaiting.organisation.name} Tonika",
        Organisation.objects.count(),
        url_of(awaiting, "review"),
    )
    answer = awaiting.draft["organisation"] | {"name": name}
    assert client.post(step_url(awaiting, "organisation"), answer).url == review
    assert client.post(review).status_code == 302
    assert same(awaiting.organisation).name == name and Organisation.objects.count() == count
    assert name in letters(awaiting, "sign").first().subject  # the latest


def start_form(**changes):
    return {"name": "Sara", "email": "sara@exempel.se", "request_key": str(uuid4())} | changes


def test_a_double_click_on_start_makes_one_draft_and_one_letter(client, planted):
    form = start_form(email="ny@exempel.se")
    for _ in range(3):
        assert "Titta i din e-post" in page(client.post(reverse("agreement:begin"), form))
    draft = Accession.objects.get(applicant_email="ny@exempel.se")
    assert Letter.objects.get(to="ny@exempel.se").subject_key == draft.subject
    assert Event.objects.of(draft).count() == 1


def test_a_double_click_on_send_sends_once(client, draft, empty_draft):
    for _ in range(2):
        response = client.post(url_of(draft, "review"))
        assert (response.status_code, response.url) == (302, url_of(draft))
    assert letters(draft, "sign").count() == 2
    assert Event.objects.of(draft).filter(verb="invite").count() == 1
    assert "saknas" in page(client.post(url_of(empty_draft, "review")), 422)
    assert same(empty_draft).state == "draft"


def test_the_back_button_leads_to_a_page_that_says_how_it_is(client, awaiting):
    for url in (*(step_url(awaiting, step.slug) for step in STEPS), url_of(awaiting, "review")):
        for response in (client.get(url), client.post(url, ORGANISATION)):
            assert (response.status_code, response.url) == (302, url_of(awaiting))
    assert same(awaiting).draft == awaiting.draft


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


def test_an_answer_in_words_goes_back_to_the_officer(client, completion):
    answer, evidence = {"text": "Här är sidan två.", "evidence": pdf_file("tva.pdf")}, completion.evidence
    assert client.post(url_of(completion, "answer"), answer).url == url_of(completion)
    completion.refresh_from_db()
    assert (completion.state, completion.evidence.name) == ("under_review", "tva.pdf")
    assert File.objects.filter(pk=evidence.pk).exists()
    assert completion.completions.get().answer == answer["text"]


def test_an_answer_with_changed_facts_is_signed_anew(client, completion):
    changed = completion.draft["contact"] | {"area": "Fittja"}
    assert client.post(step_url(completion, "kontakt"), changed).status_code == 302
    assert "skriver under igen" in page(client.get(url_of(completion, "answer")))
    client.post(url_of(completion, "answer"), {"text": "Vi har flyttat."})
    assert same(completion).state == "awaiting_signatures"
    assert completion.open_round.content["organisation"]["area"] == "Fittja"


def test_an_answer_without_words_or_while_the_facts_are_half_changed_is_refused(client, completion):
    answer = url_of(completion, "answer")
    is_refused_kindly(client.post(answer, {"text": " "}))
    client.post(step_url(completion, "organisation"), completion.draft["organisation"] | {"org_nr": "1"})
    text = page(client.post(answer, {"text": "Klart."}), 422)
    assert "behöver ses över" in text and ">Klart.</textarea>" in text.replace("\n", "")
    assert same(completion).state == "completion_requested" and completion.open_completion


def test_two_people_need_two_sessions_and_all_that_is_asked_for(client, awaiting):
    anna, bo = awaiting.open_round.signatures.all()
    assert "enkel elektronisk underskrift" in page(client.get(sign_url(anna)))
    bad = [
        {"typed_name": ""},
        {"typed_name": "Anna Ek"},
        {"confirmed": "on"},
        {"typed_name": "Bo Ås", "confirmed": "on"},
    ]
    for posted in bad:
        assert "<title>Fel: " in page(client.post(sign_url(anna), posted), 422), posted
    assert not awaiting.open_round.signed_count
    assert client.post(sign_url(anna), {"typed_name": "Anna Ek", "confirmed": "on"}).status_code == 302
    assert "byt person" in page(client.get(sign_url(bo)))
    page(client.post(sign_url(bo), {"typed_name": "Bo Ås", "confirmed": "on"}), 422)
    assert client.post(sign_url(bo, "switch_person")).status_code == 302
    assert client.post(sign_url(bo), {"typed_name": "Bo Ås", "confirmed": "on"}).status_code == 302
    assert same(awaiting).state == "submitted"


def test_decline_asks_why(client, awaiting):
    anna = awaiting.open_round.signatures.first()
    is_refused_kindly(client.post(sign_url(anna, "decline"), {"reason": ""}))
    assert client.post(sign_url(anna, "decline"), {"reason": "Fel person."}).status_code == 302
    assert "Du har avböjt" in page(client.get(sign_url(anna)))


def test_leaving_with_the_same_people_as_before_and_as_many_as_the_rule_says(client, joined):
    """The form as the browser sends it back, without a change."""
    url = url_of(joined, "leave")
    few = client.post(url, people_form(factories.PEOPLE[:1], reason=""))
    assert "behövs minst 2 personer" in is_refused_kindly(few)
    formset = client.get(url).context["formset"]
    fields = [*formset.management_form, *(field for row in formset for field in row)]
    posted = {"reason": ""} | {field.html_name: field.value() for field in fields}
    assert client.post(url, posted).status_code == 302
    assert joined.open_round.signatures.count() == 2


# Hostile text ----------------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    "=cmd|' /C calc'!A0",
    "a\x00b",
    "evil\u202egnp.exe",
    "'; DROP TABLE agreement_accession; --",
    "%s%n{0}",
]


def test_hostile_text_is_harmless_all_the_way(client, draft):
    for text in HOSTILE:
        with transaction.atomic():
            accession = same(draft)
            named = accession.draft["organisation"] | {"name": f"Skogsdungen {text}"}
            assert client.post(step_url(accession, "organisation"), named).status_code == 302
            about = {"description": text, "area": text}
            assert client.post(step_url(accession, "kontakt"), about).status_code == 302
            urls = [step_url(accession, slug) for slug in ("organisation", "kontakt")]
            pages = [client.get(url) for url in (*urls, url_of(accession, "review"))]
            assert client.post(url_of(accession, "review")).status_code == 302
            pages.append(client.get(sign_url(accession.open_round.signatures.first())))
            for shown in (response.content.decode() for response in pages):
                assert not [bad for bad in ("<script>alert", "<img src=x", "\x00", "\u202e") if bad in shown], text
            for letter in Letter.objects.filter(subject_key=accession.subject):
                assert not {"\r", "\n", "\x00"} & set(letter.subject)
                assert "\u202e" not in letter.subject + letter.body and settings.SECRET_KEY not in letter.body
            transaction.set_rollback(True)


def test_hostile_text_in_every_field_breaks_no_page(client, draft):
    forms = (reverse("agreement:begin"), reverse("agreement:new_link"), step_url(draft, "organisation"))
    fields = {url: tuple(client.get(url).context["form"].fields) for url in forms}
    fields[step_url(draft, "kontakt")] = ("area", "public_email", "website", "description")
    fields[step_url(draft, "firmateckning")] = ("mode", "n")
    for text in (" ".join(HOSTILE), "a\x00b", "👩🏽‍🚀", "Z͑ͫ̓a̍l̊g̈o"):  # each alone goes all the way above
        for url, names in fields.items():
            assert client.post(url, dict.fromkeys(names, text)).status_code in (200, 302, 422), (url, text)
        person = dict.fromkeys(["name", "role", "email"], text)
        assert client.post(step_url(draft, "firmatecknare"), people_form([person])).status_code == 422, text


def test_a_website_is_a_web_address(client, empty_draft):
    for website in ("javascript:alert(1)", "data:text/html,x", "ftp://exempel.se", "http:/\\x"):
        is_refused_kindly(client.post(step_url(empty_draft, "kontakt"), {"website": website}))


def test_a_megabyte_in_a_field_and_a_thousand_fields_are_refused_in_swedish(client, empty_draft):
    for posted in ({"description": "a" * (1024 * 1024 + 1)}, {f"f{n}": n for n in range(1000)}):
        text = page(client.post(step_url(empty_draft, "kontakt"), posted), 400)
        assert "Förfrågan kunde inte läsas" in text and "Traceback" not in text


def test_a_long_answer_is_kept_whole_or_says_that_it_is_not(client, empty_draft):
    for length, ends in ((LONGEST_ANSWER, "å"), (LONGEST_ANSWER + 1, "sparas inte.]")):
        is_refused_kindly(client.post(step_url(empty_draft, "kontakt"), {"description": "å" * length}))
        kept = same(empty_draft).draft["contact"]["description"]
        assert kept.startswith("å" * LONGEST_ANSWER) and kept.endswith(ends)


def test_an_advertisement_in_a_name_does_not_get_into_our_letters_and_a_robot_is_dropped(client, draft):
    begin, new_link = reverse("agreement:begin"), reverse("agreement:new_link")
    with heard() as written:
        for name in ("Vinn! http://spam.example", "www.spam.example", "x https://spam"):
            assert "utan webbadresser" in is_refused_kindly(client.post(begin, start_form(name=name)))
        assert "Titta i din e-post" in page(client.post(begin, start_form(hemsida="http://x")))
    assert not written
    with heard() as written:
        page(client.post(new_link, {"email": draft.applicant_email, "hemsida": "x"}))
    assert Letter._meta.db_table not in written


# Robots and limits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["begin", "new_link"])
def test_too_many_letters_to_one_address_are_refused_and_the_text_stays(client, planted, name):
    url, kim = reverse(f"agreement:{name}"), start_form(email="kim@exempel.se")
    for _ in range(6):
        page(client.post(url, start_form(email="Kim@exempel.se"), REMOTE_ADDR=str(uuid4())))
    text = page(client.post(url, kim), 429)
    for words in ("för många försök", "<title>Fel: ", 'value="kim@exempel.se"'):
        assert words in text
    page(client.post(url, start_form(email="annan@exempel.se")))
    for minutes, status in ((30, 429), (61, 200)):  # a pause shorter than the hour does not help
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            page(client.post(url, kim), status)


def count_tries(action, address, times):
    """As if as many tries had come from the address: quicker than a page for each."""
    for _ in range(times):
        limits.exceeded(action, address, limit=1000)


def test_too_many_from_one_place_are_refused_whatever_header_is_sent(client, settings):
    """A header that anyone can send does not get around the limit; one that our own proxy writes is believed."""

    def status(forwarded="127.0.0.1"):
        email, headers = f"{uuid4().hex}@exempel.se", {"X-Forwarded-For": forwarded}
        return client.post(reverse("agreement:new_link"), {"email": email}, headers=headers).status_code

    count_tries("new-link-address", "127.0.0.1", limits.PER_ADDRESS - 2)
    assert [status("10.0.0.1"), status(), status("10.0.0.2"), status()] == [200, 200, 429, 429]
    settings.TRUSTED_PROXIES = 1
    count_tries("new-link-address", "192.0.2.1", limits.PER_ADDRESS - 1)
    forwarded = ("10.0.0.1, 192.0.2.1", "10.0.0.2, 192.0.2.1", "192.0.2.1, 10.0.0.2")
    assert [status(one) for one in forwarded] == [200, 429, 200]


def test_a_new_link_says_the_same_to_everyone_and_guessing_is_limited(client, draft):
    answers = {
        page(client.post(reverse("agreement:new_link"), {"email": email})).replace(email, "")
        for email in (draft.applicant_email, "ingen@exempel.se")
    }
    assert len(answers) == 1
    assert Letter.objects.get(kind="new_link").to == draft.applicant_email
    count_tries("wrong-link", "127.0.0.1", 59)
    assert [client.get(f"/anslut/gissning{n}/").status_code for n in range(2)] == [404, 429]


def test_csrf_failure_shows_what_was_typed(empty_draft):
    typed = {"description": "En lång text.", "password1": "hemligt"}
    text = page(Client(enforce_csrf_checks=True).post(step_url(empty_draft, "kontakt"), typed), 403)
    assert "En lång text." in text and "hemligt" not in text and "Formuläret kunde inte tas emot" in text


def test_reaffirmation_is_filled_in_and_sent_by_letter(client, joined):
    new_version()
    assert "ny version" in page(client.get(url_of(joined)))
    page(client.post(url_of(joined, "reaffirm")))
    draft = Accession.objects.get(supersedes=joined)
    assert client.get(url_of(draft, "review")).context["application"].complete
    assert client.post(url_of(draft, "review")).status_code == 302
    assert same(draft).state == "awaiting_signatures"
    assert draft.open_round.content["agreement"]["label"] == "2030"
