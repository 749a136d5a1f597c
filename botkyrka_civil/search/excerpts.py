"""The words where they stand: marked in a title, and in a few lines of the text around them. All else is escaped."""

import re
import unicodedata
from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .words import Word

LENGTH = 200
BEFORE = 60  # so many characters stand before the first word, for the sake of what it is about
MOST_PLACES = 200


def title(text: str, words: Sequence[Word]) -> SafeString:
    return _marked(_line(text), [word.anywhere for word in words])


def excerpt(text: str, words: Sequence[Word]) -> SafeString:
    """Where the most of the words stand together; the beginning of the text when none of them does."""
    line, patterns = _line(text), [word.beginning for word in words]
    start, end = _cut(line, _best(line, patterns))
    before, after = "… " if start else "", " …" if end < len(line) else ""
    return mark_safe(f"{before}{_marked(line[start:end], patterns)}{after}")  # noqa: S308  escaped, but for <mark>


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _best(line: str, patterns: Sequence[re.Pattern[str]]) -> int:
    found = sorted((match.start(), n) for n, one in enumerate(patterns) for match in one.finditer(line))[:MOST_PLACES]
    reach = LENGTH - BEFORE

    def together(place: tuple[int, int]) -> tuple[int, int]:
        return len({n for at, n in found if place[0] <= at < place[0] + reach}), -place[0]

    return max(found, key=together)[0] if found else 0


def _cut(line: str, place: int) -> tuple[int, int]:
    """Between words, unless there is no space in sight."""
    start = max(place - BEFORE, 0)
    if start:
        start = line.find(" ", start, place) + 1 or place
    end = min(start + LENGTH, len(line))
    if end < len(line):
        space = line.rfind(" ", place + 1, end + 1)
        end = space if space > start else end
    return start, end


def _marked(line: str, patterns: Sequence[re.Pattern[str]]) -> SafeString:
    parts, done = [], 0
    for match in re.finditer("|".join(one.pattern for one in patterns) or r"(?!)", line, re.IGNORECASE):
        parts += [escape(line[done : match.start()]), f"<mark>{escape(match[0])}</mark>"]
        done = match.end()
    return mark_safe("".join([*parts, escape(line[done:])]))  # noqa: S308  every part is escaped
