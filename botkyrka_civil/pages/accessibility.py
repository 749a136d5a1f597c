"""The accessibility statement: what data/accessibility.toml says, typed, and what stands in the database today.

Lag (2018:1937) om tillgänglighet till digital offentlig service and Digg's föreskrifter (MDFFS 2019:2) say what it
has to tell. Another municipality, or a new assessment, changes the file and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.db.models import Count

from botkyrka_civil.documents.models import Accessible, Document
from botkyrka_civil.lib import source_data
from botkyrka_civil.lib.env import WrongSetting

NAME = "accessibility.toml"
OURS = Path(__file__).parent / "data" / NAME  # for a municipality without one of its own: the program is the same
CONFORMANCE = {"fully": "helt förenlig", "partly": "delvis förenlig", "not": "inte förenlig"}
SHAPE = {
    "conformance": tuple(CONFORMANCE),
    "assessed": date,
    "updated": date,
    "method": str,
    "checks": [str],
    "limits": str,
    "shortcoming": [
        {
            "ground": ("not_compliant", "burden", "outside"),
            "what": str,
            "why": str,
            "requirement": str,
            "remedy": str,
            "by?": date,
        }
    ],
}


@dataclass(frozen=True)
class Shortcoming:
    """Content that not everyone can use: why, what it falls short of, what is done about it and by when."""

    ground: str
    what: str
    why: str
    requirement: str
    remedy: str
    by: date | None = None


@dataclass(frozen=True)
class Statement:
    conformance: str
    assessed: date
    updated: date
    method: str
    checks: list[str]
    limits: str
    shortcomings: list[Shortcoming]

    @property
    def verdict(self) -> str:
        return CONFORMANCE[self.conformance]

    @property
    def not_compliant(self) -> list[Shortcoming]:
        return self._of("not_compliant")

    @property
    def burden(self) -> list[Shortcoming]:
        """Oskäligt betungande anpassning: lagens 12 §."""
        return self._of("burden")

    @property
    def outside(self) -> list[Shortcoming]:
        """What the law does not cover: lagens 9 §."""
        return self._of("outside")

    def _of(self, ground: str) -> list[Shortcoming]:
        return [shortcoming for shortcoming in self.shortcomings if shortcoming.ground == ground]

    def late(self, today: date) -> list[Shortcoming]:
        """What should have been mended by now."""
        return [shortcoming for shortcoming in self.shortcomings if shortcoming.by and shortcoming.by < today]

    def problems(self) -> Iterator[str]:
        """What is said in one place and not in another."""
        if self.conformance == "fully" and self.not_compliant:
            yield "nyckeln conformance är ”fully”, men det finns brister."
        if self.conformance != "fully" and not self.not_compliant + self.burden:
            yield f"nyckeln conformance är ”{self.conformance}”, men filen nämner ingen brist."
        if self.updated < self.assessed:
            yield "nyckeln updated är en dag före assessed."
        if not self.checks:
            yield "nyckeln checks är tom."
        for shortcoming in self.not_compliant:
            if shortcoming.by is None:
                yield f"nyckeln by saknas för bristen ”{shortcoming.what}”."


@cache
def statement() -> Statement:
    """The file, read once. Stops with a sentence when something is missing or does not fit together."""
    facts = source_data.read(NAME, SHAPE, default=OURS)
    found = Statement(shortcomings=[Shortcoming(**row) for row in facts.pop("shortcoming")], **facts)
    for problem in found.problems():
        raise WrongSetting(f"{NAME}: {problem}")
    return found


def is_our_own() -> bool:
    """Whether the municipality tells of its own website, and not only what was known of the program."""
    return source_data.find(NAME) is not None


@dataclass(frozen=True)
class DocumentsToday:
    """How many of the documents that everyone may read can be read with aids."""

    total: int
    unknown: int
    no: int

    @property
    def doubtful(self) -> int:
        return self.unknown + self.no


def documents_today() -> DocumentsToday:
    rows = Document.objects.published().order_by().values_list("current__accessible").annotate(Count("pk"))
    found = dict(rows)
    return DocumentsToday(sum(found.values()), found.get(Accessible.UNKNOWN, 0), found.get(Accessible.NO, 0))
