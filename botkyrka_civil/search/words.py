"""Words as they are searched for: Swedish inflections, hyphens in numbers, and nothing that a database reads as code.

SQLite knows no inflections. So the ending is taken off the word that was typed, and what begins like the rest is found:
föreningar finds förening, and föreningslokal too. PostgreSQL's `swedish` does the same to the text as well. The index
only finds candidates; whether a text has the word is decided here, so both databases give the same answers, but for a
word that was typed half: verksamhe finds verksamhet on SQLite alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from botkyrka_civil.lib import swedish

LONGEST_QUERY = 200  # characters
MOST_WORDS = 8
LONGEST_WORD = 40
SHORTEST_STEM = 3
SAFE_STEM = 4  # from here on a stem stands for whatever begins with it
SHORTEST_PART = 3  # from here on a word may be found within a longer one

# What says nothing about a text: the list of PostgreSQL's configuration `swedish`, which leaves them out of its index.
_SMALL = (
    "och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du henne då sin "
    "nu har inte hans honom skulle hennes där min man ej vid kunde något från ut när efter upp vi dem vara vad över än "
    "dig kan sina här ha mot alla under någon eller allt mycket sedan ju denna själv detta åt utan varit hur ingen "
    "mitt ni bli blev oss din dessa några deras blir mina samma vilken er sådan vår blivit dess inom mellan sådant "
    "varför varje vilka ditt vem vilket sitta sådana vart dina vars vårt våra ert era vilkas"
)
SMALL = frozenset(_SMALL.split())
_NOUNS = "a an ar arna e en ena er erna et na or orna are aren arna"
ENDINGS = tuple(
    sorted({end + s for end in _NOUNS.split() for s in ("", "s")} | {"s"}, key=lambda end: (-len(end), end))
)

_WORD = re.compile(r"[^\W_]+")
# Ten digits in two groups, or twelve with the century of organisations before them.
_ORG_NR = re.compile(r"(?<!\d)(?:16)?(\d{6})[-–]?(\d{4})(?!\d)")


def stem(word: str) -> str:
    """The word without its ending, so that föreningarna and förening, or möten and möte, begin alike.

    >>> stem("föreningarnas"), stem("möten"), stem("iop")
    ('förening', 'möt', 'iop')
    """
    for ending in ENDINGS if word.isalpha() else ():
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def words_of(text: str) -> str:
    """A text as the index keeps it: its words, and numbers of organisations without their hyphen as well."""
    folded = swedish.fold(text)
    words = (word for word in _WORD.findall(folded) if word not in SMALL)
    numbers = ("".join(found) for found in _ORG_NR.findall(folded))
    return " ".join(word[:LONGEST_WORD] for word in (*words, *numbers))


@dataclass(frozen=True)
class Word:
    """A word that somebody looks for: `prefix` is how it may begin, `forms` are other ways to write all of it."""

    typed: str
    prefix: str
    forms: tuple[str, ...] = ()

    @classmethod
    def of(cls, typed: str) -> Word:
        """A short stem would begin too much else (möt, råd), so only its own inflections are meant by it."""
        root = stem(typed)
        if len(root) >= SAFE_STEM or root == typed:
            return cls(typed, root)
        return cls(typed, typed, tuple(root + ending for ending in ("", *ENDINGS)))

    @cached_property
    def beginning(self) -> re.Pattern[str]:
        """Where a text has it: at the beginning of a word."""
        return re.compile(rf"(?<![^\W_])(?:{self._pattern})", re.IGNORECASE)

    @cached_property
    def anywhere(self) -> re.Pattern[str]:
        """Where a name has it: in the middle of a word too, since Swedish puts words together."""
        return re.compile(self._pattern, re.IGNORECASE) if self.may_be_part else self.beginning

    @property
    def may_be_part(self) -> bool:
        return len(self.prefix) >= SHORTEST_PART

    @property
    def _pattern(self) -> str:
        number = _ORG_NR.fullmatch(self.prefix)
        prefix = rf"(?:16)?{number[1]}[-–]?{number[2]}" if number else re.escape(self.prefix)
        whole = "".join(rf"|(?<![^\W_]){re.escape(form)}(?![^\W_])" for form in self.forms)
        return rf"{prefix}[^\W_]*{whole}"


def parse(query: str) -> list[Word]:
    """What is looked for. Everything but letters and digits only separates words, so no query means anything else."""
    joined = _ORG_NR.sub(r" \1\2 ", swedish.fold(query[:LONGEST_QUERY]))
    typed = dict.fromkeys(word[:LONGEST_WORD] for word in _WORD.findall(joined) if word not in SMALL)
    return [Word.of(word) for word in [*typed][:MOST_WORDS]]
