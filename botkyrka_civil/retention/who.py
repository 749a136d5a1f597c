"""Whom a request is about, how they are recognised in a row or a text, and how everybody else is kept out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac

from ..lib import personal_data, swedish

OTHER_NAME = "[en annan person]"
OTHERS = {
    personal_data.EMAIL: "[någon annans e-post]",
    personal_data.PHONE: "[någon annans telefon]",
    personal_data.NUMBER: "[personnummer]",
}


@dataclass(frozen=True)
class Who:
    """One person, by every address and every spelling of the name that they have stated."""

    emails: tuple[str, ...]
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, emails: Iterable[str], names: Iterable[str] = ()) -> Who:
        return cls(
            tuple(sorted({email.strip().lower() for email in emails} - {""})),
            tuple(sorted({" ".join(name.split()) for name in names} - {""})),
        )

    def has_email(self, value: str) -> bool:
        return bool(value) and value.lower() in self.emails

    def has_name(self, value: str) -> bool:
        return swedish.fold(value) in self._folded

    @cached_property
    def _folded(self) -> set[str]:
        return {swedish.fold(name) for name in self.names}

    @cached_property
    def keys(self) -> list[str]:
        """What the log knows the addresses by: whoever has an address can find its lines, and nobody the other way."""
        return [salted_hmac("retention.who", email, algorithm="sha256").hexdigest()[:32] for email in self.emails]

    # In the database -------------------------------------------------------------------------------------------

    @cached_property
    def pattern(self) -> str:
        """A regular expression that SQLite and PostgreSQL read alike, also in JSON, where å may stand as \\u00e5."""
        words = [r"\s+".join(map(_portable, name.split())) for name in self.names]
        return "|".join([*map(_portable, self.emails), *words]) or "(?!)"

    def by(self, email: str, name: str) -> Q:
        """The address is theirs; where a row has none, the name is. A namesake with another address is not them."""
        found = Q(pk__in=[])
        for address in self.emails:
            found |= Q(**{f"{email}__iexact": address})
        if name and self.names:
            words = "|".join(r"\s+".join(map(_portable, own.split())) for own in self.names)
            found |= Q(**{email: "", f"{name}__iregex": rf"^\s*({words})\s*$"})
        return found

    def naming(self, rows: QuerySet[Any], fields: Iterable[str]) -> tuple[QuerySet[Any], Q]:
        """The rows, made ready to be asked, and whether `fields` may name the person: `named_in` looks closer."""
        found = Q(pk__in=[])
        for field in fields:
            rows = rows.annotate(**{f"as_text_{field}": Cast(field, TextField())})
            found |= Q(**{f"as_text_{field}__iregex": self.pattern})
        return rows, found

    # In a text -------------------------------------------------------------------------------------------------

    @cached_property
    def _own(self) -> re.Pattern[str]:
        words = [r"\s+".join(map(re.escape, name.split())) for name in self.names]
        either = "|".join([*map(re.escape, self.emails), *words])
        return re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-]|\.\w)" if either else "(?!)", re.IGNORECASE)

    def is_in(self, text: str) -> bool:
        return bool(self._own.search(text))

    def has_email_in(self, text: str) -> bool:
        return any(email in text.lower() for email in self.emails)

    def named_in(self, value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
        """The smallest parts of a value that name the person, each with its place: a line, or the facts beside a name.

        Of what is frozen and signed the person gets what is theirs, and not what stands there about the others.
        """
        if isinstance(value, str):
            if lines := [line.strip() for line in value.splitlines() if self.is_in(line)]:
                yield path, "\n".join(lines)
        elif isinstance(value, list):
            for n, part in enumerate(value):
                yield from self.named_in(part, f"{path}[{n}]")
        elif isinstance(value, dict):
            plain = {key: part for key, part in value.items() if isinstance(part, (str, int, float, bool))}
            if any(isinstance(part, str) and "\n" not in part and self.is_in(part) for part in plain.values()):
                short = {key: part for key, part in plain.items() if not (isinstance(part, str) and "\n" in part)}
                yield path, short
                value = {key: part for key, part in value.items() if key not in short}
            for key, part in value.items():
                yield from self.named_in(part, f"{path}.{key}" if path else str(key))


def _portable(word: str) -> str:
    """A word as a pattern for the database, each letter beyond ASCII also as JSON may write it."""
    return "".join(
        re.escape(c) if c.isascii() else f"({c.lower()}|{c.upper()}|" + "|".join(_escaped(c)) + ")" for c in word
    )


def _escaped(letter: str) -> list[str]:
    return [rf"\\u{ord(one):04x}" for one in {letter.lower(), letter.upper()} if len(one) == 1]


class Mask:
    """Everybody else's names, addresses and numbers, taken out of what is handed to one person (GDPR art. 15.4).

    Staff who act for the municipality do so in their office and are named.
    """

    def __init__(self, who: Who, names: Iterable[str], *, shown: Iterable[str] = ()) -> None:
        """`names` are everybody's; `shown` are addresses and numbers that are for anybody, such as our own."""
        self.shown = {*who.emails, *(value.lower() for value in shown)}
        own = [f" {swedish.fold(name)} " for name in who.names]
        others = {" ".join(name.split()) for name in names if len(name.strip()) > 2 and not who.has_name(name)}
        self._others = {name.lower() for name in others if not any(f" {swedish.fold(name)} " in o for o in own)}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self(part) for part in value]
        return self._masked(value) if isinstance(value, str) else value

    def _masked(self, text: str) -> str:
        lower = text.lower()
        for known in sorted((name for name in self._others if name in lower), key=len, reverse=True):
            text = _without(known, OTHER_NAME, text)
        for kind, found in personal_data.find(text):
            if found.lower() not in self.shown:
                text = _without(found, OTHERS[kind], text)
        return text


def _without(words: str, instead: str, text: str) -> str:
    return re.sub(rf"(?<![\w.+-]){re.escape(words)}(?![\w-])", instead, text, flags=re.IGNORECASE)
