"""Meetings as calendar entries: feeds to subscribe to, and the entry that goes with a letter.

RFC 5545 (the format), RFC 5546 (what METHOD asks for), RFC 7986 (NAME, REFRESH-INTERVAL). The same input gives the same
bytes, so that a subscriber who asks again gets 304.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.encoding import iri_to_uri
from django.utils.http import content_disposition_header
from icalendar import Calendar, Event, Timezone, vCalAddress

from botkyrka_civil.lib.text import clean_line, clean_text

STOCKHOLM = ZoneInfo("Europe/Stockholm")
PRODID = f"-//{settings.MUNICIPALITY['name']}//Civilsamhälle//SV"
REFRESH = timedelta(hours=12)
# Directive 2000/84/EC: the last Sundays of March and October at 01 UTC. The same since 1996, before our first meeting.
TIMEZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Stockholm
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
# What many readers take for the end of a line, though RFC 5545 does not.
_OTHER_BREAKS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True)
class Entry:
    """A meeting as its latest notice tells it. `sequence` grows with each notice, `uid` never changes."""

    uid: str
    sequence: int
    status: str  # CONFIRMED, TENTATIVE or CANCELLED
    starts_at: datetime
    ends_at: datetime | None
    summary: str
    location: str
    description: str
    url: str
    stamp: datetime
    last_modified: datetime


@dataclass(frozen=True)
class Organizer:
    name: str
    email: str


def calendar(
    name: str, entries: Iterable[Entry], *, method: str | None = "PUBLISH", organizer: Organizer | None = None
) -> bytes:
    """A feed. RFC 5546 3.2.1 wants the organizer in what is published, so give one wherever there is an address."""
    feed = _calendar(method)
    for key in ("NAME", "X-WR-CALNAME"):  # the standard's name, and the one that is understood
        feed.add(key, clean_line(_breaks(name)))
    feed.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    feed.add("X-PUBLISHED-TTL", "PT12H")
    for entry in entries:
        feed.add_component(_event(entry, organizer))
    return bytes(feed.to_ical())


def invitation(entry: Entry, *, organizer_email: str, organizer_name: str, attendee_email: str) -> bytes:
    """The entry for one person's letter. The answer goes by that person's own link, so none is asked for by mail."""
    invited = _calendar(method_of(entry))
    event = _event(entry, Organizer(organizer_name, organizer_email))
    attendee = _address(attendee_email)
    attendee.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"})
    event.add("ATTENDEE", attendee)
    invited.add_component(event)
    return bytes(invited.to_ical())


def method_of(entry: Entry) -> str:
    """RFC 6047 2.4: the attachment's content type says it too, as text/calendar; method=REQUEST."""
    return "CANCEL" if entry.status == "CANCELLED" else "REQUEST"


def response(request: HttpRequest, data: bytes, filename: str) -> HttpResponseBase:
    """The feed, or 304 for who has it. Asked for anew each time: a cancelled meeting must not live on in a cache."""
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    answer = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _calendar(method: str | None) -> Calendar:
    """RFC 5545 3.6: a calendar needs a component. The time zone is one, so that an empty feed is valid too."""
    new = Calendar()
    new.add("PRODID", PRODID)
    new.add("VERSION", "2.0")
    new.add("CALSCALE", "GREGORIAN")
    if method:
        new.add("METHOD", method)
    new.add_component(Timezone.from_ical(TIMEZONE))
    return new


def _event(entry: Entry, organizer: Organizer | None) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.sequence)
    event.add("STATUS", entry.status)
    event.add("DTSTAMP", entry.stamp.astimezone(UTC))
    event.add("LAST-MODIFIED", entry.last_modified.astimezone(UTC))
    event.add("DTSTART", _local(entry.starts_at))
    if entry.ends_at:
        event.add("DTEND", _local(entry.ends_at))
    event.add("SUMMARY", clean_line(_breaks(entry.summary)))
    if place := clean_line(_breaks(entry.location)):
        event.add("LOCATION", place)
    if text := clean_text(_breaks(entry.description)):
        event.add("DESCRIPTION", text)
    if entry.url:
        event.add("URL", iri_to_uri(clean_line(entry.url)))
    if organizer:
        address = _address(organizer.email)
        address.params["CN"] = clean_line(_breaks(organizer.name))
        event.add("ORGANIZER", address)
    return event


def _local(moment: datetime) -> datetime:
    """RFC 5545 3.3.5: a local hour that comes twice means the first one, so the second one is told in UTC."""
    local = moment.astimezone(UTC).astimezone(STOCKHOLM)  # by way of UTC, so that an hour that never was is none
    return local.astimezone(UTC) if local.fold else local


def _address(email: str) -> vCalAddress:
    return vCalAddress("mailto:" + quote(clean_line(email), safe="@!$&'*+-/=^_`{|}~."))


def _breaks(text: str) -> str:
    return _OTHER_BREAKS.sub("\n", text)
