"""Questions about partnerships."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from botkyrka_civil.casework.signing import Outcome

from .agreements import Agreement
from .follow_ups import FollowUp
from .states import BINDING, OPEN, PUBLIC, RUNNING, State

if TYPE_CHECKING:
    from .partnerships import Partnership  # noqa: F401  (names the queryset's rows)


class PartnershipQuerySet(models.QuerySet["Partnership"]):
    def received(self) -> Self:
        """What the municipality may see: a draft is the organisation's own (tryckfrihetsförordningen 2 kap. 9 §)."""
        return self.exclude(state=State.DRAFT)

    def open(self) -> Self:
        """Received, and not yet decided and signed."""
        return self.filter(state__in=OPEN)

    def public(self) -> Self:
        """What everyone may know of: those with an agreement, today or before."""
        return self.filter(state__in=PUBLIC)

    def binding(self) -> Self:
        """With an agreement that holds."""
        return self.filter(state__in=BINDING)

    def running(self) -> Self:
        return self.filter(state__in=RUNNING)

    def with_followed_up(self) -> Self:
        """`followed_up_on`: the last day that an approved follow-up covers, or, before the first one, the first day."""
        approved = FollowUp.objects.approved().filter(partnership=OuterRef("pk")).order_by("-last_day")
        return self.annotate(followed_up_on=Coalesce(Subquery(approved.values("last_day")[:1]), F("first_day")))

    def follow_up_due(self, today: date) -> Self:
        """Soon a year since the last follow-up: time to begin the next, so that none is ever older than that."""
        limit = today - settings.IOP_FOLLOW_UP_PERIOD + settings.IOP_FOLLOW_UP_NOTICE
        active = self.filter(state=State.ACTIVE, last_day__gte=today)
        return active.with_followed_up().filter(followed_up_on__lte=limit)

    def follow_up_late(self, today: date) -> Self:
        """Running, and not followed up for longer than twelve months."""
        rows = self.running().with_followed_up()
        return rows.filter(followed_up_on__lt=today - settings.IOP_FOLLOW_UP_PERIOD)

    def to_start(self, today: date) -> Self:
        return self.filter(state=State.SIGNED, first_day__lte=today)

    def to_end(self, today: date) -> Self:
        """By the agreement that holds: what is being negotiated may name another day."""
        signed = Agreement.objects.filter(partnership=OuterRef("pk"), outcome=Outcome.MET).order_by("-pk")
        until = signed.annotate(until=KeyTextTransform("last_day", "content")).values("until")[:1]
        return self.running().annotate(agreed_until=Subquery(until)).filter(agreed_until__lt=today.isoformat())

    def with_expired_signing(self, now: datetime) -> Self:
        return self.filter(agreements__outcome="open", agreements__deadline__lte=now)

    def forgotten_drafts(self, now: datetime) -> Self:
        return self.disposable(now - settings.DRAFT_LIFETIME)

    def disposable(self, before: datetime) -> Self:
        """Drafts that nobody has come back to: they never reached the municipality."""
        return self.filter(state=State.DRAFT, touched_at__lt=before)

    def with_links_for(self, email: str) -> Self:
        """What a contact may still open by a personal link."""
        closed = [State.DECLINED, State.CANCELLED, State.EVALUATED]
        return self.exclude(state__in=closed).filter(parties__email=email.lower()).distinct()

    def with_work_left(self) -> Self:
        """What staff still have to do with: not over, or with an approved follow-up that nobody has published."""
        unpublished = Exists(FollowUp.objects.to_publish().filter(partnership=OuterRef("pk")))
        return self.filter(Q(state__in=[*OPEN, *BINDING, State.ENDED]) | unpublished)

    def waiting_for(self, user: Any) -> Self:
        """Where this officer must act now: new proposals, and own cases that wait for the municipality."""
        nobodys = Q(assigned_to=None) | Q(assigned_to__is_active=False)
        mine = Q(state__in=[State.DIALOGUE, State.DRAFTING, State.DECISION, State.RENEGOTIATION])
        return self.filter(Q(state=State.PROPOSED) | mine & (Q(assigned_to=user) | nobodys)).order_by("proposed_at")
