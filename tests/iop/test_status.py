"""A party's own page once the proposal is sent: where the case stands, what waits, and giving up."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Letter
from iop import facts, todo
from iop.models.states import OPEN
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import party_url, text
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

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


@pytest.fixture(scope="module")
def planted(module_rows):
    officer = make.make_officer()
    return {state: make.make_partnership(state, officer=officer) for state in WORDS} | {"officer": officer}


@pytest.fixture
def case(planted):
    return lambda state: same(planted[state])


@pytest.fixture
def by(planted):
    return Actor.of(planted["officer"])


@pytest.fixture
def signing(case, by):
    """The agreement is out to be signed."""
    partnership = case("decision")
    make.decide(partnership, by=by)
    return partnership


@pytest.mark.parametrize("state", WORDS)
def test_where_the_case_stands_in_plain_words(client, case, state):
    partnership = case(state)
    for party in partnership.parties.all():
        page = text(client.get(party_url(party, "party")))
        assert WORDS[state] in page
        assert partnership.number in page
        assert ("Avbryt förslaget" in page) == (state in OPEN)
        assert ("(pdf)" in page) == partnership.is_public
        assert party.contact_name in page
        for other in partnership.parties.exclude(pk=party.pk):
            assert other.name in page
            assert other.contact_name not in page
            assert other.email not in page


def test_nothing_waits_when_nothing_can_be_done(case):
    for state in ("proposed", "decision", "signed", "active", "evaluated", "declined", "cancelled"):
        assert not any(todo.tasks(party) for party in case(state).parties.all()), state


def test_what_waits_in_the_dialogue(client, case, by):
    partnership = case("dialogue")
    party = partnership.proposer
    standings = [(task.address, task.done, task.standing) for task in todo.tasks(party)]
    assert standings == [
        ("iop:party_criteria", False, f"{len(facts.CRITERIA)} frågor kvar"),
        ("iop:party_contributions", True, "1 insats"),
        ("iop:party_signatories", False, "0 av 1 ifyllda"),
    ]
    assert "Det här väntar på er" in text(client.get(party_url(party, "party")))
    make.complete(partnership, by=by)
    for one in partnership.parties.all():
        assert all(task.done for task in todo.tasks(one))
        assert "Ni är klara med ert" in text(client.get(party_url(one, "party")))
    make.answer_all(party, "partly")
    assert todo.tasks(party)[0].standing == f"{len(facts.HARD)} krav är inte uppfyllda"


def test_what_waits_in_a_follow_up(client, case):
    partnership = case("follow_up")
    party, other = partnership.parties.all()
    follow_up = partnership.open_follow_up
    assert [task.standing for task in todo.tasks(party)] == ["Inte skrivet än", "Väntar på att alla har skrivit"]
    follow_up.write(party, by=party.actor, text="Det går bra.", base=0, values={})
    assert [task.standing for task in todo.tasks(party)] == ["Klart", "Väntar på att alla har skrivit"]
    follow_up.write(other, by=other.actor, text="Det går bra.", base=0, values={})
    assert [task.standing for task in todo.tasks(party)] == ["Klart", "Inte godkänt än"]
    follow_up.refresh_from_db()
    follow_up.approve(party, by=party.actor, base=follow_up.revision)
    assert [task.done for task in todo.tasks(party)] == [True, True]
    assert "Godkänn uppföljningen" in text(client.get(party_url(party, "party")))


def test_signatures_of_ones_own_by_name_and_of_others_by_number(client, signing):
    party, other = signing.parties.all()
    page = text(client.get(party_url(party, "party")))
    assert "Kommunen har sagt ja. Nu väntar avtalet på att alla ska skriva under." in page
    assert "0 av 2 har skrivit under." in page
    assert party.signatories.get().name in page
    assert other.signatories.get().name not in page
    assert todo.tasks(party) == []


def test_when_the_time_to_sign_ran_out(client, signing, by):
    url = party_url(signing.proposer, "party")
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):
        signing.expire_signing()
        page = text(client.get(url))
        assert "Alla hann inte skriva under i tid. Nu väntar avtalet på ett nytt beslut." in page
        assert "har skrivit under." not in page
        signing.reopen(by=by, reason="Nya datum.")
        assert "Avtalet skrivs." in text(client.get(url))


def test_the_history_tells_what_and_when_and_no_names(client, case, by):
    page = client.get(party_url(case("drafting").proposer, "party"))
    told = [what for _, what in page.context["history"]]
    assert told == ["Avtalet började skrivas", "Dialogen började", "Förslaget kom in till kommunen"]
    assert f"Er handläggare är {by.name}" in text(page)


def test_the_page_asks_the_same_however_much_there_is(client, case, by):
    partnership = case("drafting")
    url = party_url(partnership.proposer, "party")
    client.get(url)
    few = queries(client, url)
    for _ in range(3):
        partnership.add_party(by=by, organisation=make_organisation_joined(), contact_name="Bo", email="bo@exempel.se")
    for other in partnership.parties.all():
        rows = [make.row(year, note="Mer") for year in range(partnership.first_day.year, partnership.last_day.year)]
        other.contribute(by=other.actor, base=other.revision, rows=rows)
    assert queries(client, url) == few


def queries(client, url) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize("state", OPEN)
def test_either_side_may_give_up_and_says_why(client, case, state):
    partnership = case(state)
    party = partnership.parties.last()
    url = party_url(party, "party_cancel")
    for reason in ("", "  \n"):
        response = client.post(url, {"reason": reason})
        assert response.status_code == 422
        assert "Skriv varför ni avbryter." in text(response)
    assert client.post(url, {"reason": "Vi hinner inte."}).url == party_url(party, "party")
    partnership.refresh_from_db()
    assert (partnership.state, partnership.end_reason) == ("cancelled", "Vi hinner inte.")
    assert client.post(url, {"reason": "Igen"}).url == party_url(party, "party")
    partnership.refresh_from_db()
    assert partnership.end_reason == "Vi hinner inte."
    assert {letter.to for letter in Letter.objects.filter(kind="cancelled", subject_key=partnership.subject)} == {
        other.email for other in partnership.parties.all()
    }


def test_what_is_signed_or_closed_is_not_given_up_here(client, case):
    for state in ("active", "signed", "declined", "ended"):
        party = case(state).proposer
        with heard() as tables:
            assert client.get(party_url(party, "party_cancel")).url == party_url(party, "party")
            assert client.post(party_url(party, "party_cancel"), {"reason": "x"}).url == party_url(party, "party")
        assert tables == [], state
