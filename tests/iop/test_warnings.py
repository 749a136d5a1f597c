"""What the officer is told to look at: each warning when it should be there, and silence when not."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Refused
from botkyrka_civil.documents.models import store
from iop import rules
from iop.models import Contribution, Partnership, Party
from iop.warnings import of_aid, of_balance, of_ending, warnings
from organisations.models import MunicipalUnit, Organisation
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as make

CIVIL = Party(organisation=Organisation(name="Föreningen"), organisation_id=1)
UNIT = Party(unit=MunicipalUnit(name="Förvaltningen"))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """What the PDF looks like is shown elsewhere."""
    pdf = {"data": factories.pdf_bytes(), "name": "avtal.pdf", "mime": "application/pdf"}
    monkeypatch.setattr("iop.pdf.signed_agreement", lambda partnership, agreement: store(**pdf))


def row(party: Party, year: int = 2027, **facts: object) -> Contribution:
    return Contribution(party=party, year=year, **{"kind": "money", **facts})


def told(partnership: Partnership) -> str:
    return " ".join(warnings(partnership))


@pytest.fixture
def settled():
    """A case where both sides have put in as much, and all is as it should be."""
    partnership = make.make_partnership("decision")
    Contribution.objects.filter(party__partnership=partnership).delete()
    for party in partnership.parties.all():
        Contribution.objects.create(party=party, year=partnership.first_day.year, kind="money", amount=100_000)
    council_factories.make_member(partnership.proposer.organisation)
    return partnership


@pytest.mark.django_db
def test_nothing_to_look_at(settled):
    assert warnings(settled) == []


# Procurement ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
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


@pytest.mark.django_db
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


# State aid -----------------------------------------------------------------------------------------------------------


def test_aid_is_counted_over_three_years_in_a_row(settings):
    settings.IOP_DE_MINIMIS_KRONOR = 3_000_000
    rows = [row(UNIT, year, amount=1_000_000) for year in (2026, 2027, 2028, 2029)]
    assert not list(of_aid(rows))
    assert not list(of_aid([*rows, row(CIVIL, 2028, amount=9_000_000)])), "what the organisation puts in is no aid"
    [warning] = of_aid([*rows, row(UNIT, 2029, amount=1)])
    assert "3\xa0000\xa0001\xa0kr på tre år (2027–2029)" in warning and "Kontrollera statsstödsreglerna" in warning
    assert not list(of_aid([])) and not list(of_aid([row(UNIT, kind="staff", hours=10_000)]))


def test_the_ceiling_stands_in_the_settings(settings):
    assert settings.IOP_DE_MINIMIS_KRONOR == 3_300_000


# Membership ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_membership_off_warns_of_nothing_and_refuses_nothing(settings):
    partnership = make.make_partnership("drafting")
    make.complete(partnership, by=Actor.of(partnership.assigned_to))
    settings.IOP_REQUIRES_MEMBERSHIP = "OFF"
    assert "Plattformen" not in told(partnership)
    partnership.submit(by=Actor.of(partnership.assigned_to))


@pytest.mark.django_db
def test_membership_warn_warns_and_refuses_nothing(settings):
    partnership = make.make_partnership("drafting")
    make.complete(partnership, by=Actor.of(partnership.assigned_to))
    settings.IOP_REQUIRES_MEMBERSHIP = "WARN"
    assert f"{partnership.proposer.name} är inte medlem i Plattformen." in told(partnership)
    assert rules.problems(partnership) == []
    partnership.submit(by=Actor.of(partnership.assigned_to))


@pytest.mark.django_db
def test_membership_require_refuses(settings):
    partnership = make.make_partnership("drafting")
    make.complete(partnership, by=Actor.of(partnership.assigned_to))
    settings.IOP_REQUIRES_MEMBERSHIP = "REQUIRE"
    assert rules.problems(partnership) == [f"{partnership.proposer.name} är inte medlem i Plattformen."]
    assert "Plattformen" not in told(partnership), "told once"
    with pytest.raises(Refused, match="är inte medlem i Plattformen"):
        partnership.submit(by=Actor.of(partnership.assigned_to))
    council_factories.make_member(partnership.proposer.organisation)
    partnership.submit(by=Actor.of(partnership.assigned_to))


# Time ----------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_it_soon_ends_only_while_it_runs():
    active = make.make_partnership("active")
    assert warnings(active) == []
    Partnership.objects.filter(pk=active.pk).update(last_day=timezone.localdate() + timedelta(days=30))
    active.refresh_from_db()
    assert "Avtalet går ut den" in told(active)
    active.terminate(by=Actor.of(active.assigned_to), on=timezone.localdate(), reason="Slut.")
    assert warnings(active) == []


@pytest.mark.django_db
def test_the_follow_up_is_late():
    partnership = make.make_partnership("active")
    with time_machine.travel(timezone.now() + timedelta(days=265), tick=False):
        assert warnings(partnership) == [], "365 days after the first"
    with time_machine.travel(timezone.now() + timedelta(days=266), tick=False):
        assert "mer än tolv månader" in told(partnership)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "what"), [("follow_up", "Uppföljningen"), ("ended", "Slututvärderingen")])
def test_a_begun_follow_up_is_late(state, what):
    partnership = make.make_partnership(state)
    due = partnership.open_follow_up.due
    assert warnings(partnership) == []
    with time_machine.travel(due + timedelta(days=1, hours=12), tick=False):
        assert f"{what} skulle ha varit klar den" in told(partnership)
    make.finish(partnership)
    with time_machine.travel(due + timedelta(days=1, hours=12), tick=False):
        assert what not in told(partnership)


# Leaving -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_organisation_leaves_after_the_fact():
    partnership = make.make_partnership("active")
    council_factories.end_accession(partnership.proposer.organisation)
    [warning] = warnings(partnership)
    assert warning.startswith(f"{partnership.proposer.name} är inte längre ansluten")


@pytest.mark.django_db
@pytest.mark.parametrize("state", make.STATES)
def test_never_a_verdict(state, settings):
    """Each says what to check, and none that something is against the law."""
    settings.IOP_DE_MINIMIS_KRONOR = 1
    partnership = make.make_partnership(state)
    for warning in warnings(partnership):
        assert warning.endswith(".")
        assert "ontrollera" in warning or "ta ställning" in warning
        assert not any(word in warning for word in ("olaglig", "otillåt", "bryter mot", "förbjud"))
