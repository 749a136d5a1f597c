"""Calendars that other programs can read: by hand against RFC 5545, and by a second library."""

import re
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.test import RequestFactory
from hypothesis import example, given, settings
from hypothesis import strategies as st

from council import calendars
from council.calendars import Entry, Organizer

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import vobject

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ENTRY = Entry(
    uid="mote-7@portal.example", sequence=2, status="CONFIRMED",
    starts_at=datetime(2026, 3, 12, 16, tzinfo=UTC), ends_at=datetime(2026, 3, 12, 18, 30, tzinfo=UTC),
    summary="Rådet för civilsamhällesfrågor", location="Kommunalhuset, Tumba; plan 3",
    description="Dagordning:\n1. Öppnande\n2. Lokaler, pengar; tid",
    url="https://portal.example/radet/moten/2026-03-12/",
    stamp=datetime(2026, 3, 1, 9, tzinfo=UTC), last_modified=datetime(2026, 3, 1, 8, 30, tzinfo=STOCKHOLM),
)  # fmt: skip
RADET = Organizer("Rådet", "radet@botkyrka.example")
HOSTILE = [
    "rad 1\r\nATTENDEE:mailto:smyg@example.org",
    "slut\nEND:VEVENT\nEND:VCALENDAR",
    "\\n är inte ny rad; \\, \\; \\\\ C:\\temp",
    '"citat" ^n ^^ : ; , = <b>fet</b>',
    "👨‍👩‍👧 ❤️ مسجد 中文 " * 20,
    "å" * 500,
    "\u2028ny\u2029rad\x85och\x0bmera\x1ctill\x00\x07\x1b[31m",
    "\u202eomvänd\u202c \ufeff",
    "   ",
    "",
]


def feed(*entries, **options):
    return calendars.calendar("Rådets möten", entries, organizer=RADET, **options)


# A reader of our own: RFC 5545 3.1, line for line -----------------------------------------------------------------
TOKEN = r"[A-Z0-9-]+"
QSAFE, SAFE = r'[^\x00-\x08\x0a-\x1f\x7f"]', r'[^\x00-\x08\x0a-\x1f\x7f";:,]'
LINE = re.compile(
    rf'({TOKEN})((?:;{TOKEN}=(?:"{QSAFE}*"|{SAFE}*)(?:,(?:"{QSAFE}*"|{SAFE}*))*)*):([^\x00-\x08\x0a-\x1f\x7f]*)'
)


def unfolded(data):
    """The content lines as (name, parameters, value), after what 3.1 says about every line on the way."""
    assert data.endswith(b"\r\n")
    physical = data.split(b"\r\n")[:-1]
    for line in physical:
        assert len(line) <= 75, line
        assert b"\n" not in line and b"\r" not in line
        line.decode()  # no letter is split by a fold: each line is UTF-8 by itself
    rows = []
    for line in physical:
        if line.startswith(b" "):
            rows[-1] += line[1:].decode()
        else:
            rows.append(line.decode())
    for row in rows:
        assert (match := LINE.fullmatch(row)), row
        yield match.groups()


def components(data):
    """Each component as (name, [content lines]); begins and ends match."""
    found, inside = [], []
    for name, parameters, value in unfolded(data):
        if name == "BEGIN":
            inside.append((value, []))
            found.append(inside[-1])
        elif name == "END":
            assert inside.pop()[0] == value
        else:
            inside[-1][1].append((name, parameters, value))
    assert not inside
    return found


def only(rows, name):
    """A property that may and must stand once."""
    [(parameters, value)] = [(parameters, value) for key, parameters, value in rows if key == name]
    return f"{parameters}:{value}"


def text(value):
    """RFC 5545 3.3.11: what may stand in TEXT, and what it means."""
    assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), value
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def check(data):
    """3.6: what a calendar and an event must hold, once each."""
    (outer, head), *rest = components(data)
    assert outer == "VCALENDAR"
    assert only(head, "VERSION") == ":2.0"
    assert only(head, "PRODID").startswith(":-//")
    names = [name for name, _ in rest]
    assert names.count("VTIMEZONE") == 1  # every TZID needs its zone, and no calendar may be empty
    for name, rows in rest:
        if name == "VEVENT":
            for required in ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "STATUS", "LAST-MODIFIED"):
                only(rows, required)
            for in_utc in ("DTSTAMP", "LAST-MODIFIED"):
                assert re.fullmatch(r":\d{8}T\d{6}Z", only(rows, in_utc))
            for key, parameters, value in rows:
                if key in ("DTSTART", "DTEND"):
                    whole = f"{parameters}:{value}"
                    assert re.fullmatch(r";TZID=Europe/Stockholm:\d{8}T\d{6}|:\d{8}T\d{6}Z", whole)
                if key in ("SUMMARY", "LOCATION", "DESCRIPTION"):
                    text(value)
            assert len({key for key, *_ in rows}) == len(rows)
    return head, [rows for name, rows in rest if name == "VEVENT"]


def by_vobject(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        [read] = list(vobject.readComponents(data.decode()))
        assert read.name == "VCALENDAR"
        read.validate(raiseException=True)
    return read


FACTS = {
    "UID": ":mote-7@portal.example",
    "SEQUENCE": ":2",
    "STATUS": ":CONFIRMED",
    "DTSTAMP": ":20260301T090000Z",
    "LAST-MODIFIED": ":20260301T073000Z",
    "DTSTART": ";TZID=Europe/Stockholm:20260312T170000",
    "DTEND": ";TZID=Europe/Stockholm:20260312T193000",
    "SUMMARY": ":Rådet för civilsamhällesfrågor",
    "LOCATION": r":Kommunalhuset\, Tumba\; plan 3",
    "DESCRIPTION": r":Dagordning:\n1. Öppnande\n2. Lokaler\, pengar\; tid",
    "URL": ":https://portal.example/radet/moten/2026-03-12/",
    "ORGANIZER": ";CN=Rådet:mailto:radet@botkyrka.example",
}


def test_a_feed_line_for_line():
    head, [rows] = check(feed(ENTRY))
    assert [f"{name}{parameters}:{value}" for name, parameters, value in head] == [
        "VERSION:2.0", "PRODID:-//Botkyrka kommun//Civilsamhälle//SV", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        "NAME:Rådets möten", "X-WR-CALNAME:Rådets möten", "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ]  # fmt: skip
    assert {name: f"{parameters}:{value}" for name, parameters, value in rows} == FACTS
    assert feed(ENTRY) == feed(ENTRY) != feed(replace(ENTRY, sequence=3))


def test_another_library_reads_the_same():
    read = by_vobject(feed(ENTRY, replace(ENTRY, uid="mote-8@portal.example", status="CANCELLED", sequence=3)))
    first, second = read.vevent_list
    for name in ("summary", "location", "description", "url"):
        assert getattr(first, name).value == getattr(ENTRY, name)
    times = {"dtstart": "starts_at", "dtend": "ends_at", "dtstamp": "stamp", "last_modified": "last_modified"}
    for name, ours in times.items():
        assert getattr(first, name).value.astimezone(UTC) == getattr(ENTRY, ours).astimezone(UTC), name
    assert [(e.uid.value, e.status.value, int(e.sequence.value)) for e in (first, second)] == [
        ("mote-7@portal.example", "CONFIRMED", 2),
        ("mote-8@portal.example", "CANCELLED", 3),
    ]


def test_what_is_not_known_is_left_out():
    [rows] = check(feed(replace(ENTRY, location=" ", description="", url="", ends_at=None)))[1]
    assert not {"LOCATION", "DESCRIPTION", "URL", "DTEND", "DURATION"} & {name for name, *_ in rows}
    assert b"METHOD" not in feed(ENTRY, method=None)
    assert b"ORGANIZER" not in calendars.calendar("x", [ENTRY])
    empty = feed()
    assert check(empty)[1] == [] and not hasattr(by_vobject(empty), "vevent")
    assert [part.name for part in icalendar.Calendar.from_ical(empty).subcomponents] == ["VTIMEZONE"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(hostile):
    entry = replace(ENTRY, summary=hostile, location=hostile, description=hostile)
    data = calendars.calendar(hostile, [entry], organizer=Organizer(hostile, 'x"\r\nATTENDEE:;,@example.org'))
    [rows] = check(data)[1]
    assert {name for name, *_ in rows} <= {*FACTS}
    [event] = by_vobject(data).vevent_list
    assert event.summary.value.split() == text(only(rows, "SUMMARY")[1:]).split()
    letters = re.sub(r"\s", "", hostile)
    assert set(re.sub(r"\s", "", event.summary.value)) <= set(letters) and "\n" not in event.summary.value
    data = calendars.invitation(ENTRY, organizer_email="a@b.se", organizer_name=hostile, attendee_email="c;d%e ö@b.se")
    [rows] = check(data)[1]
    assert only(rows, "ORGANIZER").endswith(":mailto:a@b.se")
    assert only(rows, "ATTENDEE").endswith(":mailto:c%3Bd%25e%20%C3%B6@b.se")


def test_line_breaks_of_every_kind_are_one_kind_and_an_address_is_encoded():
    entry = replace(ENTRY, description="a\r\nb\rc\u2028d\x85e\n\nf", summary="a\r\nb")
    [rows] = check(feed(replace(entry, url="https://portal.example/möte/?a=1;b,c\r\nX:y")))[1]
    assert only(rows, "DESCRIPTION") == r":a\nb\nc\nd\ne\n\nf" and only(rows, "SUMMARY") == ":a b"
    assert only(rows, "URL") == ":https://portal.example/m%C3%B6te/?a=1;b,c%20X:y"


def test_no_letter_is_split_by_a_fold():
    entries = [replace(ENTRY, summary=letter * length) for letter in "aån€👧" for length in range(60, 90)]
    told = [only(rows, "SUMMARY") for rows in check(feed(*entries))[1]]
    assert told == [f":{entry.summary}" for entry in entries]


def turns():
    """The hours around every change of clock from 1997 to 2037, and a few ordinary days."""
    for year in range(1997, 2038, 4):
        for month, day in ((1, 15), (3, 31), (7, 1), (10, 31)):
            moment = datetime(year, month, day, 0, tzinfo=UTC)
            if day == 31:
                moment -= timedelta(days=(moment.weekday() + 1) % 7)  # the last Sunday
            for minutes in (0, 30, 59, 60, 61, 90, 120, 121, 180):
                yield moment + timedelta(minutes=minutes)


def test_every_hour_around_the_changes_of_clock_is_right_to_a_second_library():
    """vobject reckons with the VTIMEZONE that stands in the file, not with a zone of its own."""
    moments = list(turns())
    entries = [
        replace(ENTRY, uid=f"{n}@x", starts_at=at, ends_at=at + timedelta(hours=1)) for n, at in enumerate(moments)
    ]
    data = feed(*entries)
    check(data)
    read = by_vobject(data.replace(b"Europe/Stockholm", b"Vart/Som-Helst"))  # no name that it could know already
    for moment, event in zip(moments, read.vevent_list, strict=True):
        assert event.dtstart.value.astimezone(UTC) == moment
        assert event.dtend.value.astimezone(UTC) == moment + timedelta(hours=1)


def test_local_time():
    moments = {
        datetime(2026, 1, 15, 16, tzinfo=UTC): ";TZID=Europe/Stockholm:20260115T170000",
        datetime(2026, 7, 15, 15, tzinfo=UTC): ";TZID=Europe/Stockholm:20260715T170000",
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC): ";TZID=Europe/Stockholm:20260329T015900",
        datetime(2026, 3, 29, 1, tzinfo=UTC): ";TZID=Europe/Stockholm:20260329T030000",
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC): ";TZID=Europe/Stockholm:20261025T023000",
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC): ":20261025T013000Z",  # 02.30 for the second time
        datetime(2026, 10, 25, 2, tzinfo=UTC): ";TZID=Europe/Stockholm:20261025T030000",
        datetime(2026, 3, 29, 2, 30, tzinfo=STOCKHOLM): ";TZID=Europe/Stockholm:20260329T033000",  # never was
        datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("America/New_York")): ";TZID=Europe/Stockholm:20260601T180000",
    }
    events = check(feed(*(replace(ENTRY, starts_at=moment) for moment in moments)))[1]
    assert [only(rows, "DTSTART") for rows in events] == list(moments.values())


def invited(entry):
    return calendars.invitation(
        entry, organizer_email=RADET.email, organizer_name=RADET.name, attendee_email="anna.ek@example.org"
    )


def test_an_invitation_and_a_cancellation_that_takes_back_the_same_entry():
    """RFC 5546 3.2.2: one organizer, at least one attendee; 3.2.5: the same uid, a higher sequence."""
    cancelled = replace(ENTRY, status="CANCELLED", sequence=3)
    for entry, method, facts in (
        (ENTRY, ":REQUEST", [FACTS["UID"], ":2", ":CONFIRMED"]),
        (cancelled, ":CANCEL", [FACTS["UID"], ":3", ":CANCELLED"]),
    ):
        head, [rows] = check(invited(entry))
        assert only(head, "METHOD") == method == f":{calendars.method_of(entry)}"
        assert [only(rows, name) for name in ("UID", "SEQUENCE", "STATUS")] == facts
        assert only(rows, "ORGANIZER") == FACTS["ORGANIZER"]
        attendee = ";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:anna.ek@example.org"
        assert entry == cancelled or only(rows, "ATTENDEE") == attendee
        by_vobject(invited(entry))


MOMENTS = st.datetimes(datetime(1997, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
ENTRIES = st.builds(
    Entry,
    uid=st.from_regex(r"[a-z0-9-]{1,80}@portal\.example", fullmatch=True),
    sequence=st.integers(0, 2**31 - 1),
    status=st.sampled_from(["CONFIRMED", "TENTATIVE", "CANCELLED"]),
    starts_at=MOMENTS,
    ends_at=MOMENTS | st.none(),
    summary=st.text(),
    location=st.text(),
    description=st.text(),
    url=st.just("") | st.text(max_size=50).map("https://portal.example/".__add__),
    stamp=MOMENTS,
    last_modified=MOMENTS,
)


def wanted(value):
    return calendars.clean_text(calendars._breaks(value))


@settings(max_examples=30)
@given(st.lists(ENTRIES, max_size=4), st.text())
@example([replace(ENTRY, description=hostile) for hostile in HOSTILE], HOSTILE[2])
def test_there_and_back(entries, name):
    data = calendars.calendar(name, entries)
    _, events = check(data)
    for entry, rows in zip(entries, events, strict=True):
        assert text(only(rows, "SUMMARY")[1:]) == " ".join(wanted(entry.summary).split())
        if wanted(entry.description):
            assert text(only(rows, "DESCRIPTION")[1:]) == wanted(entry.description)
    for entry, event in zip(entries, icalendar.Calendar.from_ical(data).walk("VEVENT"), strict=True):
        assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (entry.uid, entry.sequence, entry.status)
        assert event["DTSTART"].dt.astimezone(UTC) == entry.starts_at
        assert (event.get("DTEND") and event["DTEND"].dt.astimezone(UTC)) == entry.ends_at
        assert event["DTSTAMP"].dt == entry.stamp
    for entry, event in zip(entries, getattr(by_vobject(data), "vevent_list", []), strict=True):
        assert event.uid.value == entry.uid
        assert event.dtstart.value.astimezone(UTC) == entry.starts_at


def test_a_feed_is_sent_as_a_calendar_once():
    get, data = RequestFactory().get, feed(ENTRY)
    answer = calendars.response(get("/kalender/radet.ics"), data, "radet.ics")
    assert answer.status_code == 200 and answer.content == data
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="radet.ics"'
    assert answer["Cache-Control"] == "private, no-cache"
    known = get("/kalender/radet.ics", headers={"If-None-Match": answer["ETag"]})
    again = calendars.response(known, data, "radet.ics")
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    later = calendars.response(known, feed(replace(ENTRY, sequence=3)), "radet.ics")
    assert later.status_code == 200 and later["ETag"] != answer["ETag"]
