"""The board's room: what waits, who has taken what, and one's own calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused
from botkyrka_civil.documents.models import Document, Owner
from botkyrka_civil.lib import tokens

from ..access import board_page, deciding_page
from ..models import Meeting, Membership, Nomination, Seat, SignOff, SignOffRound
from ..models.bodies import PLATFORM
from .room_pages import our_meetings

CALENDAR_LINK = "council:board_calendar"
SHORTLY = timedelta(days=60)
PER_PAGE = 50
# How the log names that somebody took something out of the room.
TAKEN = ("download", "export")


@dataclass(frozen=True)
class MeetingTask:
    """A meeting that waits for somebody: what to do, and whether it is late."""

    meeting: Meeting
    what: str
    late: str


def _tasks() -> Iterator[MeetingTask]:
    state = Meeting.State
    waits: dict[str, str] = {state.HELD: "Skriv protokollet", state.DRAWN_UP: "Protokollet väntar på justering"}
    for meeting in our_meetings().unfinished():
        missing_presence = "Anteckna närvaron" if meeting.state == state.CALLED and meeting.has_been else ""
        what, late = waits.get(meeting.state, missing_presence), meeting.overdue
        if what or late:
            yield MeetingTask(meeting, what or "Kalla till mötet", late)


@board_page
@require_safe
def index(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What waits for the board, what comes, and what is new."""
    papers = Document.objects.visible_to(request.user).filter(owner=Owner.PLATFORM)
    context = {
        "seat": seat,
        "ends_shortly": _ends_shortly(seat),
        "applications": Membership.objects.to_decide().select_related("organisation"),
        "flagged": Membership.objects.flagged().count(),
        "proposed": Nomination.objects.to_nominate().count(),
        "tasks": list(_tasks()),
        "to_sign": _to_sign(seat),
        "lost_letters": Letter.objects.failed().filter(room=PLATFORM),
        "upcoming": our_meetings().upcoming()[:5],
        "minutes": our_meetings().signed_off().select_related("minutes__pdf")[:5],
        "documents": papers.latest_first()[:5],
    }
    return render(request, "council/room/index.html", context)


def _to_sign(seat: Seat) -> QuerySet[SignOff]:
    """Minutes that wait for this very person. The link itself stands only in the letter."""
    mine = SignOff.objects.waiting().filter(email=seat.person.email, round__outcome=SignOffRound.Outcome.OPEN)
    return mine.select_related("round__minutes__meeting__body")


def _ends_shortly(seat: Seat) -> bool:
    """Somebody must register the next board while somebody still can."""
    return bool(seat.last_day and seat.last_day <= timezone.localdate() + SHORTLY)


@board_page
@require_safe
def downloads(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who has taken what out of the room. Only the room itself sees it."""
    events = Event.objects.filter(room=PLATFORM, verb__in=TAKEN).order_by("-pk")
    page = Paginator(events, PER_PAGE).get_page(request.GET.get("sida"))
    return render(request, "council/room/downloads.html", {"seat": seat, "page": page})


@deciding_page
@require_POST
def resend(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """A letter that did not arrive goes into the queue again."""
    letter = get_object_or_404(Letter, pk=pk, room=PLATFORM)
    try:
        letters.resend(letter, by=Actor.of(request.user))
        messages.success(request, f"Brevet till {letter.to} ligger i kön igen.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("council:room")


@board_page
def calendar(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One's own secret address; a new one closes the old."""
    if request.method == "POST":
        seat.renew_calendar(by=Actor.of(request.user))
        messages.success(request, "Du har fått en ny adress. Den gamla fungerar inte längre.")
        return redirect("council:room_calendar")
    token = tokens.make(CALENDAR_LINK, seat.calendar_key)
    address = settings.BASE_URL + reverse(CALENDAR_LINK, args=[token])
    return render(request, "council/room/calendar.html", {"seat": seat, "address": address})
