"""What paper a final file is, and whether it still holds: told to whoever has the file, or the code on it.

The papers are known further up in the house, so each app registers what it can tell, from its AppConfig.ready:

    @papers.known_by_checksum
    def by_checksum(sha256) -> Iterable[Paper]: ...

A teller knows final papers alone, never what was handed in: nobody shall find out here what the municipality holds. It
names no person, and of a paper that not everyone may read no more than what it is, its number and its date.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Paper:
    """`level` is the colour of its standing: success while it holds, warning when it does not, info before it does."""

    kind: str
    standing: str
    level: str
    facts: list[Fact]
    file_sha256: str
    content_sha256: str = ""
    content_note: str = ""  # what the checksum of the content is to be compared with


type Teller = Callable[[str], Iterable[Paper]]

_by_checksum: list[Teller] = []
_by_code: list[Teller] = []


def known_by_checksum(teller: Teller) -> Teller:
    _by_checksum.append(teller)
    return teller


def known_by_code(teller: Teller) -> Teller:
    """Of the code on the paper, as plain_code() writes it."""
    _by_code.append(teller)
    return teller


def with_checksum(sha256: str) -> list[Paper]:
    return [paper for teller in _by_checksum for paper in teller(sha256)]


def with_code(code: str) -> list[Paper]:
    return [paper for teller in _by_code for paper in teller(code)]


def plain_code(typed: str) -> str:
    """The code as it stands on the paper, however it is typed."""
    plain = "".join(c for c in typed.upper() if c.isalnum() and c.isascii())[:12]
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def facts(**rows: str | date | None) -> list[Fact]:
    """A row each of what there is, days as people write them. Underscores are spaces."""
    return [Fact(label.replace("_", " "), _shown(value)) for label, value in rows.items() if value]


def _shown(value: str | date) -> str:
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return date_format(value, "j F Y") if isinstance(value, date) else value
