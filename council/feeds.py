"""The council's meetings and minutes as a feed: what has been told of each, and when it was last told."""

from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.html import escape

from botkyrka_civil.lib.outlets import AtomFeed

from .models import Body
from .public_meetings import PublicMeeting, public_meetings

MOST = 30
TOLD = {
    "planned": "Nytt möte",
    "called": "Kallelse",
    "over": "Möte",
    "minutes": "Protokoll",
    "cancelled": "Inställt möte",
}


class MeetingFeed(AtomFeed[PublicMeeting]):
    """One entry a meeting, which changes with it: announced, called, called off, with minutes."""

    title = "Rådets möten och protokoll"
    subtitle = "Kallelser, inställda möten och publicerade protokoll"
    page = "/radet/"

    def items(self) -> list[PublicMeeting]:
        found = list(public_meetings(body__kind=Body.Kind.COUNCIL))
        return sorted(found, key=lambda row: row.told_at, reverse=True)[:MOST]

    def item_title(self, item: PublicMeeting) -> str:
        about = f": {item.title}" if item.title else ""
        return f"{TOLD[item.standing]} {date_format(item.starts_at, 'j F Y')}{about}"

    def item_description(self, item: PublicMeeting) -> str:
        when = f"{date_format(item.starts_at, 'j F Y')} kl. {date_format(item.starts_at, 'H.i')}"
        return escape(f"{item.meeting.body.name}, {when}{f', {item.place}' if item.place else ''}.")

    def item_link(self, item: PublicMeeting) -> str:
        return f"{settings.BASE_URL}{item.meeting.get_absolute_url()}"

    def item_guid(self, item: PublicMeeting) -> str:
        """A meeting that moves to another day gets another address, but stays the same entry."""
        return f"urn:uuid:{item.meeting.uid}"

    def item_updateddate(self, item: PublicMeeting) -> datetime:
        return item.told_at
