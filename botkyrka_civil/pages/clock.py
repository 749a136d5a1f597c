"""What happens by itself as time passes. The worker calls `tick` every minute; each job minds its own failures."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from agreement.models import Accession, Completion, SigningRound
from agreement.models.signing import reminders_due
from botkyrka_civil.lib.rows import each
from botkyrka_civil.retention import disposal
from botkyrka_civil.search import index
from council.models import Conference, SignOffRound
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


def remind_signatories() -> None:
    each(reminders_due(), SigningRound.remind)


def expire() -> None:
    each(Accession.objects.expired_signing(timezone.now()), Accession.expire)


def expire_leaving() -> None:
    each(Accession.objects.expired_leaving(timezone.now()), Accession.expire_leaving)


def remind_of_completion() -> None:
    """Once, some days before the last day to answer, but not on the day when the question was asked."""
    due = Completion.objects.filter(
        closed_at=None,
        reminded_at=None,
        due__lte=timezone.localdate() + settings.COMPLETION_REMINDER,
        requested_at__lte=timezone.now() - timedelta(days=1),
    )
    each(due.exclude(accession__applicant_email=""), Completion.remind)


def dispose() -> None:
    """What the policy says is to go, goes."""
    disposal.run()


def remind_of_sign_off() -> None:
    each(sign_off_reminders_due(), SignOffRound.remind)


def open_and_close_registration() -> None:
    """The conference takes registrations from its first day to its last, with nobody having to remember."""
    each(Conference.objects.due_to_open(), Conference.open_by_date)
    each(Conference.objects.due_to_close(), Conference.close_by_date)


def move_partnerships() -> None:
    """Partnerships begin and end on their days, and are followed up before twelve months have passed."""
    today, now = timezone.localdate(), timezone.now()
    each(Partnership.objects.to_start(today), Partnership.start)
    each(Partnership.objects.to_end(today), Partnership.end)
    each(Partnership.objects.follow_up_due(today), Partnership.begin_follow_up)
    each(Partnership.objects.with_expired_signing(now), Partnership.expire_signing)


def remind_partners() -> None:
    each(iop_agreements.reminders_due(), Agreement.remind)
    each(FollowUp.objects.to_remind(timezone.localdate()), FollowUp.remind)


def refresh_search() -> None:
    """What has been published is soon found; what has been taken back was not found from that moment on."""
    index.refresh()


JOBS = (
    remind_signatories,
    expire,
    expire_leaving,
    remind_of_completion,
    remind_of_sign_off,
    open_and_close_registration,
    move_partnerships,
    remind_partners,
    dispose,
    refresh_search,
)
