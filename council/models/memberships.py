"""Membership of Plattformen: first the agreement, then the application; the board decides, not the municipality."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import SYSTEM, Actor, Case, Event, Letter, Refused, record
from botkyrka_civil.lib import tokens
from organisations.models import Organisation

from . import states
from .bodies import PLATFORM, Body, Seat
from .states import MembershipState as State

MEMBER_LINK = "council:membership"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> Self:
        """Members today."""
        return self.filter(state=State.MEMBER)

    def to_decide(self) -> Self:
        return self.filter(state=State.APPLIED).order_by("applied_at")

    def received(self) -> Self:
        """What has reached the board: not what nobody has confirmed, withdrawn since or not."""
        return self.filter(applied_at__isnull=False)

    def closed(self) -> Self:
        """What became of those that reached the board and are neither waiting nor members, the latest first."""
        over = [State.REJECTED, State.WITHDRAWN, State.LEFT, State.EXCLUDED]
        return self.received().filter(state__in=over).order_by(Coalesce("ended_on", "decided_at__date").desc(), "-pk")

    def flagged(self) -> Self:
        """Members whose organisation no longer is joined: the board looks at them, nothing ends by itself."""
        joined = Accession.objects.active().filter(organisation=OuterRef("organisation"))
        return self.active().filter(~Exists(joined))

    def held_on(self, day: Any) -> Self:
        began = self.filter(decided_at__date__lte=day, state__in=[State.MEMBER, State.LEFT, State.EXCLUDED])
        return began.filter(Q(ended_on=None) | Q(ended_on__gt=day))

    def by_name(self) -> Self:
        return self.select_related("organisation").order_by("organisation__name")

    def with_links_for(self, email: str) -> Self:
        """What a contact person may still open by a personal link: not what has ended."""
        open_ones = [State.BEGUN, State.APPLIED, State.MEMBER]
        return self.filter(contact_email=email.lower(), state__in=open_ones).select_related("organisation")

    def unconfirmed(self, before: datetime) -> Self:
        """Begun and never confirmed: disposed of, for nobody has asked for anything."""
        never = self.filter(state__in=[State.BEGUN, State.WITHDRAWN], applied_at=None)
        return never.filter(created_at__lt=before)


class Membership(Case):
    """One organisation's way into Plattformen and out of it. It is the association's matter throughout."""

    State = State
    TRANSITIONS = states.MEMBERSHIP
    room = PLATFORM

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memberships", verbose_name="organisation"
    )
    state = models.CharField("läge", max_length=10, choices=State, default=State.BEGUN, editable=False)
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    contact_name = models.CharField("kontaktperson", max_length=150)
    contact_email = models.EmailField("e-post")
    motivation = models.TextField("varför ni vill vara med", blank=True)
    applied_at = models.DateTimeField("ansökte", null=True, blank=True)
    decided_at = models.DateTimeField("beslutades", null=True, blank=True)
    decided_by = models.CharField("beslutet antecknat av", max_length=200, blank=True)
    decision_note = models.CharField(
        "styrelsens beslut", max_length=200, blank=True, help_text="Till exempel: styrelsemöte 12 mars 2026, § 14."
    )
    reason = models.TextField("skäl", blank=True)
    ended_on = models.DateField("upphörde", null=True, blank=True)
    made_up = models.BooleanField("påhittat (demo)", default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "medlemskap i Plattformen"
        verbose_name_plural = "medlemskap i Plattformen"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="membership_state"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=["applied", "member"]),
                name="one_membership_per_organisation",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["left", "excluded"]) | Q(ended_on__isnull=False),
                name="ended_membership_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def applicant(self) -> Actor:
        return Actor(f"{self.contact_name} ({self.organisation.name})", self.contact_email)

    @property
    def is_joined(self) -> bool:
        return Accession.objects.active().filter(organisation=self.organisation_id).exists()

    @property
    def knows_contact(self) -> bool:
        """Whether the address is one that the organisation gave when it joined: the board sees whom it deals with."""
        known = Accession.objects.addresses_of(self.organisation_id)
        return (self.organisation_id, self.contact_email) in known

    # The organisation's own verbs ------------------------------------------------------------------------------

    @classmethod
    def begin(cls, *, organisation: Organisation, name: str, email: str, motivation: str) -> Membership:
        """An application is begun; the board sees it when the link in the letter has been used.

        First the agreement, then Plattformen (its own page: "skriva under Överenskommelsen och därefter ansöka").
        """
        with transaction.atomic():
            _refuse_outsider(organisation)
            if cls.objects.filter(organisation=organisation, state__in=[State.APPLIED, State.MEMBER]).exists():
                raise Refused(f"{organisation} är redan medlem, eller har redan ansökt.")
            self = cls.objects.create(
                organisation=organisation,
                contact_name=name,
                contact_email=email.lower(),
                motivation=motivation,
                made_up=organisation.made_up,
            )
            record(self, "begin", by=self.applicant, label="Ansökan påbörjades", to_state=self.state)
            self.write("membership_confirm")
            return self

    def confirm(self, *, by: Actor) -> None:
        """Whoever holds the address says yes: the application has reached the board."""
        with self.move("confirm", by=by):
            Organisation.objects.select_for_update().get(pk=self.organisation_id)  # of two at once, one gets through
            _refuse_outsider(self.organisation)
            open_ones = Membership.objects.filter(organisation=self.organisation_id)
            if open_ones.filter(state__in=[State.APPLIED, State.MEMBER]).exclude(pk=self.pk).exists():
                raise Refused(f"{self.organisation} är redan medlem, eller har redan ansökt.")
            self.applied_at = timezone.now()
            self.write("membership_received")
            for officer in Body.objects.board().handlers():
                letters.send(self, "membership_to_decide", to=officer.email, context={"officer": officer})

    def withdraw(self, *, by: Actor) -> None:
        with self.move("withdraw", by=by):
            self.decided_at = timezone.now()

    def leave(self, *, by: Actor) -> None:
        """The organisation leaves Plattformen, at once and without giving a reason. The agreement still holds."""
        with self.move("leave", by=by):
            self.ended_on = timezone.localdate()
            self.write("membership_left")
            for officer in Body.objects.board().handlers():
                letters.send(self, "membership_left_board", to=officer.email, context={"officer": officer})

    # The board's -----------------------------------------------------------------------------------------------

    def accept(self, *, by: Actor, seat: Seat, decision_note: str, letter: str = "") -> None:
        """The board has decided: member from today. Its own decision, at a meeting that is named."""
        with self.move("accept", by=by):
            self._decide(by, seat, decision_note)
            _refuse_outsider(self.organisation)
            self.write("membership_accepted", body=letter)

    def reject(self, *, by: Actor, seat: Seat, decision_note: str, reason: str, letter: str = "") -> None:
        """No, with reasons."""
        with self.move("reject", by=by, reason=reason):
            self._decide(by, seat, decision_note)
            self._give_reason(reason, "Skriv varför ansökan avslås.")
            self.write("membership_rejected", body=letter, reason=reason)

    def exclude(self, *, by: Actor, seat: Seat, decision_note: str, reason: str, letter: str = "") -> None:
        """Out of Plattformen, with reasons. The agreement with the municipality still holds."""
        with self.move("exclude", by=by, reason=reason):
            since = self.decided_at
            self._decide(by, seat, decision_note)
            self.decided_at = since  # when it became a member stays
            self._give_reason(reason, "Skriv varför medlemmen utesluts.")
            self.ended_on = timezone.localdate()
            self.write("membership_excluded", body=letter, reason=reason)

    def _decide(self, by: Actor, seat: Seat, decision_note: str) -> None:
        """By somebody on the board today, and never by the applicant's own (jäv)."""
        if not (seat.is_held_on(timezone.localdate()) and seat.body.kind == Body.Kind.BOARD and seat.decides):
            raise Refused("Bara den som sitter i styrelsen i dag kan anteckna beslutet.")
        if conflict := self.conflict_of_interest(seat):
            raise Refused(conflict)
        if not decision_note.strip():
            raise Refused("Skriv vid vilket styrelsemöte och i vilken paragraf beslutet fattades.")
        self.decided_at, self.decided_by = timezone.now(), by.name
        self.decision_note = decision_note.strip()[:200]

    def conflict_of_interest(self, seat: Seat) -> str:
        """Why whoever holds `seat` must leave the matter to others; empty when nothing stands in the way (jäv)."""
        same_person = seat.person.email and seat.person.email == self.contact_email
        if seat.organisation_id == self.organisation_id or same_person:
            return "Du företräder själv organisationen. Låt någon annan i styrelsen anteckna beslutet."
        return ""

    def _give_reason(self, reason: str, refusal: str) -> None:
        if not reason.strip():
            raise Refused(refusal)
        self.reason = reason.strip()

    @classmethod
    def enter(
        cls, *, by: Actor, seat: Seat, organisation: Organisation, name: str, email: str, note: str
    ) -> Membership:
        """A member that came in otherwise, on paper or before the portal: entered by the board on its own decision."""
        with transaction.atomic():
            _refuse_outsider(organisation)
            Organisation.objects.select_for_update().get(pk=organisation.pk)
            if cls.objects.filter(organisation=organisation, state__in=[State.APPLIED, State.MEMBER]).exists():
                raise Refused(f"{organisation} är redan medlem, eller har redan ansökt.")
            self = cls(organisation=organisation, contact_name=name, contact_email=email.lower())
            self.applied_at, self.made_up = timezone.now(), organisation.made_up
            self._decide(by, seat, note)
            self.state = State.MEMBER
            self.save()
            record(self, "enter", by=by, label="Lades till av styrelsen", to_state=self.state)
            self.write("membership_contact")
            return self

    def change_contact(self, *, by: Actor, name: str, email: str) -> None:
        """Somebody else speaks for the member: the old personal link opens nothing, and a new one goes by letter."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Membership.objects.select_for_update())
            if self.state != State.MEMBER:
                raise Refused("Kontaktpersonen byts bara för den som är medlem.")
            moved = email.lower() != self.contact_email
            self.contact_name, self.contact_email = name, email.lower()
            self.key = tokens.new_key() if moved else self.key
            self.save(update_fields=["contact_name", "contact_email", "key"])
            record(self, "change_contact", by=by, label="Kontaktpersonen eller adressen ändrades")
            if moved:
                self.write("membership_contact")

    # ------------------------------------------------------------------------------------------------------------

    def write(self, kind: str, *, body: str = "", **context: Any) -> None:
        letters.send(self, kind, to=self.contact_email, body=body, context=context, link=(MEMBER_LINK, self.key))

    def dispose(self) -> None:
        """Never confirmed, perhaps somebody else's address: all of it goes, and a line in the log says so."""
        if self.applied_at:
            raise Refused("En ansökan som har nått styrelsen gallras inte.")
        Event.objects.of(self).delete()
        Letter.objects.filter(subject_key=self.subject).delete()
        record(self, "dispose", by=SYSTEM, label="Obekräftad ansökan gallrades")
        self.delete()


def _refuse_outsider(organisation: Organisation) -> None:
    if not Accession.objects.active().filter(organisation=organisation).exists():
        raise Refused(
            f"{organisation} är inte ansluten till Överenskommelsen. Anslut organisationen först, och ansök sedan."
        )


def joined_organisations() -> models.QuerySet[Organisation]:
    """Those who may apply: on the public list, and neither members nor waiting."""
    busy = Membership.objects.filter(state__in=[State.APPLIED, State.MEMBER]).values("organisation")
    return Organisation.objects.filter(pk__in=Accession.objects.active().values("organisation")).exclude(pk__in=busy)
