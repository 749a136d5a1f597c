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

from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Refused
from botkyrka_civil.lib import personal_data, tokens
from iop import facts, party_forms, todo
from iop.models import Contribution, Party
from iop.models.states import TERMS_OPEN, State
from tests import factories
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import in_every_state, text, told
from tests.iop.pages import party_url as url
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

PAGES = ["party_criteria", "party_contributions", "party_signatories"]


def answer(response, status):
    """The response with its words (`shown`) and its HTML (`html`)."""
    response.html = response.content.decode()
    response.shown = text(response)
    assert response.status_code == status, (response.status_code, response.shown)
    return response


def page(party, name):
    return answer(Client().get(url(party, name)), 200).shown


def post(party, name, data, status=302):
    return answer(Client().post(url(party, name), data), status)


def refused(party, name, data, *sentences):
    """The form is refused, and all the sentences say why."""
    response = Client().post(url(party, name), data)
    return response.status_code == 422 and all(sentence in text(response) for sentence in sentences)


def queries(party, *names):
    """How many queries each of the pages asks."""
    counts = []
    for name in names:
        with CaptureQueriesContext(connection) as asked:
            page(party, name)
        counts.append(len(asked))
    return counts


@pytest.fixture(scope="module")
def planted(module_rows):
    """A partnership in every state; the one in dialogue has a party on each side."""
    partnerships = in_every_state(make.make_officer())
    unit = {"unit": make.make_unit(), "contact_name": "Mona Kommun", "email": "mona@kommun.example"}
    partnerships["dialogue"].add_party(by=SYSTEM, **unit)
    return partnerships


@pytest.fixture
def both(planted):
    """The parties of a dialogue: the organisation that proposed, and the municipality's unit."""
    partnership = same(planted["dialogue"])
    return partnership.proposer, partnership.parties.municipal().get()


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


def test_what_is_not_a_yes_says_why(both):
    for met in ("partly", "no"):
        shown = post(both[0], "party_criteria", answers(no_market=(met, " \n "), joined=("no", "Inte än.")), 422).shown
        assert shown.count("Skriv varför ni svarar delvis eller nej.") == 2  # in the summary and by the field
        assert "Inte än." in shown
    assert "Välj ett av svaren." in post(both[0], "party_criteria", answers(joined=("maybe", "")), 422).shown
    assert not both[0].answers.exists()


def test_two_who_answer_for_the_same_party(both):
    """The second is refused and sees both answers; the form shown then can be sent as it is."""
    civil, mine = both[0], {"no_market": ("partly", "Kanske, säger den andra.")}
    post(civil, "party_criteria", answers(no_market=("no", "Nej, säger den ena.")))
    refused = post(civil, "party_criteria", answers(**mine), 409)
    assert "Någon annan hos er har ändrat här sedan du öppnade sidan." in refused.shown
    assert "Kanske, säger den andra." in refused.shown
    assert "Det här är sparat nu Nej. Nej, säger den ena." in refused.shown
    assert refused.shown.count("Det här är sparat nu") == 1  # only where they differ
    assert 'name="base" value="1"' in refused.html
    assert civil.answers.get(criterion="no_market").motivation == "Nej, säger den ena."
    post(civil, "party_criteria", answers(base=1, **mine))
    assert civil.answers.get(criterion="no_market").motivation == "Kanske, säger den andra."


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
    seen = answer(Client().get(url(civil, "party_contributions")), 200)
    assert "Civilsamhället bidrar med 200 timmars arbetstid. Kommunen bidrar med 150 000 kr." in seen.shown
    assert f"{unit.name} {year}, pengar 100 000" in seen.shown and "Summa 150 000" in seen.shown
    assert seen.html.count("<svg xmlns") == 2


def test_a_bad_contribution_is_told_in_words(both):
    civil = both[0]
    right = money(civil.partnership.first_day.year)
    told_as = (
        (money(2020), "2020 ligger utanför perioden"),
        (money(0, ""), "Skriv året med fyra siffror, till exempel 2027."),
        ({"amount": "-5"}, "ska vara större än noll"),
        ({"amount": "10000000000000"}, "Det är orimligt mycket."),
        ({"amount": ""}, "Skriv hur många kronor det är."),
        ({"kind": "staff", "amount": ""}, "Skriv hur många timmar det är."),
        ({"kind": "guld"}, "Välj ett av slagen i listan."),
        ({"kind": "premises", "amount": ""}, "Beskriv vad ni bidrar med."),
    )
    wrong = [
        row
        for row, sentence in told_as
        if not refused(civil, "party_contributions", contributions(right, right | row), sentence, "Insats 2")
    ]
    assert not wrong, wrong
    assert [one.hours for one in civil.contributions.all()] == [200]  # what was proposed


def test_two_who_write_contributions_for_the_same_party(both):
    civil = both[0]
    year = civil.partnership.first_day.year
    post(civil, "party_contributions", contributions(money(year, "1 000")))
    data = contributions(money(year, "2 222", note="Den andras"))
    refused = post(civil, "party_contributions", data, 409)
    assert "Någon annan hos er har ändrat" in refused.shown and "Det här är sparat nu" in refused.shown
    assert f"{year}, pengar 1 000" in refused.shown
    assert 'value="2 222"' in refused.html and "Den andras" in refused.html
    assert [one.amount for one in civil.contributions.all()] == [1000]
    post(civil, "party_contributions", data | {"base": "1"})
    assert [one.amount for one in civil.contributions.all()] == [2222]


def test_one_more_row_keeps_what_was_typed_and_all_may_be_taken_away(both):
    data = contributions(money("tjugo", "mycket", note="halvskrivet"), add="1")
    html = post(both[0], "party_contributions", data, 200).html
    assert 'value="tjugo"' in html and 'value="mycket"' in html and 'id="insats-2"' in html
    assert "error-summary" not in html and both[0].contributions.get().hours == 200
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


def test_those_who_sign(both):
    civil, unit = both
    post(unit, "party_signatories", people(ANNA))
    person = unit.signatories.get()
    assert (person.name, person.role, person.email) == ("Anna Ek", "Ordförande", "anna@exempel.se")
    assert "delegationsordningen" in page(unit, "party_signatories")
    assert "Anna Ek" not in page(civil, "party_signatories")
    event = Event.objects.of(unit.partnership).last()
    assert event.label == f"{unit.name}: ändrade sina undertecknare" and event.actor == unit.actor.name


def test_as_many_as_the_signing_rule_says():
    """An organisation that joined here, where two sign together."""
    accession = factories.make_accession("joined")
    party = make.make_partnership("dialogue", organisation=accession.organisation).proposer
    assert party.required_signatures == 2
    shown = page(party, "party_signatories")
    assert "Enligt er firmateckning (två personer tillsammans) behövs minst 2 personer." in shown
    assert "Person 2" in shown
    shown = post(party, "party_signatories", people(ANNA, ("", "", "")), 422).shown
    assert "Enligt er firmateckning behövs minst 2 personer." in shown
    post(party, "party_signatories", people(ANNA, BO))
    assert party.signatories.count() == 2


def test_a_bad_signatory_is_told_in_words(both):
    told_as = {
        ("Bo Ås", "Kassör", "anna@exempel.se"): "Person 1 har samma e-postadress.",
        ("anna ek", "Kassör", "bo@exempel.se"): "Är det två olika personer?",
        ("Bo Ås", "", "bo@exempel.se"): "Person 2, Roll",
        ("Bo Ås", "Kassör", "bo"): "Person 2, E-postadress",
        ("www.reklam.se", "Kassör", "bo@exempel.se"): "Skriv utan webbadresser här.",
    }
    sent = {row: refused(both[0], "party_signatories", people(ANNA, row), told) for row, told in told_as.items()}
    assert all(sent.values()), sent
    assert not both[0].signatories.exists()


def test_two_who_name_signatories_for_the_same_party(both):
    post(both[0], "party_signatories", people(ANNA))
    refused = post(both[0], "party_signatories", people(BO), 409)
    assert "De här är sparade nu Anna Ek" in refused.shown and 'value="Bo Ås"' in refused.html
    post(both[0], "party_signatories", people(BO, base=1))
    assert both[0].signatories.get().name == "Bo Ås"


def test_one_more_person_keeps_what_was_typed(both):
    html = post(both[0], "party_signatories", people(("Anna", "", "inte en adress"), add="1"), 200).html
    assert 'value="inte en adress"' in html and 'id="person-2"' in html


# When, and by whom ---------------------------------------------------------------------------------------------------


def test_the_pages_are_forms_only_while_the_terms_are_open(planted):
    wrong = []
    for state, partnership in planted.items():
        for party in same(partnership).parties.with_names():
            for name in PAGES:
                seen = answer(Client().get(url(party, name)), 200)
                found = '<form method="post"' in seen.html, "Tillbaka till er sida" not in seen.shown
                if found != (state in TERMS_OPEN, state in TERMS_OPEN):
                    wrong.append((state, party.side, name, *found))
    assert not wrong, wrong


def test_what_comes_too_late_is_refused_and_can_be_copied(planted):
    wrong = []
    for state in planted.keys() - set(TERMS_OPEN):
        party = same(planted[state]).proposer
        base = party.revision
        with heard() as written:
            for name, data, *kept in (
                (PAGES[0], answers(base=base, joined=("no", "Min långa text")), "Min långa text", "inte att ändra nu"),
                (PAGES[1], contributions(money(2027, note="Min insats"), base=base), "Min insats"),
                (PAGES[2], people(ANNA, base=base), "Anna@exempel.se"),
            ):
                response = Client().post(url(party, name), data)
                shown = response.content.decode()
                if response.status_code != 409 or not all(words in shown for words in kept):
                    wrong.append((state, name))
        wrong += [(state, table) for table in written]
    assert not wrong, wrong


def test_while_the_agreement_is_out_nothing_is_written(planted):
    partnership = same(planted["renegotiation"])
    make.decide(partnership, by=Actor.of(partnership.assigned_to))
    shown = page(partnership.proposer, "party_criteria")
    assert "Avtalet är ute för underskrift, så det går inte att ändra här nu." in shown


def test_a_link_opens_its_own_party_only(both, planted):
    """One who may, one of the other side, and one of another partnership: each writes for their own party alone."""
    other = same(planted["drafting"]).proposer
    post(other, "party_criteria", answers(joined=("no", "Ett annat partnerskap")))
    assert not both[0].answers.exists() and not both[1].answers.exists()
    shown = page(both[0], "party_criteria")
    assert "Ett annat partnerskap" not in shown and other.name not in shown
    for name in PAGES + ["party_follow_up", "party_approve"]:
        for token in ("skräp", tokens.make("iop:sign", both[0].key), tokens.make("iop:party", "finns-inte")):
            assert Client().get(reverse(f"iop:{name}", args=[token])).status_code == 404


def test_more_parties_ask_no_more_questions(both):
    party, partnership = both[0], both[0].partnership
    queries(party, *PAGES)
    before = queries(party, *PAGES)
    year = partnership.first_day.year
    for _ in range(3):
        contact = {"contact_name": "Kim", "email": "kim@exempel.se"}
        other = partnership.add_party(by=party.actor, organisation=make_organisation_joined(), **contact)
        make.answer_all(other)
        other.refresh_from_db()
        rows = [make.row(year), make.row(year, "premises", None, None, "Lokal")]
        other.contribute(by=other.actor, base=other.revision, rows=rows)
    assert queries(party, *PAGES) == before


def test_each_party_is_named_once_above_what_it_puts_in(planted):
    partnership = same(planted["active"])
    party = partnership.proposer
    party.replace_contributions([make.row(year) for year in (partnership.first_day.year, partnership.last_day.year)])
    shown = Client().get(url(party, "party")).content.decode()
    assert [shown.count(f"<strong>{one.name}</strong>") for one in partnership.parties.all()] == [1, 1]


def test_a_termination_reads_the_same_before_and_after_its_day(planted):
    party = same(planted["terminated"]).proposer
    assert "Avtalet är uppsagt och gäller inte efter den" in page(party, "party")


def test_one_and_many(both):
    party = both[0]
    make.answer_all(party)
    hard = list(party.answers.filter(criterion__in=facts.HARD))
    for count, says in ((1, "1 krav är inte uppfyllt"), (2, "2 krav är inte uppfyllda")):
        party.answers.filter(pk__in=[one.pk for one in hard[:count]]).update(met="partly")
        assert todo.tasks(same(party))[0].standing == says
    assert Contribution(hours=1).size == "1 timme" and Contribution(hours=2).size == "2 timmar"


# Following up --------------------------------------------------------------------------------------------------------


@pytest.fixture
def following(planted):
    """A follow-up that has begun, with something to count: the organisation, the unit, the follow-up, the indicator."""
    partnership = same(planted["follow_up"])
    unit = partnership.parties.municipal().get()
    return partnership.proposer, unit, partnership.open_follow_up, partnership.indicators.first()


def write(following, party, words="Det går bra.", status=302, **more):
    """Sends the form of the follow-up for the party."""
    return post(party, "party_follow_up", told(*following[2:], words, **more), status)


@pytest.fixture
def written(following):
    """Both parties have written their text."""
    for party in following[:2]:
        write(following, party, f"Text från {party.name}.")
    return following


def seen_on(party):
    html = Client().get(url(party, "party_follow_up")).content.decode()
    return unescape(re.search(r'name="seen" value="([^"]*)"', html)[1])


def revision_on(party):
    return re.search(r'name="base" value="(\d+)"', Client().get(url(party, "party_approve")).content.decode())[1]


def approve(party):
    return post(party, "party_approve", {"base": revision_on(party)})


def test_writing_counting_and_approving(following):
    civil, unit, follow_up, indicator = following
    shown = page(civil, "party_follow_up")
    assert "Följ upp partnerskapet" in shown and "Deltagare (personer)" in shown and "Målet är 50 personer." in shown
    assert "Ni har inte skrivit er del än." in shown
    counted = {"value": "40,5", "note": "Varje vecka"}
    write(following, civil, "Vi har haft öppet.", **counted)
    value = follow_up.values.get()
    assert (value.value, value.note) == (Decimal("40.50"), "Varje vecka")
    seen = answer(Client().get(url(unit, "party_follow_up")), 200)
    assert "Vi har haft öppet." in seen.shown and 'value="40,5"' in seen.html
    assert f"Vi väntar på text från {unit.name}." in page(civil, "party_follow_up")
    assert f"Det saknas text från {unit.name}." in page(civil, "party_approve")
    write(following, unit, "Vi är nöjda.", seen=seen_on(unit), **counted)
    assert "Alla parter har skrivit." in page(civil, "party_follow_up")
    shown = page(civil, "party_approve")
    for words in ("Vi har haft öppet.", "Vi är nöjda.", "Deltagare (personer) Varje vecka 50 40,5"):
        assert words in shown
    approve(civil)
    assert f"Ni har godkänt. Tack! Vi väntar på {unit.name}." in page(civil, "party_follow_up")
    approve(unit)
    follow_up.refresh_from_db()
    assert follow_up.approved_at and follow_up.content["texts"][0]["text"] == "Vi har haft öppet."
    assert same(civil.partnership).state == "active"
    shown = page(civil, "party_follow_up")
    assert "Det finns inget att skriva nu." in shown and "godkänd av alla" in shown and "Vi är nöjda." in shown


def test_save_and_go_on_to_approve(following):
    civil = following[0]
    assert write(following, civil, approve="1").url == url(civil, "party_approve")


def test_two_who_write_for_the_same_party(following):
    civil, _, follow_up, _ = following
    write(following, civil, "Den första texten.")
    shown = write(following, civil, "Den andra texten.", 409).shown
    assert "Någon annan hos er har skrivit här sedan du öppnade sidan." in shown
    assert "Den första texten." in shown and "Den andra texten." in shown
    assert follow_up.text_of(civil).text == "Den första texten."
    write(following, civil, "Den andra texten.", base=1)
    assert same(follow_up).text_of(civil).text == "Den andra texten."


def test_two_parties_write_at_once_and_both_are_kept(following):
    """The one who did not touch a number leaves it as the other one counted it."""
    civil, unit, follow_up, _ = following
    empty = seen_on(civil)
    write(following, unit, "Vår text.", value="40", seen=empty)
    write(following, civil, "Er text.", value="", seen=empty)
    assert {t.text for t in follow_up.texts.all()} == {"Vår text.", "Er text."}
    assert follow_up.values.get().value == 40


def test_two_parties_count_the_same_thing_differently(following):
    civil, unit, follow_up, _ = following
    empty = seen_on(civil)
    write(following, unit, "Vår text.", value="40", seen=empty)
    shown = write(following, civil, "Er text.", 409, value="41", seen=empty).shown
    assert "Någon annan har fyllt i ”Deltagare” sedan du öppnade sidan." in shown and "Sparat nu: 40" in shown
    assert "Er text." in shown
    assert follow_up.values.get().value == 40 and follow_up.text_of(civil) is None
    write(following, civil, "Er text.", value="41", seen=seen_on(civil))
    assert follow_up.values.get().value == 41
    write(following, civil, base=1, value="", seen=seen_on(civil))
    assert follow_up.values.get().value is None


def test_a_bad_number_is_told_in_words(following):
    civil, _, follow_up, _ = following
    no_number = "Skriv ett tal med siffror, till exempel 40 eller 12,5."
    told_as = dict.fromkeys(("många", "1,2,3", "NaN", "1e5"), no_number)
    told_as |= {"1,234": "Skriv talet med högst två decimaler.", "99999999999": "Talet är orimligt stort."}
    wrong = []
    for value, sentence in (told_as | {"9" * 60: "Texten är för lång"}).items():
        answered = write(following, civil, "Min text.", 422, value=value)
        if not (sentence in answered.shown and value in answered.html and "Min text." in answered.shown):
            wrong.append(value)
    assert not wrong, wrong
    assert not follow_up.texts.exists() and not follow_up.values.exists()


@pytest.mark.parametrize("seen", ["[" * 200_000, '{"PK": ["sNaN", ""]}', '{"PK": ["NaN", ""]}'])
def test_what_the_page_is_said_to_have_shown(following, seen):
    civil, _, follow_up, indicator = following
    write(following, civil, value="5", seen=seen.replace("PK", str(indicator.pk)))
    assert follow_up.values.get().value == 5


def test_what_looks_like_personal_data_is_pointed_out_and_may_stand(following):
    civil, _, follow_up, _ = following
    words = "Ring Kim på 070-183 64 67."
    write(following, civil, words, value="1", note="kim@exempel.se")
    shown = page(civil, "party_follow_up")
    assert "Det här ser ut som personuppgifter: telefonnummer (070-183 64 67)." in shown
    assert "Det här ser ut som personuppgifter: e-postadress (kim@exempel.se)." in shown
    assert "e-postadress (kim@exempel.se), telefonnummer (070-183 64 67)" in page(civil, "party_approve")
    assert follow_up.text_of(civil).text == words


def test_what_leads_to_a_person_is_found():
    words = "Kim (kim.k+a@exempel.se), a@b.se;c@d.se, 070-183 64 67, 19121212-1212"
    found = [what for _, what in personal_data.find(words)]
    assert found == ["19121212-1212", "kim.k+a@exempel.se", "a@b.se", "c@d.se", "070-183 64 67"]


def test_a_huge_text_is_read_once():
    """An address is looked for from the beginning of a word only, not from each of its letters.

    The huge texts would not come to an end if they were read once for each of their letters.
    """
    address = "a" * 20 + "@b.se"
    assert [at for at in range(20) if personal_data._EMAIL.match(address, at)] == [0]
    for words in ("aaaa", "a@b.", "0 ", "0(0)"):
        assert len(personal_data.find(words * 100_000)) < 3, words


def test_approving_what_another_has_changed_is_refused(written):
    civil, unit, follow_up, _ = written
    old = revision_on(civil)
    write(written, unit, "Ändrad text.", base=1)
    shown = post(civil, "party_approve", {"base": old}, 409).shown
    assert "Uppföljningen har ändrats sedan du öppnade sidan." in shown and "Ändrad text." in shown
    approve(civil)
    assert follow_up.text_of(civil).approved_at
    assert "Sparar ni något nytt behöver alla parter godkänna igen." in page(civil, "party_follow_up")
    write(written, unit, "Nytt.", base=2)
    assert "Ni har godkänt" not in page(civil, "party_follow_up")


def test_approving_is_done_by_who_has_read_and_once(written):
    civil, _, follow_up, _ = written
    page(civil, "party_approve")
    for base in ("", "x", "-1", "9" * 30, "²"):
        assert "Läs den igen och godkänn sedan." in post(civil, "party_approve", {"base": base}, 409).shown, base
    assert not follow_up.text_of(civil).approved_at
    approve(civil)
    post(civil, "party_approve", {"base": "0"})
    assert Event.objects.of(civil.partnership).filter(verb="approve_follow_up").count() == 1


def test_one_who_is_not_of_the_party(following, planted):
    """The verbs refuse too, whatever page the party came by."""
    follow_up = following[2]
    stranger = same(planted["active"]).proposer
    assert "Det finns inget att skriva nu." in page(stranger, "party_follow_up")
    post(stranger, "party_follow_up", {"base": "0", "text": "Jag är med!"}, 409)
    with pytest.raises(Refused, match="Bara partnerskapets egna parter"):
        follow_up.write(stranger, by=stranger.actor, text="x", base=0, values={})
    with pytest.raises(Refused, match="Bara partnerskapets egna parter"):
        follow_up.approve(stranger, by=stranger.actor, base=0)
    assert not follow_up.texts.exists()


def test_what_is_written_when_all_have_approved_can_be_copied(following):
    civil = following[0]
    make.finish(civil.partnership)
    shown = write(following, civil, "Sent ord.", 409, base=1).shown
    assert "Uppföljningen är avslutad." in shown and "Sent ord." in shown and "Det är inte sparat." in shown
    assert post(civil, "party_approve", {"base": "9"}).url == url(civil, "party_follow_up")


def test_the_page_says_when_the_next_one_comes(planted):
    signed_first, next_one = "Uppföljningen börjar när avtalet är tecknat", "Nästa uppföljning börjar omkring den"
    sentences = dict.fromkeys(("draft", "proposed", "dialogue", "drafting", "decision"), signed_first)
    sentences |= dict.fromkeys(("signed", "active"), next_one)
    sentences |= dict.fromkeys(("declined", "cancelled"), "Det blev inget partnerskap")
    sentences |= dict.fromkeys(("follow_up", "ended"), "")
    sentences |= {
        "renegotiation": "Nästa uppföljning börjar när omförhandlingen är klar.",
        "evaluated": "Partnerskapet är slututvärderat.",
        "terminated": "Avtalet är uppsagt, så det blir ingen mer uppföljning.",
    }
    assert sentences.keys() == set(State.values)
    wrong = []
    for state, sentence in sentences.items():
        party = same(planted[state]).proposer
        shown = page(party, "party_follow_up")
        status = Client().get(url(party, "party_approve")).status_code
        found = sentence in shown, "Vad de andra har skrivit" in shown, status
        if found != (True, not sentence, 302 if sentence else 200):
            wrong.append((state, *found))
    assert not wrong, wrong


def test_the_last_follow_up_of_all_is_the_evaluation(planted):
    partnership = same(planted["active"])
    with time_machine.travel(partnership.last_day - timedelta(days=200), tick=False):
        partnership.begin_follow_up()
        make.finish(partnership)
        assert "när avtalstiden är slut, gör ni en slututvärdering" in page(partnership.proposer, "party_follow_up")
    final = same(planted["ended"]).proposer
    assert "Slututvärdera partnerskapet" in page(final, "party_follow_up")
    assert "hela slututvärderingen" in page(final, "party_approve")


def test_the_final_evaluation_is_read_first(planted):
    partnership = same(planted["ended"])
    first, day = partnership.first_day, timedelta(days=1)
    values = {"approved_at": timezone.now(), "content": {"texts": [], "indicators": []}}
    partnership.follow_ups.create(first_day=first + 99 * day, last_day=first + 300 * day, **values, due=first)
    make.finish(partnership)
    seen = Client().get(url(partnership.proposer, "party_follow_up"))
    assert [one.get_kind_display() for one, _ in seen.context["earlier"]] == ["Slututvärdering", "Uppföljning"]


def test_earlier_values_are_drawn_with_their_numbers(following):
    civil = following[0]
    partnership = civil.partnership
    for n, days in enumerate((300, 600, 700)):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            partnership.refresh_from_db()
            if n:
                partnership.begin_follow_up()
            if n < 2:
                make.finish(partnership, counted=40 + n)
            else:
                html = Client().get(url(civil, "party_follow_up")).content.decode()
    assert html.count("<svg xmlns") == 2
    assert "Linjediagram, Deltagare: 40 personer" in html.replace("\xa0", " ")


def test_more_rounds_and_parties_ask_no_more_questions(following):
    civil, _, _, indicator = following
    partnership, names = civil.partnership, ("party_follow_up", "party_approve")
    before = queries(civil, *names)
    make.finish(partnership)
    partnership.begin_follow_up()
    for n in range(3):
        contact = {"contact_name": "K", "email": f"k{n}@x.se"}
        party = Party.objects.create(partnership=partnership, organisation=make_organisation_joined(), **contact)
        signed = {"name": "K", "role": "Kassör", "email": party.email, "order": 10 + n}
        partnership.agreement.signatures.create(party=party, **signed)
    for party in partnership.parties.with_names():
        values = {indicator.pk: (Decimal(party.pk), "")}
        partnership.open_follow_up.write(party, by=party.actor, text="Bra.", base=0, values=values)
    assert queries(civil, *names) == before


# Numbers -------------------------------------------------------------------------------------------------------------

NUMBERS = st.decimals(-(10**9), 10**9, places=2)


@given(NUMBERS)
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


@given(st.dictionaries(st.integers(1, 99), st.tuples(st.none() | NUMBERS, st.text(max_size=9))))
def test_what_was_seen_is_read_back(counted):
    assert party_forms._from_seen(party_forms._as_seen(counted)) == counted


@given(st.text() | st.sampled_from(['{"1": 2}', '{"x": ["1", ""]}', '{"1": ["x", ""]}', "[]", "null", "[1]"]))
def test_what_cannot_be_read_was_not_seen(typed):
    assert isinstance(party_forms._from_seen(typed), dict)


def test_nothing_but_numbers_has_been_seen():
    read = party_forms._from_seen
    assert read('{"1": ["12.50", "not"], "2": ["", ""]}') == {1: (Decimal("12.50"), "not"), 2: (None, "")}
    assert read('{"1": ["Infinity", ""]}') == {}
