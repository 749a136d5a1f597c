"""A row as facts: each with its name and value for machines, and its label and words for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from ...casework.models import room_of, subject_of
from ...documents.models import File
from .kinds import HANDED_OVER, ONLY, SKIPPED, Tree


@dataclass(frozen=True)
class Fact:
    name: str
    label: str
    value: Any
    shown: str


@dataclass(frozen=True)
class Row:
    """One row: the facts and files that stand in it, and the rows that belong to it, by the name of their relation."""

    row: Any
    facts: list[Fact]
    files: list[tuple[str, File]]
    own: dict[str, list[Row]]

    @property
    def subject(self) -> str:
        return subject_of(self.row)

    @property
    def heading(self) -> str:
        return f"{capfirst(self.row._meta.verbose_name)}: {self.row}"

    @property
    def rows(self) -> Iterator[Row]:
        for rows in self.own.values():
            yield from rows

    def walk(self) -> Iterator[Row]:
        """The row, and all that belong to it."""
        yield self
        for row in self.rows:
            yield from row.walk()

    def content(self) -> dict[str, Any]:
        facts = {fact.name: fact.value for fact in self.facts}
        return {"row": self.subject, **facts, **{name: [r.content() for r in rows] for name, rows in self.own.items()}}


def read(row: Any, own: Tree, parent: Any = None) -> Row:
    """The row with what belongs to it, always in the same order."""
    fields = [f for f in row._meta.concrete_fields if _is_told(row, f.name) and not _points_to(row, f, parent)]
    facts = [_fact(row, field) for field in fields if not (field.name == "content" and is_frozen(row))]
    facts += [_others(row, field) for field in row._meta.many_to_many if _is_told(row, field.name)]
    return Row(
        row=row,
        facts=[fact for fact in facts if fact.shown],
        files=[(f.verbose_name, file) for f in fields if f.related_model is File and (file := getattr(row, f.name))],
        own={name: [read(each, below, row) for each in _belonging(row, name)] for name, below in own.items()},
    )


def is_frozen(row: Any) -> bool:
    """Whether it holds a text that was signed or sent, with its checksum."""
    return bool(getattr(row, "content_sha256", "")) and isinstance(getattr(row, "content", None), dict)


def _is_told(row: Any, name: str) -> bool:
    return name not in SKIPPED and (not room_of(row) or name in HANDED_OVER)


def _points_to(row: Any, field: Any, parent: Any) -> bool:
    return parent is not None and field.related_model is type(parent) and getattr(row, field.attname) == parent.pk


def _belonging(row: Any, relation: str) -> list[Any]:
    found: Any = getattr(row, relation, None)  # one row, or a manager of many
    if not hasattr(found, "all"):
        return [found] if found else []
    meta = found.model._meta
    rows = found.filter(ONLY.get(meta.label_lower, Q())).order_by("pk")
    return list(rows.select_related(*(f.name for f in meta.concrete_fields if f.many_to_one or f.one_to_one)))


def _fact(row: Any, field: Any) -> Fact:
    value = field.value_from_object(row)
    if field.is_relation:
        other = getattr(row, field.name)
        value = other and {"row": subject_of(other), "name": str(other)}
        if isinstance(other, File):
            value |= {"sha256": other.sha256, "size": other.size}
        return Fact(field.name, str(field.verbose_name), value, str(other or ""))
    words = getattr(row, f"get_{field.name}_display", None)
    return Fact(field.name, str(field.verbose_name), value, str(words()) if words and value else _shown(value))


def _others(row: Any, field: Any) -> Fact:
    rows = list(getattr(row, field.name).order_by("pk"))
    value = [{"row": subject_of(other), "name": str(other)} for other in rows]
    return Fact(field.name, str(field.verbose_name), value, ", ".join(map(str, rows)))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, (list, dict)):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True) if value else ""
    return str(value)
