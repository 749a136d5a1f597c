"""What everyone may see of partnerships: what was signed, what was published, and what that adds up to.

A partnership's row is its working copy, and says what may never be agreed. All that is shown comes from frozen content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.lib import charts, swedish
from botkyrka_civil.lib.text import whole

from .balance import Balance, Sum
from .models import Agreement, FollowUp, Partnership
from .models.states import BINDING, RUNNING, State

EVALUATION = "Slututvärdering"
STANDINGS = {
    State.SIGNED: ("called", "Tecknat"),
    **dict.fromkeys(RUNNING, ("joined", "Pågår")),
    State.ENDED: ("ended", "Avslutat"),
    State.EVALUATED: ("ended", "Avslutat och utvärderat"),
    State.TERMINATED: ("cancelled", "Uppsagt"),
}


@dataclass(frozen=True)
class Shown:
    """One partnership by the agreement that holds, or held last."""

    partnership: Partnership
    content: Mapping[str, Any]

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def url(self) -> str:
        return self.partnership.get_absolute_url()

    @property
    def made_up(self) -> bool:
        return self.partnership.made_up

    @property
    def parties(self) -> list[str]:
        return [party["name"] for party in self.content["parties"]]

    @property
    def period(self) -> str:
        first, last = (date.fromisoformat(str(self.content[name])) for name in ("first_day", "last_day"))
        return f"{_day(first)}–{_day(last)}"

    @property
    def is_ongoing(self) -> bool:
        return self.partnership.state in BINDING

    @property
    def colour(self) -> str:
        return STANDINGS[State(self.partnership.state)][0]

    @property
    def standing(self) -> str:
        """What the case's own steps mean to others: that it is followed up, or negotiated anew, is on its way."""
        return STANDINGS[State(self.partnership.state)][1]

    @property
    def ending(self) -> str:
        """How it came to an end. Why stands in the case: it may name somebody."""
        day = self.partnership.ended_on
        if day is None:
            return ""
        if self.partnership.state != State.TERMINATED:
            return f"Avtalstiden gick ut den {_day(day)}."
        return f"Avtalet är uppsagt och {'upphörde' if day < timezone.localdate() else 'upphör'} den {_day(day)}."

    def has_party(self, slug: str) -> bool:
        return any(party["slug"] == slug for party in self.content["parties"] if party["slug"])

    def builds_on(self, slug: str) -> bool:
        return any(principle["slug"] == slug for principle in self.content["principles"])


def public() -> list[Shown]:
    """All there are: those that hold by name, then the earlier ones, the latest of them first."""
    rows = Partnership.objects.public()
    signed = Agreement.objects.filter(partnership__in=rows, outcome=Outcome.MET).order_by("version")
    contents = dict(signed.values_list("partnership", "content"))
    found = [Shown(row, contents[row.pk]) for row in rows if row.pk in contents]
    return sorted(found, key=_place)


def _place(shown: Shown) -> tuple[Any, ...]:
    ended = shown.partnership.ended_on
    return not shown.is_ongoing, -(ended.toordinal() if ended else 0), swedish.sort_key(shown.title)


def _day(day: date) -> str:
    return date_format(day, "j F Y")


# Contributions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row of the table: what it is, and its numbers."""

    label: str
    note: str
    kronor: str
    hours: str


def lines_of(rows: Iterable[Mapping[str, Any]]) -> list[Line]:
    return [
        Line(f"{row['year']}, {row['kind_label'].lower()}", row["note"], _cell(row["amount"]), _cell(row["hours"]))
        for row in rows
    ]


def contributions(balance: Balance) -> list[tuple[str, list[Line]]]:
    """Party by party what it puts in each year, and last the sum."""
    return [(part.name, [*lines_of(part.rows), total(part.sum, "Summa")]) for part in balance.parties]


def total(found: Sum, label: str = "Alla tillsammans") -> Line:
    return Line(label, "", _cell(found.kronor), _cell(found.hours))


def _cell(number: int | None) -> str:
    return whole(number) if number else "–"


# What was counted ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """Something that the parties count, follow-up after follow-up."""

    chart: charts.Chart
    goal: str
    notes: list[tuple[str, str]]


def measures(follow_ups: Iterable[FollowUp]) -> list[Measure]:
    """Each measure over time, the earliest first. A follow-up that did not count it has no value there."""
    rows = sorted(follow_ups, key=lambda row: (row.last_day, row.kind == FollowUp.Kind.FINAL, row.pk))
    labels = _labels(rows)
    told = [{(one["name"], one["unit"]): one for one in _content(row)["indicators"]} for row in rows]
    names = dict.fromkeys(key for counted in told for key in counted)
    return [_measure(key, labels, [counted.get(key) for counted in told]) for key in names]


def _content(follow_up: FollowUp) -> Mapping[str, Any]:
    assert follow_up.content  # what is published has been approved, and so is frozen
    return follow_up.content


def _labels(rows: list[FollowUp]) -> list[str]:
    """The year of each; the day where a year has several, and the final evaluation by its name."""
    years = [row.last_day.year for row in rows if row.kind != FollowUp.Kind.FINAL]
    return [
        EVALUATION
        if row.kind == FollowUp.Kind.FINAL
        else _day(row.last_day)
        if years.count(row.last_day.year) > 1
        else str(row.last_day.year)
        for row in rows
    ]


def _measure(key: tuple[str, str], labels: list[str], counted: list[Any]) -> Measure:
    name, unit = key
    values = tuple(_number(one["value"]) if one else None for one in counted)
    goals = [one["goal"] for one in counted if one and one["goal"] is not None]
    return Measure(
        chart=charts.lines(name, labels, [charts.Series("", values)], unit),
        goal=f"Målet är {charts.said(_number(goals[-1]), unit)}." if goals else "",
        notes=[(label, one["note"]) for label, one in zip(labels, counted, strict=True) if one and one["note"]],
    )


def _number(value: Any) -> int | float | None:
    """A frozen number is text: "40.00"."""
    if value is None:
        return None
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else float(number)
