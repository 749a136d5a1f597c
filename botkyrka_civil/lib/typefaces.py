"""Which characters the PDFs can show: what the fonts in static/pdf/ say of themselves.

ISO 19005-3 6.2.11.8 and ISO 14289-1 7.21.8 forbid the glyph .notdef, the box that a font draws for a character it
lacks. So every text field refuses such a character, in a form (lib.forms) or in a model (lib.apps), and a PDF writes
the code of one that came another way.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError

WHOLE = "SourceSans3-Regular.woff2"  # Latin (Vietnamese included), Greek and Cyrillic
# A letter or mark of a script that is written from right to left, in the blocks that Unicode keeps for them.
_RTL = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
RIGHT_TO_LEFT = re.compile(f"{_RTL}+(?:[ \u00a0'’.-]{_RTL}+)*")


@cache
def folder() -> Path:
    found = finders.find("pdf/pdf.css")
    if not found:
        raise FileNotFoundError("static/pdf/pdf.css is missing")
    return Path(found).resolve().parent


@cache
def families() -> dict[str, Path]:
    """The fonts of world.css in its order: family and file."""
    css = (folder() / "world.css").read_text()
    found = re.findall(r'font-family: "([^"]+)"; src: url\(([^)]+)\)', css)
    return {family: folder() / file for family, file in found}


def missing() -> list[Path]:
    """Font files that should be there and are not."""
    return [path for path in (folder() / "fonts" / WHOLE, *families().values()) if not path.is_file()]


@cache
def plain() -> frozenset[str]:
    """What Source Sans 3 draws, each character by itself: the text of most papers has no other."""
    return frozenset(filter(_has_shape, map(chr, _characters(folder() / "fonts" / WHOLE)))) | {"\n", "\r", "\t"}


def is_plain(text: str) -> bool:
    return plain().issuperset(text)


def undrawable(text: str) -> list[str]:
    """The characters that no font can show where they stand, each once."""
    return [] if is_plain(text) else list(dict.fromkeys(c for c, drawn in _judged(text) if not drawn))


def can_be_shown(value: str) -> None:
    """Arkivlagen (1990:782) 5 §: methods that last. What no paper could show is refused where it is typed."""
    if not (wrong := undrawable(value)):
        return
    shown = [c if c.isprintable() and unicodedata.category(c)[0] != "M" else f"U+{ord(c):04X}" for c in wrong]
    if len(shown) == 1:
        raise ValidationError(f"Tecknet {shown[0]} går inte att visa i en handling. Skriv utan det.", code="undrawable")
    named = f"{', '.join(shown[:9])} med flera" if len(shown) > 10 else f"{', '.join(shown[:-1])} och {shown[-1]}"
    raise ValidationError(f"Tecknen {named} går inte att visa i en handling. Skriv utan dem.", code="undrawable")


def printable(text: str) -> str:
    """The text as a PDF can show it. What no font draws is written as its code: [U+1F600].

    Characters without a shape of their own (controls, marks of writing direction, joiners) are dropped.
    """
    if is_plain(text):
        return text
    return "".join(c if drawn else f"[U+{ord(c):04X}]" for c, drawn in _judged(text))


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Each character that has a shape, and whether a font draws it.

    A combining mark needs a letter before it, in the same font: alone, or on a letter of another script, it would be
    set beside the letter or on a dotted circle.
    """
    font = None  # of the letter before
    for character in text:
        category = unicodedata.category(character)
        if character in "\n\r\t":
            yield character, True
        elif category[0] == "Z":
            yield " " if category != "Zs" or character not in plain() else character, True
        elif category in ("Cc", "Cf"):
            continue
        else:
            drawn_by = _fonts().get(character)
            drawn = drawn_by is not None and (category[0] != "M" or drawn_by == font)
            yield character, drawn
            if category[0] != "M":
                font = drawn_by
            continue
        font = None


@cache
def _fonts() -> dict[str, int]:
    """Each character that is drawn, and which font draws it: the first in the order of the design that has it."""
    found: dict[str, int] = {}
    for number, path in enumerate((folder() / "fonts" / WHOLE, *families().values())):
        for code in _characters(path):
            if _is_assigned(chr(code)):
                found.setdefault(chr(code), number)
    return found


def _characters(path: Path) -> set[int]:
    if not path.is_file():  # `manage.py check` says so
        return set()
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())


def _is_assigned(character: str) -> bool:
    """ISO 19005-3 6.2.11.7.3: characters for private use (Co) have no meaning."""
    return unicodedata.category(character) not in ("Cc", "Cf", "Cn", "Co", "Cs")


def _has_shape(character: str) -> bool:
    return _is_assigned(character) and unicodedata.category(character)[0] != "M"
