"""Every state times every verb of meetings, memberships and nominations, and what each refuses, in words."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.documents.audiences import Audience
from council.models import Body, Meeting, Membership, Minutes, Nomination, Participant, Seat
from council.models.states import MEETING, MEMBERSHIP, NOMINATION, MeetingState, MembershipState, NominationState
from organisations.models import Person
from tests import factories
from tests.factories import council as make
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
BY = Actor("Testaren", "testaren@exempel.se")


def refusal(act, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return str(refused.value)


@contextmanager
def undone():
    """What the block does is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def assert_moves(row, verbs, moves, prepare=None, check=None):
    """Try every verb on the row: one that its state allows leads on, all others are refused and write nothing."""
    for verb, move in moves.items():
        with undone():
            now = same(row)
            if row.state in move.sources:
                if prepare:
                    prepare(verb, now)
                verbs(now)[verb]()
                assert same(row).state in move.targets, verb
                assert Event.objects.of(row).order_by("-pk")[0].label in (move.done, "Skrev under"), verb
                assert check is None or check(verb, same(row)), verb
            else:
                act = verbs(now)[verb]
                with heard() as tables:
                    assert refusal(act).startswith(f"Det går inte att {move.label} nu: läget är ”"), verb
                assert not tables, verb


# Meetings --------------------------------------------------------------------------------------------------------


def meeting_verbs(meeting):
    minutes = getattr(meeting, "minutes", None) or Minutes(meeting=meeting)
    return {
        "call": lambda: meeting.call(by=BY, late_reason="Brådskande."),
        "call_again": lambda: meeting.call_again(by=BY),
        "cancel": lambda: meeting.cancel(by=BY, reason="Lokalen brann."),
        "hold": lambda: meeting.hold(by=BY, secretary_name="Sam"),
        "draw_up": lambda: minutes.draw_up(by=BY),
        "reopen": lambda: minutes.reopen(by=BY, reason="Ett namn är fel."),
        "sign_off": lambda: minutes.sign_off(),
        "publish": lambda: meeting.publish(by=BY, audience="public", privacy_reviewed=True),
        "unpublish": lambda: meeting.unpublish(by=BY, reason="Ett telefonnummer stod kvar."),
    }


def make_ready(verb, meeting):
    """What the state's verbs ask for beyond the state itself."""
    if verb == "call_again":
        meeting.items.create(order=9, title="En sak till")
    elif verb == "hold":
        into_the_past(meeting)
        make.attend(meeting)
    elif verb == "draw_up":
        make.write(meeting)
    elif verb == "sign_off":  # everyone's signature without the move that the last one makes
        signing = meeting.minutes.current_round
        signing.signatures.update(signed_at=timezone.now(), signed_sha256=signing.content_sha256)


def into_the_past(meeting):
    start = timezone.now() - timedelta(hours=3)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    meeting.refresh_from_db()


@pytest.mark.parametrize("state", MeetingState.values)
def test_meeting_in_each_state(state):
    assert_moves(make.make_meeting(state=state), meeting_verbs, MEETING, make_ready)


def test_what_a_call_asks_for():
    meeting = make.make_meeting()

    def in_days(days):
        start = meeting.starts_at + timedelta(days=days - 20)
        Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
        return same(meeting)

    assert "redan passerat" in refusal(in_days(-1).call, by=BY, late_reason="x")
    with undone():
        meeting.items.all().delete()
        assert refusal(in_days(20).call, by=BY) == "Dagordningen är tom. Lägg till minst en punkt innan du kallar."
    with undone():
        Person.objects.update(email="")
        assert refusal(in_days(20).call, by=BY).startswith("Det finns ingen att kalla.")
    assert not Letter.objects.exists()
    with undone():
        in_days(7).call(by=BY)  # on the seventh day before, in time
        assert same(meeting).state == "called"
    late = in_days(3)
    assert refusal(late.call, by=BY) == "Kallelsen går ut mindre än 7 dagar före mötet. Skriv varför."
    late.call(by=BY, late_reason="Frågan kom in i dag.")
    assert same(meeting).late_reason == "Frågan kom in i dag."


def test_the_call_reaches_those_who_hold_a_seat_on_the_day_of_the_meeting():
    meeting = make.make_meeting()
    gone = make.make_council_seat(name="Gunnar Gången", last_day=meeting.day - timedelta(days=1))
    last = make.make_council_seat(name="Lisa Sista", last_day=meeting.day)
    meeting.call(by=BY)
    called = set(Letter.objects.filter(kind="notice").values_list("to", flat=True))
    assert last.person.email in called and gone.person.email not in called
    assert len(called) == 5
    assert all(letter.attachment_name.endswith(".ics") for letter in Letter.objects.filter(kind="notice"))


def test_a_changed_notice_is_a_new_version_and_a_new_letter_to_everyone():
    meeting = make.make_meeting(state="called")
    assert refusal(meeting.hold, by=BY, secretary_name="Sam").startswith("Mötet har inte börjat än.")
    assert meeting.unsent_changes == []
    first, sequence = meeting.latest_notice, meeting.sequence
    meeting.place = "Alby"
    meeting.change(by=BY)
    assert meeting.unsent_changes == ["Ny plats: Alby. Tidigare: Fittja."]
    assert meeting.latest_notice == first
    meeting.call_again(by=BY)
    assert meeting.latest_notice.version == 2 and meeting.sequence > sequence
    assert meeting.latest_notice.changes == ["Ny plats: Alby. Tidigare: Fittja."]
    assert first.content["place"] == "Fittja"
    assert Letter.objects.filter(kind="notice_changed").count() == Letter.objects.filter(kind="notice").count() == 4
    assert refusal(meeting.call_again, by=BY) == "Ingenting har ändrats sedan kallelsen gick ut."


def test_a_meeting_cannot_end_before_it_starts():
    meeting = make.make_meeting()
    meeting.ends_at = meeting.starts_at - timedelta(hours=1)
    assert refusal(meeting.change, by=BY) == "Mötet slutar innan det börjar. Rätta någon av tiderna."
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(ends_at=meeting.starts_at)


class Row:
    """A participant, by name, whose fields are set past all checks."""

    def __init__(self, meeting, name):
        self.pk = meeting.participants.get(name=name).pk

    def set(self, serves_for=None, **fields):
        Participant.objects.filter(pk=self.pk).update(**fields | {"serves_for": serves_for and serves_for.pk})


@pytest.fixture
def attended():
    """A called meeting that has been, with everyone present."""
    meeting = make.make_meeting(state="called")
    into_the_past(meeting)
    make.attend(meeting)
    return meeting


def test_attendance_that_cannot_be(attended):
    names = ["Per Ordförande", "Siv Justerare", "Pia Politiker", "Eva Ersättare"]
    per, siv, pia, eva = (Row(attended, name) for name in names)
    cases = {
        "Välj en ordförande för mötet.": lambda: per.set(duty=""),
        "Välj en eller två justerare, utöver ordföranden.": lambda: siv.set(duty=""),
        "har ingen e-postadress och kan inte få någon länk": lambda: siv.set(email=""),
        "var själv närvarande": lambda: eva.set(presence="present", serves_for=pia),
        "är inte en ersättare": lambda: (
            siv.set(presence="absent", duty=""),
            pia.set(duty="signer"),
            per.set(serves_for=siv),
        ),
        "hör till olika sidor": lambda: (pia.set(presence="absent"), eva.set(serves_for=pia)),
    }
    for sentence, change in cases.items():
        with undone():
            change()
            assert sentence in refusal(attended.hold, by=BY, secretary_name="Sam")
            assert same(attended).state == "called"


def test_a_substitute_serves_for_one_who_is_absent_on_the_same_side(attended):
    siv = Row(attended, "Siv Justerare")
    Row(attended, "Pia Politiker").set(duty="signer", presence="present")
    siv.set(duty="", presence="absent")
    Row(attended, "Eva Ersättare").set(serves_for=siv)
    attended.hold(by=BY, secretary_name="Sam")
    row = next(p for p in make.write(attended).content()["present"] if p["name"] == "Eva Ersättare")
    assert row["serves_for"] == "Siv Justerare"


def test_what_cannot_be_done_to_a_held_meeting():
    meeting = make.make_meeting(state="held")
    assert "går det inte att ändra" in refusal(meeting.change, by=BY)
    assert "Rättelser skrivs när" in refusal(make.write(meeting).correct, by=BY, text="Fel", privacy_reviewed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        meeting.participants.filter(duty="signer").update(presence="absent")


def test_the_council_takes_no_decisions():
    meeting = make.make_meeting()
    assert "decision" not in dict(meeting.items.model.kinds_for(meeting.body))
    sentence = "Rådet för civilsamhällesfrågor fattar inga egna beslut. Välj ett annat slag av punkt."
    assert refusal(meeting.items.create, order=3, title="Beslut", kind="decision") == sentence
    board = make.make_meeting(make.make_bodies()["board"])
    assert "decision" in dict(board.items.model.kinds_for(board.body))


# Minutes ---------------------------------------------------------------------------------------------------------


def test_what_a_signature_asks_for():
    minutes = make.make_meeting(state="drawn_up").minutes
    first, second = minutes.current_round.signatures.all()
    assert refusal(minutes.sign_off) == "Alla har inte justerat än."
    first.sign(typed_name=first.name, session="s", address="127.0.0.1")
    sign_in_same_session = {"typed_name": second.name, "session": "s", "address": ""}
    assert "redan skrivit under" in refusal(second.sign, **sign_in_same_session)
    minutes.reopen(by=BY, reason="Fel namn i § 2.")
    assert same(minutes.meeting).state == "held" and minutes.current_round is None
    assert "stängd" in refusal(same(second).sign, typed_name=second.name, session="t", address="")


# Who may see -----------------------------------------------------------------------------------------------------


def test_a_meeting_is_seen_when_it_is_announced():
    planned, called, cancelled = (make.make_meeting(state=state) for state in ("planned", "called", "cancelled"))
    seen = Meeting.objects.visible_to(AnonymousUser())
    assert set(seen) == {called, cancelled}
    Meeting.objects.filter(pk=planned.pk).update(announced=True)
    assert set(seen.all()) == {planned, called, cancelled}


@pytest.mark.parametrize(
    ("kind", "expected"), [("council", {"all", "board", "staff"}), ("board", {"board"}), ("annual_meeting", {"board"})]
)
def test_minutes_are_seen_when_published_by_those_they_are_meant_for(kind, expected):
    meeting = make.make_meeting(make.make_bodies()[kind], state="published")
    users = {"all": AnonymousUser(), "board": make.make_board_member(), "staff": factories.make_user("sekreterare")}
    for state in MeetingState.values:  # even if all else stood there as when they were published
        Meeting.objects.filter(pk=meeting.pk).update(state=state)
        may = {who for who, user in users.items() if meeting in Meeting.objects.with_minutes_for(user)}
        assert may == (expected if state == "published" else set()), state


def test_the_association_hands_over_and_then_the_municipality_reads():
    meeting = make.make_meeting(make.make_bodies()["board"], state="signed_off")
    staff = factories.make_user("sekreterare")
    assert not Meeting.objects.with_minutes_for(staff).exists()
    assert not RegistryEntry.objects.exists()
    with undone():  # public minutes are thereby handed over
        meeting.publish(by=BY, audience=Audience.PUBLIC, privacy_reviewed=True)
        assert meeting.handed_over_at and RegistryEntry.objects.count() == 1
    meeting.refresh_from_db()
    meeting.hand_over(by=BY)
    assert Meeting.objects.with_minutes_for(staff).get() == meeting
    assert RegistryEntry.objects.get().counterpart == "Plattformen"
    assert not Meeting.objects.with_minutes_for(AnonymousUser()).exists()
    assert refusal(meeting.hand_over, by=BY) == "Protokollet är redan lämnat till kommunen."


def test_what_is_the_associations_stays_out_of_the_municipalitys_log_and_letters():
    meeting = make.make_meeting(make.make_bodies()["board"], state="published")
    make.make_member()
    assert Event.objects.of(meeting).exists() and not Event.objects.of(meeting).ours().exists()
    subjects = ("council.meeting", "council.membership")
    assert not [e for e in Event.objects.ours() if e.subject.startswith(subjects)]
    assert not [letter for letter in Letter.objects.ours() if letter.subject_key.startswith(subjects)]


def test_who_handles_whose_meetings():
    bodies = make.make_bodies()
    secretary, member = factories.make_user("sekreterare"), make.make_board_member()
    auditor, root = make.make_board_member(role="auditor"), factories.make_user("administrator")
    root.is_superuser = True
    root.save()
    assert list(Body.objects.handled_by(secretary)) == [bodies["council"]]
    assert {b.kind for b in Body.objects.handled_by(member)} == {"board", "annual_meeting", "member_meeting"}
    assert not Body.objects.handled_by(auditor).exists()
    assert {b.kind for b in Body.objects.handled_by(root)} <= {"council"}
    assert not Body.objects.handled_by(AnonymousUser()).exists()


# Seats -----------------------------------------------------------------------------------------------------------


def test_a_seat_opens_the_room_from_its_first_day_to_its_last():
    first = date(2026, 3, 1)
    user = make.make_board_member(first_day=first, last_day=first + timedelta(days=20))
    for offset, open_ in {-1: False, 0: True, 10: True, 20: True, 21: False}.items():
        for hour, minute in ((0, 0), (23, 59)):
            moment = timezone.make_aware(timezone.datetime(2026, 3, 1, hour, minute)) + timedelta(days=offset)
            with time_machine.travel(moment, tick=False):
                assert Seat.objects.in_room(user).exists() is open_, (offset, hour)


def test_seats_that_cannot_be():
    chair = make.make_board_seat(role="chair", name="Ulla Ek")
    assert "Ulla Ek är ordförande" in refusal(make.make_board_seat, role="chair")
    again = {"body": chair.body, "person": chair.person, "first_day": timezone.localdate()}
    assert refusal(Seat.objects.create, **again).startswith("Ulla Ek har redan ett uppdrag i Plattformens styrelse")
    day = timezone.localdate()
    sentence = refusal(make.make_board_seat, first_day=day, last_day=day - timedelta(days=1))
    assert sentence == "Sista dagen är före den första. Rätta något av datumen."
    make.make_board_seat(role="chair", first_day=day - timedelta(days=400), last_day=day - timedelta(days=31))


@pytest.mark.parametrize("fields", [{"role": "chair"}, {}])
def test_the_database_refuses_seats_that_overlap(fields):
    chair = make.make_board_seat(role="chair")
    person = make.make_person() if fields else chair.person
    row = Seat(body=chair.body, person=person, first_day=chair.first_day, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.bulk_create([row])
    other = make.make_board_seat(
        first_day=chair.first_day - timedelta(days=90), last_day=chair.first_day - timedelta(days=9)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(pk=other.pk).update(last_day=None, role="chair", person=person)


def test_no_more_seats_than_the_composition_on_any_day():
    for _ in range(5):
        make.make_council_seat("civil")
    assert refusal(make.make_council_seat, "civil").startswith("Alla 5 platser för civilsamhället är upptagna den ")
    make.make_council_seat("civil", role="substitute")
    make.make_council_seat("politics")
    later = timezone.localdate() + timedelta(days=30)
    assert "upptagna" in refusal(make.make_council_seat, "civil", first_day=later)
    before = timezone.localdate() - timedelta(days=31)
    make.make_council_seat("civil", first_day=before - timedelta(days=9), last_day=before)


@pytest.mark.parametrize(
    ("side", "fields", "sentence"),
    [
        ("politics", {"party": ""}, "Skriv vilket parti ledamoten företräder."),
        ("civil", {"organisation": None}, "Välj vilken organisation ledamoten kommer från."),
        (
            "",
            {"party": "P", "organisation": None},
            "Välj vilken sida platsen hör till: politiken eller civilsamhället.",
        ),
    ],
)
def test_each_side_has_what_it_represents(side, fields, sentence):
    assert refusal(make.make_council_seat, side, **fields) == sentence


def test_ending_a_seat_closes_the_room_the_day_after():
    user = make.make_board_member()
    seat = Seat.objects.in_room(user).get()
    assert refusal(seat.end, by=BY, last_day=timezone.localdate(), reason=" ") == "Skriv varför uppdraget upphör."
    seat.end(by=BY, last_day=timezone.localdate(), reason="Flyttar.")
    assert Seat.objects.in_room(user).exists()
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert not Seat.objects.in_room(user).exists()


# Memberships -----------------------------------------------------------------------------------------------------


def membership_verbs(membership):
    seat = make.make_board_seat()
    note = {"by": BY, "seat": seat, "decision_note": "Möte, § 1"}
    return {
        "confirm": lambda: membership.confirm(by=BY),
        "accept": lambda: membership.accept(**note),
        "reject": lambda: membership.reject(**note, reason="Inte verksamma här."),
        "withdraw": lambda: membership.withdraw(by=BY),
        "leave": lambda: membership.leave(by=BY),
        "exclude": lambda: membership.exclude(**note, reason="Brott mot stadgarna."),
    }


@pytest.mark.parametrize("state", MembershipState.values)
def test_membership_in_each_state(state):
    assert_moves(make.make_member(state=state), membership_verbs, MEMBERSHIP)


def test_first_the_agreement_then_the_membership():
    outsider = factories.make_organisation("Utanför")
    sentence = refusal(make.make_member, outsider)
    assert sentence.startswith("Utanför är inte ansluten till Överenskommelsen.")


def test_one_membership_at_a_time_and_it_outlives_the_accession_with_a_flag():
    membership = make.make_member()
    assert "är redan medlem" in refusal(make.make_member, membership.organisation)  # one membership at a time
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organisation=membership.organisation, state="applied", contact_email="a@b.se")
    assert not Membership.objects.flagged().exists()
    make.end_accession(membership.organisation)
    assert Membership.objects.flagged().get() == membership
    assert Membership.objects.active().get() == membership


def test_only_those_who_sit_on_the_board_today_decide_and_not_about_their_own_organisation():
    membership = make.make_member(state="applied")

    def refusal_of(seat, note="§ 1"):
        return refusal(membership.accept, by=BY, seat=seat, decision_note=note)

    own = {"organisation": membership.organisation}, {"email": membership.contact_email}
    assert all("företräder själv" in refusal_of(make.make_board_seat(**mine)) for mine in own)
    gone = make.make_board_seat(last_day=timezone.localdate() - timedelta(days=1))
    for seat in (gone, make.make_board_seat(role="auditor"), make.make_council_seat("civil")):
        assert "Bara den som sitter i styrelsen i dag" in refusal_of(seat)
    assert refusal_of(make.make_board_seat(), note="").startswith("Skriv vid vilket")


def test_of_two_begun_applications_one_gets_through():
    organisation = make.make_organisation_joined()
    first, second = (make.make_member(organisation, state="begun") for _ in range(2))
    first.confirm(by=BY)
    assert "är redan medlem" in refusal(second.confirm, by=BY)


# Nominations -----------------------------------------------------------------------------------------------------


def make_nomination(state="proposed"):
    make.make_bodies()
    member = make.make_member()
    nomination = Nomination.propose(
        by=BY, candidate=make.make_person("Kaj Kandidat"), organisation=member.organisation, role="member"
    )
    if state == "declined":
        nomination.decline(by=BY, reason="Hinner inte.")
    if state in ("proposed", "declined"):
        return nomination
    nomination.nominate(by=BY, decision_note="Medlemsmöte, § 9")
    if state == "appointed":
        nomination.appoint(by=BY, first_day=timezone.localdate(), last_day=None)
    if state == "not_appointed":
        nomination.not_appoint(by=BY, reason="Platserna är besatta.")
    return nomination


def nomination_verbs(nomination):
    return {
        "nominate": lambda: nomination.nominate(by=BY, decision_note="Möte, § 2"),
        "decline": lambda: nomination.decline(by=BY, reason="Hinner inte."),
        "appoint": lambda: nomination.appoint(by=BY, first_day=timezone.localdate(), last_day=None),
        "not_appoint": lambda: nomination.not_appoint(by=BY, reason="Platserna är besatta."),
    }


@pytest.mark.parametrize("state", NominationState.values)
def test_nomination_in_each_state(state):
    def check(verb, nomination):
        return bool(nomination.seat) == (verb == "appoint")

    assert_moves(make_nomination(state), nomination_verbs, NOMINATION, check=check)


def test_a_candidate_comes_from_a_member():
    organisation = make.make_organisation_joined("Utanför")
    make.make_bodies()
    person = make.make_person()
    sentence = refusal(Nomination.propose, by=BY, candidate=person, organisation=organisation, role="member")
    assert sentence == "Utanför är inte medlem i Plattformen. Kandidaten ska komma från en medlem."


def test_a_proposal_is_the_associations_own_until_it_is_handed_over():
    nomination = make_nomination()
    assert nomination.room == "platform" and not Nomination.objects.handed_over().exists()
    nomination.nominate(by=BY, decision_note="Möte, § 2")
    assert nomination.room == "" and Nomination.objects.handed_over().get() == nomination
    assert RegistryEntry.objects.filter(counterpart="Plattformen").exists()
    labels = [event.label for event in Event.objects.of(nomination).ours()]
    assert "Föreslogs" not in labels and "Nominerades till Rådet" in labels


def test_appointing_needs_a_free_seat():
    nomination = make_nomination("nominated")
    for _ in range(5):
        make.make_council_seat("civil")
    sentence = refusal(nomination.appoint, by=BY, first_day=timezone.localdate(), last_day=None)
    assert sentence.startswith("Alla 5 platser för civilsamhället är upptagna")
    nomination.refresh_from_db()
    assert nomination.state == "nominated" and nomination.seat is None
