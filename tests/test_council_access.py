"""Every address of documents, the plan, Rådet and Plattformen times every kind of visitor, with a seat or without."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from agreement.models import ActionPlan
from botkyrka_civil.casework.models import Actor, Letter
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import tokens
from council.models import Conference, Meeting, Minutes, Nomination, Registration, Seat, SignOff

from . import council_factories as make
from . import factories
from .test_access import client_for, counts, get

PEOPLE = ["anonymous", "utvecklingsledare", "iop", "sekreterare", "registrator", "administrator"]
PEOPLE += ["chair", "auditor", "former"]  # with a seat on the board: deciding, reading only, and ended yesterday
BY = Actor("Testaren")

STATES = ("planned", "called", "held", "drawn_up", "signed_off", "published")
# GET, in the order of PEOPLE; addresses that are answered alike stand together. 302 for the anonymous is to sign in.
GROUPS = {
    "200 200 200 200 200 200 200 200 200": """
        plattformen/medlem/<str:token>/dokument/<int:pk>/
        kallelse/<str:token>/handling/<int:pk>/
        justering/<str:token>/protokoll.pdf
        justering/<str:token>/fil/
        justering/<str:token>/handling/<int:pk>/
        dokument/
        dokument/atom.xml
        dokument/<int:pk>/
        dokument/<int:pk>/<str:filnamn>
        overenskommelsen/handlingsplan/
        radet/
        radet/atom.xml
        radet/moten/
        radet/moten/<slug:slug>/
        radet/moten/<slug:slug>/protokoll.pdf
        radet/moten/<slug:slug>/kalender.ics
        kalender/radet.ics
        kalender/plattformen.ics
        kalender/styrelsen/<str:token>.ics
        dialogkonferens/<int:year>/kalender.ics
        plattformen/
        plattformen/styrelsen/
        plattformen/bli-medlem/
        plattformen/ny-lank/
        plattformen/medlem/<str:token>/
        plattformen/medlem/<str:token>/aterkalla/
        plattformen/medlem/<str:token>/uttrade/
        plattformen/medlem/<str:token>/moten/<int:pk>/
        plattformen/medlem/<str:token>/moten/<int:pk>/protokoll.pdf
        plattformen/moten/<slug:body>/<slug:slug>/
        plattformen/moten/<slug:body>/<slug:slug>/protokoll.pdf
        kallelse/<str:token>/
        kallelse/<str:token>/kallelse.pdf
        kallelse/<str:token>/kalender.ics
        justering/<str:token>/
        justering/<str:token>/andra/
        dialogkonferens/
        dialogkonferens/<int:year>/
        dialogkonferens/<int:year>/anmalan/
        dialogkonferens/anmalan/<str:token>/
        dialogkonferens/anmalan/<str:token>/avanmal/
    """,
    "302 403 403 403 403 403 200 403 403": """
        plattformen/styrelserum/dialogkonferens/<int:year>/dokumentation/
        plattformen/styrelserum/dialogkonferens/<int:year>/forslag/nytt/
        plattformen/styrelserum/dialogkonferens/<int:year>/<slug:step>/
        plattformen/styrelserum/dokument/nytt/
        plattformen/styrelserum/dokument/<int:pk>/andra/
        plattformen/styrelserum/dokument/<int:pk>/ny-version/
        plattformen/styrelserum/dokument/<int:pk>/lamna-over/
        plattformen/styrelserum/medlemmar/lagg-till/
        plattformen/styrelserum/medlemmar/<int:pk>/kontakt/
        plattformen/styrelserum/medlemmar/<int:pk>/<slug:step>/
        plattformen/styrelserum/handlingsplan/<int:pk>/
        plattformen/styrelserum/nomineringar/ny/
        plattformen/styrelserum/nomineringar/<int:pk>/nominera/
        plattformen/styrelserum/nomineringar/<int:pk>/inte-aktuell/
        plattformen/styrelserum/styrelsen/ny/
        plattformen/styrelserum/styrelsen/<int:pk>/avsluta/
        plattformen/styrelserum/styrelsen/<int:pk>/uppgifter/
        plattformen/styrelserum/dialogkonferens/ny/
        plattformen/styrelserum/dialogkonferens/<int:year>/andra/
        plattformen/styrelserum/dialogkonferens/<int:year>/anmalda/
        plattformen/styrelserum/dialogkonferens/<int:year>/anmalda.csv
        plattformen/styrelserum/dialogkonferens/<int:year>/anmalda/<int:pk>/avanmal/
        plattformen/styrelserum/dialogkonferens/<int:year>/forslag/<int:pk>/
        plattformen/styrelserum/dialogkonferens/<int:year>/forslag/<int:pk>/ta-bort/
    """,
    "302 403 403 403 403 403 200 200 403": """
        plattformen/styrelserum/arkiv/mote/<int:pk>/<slug:kind>/
        plattformen/styrelserum/
        plattformen/styrelserum/kalender/
        plattformen/styrelserum/nedladdat/
        plattformen/styrelserum/arkiv/
        plattformen/styrelserum/arkiv/<int:year>/
        plattformen/styrelserum/arkiv/<int:year>/allt.zip
        plattformen/styrelserum/arkiv/mote/<int:pk>/allt.zip
        plattformen/styrelserum/dokument/
        plattformen/styrelserum/dokument/<int:pk>/
        plattformen/styrelserum/ansokningar/
        plattformen/styrelserum/medlemmar/
        plattformen/styrelserum/medlemmar.csv
        plattformen/styrelserum/medlemmar/<int:pk>/
        plattformen/styrelserum/handlingsplan/
        plattformen/styrelserum/nomineringar/
        plattformen/styrelserum/nomineringar/<int:pk>/
        plattformen/styrelserum/styrelsen/
        plattformen/styrelserum/dialogkonferens/
        plattformen/styrelserum/dialogkonferens/<int:year>/
    """,
    "302 403 403 200 403 403 404 403 403": """
        motesrum/<int:pk>/protokoll/versioner/<int:number>/
        motesrum/<int:pk>/protokoll/fil/visa/
        motesrum/nytt/<slug:slug>/
        motesrum/<int:pk>/
        motesrum/<int:pk>/redigera/
        motesrum/<int:pk>/kalla/
        motesrum/<int:pk>/stall-in/
        motesrum/<int:pk>/narvaro/
        motesrum/<int:pk>/protokoll/
        motesrum/<int:pk>/protokoll/granska/
        motesrum/<int:pk>/protokoll/versioner/
        motesrum/<int:pk>/protokoll/fil/
        motesrum/<int:pk>/protokoll/justering/
        motesrum/<int:pk>/protokoll/ta-tillbaka/
        motesrum/<int:pk>/publicera/
        motesrum/<int:pk>/avpublicera/
        motesrum/<int:pk>/ratta/
    """,
    "302 403 403 403 403 403 403 403 403": """
        admin/council/body/add/
        admin/council/body/<path:object_id>/delete/
        admin/council/term/<path:object_id>/delete/
        admin/council/meeting/add/
        admin/council/meeting/<path:object_id>/delete/
        admin/council/nomination/add/
        admin/council/nomination/<path:object_id>/delete/
        admin/organisations/person/<path:object_id>/delete/
        admin/council/seat/<path:object_id>/delete/
        admin/agreement/actionplan/<path:object_id>/delete/
        admin/agreement/actionitem/<path:object_id>/delete/
        admin/documents/document/<path:object_id>/delete/
    """,
    "302 200 403 200 200 200 403 403 403": """
        admin/council/body/
        admin/council/body/<path:object_id>/history/
        admin/council/body/<path:object_id>/change/
        admin/council/term/
        admin/council/term/<path:object_id>/history/
        admin/council/term/<path:object_id>/change/
    """,
    "302 200 200 200 200 200 403 403 403": """
        admin/council/seat/
        admin/^(?P<app_label>pages|retention|council|organisations|iop|agreement|documents|casework|accounts)/$
    """,
    "302 200 302 200 200 200 403 403 403": """
        admin/council/seat/<path:object_id>/history/
        admin/council/seat/<path:object_id>/change/
    """,
    "302 302 302 302 302 302 403 403 403": """
        admin/council/body/<path:object_id>/
        admin/council/term/<path:object_id>/
        admin/council/meeting/<path:object_id>/
        admin/council/nomination/<path:object_id>/
        admin/organisations/person/<path:object_id>/
        admin/council/seat/<path:object_id>/
        admin/agreement/actionplan/<path:object_id>/
        admin/agreement/actionitem/<path:object_id>/
        admin/documents/document/<path:object_id>/
    """,
    "302 200 403 200 200 403 403 403 403": """
        admin/council/meeting/<int:pk>/protokoll/
        admin/council/meeting/
        admin/council/meeting/<path:object_id>/history/
        admin/council/nomination/
        admin/council/nomination/<path:object_id>/change/
    """,
    "302 200 200 200 200 403 403 403 403": """
        admin/documents/document/
        admin/documents/document/<path:object_id>/history/
        admin/documents/document/<path:object_id>/change/
        admin/agreement/actionplan/
        admin/agreement/actionplan/<path:object_id>/history/
        admin/agreement/actionplan/<path:object_id>/change/
        admin/agreement/actionitem/
        admin/agreement/actionitem/<path:object_id>/change/
    """,
    "302 302 403 302 302 403 403 403 403": """
        admin/council/nomination/<path:object_id>/history/
    """,
    "302 302 302 302 302 403 403 403 403": """
        admin/agreement/actionitem/<path:object_id>/history/
    """,
    "302 403 403 302 403 403 404 403 403": """
        motesrum/<int:pk>/handlingsplan/
        motesrum/<int:pk>/handling/ny/
        motesrum/<int:pk>/handling/valj/
        motesrum/<int:pk>/handling/<int:item>/<int:document>/ta-bort/
        motesrum/<int:pk>/brev/<int:letter>/skicka/
        motesrum/<int:pk>/lamna-over/
    """,
    "302 200 403 403 403 403 403 403 403": """
        admin/agreement/actionplan/add/
        admin/agreement/actionitem/<int:pk>/start/
        admin/agreement/actionitem/<int:pk>/finish/
        admin/agreement/actionitem/<int:pk>/drop/
        admin/agreement/actionitem/add/
    """,
    "302 403 403 200 403 200 403 403 403": """
        admin/council/term/add/
        admin/organisations/person/add/
    """,
    "302 403 404 200 403 200 403 403 403": """
        admin/council/seat/<int:pk>/avsluta/
    """,
    "302 403 200 200 403 200 403 403 403": """
        admin/council/seat/add/
    """,
    "302 403 200 200 200 200 403 403 403": """
        admin/organisations/person/
    """,
    "302 403 302 200 200 200 403 403 403": """
        admin/organisations/person/<path:object_id>/history/
        admin/organisations/person/<path:object_id>/change/
    """,
    "302 302 302 302 302 302 302 302 302": """
        justering/<str:token>/byt-person/
        dialogkonferens/anmalan/<str:token>/behov/
    """,
    "302 403 403 200 403 403 403 403 403": """
        admin/council/nomination/<int:pk>/appoint/
        admin/council/nomination/<int:pk>/not_appoint/
    """,
    "302 200 403 200 403 403 403 403 403": """
        admin/agreement/actionitem/<int:pk>/follow_up/
    """,
    "302 200 200 200 403 403 403 403 403": """
        admin/documents/document/<int:pk>/ny-version/
        admin/documents/document/add/
    """,
    "302 403 403 403 403 403 405 403 403": """
        plattformen/styrelserum/brev/<int:pk>/skicka-igen/
    """,
    "302 403 403 200 403 403 200 403 403": """
        motesrum/
    """,
    "302 403 403 200 403 403 404 404 403": """
        motesrum/<int:pk>/fil/<slug:kind>
    """,
    "302 403 403 405 403 403 404 403 403": """
        motesrum/<int:pk>/protokoll/paminn/
    """,
    "302 200 403 302 200 403 403 403 403": """
        admin/council/meeting/<path:object_id>/change/
    """,
}
TABLE = {route: row for row, routes in GROUPS.items() for route in routes.split()}


@pytest.fixture
def people(db):
    yesterday = timezone.localdate() - timedelta(days=1)
    found = {role: factories.make_user(role) for role in PEOPLE[1:6]}
    found["chair"] = make.make_board_member("chair")
    found["auditor"] = make.make_board_member("auditor")
    found["former"] = make.make_board_member(last_day=yesterday)
    return found


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


@pytest.fixture
def place(people, monkeypatch, settings):
    """One of everything that an address can lead to, and how each address is spelled."""
    settings.DEMO = True  # without the second factor, which tests/test_auth.py asks for
    monkeypatch.setattr("council.pdf.notice_pdf", lambda *_, **__: factories.pdf_bytes())
    monkeypatch.setattr("council.pdf.minutes_pdf", lambda *_, **__: factories.pdf_bytes())
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
            "^(?P<app_label>pages|retention|council|organisations|iop|agreement|documents|casework|accounts)/$":
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


MAY_LOG = ("pdf", "zip", "csv")  # what is handed out stands in the log
WITH_A_FORM = ("bli-medlem", "ny-lank", "anmalan", "<str:token>")


@pytest.mark.django_db
@pytest.mark.parametrize("role", PEOPLE)
def test_who_gets_in(role, place, people):
    """Looking changes nothing, and leaves a visitor no cookie; what is closed is closed to a POST as well."""
    client, column, found = client_for(people, role), PEOPLE.index(role), {}
    for route, row in TABLE.items():
        before = counts()
        response = get(client, place(route))
        found[route] = response.status_code
        for model, now in counts().items():
            logs = any(kind in response.get("Content-Type", "") for kind in MAY_LOG) and model == "casework.Event"
            more = now > before[model] and (logs or model == "sessions.Session")
            assert now == before[model] or more, (route, model)
        if role == "anonymous" and row.startswith("200") and not any(form in route for form in WITH_A_FORM):
            assert not response.cookies, route
            client.cookies.clear()
    assert found == {route: int(row.split()[column]) for route, row in TABLE.items()}
    shut = [route for route, row in TABLE.items() if row.split()[column] == ("302" if role == "anonymous" else "403")]
    assert len(shut) > 20
    for route in shut:
        before = counts() | {"sessions.Session": 0}
        assert client.post(place(route), {}).status_code in (302, 403, 405), route
        assert counts() | {"sessions.Session": 0} == before, route
