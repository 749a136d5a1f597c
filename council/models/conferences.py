"""The yearly conference (dialogkonferens): planned by Plattformen's board, open for registration, held, documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.models import SYSTEM, Actor, Case, Refused, record, transition
from botkyrka_civil.documents import audiences
from botkyrka_civil.documents.models import Document

from .bodies import PLATFORM
from .registrations import Proposal, Registration

__all__ = ["Conference", "Proposal", "Registration"]

_TIMED = re.compile(r"(\d{1,2}[.:]\d{2}(?:\s?[-–]\s?\d{1,2}[.:]\d{2})?)[\s,:–-]+(.+)")


class State(models.TextChoices):
    PLANNED = "planned", "Planerad"
    REGISTRATION_OPEN = "registration_open", "Anmälan är öppen"
    REGISTRATION_CLOSED = "registration_closed", "Anmälan är stängd"
    HELD = "held", "Genomförd"
    DOCUMENTED = "documented", "Dokumenterad"
    CANCELLED = "cancelled", "Inställd"


COMING = (State.PLANNED, State.REGISTRATION_OPEN, State.REGISTRATION_CLOSED)

TRANSITIONS = {
    "open_registration": transition("öppna anmälan", "Anmälan öppnades", [State.PLANNED], State.REGISTRATION_OPEN),
    "close_registration": transition(
        "stänga anmälan", "Anmälan stängdes", [State.REGISTRATION_OPEN], State.REGISTRATION_CLOSED
    ),
    "reopen_registration": transition(
        "öppna anmälan igen", "Anmälan öppnades igen", [State.REGISTRATION_CLOSED], State.REGISTRATION_OPEN
    ),
    "hold": transition("anteckna att konferensen är genomförd", "Genomfördes", [State.REGISTRATION_CLOSED], State.HELD),
    "document": transition("publicera dokumentationen", "Dokumentationen publicerades", [State.HELD], State.DOCUMENTED),
    "cancel": transition("ställa in konferensen", "Ställdes in", COMING, State.CANCELLED),
}


class ProgrammeItem(NamedTuple):
    time: str
    text: str


class ConferenceQuerySet(models.QuerySet["Conference"]):
    def published(self) -> Self:
        """What the public may know of: those that people have been able to register for."""
        return self.filter(opened_at__isnull=False)

    def visible_to(self, user: Any) -> Self:
        """All of them for Plattformen's board, whose matter a conference is until registration opens."""
        return self.all() if audiences.Audience.BOARD in audiences.of(user) else self.published()

    def upcoming(self) -> Self:
        """The next one first."""
        return self.filter(ends_at__gte=timezone.now()).order_by("starts_at")

    def earlier(self) -> Self:
        return self.filter(ends_at__lt=timezone.now()).order_by("-starts_at")

    def with_proposals(self) -> Self:
        return self.annotate(proposal_count=models.Count("proposals"))

    def due_to_open(self) -> Self:
        today = timezone.localdate()
        planned = self.filter(state=State.PLANNED, starts_at__gt=timezone.now())
        return planned.filter(opens_on__lte=today, closes_on__gte=today)

    def due_to_close(self) -> Self:
        over = Q(closes_on__lt=timezone.localdate()) | Q(starts_at__lte=timezone.now())
        return self.filter(over, state=State.REGISTRATION_OPEN)


class Conference(Case):
    """One year's conference. Plattformen holds it: "genomför årligen dialogkonferens" (the municipality's page)."""

    State = State
    TRANSITIONS = TRANSITIONS

    year = models.PositiveSmallIntegerField("år", unique=True)
    state = models.CharField("läge", max_length=20, choices=State, default=State.PLANNED, editable=False)
    theme = models.CharField("tema", max_length=200)
    starts_at = models.DateTimeField("börjar")
    ends_at = models.DateTimeField("slutar")
    place = models.CharField("plats", max_length=200)
    programme = models.TextField("program", blank=True)
    capacity = models.PositiveSmallIntegerField("antal platser")
    opens_on = models.DateField("anmälan öppnar")
    closes_on = models.DateField("sista dag för anmälan")
    opened_at = models.DateTimeField("anmälan öppnades", null=True, blank=True, editable=False)
    cancel_reason = models.TextField("varför den ställdes in", blank=True)
    documentation = models.TextField("dokumentation", blank=True)
    documents = models.ManyToManyField(Document, blank=True, related_name="conferences", verbose_name="dokument")
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    objects = ConferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "dialogkonferens"
        verbose_name_plural = "dialogkonferenser"
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="conference_state"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="conference_has_places"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="conference_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(closes_on__gte=F("opens_on")), name="conference_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(state="cancelled")
                | Q(state="planned", opened_at=None)
                | (~Q(state="planned") & Q(opened_at__isnull=False)),
                name="conference_opened_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(cancel_reason=""), name="conference_cancelled_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Dialogkonferensen {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("council:conference_year", args=[self.year])

    # Reading ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> str:
        """The board's own matter until the public has been invited."""
        return "" if self.opened_at else PLATFORM

    @property
    def programme_items(self) -> list[ProgrammeItem]:
        """One line, one item; what looks like a time at its beginning is one."""
        lines = [line.strip() for line in self.programme.splitlines() if line.strip()]
        found = ((line, _TIMED.fullmatch(line)) for line in lines)
        return [ProgrammeItem(*match.groups()) if match else ProgrammeItem("", line) for line, match in found]

    @property
    def is_coming(self) -> bool:
        """Neither cancelled nor begun: people can still come and go."""
        return self.state in COMING and timezone.now() < self.starts_at

    @property
    def can_be_changed(self) -> bool:
        return self.state in COMING

    @property
    def is_over(self) -> bool:
        return self.ends_at < timezone.now()

    @property
    def has_been_held(self) -> bool:
        return self.state in (State.HELD, State.DOCUMENTED)

    @property
    def taken(self) -> int:
        return self.registrations.with_place().count()

    @property
    def free(self) -> int:
        return max(self.capacity - self.taken, 0)

    @property
    def closed_because(self) -> str:
        """Why nobody can register now, or nothing."""
        today = timezone.localdate()
        if self.state == State.CANCELLED:
            return "Konferensen är inställd, så det går inte att anmäla sig."
        if self.starts_at <= timezone.now():
            return "Konferensen har redan börjat eller varit, så det går inte att anmäla sig."
        if self.state == State.PLANNED or today < self.opens_on:
            return f"Anmälan har inte öppnat än. Den öppnar den {_day(self.opens_on)}."
        if today > self.closes_on:
            return f"Anmälan är stängd. Sista dagen var den {_day(self.closes_on)}."
        return "" if self.state == State.REGISTRATION_OPEN else "Anmälan är stängd."

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Everybody who wants a place stands in line here: always before any registration is locked."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Conference._base_manager.select_for_update())
            yield

    # Planning --------------------------------------------------------------------------------------------------

    @classmethod
    def plan(cls, *, by: Actor, year: int, **facts: Any) -> Conference:
        """A new year's conference. There is one a year."""
        with transaction.atomic():
            conference, is_new = cls.objects.get_or_create(year=year, defaults=facts)
            if not is_new:
                raise Refused(f"Det finns redan en dialogkonferens {year}.")
            record(conference, "plan", by=by, label="Planerades", to_state=State.PLANNED)
        return conference

    def change(self, *, by: Actor, **facts: Any) -> None:
        """The board changes the facts. A new time or place is told to all who come, and more places let people in."""
        with self.locked():
            if not self.can_be_changed:
                raise Refused(f"Uppgifterna går inte att ändra nu: läget är ”{self.get_state_display()}”.")
            changed = [name for name, value in facts.items() if getattr(self, name) != value]
            for name in changed:
                setattr(self, name, facts[name])
            if self.capacity < self.taken:
                raise Refused(f"{self.taken} personer har redan fått plats. Platserna kan inte vara färre än så.")
            if not changed:
                return
            self.save(update_fields=changed)
            record(self, "change", by=by, label="Uppgifterna ändrades", fields=changed)
            if {"starts_at", "ends_at", "place"} & set(changed):
                for registration in self._attending():
                    registration.write("conference_changed")
            self.fill()

    def open_registration(self, *, by: Actor) -> None:
        """People may register, and from now on the conference is public."""
        with self.move("open_registration", by=by):
            self._can_take_registrations()
            self.opened_at = timezone.now()
            self.opens_on = min(self.opens_on, timezone.localdate())

    def close_registration(self, *, by: Actor) -> None:
        """Nobody new. Those who have a place may still leave it, and it goes to the first in line."""
        with self.move("close_registration", by=by):
            pass

    def reopen_registration(self, *, by: Actor) -> None:
        with self.move("reopen_registration", by=by):
            self._can_take_registrations()

    def _can_take_registrations(self) -> None:
        if self.starts_at <= timezone.now():
            raise Refused("Konferensens dag har redan varit. Ändra dagen först.")
        if self.closes_on < timezone.localdate():
            raise Refused(f"Sista dagen för anmälan var den {_day(self.closes_on)}. Ändra den först.")

    def hold(self, *, by: Actor) -> None:
        """It has taken place."""
        with self.move("hold", by=by):
            if timezone.now() < self.starts_at:
                raise Refused("Konferensen har inte börjat än.")

    def cancel(self, *, by: Actor, reason: str) -> None:
        """It will not take place: everybody who has registered is told why, and what they said of their needs goes."""
        with self.move("cancel", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför konferensen ställs in.")
            if self.starts_at <= timezone.now():
                raise Refused("Konferensen har redan börjat, så den går inte att ställa in.")
            self.cancel_reason = reason.strip()
            for registration in self._attending():
                registration.write("conference_cancelled")
            self.registrations.update(needs="")

    def _attending(self) -> Iterator[Registration]:
        for registration in self.registrations.attending():
            registration.conference = self  # as it is now, before it is saved
            yield registration

    def fill(self) -> None:
        """Free places go to those who have waited longest. Runs under the conference's lock."""
        if not self.is_coming:
            return
        for registration in self.registrations.waiting()[: self.free]:
            registration.move_in()

    # Afterwards ------------------------------------------------------------------------------------------------

    def keep_documentation(self, *, by: Actor, text: str, documents: list[Document]) -> None:
        """What was said, written after the conference. It is shown to the public once it has been published."""
        with self.locked():
            self._after_it_was_held()
            self.documentation = text
            self.save(update_fields=["documentation"])
            self.documents.set(documents)
            record(self, "keep_documentation", by=by, label="Dokumentationen ändrades")

    def document(self, *, by: Actor) -> None:
        with self.move("document", by=by):
            if not self.documentation.strip() and not self.documents.exists():
                raise Refused("Skriv dokumentationen eller välj dokument först.")

    def propose(self, *, by: Actor, **facts: Any) -> Proposal:
        """Somebody at the conference proposed something."""
        with self.locked():
            self._after_it_was_held()
            proposal = self.proposals.create(**facts)
            record(self, "propose", by=by, label="Ett förslag skrevs in", proposal=proposal.pk)
        return proposal

    def _after_it_was_held(self) -> None:
        if not self.has_been_held:
            raise Refused("Anteckna först att konferensen är genomförd.")

    # What time does --------------------------------------------------------------------------------------------

    def open_by_date(self) -> None:
        self.open_registration(by=SYSTEM)

    def close_by_date(self) -> None:
        self.close_registration(by=SYSTEM)


def _day(day: date) -> str:
    return date_format(day, "j F Y")
