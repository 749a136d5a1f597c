"""What an IOP is for and what it takes, as the sources say it and in plain words. Read once, never changed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from agreement.data.load import SOURCES as SOURCE_SHAPE
from botkyrka_civil.lib import source_data


@dataclass(frozen=True)
class Source:
    """Where a text comes from, and how old it is."""

    key: str
    title: str
    as_of: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Quote:
    """Paragraphs that stand word for word in a source."""

    source: str
    quote: tuple[str, ...]

    @property
    def origin(self) -> Source:
        return SOURCES[self.source]


@dataclass(frozen=True)
class Aim:
    """One of the municipality's aims, as stated, and in plain words; `corrected` where the source has a slip."""

    stated: str
    plain: str
    corrected: str = ""


@dataclass(frozen=True)
class Criterion:
    """What a partnership has to meet: a question that each party answers with yes, no or partly.

    A hard one has to be met by both. `text` is word for word, `corrected` what was meant where the source has a slip;
    what our own words render has neither.
    """

    key: str
    name: str
    question: str
    help: str
    source: str
    hard: bool
    text: str = ""
    corrected: str = ""
    note: str = ""

    @property
    def origin(self) -> Source:
        return SOURCES[self.source]


_QUOTE = {"source": str, "quote": [str]}
_CRITERION = {
    "key": source_data.SLUG,
    **dict.fromkeys(("name", "question", "help", "source"), str),
    "hard": bool,
    **dict.fromkeys(("text?", "corrected?", "note?"), str),
}
_SHAPE = {
    **SOURCE_SHAPE,
    **dict.fromkeys(("about?", "aims?"), _QUOTE),
    "aim": [{"stated": str, "plain": str, "corrected?": str}],
    "criterion": [_CRITERION],
}


def _read() -> tuple[dict[str, Source], dict[str, Any]]:
    """The sources of both files, and the rest of iop.toml."""
    rows = source_data.read("sources.toml", SOURCE_SHAPE)["source"] + source_data.read("iop.toml", _SHAPE)["source"]
    sources = {row["key"]: Source(**row) for row in rows}
    return sources, source_data.read("iop.toml", _SHAPE, source=sources)


SOURCES, _DATA = _read()
ABOUT = Quote(_DATA["about"]["source"], tuple(_DATA["about"]["quote"])) if "about" in _DATA else None
AIMS_INTRODUCED = Quote(_DATA["aims"]["source"], tuple(_DATA["aims"]["quote"])) if "aims" in _DATA else None
AIMS = tuple(Aim(**row) for row in _DATA["aim"])
CRITERIA = tuple(Criterion(**row) for row in _DATA["criterion"])
HARD = tuple(criterion.key for criterion in CRITERIA if criterion.hard)
_BY_KEY = {criterion.key: criterion for criterion in CRITERIA}


def criterion(key: str) -> Criterion | None:
    return _BY_KEY.get(key)


def choices() -> list[tuple[str, str]]:
    """The criteria as a model field's choices."""
    return [(criterion.key, criterion.name) for criterion in CRITERIA]
