"""The yearly report's part on partnerships (IOP): which there were, and what each side puts in as agreed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone

from botkyrka_civil.casework.signing import Outcome
from iop.models import Agreement, Partnership
from iop.models.states import Side

SHOWN = 3  # so many years of contributions side by side


@dataclass(frozen=True)
class Row:
    """One partnership, as its agreement says; it ends as agreed, or as it became."""

    title: str
    url: str
    organisations: tuple[str, ...]
    units: tuple[str, ...]
    first_day: date
    last_day: date

    def is_of(self, year: int) -> bool:
        return self.first_day.year <= year <= self.last_day.year


@dataclass(frozen=True)
class Given:
    """What one side puts in during one year, of what is counted. Premises and other things may have no number."""

    year: int
    side: str
    kronor: int
    hours: int


@dataclass(frozen=True)
class Partnerships:
    rows: tuple[Row, ...]
    began: int
    ended: int
    given: tuple[Given, ...]

    def of_side(self, side: str, what: str) -> dict[int, int]:
        """`what` ("kronor" or "hours") by year."""
        return {one.year: getattr(one, what) for one in self.given if one.side == side}


class _Agreed(NamedTuple):
    row: Row
    contributions: list[dict[str, Any]]


def of(year: int, day: date) -> Partnerships:
    """Those that went on in the year up to `day`, and the contributions of some years before it to compare with."""
    agreed = [one for one in _agreed(day) if one.row.first_day <= day]
    rows = sorted((one.row for one in agreed if one.row.is_of(year)), key=lambda row: (row.first_day, row.title))
    first = min((one.row.first_day.year for one in agreed), default=year + 1)
    return Partnerships(
        rows=tuple(rows),
        began=sum(1 for row in rows if row.first_day.year == year),
        ended=sum(1 for row in rows if row.last_day.year == year and row.last_day <= day),
        given=tuple(given for one in range(max(year - SHOWN + 1, first), year + 1) for given in _given(agreed, one)),
    )


def _agreed(day: date) -> list[_Agreed]:
    """Every public partnership with the terms that had been signed by that day, else the first that were."""
    partnerships = {partnership.pk: partnership for partnership in Partnership.objects.public()}
    found: dict[int, dict[str, Any]] = {}
    signed = Agreement.objects.filter(outcome=Outcome.MET, partnership__in=list(partnerships)).order_by("pk")
    for agreement in signed:
        assert agreement.closed_at
        if agreement.partnership_id not in found or timezone.localtime(agreement.closed_at).date() <= day:
            found[agreement.partnership_id] = agreement.content
    return [_Agreed(_row(partnerships[pk], content), content["contributions"]) for pk, content in found.items()]


def _row(partnership: Partnership, content: dict[str, Any]) -> Row:
    parties = [(party["side"], party["name"]) for party in content["parties"]]
    return Row(
        title=content["title"],
        url=partnership.get_absolute_url(),
        organisations=tuple(name for side, name in parties if side == Side.CIVIL),
        units=tuple(name for side, name in parties if side == Side.MUNICIPALITY),
        first_day=date.fromisoformat(content["first_day"]),
        last_day=partnership.ended_on or date.fromisoformat(content["last_day"]),
    )


def _given(agreed: Sequence[_Agreed], year: int) -> list[Given]:
    """The sums of a year by side, of partnerships that went on in it."""
    kronor: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    going_on = (one for one in agreed if one.row.is_of(year))
    for row in (row for one in going_on for row in one.contributions if row["year"] == year):
        kronor[row["side"]] += row["amount"] or 0
        hours[row["side"]] += row["hours"] or 0
    return [Given(year, side.value, kronor[side.value], hours[side.value]) for side in Side]
