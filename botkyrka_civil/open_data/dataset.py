"""What a data set is: a name, columns that say what stands in them, and rows that everyone may see.

The same description, data/datasets.toml, writes the CSV, the JSON, the data dictionary and the entry in the catalogue.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any

from django.conf import settings
from django.utils import timezone

from botkyrka_civil.lib.sheets import csv_lines
from botkyrka_civil.lib.text import safe_cell

LICENCE = "http://creativecommons.org/publicdomain/zero/1.0/"
LICENCE_NOTE = (
    "Licensen gäller uppgifterna, inte människorna i dem. Den som använder namn på människor "
    "ansvarar själv för att följa dataskyddsförordningen."
)
CSV, JSON = "text/csv", "application/json"
URL = "webbadress"

dumps = partial(json.dumps, ensure_ascii=False)

type Value = str | int | bool | None


@dataclass(frozen=True)
class Column:
    """One column: what it means, what type it is of, and where on the row the value stands."""

    key: str
    means: str
    type: str
    example: str
    get: Callable[[Any], Any]

    def value(self, row: Any) -> Value:
        value = plain(self.get(row))
        return f"{settings.BASE_URL}{value}" if self.type == URL and str(value).startswith("/") else value


@dataclass(frozen=True)
class Dataset:
    name: str
    title: str
    description: str
    keywords: list[str]
    theme: str
    updated: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Any]]
    since: Callable[[], date | None]

    @property
    def files(self) -> dict[str, str]:
        """Where each kind of file is."""
        return {CSV: f"/oppna-data/{self.name}.csv", JSON: f"/oppna-data/{self.name}.json"}

    @property
    def page(self) -> str:
        return f"/oppna-data/#{self.name}"

    def values(self) -> Iterator[dict[str, Value]]:
        for row in self.rows():
            yield {column.key: column.value(row) for column in self.columns}

    def csv(self) -> Iterator[str]:
        heading = [column.key for column in self.columns]
        return csv_lines(chain([heading], (map(cell, row.values()) for row in self.values())))

    def json(self) -> Iterator[str]:
        """An object whose last member is the list of rows, written one row at a time."""
        head = {
            "dataset": self.name,
            "title": self.title,
            "licence": LICENCE,
            "licence_note": LICENCE_NOTE,
            "documentation": f"{settings.BASE_URL}{self.page}",
            "columns": [column.key for column in self.columns],
        }
        yield f'{dumps(head)[:-1]},\n"rows": ['
        for n, row in enumerate(self.values()):
            yield f"{',' if n else ''}\n{dumps(row)}"
        yield "\n]}\n"


def at(path: str) -> Callable[[Any], Any]:
    """What stands at the end of a path such as "organisation.name"; nothing where a step on the way is missing."""
    steps = path.split(".")

    def get(row: Any) -> Any:
        for step in steps:
            if row is None:
                return None
            row = row[step] if isinstance(row, Mapping) else getattr(row, step)
        return row() if callable(row) else row

    return get


def plain(value: Any) -> Value:
    """As it stands in JSON: nothing is null, days are ISO 8601, and times say how far from UTC they are."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (bool, int)) else str(value)


def cell(value: Value) -> str:
    """As it stands in CSV. An apostrophe goes before what a spreadsheet would run, and can be taken away again."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value).lower()
    bare = value.lstrip("'")
    return f"'{value}" if safe_cell(bare) != bare else value
