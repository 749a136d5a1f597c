"""Every state times every verb of a partnership, and what each verb refuses, in words."""

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from agreement import content
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.casework.signing import Outcome, noon
from botkyrka_civil.pages import clock
from council.models import Body
from iop import facts, rules
from iop.models import Agreement, Contribution, CriterionAnswer, FollowUp, Partnership
from iop.models.states import TERMS_OPEN, TRANSITIONS, State
from iop.warnings import warnings
from tests import factories
from tests.factories import iop as make
from tests.factories.council import end_accession, make_member, make_organisation_joined
from tests.iop.pages import in_every_state, signing_url, text
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def officer(module_rows):
    return make.make_officer()


@pytest.fixture
def by(officer):
    return Actor.of(officer)


@pytest.fixture(scope="module")
def planted(officer):
    """A partnership in every state."""
    return in_every_state(officer)


@pytest.fixture
def at(planted):
    """The partnership that stands in a state, read from the database."""
    return lambda state: same(planted[state])


@contextmanager
def undone():
    """A block whose writes are taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def arguments(verb, by):
    today = timezone.localdate()
    return {
        "propose": {"by": by, "facts": make.proposal(), "contributions": [make.row(today.year)]},
        "decide": {"by": by, "decided_on": today, "decided_where": "Nämnden, § 7", "privacy_reviewed": True},
        "decline": {"by": by, "decided_on": today, "decided_where": "Nämnden, § 7", "motivation": "Nej, för att …"},
        "terminate": {"by": by, "on": today, "reason": "Lokalen försvann."},
    }.get(verb) or (
        {"by": by, "reason": "Ett skäl."} if verb in ("reopen", "cancel", "renegotiate", "abandon") else {"by": by}
    )


def letters(kind, partnership):
    return Letter.objects.filter(kind=kind, subject_key=partnership.subject)


def measure(name, pk=None, goal=None):
    return {"id": pk, "name": name, "unit": "st", "goal": goal}


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
ASKS_FOR_MORE = {"sign", "conclude", "evaluate", "start", "end", "submit", "decide", "reopen", "propose"}


@pytest.mark.parametrize("state", State.values)
def test_every_verb_in_every_state(state, at, by, subtests):
    """A verb in a state that is not one of its sources is refused in words, and writes nothing."""
    partnership = at(state)
    assert partnership.state == state
    for verb, row in TRANSITIONS.items():
        if state not in row.sources and verb not in ("conclude", "evaluate"):
            with subtests.test(verb):
                with heard() as written, pytest.raises(Refused, match="Det går inte att .+ nu: läget är"):
                    getattr(partnership, verb)(**arguments(verb, by))
                assert not written
                assert same(partnership).state == state
        elif state in row.sources and verb not in ASKS_FOR_MORE:
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


# Proposing -------------------------------------------------------------------------------------------------------


def propose(draft, rows=None, **terms):
    terms = make.proposal(**terms)
    rows = [make.row((terms["first_day"] or terms["last_day"]).year)] if rows is None else rows
    draft.propose(by=draft.proposer.actor, facts=terms, contributions=rows)


def test_only_an_organisation_that_has_joined_proposes(at):
    with pytest.raises(Refused, match="Utanför är inte ansluten till Överenskommelsen"):
        make.make_draft(factories.make_organisation("Utanför"))
    draft = at("draft")
    end_accession(draft.proposer.organisation)
    with pytest.raises(Refused, match="är inte ansluten"):
        propose(draft)
    assert same(draft).state == State.DRAFT


def test_an_organisation_on_its_way_out_does_not_propose():
    accession = factories.make_accession("joined")
    people = factories.PEOPLE[:2]
    leaving = content.leaving(accession, content.signing_rule("two_jointly", None, 2), people)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    with pytest.raises(Refused, match="är på väg att lämna Överenskommelsen"):
        make.make_draft(accession.organisation)


def test_the_same_form_twice_gives_one_draft():
    form = {"request_key": uuid4(), "organisation": make_organisation_joined(), "name": "Kim"}
    before = Letter.objects.filter(kind="resume").count()
    first, again, corrected = (
        Partnership.begin(**form, email=email) for email in ("a@exempel.se", "A@exempel.se", "b@exempel.se")
    )
    assert first == again != corrected
    assert Letter.objects.filter(kind="resume").count() == before + 2


def test_a_proposal_that_cannot_be(at, subtests):
    draft, day = at("draft"), date(2030, 1, 1)
    for terms, says in (
        ({"first_day": None, "last_day": day}, "Skriv från och med vilken dag"),
        ({"first_day": day + DAY, "last_day": day}, "Perioden slutar innan den börjar"),
        ({"first_day": day, "last_day": date(2051, 1, 1)}, "högst 20 år"),
        ({"first_day": date(9998, 1, 1), "last_day": date(9999, 1, 1)}, "Kontrollera årtalet"),
        ({"rows": []}, "Skriv vad ni själva bidrar med"),
    ):
        with subtests.test(says), pytest.raises(Refused, match=says):
            propose(draft, **terms)
    assert same(draft).state == State.DRAFT
    assert not RegistryEntry.objects.filter(subject=draft.subject).exists()


def test_a_proposal_is_registered_and_told_to_all_whom_it_concerns(at):
    partnership = at("draft")
    organisation = partnership.proposer.organisation
    organisation.public_email = "info@exempel.se"
    organisation.save()
    propose(partnership)
    entry = partnership.registry_entry
    assert entry.counterpart == organisation.name and partnership.title in entry.matter
    told = dict(Letter.objects.filter(subject_key=partnership.subject).values_list("kind", "to"))
    assert told["proposed"] == partnership.proposer.email
    assert told["proposed_for_you"] == "info@exempel.se"
    assert told["new_proposal"]


def test_addresses_are_never_those_of_our_own_pages():
    slugs = {"Föreslå": "foresla-2", "Passar IOP?": "passar-iop-2", "Café": "cafe", "Café!": "cafe-2"}
    for title, slug in slugs.items():
        draft = make.make_draft()
        propose(draft, title=title)
        assert draft.slug == slug


def test_a_forgotten_draft_is_thrown_away_whole(at):
    draft = at("draft")
    with time_machine.travel(timezone.now() + settings.DRAFT_LIFETIME + DAY, tick=False):
        clock.dispose()
    assert not Partnership.objects.filter(pk=draft.pk).exists()
    assert not Letter.objects.filter(subject_key=draft.subject).exists()
    assert [event.verb for event in Event.objects.filter(subject=draft.subject)] == ["dispose"]


# Parties and terms -----------------------------------------------------------------------------------------------

CONTACT = {"contact_name": "Mona Kommun", "email": "mona@kommun.example"}


def test_the_same_party_is_there_once_and_an_outsider_not_at_all(at, by, subtests):
    partnership = at("dialogue")
    unit, organisation = make.make_unit(), partnership.proposer.organisation
    partnership.add_party(by=by, unit=unit, **CONTACT)
    for who, says in (
        ({"unit": unit}, "är redan part"),
        ({"organisation": organisation}, "är redan part"),
        ({"organisation": factories.make_organisation("Utanför")}, "är inte ansluten"),
        ({}, "Välj antingen en organisation eller en förvaltning"),
        ({"unit": unit, "organisation": organisation}, "Välj antingen"),
    ):
        with subtests.test(says), pytest.raises(Refused, match=says):
            partnership.add_party(by=by, **who, **CONTACT)
    with pytest.raises(Refused, match="kan inte tas bort"):
        partnership.remove_party(partnership.proposer, by=by)
    partnership.remove_party(partnership.parties.municipal().get(), by=by)
    assert partnership.parties.count() == 1


def test_a_party_writes_for_itself_and_never_over_a_colleague(at):
    partnership = at("dialogue")
    party, year = partnership.proposer, partnership.first_day.year
    party.contribute(by=party.actor, base=0, rows=[make.row(year, "premises", None, None, "Vår lokal på torsdagar")])
    with pytest.raises(Refused, match="Någon annan hos er har ändrat"):
        party.contribute(by=party.actor, base=0, rows=[])
    with pytest.raises(Refused, match="ligger utanför perioden"):
        party.contribute(by=party.actor, base=1, rows=[make.row(year - 1)])
    assert [str(c) for c in party.contributions.all()] == [f"{year}, lokaler: Vår lokal på torsdagar"]


def test_terms_are_closed_in_every_other_state(at, by, subtests):
    unit = make.make_unit()
    for state in set(State.values) - set(TERMS_OPEN):
        partnership = at(state)
        party = partnership.proposer
        mine = {"by": party.actor, "base": party.revision}
        for write, arguments in (
            (party.contribute, mine | {"rows": []}),
            (party.answer, mine | {"answers": {}}),
            (party.name_signatories, mine | {"people": []}),
            (partnership.add_party, {"by": by, "unit": unit, **CONTACT}),
        ):
            with subtests.test(f"{state} {write.__name__}"):
                with heard() as written, pytest.raises(Refused, match="Det går inte att ändra nu"):
                    write(**arguments)
                assert not written


def test_the_database_refuses_absurd_contributions(at, subtests):
    party = at("draft").proposer
    for row in (
        {"kind": "money", "amount": 0},
        {"kind": "money", "amount": None},
        {"kind": "money", "amount": 1_000_000_001},
        {"kind": "staff", "hours": None, "amount": 5},
        {"kind": "staff", "hours": 0},
        {"kind": "other"},
        {"kind": "gold", "amount": 1},
    ):
        with subtests.test(str(row)), pytest.raises(IntegrityError), transaction.atomic():
            Contribution.objects.create(party=party, year=2027, **row)


def test_two_measures_change_names_with_each_other(at, by):
    partnership = at("dialogue")
    partnership.change_indicators(by=by, rows=[measure("Träffar"), measure("Deltagare")])
    first, second = partnership.indicators.all()
    partnership.change_indicators(by=by, rows=[measure("Deltagare", first.pk), measure("Träffar", second.pk)])
    rows = [(row.pk, row.name) for row in partnership.indicators.all()]
    assert rows == [(first.pk, "Deltagare"), (second.pk, "Träffar")]


# Deciding --------------------------------------------------------------------------------------------------------


def spoil(partnership, what):
    parties = {party.side: party for party in partnership.parties.all()}
    organisation, unit = parties["civil"], parties["municipality"]
    row = Partnership.objects.filter(pk=partnership.pk)
    match what:
        case "no unit":
            unit.delete()
        case "nothing from the municipality":
            unit.contributions.all().delete()
        case "nothing from the organisation":
            organisation.contributions.all().delete()
        case "not answered":
            unit.answers.first().delete()
        case "hard not met":
            CriterionAnswer.objects.filter(party=organisation, criterion=facts.HARD[0]).update(met="partly")
        case "too short":
            row.update(last_day=partnership.first_day + timedelta(days=365))
            unit.contributions.filter(year__gt=partnership.first_day.year + 1).delete()
        case "outside":
            unit.contributions.create(year=partnership.last_day.year + 1, kind="money", amount=1)
        case "no signatory":
            unit.signatories.all().delete()
        case "same address":
            unit.signatories.update(email=organisation.signatories.get().email)
        case "left":
            end_accession(organisation.organisation)
        case "no purpose":
            row.update(purpose=" ")
        case "no assessment":
            row.update(procurement_note="")


GUARDS = {
    "no unit": "Det finns ingen part från kommunen",
    "nothing from the municipality": "Det finns ingen insats från kommunen",
    "nothing from the organisation": "Det finns ingen insats från civilsamhället",
    "not answered": "har inte svarat på alla kriterier",
    "hard not met": "som måste vara uppfyllt",
    "too short": "Perioden är kortare än tre år. Skriv varför",
    "outside": "ett år utanför perioden",
    "no signatory": "behöver 1 undertecknare, och har 0",
    "same address": "har samma e-postadress",
    "left": "är inte ansluten",
    "no purpose": "Skriv syftet",
    "no assessment": "Skriv bedömningen av upphandling och statsstöd",
}


@pytest.mark.parametrize("verb", ["submit", "decide"])
def test_nothing_is_decided_before_all_of_it_is_there(verb, at, by, subtests):
    state = "drafting" if verb == "submit" else "decision"
    if verb == "submit":
        make.complete(at(state), by=by)
    for what, says in GUARDS.items():
        with subtests.test(what), undone():
            partnership = at(state)
            spoil(partnership, what)
            with subtests.test(says), pytest.raises(Refused, match=says):
                getattr(partnership, verb)(**arguments(verb, by))
            assert not Agreement.objects.filter(partnership=partnership).exists(), what


def test_a_short_period_with_a_reason_and_a_soft_criterion_unmet_pass(at, by):
    partnership = at("decision")
    spoil(partnership, "too short")
    Partnership.objects.filter(pk=partnership.pk).update(short_reason="Lokalen rivs efter ett år.")
    soft = [criterion.key for criterion in facts.CRITERIA if not criterion.hard]
    CriterionAnswer.objects.filter(criterion__in=soft).update(met="no")
    make.decide(partnership, by=by)
    assert partnership.open_agreement


def test_three_years_to_the_day_is_not_short():
    assert not rules.is_short(date(2027, 1, 1), date(2029, 12, 31))
    assert rules.is_short(date(2027, 1, 1), date(2029, 12, 30))
    assert not rules.is_short(date(2028, 2, 29), date(2031, 2, 28))


def test_membership_is_asked_for_where_the_municipality_says_so(settings, at):
    partnership = at("decision")
    for policy, refused in (("OFF", False), ("WARN", False), ("REQUIRE", True)):
        settings.IOP_REQUIRES_MEMBERSHIP = policy
        told = any("är inte medlem i Plattformen" in problem for problem in rules.problems(partnership))
        assert told == refused, policy
    make_member(partnership.proposer.organisation)
    for policy in ("OFF", "WARN", "REQUIRE"):
        settings.IOP_REQUIRES_MEMBERSHIP = policy
        assert not rules.problems(same(partnership)), policy


def test_a_decision_is_on_a_day_that_can_be_and_after_a_review(at, by, subtests):
    partnership = at("decision")
    yes, no = arguments("decide", by), arguments("decline", by)
    came_in, tomorrow = timezone.localdate(partnership.proposed_at), timezone.localdate() + DAY
    for verb, facts_, says in (
        (partnership.decide, yes | {"decided_on": tomorrow}, "kan inte ligga framåt i tiden"),
        (partnership.decline, no | {"decided_on": tomorrow}, "framåt i tiden"),
        (partnership.decide, yes | {"privacy_reviewed": False}, "inga personuppgifter"),
        (partnership.decline, no | {"motivation": " "}, "Skriv skälen"),
        *(
            (verb, facts_ | {"decided_on": day}, "kan inte ligga före den")
            for verb, facts_ in ((partnership.decide, yes), (partnership.decline, no))
            for day in (date(1, 1, 1), came_in - DAY)
        ),
    ):
        with subtests.test(says), pytest.raises(Refused, match=says):
            verb(**facts_)


def test_whoever_has_an_interest_in_it_does_not_handle_it(officer, at, by):
    partnership = at("proposed")
    party = partnership.proposer
    party.email = officer.email
    party.save()
    with pytest.raises(Refused, match="Du är kontaktperson i ärendet. Låt en kollega göra det"):
        partnership.open_dialogue(by=by)


def test_a_no_reaches_every_party_by_its_own_name(at, by):
    partnership = at("dialogue")
    partnership.add_party(by=by, unit=make.make_unit(), **CONTACT)
    partnership.decline(**arguments("decline", by) | {"motivation": "Nej.", "letter": "Hej!"})
    told = dict(letters("declined", partnership).values_list("to", "body"))
    assert told[partnership.proposer.email] == "Hej!"
    assert "Hej Mona Kommun!" in told["mona@kommun.example"] and "Nej." in told["mona@kommun.example"]


# Signing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def out(at, by):
    """A partnership whose agreement is out to be signed."""
    partnership = at("decision")
    make.decide(partnership, by=by)
    return partnership


def test_what_is_signed_is_frozen_and_an_edit_voids_it(out, by):
    agreement = out.open_agreement
    first, last = agreement.signatures.all()
    sign(first)
    with pytest.raises(Refused, match="redan ute för underskrift"):
        make.decide(out, by=by)
    out.reopen(by=by, reason="Ett belopp var fel.")
    assert out.state == State.DRAFTING
    assert same(agreement).outcome == "voided"
    assert letters("signing_voided", out).filter(to=first.email).exists()
    with pytest.raises(Refused, match="omgången är stängd"):
        sign(last, "två")
    out.submit(by=by)
    make.decide(out, by=by)
    make.sign_all(out)
    assert out.agreement.version == 1  # nothing was signed before it


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


def test_all_write_all_approve_and_then_it_is_frozen(at, by):
    partnership = at("follow_up")
    follow_up, (ours, theirs) = partnership.open_follow_up, partnership.parties.all()
    indicator = partnership.indicators.first()
    write(follow_up, ours, "Bra.", values={indicator.pk: (Decimal("41.5"), "")})
    with pytest.raises(Refused, match=f"Det saknas text från {theirs.name}"):
        approve(follow_up, ours)
    write(follow_up, theirs, "Vi håller med.")
    approve(follow_up, ours)
    with pytest.raises(Refused, match="Ni har redan godkänt"):
        approve(follow_up, ours)
    seen = follow_up.revision
    write(follow_up, theirs, "Vi håller nästan med.", base=1)
    with pytest.raises(Refused, match="har ändrats sedan du öppnade sidan"):
        follow_up.approve(theirs, by=theirs.actor, base=seen)
    assert not follow_up.texts.filter(approved_at__isnull=False).exists()
    for party in (ours, theirs):
        approve(follow_up, party)
    partnership.refresh_from_db()
    follow_up.refresh_from_db()
    assert partnership.state == State.ACTIVE and follow_up.registry_entry.direction == "drawn_up"
    assert follow_up.content["indicators"][0]["value"] == "41.50"
    with pytest.raises(Refused, match="Uppföljningen är avslutad"):
        write(follow_up, ours, "Nej.", base=1)
    with pytest.raises(Refused, match="inga personuppgifter"):
        follow_up.publish(by=by, privacy_reviewed=False)
    follow_up.publish(by=by, privacy_reviewed=True)
    assert partnership.follow_ups.published().get() == follow_up
    follow_up.unpublish(by=by, reason="Ett namn stod kvar.")
    assert not partnership.follow_ups.published().exists()
    with pytest.raises(Refused, match="har redan mätts"):
        partnership.change_indicators(by=by, rows=[])


def test_nobody_has_approved_measures_that_were_changed_afterwards(at, by):
    partnership = at("follow_up")
    follow_up, (ours, theirs) = partnership.open_follow_up, partnership.parties.all()
    for party in (ours, theirs):
        write(follow_up, party)
    approve(follow_up, ours)
    read = follow_up.revision
    rows = [measure(one.name, one.pk, Decimal(5)) for one in partnership.indicators.all()]
    partnership.change_indicators(by=by, rows=rows)
    follow_up.refresh_from_db()
    assert not follow_up.texts.filter(approved_at__isnull=False).exists()
    with pytest.raises(Refused, match="har ändrats sedan du öppnade sidan"):
        follow_up.approve(theirs, by=theirs.actor, base=read)


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


# Ending ----------------------------------------------------------------------------------------------------------


def test_what_is_open_is_closed_when_the_partnership_ends(at, by):
    partnership = at("follow_up")
    partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    assert partnership.follow_ups.get().closed_at and not partnership.open_follow_up


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
        partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    assert same(agreement).outcome == Outcome.CANCELLED
    assert letters("signing_voided", partnership).get().to == signature.email
    page = text(Client().get(signing_url(signature)))
    assert "Avtalet har stoppats efter att du skrev under" in page


def test_a_termination_lies_within_the_period(at, by, subtests):
    active, signed = at("active"), at("signed")
    for partnership, on in ((active, active.last_day + DAY), (signed, date(1, 1, 1)), (signed, date(9999, 12, 31))):
        with pytest.raises(Refused, match="inom avtalstiden"):
            partnership.terminate(by=by, on=on, reason="Slut.")
    signed.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    assert signed.ended_on < signed.first_day


def test_a_steering_group_is_formed_once_when_there_is_an_agreement(at, by):
    with pytest.raises(Refused, match="bildas när avtalet är tecknat"):
        at("dialogue").form_steering_group(by=by)
    partnership = at("active")
    body = partnership.form_steering_group(by=by)
    assert (body.kind, body.owner) == (Body.Kind.STEERING_GROUP, Body.Owner.JOINT)
    with pytest.raises(Refused, match="redan en styrgrupp"):
        partnership.form_steering_group(by=by)
