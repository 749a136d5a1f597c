"""One person at one meeting: called, answered, present, serving for somebody, and with a duty."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Refused, record
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import tokens

from .bodies import Seat
from .states import MeetingState as State

if TYPE_CHECKING:
    from .meetings import Meeting

INVITATION_LINK = "council:invitation"


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def called(self) -> Self:
        return self.filter(invited_at__isnull=False).exclude(email="")

    def present(self) -> Self:
        return self.filter(presence=Participant.Presence.PRESENT)

    def of_meetings_past(self, before: datetime) -> Self:
        """With an address that is of no use any more: the minutes are signed off, or the meeting was called off."""
        finished = [State.SIGNED_OFF, State.PUBLISHED, State.CANCELLED]
        return self.filter(meeting__state__in=finished, meeting__starts_at__lt=before).exclude(email="")

    def signing(self) -> Self:
        """The chair first, then the signers."""
        return self.exclude(duty="").order_by("duty", "pk")


class Participant(models.Model):
    """One person at one meeting: called, answered, present or absent, serving for somebody, signing the minutes."""

    class Answer(models.TextChoices):
        COMING = "coming", "Kommer"
        NOT_COMING = "not_coming", "Kommer inte"

    class Presence(models.TextChoices):
        PRESENT = "present", "Närvarande"
        ABSENT = "absent", "Frånvarande"

    class Duty(models.TextChoices):
        CHAIR = "chair", "Ordförande"
        SIGNER = "signer", "Justerare"

    meeting = models.ForeignKey("council.Meeting", models.CASCADE, related_name="participants", verbose_name="möte")
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="participations", verbose_name="uppdrag"
    )
    name = models.CharField("namn", max_length=200)
    role = models.CharField("roll", max_length=100, blank=True)
    organisation = models.CharField("organisation eller parti", max_length=200, blank=True)
    email = models.EmailField("e-post", blank=True)
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    invited_at = models.DateTimeField("kallad", null=True, blank=True)
    answer = models.CharField("svar", max_length=12, choices=Answer, blank=True)
    answered_at = models.DateTimeField("svarade", null=True, blank=True)
    presence = models.CharField("närvaro", max_length=10, choices=Presence, blank=True)
    serves_for = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="tjänstgör för"
    )
    duty = models.CharField("uppgift", max_length=10, choices=Duty, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = "deltagare"
        verbose_name_plural = "deltagare"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seat"], name="participant_once_per_seat"),
            models.UniqueConstraint(
                fields=["meeting", "email"], condition=~Q(email=""), name="participant_once_per_email"
            ),
            models.UniqueConstraint(fields=["meeting"], condition=Q(duty="chair"), name="one_chair_per_meeting"),
            models.CheckConstraint(condition=Q(duty="") | Q(presence="present"), name="signers_are_present"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of_seat(cls, meeting: Meeting, seat: Seat) -> Participant:
        facts = {"name": seat.person.name, "email": seat.person.email, "organisation": seat.represents}
        return cls(meeting=meeting, seat=seat, role=seat.get_role_display(), **facts)

    @classmethod
    def of_member(cls, meeting: Meeting, membership: Any) -> Participant:
        name, email = membership.contact_name, membership.contact_email
        return cls(meeting=meeting, name=name, email=email, organisation=membership.organisation.name, role="Medlem")

    @property
    def actor(self) -> Actor:
        return Actor(f"{self.name} (kallad)", self.email)

    @property
    def still_called(self) -> bool:
        """Not when the seat has come to an end before the meeting: its papers are for those who sit there then."""
        day = self.meeting.day
        if self.seat is None or self.seat.is_held_on(day):
            return True
        return Seat.objects.filter(body=self.seat.body_id, person=self.seat.person_id).held_on(day).exists()

    @property
    def is_substitute(self) -> bool:
        return bool(self.seat and self.seat.role == Seat.Role.SUBSTITUTE)

    def refuse_wrong_service(self) -> None:
        """A substitute who is present serves for one who is absent, on the same side."""
        if not (other := self.serves_for):
            return
        if not self.is_substitute or self.presence != self.Presence.PRESENT:
            raise Refused(f"{self.name} är inte en ersättare som var närvarande, och kan inte tjänstgöra för någon.")
        if other.presence == self.Presence.PRESENT or other.meeting_id != self.meeting_id:
            raise Refused(f"{other.name} var själv närvarande. Ingen kan tjänstgöra i stället.")
        if self.seat and other.seat and self.seat.side != other.seat.side:
            raise Refused(f"{self.name} och {other.name} hör till olika sidor i {self.meeting.body}.")

    def forget_address(self) -> None:
        """The name stays, as in the minutes. No line in the log: it would be one for each person at each meeting."""
        self.email = ""
        self.save(update_fields=["email"])

    def reply(self, *, answer: str) -> None:
        """Coming or not; may be changed until the meeting begins."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Participant.objects.select_for_update())
            if self.meeting.state != State.CALLED or self.meeting.has_been:
                raise Refused("Det går inte längre att svara: mötet har varit eller är inställt.")
            self.answer, self.answered_at = answer, timezone.now()
            self.save(update_fields=["answer", "answered_at"])
            record(self.meeting, "reply", by=self.actor, label=f"Svarade: {self.get_answer_display()}")

    def write(self, kind: str, *, attachment: File | None = None, **context: Any) -> None:
        letters.send(
            self.meeting,
            kind,
            to=self.email,
            context={"participant": self, "body": self.meeting.body, **context},
            link=(INVITATION_LINK, self.key),
            attachment=(str(attachment.stored.name), attachment.name) if attachment else None,
        )
