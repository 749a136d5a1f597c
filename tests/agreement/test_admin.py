"""The admin over HTTP: who gets in, what each sees, and every verb from its page to the letter."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession, AgreementVersion
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.pages.gaps import found_for
from tests import factories
from tests.agreement.cases import approve, letters, on_paper
from tests.tools.threads import same
from tests.tools.web import bare_refusals, get, queries, sign_in, text

pytestmark = pytest.mark.django_db

VERBS = ["take", "request_completion", "answer", "extend", "approve", "reject", "write_off", "leave", "end"]
ALLOWED = {  # by state and permission alone; further guards have tests of their own
    "awaiting_signatures": [],
    "expired": [],
    "withdrawn": [],
    "submitted": ["take"],
    "under_review": ["take", "request_completion", "approve", "reject"],
    "completion_requested": ["answer", "extend", "write_off"],
    "written_off": [],
    "joined": ["leave", "end"],
    "reaffirmation_requested": ["leave", "end"],
    "rejected": [],
    "left": [],
    "ended": [],
}


STATES = ["draft", *ALLOWED]


def url(accession: Accession, verb: str = "change") -> str:
    return reverse(f"admin:agreement_accession_{verb}", args=[accession.pk])


def a_file(name="skannad.pdf"):
    return SimpleUploadedFile(name, factories.pdf_bytes(), "application/pdf")


def paper(n: int, name: str = "") -> Accession:
    """A form on paper that was registered `n` days ago."""
    received = timezone.now() - timedelta(days=n)
    return Accession.register_paper(**on_paper(name=name, received_on=received))


@pytest.fixture
def client(officer):
    return sign_in(officer)


@pytest.fixture
def do(client):
    """Presses the button on the page of a verb; the answer is the page that it leads to, in words."""
    return lambda address, **typed: text(client.post(address, {"step": "do"} | typed, follow=True))


def letter_of(client: Client, address: str, data: dict | None = None) -> str:
    """The letter as it is first shown, after what is asked first if there is anything."""
    page = client.post(address, data | {"step": "next"}) if data else client.get(address)
    return page.context["letter_form"].initial["letter"]


def open_form(client: Client, accession: Accession):
    return download(client, accession, accession.joining.form.pk)


def download(client: Client, accession: Accession, file_pk: int):
    return get(client, reverse("admin:agreement_accession_file", args=[accession.pk, file_pk]))


def test_the_ways_in_and_out_are_our_own(client):
    response = Client().get("/admin/agreement/accession/", follow=True)
    assert response.redirect_chain[-1][0] == "/konto/login/?next=/admin/agreement/accession/"
    assert Client().get("/admin/login/?next=https://elak.example/").url == "/konto/login/?next=%2Fadmin%2F"
    response = client.post("/admin/logout/", follow=True)
    assert response.redirect_chain[0] == ("/konto/logout/", 307)
    assert client.get("/admin/").status_code == 302


def test_who_shares_the_case_reads_it_and_is_offered_nothing(review):
    reader = sign_in(factories.make_user("registrator"))
    page = text(reader.get(url(review)))
    assert review.organisation.name in page
    assert not [verb for verb in VERBS if url(review, verb) in page]
    assert open_form(reader, review).body.startswith(b"%PDF-")


def test_nothing_is_changed_by_hand_and_a_draft_is_the_applicants_own(client, review, draft):
    client.post(url(review), {"state": "joined"})
    assert same(review).state == "under_review"
    name = draft.display_name
    assert name not in text(client.get("/admin/agreement/accession/")) and name not in text(client.get("/admin/"))
    assert client.get(url(draft)).status_code == client.get(url(draft, "end")).status_code == 404


# The first page ---------------------------------------------------------------------------------------------------


def sections(client: Client):
    return {section["key"]: section["rows"] for section in client.get("/admin/").context["sections"]}


def test_the_queue_is_oldest_first_with_age_and_has_no_colleagues_case(client, awaiting, review):
    names = {paper(days).display_name for days in (3, 12, 1, 0)}
    other = paper(1)
    other.take(by=Actor.of(factories.make_user()))
    rows = sections(client)
    found = {key: {row.title for row in several} for key, several in rows.items()}
    assert [row.age for row in rows["mine"] if row.title in names] == [12, 3, 1, 0]
    assert review.display_name in found["mine"] and other.display_name in found["open"]
    assert not found["open"] & (names | {review.display_name}) and other.display_name not in found["mine"]
    assert awaiting.display_name not in found["mine"] | found["open"], "it was not sent yet"
    reader = sections(sign_in(factories.make_user("registrator")))
    assert not reader["mine"] and names <= {row.title for row in reader["open"]}
    boss = User.objects.create_superuser("chef@kommun.example", "ett-langt-losenord", name="Chefen")
    gaps = [gap.why for area in found_for(boss, timezone.localdate()) for gap in area.gaps]
    for since in ("på 12 dagar.", "på 3 dagar.", "på 1 dag.", "än."):
        assert f"Ingen har tagit ärendet {since}" in gaps


def test_as_many_queries_for_many_cases_as_for_one(client):
    paper(1)
    before = queries(client, "/admin/", "/admin/agreement/accession/")
    for n in range(4):
        paper(n)
    assert queries(client, "/admin/", "/admin/agreement/accession/") == before


def test_the_history_is_on_the_cases_own_page(client, review):
    history = reverse("admin:agreement_accession_history", args=[review.pk])
    assert client.get(history).url == f"{url(review)}#historik-rubrik"
    assert 'id="historik-rubrik"' in text(client.get(url(review)))
    assert client.get(reverse("admin:agreement_accession_history", args=[0])).status_code == 404


def test_staff_find_an_organisation_by_a_guess_too(client, review):
    organisation = review.organisation
    organisation.other_names.create(name="Gissningen", suggested=True)
    organisation.other_names.create(name="Annan gissning", suggested=True)
    for words in ("gissning", organisation.name):
        page = text(client.get(reverse("admin:organisations_organisation_changelist"), {"q": words}))
        assert page.count(f">{organisation.name}</a>") == 1


def test_the_list_is_searched_by_name_number_and_org_nr(client):
    accession, other = paper(1), paper(2)
    organisation = accession.organisation
    for words in (organisation.name.upper(), accession.number, organisation.org_nr):
        page = text(client.get("/admin/agreement/accession/", {"q": words}))
        assert organisation.name in page, words
        assert other.organisation.name not in page


# Every verb from every state --------------------------------------------------------------------------------------


@contextmanager
def bare_verb_pages():
    """The pages of verbs say only why they are closed: a whole page takes ten times as long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TemplateResponse, "rendered_content", property(lambda page: page.context_data["page"].refusal))
        yield


@pytest.mark.parametrize("state", ALLOWED)
def test_buttons_and_refusals_in_every_state(accession_in, state):
    client = sign_in(factories.make_user())  # a colleague of the officer who has the case, and may take it over
    accession = accession_in(state)
    if state in ("awaiting_signatures", "expired", "withdrawn"):  # not sent to the municipality: still the applicant's
        with bare_refusals():
            for address in (url(accession), *(url(accession, verb) for verb in VERBS)):
                assert client.get(address).status_code == client.post(address).status_code == 404, address
        return
    page, closed = text(client.get(url(accession))), [verb for verb in VERBS if verb not in ALLOWED[state]]
    wrong = [f"the button {verb}" for verb in VERBS if (url(accession, verb) in page) == (verb in closed)]
    now = f"nu: läget är ”{accession.get_state_display()}”."
    sentences = {verb: f"Det går inte att {Accession.TRANSITIONS[verb].label} {now}" for verb in closed}
    shown = "end" if "end" in sentences else "take"
    assert sentences[shown] in text(client.get(url(accession, shown)))
    with bare_verb_pages():
        for verb, sentence in sentences.items():
            for response in (client.get(url(accession, verb)), client.post(url(accession, verb), {"step": "do"})):
                if text(response) != sentence:
                    wrong.append(f"{response.request['REQUEST_METHOD']} {verb}")
    assert not wrong
    assert same(accession).state == state


def test_take(client, do, officer, accession_in):
    accession = accession_in("submitted")
    address = url(accession, "take")
    assert "Du blir handläggare" in text(client.get(address))
    page = do(address)
    assert "Togs för granskning." in page and address not in page
    assert (same(accession).state, same(accession).assigned_to) == ("under_review", officer)
    assert f"{officer} är inte längre handläggare." in text(sign_in(factories.make_user()).get(address))


def test_approve_asks_that_the_form_is_read_first(client, do, review):
    address, unread = url(review, "approve"), "Du har inte öppnat blanketten."
    assert unread in text(client.get(address))
    refused = do(address, letter=f"{letter_of(client, address)}\n\nPS. Hej!")
    assert "Öppna blanketten och läs den innan du godkänner." in refused and "PS. Hej!" in refused
    assert open_form(client, review)["Content-Disposition"].startswith("inline")
    assert Event.objects.of(review).filter(verb="open_file", data__file=review.joining.form.pk).count() == 1
    assert unread not in text(client.get(address))


def test_approve_sends_the_letter_as_edited_and_only_once(client, do, review):
    open_form(client, review)
    address = url(review, "approve")
    letter = letter_of(client, address)
    assert letter.startswith("Hej Sara Sökande!\n\nVi har godkänt anslutningen") and Letter.PERSONAL_LINK in letter
    edited = letter.replace("Vad roligt att ni är med!", "Välkomna på kaffe & bulle <3")
    assert "Skriv tillbaka [personlig länk]" in do(address, letter=edited.replace("[personlig länk]", ""))
    page = do(address, letter=edited)
    assert "Godkändes." in page and "Välkomna på kaffe &amp; bulle &lt;3" in page
    assert "Det går inte att godkänna nu: läget är ”Ansluten”." in do(address, letter=edited)
    assert same(review).state == "joined"
    sent = letters(review, "approved").get()
    assert sent.body == edited and sent.attachment_name.endswith(".pdf")


def test_reject_is_written_then_read_then_sent(client, do, review):
    address, reasons = url(review, "reject"), "Protokollet visar en annan styrelse.\nSkicka det nya."
    assert "Steg 1 av 2" in text(client.get(address))
    assert "Fel: " in text(client.post(address, {"step": "next", "motivation": " "}))
    first = client.post(address, {"step": "next", "motivation": reasons}).context["letter_form"].initial
    letter = first["letter"]
    assert reasons in letter and "begär omprövning" in letter.lower()
    typed = {"motivation": reasons, "letter": letter + "\n\nRing gärna.", "composed": first["composed"]}
    back = text(client.post(address, typed | {"step": "back"}))
    assert "Skicka det nya." in back and "Ring gärna." in back
    assert letter_of(client, address, typed).endswith("Ring gärna.")
    changed = client.post(address, typed | {"step": "next", "motivation": "Ett annat skäl."})
    assert "Ett annat skäl." in changed.context["letter_form"].initial["letter"]
    assert "Ring gärna." in text(changed), "what was edited is still there to be copied"
    assert same(review).state == "under_review"
    do(address, **typed)
    assert (same(review).state, same(review).motivation) == ("rejected", reasons)
    assert letters(review, "rejected").get().body.endswith("Ring gärna.")


def test_request_completion_and_write_off_after_its_deadline(client, do, officer, review):
    address, today = url(review, "request_completion"), timezone.localdate()
    due = today + timedelta(days=14)
    data = {"kind": "incomplete", "text": "Sidan två saknas.", "due": f"{due}"}
    late = text(client.post(address, data | {"step": "next", "due": f"{today}"}))
    assert "Välj en dag som ligger framåt i tiden." in late and "Sidan två saknas." in late
    letter = letter_of(client, address, data)
    assert "Sidan två saknas." in letter
    do(address, **data, letter=letter)
    assert same(review).state == "completion_requested" and review.open_completion.due == due
    page = text(client.get(url(review)))
    assert "Svaret har inte kommit." in page and "Sidan två saknas." in page
    address, data = url(review, "write_off"), {"motivation": "Inget svar."}
    assert "kan skrivas av först efter den" in text(client.get(address))
    data["letter"] = letter_of(client, address, data)
    assert "Sista dagen att svara på kompletteringen har inte passerat." in do(address, **data)
    review.open_completion.remind()
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        client.force_login(officer)
        do(address, **data)
    assert same(review).state == "written_off"


def test_leave_on_paper(client, do, joined):
    address = url(joined, "leave")
    assert "har lämnat Överenskommelsen" in text(client.get(address))
    assert "Fel: " in do(address)
    response = client.post(address, {"step": "do", "scan": a_file()}, follow=True)
    assert same(joined).state == "left"
    file = response.context["replaced_files"][0]
    assert letters(joined, "left").get().attachment == file.stored.name
    assert download(client, joined, file.pk)["Content-Disposition"].startswith("attachment")


def test_end_with_the_organisation_merged(client, do, joined):
    other, address = factories.make_organisation("Efterträdaren"), url(joined, "end")
    data = {"reason": "Gick ihop vid årsmötet.", "status": "merged", "notify": "on"}
    assert "Välj vilken organisation den gick upp i." in text(client.post(address, data | {"step": "next"}))
    data["merged_into"] = other.pk
    letter = letter_of(client, address, data)
    assert "Gick ihop vid årsmötet." in letter
    do(address, **data, letter=letter)
    organisation = same(joined.organisation)
    assert (same(joined).state, organisation.status, organisation.merged_into) == ("ended", "merged", other)
    assert letters(joined, "ended").count() == 1


def test_end_without_a_letter(client, do, joined):
    data, address = {"reason": "Upplöst.", "status": "dissolved"}, url(joined, "end")
    assert "Steg 2 av 2: bekräfta" in text(client.post(address, data | {"step": "next"}))
    do(address, **data, notify="False")
    assert (same(joined).state, same(joined.organisation).status) == ("ended", "dissolved")
    assert not letters(joined, "ended").exists()


def test_who_has_signed_does_not_decide(review):
    client = sign_in(factories.make_user(email="anna.ek@exempel.se", name="Anna Ek"))
    page = text(client.get(url(review)))
    assert "Möjligt jäv." in page and "Du är firmatecknare i ärendet." in page
    assert not [verb for verb in VERBS if url(review, verb) in page]
    open_form(client, review)
    letter = letter_of(client, url(review, "approve"))
    refused = text(client.post(url(review, "approve"), {"step": "do", "letter": letter}))
    assert "Du kan inte handlägga ärendet. Du är firmatecknare i ärendet." in refused
    assert same(review).state == "under_review"


def test_the_case_shows_its_papers_and_hides_links(client, review):
    page = text(client.get(url(review)))
    for words in ("Anna Ek", "Ordförande", "Stämmer med innehållet", review.joining.content_sha256, review.number):
        assert words in page
    assert "[personlig länk]" in page and review.key not in page
    assert "/underskrift/" not in page.replace("/underskrift/]", "")


def test_organisations_that_may_be_the_same_are_named(client):
    factories.make_organisation("Hela Människan Huddinge-Botkyrka-Salem")
    page = text(client.get(url(paper(1, "Hela människan Botkyrka Huddinge"))))
    assert "Kan vara samma organisation." in page and "Hela Människan Huddinge-Botkyrka-Salem" in page


def test_as_many_queries_for_a_case_with_more_in_it(client, review, officer):
    many = factories.make_accession("under_review", officer=officer, people=3, mode="whole_board")
    for _ in range(2):
        open_form(client, many)
    assert queries(client, url(review)) == queries(client, url(many))


def paper_form(**fields):
    people = {f"person-{n}-{name}": value for n, row in enumerate(NAMED) for name, value in row.items()}
    rows = {"person-TOTAL_FORMS": "3", "person-INITIAL_FORMS": "0"}
    about = {"email": "Forening@Exempel.se", "request_key": str(uuid4()), "mode": "two_jointly"}
    day = {"received_on": f"{timezone.localdate()}", "scan": a_file()}
    return factories.facts() | day | about | rows | people | fields


NAMED = [{"name": "Eva Ek", "role": "Ordförande"}, {"name": "Ola Å", "role": "Kassör"}]


def test_register_paper_once_even_on_a_double_click(client, do):
    address, form = reverse("admin:agreement_accession_paper"), paper_form()
    assert client.get(address).context["form"]["request_key"].value()
    first, second = (client.post(address, form | {"scan": a_file()}, follow=True) for _ in range(2))
    accession = Accession.objects.get(method="paper")
    assert f"diarienummer {accession.number}" in text(first)
    assert second.redirect_chain == [(url(accession), 302)]
    assert accession.state == "submitted"
    signatures = accession.joining.signatures.all()
    assert [(one.name, one.method) for one in signatures] == [("Eva Ek", "paper"), ("Ola Å", "paper")]
    assert Letter.objects.filter(kind="received", to="forening@exempel.se").count() == 1
    do(url(accession, "take"))
    assert open_form(client, accession)["Content-Disposition"].startswith("attachment")
    do(url(accession, "approve"), letter=letter_of(client, url(accession, "approve")))
    assert same(accession).state == "joined"


def test_register_paper_keeps_what_was_typed(client):
    address = reverse("admin:agreement_accession_paper")
    page = text(client.post(address, paper_form(org_nr="252002-1135", scan="")))
    assert "Fel: " in page and "kontrollsiffra" in page and "Ola Å" in page
    few = client.post(address, paper_form(**{"person-1-name": "", "person-1-role": ""}))
    assert "behövs minst 2 personer" in text(few)
    more = client.post(address, paper_form(add_row="1"))
    assert len(more.context["people"].forms) == 4 and "Fel: " not in text(more)
    assert not Accession.objects.filter(method="paper").exists()


def test_register_paper_for_an_organisation_we_know(client):
    known = factories.make_organisation("Väntjänstföreningen i Botkyrka")
    address, form = reverse("admin:agreement_accession_paper"), paper_form(name="Väntjänstföreningen Botkyrka")
    asked = text(client.post(address, form))
    assert "Är det någon av de här organisationerna?" in asked
    client.post(address, form | {"same_as": str(known.pk), "scan": a_file()})
    assert Accession.objects.get(method="paper").organisation == known
    again = client.post(address, paper_form(name="Väntjänstföreningen Botkyrka", same_as=str(known.pk)))
    assert "har redan en ansökan på gång. Öppna den i listan" in text(again)


def version_url(version: AgreementVersion, page: str = "change") -> str:
    return reverse(f"admin:agreement_agreementversion_{page}", args=[version.pk])


def test_only_a_draft_version_is_edited_and_by_those_who_may(client):
    fixed, draft = factories.make_version(), factories.make_version("2030", in_force=False)
    assert "går inte att ändra" in text(client.get(version_url(fixed)))
    assert client.post(version_url(fixed), {"title": "Fuskad"}).status_code == 403
    assert 'name="title"' in text(client.get(version_url(draft)))
    assert 'name="title"' not in text(sign_in(factories.make_user("registrator")).get(version_url(draft)))


def test_a_new_version_asks_everyone_to_reaffirm(client, do, officer, by, joined, accession_in):
    asked, unreachable = accession_in("reaffirmation_requested"), paper(3)
    approve(unreachable, officer)
    new = factories.make_version("2030", in_force=False)
    assert "Anteckna beslutet" in text(client.get(version_url(new)))
    do(version_url(new, "adopt"))
    page = text(client.get(version_url(new, "put_in_force")))
    for words in ("Version 2018 ersätts.", "bekräfta den nya versionen: 3.", "Av dem saknar 1 e-postadress"):
        assert words in page
    do(version_url(new, "put_in_force"))
    assert "Det går inte att" in do(version_url(new, "put_in_force"))

    def groups():
        found = client.get(version_url(new, "reaffirmations")).context["groups"]
        return [{row.pk for row in group["rows"]} for group in found]

    assert groups() == [set(), set(), {joined.pk, asked.pk}, {unreachable.pk}]
    same(joined).reaffirm()
    assert groups() == [set(), {joined.pk}, {asked.pk}, {unreachable.pk}]
    newest = factories.make_version("2031", in_force=False)
    newest.adopt(by=by)
    do(version_url(newest, "put_in_force"))
    assert AgreementVersion.objects.in_force() == newest, "also before all have answered the last time"


# Organisations, letters, the log ----------------------------------------------------------------------------------


def test_an_organisation_is_changed_by_those_who_may(client):
    organisation = factories.make_organisation("Teater Carpa")
    address = reverse("admin:organisations_organisation_change", args=[organisation.pk])
    assert 'name="name"' in text(client.get(address))
    form = {"name": "Teater Carpa", "org_nr": "16802002-4280", "status": "active", "legal_form": ""}
    form["representative_names"] = "undecided"
    form |= {"other_names-TOTAL_FORMS": "0", "other_names-INITIAL_FORMS": "0"}
    assert "personnummer" in text(client.post(address, form | {"org_nr": "811218-9876"}))
    assert client.post(address, form).status_code == 302
    assert same(organisation).org_nr == "802002-4280"
    assert client.get("/admin/organisations/organisation/", {"q": "CARPA"}).context["cl"].result_count == 1
    reader = sign_in(factories.make_user("sekreterare"))
    assert 'name="name"' not in text(reader.get(address))
    assert reader.post(address, form).status_code == 403


def test_letters_are_masked_and_sent_again(client, review):
    letter = letters(review, "sign").first()
    address, resend = (reverse(f"admin:casework_letter_{name}", args=[letter.pk]) for name in ("change", "resend"))
    page = text(client.get(address))
    assert "[personlig länk]" in page and letter.link_key not in page
    assert "Skicka brevet igen" not in page
    assert "har redan skickats eller väntar" in text(client.post(resend))
    Letter.objects.filter(pk=letter.pk).update(failed_at=timezone.now(), last_error="550 okänd")
    assert letter.subject in text(client.get("/admin/"))
    assert "550 okänd" in text(client.get(address))
    reader = sign_in(factories.make_user("registrator"))
    assert (reader.post(resend).status_code, client.get(resend).status_code) == (403, 302)
    assert Letter.objects.failed().count() == 1, "GET changes nothing"
    client.post(resend)
    assert Letter.objects.failed().count() == 0
    Letter.objects.filter(pk=letter.pk).update(confidential=True, body="Koden är 123456")
    page = text(client.get(address))
    assert "123456" not in page and "Texten är dold" in page


def test_a_letter_without_an_address_is_posted_by_hand(client):
    letter = letters(paper(1), "received").get()
    assert letter in Letter.objects.by_post()
    assert letter not in Letter.objects.overdue(timezone.now() + timedelta(days=9)), "it waits for no mail server"
    assert [row.label for row in sections(client)["letters"]] == ["Ska postas"]
    address = reverse("admin:casework_letter_resend", args=[letter.pk])
    for _ in range(2):
        page = text(client.post(address, follow=True))
    assert "Brevet är redan postat" in page
    assert same(letter).state == "Postat" and Event.objects.filter(verb="posted").count() == 1


def test_lists_are_read_by_day_and_searched(review):
    client, year = sign_in(factories.make_user("registrator")), timezone.localdate().year
    for name, words in (
        ("event", {"at__year": year, "q": "Sara"}),
        ("registryentry", {"received_at__year": year, "q": review.number}),
        ("letter", {"queued_at__year": year, "q": "Skriv under", "lage": "waiting"}),
    ):
        response = client.get(f"/admin/casework/{name}/", words)
        assert response.status_code == 200 and response.context["cl"].result_count > 0, name
    for name, row in (("event", Event.objects.of(review).first()), ("registryentry", review.registry_entry)):
        assert url(review) in text(client.get(reverse(f"admin:casework_{name}_change", args=[row.pk])))
