"""What a party writes by its personal link: answers, contributions, signatories and follow-ups; who may, and when."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from botkyrka_civil.casework.models import SYSTEM, Event, Refused
from botkyrka_civil.lib import tokens
from iop import facts, party_forms
from iop.models import Party
from iop.models.states import TERMS_OPEN, State
from tests import factories
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import party_url as url
from tests.iop.pages import text, told

pytestmark = pytest.mark.django_db

CLOSED = [state for state in State.values if state not in TERMS_OPEN]
PAGES = ["party_criteria", "party_contributions", "party_signatories"]


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch):
    """The agreement's PDF has tests of its own."""
    monkeypatch.setattr(
        "iop.pdf.signed_agreement", lambda partnership, agreement: factories.upload(f"avtal-{agreement.pk}.pdf").store()
    )


def page(party, name, status=200):
    response = Client().get(url(party, name))
    assert response.status_code == status, (name, response.status_code)
    return text(response)


def post(party, name, data, status=302):
    response = Client().post(url(party, name), data)
    assert response.status_code == status, (name, response.status_code, text(response))
    return response if status == 302 else text(response)


def sides(partnership):
    """The organisation that proposed, and the municipality's unit."""
    unit = partnership.parties.municipal().first()
    return partnership.proposer, unit or add_unit(partnership)


def add_unit(partnership):
    return partnership.add_party(
        by=SYSTEM, unit=make.make_unit(), contact_name="Mona Kommun", email="mona@kommun.example"
    )


@pytest.fixture
def both():
    """A dialogue with a party on each side."""
    return sides(make.make_partnership("dialogue"))


# The criteria --------------------------------------------------------------------------------------------------------


def answers(base=0, **told):
    """What the form sends: yes to everything but what is told, as key=(met, why)."""
    data = {"base": str(base)}
    for criterion in facts.CRITERIA:
        met, why = told.get(criterion.key, ("yes", ""))
        data |= {f"met_{criterion.key}": met, f"why_{criterion.key}": why}
    return data


def test_the_criteria_with_the_sources_own_words(both):
    shown = page(both[0], "party_criteria")
    for criterion in facts.CRITERIA:
        assert criterion.question in shown and criterion.help in shown
        assert not criterion.text or f"”{criterion.text}”" in shown
        assert not criterion.corrected or f"Det ska nog vara: ”{criterion.corrected}”" in shown
    assert shown.count("Måste vara uppfyllt.") == len(facts.HARD)
    assert shown.count("inget krav") == len(facts.CRITERIA) - len(facts.HARD)


def test_both_sides_see_each_others_answers(both):
    civil, unit = both
    assert f"{civil.name}: har inte svarat än." in page(unit, "party_criteria")
    post(civil, "party_criteria", answers(no_market=("partly", "Det finns ett kafé till.")))
    shown = page(unit, "party_criteria")
    assert f"{civil.name}: Delvis. Det finns ett kafé till." in shown
    assert shown.count(f"{civil.name}: Ja.") == len(facts.CRITERIA) - 1
    assert "Sparat." in text(Client().get(f"{url(civil, 'party_criteria')}?sparat"))


def test_some_may_wait_and_one_can_be_taken_back(both):
    civil = both[0]
    data = answers() | {"met_no_market": "", "met_joined": ""}
    post(civil, "party_criteria", data)
    assert [criterion.key for criterion in civil.unanswered] == ["joined", "no_market"]
    post(civil, "party_criteria", data | {"met_initiative": "", "base": "1"})
    assert civil.answers.count() == len(facts.CRITERIA) - 3


@pytest.mark.parametrize("met", ["partly", "no"])
def test_what_is_not_a_yes_says_why(both, met):
    shown = post(both[0], "party_criteria", answers(no_market=(met, " \n "), joined=("no", "Inte än.")), 422)
    assert shown.count("Skriv varför ni svarar delvis eller nej.") == 2  # in the summary and by the field
    assert "Inte än." in shown
    assert not both[0].answers.exists()


def test_an_answer_nobody_offered(both):
    assert "Välj ett av svaren." in post(both[0], "party_criteria", answers(joined=("maybe", "")), 422)


def test_two_who_answer_for_the_same_party(both):
    civil = both[0]
    post(civil, "party_criteria", answers(no_market=("no", "Nej, säger den ena.")))
    shown = post(civil, "party_criteria", answers(base=0, no_market=("partly", "Kanske, säger den andra.")), 409)
    assert "Någon annan hos er har ändrat här sedan du öppnade sidan." in shown
    assert "Kanske, säger den andra." in shown and "Det här är sparat nu Nej. Nej, säger den ena." in shown
    assert shown.count("Det här är sparat nu") == 1  # only where they differ
    assert civil.answers.get(criterion="no_market").motivation == "Nej, säger den ena."
    post(civil, "party_criteria", answers(base=1, no_market=("partly", "Kanske, säger den andra.")))
    assert civil.answers.get(criterion="no_market").motivation == "Kanske, säger den andra."


def test_the_form_that_was_refused_can_be_sent_again(both):
    civil = both[0]
    post(civil, "party_criteria", answers())
    response = Client().post(url(civil, "party_criteria"), answers(base=0, joined=("no", "Min text")))
    assert 'name="base" value="1"' in response.content.decode()


# Contributions -------------------------------------------------------------------------------------------------------


def contributions(*rows, base=0, **more):
    data = {"base": str(base), "insats-TOTAL_FORMS": str(len(rows)), "insats-INITIAL_FORMS": "0"}
    for n, row in enumerate(rows):
        data |= {f"insats-{n}-{name}": str(value) for name, value in row.items()}
    return data | more


def money(year, amount="100 000", **more):
    return {"year": year, "kind": "money", "amount": amount, "hours": "", "note": ""} | more


def test_contributions_and_the_balance(both):
    civil, unit = both
    year = civil.partnership.first_day.year
    post(unit, "party_contributions", contributions(money(year), money(year + 1, "50 000 kr")))
    assert [(row.year, row.amount) for row in unit.contributions.all()] == [(year, 100_000), (year + 1, 50_000)]
    shown = page(civil, "party_contributions")
    assert "Civilsamhället bidrar med 200 timmars arbetstid. Kommunen bidrar med 150 000 kr." in shown
    assert f"{unit.name} {year}, pengar 100 000" in shown and "Summa 150 000" in shown
    assert Client().get(url(civil, "party_contributions")).content.count(b"<svg xmlns") == 2


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (money(2020), "2020 ligger utanför perioden"),
        (money(0, ""), "Skriv året med fyra siffror, till exempel 2027."),
        ({"amount": "-5"}, "ska vara större än noll"),
        ({"amount": "10000000000000"}, "Det är orimligt mycket."),
        ({"amount": ""}, "Skriv hur många kronor det är."),
        ({"kind": "staff", "amount": ""}, "Skriv hur många timmar det är."),
        ({"kind": "guld"}, "Välj ett av slagen i listan."),
        ({"kind": "premises", "amount": ""}, "Beskriv vad ni bidrar med."),
    ],
)
def test_a_bad_contribution_is_told_in_words(both, row, sentence):
    civil = both[0]
    right = money(civil.partnership.first_day.year)
    shown = post(civil, "party_contributions", contributions(right, right | row), 422)
    assert sentence in shown and "Insats 2" in shown
    assert [one.hours for one in civil.contributions.all()] == [200]  # what was proposed


def test_two_who_write_contributions_for_the_same_party(both):
    civil = both[0]
    year = civil.partnership.first_day.year
    post(civil, "party_contributions", contributions(money(year, "1 000")))
    data = contributions(money(year, "2 222", note="Den andras"))
    response = Client().post(url(civil, "party_contributions"), data)
    assert response.status_code == 409
    shown = text(response)
    assert "Någon annan hos er har ändrat" in shown and "Det här är sparat nu" in shown
    assert f"{year}, pengar 1 000" in shown
    assert 'value="2 222"' in response.content.decode() and "Den andras" in response.content.decode()
    assert [one.amount for one in civil.contributions.all()] == [1000]
    post(civil, "party_contributions", data | {"base": "1"})
    assert [one.amount for one in civil.contributions.all()] == [2222]


def test_one_more_row_keeps_what_was_typed(both):
    data = contributions(money("tjugo", "mycket", note="halvskrivet"), add="1")
    response = Client().post(url(both[0], "party_contributions"), data)
    assert response.status_code == 200
    html = response.content.decode()
    assert 'value="tjugo"' in html and 'value="mycket"' in html and 'id="insats-2"' in html
    assert "error-summary" not in html and both[0].contributions.get().hours == 200


def test_all_rows_may_be_taken_away(both):
    post(both[0], "party_contributions", contributions())
    assert not both[0].contributions.exists()


# Those who sign ------------------------------------------------------------------------------------------------------


def people(*rows, base=0, **more):
    data = {"base": str(base), "person-TOTAL_FORMS": str(len(rows)), "person-INITIAL_FORMS": "0"}
    for n, (name, role, email) in enumerate(rows):
        data |= {f"person-{n}-name": name, f"person-{n}-role": role, f"person-{n}-email": email}
    return data | more


ANNA = ("Anna Ek", "Ordförande", "Anna@exempel.se")
BO = ("Bo Ås", "Kassör", "bo@exempel.se")


def two_jointly():
    """An organisation that joined here, where two sign together."""
    accession = factories.make_accession("joined")
    proposer = make.make_partnership("dialogue", organisation=accession.organisation).proposer
    assert proposer.required_signatures == 2
    return proposer


def test_those_who_sign(both):
    post(both[1], "party_signatories", people(ANNA))
    person = both[1].signatories.get()
    assert (person.name, person.role, person.email) == ("Anna Ek", "Ordförande", "anna@exempel.se")
    assert "delegationsordningen" in page(both[1], "party_signatories")
    assert "Anna Ek" not in page(both[0], "party_signatories")


def test_as_many_as_the_signing_rule_says():
    party = two_jointly()
    shown = page(party, "party_signatories")
    assert "Enligt er firmateckning (två personer tillsammans) behövs minst 2 personer." in shown
    assert "Person 2" in shown
    shown = post(party, "party_signatories", people(ANNA, ("", "", "")), 422)
    assert "Enligt er firmateckning behövs minst 2 personer." in shown
    post(party, "party_signatories", people(ANNA, BO))
    assert party.signatories.count() == 2


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("Bo Ås", "Kassör", "anna@exempel.se"), "Två personer har samma e-postadress."),
        (("anna ek", "Kassör", "bo@exempel.se"), "Samma person står två gånger."),
        (("Bo Ås", "", "bo@exempel.se"), "Person 2, Roll"),
        (("Bo Ås", "Kassör", "bo"), "Person 2, E-postadress"),
        (("www.reklam.se", "Kassör", "bo@exempel.se"), "Skriv utan webbadresser här."),
    ],
)
def test_a_bad_signatory_is_told_in_words(both, row, sentence):
    shown = post(both[0], "party_signatories", people(ANNA, row), 422)
    assert sentence in shown
    assert not both[0].signatories.exists()


def test_two_who_name_signatories_for_the_same_party(both):
    post(both[0], "party_signatories", people(ANNA))
    response = Client().post(url(both[0], "party_signatories"), people(BO))
    assert response.status_code == 409
    assert "De här är sparade nu Anna Ek" in text(response) and 'value="Bo Ås"' in response.content.decode()
    post(both[0], "party_signatories", people(BO, base=1))
    assert both[0].signatories.get().name == "Bo Ås"


def test_one_more_person_keeps_what_was_typed(both):
    response = Client().post(url(both[0], "party_signatories"), people(("Anna", "", "inte en adress"), add="1"))
    html = response.content.decode()
    assert response.status_code == 200 and 'value="inte en adress"' in html and 'id="person-2"' in html


# When, and by whom ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State.values)
def test_the_pages_are_forms_only_while_the_terms_are_open(state):
    partnership = make.make_partnership(state)
    for party in partnership.parties.with_names():
        for name in PAGES:
            response = Client().get(url(party, name))
            assert response.status_code == 200
            assert (b'<form method="post"' in response.content) == (state in TERMS_OPEN), name
            assert ("Tillbaka till er sida" in text(response)) == (state not in TERMS_OPEN), name


@pytest.mark.parametrize("state", CLOSED)
def test_what_comes_too_late_is_refused_and_can_be_copied(state):
    party = make.make_partnership(state).proposer
    before = Event.objects.count()
    shown = post(party, "party_criteria", answers(base=party.revision, joined=("no", "Min långa text")), 409)
    assert "Det går inte att ändra nu" in shown and "Min långa text" in shown
    data = contributions(money(2027, note="Min insats"), base=party.revision)
    response = Client().post(url(party, "party_contributions"), data)
    assert response.status_code == 409 and "Min insats" in response.content.decode()
    response = Client().post(url(party, "party_signatories"), people(ANNA, base=party.revision))
    assert response.status_code == 409 and "Anna@exempel.se" in response.content.decode()
    assert Event.objects.count() == before


def test_while_the_agreement_is_out_nothing_is_written():
    partnership = make.make_partnership("renegotiation")
    make.decide(partnership, by=make.Actor.of(make.make_officer()))
    shown = page(partnership.proposer, "party_criteria")
    assert "Avtalet är ute för underskrift, så det går inte att ändra här nu." in shown


def test_a_link_opens_its_own_party_only(both):
    """One who may, one of the other side, and one of another partnership: each writes for their own party alone."""
    other = make.make_partnership("dialogue").proposer
    post(other, "party_criteria", answers(joined=("no", "Ett annat partnerskap")))
    assert not both[0].answers.exists() and not both[1].answers.exists()
    assert "Ett annat partnerskap" not in page(both[0], "party_criteria")
    assert other.name not in page(both[0], "party_criteria")
    for name in PAGES + ["party_follow_up", "party_approve"]:
        for token in ("skräp", tokens.make("iop:sign", both[0].key), tokens.make("iop:party", "finns-inte")):
            assert Client().get(reverse(f"iop:{name}", args=[token])).status_code == 404


def test_the_log_says_for_whom_and_who(both):
    post(both[0], "party_signatories", people(ANNA))
    event = Event.objects.of(both[0].partnership).last()
    assert event.label == f"{both[0].name}: ändrade sina undertecknare" and event.actor == both[0].actor.name


@pytest.mark.parametrize("name", PAGES)
def test_more_parties_ask_no_more_questions(name):
    partnership = make.make_partnership("dialogue")
    party, _ = sides(partnership)
    page(party, name)

    def count():
        with CaptureQueriesContext(connection) as queries:
            page(party, name)
        return len(queries)

    before = count()
    for _ in range(3):
        other = partnership.add_party(
            by=party.actor, organisation=make_organisation_joined(), contact_name="Kim", email="kim@exempel.se"
        )
        make.answer_all(other)
        other.refresh_from_db()
        year = partnership.first_day.year
        other.contribute(
            by=other.actor, base=other.revision, rows=[make.row(year), make.row(year, "premises", None, None, "Lokal")]
        )
    assert count() == before


# Following up --------------------------------------------------------------------------------------------------------


@pytest.fixture
def following():
    """A follow-up that has begun, with something to count: the organisation, the unit, the follow-up, the indicator."""
    officer = make.make_officer()
    partnership = make.make_partnership("active", officer=officer)
    by = make.Actor.of(officer)
    rows = [
        {"name": "Deltagare", "unit": "personer", "goal": Decimal(50)},
        {"name": "Nöjda", "unit": "procent", "goal": None},
    ]
    partnership.change_indicators(by=by, rows=rows)
    partnership.begin_follow_up(by=by)
    civil, unit = sides(partnership)
    return civil, unit, partnership.open_follow_up, partnership.indicators.first()


def seen_on(party):
    return unescape(
        re.search(r'name="seen" value="([^"]*)"', Client().get(url(party, "party_follow_up")).content.decode())[1]
    )


def revision_on(party):
    return re.search(r'name="base" value="(\d+)"', Client().get(url(party, "party_approve")).content.decode())[1]


def approve(party, status=302):
    return post(party, "party_approve", {"base": revision_on(party)}, status)


def test_writing_counting_and_approving(following):
    civil, unit, follow_up, indicator = following
    shown = page(civil, "party_follow_up")
    assert "Följ upp partnerskapet" in shown and "Deltagare (personer)" in shown and "Målet är 50 personer." in shown
    assert "Ni har inte skrivit er del än." in shown
    post(civil, "party_follow_up", told(follow_up, indicator, "Vi har haft öppet.", value="40,5", note="Varje vecka"))
    value = follow_up.values.get()
    assert (value.value, value.note) == (Decimal("40.50"), "Varje vecka")
    shown = page(unit, "party_follow_up")
    assert (
        "Vi har haft öppet." in shown and 'value="40,5"' in Client().get(url(unit, "party_follow_up")).content.decode()
    )
    assert f"Vi väntar på text från {unit.name}." in page(civil, "party_follow_up")
    assert f"Det saknas text från {unit.name}." in page(civil, "party_approve")
    post(
        unit,
        "party_follow_up",
        told(follow_up, indicator, "Vi är nöjda.", seen=seen_on(unit), value="40,5", note="Varje vecka"),
    )
    assert "Alla parter har skrivit." in page(civil, "party_follow_up")
    shown = page(civil, "party_approve")
    for words in ("Vi har haft öppet.", "Vi är nöjda.", "Deltagare (personer) Varje vecka 50 40,5"):
        assert words in shown
    approve(civil)
    assert f"Ni har godkänt. Tack! Vi väntar på {unit.name}." in page(civil, "party_follow_up")
    approve(unit)
    follow_up.refresh_from_db()
    assert follow_up.approved_at and follow_up.content["texts"][0]["text"] == "Vi har haft öppet."
    civil.partnership.refresh_from_db()
    assert civil.partnership.state == "active"
    shown = page(civil, "party_follow_up")
    assert "Det finns inget att skriva nu." in shown and "godkänd av alla" in shown and "Vi är nöjda." in shown


def test_save_and_go_on_to_approve(following):
    civil, _, follow_up, indicator = following
    response = post(civil, "party_follow_up", told(follow_up, indicator, approve="1"))
    assert response.url == url(civil, "party_approve")


def test_two_who_write_for_the_same_party(following):
    civil, _, follow_up, indicator = following
    post(civil, "party_follow_up", told(follow_up, indicator, "Den första texten."))
    response = Client().post(url(civil, "party_follow_up"), told(follow_up, indicator, "Den andra texten."))
    shown = text(response)
    assert response.status_code == 409 and "Någon annan hos er har skrivit här sedan du öppnade sidan." in shown
    assert "Den första texten." in shown and "Den andra texten." in shown
    assert follow_up.text_of(civil).text == "Den första texten."
    post(civil, "party_follow_up", told(follow_up, indicator, "Den andra texten.", base=1))
    follow_up.refresh_from_db()
    assert follow_up.text_of(civil).text == "Den andra texten."


def test_two_parties_write_at_once_and_both_are_kept(following):
    """The one who did not touch a number leaves it as the other one counted it."""
    civil, unit, follow_up, indicator = following
    empty = seen_on(civil)
    post(unit, "party_follow_up", told(follow_up, indicator, "Vår text.", value="40", seen=empty))
    post(civil, "party_follow_up", told(follow_up, indicator, "Er text.", value="", seen=empty))
    follow_up.refresh_from_db()
    assert {t.text for t in follow_up.texts.all()} == {"Vår text.", "Er text."}
    assert follow_up.values.get().value == 40


def test_two_parties_count_the_same_thing_differently(following):
    civil, unit, follow_up, indicator = following
    empty = seen_on(civil)
    post(unit, "party_follow_up", told(follow_up, indicator, "Vår text.", value="40", seen=empty))
    shown = post(civil, "party_follow_up", told(follow_up, indicator, "Er text.", value="41", seen=empty), 409)
    assert "Någon annan har fyllt i ”Deltagare” sedan du öppnade sidan." in shown and "Sparat nu: 40" in shown
    assert "Er text." in shown
    assert follow_up.values.get().value == 40 and follow_up.text_of(civil) is None
    again = told(follow_up, indicator, "Er text.", value="41", seen=seen_on(civil))
    post(civil, "party_follow_up", again)
    assert follow_up.values.get().value == 41


def test_a_number_can_be_taken_away(following):
    civil, _, follow_up, indicator = following
    post(civil, "party_follow_up", told(follow_up, indicator, value="40"))
    post(civil, "party_follow_up", told(follow_up, indicator, base=1, value="", seen=seen_on(civil)))
    assert follow_up.values.get().value is None


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("många", "Skriv ett tal med siffror, till exempel 40 eller 12,5."),
        ("1,2,3", "Skriv ett tal med siffror, till exempel 40 eller 12,5."),
        ("NaN", "Skriv ett tal med siffror, till exempel 40 eller 12,5."),
        ("1e5", "Skriv ett tal med siffror, till exempel 40 eller 12,5."),
        ("1,234", "Skriv talet med högst två decimaler."),
        ("99999999999", "Talet är orimligt stort."),
        ("9" * 60, "Texten är för lång"),
    ],
)
def test_a_bad_number_is_told_in_words(following, value, sentence):
    civil, _, follow_up, indicator = following
    response = Client().post(url(civil, "party_follow_up"), told(follow_up, indicator, "Min text.", value=value))
    assert response.status_code == 422
    assert sentence in text(response) and value in response.content.decode() and "Min text." in text(response)
    assert not follow_up.texts.exists() and not follow_up.values.exists()


def test_what_looks_like_personal_data_is_pointed_out_and_may_stand(following):
    civil, _, follow_up, indicator = following
    words = "Ring Kim på 070-183 64 67."
    post(civil, "party_follow_up", told(follow_up, indicator, words, value="1", note="kim@exempel.se"))
    shown = page(civil, "party_follow_up")
    assert "Det här ser ut som personuppgifter: telefonnummer (070-183 64 67)." in shown
    assert "Det här ser ut som personuppgifter: e-postadress (kim@exempel.se)." in shown
    assert "e-postadress (kim@exempel.se), telefonnummer (070-183 64 67)" in page(civil, "party_approve")
    assert follow_up.text_of(civil).text == words


def test_approving_what_another_has_changed_is_refused(following):
    civil, unit, follow_up, indicator = following
    for party in (civil, unit):
        post(party, "party_follow_up", told(follow_up, indicator, f"Text från {party.name}."))
    old = revision_on(civil)
    post(unit, "party_follow_up", told(follow_up, indicator, "Ändrad text.", base=1))
    shown = post(civil, "party_approve", {"base": old}, 409)
    assert "Uppföljningen har ändrats sedan du öppnade sidan." in shown and "Ändrad text." in shown
    approve(civil)
    follow_up.refresh_from_db()
    assert follow_up.text_of(civil).approved_at


def test_an_edit_takes_approvals_back(following):
    civil, unit, follow_up, indicator = following
    for party in (civil, unit):
        post(party, "party_follow_up", told(follow_up, indicator))
    approve(civil)
    assert "Sparar ni något nytt behöver alla parter godkänna igen." in page(civil, "party_follow_up")
    post(unit, "party_follow_up", told(follow_up, indicator, "Nytt.", base=1))
    assert "Ni har godkänt" not in page(civil, "party_follow_up")


@pytest.mark.parametrize("base", ["", "x", "-1", "9" * 30, "²"])
def test_approving_without_having_read(following, base):
    civil, unit, follow_up, indicator = following
    for party in (civil, unit):
        post(party, "party_follow_up", told(follow_up, indicator))
    assert "Läs den igen och godkänn sedan." in post(civil, "party_approve", {"base": base}, 409)


def test_opening_the_page_approves_nothing_and_approving_twice_is_once(following):
    civil, unit, follow_up, indicator = following
    for party in (civil, unit):
        post(party, "party_follow_up", told(follow_up, indicator))
    page(civil, "party_approve")
    assert not follow_up.text_of(civil).approved_at
    approve(civil)
    post(civil, "party_approve", {"base": "0"})
    assert Event.objects.filter(verb="approve_follow_up").count() == 1


def test_one_who_is_not_of_the_party(following):
    """The verbs refuse too, whatever page the party came by."""
    civil, _, follow_up, _ = following
    stranger = make.make_partnership("active").proposer
    assert "Det finns inget att skriva nu." in page(stranger, "party_follow_up")
    post(stranger, "party_follow_up", {"base": "0", "text": "Jag är med!"}, 409)
    with pytest.raises(Refused, match="Bara partnerskapets egna parter"):
        follow_up.write(stranger, by=stranger.actor, text="x", base=0, values={})
    with pytest.raises(Refused, match="Bara partnerskapets egna parter"):
        follow_up.approve(stranger, by=stranger.actor, base=0)
    assert not follow_up.texts.exists()


def test_what_is_written_when_all_have_approved_can_be_copied(following):
    civil, unit, follow_up, indicator = following
    make.finish(civil.partnership)
    shown = post(civil, "party_follow_up", told(follow_up, indicator, "Sent ord.", base=1), 409)
    assert "Uppföljningen är avslutad." in shown and "Sent ord." in shown and "Det är inte sparat." in shown
    assert post(civil, "party_approve", {"base": "9"}).url == url(civil, "party_follow_up")


NOTHING_OPEN = {
    "draft": "Uppföljningen börjar när avtalet är tecknat",
    "proposed": "Uppföljningen börjar när avtalet är tecknat",
    "dialogue": "Uppföljningen börjar när avtalet är tecknat",
    "drafting": "Uppföljningen börjar när avtalet är tecknat",
    "decision": "Uppföljningen börjar när avtalet är tecknat",
    "signed": "Nästa uppföljning börjar omkring den",
    "active": "Nästa uppföljning börjar omkring den",
    "renegotiation": "Nästa uppföljning börjar när omförhandlingen är klar.",
    "evaluated": "Partnerskapet är slututvärderat.",
    "declined": "Det blev inget partnerskap",
    "cancelled": "Det blev inget partnerskap",
    "terminated": "Avtalet är uppsagt, så det blir ingen mer uppföljning.",
    "follow_up": "",
    "ended": "",
}


@pytest.mark.parametrize("state", State.values)
def test_the_page_says_when_the_next_one_comes(state):
    party = make.make_partnership(state).proposer
    shown = page(party, "party_follow_up")
    sentence = NOTHING_OPEN[state]
    assert sentence in shown
    assert ("Vad de andra har skrivit" in shown) == (not sentence)
    assert Client().get(url(party, "party_approve")).status_code == (302 if sentence else 200)


def test_the_last_follow_up_of_all_is_the_evaluation():
    party = make.make_partnership("active").proposer
    with time_machine.travel(party.partnership.last_day - timedelta(days=200), tick=False):
        party.partnership.begin_follow_up()
        make.finish(party.partnership)
        assert "när avtalstiden är slut, gör ni en slututvärdering" in page(party, "party_follow_up")
    final = make.make_partnership("ended").proposer
    assert "Slututvärdera partnerskapet" in page(final, "party_follow_up")
    assert "hela slututvärderingen" in page(final, "party_approve")


def test_earlier_values_are_drawn_with_their_numbers(following):
    civil, unit, follow_up, indicator = following
    for n in range(2):
        with time_machine.travel(timezone.now() + timedelta(days=300 * (n + 1)), tick=False):
            civil.partnership.refresh_from_db()
            if n:
                civil.partnership.begin_follow_up()
            make.finish(civil.partnership, counted=40 + n)
    with time_machine.travel(timezone.now() + timedelta(days=700), tick=False):
        civil.partnership.begin_follow_up()
        response = Client().get(url(civil, "party_follow_up"))
    assert response.content.count(b"<svg xmlns") == 2
    assert "Linjediagram, Deltagare: 40 personer" in response.content.decode().replace("\xa0", " ")


def test_more_rounds_and_parties_ask_no_more_questions(following):
    civil, unit, follow_up, indicator = following

    def count(name):
        with CaptureQueriesContext(connection) as queries:
            page(civil, name)
        return len(queries)

    names = ("party_follow_up", "party_approve")
    before = [count(name) for name in names]
    make.finish(civil.partnership)
    civil.partnership.begin_follow_up()
    for n in range(3):
        party = Party.objects.create(
            partnership=civil.partnership, organisation=make_organisation_joined(), contact_name="K", email=f"k{n}@x.se"
        )
        signed = {"name": "K", "role": "Kassör", "email": party.email, "order": 10 + n}
        civil.partnership.agreement.signatures.create(party=party, **signed)
    for party in civil.partnership.parties.with_names():
        civil.partnership.open_follow_up.write(
            party, by=party.actor, text="Bra.", base=0, values={indicator.pk: (Decimal(party.pk), "")}
        )
    assert [count(name) for name in names] == before


# Numbers -------------------------------------------------------------------------------------------------------------


@given(st.decimals(-(10**9), 10**9, places=2))
@example(Decimal("0.50"))
@example(Decimal("-0.00"))
def test_every_number_that_is_shown_is_read_back(number):
    assert party_forms.Number().clean(party_forms._shown(number)) == number


@given(st.text(max_size=45))
def test_whatever_is_typed_is_a_number_or_a_sentence(typed):
    try:
        found = party_forms.Number(required=False).clean(typed)
    except party_forms.ValidationError as error:
        assert all(sentence.endswith(".") for sentence in error.messages)
    else:
        assert found is None or found.is_finite()


@given(
    st.dictionaries(
        st.integers(1, 99), st.tuples(st.none() | st.decimals(-(10**9), 10**9, places=2), st.text(max_size=9))
    )
)
def test_what_was_seen_is_read_back(counted):
    assert party_forms._from_seen(party_forms._as_seen(counted)) == counted


@given(st.text() | st.sampled_from(['{"1": 2}', '{"x": ["1", ""]}', '{"1": ["x", ""]}', "[]", "null", "[1]"]))
def test_what_cannot_be_read_was_not_seen(typed):
    assert isinstance(party_forms._from_seen(typed), dict)
