"""Every state times every verb of meetings, memberships and nominations, and what each refuses, in words."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core import mail  # noqa: F401
from django.db import IntegrityError, transaction
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.documents.audiences import Audience
from council.models import Body, Meeting, Membership, Minutes, Nomination, Participant, Seat, SignOffRound
from council.models.states import MEETING, MEMBERSHIP, NOMINATION, MeetingState, MembershipState, NominationState
from tests import factories
from tests.factories import council as make

pytestmark = pytest.mark.django_db
BY = Actor("Testaren", "testaren@exempel.se")


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


def ready_for(verb, state):
    """What the state's verbs ask for beyond the state itself."""
    if verb == "call_again":
        return lambda meeting: meeting.items.create(order=9, title="En sak till")
    if verb == "hold":
        return lambda meeting: (_into_the_past(meeting), make.attend(meeting))
    if verb == "draw_up":
        return make.write
    if verb == "sign_off":
        return _all_but_the_last
    return lambda meeting: None


def _into_the_past(meeting):
    start = timezone.now() - timedelta(hours=3)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    meeting.refresh_from_db()


def _all_but_the_last(meeting):
    """Everyone's signature without the move that the last one makes."""
    signing = meeting.minutes.current_round
    signing.signatures.update(signed_at=timezone.now(), signed_sha256=signing.content_sha256)


@pytest.mark.parametrize("verb", MEETING)
@pytest.mark.parametrize("state", MeetingState.values)
def test_meeting_state_and_verb(state, verb):
    meeting = make.make_meeting(state=state)
    allowed = state in MEETING[verb].sources
    if allowed:
        ready_for(verb, state)(meeting)
    before = Event.objects.of(meeting).count()
    if allowed:
        meeting_verbs(meeting)[verb]()
        meeting.refresh_from_db()
        assert meeting.state in MEETING[verb].targets
        assert Event.objects.of(meeting).order_by("-pk")[0].label in (MEETING[verb].done, "Skrev under")
    else:
        with pytest.raises(Refused) as refused:
            meeting_verbs(meeting)[verb]()
        assert str(refused.value).startswith(f"Det går inte att {MEETING[verb].label} nu: läget är ”")
        meeting.refresh_from_db()
        assert meeting.state == state
        assert Event.objects.of(meeting).count() == before


def refusal(act, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return str(refused.value)


def test_call_without_an_agenda_is_refused():
    meeting = make.make_meeting()
    meeting.items.all().delete()
    assert refusal(meeting.call, by=BY) == "Dagordningen är tom. Lägg till minst en punkt innan du kallar."
    assert not Letter.objects.exists()


def test_a_late_call_needs_a_reason():
    meeting = make.make_meeting(days=3)
    assert refusal(meeting.call, by=BY) == "Kallelsen går ut mindre än 7 dagar före mötet. Skriv varför."
    meeting.call(by=BY, late_reason="Frågan kom in i dag.")
    assert meeting.late_reason == "Frågan kom in i dag."


def test_a_call_on_the_seventh_day_before_is_in_time():
    meeting = make.make_meeting(days=7)
    meeting.call(by=BY)
    assert meeting.state == "called"


def test_call_for_a_meeting_that_has_been_is_refused():
    meeting = make.make_meeting(days=-1)
    assert "redan passerat" in refusal(meeting.call, by=BY, late_reason="x")


def test_call_with_nobody_to_call_is_refused():
    meeting = make.make_meeting()
    for seat in Seat.objects.all():
        seat.person.email = ""
        seat.person.save()
    assert refusal(meeting.call, by=BY).startswith("Det finns ingen att kalla.")


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


def test_a_held_meeting_is_not_changed():
    meeting = make.make_meeting(state="held")
    assert "går det inte att ändra" in refusal(meeting.change, by=BY)


def test_a_meeting_is_not_held_before_it_begins():
    meeting = make.make_meeting(state="called")
    assert refusal(meeting.hold, by=BY, secretary_name="Sam").startswith("Mötet har inte börjat än.")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: p[0].set(duty=""), "Välj en ordförande för mötet."),
        (lambda p: p[1].set(duty=""), "Välj en eller två justerare, utöver ordföranden."),
        (lambda p: p[1].set(email=""), "har ingen e-postadress och kan inte få någon länk"),
        (lambda p: p[3].set(presence="present", serves_for=p[2]), "var själv närvarande"),
        (lambda p: (p[1].set(presence="absent", duty=""), p[2].set(duty="signer"), p[0].set(serves_for=p[1])),
         "är inte en ersättare"),
        (lambda p: (p[2].set(presence="absent"), p[3].set(serves_for=p[2])), "hör till olika sidor"),
    ],
)  # fmt: skip
def test_attendance_that_cannot_be(change, sentence):
    meeting = make.make_meeting(state="called")
    _into_the_past(meeting)
    make.attend(meeting)

    class Row:
        def __init__(self, pk):
            self.pk = pk

        def set(self, **fields):
            fields = {k: v.pk if isinstance(v, Row) else v for k, v in fields.items()}
            fields = {"serves_for_id" if k == "serves_for" else k: v for k, v in fields.items()}
            Participant.objects.filter(pk=self.pk).update(**fields)

    names = ["Per Ordförande", "Siv Justerare", "Pia Politiker", "Eva Ersättare"]
    change([Row(meeting.participants.get(name=name).pk) for name in names])
    assert sentence in refusal(meeting.hold, by=BY, secretary_name="Sam")
    meeting.refresh_from_db()
    assert meeting.state == "called"


def test_a_substitute_serves_for_one_who_is_absent_on_the_same_side():
    meeting = make.make_meeting(state="called")
    _into_the_past(meeting)
    make.attend(meeting)
    people = {p.name: p for p in meeting.participants.all()}
    people["Pia Politiker"].duty, people["Pia Politiker"].presence = "signer", "present"
    people["Pia Politiker"].save()
    people["Siv Justerare"].duty, people["Siv Justerare"].presence = "", "absent"
    people["Siv Justerare"].save()
    people["Eva Ersättare"].serves_for = people["Siv Justerare"]
    people["Eva Ersättare"].save()
    meeting.hold(by=BY, secretary_name="Sam")
    row = next(p for p in make.write(meeting).content()["present"] if p["name"] == "Eva Ersättare")
    assert row["serves_for"] == "Siv Justerare"


def test_the_absent_cannot_sign_off_whoever_says_so():
    meeting = make.make_meeting(state="held")
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


def test_minutes_are_not_written_before_the_meeting():
    meeting = make.make_meeting(state="called")
    assert refusal(Minutes.of, meeting).startswith("Mötet har inte varit än.")
    minutes = Minutes(meeting=meeting)
    minutes.save()
    assert refusal(minutes.write, by=BY, text="x", base=0).startswith("Mötet har inte varit än.")


def test_two_writers_lose_no_word():
    meeting = make.make_meeting(state="held")
    minutes = make.write(meeting)
    base = minutes.revision
    anna = make.TEXT.replace("Vi talade om läget.", "Vi talade om läget i Alby.")
    bo = make.TEXT.replace("hälsar alla välkomna", "hälsar alla hjärtligt välkomna")
    assert not minutes.write(by=Actor("Anna"), text=anna, base=base).merged
    saved = Minutes.objects.get(pk=minutes.pk).write(by=Actor("Bo"), text=bo, base=base)
    assert saved.merged and saved.others == ["Anna"] and saved.conflicts == 0
    assert "i Alby" in saved.text and "hjärtligt" in saved.text
    minutes.refresh_from_db()
    assert minutes.text == anna
    assert minutes.revisions.filter(aside=True, text=bo, by="Bo").exists()
    assert not minutes.write(by=Actor("Bo"), text=saved.text, base=saved.revision).merged
    assert "hjärtligt" in minutes.text and "i Alby" in minutes.text


def test_signed_minutes_are_read_only_and_what_was_signed_is_what_is_shown():
    meeting = make.make_meeting(state="signed_off")
    minutes = meeting.minutes
    assert refusal(minutes.write, by=BY, text="x", base=minutes.revision).startswith("Protokollet är skickat")
    shown = minutes.signed_content
    Minutes.objects.filter(pk=minutes.pk).update(text="Något annat")
    assert Minutes.objects.get(pk=minutes.pk).signed_content == shown
    assert minutes.pdf and minutes.revisions.count() == 0
    assert RegistryEntry.objects.get().direction == "drawn_up"


def test_reopening_voids_every_signature():
    meeting = make.make_meeting(state="drawn_up")
    first = meeting.minutes.current_round.signatures.first()
    first.sign(typed_name=first.name, session="s", address="127.0.0.1")
    meeting.minutes.reopen(by=BY, reason="Fel namn i § 2.")
    meeting.refresh_from_db()
    assert meeting.state == "held" and meeting.minutes.current_round is None
    second = SignOffRound.objects.get().signatures.last()
    assert "stängd" in refusal(second.sign, typed_name=second.name, session="t", address="")


def test_everyone_asked_must_sign():
    meeting = make.make_meeting(state="drawn_up")
    assert refusal(meeting.minutes.sign_off) == "Alla har inte justerat än."


def test_sign_off_long_after_the_target_still_works():
    meeting = make.make_meeting(state="drawn_up")
    with time_machine.travel(timezone.now() + timedelta(days=200), tick=False):
        assert meeting.overdue.startswith("Protokollet skulle ha varit justerat")
        make.sign_off(meeting)
    assert meeting.state == "signed_off"


def test_publishing_asks_for_the_privacy_review():
    meeting = make.make_meeting(state="signed_off")
    sentence = refusal(meeting.publish, by=BY, audience="public", privacy_reviewed=False)
    assert sentence.startswith("Kryssa i att du har granskat protokollet")
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(state="published")


def test_paragraphs_are_numbered_through_the_year():
    first = make.make_meeting(state="signed_off")
    assert first.minutes.last_number == 2
    earlier = first.starts_at - timedelta(hours=1)
    if timezone.localtime(earlier).year != first.day.year:
        earlier = first.starts_at - timedelta(minutes=1)
    Meeting.objects.filter(pk=first.pk).update(starts_at=earlier)
    assert Minutes.of(make.make_meeting(state="held")).text.startswith("§ 3 Mötet öppnas")


def test_corrections_stand_beside_signed_minutes_only():
    held = make.make_meeting(state="held")
    assert "Rättelser skrivs när" in refusal(make.write(held).correct, by=BY, text="Fel", privacy_reviewed=True)
    meeting = make.make_meeting(make.make_bodies()["board"], state="published")
    assert refusal(meeting.minutes.correct, by=BY, text=" ", privacy_reviewed=True) == "Skriv vad som ska rättas."
    meeting.minutes.correct(by=BY, text="I § 2 ska stå Alby.", privacy_reviewed=True)
    assert meeting.minutes.corrections.get().text == "I § 2 ska stå Alby."


# Who may see -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "announced", "seen"),
    [("planned", False, False), ("planned", True, True), ("called", False, True), ("cancelled", False, True)],
)
def test_a_meeting_is_seen_when_it_is_announced(state, announced, seen):
    meeting = make.make_meeting(state=state)
    if announced:
        Meeting.objects.filter(pk=meeting.pk).update(announced=True)
    assert Meeting.objects.visible_to(AnonymousUser()).filter(pk=meeting.pk).exists() is seen


@pytest.mark.parametrize("state", MeetingState.values)
@pytest.mark.parametrize("kind", ["council", "board", "annual_meeting"])
def test_minutes_are_seen_when_published_by_those_they_are_meant_for(kind, state):
    meeting = make.make_meeting(make.make_bodies()[kind], state=state)
    board, staff = make.make_board_member(), factories.make_user("sekreterare")
    may = {who for who, user in [("all", AnonymousUser()), ("board", board), ("staff", staff)]
           if Meeting.objects.with_minutes_for(user).filter(pk=meeting.pk).exists()}  # fmt: skip
    expected = {"council": {"all", "board", "staff"}, "board": {"board"}, "annual_meeting": {"board"}}[kind]
    assert may == (expected if state == "published" else set())


def test_the_association_hands_over_and_then_the_municipality_reads():
    meeting = make.make_meeting(make.make_bodies()["board"], state="signed_off")
    staff = factories.make_user("sekreterare")
    assert not Meeting.objects.with_minutes_for(staff).exists()
    assert not RegistryEntry.objects.exists()
    meeting.hand_over(by=BY)
    assert Meeting.objects.with_minutes_for(staff).get() == meeting
    assert RegistryEntry.objects.get().counterpart == "Plattformen"
    assert not Meeting.objects.with_minutes_for(AnonymousUser()).exists()
    assert refusal(meeting.hand_over, by=BY) == "Protokollet är redan lämnat till kommunen."


def test_public_minutes_of_the_association_are_thereby_handed_over():
    meeting = make.make_meeting(make.make_bodies()["board"], state="signed_off")
    meeting.publish(by=BY, audience=Audience.PUBLIC, privacy_reviewed=True)
    assert meeting.handed_over_at and RegistryEntry.objects.count() == 1


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


@pytest.mark.parametrize(("offset", "open_"), [(-1, False), (0, True), (10, True), (20, True), (21, False)])
def test_a_seat_opens_the_room_from_its_first_day_to_its_last(offset, open_):
    first = date(2026, 3, 1)
    user = make.make_board_member(first_day=first, last_day=first + timedelta(days=20))
    for hour in (0, 23):
        moment = timezone.make_aware(timezone.datetime(2026, 3, 1, hour, 59 if hour else 0)) + timedelta(days=offset)
        with time_machine.travel(moment, tick=False):
            assert Seat.objects.in_room(user).exists() is open_


def test_seats_that_cannot_be():
    chair = make.make_board_seat(role="chair", name="Ulla Ek")
    assert "Ulla Ek är ordförande" in refusal(make.make_board_seat, role="chair")
    same = {"body": chair.body, "person": chair.person, "first_day": timezone.localdate()}
    assert refusal(Seat.objects.create, **same).startswith("Ulla Ek har redan ett uppdrag i Plattformens styrelse")
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


@pytest.mark.parametrize("verb", MEMBERSHIP)
@pytest.mark.parametrize("state", MembershipState.values)
def test_membership_state_and_verb(state, verb):
    membership = make.make_member(state=state)
    act = membership_verbs(membership)[verb]
    if state in MEMBERSHIP[verb].sources:
        act()
        membership.refresh_from_db()
        assert membership.state in MEMBERSHIP[verb].targets
    else:
        assert refusal(act).startswith(f"Det går inte att {MEMBERSHIP[verb].label} nu")


def test_first_the_agreement_then_the_membership():
    outsider = factories.make_organisation("Utanför")
    sentence = refusal(make.make_member, outsider)
    assert sentence.startswith("Utanför är inte ansluten till Överenskommelsen.")


def test_an_accession_that_ends_flags_the_membership_and_does_not_end_it():
    membership = make.make_member()
    assert not Membership.objects.flagged().exists()
    make.end_accession(membership.organisation)
    assert Membership.objects.flagged().get() == membership
    assert Membership.objects.active().get() == membership


def test_nobody_decides_about_their_own_organisation():
    membership = make.make_member(state="applied")
    own = make.make_board_seat(organisation=membership.organisation)
    assert "företräder själv" in refusal(membership.accept, by=BY, seat=own, decision_note="§ 1")
    same = make.make_board_seat(email=membership.contact_email)
    assert "företräder själv" in refusal(membership.accept, by=BY, seat=same, decision_note="§ 1")


def test_only_those_who_sit_on_the_board_today_decide():
    membership = make.make_member(state="applied")
    gone = make.make_board_seat(last_day=timezone.localdate() - timedelta(days=1))
    auditor = make.make_board_seat(role="auditor")
    elsewhere = make.make_council_seat("civil")
    for seat in (gone, auditor, elsewhere):
        assert "Bara den som sitter i styrelsen i dag" in refusal(
            membership.accept, by=BY, seat=seat, decision_note="§ 1"
        )
    assert refusal(membership.accept, by=BY, seat=make.make_board_seat(), decision_note="").startswith(
        "Skriv vid vilket"
    )


def test_one_membership_at_a_time():
    membership = make.make_member()
    assert "är redan medlem" in refusal(make.make_member, membership.organisation)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organisation=membership.organisation, state="applied", contact_email="a@b.se")


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


@pytest.mark.parametrize("verb", NOMINATION)
@pytest.mark.parametrize("state", NominationState.values)
def test_nomination_state_and_verb(state, verb):
    nomination = make_nomination(state)
    act = nomination_verbs(nomination)[verb]
    if state in NOMINATION[verb].sources:
        act()
        nomination.refresh_from_db()
        assert nomination.state in NOMINATION[verb].targets
        assert bool(nomination.seat) == (verb == "appoint")
    else:
        assert refusal(act).startswith(f"Det går inte att {NOMINATION[verb].label} nu")


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


def test_session_of_each_signer():
    """The second signer in the same browser is refused."""
    meeting = make.make_meeting(state="drawn_up")
    first, second = meeting.minutes.current_round.signatures.all()
    session = uuid4().hex
    first.sign(typed_name=first.name, session=session, address="")
    assert "redan skrivit under" in refusal(second.sign, typed_name=second.name, session=session, address="")
