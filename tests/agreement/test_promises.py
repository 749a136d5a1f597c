"""What people were told holds at the edges too: late, changed, corrected, refused, or done by somebody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreement.models import Accession
from agreement.steps import Application
from botkyrka_civil.casework.models import SYSTEM, Event, Letter, Refused
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages import clock
from council.models.participants import INVITATION_LINK
from organisations.models import Organisation
from tests import factories
from tests.agreement.cases import answer_with, approve, letters, new_version, on_paper, start_leaving, url_of
from tests.factories import council as council_factories
from tests.tools.threads import same
from tests.tools.web import get

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STATES = ["draft", "submitted", "under_review", "completion_requested", "rejected", "joined"]


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
    for path in (url, f"{url}kalender.ics", meeting.get_absolute_url()):
        response = Client().get(path)
        assert response.status_code == 200 and "Hemlig" not in response.content.decode()
        assert str(timezone.localdate(meeting.starts_at)) not in response.get("Content-Disposition", "")
