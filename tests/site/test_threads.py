"""The thread: what came of a principle, and what an organisation is part of. Only what the reader may read anyway."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from agreement import threads
from agreement.models import ActionItem, ActionPlan, Principle
from agreement.threads import Entry, Strand
from botkyrka_civil.casework.models import Actor
from council.models import Conference, Seat
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.web import queries

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
NOBODY = AnonymousUser()


@pytest.fixture
def dialog(settings) -> Principle:
    settings.DEMO = True  # without the second factor
    return factories.make_version().principles.get(slug="dialog")


def told(row, user=NOBODY) -> dict[str, list[str]]:
    return {strand.heading: [entry.title for entry in strand.entries] for strand in threads.of(row, user)}


def page_of(row, user=None) -> str:
    client = Client()
    if user:
        client.force_login(user)
    response = client.get(row.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_a_strand_with_nothing_on_it_is_left_out(monkeypatch):
    monkeypatch.setattr(threads, "_tellers", {})
    one, other = Strand("Ett", [Entry("Punkten", "/")]), Strand("Två", [])

    @threads.told_by(str)
    def teller(row, user):
        yield from (other, one)

    assert threads.of("principen", NOBODY) == [one]
    assert threads.of(2, NOBODY) == []
    assert teller("principen", NOBODY)


def make_item(principle, title, *, published=True, label="2026–2027", **fields) -> ActionItem:
    today = timezone.localdate()
    days = {"first_day": today.replace(month=1, day=1), "last_day": today.replace(month=12, day=31)}
    facts = {"version": principle.version, "is_published": published, **days}
    plan, _ = ActionPlan.objects.get_or_create(label=label, defaults=facts)
    return plan.items.create(title=title, principle=principle, **fields)


def test_published_items_with_how_it_goes_and_no_drafts(dialog):
    text = page_of(dialog)
    assert "Vad det har lett till" in text and "Inget är inlagt än." in text
    late = make_item(dialog, "Bjud in till samtal", due=timezone.localdate() - timedelta(days=1))
    make_item(dialog, "Skriv en lathund").finish(by=BY)
    late.follow_up(by=Actor("Hemliga Handläggaren"), text="Vi har frågat runt.")
    make_item(dialog, "Inte beslutat än", published=False, label="2028–2029")
    other = dialog.version.principles.create(order=2, slug="annat", heading="Annat")
    make_item(other, "Hör till en annan princip")
    assert told(dialog) == {"I handlingsplanen": ["Bjud in till samtal", "Skriv en lathund"]}
    text = page_of(dialog)
    assert "Försenad, skulle ha varit klar" in text and f"?punkt={late.pk}#punkt-{late.pk}" in text
    assert "Klar · Handlingsplan 2026–2027" in text
    assert "Hemliga" not in text and "Inte beslutat" not in text
    for number in range(11):
        make_item(dialog, f"Punkt nummer {number}", order=number)
    text = page_of(dialog)
    assert "Visa 3 till" in text and text.count("Punkt nummer") == 11, "a long strand is folded after ten"
    newer = factories.make_version("2030").principles.get(slug="dialog")
    assert told(newer) == told(dialog), "what was done under an earlier version stands at the same address"


MEETINGS = "På Rådets och styrgruppernas möten"


def with_item(meeting, principle, title="Samtalen i Fittja"):
    meeting.items.create(order=3, title=title, principle=principle)
    return meeting


def call(meeting):
    meeting.call(by=BY, late_reason="Brådskande.")
    return meeting


def test_a_notice_tells_what_was_sent_and_never_what_is_being_changed(dialog):
    meeting = with_item(council.make_meeting(), dialog)
    assert MEETINGS not in told(dialog), "nothing has been sent"
    call(meeting)
    sent_on = f"{timezone.localtime(meeting.starts_at):%Y}"
    meeting.items.filter(title="Samtalen i Fittja").update(title="Hemlig ny rubrik")
    with_item(meeting, dialog, "Hemlig ny punkt")
    meeting.starts_at, meeting.ends_at = (at + timedelta(days=800) for at in (meeting.starts_at, meeting.ends_at))
    meeting.save()
    assert told(dialog) == {MEETINGS: ["Samtalen i Fittja"]}
    [entry] = threads.of(dialog, NOBODY)[0].entries
    assert sent_on in entry.note and str(meeting.starts_at.year) not in entry.note
    text = page_of(dialog, factories.make_user("sekreterare"))
    assert "Hemlig" not in text, "not even for who is changing it"


def test_a_meeting_for_staff_is_told_to_staff_alone_and_one_that_is_called_off_to_nobody(dialog):
    with_item(council.make_meeting(announced=True), dialog, "Aviserad")
    call(with_item(council.make_meeting(days=30), dialog, "Inställd")).cancel(by=BY, reason="Sjukdom.")
    call(with_item(council.make_meeting(days=40, audience="staff"), dialog))
    assert told(dialog) == told(dialog, council.make_board_member()) == {}
    assert told(dialog, factories.make_user("sekreterare")) == {MEETINGS: ["Samtalen i Fittja"]}


def test_signed_minutes_take_the_place_of_the_notice_once_they_may_be_read(dialog):
    meeting = council.make_meeting(state="held")
    with_item(meeting, dialog, "Lades till på mötet")
    council.write(meeting).draw_up(by=BY)
    council.sign_off(meeting)
    assert told(dialog) == {}, "the notice said nothing of it, and the minutes are not published"
    meeting.publish(by=BY, audience="public", privacy_reviewed=True)
    [strand] = threads.of(dialog, NOBODY)
    assert [entry.title for entry in strand.entries] == ["Lades till på mötet"]
    assert "protokollet finns" in strand.entries[0].note and strand.entries[0].url == meeting.get_absolute_url()


def test_the_boards_meetings_are_never_on_the_thread(dialog):
    board = council.make_bodies()["board"]
    for days, audience in enumerate(("board", "members", "public"), start=20):
        call(with_item(council.make_meeting(board, days=days, audience=audience), dialog, "Styrelsens egen punkt"))
    for user in (None, factories.make_user("sekreterare"), council.make_board_member()):
        assert "Styrelsens egen punkt" not in page_of(dialog, user)


def make_conference(state: str, year: int = 2025) -> Conference:
    with time_machine.travel(f"{year}-09-01 12:00", tick=False):
        today = timezone.now()
        conference = Conference.plan(
            by=BY, year=year, theme="Unga", place="Fittja", capacity=50, opens_on=today.date(),
            closes_on=today.date() + timedelta(days=20), starts_at=today + timedelta(days=30),
            ends_at=today + timedelta(days=30, hours=3),
        )  # fmt: skip
        conference.open_registration(by=BY)
        conference.close_registration(by=BY)
    conference.hold(by=BY)
    if state == "documented":
        conference.keep_documentation(by=BY, text="Vi talade.", documents=[])
        conference.document(by=BY)
    return conference


def test_proposals_of_a_documented_conference_and_no_other(dialog):
    conference = make_conference("held")
    conference.propose(by=BY, text="Ordna fler samtal i Fittja", raised_by="Hemliga Gästen", principle=dialog)
    assert told(dialog) == {}
    conference.keep_documentation(by=BY, text="Vi talade.", documents=[])
    conference.document(by=BY)
    assert told(dialog) == {"Förslag från dialogkonferenserna": ["Ordna fler samtal i Fittja"]}
    assert "Hemliga" not in page_of(dialog)
    conference.proposals.update(text="Ordna fler samtal " * 20)  # is cut between words
    [title] = told(dialog)["Förslag från dialogkonferenserna"]
    assert title.endswith(("samtal …", "fler …", "Ordna …")) and len(title) <= 122


def agreed_on(principle, state="active", **facts):
    """A partnership whose agreement names the principle."""
    with time_machine.travel(timezone.now() - timedelta(days=200), tick=False):
        partnership = iop.make_partnership("drafting", **facts)
        partnership.principles.add(principle)
        by = Actor.of(partnership.assigned_to)
        iop.complete(partnership, by=by)
        partnership.submit(by=by)
        iop.decide(partnership, by=by)
        if state == "active":
            iop.sign_all(partnership)
    if state == "active":
        partnership.start()
    return partnership


def follow_up(partnership):
    partnership.begin_follow_up()
    return iop.finish(partnership)


def test_partnerships_by_what_was_signed_and_their_published_follow_ups(dialog):
    ours, theirs = council.make_organisation_joined(), council.make_organisation_joined()
    partnership = agreed_on(dialog, organisation=ours, title="Språkcaféet Ordet")
    agreed_on(dialog, "decision", organisation=ours, title="Hemligt förslag")
    ended = iop.make_partnership("ended", organisation=ours, title="Det förra partnerskapet")
    ended.principles.add(dialog)  # in the working copy only
    negotiated = iop.make_partnership("renegotiation")
    by = Actor.of(negotiated.assigned_to)
    negotiated.add_party(by=by, organisation=theirs, contact_name="Ny", email="ny@exempel.se")
    assert told(dialog) == {"Partnerskap (IOP)": ["Språkcaféet Ordet"]}
    assert told(ours) == {"Partnerskap (IOP)": ["Språkcaféet Ordet", "Det förra partnerskapet"]}
    assert told(theirs) == {}
    for user in (None, factories.make_user("iop"), council.make_board_member()):
        text = page_of(ours, user)
        assert partnership.get_absolute_url() in text and "Hemligt" not in text
        for party in partnership.parties.all():
            assert party.contact_name not in text and party.email not in text
    approved = follow_up(partnership)
    assert "Uppföljningar av partnerskapen" not in told(dialog), "approved, and not published"
    approved.publish(by=BY, privacy_reviewed=True)
    [_, strand] = threads.of(dialog, NOBODY)
    assert strand.entries[0].title == f"{approved}: Språkcaféet Ordet"
    assert strand.entries[0].url == f"{partnership.get_absolute_url()}#uppfoljning-{approved.pk}"


def test_membership_is_told_as_the_list_of_members_does_and_a_seat_in_a_steering_group_is_nobodys_business():
    council.make_bodies()
    member = council.make_organisation_joined()
    council.make_member(member, email="hemlig@exempel.se")
    assert told(member) == {"Plattformen": ["Medlem i Plattformen"]}
    text = page_of(member)
    assert "hemlig@" not in text and "Kim Kontakt" not in text
    for state in ("begun", "applied", "withdrawn", "rejected", "left", "excluded"):
        assert "Plattformen" not in told(council.make_member(state=state).organisation), state
    group = council.make_steering_group()
    assert told(Seat.objects.get(body=group, role="chair").organisation) == {}


def test_seats_today_and_before_as_their_own_pages_show_them(settings):
    """Long afterwards the organisation is enough."""
    organisation, today = council.make_organisation_joined(), timezone.localdate()
    a_year_ago, long_ago = (today - timedelta(days=days) for days in (365, 365 * settings.SEAT_NAME_YEARS + 40))
    council.make_council_seat("civil", organisation=organisation, name="Cecilia Civil")
    council.make_board_seat(organisation=organisation, name="Bengt Styrelse", role="chair", email="bengt@exempel.se")
    for name, first_day, last_day in (
        ("Förra Ledamoten", a_year_ago, today - timedelta(days=40)),
        ("Glömd Ledamot", long_ago, long_ago + timedelta(days=5)),
        ("Kommande", today + timedelta(days=9), None),
    ):
        council.make_board_seat(organisation=organisation, name=name, first_day=first_day, last_day=last_day)
    council.make_board_seat(name="Någon annans")
    [strand] = threads.of(organisation, NOBODY)
    assert {entry.title for entry in strand.entries[:2]} == {"Cecilia Civil", "Bengt Styrelse"}
    assert [entry.title for entry in strand.entries[2:]] == ["Förra Ledamoten", "Namnet visas inte längre"]
    assert strand.entries[2].url == f"/plattformen/styrelsen/?datum={a_year_ago}"
    text = page_of(organisation)
    assert "Ordförande i Plattformens styrelse" in text
    assert not [hidden for hidden in ("Kommande", "bengt@", "Glömd", "Någon annans") if hidden in text]


def much_of(principle, organisation, year):
    make_item(principle, f"Punkt {year}", label=str(year))
    call(with_item(council.make_meeting(days=year - 1960), principle, f"Möte {year}"))
    make_conference("documented", year).proposals.create(text="Fler samtal", principle=principle)
    follow_up(agreed_on(principle, organisation=organisation)).publish(by=BY, privacy_reviewed=True)
    day = timezone.localdate() - timedelta(days=365 * (2030 - year))
    council.make_board_seat(organisation=organisation, first_day=day, last_day=day + timedelta(days=10))


def test_the_same_number_of_queries_for_one_and_for_more(dialog):
    organisation, headings, asked = council.make_organisation_joined(), [], []
    for year in (2019, 2020):
        much_of(dialog, organisation, year)
        headings.append([[*told(row)] for row in (dialog, organisation)])
        asked.append(queries(Client(), *(row.get_absolute_url() for row in (dialog, organisation))))
    assert headings[0] == headings[1] and [len(each) for each in headings[0]] == [5, 2]
    assert all(few >= many for few, many in zip(*asked, strict=True)), asked
