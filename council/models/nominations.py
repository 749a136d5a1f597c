"""Nominations: Plattformen proposes and nominates, the municipality appoints (S0 "väljer", S3 "nominerar")."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Case, Refused, RegistryEntry, record, register
from organisations.models import Organisation, Person

from . import states
from .bodies import PLATFORM, Body, Seat, Term
from .memberships import Membership
from .states import NominationState as State


class NominationQuerySet(models.QuerySet["Nomination"]):
    def handed_over(self) -> Self:
        """What the municipality knows of: a proposal within the association is the association's own."""
        return self.filter(nominated_at__isnull=False)

    def open(self) -> Self:
        return self.filter(state__in=[State.PROPOSED, State.NOMINATED])

    def to_nominate(self) -> Self:
        """Proposed: Plattformen has not decided yet."""
        return self.filter(state=State.PROPOSED)

    def decided(self) -> Self:
        """Appointed, not appointed, or no longer a candidate; the latest first."""
        return self.exclude(state__in=[State.PROPOSED, State.NOMINATED]).order_by("-decided_at", "-pk")

    def to_appoint(self) -> Self:
        return self.filter(state=State.NOMINATED)


class Nomination(Case):
    """One candidate for one of civil society's seats in the council."""

    State = State
    TRANSITIONS = states.NOMINATION
    ROLES = [(Seat.Role.MEMBER, "Ordinarie"), (Seat.Role.SUBSTITUTE, "Ersättare")]

    candidate = models.ForeignKey(Person, models.PROTECT, related_name="nominations", verbose_name="kandidat")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="nominations", verbose_name="organisation"
    )
    role = models.CharField("plats", max_length=12, choices=ROLES, default=Seat.Role.MEMBER)
    state = models.CharField("läge", max_length=14, choices=State, default=State.PROPOSED, editable=False)
    decision_note = models.CharField("Plattformens beslut", max_length=200, blank=True)
    reason = models.TextField("skäl", blank=True)
    proposed_at = models.DateTimeField("föreslogs", default=timezone.now)
    nominated_at = models.DateTimeField("nominerades", null=True, blank=True)
    decided_at = models.DateTimeField("avgjordes", null=True, blank=True)
    seat = models.OneToOneField(
        Seat, models.PROTECT, null=True, blank=True, related_name="nomination", verbose_name="plats i Rådet"
    )
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diariepost"
    )
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    objects = NominationQuerySet.as_manager()

    class Meta:
        verbose_name = "nominering"
        verbose_name_plural = "nomineringar"
        ordering = ["-pk"]
        permissions = [
            ("appoint_nomination", "Får anteckna att en nominerad har utsetts"),
            ("not_appoint_nomination", "Får anteckna att en nominerad inte har utsetts"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="nomination_state"),
            models.UniqueConstraint(
                fields=["candidate"],
                condition=Q(state__in=["proposed", "nominated"]),
                name="one_open_nomination_per_candidate",
            ),
            models.CheckConstraint(
                condition=~Q(state="appointed") | Q(seat__isnull=False), name="appointed_nomination_has_a_seat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}, {self.organisation}"

    @property
    def room(self) -> str:
        """The association's own until it is handed over by being nominated (TF 2 kap.)."""
        return "" if self.nominated_at else PLATFORM

    @classmethod
    def propose(cls, *, by: Actor, candidate: Person, organisation: Organisation, role: str) -> Nomination:
        """A candidate comes from an organisation that is a member."""
        with transaction.atomic():
            _refuse_outsider(organisation)
            Person.objects.select_for_update().get(pk=candidate.pk)  # of two at once, one gets through
            if cls.objects.open().filter(candidate=candidate).exists():
                raise Refused(f"{candidate} är redan föreslagen.")
            self = cls.objects.create(
                candidate=candidate, organisation=organisation, role=role, made_up=organisation.made_up
            )
            record(self, "propose", by=by, label="Föreslogs", to_state=self.state)
        return self

    def nominate(self, *, by: Actor, decision_note: str) -> None:
        """Plattformen has decided: the nomination is handed over to the municipality and registered there."""
        with self.move("nominate", by=by):
            _refuse_outsider(self.organisation)
            if not decision_note.strip():
                raise Refused("Skriv vid vilket möte och i vilken paragraf Plattformen beslutade.")
            self.decision_note, self.nominated_at = decision_note.strip()[:200], timezone.now()
            self.registry_entry = register(
                self,
                counterpart="Plattformen",
                matter=f"Nominering till {Body.objects.council().name}",
                received_at=self.nominated_at,
            )
            for officer in Body.objects.council().handlers():
                letters.send(self, "nominated", to=officer.email, context={"officer": officer})

    def decline(self, *, by: Actor, reason: str) -> None:
        """The candidate does not want to, or the proposal is withdrawn."""
        with self.move("decline", by=by, reason=reason):
            self.reason, self.decided_at = reason, timezone.now()

    def appoint(self, *, by: Actor, first_day: date, last_day: date | None, term: Term | None = None) -> None:
        """Appointed: the seat is made, if the composition has room for it."""
        with self.move("appoint", by=by, first_day=first_day, last_day=last_day):
            _refuse_outsider(self.organisation)
            seat = Seat(
                body=Body.objects.council(),
                term=term,
                person=self.candidate,
                organisation=self.organisation,
                side=Seat.Side.CIVIL,
                role=self.role,
                first_day=first_day,
                last_day=last_day,
                elected_on=timezone.localdate(),
                made_up=self.made_up,
            )
            seat.save()
            self.seat, self.decided_at = seat, timezone.now()
            self._tell_the_board("appointed")

    def not_appoint(self, *, by: Actor, reason: str) -> None:
        with self.move("not_appoint", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför kandidaten inte utses.")
            self.reason, self.decided_at = reason, timezone.now()
            self._tell_the_board("not_appointed")

    def _tell_the_board(self, kind: str) -> None:
        context: dict[str, Any] = {"first_day": self.seat and date_format(self.seat.first_day, "j F Y")}
        for officer in Body.objects.board().handlers():
            letters.send(self, kind, to=officer.email, context={"officer": officer, **context})


def _refuse_outsider(organisation: Organisation) -> None:
    if not Membership.objects.active().filter(organisation=organisation).exists():
        raise Refused(f"{organisation} är inte medlem i Plattformen. Kandidaten ska komma från en medlem.")
