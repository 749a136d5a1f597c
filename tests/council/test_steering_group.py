"""A partnership's steering group meets like the others: called, held, written down, signed off and published."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import Actor, Letter, Refused
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.lib import tokens
from council import attendance
from council.models import Body, Meeting, Minutes, Seat
from council.models.minutes import SIGN_OFF_LINK
from council.models.participants import INVITATION_LINK
from tests import factories
from tests.council.pages import read, row_of, send, signed_in, url
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.threads import same
from tests.tools.web import get

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.DEMO = True


@pytest.fixture(scope="module")
def planted(module_rows):
    """An officer, a steering group without a partnership, and its meeting that everyone has been told of."""
    group = council.make_steering_group()
    return {
        "officer": factories.make_user("iop", name="Ines Utvecklare"),
        "secretary": factories.make_user("sekreterare"),
        "group": group,
        "public": council.make_meeting(group, state="called", days=30),
    }


@pytest.fixture(scope="module")
def partnership(planted):
    return iop.make_partnership("active", officer=planted["officer"], title="Språkcaféet Ordet")


officer, group, public = row_of("officer"), row_of("group"), row_of("public")


@pytest.fixture
def client(officer):
    return signed_in(officer)


def test_each_handles_their_own(planted, group, public, officer, client):
    """Who else comes in: walks/test_iop_access."""
    councils = council.make_meeting(days=8)
    planned = council.make_meeting(group, days=8)
    secretary = signed_in(planted["secretary"])
    for visitor, statuses in ((client, [200, 404]), (secretary, [404, 200])):
        assert [visitor.get(url("work_meeting", meeting)).status_code for meeting in (public, councils)] == statuses
    assert group.name in read(client, url("workroom")) and group.name not in read(secretary, url("workroom"))
    assert secretary.get(url("work_new", group.slug)).status_code == 404
    assert client.get(url("work_new", "radet")).status_code == 404
    waits = read(client, reverse("admin:index"))
    assert url("work_meeting", planned) in waits and group.name in waits
    assert "Rådet för civilsamhällesfrågor" not in waits
    assert group.handlers() == [officer] and councils.body.handlers() == [planted["secretary"]], "who is told"


ADD = "/admin/council/seat/add/"


def seat_form(group, **fields):
    facts = {"body": group.pk, "name": "Nora Ny", "email": "nora@exempel.se", "role": "member", "order": 1}
    return facts | {"first_day": timezone.localdate().isoformat()} | fields


def test_only_the_steering_groups_seats_are_the_officers_to_fill(planted, group, client):
    """Only there it may be a unit of the municipality that somebody comes from."""
    radet = council.make_bodies()["council"]
    offered = client.get(ADD).context["adminform"].form.fields["body"].queryset
    assert list(offered) == [group]
    politics = seat_form(radet, side="politics", party="Partiet")
    send(client, ADD, 200, **politics)
    send(client, ADD, 200, **seat_form(group))  # from nowhere
    assert not Seat.objects.filter(person__name="Nora Ny").exists()
    send(client, ADD, **seat_form(group, organisation_as_stated="Kulturen"))
    assert Seat.objects.get(person__name="Nora Ny").represents == "Kulturen"
    refused = send(signed_in(planted["secretary"]), ADD, 200, **politics, organisation_as_stated="Kulturen")
    assert "Bara i en styrgrupp" in refused


def test_its_address_is_not_the_associations_nor_anothers(group, public):
    board = council.make_meeting(council.make_bodies()["board"], state="called", audience="public")
    assert Client().get(url("platform_meeting", group.slug, public.slug)).status_code == 404
    assert Client().get(url("steering_meeting", "styrelsen", board.slug)).status_code == 404
    other = council.make_steering_group("en-annan")
    assert Client().get(url("steering_meeting", other.slug, public.slug)).status_code == 404


def crumbs_of(meeting) -> str:
    return read(Client(), meeting.get_absolute_url()).partition('aria-label="Brödsmulor"')[2].partition("</nav>")[0]


def test_the_way_up_leads_to_the_partnership_or_to_all_of_them(partnership, public):
    crumbs = crumbs_of(public)
    assert crumbs.count("href") == 2 and 'href="/iop/"' in crumbs
    iop.Partnership.objects.filter(pk=partnership.pk).update(steering_group=public.body)
    crumbs = crumbs_of(public)
    assert 'href="/iop/"' in crumbs and f'href="{partnership.get_absolute_url()}">Språkcaféet Ordet' in crumbs


def test_its_minutes_are_for_everyone_or_for_staff(group, client):
    meeting = council.make_meeting(group, state="signed_off", audience="staff")
    for audience in (Audience.BOARD, Audience.MEMBERS, "everyone"):
        with pytest.raises(Refused, match="Alla eller Kommunens handläggare"):
            meeting.publish(by=BY, audience=audience, privacy_reviewed=True)
    meeting.publish(by=BY, audience="staff", privacy_reviewed=True)
    for visitor, status in ((Client(), 404), (client, 200)):
        assert get(visitor, f"{meeting.get_absolute_url()}protokoll.pdf").status_code == status
    assert "noindex" in read(client, meeting.get_absolute_url())


def test_a_meeting_from_the_plan_to_the_published_minutes(officer, client, partnership):
    """One of an organisation and one of a unit of the municipality, neither with an account."""
    partnership = same(partnership)
    group = partnership.form_steering_group(by=Actor.of(officer))
    fill(client, group, partnership)
    meeting = plan_and_call(client, group)
    for person in ("civil@exempel.se", "kommun@exempel.se"):
        answer_invitation(meeting, person)
    with time_machine.travel(meeting.ends_at + timedelta(hours=1), tick=False):
        client.force_login(officer)
        hold(client, meeting)
        write_and_send(client, meeting)
        for signature in meeting.minutes.current_round.signatures.all():
            sign(signature)
        meeting.refresh_from_db()
        assert meeting.state == "signed_off" and meeting.registry_entry
        assert f"{group.name}" in full_body(Letter.objects.filter(kind="signed_off", to=officer.email).latest("pk"))
        send(client, url("work_publish", meeting), audience="public", privacy_reviewed="on")
        look_at(meeting, partnership)


def fill(client, group, partnership):
    organisation = partnership.proposer.organisation
    for seat in (
        {"name": "Cecilia Civil", "email": "civil@exempel.se", "organisation": organisation.pk, "role": "chair"},
        {"name": "Kim Kommun", "email": "kommun@exempel.se", "organisation_as_stated": "Kulturförvaltningen"},
    ):
        send(client, ADD, **seat_form(group, **seat))
    assert [seat.represents for seat in group.seats.in_order()] == [organisation.name, "Kulturförvaltningen"]


def plan_and_call(client, group) -> Meeting:
    day = (timezone.localdate() + timedelta(days=20)).isoformat()
    form = client.get(url("work_new", group.slug)).context["form"]
    assert [value for value, _ in form.fields["audience"].choices] == ["staff", "public"]
    data = {
        "day": day, "starts": "17.00", "ends": "19.00", "place": "Fittja", "audience": "public",
        "punkt-TOTAL_FORMS": 2, "punkt-INITIAL_FORMS": 0,
        "punkt-0-order": 1, "punkt-0-title": "Mötet öppnas", "punkt-0-kind": "information",
        "punkt-1-order": 2, "punkt-1-title": "Lokalen", "punkt-1-kind": "decision",
    }  # fmt: skip
    send(client, url("work_new", group.slug), **data)
    meeting = Meeting.objects.get(body=group)
    send(client, url("work_call", meeting), seen=0)
    meeting.refresh_from_db()
    assert meeting.state == "called"
    calendar = Client().get(f"{meeting.get_absolute_url()}kalender.ics")
    [entry] = Calendar.from_ical(calendar.content).walk("VEVENT")
    assert meeting.get_absolute_url() in str(entry["URL"])
    return meeting


def answer_invitation(meeting, email):
    letter = Letter.objects.get(kind="notice", to=email)
    address = url("invitation", tokens.make(INVITATION_LINK, meeting.participants.get(email=email).key))
    assert address in full_body(letter) and "Lokalen" in read(Client(), address)
    send(Client(), address, answer="coming")


def hold(client, meeting):
    data = {"secretary_name": "Ines Utvecklare"}
    for participant in meeting.participants.all():
        key = attendance.key_of(participant)
        data |= {f"{key}-presence": "present", f"{key}-duty": "chair" if "Civil" in participant.name else "signer"}
    send(client, url("work_attendance", meeting), **data)
    meeting.refresh_from_db()
    assert meeting.state == "held"


def write_and_send(client, meeting):
    minutes = Minutes.begun(meeting)
    text = minutes.text.replace("§ 2 Lokalen", "§ 2 Lokalen\nBeslut: Caféet flyttar till biblioteket.", 1)
    send(client, url("work_minutes", meeting), text=text, base=0)
    send(client, url("work_draw_up", meeting))
    meeting.refresh_from_db()
    assert meeting.state == "drawn_up"


def sign(signature):
    address = url("sign_off", tokens.make(SIGN_OFF_LINK, signature.key))
    assert address in full_body(Letter.objects.get(kind="sign_off", to=signature.email))
    browser = Client()
    assert "biblioteket" in read(browser, address)
    send(browser, address, typed_name=signature.name, confirmed="on")


def look_at(meeting, partnership):
    text = read(Client(), meeting.get_absolute_url())
    assert "Caféet flyttar till biblioteket." in text and "Kim Kommun" in text and "Kulturförvaltningen" in text
    assert "@exempel.se" not in text
    with pikepdf.open(BytesIO(get(Client(), f"{meeting.get_absolute_url()}protokoll.pdf").body)) as minutes:
        assert "Caféet flyttar till biblioteket." in str(minutes.docinfo["/Subject"])
    listed = read(Client(), partnership.get_absolute_url())
    assert meeting.get_absolute_url() in listed and "Protokoll finns" in listed


def test_a_group_is_told_apart_by_its_address(officer, partnership):
    """Two partnerships with long names that begin alike have steering groups of their own."""
    for n, row in enumerate((partnership, iop.make_partnership("active", officer=officer))):
        slug = f"{'ett-mycket-langt-namn-pa-ett-partnerskap-' * 2}{n}"
        iop.Partnership.objects.filter(pk=row.pk).update(slug=slug)
        same(row).form_steering_group(by=Actor.of(officer))
    slugs = Body.objects.filter(kind=Body.Kind.STEERING_GROUP, partnership__isnull=False).values_list("slug", flat=True)
    assert len(set(slugs)) == 2
