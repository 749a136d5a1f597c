"""Those who register for a conference, and the proposals that came of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from agreement.models import ActionItem, Principle
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import SYSTEM, Actor, Case, Event, Letter, Refused, record, transition
from botkyrka_civil.lib import tokens

from .bodies import PLATFORM

if TYPE_CHECKING:
    from .conferences import Conference

REGISTRATION_LINK = "council:conference_registration"


class State(models.TextChoices):
    UNCONFIRMED = "unconfirmed", "Inte bekräftad"
    CONFIRMED = "confirmed", "Har plats"
    WAITING = "waiting", "Står i kö"
    CANCELLED = "cancelled", "Avanmäld"


TRANSITIONS = {
    "renew": transition(
        "anmäla sig på nytt", "Anmälde sig på nytt", [State.UNCONFIRMED, State.CANCELLED], State.UNCONFIRMED
    ),
    "confirm": transition(
        "bekräfta anmälan", "Bekräftade anmälan", [State.UNCONFIRMED], State.CONFIRMED, State.WAITING
    ),
    "move_in": transition("ge en plats", "Fick plats från kön", [State.WAITING], State.CONFIRMED),
    "cancel": transition(
        "avanmäla", "Avanmäldes", [State.UNCONFIRMED, State.CONFIRMED, State.WAITING], State.CANCELLED
    ),
}
LISTED = (State.CONFIRMED, State.WAITING, State.UNCONFIRMED, State.CANCELLED)


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def with_place(self) -> Self:
        return self.filter(state=State.CONFIRMED)

    def waiting(self) -> Self:
        """In the order in which they confirmed."""
        return self.filter(state=State.WAITING).order_by("confirmed_at", "pk")

    def attending(self) -> Self:
        """Those who have shown that the address is theirs and have not left: with a place, or waiting for one."""
        return self.filter(state__in=[State.CONFIRMED, State.WAITING])

    def in_order(self) -> Self:
        """As a list shows them: with a place, waiting, not confirmed, cancelled; each in the order they came."""
        states = [models.When(state=state, then=n) for n, state in enumerate(LISTED)]
        return self.order_by(models.Case(*states), F("confirmed_at").asc(nulls_last=True), "created_at", "pk")

    def never_confirmed(self, before: datetime) -> Self:
        return self.filter(state=State.UNCONFIRMED, created_at__lt=before)

    def of_conferences_past(self, before: datetime) -> Self:
        """Counted in whole days, so that the last of them is gone before the time is up."""
        return self.filter(conference__ends_at__date__lte=timezone.localdate(before))

    def with_needs_of_conferences_past(self, before: datetime) -> Self:
        return self.of_conferences_past(before).exclude(needs="")


class Registration(Case):
    """One person's place at a conference, or in the line for one. Only the board sees it; the public never does."""

    State = State
    TRANSITIONS = TRANSITIONS

    room = PLATFORM

    conference = models.ForeignKey(
        "council.Conference", models.CASCADE, related_name="registrations", verbose_name="dialogkonferens"
    )
    state = models.CharField("läge", max_length=12, choices=State, default=State.UNCONFIRMED, editable=False)
    name = models.CharField("namn", max_length=150)
    email = models.EmailField("e-post")
    organisation = models.CharField("organisation", max_length=150, blank=True)
    needs = models.TextField("behov av tillgänglighet och kost", blank=True)
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    created_at = models.DateTimeField("anmäldes", default=timezone.now)
    confirmed_at = models.DateTimeField("bekräftades", null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = "anmälan"
        verbose_name_plural = "anmälningar"
        ordering = ["conference", "confirmed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="registration_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "waiting"]) | Q(confirmed_at__isnull=False),
                name="registration_confirmed_at_some_time",
            ),
            models.UniqueConstraint(fields=["conference", "email"], name="one_registration_per_email"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.conference}"

    @property
    def guest(self) -> Actor:
        return Actor(f"{self.name} (anmäld)", self.email)

    @property
    def number_in_line(self) -> int:
        """1 for the first in line; 0 for who does not wait."""
        line = list(self.conference.registrations.waiting().values_list("pk", flat=True))
        return line.index(self.pk) + 1 if self.pk in line else 0

    def write(self, kind: str) -> None:
        letters.send(
            self, kind, to=self.email, context={"conference": self.conference}, link=(REGISTRATION_LINK, self.key)
        )

    def tell(self) -> None:
        """Where it stands, also when somebody registers a second time."""
        if self.state == State.UNCONFIRMED:
            self.write("conference_confirm")
        elif self.state == State.CONFIRMED:
            self.write("conference_confirmed")
        else:
            self.write("conference_waiting")

    @classmethod
    def ask(cls, conference: Conference, *, email: str, **facts: str) -> None:
        """Somebody wants to come. Nothing is settled until the link in the letter is used: nobody registers others.

        One registration per address: a second try sends the link again. What was confirmed is left as it was, since
        whoever types an address has not shown that it is theirs.
        """
        email = email.lower()
        with conference.locked():
            if conference.closed_because:
                raise Refused(conference.closed_because)
            registration = cls.objects.filter(conference=conference, email=email).first()
            if registration is None:
                registration = cls.objects.create(conference=conference, email=email, **facts)
                record(registration, "ask", by=registration.guest, label="Anmälde sig", to_state=registration.state)
            elif registration.may_move("renew"):
                registration.renew(**facts)
            registration.conference = conference
            registration.tell()

    def renew(self, **facts: str) -> None:
        """Begun anew before it was confirmed, or after it was cancelled: last in line."""
        with self.move("renew", by=self.guest):
            for name, value in facts.items():
                setattr(self, name, value)
            self.created_at, self.confirmed_at = timezone.now(), None

    def confirm(self) -> None:
        """The link was used: a place if there is one and nobody waits for it, otherwise the end of the line."""
        with self.conference.locked(), self.move("confirm", by=self.guest):
            if self.conference.closed_because:
                raise Refused(self.conference.closed_because)
            self.confirmed_at = timezone.now()
            room_left = self.conference.free and not self.conference.registrations.waiting().exists()
            self.state = State.CONFIRMED if room_left else State.WAITING
            self.tell()

    def move_in(self) -> None:
        """Somebody left, or there are more places: the first in line is told at once."""
        with self.move("move_in", by=SYSTEM):
            self.write("conference_place_freed")

    def cancel(self, *, by: Actor) -> None:
        """The place goes to the first in line. What the guest said of their needs is of no use any more."""
        with self.conference.locked():
            with self.move("cancel", by=by):
                if not self.conference.is_coming:
                    raise Refused("Det går inte att avanmäla nu: konferensen har börjat, har varit eller är inställd.")
                if self.confirmed_at:
                    self.write("conference_registration_cancelled")
                self.needs = ""
            self.conference.fill()

    def tell_needs(self, needs: str) -> None:
        """The guest changes or takes back what they said."""
        with self.conference.locked():
            self.refresh_from_db(fields=["state"])
            if not (self.conference.is_coming and self.state in (State.CONFIRMED, State.WAITING)):
                raise Refused("Uppgiften går inte att ändra längre.")
            self.needs = needs
            self.save(update_fields=["needs"])

    def forget_needs(self) -> None:
        """What people said of access and diet is about health or belief, and has served its purpose (GDPR art. 9)."""
        self.needs = ""
        self.save(update_fields=["needs"])
        record(self, "forget_needs", by=SYSTEM, label="Uppgifter om tillgänglighet och kost gallrades")

    def dispose(self) -> None:
        """All of it goes: the row, its lines in the log, and the letters. How many they were stays in the log."""
        Event.objects.of(self).delete()
        Letter.objects.filter(subject_key=self.subject).delete()
        label = f"En anmälan gallrades ({self.get_state_display().lower()})"
        record(self.conference, "dispose_registration", by=SYSTEM, label=label, state=self.state)
        self.delete()


class Proposal(models.Model):
    """What somebody at a conference wants done, and what came of it. Names no person."""

    conference = models.ForeignKey(
        "council.Conference", models.CASCADE, related_name="proposals", verbose_name="dialogkonferens"
    )
    text = models.TextField("förslag")
    raised_by = models.CharField("föreslogs av", max_length=150, blank=True)
    principle = models.ForeignKey(
        Principle, models.PROTECT, null=True, blank=True, related_name="proposals", verbose_name="princip"
    )
    outcome = models.TextField("vad det blev av förslaget", blank=True)
    action_item = models.ForeignKey(
        ActionItem,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name="punkt i handlingsplanen",
    )

    class Meta:
        verbose_name = "förslag"
        verbose_name_plural = "förslag"
        ordering = ["conference", "pk"]

    def __str__(self) -> str:
        return self.text[:60]

    def change(self, *, by: Actor, **facts: Any) -> None:
        with transaction.atomic():
            for name, value in facts.items():
                setattr(self, name, value)
            self.save(update_fields=[*facts])
            record(self.conference, "change_proposal", by=by, label="Ett förslag ändrades", proposal=self.pk)

    def remove(self, *, by: Actor) -> None:
        """Written by mistake. The log keeps its words."""
        with transaction.atomic():
            record(self.conference, "remove_proposal", by=by, label="Ett förslag togs bort", reason=self.text)
            self.delete()
