"""Every address of documents, the plan, Rådet and Plattformen times every kind of visitor, with a seat or without."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from agreement.models import ActionPlan
from botkyrka_civil.casework.models import Actor, Letter
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import tokens
from council.models import Conference, Meeting, Minutes, Nomination, Registration, Seat, SignOff
from tests import factories
from tests.factories import council as make
from tests.tools.web import POSTGRES, bare_refusals, client_for
from tests.walks.council_table import PEOPLE, TABLE
from tests.walks.doors import ask, worth_asking


@pytest.fixture(scope="module")
def people(module_rows):
    yesterday = timezone.localdate() - timedelta(days=1)
    found = {role: factories.make_user(role) for role in PEOPLE[1:6]}
    found["chair"] = make.make_board_member("chair")
    found["auditor"] = make.make_board_member("auditor")
    found["former"] = make.make_board_member(last_day=yesterday)
    return found


BY = Actor("Testaren")
STATES = ("planned", "called", "held", "drawn_up", "signed_off", "published")


def a_held_conference() -> Conference:
    start = timezone.now() - timedelta(days=400)
    day = timezone.localdate(start)
    facts = {"theme": "Lokaler", "place": "Alby", "capacity": 9, "opens_on": day, "closes_on": day}
    with time_machine.travel(start - timedelta(hours=1), tick=False):
        made = Conference.plan(by=BY, year=start.year, starts_at=start, ends_at=start + timedelta(hours=5), **facts)
        made.open_registration(by=BY)
        made.close_registration(by=BY)
    made.hold(by=BY)
    return made


def signer(meeting: Meeting) -> SignOff:
    return meeting.minutes.current_round.signatures.first()


@pytest.fixture(scope="module")
def place(people):
    """One of everything that an address can lead to, and how each address is spelled. Without the second factor."""
    with override_settings(DEMO=True):
        yield plant(people)


def plant(people):
    bodies = make.make_bodies()
    version = factories.make_version()
    today = timezone.localdate()
    plan = ActionPlan.objects.create(version=version, label="2026", first_day=today, last_day=today, is_published=True)
    item = plan.items.create(title="Punkten")
    documents = {
        owner: Document.add(
            by=BY,
            upload=factories.upload(f"{owner}.pdf"),
            title=owner,
            category="other",
            owner=owner,
            audience=audience,
        )
        for owner, audience in (("municipality", "public"), ("platform", "board"))
    }
    to_members = {"title": "Medlemsbrev", "category": "other", "owner": "platform", "audience": "members"}
    documents["members"] = Document.add(by=BY, upload=factories.upload(), **to_members)
    meetings = {state: make.make_meeting(state=state) for state in STATES}
    make.write(meetings["held"])
    for name in ("with a file", "to sign"):
        meetings[name] = make.make_meeting(state="held")
        meetings[name].items.last().documents.add(documents["municipality"])
        Minutes.of(meetings[name]).attach(by=BY, upload=factories.upload())
    meetings["to sign"].minutes.draw_up(by=BY)
    meetings["members"] = make.make_meeting(bodies["member_meeting"], state="signed_off")
    meetings["members"].publish(by=BY, audience="public", privacy_reviewed=True)
    meetings["members"].announced = True
    meetings["members"].audience = "public"
    meetings["members"].save()
    member = make.make_member()
    begun = make.make_member(state="begun")
    nomination = Nomination.propose(
        by=BY, candidate=make.make_person(), organisation=member.organisation, role="member"
    )
    handed = Nomination.propose(by=BY, candidate=make.make_person(), organisation=member.organisation, role="member")
    handed.nominate(by=BY, decision_note="§ 1")
    start = timezone.now() + timedelta(days=30)
    facts = {"theme": "Unga", "place": "Alby", "capacity": 9, "opens_on": today, "closes_on": today}
    conference = Conference.plan(by=BY, year=start.year, starts_at=start, ends_at=start + timedelta(hours=5), **facts)
    conference.open_registration(by=BY)
    Registration.ask(conference, email="gast@exempel.se", name="Gäst", organisation="", needs="")
    guest = Registration.objects.get()
    held = a_held_conference()
    proposal = held.proposals.create(text="Mer tid")
    letter = Letter.objects.filter(room="platform").first()
    paper = meetings["planned"].items.first()
    paper.documents.add(documents["municipality"])
    meetings["called"].items.first().documents.add(documents["municipality"])
    meetings["called"].call_again(by=BY)
    seat = make.make_council_seat("politics")
    rows = {
        "council/body": bodies["council"], "council/term": bodies["council"].terms.create(label="1", first_day=today),
        "council/meeting": meetings["published"], "council/nomination": handed, "organisations/person": seat.person,
        "council/seat": seat, "agreement/actionplan": plan, "agreement/actionitem": item,
        "documents/document": documents["municipality"],
    }  # fmt: skip
    links = {
        "plattformen/medlem/<str:token>/aterkalla/": ("council:membership", begun.key),
        "plattformen/medlem/": ("council:membership", member.key),
        "kallelse/": ("council:invitation", meetings["called"].participants.called().first().key),
        "justering/<str:token>/protokoll.pdf": ("council:sign_off", signer(meetings["signed_off"]).key),
        "justering/": ("council:sign_off", signer(meetings["to sign"]).key),
        "dialogkonferens/anmalan/": ("council:conference_registration", guest.key),
        "kalender/styrelsen/": ("council:board_calendar", Seat.objects.in_room(people["chair"]).get().calendar_key),
    }
    keys = {
        "dokument/": documents["municipality"],
        "plattformen/medlem/<str:token>/moten/": meetings["members"],
        "plattformen/medlem/<str:token>/dokument/": documents["members"],
        "plattformen/styrelserum/brev/": letter,
        "plattformen/styrelserum/arkiv/mote/": meetings["members"],
        "plattformen/styrelserum/dokument/": documents["platform"],
        "plattformen/styrelserum/medlemmar/": member,
        "plattformen/styrelserum/handlingsplan/": item,
        "plattformen/styrelserum/nomineringar/": nomination,
        "plattformen/styrelserum/styrelsen/": Seat.objects.in_room(people["chair"]).get(),
        "kallelse/<str:token>/handling/": documents["municipality"],
        "justering/<str:token>/handling/": documents["municipality"],
        "plattformen/styrelserum/dialogkonferens/<int:year>/forslag/": proposal,
        "plattformen/styrelserum/dialogkonferens/<int:year>/anmalda/": guest,
        "motesrum/<int:pk>/redigera": meetings["planned"],
        "motesrum/<int:pk>/kalla": meetings["planned"],
        "motesrum/<int:pk>/stall-in": meetings["planned"],
        "motesrum/<int:pk>/handling": meetings["planned"],
        "motesrum/<int:pk>/narvaro": meetings["held"],
        "motesrum/<int:pk>/protokoll/justering": meetings["held"],
        "motesrum/<int:pk>/protokoll/paminn": meetings["drawn_up"],
        "motesrum/<int:pk>/protokoll/ta-tillbaka": meetings["drawn_up"],
        "motesrum/<int:pk>/protokoll/fil/visa": meetings["with a file"],
        "motesrum/<int:pk>/protokoll": meetings["held"],
        "motesrum/<int:pk>/publicera": meetings["signed_off"],
        "motesrum/": meetings["published"],
    }

    def year_in(route):
        if "arkiv" in route:
            return meetings["members"].day.year
        return held.year if "dokumentation" in route or "forslag" in route else conference.year

    def path(route):
        """The longest beginning that is known says which row, and which key, stands in the address."""
        for begin, (purpose, key) in links.items():
            if route.startswith(begin):
                route = route.replace("<str:token>", tokens.make(purpose, key))
                break
        known = max((begin for begin in keys if route_of(route).startswith(begin)), key=len, default="")
        found = re.match(r"admin/(\w+/\w+)/", route)
        row = rows[found[1]] if found else keys.get(known)
        slug = meetings["members"].slug if "plattformen/moten" in route else meetings["published"].slug
        values = {
            "<slug:body>": "medlemsmote", "<slug:slug>": "radet" if "nytt" in route else slug,
            "<int:year>": str(year_in(route)), "<int:number>": str(meetings["held"].minutes.revisions.last().pk),
            "<str:filnamn>": "municipality.pdf", "<slug:kind>": "kallelse-1" if "arkiv" in route else "kallelse",
            "<slug:step>": "uteslut" if "medlemmar" in route else "stang-anmalan",
            "<int:item>/<int:document>": f"{paper.pk}/{documents['municipality'].pk}", "<int:letter>": str(letter.pk),
            "^(?P<app_label>pages|retention|council|organisations|iop|agreement|documents|accounts|casework)/$":
                "council/",
        }  # fmt: skip
        for spelled, value in values.items():
            route = route.replace(spelled, value)
        return "/" + re.sub(r"<(int:pk|path:object_id)>", str(row.pk if row else 1), route)

    tokens_of = {tokens.make(purpose, key): "<str:token>" for purpose, key in links.values()}

    def route_of(route):
        for token, spelled in tokens_of.items():
            route = route.replace(token, spelled)
        return route

    return path


WITH_A_FORM = ("bli-medlem", "ny-lank", "anmalan", "<str:token>")


@pytest.mark.django_db
@pytest.mark.parametrize("role", PEOPLE)
def test_who_gets_in(role, place, people):
    """Looking changes nothing, and leaves a visitor no cookie; what is closed is closed to a POST as well."""
    client, found, expected, closed = client_for(people, role), {}, {}, []
    for route, row in TABLE.items():
        statuses = dict(zip(PEOPLE, row.split(), strict=True))
        if not worth_asking(route, role, statuses):
            continue
        with bare_refusals():
            response = ask(client, place(route))
        found[route], expected[route] = str(response.status_code), statuses[role]
        assert not response.changed, route
        if response.status_code < 300:
            assert not [method for method in ("head", "options") if ask(client, place(route), method).wrote], route
        if role == "anonymous" and row.startswith("200") and not any(form in route for form in WITH_A_FORM):
            assert not response.cookies, route
            client.cookies.clear()
        if statuses[role] == ("302" if role == "anonymous" else "403"):
            closed.append(route)
    assert found == expected
    assert len(closed) > 20 or POSTGRES
    for route in closed:
        with bare_refusals():
            response = ask(client, place(route), "post")
        assert response.status_code in (302, 403, 405) and not response.wrote, route
