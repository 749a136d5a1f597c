"""What happens by itself as time passes. The worker calls `tick` every minute; each job minds its own failures."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import models, transaction
from django.utils import timezone

from agreement.models import Accession, Completion, SigningRound
from agreement.models.signing import reminders_due
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import SYSTEM, Event, Letter, record
from botkyrka_civil.documents.models import File
from council.models import Conference, Membership, Registration, SignOffRound
from council.models.minutes import reminders_due as sign_off_reminders_due
from iop.models import Agreement, FollowUp, Partnership
from iop.models import agreements as iop_agreements

logger = logging.getLogger(__name__)


def tick() -> None:
    for job in JOBS:
        try:
            job()
        except Exception:
            logger.exception("Klockan: %s misslyckades", job.__name__)


def _each(due: models.QuerySet[Any], act: Callable[[Any], None]) -> None:
    """Act on each row that is due, in a transaction of its own; a row that another worker holds is left to it."""
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                if row := due.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first():
                    act(row)
        except Exception:
            logger.exception("Klockan: %s misslyckades för %s %s", act.__name__, due.model._meta.label, pk)


def rescue() -> None:
    if count := letters.rescue():
        logger.warning("Klockan: %s brev låg kvar och ställdes i kön igen", count)


def remind_signatories() -> None:
    _each(reminders_due(), SigningRound.remind)


def expire() -> None:
    _each(Accession.objects.expired_signing(timezone.now()), Accession.expire)


def expire_leaving() -> None:
    _each(Accession.objects.expired_leaving(timezone.now()), Accession.expire_leaving)


def remind_of_completion() -> None:
    """Once, some days before the last day to answer, but not on the day when the question was asked."""
    due = Completion.objects.filter(
        closed_at=None,
        reminded_at=None,
        due__lte=timezone.localdate() + settings.COMPLETION_REMINDER,
        requested_at__lte=timezone.now() - timedelta(days=1),
    )
    _each(due.exclude(accession__applicant_email=""), Completion.remind)


def dispose() -> None:
    _each(Accession.objects.disposable(timezone.now()), _dispose)


def _dispose(draft: Accession) -> None:
    """A draft was never received by the municipality: all of it goes, and one line in the log says that it did."""
    events = Event.objects.of(draft)
    files = {event.data["file"] for event in events.filter(verb="attach_evidence")}
    events.delete()
    Letter.objects.filter(subject_key=draft.subject).delete()
    record(draft, "dispose", by=SYSTEM, label="Utkastet gallrades")
    organisation = draft.organisation
    draft.delete()
    if organisation and not organisation.source_id and not organisation.accessions.exists():
        organisation.delete()  # it came with the draft
    # a draft that confirms an earlier accession borrows the evidence of that one
    for file in File.objects.filter(pk__in=files).exclude(pk__in=Accession.objects.values("evidence")):
        file.delete()
        transaction.on_commit(lambda name=file.stored.name: default_storage.delete(name))  # type: ignore[misc]


def remind_of_sign_off() -> None:
    _each(sign_off_reminders_due(), SignOffRound.remind)


def open_and_close_registration() -> None:
    """The conference takes registrations from its first day to its last, with nobody having to remember."""
    _each(Conference.objects.due_to_open(), Conference.open_by_date)
    _each(Conference.objects.due_to_close(), Conference.close_by_date)


def dispose_of_what_has_served() -> None:
    """Applications that nobody confirmed; what people said of access and diet; who came to a conference."""
    _each(Membership.objects.unconfirmed(timezone.now()), Membership.dispose)
    _each(Conference.objects.with_needs_to_dispose(), Conference.dispose_needs)
    _each(Conference.objects.with_registrations_to_dispose(), Conference.dispose_registrations)
    _each(Registration.objects.never_confirmed(), Registration.dispose)


def move_partnerships() -> None:
    """Partnerships begin and end on their days, and are followed up before twelve months have passed."""
    today, now = timezone.localdate(), timezone.now()
    _each(Partnership.objects.to_start(today), Partnership.start)
    _each(Partnership.objects.to_end(today), Partnership.end)
    _each(Partnership.objects.follow_up_due(today), Partnership.begin_follow_up)
    _each(Partnership.objects.with_expired_signing(now), Partnership.expire_signing)


def remind_partners() -> None:
    _each(iop_agreements.reminders_due(), Agreement.remind)
    _each(FollowUp.objects.to_remind(timezone.localdate()), FollowUp.remind)


def dispose_of_proposals() -> None:
    """Drafts that nobody has come back to: they never reached the municipality."""
    _each(Partnership.objects.forgotten_drafts(timezone.now()), Partnership.dispose)


def tidy() -> None:
    """Finished tasks and expired sessions tell nothing that anybody needs."""
    call_command("prune_db_task_results", verbosity=0)
    call_command("clearsessions", verbosity=0)


JOBS = (
    rescue,
    remind_signatories,
    expire,
    expire_leaving,
    remind_of_completion,
    remind_of_sign_off,
    open_and_close_registration,
    dispose,
    dispose_of_what_has_served,
    move_partnerships,
    remind_partners,
    dispose_of_proposals,
    tidy,
)
