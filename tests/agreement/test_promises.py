"""What people were told holds at the edges too: late, changed, corrected, refused, or done by somebody else."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreement import content
from agreement.models import Accession, AgreementVersion
from agreement.models.accession import APPLICATION_LINK
from agreement.steps import Application
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, Refused
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import logs, tokens
from botkyrka_civil.pages import clock
from council.models.participants import INVITATION_LINK
from tests import factories
from tests.factories import council as council_factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def page_of(accession, **query) -> str:
    path = reverse("agreement:application", args=[tokens.make(APPLICATION_LINK, accession.key)])
    return Client().get(path, query).content.decode()


def new_version(label="2030"):
    version = factories.make_version(label, in_force=False)
    version.adopt(by=SYSTEM)
    version.put_in_force(by=SYSTEM)
    return version


def change_and_answer(accession):
    accession.keep(contact={"area": "Tullinge"})
    application = Application(accession)
    accession.answer(
        by=accession.applicant, text="Rättat.", content=application.content(), signatories=application.signatories
    )


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


def test_a_received_accession_keeps_the_version_that_was_signed():
    accession = factories.make_accession("completion_requested")
    new_version()
    accession.refresh_from_db()
    change_and_answer(accession)
    assert accession.version_label == accession.joining.content["agreement"]["label"] == "2018"


def test_an_answer_in_words_is_no_change_although_a_new_version_is_in_force():
    accession = factories.make_accession("completion_requested")
    new_version()
    accession.refresh_from_db()
    accession.answer(by=accession.applicant, text="Sidan finns här.", content=Application(accession).content())
    assert accession.state == "under_review"


def test_signatures_voided_by_a_completion_are_told():
    accession = factories.make_accession("completion_requested")
    change_and_answer(accession)
    assert Letter.objects.filter(kind="voided").count() == 2


def test_no_working_link_in_the_log(client):
    accession = factories.make_draft()
    path = reverse("agreement:step", args=[tokens.make(APPLICATION_LINK, accession.key), "organisation"])
    line = logging.LogRecord("django.request", logging.WARNING, "", 0, "Unprocessable Content: %s", (path,), None)
    written = logs.MaskPersonalLinks("{message}", style="{").format(line)
    assert written == "Unprocessable Content: /anslut/…/steg/organisation/"
    handler = settings.LOGGING["handlers"]["console"]
    assert settings.LOGGING["formatters"][handler["formatter"]]["()"].endswith("MaskPersonalLinks")


STRANGERS = [{"name": f"Okänd {n}", "role": "Ledamot", "email": f"okand{n}@annan.example"} for n in (1, 2)]


@pytest.mark.parametrize(
    "listed",
    [STRANGERS, [*factories.PEOPLE[:2], *STRANGERS], [factories.PEOPLE[0], STRANGERS[0]]],
    ids=["alone", "beside all who joined", "with one of them"],
)
def test_strangers_cannot_take_an_organisation_off_the_list(listed):
    accession = factories.make_accession("joined")
    leaving = content.leaving(accession, content.signing_rule("two_jointly", None, len(listed)), listed)
    with pytest.raises(Refused, match="firmatecknarna från anslutningen"):
        accession.start_leaving(by=accession.applicant, content=leaving, signatories=listed)
    assert accession.open_round is None


def test_a_whole_board_may_shrink_and_grow_as_long_as_two_of_it_sign():
    accession = factories.make_accession("joined", people=3, mode="whole_board")
    for listed in (factories.PEOPLE[:2], [*factories.PEOPLE[:2], STRANGERS[0]]):
        leaving = content.leaving(accession, content.signing_rule("whole_board", None, len(listed)), listed)
        accession.start_leaving(by=accession.applicant, content=leaving, signatories=listed)
        accession.cancel_leaving(by=accession.applicant)
    listed = [factories.PEOPLE[0], *STRANGERS]
    leaving = content.leaving(accession, content.signing_rule("whole_board", None, 3), listed)
    with pytest.raises(Refused):
        accession.start_leaving(by=accession.applicant, content=leaving, signatories=listed)


def test_staff_hear_of_a_registered_case_that_was_not_signed_again_in_time():
    accession = factories.make_accession("completion_requested")
    change_and_answer(accession)
    with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + DAY, tick=False):
        accession.expire()
    assert Letter.objects.filter(kind="expired_staff", to=accession.assigned_to.email).count() == 1
    assert f"Ärendet {accession.number} är avslutat utan beslut." in page_of(accession)


def test_a_refused_reaffirmation_can_be_tried_again():
    accession = factories.make_accession("joined")
    new_version()
    accession.refresh_from_db()
    draft = accession.reaffirm()
    assert "Er bekräftelse är påbörjad" in page_of(accession)
    factories.sign_all(factories.invite(draft))
    by = Actor.of(factories.make_user())
    draft.take(by=by)
    draft.reject(by=by, motivation="Fel protokoll.")
    assert "Er bekräftelse är påbörjad" not in page_of(accession)
    assert "/bekrafta/" in page_of(accession)
    letter = Letter.objects.get(kind="rejected")
    assert "Er tidigare anslutning gäller fortfarande" in letter.body
    assert accession.reaffirm() != draft


def test_a_paper_accession_is_reaffirmed_with_what_it_stated():
    people = factories.PEOPLE[:2]
    rule = content.signing_rule("two_jointly", None, 2)
    paper = Accession.register_paper(
        by=Actor.of(factories.make_user()),
        signatories=people,
        scan=factories.upload(),
        evidence=None,
        content=content.joining(factories.make_version(), factories.facts("Pappersvännerna"), rule, people),
        received_on=timezone.now(),
        organisation=None,
        email="papper@exempel.se",
        request_key=uuid4(),
    )
    officer = factories.make_user()
    paper.take(by=Actor.of(officer))
    factories.see_form(paper, officer)
    paper.approve(by=Actor.of(officer))
    new_version()
    paper.refresh_from_db()
    assert Application(paper.reaffirm()).forms["organisation"].cleaned_data["name"] == "Pappersvännerna"


@pytest.mark.parametrize("state", ["awaiting_signatures", "expired", "withdrawn"])
def test_staff_do_not_read_what_was_never_sent(state):
    accession = factories.make_accession(state)
    client = Client()
    client.force_login(factories.make_user())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DEMO", True)
        assert client.get(reverse("admin:agreement_accession_change", args=[accession.pk])).status_code == 404


def test_a_corrected_address_gets_the_letter():
    factories.make_version()
    key = uuid4()
    for email in ("fel@exempel.se", "ratt@exempel.se", "ratt@exempel.se"):
        Accession.begin(request_key=key, name="Sara", email=email)
    assert Letter.objects.filter(kind="resume", to="ratt@exempel.se").exists()


def test_a_name_that_was_never_listed_is_not_a_former_name():
    accession = factories.make_accession("completion_requested", name="Förenngen Xyzzy")
    accession.keep(organisation=accession.draft["organisation"] | {"name": "Föreningen Xyzzy"})
    application = Application(accession)
    accession.answer(
        by=accession.applicant, text="Stavfel.", content=application.content(), signatories=application.signatories
    )
    factories.sign_all(accession)
    officer = factories.make_user()
    accession.take(by=Actor.of(officer))
    factories.see_form(accession, officer)
    accession.approve(by=Actor.of(officer))
    accession.organisation.refresh_from_db()
    assert accession.organisation.name == "Föreningen Xyzzy"
    assert not accession.organisation.other_names.exists()


def test_a_file_with_a_long_name_opens():
    accession = factories.make_draft()
    accession.attach_evidence(Upload(factories.pdf_bytes(), "p" * 196 + ".pdf", "application/pdf"))
    path = reverse("agreement:evidence", args=[tokens.make(APPLICATION_LINK, accession.key)])
    assert b"".join(Client().get(path).streaming_content).startswith(b"%PDF")
    assert Event.objects.of(accession).filter(verb="open_file").exists()


def test_a_step_saved_after_the_draft_was_sent_says_so_and_shows_what_was_typed(client, monkeypatch):
    accession = factories.make_draft()
    keep = Accession.keep

    def sent_from_another_tab(self, **typed):
        factories.invite(Accession.objects.get(pk=self.pk))
        keep(self, **typed)

    monkeypatch.setattr(Accession, "keep", sent_from_another_tab)
    path = reverse("agreement:step", args=[tokens.make(APPLICATION_LINK, accession.key), "kontakt"])
    response = client.post(path, {"area": "Hågelby"})
    assert response.status_code == 409
    assert "Hågelby" in response.content.decode() and "går inte att ändra nu" in response.content.decode()


def test_the_case_of_a_colleague_who_has_left_waits_for_everyone():
    accession = factories.make_accession("under_review")
    accession.assigned_to.is_active = False
    accession.assigned_to.save()
    officer = factories.make_user()
    assert accession in Accession.objects.waiting_for(officer)
    accession.withdraw(by=accession.applicant)
    assert Letter.objects.filter(kind="withdrawn_staff", to=officer.email).exists()


def test_applicants_hear_only_of_organisations_that_the_public_may_know():
    rejected = factories.make_accession("rejected", name="Hemliga sällskapet Zebran")
    draft = factories.make_draft(name="Hemliga sällskapet Zebrorna")
    assert rejected.organisation not in Application(draft).forms["organisation"].alike


def test_a_version_in_force_does_not_hang_on_one_that_just_left(monkeypatch):
    accession = factories.make_accession("joined")

    def gone(self, **kwargs):
        raise Refused("Utträdd.")

    monkeypatch.setattr(Accession, "request_reaffirmation", gone)
    new_version()
    assert AgreementVersion.objects.in_force().label == "2030"
    assert accession.state == "joined"


def test_a_link_that_leaked_is_cut_off_by_number(capsys):
    accession = factories.make_accession("submitted")
    old = page_of(accession)
    assert accession.display_name in old
    leaked = tokens.make(APPLICATION_LINK, accession.key)
    call_command("renew_link", accession.number)
    assert Client().get(reverse("agreement:application", args=[leaked])).status_code == 404
    accession.refresh_from_db()
    assert accession.display_name in page_of(accession)
    assert Letter.objects.filter(kind="new_link", to=accession.applicant_email).count() == 1
    with pytest.raises(CommandError, match="ingen anslutning"):
        call_command("renew_link", "ÖK 1999/0001")


def test_a_lost_second_factor_is_taken_away():
    user = factories.make_user()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    call_command("reset_second_factor", user.email)
    assert not Authenticator.objects.filter(user=user).exists()
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
