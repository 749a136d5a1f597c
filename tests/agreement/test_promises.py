"""What people were told holds at the edges too, and what everyone may see of a case: nobody, and nothing too early."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import include, path, reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreement.models import Accession
from agreement.steps import Application
from botkyrka_civil import urls
from botkyrka_civil.casework.models import SYSTEM, Event, Letter, Refused
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages import clock, demo
from council.models.participants import INVITATION_LINK
from organisations.models import Organisation
from tests import factories
from tests.agreement.cases import answer_with, approve, letters, new_version, on_paper, start_leaving, url_of
from tests.factories import council as council_factories
from tests.tools.threads import same
from tests.tools.web import get

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
urlpatterns = [*urls.urlpatterns, path("demo/utkorg/", include(demo))]  # as in demo mode; see the tests of the outbox
STATES = [
    "draft", "awaiting_signatures", "withdrawn", "submitted", "under_review", "completion_requested", "rejected",
    "joined", "left", "ended",
]  # fmt: skip


def page_of(accession) -> str:
    return Client().get(url_of(accession)).content.decode()


def test_a_draft_opened_for_changes_lives_as_long_as_a_new_one():
    start = timezone.now()
    with time_machine.travel(start, tick=False) as at:
        accession = factories.make_draft()
        at.move_to(start + 20 * DAY)
        factories.invite(accession)
        at.move_to(start + settings.DRAFT_LIFETIME + DAY)
        accession.edit(by=accession.applicant)
        clock.dispose()
        assert Accession.objects.filter(pk=accession.pk).exists()
        assert "Hej Sara Sökande!" in page_of(accession)


def test_a_received_accession_keeps_the_version_that_was_signed_although_another_is_in_force(completion):
    new_version()
    in_words = same(completion)
    with transaction.atomic():
        in_words.answer(by=in_words.applicant, text="Sidan finns här.", content=Application(in_words).content())
        assert in_words.state == "under_review", "an answer in words is no change"
        transaction.set_rollback(True)
    completion.refresh_from_db()
    answer_with(completion, contact={"area": "Tullinge"})
    assert completion.version_label == completion.joining.content["agreement"]["label"] == "2018"
    assert letters(completion, "voided").count() == 2, "those who had signed are told"


STRANGERS = [{"name": f"Okänd {n}", "role": "Ledamot", "email": f"okand{n}@annan.example"} for n in (1, 2)]


def test_strangers_cannot_take_an_organisation_off_the_list(joined):
    """Neither alone, beside all who joined nor with one of them. A whole board may shrink and grow around two of it."""
    people = factories.PEOPLE
    for listed in (STRANGERS, [*people[:2], *STRANGERS], [people[0], STRANGERS[0]]):
        with pytest.raises(Refused, match="firmatecknarna från anslutningen"):
            start_leaving(joined, listed)
    assert joined.open_round is None
    accession = factories.make_accession("joined", people=3, mode="whole_board")
    for listed in (people[:2], [*people[:2], STRANGERS[0]]):
        start_leaving(accession, listed, "whole_board")
        accession.cancel_leaving(by=accession.applicant)
    with pytest.raises(Refused):
        start_leaving(accession, [people[0], *STRANGERS], "whole_board")


def test_staff_hear_of_a_registered_case_that_was_not_signed_again_in_time(completion):
    answer_with(completion, contact={"area": "Tullinge"})
    with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + DAY, tick=False):
        completion.expire()
    assert letters(completion, "expired_staff").get().to == completion.assigned_to.email
    assert f"Ärendet {completion.number} är avslutat utan beslut." in page_of(completion)


def test_a_refused_reaffirmation_can_be_tried_again(joined, by):
    new_version()
    joined.refresh_from_db()
    draft = joined.reaffirm()
    assert "Er bekräftelse är påbörjad" in page_of(joined)
    factories.sign_all(factories.invite(draft))
    draft.take(by=by)
    draft.reject(by=by, motivation="Fel protokoll.")
    shown = page_of(joined)
    assert "Er bekräftelse är påbörjad" not in shown and "/bekrafta/" in shown
    assert "Er tidigare anslutning gäller fortfarande" in letters(draft, "rejected").get().body
    assert joined.reaffirm() != draft


def test_a_paper_accession_is_reaffirmed_with_what_it_stated(officer, joined, monkeypatch):
    paper = Accession.register_paper(**on_paper(name="Pappersvännerna", email="papper@exempel.se"))
    approve(paper, officer)
    request = Accession.request_reaffirmation

    def gone(self, **given):
        if self == joined:
            raise Refused("Utträdd.")
        request(self, **given)

    monkeypatch.setattr(Accession, "request_reaffirmation", gone)
    new_version()
    assert same(joined).state == "joined", "the version does not hang on one that just left"
    paper.refresh_from_db()
    assert Application(paper.reaffirm()).forms["organisation"].cleaned_data["name"] == "Pappersvännerna"


def test_a_corrected_address_gets_the_letter(planted):
    key = uuid4()
    for email in ("fel@exempel.se", "ratt@exempel.se", "ratt@exempel.se"):
        Accession.begin(request_key=key, name="Sara", email=email)
    assert Letter.objects.filter(kind="resume", to="ratt@exempel.se").exists()


def test_a_name_that_was_never_listed_is_not_a_former_name(completion, officer):
    answer_with(completion, organisation=completion.draft["organisation"] | {"name": "Föreningen Xyzzy"})
    factories.sign_all(completion)
    approve(completion, officer)
    organisation = same(completion.organisation)
    assert organisation.name == "Föreningen Xyzzy" and not organisation.other_names.exists()


def test_a_file_with_a_long_name_opens(client, draft):
    draft.attach_evidence(Upload(factories.pdf_bytes(), "p" * 196 + ".pdf", "application/pdf"))
    assert get(client, url_of(draft, "evidence")).body.startswith(b"%PDF")
    assert Event.objects.of(draft).filter(verb="open_file").exists()


def test_a_step_saved_after_the_draft_was_sent_says_so_and_shows_what_was_typed(client, monkeypatch, draft):
    keep = Accession.keep

    def sent_from_another_tab(self, **typed):
        factories.invite(same(self))
        keep(self, **typed)

    monkeypatch.setattr(Accession, "keep", sent_from_another_tab)
    response = client.post(url_of(draft, "step", "kontakt"), {"area": "Hågelby"})
    assert response.status_code == 409
    assert "Hågelby" in response.content.decode() and "går inte att ändra nu" in response.content.decode()


def test_the_case_of_a_colleague_who_has_left_waits_for_everyone(review, officer):
    officer.is_active = False
    officer.save()
    colleague = factories.make_user()
    assert review in Accession.objects.waiting_for(colleague)
    review.withdraw(by=review.applicant)
    assert letters(review, "withdrawn_staff").filter(to=colleague.email).exists()


def test_applicants_hear_only_of_organisations_that_the_public_may_know(accession_in, draft):
    rejected, name = accession_in("rejected").organisation, draft.draft["organisation"]
    name["name"] = f"{rejected.name}s vänner"
    assert rejected in Organisation.objects.alike(name["name"])
    assert rejected not in Application(draft).forms["organisation"].alike


def test_a_link_that_leaked_is_cut_off_by_number(client, capsys, accession_in):
    accession = accession_in("submitted")
    assert accession.display_name in page_of(accession)
    leaked = url_of(accession)
    call_command("renew_link", accession.number)
    assert client.get(leaked).status_code == 404
    accession.refresh_from_db()
    assert accession.display_name in page_of(accession)
    assert letters(accession, "new_link").get().to == accession.applicant_email
    with pytest.raises(CommandError, match="ingen anslutning"):
        call_command("renew_link", "ÖK 1999/0001")


def test_a_lost_second_factor_is_taken_away(officer):
    assert Authenticator.objects.filter(user=officer, type=Authenticator.Type.TOTP).exists()
    call_command("reset_second_factor", officer.email)
    assert not Authenticator.objects.filter(user=officer).exists()
    with pytest.raises(CommandError, match="inget konto"):
        call_command("reset_second_factor", "ingen@exempel.se")


def test_what_was_never_sent_is_not_told_when_the_meeting_is_cancelled():
    """Those who are called hear of the meeting that they know of, by the name and the day that they know."""
    meeting = council_factories.make_meeting(state="called", title="Samråd om lokaler")
    told = timezone.localtime(meeting.starts_at)
    meeting.title, meeting.place = "Hemligt samråd", "Hemliga rummet"
    meeting.starts_at, meeting.ends_at = meeting.starts_at + 40 * DAY, meeting.ends_at + 40 * DAY
    meeting.change(by=SYSTEM)
    meeting.cancel(by=SYSTEM, reason="Lokalen brann.")
    for letter in Letter.objects.filter(kind="cancelled"):
        assert letter.subject == f"Inställt: Samråd om lokaler, {date_format(told, 'j F Y')}"
        assert "Hemlig" not in letter.body and letter.attachment_name == f"radet-{told.date()}.ics"
    url = reverse(INVITATION_LINK, args=[tokens.make(INVITATION_LINK, meeting.participants.called().first().key)])
    for address in (url, f"{url}kalender.ics", meeting.get_absolute_url()):
        response = Client().get(address)
        assert response.status_code == 200 and "Hemlig" not in response.content.decode()
        assert str(timezone.localdate(meeting.starts_at)) not in response.get("Content-Disposition", "")


# What everyone may see -----------------------------------------------------------------------------------------------


def test_nobody_who_signed_or_applied_is_named_on_any_public_page(client, officer, public_addresses):
    secrets = {person[key] for person in factories.PEOPLE for key in ("name", "email")}
    secrets |= set(Accession.objects.values_list("applicant_name", flat=True)) | {officer.name, officer.email}
    secrets |= set(Accession.objects.values_list("applicant_email", flat=True))
    for url in public_addresses:
        page = client.get(url).content.decode().casefold()
        assert not [secret for secret in secrets if secret.casefold() in page], url


def test_only_those_who_have_joined_have_a_page(client, accession_in, joined):
    rows = client.get("/organisationer/").context["page"].object_list
    assert [row.display_name for row in rows] == [joined.display_name]
    assert client.get(joined.organisation.get_absolute_url()).status_code == 200
    for state in ("awaiting_signatures", "submitted", "completion_requested", "rejected"):
        assert client.get(accession_in(state).organisation.get_absolute_url()).status_code == 404, state


def test_a_genuine_form_is_told_by_its_code_however_it_is_typed(client, joined):
    code = joined.code
    for typed in (code, code.lower(), code.replace("-", " "), f" {code} "):
        html = " ".join(client.get("/verifiera/", {"kod": typed}, follow=True).content.decode().split())
        assert "Blanketten finns hos oss" in html and "Anslutningen gäller i dag" in html
    assert joined.organisation.name in html and joined.number in html and "Överenskommelsen 2018" in html
    assert joined.joining.content_sha256 in html and joined.joining.form.sha256 in html
    assert not [person["name"] for person in factories.PEOPLE if person["name"] in html]


def test_a_genuine_form_says_whether_it_holds(read, accession_in):
    for state, says in {
        "submitted": "gäller inte än",
        "completion_requested": "gäller inte än",
        "rejected": "blev aldrig godkänd",
        "left": "gäller inte längre",
    }.items():
        accession = accession_in(state)
        html = read(reverse("documents:verify_code", args=[accession.code]))
        assert "Blanketten finns hos oss" in html and says in html, state
    assert accession.leaving.form.sha256 in html and accession.joining.form.sha256 in html


def test_an_unknown_code_is_kept_and_explained(client, read, awaiting):
    html = read("/verifiera/AAAA-BBBB-CCCC/", 404)
    assert "<title>Fel: " in html and 'value="AAAA-BBBB-CCCC"' in html and "Vi hittar ingen blankett" in html
    read(reverse("documents:verify_code", args=[awaiting.code]), 404)  # has a code, but no form yet
    assert client.get("/verifiera/", {"kod": "\u202e\x00/../"}, follow=True).status_code == 404


def test_a_forgotten_draft_is_said_to_have_run_out(read, draft):
    with time_machine.travel(timezone.now() + settings.DRAFT_LIFETIME + timedelta(days=1), tick=False):
        assert "Utkastet har gått ut" in read(url_of(draft), 410)
        for url in (url_of(draft, "step", "kontakt"), url_of(draft, "review")):
            assert Client().get(url).status_code == Client().post(url, {"area": "Alby"}).status_code == 410


@pytest.mark.urls(__name__)
def test_the_demo_outbox_shows_letters_with_links_that_work(client, read, settings, planted):
    settings.DEMO = True
    accession = factories.make_accession("submitted")  # its letters are the latest
    letters = Letter.objects.filter(subject_key=accession.subject)
    html = read("/demo/utkorg/")
    assert html.index("Vi har fått er anslutning") < html.index("Skriv under")
    assert "bara i demoläget" in html
    assert "Skriv under" not in read(f"/demo/utkorg/?till={accession.applicant_email}")
    assert "Inget brev till den adressen" in read("/demo/utkorg/?till=%00ingen")
    letter = letters.get(kind="sign", to="anna.ek@exempel.se")
    html = read(f"/demo/utkorg/{letter.pk}/")
    assert f'<a href="{settings.BASE_URL}/underskrift/' in html and Letter.PERSONAL_LINK not in html
    receipt = letters.get(kind="received")
    assert f"/demo/utkorg/{receipt.pk}/bilaga.pdf" in read(f"/demo/utkorg/{receipt.pk}/")
    assert get(client, f"/demo/utkorg/{receipt.pk}/bilaga.pdf").body.startswith(b"%PDF-")
