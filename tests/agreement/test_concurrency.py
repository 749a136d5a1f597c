"""Two at once: real threads and real transactions on PostgreSQL, and one winner each."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement import content
from agreement.models import Accession, AgreementVersion, ItemFollowUp, Signature
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, RegistryEntry, register
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.lib import tokens
from council import plan_paper
from organisations.models import Organisation
from tests import factories
from tests.factories import council as council_factories
from tests.factories.plan import BY, make_item
from tests.tools.threads import at_once, refusals, same

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


ROUNDS = range(3)  # a race that is lost now and then


def sign(signature, session):
    signature.sign(typed_name=signature.name, session=session, address="127.0.0.1")


@pytest.mark.parametrize("_", ROUNDS)
def test_two_officers_decide_at_once(_):
    officers = [factories.make_user(), factories.make_user()]
    accession = factories.make_accession("under_review", officer=officers[0])
    for officer in officers:
        factories.see_form(accession, officer)

    def decide(verb, officer, **reasons):
        getattr(same(accession), verb)(by=Actor.of(officer), **reasons)
        return verb

    results = at_once(
        lambda: decide("approve", officers[0]), lambda: decide("reject", officers[1], motivation="Fel styrelse.")
    )
    assert len(refusals(results)) == 1
    won = next(result for result in results if isinstance(result, str))
    accession.refresh_from_db()
    assert accession.state == {"approve": "joined", "reject": "rejected"}[won]
    assert Event.objects.filter(verb__in=["approve", "reject"]).count() == 1
    assert Letter.objects.filter(kind__in=["approved", "rejected"]).count() == 1


def test_two_officers_take_the_case_at_once():
    officers = [factories.make_user(), factories.make_user()]
    accession = factories.make_accession("submitted")
    at_once(*(lambda o=officer: same(accession).take(by=Actor.of(o)) for officer in officers))
    accession.refresh_from_db()
    last = Event.objects.filter(verb="take").last()
    assert last.actor == accession.assigned_to.name  # the later took it over, and the log says so


@pytest.mark.parametrize("_", ROUNDS)
def test_two_signatories_sign_at_once(_):
    accession = factories.make_accession("awaiting_signatures")
    signatures = list(accession.open_round.signatures.all())
    results = at_once(*(lambda s=signature: sign(same(s), f"session {s.pk}") for signature in signatures))
    assert refusals(results) == []
    accession.refresh_from_db()
    assert accession.state == "submitted"
    assert Signature.objects.filter(signed_at__isnull=False).count() == 2
    assert Event.objects.filter(verb="sign").count() == 2
    assert Event.objects.filter(verb="submit").count() == RegistryEntry.objects.count() == 1
    assert File.objects.filter(name__startswith="anslutning-").count() == 1
    assert Letter.objects.filter(kind="received").count() == 1


def test_one_more_than_needed_signs_at_once():
    accession = factories.make_accession("awaiting_signatures", people=3, mode="two_jointly")
    signatures = list(accession.open_round.signatures.all())
    results = at_once(*(lambda s=signature: sign(s, f"session {s.pk}") for signature in signatures))
    assert len(refusals(results)) == 1
    assert Signature.objects.filter(signed_at__isnull=False).count() == 2
    assert RegistryEntry.objects.count() == 1


def test_the_same_signatory_signs_twice_at_once():
    accession = factories.make_accession("awaiting_signatures")
    signature = accession.open_round.signatures.first()
    token = tokens.make("agreement:sign", signature.key)
    url = reverse("agreement:sign", args=[token])
    posted = {"typed_name": signature.name, "confirmed": "on"}
    statuses = [r.status_code for r in at_once(*[lambda: Client().post(url, posted)] * 2)]
    assert sorted(statuses) == [302, 422]
    assert Event.objects.filter(verb="sign").count() == 1


def test_two_people_in_one_session_sign_at_once():
    accession = factories.make_accession("awaiting_signatures", people=3, mode="whole_board")
    signatures = list(accession.open_round.signatures.all())[:2]
    results = at_once(*(lambda s=signature: sign(s, "samma") for signature in signatures))
    assert len(refusals(results)) == 1


def test_edit_and_the_last_signature_at_once():
    accession = factories.make_accession("awaiting_signatures")
    first, last = accession.open_round.signatures.all()
    sign(first, "a")
    results = at_once(lambda: sign(last, "b"), lambda: same(accession).edit(by=SYSTEM))
    assert len(refusals(results)) == 1
    accession.refresh_from_db()
    outcome = {"submitted": "met", "draft": "voided"}[accession.state]
    assert accession.joining.outcome == outcome
    assert RegistryEntry.objects.count() == (accession.state == "submitted")


def test_the_start_form_sent_twice_at_once_makes_one_draft_and_one_letter():
    factories.make_version()
    form = {"name": "Sara", "email": "sara@exempel.se", "request_key": str(uuid4())}
    responses = at_once(*[lambda: Client().post(reverse("agreement:begin"), form)] * 4)
    assert [r.status_code for r in responses] == [200] * 4
    assert Accession.objects.count() == Letter.objects.count() == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_sent_to_the_signatories_twice_at_once(_):
    accession = factories.make_draft()
    url = reverse("agreement:review", args=[tokens.make("agreement:application", accession.key)])
    responses = at_once(*[lambda: Client().post(url)] * 2)
    assert [r.status_code for r in responses] == [302, 302]
    assert Accession.objects.get().rounds.count() == Organisation.objects.count() == 1
    assert Letter.objects.filter(kind="sign").count() == 2
    assert Event.objects.filter(verb="invite").count() == 1


def test_two_applicants_send_the_same_organisation_at_once():
    drafts = [factories.make_draft(name="Läxhjälpen", org_nr="802002-4280") for _ in range(2)]
    urls = [reverse("agreement:review", args=[tokens.make("agreement:application", d.key)]) for d in drafts]
    statuses = [r.status_code for r in at_once(*(lambda u=url: Client().post(u) for url in urls))]
    assert sorted(statuses) == [302, 422]
    assert sorted(Accession.objects.values_list("state", flat=True)) == ["awaiting_signatures", "draft"]
    assert Organisation.objects.count() == 1


def test_paper_registered_twice_at_once():
    version, people, key = factories.make_version(), factories.PEOPLE[:2], uuid4()
    given = content.joining(version, factories.facts(), content.signing_rule("two_jointly", None, 2), people)
    by = Actor.of(factories.make_user())

    def once():
        return Accession.register_paper(
            by=by,
            content=given,
            signatories=people,
            scan=factories.upload(),
            evidence=None,
            received_on=timezone.now(),
            organisation=None,
            request_key=key,
        ).pk

    first, second = at_once(once, once)
    assert first == second
    assert RegistryEntry.objects.count() == Accession.objects.count() == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_numbers_at_once_are_consecutive_and_none_is_lost(_):
    case, now = factories.make_version(), timezone.now()

    def take(n):
        with transaction.atomic():
            number = register(case, counterpart="X", matter="Y", received_at=now).serial
            if n == 3:  # one of them changes its mind
                transaction.set_rollback(True)
                return 0
            return number

    numbers = at_once(*(lambda n=n: take(n) for n in range(8)))
    assert sorted(numbers) == list(range(8))
    assert list(RegistryEntry.objects.order_by("serial").values_list("serial", flat=True)) == list(range(1, 8))


@pytest.mark.parametrize("earlier", [True, False])
def test_two_versions_are_put_in_force_at_once(earlier):
    if earlier:
        factories.make_version()
    versions = [factories.make_version(label, in_force=False) for label in ("2030", "2031")]
    for version in versions:
        version.adopt(by=SYSTEM)

    results = at_once(*(lambda v=version: v.put_in_force(by=SYSTEM) for version in versions))
    assert not refusals(results), "the second waits for the first and replaces it"
    assert sorted(same(version).state for version in versions) == ["in_force", "replaced"]
    assert AgreementVersion.objects.filter(state="in_force").count() == 1


def test_one_version_is_put_in_force_twice_at_once():
    version = factories.make_version("2030", in_force=False)
    version.adopt(by=SYSTEM)
    results = at_once(*[lambda: same(version).put_in_force(by=SYSTEM)] * 2)
    assert len(refusals(results)) == 1
    assert Event.objects.filter(verb="put_in_force", subject=version.subject).count() == 1


def test_reaffirmation_begun_twice_at_once_is_one_draft():
    accession = factories.make_accession("joined")
    version = factories.make_version("2030", in_force=False)
    version.adopt(by=SYSTEM)
    version.put_in_force(by=SYSTEM)
    drafts = at_once(*[lambda: same(accession).reaffirm().pk] * 2)
    assert len(set(drafts)) == 1


# The action plan


@pytest.mark.parametrize("_", ROUNDS)
def test_two_people_at_once_both_have_their_say(_):
    item = make_item(owner="joint")

    def write(party):
        return same(item).follow_up(by=BY, text=f"Klart, säger {party}.", party=party, progress="finish")

    results = at_once(lambda: write("municipality"), lambda: write("platform"))
    assert not refusals(results) and item.follow_ups.count() == 2
    assert Event.objects.filter(verb="finish").count() == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_a_follow_up_sent_twice_at_once_writes_once(_):
    item = make_item()
    sent = {"by": BY, "text": "Vi har börjat.", "progress": "start", "request_key": uuid4()}
    results = at_once(*[lambda: same(item).follow_up(**sent)] * 3)
    assert not refusals(results) and len({row.pk for row in results}) == ItemFollowUp.objects.count() == 1


def test_two_clicks_at_once_make_one_item_and_one_paper():
    make_item()
    meeting = council_factories.make_meeting()
    results = at_once(*[lambda: plan_paper.add(same(meeting), by=BY)] * 3)
    assert not refusals(results) and meeting.items.count() == 3 and Document.objects.count() == 1
