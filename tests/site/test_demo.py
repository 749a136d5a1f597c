"""Demo mode has something made up in every state, and says of it that it is."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import override_settings

from agreement.models import Accession
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Event, Letter, RegistryEntry
from botkyrka_civil.pages.models import AccessibilityReport
from botkyrka_civil.search import index
from council.models import Body, Conference, Meeting, Membership, Nomination, Seat
from iop.models import Partnership
from organisations import org_nr
from organisations.models import Organisation

pytestmark = pytest.mark.django_db
MADE = (Accession, Organisation, Meeting, Membership, Nomination, Conference, Seat, Partnership, AccessibilityReport)
MADE += (Event, Letter, RegistryEntry, User)


@pytest.fixture(scope="module", autouse=True)
def started(module_rows):
    with override_settings(DEMO=True):
        call_command("bootstrap")


def states(rows):
    return set(rows.values_list("state", flat=True))


def test_a_made_up_case_in_every_state():
    cases = Accession.objects.filter(made_up=True)
    assert states(cases) == set(Accession.State.values)
    assert cases.count() == Accession.objects.exclude(method="source").count()
    made_up = Organisation.objects.filter(made_up=True)
    assert all(o.name.startswith("Påhittade") for o in made_up) and made_up.count() == 16
    assert Organisation.objects.count() == 26 + made_up.count()
    numbers = [o.org_nr for o in made_up if o.org_nr]
    assert all(org_nr.clean(number) == number and number.startswith("899999-") for number in numbers)
    in_order = cases.filter(registry_entry__isnull=False).order_by("registry_entry__received_at")
    in_order = in_order.values_list("registry_entry__year", "registry_entry__serial")
    assert in_order and list(in_order) == sorted(in_order)
    assert not Letter.objects.waiting().exists()  # they lie in the demo outbox, and nothing alarms
    letters = Letter.objects.filter(subject_key__startswith="agreement.")
    assert letters and all(letter.sent_at - letter.queued_at < timedelta(minutes=1) for letter in letters)
    assert all(letter.to.endswith("@example.org") for letter in letters)
    joined = cases.get(organisation__name="Påhittade föreningen Solrosen")
    with joined.joining.form.stored.open() as form:
        assert form.read(5) == b"%PDF-"
    events = [event.at for event in Event.objects.of(joined)]
    assert events == sorted(events) and (events[-1] - events[0]).days == 11


def test_a_made_up_meeting_membership_and_nomination_in_each_state():
    council = Body.objects.council().meetings
    assert states(council) == set(Meeting.State.values)
    assert {"signed_off", "published", "called"} <= states(Body.objects.board().meetings)
    assert {"member", "applied"} <= states(Membership.objects)
    assert Membership.objects.flagged().exists()
    assert {"proposed", "nominated", "appointed", "declined"} <= states(Nomination.objects)
    assert {"documented", "registration_open"} <= states(Conference.objects)
    assert any(meeting.overdue for meeting in council.all())
    made_up = [*Seat.objects.exclude(source__isnull=False), *Meeting.objects.all(), *Conference.objects.all()]
    assert all(row.made_up for row in made_up)


def test_a_made_up_partnership_and_message_in_each_state_and_an_index_to_search():
    partnerships = Partnership.objects.all()
    assert sorted(partnerships.values_list("state", flat=True)) == sorted(Partnership.State.values)
    assert all(partnership.made_up for partnership in partnerships)
    assert not any(partnership.follow_up_is_late for partnership in partnerships)
    days = {event.at.date() for event in Event.objects.of(partnerships.get(state="evaluated"))}
    assert (max(days) - min(days)).days > 3 * 365
    assert states(AccessibilityReport.objects) == set(AccessibilityReport.State.values) and index.Entry.objects.exists()


def test_to_start_again_changes_nothing(settings):
    def rows():
        return {model: list(model._base_manager.order_by("pk").values()) for model in MADE}

    settings.DEMO, before = True, rows()
    call_command("bootstrap")
    assert rows() == before
