"""Two at once in a partnership: real threads on PostgreSQL, one winner each, and no word lost."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Letter, RegistryEntry
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages import clock
from council.models import Body
from iop.models import Agreement, AgreementSignature, Contribution, FollowUp, Partnership, Party
from iop.models.agreements import SIGN_LINK
from iop.models.parties import PARTY_LINK
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.tools.threads import at_once, count, refusals, same

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("db")]


def race(state: str = "", rounds: int = 3) -> pytest.MarkDecorator:
    """Run the test so many times from what `plant` makes of the state: a race is lost now and then."""
    return pytest.mark.parametrize("db", [state] * rounds, indirect=True)


def plant(state: str) -> None:
    """Two officers, and a partnership in the state."""
    officers = [make.make_officer() for _ in range(2)]
    by = Actor.of(officers[0])
    if state == "signing":
        partnership = make.make_partnership("decision", officer=officers[0])
        partnership.decide(by=by, **decision())
    elif state == "written":
        written(make.make_partnership("follow_up", officer=officers[0]))
    elif state:
        make.make_partnership(state, officer=officers[0])


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


def decision():
    return {"decided_on": timezone.localdate(), "decided_where": "Nämnden, § 7", "privacy_reviewed": True}


def no():
    facts = {"decided_on": timezone.localdate(), "decided_where": "Nämnden, § 7"}
    return {**facts, "motivation": "Vi har redan en sådan verksamhet."}


def written(partnership, text="Det gick bra."):
    """The open follow-up with every party's own words, to be approved."""
    follow_up = partnership.open_follow_up
    for party in partnership.parties.all():
        follow_up.write(party, by=party.actor, text=text, base=0, values={})
    follow_up.refresh_from_db()
    return follow_up


def approve(follow_up, party):
    base = follow_up.revision
    return lambda: same(follow_up).approve(same(party), by=party.actor, base=base)


def sign(signature):
    return lambda: same(signature).sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")


# Proposing -----------------------------------------------------------------------------------------------------------


def propose(partnership, **facts):
    terms = make.proposal(**facts)
    rows = [make.row(terms["first_day"].year, "staff", None, 200)]
    return lambda: same(partnership).propose(by=partnership.proposer.actor, facts=terms, contributions=rows)


@race()
def test_two_proposals_with_one_title_have_an_address_each():
    drafts = [make.make_draft() for _ in range(3)]
    results = at_once(*(propose(draft, title="Språkcafé i Fittja") for draft in drafts))
    assert refusals(results) == []
    slugs = sorted(Partnership.objects.values_list("slug", flat=True))
    assert slugs == ["sprakcafe-i-fittja", "sprakcafe-i-fittja-2", "sprakcafe-i-fittja-3"]
    assert sorted(RegistryEntry.objects.values_list("serial", flat=True)) == [1, 2, 3]


@race()
def test_one_form_sent_twice_at_once_is_one_draft():
    organisation, key = make_organisation_joined(), uuid4()
    facts = {"request_key": key, "organisation": organisation, "name": "Kim", "email": "kim@exempel.se"}
    at_once(*[lambda: Partnership.begin(**facts)] * 3)
    assert Partnership.objects.count() == Party.objects.count() == count("begin") == 1
    assert Letter.objects.filter(kind="resume").count() == 1


@race("draft")
def test_one_proposal_is_sent_in_twice_at_once(partnership):
    results = at_once(*[propose(partnership)] * 2)
    assert len(refusals(results)) == count("propose") == RegistryEntry.objects.count() == 1
    assert Contribution.objects.count() == Letter.objects.filter(kind="proposed").count() == 1


@race("draft")
def test_a_draft_is_sent_in_while_it_is_thrown_away(partnership):
    """What the municipality has received is never thrown away, and what is gone is not received."""
    draft, terms = partnership, make.proposal()
    period = {name: f"{terms.pop(name)}" for name in ("first_day", "last_day")}
    draft.keep(
        idea=terms, period=period, contributions=[{"year": period["first_day"][:4], "kind": "staff", "hours": "9"}]
    )
    token = tokens.make(PARTY_LINK, draft.proposer.key)
    urls = [reverse(name, args=[token]) for name in ("iop:proposal_review", "iop:party_cancel")]
    statuses = [response.status_code for response in at_once(*(lambda u=u: Client().post(u) for u in urls))]
    assert all(status < 500 for status in statuses), statuses
    assert count("propose") + count("dispose") == 1
    assert Partnership.objects.count() == RegistryEntry.objects.count() == count("propose")


@race("draft", rounds=1)
def test_what_has_been_received_is_not_thrown_away_from_an_old_page(partnership):
    propose(partnership)()
    assert len(refusals(at_once(lambda: partnership.dispose(by=partnership.proposer.actor)))) == 1
    assert Partnership.objects.received().count() == 1


@race("draft", rounds=1)
def test_a_step_that_is_kept_while_the_proposal_is_sent_in_changes_nothing(partnership):
    at_once(propose(partnership, title="Skickat"), lambda: same(partnership).keep(idea={"title": "Sparat"}))
    now = same(partnership)
    assert (now.title, now.draft) == ("Skickat", {})


# The municipality ----------------------------------------------------------------------------------------------------


@race("proposed")
def test_two_officers_take_up_one_proposal(partnership, officers):
    results = at_once(*(lambda o=o: same(partnership).open_dialogue(by=Actor.of(o)) for o in officers))
    assert len(refusals(results)) == count("open_dialogue") == Letter.objects.filter(kind="dialogue").count() == 1
    assert Event.objects.get(verb="open_dialogue").actor == same(partnership).assigned_to.name


@race("decision")
def test_two_officers_decide_at_once(partnership, officers):
    results = at_once(*(lambda o=o: same(partnership).decide(by=Actor.of(o), **decision()) for o in officers))
    assert len(refusals(results)) == Agreement.objects.count() == partnership.decisions.count() == 1
    assert "redan ute för underskrift" in str(refusals(results)[0])
    assert Letter.objects.filter(kind="sign").count() == AgreementSignature.objects.count() == 2


@race("decision")
def test_one_says_yes_and_one_says_no_at_once(partnership, officers):
    one, other = officers
    results = at_once(
        lambda: same(partnership).decide(by=Actor.of(one), **decision()),
        lambda: same(partnership).decline(by=Actor.of(other), **no()),
    )
    now = same(partnership)
    assert now.state == "declined" and now.open_agreement is None, "a yes that a no follows upon is a no"
    assert now.decisions.count() + len(refusals(results)) == 2


@race("drafting")
def test_two_officers_write_the_terms_at_once(partnership, officers):
    facts = {"first_day": partnership.first_day, "last_day": partnership.last_day}

    def write(officer, terms):
        more = {"base": 0, "facts": facts | {"terms": terms}, "principles": []}
        return lambda: same(partnership).change_terms(by=Actor.of(officer), **more)

    results = at_once(write(officers[0], "Den ena"), write(officers[1], "Den andra"))
    assert len(refusals(results)) == same(partnership).revision == count("change_terms") == 1
    assert "En kollega har ändrat villkoren" in str(refusals(results)[0])


@race("drafting")
def test_two_officers_add_one_party_at_once(partnership, officers):
    contact = {"unit": make.make_unit(), "contact_name": "Mona", "email": "mona@kommun.example"}
    results = at_once(*(lambda o=o: same(partnership).add_party(by=Actor.of(o), **contact) for o in officers))
    assert len(refusals(results)) == partnership.parties.municipal().count() == 1
    assert Letter.objects.filter(kind="party_added").count() == 1


@race("drafting")
def test_a_party_is_removed_while_it_writes(partnership, officers):
    contact = {"unit": make.make_unit(), "contact_name": "Mona", "email": "mona@kommun.example"}
    party = partnership.add_party(by=Actor.of(officers[0]), **contact)
    url = reverse("iop:party_contributions", args=[tokens.make(PARTY_LINK, party.key)])
    form = {"base": 0, "insats-TOTAL_FORMS": 1, "insats-INITIAL_FORMS": 0}
    _, answer = at_once(
        lambda: same(partnership).remove_party(same(party), by=Actor.of(officers[0])), lambda: Client().post(url, form)
    )
    assert not Party.objects.municipal().exists()
    assert answer.status_code < 500 and Client().get(url).status_code == 404


@race("active", rounds=1)
def test_two_form_the_steering_group_at_once(partnership, officers):
    results = at_once(*(lambda o=o: same(partnership).form_steering_group(by=Actor.of(o)) for o in officers))
    assert len(refusals(results)) == Body.objects.filter(kind="steering_group").count() == 1


# Signing -------------------------------------------------------------------------------------------------------------


@race("signing")
def test_the_last_two_sign_at_once(partnership):
    assert refusals(at_once(*map(sign, AgreementSignature.objects.all()))) == []
    agreement = Agreement.objects.get()
    assert (same(partnership).state, agreement.outcome, agreement.version) == ("signed", "met", 1)
    assert Event.objects.of(partnership).filter(verb="sign", to_state="signed").count() == 1
    assert AgreementSignature.objects.given().count() == 2
    assert File.objects.count() == 1 and agreement.pdf
    assert list(RegistryEntry.objects.order_by("serial").values_list("serial", flat=True)) == [1, 2]
    assert agreement.registry_entry.serial == 2
    assert Letter.objects.filter(kind="signed").count() == partnership.parties.count()
    assert Letter.objects.filter(kind="signed_staff").count() == 1


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
    url = reverse(SIGN_LINK, args=[tokens.make(SIGN_LINK, row.key)])
    form = {"typed_name": row.name, "confirmed": "on"}
    statuses = [response.status_code for response in at_once(*[lambda: Client().post(url, form)] * 2)]
    assert all(status < 500 for status in statuses) and 302 in statuses
    assert AgreementSignature.objects.given().count() == count("sign") == 1


@race("signing", rounds=1)
def test_two_signatories_in_one_session_at_once():
    rows = list(AgreementSignature.objects.all())
    results = at_once(*(lambda s=s: same(s).sign(typed_name=s.name, session="samma", address="") for s in rows))
    assert len(refusals(results)) == AgreementSignature.objects.given().count() == 1


# The parties ---------------------------------------------------------------------------------------------------------


@race("drafting")
def test_two_write_for_the_same_party_at_once(partnership):
    party = partnership.proposer
    base, year = party.revision, timezone.localdate().year + 1
    results = at_once(
        *(
            lambda n=n: same(party).contribute(by=party.actor, base=base, rows=[make.row(year, amount=n)])
            for n in (1, 2)
        )
    )
    assert len(refusals(results)) == Contribution.objects.count() == 1
    assert "Någon annan hos er har ändrat" in str(refusals(results)[0])


@race("follow_up")
def test_two_write_for_the_same_party_in_the_follow_up(partnership, follow_up):
    party = partnership.proposer
    words = {"by": party.actor, "base": 0, "values": {}}
    results = at_once(*(lambda t=t: same(follow_up).write(same(party), text=t, **words) for t in ("En", "Två")))
    assert len(refusals(results)) == follow_up.texts.count() == same(follow_up).revision == 1
    assert "Någon annan hos er har skrivit" in str(refusals(results)[0])


@race("follow_up")
def test_two_parties_write_at_once_and_both_are_kept(partnership, follow_up):
    indicator = partnership.indicators.create(name="Besök", unit="personer")
    counted = {indicator.pk: (Decimal(40), "")}
    results = at_once(
        *(
            lambda p=p: same(follow_up).write(same(p), by=p.actor, text=p.name, base=0, values=counted)
            for p in partnership.parties.all()
        )
    )
    assert refusals(results) == [] and same(follow_up).revision == 2
    assert {text.text for text in follow_up.texts.all()} == {party.name for party in partnership.parties.all()}


@race("written")
def test_all_parties_approve_at_once(partnership, follow_up):
    before = RegistryEntry.objects.count()
    results = at_once(*(approve(follow_up, party) for party in partnership.parties.all()))
    assert refusals(results) == []
    now = same(follow_up)
    assert now.approved_at and now.content_sha256 and same(partnership).state == "active"
    assert count("conclude") == 1 and RegistryEntry.objects.count() == before + 1
    assert Letter.objects.filter(kind="follow_up_done").count() == partnership.parties.count()


@race("written")
def test_one_approves_twice_at_once(partnership, follow_up):
    results = at_once(*[approve(follow_up, partnership.proposer)] * 2)
    assert len(refusals(results)) == count("approve_follow_up") == 1 and same(follow_up).is_open


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


@race("follow_up")
def test_published_twice_at_once(partnership, officers):
    follow_up = make.finish(partnership)
    results = at_once(*(lambda o=o: same(follow_up).publish(by=Actor.of(o), privacy_reviewed=True) for o in officers))
    assert len(refusals(results)) == count("publish_follow_up") == 1


@race("written")
def test_both_sides_press_at_once_on_their_own_pages(partnership, follow_up):
    """The same through the pages: both get an answer, and one the last word."""
    urls = [
        reverse("iop:party_approve", args=[tokens.make(PARTY_LINK, party.key)]) for party in partnership.parties.all()
    ]
    form = {"base": follow_up.revision, "confirmed": "on"}
    statuses = [response.status_code for response in at_once(*(lambda u=u: Client().post(u, form) for u in urls))]
    assert statuses == [302, 302] and count("conclude") == 1


# The clock -----------------------------------------------------------------------------------------------------------


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
