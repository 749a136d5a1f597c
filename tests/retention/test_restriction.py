"""While somebody's data are only kept (art. 18): nothing of theirs is disposed of, and staff are told at the case."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as conf
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Refused
from botkyrka_civil.retention import restrictions
from botkyrka_civil.retention.models import Restriction
from council.models import Nomination
from organisations.models import Person
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop

pytestmark = pytest.mark.django_db
URL = "/admin/registerutdrag/"
NOTICE = "Behandlingen är begränsad"


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch):
    monkeypatch.setattr("agreement.pdf.signed_form", lambda *_: factories.upload("blankett.pdf").store())


@pytest.fixture
def by():
    return Actor.of(factories.make_user("registrator"))


def restrict(by, *emails, names=(), **facts):
    return Restriction.restrict(
        by=by, emails=[*emails], names=[*names], **{"reason": "Uppgifterna kontrolleras."} | facts
    )


@pytest.fixture
def client(settings):
    settings.DEMO = True
    client = Client()
    client.force_login(factories.make_user("registrator"))
    return client


def case_page(client, case):
    return client.get(
        reverse(f"admin:{case._meta.label_lower.replace('.', '_')}_change", args=[case.pk])
    ).content.decode()


# The decision ----------------------------------------------------------------------------------------------------


def test_it_holds_from_the_decision_until_it_is_lifted(by):
    restriction = restrict(by, "Kim@Exempel.se")
    assert restriction.emails == ["kim@exempel.se"]
    assert [*Restriction.objects.in_force()] == [restriction]
    restriction.lift(by=by, reason="Rättat.")
    assert not Restriction.objects.in_force().exists()
    assert [event.verb for event in Event.objects.of(restriction)] == ["restrict", "lift"]
    assert "kim" not in str([*Event.objects.of(restriction).values()]).lower(), "the log names the officer alone"
    with pytest.raises(Refused, match="redan hävd"):
        restriction.lift(by=by, reason="Igen.")


@pytest.mark.parametrize(
    ("emails", "facts", "words"),
    [
        ([], {}, "e-postadress eller namn"),
        (["kim@exempel.se"], {"reason": " "}, "varför"),
        (["a@exempel.se", "KIM@exempel.se"], {}, None),
    ],
)
def test_what_it_needs(by, emails, facts, words):
    if words is None:
        restrict(by, "kim@exempel.se")
        words = "redan begränsad"
    with pytest.raises(Refused, match=words):
        restrict(by, *emails, **facts)


def test_only_staff_decide():
    with pytest.raises(Refused, match="handläggare"):
        restrict(Actor("Kim", "kim@exempel.se"), "kim@exempel.se")


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"lifted_at": "2026-01-01T12:00Z"}, {"lifted_reason": "x"}])
def test_the_database_refuses_what_must_not_be(by, wrong):
    restriction = restrict(by, "kim@exempel.se")
    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.filter(pk=restriction.pk).update(**wrong)


# Disposal --------------------------------------------------------------------------------------------------------


def test_holds_what_is_about_the_person_and_what_that_belongs_to(by):
    accession = factories.make_accession("awaiting_signatures")
    other = factories.make_accession("awaiting_signatures")
    signature = accession.open_round.signatures.get(email="anna.ek@exempel.se")
    signature.email = "annan.adress@exempel.se"
    signature.save()
    letter = letters.queue(to="annan.adress@exempel.se", subject="S", body="B", kind="x")
    person = Person.objects.create(name="Anna", email="annan.adress@exempel.se")
    rows = [accession, signature, letter, person]
    assert not any(map(restrictions.holds, rows))
    restriction = restrict(by, "annan.adress@exempel.se")
    assert all(map(restrictions.holds, rows))
    assert not restrictions.holds(other)
    restriction.lift(by=by, reason="Klart.")
    assert not any(map(restrictions.holds, rows))


def test_disposal_leaves_a_draft_alone_while_it_holds(by):
    """The real disposal, on travelled time."""
    from botkyrka_civil.retention import disposal

    held, gone = factories.make_draft(), factories.make_draft()
    restriction = restrict(by, held.applicant_email)
    with time_machine.travel(timezone.now() + conf.DRAFT_LIFETIME + timedelta(days=2), tick=False):
        disposal.run()
        assert [*Accession.objects.all()] == [held]
        assert not Accession.objects.filter(pk=gone.pk).exists()
        restriction.lift(by=by, reason="Klart.")
        disposal.run()
        assert not Accession.objects.exists()


def test_without_any_restriction_it_costs_one_question():
    draft = factories.make_draft()
    with CaptureQueriesContext(connection) as asked:
        restrictions.holds(draft)
    assert len(asked) == 1


# Staff are told ----------------------------------------------------------------------------------------------------


def test_the_case_says_so_to_whoever_opens_it_and_no_other_case_does(by, client):
    concerned = factories.make_accession("submitted")
    other = factories.make_accession("submitted")
    concerned.joining.signatures.filter(order=1).update(email="begransad@exempel.se")
    assert NOTICE not in case_page(client, concerned)
    restriction = restrict(by, "begransad@exempel.se")
    assert NOTICE in case_page(client, concerned)
    assert NOTICE not in case_page(client, other)
    restriction.lift(by=by, reason="Klart.")
    assert NOTICE not in case_page(client, concerned)


def test_partnerships_and_nominations_say_so_too(by, client):
    partnership = iop.make_partnership("dialogue")
    member = council.make_member()
    person = council.make_person(email="begransad@exempel.se")
    nomination = Nomination.propose(by=by, candidate=person, organisation=member.organisation, role="member")
    nomination.nominate(by=by, decision_note="§ 1")
    partnership.parties.update(email="begransad@exempel.se")
    restrict(by, "begransad@exempel.se")
    assert NOTICE in case_page(client, partnership)
    assert NOTICE in case_page(client, nomination)


def test_before_a_verb_too(by, settings):
    settings.DEMO = True
    client, officer = Client(), factories.make_user()
    client.force_login(officer)
    accession = factories.make_accession("under_review", officer=officer)
    restrict(by, accession.applicant_email)
    url = reverse("admin:agreement_accession_reject", args=[accession.pk])
    assert NOTICE in client.get(url).content.decode()


# The pages -------------------------------------------------------------------------------------------------------


def test_it_is_made_on_the_page_and_lifted_in_the_list(client):
    Person.objects.create(name="Kim Ek", email="kim@exempel.se")
    said = {"email": "kim@exempel.se", "step": "restrict", "came_on": str(timezone.localdate()), "reason": "Bestrids."}
    response = client.post(URL, said, follow=True)
    restriction = Restriction.objects.get()
    assert "kim@exempel.se" in response.content.decode()
    assert NOTICE in client.post(URL, {"email": "kim@exempel.se"}).content.decode()
    lift = reverse("admin:retention_restriction_lift", args=[restriction.pk])
    assert lift in response.content.decode()
    assert "fyllas i" in client.post(lift, {"reason": ""}).content.decode()
    page = client.post(lift, {"reason": "Rättat."}, follow=True).content.decode()
    assert "Begränsningen hävdes" in page
    assert lift not in page
    assert "redan hävd" in client.post(lift, {"reason": "Igen."}).content.decode()
    assert "kim@exempel.se" in client.get(reverse("admin:retention_restriction_changelist")).content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"came_on": "i går"}, "år, månad och dag"),
        ({"came_on": "2999-01-01"}, "inte varit"),
        ({"reason": ""}, "fyllas i"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(client, said, words):
    facts = {"email": "kim@exempel.se", "step": "restrict", "came_on": "2026-01-02", "reason": "Bestrids."}
    page = client.post(URL, facts | said).content.decode()
    assert words in page
    assert "kim@exempel.se" in page
    assert "Bestrids." in page or said.get("reason") == ""
    assert not Restriction.objects.exists()
