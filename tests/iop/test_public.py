"""A partnership as everyone sees it: what was signed and published, and nothing of what is on its way or of anybody."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib.text import whole
from iop import balance, results
from iop.models import FollowUp, Partnership
from iop.models.states import PUBLIC, State
from tests import factories
from tests.factories import council, iop
from tests.tools.web import bare_refusals, queries, sign_in

pytestmark = pytest.mark.django_db
BY = Actor("Hemliga Handläggaren", "handlaggaren@hemlig.example")


TITLES = {state: f"Språkcafé {state}" for state in State.values} | {
    "active": "Ö pågår",
    "signed": "Å börjar",
    "terminated": "A sades upp",
    "ended": "B tidigare",
}


@pytest.fixture
def visitors(officer):
    """Everyone, who handles partnerships, and somebody else who signs in."""
    return [Client(), sign_in(officer), sign_in(factories.make_user("styrelse"))]


def page(address, client=None, status=200) -> str:
    response = (client or Client()).get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def text_of(partnership, client=None) -> str:
    return " ".join(page(partnership.get_absolute_url(), client).split())


def publish(partnership, *, days: int = 0) -> FollowUp:
    """A follow-up written, approved by all and published, so many days from now."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        partnership.refresh_from_db()
        partnership.begin_follow_up()
        follow_up = iop.finish(partnership)
        follow_up.publish(by=BY, privacy_reviewed=True)
    return follow_up


def test_a_partnership_with_an_agreement_has_a_page_and_stands_in_the_list(at, visitors):
    for client in visitors:
        listed, wrong = page(reverse("iop:iop"), client), []
        for state in State.values:
            address = reverse("iop:partnership", args=[at(state).slug or "utkast"])
            with bare_refusals():
                shown = page(address, client, 200 if state in PUBLIC else 404)
            if not (TITLES[state] in shown) == (TITLES[state] in listed) == (state in PUBLIC):
                wrong.append(state)
        assert not wrong
    assert "Sidan finns inte" in page("/iop/finns-inte/", status=404)


def test_those_that_go_on_first_by_name_then_the_earlier_ones_the_latest_first(planted):
    text = page(reverse("iop:iop"))
    order = ("follow_up", "renegotiation", "signed", "active", "terminated", "ended", "evaluated")
    places = [text.index(TITLES[state]) for state in order]
    assert places == sorted(places)
    assert "Uppsagt" in text and "Tecknat" in text


def test_what_was_agreed_is_there(at):
    partnership = at("active")
    text, content, organisation = text_of(partnership), partnership.agreed, partnership.proposer.organisation
    municipal = partnership.parties.municipal().get().name
    money = sum(row["amount"] for row in content["contributions"] if row["party"] == municipal)
    for words in (
        *(content[name] for name in ("title", "purpose", "target_group", "shared_need", "area")),
        f'href="{organisation.get_absolute_url()}">{organisation.name}</a>', municipal, "Pågår",
        results.Shown(partnership, content).period, partnership.number,  # so that the agreement can be asked for
        f"<td>{whole(money)}</td>", "<td>200</td>", "Alla tillsammans", balance.of(content["contributions"]).sentence,
    ):  # fmt: skip
        assert " ".join(words.split()) in text, words
    assert "Påhittat" not in text
    Partnership.objects.update(made_up=True)
    assert "Påhittat för demoläget" in text_of(partnership)
    organisation.accessions.all().delete()
    text = text_of(partnership)
    assert organisation.name in text and organisation.get_absolute_url() not in text, "never stood on the list: no link"


def test_what_is_being_negotiated_is_not_shown_until_it_is_signed(at, by, visitors):
    partnership = at("renegotiation")
    newcomer = council.make_organisation_joined("Hemliga föreningen")
    facts = {name: f"Hemligt {name}" for name in ("title", "purpose", "target_group", "shared_need")}
    period = {"first_day": partnership.first_day, "last_day": partnership.last_day + timedelta(days=900)}
    partnership.change_terms(by=by, base=partnership.revision, facts=facts | period, principles=[])
    mistake = partnership.add_party(by=by, organisation=newcomer, contact_name="Ny", email="ny@exempel.se")
    municipal = partnership.parties.municipal().get()
    municipal.replace_contributions([iop.row(partnership.first_day.year, amount=7_654_321)])
    for address in (partnership.get_absolute_url(), reverse("iop:iop")):
        for client in visitors:
            text = page(address, client)
            assert TITLES["renegotiation"] in text and "Hemlig" not in text and "7\xa0654\xa0321" not in text
            assert str(partnership.last_day.year) not in text.replace(partnership.number, "")
            assert "Omförhandl" not in text and "Avtalets versioner" not in text
    partnership.remove_party(mistake, by=by)
    facts |= {"title": "Odlarna i parken", "last_day": period["last_day"] - timedelta(days=900)}
    partnership.change_terms(by=by, base=partnership.revision, facts=period | facts, principles=[])
    iop.decide(partnership, by=by)
    iop.sign_all(partnership)
    text = text_of(partnership)
    assert "Odlarna i parken" in text and TITLES["renegotiation"] not in text and "7 654 321" in text
    assert "Version 2, den som visas här" in text and "Version 1<" in text


def test_how_it_ended_and_not_why(at):
    terminated = at("terminated")
    Partnership.objects.filter(pk=terminated.pk).update(end_reason="Hemliga Kim slutade.")
    assert "Avtalet är uppsagt och upphör den" in text_of(terminated)
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        assert "Avtalet är uppsagt och upphörde den" in text_of(terminated)
    assert "Hemliga" not in text_of(terminated)
    text = text_of(at("evaluated"))
    assert "Avtalstiden gick ut den" in text and "Avslutat och utvärderat" in text


def test_no_person_is_named(at, visitors):
    """Whoever wrote, signed, decided or approved; and neither the file nor what is not published."""
    partnership = at("follow_up")
    agreement = partnership.agreement
    secrets = {"Hemlig", partnership.assigned_to.name, partnership.assigned_to.email, agreement.pdf.name, "avtal.pdf"}
    for party in partnership.parties.all():
        secrets |= {party.contact_name, party.email, party.key}
        secrets |= {value for person in party.signatories.all() for value in (person.name, person.email)}
    secrets |= {signature.typed_name for signature in agreement.signatures.all()}
    partnership.decisions.update(motivation="Hemliga skäl", decided_where="Hemliga nämnden")
    Partnership.objects.filter(pk=partnership.pk).update(procurement_note="Hemlig bedömning")
    waiting = iop.finish(partnership)
    waiting.texts.update(approved_by="Hemliga Anna", written_by="Hemliga Bo")
    assert "Ingen uppföljning är publicerad här än" in text_of(partnership)
    assert "Det har gått bra" not in text_of(partnership)
    waiting.publish(by=BY, privacy_reviewed=True)
    for client in visitors:
        text = text_of(partnership, client)
        assert "Det har gått bra" in text and f'id="uppfoljning-{waiting.pk}"' in text
        assert not [word for word in secrets if word in text]
    waiting.unpublish(by=BY, reason="Ett namn stod där.")
    assert "uppfoljning-" not in text_of(partnership)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "party": st.sampled_from(["Odlarna", "Kulturförvaltningen"]),
            "year": st.integers(2026, 2030),
            "kind": st.sampled_from(["money", "staff", "premises", "other"]),
            "kind_label": st.just("Pengar"),
            "amount": st.none() | st.integers(1, 10**9),
            "hours": st.none() | st.integers(1, 200_000),
            "note": st.text(max_size=20),
        }
    ).map(lambda row: row | {"side": "civil" if row["party"] == "Odlarna" else "municipality"}),
    max_size=12,
)


@settings(max_examples=50)
@given(rows=ROWS)
def test_every_row_stands_in_the_table_once_and_the_sums_add_up(rows):
    found = balance.of(rows)
    parties, total = results.contributions(found), results.total(found.total)
    assert sum(len(lines) - 1 for _, lines in parties) == len(rows)
    for what in ("kronor", "hours"):
        sums = [number(getattr(lines[-1], what)) for _, lines in parties]
        parts = [number(getattr(line, what)) for _, lines in parties for line in lines[:-1]]
        assert number(getattr(total, what)) == sum(sums) == sum(parts)


def number(cell: str) -> int:
    return int(cell.replace("\xa0", "").replace("–", "0"))


def follow_up(year: int, *counted, kind: str = "yearly", month: int = 12) -> FollowUp:
    names = ("name", "unit", "goal", "value", "note")
    indicators = [dict(zip(names, row, strict=True)) for row in counted]
    day = date(year, month, 28)
    return FollowUp(kind=kind, first_day=day, last_day=day, content={"indicators": indicators, "texts": []})


def test_a_measure_over_time_with_its_goal_in_words():
    visits, percent = ("Besök", "personer", "50.00"), ("Nöjda", "procent", None)
    [first, second] = results.measures(
        [
            follow_up(2028, (*visits, "61.50", "")),
            follow_up(2026, (*visits, "40.00", "Två grupper")),
            follow_up(2027, (*percent, "90.00", "")),
            follow_up(2028, (*visits, None, ""), kind="final"),
        ]
    )
    assert first.chart.labels == ("2026", "2027", "2028", "Slututvärdering")
    assert first.chart.series[0].values == (40, None, 61.5, None) and first.chart.unit == "personer"
    assert first.goal.replace("\xa0", " ") == "Målet är 50 personer." and first.notes == [("2026", "Två grupper")]
    assert second.chart.series[0].values == (None, 90, None, None) and second.goal == ""
    rows = [follow_up(2026, ("Besök", "st", None, "1", ""), month=month) for month in (3, 11)]
    assert results.measures(rows)[0].chart.labels == ("28 mars 2026", "28 november 2026")


@settings(max_examples=50)
@given(value=st.none() | st.decimals(min_value=-(10**10) + 1, max_value=10**10 - 1, places=2))
def test_whatever_was_counted_can_be_drawn(value):
    [measure] = results.measures([follow_up(2026, ("Besök", "st", value, value and str(value), ""))])
    drawn = measure.chart.series[0].values[0]
    assert measure.chart.svg and (drawn is None if value is None else abs(Decimal(drawn) - value) < Decimal("0.01"))


def test_the_page_draws_what_was_published_and_nothing_else(at):
    partnership = at("active")
    partnership.indicators.create(name="Besökare på caféet", unit="personer", goal=50)
    publish(partnership)
    with time_machine.travel(timezone.now() + timedelta(days=300), tick=False):
        partnership.begin_follow_up()
        iop.finish(partnership, counted=777)  # approved, and not published
        text = text_of(partnership)
    assert "Besökare på caféet" in text and "Målet är 50 personer." in text and "40" in text and "777" not in text


def test_the_steering_groups_public_meetings_stand_on_the_page(at, by, visitors):
    partnership = at("active")
    assert "Styrgruppens möten" not in text_of(partnership)
    group = partnership.form_steering_group(by=by)
    assert "Inget av dess möten visas för alla än." in text_of(partnership)
    council.fill_steering_group(group)
    council.make_meeting(group, state="called", audience="staff", title="Hemligt möte")
    public = council.make_meeting(group, state="called", title="Öppet möte", days=40)
    for client, secret in zip(visitors, (False, True, False), strict=True):
        text = text_of(partnership, client)
        assert public.get_absolute_url() in text and ("Hemligt möte" in text) == secret


def test_as_many_questions_for_one_as_for_many(at, by, client):
    listed = reverse("iop:iop")
    many, partnership = queries(client, listed), at("active")
    Partnership.objects.public().exclude(pk=partnership.pk).update(state=State.PROPOSED)
    assert queries(client, listed) == many
    group = partnership.form_steering_group(by=by)
    council.fill_steering_group(group)
    found = []
    for number in range(3):  # follow-ups, measures and meetings
        partnership.indicators.create(name=f"Mått {number}", unit="st")
        council.make_meeting(group, state="called", days=20 + number)
        publish(partnership, days=60 * number)
        found += queries(client, partnership.get_absolute_url())
    assert found == found[:1] * 3
