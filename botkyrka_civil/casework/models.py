"""What every case shares: who did it, the move from state to state, the event log, registry numbers and letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from ..accounts.models import User
from ..lib import tokens


class Refused(Exception):
    """A guard says no. The message is a Swedish sentence fit for the screen."""


@dataclass(frozen=True)
class Actor:
    """Who did it: a signed-in user, the holder of a personal link, or the system itself."""

    name: str
    email: str = ""
    user: User | None = None

    @classmethod
    def of(cls, user: Any) -> Actor:
        return cls(str(user), user.email, user)


SYSTEM = Actor("Systemet")


class RoomQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that belong to the municipality, or to a room of somebody else's."""

    def ours(self) -> Self:
        return self.filter(room="")


class AppendOnlyQuerySet(RoomQuerySet["Event"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Händelseloggen ändras aldrig.")

    def of(self, case: models.Model) -> Self:
        return self.filter(subject=subject_of(case))


def subject_of(row: models.Model) -> str:
    return f"{row._meta.label_lower}:{row.pk}"


def room_of(row: models.Model | None) -> str:
    """Whose matter it is, when it is not the municipality's: what stands there is kept out of the admin.

    Tryckfrihetsförordningen 2 kap.: what an association keeps in a room of its own has not reached the authority.
    """
    return getattr(row, "room", "")


class Event(models.Model):
    """One line in the log. It names its subject as plain text, so it outlives it; a trigger refuses changes."""

    at = models.DateTimeField("tid", default=timezone.now)
    subject = models.CharField("ärende", max_length=100, db_index=True)
    room = models.CharField("rum", max_length=20, blank=True)
    verb = models.CharField("händelse", max_length=50)
    label = models.CharField("vad som hände", max_length=200)
    actor = models.CharField("vem", max_length=200)
    actor_email = models.CharField("vems e-post", max_length=254, blank=True)
    from_state = models.CharField("från", max_length=40, blank=True)
    to_state = models.CharField("till", max_length=40, blank=True)
    reason = models.TextField("skäl", blank=True)
    data = models.JSONField("uppgifter", default=dict, encoder=DjangoJSONEncoder)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "händelse"
        verbose_name_plural = "händelselogg"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.label}"


def record(
    row: models.Model,
    verb: str,
    *,
    by: Actor,
    label: str,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    **data: Any,
) -> Event:
    """Write one line about `row` in the log, in the transaction that is open."""
    return Event.objects.create(
        subject=subject_of(row),
        room=room_of(row),
        verb=verb,
        label=label[:200],
        actor=by.name[:200],
        actor_email=by.email,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        data=data,
    )


@dataclass(frozen=True)
class Transition:
    """One row of a table of transitions: from which states, to which, and what it is called."""

    label: str  # an infinitive, "godkänna": stands on the button and in the refusal
    done: str  # "Godkänd": stands in the log
    sources: frozenset[str]
    targets: tuple[str, ...]


def transition(label: str, done: str, sources: Iterable[str], *targets: str) -> Transition:
    return Transition(label, done, frozenset(sources), targets)


class Case(models.Model):
    """A row that goes from state to state. Its verbs are methods that open a move; nothing else changes the state."""

    TRANSITIONS: ClassVar[Mapping[str, Transition]]
    state: Any
    get_state_display: Any

    class Meta:
        abstract = True

    @property
    def subject(self) -> str:
        return subject_of(self)

    def may_move(self, verb: str) -> bool:
        return self.state in self.TRANSITIONS[verb].sources

    def verbs_for(self, user: Any) -> list[str]:
        """The verbs allowed now, by state and by the user's permissions."""
        app = self._meta.app_label
        return [
            verb
            for verb in self.TRANSITIONS
            if self.may_move(verb) and user.has_perm(f"{app}.{verb}_{self._meta.model_name}")
        ]

    @contextmanager
    def move(self, verb: str, *, by: Actor, reason: str = "", **data: Any) -> Iterator[Transition]:
        """Open a transaction, re-read the row under lock, refuse or save what the verb changed, write one event.

        The body sets fields, and `state` when the transition has several targets. Raises Refused, and then
        nothing is saved, when the row is not in one of the transition's states.
        """
        row = self.TRANSITIONS[verb]
        with transaction.atomic():
            self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
            if self.state not in row.sources:
                raise Refused(f"Det går inte att {row.label} nu: läget är ”{self.get_state_display()}”.")
            before = {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}
            yield row
            if self.state == before["state"] and self.state not in row.targets:
                self.state = row.targets[0]
            assert self.state in row.targets, f"{verb} leads to {row.targets}, not to {self.state}"
            changed = [name for name, value in before.items() if getattr(self, name) != value]
            self.save(update_fields=changed)
            record(
                self,
                verb,
                by=by,
                label=row.done,
                reason=reason,
                from_state=before["state"],
                to_state=self.state,
                **data,
            )


class RegistrySeries(models.Model):
    """The last number given in a year. The row is the lock that keeps the series without gaps."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "nummerserie"
        verbose_name_plural = "nummerserier"

    def __str__(self) -> str:
        return str(self.year)


class RegistryEntry(models.Model):
    """A registered document, with exactly what the law asks: date, number, from or to whom, what it is about.

    Offentlighets- och sekretesslagen 5 kap. 1–2 §§. Registered without delay, numbered without gaps per year.
    """

    class Direction(models.TextChoices):
        INCOMING = "incoming", "Inkommen"
        OUTGOING = "outgoing", "Utgående"
        DRAWN_UP = "drawn_up", "Upprättad"

    year = models.PositiveSmallIntegerField("år")
    serial = models.PositiveIntegerField("löpnummer")
    number = models.CharField("diarienummer", max_length=40, unique=True)
    received_at = models.DateTimeField("inkom eller upprättades")
    registered_at = models.DateTimeField("registrerades", default=timezone.now)
    direction = models.CharField("riktning", max_length=10, choices=Direction, default=Direction.INCOMING)
    counterpart = models.CharField("från eller till", max_length=200)
    matter = models.CharField("vad det gäller", max_length=300)
    subject = models.CharField("ärende", max_length=100, db_index=True)

    class Meta:
        verbose_name = "diariepost"
        verbose_name_plural = "diarium"
        ordering = ["-year", "-serial"]
        constraints = [models.UniqueConstraint(fields=["year", "serial"], name="registry_serial_unique_per_year")]

    def __str__(self) -> str:
        return self.number


def register(
    case: models.Model,
    *,
    counterpart: str,
    matter: str,
    received_at: datetime,
    direction: str = RegistryEntry.Direction.INCOMING,
) -> RegistryEntry:
    """Give `case` the next number of its year. Must run in the transaction that makes the document official."""
    year = timezone.localtime(received_at).year
    RegistrySeries.objects.get_or_create(year=year)
    series = RegistrySeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return RegistryEntry.objects.create(
        year=year,
        serial=series.last,
        number=f"{settings.REGISTRY_PREFIX} {year}/{series.last:04d}",
        received_at=received_at,
        direction=direction,
        counterpart=counterpart[:200],
        matter=matter[:300],
        subject=subject_of(case),
    )


class LetterQuerySet(RoomQuerySet["Letter"]):
    def waiting(self) -> Self:
        return self.filter(sent_at=None, failed_at=None).exclude(to="")

    def failed(self) -> Self:
        return self.filter(failed_at__isnull=False)

    def by_post(self) -> Self:
        """To someone without an e-mail address: staff print them and post them."""
        return self.filter(to="", sent_at=None)

    def stranded(self, now: datetime) -> Self:
        """Due for so long that the task that should have sent them must be gone (a crash, a lost worker)."""
        return self.waiting().filter(next_try_at__lt=now - timedelta(minutes=1))

    def overdue(self, now: datetime) -> Self:
        """Waiting longer than the alarm limit: the mail queue has stopped."""
        return self.waiting().filter(queued_at__lt=now - timedelta(minutes=settings.MAIL_ALARM))


class Letter(models.Model):
    """A letter to one person. The row is the queue: a task only tells when to look at it.

    The personal link is not in the body but as PERSONAL_LINK there, and is filled in when the letter leaves,
    so that whoever reads the case can't act in the recipient's name.
    """

    PERSONAL_LINK = "[personlig länk]"

    subject_key = models.CharField("ärende", max_length=100, db_index=True, blank=True)
    room = models.CharField("rum", max_length=20, blank=True)
    kind = models.CharField("slag", max_length=50)
    to = models.EmailField("till")
    subject = models.CharField("rubrik", max_length=300)
    body = models.TextField("brev")
    confidential = models.BooleanField("dolt", default=False)
    link_purpose = models.CharField(max_length=60, blank=True)
    link_key = models.CharField(max_length=60, blank=True)
    attachment = models.CharField(max_length=200, blank=True)
    attachment_name = models.CharField("bilaga", max_length=200, blank=True)
    queued_at = models.DateTimeField("köades", default=timezone.now)
    next_try_at = models.DateTimeField("nästa försök", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("försök", default=0)
    last_error = models.TextField("senaste fel", blank=True)
    sent_at = models.DateTimeField("skickades", null=True, blank=True)
    failed_at = models.DateTimeField("gick inte att skicka", null=True, blank=True)
    message_id = models.CharField(max_length=100, default=tokens.new_key, editable=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "brev"
        verbose_name_plural = "brev"
        ordering = ["-pk"]
        permissions = [("resend_letter", "Får skicka om ett brev")]

    def __str__(self) -> str:
        return self.subject

    @property
    def state(self) -> str:
        """What has become of it, as a word for the screen."""
        if self.sent_at:
            return "Skickat" if self.to else "Postat"
        if not self.to:
            return "Ska postas"
        return "Gick inte att skicka" if self.failed_at else "Väntar på att skickas"
