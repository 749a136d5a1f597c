"""What meetings, conferences and Plattformen have to do with a principle or an organisation, as everyone may read it.

Registered in apps.py. What is the board's own never stands on a thread, whoever reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreement.models import Principle
from agreement.threads import Entry, Strand
from botkyrka_civil.lib.text import clean_line
from organisations.models import Organisation

from .models import Body, Conference, Meeting, Membership, Notice, Proposal, Seat, SignOffRound
from .names import HiddenNames

LONGEST_TITLE = 120


# From a principle ----------------------------------------------------------------------------------------------------


def from_principle(principle: Principle, user: Any) -> Iterator[Strand]:
    """What the council and the steering groups have taken up, and what somebody proposed at a conference."""
    yield Strand("På Rådets och styrgruppernas möten", _at_meetings(principle, user))
    yield Strand("Förslag från dialogkonferenserna", _at_conferences(principle))


def _at_meetings(principle: Principle, user: Any) -> list[Entry]:
    """Points of the agenda as they were last told: in the signed minutes, or, before them, in the latest notice."""
    return [
        _of_item(told, item)
        for told in _told(user)
        for item in told.items
        if item["principle"] and item["principle"]["slug"] == principle.slug
    ]


@dataclass(frozen=True)
class _Told:
    """A meeting with what was last told of it: its day, and the points of its agenda."""

    meeting: Meeting
    has_minutes: bool
    starts_at: str
    items: list[dict[str, Any]]


def _told(user: Any) -> list[_Told]:
    """The municipality's bodies' meetings as `user` may read of them, the latest first. The rows may say otherwise."""
    ours = Meeting.objects.filter(body__in=Body.objects.ours()).exclude(state=Meeting.State.CANCELLED)
    signed, sent = _signed(ours.with_minutes_for(user)), _sent(ours.visible_to(user))
    names = HiddenNames()
    found = []
    for meeting in ours.filter(pk__in=[*signed, *sent]).select_related("body"):
        has_minutes = meeting.pk in signed
        content = signed[meeting.pk] if has_minutes else sent[meeting.pk]
        starts_at = content["meeting"]["starts_at"] if has_minutes else content["starts_at"]
        items = names.within(content)(content["items"])
        found.append(_Told(meeting, has_minutes, starts_at, items))
    return sorted(found, key=lambda told: told.starts_at, reverse=True)


def _signed(meetings: Any) -> dict[int, dict[str, Any]]:
    rounds = SignOffRound.objects.filter(outcome=SignOffRound.Outcome.MET, minutes__meeting__in=meetings)
    return dict(rounds.order_by("pk").values_list("minutes__meeting", "content"))


def _sent(meetings: Any) -> dict[int, dict[str, Any]]:
    notices = Notice.objects.filter(meeting__in=meetings).order_by("version")
    return dict(notices.values_list("meeting", "content"))


def _of_item(told: _Told, item: dict[str, Any]) -> Entry:
    meeting, day = told.meeting, datetime.fromisoformat(told.starts_at)
    what = "protokollet finns" if told.has_minutes else "på dagordningen"
    note = f"{meeting.body.name} {date_format(day, 'j F Y')}, {what}"
    return Entry(item["title"], meeting.get_absolute_url(), _marked(note, meeting.made_up))


def _at_conferences(principle: Principle) -> list[Entry]:
    """Proposals show once the conference's documentation has been published."""
    documented = Conference.objects.published().filter(state=Conference.State.DOCUMENTED)
    found = Proposal.objects.filter(conference__in=documented, principle__slug=principle.slug)
    rows = found.select_related("conference").order_by("-conference__year", "pk")
    return [_of_proposal(proposal) for proposal in rows]


def _of_proposal(proposal: Proposal) -> Entry:
    text = clean_line(proposal.text)
    title = text if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE].rsplit(' ', 1)[0]} …"
    conference = proposal.conference
    return Entry(title, conference.get_absolute_url(), _marked(str(conference), conference.made_up))


# From an organisation ------------------------------------------------------------------------------------------------


def from_organisation(organisation: Organisation, user: Any) -> Iterator[Strand]:
    """Its membership, and those who sit, or have sat, on the board or in the council for it."""
    yield Strand("Plattformen", _membership(organisation))
    yield Strand("Uppdrag", _seats(organisation))


def _membership(organisation: Organisation) -> list[Entry]:
    """Today's, as Plattformen's own list shows it: neither since when nor what has been."""
    members, url = Membership.objects.active().filter(organisation=organisation), reverse("council:platform")
    return [Entry("Medlem i Plattformen", url, _marked("", member.made_up)) for member in members]


def _seats(organisation: Organisation) -> list[Entry]:
    """What the pages of the board and the council show of any day, those of today first."""
    today = timezone.localdate()
    seats = Seat.objects.filter(body__kind__in=PAGES, organisation=organisation, first_day__lte=today)
    gone_last = Case(When(last_day__lt=today, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = seats.for_everyone().order_by(gone_last, "-first_day", "pk")
    return [_of_seat(seat) for seat in rows]


PAGES = {Body.Kind.BOARD: "council:board", Body.Kind.COUNCIL: "council:council"}


def _of_seat(seat: Seat) -> Entry:
    over = bool(seat.last_day and seat.last_day < timezone.localdate())
    url = reverse(PAGES[Body.Kind(seat.body.kind)], query={"datum": str(seat.first_day)} if over else None)
    role = "" if seat.role == Seat.Role.NOT_STATED else f"{seat.get_role_display().lower()} i "
    note = f"{role}{seat.body.name}{_time_of(seat, over)}"
    return Entry(seat.public_label, url, _marked(note[:1].upper() + note[1:], seat.made_up))


def _time_of(seat: Seat, over: bool) -> str:
    """When it was, as precisely as it is known."""
    if seat.term and seat.term.year_only:
        return f", {seat.term.label}"
    return f", till och med {date_format(seat.last_day, 'j F Y')}" if over and seat.last_day else ""


def _marked(note: str, made_up: bool) -> str:
    return " · ".join(part for part in (note, "påhittat för demoläget" if made_up else "") if part)
