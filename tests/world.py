"""Marked words in everything that could leak, and every reader at every address that can be fetched.

What each reader finds is compared with MAY, both ways: a word too many is a leak, and a word too few says that the
crawl has lost its way. An address whose placeholders nobody has told how to fill fails, so no new outlet is forgotten.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pikepdf
import time_machine
from django.utils import timezone

from agreement.models import ActionPlan, Principle
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Letter
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages.models import RECEIPT_LINK, AccessibilityReport
from botkyrka_civil.search import index
from council.models import (
    AgendaItem,
    Body,
    Conference,
    Meeting,
    Membership,
    Minutes,
    Nomination,
    Registration,
    Seat,
    SignOff,
)
from council.models.memberships import MEMBER_LINK
from council.models.minutes import SIGN_OFF_LINK
from council.models.participants import INVITATION_LINK
from council.models.registrations import REGISTRATION_LINK
from council.views.calendar import BOARD_CALENDAR
from iop.facts import CRITERIA
from iop.models import Agreement, FollowUp, Partnership
from iop.models.agreements import SIGN_LINK
from iop.models.parties import PARTY_LINK
from organisations.models import ContactPerson, Organisation, Person
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2030, 5, 15, 12, tzinfo=STOCKHOLM)
BY = Actor("Testaren")
DAY = timedelta(days=1)

# Who they are --------------------------------------------------------------------------------------------------------

DECIDE = {"chair", "member"}
ROOM = DECIDE | {"auditor"}
HANDLE = {"sekreterare", "superuser"}  # the council's meetings
CASES = {"utvecklingsledare", "registrator"} | HANDLE  # its meetings and nominations, in the admin
PLANS = CASES | {"iop"}
JOINT = {"iop", "superuser"}  # the meetings of steering groups
STEERING = CASES | JOINT
PEOPLE = {"registrator", "administrator"} | HANDLE
LOGS = {"registrator", "administrator", "superuser"}
LETTERS = {"utvecklingsledare", "iop"} | LOGS
ACCOUNTS = {"administrator", "superuser"}
STAFF = {"sekreterare"} | LETTERS
USERS = {"styrelse", "former", "coming"} | STAFF | ROOM  # the role alone, a seat until yesterday, one from tomorrow
LINKS = {
    "invited", "invited to the cancelled", "invited to the board", "invited as a member", "no longer invited",
    "signer", "signer of the unpublished", "signer of the voided", "board signer",
    "member by link", "applicant by link", "refused by link", "excluded by link", "left by link", "guest", "reporter",
    "chair by calendar", "former by calendar",
    "drafter", "proposer", "declined proposer", "cancelled proposer", "terminated proposer",
    "agreed proposer", "agreed unit", "agreed signatory",
    "negotiator", "signatory before", "signatory no longer asked", "signatory asked",
}  # fmt: skip
IOP = {"utvecklingsledare", "registrator"} | JOINT  # partnerships, in the admin
INSIDE = IOP | LETTERS | LOGS  # what stands in the case stands in its letters, or in the log
ALL = {"anonymous"} | USERS | LINKS
NOBODY: set[str] = set()
CALENDAR = {"chair by calendar"}
BY_LINK = {"member by link"}

AGREED = {"agreed proposer", "agreed unit"}
ASKED = {"negotiator", "signatory asked"}

# What is planted, and who may find it: the words of one thing, by what they stand in. A "day" is a date.
THINGS = {
    "council planned": {"notice day": CASES, "agenda link": HANDLE},
    "council announced": {"notice": ALL, "agenda link": HANDLE},
    "council called": {"notice agenda": ALL, "link": LETTERS | {"invited"}},
    "unsent": {"notice day": CASES, "agenda link": HANDLE},
    "council staff": {"notice agenda": STAFF, "link": LETTERS | HANDLE},
    "council dropped": {"notice": CASES, "agenda link": HANDLE, "reason": CASES | LOGS},
    "council cancelled": {
        "notice agenda": ALL,
        "link": LETTERS,
        "reason": HANDLE | LETTERS | {"invited to the cancelled"},
    },
    "cancelled unsent": {"notice day": CASES, "agenda link": HANDLE},
    "council held": {"notice agenda": ALL, "link": HANDLE | LETTERS, "present earlier minutes": HANDLE},
    "council file": {"notice agenda": ALL, "link": HANDLE | LETTERS, "present earlier minutes bytes": HANDLE},
    "council objected": {
        "notice agenda": ALL,
        "link": HANDLE | LETTERS,
        "earlier minutes": HANDLE,
        "present": HANDLE | {"signer"},
        "reopened": HANDLE | LOGS,
        "objection": HANDLE | LETTERS | {"signer of the voided"},
        "again": HANDLE | {"signer"},
    },
    "council unpublished": {
        "notice agenda": ALL,
        "link": HANDLE | LETTERS,
        "earlier": NOBODY,
        "present minutes": CASES | {"signer of the unpublished"},
        "correction reason": HANDLE | LOGS,
    },
    "council published": {"notice agenda present minutes correction": ALL, "link": HANDLE | LETTERS, "earlier": NOBODY},
    "council internal": {"notice agenda present minutes": STAFF, "link": HANDLE | LETTERS, "earlier": NOBODY},
    "joint planned": {"notice day": STEERING, "agenda link": JOINT},
    "board planned": {"notice day": ROOM, "agenda link": DECIDE},
    "board called": {
        "notice day": ROOM | CALENDAR | {"invited to the board"},
        "agenda": ROOM | {"invited to the board"},
        "link": DECIDE | {"invited to the board"},
    },
    "board held": {"notice": ROOM | CALENDAR, "agenda": ROOM, "link present earlier minutes": DECIDE},
    "board drawn up": {
        "notice": ROOM | CALENDAR | {"board signer"},
        "agenda": ROOM,
        "link earlier": DECIDE,
        "present minutes": DECIDE | {"board signer"},
    },
    "board signed off": {
        "notice": ROOM | CALENDAR,
        "agenda present minutes correction": ROOM,
        "link": DECIDE,
        "earlier": NOBODY,
    },
    "board for board": {"notice": ROOM | CALENDAR, "agenda present minutes": ROOM, "link": DECIDE, "earlier": NOBODY},
    "board for members": {
        "notice": ROOM | CALENDAR | BY_LINK,
        "agenda": ROOM,  # what was said in the notice is not said again in the minutes
        "present minutes correction": ROOM | BY_LINK,
        "link": DECIDE,
        "earlier": NOBODY,
    },
    "board public": {"notice present minutes": ALL, "agenda": ROOM, "link": DECIDE, "earlier": NOBODY},
    "board handed over": {
        "notice": ROOM | CALENDAR | STAFF,
        "agenda": ROOM,
        "present minutes": ROOM | STAFF,
        "link": DECIDE,
        "earlier": NOBODY,
    },
    "members planned": {"notice day": ROOM, "agenda link": DECIDE},
    "members called": {
        "notice": ROOM | CALENDAR | BY_LINK | {"invited as a member"},
        "agenda": ROOM | BY_LINK | {"invited as a member"},
        "link": DECIDE | {"invited as a member"},
    },
    "annual called": {"notice agenda": ALL, "link": DECIDE},
    "public paper": {"title file": ALL},
    "staff paper": {"title file": STAFF | {"invited"}},
    # In published minutes the page leaves a closed paper out, but its name was signed and stands in the file.
    "closed paper": {"title": ALL, "file": STAFF},
    "members paper": {"title file": ROOM | BY_LINK | {"invited as a member"}},
    "board paper": {"title file": ROOM | {"invited to the board"}},
    "municipal board paper": {"title file": ROOM | STAFF},
    "opened paper": {"title file": ALL},
    "opened paper draft": {"file": ROOM, "title": NOBODY},
    "handed paper": {"title file": ROOM | STAFF},
    "handed paper draft": {"file": ROOM, "title": NOBODY},
    "begun": {"contact motivation": NOBODY},
    "applied": {"contact motivation": ROOM | {"applicant by link"}},
    "member": {"contact": ROOM | BY_LINK | {"invited as a member"}, "motivation decision": ROOM | BY_LINK},
    "refused": {"contact motivation decision reason": ROOM | {"refused by link"}},
    "left": {"contact motivation": ROOM | {"left by link"}, "decision": ROOM},
    "excluded": {"contact motivation decision reason": ROOM | {"excluded by link"}},
    "withdrawn": {"contact motivation": ROOM},
    "proposed": {"candidate": ROOM},
    "declined": {"candidate reason": ROOM},
    "nominated": {"candidate decision": ROOM | CASES | LETTERS},
    "passed over": {"candidate decision reason": ROOM | CASES | LETTERS},
    "conference planned": {"facts": ROOM | CALENDAR},
    "conference dropped": {"facts": ROOM | CALENDAR, "reason": ROOM},
    "conference coming": {"facts": ALL},
    "conference held": {"facts": ALL, "documentation proposal": ROOM},
    "conference held paper": {"title file": ROOM},
    "conference documented": {"facts documentation proposal": ALL},
    "conference documented paper": {"title file": ROOM},
    "report": {"what page aid reason": {"utvecklingsledare"} | LOGS, "name email reply": LETTERS},
    "registered": {"facts needs": DECIDE | {"guest"}},
    "plan": {"text": ALL, "reporter": PLANS | LOGS},
    "draft plan": {"item": PLANS},
    # What has not been sent in is the applicant's own (TF 2 kap. 9 §): no staff page tells of it.
    "awaiting joining": {"contact organisation signatory reason": NOBODY},
    "withdrawn joining": {"contact organisation signatory": NOBODY},
    "iop draft": {"text contact": {"drafter"}},
    "iop proposal": {"title contact": INSIDE | {"proposer"}, "text note": IOP | {"proposer"}},
    "iop out": {
        "title contact unit signatory decided": INSIDE,
        "text note answer terms measure procurement motivation": IOP,
    },
    "iop declined": {
        "title contact reason": INSIDE | {"declined proposer"},
        "text note decided": IOP | {"declined proposer"},
    },
    "iop cancelled": {
        "title contact reason": INSIDE | {"cancelled proposer"},
        "text note": IOP | {"cancelled proposer"},
    },
    "iop terminated": {
        "title text note": ALL,
        "contact signatory decided reason": INSIDE | {"terminated proposer"},
        "unit": INSIDE,
        "answer terms": IOP | {"terminated proposer"},
        "measure procurement motivation": IOP,
    },
    "iop ended": {
        "title text note": ALL,
        "contact unit signatory decided measure": INSIDE,
        "answer terms procurement motivation evaluation": IOP,
    },
    "iop agreed": {
        "title text note measure published": ALL,
        "contact": INSIDE | {"agreed proposer"},
        "unit": INSIDE | {"agreed unit"},
        "signatory": INSIDE | AGREED | {"agreed signatory"},  # their names stand in the agreement
        "decided": INSIDE | AGREED,
        "answer terms written": IOP | AGREED,
        "procurement motivation taken": IOP,
        "reason": INSIDE,
    },
    # What was signed is everyone's to read; what is negotiated is not, and what was written over is gone.
    "iop before": {
        "title text note": ALL,
        "contact decided": INSIDE | {"negotiator"},
        "unit reason": INSIDE,
        "signatory": INSIDE | ASKED | {"signatory before"},
        "answer": IOP | ASKED,
        "terms": IOP | {"negotiator"},
        "measure motivation": IOP,
        "procurement": NOBODY,
    },
    "iop voided": {"title decided reason": INSIDE, "text terms motivation": IOP, "procurement": NOBODY},
    "iop new": {
        "title": INSIDE | ASKED,
        "text note": IOP | ASKED,
        "decided": INSIDE | {"signatory asked"},
        "terms": IOP | ASKED,
        "procurement motivation": IOP,
    },
    "steering planned": {"notice day": STEERING, "agenda link": JOINT},
    "steering called": {"notice agenda": ALL, "link": LETTERS},
    "steering staff": {"notice agenda": STAFF, "link": LETTERS},
    "steering signed off": {"notice agenda": ALL, "link": LETTERS, "present minutes": STEERING, "earlier": NOBODY},
    "steering published": {"notice agenda present minutes": ALL, "link": LETTERS, "earlier": NOBODY},
    "steering internal": {"notice agenda present minutes": STAFF, "link": LETTERS, "earlier": NOBODY},
    "steering person": {"email": LETTERS | PEOPLE, "phone": PEOPLE | {"iop"}},
    # Of organisations that staff have marked since: in the rooms as before, and to everyone the organisation alone.
    "hidden council": {"name": STAFF | DECIDE},  # the board nominates
    "hidden board": {"name": ROOM | BY_LINK | STAFF},  # what is published has been handed over
    "hidden steering": {"name": STAFF},
    "hidden annual": {"name": ROOM | BY_LINK | STAFF},
    "open politician": {"name": ALL},
    "lost letter": {"subject": DECIDE, "text": NOBODY},
    "council person": {"email": LETTERS | PEOPLE, "phone": PEOPLE},
    "board person": {"email": ROOM, "phone": NOBODY},
    "officer": {"account": ROOM | LETTERS},  # the municipality writes to the chair
    "board member": {"account": ROOM | ACCOUNTS | {"former", "coming"}},  # who left, and who comes, see their own
    "chair calendar": {"key": {"chair"}},
    "former calendar": {"key": NOBODY},
    **{name: {"key": NOBODY} for name in ("no longer invited", "reporter")},  # whose pages lead nowhere by the link
    **{
        name: {"key": {name}}
        for name in LINKS - {"chair by calendar", "former by calendar", "no longer invited", "reporter"}
    },
}
MAY = {
    f"{thing} {kind}": who for thing, kinds in THINGS.items() for told, who in kinds.items() for kind in told.split()
}
# Eleven days apart: no day is another's last day to call, or to sign.
DAYS = {name: date(2031, 3, 2) + 11 * n * DAY for n, name in enumerate(name for name in MAY if name.endswith(" day"))}
PLANTED = set(DAYS)


def mark(name: str) -> str:
    """A word that stands nowhere else, and reads the same in a title, a file's name and an address."""
    assert name in MAY, f"say in THINGS who may find {name}"
    PLANTED.add(name)
    return f"zq{letters_of(name)}qz"


def letters_of(name: str) -> str:
    return name.replace(" ", "")


def email(name: str, who: str = "") -> str:
    return f"{who}{mark(name)}@exempel.se"


def upload(name: str) -> Upload:
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.docinfo["/Title"] = mark(name)
    made.save(out, deterministic_id=True)
    return Upload(out.getvalue(), f"{mark(name)}.pdf", "application/pdf")


# What is planted -----------------------------------------------------------------------------------------------------


def at(day: date | int, hour: int = 17) -> datetime:
    day = day if isinstance(day, date) else (NOW + day * DAY).date()
    return datetime(day.year, day.month, day.day, hour, tzinfo=STOCKHOLM)


def travel(moment: datetime):
    return time_machine.travel(moment, tick=False)


def paper(key: str, audience: str, owner: str = "municipality") -> Document:
    words = {"title": mark(f"{key} title"), "note": mark(f"{key} title")}
    return Document.add(by=BY, upload=upload(f"{key} file"), category="other", audience=audience, owner=owner, **words)


def plan(body: Body, key: str, day: date | int, *papers: Document, audience: str = "public", **facts) -> Meeting:
    said = {"title": mark(f"{key} notice"), "place": mark(f"{key} notice"), "audience": audience}
    online = f"https://exempel.se/{mark(f'{key} link')}"
    meeting = Meeting.objects.create(
        body=body, starts_at=at(day), ends_at=at(day, 19), online_link=online, **said | facts
    )
    item = meeting.items.create(order=1, title="Läget", text=mark(f"{key} agenda"), presenter=mark(f"{key} agenda"))
    item.documents.add(*papers)
    return meeting


def call(*args, **facts) -> Meeting:
    meeting = plan(*args, **facts)
    with travel(min(NOW, meeting.starts_at - 10 * DAY)):
        meeting.call(by=BY)
    return meeting


def hold(body: Body, key: str, days: int, *papers: Document, **facts) -> Minutes:
    """Held, with minutes that somebody has begun and changed."""
    meeting = call(body, key, days, *papers, **facts)
    council.attend(meeting)
    meeting.hold(by=BY, secretary_name="Sam", also_present=mark(f"{key} present"))
    council.write(meeting, text_of(f"{key} earlier"))
    return council.write(meeting, text_of(f"{key} minutes"))


def text_of(name: str) -> str:
    return f"§ 1 Läget\nDiskussion: {mark(name)}\n"


def draw_up(*args, **facts) -> Meeting:
    minutes = hold(*args, **facts)
    minutes.draw_up(by=BY)
    return minutes.meeting


def sign(*args, **facts) -> Meeting:
    meeting = draw_up(*args, **facts)
    council.sign_off(meeting)
    return meeting


def correct(meeting: Meeting, name: str) -> None:
    meeting.minutes.correct(by=BY, text=mark(name), privacy_reviewed=True)


def publish(meeting: Meeting, audience: str) -> Meeting:
    meeting.publish(by=BY, audience=audience, privacy_reviewed=True)
    return meeting


def change(meeting: Meeting, key: str) -> None:
    """Edits that nobody has been told of."""
    meeting.refresh_from_db()
    meeting.title = meeting.place = mark(f"{key} notice")
    meeting.online_link = f"https://exempel.se/{mark(f'{key} link')}"
    meeting.starts_at, meeting.ends_at = at(DAYS[f"{key} day"]), at(DAYS[f"{key} day"], 19)
    meeting.change(by=BY)
    meeting.items.create(order=2, title=mark(f"{key} agenda"), text=mark(f"{key} agenda"))


def plant_papers() -> dict[str, Document]:
    """What was tried out in the room stays there when a later version is opened, or handed over."""
    found = {
        "public": paper("public paper", "public"),
        "staff": paper("staff paper", "staff"),
        "closed": paper("closed paper", "staff"),
        "members": paper("members paper", "members", "platform"),
        "board": paper("board paper", "board", "platform"),
        "opened": paper("opened paper draft", "board", "platform"),
        "handed": paper("handed paper draft", "board", "platform"),
        "municipal board": paper("municipal board paper", "board"),
    }
    for key in ("opened", "handed"):
        document = found[key]
        document.add_version(by=BY, upload=upload(f"{key} paper file"))
        document.change(by=BY, title=mark(f"{key} paper title"), note="")
    found["opened"].change(by=BY, audience="public")
    found["handed"].hand_over(by=BY)
    return found


def plant_council(body: Body, papers: dict[str, Document]) -> dict[str, Meeting]:
    plan(body, "council planned", DAYS["council planned day"], papers["staff"])
    plan(body, "council announced", 200, announced=True)
    called = call(body, "council called", 30, papers["public"], papers["staff"])
    change(called, "unsent")
    call(body, "council staff", 40, audience="staff")
    plan(body, "council dropped", 50).cancel(by=BY, reason=mark("council dropped reason"))
    cancelled = call(body, "council cancelled", 60)
    change(cancelled, "cancelled unsent")
    cancelled.cancel(by=BY, reason=mark("council cancelled reason"))
    hold(body, "council held", -1)
    hold(body, "council file", -2).attach(by=BY, upload=upload("council file bytes"))
    objected = draw_up(body, "council objected", -3)
    objected.minutes.current_round.signatures.last().decline(reason=mark("council objected objection"))
    objected.minutes.reopen(by=BY, reason=mark("council objected reopened"))
    council.write(objected, text_of("council objected again")).draw_up(by=BY)
    unpublished = publish(sign(body, "council unpublished", -4), "public")
    correct(unpublished, "council unpublished correction")
    unpublished.unpublish(by=BY, reason=mark("council unpublished reason"))
    correct(publish(sign(body, "council published", -5, papers["closed"]), "public"), "council published correction")
    publish(sign(body, "council internal", -6, audience="staff"), "staff")
    return {"called": called, "cancelled": cancelled, "objected": objected, "unpublished": unpublished}


def plant_platform(bodies: dict[str, Body], papers: dict[str, Document]) -> dict[str, Meeting]:
    board, members = bodies["board"], bodies["member_meeting"]
    plan(board, "board planned", DAYS["board planned day"], papers["board"], audience="board")
    called = call(board, "board called", DAYS["board called day"], papers["board"], audience="board")
    hold(board, "board held", -1, audience="board")
    drawn_up = draw_up(board, "board drawn up", -2, audience="board")
    correct(sign(board, "board signed off", -3, audience="board"), "board signed off correction")
    publish(sign(board, "board for board", -4, audience="board"), "board")
    correct(publish(sign(board, "board for members", -5, audience="board"), "members"), "board for members correction")
    publish(sign(board, "board public", -6, audience="board"), "public")
    sign(board, "board handed over", -7, audience="board").hand_over(by=BY)
    plan(members, "members planned", DAYS["members planned day"], audience="members")
    to_members = call(members, "members called", 20, papers["members"], audience="members")
    call(bodies["annual_meeting"], "annual called", 25)
    joint = Body.objects.create(slug="styrgrupp", name="Styrgruppen", kind="steering_group", owner="joint")
    plan(joint, "joint planned", DAYS["joint planned day"])
    return {"board called": called, "board drawn up": drawn_up, "members called": to_members}


def apply(key: str) -> Membership:
    contact = {"name": mark(f"{key} contact"), "email": email(f"{key} contact")}
    organisation = council.make_organisation_joined()
    return Membership.begin(organisation=organisation, motivation=mark(f"{key} motivation"), **contact)


def plant_members(seat: Seat) -> dict[str, Membership]:
    found = {key: apply(key) for key in ("begun", "applied", "member", "refused", "left", "excluded", "withdrawn")}
    for key, membership in found.items():
        if key != "begun":
            membership.confirm(by=membership.applicant)
    note = {"by": BY, "seat": seat}
    for key in ("member", "left", "excluded"):
        found[key].accept(**note, decision_note=mark(f"{key} decision"))
    found["refused"].reject(**note, decision_note=mark("refused decision"), reason=mark("refused reason"))
    found["excluded"].exclude(**note, decision_note=mark("excluded decision"), reason=mark("excluded reason"))
    found["left"].leave(by=found["left"].applicant)
    found["withdrawn"].withdraw(by=found["withdrawn"].applicant)
    lost = {"subject": mark("lost letter subject"), "body": mark("lost letter text"), "case": found["applied"]}
    letter = letters.queue(to="borta@exempel.se", kind="membership_received", **lost)
    Letter.objects.filter(pk=letter.pk).update(failed_at=timezone.now())
    return found


def plant_nominations(organisation: Organisation) -> None:
    rows = {}
    for key in ("proposed", "declined", "nominated", "passed over"):
        candidate = Person.objects.create(name=mark(f"{key} candidate"), email=email(f"{key} candidate"))
        rows[key] = Nomination.propose(by=BY, candidate=candidate, organisation=organisation, role="member")
    rows["declined"].decline(by=BY, reason=mark("declined reason"))
    for key in ("nominated", "passed over"):
        rows[key].nominate(by=BY, decision_note=mark(f"{key} decision"))
    rows["passed over"].not_appoint(by=BY, reason=mark("passed over reason"))


def conference(year: int, key: str, start: datetime) -> Conference:
    facts = {"theme": mark(f"{key} facts"), "place": mark(f"{key} facts"), "programme": mark(f"{key} facts")}
    times = {"starts_at": start, "ends_at": start + timedelta(hours=5)}
    days = {"opens_on": (start - 90 * DAY).date(), "closes_on": (start - DAY).date()}
    return Conference.plan(by=BY, year=year, capacity=5, **facts, **times, **days)


def plant_conferences() -> Registration:
    conference(2031, "conference planned", at(400, 9))
    conference(2032, "conference dropped", at(800, 9)).cancel(by=BY, reason=mark("conference dropped reason"))
    coming = conference(2030, "conference coming", at(60, 9))
    coming.open_registration(by=BY)
    word, needs = mark("registered facts"), mark("registered needs")
    Registration.ask(coming, name=word, email=email("registered facts"), organisation=word, needs=needs)
    guest = Registration.objects.get()
    guest.confirm()
    for year, key in ((2029, "conference held"), (2028, "conference documented")):
        start = at(-365 * (2030 - year), 9)
        with travel(start - 30 * DAY):
            held = conference(year, key, start)
            held.open_registration(by=BY)
            held.close_registration(by=BY)
        held.hold(by=BY)
        kept = paper(f"{key} paper", "board", "platform")
        held.keep_documentation(by=BY, text=mark(f"{key} documentation"), documents=[kept])
        held.propose(by=BY, text=mark(f"{key} proposal"))
    held.document(by=BY)
    return guest


def plant_seats() -> None:
    for n, (role, side) in enumerate((("chair", "politics"), ("member", "civil"), ("member", "civil"))):
        seat = council.make_council_seat(side, role=role)
        address, phone = email("council person email", f"{n}."), mark("council person phone")
        Person.objects.filter(pk=seat.person_id).update(email=address, phone=phone)
    seat = council.make_board_seat(role="treasurer", email=email("board person email"))
    Person.objects.filter(pk=seat.person_id).update(phone=mark("board person phone"))


def plant_hidden(bodies: dict[str, Body], decider: Seat) -> None:
    """People of organisations that staff mark once all is published: in every seat, duty, list and text there is.

    In days when nobody else had a seat, so that nothing else that is planted is about them.
    """
    marked = [council.make_organisation_joined() for _ in range(4)]
    joint = Body.objects.create(
        slug="dold-styrgrupp", name="Den andra styrgruppen", kind="steering_group", owner="joint"
    )
    of = {"first_day": at(-60).date(), "last_day": at(-35).date()}
    stated = {"organisation": None, "organisation_as_stated": Organisation.objects.create(name="Bara i källan").name}
    for n, (body, key) in enumerate(((bodies["council"], "council"), (bodies["board"], "board"), (joint, "steering"))):
        civil = {"body": body, "side": "civil" if key == "council" else "", "organisation": marked[n]} | of
        for role in ("chair", "member", "substitute", "vice_chair"):
            source = stated if (key, role) == ("board", "vice_chair") else {}
            person = council.make_person(f"{mark(f'hidden {key} name')}{role[0]}")
            Seat.objects.create(role=role, person=person, **civil | source)
        if key == "council":
            council.make_council_seat("politics", name=mark("open politician name"), **of)
        publish_with(body, mark(f"hidden {key} name"))
    word = mark("hidden annual name")
    contacts = [
        Membership.begin(organisation=row, name=f"{word}{n}", email=f"{n}.dold@exempel.se", motivation="Vi vill.")
        for n, row in zip("cm", marked[2:], strict=True)
    ]
    for contact in contacts:
        contact.confirm(by=contact.applicant)
        contact.accept(by=BY, seat=decider, decision_note="§ 1")
    publish_with(bodies["annual_meeting"], word)
    for contact in contacts:
        contact.leave(by=contact.applicant)
    chair = f"{mark('hidden council name')}c"
    ContactPerson.objects.create(topic="platform", name=chair, email=f"{chair}@exempel.se", as_of=NOW.date())
    for organisation in (*marked, Organisation.objects.get(name=stated["organisation_as_stated"])):
        organisation.decide_names(by=BY, names="hidden")


def publish_with(body: Body, word: str) -> None:
    """A meeting whose notice, minutes and correction name somebody wherever a name can stand."""
    start = at(-40)
    meeting = Meeting.objects.create(body=body, starts_at=start, ends_at=start + timedelta(hours=2), audience="public")
    meeting.items.create(order=1, title=f"Tack till {word}c", text=f"{word}c slutar", presenter=f"{word}c")
    with travel(start - 10 * DAY):
        meeting.call(by=BY)
    people = council.attend(meeting)
    absent = next((person for person in people if person.role == Seat.Role.MEMBER.label), None)
    substitute = next((person for person in people if person.is_substitute), None)
    if substitute and absent:
        absent.presence, absent.duty, substitute.serves_for = "absent", "", absent
        absent.save()
        substitute.duty = "" if meeting.participants.filter(duty="signer").exists() else "signer"
        substitute.save()
    meeting.hold(by=BY, secretary_name=f"{word}c", also_present=f"{word}c", quorum_note=f"Till {word}c gick")
    text = f"§ 1 Tack till {word}c\nFöredragande: {word}c\nDiskussion: {word}m, {word.upper()}C och {word}cs vän\n"
    council.write(meeting, text).draw_up(by=BY)
    council.sign_off(meeting)
    meeting.minutes.correct(by=BY, text=f"{word}c skrevs fel.", privacy_reviewed=True)
    publish(meeting, "public")


def board_users() -> dict[str, User]:
    today = timezone.localdate()
    rows = {
        "chair": {"role": "chair"},
        "member": {"role": "member"},
        "auditor": {"role": "auditor"},
        "former": {"role": "secretary", "last_day": today - DAY},
        "coming": {"role": "vice_chair", "first_day": today + DAY},
    }
    users = {}
    for name, facts in rows.items():
        address = email("officer account") if name == "chair" else email("board member account", f"{name}.")
        users[name] = factories.make_user("", email=address)
        council.make_board_seat(users[name], **facts)
    return users


@dataclass
class Reader:
    user: User | None = None
    purpose: str = ""
    token: str = ""


def plant_plans() -> None:
    """One that everybody reads, followed up by somebody whom nobody sees, and a draft."""
    facts = {"version": factories.make_version(), "first_day": at(-90).date(), "last_day": at(90).date()}
    draft = ActionPlan.objects.create(label="2031", **facts)
    draft.items.create(title=mark("draft plan item"))
    item = ActionPlan.objects.create(label="2030", is_published=True, **facts).items.create(title="Lokaler")
    item.follow_up(by=Actor(mark("plan reporter")), party="platform", text=mark("plan text"))


# Partnerships: one where it began, one for each way in which it may end, and two that hold an agreement.


def begin(key: str) -> Partnership:
    contact = {"name": mark(f"{key} contact"), "email": email(f"{key} contact")}
    return Partnership.begin(request_key=uuid4(), organisation=council.make_organisation_joined(), **contact)


def terms_of(key: str) -> dict[str, str]:
    told = ("purpose", "target_group", "shared_need", "area", "short_reason")
    return {"title": mark(f"{key} title"), **{name: mark(f"{key} text") for name in told}}


def propose(key: str, *, begins: int = 30, years: int = 5) -> Partnership:
    partnership = begin(key)
    period = iop.period(years, begins)
    rows = [iop.row(period["first_day"].year, "premises", None, None, mark(f"{key} note"))]
    partnership.propose(by=partnership.proposer.actor, facts=terms_of(key) | period, contributions=rows)
    return partnership


def negotiate(key: str, by: Actor, **period) -> Partnership:
    """All that the agreement says, and what it does not: the contacts, who signs, and what the officer has judged."""
    partnership = propose(key, **period)
    partnership.open_dialogue(by=by)
    contact = {"contact_name": mark(f"{key} unit"), "email": email(f"{key} unit")}
    unit = partnership.add_party(by=by, unit=iop.make_unit(), **contact)
    answers = {criterion.key: ("yes", mark(f"{key} answer")) for criterion in CRITERIA}
    for party in partnership.parties.all():
        party.answer(by=party.actor, base=0, answers=answers)
        signs = {"name": mark(f"{key} signatory"), "email": email(f"{key} signatory", f"{party.pk}."), "role": "Chef"}
        party.name_signatories(by=party.actor, base=1, people=[signs])
    rows = [iop.row(partnership.first_day.year, note=mark(f"{key} note"))]
    unit.refresh_from_db()
    unit.contribute(by=unit.actor, base=2, rows=rows)
    partnership.change_indicators(
        by=by, rows=[{"id": None, "name": mark(f"{key} measure"), "unit": "personer", "goal": None}]
    )
    partnership.draft_agreement(by=by)
    rewrite(partnership, key, by)
    partnership.submit(by=by)
    return partnership


def rewrite(partnership: Partnership, key: str, by: Actor) -> None:
    words = {"terms": mark(f"{key} terms"), "procurement_note": mark(f"{key} procurement")}
    period = {"first_day": partnership.first_day, "last_day": partnership.last_day}
    written = terms_of(key) | words | period
    principles = list(Principle.objects.filter(slug="dialog"))
    partnership.change_terms(by=by, base=partnership.revision, facts=written, principles=principles)


def decide(partnership: Partnership, key: str, by: Actor) -> Agreement:
    where, why = mark(f"{key} decided"), mark(f"{key} motivation")
    day = {"decided_on": timezone.localdate(), "decided_where": where, "motivation": why}
    partnership.decide(by=by, privacy_reviewed=True, **day)
    return partnership.open_agreement


def agree(key: str, by: Actor, *, ago: int, years: int = 5) -> Partnership:
    """Signed and begun, so many days ago."""
    with travel(NOW - (ago + 20) * DAY):
        partnership = negotiate(key, by, begins=20, years=years)
        decide(partnership, key, by)
        iop.sign_all(partnership)
    with travel(NOW - ago * DAY):
        partnership.start()
    return partnership


def tell(partnership: Partnership, name: str) -> FollowUp:
    """The open follow-up, written by all parties."""
    follow_up = partnership.open_follow_up
    values = {indicator.pk: (Decimal(40), mark(name)) for indicator in partnership.indicators.all()}
    for party in partnership.parties.all():
        follow_up.write(party, by=party.actor, text=mark(name), base=0, values=values)
    return follow_up


def follow_up(partnership: Partnership, name: str, by: Actor) -> FollowUp:
    """Written, and approved by all."""
    if partnership.state == Partnership.State.ACTIVE:
        partnership.begin_follow_up(by=by)
    told = tell(partnership, name)
    for party in partnership.parties.all():
        told.refresh_from_db()
        told.approve(party, by=party.actor, base=told.revision)
    partnership.refresh_from_db()
    return told


def plant_agreed(by: Actor, talked_about: list[AgendaItem]) -> Partnership:
    """One follow-up that everyone reads, one that was taken off the web again, and one that is being written."""
    partnership = agree("iop agreed", by, ago=700)
    with travel(NOW - 350 * DAY):
        follow_up(partnership, "iop agreed published", by).publish(by=by, privacy_reviewed=True)
    with travel(NOW - 20 * DAY):
        taken = follow_up(partnership, "iop agreed taken", by)
        taken.publish(by=by, privacy_reviewed=True)
        taken.unpublish(by=by, reason=mark("iop agreed reason"))
    partnership.begin_follow_up(by=by)
    tell(partnership, "iop agreed written")
    partnership.agenda_items.set(talked_about)
    body = partnership.form_steering_group(by=by)
    council.fill_steering_group(body)
    about = {"email": email("steering person email"), "phone": mark("steering person phone")}
    Person.objects.filter(pk=body.seats.last().person_id).update(**about)
    plan(body, "steering planned", DAYS["steering planned day"])
    call(body, "steering called", 30)
    call(body, "steering staff", 40, audience="staff")
    sign(body, "steering signed off", -3)
    publish(sign(body, "steering published", -4), "public")
    publish(sign(body, "steering internal", -5, audience="staff"), "staff")
    return partnership


def plant_renegotiated(by: Actor) -> dict[str, tuple]:
    """Signed, and then changed twice: the first change was sent out and called back, the second is out to be signed."""
    partnership = agree("iop before", by, ago=200)
    partnership.renegotiate(by=by, reason=mark("iop before reason"))
    signed = partnership.agreement.signatures.first()
    rewrite(partnership, "iop voided", by)
    voided = decide(partnership, "iop voided", by)
    partnership.reopen(by=by, reason=mark("iop voided reason"))
    rewrite(partnership, "iop new", by)
    unit = partnership.parties.municipal().get()
    years = [partnership.first_day.year]
    unit.contribute(
        by=unit.actor, base=unit.revision, rows=[iop.row(year, note=mark("iop new note")) for year in years]
    )
    asked = decide(partnership, "iop new", by)
    partnership.form_steering_group(by=by)
    return {
        "negotiator": (PARTY_LINK, partnership.proposer),
        "signatory before": (SIGN_LINK, signed),
        "signatory no longer asked": (SIGN_LINK, voided.signatures.first()),
        "signatory asked": (SIGN_LINK, asked.signatures.first()),
    }


def plant_partnerships(by: Actor, talked_about: list[AgendaItem]) -> dict[str, tuple]:
    """Who holds which of their links, and the row that it opens."""
    draft = begin("iop draft")
    rows = [{"year": "2031", "kind": "other", "note": mark("iop draft text")}]
    draft.keep(idea=dict.fromkeys(("title", "purpose", "shared_need"), mark("iop draft text")), contributions=rows)
    found = {"drafter": draft, "proposer": propose("iop proposal")}
    decide(negotiate("iop out", by), "iop out", by)
    found["declined proposer"] = declined = propose("iop declined")
    day = {"decided_on": timezone.localdate(), "decided_where": mark("iop declined decided")}
    declined.decline(by=by, motivation=mark("iop declined reason"), **day)
    found["cancelled proposer"] = cancelled = propose("iop cancelled")
    cancelled.cancel(by=cancelled.proposer.actor, reason=mark("iop cancelled reason"))
    found["terminated proposer"] = terminated = agree("iop terminated", by, ago=100)
    terminated.terminate(by=by, on=timezone.localdate(), reason=mark("iop terminated reason"))
    ended = agree("iop ended", by, ago=1200, years=3)
    ended.end()
    follow_up(ended, "iop ended evaluation", by)
    found["agreed proposer"] = agreed = plant_agreed(by, talked_about)
    links = {name: (PARTY_LINK, partnership.proposer) for name, partnership in found.items()}
    links["agreed unit"] = (PARTY_LINK, agreed.parties.municipal().get())
    links["agreed signatory"] = (SIGN_LINK, agreed.agreement.signatures.first())
    return links | plant_renegotiated(by)


def plant() -> dict[str, Reader]:
    """All of it, and the readers that look for it."""
    plant_plans()
    plant_unsent()
    bodies = council.make_bodies()
    plant_seats()
    users = board_users()
    for role in ("utvecklingsledare", "iop", "styrelse", "sekreterare", "registrator", "administrator"):
        users[role] = factories.make_user(role)
    users["superuser"] = User.objects.create_superuser("allt@kommun.example", "ett-langt-losenord", name="Super")
    seats = {name: Seat.objects.get(person__email=users[name].email) for name in ("chair", "former")}
    plant_hidden(bodies, seats["chair"])
    members, papers = plant_members(seats["chair"]), plant_papers()
    meetings = plant_council(bodies["council"], papers) | plant_platform(bodies, papers)
    plant_nominations(members["member"].organisation)
    readers = {"anonymous": Reader()} | {name: Reader(user) for name, user in users.items()}
    talked_about = AgendaItem.objects.filter(meeting__body=bodies["council"])
    held = plant_partnerships(Actor.of(users["iop"]), list(talked_about))
    for name, (purpose, row) in (links(members, meetings, plant_conferences()) | held).items():
        readers[name] = Reader(None, purpose, tokens.make(purpose, rekey(row, f"{name} key")))
    for name, seat in seats.items():
        key = rekey(seat, f"{name} calendar key", "calendar_key")
        readers[f"{name} by calendar"] = Reader(None, BOARD_CALENDAR, tokens.make(BOARD_CALENDAR, key))
    index.refresh()
    return readers


def plant_unsent() -> None:
    """An application that its signatories have been sent, one of whom declined, and one that was withdrawn then."""
    for key in ("awaiting joining", "withdrawn joining"):
        name = f"{council.letters()} {mark(f'{key} organisation')} {council.letters()}"  # like no other name
        accession = factories.make_draft(name=name, area=mark(f"{key} organisation"))
        people = [
            {"name": f"{name} {mark(f'{key} signatory')}", "role": "Ledamot", "email": email(f"{key} signatory", name)}
            for name in ("Anna", "Bo")
        ]
        accession.keep(signatories=people)
        contact = {"applicant_name": mark(f"{key} contact"), "applicant_email": email(f"{key} contact")}
        type(accession).objects.filter(pk=accession.pk).update(**contact)
        accession.refresh_from_db()
        factories.invite(accession)
        if key == "withdrawn joining":
            accession.withdraw(by=accession.applicant)
        else:
            accession.open_round.signatures.first().decline(reason=mark("awaiting joining reason"))


def plant_report() -> AccessibilityReport:
    """Answered, and opened again: the receipt tells nothing of what was written, to nobody."""
    told = {name: mark(f"report {name}") for name in ("what", "page", "aid", "name")}
    report = AccessibilityReport.receive(request_key=uuid4(), email=email("report email"), **told)
    report.answer(by=BY, reply=mark("report reply"))
    report.reopen(by=BY, reason=mark("report reason"))
    return report


def links(members: dict[str, Membership], meetings: dict[str, Meeting], guest: Registration) -> dict[str, tuple]:
    """Who holds which personal link, and the row that it opens."""
    called = meetings["called"].participants.order_by("pk")
    gone = called.last()
    Seat.objects.filter(pk=gone.seat_id).update(last_day=timezone.localdate())
    invited = {
        "invited": called.first(),
        "no longer invited": gone,
        "invited to the cancelled": meetings["cancelled"].participants.first(),
        "invited to the board": meetings["board called"].participants.first(),
        "invited as a member": meetings["members called"].participants.get(),
    }
    rounds = SignOff.objects.filter(round__minutes__meeting=meetings["objected"])
    signers = {
        "signer": rounds.filter(round__outcome="open").first(),
        "signer of the voided": rounds.filter(round__outcome="voided").last(),
        "signer of the unpublished": SignOff.objects.get(round__minutes__meeting=meetings["unpublished"], order=1),
        "board signer": SignOff.objects.get(round__minutes__meeting=meetings["board drawn up"], order=1),
    }
    contacts = {f"{key} by link": members[key] for key in ("member", "refused", "excluded", "left")}
    contacts["applicant by link"] = members["applied"]
    held = [(INVITATION_LINK, invited), (SIGN_OFF_LINK, signers), (MEMBER_LINK, contacts)]
    found = {name: (purpose, row) for purpose, rows in held for name, row in rows.items()}
    return found | {"guest": (REGISTRATION_LINK, guest), "reporter": (RECEIPT_LINK, plant_report())}


def rekey(row, name: str, attribute: str = "key") -> str:
    """A key that can be recognised, in the row and in the letter that carried its link."""
    Letter.objects.filter(link_key=getattr(row, attribute)).update(link_key=mark(name))
    type(row).objects.filter(pk=row.pk).update(**{attribute: mark(name)})
    return mark(name)
