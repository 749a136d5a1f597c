"""Calendars to subscribe to, and single entries.

A program that fetches a calendar does not sign in, and what it has fetched is passed on: an open address holds what is
public and nothing more, whoever asks. The board's own is told by its secret address, for as long as the seat is held.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Event
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.links import keep_private
from botkyrka_civil.lib.outlets import outlet

from .. import calendars, notices
from ..calendars import Entry, Organizer
from ..data.load import texts
from ..models import Body, Conference, Meeting, Seat
from ..models.meetings import MeetingQuerySet
from ..names import HiddenNames

BOARD_CALENDAR = "council:board_calendar"
CHANGES = ["plan", "change", "open_registration", "cancel"]  # what a conference's entry tells
PLATFORM = (Body.Kind.BOARD, Body.Kind.ANNUAL_MEETING, Body.Kind.MEMBER_MEETING)


@dataclass(frozen=True)
class Subscriber:
    """Whoever holds a board member's secret address: sees what the board sees, not what else the person may see."""

    email: str
    is_authenticated = is_active = opens_rooms = True
    is_staff = False


def _meetings(user: Any) -> MeetingQuerySet:
    rows = Meeting.objects.visible_to(user).select_related("body").prefetch_related("notices")
    return rows.order_by("starts_at", "pk")


def _council() -> str:
    body = Body.objects.filter(kind=Body.Kind.COUNCIL).first()
    return body.name if body else "Rådet"


def _platform() -> str:
    return texts().get("name", "Plattformen")


@outlet
def council(request: HttpRequest) -> HttpResponseBase:
    meetings = _meetings(AnonymousUser()).of_kind(Body.Kind.COUNCIL)
    return _feed(request, "radet.ics", _council(), _entries(meetings))


@outlet
def platform(request: HttpRequest) -> HttpResponseBase:
    """The association's public meetings, and the conferences."""
    meetings = _meetings(AnonymousUser()).of_kind(*PLATFORM)
    entries = [*_entries(meetings), *_conferences(AnonymousUser())]
    return _feed(request, "plattformen.ics", _platform(), entries)


@login_not_required
@require_safe
def board(request: HttpRequest, token: str) -> HttpResponseBase:
    """All that the board sees, for one of its members. A seat that has ended, or a changed address, is 404."""
    subscriber = _subscriber(token)
    entries = [*_entries(_meetings(subscriber)), *_conferences(subscriber)]
    return keep_private(_feed(request, "styrelsen.ics", "Plattformens styrelse", entries))


def _subscriber(token: str) -> Subscriber:
    try:
        key = tokens.read(BOARD_CALENDAR, token)
    except tokens.BadLink:
        raise Http404 from None
    seats = Seat.objects.on_board().held_on(timezone.localdate()).select_related("person")
    email = get_object_or_404(seats, calendar_key=key).person.email
    get_object_or_404(User, email=email, is_active=True)  # a closed account is closed here too
    return Subscriber(email)


def _entries(meetings: Iterable[Meeting]) -> list[Entry]:
    """As everyone may read them."""
    names = HiddenNames()
    return [notices.entry(meeting, names) for meeting in meetings]


def _feed(request: HttpRequest, filename: str, name: str, entries: Iterable[Entry]) -> HttpResponseBase:
    organizer = Organizer(name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    return calendars.response(request, calendars.calendar(name, entries, organizer=organizer), filename)


# One at a time -------------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def meeting(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One of the council's meetings, for one's own calendar."""
    found = get_object_or_404(_meetings(request.user).of_kind(Body.Kind.COUNCIL), slug=slug)
    return single(request, found)


@login_not_required
@require_safe
def steering_meeting(request: HttpRequest, body: str, slug: str) -> HttpResponseBase:
    """One of a steering group's."""
    meetings = _meetings(request.user).of_kind(Body.Kind.STEERING_GROUP)
    return single(request, get_object_or_404(meetings, body__slug=body, slug=slug))


def single(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    return _feed(request, f"{meeting.body.slug}-{meeting.slug}.ics", meeting.body.name, _entries([meeting]))


@login_not_required
@require_safe
def conference(request: HttpRequest, year: int) -> HttpResponseBase:
    entries = list(_conferences(request.user, year=year))
    if not entries:
        raise Http404
    return _feed(request, f"dialogkonferens-{year}.ics", _platform(), entries)


# The conference has no notices: its log tells how often it has changed -----------------------------------------------


def _conferences(user: Any, **only: Any) -> Iterator[Entry]:
    conferences = list(Conference.objects.visible_to(user).filter(**only).order_by("starts_at"))
    log = Event.objects.filter(subject__in=[conference.subject for conference in conferences], verb__in=CHANGES)
    rows = log.order_by().values("subject").annotate(changes=Count("pk"), last=Max("at"))
    known = {row["subject"]: (row["changes"], row["last"]) for row in rows}
    for found in conferences:
        changes, last = known.get(found.subject, (0, found.opened_at or found.starts_at))
        yield _conference_entry(found, changes, last)


def _conference_entry(conference: Conference, sequence: int, changed: datetime) -> Entry:
    off = conference.state == Conference.State.CANCELLED
    room = reverse("council:room_conference", args=[conference.year])
    return Entry(
        uid=f"dialogkonferens-{conference.year}@{settings.BASE_URL.partition('://')[2]}",
        sequence=sequence,
        status="CANCELLED" if off else "TENTATIVE" if conference.state == Conference.State.PLANNED else "CONFIRMED",
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        summary=f"{'Inställt: ' if off else ''}{conference}: {conference.theme}",
        location=conference.place,
        description=conference.programme,
        url=settings.BASE_URL + (room if conference.room else conference.get_absolute_url()),
        stamp=changed,
        last_modified=changed,
    )
