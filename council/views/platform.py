"""Plattformen as everyone may see it: what it is, who is in it, its board on any day, its meetings."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agreement.models import Accession
from botkyrka_civil.lib.text import clean_line, day_of
from organisations.models import ContactPerson, Source

from ..data.load import texts
from ..models import Body, Meeting, Membership, Seat, Term
from ..models.meetings import MeetingQuerySet
from ..names import HiddenNames
from . import meeting_page

PER_PAGE = 20


@login_not_required
@require_safe
def platform(request: HttpRequest) -> HttpResponse:
    """What it is and where it comes from, who is a member, and what is coming up."""
    members = list(Membership.objects.active().by_name())
    ours = Body.objects.platform()
    coming = Meeting.objects.visible_to(request.user).of_kind(Body.Kind.ANNUAL_MEETING, Body.Kind.MEMBER_MEETING)
    held = Meeting.objects.with_minutes_for(request.user).filter(body__in=ours).select_related("body")
    texts, names = told(), HiddenNames()
    context = {
        "texts": texts,
        "sources": {event["source"]: event["origin"] for event in texts["history"] if event["origin"]}.values(),
        "members": members,
        "listed": listed(member.organisation_id for member in members),
        "upcoming": with_facts(coming.upcoming(), names),
        "page": Paginator(held.order_by("-starts_at"), PER_PAGE).get_page(request.GET.get("sida")),
        "contacts": names.contacts(ContactPerson.Topic.PLATFORM),
    }
    return render(request, "council/platform/platform.html", context)


def told() -> dict[str, Any]:
    """The texts, each beside the source that it names."""
    return _with_origin(texts(), Source.objects.in_bulk(field_name="key"))


def _with_origin(value: Any, sources: dict[Any, Source]) -> Any:
    if isinstance(value, list):
        return [_with_origin(part, sources) for part in value]
    if not isinstance(value, dict):
        return value
    found = {key: _with_origin(part, sources) for key, part in value.items()}
    return found | ({"origin": sources.get(found["source"])} if "source" in found else {})


def listed(organisations: Iterable[int | None]) -> set[int]:
    """Those of them that have a page of their own: who stands, or has stood, on the public list."""
    found = Accession.objects.public().filter(organisation__in=[pk for pk in organisations if pk])
    return {pk for pk in found.values_list("organisation", flat=True) if pk}


def with_facts(meetings: QuerySet[Meeting], names: HiddenNames | None = None) -> list[dict[str, Any]]:
    """Each meeting with what was last said of it in a notice; with `names` where everyone reads it."""
    rows = meetings.select_related("body").prefetch_related("notices")
    hide = names.within() if names else None
    return [
        {"meeting": row, "said": hide(facts) if hide else facts} for row in rows for facts in [meeting_page.facts(row)]
    ]


@login_not_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Who sat on the board today, or on ?datum=. Names and offices, never an address or a number."""
    today = timezone.localdate()
    asked = clean_line(request.GET.get("datum", "")[:100])
    day = day_of(asked)
    bad_date = bool(asked) and day is None
    held = Seat.objects.on_board().held_on(day or today).in_order()
    seats = list(held.for_everyone().select_related("source"))
    context = {
        "seats": [seat for seat in seats if seat.decides],
        "others": [seat for seat in seats if not seat.decides],
        "listed": listed(seat.organisation_id for seat in seats),
        "sources": list({seat.source_id: seat.source for seat in seats if seat.source}.values()),
        "terms": Term.objects.filter(body__kind=Body.Kind.BOARD).select_related("source"),
        "asked": asked,
        "day": day,
        "today": today,
        "bad_date": bad_date,
        "has_errors": bad_date,
        "future": bool(day and day > today),
    }
    return render(request, "council/platform/board.html", context, status=400 if bad_date else 200)


@login_not_required
@require_safe
def meeting(request: HttpRequest, body: str, slug: str) -> HttpResponse:
    return meeting_page.find(request, _meetings(request, body), slug)


@login_not_required
@require_safe
def meeting_pdf(request: HttpRequest, body: str, slug: str) -> HttpResponseBase:
    return meeting_page.pdf(request, get_object_or_404(_meetings(request, body), slug=slug))


def _meetings(request: HttpRequest, body: str) -> MeetingQuerySet:
    """The association's own: the other bodies' meetings have addresses of theirs."""
    meetings = meeting_page.readable(request.user).filter(body__in=Body.objects.platform()).select_related("body")
    return meetings.filter(body__slug=body)
