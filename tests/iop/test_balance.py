"""What the parties put in: the parts are the whole, the order does not matter, nothing is lost, nothing is made up."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iop import balance
from iop.balance import NOTHING, Balance, Sum, shares, sum_of
from iop.models.contributions import MOST_HOURS, MOST_KRONOR, Contribution
from iop.models.states import Side
from iop.rules import standard_terms
from iop.templatetags import terms
from tests.factories import iop as make

NAMES = ["Föreningen", "Förvaltningen", "Åsa IF"]
LABELS = dict(Contribution.Kind.choices)
AMOUNTS, HOURS = st.integers(1, MOST_KRONOR), st.integers(1, MOST_HOURS)


def kind_of_row(kind):
    facts = {
        "party": st.sampled_from(NAMES),
        "side": st.sampled_from(Side.values),
        "year": st.integers(2020, 2040),
        "kind": st.just(kind),
        "kind_label": st.just(LABELS[kind]),
        "amount": AMOUNTS if kind == "money" else st.none() | AMOUNTS,
        "hours": HOURS if kind == "staff" else st.none() | HOURS,
        "note": st.sampled_from(["", "Två kvällar i veckan"]),
    }
    return st.fixed_dictionaries(facts)


many = st.lists(st.one_of(map(kind_of_row, balance.KINDS)), max_size=12)


def row(side="civil", kind="money", amount=None, hours=None, **more):
    return {
        "party": "Verdandi" if side == "civil" else "Kulturförvaltningen",
        "side": side,
        "year": 2026,
        "kind": kind,
        "kind_label": LABELS[kind],
        "amount": amount,
        "hours": hours,
        "note": "",
    } | more


def said(text):
    return text.replace("\xa0", " ")


@settings(max_examples=60)
@given(many)
def test_the_parts_are_the_whole_and_no_row_is_lost_or_made_up(given_rows):
    found, total = Balance(given_rows), sum_of(given_rows)
    assert found.total == total
    by_side, by_party = [part.sum for part in found.sides], [part.sum for part in found.parties]
    for parts in (found.years.values(), found.kinds.values(), by_side, by_party):
        assert sum(parts, NOTHING) == total
    for side in found.sides:
        theirs = [party.sum for party in found.parties if party.side == side.side]
        assert sum(theirs, NOTHING) == side.sum
    for parts in (found.sides, found.parties):
        assert sorted(repr(row) for part in parts for row in part.rows) == sorted(map(repr, given_rows))
    # what has no number adds nothing, and is counted as told in words
    uncounted = [one for one in given_rows if not one["amount"] and not one["hours"]]
    assert all(sum_of([one]) == Sum(0, 0, 1) for one in uncounted)
    assert total.in_words == len(uncounted)
    assert total.kronor == sum(one["amount"] or 0 for one in given_rows)


@settings(max_examples=60)
@given(many, st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_the_pictures_show_every_krona_and_every_hour(given_rows, chance: random.Random):
    shuffled = list(given_rows)
    chance.shuffle(shuffled)
    found, other = Balance(given_rows), Balance(shuffled)
    for what in ("rows", "sides", "parties", "years", "sentence", "charts"):
        assert getattr(found, what) == getattr(other, what), what
    charts = {chart.unit: chart for chart in found.charts}
    totals = {"kr": found.total.kronor, "timmar": found.total.hours}
    assert charts.keys() == {unit for unit, whole in totals.items() if whole}
    for unit, chart in charts.items():
        assert sum(value for series in chart.series for value in series.values) == totals[unit]
        assert [series.name for series in chart.series] == ["Civilsamhället", "Kommunen"]
        assert chart.labels == tuple(str(year) for year in found.years)
        assert chart.svg and chart.summary


@given(st.lists(st.integers(0, 10**15), max_size=40))
def test_shares_add_up_and_are_fair(values):
    percent = shares(values)
    assert len(percent) == len(values)
    assert sum(percent) == (100 if sum(values) else 0)
    for value, share in zip(values, percent, strict=True):
        assert abs(share * sum(values) - value * 100) < max(sum(values), 1)  # never a whole percent wrong
        assert share == 0 or value > 0  # nobody is given what another has put in


def test_the_sentence():
    found = Balance(
        [
            row("municipality", amount=200_000, year=2026),
            row("municipality", amount=100_000, year=2027),
            row("municipality", "staff", hours=200),
            row("municipality", "staff", amount=9_000, hours=1_000, year=2027),
            row("civil", amount=100_000),
            row("civil", "premises"),
            row("civil", "other", amount=5_000, hours=20),
        ]
    )
    assert said(found.sentence) == (
        "Civilsamhället bidrar med 100 000 kr, lokaler och annat (5 000 kr och 20 timmar). "
        "Kommunen bidrar med 300 000 kr och 1 200 timmars arbetstid (9 000 kr). "
        "Av kronorna kommer 25 procent från civilsamhället och 75 procent från kommunen."
    )


def test_who_has_written_nothing_is_told_of_too():
    nothing = "Civilsamhället har inte skrivit någon insats än. Kommunen har inte skrivit någon insats än."
    assert said(Balance([row("civil", "staff", hours=1)]).sentence) == (
        f"Civilsamhället bidrar med 1 timmes arbetstid. {nothing.partition('. ')[2]}"
    )
    assert Balance([]).sentence == nothing
    assert Balance([]).charts == [] and not Balance([]).total


def test_a_sum_in_words():
    words = {
        Sum(): "inget",
        Sum(125_000): "125 000 kr",
        Sum(0, 1): "1 timme",
        Sum(0, 1200): "1 200 timmar",
        Sum(1, 2): "1 kr och 2 timmar",
        Sum(0, 0, 1): "en insats utan siffror",
        Sum(3, 4, 2): "3 kr, 4 timmar och 2 insatser utan siffror",
    }
    assert {found: said(str(found)) for found in words} == words


def test_two_parties_of_the_same_name_on_both_sides_are_two():
    found = Balance([row("civil", amount=1, party="Kultur"), row("municipality", amount=2, party="Kultur")])
    parts = [(part.name, part.side, part.sum.kronor) for part in found.parties]
    assert parts == [("Kultur", Side.CIVIL, 1), ("Kultur", Side.MUNICIPALITY, 2)]


@pytest.mark.django_db
def test_the_same_from_the_database_and_from_the_content(django_assert_num_queries):
    partnership = make.make_partnership("decision")
    with django_assert_num_queries(1):
        from_rows = balance.of(partnership.contributions)
    from_content = terms.balance(partnership.content(1))
    assert from_rows.rows == from_content.rows
    assert from_rows.total.hours == 200 and from_rows.total.kronor >= 300_000


def test_the_standard_terms_have_headings():
    found = terms.sections(standard_terms())
    headings = ["Gemensam styrning", "Uppföljning", "Självständighet", "Ändringar och omförhandling", "Uppsägning"]
    assert [one.heading for one in found] == [*headings, "Offentlighet"]
    assert all(one.text for one in found)


@given(st.text(alphabet="ab .\n:å", max_size=100))
def test_no_word_of_the_terms_is_lost(text):
    shown = " ".join(f"{one.heading} {one.text}" for one in terms.sections(text))
    assert shown.split() == text.split()


def test_a_single_line_and_a_sentence_are_no_headings():
    found = terms.sections("Bara en rad\n\nEn mening som slutar.\nMera text\r\n\r\nRubrik\r\nText")
    parts = [("", "Bara en rad"), ("", "En mening som slutar.\nMera text"), ("Rubrik", "Text")]
    assert [(one.heading, one.text) for one in found] == parts


def test_numbers_frozen_as_text():
    for value, shown in ((None, "–"), ("", "–"), ("12.50", "12,5"), (40, "40"), ("0", "0")):
        assert terms.number(value) == shown
