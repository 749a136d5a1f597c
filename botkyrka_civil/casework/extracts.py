"""The register as it is handed out: what everybody may have, and all of it.

Offentlighets- och sekretesslagen 5 kap. 2 §: when it was received or drawn up, its number, from or to whom, and in
short what it is about. For the public the protected ones of the two last are left out.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.utils import timezone

from ..lib import swedish
from ..lib.sheets import csv_lines
from ..lib.text import safe_cell
from .models import RegistryEntry, RegistryQuerySet, said

Columns = dict[str, Callable[[RegistryEntry], str | date]]


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


PUBLIC: Columns = {
    "Diarienummer": lambda entry: entry.number,
    "Nummer i annat system": lambda entry: entry.external_number,
    "Inkom eller upprättades": lambda entry: _day(entry.received_at),
    "Riktning": lambda entry: entry.get_direction_display(),
    "Från eller till": lambda entry: entry.public_counterpart,
    "Vad det gäller": lambda entry: entry.public_matter,
}
FULL: Columns = PUBLIC | {
    "Från eller till": lambda entry: entry.counterpart,
    "Vad det gäller": lambda entry: entry.matter,
    "För allmänheten": lambda entry: entry.get_state_display(),
    "Registrerades": lambda entry: _day(entry.registered_at),
    "Ärende": lambda entry: said(entry.subject),
}


def rows(entries: RegistryQuerySet, columns: Columns) -> Iterator[list[str | date]]:
    for entry in entries.in_order().iterator():
        yield [cell(entry) for cell in columns.values()]


def as_csv(entries: RegistryQuerySet, columns: Columns) -> Iterator[str]:
    told = ([safe_cell(str(cell)) for cell in row] for row in rows(entries, columns))
    return csv_lines(chain([columns], told))


def as_json(entries: RegistryQuerySet, columns: Columns) -> Iterator[str]:
    names = [swedish.slug(heading).replace("-", "_") for heading in columns]
    yield "["
    for n, row in enumerate(rows(entries, columns)):
        entry: dict[str, Any] = dict(zip(names, map(str, row), strict=True))
        yield f"{',' if n else ''}\n{json.dumps(entry, ensure_ascii=False)}"
    yield "\n]\n"
