"""Everything about one person, to be handed to them (register extract, GDPR art. 15): what is found, how it is told.

The log says who made it and when, and knows the person by a keyed checksum of the address only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from organisations.models import ContactPerson

from ..accounts.models import User
from ..casework.models import Actor, Event, Refused, record, said
from ..documents.models import File
from ..lib import swedish
from .tables import TABLES
from .ties import Found, Table, Tie, find, readable, value
from .who import Mask, Who


@dataclass(frozen=True)
class Fact:
    """One thing that a row says: which field, what it is called, the value for a program and for a reader."""

    field: str
    label: str
    value: Any
    text: str


class Extract:
    """What the portal holds about `who`, read once."""

    def __init__(self, who: Who) -> None:
        self.who, self.made_at = who, timezone.now()
        self.found = [row for table in TABLES for row in find(table, who)]

    @property
    def by_table(self) -> list[tuple[Table, list[Found]]]:
        return [(table, rows) for table in TABLES if (rows := [row for row in self.found if row.table is table])]

    @property
    def is_empty(self) -> bool:
        return not self.found

    @cached_property
    def names_beside(self) -> list[str]:
        """Names that stand beside the addresses, and that nobody has asked for yet."""
        names = (str(value(f.row, tie.name)) for f in self.found for tie in f.ties if tie.name)
        return sorted({" ".join(name.split()) for name in names if name and not self.who.has_name(name)})

    @cached_property
    def files(self) -> dict[int, tuple[str, File]]:
        """The files that are the person's, each once: its name in the extract, which tells nothing of anybody."""
        files: dict[int, tuple[str, File]] = {}
        for found in self.found:
            for file in files_of(found):
                kind = str(found.table.model._meta.verbose_name).replace(" ", "-")
                files.setdefault(file.pk, (f"filer/{len(files) + 1:02d}-{kind}{file.extension}", file))
        return files

    @cached_property
    def sessions(self) -> list[datetime]:
        """Until when the person is signed in, and where that many times. What stands in a session is a key."""
        keys = {str(f.row.pk) for f in self.found if isinstance(f.row, User) and f.ties}
        if not keys:
            return []
        open_ = Session.objects.filter(expire_date__gt=timezone.now()).order_by("expire_date")
        return [session.expire_date for session in open_ if session.get_decoded().get("_auth_user_id") in keys]

    @cached_property
    def mask(self) -> Mask:
        names, emails = everybody_else()
        staff = User.objects.filter(is_staff=True).values_list("email", flat=True)
        contacts = [said for contact in ContactPerson.objects.values_list("email", "phone") for said in contact if said]
        municipality = [str(said) for said in settings.MUNICIPALITY.values() if said]
        return Mask(self.who, names, shown={*staff, *contacts, *municipality} - emails)

    # Each row ----------------------------------------------------------------------------------------------------

    def facts(self, found: Found) -> Iterator[Fact]:
        """What the row says of the person. Fields that are the person's own stand as they are, all else is masked."""
        told: set[str] = set()
        for tie in found.ties:
            # what says the same as the person's own fields is as much theirs: the name that they signed with
            mine = {swedish.fold(str(value(found.row, path))) for path in tie.own.values()} - {""}
            for path in tie.fields:
                if path not in told:
                    yield self._fact(found, path, own=swedish.fold(str(value(found.row, path))) in mine)
                told.add(path)
        for path in found.table.beside.split():
            if path not in told:
                yield self._fact(found, path, own=False)

    def _fact(self, found: Found, path: str, *, own: bool) -> Fact:
        field, raw = _field(found.table.model, path), readable(found.row, path)
        if isinstance(raw, models.Model):
            raw = str(raw)
        text = said(raw) if path == found.table.subject else _as_text(found.row, path, field, raw)
        if not own:
            raw, text = self.mask(raw), self.mask(text)
        return Fact(path, capfirst(str(field.verbose_name)), raw, text)

    def named(self, found: Found) -> Iterator[Fact]:
        """The parts of the row's texts that name the person."""
        for path, place, part in found.named:
            label, masked = capfirst(str(_field(found.table.model, path).verbose_name)), self.mask(part)
            lines = masked if isinstance(masked, str) else "\n".join(str(said) for said in masked.values() if said)
            yield Fact(f"{path}.{place}".rstrip("."), label, masked, lines)


# Staff and contacts act for the municipality and stand there with their names; unless they are elsewhere as themselves.
IN_OFFICE = {"accounts.User": {"is_staff": True}, "organisations.ContactPerson": {}}


def everybody_else() -> tuple[set[str], set[str]]:
    """The names and addresses of all who stand somewhere as themselves, and not in an office of the municipality's."""
    names: set[str] = set()
    emails: set[str] = set()
    for table, tie in _pairs():
        rows = table.model._base_manager.order_by()
        if table.label in IN_OFFICE:
            rows = rows.exclude(**IN_OFFICE[table.label]) if IN_OFFICE[table.label] else rows.none()
        for name, email in rows.values_list(tie.name, tie.email).distinct():
            names.add(name)
            emails.add(email.lower())
    return names - {""}, emails - {""}


def _pairs() -> Iterator[tuple[Table, Tie]]:
    """The ties with a name and an address in the row itself."""
    return ((table, tie) for table in TABLES for tie in table.ties if tie.name and "__" not in tie.name)


def namesakes(who: Who) -> int:
    """Rows with the same name and another address: perhaps somebody else, perhaps an address that was not stated."""
    return sum(1 for table, tie in _pairs() if who.names for row in _alike(table, tie, who))


def _alike(table: Table, tie: Tie, who: Who) -> Iterator[Any]:
    rows = table.held().filter(**{f"{tie.name}__iregex": who.pattern}).exclude(**{tie.email: ""})
    for row in rows:
        if who.has_name(value(row, tie.name)) and not who.has_email(value(row, tie.email)):
            yield row


def files_of(found: Found) -> list[File]:
    return [file for tie in found.ties if tie.file and (file := tie.file(found.row))]


def earlier(who: Who) -> Iterable[Event]:
    """When an extract about the same address was made before, and by whom."""
    made = Event.objects.filter(verb="extract").order_by("-pk")
    return [event for event in made if set(event.data.get("person", [])) & set(who.keys)]


def hand_out(extract: Extract, *, by: Actor) -> Event:
    """The extract leaves the house: by whom, when and how much, but not about whom in words."""
    if by.user is None:
        raise Refused("Bara en handläggare kan göra det här.")
    rows = Counter(found.table.label for found in extract.found)
    return record(
        by.user, "extract", by=by, label="Ett registerutdrag lämnades ut", person=extract.who.keys, rows=dict(rows)
    )


# How a value is told ---------------------------------------------------------------------------------------------


def _field(model: type[models.Model], path: str) -> Any:
    *way, last = path.split("__")
    for name in way:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model._meta.get_field(last)


def _as_text(row: Any, path: str, field: Any, raw: Any) -> str:
    if raw is None or raw == "":
        return ""
    if isinstance(raw, bool):
        return "Ja" if raw else "Nej"
    if isinstance(raw, datetime):
        return date_format(timezone.localtime(raw), "j F Y, H.i")
    if isinstance(raw, date):
        return date_format(raw, "j F Y")
    if field.choices and "__" not in path:
        return str(getattr(row, f"get_{path}_display")())
    return str(raw)
