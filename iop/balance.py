"""What the parties put in: summed, shared out, drawn and told. What has no number is told in words, never given one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botkyrka_civil.lib.charts import Chart, Series, stacked
from botkyrka_civil.lib.text import kronor, whole

from .models import Contribution
from .models.states import Side

Row = Mapping[str, Any]  # as Contribution.content() has it
KINDS = {"money": "pengar", "staff": "arbetstid", "premises": "lokaler", "other": "annat"}
FROM = {Side.CIVIL: "civilsamhället", Side.MUNICIPALITY: "kommunen"}


@dataclass(frozen=True)
class Sum:
    """Kronor and hours, and how many contributions have neither."""

    kronor: int = 0
    hours: int = 0
    in_words: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.kronor + other.kronor, self.hours + other.hours, self.in_words + other.in_words)

    def __bool__(self) -> bool:
        return self != NOTHING

    def __str__(self) -> str:
        """300 000 kr, 200 timmar och en insats utan siffror"""
        uncounted = {0: "", 1: "en insats utan siffror"}.get(self.in_words, f"{self.in_words} insatser utan siffror")
        return listed([*self.numbers, *([uncounted] if uncounted else [])]) or "inget"

    @property
    def numbers(self) -> list[str]:
        hours = f"{whole(self.hours)}\xa0{'timme' if self.hours == 1 else 'timmar'}" if self.hours else ""
        return [told for told in (kronor(self.kronor) if self.kronor else "", hours) if told]


NOTHING = Sum()


def sum_of(rows: Iterable[Row]) -> Sum:
    total = NOTHING
    for row in rows:
        amount, hours = row["amount"] or 0, row["hours"] or 0
        total += Sum(amount, hours, 0 if amount or hours else 1)
    return total


def shares(values: Iterable[int]) -> tuple[int, ...]:
    """Whole percent that add up to 100: what is left over goes to those who lost most by rounding down."""
    numbers = tuple(values)
    total = sum(numbers)
    if not total:
        return (0,) * len(numbers)
    percent = [value * 100 // total for value in numbers]
    by_loss = sorted(range(len(numbers)), key=lambda n: (-(numbers[n] * 100 % total), n))
    for n in by_loss[: 100 - sum(percent)]:
        percent[n] += 1
    return tuple(percent)


@dataclass(frozen=True)
class Part:
    """What one side or one party puts in, and how large a part of the whole that is."""

    name: str
    side: Side
    rows: tuple[Row, ...]
    sum: Sum
    percent_of_kronor: int
    percent_of_hours: int


class Balance:
    """What both sides put in, whatever order it was written in."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(sorted(rows, key=_place))

    @cached_property
    def total(self) -> Sum:
        return sum_of(self.rows)

    @cached_property
    def sides(self) -> list[Part]:
        """Both sides, also one that has put in nothing yet."""
        return self._parts((side.value, str(side.label)) for side in Side)

    @cached_property
    def parties(self) -> list[Part]:
        """Each party that puts something in, its rows by year."""
        return self._parts(dict.fromkeys((row["side"], row["party"]) for row in self.rows), by_party=True)

    def _parts(self, keys: Iterable[tuple[str, str]], *, by_party: bool = False) -> list[Part]:
        named = list(keys)
        rows = [
            tuple(row for row in self.rows if row["side"] == side and (not by_party or row["party"] == name))
            for side, name in named
        ]
        sums = [sum_of(own) for own in rows]
        money, hours = shares(one.kronor for one in sums), shares(one.hours for one in sums)
        return [Part(named[n][1], Side(named[n][0]), rows[n], sums[n], money[n], hours[n]) for n in range(len(named))]

    @cached_property
    def years(self) -> dict[int, Sum]:
        return {year: sum_of(r for r in self.rows if r["year"] == year) for year in sorted(self._values("year"))}

    @cached_property
    def kinds(self) -> dict[str, Sum]:
        there = self._values("kind")
        return {kind: sum_of(r for r in self.rows if r["kind"] == kind) for kind in KINDS if kind in there}

    def _values(self, name: str) -> set[Any]:
        return {row[name] for row in self.rows}

    # As a picture ----------------------------------------------------------------------------------------------

    @cached_property
    def charts(self) -> list[Chart]:
        """The balance between the sides year by year: in kronor and in hours, where there is any."""
        drawn = [("Kronor per år", "kr", "kronor"), ("Timmar per år", "timmar", "hours")]
        return [self._chart(title, unit, what) for title, unit, what in drawn if getattr(self.total, what)]

    def _chart(self, title: str, unit: str, what: str) -> Chart:
        series = [
            Series(part.name, tuple(getattr(self._sum_in(part, year), what) for year in self.years))
            for part in self.sides
        ]
        return stacked(title, self.years, series, unit)

    def _sum_in(self, part: Part, year: int) -> Sum:
        return sum_of(row for row in part.rows if row["year"] == year)

    # In words --------------------------------------------------------------------------------------------------

    @cached_property
    def sentence(self) -> str:
        """Kommunen bidrar med 300 000 kr, 200 timmars arbetstid och lokaler (48 000 kr). …"""
        told = [self._told_of(part) for part in self.sides]
        if all(part.sum.kronor for part in self.sides):
            of = [f"{part.percent_of_kronor} procent från {FROM[part.side]}" for part in self.sides]
            told.append(f"Av kronorna kommer {listed(of)}.")
        return " ".join(told)

    def _told_of(self, part: Part) -> str:
        if not part.rows:
            return f"{part.name} har inte skrivit någon insats än."
        own = Balance(part.rows)
        return f"{part.name} bidrar med {listed([_told_of_kind(kind, found) for kind, found in own.kinds.items()])}."


def of(contributions: Iterable[Contribution | Row]) -> Balance:
    """The balance of contributions as rows of the database (select their parties) or as an agreement keeps them."""
    return Balance(one.content() if isinstance(one, Contribution) else one for one in contributions)


def listed(words: list[str]) -> str:
    """a, b och c"""
    return " och ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _told_of_kind(kind: str, found: Sum) -> str:
    """300 000 kr; 120 timmars arbetstid (60 000 kr); lokaler"""
    first, more = KINDS[kind], found.numbers
    if kind == "money" and found.kronor:
        first, *more = kronor(found.kronor), *found.numbers[1:]
    elif kind == "staff" and found.hours:
        first, more = f"{whole(found.hours)}\xa0{'timmes' if found.hours == 1 else 'timmars'} arbetstid", more[:-1]
    return f"{first} ({listed(more)})" if more else first


def _place(row: Row) -> tuple[Any, ...]:
    """By side, party, year and kind; then by all that is left, so that the order they came in does not show."""
    sides, kinds = [side.value for side in Side], list(KINDS)
    left = row["amount"] or 0, row["hours"] or 0, row["note"]
    return (sides.index(row["side"]), row["party"], row["year"], kinds.index(row["kind"]), *left)
