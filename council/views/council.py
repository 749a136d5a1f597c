"""The council for everyone: what it is, who sits there, and its meetings. It advises and decides nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.lib.text import clean_line, day_of

from ..models import Body, Composition, Meeting, Seat
from ..models.meetings import MeetingQuerySet
from . import meeting_page
from .platform import told

FEW = 3


def _body() -> Body | None:
    return Body.objects.select_related("source").filter(kind=Body.Kind.COUNCIL).first()


def _no_council(request: HttpRequest) -> HttpResponse:
    context = {"title": "Rådet är inte inlagt än", "text": "När kommunen och civilsamhället har ett råd står det här."}
    return render(request, "not_yet.html", context, status=404)


def _of_council(meetings: MeetingQuerySet) -> MeetingQuerySet:
    return meetings.of_kind(Body.Kind.COUNCIL).select_related("body").prefetch_related("notices")


# The council itself --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One side's seats on one day. A seat of the composition that nobody holds is vacant, and shown."""

    label: str
    key: str
    seats: int
    members: list[Seat]
    substitutes: list[Seat]

    @property
    def vacant(self) -> range:
        return range(self.seats - len(self.members))


@login_not_required
@require_safe
def council(request: HttpRequest) -> HttpResponse:
    """What the council is, how the sources say that it is composed, and who sits there today, or on ?datum=."""
    body, today = _body(), timezone.localdate()
    if body is None:
        return _no_council(request)
    asked = clean_line(request.GET.get("datum", "")[:100])
    day = day_of(asked)
    bad_date = bool(asked) and day is None
    visible = _of_council(Meeting.objects.visible_to(request.user))
    coming = _as_said(visible.upcoming())
    context = {
        "body": body,
        "election": told()["election"],
        "compositions": body.compositions.select_related("source"),
        **_seated(body, day or today),
        "years": _years(visible, coming, today.year),
        "upcoming": coming[:FEW],
        "minutes": _of_council(Meeting.objects.with_minutes_for(request.user)).past()[:FEW],
        "asked": asked,
        "day": day,
        "today": today,
        "has_errors": bad_date,
        "bad_date": bad_date,
    }
    return render(request, "council/council/council.html", context, status=400 if bad_date else 200)


def _seated(body: Body, day: date) -> dict[str, Any]:
    composition = body.compositions.in_force(day)
    held = body.seats.held_on(day).for_everyone()
    members, substitutes = list(held.ordinary().in_order()), list(held.substitutes().in_order())
    sides = [_side(side, composition, members, substitutes) for side in (Seat.Side.POLITICS, Seat.Side.CIVIL)]
    return {
        "composition": composition,
        "sides": sides if members or substitutes else [],
        "nobody_known": not (members or substitutes or body.seats.exists()),
    }


def _side(side: Seat.Side, composition: Composition | None, members: list[Seat], substitutes: list[Seat]) -> Side:
    return Side(
        label=side.label,
        key=side.value,
        seats=composition.seats(side) if composition else 0,
        members=[seat for seat in members if seat.side == side],
        substitutes=[seat for seat in substitutes if seat.side == side],
    )


def _years(visible: MeetingQuerySet, coming: list[Meeting], this_year: int) -> list[dict[str, int]]:
    """How many meetings were held each year, the latest first, and how many are still to come."""
    held = Counter(_year(start) for start in visible.held().values_list("starts_at", flat=True))
    planned = Counter(_year(meeting.said.starts_at) for meeting in coming)
    years = sorted({this_year, *held, *planned}, reverse=True)
    return [{"year": year, "held": held[year], "planned": planned[year]} for year in years]


def _year(moment: Any) -> int:
    return timezone.localtime(moment).year


# Its meetings --------------------------------------------------------------------------------------------------------


def _as_said(meetings: Iterable[Meeting]) -> list[Meeting]:
    """In the order that people have been told."""
    return sorted(meetings, key=lambda meeting: meeting.said.starts_at)


@login_not_required
@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """Those to come, and those of one year that have been: the latest, or ?ar=."""
    body = _body()
    if body is None:
        return _no_council(request)
    readable = _of_council(meeting_page.readable(request.user))
    over = readable.over()
    years = [first.year for first in over.dates("starts_at", "year", order="DESC")]
    year = _chosen_year(request.GET.get("ar", ""), years)
    context = {
        "body": body,
        "upcoming": _as_said(readable.coming()),
        "years": years,
        "year": year,
        "past": list(over.in_year(year)) if year else [],
        "with_minutes": _with_minutes(request, year),
    }
    return render(request, "council/council/meetings.html", context)


def _with_minutes(request: HttpRequest, year: int | None) -> set[int]:
    found = Meeting.objects.with_minutes_for(request.user).of_kind(Body.Kind.COUNCIL)
    return set(found.in_year(year).values_list("pk", flat=True)) if year else set()


def _chosen_year(asked: str, years: list[int]) -> int | None:
    if not asked:
        return years[0] if years else None
    if asked not in map(str, years):
        raise Http404
    return int(asked)


@login_not_required
@require_safe
def meeting(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = _of_council(meeting_page.readable(request.user))
    return meeting_page.find(request, found, slug)


@login_not_required
@require_safe
def minutes_pdf(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = _of_council(Meeting.objects.with_minutes_for(request.user))
    return meeting_page.pdf(request, get_object_or_404(found, slug=slug))
