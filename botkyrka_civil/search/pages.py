"""Pages that are text and no rows: read once from data/pages.toml, and looked through as they are."""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from council.data.load import texts
from iop import facts

from .sources import Hit, Kind, joined
from .words import Word

PAGES = Kind("sidor", "Sidor", "sidor")


def matching(words: Sequence[Word]) -> list[Hit]:
    """Those that have the words in their title first."""
    found = [hit for hit in (*_fixed(), *_reports(timezone.localdate().year)) if hit.has(words)]
    return sorted(found, key=lambda hit: not hit.is_named(words))


@cache
def _fixed() -> tuple[Hit, ...]:
    data = tomllib.loads((Path(__file__).parent / "data/pages.toml").read_text(encoding="utf-8"))
    return tuple(_hit(**page) for page in data["page"])


def _hit(url: str, title: str, text: str, names: Sequence[str] = (), lang: str = "") -> Hit:
    more = MORE[url]() if url in MORE else []
    return Hit(title, url, joined(text, *more, by="\n"), names=tuple(names), lang=lang)


def _platform() -> list[str]:
    """What the municipality has brought of it: maybe nothing."""
    about, why = (texts().get(part, {}) for part in ("about", "why"))
    quotes = [*about.get("quote", []), *why.get("quote", [])]
    return [*quotes, *(short["text"] for short in why.get("short", []))]


def _iop() -> list[str]:
    criteria = (joined(criterion.question, criterion.help, by=" ") for criterion in facts.CRITERIA)
    return [*(facts.ABOUT.quote if facts.ABOUT else ()), *(aim.plain for aim in facts.AIMS), *criteria]


# What more stands on a page, from where the page has it.
MORE: dict[str, Callable[[], list[str]]] = {"/plattformen/": _platform, "/iop/": _iop}


@cache
def _reports(latest: int) -> tuple[Hit, ...]:
    years = range(latest, settings.CONFERENCE_SINCE - 1, -1)
    text = "Så följdes Överenskommelsen under året, i siffror."
    return tuple(Hit(f"Årsrapport {year}", reverse("pages:report", args=[year]), text) for year in years)
