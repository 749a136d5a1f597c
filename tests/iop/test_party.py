"""A party's pages by its personal link: answers, contributions, signatories, follow-ups, what waits, and giving up."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from botkyrka_civil.casework.models import SYSTEM, Event, Letter, Refused
from botkyrka_civil.lib import personal_data
from iop import facts, party_forms, todo
from iop.models import Contribution, Party
from iop.models.states import OPEN, TERMS_OPEN, State
from tests import factories
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import party_url as url
from tests.iop.pages import text, told
from tests.tools.threads import same
from tests.tools.web import queries
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

PAGES = ["party_criteria", "party_contributions", "party_signatories"]


def page(party, name):
    response = Client().get(url(party, name))
    assert response.status_code == 200, name
    return text(response)


def post(party, name, data, status=302):
    """The answer with its words (`shown`) and its HTML (`html`)."""
    response = Client().post(url(party, name), data)
    response.html, response.shown = response.content.decode(), text(response)
    assert response.status_code == status, (response.status_code, response.shown)
    return response


def not_refused(party, name, cases):
    """Those of the forms that are not refused in the words given."""
    found = {}
    for data, *sentences in cases:
        response = Client().post(url(party, name), data)
        shown = text(response)
        if response.status_code != 422 or not all(sentence in shown for sentence in sentences):
            found[str(data)] = shown
    return found


@pytest.fixture(scope="module")
def with_unit(planted):
    """The dialogue has a party on each side."""
    unit = {"unit": make.make_unit(), "contact_name": "Mona Kommun", "email": "mona@kommun.example"}
    planted["dialogue"].add_party(by=SYSTEM, **unit)


@pytest.fixture
def both(with_unit, at):
    """The parties of a dialogue: the organisation that proposed, and the municipality's unit."""
    partnership = at("dialogue")
    return partnership.proposer, partnership.parties.municipal().get()


def answers(base=0, **told):
    """What the form sends: yes to everything but what is told, as key=(met, why)."""
    data = {"base": str(base)}
    for criterion in facts.CRITERIA:
        met, why = told.get(criterion.key, ("yes", ""))
        data |= {f"met_{criterion.key}": met, f"why_{criterion.key}": why}
    return data


def test_the_criteria_with_the_sources_own_words(both):
    shown = page(both[0], "party_criteria")
    for one in facts.CRITERIA:
        quoted = one.text and f"”{one.text}”", one.corrected and f"Det ska nog vara: ”{one.corrected}”"
        assert all(words in shown for words in (one.question, one.help, *quoted)), one.key
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
    response = Client().get(url(civil, "party_contributions"))
    shown = text(response)
    assert "Civilsamhället bidrar med 200 timmars arbetstid. Kommunen bidrar med 150 000 kr." in shown
    assert f"{unit.name} {year}, pengar 100 000" in shown and "Summa 150 000" in shown
    assert response.content.count(b"<svg xmlns") == 2


def test_a_bad_contribution_is_told_in_words(both):
    """The rows are those of a proposal, whose tests have each bad answer."""
    civil = both[0]
    right = money(civil.partnership.first_day.year)
    told_as = ((money(2020), "2020 ligger utanför perioden"), ({"kind": "guld"}, "Välj ett av slagen i listan."))
    cases = [(contributions(right, right | row), sentence, "Insats 2") for row, sentence in told_as]
    assert not not_refused(civil, "party_contributions", cases)
    assert [one.hours for one in civil.contributions.all()] == [200], "what was proposed"


def test_one_more_row_or_person_keeps_what_was_typed_and_all_may_be_taken_away(both):
    civil = both[0]
    data = contributions(money("tjugo", "mycket", note="halvskrivet"), add="1")
    html = post(civil, "party_contributions", data, 200).html
    assert 'value="tjugo"' in html and 'value="mycket"' in html and 'id="insats-2"' in html
    assert "error-summary" not in html and civil.contributions.get().hours == 200
    html = post(civil, "party_signatories", people(("Anna", "", "inte en adress"), add="1"), 200).html
    assert 'value="inte en adress"' in html and 'id="person-2"' in html
    post(civil, "party_contributions", contributions())
    assert not civil.contributions.exists()


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
    shown = page(party, "party_signatories")
    assert "Enligt er firmateckning (två personer tillsammans) behövs minst 2 personer." in shown
    assert "Person 2" in shown
    few = people(ANNA, ("", "", ""))
    assert not not_refused(party, "party_signatories", [(few, "Enligt er firmateckning behövs minst 2 personer.")])
    post(party, "party_signatories", people(ANNA, BO))
    assert party.signatories.count() == 2


def test_a_bad_signatory_is_told_in_words(both):
    told_as = (
        ("Bo Ås", "Kassör", "anna@exempel.se", "Person 1 har samma e-postadress."),
        ("anna ek", "Kassör", "bo@exempel.se", "Är det två olika personer?"),
        ("Bo Ås", "", "bo@exempel.se", "Person 2, Roll"),
        ("Bo Ås", "Kassör", "bo", "Person 2, E-postadress"),
        ("www.reklam.se", "Kassör", "bo@exempel.se", "Skriv utan webbadresser här."),
    )
    cases = [(people(ANNA, row), sentence) for *row, sentence in told_as]
    assert not not_refused(both[0], "party_signatories", cases)
    assert not both[0].signatories.exists()


def second_is_refused(party, name, first, second, *shown):
    """The second of two who write for the same party sees both; the form shown then can be sent as it is."""
    base = same(party).revision
    post(party, name, first | {"base": base})
    with heard() as written:
        refused = post(party, name, second | {"base": base}, 409)
    assert not written
    assert "Någon annan hos er har ändrat här sedan du öppnade sidan." in refused.shown
    assert all(words in refused.shown or words in refused.html for words in shown)
    assert refused.shown.count("sparat nu") + refused.shown.count("sparade nu") == 1, "only where they differ"
    assert f'name="base" value="{base + 1}"' in refused.html
    post(party, name, second | {"base": base + 1})


def test_two_who_write_for_the_same_party(both):
    civil, year = both[0], both[0].partnership.first_day.year
    ours, theirs = (answers(no_market=("no", words)) for words in ("Den ena.", "Den andra."))
    second_is_refused(civil, "party_criteria", ours, theirs, "Den andra.", "Det här är sparat nu Nej. Den ena.")
    assert civil.answers.get(criterion="no_market").motivation == "Den andra."
    ours, theirs = contributions(money(year, "1 000")), contributions(money(year, "2 222", note="Den andras"))
    kept = ('value="2 222"', "Den andras", "Det här är sparat nu", f"{year}, pengar 1 000")
    second_is_refused(civil, "party_contributions", ours, theirs, *kept)
    assert [one.amount for one in civil.contributions.all()] == [2222]
    kept = ("De här är sparade nu Anna Ek", 'value="Bo Ås"')
    second_is_refused(civil, "party_signatories", people(ANNA), people(BO), *kept)
    assert civil.signatories.get().name == "Bo Ås"


def test_the_pages_are_forms_only_while_the_terms_are_open(with_unit, at):
    wrong = []
    for state in State.values:
        for party in at(state).parties.with_names():
            for name in PAGES:
                response = Client().get(url(party, name))
                found = b'<form method="post"' in response.content, "Tillbaka till er sida" not in text(response)
                if found != (state in TERMS_OPEN, state in TERMS_OPEN):
                    wrong.append((state, party.side, name, *found))
    assert not wrong, wrong


def test_what_comes_too_late_is_refused_and_can_be_copied(at):
    wrong = []
    for state in set(State.values) - set(TERMS_OPEN):
        party = at(state).proposer
        base = party.revision
        sent = {
            "party_criteria": (answers(base=base, joined=("no", "Min långa text")), "Min långa text", "ändra nu"),
            "party_contributions": (contributions(money(2027, note="Min insats"), base=base), "Min insats"),
            "party_signatories": (people(ANNA, base=base), "Anna@exempel.se"),
        }
        with heard() as written:
            for name, (data, *kept) in sent.items():
                response = Client().post(url(party, name), data)
                if response.status_code != 409 or not all(words in response.content.decode() for words in kept):
                    wrong.append((state, name))
        wrong += [(state, table) for table in written]
    assert not wrong, wrong


def test_more_parties_ask_no_more_questions(both, client):
    party, partnership = both[0], both[0].partnership
    urls = [url(party, name) for name in ("party", *PAGES)]
    before, year = queries(client, *urls), partnership.first_day.year
    for _ in range(3):
        contact = {"contact_name": "Kim", "email": "kim@exempel.se"}
        other = partnership.add_party(by=party.actor, organisation=make_organisation_joined(), **contact)
        make.answer_all(other)
        other.replace_contributions([make.row(year), make.row(year, "premises", None, None, "Lokal")])
    assert queries(client, *urls) == before


def test_each_party_is_named_once_above_what_it_puts_in(at):
    partnership = at("active")
    party = partnership.proposer
    party.replace_contributions([make.row(year) for year in (partnership.first_day.year, partnership.last_day.year)])
    shown = Client().get(url(party)).content.decode()
    assert [shown.count(f"<strong>{one.name}</strong>") for one in partnership.parties.all()] == [1, 1]


def test_one_hour_and_many():
    assert Contribution(hours=1).size == "1 timme" and Contribution(hours=2).size == "2 timmar"


# Following up --------------------------------------------------------------------------------------------------------


@pytest.fixture
def following(at):
    """A follow-up that has begun, with something to count: the organisation, the unit, the follow-up, the indicator."""
    partnership = at("follow_up")
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
    seen = Client().get(url(unit, "party_follow_up"))
    assert "Vi har haft öppet." in text(seen) and 'value="40,5"' in seen.content.decode()
    assert f"Vi väntar på text från {unit.name}." in page(civil, "party_follow_up")
    assert f"Det saknas text från {unit.name}." in page(civil, "party_approve")
    answer = write(following, unit, "Vi är nöjda.", seen=seen_on(unit), approve="1", **counted)
    assert answer.url == url(unit, "party_approve")
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


def test_two_who_write_the_same_partys_text(following):
    civil, _, follow_up, _ = following
    write(following, civil, "Den första texten.")
    shown = write(following, civil, "Den andra texten.", 409).shown
    assert "Någon annan hos er har skrivit här sedan du öppnade sidan." in shown
    assert "Den första texten." in shown and "Den andra texten." in shown
    assert follow_up.text_of(civil).text == "Den första texten."
    write(following, civil, "Den andra texten.", base=1)
    assert same(follow_up).text_of(civil).text == "Den andra texten."


def test_two_parties_count_the_same_thing_differently(following):
    civil, unit, follow_up, _ = following
    empty = seen_on(civil)
    write(following, unit, "Vår text.", value="40", seen=empty)
    shown = write(following, civil, "Er text.", 409, value="41", seen=empty).shown
    assert "Någon annan har fyllt i ”Deltagare” sedan du öppnade sidan." in shown and "Sparat nu: 40" in shown
    assert "Er text." in shown
    assert follow_up.values.get().value == 40 and follow_up.text_of(civil) is None
    write(following, civil, "Er text.", value="", seen=empty)
    assert {t.text for t in follow_up.texts.all()} == {"Vår text.", "Er text."}
    assert follow_up.values.get().value == 40, "who did not touch a number leaves it as the other one counted it"
    write(following, civil, base=1, value="41", seen=seen_on(civil))
    assert follow_up.values.get().value == 41
    write(following, civil, base=2, value="", seen=seen_on(civil))
    assert follow_up.values.get().value is None


def test_a_bad_number_is_told_in_words(following):
    civil, _, follow_up, _ = following
    told_as = dict.fromkeys(("många", "1,2,3", "NaN", "1e5"), "Skriv ett tal med siffror, till exempel 40 eller 12,5.")
    told_as |= {"1,234": "Skriv talet med högst två decimaler.", "99999999999": "Talet är orimligt stort."}
    told_as |= {"9" * 60: "Texten är för lång"}
    wrong = []
    for value, sentence in told_as.items():
        answered = write(following, civil, "Min text.", 422, value=value)
        if not (sentence in answered.shown and value in answered.html and "Min text." in answered.shown):
            wrong.append(value)
    assert not wrong, wrong
    assert not follow_up.texts.exists() and not follow_up.values.exists()


def test_what_the_page_is_said_to_have_shown(following):
    civil, _, follow_up, indicator = following
    for base, seen in enumerate(("[" * 200_000, '{"PK": ["sNaN", ""]}', '{"PK": ["NaN", ""]}')):
        write(following, civil, base=base, value="5", seen=seen.replace("PK", str(indicator.pk)))
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


def test_what_leads_to_a_person_is_found_and_a_huge_text_is_read_once():
    """An address is looked for from the beginning of a word only, not from each of its letters.

    The huge texts would not come to an end if they were read once for each of their letters.
    """
    words = "Kim (kim.k+a@exempel.se), a@b.se;c@d.se, 070-183 64 67, 19121212-1212"
    found = [what for _, what in personal_data.find(words)]
    assert found == ["19121212-1212", "kim.k+a@exempel.se", "a@b.se", "c@d.se", "070-183 64 67"]
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


def test_one_who_is_not_of_the_party(following, at):
    """The verbs refuse too, whatever page the party came by."""
    follow_up, stranger = following[2], at("active").proposer
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


def test_the_page_says_when_the_next_one_comes(at):
    signed_first, next_one = "Uppföljningen börjar när avtalet är tecknat", "Nästa uppföljning börjar omkring den"
    sentences = dict.fromkeys(("draft", "proposed", "dialogue", "drafting", "decision"), signed_first)
    sentences |= dict.fromkeys(("signed", "active"), next_one) | dict.fromkeys(("follow_up", "ended"), "")
    sentences |= dict.fromkeys(("declined", "cancelled"), "Det blev inget partnerskap")
    sentences |= {
        "renegotiation": "Nästa uppföljning börjar när omförhandlingen är klar.",
        "evaluated": "Partnerskapet är slututvärderat.",
        "terminated": "Avtalet är uppsagt, så det blir ingen mer uppföljning.",
    }
    assert sentences.keys() == set(State.values)
    wrong = []
    for state, sentence in sentences.items():
        party = at(state).proposer
        shown = page(party, "party_follow_up")
        status = Client().get(url(party, "party_approve")).status_code
        found = sentence in shown, "Vad de andra har skrivit" in shown, status
        if found != (True, not sentence, 302 if sentence else 200):
            wrong.append((state, *found))
    assert not wrong, wrong


def test_the_last_follow_up_of_all_is_the_evaluation_and_it_is_read_first(at):
    partnership, ended, day = at("active"), at("ended"), timedelta(days=1)
    with time_machine.travel(partnership.last_day - 200 * day, tick=False):
        partnership.begin_follow_up()
        make.finish(partnership)
        assert "när avtalstiden är slut, gör ni en slututvärdering" in page(partnership.proposer, "party_follow_up")
    final, first = ended.proposer, ended.first_day
    assert "Slututvärdera partnerskapet" in page(final, "party_follow_up")
    assert "hela slututvärderingen" in page(final, "party_approve")
    values = {"approved_at": timezone.now(), "content": {"texts": [], "indicators": []}}
    ended.follow_ups.create(first_day=first + 99 * day, last_day=first + 300 * day, **values, due=first)
    make.finish(ended)
    seen = Client().get(url(final, "party_follow_up"))
    assert [one.get_kind_display() for one, _ in seen.context["earlier"]] == ["Slututvärdering", "Uppföljning"]


def test_earlier_values_are_drawn_with_their_numbers(following):
    civil, partnership = following[0], following[0].partnership
    make.finish(partnership, counted=40)
    with time_machine.travel(timezone.now() + timedelta(days=300), tick=False):
        partnership.begin_follow_up()
        make.finish(partnership, counted=41)
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        partnership.begin_follow_up()
        html = Client().get(url(civil, "party_follow_up")).content.decode()
    assert html.count("<svg xmlns") == 2
    assert "Linjediagram, Deltagare: 40 personer" in html.replace("\xa0", " ")


def test_more_rounds_and_parties_ask_no_more_questions(following, client):
    civil, _, _, indicator = following
    partnership, urls = civil.partnership, [url(civil, name) for name in ("party_follow_up", "party_approve")]
    before = queries(client, *urls)
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
    assert queries(client, *urls) == before


# The party's own page ------------------------------------------------------------------------------------------------

WORDS = {
    "proposed": "Ni behöver inte göra något nu.",
    "dialogue": "Vi pratar om idén.",
    "drafting": "Avtalet skrivs.",
    "decision": "Avtalet är klart och väntar på kommunens beslut.",
    "signed": "Alla har skrivit under.",
    "active": "Partnerskapet pågår till och med",
    "follow_up": "Det är dags att följa upp partnerskapet.",
    "renegotiation": "Avtalet omförhandlas.",
    "ended": "Nu ser vi tillbaka tillsammans i en slututvärdering",
    "evaluated": "Partnerskapet är avslutat och utvärderat.",
    "declined": "Vi har redan en sådan verksamhet.",
    "cancelled": "Vi väntar till nästa år.",
    "terminated": "Lokalen försvann.",
}


@pytest.mark.parametrize("state", WORDS)
def test_where_the_case_stands_in_plain_words(at, state):
    partnership = at(state)
    for party in partnership.parties.all():
        shown = page(party, "party")
        for words in (WORDS[state], partnership.number, party.contact_name):
            assert words in shown
        assert ("Avbryt förslaget" in shown) == (state in OPEN)
        assert bool(todo.tasks(party)) == (state in (*TERMS_OPEN, "follow_up", "ended"))
        assert ("(pdf)" in shown) == partnership.is_public
        assert ("Avtalet är uppsagt och gäller inte efter den" in shown) == (state == "terminated")
        for other in partnership.parties.exclude(pk=party.pk):
            assert other.name in shown and other.contact_name not in shown and other.email not in shown


def test_what_waits_in_the_dialogue(at, by):
    partnership = at("proposed")
    partnership.open_dialogue(by=by)
    party = partnership.proposer
    assert [(task.address, task.done, task.standing) for task in todo.tasks(party)] == [
        ("iop:party_criteria", False, f"{len(facts.CRITERIA)} frågor kvar"),
        ("iop:party_contributions", True, "1 insats"),
        ("iop:party_signatories", False, "0 av 1 ifyllda"),
    ]
    assert "Det här väntar på er" in page(party, "party")
    make.complete(partnership, by=by)
    for one in partnership.parties.all():
        assert all(task.done for task in todo.tasks(one))
        assert "Ni är klara med ert" in page(one, "party")
    for count, standing in ((1, "1 krav är inte uppfyllt"), (2, "2 krav är inte uppfyllda")):
        party.answers.filter(criterion__in=facts.HARD[:count]).update(met="partly")
        assert todo.tasks(same(party))[0].standing == standing


def test_what_waits_in_a_follow_up(following):
    party, other, follow_up, _ = following

    def standings():
        return [task.standing for task in todo.tasks(party)]

    assert standings() == ["Inte skrivet än", "Väntar på att alla har skrivit"]
    follow_up.write(party, by=party.actor, text="Det går bra.", base=0, values={})
    assert standings() == ["Klart", "Väntar på att alla har skrivit"]
    follow_up.write(other, by=other.actor, text="Det går bra.", base=0, values={})
    assert standings() == ["Klart", "Inte godkänt än"]
    follow_up.refresh_from_db()
    follow_up.approve(party, by=party.actor, base=follow_up.revision)
    assert all(task.done for task in todo.tasks(party))
    assert "Godkänn uppföljningen" in page(party, "party")


def test_signatures_of_ones_own_by_name_and_of_others_by_number_until_the_time_runs_out(out, by):
    party, other = out.parties.all()
    shown = page(party, "party")
    assert "Kommunen har sagt ja. Nu väntar avtalet på att alla ska skriva under." in shown
    assert "0 av 2 har skrivit under." in shown
    assert party.signatories.get().name in shown and other.signatories.get().name not in shown
    assert todo.tasks(party) == []
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):
        out.expire_signing()
        shown = page(party, "party")
        assert "Alla hann inte skriva under i tid. Nu väntar avtalet på ett nytt beslut." in shown
        assert "har skrivit under." not in shown
        out.reopen(by=by, reason="Nya datum.")
        assert "Avtalet skrivs." in page(party, "party")


def test_while_a_new_version_is_out_nothing_is_written(at, by):
    partnership = at("renegotiation")
    make.decide(partnership, by=by)
    shown = page(partnership.proposer, "party_criteria")
    assert "Avtalet är ute för underskrift, så det går inte att ändra här nu." in shown


def test_the_history_tells_what_and_when_and_no_names(at, by):
    response = Client().get(url(at("drafting").proposer))
    told = [what for _, what in response.context["history"]]
    assert told == ["Avtalet började skrivas", "Dialogen började", "Förslaget kom in till kommunen"]
    assert f"Er handläggare är {by.name}" in text(response)


@pytest.mark.parametrize("state", OPEN)
def test_either_side_may_give_up_and_says_why(at, state):
    partnership = at(state)
    party = partnership.parties.last()
    for reason in ("", "  \n"):
        assert "Skriv varför ni avbryter." in post(party, "party_cancel", {"reason": reason}, 422).shown
    for reason in ("Vi hinner inte.", "Igen"):
        assert post(party, "party_cancel", {"reason": reason}).url == url(party)
        assert (same(partnership).state, same(partnership).end_reason) == ("cancelled", "Vi hinner inte.")
    told = Letter.objects.filter(kind="cancelled", subject_key=partnership.subject)
    assert {letter.to for letter in told} == {other.email for other in partnership.parties.all()}


def test_what_is_signed_or_closed_is_not_given_up_here(at):
    for state in ("active", "signed", "declined", "ended"):
        party = at(state).proposer
        with heard() as tables:
            assert Client().get(url(party, "party_cancel")).url == url(party)
            assert post(party, "party_cancel", {"reason": "x"}).url == url(party)
        assert tables == [], state


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
