"""Two at once in Rådet and Plattformen: real threads on PostgreSQL, one winner each, and no word lost."""

from datetime import timedelta
from itertools import zip_longest
from uuid import uuid4

import pytest
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Letter, RegistryEntry
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from council import elections
from council.models import Meeting, Membership, Minutes, MinutesRevision, Nomination, Participant, Seat, SignOff
from council.models.memberships import MEMBER_LINK
from council.models.minutes import SIGN_OFF_LINK
from tests import factories
from tests.factories import council as make
from tests.factories.council import BY
from tests.tools.threads import at_once, count, refusals, same

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = pytest.mark.parametrize("_", range(2))  # a race that is lost now and then
TEXT = "§ 1 Mötet öppnas\nDiskussion: Alla hälsades välkomna.\n\n§ 2 Läget\nDiskussion: Vi talade om läget.\n"


def one_of(*calls):
    """All calls at once, of which one succeeds. What the others are told."""
    refused = refusals(at_once(*calls))
    assert len(refused) == len(calls) - 1
    return [str(refusal) for refusal in refused]


@ROUNDS
def test_two_chairs_at_once_and_one_leaves_while_another_is_put_in(_):
    board, today = make.make_bodies()["board"], timezone.localdate()
    people = [make.make_person() for _ in range(3)]

    def put_in(person, days=0, role="chair"):
        facts = {"role": role, "first_day": today - timedelta(days=days)}
        return lambda: Seat.objects.create(body=board, person=person, **facts)

    [told] = one_of(*(put_in(person, days=30) for person in people[:2]))
    assert "Det kan bara finnas en i taget." in told
    old = Seat.objects.get()
    results = at_once(
        lambda: same(old).end(by=BY, last_day=today - timedelta(days=1), reason="Avgick."), put_in(people[2])
    )
    assert Seat.objects.filter(role="chair").held_on(today).count() + len(refusals(results)) == 1
    before, person = Seat.objects.count(), make.make_person()
    one_of(*(put_in(person, role=role) for role in ("member", "")))  # one person in two seats
    assert Seat.objects.count() == before + 1


@ROUNDS
def test_the_fifth_and_the_sixth_seat_of_a_side_at_once(_):
    for _n in range(4):
        make.make_council_seat("civil")
    [told] = one_of(*[lambda: make.make_council_seat("civil")] * 2)
    assert "Alla 5 platser" in told
    assert Seat.objects.filter(side="civil").count() == 5


def test_the_same_board_is_registered_twice_at_once_and_one_address_is_one_person():
    board, today = make.make_bodies()["board"], timezone.localdate()
    people = [elections.Elected(name=f"Person {n}", role="member", email=f"p{n}@exempel.se") for n in range(3)]
    facts = {"label": "2030", "first_day": today, "last_day": today + timedelta(days=365), "elected_on": today}
    one_of(*[lambda: elections.elect(by=BY, body=board, people=people, **facts)] * 2)
    assert board.terms.count() == 1
    assert Seat.objects.count() == User.objects.count() == Letter.objects.filter(kind="welcome").count() == 3
    found = at_once(*[lambda: elections.person_for("Ny Person", "ny@exempel.se")] * 3)
    assert len({person.pk for person in found}) == 1


@ROUNDS
def test_two_confirm_for_one_organisation_and_two_decide_at_once(_):
    for role in ("chair", "secretary"):
        make.make_board_member(role)
    seats, organisation = list(Seat.objects.on_board()), make.make_organisation_joined()
    begun = [make.make_member(organisation, state="begun") for _ in range(2)]
    [told] = one_of(*(lambda m=m: same(m).confirm(by=m.applicant) for m in begun))
    assert "har redan ansökt" in told
    membership = Membership.objects.get(state="applied")
    assert count("confirm") == Letter.objects.filter(kind="membership_received").count() == 1
    decided = {"by": BY, "decision_note": "§ 7"}
    one_of(
        lambda: same(membership).accept(seat=seats[0], **decided),
        lambda: same(membership).reject(seat=seats[1], reason="Inte verksamma här.", **decided),
    )
    won = {"member": "membership_accepted", "rejected": "membership_rejected"}[same(membership).state]
    letters = Letter.objects.filter(kind__in=["membership_accepted", "membership_rejected"])
    assert [letter.kind for letter in letters] == [won]
    assert count("accept") + count("reject") == 1


def test_the_link_is_used_twice_at_once():
    membership = make.make_member(state="begun")
    url = reverse(MEMBER_LINK, args=[tokens.make(MEMBER_LINK, membership.key)])
    statuses = [response.status_code for response in at_once(*[lambda: Client().post(url)] * 3)]
    assert set(statuses) <= {302, 422} and 302 in statuses
    assert count("confirm") == 1 and same(membership).state == "applied"


@ROUNDS
def test_the_board_enters_a_member_that_applies_and_excludes_one_that_leaves_in_the_same_moment(_):
    seat, organisation = make.make_board_seat(role="chair"), make.make_organisation_joined()
    begun = make.make_member(organisation, state="begun")
    facts = {"organisation": organisation, "name": "Kim", "email": "kim@exempel.se", "note": "§ 7"}
    one_of(lambda: same(begun).confirm(by=begun.applicant), lambda: Membership.enter(by=BY, seat=seat, **facts))
    assert Membership.objects.filter(state__in=["applied", "member"]).count() == 1
    membership = make.make_member()
    one_of(
        lambda: same(membership).leave(by=membership.applicant),
        lambda: same(membership).exclude(by=BY, seat=seat, decision_note="§ 8", reason="Brott mot stadgarna."),
    )
    assert count("leave") + count("exclude") == 1
    assert same(membership).ended_on == timezone.localdate()


def nominated(*, state="nominated") -> Nomination:
    member = Membership.objects.active().first() or make.make_member()
    row = Nomination.propose(by=BY, candidate=make.make_person(), organisation=member.organisation, role="member")
    if state == "nominated":
        row.nominate(by=BY, decision_note="Styrelsemöte, § 9")
    return row


def appoint(row):
    return lambda: same(row).appoint(by=BY, first_day=timezone.localdate(), last_day=None)


@ROUNDS
def test_proposed_nominated_and_appointed_twice_at_once_is_one_seat_with_one_number(_):
    member, candidate = make.make_member(), make.make_person()
    facts = {"candidate": candidate, "organisation": member.organisation, "role": "member"}
    one_of(*[lambda: Nomination.propose(by=BY, **facts)] * 2)
    row = Nomination.objects.get()
    one_of(*[lambda: same(row).nominate(by=BY, decision_note="§ 9")] * 2)
    assert RegistryEntry.objects.count() == count("nominate") == 1
    one_of(*[appoint(row)] * 2)
    assert Seat.objects.filter(side="civil").count() == count("appoint") == 1
    assert same(row).seat.person == candidate


@ROUNDS
def test_appointed_and_not_appointed_and_two_candidates_for_the_last_seat_at_once(_):
    row = nominated()
    one_of(appoint(row), lambda: same(row).not_appoint(by=BY, reason="Platsen är tillsatt."))
    civil = Seat.objects.filter(side="civil")
    assert civil.exists() == (same(row).state == "appointed")
    rows = [nominated() for _ in range(2)]
    for _n in range(4 - civil.count()):
        make.make_council_seat("civil")
    [told] = one_of(*(appoint(row) for row in rows))
    assert "Alla 5 platser" in told
    assert sorted(same(row).state for row in rows) == ["appointed", "nominated"]


@ROUNDS
def test_called_and_cancelled_at_once(_):
    meeting = make.make_meeting()
    results = at_once(
        lambda: same(meeting).call(by=BY), lambda: same(meeting).cancel(by=BY, reason="Inget att ta upp.")
    )
    assert same(meeting).state == "cancelled"
    told = Letter.objects.filter(kind="cancelled").count()
    assert meeting.notices.count() + len(refusals(results)) == 1, "called and then cancelled, or never called"
    assert told == Letter.objects.filter(kind="notice").count(), "whoever was called is told that it is off"


@ROUNDS
def test_called_and_called_again_twice_at_once_and_answered_while_it_is_cancelled(_):
    meeting = make.make_meeting()
    one_of(*[lambda: same(meeting).call(by=BY)] * 2)
    people = meeting.participants.exclude(email="").count()
    assert people == Letter.objects.filter(kind="notice").count() == Participant.objects.count()
    assert meeting.notices.count() == 1
    Meeting.objects.filter(pk=meeting.pk).update(place="Hågelby")
    meeting = same(meeting)
    one_of(*[lambda: same(meeting).call_again(by=BY)] * 2)
    assert meeting.notices.count() == 2 and same(meeting).sequence == meeting.sequence + 1
    called = meeting.participants.called().first()
    results = at_once(lambda: same(meeting).cancel(by=BY, reason="Brand."), lambda: same(called).reply(answer="coming"))
    assert same(meeting).state == "cancelled"
    assert (same(called).answer == "coming") + len(refusals(results)) == 1


@ROUNDS
def test_two_meetings_of_one_day_are_planned_at_once(_):
    council = make.make_bodies()["council"]
    start = timezone.now() + timedelta(days=20)
    facts = {"body": council, "starts_at": start, "ends_at": start + timedelta(hours=1), "audience": "public"}
    results = at_once(*[lambda: Meeting(**facts).plan(by=BY)] * 3)
    assert refusals(results) == []
    assert Meeting.objects.values("slug").distinct().count() == 3


@ROUNDS
def test_the_attendance_is_sent_twice_at_once(_, settings):
    """From the meeting when it has been called, and when it has been held: each guest comes once."""
    settings.DEMO = True
    meeting = make.make_meeting(state="held")
    secretary = factories.make_user("sekreterare")
    url = reverse("council:work_attendance", args=[meeting.pk])
    people = meeting.participants.count()
    form = {"secretary_name": "Sam Sekreterare"}
    form |= {"gast-1-name": "Gun Gäst", "gast-1-email": "gun@exempel.se", "gast-2-name": "Utan Adress"}
    for person, duty in zip_longest(meeting.participants.order_by("pk"), ("chair", "signer"), fillvalue=""):
        form |= {f"u{person.seat_id}-presence": "present", f"u{person.seat_id}-duty": duty}

    def send():
        client = Client()
        client.force_login(secretary)
        return client.post(url, form).status_code

    for state in ("called", "held"):
        Meeting.objects.filter(pk=meeting.pk).update(state=state)
        assert sorted(at_once(send, send)) == [302, 422]
        assert meeting.participants.count() == people + 2, "nobody came twice"
        assert same(meeting).state == "held"
        meeting.participants.filter(seat=None).delete()


@ROUNDS
def test_two_begin_and_two_save_the_minutes_at_once_and_no_word_is_lost(_):
    meeting = make.make_meeting(state="held")
    first, second = at_once(*[lambda: Minutes.of(same(meeting))] * 2)
    assert first.pk == second.pk and first.text == second.text
    assert Minutes.objects.count() == MinutesRevision.objects.count() == 1
    minutes = make.write(meeting, TEXT)
    base = minutes.revision
    texts = [TEXT.replace("välkomna", "varmt välkomna"), TEXT.replace("om läget", "länge om läget")]
    results = at_once(*(lambda t=t: same(minutes).write(by=BY, text=t, base=base) for t in texts))
    assert sorted(saved.merged for saved in results) == [False, True]
    kept = MinutesRevision.objects.filter(aside=False, number=base + 1).get().text
    aside = MinutesRevision.objects.get(aside=True).text
    assert {kept, aside} == set(texts) and same(minutes).text == kept
    merged = next(saved for saved in results if saved.merged)
    assert merged.conflicts == 0 and "varmt välkomna" in merged.text and "länge om läget" in merged.text
    saved = same(minutes).write(by=BY, text=merged.text, base=merged.revision)
    assert not saved.merged and same(minutes).text == merged.text


@ROUNDS
def test_many_save_the_same_line_and_two_draw_up_at_once(_):
    minutes = make.write(make.make_meeting(state="held"), TEXT)
    base = minutes.revision
    texts = [TEXT.replace("läget.", f"ordet{n}.") for n in range(4)]
    results = at_once(*(lambda t=t: same(minutes).write(by=BY, text=t, base=base) for t in texts))
    assert [saved.merged for saved in results].count(False) == 1
    assert set(texts) <= set(MinutesRevision.objects.values_list("text", flat=True)), "no word is lost"
    for saved in results:
        assert not saved.merged or saved.conflicts == 1
    one_of(*[lambda: same(minutes).draw_up(by=BY)] * 2)
    assert minutes.rounds.count() == 1
    assert Letter.objects.filter(kind="sign_off").count() == SignOff.objects.count() == 2


@ROUNDS
def test_a_save_and_the_sign_off_at_once(_):
    minutes = make.write(make.make_meeting(state="held"), TEXT)
    base, late = minutes.revision, TEXT.replace("läget.", "allt.")
    results = at_once(lambda: same(minutes).write(by=BY, text=late, base=base), lambda: same(minutes).draw_up(by=BY))
    kept = same(minutes)
    assert kept.current_round.content["text"] == kept.text, "what is signed is what stands there"
    assert (kept.text == late) + len(refusals(results)) == 1, "saved before it was frozen, or told that it was too late"


@ROUNDS
def test_the_two_last_signers_sign_at_once(_):
    officer = factories.make_user("sekreterare")
    meeting = make.make_meeting(state="drawn_up")
    files = File.objects.count()

    def sign(row):
        same(row).sign(typed_name=row.name, session=uuid4().hex, address="127.0.0.1")

    results = at_once(*(lambda s=s: sign(s) for s in SignOff.objects.all()))
    assert refusals(results) == [] and same(meeting).state == "signed_off"
    assert SignOff.objects.given().count() == count("sign") == 2
    assert count("sign_off") == RegistryEntry.objects.count() == File.objects.count() - files == 1
    assert Minutes.objects.get().pdf and same(meeting).registry_entry
    assert Letter.objects.filter(kind="signed_off", to=officer.email).count() == 1


@ROUNDS
def test_one_signer_presses_twice_and_the_last_signature_is_given_as_it_is_taken_back(_):
    meeting = make.make_meeting(state="drawn_up")
    first, last = SignOff.objects.all()
    url = reverse(SIGN_OFF_LINK, args=[tokens.make(SIGN_OFF_LINK, first.key)])
    form = {"typed_name": first.name, "confirmed": "on"}
    statuses = [response.status_code for response in at_once(*[lambda: Client().post(url, form)] * 2)]
    assert sorted(statuses) == [302, 422] and count("sign") == 1
    one_of(
        lambda: same(last).sign(typed_name=last.name, session="b", address=""),
        lambda: Minutes.objects.get().reopen(by=BY, reason="§ 2 ska ändras."),
    )
    outcome = {"signed_off": "met", "held": "voided"}[same(meeting).state]
    assert Minutes.objects.get().rounds.get().outcome == outcome
    assert RegistryEntry.objects.count() == (outcome == "met")


@ROUNDS
def test_two_signers_in_one_session_and_one_signs_and_one_objects_at_once(_):
    factories.make_user("sekreterare")
    meeting = make.make_meeting(state="drawn_up")
    rows = list(SignOff.objects.all())
    one_of(*(lambda s=s: same(s).sign(typed_name=s.name, session="samma", address="") for s in rows))
    assert SignOff.objects.given().count() == 1
    other = make.make_meeting(state="drawn_up")
    first, last = other.minutes.current_round.signatures.all()
    results = at_once(
        lambda: same(first).sign(typed_name=first.name, session="a", address=""),
        lambda: same(last).decline(reason="§ 2 stämmer inte."),
    )
    assert refusals(results) == [] and same(other).state == same(meeting).state == "drawn_up"
    assert RegistryEntry.objects.count() == 0
    assert Letter.objects.filter(kind="sign_off_declined").count() == 1


def publish(meeting, audience="public"):
    return lambda: same(meeting).publish(by=BY, audience=audience, privacy_reviewed=True)


@ROUNDS
def test_published_many_times_corrected_and_taken_off_at_once(_):
    """Who came second has changed nothing, and the log does not say otherwise."""
    meeting = make.make_meeting(state="signed_off")
    one_of(*[publish(meeting)] * 4)
    assert count("publish") == 1
    results = at_once(
        lambda: same(meeting).minutes.correct(by=BY, text="Siv, inte Sven.", privacy_reviewed=True),
        lambda: same(meeting).unpublish(by=BY, reason="Ett namn."),
    )
    assert refusals(results) == [] and same(meeting).state == "signed_off"
    assert same(meeting).minutes.corrections.count() == 1
    publish(meeting)()
    results = at_once(lambda: same(meeting).unpublish(by=BY, reason="Ett namn."), publish(meeting))
    now = same(meeting)
    assert len(refusals(results)) == (now.state == "signed_off"), "off, or off and on again"
    assert bool(now.published_at) == bool(now.minutes_audience) == (now.state == "published")
    assert Meeting.objects.with_minutes_for(factories.make_user("")).contains(now) == (now.state == "published")


@ROUNDS
def test_published_to_two_audiences_at_once_and_handed_over_with_one_number(_):
    meeting, other = (make.make_meeting(make.make_bodies()["board"], state="signed_off") for _ in range(2))
    one_of(publish(meeting, "board"), publish(meeting, "public"))
    assert count("publish") == 1
    now = same(meeting)
    assert bool(now.handed_over_at) == (now.minutes_audience == "public") == RegistryEntry.objects.exists()
    at_once(publish(other), lambda: same(other).hand_over(by=BY))
    now = same(other)
    assert now.state == "published" and now.handed_over_at
    assert RegistryEntry.objects.get(subject=other.subject) == now.registry_entry


def a_paper(n: int) -> Document:
    upload = Upload(factories.pdf_bytes(n), "ny.pdf", "application/pdf")
    facts = {"title": f"Handling {n}", "category": "other", "owner": "platform", "audience": "board"}
    return Document.add(by=BY, upload=upload, **facts)


@ROUNDS
def test_two_new_versions_at_once_and_a_paper_is_handed_over_twice_at_once(_):
    document = a_paper(1)
    uploads = [Upload(factories.pdf_bytes(pages), "ny.pdf", "application/pdf") for pages in (2, 3)]
    results = at_once(*(lambda u=u: same(document).add_version(by=BY, upload=u) for u in uploads))
    assert refusals(results) == []
    assert list(document.versions.values_list("number", flat=True)) == [1, 2, 3]
    assert same(document).current.number == 3
    one_of(*[lambda: same(document).hand_over(by=BY)] * 2)
    assert RegistryEntry.objects.count() == 1


def test_everything_that_is_registered_at_once_is_numbered_without_a_gap():
    meetings = [make.make_meeting(make.make_bodies()["board"], state="signed_off") for _ in range(2)]
    rows, papers = [nominated(state="proposed") for _ in range(2)], [a_paper(n) for n in (1, 2)]
    at_once(
        *(lambda m=m: same(m).hand_over(by=BY) for m in meetings),
        *(lambda r=r: same(r).nominate(by=BY, decision_note="§ 9") for r in rows),
        *(lambda p=p: same(p).hand_over(by=BY) for p in papers),
    )
    assert list(RegistryEntry.objects.order_by("serial").values_list("serial", flat=True)) == [1, 2, 3, 4, 5, 6]
    subjects = RegistryEntry.objects.values("subject").annotate(times=Count("pk"))
    assert {row["times"] for row in subjects} == {1}
