"""One row or many: every page of Rådet and Plattformen asks the database as often, whoever looks."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import tokens
from council.models import Conference, Membership, Nomination, Registration, Seat
from council.models.memberships import MEMBER_LINK
from council.models.registrations import REGISTRATION_LINK
from council.urls import urlpatterns
from council.views.calendar import BOARD_CALENDAR
from tests import factories
from tests.council.pages import queries, signed_in, url
from tests.factories import council as make
from tests.factories.council import BY

COMPLETE = [f"/{part.pattern}" for part in urlpatterns if "<" not in str(part.pattern)]
ADMIN = ["index", "council_seat_changelist", "council_meeting_changelist", "council_nomination_changelist"]
STATES = ["planned", "called", "cancelled", "held", "drawn_up", "signed_off", "published"]


def plant(n: int) -> None:
    """One more of everything that a page could list."""
    bodies, today = make.make_bodies(), timezone.localdate()
    facts = {"title": f"Dokument {n}", "category": "other", "owner": "platform", "audience": "members"}
    paper = Document.add(by=BY, upload=factories.upload(), **facts)
    for kind in ("council", "board"):
        for state in STATES:
            meeting = make.make_meeting(bodies[kind], state=state, days=20 + n, announced=True)
            meeting.items.first().documents.add(paper)
    make.make_meeting(bodies["member_meeting"], state="called", days=20 + n, audience="public")
    make.end_accession(make.make_member().organisation)
    for state in ("applied", "rejected"):
        make.make_member(state=state)
    make.make_board_seat(role="substitute")
    for side in ("civil", "politics"):
        make.make_council_seat(side, role="substitute")
    facts = {"organisation": make.make_member().organisation, "role": "member"}
    for verb in ("propose", "nominate"):
        row = Nomination.propose(by=BY, candidate=make.make_person(), **facts)
        if verb == "nominate":
            row.nominate(by=BY, decision_note="§ 14")
    start = timezone.now() + timedelta(days=60 + n)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=6), "opens_on": today, "closes_on": today}
    Conference.plan(by=BY, year=2030 + n, theme="T", place="P", capacity=99, **times).open_registration(by=BY)
    first = Conference.objects.get(year=2030)
    Registration.ask(first, name="Gäst", email=f"gast{n}@exempel.se", organisation="", needs="")
    Registration.objects.latest("pk").confirm()
    letter = letters.queue(to="a@exempel.se", subject="Ett brev", body="", kind="slag", case=bodies["board"])
    Letter.objects.filter(pk=letter.pk).update(failed_at=timezone.now())


@pytest.mark.django_db
def test_one_row_and_many_ask_as_many_queries(settings):
    settings.DEMO = True
    make.people(make.make_bodies()["board"])
    member = make.make_board_member()
    visitors = {"anonymous": Client(), "board": signed_in(member)}
    visitors["secretary"] = signed_in(factories.make_user("sekreterare"))
    for n in range(2):
        plant(n)
    rows = {
        MEMBER_LINK: Membership.objects.active().first().key,
        REGISTRATION_LINK: Registration.objects.first().key,
        BOARD_CALENDAR: Seat.objects.in_room(member).get().calendar_key,
    }
    addresses = [*COMPLETE, *(reverse(f"admin:{name}") for name in ADMIN)]
    addresses += [reverse(purpose, args=[tokens.make(purpose, key)]) for purpose, key in rows.items()]
    addresses += [url(name, 2030) for name in ("conference_year", "room_conference", "room_registrations")]

    def asked():
        opened = [(who, page) for who, client in visitors.items() for page in addresses if is_open(client, page)]
        return {(who, page): queries(visitors[who], page) for who, page in opened}

    few = asked()
    for n in range(2, 4):
        plant(n)
    many = asked()
    assert not {key: (asked, many[key]) for key, asked in few.items() if many[key] != asked}
    assert len(few) > 60 and max(few.values()) <= 20


def is_open(client: Client, page: str) -> bool:
    return client.get(page).status_code == 200
