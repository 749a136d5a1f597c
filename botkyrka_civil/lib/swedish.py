"""How Swedish names are sorted, searched and compared, the same in Python, SQLite and PostgreSQL."""

import re
import unicodedata
from functools import lru_cache

from django.conf import settings

# CLDR "sv": å ä ö follow z as letters of their own, æ sorts as ä and ø as ö, V and W are two letters.
_LETTERS = {"å": "{1", "ä": "{2", "æ": "{2", "ö": "{3", "ø": "{3"}
_NOT_LETTERS = re.compile(r"[^\w]+|_")
# The municipality's own name tells its organisations apart no better than "förening".
_SMALL_WORDS = {"i", "för", "och", "förening", "föreningen", "kommun", "ideella", "ideell", "if"}
_SMALL_WORDS |= {word.casefold() for word in settings.MUNICIPALITY["short"].split()}


def _base_letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=20_000)  # SQLite asks for the same names over and over while it sorts
def sort_key(text: str) -> tuple[str, str]:
    lower = unicodedata.normalize("NFC", text).lower()
    return "".join(_LETTERS.get(c) or _base_letters(c) for c in lower), text.swapcase()


def compare(a: str, b: str) -> int:
    first, second = sort_key(a), sort_key(b)
    return (first > second) - (first < second)


def fold(text: str) -> str:
    """For search: case does not matter (Å = å), but å, ä and ö stay letters of their own."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def match_key(name: str) -> str:
    """For finding the same organisation under another spelling: the telling words, in alphabetical order.

    >>> match_key("Hela människan Huddinge Botkyrka Salem") == match_key("Hela Människan Huddinge-Botkyrka-Salem")
    True
    """
    words = [word for word in _NOT_LETTERS.split(fold(name)) if word]
    return " ".join(sorted(set(words) - _SMALL_WORDS) or words)


def alike(a: str, b: str) -> float:
    """How alike two names are, 0 to 1, by the pairs of letters they share (Dice's coefficient).

    The smaller name counts, so that "Hela Människan" is found in "Hela Människan Botkyrka Huddinge". Dots and rings
    do not count: some keyboards lack them.
    """
    pairs_a, pairs_b = _pairs(_base_letters(match_key(a))), _pairs(_base_letters(match_key(b)))
    return len(pairs_a & pairs_b) / max(1, min(len(pairs_a), len(pairs_b)))


def _pairs(key: str) -> set[str]:
    return {word[i : i + 2] for word in key.split() for i in range(max(1, len(word) - 1))}


def slug(name: str) -> str:
    """An address from a name: Väntjänstföreningen i Botkyrka → vantjanstforeningen-i-botkyrka."""
    words = _NOT_LETTERS.split(_base_letters(fold(name)))
    return "-".join(word for word in words if word and word.isascii())[:80] or "namn"
