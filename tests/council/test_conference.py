"""Dialogkonferensen: its states, who gets a place, what is disposed of, and what nobody else may see."""

import csv
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, Refused
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.text import safe_cell
from botkyrka_civil.pages import clock
from council.models import Conference, Proposal, Registration
from council.models.registrations import REGISTRATION_LINK
from tests import factories
from tests.council.pages import queries, read, refused, send, signed_in, undone, url
from tests.factories import council as council_factories
from tests.tools.threads import at_once, refusals, same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TODAY = datetime(2027, 1, 20, 12, tzinfo=STOCKHOLM)
THE_DAY = datetime(2027, 3, 10, 9, tzinfo=STOCKHOLM)
AFTER = datetime(2027, 3, 11, 9, tzinfo=STOCKHOLM)
LIST = "/dialogkonferens/"
PAGE = "/dialogkonferens/2027/"
FORM = "/dialogkonferens/2027/anmalan/"
ROOM = "/plattformen/styrelserum/dialogkonferens/"
BOARD = Actor("Siv Styrelse", "siv@exempel.se")
TYPED = {
    "year": "2027", "theme": "Så möts vi", "day": "2027-03-10", "starts": "09:00", "ends": "16:00",
    "place": "Folkets hus, Hallunda", "programme": "09.00 Kaffe", "capacity": "80",
    "opens_on": "2027-01-15", "closes_on": "2027-03-01",
}  # fmt: skip


@pytest.fixture(autouse=True)
def winter():
    with time_machine.travel(TODAY, tick=False):
        yield


def travel(moment):
    return time_machine.travel(moment, tick=False)


def planned(year=2027, **facts):
    known = {
        "theme": "Så möts vi", "place": "Folkets hus, Hallunda", "capacity": 2,
        "starts_at": THE_DAY.replace(year=year), "ends_at": THE_DAY.replace(year=year, hour=16),
        "programme": "09.00 Kaffe och registrering\n09.30–10.15 Öppning\nLunch",
        "opens_on": date(2027, 1, 15), "closes_on": date(2027, 3, 1),
    }  # fmt: skip
    return Conference.plan(by=BOARD, year=year, **known | facts)


OPEN, CLOSED = ["open_registration"], ["open_registration", "close_registration"]
PATHS = {
    "planned": [],
    "registration_open": OPEN,
    "registration_closed": CLOSED,
    "held": [*CLOSED, "hold"],
    "documented": [*CLOSED, "hold", "document"],
    "cancelled": [*OPEN, "cancel"],
}


def conference_in(state, **facts):
    """A conference in any state, brought there by the verbs. Leaves the clock where it was."""
    made = planned(**facts)
    for verb in PATHS[state]:
        if verb == "document":
            made.keep_documentation(by=BOARD, text="Vi pratade om lokaler.", documents=[])
        call(made, verb)
    return made


def call(conference, verb):
    reason = {"reason": "Lokalen brann."} if verb == "cancel" else {}
    with travel(AFTER if verb == "hold" else TODAY):
        getattr(conference, verb)(by=BOARD, **reason)


def ask(conference, n=1, **facts):
    known = {"name": f"Gäst {n}", "email": f"gast{n}@exempel.se", "organisation": "Zonen", "needs": "Glutenfritt"}
    Registration.ask(conference, **known | facts)
    return Registration.objects.get(conference=conference, email=(known | facts)["email"].lower())


def come(conference, *numbers):
    """Guests who ask and confirm, a minute between them."""
    guests = [ask(conference, n) for n in numbers]
    for guest in guests:
        guest.confirm()
    return guests


def states(conference):
    return {r.name: r.state for r in conference.registrations.all()}


def kinds(**of):
    return list(Letter.objects.filter(**of).order_by("pk").values_list("kind", flat=True))


def link(registration, name="conference_registration"):
    return url(name, tokens.make(REGISTRATION_LINK, registration.key))


def sit(role="chair"):
    """Somebody with a seat on the board, signed in."""
    client = signed_in(user := council_factories.make_board_member(role))
    client.user = user
    return client


# States ------------------------------------------------------------------------------------------------------------
# Typed out here and not imported: state -> verb -> the state it leads to
TABLE = {
    "planned": {"open_registration": "registration_open", "cancel": "cancelled"},
    "registration_open": {"close_registration": "registration_closed", "cancel": "cancelled"},
    "registration_closed": {"reopen_registration": "registration_open", "hold": "held", "cancel": "cancelled"},
    "held": {"document": "documented"},
    "documented": {},
    "cancelled": {},
}
VERBS = ["open_registration", "close_registration", "reopen_registration", "hold", "document", "cancel"]


@pytest.mark.parametrize("state", TABLE)
def test_states_times_verbs(state):
    conference = conference_in(state)
    assert conference.state == state and set(Conference.TRANSITIONS) == set(VERBS)
    if conference.has_been_held:
        conference.keep_documentation(by=BOARD, text="Vi pratade.", documents=[])
    for verb in VERBS:
        if target := TABLE[state].get(verb):
            with undone():
                call(same(conference), verb)
                assert same(conference).state == target
                event = Event.objects.of(conference).latest("pk")
                assert (event.verb, event.from_state, event.to_state) == (verb, state, target)
        else:
            with refused("Det går inte att"):
                call(same(conference), verb)


GUEST_TABLE = {
    "unconfirmed": {"renew": "unconfirmed", "confirm": "confirmed", "cancel": "cancelled"},
    "confirmed": {"cancel": "cancelled"},
    "waiting": {"move_in": "confirmed", "cancel": "cancelled"},
    "cancelled": {"renew": "unconfirmed"},
}


@pytest.mark.parametrize("state", GUEST_TABLE)
def test_a_guests_states_times_verbs(state):
    conference = conference_in("registration_open", capacity=1)
    if state == "waiting":
        come(conference, 7)
    guest = ask(conference)
    if state != "unconfirmed":
        guest.confirm()
    if state == "cancelled":
        guest.cancel(by=guest.guest)
    assert guest.state == state
    for verb in ("renew", "confirm", "move_in", "cancel"):
        arguments = {"cancel": {"by": guest.guest}, "renew": {"name": "Ny"}}.get(verb, {})
        target = GUEST_TABLE[state].get(verb)
        with undone() if target else refused("Det går inte att"):
            getattr(same(guest), verb)(**arguments)
            assert same(guest).state == target, verb


def test_it_is_the_boards_own_matter_until_registration_opens():
    """And who registers, always."""
    conference = planned()
    conference.change(by=BOARD, theme="Annat")
    assert conference.room == "platform"
    assert set(Event.objects.of(conference).values_list("room", flat=True)) == {"platform"}
    conference.open_registration(by=BOARD)
    assert conference.room == "" and Event.objects.of(conference).latest("pk").room == ""
    [guest] = come(conference, 1)
    assert not Event.objects.ours().of(guest) and not Letter.objects.ours().filter(to=guest.email)
    other = planned(2028)
    other.cancel(by=BOARD, reason="Ingen ork.")
    assert other.room == "platform"  # it was never anybody else's


def test_what_each_verb_asks_for_beyond_the_state():
    closed, coming = conference_in("registration_closed"), planned(2028)
    late = planned(2029, opens_on=date(2026, 12, 1), closes_on=date(2027, 1, 19))
    Conference.objects.filter(pk=late.pk).update(starts_at=THE_DAY, ends_at=THE_DAY.replace(hour=16))
    late = same(late)
    for moment, sentence, act in (
        (TODAY, "Sista dagen för anmälan var den 19 januari 2027", lambda: late.open_registration(by=BOARD)),
        (AFTER, "Konferensens dag har redan varit", lambda: late.open_registration(by=BOARD)),
        (TODAY, "har inte börjat", lambda: closed.hold(by=BOARD)),
        (TODAY, "Skriv varför", lambda: closed.cancel(by=BOARD, reason=" ")),
        (THE_DAY, "har redan börjat", lambda: closed.cancel(by=BOARD, reason="För sent.")),
        (TODAY, "Anteckna först", lambda: coming.keep_documentation(by=BOARD, text="x", documents=[])),
        (TODAY, "Anteckna först", lambda: coming.propose(by=BOARD, text="x")),
    ):
        with travel(moment), refused(sentence):
            act()
    call(closed, "hold")
    with refused("Skriv dokumentationen eller välj dokument"):
        closed.document(by=BOARD)
    early = planned(2030, opens_on=date(2027, 2, 1))
    early.open_registration(by=BOARD)
    assert early.opens_on == TODAY.date()  # opened by hand before its day


def test_what_must_never_be_the_database_refuses():
    conference = planned()
    Registration.objects.create(conference=conference, name="A", email="a@exempel.se")
    for rows, name, wrong in (
        (Conference.objects, "conference_state", {"state": "x", "opened_at": TODAY}),
        (Conference.objects, "conference_has_places", {"capacity": 0}),
        (Conference.objects, "conference_ends_after_it_starts", {"ends_at": THE_DAY}),
        (Conference.objects, "conference_closes_after_it_opens", {"closes_on": date(2027, 1, 14)}),
        (Conference.objects, "conference_opened_at_some_time", {"state": "held"}),
        (Conference.objects, "conference_cancelled_for_a_reason", {"state": "cancelled"}),
        (Registration.objects, "registration_confirmed_at_some_time", {"state": "waiting"}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.create(conference=conference, name="B", email="a@exempel.se")
    with pytest.raises(Refused, match="Det finns redan en dialogkonferens 2027"):
        planned()


# Places and the line -------------------------------------------------------------------------------------------------
def test_nobody_registers_anybody_else():
    conference = conference_in("registration_open")
    guest = ask(conference)
    assert guest.state == "unconfirmed" and conference.taken == 0
    letter = Letter.objects.get()
    assert letter.kind == "conference_confirm"
    assert letter.subject == "Bekräfta din anmälan till dialogkonferensen 2027"
    assert letter.body == (
        "Hej Gäst 1!\n\nVi har fått en anmälan med din e-postadress till Plattformens dialogkonferens. "
        "Öppna länken och bekräfta, så är du anmäld:\n\n[personlig länk]\n\n"
        "Så möts vi\nOnsdag 10 mars 2027 kl. 09.00–16.00\nFolkets hus, Hallunda\n\n\n"
        "Bekräfta inom en vecka, och senast den 1 mars 2027. Finns det lediga platser när du bekräftar får du en av "
        "dem. Annars ställs du i kö.\n\nHar du inte anmält dig? Då har någon skrivit fel adress, och du kan kasta "
        "brevet. En anmälan som ingen bekräftar raderar vi efter en vecka.\n\n"
        "Plattformen ansvarar för uppgifterna om dig. Så tar vi hand om dem: "
        "http://127.0.0.1:8000/personuppgifter/\n\nVänliga hälsningar\nPlattformen"
    )
    guest.confirm()
    assert states(conference) == {"Gäst 1": "confirmed"}
    assert kinds() == ["conference_confirm", "conference_confirmed"]


def test_when_it_is_full_the_confirmed_wait_in_the_order_in_which_they_confirmed():
    conference = conference_in("registration_open", capacity=1)
    first, second, third = (ask(conference, n) for n in (1, 2, 3))
    for guest in (third, first, second):
        guest.confirm()
    assert states(conference) == {"Gäst 3": "confirmed", "Gäst 1": "waiting", "Gäst 2": "waiting"}
    assert [g.number_in_line for g in (third, first, second)] == [0, 1, 2]
    third.cancel(by=third.guest)
    assert states(conference) == {"Gäst 3": "cancelled", "Gäst 1": "confirmed", "Gäst 2": "waiting"}
    assert kinds(to=first.email)[-1] == "conference_place_freed"
    assert kinds(to=third.email)[-1] == "conference_registration_cancelled"
    Registration.ask(conference, name="Gäst 3", email=third.email, organisation="", needs="")
    third.refresh_from_db()
    third.confirm()  # comes back at the end of the line
    assert list(conference.registrations.waiting().values_list("name", flat=True)) == ["Gäst 2", "Gäst 3"]


def test_more_places_let_people_in_and_are_handed_on_after_registration_has_closed_but_not_on_the_day():
    conference = conference_in("registration_open", capacity=1)
    first, second, *_ = come(conference, 1, 2, 3, 4)
    conference.change(by=BOARD, capacity=3)
    assert list(states(conference).values()) == ["confirmed"] * 3 + ["waiting"]
    with pytest.raises(Refused, match="3 personer har redan fått plats"):
        conference.change(by=BOARD, capacity=2)
    conference = same(conference)
    conference.close_registration(by=BOARD)
    first.cancel(by=first.guest)
    assert list(states(conference).values()) == ["cancelled"] + ["confirmed"] * 3
    with travel(THE_DAY), refused("Det går inte att avanmäla nu"):
        same(second).cancel(by=second.guest)


def test_a_second_try_sends_the_link_again_and_changes_nothing_that_is_confirmed():
    conference = conference_in("registration_open", capacity=1)
    guest, waiting = come(conference, 1, 2)
    ask(conference, 1, name="Någon Annan", needs="Allt möjligt", email="GAST1@exempel.se")
    ask(conference, 2, name="Någon Annan")
    for row, letter in ((guest, "conference_confirmed"), (waiting, "conference_waiting")):
        row.refresh_from_db()
        assert row.name.startswith("Gäst") and row.needs == "Glutenfritt"
        assert kinds(to=row.email)[-2:] == [letter, letter]
    assert Registration.objects.count() == 2
    unconfirmed = ask(conference, 3, name="Felstavad")
    ask(conference, 3, name="Rätt Stavad")
    unconfirmed.refresh_from_db()
    assert unconfirmed.name == "Rätt Stavad" and kinds(to=unconfirmed.email) == ["conference_confirm"] * 2


def test_registering_when_it_is_not_open_is_refused_also_before_the_clock_has_come():
    """The last day is a whole day."""
    for state, moment, says in [
        ("planned", TODAY, "Anmälan har inte öppnat än. Den öppnar den 15 januari 2027."),
        ("registration_open", datetime(2027, 3, 2, 0, 1, tzinfo=STOCKHOLM), "Sista dagen var den 1 mars 2027"),
        ("registration_closed", TODAY, "Anmälan är stängd."),
        ("registration_open", THE_DAY, "har redan börjat eller varit"),
        ("held", AFTER, "har redan börjat eller varit"),
        ("cancelled", TODAY, "Konferensen är inställd"),
    ]:
        with undone():
            conference = conference_in(state)
            with travel(moment):
                with pytest.raises(Refused, match=says):
                    ask(conference)
                Registration.objects.create(conference=conference, name="A", email="a@exempel.se", key="k")
                with pytest.raises(Refused, match=says):
                    Registration.objects.get(key="k").confirm()
            assert not Letter.objects.exists(), state
    conference = conference_in("registration_open")
    with travel(datetime(2027, 3, 1, 23, 59, tzinfo=STOCKHOLM)):
        assert come(conference, 1)[0].state == "confirmed"


def test_changes_and_cancelling_are_told_to_all_who_come_or_wait_and_no_letter_says_what_they_need():
    conference = conference_in("registration_open", capacity=1)
    first, second, left = come(conference, 1, 2, 4)
    ask(conference, 3)
    left.cancel(by=BOARD)
    told = Letter.objects.count()
    conference.change(by=BOARD, theme="Annat", programme="10.00 Start")
    assert Letter.objects.count() == told
    conference.change(by=BOARD, place="Xenter, Tumba")
    assert kinds()[told:] == ["conference_changed"] * 2
    assert "Xenter, Tumba" in Letter.objects.filter(kind="conference_changed").first().body
    with heard() as tables:
        conference.change(by=BOARD, place="Xenter, Tumba")
    assert not tables  # nothing changed, nothing said
    first.cancel(by=BOARD)
    come(conference, 5)
    conference.cancel(by=BOARD, reason="Lokalen brann.")
    told = Letter.objects.filter(kind="conference_cancelled")
    assert sorted(told.values_list("to", flat=True)) == ["gast2@exempel.se", "gast5@exempel.se"]
    assert "Lokalen brann." in told[0].body and "är inställd" in told[0].subject
    assert not conference.registrations.exclude(needs="")
    assert set(kinds()) == {
        "conference_confirm", "conference_confirmed", "conference_waiting", "conference_changed",
        "conference_registration_cancelled", "conference_place_freed", "conference_cancelled",
    }  # fmt: skip
    for letter in Letter.objects.all():
        assert "Glutenfritt" not in letter.body and letter.subject and "{" not in letter.body
        assert letter.body.startswith("Hej Gäst") and letter.body.endswith("Vänliga hälsningar\nPlattformen")
    assert "Glutenfritt" not in str(list(Event.objects.values()))
    assert link(second) in full_body(Letter.objects.get(kind="conference_place_freed"))


# Two at once ---------------------------------------------------------------------------------------------------------
ROUNDS = pytest.mark.parametrize("_", range(2))  # a race that is lost now and then


def race(test):
    return pytest.mark.postgres(pytest.mark.django_db(transaction=True)(test))


@race
@ROUNDS
def test_the_last_places_are_given_once_and_two_leave_while_one_comes(_):
    conference = conference_in("registration_open", capacity=3)
    guests = [ask(conference, n) for n in range(8)]
    at_once(*(lambda g=guest: same(g).confirm() for guest in guests))
    assert sorted(states(conference).values()) == ["confirmed"] * 3 + ["waiting"] * 5
    assert kinds(kind__in=["conference_confirmed", "conference_waiting"]).count("conference_confirmed") == 3
    other = planned(2028)
    other.open_registration(by=BOARD)
    leaving, coming = come(other, 11, 12), [*come(other, 13), ask(other, 14)]
    at_once(*(lambda g=g: same(g).cancel(by=SYSTEM) for g in leaving), lambda: same(coming[1]).confirm())
    assert list(states(other).values()) == ["cancelled", "cancelled", "confirmed", "confirmed"]


@race
def test_the_same_address_year_and_link_at_once():
    """One registration, one conference, one confirmation; and who confirms as it is cancelled is told, or refused."""
    conference = conference_in("registration_open")
    at_once(*[lambda: Registration.ask(same(conference), name="A", email="a@exempel.se")] * 4)
    guest = Registration.objects.get()
    results = at_once(*[lambda: planned(2028)] * 3)
    assert len(refusals(results)) == 2
    results = at_once(*[lambda: same(guest).confirm()] * 2)
    assert len(refusals(results)) == 1 and kinds(kind="conference_confirmed") == ["conference_confirmed"]
    other = ask(conference, 2)
    results = at_once(lambda: same(other).confirm(), lambda: same(conference).cancel(by=BOARD, reason="Brand."))
    told = Letter.objects.filter(kind="conference_cancelled", to=other.email).exists()
    assert told != bool(refusals(results))  # came in time and was told, or came too late


# What time does ------------------------------------------------------------------------------------------------------
def run_clock():
    clock.open_and_close_registration()
    clock.dispose()


def state_at(*moment):
    with travel(datetime(*moment, tzinfo=STOCKHOLM)):
        run_clock()
    return Conference.objects.get().state


def test_registration_opens_and_closes_by_its_days():
    planned(opens_on=date(2027, 2, 1))
    assert state_at(2027, 1, 31, 23, 59) == "planned"
    with undone():  # nobody looked at it in time
        assert state_at(2027, 3, 2, 12, 0) == "planned"
        Conference.objects.get().cancel(by=BOARD, reason="Ingen ork.")
        assert state_at(2027, 2, 2, 12, 0) == "cancelled"
    assert state_at(2027, 2, 1, 0, 0) == "registration_open"
    assert Event.objects.latest("pk").actor == "Systemet"
    with undone():  # at the latest when the conference begins
        Conference.objects.update(closes_on=THE_DAY.date())
        assert state_at(2027, 3, 10, 8, 59) == "registration_open"
        assert state_at(2027, 3, 10, 9, 0) == "registration_closed"
    assert state_at(2027, 3, 1, 23, 59) == "registration_open"
    assert state_at(2027, 3, 2, 0, 0) == "registration_closed"


def test_what_nobody_confirms_needs_and_registrations_are_gone_in_time_and_the_numbers_stay(client):
    """After a week, thirty days after the conference, and a year after it."""
    conference = conference_in("registration_open", capacity=1)
    guest = come(conference, 1, 2)[0]
    unconfirmed = ask(conference, 3)
    subjects = [r.subject for r in conference.registrations.all()]

    def left_at(moment):
        with travel(moment):
            run_clock()
            return conference.registrations.count(), conference.registrations.exclude(needs="").count()

    assert left_at(TODAY + timedelta(days=7)) == (3, 3)
    assert left_at(TODAY + timedelta(days=7, minutes=1)) == (2, 2)
    assert not Letter.objects.filter(to=unconfirmed.email).exists()
    assert "finns inte längre" in read(client, link(unconfirmed), 404)
    assert left_at(conference.ends_at + timedelta(days=29)) == (2, 2)
    assert left_at(conference.ends_at + timedelta(days=30, minutes=-1)) == (2, 0)
    assert Event.objects.of(guest).filter(verb="forget_needs").count() == 1
    assert left_at(conference.ends_at + timedelta(days=364)) == (2, 0)
    assert left_at(conference.ends_at + timedelta(days=366)) == (0, 0)
    assert not Letter.objects.filter(to__startswith="gast") and not Event.objects.filter(subject__in=subjects)
    assert "gast" not in str(list(Event.objects.values())) and "Gäst" not in str(list(Event.objects.values()))
    gone = Event.objects.of(conference).filter(verb="dispose_registration")
    assert sorted(event.data["state"] for event in gone) == ["confirmed", "unconfirmed", "waiting"]


# The public's pages ------------------------------------------------------------------------------------------------
def test_the_next_one_first_then_the_earlier_ones(client):
    nothing = "Nästa konferens är inte utlyst än"
    assert nothing in read(client, LIST)
    conference_in("documented").propose(by=BOARD, text="Fler lokaler")
    with travel(AFTER + timedelta(days=1)):
        html = read(client, LIST)
        assert nothing in html and "Dokumentation och 1 förslag" in html
        following = planned(2028, theme="Nästa år", closes_on=date(2028, 2, 1))
        assert "Nästa år" not in read(client, LIST)
        for page in ("/dialogkonferens/2028/", "/dialogkonferens/2028/anmalan/"):
            read(client, page, 404)
        following.open_registration(by=BOARD)
        html = read(client, LIST)
        assert html.index("Nästa år") < html.index("Tidigare konferenser") < html.index("Så möts vi")


def test_a_conference_in_each_state(client):
    for state, moment, says, says_not in [
        ("registration_open", TODAY, ["Anmäl dig", "2 av 2 kvar", "Onsdag 10 mars 2027 kl. 09.00–16.00"], []),
        ("registration_closed", TODAY, ["Anmälan är stängd", "Öppna länken i brevet"], ["Anmäl dig", "kvar"]),
        ("held", AFTER, ["Dokumentationen kommer här"], ["Vi pratade", "Anmäl dig"]),
        ("documented", AFTER, ["Vi pratade om lokaler."], ["kommer här", "Anmäl dig"]),
        ("cancelled", TODAY, ["Konferensen är inställd", "Lokalen brann."], ["Anmäl dig"]),
    ]:
        with undone():
            conference_in(state)
            with travel(moment):
                html = read(client, PAGE)
                assert state == "cancelled" or "<li><p>Lunch</p></li>" in html, "the programme is a line an item"
                assert state == "cancelled" or '<span class="who">09.30–10.15</span><p>Öppning</p>' in html
                assert not [word for word in says if word not in html], state
                assert not [word for word in says_not if word in html + read(client, LIST)], state


def test_documents_and_proposals_are_shown_to_those_they_are_for(client):
    version = factories.make_version()
    conference = conference_in("held")
    made = [
        Document.add(by=BOARD, upload=factories.upload(f"{audience}.pdf"), title=f"Till {audience}", audience=audience,
                     category="other", owner="platform")
        for audience in ("public", "board")
    ]  # fmt: skip
    conference.keep_documentation(by=BOARD, text="", documents=made)
    proposal = conference.propose(
        by=BOARD, text="Fler lokaler", raised_by="Bord 4", principle=version.principles.get(), outcome=""
    )
    with travel(AFTER):
        assert "Fler lokaler" not in read(client, PAGE) and "Till public" not in read(client, PAGE)
        conference.document(by=BOARD)
        html = read(client, PAGE)
        assert "Fler lokaler" in html and "Bord 4" in html and "/principer/dialog/" in html
        assert "Till public" in html and "(pdf, " in html and "Till board" not in html and "Vad det blev" not in html
        proposal.change(by=BOARD, outcome="Kommunen öppnar två skolor.")
        assert "Kommunen öppnar två skolor." in read(client, PAGE)
        assert "Till board" in read(sit(), PAGE)


def test_the_number_of_queries_does_not_grow_with_the_proposals():
    """With what else there is: test_queries."""
    conference = conference_in("held")
    conference.keep_documentation(by=BOARD, text="Text", documents=[])
    conference.document(by=BOARD)
    principle = factories.make_version().principles.get()
    with travel(AFTER):
        board, asked = sit(), set()
        for n in range(4):
            conference.propose(by=BOARD, text=f"Förslag {n}", principle=principle)
            asked.add((queries(Client(), PAGE), queries(Client(), LIST), queries(board, f"{ROOM}2027/")))
    assert len(asked) == 1


# Registering ---------------------------------------------------------------------------------------------------------
GUEST = {"name": "Åsa Öst", "email": "Asa@exempel.se", "organisation": "Zonen", "needs": "Hörslinga"}


def test_register_confirm_and_leave_by_the_link(client):
    conference = conference_in("registration_open")
    response = client.post(FORM, GUEST)
    assert "asa@exempel.se" in response.content.decode() and response.status_code == 200
    guest = Registration.objects.get()
    assert (guest.name, guest.email, guest.needs) == ("Åsa Öst", "asa@exempel.se", "Hörslinga")
    url = full_body(Letter.objects.get()).split("http://127.0.0.1:8000")[1].split()[0]
    assert url == link(guest)
    assert "Bekräfta, så är du anmäld" in read(client, url)
    assert client.post(url).url == url
    assert "Du har en plats. Välkommen!" in read(client, url)
    assert client.post(url).url == url  # pressed twice
    leave = link(guest, "conference_cancel")
    assert "Avanmäla dig?" in read(client, leave)
    assert client.post(leave).url == url
    assert "Du är avanmäld" in read(client, url) and "Anmäl dig på nytt" in read(client, url)
    assert client.get(leave).url == url
    assert same(guest).needs == "" and conference.taken == 0


def test_the_waiting_see_where_they_stand(client):
    """And what one needs can be changed, and taken back."""
    conference = conference_in("registration_open", capacity=1)
    guest, second, third = come(conference, 1, 2, 3)
    assert "Inga kvar, men du kan ställa dig i kö" in read(client, PAGE) and "Ställ mig i kö" in read(client, FORM)
    assert "Du har plats 2 i kön" in read(client, link(third)) and "Lämna kön" in read(client, link(third))
    send(client, link(second, "conference_cancel"))
    assert "Du har plats 1 i kön" in read(client, link(third))
    assert ">Glutenfritt</textarea>" in read(client, link(guest)).replace("> ", ">")
    address = link(guest, "conference_needs")
    for needs, status in (("Teckentolk", 302), ("x" * 501, 422), ("", 302)):
        html = send(client, address, status, needs=needs)
        assert status == 302 or needs in html
        assert same(guest).needs == (needs if status == 302 else "Teckentolk")
    with travel(AFTER):
        assert "går inte att ändra längre" in send(client, address, 422, needs="Sent")


def test_robots_those_who_try_too_often_and_known_addresses(client):
    """The page tells no difference between a known address and an unknown one."""
    come(conference_in("registration_open"), 1)
    pages = [send(client, FORM, 200, **GUEST | {"email": f"{n}@exempel.se"}) for n in ("gast1", "ny")]
    assert pages[0].replace("gast1@", "ny@") == pages[1]
    Registration.objects.filter(email="ny@exempel.se").delete()
    before = Letter.objects.count()
    send(client, FORM, 200, **GUEST | {"hemsida": "x"})
    assert Registration.objects.count() == 1 and Letter.objects.count() == before
    assert [client.post(FORM, GUEST).status_code for _ in range(7)] == [200] * 6 + [429]
    assert Letter.objects.count() == before + 6
    html = client.post(FORM, GUEST).content.decode()
    assert "Vänta en timme" in html and "Åsa Öst" in html


def refused_in_the_form(client, url, typed, says):
    """The answer says what is wrong, and holds all that was typed."""
    response = client.post(url, typed)
    html = response.content.decode()
    assert response.status_code == 422 and says in html and "<title>Fel: " in html, typed
    assert not [value for value in typed.values() if value not in html], typed
    return response


def test_what_is_wrong_is_told_and_nothing_is_lost(client):
    """Neither when it closes while one types."""
    conference = conference_in("registration_open")
    for wrong, says in [
        ({"name": ""}, "fält"),
        ({"email": "inte en adress"}, "e-post"),
        ({"name": "Köp på https://exempel.se"}, "Skriv utan webbadresser"),
        ({"organisation": "www.exempel.se"}, "Skriv utan webbadresser"),
        ({"needs": "x" * 501}, "500"),
    ]:
        refused_in_the_form(client, FORM, GUEST | wrong, says)
    conference.close_registration(by=BOARD)
    html = read(client, FORM)
    assert "Anmälan är inte öppen" in html and "<form method" not in html
    html = send(client, FORM, 409, **GUEST)
    assert not [said for said in ("Anmälan är stängd.", "<title>Fel: ", *GUEST.values()) if said not in html]
    assert not Registration.objects.exists()


def test_a_guests_page_whatever_becomes_of_the_conference(client):
    """Too late to confirm or to leave is said."""
    conference = conference_in("registration_open")
    guest, late = come(conference, 1)[0], ask(conference, 2)
    with travel(THE_DAY):
        assert client.get(link(guest, "conference_cancel")).url == link(guest)
        assert "Det går inte att avanmäla nu" in send(client, link(guest, "conference_cancel"), 422)
        assert "Konferensen har börjat." in read(client, link(guest))
    with undone():
        same(conference).cancel(by=BOARD, reason="Lokalen brann.")
        html = read(client, link(guest))
        assert "Konferensen är inställd" in html and "Lokalen brann." in html
    conference.close_registration(by=BOARD)
    assert "blev aldrig bekräftad" in read(client, link(late))
    assert "Anmälan är stängd" in send(client, link(late), 422)
    with travel(AFTER):
        conference.hold(by=BOARD)
        assert "Konferensen har varit" in read(client, link(guest))
        conference.keep_documentation(by=BOARD, text="x", documents=[])
        conference.document(by=BOARD)
        assert "Läs dokumentationen" in read(client, link(guest))


def test_a_link_that_does_not_work_says_what_to_do(client, monkeypatch):
    html = read(client, reverse("council:conference_registration", args=["fel"]), 404)
    assert "Vi känner inte igen länken" in html and LIST in html
    monkeypatch.setattr("botkyrka_civil.lib.links.WRONG_LINKS_PER_HOUR", 1)
    assert "Försök igen om en timme" in read(client, reverse("council:conference_registration", args=["fel"]), 429)


# The board's room ----------------------------------------------------------------------------------------------------
def test_plan_change_and_open(client):
    board = sit()
    assert "Ingen konferens är planerad" in read(board, ROOM)
    response = board.post(f"{ROOM}ny/", TYPED)
    assert response.url == f"{ROOM}2027/", response.context and response.context["form"].errors
    conference = Conference.objects.get()
    assert conference.starts_at == THE_DAY and conference.capacity == 80 and conference.state == "planned"
    assert "Bara styrelsen ser konferensen" in read(board, f"{ROOM}2027/")
    html = read(board, f"{ROOM}2027/andra/")
    for value in ('value="2027-03-10"', 'value="09:00"', 'value="16:00"', 'type="date"', 'type="time"'):
        assert value in html
    assert "Vilket års konferens" not in html
    response = board.post(f"{ROOM}2027/andra/", TYPED | {"starts": "10.30", "capacity": "60"})
    conference.refresh_from_db()
    assert conference.starts_at == THE_DAY.replace(hour=10, minute=30) and conference.capacity == 60
    assert "Öppna anmälan till" in read(board, f"{ROOM}2027/oppna-anmalan/")
    assert board.post(f"{ROOM}2027/oppna-anmalan/").url == f"{ROOM}2027/"
    assert "Anmäl dig" in read(client, PAGE)
    event = Event.objects.latest("pk")
    assert (event.verb, event.actor_email) == ("open_registration", board.user.email)
    assert 'name="opens_on"' not in read(board, f"{ROOM}2027/andra/")


def test_wrong_facts_get_a_sentence_and_nothing_is_lost():
    planned(2028)
    board = sit()
    for wrong, field, says in [
        ({"ends": "08:00"}, "ends", "slutar innan den har börjat"),
        ({"ends": "09:00"}, "ends", "slutar innan den har börjat"),
        ({"day": "2027-01-19"}, "day", "Dagen har redan varit"),
        ({"day": "2029-03-10", "closes_on": "2029-03-01"}, "day", "Dagen hör inte till 2027 års konferens"),
        ({"day": "i mars"}, "day", "Skriv datumet som år, månad och dag"),
        ({"starts": "nio"}, "starts", "Skriv klockslaget med timmar och minuter"),
        ({"closes_on": "2027-01-14"}, "closes_on", "ligger före dagen då den öppnar"),
        ({"closes_on": "2027-03-11"}, "closes_on", "ligger efter konferensen"),
        ({"capacity": "0"}, "capacity", "Det behövs minst en plats"),
        ({"capacity": "många"}, "capacity", "heltal"),
        ({"year": "2028"}, "year", "Det finns redan en dialogkonferens 2028"),
        ({"theme": ""}, "theme", ""),
    ]:
        response = refused_in_the_form(board, f"{ROOM}ny/", TYPED | wrong, says)
        assert field in response.context["form"].errors, wrong
    assert Conference.objects.count() == 1


def test_a_button_that_came_too_late_says_so():
    conference_in("registration_closed")
    board = sit()
    for step, says in {"oppna-anmalan": "läget är ”Anmälan är stängd”", "genomford": "har inte börjat"}.items():
        assert says in send(board, f"{ROOM}2027/{step}/", 422)
    for nothing in (f"{ROOM}2027/finns-inte/", f"{ROOM}2031/"):
        read(board, nothing, 404)


def test_fewer_places_than_taken_are_refused_and_cancelling_asks_for_the_reason():
    conference = conference_in("registration_open")
    come(conference, 1, 2)
    board = sit()
    html = send(board, f"{ROOM}2027/andra/", 422, **TYPED | {"capacity": "1", "theme": "Nytt tema"})
    assert "2 personer har redan fått plats" in html and "Nytt tema" in html and same(conference).capacity == 2
    assert "2 personer är anmälda" in read(board, f"{ROOM}2027/stall-in/")
    for reason, status in (("", 422), ("Lokalen brann.", 302)):
        send(board, f"{ROOM}2027/stall-in/", status, reason=reason)
    assert same(conference).state == "cancelled" and kinds()[-2:] == ["conference_cancelled"] * 2
    assert "Lokalen brann." in read(board, f"{ROOM}2027/")


def test_the_list_shows_needs_only_when_asked_and_never_afterwards():
    conference = conference_in("registration_open")
    come(conference, 1, 2, 3)
    Letter.objects.filter(to="gast2@exempel.se").update(failed_at=TODAY)
    board = sit()
    html = read(board, f"{ROOM}2027/anmalda/")
    assert "Har plats (2)" in html and "Står i kö (1)" in html and html.count("gick inte att skicka") == 1
    assert "Glutenfritt" not in html and not Event.objects.filter(verb="read_needs").exists()
    html = read(board, f"{ROOM}2027/anmalda/?behov=1")
    assert html.count("Glutenfritt") == 3 and "känsliga personuppgifter" in html
    assert Event.objects.get(verb="read_needs").actor_email == board.user.email
    with travel(AFTER):
        board = signed_in(board.user)
        assert "Glutenfritt" not in read(board, f"{ROOM}2027/anmalda/?behov=1")
        assert "Glutenfritt" not in board.get(f"{ROOM}2027/anmalda.csv?behov=1").content.decode()


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing():
    """What looks like a formula gets an apostrophe."""
    conference = conference_in("registration_open")
    come(conference, 1)
    ask(conference, 2, name="=HYPERLINK(1)", organisation="@SUM", needs='"; -1\n+2')
    board, file = sit(), f"{ROOM}2027/anmalda.csv"
    response = board.get(file)
    text = response.content.decode("utf-8-sig")
    assert response["Content-Disposition"] == 'attachment; filename="dialogkonferens-2027-anmalda.csv"'
    assert "no-store" in response["Cache-Control"]
    rows = list(csv.reader(StringIO(text), delimiter=";"))
    assert rows[0] == ["Namn", "E-post", "Organisation", "Läge", "Anmäld"]
    assert rows[1] == ["Gäst 1", "gast1@exempel.se", "Zonen", "Har plats", "2027-01-20 12:00"]
    assert rows[2][0] == "'=HYPERLINK(1)" and rows[2][2] == "'@SUM" and "Glutenfritt" not in text
    rows = list(csv.reader(StringIO(board.get(f"{file}?behov=1").content.decode()), delimiter=";"))
    assert rows[0][-1] == "Behov" and rows[2][-1] == '"; -1\n+2'
    told = Event.objects.filter(verb="export").values_list("data", flat=True)
    assert list(told) == [{"needs": False}, {"needs": True}]
    formulas, texts = ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\n-1"], ["", "Anna-Karin", "a=b", "1", "å@ä.se"]
    assert [safe_cell(value) for value in formulas + texts] == [f"'{value}" for value in formulas] + texts


def test_the_board_takes_off_a_guest_who_calls():
    conference = conference_in("registration_open", capacity=1)
    first, second = come(conference, 1, 2)
    board, url = sit(), f"{ROOM}2027/anmalda/{first.pk}/avanmal/"
    assert "Avanmäla Gäst 1?" in read(board, url)
    assert board.post(url).url == f"{ROOM}2027/anmalda/"
    assert same(second).state == "confirmed" and kinds(to=first.email)[-1] == "conference_registration_cancelled"
    assert "Det går inte att avanmäla nu" in send(board, url, 422)
    read(board, f"{ROOM}2026/anmalda/{first.pk}/avanmal/", 404)


def test_documentation_and_proposals_in_the_room(client):
    principle = factories.make_version().principles.get()
    conference_in("registration_closed")
    board, page = sit(), f"{ROOM}2027/"
    for part in ("dokumentation/", "forslag/nytt/"):
        assert board.get(page + part).url == page
    with travel(AFTER):
        board = signed_in(board.user)
        send(board, f"{page}genomford/")
        assert "Inget är skrivet än" in read(board, page)
        send(board, f"{page}publicera/", 422)
        assert 'name="documents"' not in read(board, f"{page}dokumentation/")
        facts = {"title": "Bilderna", "category": "other", "owner": "platform"}
        document = Document.add(by=BOARD, upload=factories.upload("bilder.pdf"), **facts)
        assert "Bilderna" in read(board, f"{page}dokumentation/")
        typed = {"text": "Vi pratade om lokaler.\n\nOch om pengar.", "documents": [document.pk]}
        send(board, f"{page}dokumentation/", **typed)
        assert "checked" in read(board, f"{page}dokumentation/")
        typed = {"text": "Fler lokaler", "raised_by": "Bord 4", "principle": principle.pk, "outcome": ""}
        send(board, f"{page}forslag/nytt/", **typed)
        send(board, f"{page}forslag/nytt/", 422, **typed | {"text": ""})
        url = f"{page}forslag/{Proposal.objects.get().pk}/"
        assert "selected" in read(board, url)
        send(board, url, **typed | {"outcome": "Två skolor öppnar."})
        assert "Två skolor öppnar." in read(board, page) and "Två skolor" not in read(client, PAGE)
        send(board, f"{page}publicera/")
        html = read(client, PAGE)
        assert "<p>Och om pengar.</p>" in html and "Bilderna" in html and "Två skolor öppnar." in html
        assert "Ta bort förslaget?" in read(board, f"{url}ta-bort/")
        send(board, f"{url}ta-bort/")
        assert not Proposal.objects.exists()
        assert Event.objects.get(verb="remove_proposal").reason == "Fler lokaler"
