"""Every state times every verb of meetings, memberships and nominations, and what the verbs and the database refuse."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from botkyrka_civil.casework.models import Event, Letter, Refused, RegistryEntry
from botkyrka_civil.documents.audiences import Audience
from council import agenda
from council.models import Body, Meeting, Membership, Minutes, MinutesRevision, Nomination, Seat
from council.models.states import MEETING, MEMBERSHIP, NOMINATION, MeetingState
from tests import factories
from tests.council.pages import in_the_past, moved, nothing_written, refused, signed_in, undone, url
from tests.factories import council as make
from tests.factories.council import BY
from tests.tools.threads import same

pytestmark = pytest.mark.django_db

# Typed out here and not imported: state -> verb -> the state it leads to
MEETINGS = {
    "planned": {"call": "called", "cancel": "cancelled"},
    "called": {"call_again": "called", "cancel": "cancelled", "hold": "held"},
    "held": {"write": "held", "attach": "held", "detach": "held", "draw_up": "drawn_up"},
    "drawn_up": {"reopen": "held", "sign_off": "signed_off"},
    "signed_off": {"publish": "published", "correct": "signed_off"},
    "published": {"unpublish": "signed_off", "correct": "published"},
    "cancelled": {},
}
MEMBERSHIPS = {
    "begun": {"confirm": "applied", "withdraw": "withdrawn"},
    "applied": {"accept": "member", "reject": "rejected", "withdraw": "withdrawn"},
    "member": {"leave": "left", "exclude": "excluded"},
    **dict.fromkeys(("rejected", "withdrawn", "left", "excluded"), {}),
}
NOMINATIONS = {
    "proposed": {"nominate": "nominated", "decline": "declined"},
    "nominated": {"appoint": "appointed", "not_appoint": "not_appointed", "decline": "declined"},
    **dict.fromkeys(("appointed", "declined", "not_appointed"), {}),
}
ALL = [(kind, state) for kind in ("council", "board") for state in MEETINGS]


@pytest.fixture(scope="module")
def planted(module_rows):
    """Who handles the meetings of each kind, and one of each in each state."""
    bodies = make.make_bodies()
    make.people(bodies["board"])
    handlers = {"council": factories.make_user("sekreterare"), "board": make.make_board_member()}
    return handlers | {(kind, state): make.make_meeting(bodies[kind], state=state) for kind, state in ALL}


@pytest.fixture
def meeting_in(planted):
    return lambda state, kind="council": same(planted[kind, state])


def assert_moves(row, verbs, moves, table, prepare=lambda verb, row: None):
    """Each verb of the table leads on, and is logged; each other is refused and writes nothing."""
    for verb in verbs(row):
        label = f"Det går inte att {moves[verb].label} nu: läget är ”" if verb in moves else ""
        with undone():
            now = same(row)
            if leads_to := table.get(verb):
                prepare(verb, now)
                last = Event.objects.latest("pk").pk
                verbs(now)[verb]()
                assert same(row).state == leads_to, verb
                yield verb, Event.objects.of(row).filter(pk__gt=last)
            else:
                with refused(label):
                    verbs(now)[verb]()


def meeting_verbs(meeting):
    minutes, upload = Minutes.begun(meeting), factories.upload()
    return {
        "call": lambda: meeting.call(by=BY, late_reason="Brådskande."),
        "call_again": lambda: meeting.call_again(by=BY),
        "cancel": lambda: meeting.cancel(by=BY, reason="Lokalen brann."),
        "hold": lambda: meeting.hold(by=BY, secretary_name="Sam"),
        "write": lambda: Minutes.of(meeting).write(by=BY, text="§ 1 Start\nDiskussion: Hej.", base=minutes.revision),
        "attach": lambda: Minutes.of(meeting).attach(by=BY, upload=upload),
        "detach": lambda: Minutes.of(meeting).detach(by=BY),
        "draw_up": lambda: minutes.draw_up(by=BY),
        "reopen": lambda: minutes.reopen(by=BY, reason="Ett namn är fel."),
        "sign_off": minutes.sign_off,
        "publish": lambda: meeting.publish(by=BY, audience=meeting.audience, privacy_reviewed=True),
        "correct": lambda: minutes.correct(by=BY, text="§ 2: det var 2025.", privacy_reviewed=True),
        "unpublish": lambda: meeting.unpublish(by=BY, reason="Ett telefonnummer stod kvar."),
        "hand_over": lambda: meeting.hand_over(by=BY),
    }


def make_ready(verb, meeting):
    """What the verbs ask for beyond the state itself."""
    if verb == "call_again":
        meeting.items.create(order=9, title="En sak till")
    elif verb == "hold":
        in_the_past(meeting)
        meeting.refresh_from_db()
        make.attend(meeting)
    elif verb == "detach":
        Minutes.of(meeting).attach(by=BY, upload=factories.upload())
    elif verb == "draw_up":
        make.write(meeting)
    elif verb == "sign_off":  # everyone's signature without the move that the last one makes
        signing = meeting.minutes.current_round
        signing.signatures.update(signed_at=timezone.now(), signed_sha256=signing.content_sha256)


@pytest.mark.parametrize(("kind", "state"), ALL)
def test_a_meeting_in_each_state(kind, state, meeting_in):
    row, table = meeting_in(state, kind), MEETINGS[state]
    assert set(MEETINGS) == set(MeetingState.values) and set(MEETING) < set(meeting_verbs(row))
    Minutes.objects.get_or_create(meeting=row)  # in some states only a slip of ours would leave it
    if kind == "board" and state in ("signed_off", "published"):  # what is the association's can be handed over
        table = table | {"hand_over": state}
    for verb, events in assert_moves(row, meeting_verbs, MEETING, table, make_ready):
        if verb == "write":
            assert not events  # every save is a revision with its writer; the log would drown
            assert MinutesRevision.objects.latest("pk").by == BY.name
            continue
        [event] = events
        moved_from = (state, table[verb]) if verb in MEETING else ("", "")
        assert (event.from_state, event.to_state) == moved_from, verb
        assert event.actor == ("Systemet" if verb == "sign_off" else BY.name), verb
        assert event.room == ("platform" if kind == "board" else ""), verb


PAGES = [
    "work_meeting", "work_edit", "work_call", "work_cancel", "work_attendance", "work_paper_new", "work_paper_choose",
    "work_minutes", "work_minutes_preview", "work_minutes_revisions", "work_minutes_file", "work_draw_up",
    "work_reopen", "work_publish", "work_unpublish", "work_correct", "work_hand_over",
]  # fmt: skip
NEXT = {  # what the button says, and where it leads
    "planned": ("Kalla till mötet", "work_call"),
    "held": ("Skriv protokollet", "work_minutes"),
    "signed_off": ("Publicera protokollet", "work_publish"),
}
LEADS_TO = {"held": "draw_up", "drawn_up": "draw_up", "signed_off": "publish", "published": "unpublish"}


@pytest.mark.parametrize(("kind", "state"), ALL)
def test_the_pages_of_a_meeting_in_each_state(kind, state, planted, meeting_in):
    """Looking changes nothing; one button says what comes next, and links lead to what can be done."""
    meeting, client = meeting_in(state, kind), signed_in(planted[kind])
    with nothing_written():
        for page in PAGES if kind == "council" else ["work_hand_over"]:
            assert client.get(url(page, meeting)).status_code in (200, 302), page
    response = client.get(url("work_meeting", meeting))
    page, coming = response.content.decode(), response.context["next"]
    assert (coming.label, coming.page) == NEXT.get(state, ("", "")) and coming.text in page
    step = page.split("Nästa steg")[1].split("<h2")[0]
    assert step.count('class="btn btn-primary"') == (state in NEXT)
    assert state not in LEADS_TO or url(f"work_{LEADS_TO[state]}", meeting) in page
    handed_over = kind == "board" and state in ("signed_off", "published")
    assert (url("work_hand_over", meeting) in page) == handed_over
    if state in ("held", "cancelled"):
        assert client.post(url("work_edit", meeting), {}).url == url("work_meeting", meeting)
        with refused():
            agenda.choose_paper(meeting, by=BY, item=meeting.items.first(), document=None)


def test_a_notice_goes_out_a_week_before_to_those_who_hold_a_seat_on_the_day(meeting_in):
    def in_days(days):
        start = planned.starts_at + timedelta(days=days - 20)
        return moved(planned, starts_at=start, ends_at=start + timedelta(hours=2))

    planned = meeting_in("planned")
    for days, sentence in {-1: "har redan passerat", 3: "mindre än 7 dagar före mötet. Skriv varför."}.items():
        meeting = in_days(days)
        with refused(sentence):
            meeting.call(by=BY)
    meeting = in_days(7)
    gone = make.make_council_seat(name="Gunnar Gången", last_day=meeting.day - timedelta(days=1))
    last = make.make_council_seat(name="Lisa Sista", last_day=meeting.day)
    meeting.call(by=BY)  # on the seventh day before, so nobody asks why it is late
    letters = Letter.objects.filter(kind="notice", subject_key=meeting.subject)
    called = set(letters.values_list("to", flat=True))
    assert last.person.email in called and gone.person.email not in called
    assert len(called) == 5 and all(letter.attachment_name.endswith(".ics") for letter in letters)
    with refused("Mötet har inte börjat än."):
        meeting.hold(by=BY, secretary_name="Sam")


def test_what_no_meeting_may_be(meeting_in):
    meeting = meeting_in("planned")
    meeting.ends_at = meeting.starts_at - timedelta(hours=1)
    with refused("Mötet slutar innan det börjar. Rätta någon av tiderna."):
        meeting.change(by=BY)
    held, signed = meeting_in("held"), meeting_in("signed_off")
    with refused("Nu går det inte att ändra."):
        held.change(by=BY)
    with refused("Rådet för civilsamhällesfrågor fattar inga egna beslut. Välj ett annat slag av punkt."):
        meeting.items.create(order=3, title="Beslut", kind="decision")
    for rows, wrong in (
        (Meeting.objects.filter(pk=meeting.pk), {"ends_at": meeting.starts_at}),
        (Meeting.objects.filter(pk=signed.pk), {"state": "published"}),  # without the look for personal data
        (held.participants.filter(duty="signer"), {"presence": "absent"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


def test_a_substitute_serves_for_somebody_of_the_same_side(meeting_in):
    meeting = in_the_past(meeting_in("called"))
    make.attend(meeting)
    pia = meeting.participants.get(name="Pia Politiker")
    meeting.participants.filter(pk=pia.pk).update(presence="absent", duty="")
    meeting.participants.filter(name="Siv Justerare").update(duty="signer")
    meeting.participants.filter(name="Eva Ersättare").update(duty="", serves_for=pia)
    with refused("hör till olika sidor"):
        meeting.hold(by=BY, secretary_name="Sam")


@pytest.mark.parametrize(("kind", "expected"), [("council", {"all", "board", "staff"}), ("board", {"board"})])
def test_minutes_are_seen_when_published_by_those_they_are_meant_for(kind, expected, planted, meeting_in):
    meeting = meeting_in("published", kind)
    users = {"all": AnonymousUser(), "board": make.make_board_member(), "staff": planted["council"]}
    for state in MeetingState.values:  # even if all else stood there as when they were published
        moved(meeting, state=state)
        may = {who for who, user in users.items() if meeting in Meeting.objects.with_minutes_for(user)}
        assert may == (expected if state == "published" else set()), state


def test_public_minutes_of_the_association_are_handed_over_thereby_and_once(meeting_in):
    meeting = meeting_in("signed_off", "board")
    with undone():
        meeting.publish(by=BY, audience=Audience.PUBLIC, privacy_reviewed=True)
        assert meeting.handed_over_at and RegistryEntry.objects.get(subject=meeting.subject)
    meeting.refresh_from_db()
    meeting.hand_over(by=BY)
    assert RegistryEntry.objects.get(subject=meeting.subject).counterpart == "Plattformen"
    with refused("Protokollet är redan lämnat till kommunen."):
        meeting.hand_over(by=BY)


def test_who_handles_whose_meetings(planted):
    auditor, root = make.make_board_member(role="auditor"), factories.make_user("administrator")
    root.is_superuser = True
    root.save()
    handled = {
        planted["council"]: {"council"}, planted["board"]: {"board", "annual_meeting", "member_meeting"},
        auditor: set(), root: {"council"}, AnonymousUser(): set(),
    }  # fmt: skip
    for user, kinds in handled.items():
        assert {body.kind for body in Body.objects.handled_by(user)} <= kinds, user
        assert user == root or Body.objects.handled_by(user).count() == len(kinds), user


def test_seats_that_cannot_be(planted):
    today = timezone.localdate()
    chair = Seat.objects.get(role="chair", body__kind="board")
    with refused("Ulla Ordförande har redan ett uppdrag i Plattformens styrelse"):
        Seat.objects.create(body=chair.body, person=chair.person, first_day=today)
    board, council = make.make_board_seat, make.make_council_seat
    neither = {"side": "", "party": "P", "organisation": None}
    for make_seat, fields, sentence in (
        (board, {"role": "chair"}, "Ulla Ordförande är ordförande"),
        (board, {"last_day": today - timedelta(days=31)}, "Sista dagen är före den första. Rätta något av datumen."),
        (council, {"side": "politics", "party": ""}, "Skriv vilket parti ledamoten företräder."),
        (council, {"side": "civil", "organisation": None}, "Välj vilken organisation ledamoten kommer från."),
        (council, neither, "Välj vilken sida platsen hör till: politiken eller civilsamhället."),
    ):
        with pytest.raises(Refused, match=f"^{sentence}"):
            make_seat(**fields)
    earlier = {"first_day": today - timedelta(days=400), "last_day": today - timedelta(days=31)}
    other = make.make_board_seat(role="chair", **earlier)
    facts = {"body": chair.body, "first_day": chair.first_day}
    for act in (
        lambda: Seat.objects.bulk_create([Seat(person=make.make_person(), role="chair", **facts)]),
        lambda: Seat.objects.bulk_create([Seat(person=chair.person, **facts)]),
        lambda: Seat.objects.filter(pk=other.pk).update(last_day=None),
        lambda: Seat.objects.filter(pk=other.pk).update(last_day=None, role="member", person=chair.person),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_no_more_seats_than_the_composition_on_any_day(planted):
    for _ in range(4):
        make.make_council_seat("civil")
    make.make_council_seat("civil", role="substitute")
    make.make_council_seat("politics")
    for first_day in (timezone.localdate(), timezone.localdate() + timedelta(days=30)):
        with pytest.raises(Refused, match="^Alla 5 platser för civilsamhället är upptagna den "):
            make.make_council_seat("civil", first_day=first_day)
    before = timezone.localdate() - timedelta(days=31)
    make.make_council_seat("civil", first_day=before - timedelta(days=9), last_day=before)


def test_ending_a_seat_closes_the_room_the_day_after(planted):
    user = make.make_board_member()
    seat = Seat.objects.in_room(user).get()
    with refused("Skriv varför uppdraget upphör."):
        seat.end(by=BY, last_day=timezone.localdate(), reason=" ")
    seat.end(by=BY, last_day=timezone.localdate(), reason="Flyttar.")
    assert Seat.objects.in_room(user).exists()
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert not Seat.objects.in_room(user).exists()


def membership_verbs(membership):
    note = {"by": BY, "seat": Seat.objects.on_board().filter(role="chair").first(), "decision_note": "Möte, § 1"}
    return {
        "confirm": lambda: membership.confirm(by=BY),
        "accept": lambda: membership.accept(**note),
        "reject": lambda: membership.reject(**note, reason="Inte verksamma här."),
        "withdraw": lambda: membership.withdraw(by=BY),
        "leave": lambda: membership.leave(by=BY),
        "exclude": lambda: membership.exclude(**note, reason="Brott mot stadgarna."),
    }


@pytest.mark.parametrize("state", MEMBERSHIPS)
def test_a_membership_in_each_state(state, planted):
    row = make.make_member(state=state)
    assert set(MEMBERSHIPS) == set(Membership.State.values) and set(MEMBERSHIP) == set(membership_verbs(row))
    for verb, [event] in assert_moves(row, membership_verbs, MEMBERSHIP, MEMBERSHIPS[state]):
        assert (event.label, event.room) == (MEMBERSHIP[verb].done, "platform"), verb


def test_one_membership_at_a_time_and_it_outlives_the_accession_with_a_flag(planted):
    membership = make.make_member()
    with pytest.raises(Refused, match="är redan medlem"):
        make.make_member(membership.organisation)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organisation=membership.organisation, state="applied", contact_email="a@b.se")
    assert not Membership.objects.flagged().exists()
    make.end_accession(membership.organisation)
    assert Membership.objects.flagged().get() == Membership.objects.active().get() == membership


def test_only_those_who_sit_on_the_board_today_decide_and_not_about_their_own_organisation(planted):
    membership = make.make_member(state="applied")
    gone = make.make_board_seat(last_day=timezone.localdate() - timedelta(days=1))
    for seat, note, sentence in (
        (make.make_board_seat(organisation=membership.organisation), "§ 1", "företräder själv"),
        (make.make_board_seat(email=membership.contact_email), "§ 1", "företräder själv"),
        *((seat, "§ 1", "Bara den som sitter i styrelsen i dag") for seat in (
            gone, make.make_board_seat(role="auditor"), make.make_council_seat("civil"),
        )),
        (make.make_board_seat(), "", "Skriv vid vilket"),
    ):  # fmt: skip
        with refused(sentence):
            membership.accept(by=BY, seat=seat, decision_note=note)


def make_nomination(state="proposed"):
    facts = {"candidate": make.make_person("Kaj Kandidat"), "organisation": make.make_member().organisation}
    nomination = Nomination.propose(by=BY, role="member", **facts)
    if state not in ("proposed", "declined"):
        nomination.nominate(by=BY, decision_note="Medlemsmöte, § 9")
    if state not in ("proposed", "nominated"):
        nomination_verbs(nomination)[{"declined": "decline", "appointed": "appoint"}.get(state, "not_appoint")]()
    return nomination


def nomination_verbs(nomination):
    return {
        "nominate": lambda: nomination.nominate(by=BY, decision_note="Möte, § 2"),
        "decline": lambda: nomination.decline(by=BY, reason="Hinner inte."),
        "appoint": lambda: nomination.appoint(by=BY, first_day=timezone.localdate(), last_day=None),
        "not_appoint": lambda: nomination.not_appoint(by=BY, reason="Platserna är besatta."),
    }


@pytest.mark.parametrize("state", NOMINATIONS)
def test_a_nomination_in_each_state(state, planted):
    """The proposal is the association's own until it is handed over."""
    row = make_nomination(state)
    assert set(NOMINATIONS) == set(Nomination.State.values) and set(NOMINATION) == set(nomination_verbs(row))
    for verb, [event] in assert_moves(row, nomination_verbs, NOMINATION, NOMINATIONS[state]):
        now = same(row)
        assert bool(now.seat) == (verb == "appoint") and event.label == NOMINATION[verb].done, verb
        ours = (state, verb) == ("proposed", "decline")
        assert (now.room, Nomination.objects.handed_over().contains(now)) == (
            ("platform", False) if ours else ("", True)
        )
        assert RegistryEntry.objects.filter(subject=row.subject, counterpart="Plattformen").exists() != ours
        assert "Föreslogs" not in [event.label for event in Event.objects.of(row).ours()]


def test_a_candidate_comes_from_a_member(planted):
    facts = {"candidate": make.make_person(), "organisation": make.make_organisation_joined("Utanför")}
    with refused("Utanför är inte medlem i Plattformen. Kandidaten ska komma från en medlem."):
        Nomination.propose(by=BY, role="member", **facts)
