"""Two at once in a partnership: real threads on PostgreSQL, one winner each, and no word lost."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Letter, RegistryEntry
from botkyrka_civil.documents.models import File
from botkyrka_civil.pages import clock
from council.models import Body
from iop.models import Agreement, AgreementSignature, Contribution, Decision, FollowUp, FollowUpText, Partnership, Party
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import party_url, signing_url
from tests.tools.threads import at_once, count, refusals, same

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("db")]


def race(state: str = "", rounds: int = 3) -> pytest.MarkDecorator:
    """Run the test so many times from what `plant` makes of the state: a race is lost now and then."""
    return pytest.mark.parametrize("db", [state] * rounds, indirect=True)


def plant(state: str) -> None:
    """Two officers, and a partnership in the state: "written" is a follow-up in which all have written."""
    officers = [make.make_officer() for _ in range(2)]
    by, stand = Actor.of(officers[0]), {"signing": "decision", "written": "follow_up"}
    if not state:
        return
    partnership = make.make_partnership(stand.get(state, state), officer=officers[0])
    if state == "signing":
        partnership.decide(by=by, **decision())
    elif state in ("follow_up", "written"):
        partnership.indicators.create(name="Besök", unit="personer")
    if state == "written":
        for party in partnership.parties.all():
            partnership.open_follow_up.write(party, by=party.actor, text="Det gick bra.", base=0, values={})


def copy(source: str, target: str) -> None:
    connection.close()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {target} TEMPLATE {source}")


@pytest.fixture(scope="module")
def planted(django_db_setup, django_db_blocker):
    """Copies of the database by what is planted in them, made when they are needed; last the empty one is back."""
    copies: dict[str, str] = {}
    yield copies
    with django_db_blocker.unblock():
        copy("botkyrka", connection.settings_dict["NAME"])


@pytest.fixture
def db(request, planted, django_db_blocker):
    """Each test has a copy of the database: what its threads commit is gone after it, and no flush is needed."""
    state, name = getattr(request, "param", ""), connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        if state in planted:
            copy(planted[state], name)
        else:
            copy("botkyrka", name)
            plant(state)
            planted[state] = f"{name}_{state}"
            copy(name, planted[state])
        yield
        connection.close()


@pytest.fixture
def officers(db):
    return list(User.objects.order_by("pk"))


@pytest.fixture
def partnership(db):
    return Partnership.objects.get()


@pytest.fixture
def follow_up(partnership):
    return partnership.open_follow_up


CONTACT = {"contact_name": "Mona", "email": "mona@kommun.example"}


def decision():
    return {"decided_on": timezone.localdate(), "decided_where": "Nämnden, § 7", "privacy_reviewed": True}


def by_both(verb, given=dict):
    """Both officers do the same at once."""

    def calls(case, officers):
        facts = given()
        return [lambda one=one: getattr(same(case), verb)(by=Actor.of(one), **facts) for one in officers]

    return calls


def propose(case, **facts):
    terms = make.proposal(**facts)
    rows = [make.row(terms["first_day"].year, "staff", None, 200)]
    return lambda: same(case).propose(by=case.proposer.actor, facts=terms, contributions=rows)


def write(case, party, text, **values):
    """The party writes its text in the open follow-up."""
    follow_up = case.open_follow_up
    return lambda: same(follow_up).write(same(party), by=party.actor, text=text, base=0, **{"values": {}} | values)


def contribute(case, amount):
    party = case.proposer
    rows = [make.row(timezone.localdate().year + 1, amount=amount)]
    return lambda: same(party).contribute(by=party.actor, base=party.revision, rows=rows)


def change_terms(case, officer, terms):
    facts = {"first_day": case.first_day, "last_day": case.last_day, "terms": terms}
    return lambda: same(case).change_terms(by=Actor.of(officer), base=0, facts=facts, principles=[])


def all_write(case, _):
    values = {case.indicators.get().pk: (Decimal(40), "")}
    return [write(case, party, party.name, values=values) for party in case.parties.all()]


def approve(follow_up, party):
    base = follow_up.revision
    return lambda: same(follow_up).approve(same(party), by=party.actor, base=base)


def sign(signature, session=""):
    given = {"typed_name": signature.name, "session": session or uuid4().hex, "address": "127.0.0.1"}
    return lambda: same(signature).sign(**given)


# One wins ------------------------------------------------------------------------------------------------------------


class Race(NamedTuple):
    """Calls on a partnership in the state, and the words in which all but one of them are refused; none if it is None.

    How many events, letters and rows there are when all is done; the last signature is one event and the move another.
    """

    state: str
    calls: Callable[[Partnership, list[User]], list[Callable[[], Any]]]
    refused: str | None = None
    events: dict[str, int] = {}
    letters: dict[str, int] = {}
    rows: dict[type[Model], int] = {}
    rounds: int = 3


RACES = {
    "one proposal is sent in twice": Race(
        "draft", lambda case, _: [propose(case)] * 2, "", {"propose": 1}, {"proposed": 1},
        {RegistryEntry: 1, Contribution: 1},
    ),
    "two officers take up one proposal": Race(
        "proposed", by_both("open_dialogue"), "", {"open_dialogue": 1}, {"dialogue": 1},
    ),
    "two officers decide": Race(
        "decision", by_both("decide", decision), "redan ute för underskrift", {}, {"sign": 2},
        {Agreement: 1, AgreementSignature: 2, Decision: 1},
    ),
    "two officers write the terms": Race(
        "drafting", lambda case, officers: [change_terms(case, one, one.name) for one in officers],
        "En kollega har ändrat villkoren", {"change_terms": 1},
    ),
    "two officers add one party": Race(
        "drafting", by_both("add_party", lambda: CONTACT | {"unit": make.make_unit()}), "",
        {"add_party": 1}, {"party_added": 1}, {Party: 2},
    ),
    "two form the steering group": Race("active", by_both("form_steering_group"), "", {}, {}, {Body: 1}, 1),
    "the last two sign": Race(
        "signing", lambda *_: [sign(one) for one in AgreementSignature.objects.all()], None, {"sign": 3},
        {"signed": 2, "signed_staff": 1}, {File: 1, RegistryEntry: 2},
    ),
    "two signatories sign in one session": Race(
        "signing", lambda *_: [sign(one, "samma") for one in AgreementSignature.objects.all()], "", {"sign": 1},
        rounds=1,
    ),
    "two write contributions for one party": Race(
        "drafting", lambda case, _: [contribute(case, amount) for amount in (1, 2)], "Någon annan hos er har ändrat",
        {}, {}, {Contribution: 1},
    ),
    "two write a follow-up for one party": Race(
        "follow_up", lambda case, _: [write(case, case.proposer, text) for text in ("En", "Två")],
        "Någon annan hos er har skrivit", {}, {}, {FollowUpText: 1},
    ),
    "two parties write their own": Race("follow_up", all_write, None, {}, {}, {FollowUpText: 2}),
    "all parties approve": Race(
        "written", lambda case, _: [approve(case.open_follow_up, party) for party in case.parties.all()], None,
        {"conclude": 1}, {"follow_up_done": 2},
    ),
    "one party approves twice": Race(
        "written", lambda case, _: [approve(case.open_follow_up, case.proposer)] * 2, "",
        {"approve_follow_up": 1, "conclude": 0},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("db", "name"), [(race.state, name) for name, race in RACES.items() for _ in range(race.rounds)], indirect=["db"]
)
def test_one_wins_or_both_are_kept(name, partnership, officers):
    race = RACES[name]
    calls = race.calls(partnership, officers)
    refused = [str(refusal) for refusal in refusals(at_once(*calls))]
    assert len(refused) == (0 if race.refused is None else len(calls) - 1)
    assert all(race.refused in words for words in refused)
    assert {verb: count(verb) for verb in race.events} == race.events
    assert {kind: Letter.objects.filter(kind=kind).count() for kind in race.letters} == race.letters
    assert {model: model.objects.count() for model in race.rows} == race.rows
    now = same(partnership)
    if name == "two officers take up one proposal":
        assert Event.objects.get(verb="open_dialogue").actor == now.assigned_to.name
    elif name == "the last two sign":
        agreement = now.agreement
        assert (now.state, agreement.outcome, agreement.version) == ("signed", "met", 1)
        assert agreement.pdf and agreement.registry_entry.serial == 2
    elif name == "all parties approve":
        assert now.state == "active" and now.follow_ups.get().content_sha256


@race()
def test_two_proposals_with_one_title_have_an_address_each():
    """And a form that is sent more than once at the same time begins one draft."""
    facts = {"request_key": uuid4(), "organisation": make_organisation_joined(), "name": "Kim", "email": "k@exempel.se"}
    at_once(*[lambda: Partnership.begin(**facts)] * 3)
    assert Partnership.objects.count() == Party.objects.count() == count("begin") == 1
    assert Letter.objects.filter(kind="resume").count() == 1
    drafts = [make.make_draft() for _ in range(3)]
    results = at_once(*(propose(draft, title="Språkcafé i Fittja") for draft in drafts))
    assert refusals(results) == []
    slugs = sorted(draft.slug for draft in Partnership.objects.received())
    assert slugs == ["sprakcafe-i-fittja", "sprakcafe-i-fittja-2", "sprakcafe-i-fittja-3"]
    assert sorted(RegistryEntry.objects.values_list("serial", flat=True)) == [1, 2, 3]


@race("draft")
def test_a_draft_is_sent_in_while_it_is_thrown_away(partnership):
    """What the municipality has received is never thrown away, and what is gone is not received."""
    terms = make.proposal()
    period = {name: f"{terms.pop(name)}" for name in ("first_day", "last_day")}
    rows = [{"year": period["first_day"][:4], "kind": "staff", "hours": "9"}]
    partnership.keep(idea=terms, period=period, contributions=rows)
    urls = [party_url(partnership.proposer, name) for name in ("proposal_review", "party_cancel")]
    statuses = [response.status_code for response in at_once(*(lambda u=u: Client().post(u) for u in urls))]
    assert all(status < 500 for status in statuses), statuses
    assert count("propose") + count("dispose") == 1
    assert Partnership.objects.count() == RegistryEntry.objects.count() == count("propose")
    if count("propose"):  # nor from a page that was opened before
        assert refusals(at_once(lambda: partnership.dispose(by=partnership.proposer.actor)))
        assert Partnership.objects.received().count() == 1


@race("draft", rounds=1)
def test_a_step_that_is_kept_while_the_proposal_is_sent_in_changes_nothing(partnership):
    at_once(propose(partnership, title="Skickat"), lambda: same(partnership).keep(idea={"title": "Sparat"}))
    now = same(partnership)
    assert (now.title, now.draft) == ("Skickat", {})


@race("decision")
def test_one_says_yes_and_one_says_no_at_once(partnership, officers):
    no = {"decided_on": timezone.localdate(), "decided_where": "Nämnden, § 7", "motivation": "Vi har redan en sådan."}
    results = at_once(
        lambda: same(partnership).decide(by=Actor.of(officers[0]), **decision()),
        lambda: same(partnership).decline(by=Actor.of(officers[1]), **no),
    )
    now = same(partnership)
    assert now.state == "declined" and now.open_agreement is None, "a yes that a no follows upon is a no"
    assert now.decisions.count() + len(refusals(results)) == 2


@race("drafting")
def test_a_party_is_removed_while_it_writes(partnership, officers):
    by = Actor.of(officers[0])
    party = partnership.add_party(by=by, **CONTACT, unit=make.make_unit())
    url = party_url(party, "party_contributions")
    form = {"base": 0, "insats-TOTAL_FORMS": 1, "insats-INITIAL_FORMS": 0}
    calls = (lambda: same(partnership).remove_party(same(party), by=by), lambda: Client().post(url, form))
    _, answer = at_once(*calls)
    assert not Party.objects.municipal().exists()
    assert answer.status_code < 500 and Client().get(url).status_code == 404


@race("signing")
def test_the_last_signature_and_the_agreement_opened_again(partnership, officers):
    first, last = AgreementSignature.objects.all()
    sign(first)()
    results = at_once(sign(last), lambda: same(partnership).reopen(by=Actor.of(officers[0]), reason="Fel summa."))
    assert len(refusals(results)) == 1
    outcome = {"signed": "met", "drafting": "voided"}[same(partnership).state]
    assert Agreement.objects.get().outcome == outcome
    assert File.objects.count() == (outcome == "met")
    assert RegistryEntry.objects.count() == 1 + (outcome == "met")


@race("signing")
def test_the_last_signature_and_a_no_at_once(partnership):
    first, last = AgreementSignature.objects.all()
    results = at_once(sign(first), lambda: same(last).decline(reason="Jag är inte längre ordförande."))
    assert refusals(results) == [] and same(partnership).state == "decision"
    assert Letter.objects.filter(kind="signature_declined").count() == 1


@race("signing")
def test_one_signatory_presses_twice_at_once():
    row = AgreementSignature.objects.first()
    form = {"typed_name": row.name, "confirmed": "on"}
    statuses = [one.status_code for one in at_once(*[lambda: Client().post(signing_url(row), form)] * 2)]
    assert all(status < 500 for status in statuses) and 302 in statuses
    assert AgreementSignature.objects.given().count() == count("sign") == 1


@race("written")
def test_nobody_approves_what_they_have_not_read(partnership, follow_up):
    """One approves while the other writes: either the words are not approved, or they were refused."""
    one, other = partnership.parties.all()
    approve(follow_up, other)()
    more = {"by": one.actor, "text": "Nya ord.", "base": 1, "values": {}}
    results = at_once(approve(follow_up, one), lambda: same(follow_up).write(same(one), **more))
    assert len(refusals(results)) == 1
    now = same(follow_up)
    assert now.is_open == (now.texts.get(party=one).text == "Nya ord.")
    assert not now.is_open or not now.texts.filter(approved_at__isnull=False).exists()


@race("written")
def test_the_last_approval_while_the_agreement_is_terminated(partnership, follow_up, officers):
    one, other = partnership.parties.all()
    approve(follow_up, other)()
    end = {"by": Actor.of(officers[0]), "on": timezone.localdate(), "reason": "Lokalen försvann."}
    results = at_once(approve(follow_up, one), lambda: same(partnership).terminate(**end))
    assert same(partnership).state == "terminated"
    now = same(follow_up)
    assert bool(now.approved_at) != bool(now.closed_at) and len(refusals(results)) == bool(now.closed_at)


@race("written")
def test_both_sides_press_at_once_on_their_own_pages(partnership, follow_up, officers):
    """Both get an answer, and one the last word. It is published once, too."""
    urls = [party_url(party, "party_approve") for party in partnership.parties.all()]
    form = {"base": follow_up.revision, "confirmed": "on"}
    statuses = [response.status_code for response in at_once(*(lambda u=u: Client().post(u, form) for u in urls))]
    assert statuses == [302, 302] and count("conclude") == 1
    publish = by_both("publish", lambda: {"privacy_reviewed": True})
    assert len(refusals(at_once(*publish(follow_up, officers)))) == count("publish_follow_up") == 1


@race("active")
def test_two_workers_and_an_officer_begin_one_follow_up(partnership, officers):
    Partnership.objects.update(first_day=timezone.localdate() - timedelta(days=340))
    begin = [clock.move_partnerships, lambda: same(partnership).begin_follow_up(by=Actor.of(officers[0]))]
    at_once(*begin, clock.move_partnerships)
    assert FollowUp.objects.count() == count("begin_follow_up") == 1
    assert Letter.objects.filter(kind="follow_up").count() == partnership.parties.count()


@race("follow_up")
def test_two_workers_end_and_remind_once(partnership):
    FollowUp.objects.update(due=timezone.localdate())
    at_once(*[clock.remind_partners] * 3)
    assert Letter.objects.filter(kind="follow_up_reminder").count() == partnership.parties.count()
    over = timezone.now() + (partnership.last_day - timezone.localdate()) + timedelta(days=1)
    with time_machine.travel(over, tick=False):
        at_once(*[clock.move_partnerships] * 3)
    assert same(partnership).state == "ended" and count("end") == 1
    assert FollowUp.objects.filter(kind="final").count() == FollowUp.objects.open().count() == 1


@race("signing")
def test_the_time_to_sign_runs_out_while_the_last_one_signs():
    first, last = AgreementSignature.objects.all()
    sign(first)()
    Agreement.objects.update(deadline=timezone.now())
    results = at_once(sign(last), clock.move_partnerships, clock.move_partnerships)
    assert len(refusals(results)) == 1, "a moment too late"
    clock.move_partnerships()  # a minute later: the row was held by the one who signed
    assert Agreement.objects.get().outcome == "expired"
    assert count("expire_signing") == Letter.objects.filter(kind="signing_expired").count() == 1


@race("draft", rounds=1)
def test_two_workers_throw_away_one_draft(partnership):
    Partnership.objects.update(touched_at=timezone.now() - timedelta(days=1000))
    at_once(*[clock.dispose] * 3)
    assert not Partnership.objects.exists() and count("dispose") == 1
    assert not Event.objects.of(partnership).exclude(verb="dispose").exists()
