"""Every state times every verb of a partnership, and what each verb refuses, in words."""

import re
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from botkyrka_civil.casework.models import Event, Letter, Refused, RegistryEntry
from botkyrka_civil.casework.signing import Outcome, noon
from botkyrka_civil.pages import clock
from council.models import Body
from iop import facts, rules
from iop.models import Contribution, CriterionAnswer, FollowUp, Partnership
from iop.models.states import TRANSITIONS, State
from iop.warnings import warnings
from tests import factories
from tests.factories import iop as make
from tests.factories.council import end_accession, make_organisation_joined
from tests.iop.pages import signing_url, text
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@contextmanager
def undone():
    """A block whose writes are taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def not_refused(calls):
    """Those of the calls that are not refused in the words, or that write something: [(words, call, arguments)]."""
    wrong = []
    for words, call, given in calls:
        with undone(), heard() as written:
            try:
                call(**given)
                wrong.append((call.__name__, given, "done"))
            except Refused as refusal:
                if written or not re.search(words, str(refusal)):
                    wrong.append((call.__name__, given, written, str(refusal)))
    return wrong


def arguments(verb, by):
    """All that the verb asks for."""
    today, more = timezone.localdate(), {}
    if verb in ("decide", "decline"):
        more = {"decided_on": today, "decided_where": "Nämnden, § 7"}
        more |= {"privacy_reviewed": True} if verb == "decide" else {"motivation": "Nej, för att …"}
    elif verb == "propose":
        more = {"facts": make.proposal(), "contributions": [make.row(today.year)]}
    elif verb == "translate":
        more = {"language": "fi", "scan": factories.upload("beslut.pdf"), "translated_on": today}
    elif verb in ("reopen", "cancel", "renegotiate", "abandon", "terminate"):
        more = {"reason": "Lokalen försvann."} | ({"on": today} if verb == "terminate" else {})
    return {"by": by} | more


def letters(kind, partnership):
    return Letter.objects.filter(kind=kind, subject_key=partnership.subject)


def negotiate(partnership, by, **changed):
    """Changes some of the terms."""
    now = {field: getattr(partnership, field) for field in rules.TERM_FIELDS}
    partnership.change_terms(by=by, base=partnership.revision, facts=now | changed, principles=[])


def sign(signature, session="en", **typed):
    signature.sign(**{"typed_name": signature.name, "session": session, "address": "127.0.0.1"} | typed)


def write(follow_up, party, text="Det går bra.", base=0, **values):
    follow_up.write(party, by=party.actor, text=text, base=base, **{"values": {}} | values)


def approve(follow_up, party):
    follow_up.approve(party, by=party.actor, base=follow_up.revision)


# What the states' verbs ask for beyond the state itself is tried by the tests further down.
BY_ITSELF = {"conclude", "evaluate"}
ASKS_FOR_MORE = BY_ITSELF | {"sign", "start", "end", "submit", "decide", "reopen", "propose"}


@pytest.mark.parametrize("state", State.values)
def test_every_verb_in_every_state(state, at, by, subtests):
    """A verb in a state that is not one of its sources is refused in words, and writes nothing."""
    refused = [verb for verb in TRANSITIONS if state not in TRANSITIONS[verb].sources and verb not in BY_ITSELF]
    words = "Det går inte att .+ nu: läget är"
    assert not not_refused((words, getattr(at(state), verb), arguments(verb, by)) for verb in refused)
    for verb, row in TRANSITIONS.items():
        if state in row.sources and verb not in ASKS_FOR_MORE:
            with subtests.test(verb), undone():
                getattr(at(state), verb)(**arguments(verb, by))
                moved = at(state)
                assert moved.state in row.targets
                assert Event.objects.of(moved).last().to_state == moved.state


def test_from_the_first_idea_to_the_final_evaluation(officer, by):
    """The whole life, by the verbs and the clock alone."""
    organisation = make_organisation_joined("Språkvännerna")
    partnership = make.make_draft(organisation)
    contact = partnership.proposer.actor
    terms = make.proposal(title="Språkcafé")
    partnership.propose(by=contact, facts=terms, contributions=[make.row(terms["first_day"].year)])
    assert partnership.slug == "sprakcafe" and partnership.number.startswith("ÖK ")
    partnership.open_dialogue(by=by)
    assert partnership.assigned_to == officer
    partnership.draft_agreement(by=by)
    assert "Gemensam styrning" in partnership.terms
    make.complete(partnership, by=by)
    partnership.submit(by=by)
    make.decide(partnership, by=by)
    assert partnership.state == State.DECISION and partnership.open_agreement.required == 2
    make.sign_all(partnership)
    assert partnership.state == State.SIGNED
    agreement = partnership.agreement
    assert agreement.version == 1 and agreement.pdf and agreement.registry_entry.direction == "drawn_up"
    with time_machine.travel(noon(partnership.first_day), tick=False):
        clock.move_partnerships()
    partnership.refresh_from_db()
    assert partnership.state == State.ACTIVE
    ended = partnership.last_day + DAY
    day, years = partnership.first_day, 0
    while day < ended:
        day += timedelta(days=30)
        with time_machine.travel(noon(day), tick=False):
            clock.move_partnerships()
            partnership.refresh_from_db()
            if partnership.state == State.FOLLOW_UP:
                make.finish(partnership)
                years += 1
            assert not partnership.follow_up_is_late
    assert years == 3
    with time_machine.travel(noon(day), tick=False):
        clock.move_partnerships()
        partnership.refresh_from_db()
        assert partnership.state == State.ENDED and partnership.ended_on == partnership.last_day
        evaluation = make.finish(partnership)
    assert partnership.state == State.EVALUATED and evaluation.kind == FollowUp.Kind.FINAL
    assert RegistryEntry.objects.filter(subject=partnership.subject).count() == 1 + 1 + 3 + 1


def propose(draft, rows=None, **terms):
    terms = make.proposal(**terms)
    rows = [make.row((terms["first_day"] or terms["last_day"]).year)] if rows is None else rows
    draft.propose(by=draft.proposer.actor, facts=terms, contributions=rows)


def test_a_proposal_that_cannot_be(at):
    draft, day = at("draft"), date(2030, 1, 1)
    cases = {
        "Skriv från och med vilken dag": {"first_day": None, "last_day": day},
        "Perioden slutar innan den börjar": {"first_day": day + DAY, "last_day": day},
        "högst 20 år": {"first_day": day, "last_day": date(2051, 1, 1)},
        "Kontrollera årtalet": {"first_day": date(9998, 1, 1), "last_day": date(9999, 1, 1)},
        "Skriv vad ni själva bidrar med": {"rows": []},
    }
    assert not not_refused((says, propose, {"draft": draft} | terms) for says, terms in cases.items())


def test_addresses_are_never_those_of_our_own_pages():
    slugs = {"Föreslå": "foresla-2", "Passar IOP?": "passar-iop-2", "Café": "cafe", "Café!": "cafe-2"}
    for title, slug in slugs.items():
        draft = make.make_draft()
        propose(draft, title=title)
        assert draft.slug == slug


# Parties and terms -----------------------------------------------------------------------------------------------

CONTACT = {"contact_name": "Mona Kommun", "email": "mona@kommun.example"}


def test_the_same_party_is_there_once_and_an_outsider_not_at_all(at, by):
    partnership = at("dialogue")
    unit, organisation = make.make_unit(), partnership.proposer.organisation
    partnership.add_party(by=by, unit=unit, **CONTACT)
    cases = (
        ("är redan part", {"unit": unit}),
        ("är redan part", {"organisation": organisation}),
        ("är inte ansluten", {"organisation": factories.make_organisation("Utanför")}),
        ("Välj antingen en organisation eller en förvaltning", {}),
        ("Välj antingen", {"unit": unit, "organisation": organisation}),
    )
    assert not not_refused((says, partnership.add_party, {"by": by, **who, **CONTACT}) for says, who in cases)


def test_what_a_party_puts_in_lies_within_the_period(at):
    party = at("dialogue").proposer
    outside = {"by": party.actor, "base": 0, "rows": [make.row(party.partnership.first_day.year - 1)]}
    assert not not_refused([("ligger utanför perioden", party.contribute, outside)])


def test_terms_are_closed_in_every_other_state(at, by):
    unit, calls = {"by": by, "unit": make.make_unit(), **CONTACT}, []
    for state in set(State.values) - {"dialogue", "drafting", "renegotiation"}:
        party = at(state).proposer
        mine = {"by": party.actor, "base": party.revision}
        calls += [(party.contribute, mine | {"rows": []}), (party.answer, mine | {"answers": {}})]
        calls += [(party.name_signatories, mine | {"people": []}), (party.partnership.add_party, unit)]
    assert not not_refused(("Det går inte att ändra nu", call, given) for call, given in calls)


def test_the_database_refuses_absurd_contributions(at):
    party, stored = at("draft").proposer, []
    money, staff = {"kind": "money"}, {"kind": "staff"}
    for row in (
        *(money | {"amount": amount} for amount in (0, None, 1_000_000_001)),
        *(staff | more for more in ({"amount": 5}, {"hours": 0})),
        {"kind": "other"},
        {"kind": "gold", "amount": 1},
    ):
        with suppress(IntegrityError), transaction.atomic():
            Contribution.objects.create(party=party, year=2027, **row)
            stored.append(row)
    assert not stored


# Deciding --------------------------------------------------------------------------------------------------------


def guards(partnership):
    """What may be lacking before a decision: what is said of it, and how it comes to lack."""
    organisation, unit = partnership.proposer, partnership.parties.municipal().get()
    case, after = Partnership.objects.filter(pk=partnership.pk), partnership.last_day.year + 1
    hard = CriterionAnswer.objects.filter(party=organisation, criterion=facts.HARD[0])
    return {
        "Det finns ingen part från kommunen": unit.delete,
        "Det finns ingen insats från kommunen": unit.contributions.all().delete,
        "Det finns ingen insats från civilsamhället": organisation.contributions.all().delete,
        "har inte svarat på alla kriterier": unit.answers.first().delete,
        "som måste vara uppfyllt": lambda: hard.update(met="partly"),
        "Perioden är kortare än tre år. Skriv varför": lambda: shorten(partnership),
        "ett år utanför perioden": lambda: unit.contributions.create(year=after, kind="money", amount=1),
        "behöver 1 undertecknare, och har 0": unit.signatories.all().delete,
        "har samma e-postadress": lambda: unit.signatories.update(email=organisation.signatories.get().email),
        "är inte ansluten": lambda: end_accession(organisation.organisation),
        "Skriv syftet": lambda: case.update(purpose=" "),
        "Skriv bedömningen av upphandling och statsstöd": lambda: case.update(procurement_note=""),
    }


def shorten(partnership):
    first = partnership.first_day
    Partnership.objects.filter(pk=partnership.pk).update(last_day=first + timedelta(days=365))
    Contribution.objects.filter(party__partnership=partnership, year__gt=first.year + 1).delete()


@pytest.mark.parametrize(("verb", "state"), [("submit", "drafting"), ("decide", "decision")])
def test_nothing_is_decided_before_all_of_it_is_there(verb, state, at, by, subtests):
    if verb == "submit":
        make.complete(at(state), by=by)
    for says in guards(at(state)):
        with subtests.test(says), undone():
            guards(at(state))[says]()
            assert not not_refused([(says, getattr(at(state), verb), arguments(verb, by))])


def test_a_short_period_with_a_reason_and_a_soft_criterion_unmet_pass(at, by):
    partnership = at("decision")
    shorten(partnership)
    Partnership.objects.filter(pk=partnership.pk).update(short_reason="Lokalen rivs efter ett år.")
    soft = [criterion.key for criterion in facts.CRITERIA if not criterion.hard]
    CriterionAnswer.objects.filter(criterion__in=soft).update(met="no")
    make.decide(same(partnership), by=by)
    assert partnership.open_agreement


def test_three_years_to_the_day_is_not_short():
    assert not rules.is_short(date(2027, 1, 1), date(2029, 12, 31))
    assert rules.is_short(date(2027, 1, 1), date(2029, 12, 30))
    assert not rules.is_short(date(2028, 2, 29), date(2031, 2, 28))


def test_a_decision_is_on_a_day_that_can_be_and_after_a_review(at, by):
    partnership = at("decision")
    yes, no = (partnership.decide, arguments("decide", by)), (partnership.decline, arguments("decline", by))
    before, tomorrow = timezone.localdate(partnership.proposed_at) - DAY, timezone.localdate() + DAY
    days = ((tomorrow, "kan inte ligga framåt i tiden"), *((day, "före den") for day in (date(1, 1, 1), before)))
    calls = [(says, verb, given | {"decided_on": day}) for verb, given in (yes, no) for day, says in days]
    calls += [("inga personuppgifter", yes[0], yes[1] | {"privacy_reviewed": False})]
    calls += [("Skriv skälen", no[0], no[1] | {"motivation": " "})]
    assert not not_refused(calls)


def test_whoever_has_an_interest_in_it_does_not_handle_it(officer, at, by):
    partnership = at("proposed")
    partnership.parties.update(email=officer.email)
    words = "Du är kontaktperson i ärendet. Låt en kollega göra det"
    assert not not_refused([(words, partnership.open_dialogue, {"by": by})])


def test_an_agreement_that_was_opened_again_is_still_the_first_version(out, by):
    assert not not_refused([("redan ute för underskrift", out.decide, arguments("decide", by))])
    sign(out.open_agreement.signatures.first())
    out.reopen(by=by, reason="Ett belopp var fel.")
    assert out.agreements.get().outcome == "voided"
    out.submit(by=by)
    make.decide(out, by=by)
    make.sign_all(out)
    assert out.agreement.version == 1


def test_a_round_that_runs_out_is_told_to_the_officer(out, officer, by):
    with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + 2 * DAY, tick=False):
        clock.move_partnerships()
    assert not out.open_agreement
    assert Letter.objects.filter(kind="signing_expired", to=officer.email).count() == 1
    make.decide(out, by=by)
    assert out.open_agreement


def test_nothing_is_signed_with_an_organisation_that_has_left(out):
    first, last = out.open_agreement.signatures.all()
    sign(first)
    assert not any("inte längre ansluten" in warning for warning in warnings(out))
    end_accession(out.proposer.organisation)
    assert any("inte längre ansluten" in warning for warning in warnings(same(out)))
    with pytest.raises(Refused, match="är inte ansluten"):
        sign(last, "två")
    assert same(last).signed_at is None and out.open_agreement


# Renegotiation ---------------------------------------------------------------------------------------------------


def test_a_renegotiation_leads_to_a_new_version_or_back_to_the_old(at, by):
    partnership = at("renegotiation")
    old = partnership.agreed
    negotiate(partnership, by, purpose="Ännu fler.")
    party = partnership.proposer
    party.contribute(by=party.actor, base=party.revision, rows=[make.row(partnership.first_day.year, amount=7)])
    assert partnership.agreed == old
    partnership.abandon(by=by, reason="Vi kom inte överens.")
    partnership.refresh_from_db()
    assert partnership.state == State.ACTIVE and partnership.purpose == old["purpose"]
    content = partnership.content(1)
    assert [c["amount"] for c in content["contributions"]] == [c["amount"] for c in old["contributions"]]
    partnership.renegotiate(by=by, reason="Vi försöker igen.")
    negotiate(partnership, by, purpose="Ännu fler.")
    make.decide(partnership, by=by)
    assert partnership.state == State.RENEGOTIATION
    make.sign_all(partnership)
    assert partnership.state == State.ACTIVE
    assert partnership.agreement.version == 2 and partnership.agreed["purpose"] == "Ännu fler."


def test_what_has_not_been_followed_up_is_not_renegotiated(at, by):
    with (
        time_machine.travel(timezone.now() + timedelta(days=400), tick=False),
        pytest.raises(Refused, match="Följ upp först"),
    ):
        at("active").renegotiate(by=by, reason="Fler vill vara med.")


def test_the_agreement_that_holds_says_when_it_ends(at, by):
    """Also while a longer one is negotiated."""
    partnership = at("renegotiation")
    last = partnership.last_day
    negotiate(partnership, by, last_day=last + timedelta(days=900))
    with time_machine.travel(noon(last), tick=False):
        clock.move_partnerships()
    assert same(partnership).state == State.RENEGOTIATION
    with time_machine.travel(noon(last + DAY), tick=False):
        clock.move_partnerships()
    ended = same(partnership)
    assert (ended.state, ended.last_day, ended.ended_on) == (State.ENDED, last, last)


def test_a_shorter_period_that_is_negotiated_ends_nothing(at, by, caplog):
    partnership = at("renegotiation")
    negotiate(partnership, by, last_day=timezone.localdate() - DAY, short_reason="Vi blev klara.")
    clock.move_partnerships()
    assert same(partnership).state == State.RENEGOTIATION and not caplog.records


def test_a_termination_is_of_what_was_signed(at, by):
    partnership = at("renegotiation")
    title, last = partnership.title, partnership.last_day
    negotiate(partnership, by, title="Något annat", last_day=last + timedelta(days=900))
    with pytest.raises(Refused, match="inom avtalstiden"):
        partnership.terminate(by=by, on=last + DAY, reason="Lokalen försvann.")
    partnership.refresh_from_db()
    partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    partnership.refresh_from_db()
    assert (partnership.title, partnership.last_day) == (title, last)


def test_a_party_with_a_new_name_keeps_what_it_puts_in(at, by):
    partnership = at("renegotiation")
    unit = partnership.parties.municipal().get().unit
    before = [(one.party_id, one.year, one.amount, one.hours) for one in partnership.contributions]
    unit.name = "Förvaltningen med nytt namn"
    unit.save()
    partnership.abandon(by=by, reason="Vi kom inte överens.")
    assert [(one.party_id, one.year, one.amount, one.hours) for one in partnership.contributions] == before


def test_a_party_added_by_mistake_is_taken_away_again(at, by):
    partnership = at("renegotiation")
    mistake = partnership.add_party(by=by, unit=make.make_unit(), contact_name="Fel Person", email="fel@exempel.se")
    with pytest.raises(Refused, match="står inte i avtalet som gäller. Ta bort parten först"):
        partnership.abandon(by=by, reason="Vi kom inte överens.")
    partnership.refresh_from_db()
    partnership.remove_party(mistake, by=by)
    with pytest.raises(Refused, match="har redan fått ett avtal"):
        partnership.remove_party(partnership.parties.municipal().get(), by=by)


def test_who_was_asked_in_vain_is_not_waited_for(at, by):
    """A newcomer of a renegotiation that came to nothing has signed nothing, and follows nothing up."""
    partnership = at("renegotiation")
    unit, email = make.make_unit(), "ny@kommun.example"
    newcomer = partnership.add_party(by=by, unit=unit, contact_name="Nina", email=email)
    make.answer_all(newcomer)
    people = [{"name": "Nils Ny", "role": "Chef", "email": "nils@kommun.example"}]
    newcomer.name_signatories(by=newcomer.actor, base=newcomer.revision, people=people)
    make.decide(partnership, by=by)
    partnership.abandon(by=by, reason="Vi kom inte överens.")
    partnership.begin_follow_up(by=by)
    assert not Letter.objects.filter(kind="follow_up", to=email).exists()
    follow_up = partnership.open_follow_up
    with pytest.raises(Refused, match="har inte skrivit under avtalet"):
        write(follow_up, newcomer)
    for step in (write, approve):
        for party in partnership.parties.bound():
            step(follow_up, party)
    partnership.refresh_from_db()
    assert partnership.state == State.ACTIVE and unit.name not in str(partnership.follow_ups.get().content)


# Following up ----------------------------------------------------------------------------------------------------


def test_what_all_have_approved_is_frozen_registered_and_published_once_it_is_reviewed(at, by):
    partnership = at("follow_up")
    follow_up, (ours, theirs) = partnership.open_follow_up, partnership.parties.all()
    indicator = partnership.indicators.first()
    write(follow_up, ours, "Bra.", values={indicator.pk: (Decimal("41.5"), "")})
    missing = {"party": ours, "by": ours.actor, "base": follow_up.revision}
    assert not not_refused([(f"Det saknas text från {theirs.name}", follow_up.approve, missing)])
    write(follow_up, theirs, "Vi håller med.")
    approve(follow_up, ours)
    read = {"party": theirs, "by": theirs.actor, "base": follow_up.revision}
    again = {"party": ours, "by": ours.actor, "base": follow_up.revision}
    rows = [{"id": i.pk, "name": i.name, "unit": i.unit, "goal": Decimal(5)} for i in partnership.indicators.all()]
    assert not not_refused([("Ni har redan godkänt", follow_up.approve, again)])
    partnership.change_indicators(by=by, rows=rows)
    follow_up.refresh_from_db()
    assert not follow_up.texts.filter(approved_at__isnull=False).exists(), "nobody has approved the new measures"
    assert not not_refused([("har ändrats sedan du öppnade sidan", follow_up.approve, read)])
    for party in (ours, theirs):
        approve(follow_up, party)
    partnership.refresh_from_db()
    follow_up.refresh_from_db()
    assert partnership.state == State.ACTIVE and follow_up.registry_entry.direction == "drawn_up"
    assert follow_up.content["indicators"][0]["value"] == "41.50"
    late = {"party": ours, "by": ours.actor, "text": "Nej.", "base": 1, "values": {}}
    assert not not_refused(
        [
            ("Uppföljningen är avslutad", follow_up.write, late),
            ("inga personuppgifter", follow_up.publish, {"by": by, "privacy_reviewed": False}),
        ]
    )
    follow_up.publish(by=by, privacy_reviewed=True)
    assert partnership.follow_ups.published().get() == follow_up
    follow_up.unpublish(by=by, reason="Ett namn stod kvar.")
    assert not partnership.follow_ups.published().exists()


def test_a_follow_up_that_took_too_long_is_followed_by_another(at):
    partnership = at("follow_up")
    with time_machine.travel(timezone.now() + settings.IOP_FOLLOW_UP_PERIOD + 5 * DAY, tick=False):
        assert partnership.follow_up_is_late
        assert partnership in Partnership.objects.follow_up_late(timezone.localdate())
        first = make.finish(partnership)
        assert partnership.state == State.FOLLOW_UP
        assert partnership.open_follow_up.first_day == first.last_day + DAY
        make.finish(partnership)
        assert partnership.state == State.ACTIVE and not partnership.follow_up_is_late


def test_reminders_go_once_to_those_who_have_not_approved(at):
    with time_machine.travel(timezone.now() + settings.IOP_FOLLOW_UP_NOTICE - 3 * DAY, tick=False):
        clock.remind_partners()
        clock.remind_partners()
    assert letters("follow_up_reminder", at("follow_up")).count() == 2


@pytest.mark.parametrize("verb", ["terminate", "end"])
def test_who_had_signed_what_never_came_to_hold_is_told(at, by, verb):
    partnership = at("renegotiation")
    make.decide(partnership, by=by)
    agreement = partnership.open_agreement
    signature = agreement.signatures.first()
    sign(signature)
    if verb == "end":
        with time_machine.travel(noon(partnership.last_day + DAY), tick=False):
            clock.move_partnerships()
        partnership.refresh_from_db()
        assert partnership.state == State.ENDED and not partnership.open_agreement
        assert partnership.open_follow_up.kind == FollowUp.Kind.FINAL
    else:
        partnership.terminate(**arguments("terminate", by))
        following = at("follow_up")
        following.terminate(**arguments("terminate", by))
        assert following.follow_ups.get().closed_at and not following.open_follow_up
    assert same(agreement).outcome == Outcome.CANCELLED
    assert letters("signing_voided", partnership).get().to == signature.email
    assert "Avtalet har stoppats efter att du skrev under" in text(Client().get(signing_url(signature)))


def test_a_termination_lies_within_the_period(at, by):
    active, signed, why = at("active"), at("signed"), {"by": by, "reason": "Slut."}
    days = ((active, active.last_day + DAY), (signed, date(1, 1, 1)), (signed, date(9999, 12, 31)))
    assert not not_refused(("inom avtalstiden", case.terminate, why | {"on": day}) for case, day in days)
    signed.terminate(on=timezone.localdate(), **why)
    assert signed.ended_on < signed.first_day


def test_a_steering_group_is_formed_once_when_there_is_an_agreement(at, by):
    active, early = at("active"), at("dialogue")
    assert not not_refused([("bildas när avtalet är tecknat", early.form_steering_group, {"by": by})])
    body = active.form_steering_group(by=by)
    assert (body.kind, body.owner) == (Body.Kind.STEERING_GROUP, Body.Owner.JOINT)
    assert not not_refused([("redan en styrgrupp", active.form_steering_group, {"by": by})])
