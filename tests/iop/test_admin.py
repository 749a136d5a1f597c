"""Partnerships in the admin: who gets in, what waits for whom, and every verb and task from its page to the letter."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Event, Letter
from council.models import Body, Meeting, Seat
from iop import facts, rules
from iop.admin.partnerships import TASKS
from iop.admin.verbs import PAGES
from iop.models import Partnership
from iop.models.states import TRANSITIONS
from organisations.models import Person
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as make
from tests.iop.pages import case_url as url
from tests.iop.pages import indicators
from tests.tools.threads import same
from tests.tools.web import get, queries, sign_in, text
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
LIST = "/admin/iop/partnership/"
ROW_TASKS = [name for name, page in TASKS.items() if page.about_row]
CASE_TASKS = [name for name in TASKS if name not in ROW_TASKS]


@pytest.fixture
def client(officer):
    return sign_in(officer)


@pytest.fixture
def do(client):
    """Presses the button on the page of a verb or a task; the answer is the page that it leads to, in words."""
    return lambda address, **typed: text(client.post(address, {"step": "do"} | typed, follow=True))


@pytest.fixture
def dialogue(at):
    return at("dialogue")


@pytest.fixture
def active(at):
    return at("active")


def addresses(partnership: Partnership) -> list[str]:
    """Every page of what may be done with the case; rows that there are none of have the key of the case itself."""
    about = {"change_contact": "parties", "remove_party": "parties", "publish": "follow_ups", "unpublish": "follow_ups"}
    rows = {name: getattr(partnership, rows).first() for name, rows in about.items()}
    keys = {name: row.pk if row else partnership.pk for name, row in rows.items()} | {"end_seat": partnership.pk}
    own = [url(partnership, name) for name in (*PAGES, *CASE_TASKS)]
    return own + [url(partnership, name, keys[name]) for name in ROW_TASKS]


def sections(client: Client) -> dict[str, list]:
    return {section["key"]: section["rows"] for section in client.get("/admin/").context["sections"]}


def place(user: User, partnership: Partnership) -> tuple[str, str]:
    """In which section of the user's first page the partnership stands, and what it says there; ("", "") if in none."""
    client = Client()
    client.force_login(user)
    rows = [(key, row) for key, rows in sections(client).items() for row in rows if row.title == partnership.title]
    [(section, note)] = [(key, row.note) for key, row in rows] or [("", "")]
    return section, note


def terms(partnership: Partnership, **changed: object) -> dict[str, object]:
    now = {field: getattr(partnership, field) or "" for field in (*rules.TERM_FIELDS, "procurement_note")}
    return {**now, "base": partnership.revision, "step": "do", **changed}


def letters(kind: str, partnership: Partnership) -> QuerySet[Letter]:
    return Letter.objects.filter(kind=kind, subject_key=partnership.subject)


def letter_of(client: Client, address: str, data: dict | None = None) -> str:
    """The letter as it is first shown, after the reasons if there are any."""
    page = client.post(address, data | {"step": "next"}) if data else client.get(address)
    return page.context["letter_form"].initial["letter"]


@pytest.mark.parametrize("role", ["registrator", "utvecklingsledare"])
def test_who_shares_reads_and_is_offered_nothing(dialogue, role):
    reader = sign_in(factories.make_user(role))
    page = text(reader.get(url(dialogue)))
    assert dialogue.title in page and dialogue.number in page
    assert "Kim Kontakt" in page, "staff see the contact"
    assert not [address for address in addresses(dialogue) if address in page]
    assert dialogue.title in text(reader.get(LIST))


def test_a_draft_stands_in_no_list(client, at):
    draft = at("draft")
    draft.keep(forslag={"title": "Hemliga utkastet"})
    for address in (LIST, "/admin/"):
        page = text(client.get(address))
        assert draft.proposer.name not in page and "Hemliga utkastet" not in page, address


def test_nothing_is_changed_by_hand(client, dialogue):
    client.post(url(dialogue), {"state": "active"})
    assert same(dialogue).state == "dialogue"
    assert client.get(f"{LIST}elva/change/").status_code == 404


# The list and the first page -----------------------------------------------------------------------------------------


def test_the_list_is_searched_by_title_number_and_organisation(client, dialogue, at):
    other = at("drafting")
    for words in (dialogue.title.upper(), dialogue.number, dialogue.proposer.name):
        page = text(client.get(LIST, {"q": words}))
        assert dialogue.title in page, words
        assert other.title not in page
    every = client.get(LIST, {"q": " "})
    assert other.title in text(every)
    changelist = every.context["cl"]
    assert "Utkast" not in [choice["display"] for choice in changelist.filter_specs[0].choices(changelist)]


def test_as_many_queries_for_many_as_for_one(client, officer, out):
    before = queries(client, "/admin/", LIST)
    for state in ("proposed", "dialogue", "decision", "active", "follow_up"):
        make.make_partnership(state, officer=officer)
    assert queries(client, "/admin/", LIST) == before


def test_the_queue_has_what_waits_for_the_officer(officer, at):
    colleague = make.make_officer()
    mine, new, others = make.make_partnership("dialogue", officer=colleague), at("proposed"), at("drafting")
    rows = {key: {row.title for row in found} for key, found in sections(sign_in(colleague)).items()}
    waiting = set(Partnership.objects.waiting_for(colleague).values_list("title", flat=True))
    assert rows["mine"] == waiting == {mine.title, new.title}
    assert not rows["open"] & rows["mine"]
    section, note = place(colleague, others)
    assert section == "open" and note.endswith(f"Handläggare: {officer}.")
    reader = sections(sign_in(factories.make_user("registrator")))
    assert not reader["mine"] and {row.title for row in reader["open"]} == rows["mine"] | rows["open"]
    officer.is_active = False
    officer.save()
    assert place(colleague, others)[0] == "mine", "the officer has left"


def test_the_queue_follows_the_signing(officer, at, by):
    partnership = at("decision")
    assert place(officer, partnership) == ("mine", "Väntar på beslut. Anteckna det när det är fattat.")
    make.decide(partnership, by=by)
    waiting = f"Väntar på underskrifter: 0 av 2 klara. Handläggare: {officer}."
    assert place(officer, partnership) == ("open", waiting)
    partnership.open_agreement.signatures.first().decline(reason="Fel namn.")
    section, note = place(officer, partnership)
    assert section == "mine" and "En undertecknare har avböjt." in note
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        partnership.expire_signing()
        assert "Tiden för underskrift gick ut." in place(officer, partnership)[1]


def test_the_queue_follows_the_follow_up(officer, active, by):
    assert place(officer, active) == ("", "")
    active.begin_follow_up(by=by)
    assert place(officer, active)[0] != "mine"
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        assert "Uppföljningen skulle ha varit klar den" in place(officer, active)[1]
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        active.open_follow_up.close()
        assert "mer än tolv månader" in place(officer, active)[1]


def test_the_queue_has_what_is_to_be_published_and_what_soon_ends_and_nothing_that_is_over(officer, at, by):
    partnership = at("follow_up")
    follow_up = make.finish(partnership)
    assert place(officer, partnership) == ("mine", "Uppföljningen är godkänd av alla. Granska och publicera den.")
    follow_up.publish(by=by, privacy_reviewed=True)
    assert place(officer, partnership)[0] != "mine"
    Partnership.objects.filter(pk=partnership.pk).update(last_day=timezone.localdate() + timedelta(days=30))
    assert "Avtalet går ut den" in place(officer, partnership)[1]
    over = {state: place(officer, at(state)) for state in ("declined", "cancelled", "terminated")}
    assert set(over.values()) == {("", "")}, over


# The case ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in make.STATES if state != "draft"])
def test_the_case_in_every_state_and_what_may_be_done(client, at, state):
    partnership = at(state)
    page, closed = text(client.get(url(partnership))), "Tillbaka till ärendet"
    assert partnership.title in page and partnership.get_state_display() in page
    assert "[personlig länk]" in page
    assert not any(party.key in page for party in partnership.parties.all())
    wrong = []
    with heard() as written:
        for verb in PAGES:
            address, allowed = url(partnership, verb), state in TRANSITIONS[verb].sources
            allowed = allowed and (verb, state) != ("reopen", "renegotiation")
            answers = [] if allowed else [client.post(address, {"step": "do"})]
            if state == "cancelled":  # where every verb is refused
                answers.append(client.get(address))
            if (f'href="{address}"' in page) != allowed or [one for one in answers if closed not in text(one)]:
                wrong.append(verb)
        for name in CASE_TASKS:
            address = url(partnership, name)
            offered = closed not in text(client.get(address)) and name != "assign"
            wrong += [name] if (f'href="{address}"' in page) != offered else []
    assert not wrong
    assert not written, "to look changes nothing"


def test_the_case_shows_what_is_missing_what_to_check_and_each_partys_answers(client, by, dialogue):
    party = dialogue.proposer
    party.answer(by=party.actor, base=party.revision, answers={"no_market": ("partly", "Det finns ett företag.")})
    response = client.get(url(dialogue))
    rows = {row["criterion"].key: row["cells"] for row in response.context["criteria"]}
    assert len(rows) == len(facts.CRITERIA)
    assert rows["no_market"][0]["answer"].motivation == "Det finns ett företag."
    assert rows["initiative"][0]["answer"] is None
    page = text(response)
    assert "Det finns ett företag." in page and "har svarat ”delvis”" in page
    assert "Det här saknas:" in page and "Det finns ingen part från kommunen." in page
    assert "Att kontrollera" in page and "är inte medlem i Plattformen" in page
    make.complete(dialogue, by=by)
    page = text(client.get(url(dialogue)))
    assert "Inget saknas." in page
    assert "Kronor per år" in page and "<svg" in page, "the balance as a picture"


def test_as_many_queries_for_a_case_with_more_in_it(client, active, by):
    active.begin_follow_up(by=by)
    make.finish(active)
    active.begin_follow_up(by=by)
    few = queries(client, url(active))
    active.change_indicators(by=by, rows=[{"id": None, "name": "Deltagare", "unit": "personer", "goal": 40}])
    make.finish(active)
    active.begin_follow_up(by=by)
    assert queries(client, url(active)) == few


def test_opening_the_agreement_is_logged(client, active):
    file = active.agreement.pdf
    address = url(active, "file", file.pk)
    assert address in text(client.get(url(active)))
    response = get(client, address)
    assert response["Content-Disposition"].startswith("inline") and response.body.startswith(b"%PDF-")
    assert Event.objects.of(active).filter(verb="open_file", data__file=file.pk).count() == 1


def test_who_has_an_interest_in_the_case_only_reads(dialogue):
    user, party = make.make_officer(), dialogue.proposer
    party.email = user.email
    party.save()
    client = sign_in(user)
    page = text(client.get(url(dialogue)))
    assert "Möjligt jäv." in page and "Du är kontaktperson i ärendet." in page
    assert not [address for address in addresses(dialogue) if address in page]
    sent = {
        name: client.post(url(dialogue, name), terms(dialogue, reason="Ett skäl")) for name in (*PAGES, *CASE_TASKS)
    }
    assert not [name for name, refused in sent.items() if "Du kan inte handlägga ärendet." not in text(refused)]
    assert (same(dialogue).state, same(dialogue).revision) == ("dialogue", 0)


# Verbs ---------------------------------------------------------------------------------------------------------------


def test_open_dialogue_with_the_letter_edited(client, do, officer, at):
    partnership = at("proposed")
    address = url(partnership, "open_dialogue")
    letter = letter_of(client, address)
    assert letter.startswith("Hej Kim Kontakt!") and Letter.PERSONAL_LINK in letter
    assert "Skriv tillbaka [personlig länk]" in do(address, letter="Hej!")
    assert "Dialogen började." in do(address, letter=f"{letter}\n\nPS. Kom på kaffe!")
    partnership.refresh_from_db()
    assert (partnership.state, partnership.assigned_to) == ("dialogue", officer)
    assert letters("dialogue", partnership).get().body.endswith("PS. Kom på kaffe!")


def test_from_dialogue_to_decision(client, do, by, dialogue):
    assert "standardtext" in text(client.get(url(dialogue, "draft_agreement")))
    do(url(dialogue, "draft_agreement"))
    assert same(dialogue).state == "drafting" and same(dialogue).terms
    assert "Det finns ingen part från kommunen." in do(url(dialogue, "submit"))
    make.complete(dialogue, by=by)
    do(url(dialogue, "submit"))
    assert same(dialogue).state == "decision"


def test_decide_shows_what_is_frozen_and_who_signs(client, do, at):
    partnership, today = at("decision"), timezone.localdate()
    Partnership.objects.filter(pk=partnership.pk).update(purpose="Ring Anna på 070-183 64 67.")
    address = url(partnership, "decide")
    page = text(client.get(address))
    people = [person for party in partnership.parties.all() for person in party.signatories.all()]
    assert all(f"{person.name}, ordförande, för {person.party.name}: {person.email}" in page for person in people)
    assert "Telefonnummer i texten: ”070-183 64 67”." in page
    data = {"decided_where": "Nämnden, § 7", "motivation": "Bra idé."}
    refused = do(address, decided_on=f"{today + timedelta(days=1)}", **data)
    assert "Beslutsdagen kan inte ligga framåt i tiden." in refused
    assert "Läs igenom texten, och kryssa i att den är granskad." in refused
    assert "Nämnden, § 7" in refused and "Bra idé." in refused
    done = do(address, decided_on=f"{today}", privacy_reviewed="on", **data)
    assert "avtalet skickades för underskrift" in done and "Har inte svarat" in done
    assert letters("sign", partnership).count() == 2
    again = do(address, decided_on=f"{today}", **data)
    assert "Avtalet är redan ute för underskrift." in again and "Bra idé." in again
    assert partnership.decisions.get().motivation == "Bra idé."


def test_reopen_voids_what_was_signed(client, do, out):
    signature = out.open_agreement.signatures.first()
    signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
    address = url(out, "reopen")
    assert "De som redan har skrivit under (1)" in text(client.get(address))
    assert "Fel: " in do(address, reason=" ")
    do(address, reason="En part till vill vara med.")
    assert same(out).state == "drafting" and same(out).open_agreement is None
    assert "En part till vill vara med." in letters("signing_voided", out).get().body


def test_decline_is_written_then_read_then_sent(client, do, at):
    partnership = at("decision")  # with a party on each side
    address = url(partnership, "decline")
    data = {"decided_on": f"{timezone.localdate()}", "decided_where": "Nämnden, § 3", "motivation": ""}
    assert "Fel: " in text(client.post(address, data | {"step": "next"})), "a no without reasons is impossible"
    data["motivation"] = "Kommunen har redan en sådan verksamhet."
    letter = letter_of(client, address, data)
    assert data["motivation"] in letter
    do(address, **data, letter=f"{letter}\n\nRing gärna.")
    assert same(partnership).state == "declined" and not partnership.decisions.get().approved
    told = letters("declined", partnership)
    assert told.get(to=partnership.proposer.email).body.endswith("Ring gärna.")
    other = partnership.parties.municipal().get()
    assert {letter.to for letter in told} == {partnership.proposer.email, other.email}
    own = told.get(to=other.email).body
    assert f"Hej {other.contact_name}!" in own and data["motivation"] in own and "Ring gärna." not in own


def test_cancel_and_terminate_say_why(do, active, dialogue):
    do(url(dialogue, "cancel"), reason="Parterna vill vänta.")
    assert (same(dialogue).state, same(dialogue).end_reason) == ("cancelled", "Parterna vill vänta.")
    address, why, today = url(active, "terminate"), "Lokalen försvann.", timezone.localdate()
    refused = do(address, on=f"{active.last_day + timedelta(days=1)}", reason=why)
    assert "ska ligga inom avtalstiden" in refused and why in refused
    do(address, on=f"{today}", reason=why)
    assert (same(active).state, same(active).ended_on) == ("terminated", today)
    assert letters("terminated", active).count() == 2


def test_follow_up_renegotiate_and_abandon(client, do, active):
    assert "inga mått" in text(client.get(url(active, "begin_follow_up")))
    do(url(active, "begin_follow_up"))
    assert same(active).state == "follow_up" and letters("follow_up", active).count() == 2
    make.finish(same(active))
    do(url(active, "renegotiate"), reason="Fler vill vara med.")
    assert same(active).state == "renegotiation"
    assert "Avtalet är redan öppet för ändring." in text(client.get(url(active, "reopen")))
    late = do(url(active, "renegotiate"), reason="Mitt långa skäl.")
    assert "Det går inte att omförhandla avtalet nu" in late
    assert "Det här hade du skrivit" in late and "Mitt långa skäl." in late
    do(url(active, "change_terms"), **terms(active, title="Ett annat namn"))
    do(url(active, "abandon"), reason="Alla är nöjda ändå.")
    assert same(active).state == "active" and same(active).title != "Ett annat namn"


# Terms and indicators ------------------------------------------------------------------------------------------------


def test_change_terms(client, do, dialogue):
    principle = factories.make_version().principles.get()
    address = url(dialogue, "change_terms")
    assert f'value="{dialogue.title}"' in text(client.get(address))
    changed = {"title": "Språkcaféet", "procurement_note": "Ingen marknad.", "principles": [principle.pk]}
    assert "Villkoren är sparade." in do(address, **terms(dialogue, **changed))
    now = same(dialogue)
    assert (now.title, now.procurement_note, now.revision) == ("Språkcaféet", "Ingen marknad.", 1)
    assert list(now.principles.all()) == [principle]


def test_wrong_terms_are_told_and_kept(client, dialogue):
    told_as = (
        ({"first_day": "2027-05-01", "last_day": "2027-04-30"}, "Perioden slutar innan den börjar."),
        ({"first_day": "2027-05-01", "last_day": "2067-04-30"}, "gäller högst 20 år"),
        ({"first_day": "9999-01-01", "last_day": "9999-12-31"}, "Skriv ett år mellan 2000 och 2100."),
        ({"first_day": "i vår"}, "Skriv datumet som år, månad och dag"),
        ({"title": " "}, "måste fyllas i"),
        ({"title": "å" * 121}, "Texten är för lång"),
        ({"principles": ["elva"]}, "elva"),
    )
    silent = []
    for wrong, sentence in told_as:
        page = text(client.post(url(dialogue, "change_terms"), terms(dialogue, area="Bara här", **wrong)))
        if not all(words in page for words in ("Fel: ", sentence, 'value="Bara här"')):
            silent.append(wrong)
    assert not silent, silent
    assert same(dialogue).revision == 0


def test_two_who_change_the_terms_at_once(client, dialogue):
    address, mine = url(dialogue, "change_terms"), terms(dialogue, purpose="Mitt syfte", area="Fittja")
    sign_in(make.make_officer()).post(address, terms(dialogue, purpose="Kollegans syfte"))
    page = client.post(address, mine)
    assert "En kollega har ändrat villkoren" in text(page) and "Mitt syfte</textarea>" in text(page)
    shown = {row.label: (row.now, row.typed) for row in page.context["differences"]}
    assert shown == {"Syfte": ("Kollegans syfte", "Mitt syfte")}
    assert same(dialogue).purpose == "Kollegans syfte"
    client.post(address, mine | {"base": page.context["form"]["base"].value()})
    assert (same(dialogue).purpose, same(dialogue).revision) == ("Mitt syfte", 2)


def test_terms_are_closed_while_they_are_signed(client, do, at, by):
    partnership = at("decision")
    assert "läget är ”Inför beslut”" in text(client.get(url(partnership, "change_terms")))
    make.decide(partnership, by=by)
    page = do(url(partnership, "change_terms"), **terms(partnership, purpose="Något nytt"))
    assert "Öppna det för ändring först" in page and "Något nytt" in page


def test_change_indicators(client, do, dialogue):
    address = url(dialogue, "change_indicators")
    assert len(client.get(address).context["formset"].forms) == 3
    do(
        address,
        **indicators(("", "Deltagare", "personer", "1 000"), ("", "", "", ""), ("", "Nöjda", "procent", "87,5")),
    )
    first, second = dialogue.indicators.all()
    assert (first.name, first.goal, second.name, f"{second.goal}") == ("Deltagare", 1000, "Nöjda", "87.50")
    shown = text(client.get(address))
    assert 'value="1000"' in shown and 'value="87,50"' in shown
    assert "mål 1 000" in text(client.get(url(dialogue))).replace("\xa0", " ")
    half = do(address, **indicators((first.pk, "Deltagare", "", "många")))
    assert "Skriv vilken enhet ni mäter i." in half and "Fyll i ett tal" in half and 'value="många"' in half
    twice = do(address, **indicators(("", "Nöjda", "procent", ""), ("", "nöjda", "procent", "")))
    assert "Samma mått står två gånger." in twice
    do(address, **indicators((first.pk, "Nöjda", "st", ""), (second.pk, "Deltagare", "procent", "")))
    assert [(row.pk, row.name) for row in dialogue.indicators.all()] == [(first.pk, "Nöjda"), (second.pk, "Deltagare")]
    do(address, **indicators((second.pk, "Nöjda deltagare", "procent", ""), (first.pk, "", "", "")))
    assert [(row.pk, row.name) for row in dialogue.indicators.all()] == [(second.pk, "Nöjda deltagare")]


def test_indicators_that_cannot_be(client, dialogue):
    goals = [("", goal) for goal in ("NaN", "sNaN", "Infinity", "1e999999999", "9" * 400)]
    keys = [(key, "") for key in ("9" * 30, "-" + "9" * 30, "0", "x")]
    wrong = []
    for key, goal in goals + keys:
        page = client.post(url(dialogue, "change_indicators"), indicators((key, "Träffar", "st", goal)))
        kept = 'value="Träffar"' in text(page) and (not goal or f'value="{goal}"' in text(page))
        if not (page.context["errors"] and kept):
            wrong.append((key, goal))
    assert not wrong, wrong
    assert not dialogue.indicators.exists()


def test_what_has_been_measured_stays(client, do, at):
    partnership = at("follow_up")
    make.finish(partnership)
    page = do(url(partnership, "change_indicators"), **indicators(("", "Annat", "st", "")))
    assert "”Deltagare” har redan mätts och kan inte tas bort." in page and 'value="Annat"' in page
    assert "40 personer" in text(client.get(url(partnership))).replace("\xa0", " ")


def test_add_a_unit_and_an_organisation(client, do, dialogue):
    unit, organisation = make.make_unit(), council_factories.make_organisation_joined()
    outsider = factories.make_organisation("Utanför")
    address, who = url(dialogue, "add_party"), {"name": "Mona Kommun", "email": "MONA@kommun.example"}
    page = text(client.get(address))
    assert unit.name in page and organisation.name in page and "Lägg till den (ny flik)" in page
    assert outsider.name not in page and f">{dialogue.proposer.name}</option>" not in page
    for both in ({"unit": unit.pk, "organisation": organisation.pk}, {}):
        refused = do(address, **who, **both)
        assert "Välj antingen en organisation eller en förvaltning." in refused and "Mona Kommun" in refused
    do(address, **who, unit=unit.pk)
    do(address, **who, organisation=organisation.pk)
    assert dialogue.parties.count() == 3
    assert letters("party_added", dialogue).filter(to="mona@kommun.example").count() == 2
    assert "Välj ett giltigt alternativ" in do(address, **who, unit=unit.pk)


def test_change_and_remove_a_party(client, do, dialogue, by):
    contact = {"contact_name": "Mona", "email": "mona@kommun.example"}
    unit = dialogue.add_party(by=by, unit=make.make_unit(), **contact)
    address, old = url(dialogue, "change_contact", unit.pk), unit.key
    assert "mona@kommun.example" in text(client.get(address))
    assert "Fel: " in do(address, name="Nils", email="nils")
    do(address, name="Nils Ny", email="Nils@kommun.example")
    unit.refresh_from_db()
    assert (unit.contact_name, unit.email) == ("Nils Ny", "nils@kommun.example") and unit.key != old
    do(url(dialogue, "remove_party", unit.pk))
    assert [party.is_proposer for party in dialogue.parties.all()] == [True]
    assert "kan inte tas bort" in do(url(dialogue, "remove_party", dialogue.proposer.pk))


def test_assign(officer, at):
    partnership, colleague = at("drafting"), make.make_officer()
    client, address = sign_in(colleague), url(partnership, "assign")
    assert address in text(client.get(url(partnership)))
    assert f"{officer} är inte längre handläggare." in text(client.get(address))
    client.post(address, {"step": "do"})
    assert same(partnership).assigned_to == colleague
    assert "Du har redan ärendet." in text(client.post(address, {"step": "do"}))


def test_publish_and_unpublish(client, do, officer, at, by):
    partnership = at("follow_up")
    open_one, case = partnership.open_follow_up, url(partnership)
    address, away = (url(partnership, verb, open_one.pk) for verb in ("publish", "unpublish"))
    assert client.get(address).status_code == 404
    contact = partnership.proposer
    contact.change_contact(by=by, name="Berit Berättare", email=contact.email)
    for party in partnership.parties.all():
        words = "Fråga Berit Berättare, berit@exempel.se." if party.is_proposer else "Bra."
        open_one.write(party, by=party.actor, text=words, base=0, values={})
    for party in partnership.parties.all():
        open_one.refresh_from_db()
        open_one.approve(party, by=party.actor, base=open_one.revision)
    assert address in text(client.get(case))
    page = text(client.get(address))
    assert "Namnet ”Berit Berättare” står i texten." in page
    assert "E-postadress i texten: ”berit@exempel.se”." in page
    assert "Läs igenom texten" in do(address)
    do(address, privacy_reviewed="on")
    open_one.refresh_from_db()
    assert open_one.published_at and open_one.privacy_reviewed_by == officer.name
    assert "Uppföljningen är redan publicerad." in text(client.get(address))
    assert away in text(client.get(case))
    assert "Fel: " in do(away, reason="")
    assert "Ett namn stod kvar." in do(away, reason="Ett namn stod kvar.")
    assert same(open_one).published_at is None
    assert "Uppföljningen är inte publicerad." in do(away, reason="Igen")


def test_form_the_steering_group_and_fill_it(client, do, active):
    address, today = url(active, "add_seat"), timezone.localdate()
    assert "ingen styrgrupp än" in text(client.get(address))
    do(url(active, "form_steering_group"))
    active.refresh_from_db()
    assert active.steering_group.kind == Body.Kind.STEERING_GROUP
    assert "redan en styrgrupp" in do(url(active, "form_steering_group"))
    civil, unit = active.parties.civil().get(), active.parties.municipal().get()
    known = council_factories.make_person("Eva Känd")
    chair = {"name": "Olle Ordförande", "email": "olle@exempel.se", "role": "chair", "first_day": f"{today}"}
    assert "Fel: " in do(address, **chair), "for which party?"
    do(address, **chair, party=civil.pk)
    again = do(address, **chair, party=civil.pk)
    assert "Olle Ordförande har redan ett uppdrag" in again and "olle@exempel.se" in again
    second = chair | {"name": "Ulla Andra", "email": "ulla@exempel.se", "party": unit.pk}
    assert "Det kan bara finnas en i taget." in do(address, **second)
    assert not Person.objects.filter(email="ulla@exempel.se").exists(), "nothing is left of what was refused"
    do(address, **second | {"role": "member"})
    third = second | {"name": "Eva K", "email": known.email.upper(), "role": "member", "party": civil.pk}
    assert "Eva Känd fanns redan med den e-postadressen" in do(address, **third)
    seats = Seat.objects.filter(body=active.steering_group)
    names = {"Olle Ordförande": civil.name, "Eva Känd": civil.name, "Ulla Andra": unit.name}
    assert {seat.person.name: seat.represents for seat in seats} == names
    ulla = seats.get(person__name="Ulla Andra")
    away = url(active, "end_seat", ulla.pk)
    assert away in text(client.get(url(active)))
    assert "Ett uppdrag för" in do(away, last_day=f"{today}", reason="Bytte arbete.")
    assert same(ulla).last_day == today


def test_link_what_the_council_has_talked_about(client, do, dialogue):
    address = url(dialogue, "link_agenda_items")
    assert "inga möten att välja bland" in text(client.get(address))
    bodies = council_factories.make_bodies()
    called = council_factories.make_meeting(state="called")
    council_factories.make_meeting(days=40)
    boards = council_factories.make_meeting(bodies["board"], state="called")
    item, other = called.items.all()
    page = client.get(address)
    offered = {pk for _, group in page.context["form"].fields["items"].choices for pk, _ in group}
    assert offered == {item.pk, other.pk}, "neither what is only planned nor the board's"
    assert "Välj ett giltigt alternativ" in do(address, items=[boards.items.first().pk])
    do(address, items=[item.pk])
    assert list(dialogue.agenda_items.all()) == [item]
    assert called.get_absolute_url() in text(client.get(url(dialogue)))
    Meeting.objects.filter(pk=called.pk).update(starts_at=timezone.now() - timedelta(days=2000))
    do(address)
    assert list(dialogue.agenda_items.all()) == [item], "what is too old to be offered stays"
