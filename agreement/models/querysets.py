"""Questions about accessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from .signing import SigningRound
from .states import ACTIVE, NEVER_RECEIVED, OPEN, State

if TYPE_CHECKING:
    from .accession import Accession  # noqa: F401  (names the queryset's rows)


class AccessionQuerySet(models.QuerySet["Accession"]):
    def open(self) -> Self:
        """Sent to the signatories or to the municipality, and not decided."""
        return self.filter(state__in=OPEN)

    def ongoing(self) -> Self:
        """Begun and not decided, drafts included."""
        return self.filter(state__in=[State.DRAFT, *OPEN])

    def received(self) -> Self:
        """What the municipality may see: a form that has not been sent in is still the applicant's (TF 2 kap. 9 §)."""
        return self.filter(Q(registry_entry__isnull=False) | Q(source__isnull=False))

    def active(self) -> Self:
        """In force today: the organisation stands on the public list."""
        return self.filter(state__in=ACTIVE)

    def held_on(self, day: date) -> Self:
        """In force on `day`. Where the source gives no date of joining, the source's own date is the first we know."""
        known = Coalesce("joined_on", "known_from")
        return self.annotate(since=known).filter(Q(ended_on=None) | Q(ended_on__gt=day), since__lte=day)

    def public(self) -> Self:
        """What the public may know of: accessions that hold or have held."""
        return self.filter(Q(joined_on__isnull=False) | Q(known_from__isnull=False))

    def registered(self) -> Self:
        """Received and registered: these have a form that can be verified."""
        return self.filter(registry_entry__isnull=False)

    def waiting_for(self, user: Any) -> Self:
        """Where this officer must act now, oldest first: new cases, own reviews, completions past their deadline."""
        late = Q(
            state=State.COMPLETION_REQUESTED, completions__answered_at=None, completions__due__lt=timezone.localdate()
        )
        nobodys = Q(assigned_to=None) | Q(assigned_to__is_active=False)
        mine = Q(state=State.UNDER_REVIEW) & (Q(assigned_to=user) | nobodys)
        return self.filter(Q(state=State.SUBMITTED) | mine | late).order_by("submitted_at", "pk").distinct()

    def addresses_of(self, *organisations: int) -> set[tuple[int, str]]:
        """Each organisation with the addresses that it gave when it joined: another address may be a stranger's."""
        given = ["applicant_email", "organisation__public_email", "rounds__signatures__email"]
        rows = self.active().filter(organisation__in=organisations).values_list("organisation", *given)
        return {(organisation, email.lower()) for organisation, *emails in rows for email in emails if email}

    def expired_signing(self, now: datetime) -> Self:
        return self.filter(
            state=State.AWAITING_SIGNATURES, rounds__outcome=SigningRound.Outcome.OPEN, rounds__deadline__lte=now
        )

    def with_links_for(self, email: str) -> Self:
        """What an applicant may still open by a personal link: not what has ended."""
        ended = [State.EXPIRED, State.WITHDRAWN, State.WRITTEN_OFF, State.REJECTED, State.LEFT, State.ENDED]
        return self.filter(applicant_email=email.lower()).exclude(state__in=ended).exclude(applicant_email="")

    def expired_leaving(self, now: datetime) -> Self:
        return self.active().filter(rounds__outcome=SigningRound.Outcome.OPEN, rounds__deadline__lte=now)

    def disposable(self, before: datetime) -> Self:
        """Never received by the municipality, and nobody has touched it since."""
        return self.filter(state__in=NEVER_RECEIVED, registry_entry=None, touched_at__lt=before)

    def forgotten_drafts(self, now: datetime) -> Self:
        return self.filter(state=State.DRAFT, touched_at__lt=now - settings.DRAFT_LIFETIME)
