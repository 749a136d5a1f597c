"""Every state times every verb of a partnership, and what each verb refuses, in words."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from agreement import content
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.pages import clock
from council.models import Body
from iop import facts, rules
from iop.models import Agreement, Contribution, CriterionAnswer, FollowUp, Partnership
from iop.models.states import TRANSITIONS, State
from tests import factories
from tests.factories import iop as make
from tests.factories.council import end_accession, make_member, make_organisation_joined

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch):
    """The agreement's PDF has tests of its own."""
    monkeypatch.setattr(
        "iop.pdf.signed_agreement", lambda partnership, agreement: factories.upload(f"avtal-{agreement.pk}.pdf").store()
    )


@pytest.fixture
def officer():
    return make.make_officer()


def arguments(verb, partnership, by):
    today = timezone.localdate()
    return {
        "propose": {"by": by, "facts": make.proposal(), "contributions": [make.row(today.year)]},
        "decide": {"by": by, "decided_on": today, "decided_where": "Nämnden, § 7", "privacy_reviewed": True},
        "decline": {"by": by, "decided_on": today, "decided_where": "Nämnden, § 7", "motivation": "Nej, för att …"},
        "terminate": {"by": by, "on": today, "reason": "Lokalen försvann."},
    }.get(verb) or (
        {"by": by, "reason": "Ett skäl."} if verb in ("reopen", "cancel", "renegotiate", "abandon") else {"by": by}
    )


# What the states' verbs ask for beyond the state itself is tried by the tests further down.
SYSTEM_ONLY = {"sign", "conclude", "evaluate", "start", "end"}


@pytest.mark.parametrize("state", State.values)
def test_every_verb_in_every_state(state, officer):
    """A verb in a state that is not one of its sources is refused in words, and changes nothing."""
    partnership = make.make_partnership(state, officer=officer)
    assert partnership.state == state
    by = Actor.of(officer)
    for verb, row in TRANSITIONS.items():
        if verb in ("conclude", "evaluate") or state in row.sources:
            continue
        before = (Event.objects.count(), Letter.objects.count())
        with pytest.raises(Refused, match="Det går inte att .+ nu: läget är"):
            getattr(partnership, verb)(**arguments(verb, partnership, by))
        partnership.refresh_from_db()
        assert partnership.state == state and before == (Event.objects.count(), Letter.objects.count())


@pytest.mark.parametrize(
    ("state", "verb", "target"),
    [
        (source, verb, row.targets)
        for verb, row in TRANSITIONS.items()
        for source in sorted(row.sources)
        if verb not in SYSTEM_ONLY | {"submit", "decide", "reopen", "propose"}
    ],
)
def test_every_verb_from_every_source(state, verb, target, officer):
    partnership = make.make_partnership(state, officer=officer)
    getattr(partnership, verb)(**arguments(verb, partnership, Actor.of(officer)))
    partnership.refresh_from_db()
    assert partnership.state in target
    assert Event.objects.of(partnership).last().to_state == partnership.state


def test_from_the_first_idea_to_the_final_evaluation(officer):
    """The whole life, by the verbs and the clock alone."""
    by = Actor.of(officer)
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
    ended = partnership.last_day + timedelta(days=1)
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


def noon(day):
    return timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 12))


# Proposing -------------------------------------------------------------------------------------------------------


def test_only_an_organisation_that_has_joined_proposes():
    outsider = factories.make_organisation("Utanför")
    with pytest.raises(Refused, match="Utanför är inte ansluten till Överenskommelsen"):
        make.make_draft(outsider)
    organisation = make_organisation_joined()
    draft = make.make_draft(organisation)
    end_accession(organisation)
    with pytest.raises(Refused, match="är inte ansluten"):
        draft.propose(by=draft.proposer.actor, facts=make.proposal(), contributions=[make.row(2027)])
    assert draft.state == State.DRAFT or Partnership.objects.get(pk=draft.pk).state == State.DRAFT


def test_an_organisation_on_its_way_out_does_not_propose():
    accession = factories.make_accession("joined")
    people = factories.PEOPLE[:2]
    leaving = content.leaving(accession, content.signing_rule("two_jointly", None, 2), people)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    with pytest.raises(Refused, match="är på väg att lämna Överenskommelsen"):
        make.make_draft(accession.organisation)


def test_the_same_form_twice_gives_one_draft():
    organisation, key = make_organisation_joined(), uuid4()
    facts_ = {"request_key": key, "organisation": organisation, "name": "Kim"}
    first, again, corrected = (
        Partnership.begin(**facts_, email=e) for e in ("a@exempel.se", "A@exempel.se", "b@exempel.se")
    )
    assert first == again != corrected
    assert Letter.objects.filter(kind="resume").count() == 2


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (None, date(2030, 1, 1), "Skriv från och med vilken dag"),
        (date(2030, 1, 2), date(2030, 1, 1), "Perioden slutar innan den börjar"),
        (date(2030, 1, 1), date(2051, 1, 1), "högst 20 år"),
        (date(9998, 1, 1), date(9999, 1, 1), "Kontrollera årtalet"),
    ],
)
def test_a_period_that_cannot_be(first, last, says):
    draft = make.make_draft()
    terms = make.proposal(first_day=first, last_day=last)
    with pytest.raises(Refused, match=says):
        draft.propose(by=draft.proposer.actor, facts=terms, contributions=[make.row(2030)])
    draft.refresh_from_db()
    assert draft.state == State.DRAFT and not RegistryEntry.objects.exists()


def test_the_proposer_puts_something_in():
    draft = make.make_draft()
    with pytest.raises(Refused, match="Skriv vad ni själva bidrar med"):
        draft.propose(by=draft.proposer.actor, facts=make.proposal(), contributions=[])


def test_a_proposal_is_registered_and_told_to_all_whom_it_concerns(officer):
    organisation = make_organisation_joined()
    organisation.public_email = "info@exempel.se"
    organisation.save()
    partnership = make.make_partnership("proposed", organisation=organisation)
    entry = partnership.registry_entry
    assert entry.counterpart == organisation.name and partnership.title in entry.matter
    told = dict(Letter.objects.exclude(kind="resume").values_list("kind", "to"))
    assert told["proposed"] == partnership.proposer.email
    assert told["proposed_for_you"] == "info@exempel.se"
    assert told["new_proposal"]


def test_addresses_are_never_those_of_our_own_pages():
    for title, slug in (
        ("Föreslå", "foresla-2"),
        ("Passar IOP?", "passar-iop-2"),
        ("Café", "cafe"),
        ("Café!", "cafe-2"),
    ):
        draft = make.make_draft()
        terms = make.proposal(title=title)
        draft.propose(by=draft.proposer.actor, facts=terms, contributions=[make.row(terms["first_day"].year)])
        assert draft.slug == slug


def test_a_forgotten_draft_is_thrown_away_whole():
    draft = make.make_draft()
    with time_machine.travel(timezone.now() + settings.DRAFT_LIFETIME + timedelta(days=1), tick=False):
        clock.dispose()
    assert not Partnership.objects.exists() and not Letter.objects.filter(subject_key=draft.subject).exists()
    assert [event.verb for event in Event.objects.filter(subject=draft.subject)] == ["dispose"]


# Parties and terms -----------------------------------------------------------------------------------------------


def test_the_same_party_is_there_once_and_an_outsider_not_at_all(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("dialogue", officer=officer)
    unit, same = make.make_unit(), partnership.proposer.organisation
    contact = {"contact_name": "Mona", "email": "mona@kommun.example"}
    partnership.add_party(by=by, unit=unit, **contact)
    for who, says in (
        ({"unit": unit}, "är redan part"),
        ({"organisation": same}, "är redan part"),
        ({"organisation": factories.make_organisation("Utanför")}, "är inte ansluten"),
        ({}, "Välj antingen en organisation eller en förvaltning"),
        ({"unit": unit, "organisation": same}, "Välj antingen"),
    ):
        with pytest.raises(Refused, match=says):
            partnership.add_party(by=by, **who, **contact)
    with pytest.raises(Refused, match="kan inte tas bort"):
        partnership.remove_party(partnership.proposer, by=by)
    partnership.remove_party(partnership.parties.municipal().get(), by=by)
    assert partnership.parties.count() == 1


def test_two_who_edit_the_terms_do_not_overwrite_each_other(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("drafting", officer=officer)
    terms = {field: getattr(partnership, field) for field in rules.TERM_FIELDS}
    partnership.change_terms(by=by, base=0, facts=terms | {"purpose": "Ett."}, principles=[])
    with pytest.raises(Refused, match="En kollega har ändrat villkoren"):
        partnership.change_terms(by=by, base=0, facts=terms | {"purpose": "Två."}, principles=[])
    partnership.refresh_from_db()
    assert partnership.purpose == "Ett."


def test_a_party_writes_for_itself_and_never_over_a_colleague(officer):
    partnership = make.make_partnership("dialogue", officer=officer)
    party = partnership.proposer
    year = partnership.first_day.year
    party.contribute(by=party.actor, base=0, rows=[make.row(year, "premises", None, None, "Vår lokal på torsdagar")])
    with pytest.raises(Refused, match="Någon annan hos er har ändrat"):
        party.contribute(by=party.actor, base=0, rows=[])
    with pytest.raises(Refused, match="ligger utanför perioden"):
        party.contribute(by=party.actor, base=1, rows=[make.row(year - 1)])
    assert [str(c) for c in party.contributions.all()] == [f"{year}, lokaler: Vår lokal på torsdagar"]


@pytest.mark.parametrize("state", sorted(set(State.values) - {"dialogue", "drafting", "renegotiation"}))
def test_terms_are_closed_in_every_other_state(state, officer):
    partnership = make.make_partnership(state, officer=officer)
    party = partnership.proposer
    for write in (
        lambda: party.contribute(by=party.actor, base=party.revision, rows=[]),
        lambda: party.answer(by=party.actor, base=party.revision, answers={}),
        lambda: party.name_signatories(by=party.actor, base=party.revision, people=[]),
        lambda: partnership.add_party(
            by=Actor.of(officer), unit=make.make_unit(), contact_name="M", email="m@k.example"
        ),
    ):
        with pytest.raises(Refused, match="Det går inte att ändra nu"):
            write()


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "money", "amount": 0},
        {"kind": "money", "amount": None},
        {"kind": "money", "amount": 1_000_000_001},
        {"kind": "staff", "hours": None, "amount": 5},
        {"kind": "staff", "hours": 0},
        {"kind": "other"},
        {"kind": "gold", "amount": 1},
    ],
)
def test_the_database_refuses_absurd_contributions(row):
    party = make.make_draft().proposer
    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.create(party=party, year=2027, **row)


# Deciding --------------------------------------------------------------------------------------------------------


def spoil(partnership, what):
    parties = {party.side: party for party in partnership.parties.all()}
    organisation, unit = parties["civil"], parties["municipality"]
    hard = facts.HARD[0]
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
            CriterionAnswer.objects.filter(party=organisation, criterion=hard).update(met="partly")
        case "too short":
            Partnership.objects.filter(pk=partnership.pk).update(last_day=partnership.first_day + timedelta(days=365))
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
            Partnership.objects.filter(pk=partnership.pk).update(purpose=" ")
        case "no assessment":
            Partnership.objects.filter(pk=partnership.pk).update(procurement_note="")


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


@pytest.mark.parametrize(("what", "says"), GUARDS.items())
@pytest.mark.parametrize("verb", ["submit", "decide"])
def test_nothing_is_decided_before_all_of_it_is_there(verb, what, says, officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("drafting" if verb == "submit" else "decision", officer=officer)
    if verb == "submit":
        make.complete(partnership, by=by)
    spoil(partnership, what)
    with pytest.raises(Refused, match=says):
        getattr(partnership, verb)(**arguments(verb, partnership, by))
    assert not Agreement.objects.exists()


def test_a_short_period_with_a_reason_and_a_soft_criterion_unmet_pass(officer):
    partnership = make.make_partnership("decision", officer=officer)
    spoil(partnership, "too short")
    Partnership.objects.filter(pk=partnership.pk).update(short_reason="Lokalen rivs efter ett år.")
    soft = [criterion.key for criterion in facts.CRITERIA if not criterion.hard]
    CriterionAnswer.objects.filter(criterion__in=soft).update(met="no")
    make.decide(partnership, by=Actor.of(officer))
    assert partnership.open_agreement


def test_three_years_to_the_day_is_not_short():
    assert not rules.is_short(date(2027, 1, 1), date(2029, 12, 31))
    assert rules.is_short(date(2027, 1, 1), date(2029, 12, 30))
    assert not rules.is_short(date(2028, 2, 29), date(2031, 2, 28))


@pytest.mark.parametrize(("policy", "refused"), [("OFF", False), ("WARN", False), ("REQUIRE", True)])
def test_membership_is_asked_for_where_the_municipality_says_so(policy, refused, settings, officer):
    partnership = make.make_partnership("decision", officer=officer)
    settings.IOP_REQUIRES_MEMBERSHIP = policy
    told = any("är inte medlem i Plattformen" in problem for problem in rules.problems(partnership))
    assert told == refused
    make_member(partnership.proposer.organisation)
    assert not rules.problems(partnership)


def test_a_decision_is_never_in_the_future_nor_without_a_review(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("decision", officer=officer)
    facts_ = arguments("decide", partnership, by)
    with pytest.raises(Refused, match="kan inte ligga framåt"):
        partnership.decide(**facts_ | {"decided_on": timezone.localdate() + timedelta(days=1)})
    with pytest.raises(Refused, match="inga personuppgifter"):
        partnership.decide(**facts_ | {"privacy_reviewed": False})
    with pytest.raises(Refused, match="Skriv skälen"):
        partnership.decline(by=by, decided_on=timezone.localdate(), decided_where="Nämnden", motivation=" ")


def test_whoever_has_an_interest_in_it_does_not_handle_it(officer):
    partnership = make.make_partnership("proposed")
    party = partnership.proposer
    party.email = officer.email
    party.save()
    with pytest.raises(Refused, match="Du är kontaktperson i ärendet. Låt en kollega göra det"):
        partnership.open_dialogue(by=Actor.of(officer))


# Signing ---------------------------------------------------------------------------------------------------------


def test_what_is_signed_is_frozen_and_an_edit_voids_it(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("decision", officer=officer)
    make.decide(partnership, by=by)
    agreement = partnership.open_agreement
    first = agreement.signatures.first()
    first.sign(typed_name=first.name, session=uuid4().hex, address="127.0.0.1")
    with pytest.raises(Refused, match="redan ute för underskrift"):
        make.decide(partnership, by=by)
    partnership.reopen(by=by, reason="Ett belopp var fel.")
    assert partnership.state == State.DRAFTING
    agreement.refresh_from_db()
    assert agreement.outcome == "voided"
    assert Letter.objects.filter(kind="signing_voided", to=first.email).exists()
    last = agreement.signatures.last()
    with pytest.raises(Refused, match="omgången är stängd"):
        last.sign(typed_name=last.name, session=uuid4().hex, address="127.0.0.1")
    partnership.submit(by=by)
    make.decide(partnership, by=by)
    make.sign_all(partnership)
    assert partnership.agreement.version == 1  # nothing was signed before it


def test_a_round_that_runs_out_is_told_to_the_officer(officer):
    partnership = make.make_partnership("decision", officer=officer)
    make.decide(partnership, by=Actor.of(officer))
    with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + timedelta(days=2), tick=False):
        clock.move_partnerships()
    assert not partnership.open_agreement
    assert Letter.objects.filter(kind="signing_expired", to=officer.email).count() == 1
    make.decide(partnership, by=Actor.of(officer))
    assert partnership.open_agreement


def test_one_session_and_one_name_for_each_signatory(officer):
    partnership = make.make_partnership("decision", officer=officer)
    make.decide(partnership, by=Actor.of(officer))
    first, second = partnership.open_agreement.signatures.all()
    with pytest.raises(Refused, match="Skriv ditt namn så som det står i avtalet"):
        first.sign(typed_name="Fel Namn", session="a", address="")
    first.sign(typed_name=first.name, session="a", address="")
    with pytest.raises(Refused, match="I den här webbläsaren"):
        second.sign(typed_name=second.name, session="a", address="")
    second.decline(reason="Jag är inte firmatecknare längre.")
    assert Letter.objects.filter(kind="signature_declined", to=officer.email).exists()


# Renegotiation ---------------------------------------------------------------------------------------------------


def test_a_renegotiation_leads_to_a_new_version_or_back_to_the_old(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("renegotiation", officer=officer)
    old = partnership.agreed
    terms = {field: getattr(partnership, field) for field in rules.TERM_FIELDS}
    partnership.change_terms(by=by, base=partnership.revision, facts=terms | {"purpose": "Ännu fler."}, principles=[])
    party = partnership.proposer
    party.contribute(by=party.actor, base=party.revision, rows=[make.row(partnership.first_day.year, amount=7)])
    assert partnership.agreed == old
    partnership.abandon(by=by, reason="Vi kom inte överens.")
    partnership.refresh_from_db()
    assert partnership.state == State.ACTIVE and partnership.purpose == old["purpose"]
    content = partnership.content(1)
    assert [c["amount"] for c in content["contributions"]] == [c["amount"] for c in old["contributions"]]
    partnership.renegotiate(by=by, reason="Vi försöker igen.")
    partnership.change_terms(by=by, base=partnership.revision, facts=terms | {"purpose": "Ännu fler."}, principles=[])
    make.decide(partnership, by=by)
    assert partnership.state == State.RENEGOTIATION
    make.sign_all(partnership)
    assert partnership.state == State.ACTIVE
    assert partnership.agreement.version == 2 and partnership.agreed["purpose"] == "Ännu fler."


def test_what_has_not_been_followed_up_is_not_renegotiated(officer):
    partnership = make.make_partnership("active", officer=officer)
    with (
        time_machine.travel(timezone.now() + timedelta(days=400), tick=False),
        pytest.raises(Refused, match="Följ upp först"),
    ):
        partnership.renegotiate(by=Actor.of(officer), reason="Fler vill vara med.")


# Following up ----------------------------------------------------------------------------------------------------


def test_all_write_all_approve_and_then_it_is_frozen(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("follow_up", officer=officer)
    partnership.change_indicators(by=by, rows=[{"name": "Deltagare", "unit": "personer", "goal": Decimal(50)}])
    follow_up, (ours, theirs) = partnership.open_follow_up, partnership.parties.all()
    indicator = partnership.indicators.get()
    follow_up.write(ours, by=ours.actor, text="Bra.", base=0, values={indicator.pk: (Decimal("41.5"), "")})
    with pytest.raises(Refused, match=f"Det saknas text från {theirs.name}"):
        follow_up.approve(ours, by=ours.actor, base=follow_up.revision)
    follow_up.write(theirs, by=theirs.actor, text="Vi håller med.", base=0, values={})
    follow_up.approve(ours, by=ours.actor, base=follow_up.revision)
    with pytest.raises(Refused, match="Ni har redan godkänt"):
        follow_up.approve(ours, by=ours.actor, base=follow_up.revision)
    seen = follow_up.revision
    follow_up.write(theirs, by=theirs.actor, text="Vi håller nästan med.", base=1, values={})
    with pytest.raises(Refused, match="har ändrats sedan du öppnade sidan"):
        follow_up.approve(theirs, by=theirs.actor, base=seen)
    assert not follow_up.texts.filter(approved_at__isnull=False).exists()
    for party in (ours, theirs):
        follow_up.approve(party, by=party.actor, base=follow_up.revision)
    partnership.refresh_from_db()
    follow_up.refresh_from_db()
    assert partnership.state == State.ACTIVE and follow_up.registry_entry.direction == "drawn_up"
    assert follow_up.content["indicators"][0]["value"] == "41.50"
    with pytest.raises(Refused, match="Uppföljningen är avslutad"):
        follow_up.write(ours, by=ours.actor, text="Nej.", base=1, values={})
    with pytest.raises(Refused, match="inga personuppgifter"):
        follow_up.publish(by=by, privacy_reviewed=False)
    follow_up.publish(by=by, privacy_reviewed=True)
    assert partnership.follow_ups.published().get() == follow_up
    follow_up.unpublish(by=by, reason="Ett namn stod kvar.")
    assert not partnership.follow_ups.published().exists()
    with pytest.raises(Refused, match="har redan mätts"):
        partnership.change_indicators(by=by, rows=[])


def test_two_who_write_for_the_same_party_and_one_who_is_not_of_it(officer):
    partnership = make.make_partnership("follow_up", officer=officer)
    follow_up, ours = partnership.open_follow_up, partnership.proposer
    follow_up.write(ours, by=ours.actor, text="Ett.", base=0, values={})
    with pytest.raises(Refused, match="Någon annan hos er har skrivit här"):
        follow_up.write(ours, by=ours.actor, text="Två.", base=0, values={})
    assert follow_up.texts.get().text == "Ett."
    stranger = make.make_partnership("active").proposer
    with pytest.raises(Refused, match="Bara partnerskapets egna parter"):
        follow_up.write(stranger, by=stranger.actor, text="Hej.", base=0, values={})


def test_a_follow_up_that_took_too_long_is_followed_by_another(officer):
    partnership = make.make_partnership("follow_up", officer=officer)
    late = timezone.now() + settings.IOP_FOLLOW_UP_PERIOD + timedelta(days=5)
    with time_machine.travel(late, tick=False):
        assert partnership.follow_up_is_late
        assert list(Partnership.objects.follow_up_late(timezone.localdate())) == [partnership]
        first = make.finish(partnership)
        assert partnership.state == State.FOLLOW_UP
        assert partnership.open_follow_up.first_day == first.last_day + timedelta(days=1)
        make.finish(partnership)
        assert partnership.state == State.ACTIVE and not partnership.follow_up_is_late


def test_reminders_go_once_to_those_who_have_not_approved(officer):
    make.make_partnership("follow_up", officer=officer)
    with time_machine.travel(timezone.now() + settings.IOP_FOLLOW_UP_NOTICE - timedelta(days=3), tick=False):
        clock.remind_partners()
        clock.remind_partners()
    assert Letter.objects.filter(kind="follow_up_reminder").count() == 2


def test_what_is_open_is_closed_when_the_partnership_ends(officer):
    by = Actor.of(officer)
    partnership = make.make_partnership("follow_up", officer=officer)
    partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    assert partnership.follow_ups.get().closed_at and not partnership.open_follow_up
    other = make.make_partnership("renegotiation", officer=officer)
    make.decide(other, by=by)
    with time_machine.travel(noon(other.last_day + timedelta(days=1)), tick=False):
        clock.move_partnerships()
    other.refresh_from_db()
    assert other.state == State.ENDED and not other.open_agreement
    assert other.open_follow_up.kind == FollowUp.Kind.FINAL


def test_a_termination_lies_within_the_period(officer):
    partnership = make.make_partnership("active", officer=officer)
    with pytest.raises(Refused, match="inom avtalstiden"):
        partnership.terminate(by=Actor.of(officer), on=partnership.last_day + timedelta(days=1), reason="Slut.")


def test_a_steering_group_is_formed_once_when_there_is_an_agreement(officer):
    by = Actor.of(officer)
    with pytest.raises(Refused, match="bildas när avtalet är tecknat"):
        make.make_partnership("dialogue", officer=officer).form_steering_group(by=by)
    partnership = make.make_partnership("active", officer=officer)
    body = partnership.form_steering_group(by=by)
    assert (body.kind, body.owner) == (Body.Kind.STEERING_GROUP, Body.Owner.JOINT)
    with pytest.raises(Refused, match="redan en styrgrupp"):
        partnership.form_steering_group(by=by)
