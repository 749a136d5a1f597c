"""Partnerships where something changes in the middle: a renegotiation cut short, and input meant to break."""

from datetime import date, timedelta
from decimal import Decimal
from time import perf_counter

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Letter, Refused
from botkyrka_civil.casework.signing import Outcome, noon
from botkyrka_civil.lib import personal_data
from botkyrka_civil.pages import clock
from botkyrka_civil.pages.gaps import found_for
from iop import facts, rules, todo
from iop.models import Contribution, CriterionAnswer, FollowUp
from iop.models.states import State
from iop.party_forms import _from_seen
from iop.warnings import warnings
from tests import factories
from tests.factories import iop as make
from tests.factories.council import end_accession
from tests.iop.pages import case_url as url
from tests.iop.pages import indicators, party_url, signing_url, told
from tests.tools.web import sign_in, text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def officer():
    return make.make_officer()


@pytest.fixture
def by(officer):
    return Actor.of(officer)


def measure(name, pk=None, goal=None):
    return {"id": pk, "name": name, "unit": "st", "goal": goal}


def negotiated(partnership, by, **changed):
    """The terms of a renegotiation that nobody has signed yet."""
    now = {field: getattr(partnership, field) for field in rules.TERM_FIELDS}
    partnership.change_terms(by=by, base=partnership.revision, facts=now | changed, principles=[])


# What is counted -----------------------------------------------------------------------------------------------------


def test_two_measures_change_names_with_each_other(officer, by):
    partnership = make.make_partnership("dialogue", officer=officer)
    partnership.change_indicators(by=by, rows=[measure("Träffar"), measure("Deltagare")])
    first, second = partnership.indicators.all()
    partnership.change_indicators(by=by, rows=[measure("Deltagare", first.pk), measure("Träffar", second.pk)])
    assert [(row.pk, row.name) for row in partnership.indicators.all()] == [
        (first.pk, "Deltagare"),
        (second.pk, "Träffar"),
    ]


def test_nobody_has_approved_measures_that_were_changed_afterwards(officer, by):
    partnership = make.make_partnership("active", officer=officer)
    partnership.change_indicators(by=by, rows=[measure("Deltagare", goal=Decimal(50))])
    partnership.begin_follow_up(by=by)
    follow_up, (ours, theirs) = partnership.open_follow_up, partnership.parties.all()
    for party in (ours, theirs):
        follow_up.write(party, by=party.actor, text="Det går bra.", base=0, values={})
    follow_up.approve(ours, by=ours.actor, base=follow_up.revision)
    read = follow_up.revision
    measured = partnership.indicators.get()
    partnership.change_indicators(by=by, rows=[measure("Deltagare", measured.pk, Decimal(5))])
    follow_up.refresh_from_db()
    assert not follow_up.texts.filter(approved_at__isnull=False).exists()
    with pytest.raises(Refused, match="har ändrats sedan du öppnade sidan"):
        follow_up.approve(theirs, by=theirs.actor, base=read)


@pytest.mark.parametrize("goal", ["NaN", "sNaN", "Infinity", "1e999999999", "9" * 400])
def test_a_goal_that_is_no_number(officer, goal):
    partnership = make.make_partnership("dialogue", officer=officer)
    page = sign_in(officer).post(url(partnership, "change_indicators"), indicators(("", "Träffar", "st", goal)))
    assert page.context["errors"] and f'value="{goal}"' in text(page)
    assert not partnership.indicators.exists()


@pytest.mark.parametrize("pk", ["9" * 30, "-" + "9" * 30, "0", "x"])
def test_a_measure_that_cannot_be(officer, pk):
    partnership = make.make_partnership("dialogue", officer=officer)
    page = sign_in(officer).post(url(partnership, "change_indicators"), indicators((pk, "Träffar", "st", "")))
    assert page.context["errors"] and 'value="Träffar"' in text(page)


@pytest.mark.parametrize("seen", ["[" * 200_000, '{"PK": ["sNaN", ""]}', '{"PK": ["NaN", ""]}'])
def test_what_the_page_is_said_to_have_shown(officer, by, seen):
    partnership = make.make_partnership("active", officer=officer)
    partnership.change_indicators(by=by, rows=[measure("Deltagare")])
    partnership.begin_follow_up(by=by)
    party, indicator = partnership.proposer, partnership.indicators.get()
    seen = seen.replace("PK", str(indicator.pk))
    form = told(partnership.open_follow_up, indicator, "Bra.", value="5", seen=seen)
    assert Client().post(party_url(party, "party_follow_up"), form).status_code == 302
    assert partnership.open_follow_up.values.get().value == 5


def test_nothing_but_numbers_has_been_seen():
    assert _from_seen('{"1": ["12.50", "not"], "2": ["", ""]}') == {1: (Decimal("12.50"), "not"), 2: (None, "")}
    assert _from_seen('{"1": ["Infinity", ""]}') == {}


@pytest.mark.parametrize("words", ["a" * 200_000, "a@b." * 50_000, "0 " * 100_000, "0(0)" * 50_000])
def test_a_huge_text_is_looked_through_at_once(words):
    """The pattern that was tried from every letter took a minute."""
    began = perf_counter()
    personal_data.find(words)
    assert perf_counter() - began < 20


def test_what_leads_to_a_person_is_still_found():
    found = [
        what for _, what in personal_data.find("Kim (kim.k+a@exempel.se), a@b.se;c@d.se, 070-183 64 67, 19121212-1212")
    ]
    assert found == ["19121212-1212", "kim.k+a@exempel.se", "a@b.se", "c@d.se", "070-183 64 67"]


# A renegotiation that never came to an end ---------------------------------------------------------------------------


def test_the_agreement_that_holds_says_when_it_ends(officer, by):
    """Also while a longer one is negotiated."""
    partnership = make.make_partnership("renegotiation", officer=officer)
    last = partnership.last_day
    negotiated(partnership, by, last_day=last + timedelta(days=900))
    with time_machine.travel(noon(last), tick=False):
        clock.move_partnerships()
    partnership.refresh_from_db()
    assert partnership.state == State.RENEGOTIATION
    with time_machine.travel(noon(last + DAY), tick=False):
        clock.move_partnerships()
    partnership.refresh_from_db()
    assert (partnership.state, partnership.last_day, partnership.ended_on) == (State.ENDED, last, last)


def test_a_shorter_period_that_is_negotiated_ends_nothing(officer, by, caplog):
    partnership = make.make_partnership("renegotiation", officer=officer)
    negotiated(partnership, by, last_day=timezone.localdate() - DAY, short_reason="Vi blev klara.")
    clock.move_partnerships()
    partnership.refresh_from_db()
    assert partnership.state == State.RENEGOTIATION and not caplog.records


def test_a_termination_is_of_what_was_signed(officer, by):
    partnership = make.make_partnership("renegotiation", officer=officer)
    title, last = partnership.title, partnership.last_day
    negotiated(partnership, by, title="Något annat", last_day=last + timedelta(days=900))
    with pytest.raises(Refused, match="inom avtalstiden"):
        partnership.terminate(by=by, on=last + DAY, reason="Lokalen försvann.")
    partnership.refresh_from_db()
    partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    partnership.refresh_from_db()
    assert (partnership.title, partnership.last_day) == (title, last)


@pytest.mark.parametrize("verb", ["terminate", "end"])
def test_who_had_signed_what_never_came_to_hold_is_told(officer, by, verb):
    partnership = make.make_partnership("renegotiation", officer=officer)
    make.decide(partnership, by=by)
    agreement = partnership.open_agreement
    signature = agreement.signatures.first()
    signature.sign(typed_name=signature.name, session="en", address="127.0.0.1")
    if verb == "end":
        with time_machine.travel(noon(partnership.last_day + DAY), tick=False):
            partnership.end()
    else:
        partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    agreement.refresh_from_db()
    assert agreement.outcome == Outcome.CANCELLED
    assert Letter.objects.get(kind="signing_voided").to == signature.email
    page = text(Client().get(signing_url(signature)))
    assert "Avtalet har stoppats efter att du skrev under" in page


def test_a_party_with_a_new_name_keeps_what_it_puts_in(officer, by):
    partnership = make.make_partnership("renegotiation", officer=officer)
    unit = partnership.parties.municipal().get().unit
    before = [(one.party_id, one.year, one.amount, one.hours) for one in partnership.contributions]
    unit.name = "Förvaltningen med nytt namn"
    unit.save()
    partnership.abandon(by=by, reason="Vi kom inte överens.")
    assert [(one.party_id, one.year, one.amount, one.hours) for one in partnership.contributions] == before


def test_a_party_added_by_mistake_is_taken_away_again(officer, by):
    partnership = make.make_partnership("renegotiation", officer=officer)
    mistake = partnership.add_party(by=by, unit=make.make_unit(), contact_name="Fel Person", email="fel@exempel.se")
    with pytest.raises(Refused, match="står inte i avtalet som gäller. Ta bort parten först"):
        partnership.abandon(by=by, reason="Vi kom inte överens.")
    partnership.refresh_from_db()
    partnership.remove_party(mistake, by=by)
    with pytest.raises(Refused, match="har redan fått ett avtal"):
        partnership.remove_party(partnership.parties.municipal().get(), by=by)


# Days ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [date(1, 1, 1), date(9999, 12, 31)])
def test_what_has_not_begun_ends_on_a_day_that_can_be(officer, by, on):
    partnership = make.make_partnership("signed", officer=officer)
    with pytest.raises(Refused, match="inom avtalstiden"):
        partnership.terminate(by=by, on=on, reason="Lokalen försvann.")
    partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    assert partnership.ended_on < partnership.first_day


@pytest.mark.parametrize("day", [date(1, 1, 1), None])
def test_nothing_is_decided_before_it_came_in(officer, by, day):
    partnership = make.make_partnership("decision", officer=officer)
    day = day or timezone.localdate(partnership.proposed_at) - DAY
    with pytest.raises(Refused, match="kan inte ligga före den"):
        partnership.decide(by=by, decided_on=day, decided_where="Nämnden, § 7", privacy_reviewed=True)
    with pytest.raises(Refused, match="kan inte ligga före den"):
        partnership.decline(by=by, decided_on=day, decided_where="Nämnden, § 7", motivation="Nej.")
    with pytest.raises(Refused, match="framåt i tiden"):
        later = timezone.localdate() + DAY
        partnership.decline(by=by, decided_on=later, decided_where="Nämnden, § 7", motivation="Nej.")


def test_an_organisation_that_leaves_while_the_agreement_is_out(officer, by):
    partnership = make.make_partnership("decision", officer=officer)
    make.decide(partnership, by=by)
    assert not any("inte längre ansluten" in warning for warning in warnings(partnership))
    end_accession(partnership.proposer.organisation)
    assert any("inte längre ansluten" in warning for warning in warnings(partnership))


# What a party reads --------------------------------------------------------------------------------------------------


def test_each_party_is_named_once_above_what_it_puts_in(officer):
    partnership = make.make_partnership("active", officer=officer)
    party = partnership.proposer
    party.replace_contributions([make.row(year) for year in (partnership.first_day.year, partnership.last_day.year)])
    shown = Client().get(party_url(party, "party")).content.decode()
    assert [shown.count(f"<strong>{one.name}</strong>") for one in partnership.parties.all()] == [1, 1]


def test_the_final_evaluation_is_read_first(officer):
    partnership = make.make_partnership("ended", officer=officer)
    first = partnership.first_day
    values = {"approved_at": timezone.now(), "content": {"texts": [], "indicators": []}}
    partnership.follow_ups.create(first_day=first + 99 * DAY, last_day=first + 300 * DAY, **values, due=first)
    make.finish(partnership)
    page = Client().get(party_url(partnership.proposer, "party_follow_up"))
    assert [one.get_kind_display() for one, _ in page.context["earlier"]] == ["Slututvärdering", "Uppföljning"]


def test_a_termination_reads_the_same_before_and_after_its_day(officer):
    partnership = make.make_partnership("terminated", officer=officer)
    assert "Avtalet är uppsagt och gäller inte efter den" in text(
        Client().get(party_url(partnership.proposer, "party"))
    )


# Words ---------------------------------------------------------------------------------------------------------------


def test_one_and_many(officer):
    partnership = make.make_partnership("dialogue", officer=officer)
    party = partnership.proposer
    make.answer_all(party)
    hard = list(party.answers.filter(criterion__in=facts.HARD))
    for count, says in ((1, "1 krav är inte uppfyllt"), (2, "2 krav är inte uppfyllda")):
        CriterionAnswer.objects.filter(pk__in=[one.pk for one in hard[:count]]).update(met="partly")
        assert todo.tasks(party)[0].standing == says
    assert Contribution(hours=1).size == "1 timme" and Contribution(hours=2).size == "2 timmar"


def test_gaps_speak_of_the_follow_up(officer, by, django_user_model):
    boss = django_user_model.objects.create_superuser("chef@kommun.example", "ett-langt-losenord", name="Chefen")
    partnership = make.make_partnership("follow_up", officer=officer)
    FollowUp.objects.update(due=timezone.localdate() - DAY)

    def whys():
        areas = found_for(boss, timezone.localdate())
        return " ".join(gap.why for area in areas for gap in area.gaps if gap.title == partnership.title)

    assert "Uppföljningen skulle ha varit klar" in whys()
    make.finish(partnership)
    assert "Uppföljningen är godkänd av alla, men inte publicerad." in whys()


@pytest.mark.parametrize(("days", "says"), [(0, "än."), (1, "på 1 dag."), (2, "på 2 dagar.")])
def test_for_how_long_nobody_has_taken_a_case(django_user_model, days, says):
    boss = django_user_model.objects.create_superuser("chef@kommun.example", "ett-langt-losenord", name="Chefen")
    factories.make_accession("submitted")
    with time_machine.travel(timezone.now() + timedelta(days=days, minutes=1), tick=False):
        found = found_for(boss, timezone.localdate())
    assert f"Ingen har tagit ärendet {says}" in [gap.why for area in found for gap in area.gaps]


# Who answers for what ----------------------------------------------------------------------------------------------


def test_who_was_asked_in_vain_is_not_waited_for():
    """A newcomer of a renegotiation that came to nothing has signed nothing, and follows nothing up."""
    officer = make.make_officer()
    by = Actor.of(officer)
    partnership = make.make_partnership("renegotiation", officer=officer)
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
        follow_up.write(newcomer, by=newcomer.actor, text="Hej", base=0, values={})
    for party in partnership.parties.bound():
        follow_up.write(party, by=party.actor, text="Bra.", base=0, values={})
    for party in partnership.parties.bound():
        follow_up.approve(party, by=party.actor, base=follow_up.revision)
    partnership.refresh_from_db()
    assert partnership.state == State.ACTIVE and unit.name not in str(partnership.follow_ups.get().content)


def test_a_no_reaches_every_party_by_its_own_name():
    officer = make.make_officer()
    partnership = make.make_partnership("dialogue", officer=officer)
    partnership.add_party(
        by=Actor.of(officer), unit=make.make_unit(), contact_name="Mona Kommun", email="mona@kommun.example"
    )
    partnership.decline(
        by=Actor.of(officer), decided_on=timezone.localdate(), decided_where="Nämnden", motivation="Nej.", letter="Hej!"
    )
    letters = dict(Letter.objects.filter(kind="declined").values_list("to", "body"))
    assert letters[partnership.proposer.email] == "Hej!"
    assert "Hej Mona Kommun!" in letters["mona@kommun.example"] and "Nej." in letters["mona@kommun.example"]


def test_nothing_is_signed_with_an_organisation_that_has_left():
    officer = make.make_officer()
    partnership = make.make_partnership("decision", officer=officer)
    make.decide(partnership, by=Actor.of(officer))
    first, last = partnership.open_agreement.signatures.all()
    first.sign(typed_name=first.name, session="a", address="")
    end_accession(partnership.proposer.organisation)
    with pytest.raises(Refused, match="är inte ansluten"):
        last.sign(typed_name=last.name, session="b", address="")
    last.refresh_from_db()
    assert last.signed_at is None and partnership.open_agreement
