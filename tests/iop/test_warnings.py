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

CIVIL = Party(organisation=Organisation(name="Föreningen"), organisation_id=1)
UNIT = Party(unit=MunicipalUnit(name="Förvaltningen"))


def row(party: Party, year: int = 2027, **facts: object) -> Contribution:
    return Contribution(party=party, year=year, **{"kind": "money", **facts})


def told(partnership: Partnership) -> str:
    return " ".join(warnings(partnership))


@pytest.fixture(scope="module")
def planted(module_rows):
    """A partnership in each state, and one of which nothing is to be said: both sides have put in as much."""
    officer = make.make_officer()
    rows = {state: make.make_partnership(state, officer=officer) for state in make.STATES}
    make.complete(rows["drafting"], by=Actor.of(officer))
    settled = rows["settled"] = make.make_partnership("decision", officer=officer)
    settled.contributions.delete()
    for party in settled.parties.all():
        Contribution.objects.create(party=party, year=settled.first_day.year, kind="money", amount=100_000)
    council_factories.make_member(settled.proposer.organisation)
    return rows


@pytest.fixture
def case(planted, db):
    return lambda state: same(planted[state])


@pytest.fixture
def settled(case):
    return case("settled")


@pytest.fixture
def drafted(case):
    return case("drafting")


def test_nothing_to_look_at(settled):
    assert warnings(settled) == []


@pytest.mark.parametrize(
    ("criterion", "met", "sentence"),
    [
        ("no_market", "no", "har svarat ”nej” på om verksamheten är fri från marknad"),
        ("no_market", "partly", "Kontrollera om någon annan erbjuder samma sak"),
        ("initiative", "no", "Kontrollera vem som tog initiativet"),
        ("not_grant", "partly", "Kontrollera att samma sak inte betalas två gånger."),
    ],
)
def test_answers_that_ask_for_a_second_look(settled, criterion, met, sentence):
    settled.proposer.answers.filter(criterion=criterion).update(met=met)
    [warning] = warnings(settled)
    assert sentence in warning and settled.proposer.name in warning


def test_other_answers_are_left_to_the_rules(settled):
    settled.proposer.answers.filter(criterion="written_agreement").update(met="no")
    assert warnings(settled) == []
    assert rules.problems(settled)


@pytest.mark.parametrize(
    ("ours", "theirs", "sentence"),
    [
        (100_000, 0, "Alla kronor kommer från kommunen."),
        (81_000, 19_000, "Kommunen står för 81 procent av kronorna."),
        (80_000, 20_000, ""),
        (0, 50_000, ""),
        (0, 0, ""),
    ],
)
def test_who_pays(ours, theirs, sentence):
    rows = [row(UNIT, amount=ours or None), row(CIVIL, amount=theirs or None, hours=10)]
    found = list(of_balance(rows))
    assert len(found) == bool(sentence)
    assert sentence in " ".join(found)


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


def submit(partnership: Partnership) -> None:
    partnership.submit(by=Actor.of(partnership.assigned_to))


@pytest.mark.parametrize(("asked", "warns"), [("OFF", False), ("WARN", True)])
def test_membership_off_or_warn_refuses_nothing(settings, drafted, asked, warns):
    settings.IOP_REQUIRES_MEMBERSHIP = asked
    assert (f"{drafted.proposer.name} är inte medlem i Plattformen." in told(drafted)) == warns
    assert ("Plattformen" in told(drafted)) == warns
    assert rules.problems(drafted) == []
    submit(drafted)


def test_membership_require_refuses(settings, drafted):
    settings.IOP_REQUIRES_MEMBERSHIP = "REQUIRE"
    assert rules.problems(drafted) == [f"{drafted.proposer.name} är inte medlem i Plattformen."]
    assert "Plattformen" not in told(drafted), "told once"
    with pytest.raises(Refused, match="är inte medlem i Plattformen"):
        submit(drafted)
    council_factories.make_member(drafted.proposer.organisation)
    submit(drafted)


def test_shorter_than_three_years(settled):
    settled.last_day = settled.last_day - timedelta(days=1)
    [warning] = warnings(settled)
    assert "kortare än tre år" in warning


def test_it_soon_ends():
    partnership = Partnership(last_day=timezone.localdate() + timedelta(days=183))
    assert len(list(of_ending(partnership, timezone.localdate()))) == 1
    assert not list(of_ending(partnership, timezone.localdate() - timedelta(days=1)))
    assert not list(of_ending(partnership, timezone.localdate() + timedelta(days=184)))
    assert not list(of_ending(Partnership(), timezone.localdate()))


def test_it_soon_ends_only_while_it_runs(case):
    active = case("active")
    assert warnings(active) == []
    Partnership.objects.filter(pk=active.pk).update(last_day=timezone.localdate() + timedelta(days=30))
    active.refresh_from_db()
    assert "Avtalet går ut den" in told(active)
    active.terminate(by=Actor.of(active.assigned_to), on=timezone.localdate(), reason="Slut.")
    assert warnings(active) == []


def test_the_follow_up_is_late(case):
    partnership = case("active")
    with time_machine.travel(timezone.now() + timedelta(days=265), tick=False):
        assert warnings(partnership) == [], "365 days after the first"
    with time_machine.travel(timezone.now() + timedelta(days=266), tick=False):
        assert "mer än tolv månader" in told(partnership)


@pytest.mark.parametrize(("state", "what"), [("follow_up", "Uppföljningen"), ("ended", "Slututvärderingen")])
def test_a_begun_follow_up_is_late(case, state, what):
    partnership = case(state)
    due = partnership.open_follow_up.due
    assert warnings(partnership) == []
    with time_machine.travel(due + timedelta(days=1, hours=12), tick=False):
        assert f"{what} skulle ha varit klar den" in told(partnership)
    make.finish(partnership)
    with time_machine.travel(due + timedelta(days=1, hours=12), tick=False):
        assert what not in told(partnership)


def test_the_organisation_leaves_after_the_fact(case):
    partnership = case("active")
    council_factories.end_accession(partnership.proposer.organisation)
    [warning] = warnings(partnership)
    assert warning.startswith(f"{partnership.proposer.name} är inte längre ansluten")


def test_never_a_verdict(case, settings):
    """Each says what to check, and none that something is against the law."""
    settings.IOP_DE_MINIMIS_KRONOR = 1
    found = [warning for state in make.STATES for warning in warnings(case(state))]
    assert found
    for warning in found:
        assert warning.endswith(".")
        assert "ontrollera" in warning or "ta ställning" in warning
        assert not any(word in warning for word in ("olaglig", "otillåt", "bryter mot", "förbjud"))


@pytest.mark.django_db
def test_who_proposes_from_an_address_that_the_organisation_has_not_given():
    partnership = make.make_partnership("proposed")
    proposer = partnership.parties.get(is_proposer=True)
    (told,) = [sentence for sentence in warnings(partnership) if "inte själv uppgett adressen" in sentence]
    assert proposer.email in told and proposer.name in told
    Organisation.objects.filter(pk=proposer.organisation_id).update(public_email=proposer.email)
    assert not [sentence for sentence in warnings(partnership) if "inte själv uppgett adressen" in sentence]
