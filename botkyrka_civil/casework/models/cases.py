"""A case: who did it, the move from state to state, and the event log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from ...accounts.models import User


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
OPERATOR = Actor("Den som driver portalen")  # by a command on the server


# The room of a case that has not been sent in: it is the applicant's own, and no staff page knows of it.
APPLICANT = "applicant"


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


def said(subject: str) -> str:
    """A subject in the words of staff, "anslutning 33"; as the log has it when there is no such model any more."""
    label, _, pk = subject.rpartition(":")
    try:
        return f"{apps.get_model(label)._meta.verbose_name} {pk}"
    except (LookupError, ValueError):
        return subject


def receive(case: models.Model) -> None:
    """What stood in the applicant's own room is the authority's from now on: the case has been received.

    Letters and events go with it. The trigger of the log lets this one change through.
    """
    letters = apps.get_model("casework", "Letter")._base_manager
    letters.filter(subject_key=subject_of(case), room=APPLICANT).update(room="")
    models.QuerySet(Event).filter(subject=subject_of(case), room=APPLICANT).update(room="")


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
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.label} ({self.pk})"


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
