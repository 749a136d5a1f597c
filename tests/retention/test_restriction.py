"""While somebody's data are only kept (art. 18): nothing of theirs is disposed of, and staff are told at the case."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Refused
from botkyrka_civil.retention import restrictions
from botkyrka_civil.retention.extract_forms import RestrictForm
from botkyrka_civil.retention.models import Restriction
from council.models import Nomination
from organisations.models import Person
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
URL = "/admin/registerutdrag/"
ADDRESS = "begransad@exempel.se"
NOTICE = "Behandlingen är begränsad"


def restrict(by, *emails, names=(), **facts):
    return Restriction.restrict(
        by=by, emails=[*emails], names=[*names], **{"reason": "Uppgifterna kontrolleras."} | facts
    )


def case_page(client, case):
    name = case._meta.label_lower.replace(".", "_")
    return client.get(reverse(f"admin:{name}_change", args=[case.pk])).content.decode()


@pytest.fixture(scope="module")
def cases(module_rows):
    return [factories.make_accession("submitted") for _ in range(2)]


@pytest.fixture
def concerned(cases):
    """A signatory of this case asks for a restriction."""
    case = same(cases[0])
    case.joining.signatures.filter(order=1).update(email=ADDRESS)
    return case


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


def test_what_it_needs(by):
    restriction = restrict(by, "kim@exempel.se")
    for officer, emails, facts, words in [
        (by, [], {}, "e-postadress eller namn"),
        (by, ["kim@exempel.se"], {"reason": " "}, "varför"),
        (by, ["a@exempel.se", "KIM@exempel.se"], {}, "redan begränsad"),
        (Actor("Kim", "kim@exempel.se"), ["anna@exempel.se"], {}, "handläggare"),
    ]:
        with heard() as written, pytest.raises(Refused, match=words):
            restrict(officer, *emails, **facts)
        assert not written
    for wrong in ({"reason": ""}, {"lifted_at": "2026-01-01T12:00Z"}, {"lifted_reason": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Restriction.objects.filter(pk=restriction.pk).update(**wrong)


def test_holds_what_is_about_the_person_and_what_that_belongs_to(by, cases, concerned):
    signature = concerned.joining.signatures.get(email=ADDRESS)
    letter = letters.queue(to=ADDRESS, subject="S", body="B", kind="x")
    rows = [concerned, signature, letter, Person.objects.create(name="Anna", email=ADDRESS)]
    with CaptureQueriesContext(connection) as asked:
        assert not restrictions.holds(concerned)
    assert len(asked) == 1, "without any restriction it costs one question"
    assert not any(map(restrictions.holds, rows))
    restriction = restrict(by, ADDRESS)
    assert all(map(restrictions.holds, rows))
    assert not restrictions.holds(cases[1])
    restriction.lift(by=by, reason="Klart.")
    assert not any(map(restrictions.holds, rows))


def test_the_case_says_so_to_whoever_opens_it_and_no_other_case_does(by, registrar, cases, concerned):
    partnership = iop.make_partnership("dialogue")
    partnership.parties.update(email=ADDRESS)
    candidate, organisation = council.make_person(email=ADDRESS), council.make_member().organisation
    nomination = Nomination.propose(by=by, candidate=candidate, organisation=organisation, role="member")
    nomination.nominate(by=by, decision_note="§ 1")
    told = (concerned, partnership, nomination)
    assert not [case for case in told if NOTICE in case_page(registrar, case)]
    restriction = restrict(by, ADDRESS)
    assert not [case for case in told if NOTICE not in case_page(registrar, case)]
    assert NOTICE not in case_page(registrar, cases[1])
    officer = factories.make_user()
    concerned.take(by=Actor.of(officer))
    registrar.force_login(officer)
    before_a_verb = reverse("admin:agreement_accession_reject", args=[concerned.pk])
    assert NOTICE in registrar.get(before_a_verb).content.decode()
    restriction.lift(by=by, reason="Klart.")
    assert NOTICE not in case_page(registrar, concerned)


def test_it_is_made_on_the_page_and_lifted_in_the_list(registrar):
    Person.objects.create(name="Kim Ek", email="kim@exempel.se")
    said = {"email": "kim@exempel.se", "step": "restrict", "came_on": str(timezone.localdate()), "reason": "Bestrids."}
    response = registrar.post(URL, said, follow=True)
    restriction = Restriction.objects.get()
    assert "kim@exempel.se" in response.content.decode()
    assert NOTICE in registrar.post(URL, {"email": "kim@exempel.se"}).content.decode()
    lift = reverse("admin:retention_restriction_lift", args=[restriction.pk])
    assert lift in response.content.decode()
    assert "fyllas i" in registrar.post(lift, {"reason": ""}).content.decode()
    page = registrar.post(lift, {"reason": "Rättat."}, follow=True).content.decode()
    assert "Begränsningen hävdes" in page
    assert lift not in page
    assert "redan hävd" in registrar.post(lift, {"reason": "Igen."}).content.decode()
    assert "kim@exempel.se" in registrar.get(reverse("admin:retention_restriction_changelist")).content.decode()


def test_what_is_wrong_is_told_and_what_was_typed_stays(registrar):
    facts = {"came_on": "2026-01-02", "reason": "Bestrids."}
    assert RestrictForm(facts).is_valid()
    for said, words in [
        ({"came_on": "i går"}, "år, månad och dag"),
        ({"came_on": "2999-01-01"}, "inte varit"),
        ({"reason": ""}, "fyllas i"),
    ]:
        assert words in RestrictForm(facts | said).errors.as_text(), said
    typed = facts | {"email": "kim@exempel.se", "step": "restrict", "came_on": "i går"}
    page = registrar.post(URL, typed).content.decode()
    assert "år, månad och dag" in page and "kim@exempel.se" in page and "Bestrids." in page
    assert not Restriction.objects.exists()
