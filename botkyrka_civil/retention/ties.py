"""How a row is tied to a person: by an address and the name beside it, or by being named in one of its texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Manager, Model, Q, QuerySet
from django.utils.text import capfirst

from ..casework.models import subject_of
from ..documents.models import File
from .who import Who

HIDDEN = "Visas inte: här stod en kod för att logga in."
NEVER: Callable[[Any], str] = lambda row: ""  # noqa: E731


@dataclass(frozen=True)
class Tie:
    """A row in which somebody has a part of their own: as what, and which of its fields are about them.

    Fields are lookups from the row, `decided_by__email`. `live` names those that may still be changed; what has been
    frozen, signed or sent is not (`live` is a function of the row, which answers with the names of the fields).
    """

    capacity: str
    email: str
    name: str = ""
    phone: str = ""
    shows: str = ""
    file: Callable[[Any], File | None] | None = None
    live: Callable[[Any], str] = NEVER

    def of(self, who: Who) -> Q:
        return who.by(self.email, self.name)

    def is_of(self, row: Model, who: Who) -> bool:
        email = value(row, self.email)
        return who.has_email(email) or bool(not email and self.name and who.has_name(value(row, self.name)))

    @property
    def own(self) -> dict[str, str]:
        """The fields that a person may ask to have put right, by what they are."""
        return {what: field for what in ("name", "email", "phone") if (field := getattr(self, what))}

    @property
    def fields(self) -> list[str]:
        return [*self.own.values(), *self.shows.split()]


@dataclass(frozen=True)
class Table:
    """One model: how its rows are somebody's, in which texts they may be named, and which the municipality holds."""

    label: str
    ties: tuple[Tie, ...] = ()
    mentions: str = ""
    beside: str = ""  # shown where somebody is named, so that they see when and what it was
    ours: Q | None = None
    case: str = ""  # the case whose log tells of the row, if it isn't the row's own
    subject: str = ""  # the field that names the case in plain text
    elsewhere: str = ""  # files, which the ties hand out, and texts made of others
    joins: str = ""  # what is read of other rows to say what this one is
    hidden: str = ""  # keys and hashes: never shown to anybody

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @cached_property
    def texts(self) -> list[str]:
        return self.mentions.split()

    @property
    def fields(self) -> set[str]:
        """All that is decided here."""
        words = " ".join([self.mentions, self.beside, self.elsewhere, self.hidden, self.case, self.joins])
        paths = [*words.split(), *(path for tie in self.ties for path in (*tie.fields, tie.email))]
        return {path.partition("__")[0] for path in paths}

    def held(self) -> QuerySet[Any]:
        """The rows that the municipality answers for, with what is read from each."""
        rows = self.model._base_manager.all()
        if joined := self._joined():
            rows = rows.select_related(*joined)
        return (
            rows if self.ours is None else rows.filter(pk__in=self.model._base_manager.filter(self.ours).values("pk"))
        )

    def rows(self, who: Who) -> QuerySet[Any]:
        """Those that may be about the person. The database is asked roughly, and `parts_of` looks closer."""
        rows, found = who.naming(self.held(), self.texts)
        for tie in self.ties:
            found |= tie.of(who)
        return rows.filter(found).order_by("pk")

    def _joined(self) -> set[str]:
        """The relations on the way to what is shown."""
        paths = {path for tie in self.ties for path in tie.fields} | {self.case, *self.beside.split()} - {""}
        return {*self.joins.split(), *(joined for path in paths if (joined := _relation(self.model, path)))}

    @property
    def case_model(self) -> type[Model]:
        model = self.model
        for name in self.case.split("__") if self.case else []:
            model = model._meta.get_field(name).related_model  # type: ignore[assignment]
        return model

    def belonging_to(self, case: Model, who: Who) -> QuerySet[Any]:
        """The rows of a case, or the case itself, that may be about the person."""
        if case._meta.label == self.label:
            return self.rows(who).filter(pk=case.pk)
        if self.subject:
            return self.rows(who).filter(**{self.subject: subject_of(case)})
        if self.case and self.case_model is type(case):
            return self.rows(who).filter(**{self.case: case})
        return self.model._base_manager.none()

    def case_of(self, row: Model) -> Model:
        return value(row, self.case) if self.case else row


@dataclass(frozen=True)
class Found:
    """One row about the person: as what, and in which parts of its texts they are named."""

    table: Table
    row: Any
    ties: list[Tie]
    named: list[tuple[str, str, Any]]  # field, place in it, what stands there
    by_address: bool

    @property
    def case(self) -> str:
        """As the log names it. A letter, a line in the log and one in the register name theirs themselves."""
        named: str = getattr(self.row, self.table.subject) if self.table.subject else ""
        return named or subject_of(self.table.case_of(self.row))

    @property
    def subjects(self) -> set[str]:
        """The row, and the case that it belongs to."""
        return {subject_of(self.row), self.case}


def find(table: Table, who: Who) -> Iterator[Found]:
    """The rows of one table that are about the person. One question, however many they are."""
    for row in table.rows(who):
        if found := look(table, row, who):
            yield found


def look(table: Table, row: Any, who: Who) -> Found | None:
    ties = [tie for tie in table.ties if tie.is_of(row, who)]
    told = {field for tie in ties for field in tie.fields}
    texts = [field for field in table.texts if field not in told]
    named = [(field, place, part) for field in texts for place, part in who.named_in(readable(row, field) or "")]
    if not ties and not named:
        return None
    by_address = any(who.has_email(value(row, tie.email)) for tie in ties)
    return Found(table, row, ties, named, by_address or any(who.has_email_in(str(part)) for *_, part in named))


def value(row: Any, path: str) -> Any:
    """What the lookup leads to from the row; nothing where the way ends earlier."""
    try:
        return attrgetter(path.replace("__", "."))(row)
    except AttributeError:
        return ""


def readable(row: Any, path: str) -> Any:
    """What may be read of it. A letter with a code for signing in is hidden, also from staff."""
    if path == "body" and getattr(row, "confidential", False):
        return HIDDEN
    found = value(row, path)
    return ", ".join(str(one) for one in found.all()) if isinstance(found, Manager) else found


def _relation(model: type[Model], path: str) -> str:
    """The longest beginning of the path that is relations to one row."""
    joined: list[str] = []
    for name in path.split("__"):
        field = model._meta.get_field(name)
        if not isinstance(field, ForeignKey):
            break
        joined.append(name)
        model = field.related_model
    return "__".join(joined)
