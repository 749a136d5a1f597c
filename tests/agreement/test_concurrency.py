"""Two at once: real threads and real transactions on PostgreSQL, and one winner each."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession, AgreementVersion, Signature
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, RegistryEntry, register
from botkyrka_civil.documents.models import Document, File
from council import plan_paper
from organisations.models import Organisation
from tests import factories
from tests.agreement.cases import new_version, on_paper, sign_url, url_of
from tests.factories import council as council_factories
from tests.factories.plan import BY, make_item
from tests.tools.threads import at_once, count, refusals, same

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


ROUNDS = range(3)  # a race that is lost now and then


def sign(signature, session=""):
    given = {"typed_name": signature.name, "session": session or uuid4().hex, "address": "127.0.0.1"}
    return lambda: same(signature).sign(**given)


@pytest.mark.parametrize("_", ROUNDS)
def test_two_officers_take_and_decide_at_once(_):
    officers = [factories.make_user(), factories.make_user()]
    accession = factories.make_accession("submitted")
    at_once(*(lambda one=one: same(accession).take(by=Actor.of(one)) for one in officers))
    accession.refresh_from_db()
    last = Event.objects.filter(verb="take").last()
    assert last.actor == accession.assigned_to.name, "the later took it over, and the log says so"
    for officer in officers:
        factories.see_form(accession, officer)

    def decide(verb, officer, **reasons):
        getattr(same(accession), verb)(by=Actor.of(officer), **reasons)
        return verb

    one, other = officers
    results = at_once(lambda: decide("approve", one), lambda: decide("reject", other, motivation="Fel styrelse."))
    assert len(refusals(results)) == 1
    [won] = [result for result in results if isinstance(result, str)]
    assert same(accession).state == {"approve": "joined", "reject": "rejected"}[won]
    assert Event.objects.filter(verb__in=["approve", "reject"]).count() == 1
    assert Letter.objects.filter(kind__in=["approved", "rejected"]).count() == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_two_signatories_sign_at_once(_):
    accession = factories.make_accession("awaiting_signatures")
    assert refusals(at_once(*map(sign, accession.open_round.signatures.all()))) == []
    assert same(accession).state == "submitted"
    assert Signature.objects.filter(signed_at__isnull=False).count() == count("sign") == 2
    assert count("submit") == RegistryEntry.objects.count() == Letter.objects.filter(kind="received").count() == 1
    assert File.objects.filter(name__startswith="anslutning-").count() == 1


def test_one_more_than_needed_or_two_in_one_session_sign_at_once():
    two, board = (
        factories.make_accession("awaiting_signatures", people=3, mode=mode) for mode in ("two_jointly", "whole_board")
    )
    assert len(refusals(at_once(*map(sign, two.open_round.signatures.all())))) == 1
    assert Signature.objects.filter(signed_at__isnull=False).count() == 2
    assert RegistryEntry.objects.count() == 1
    same_browser = [sign(signature, "samma") for signature in board.open_round.signatures.all()[:2]]
    assert len(refusals(at_once(*same_browser))) == 1


def test_the_same_signatory_signs_twice_at_once():
    signature = factories.make_accession("awaiting_signatures").open_round.signatures.first()
    posted = {"typed_name": signature.name, "confirmed": "on"}
    statuses = [r.status_code for r in at_once(*[lambda: Client().post(sign_url(signature), posted)] * 2)]
    assert sorted(statuses) == [302, 422] and count("sign") == 1


def test_edit_and_the_last_signature_at_once():
    accession = factories.make_accession("awaiting_signatures")
    first, last = accession.open_round.signatures.all()
    sign(first)()
    results = at_once(sign(last), lambda: same(accession).edit(by=SYSTEM))
    assert len(refusals(results)) == 1
    accession.refresh_from_db()
    assert accession.joining.outcome == {"submitted": "met", "draft": "voided"}[accession.state]
    assert RegistryEntry.objects.count() == (accession.state == "submitted")


def test_the_start_form_sent_twice_at_once_makes_one_draft_and_one_letter():
    factories.make_version()
    form = {"name": "Sara", "email": "sara@exempel.se", "request_key": str(uuid4())}
    responses = at_once(*[lambda: Client().post(reverse("agreement:begin"), form)] * 4)
    assert [r.status_code for r in responses] == [200] * 4
    assert Accession.objects.count() == Letter.objects.count() == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_sent_to_the_signatories_twice_at_once(_):
    url = url_of(factories.make_draft(), "review")
    responses = at_once(*[lambda: Client().post(url)] * 2)
    assert [r.status_code for r in responses] == [302, 302]
    assert Accession.objects.get().rounds.count() == Organisation.objects.count() == count("invite") == 1
    assert Letter.objects.filter(kind="sign").count() == 2


def test_two_applicants_send_the_same_organisation_at_once():
    drafts = [factories.make_draft(name="Läxhjälpen", org_nr="802002-4280") for _ in range(2)]
    statuses = [r.status_code for r in at_once(*(lambda d=d: Client().post(url_of(d, "review")) for d in drafts))]
    assert sorted(statuses) == [302, 422]
    assert sorted(Accession.objects.values_list("state", flat=True)) == ["awaiting_signatures", "draft"]
    assert Organisation.objects.count() == 1


def test_paper_registered_twice_at_once():
    given = on_paper(Actor.of(factories.make_user()))
    first, second = at_once(*[lambda: Accession.register_paper(**given)] * 2)
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
def test_two_versions_are_put_in_force_at_once_and_one_of_them_once(earlier):
    if earlier:
        factories.make_version()
    one, other, again = (factories.make_version(label, in_force=False) for label in ("2030", "2031", "2032"))
    for version in (one, other, again):
        version.adopt(by=SYSTEM)
    results = at_once(lambda: one.put_in_force(by=SYSTEM), lambda: other.put_in_force(by=SYSTEM))
    assert not refusals(results), "the second waits for the first and replaces it"
    assert sorted((same(one).state, same(other).state)) == ["in_force", "replaced"]
    assert len(refusals(at_once(*[lambda: same(again).put_in_force(by=SYSTEM)] * 2))) == 1
    assert Event.objects.filter(verb="put_in_force", subject=again.subject).count() == 1
    assert AgreementVersion.objects.filter(state="in_force").count() == 1


def test_reaffirmation_begun_twice_at_once_is_one_draft():
    accession = factories.make_accession("joined")
    new_version()
    assert len(set(at_once(*[lambda: same(accession).reaffirm().pk] * 2))) == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_two_people_follow_up_at_once_and_a_form_sent_twice_writes_once(_):
    item = make_item(owner="joint")
    say = {"by": BY, "text": "Klart.", "progress": "finish"}
    parties = ("municipality", "platform")
    results = at_once(*(lambda party=party: same(item).follow_up(party=party, **say) for party in parties))
    assert not refusals(results) and item.follow_ups.count() == 2 and count("finish") == 1
    item, sent = make_item(), say | {"progress": "start", "request_key": uuid4()}
    results = at_once(*[lambda: same(item).follow_up(**sent)] * 3)
    assert not refusals(results) and len({row.pk for row in results}) == item.follow_ups.count() == 1


def test_two_clicks_at_once_make_one_item_and_one_paper():
    make_item()
    meeting = council_factories.make_meeting()
    results = at_once(*[lambda: plan_paper.add(same(meeting), by=BY)] * 3)
    assert not refusals(results) and meeting.items.count() == 3 and Document.objects.count() == 1
