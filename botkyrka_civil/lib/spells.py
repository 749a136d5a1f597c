"""How long something has held for somebody: from a first day up to, but not including, the day when it ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple


class Spell(NamedTuple):
    who: int
    since: date
    until: date | None = None
    is_dated: bool = True  # else `since` is only the first day that we know of

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Flow:
    """Who came and who went in a year, and how many there were on the last of its days that is asked for."""

    year: int
    began: tuple[int, ...]
    found: tuple[int, ...]  # known of for the first time, and nobody knows since when
    ended: tuple[int, ...]
    held: int


def joined(spells: Iterable[Spell]) -> list[Spell]:
    """Spells of the same one that meet or overlap are one: to confirm something is not to begin anew."""
    found: list[Spell] = []
    for _, own in groupby(sorted(spells, key=lambda s: (s.who, s.since, s.until or date.max)), attrgetter("who")):
        latest, *rest = own
        for spell in rest:
            if latest.until is None or spell.since <= latest.until:
                latest = latest._replace(until=_later(latest.until, spell.until))
            else:
                found.append(latest)
                latest = spell
        found.append(latest)
    return found


def _later(a: date | None, b: date | None) -> date | None:
    return max(a, b) if a and b else None


def flow(spells: Iterable[Spell], year: int, last_day: date) -> Flow:
    """What happened in the year up to and including `last_day`."""
    spells, first_day = list(spells), date(year, 1, 1)
    began = [spell for spell in spells if first_day <= spell.since <= last_day]
    return Flow(
        year=year,
        began=tuple(spell.who for spell in began if spell.is_dated),
        found=tuple(spell.who for spell in began if not spell.is_dated),
        ended=tuple(spell.who for spell in spells if spell.until and first_day <= spell.until <= last_day),
        held=sum(1 for spell in spells if spell.holds_on(last_day)),
    )
