"""The meetings that everyone may know of, each as it was last told: by its notice, or by its signed minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch
from django.utils import timezone

from botkyrka_civil.casework.models import Event
from botkyrka_civil.casework.signing import Outcome

from .models import Meeting, SignOffRound
from .models.meetings import MeetingQuerySet
from .names import HiddenNames
from .views import meeting_page

SUBJECT = f"{Meeting._meta.label_lower}:"  # how the log names a meeting, before its number
CHUNK = 1000  # more than a body ever holds, so that what belongs to them is asked for once


@dataclass(frozen=True)
class PublicMeeting:
    """A meeting and what the public has been told of it, never what stands on the row or is only being written."""

    meeting: Meeting
    said: dict[str, Any]
    has_minutes: bool
    has_file: bool  # not where the signed minutes name somebody whom the page does not
    called_off_at: datetime | None = None

    @property
    def title(self) -> str:
        return str(self.said["title"])

    @property
    def place(self) -> str:
        return str(self.said["place"])

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.said["starts_at"])

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.said["ends_at"])

    @property
    def standing(self) -> str:
        if self.meeting.state == Meeting.State.CANCELLED:
            return "cancelled"
        if self.has_minutes:
            return "minutes"
        if self.ends_at < timezone.now():
            return "over"
        return "called" if self.meeting.called_at else "planned"

    @property
    def told_at(self) -> datetime:
        """When something new was last told of it: the minutes or a correction of them, a notice, that it is off."""
        meeting, notice = self.meeting, self.meeting.latest_notice
        if self.has_minutes and meeting.published_at:
            return max([meeting.published_at, *(row.at for row in meeting.minutes.corrections.all())])
        return self.called_off_at or (notice.sent_at if notice else meeting.modified_at)

    @property
    def minutes_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}protokoll.pdf" if self.has_file else ""


def public_meetings(**only: Any) -> Iterator[PublicMeeting]:
    """Those that a stranger finds on the pages, the latest first; `only` narrows them as a filter does."""
    everyone = AnonymousUser()
    with_minutes = set(Meeting.objects.with_minutes_for(everyone).values_list("pk", flat=True))
    names = HiddenNames()
    off = dict(Event.objects.filter(verb="cancel", subject__startswith=SUBJECT).values_list("subject", "at"))
    for meeting in _rows(meeting_page.readable(everyone).filter(**only)).iterator(chunk_size=CHUNK):
        has_minutes = meeting.pk in with_minutes
        signed = meeting.minutes.met[-1].content if has_minutes else {}  # type: ignore[attr-defined]
        hide = names.within(signed)
        said = hide(signed["meeting"] if signed else meeting_page.facts(meeting))
        has_file = has_minutes and hide(signed) == signed
        yield PublicMeeting(meeting, said, has_minutes, has_file, off.get(meeting.subject))


def _rows(meetings: MeetingQuerySet) -> MeetingQuerySet:
    met = SignOffRound.objects.filter(outcome=Outcome.MET).order_by("pk")
    rounds = Prefetch("minutes__rounds", queryset=met, to_attr="met")
    rows = meetings.select_related("body", "minutes__pdf").prefetch_related("notices", "minutes__corrections", rounds)
    return rows.order_by("-starts_at", "-pk")
