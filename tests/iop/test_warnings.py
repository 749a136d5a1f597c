"""What the officer is told to look at: each warning when it should be there, and silence when not."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Refused
from iop import rules
from iop.models import Contribution, Partnership, Party
from iop.warnings import of_aid, of_balance, of_ending, warnings
from organisations.models import MunicipalUnit, Organisation
from tests.factories import council as council_factories
from tests.factories import iop as make
from tests.tools.threads import same

pytestmark = pytest.mark.django_db
CIVIL = Party(organisation=Organisation(name="Föreningen"), organisation_id=1)
UNIT = Party(unit=MunicipalUnit(name="Förvaltningen"))


def row(party: Party, year: int = 2027, **facts: object) -> Contribution:
    return Contribution(party=party, year=year, **{"kind": "money", **facts})


def told(partnership: Partnership) -> str:
    return " ".join(warnings(partnership))


@pytest.fixture(scope="module")
def settled_one(planted):
    """Nothing is to be said of it: both sides have put in as much. The draft of an agreement is complete."""
    officer = planted["drafting"].assigned_to
    make.complete(planted["drafting"], by=Actor.of(officer))
    settled = make.make_partnership("decision", officer=officer)
    settled.contributions.delete()
    for party in settled.parties.all():
        Contribution.objects.create(party=party, year=settled.first_day.year, kind="money", amount=100_000)
    council_factories.make_member(settled.proposer.organisation)
    return settled


@pytest.fixture
def settled(settled_one):
    return same(settled_one)


ANSWERS = [
    ("no_market", "no", "har svarat ”nej” på om verksamheten är fri från marknad"),
    ("no_market", "partly", "Kontrollera om någon annan erbjuder samma sak"),
    ("initiative", "no", "Kontrollera vem som tog initiativet"),
    ("not_grant", "partly", "Kontrollera att samma sak inte betalas två gånger."),
]


def test_answers_that_ask_for_a_second_look_and_those_that_are_left_to_the_rules(settled):
    assert warnings(settled) == []
    answers = settled.proposer.answers
    for criterion, met, sentence in ANSWERS:
        answers.filter(criterion=criterion).update(met=met)
        [warning] = warnings(settled)
        assert sentence in warning and settled.proposer.name in warning
        answers.filter(criterion=criterion).update(met="yes")
    answers.filter(criterion="written_agreement").update(met="no")
    assert warnings(settled) == []
    assert rules.problems(settled)


def test_who_pays():
    for ours, theirs, sentence in (
        (100_000, 0, "Alla kronor kommer från kommunen."),
        (81_000, 19_000, "Kommunen står för 81 procent av kronorna."),
        (80_000, 20_000, ""),
        (0, 50_000, ""),
        (0, 0, ""),
    ):
        found = list(of_balance([row(UNIT, amount=ours or None), row(CIVIL, amount=theirs or None, hours=10)]))
        assert len(found) == bool(sentence) and sentence in " ".join(found), (ours, theirs)


def test_contributions_in_words_alone():
    [warning] = of_balance([row(CIVIL, kind="other"), row(UNIT, kind="staff", hours=100)])
    assert "bara beskrivna i ord" in warning
    assert not list(of_balance([row(CIVIL, kind="other"), row(CIVIL, kind="staff", hours=10)]))
    assert not list(of_balance([row(UNIT, kind="other")])), "what is missing altogether is a problem, not a warning"


def test_aid_is_counted_over_three_years_in_a_row(settings):
    assert settings.IOP_DE_MINIMIS_KRONOR == 3_300_000
    settings.IOP_DE_MINIMIS_KRONOR = 3_000_000
    rows = [row(UNIT, year, amount=1_000_000) for year in (2026, 2027, 2028, 2029)]
    assert not list(of_aid(rows))
    assert not list(of_aid([*rows, row(CIVIL, 2028, amount=9_000_000)])), "what the organisation puts in is no aid"
    [warning] = of_aid([*rows, row(UNIT, 2029, amount=1)])
    assert "3\xa0000\xa0001\xa0kr på tre år (2027–2029)" in warning and "Kontrollera statsstödsreglerna" in warning
    assert not list(of_aid([])) and not list(of_aid([row(UNIT, kind="staff", hours=10_000)]))


def test_membership_is_asked_for_where_the_municipality_says_so(settings, settled, at):
    drafted = at("drafting")
    sentence = f"{drafted.proposer.name} är inte medlem i Plattformen."
    for policy, warns, refuses in (("OFF", False, False), ("WARN", True, False), ("REQUIRE", False, True)):
        settings.IOP_REQUIRES_MEMBERSHIP = policy
        assert (sentence in told(drafted)) == ("Plattformen" in told(drafted)) == warns, policy
        assert rules.problems(drafted) == [sentence] * refuses, policy
    by = Actor.of(drafted.assigned_to)
    with pytest.raises(Refused, match="är inte medlem i Plattformen"):
        drafted.submit(by=by)
    council_factories.make_member(drafted.proposer.organisation)
    drafted.submit(by=by)


def test_shorter_than_three_years(settled):
    settled.last_day = settled.last_day - timedelta(days=1)
    [warning] = warnings(settled)
    assert "kortare än tre år" in warning


def test_it_soon_ends_and_only_while_it_runs(at):
    today = timezone.localdate()
    partnership = Partnership(last_day=today + timedelta(days=183))
    for one, day, warned in (
        (partnership, today, True),
        (partnership, today - timedelta(days=1), False),
        (partnership, today + timedelta(days=184), False),
        (Partnership(), today, False),
    ):
        assert bool(list(of_ending(one, day))) == warned, (one.last_day, day)
    active = at("active")
    assert warnings(active) == []
    Partnership.objects.filter(pk=active.pk).update(last_day=today + timedelta(days=30))
    active.refresh_from_db()
    assert "Avtalet går ut den" in told(active)
    active.terminate(by=Actor.of(active.assigned_to), on=today, reason="Slut.")
    assert warnings(active) == []


def test_the_follow_up_is_late(at):
    partnership = at("active")
    with time_machine.travel(timezone.now() + timedelta(days=265), tick=False):
        assert warnings(partnership) == [], "365 days after the first"
    with time_machine.travel(timezone.now() + timedelta(days=266), tick=False):
        assert "mer än tolv månader" in told(partnership)


def test_a_begun_follow_up_is_late(at):
    for state, what in (("follow_up", "Uppföljningen"), ("ended", "Slututvärderingen")):
        partnership = at(state)
        assert warnings(partnership) == []
        late = partnership.open_follow_up.due + timedelta(days=1, hours=12)
        with time_machine.travel(late, tick=False):
            assert f"{what} skulle ha varit klar den" in told(partnership)
        make.finish(partnership)
        with time_machine.travel(late, tick=False):
            assert what not in told(partnership)


def test_the_organisation_leaves_after_the_fact(at):
    partnership = at("active")
    council_factories.end_accession(partnership.proposer.organisation)
    [warning] = warnings(partnership)
    assert warning.startswith(f"{partnership.proposer.name} är inte längre ansluten")


def test_never_a_verdict(at, settings):
    """Each says what to check, and none that something is against the law."""
    settings.IOP_DE_MINIMIS_KRONOR = 1
    found = [warning for state in make.STATES for warning in warnings(at(state))]
    verdicts = ("olaglig", "otillåt", "bryter mot", "förbjud")
    sound = [one for one in found if one.endswith(".") and ("ontrollera" in one or "ta ställning" in one)]
    assert found == [one for one in sound if not any(word in one for word in verdicts)] != []


def test_who_proposes_from_an_address_that_the_organisation_has_not_given(at):
    partnership, sentence = at("proposed"), "inte själv uppgett adressen"
    proposer = partnership.proposer
    [warning] = [one for one in warnings(partnership) if sentence in one]
    assert proposer.email in warning and proposer.name in warning
    Organisation.objects.filter(pk=proposer.organisation_id).update(public_email=proposer.email)
    assert sentence not in told(same(partnership))
