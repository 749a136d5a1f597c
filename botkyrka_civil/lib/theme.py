"""The municipality's colours and mark: ours in static/, or another's in the folder static/ of its source data.

theme.css   its colours, `:root { --deep: #123f45; … }`: any of those in COLOURS, and nothing else
logo.svg    instead of our mark; favicon.svg and icon-180.png instead of ours

Lag (2018:1937) asks for WCAG 2.1 AA, so colours that cannot be told apart (1.4.3, 1.4.11) stop the start.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

# What may be changed, with our own values: those of css/site.css, css/admin.css and pdf/pdf.css.
COLOURS = {
    "deep": "#123f45",  # headers and buttons
    "deeper": "#0b2f34",  # headings, the footer, the ring of focus
    "link": "#0c5a63",
    "accent": "#f2a33a",  # what asks to be pressed
    "accent-dark": "#9a5b00",  # the same as text
    "paper": "#fbf8f2",  # the ground
    "sand": "#f3ede1",
    "mist": "#e6efee",
    "warm": "#fdf1dc",
    "line": "#ddd3c1",
}
FIXED = {"white": "#ffffff", "ink": "#1d2b2d", "muted": "#52605f", "on-deep": "#e8f0ef"}
# What stands on what, and how much they have to differ: text 4.5, what is only seen 3.
TEXT, SHAPE = 4.5, 3.0
PAIRS = (
    *((colour, ground, TEXT) for colour in ("ink", "muted", "deeper", "link") for ground in ("white", "paper", "sand")),
    *((colour, ground, TEXT) for colour in ("ink", "deeper", "link") for ground in ("mist", "warm")),
    *((colour, ground, TEXT) for colour in ("deep", "accent-dark") for ground in ("white", "paper")),
    *((colour, ground, TEXT) for colour in ("white", "on-deep") for ground in ("deep", "deeper")),
    ("deeper", "accent", TEXT),
    ("accent", "deep", SHAPE),
    ("accent", "deeper", SHAPE),
)

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SHEET = re.compile(r"\s*:root\s*\{(?P<rules>[^{}]*)\}\s*")
_RULE = re.compile(r"--(?P<name>[a-z-]+)\s*:\s*(?P<value>#[0-9a-fA-F]{6})")


class WrongTheme(ValueError):
    """The file is not what it should be. The message says why, in Swedish."""


def own(name: str) -> Path | None:
    """A file that the municipality has brought."""
    return settings.BRAND / name if settings.BRAND and (settings.BRAND / name).is_file() else None


@cache
def address(name: str) -> str:
    """Where browsers find it. The address changes with the content, so nobody sees yesterday's."""
    path = own(name)
    return f"/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}" if path else ""


@cache
def colours() -> dict[str, str]:
    """Every colour that may be changed, as it is here."""
    path = own("theme.css")
    return COLOURS | (_read(path.read_text(encoding="utf-8")) if path else {})


def _read(sheet: str) -> dict[str, str]:
    found = _SHEET.fullmatch(_COMMENT.sub("", sheet))
    if not found:
        raise WrongTheme("theme.css ska bara innehålla :root { … } med färger, till exempel --deep: #123f45;")
    rules = [rule.strip() for rule in found["rules"].split(";") if rule.strip()]
    read = {}
    for rule in rules:
        match = _RULE.fullmatch(rule)
        if not match or match["name"] not in COLOURS:
            raise WrongTheme(f"theme.css: ”{rule}” ska vara någon av --{', --'.join(COLOURS)}, med sex tecken efter #.")
        read[match["name"]] = match["value"].lower()
    return read


def problems() -> Iterator[str]:
    """What keeps people from reading the pages in these colours, in sentences."""
    try:
        found = colours() | FIXED
    except (WrongTheme, OSError, UnicodeDecodeError) as error:
        yield str(error)
        return
    for text, ground, least in PAIRS:
        if (ratio := contrast(found[text], found[ground])) < least:
            seen = f"{ratio:.1f}".replace(".", ",")
            asked = f"{least:.1f}".replace(".", ",")
            yield (
                f"theme.css: {text} ({found[text]}) mot {ground} ({found[ground]}) har kontrasten {seen}:1. "
                f"Den ska vara minst {asked}:1."
            )


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, contrast ratio: from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
