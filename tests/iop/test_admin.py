"""Partnerships in the admin: who gets in, what waits for whom, and every verb and task from its page to the letter."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.documents.models import store
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
from tests.tools.web import shut, sign_in, text

pytestmark = pytest.mark.django_db
STATES = [state for state in make.STATES if state != "draft"]
LIST = "/admin/iop/partnership/"
ROW_TASKS = [name for name, page in TASKS.items() if page.about_row]
CASE_TASKS = [name for name in TASKS if name not in ROW_TASKS]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """What the PDF looks like is shown elsewhere."""
    pdf = {"data": factories.pdf_bytes(), "name": "avtal.pdf", "mime": "application/pdf"}
    monkeypatch.setattr("iop.pdf.signed_agreement", lambda partnership, agreement: store(**pdf))


@pytest.fixture
def officer():
    return make.make_officer()


@pytest.fixture
def client(officer):
    return sign_in(officer)


@pytest.fixture
def dialogue(officer):
    return make.make_partnership("dialogue", officer=officer)


@pytest.fixture
def active(officer):
    return make.make_partnership("active", officer=officer)


def addresses(partnership: Partnership) -> list[str]:
    """Every page of what may be done with the case; rows that there are none of have the key of the case itself."""
    about = {"change_contact": "parties", "remove_party": "parties", "publish": "follow_ups", "unpublish": "follow_ups"}
    rows = {name: getattr(partnership, rows).first() for name, rows in about.items()}
    keys = {name: row.pk if row else partnership.pk for name, row in rows.items()} | {"end_seat": partnership.pk}
    own = [url(partnership, name) for name in (*PAGES, *CASE_TASKS)]
    return own + [url(partnership, name, keys[name]) for name in ROW_TASKS]


def sections(client: Client) -> dict[str, list]:
    return {section["key"]: section["rows"] for section in client.get("/admin/").context["sections"]}


def terms(partnership: Partnership, **changed: object) -> dict[str, object]:
    now = {field: getattr(partnership, field) or "" for field in (*rules.TERM_FIELDS, "procurement_note")}
    return {**now, "base": partnership.revision, "step": "do", **changed}


def letter_of(client: Client, address: str, data: dict | None = None) -> str:
    """The letter as it is first shown, after the reasons if there are any."""
    page = client.post(address, data | {"step": "next"}) if data else client.get(address)
    return page.context["letter_form"].initial["letter"]


# Who gets in ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["sekreterare", "administrator", "styrelse"])
def test_who_must_not(role, dialogue):
    stranger = sign_in(factories.make_user(role))
    for address in (LIST, url(dialogue), url(dialogue, "file", 1), *addresses(dialogue)):
        assert stranger.get(address).status_code == 403, address
        assert stranger.post(address).status_code == 403, address


@pytest.mark.parametrize("role", ["registrator", "utvecklingsledare"])
def test_who_shares_reads_and_no_more(role, dialogue):
    reader = sign_in(factories.make_user(role))
    page = text(reader.get(url(dialogue)))
    assert dialogue.title in page and dialogue.number in page
    assert "Kim Kontakt" in page, "staff see the contact"
    for address in addresses(dialogue):
        assert address not in page
        assert reader.get(address).status_code == 403, address
        assert reader.post(address, {"step": "do"}).status_code == 403, address
    assert dialogue.title in text(reader.get(LIST))


def test_a_superuser_may_all_that_permissions_allow(dialogue):
    user = factories.make_user("", name="Super Användare")
    user.is_staff = user.is_superuser = True
    user.save()
    assert url(dialogue, "change_terms") in text(sign_in(user).get(url(dialogue)))


def test_a_draft_is_the_organisations_own(client):
    draft = make.make_draft()
    draft.keep(forslag={"title": "Hemliga utkastet"})
    for address in (url(draft), *addresses(draft)):
        assert client.get(address).status_code == client.post(address).status_code == 404, address
    assert str(draft) not in text(client.get(LIST))
    assert sections(client) == {"mine": [], "open": [], "letters": []}


def test_nothing_is_added_changed_or_deleted_by_hand(client, dialogue):
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{dialogue.pk}/delete/").status_code == 403
    client.post(url(dialogue), {"state": "active"})
    dialogue.refresh_from_db()
    assert dialogue.state == "dialogue"
    assert client.get(f"{LIST}elva/change/").status_code == 404


# The list and the first page -----------------------------------------------------------------------------------------


def test_the_list_is_searched_by_title_number_and_organisation(client, officer):
    sought, other = (make.make_partnership("dialogue", officer=officer) for _ in range(2))
    for words in (sought.title.upper(), sought.number, sought.proposer.name):
        page = text(client.get(LIST, {"q": words}))
        assert sought.title in page, words
        assert other.title not in page
    assert other.title in text(client.get(LIST, {"q": " "}))
    assert "Utkast" not in [choice["display"] for choice in _state_choices(client)]


def _state_choices(client):
    changelist = client.get(LIST).context["cl"]
    return list(changelist.filter_specs[0].choices(changelist))


@pytest.mark.parametrize("address", ["/admin/", LIST])
def test_as_many_queries_for_many_as_for_one(client, officer, address, django_assert_num_queries):
    for state in ("decision", "follow_up"):
        make.make_partnership(state, officer=officer)
    make.decide(Partnership.objects.get(state="decision"), by=Actor.of(officer))
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for state in ("proposed", "dialogue", "decision", "active", "follow_up"):
        make.make_partnership(state, officer=officer)
    with django_assert_num_queries(len(one)):
        assert client.get(address).status_code == 200


def test_the_queue_has_what_waits_for_the_officer(client, officer):
    mine = make.make_partnership("dialogue", officer=officer)
    colleagues = make.make_partnership("drafting")
    new = make.make_partnership("proposed")
    rows = sections(client)
    assert {row.title for row in rows["mine"]} == {mine.title, new.title}
    assert [row.title for row in rows["open"]] == [colleagues.title]
    assert f"Handläggare: {colleagues.assigned_to}." in rows["open"][0].note
    waiting = Partnership.objects.waiting_for(officer)
    assert {row.title for row in rows["mine"]} == set(waiting.values_list("title", flat=True))
    reader = sections(sign_in(factories.make_user("registrator")))
    assert (len(reader["mine"]), len(reader["open"])) == (0, 3)


def test_a_case_whose_officer_has_left_waits_for_all(client):
    orphan = make.make_partnership("drafting")
    officer = orphan.assigned_to
    officer.is_active = False
    officer.save()
    assert [row.title for row in sections(client)["mine"]] == [orphan.title]


def note(client: Client) -> tuple[str, str]:
    """The one row that there is: in which section, and what it says."""
    [(section, row)] = [(key, row) for key, rows in sections(client).items() if key != "letters" for row in rows]
    return section, row.note


def test_the_queue_follows_the_signing(client, officer):
    partnership = make.make_partnership("decision", officer=officer)
    assert note(client) == ("mine", "Väntar på beslut. Anteckna det när det är fattat.")
    make.decide(partnership, by=Actor.of(officer))
    assert note(client) == ("open", "Väntar på underskrifter: 0 av 2 klara. Handläggare: " + f"{officer}.")
    first = partnership.open_agreement.signatures.first()
    first.decline(reason="Fel namn.")
    assert note(client)[0] == "mine" and "En undertecknare har avböjt." in note(client)[1]
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        partnership.expire_signing()
        assert "Tiden för underskrift gick ut." in note(again(officer))[1]


def again(user) -> Client:
    """A session of the day that the test has travelled to."""
    client = Client()
    client.force_login(user)
    return client


def test_the_queue_follows_the_follow_up(client, officer):
    partnership = make.make_partnership("active", officer=officer)
    assert sections(client) == {"mine": [], "open": [], "letters": []}
    partnership.begin_follow_up(by=Actor.of(officer))
    assert sections(client)["mine"] == []
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        assert "Uppföljningen skulle ha varit klar den" in note(again(officer))[1]
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        partnership.open_follow_up.close()
        assert "mer än tolv månader" in note(again(officer))[1]


def test_the_queue_has_what_is_to_be_published_and_what_soon_ends(client, officer):
    partnership = make.make_partnership("follow_up", officer=officer)
    follow_up = make.finish(partnership)
    assert note(client) == ("mine", "Uppföljningen är godkänd av alla. Granska och publicera den.")
    follow_up.publish(by=Actor.of(officer), privacy_reviewed=True)
    assert sections(client)["mine"] == []
    Partnership.objects.update(last_day=timezone.localdate() + timedelta(days=30))
    assert "Avtalet går ut den" in note(client)[1]


def test_what_is_over_is_off_the_first_page(client, officer):
    for state in ("declined", "cancelled", "terminated"):
        make.make_partnership(state, officer=officer)
    assert sections(client) == {"mine": [], "open": [], "letters": []}


# The case ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_the_case_in_every_state_and_what_may_be_done(client, officer, state):
    partnership = make.make_partnership(state, officer=officer)
    page = text(client.get(url(partnership)))
    assert partnership.title in page and partnership.get_state_display() in page
    assert "[personlig länk]" in page
    assert not any(party.key in page for party in partnership.parties.all())
    out = partnership.open_agreement
    for verb in PAGES:
        allowed = state in TRANSITIONS[verb].sources and not (verb == "reopen" and state == "renegotiation" and not out)
        assert (f'href="{url(partnership, verb)}"' in page) == allowed, verb
        if not allowed:
            for response in (client.get(url(partnership, verb)), client.post(url(partnership, verb), {"step": "do"})):
                assert response.status_code == 200
                assert "Tillbaka till ärendet" in text(response), verb
    for name in CASE_TASKS:
        shown = f'href="{url(partnership, name)}"' in page
        closed = "Tillbaka till ärendet" in text(client.get(url(partnership, name)))
        assert shown == (not closed and name != "assign"), name
    partnership.refresh_from_db()
    assert partnership.state == state, "to look changes nothing"


def test_the_case_shows_what_is_missing_and_what_to_check(client, dialogue):
    page = text(client.get(url(dialogue)))
    assert "Det här saknas:" in page and "Det finns ingen part från kommunen." in page
    assert "Att kontrollera" in page and "är inte medlem i Plattformen" in page
    make.complete(dialogue, by=Actor.of(dialogue.assigned_to))
    page = text(client.get(url(dialogue)))
    assert "Inget saknas." in page
    assert "Kronor per år" in page and "<svg" in page, "the balance as a picture"


def test_the_case_shows_each_partys_answers(client, dialogue):
    party = dialogue.proposer
    answers = {"no_market": ("partly", "Det finns ett företag i Tumba.")}
    party.answer(by=party.actor, base=party.revision, answers=answers)
    rows = {row["criterion"].key: row["cells"] for row in client.get(url(dialogue)).context["criteria"]}
    assert len(rows) == len(facts.CRITERIA)
    assert rows["no_market"][0]["answer"].motivation == "Det finns ett företag i Tumba."
    assert rows["initiative"][0]["answer"] is None
    page = text(client.get(url(dialogue)))
    assert "Det finns ett företag i Tumba." in page and "har svarat ”delvis”" in page


def test_as_many_queries_for_a_case_with_more_in_it(client, officer, django_assert_num_queries):
    few = make.make_partnership("active", officer=officer)
    few.begin_follow_up(by=Actor.of(officer))
    make.finish(few)
    few.begin_follow_up(by=Actor.of(officer))
    client.get(url(few))
    with CaptureQueriesContext(connection) as one:
        client.get(url(few))
    counted = {"id": None, "name": "Deltagare", "unit": "personer", "goal": 40}
    few.change_indicators(by=Actor.of(officer), rows=[counted])
    make.finish(few)
    few.begin_follow_up(by=Actor.of(officer))
    with django_assert_num_queries(len(one)):
        assert client.get(url(few)).status_code == 200


def test_opening_the_agreement_is_logged(client, active):
    file = active.agreement.pdf
    address = url(active, "file", file.pk)
    assert address in text(client.get(url(active)))
    response = client.get(address)
    assert response["Content-Disposition"].startswith("inline")
    assert b"".join(response).startswith(b"%PDF-")
    shut(response)
    assert Event.objects.of(active).filter(verb="open_file", data__file=file.pk).count() == 1
    other = make.make_partnership("dialogue")
    assert client.get(url(other, "file", file.pk)).status_code == 404


def test_who_has_an_interest_in_the_case_only_reads(dialogue):
    user = make.make_officer()
    party = dialogue.proposer
    party.email = user.email
    party.save()
    client = sign_in(user)
    page = text(client.get(url(dialogue)))
    assert "Möjligt jäv." in page and "Du är kontaktperson i ärendet." in page
    for address in addresses(dialogue):
        assert address not in page
    for name in (*PAGES, *CASE_TASKS):
        refused = client.post(url(dialogue, name), terms(dialogue, reason="Ett skäl"))
        assert "Du kan inte handlägga ärendet." in text(refused), name
    dialogue.refresh_from_db()
    assert (dialogue.state, dialogue.revision) == ("dialogue", 0)


# Verbs ---------------------------------------------------------------------------------------------------------------


def test_open_dialogue_with_the_letter_edited(client, officer):
    partnership = make.make_partnership("proposed")
    address = url(partnership, "open_dialogue")
    letter = letter_of(client, address)
    assert letter.startswith("Hej Kim Kontakt!") and Letter.PERSONAL_LINK in letter
    assert "Skriv tillbaka [personlig länk]" in text(client.post(address, {"step": "do", "letter": "Hej!"}))
    response = client.post(address, {"step": "do", "letter": f"{letter}\n\nPS. Kom på kaffe!"}, follow=True)
    assert "Dialogen började." in text(response)
    partnership.refresh_from_db()
    assert (partnership.state, partnership.assigned_to) == ("dialogue", officer)
    assert Letter.objects.get(kind="dialogue").body.endswith("PS. Kom på kaffe!")


def test_from_dialogue_to_decision(client, dialogue):
    assert "standardtext" in text(client.get(url(dialogue, "draft_agreement")))
    client.post(url(dialogue, "draft_agreement"), {"step": "do"})
    dialogue.refresh_from_db()
    assert dialogue.state == "drafting" and dialogue.terms
    refused = client.post(url(dialogue, "submit"), {"step": "do"})
    assert "Det finns ingen part från kommunen." in text(refused)
    make.complete(dialogue, by=Actor.of(dialogue.assigned_to))
    client.post(url(dialogue, "submit"), {"step": "do"})
    dialogue.refresh_from_db()
    assert dialogue.state == "decision"


def test_decide_shows_what_is_frozen_and_who_signs(client, officer):
    partnership = make.make_partnership("decision", officer=officer, purpose="Ring Anna på 070-183 64 67.")
    address = url(partnership, "decide")
    page = text(client.get(address))
    people = [person for party in partnership.parties.all() for person in party.signatories.all()]
    assert all(f"{person.name}, ordförande, för {person.party.name}: {person.email}" in page for person in people)
    assert "Telefonnummer i texten: ”070-183 64 67”." in page
    tomorrow = timezone.localdate() + timedelta(days=1)
    data = {"decided_on": f"{tomorrow}", "decided_where": "Nämnden, § 7", "motivation": "Bra idé.", "step": "do"}
    refused = text(client.post(address, data))
    assert "Beslutsdagen kan inte ligga framåt i tiden." in refused
    assert "Läs igenom texten, och kryssa i att den är granskad." in refused
    assert "Nämnden, § 7" in refused and "Bra idé." in refused
    done = client.post(address, data | {"decided_on": f"{timezone.localdate()}", "privacy_reviewed": "on"}, follow=True)
    assert "avtalet skickades för underskrift" in text(done)
    assert "Har inte svarat" in text(done)
    assert Letter.objects.filter(kind="sign").count() == 2
    again = client.post(address, data)
    assert "Avtalet är redan ute för underskrift." in text(again) and "Bra idé." in text(again)
    assert partnership.decisions.get().motivation == "Bra idé."


def test_reopen_voids_what_was_signed(client, officer):
    partnership = make.make_partnership("decision", officer=officer)
    make.decide(partnership, by=Actor.of(officer))
    signature = partnership.open_agreement.signatures.first()
    signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
    address = url(partnership, "reopen")
    assert "De som redan har skrivit under (1)" in text(client.get(address))
    assert "Fel: " in text(client.post(address, {"step": "do", "reason": " "}))
    client.post(address, {"step": "do", "reason": "En part till vill vara med."})
    partnership.refresh_from_db()
    assert partnership.state == "drafting" and partnership.open_agreement is None
    assert "En part till vill vara med." in Letter.objects.get(kind="signing_voided").body


@pytest.mark.parametrize("state", ["proposed", "dialogue", "drafting", "decision"])
def test_decline_is_written_then_read_then_sent(client, officer, state):
    partnership = make.make_partnership(state, officer=officer)
    address = url(partnership, "decline")
    data = {"decided_on": f"{timezone.localdate()}", "decided_where": "Nämnden, § 3", "motivation": ""}
    assert "Fel: " in text(client.post(address, data | {"step": "next"})), "a no without reasons is impossible"
    data["motivation"] = "Kommunen har redan en sådan verksamhet."
    letter = letter_of(client, address, data)
    assert "Kommunen har redan en sådan verksamhet." in letter
    client.post(address, data | {"step": "do", "letter": f"{letter}\n\nRing gärna."})
    partnership.refresh_from_db()
    assert partnership.state == "declined"
    letters = Letter.objects.filter(kind="declined")
    assert letters.get(to=partnership.proposer.email).body.endswith("Ring gärna.")
    assert {letter.to for letter in letters} == set(partnership.parties.values_list("email", flat=True))
    assert not partnership.decisions.get().approved


def test_cancel_and_terminate_say_why(client, officer, active, dialogue):
    client.post(url(dialogue, "cancel"), {"step": "do", "reason": "Parterna vill vänta."})
    dialogue.refresh_from_db()
    assert (dialogue.state, dialogue.end_reason) == ("cancelled", "Parterna vill vänta.")
    address, late = url(active, "terminate"), active.last_day + timedelta(days=1)
    refused = text(client.post(address, {"step": "do", "on": f"{late}", "reason": "Lokalen försvann."}))
    assert "ska ligga inom avtalstiden" in refused and "Lokalen försvann." in refused
    client.post(address, {"step": "do", "on": f"{timezone.localdate()}", "reason": "Lokalen försvann."})
    active.refresh_from_db()
    assert (active.state, active.ended_on) == ("terminated", timezone.localdate())
    assert Letter.objects.filter(kind="terminated").count() == 2


def test_follow_up_renegotiate_and_abandon(client, officer, active):
    assert "inga mått" in text(client.get(url(active, "begin_follow_up")))
    client.post(url(active, "begin_follow_up"), {"step": "do"})
    active.refresh_from_db()
    assert active.state == "follow_up" and Letter.objects.filter(kind="follow_up").count() == 2
    make.finish(active)
    client.post(url(active, "renegotiate"), {"step": "do", "reason": "Fler vill vara med."})
    active.refresh_from_db()
    assert active.state == "renegotiation"
    assert "Avtalet är redan öppet för ändring." in text(client.get(url(active, "reopen")))
    client.post(url(active, "change_terms"), terms(active, title="Ett annat namn"))
    client.post(url(active, "abandon"), {"step": "do", "reason": "Alla är nöjda ändå."})
    active.refresh_from_db()
    assert active.state == "active" and active.title != "Ett annat namn"


def test_a_case_that_moved_on_keeps_what_was_typed(client, officer, active):
    active.renegotiate(by=Actor.of(officer), reason="Fler vill vara med.")
    page = text(client.post(url(active, "renegotiate"), {"step": "do", "reason": "Mitt långa skäl."}))
    assert "Det går inte att omförhandla avtalet nu" in page
    assert "Det här hade du skrivit" in page and "Mitt långa skäl." in page


# Terms and indicators ------------------------------------------------------------------------------------------------


def test_change_terms(client, dialogue):
    version = factories.make_version()
    principle = version.principles.first() or version.principles.create(order=9, slug="dialog", heading="Dialog")
    address = url(dialogue, "change_terms")
    assert f'value="{dialogue.title}"' in text(client.get(address))
    changed = {"procurement_note": "Ingen marknad.", "principles": [principle.pk]}
    response = client.post(address, terms(dialogue, title="Språkcaféet", **changed), follow=True)
    assert "Villkoren är sparade." in text(response)
    dialogue.refresh_from_db()
    assert (dialogue.title, dialogue.procurement_note, dialogue.revision) == ("Språkcaféet", "Ingen marknad.", 1)
    assert list(dialogue.principles.all()) == [principle]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_day": "2027-05-01", "last_day": "2027-04-30"}, "Perioden slutar innan den börjar."),
        ({"first_day": "2027-05-01", "last_day": "2067-04-30"}, "gäller högst 20 år"),
        ({"first_day": "9999-01-01", "last_day": "9999-12-31"}, "Skriv ett år mellan 2000 och 2100."),
        ({"first_day": "i vår"}, "Skriv datumet som år, månad och dag"),
        ({"title": " "}, "måste fyllas i"),
        ({"title": "å" * 121}, "Texten är för lång"),
        ({"principles": ["elva"]}, "elva"),
    ],
)
def test_wrong_terms_are_told_and_kept(client, dialogue, wrong, sentence):
    page = text(client.post(url(dialogue, "change_terms"), terms(dialogue, area="Bara här", **wrong)))
    assert "Fel: " in page and sentence in page
    assert 'value="Bara här"' in page
    dialogue.refresh_from_db()
    assert dialogue.revision == 0


def test_two_who_change_the_terms_at_once(client, officer, dialogue):
    address, mine = url(dialogue, "change_terms"), terms(dialogue, purpose="Mitt syfte", area="Fittja")
    colleague = sign_in(make.make_officer())
    colleague.post(address, terms(dialogue, purpose="Kollegans syfte"))
    page = client.post(address, mine)
    assert "En kollega har ändrat villkoren" in text(page)
    shown = {row.label: (row.now, row.typed) for row in page.context["differences"]}
    assert shown == {"Syfte": ("Kollegans syfte", "Mitt syfte")}
    assert "Mitt syfte</textarea>" in text(page)
    assert page.context["form"]["base"].value() == "1"
    dialogue.refresh_from_db()
    assert dialogue.purpose == "Kollegans syfte"
    client.post(address, mine | {"base": page.context["form"]["base"].value()})
    dialogue.refresh_from_db()
    assert (dialogue.purpose, dialogue.revision) == ("Mitt syfte", 2)


def test_terms_are_closed_while_they_are_signed(client, officer):
    partnership = make.make_partnership("decision", officer=officer)
    assert "läget är ”Inför beslut”" in text(client.get(url(partnership, "change_terms")))
    make.decide(partnership, by=Actor.of(officer))
    page = text(client.post(url(partnership, "change_terms"), terms(partnership, purpose="Något nytt")))
    assert "Öppna det för ändring först" in page and "Något nytt" in page


def test_change_indicators(client, dialogue):
    address = url(dialogue, "change_indicators")
    assert len(client.get(address).context["formset"].forms) == 3
    rows = [("", "Deltagare", "personer", "1 000"), ("", "", "", ""), ("", "Nöjda", "procent", "87,5")]
    client.post(address, indicators(*rows))
    first, second = dialogue.indicators.all()
    assert (first.name, first.goal, second.name, f"{second.goal}") == ("Deltagare", 1000, "Nöjda", "87.50")
    shown = text(client.get(address))
    assert 'value="1000"' in shown and 'value="87,50"' in shown
    assert "mål 1 000" in text(client.get(url(dialogue))).replace("\xa0", " ")
    half = text(client.post(address, indicators((first.pk, "Deltagare", "", "många"))))
    assert "Skriv vilken enhet ni mäter i." in half and "Fyll i ett tal" in half and 'value="många"' in half
    twice = text(client.post(address, indicators(("", "Nöjda", "procent", ""), ("", "nöjda", "procent", ""))))
    assert "Samma mått står två gånger." in twice
    client.post(address, indicators((second.pk, "Nöjda deltagare", "procent", ""), (first.pk, "", "", "")))
    assert [row.name for row in dialogue.indicators.all()] == ["Nöjda deltagare"]
    assert dialogue.indicators.get().pk == second.pk


def test_what_has_been_measured_stays(client, officer, active):
    active.change_indicators(by=Actor.of(officer), rows=[{"id": None, "name": "Deltagare", "unit": "st", "goal": None}])
    active.begin_follow_up(by=Actor.of(officer))
    make.finish(active)
    page = text(client.post(url(active, "change_indicators"), indicators(("", "Annat", "st", ""))))
    assert "”Deltagare” har redan mätts och kan inte tas bort." in page and 'value="Annat"' in page
    assert "40 st" in text(client.get(url(active))).replace("\xa0", " ")


# Parties -------------------------------------------------------------------------------------------------------------


def test_add_a_unit_and_an_organisation(client, dialogue):
    unit, organisation = make.make_unit(), council_factories.make_organisation_joined()
    outsider = factories.make_organisation("Utanför")
    address, who = url(dialogue, "add_party"), {"name": "Mona Kommun", "email": "MONA@kommun.example", "step": "do"}
    page = text(client.get(address))
    assert unit.name in page and organisation.name in page
    assert outsider.name not in page and f">{dialogue.proposer.name}</option>" not in page
    assert "Lägg till den (ny flik)" in page
    for both in ({"unit": unit.pk, "organisation": organisation.pk}, {}):
        refused = text(client.post(address, who | both))
        assert "Välj antingen en organisation eller en förvaltning." in refused and "Mona Kommun" in refused
    client.post(address, who | {"unit": unit.pk})
    client.post(address, who | {"organisation": organisation.pk})
    assert set(dialogue.parties.values_list("email", flat=True)) >= {"mona@kommun.example"}
    assert dialogue.parties.count() == 3
    assert Letter.objects.filter(kind="party_added", to="mona@kommun.example").count() == 2
    assert "Välj ett giltigt alternativ" in text(client.post(address, who | {"unit": unit.pk}))


def test_change_and_remove_a_party(client, officer, dialogue):
    contact = {"contact_name": "Mona", "email": "mona@kommun.example"}
    unit = dialogue.add_party(by=Actor.of(officer), unit=make.make_unit(), **contact)
    old = unit.key
    address = url(dialogue, "change_contact", unit.pk)
    assert "mona@kommun.example" in text(client.get(address))
    assert "Fel: " in text(client.post(address, {"name": "Nils", "email": "nils", "step": "do"}))
    client.post(address, {"name": "Nils Ny", "email": "Nils@kommun.example", "step": "do"})
    unit.refresh_from_db()
    assert (unit.contact_name, unit.email) == ("Nils Ny", "nils@kommun.example") and unit.key != old
    client.post(url(dialogue, "remove_party", unit.pk), {"step": "do"})
    assert [party.is_proposer for party in dialogue.parties.all()] == [True]
    refused = client.post(url(dialogue, "remove_party", dialogue.proposer.pk), {"step": "do"})
    assert "kan inte tas bort" in text(refused)
    other = make.make_partnership("dialogue")
    assert client.get(url(dialogue, "change_contact", other.proposer.pk)).status_code == 404


def test_assign(client, officer):
    partnership = make.make_partnership("drafting")
    colleague = partnership.assigned_to
    assert url(partnership, "assign") in text(client.get(url(partnership)))
    assert f"{colleague} är inte längre handläggare." in text(client.get(url(partnership, "assign")))
    client.post(url(partnership, "assign"), {"step": "do"})
    partnership.refresh_from_db()
    assert partnership.assigned_to == officer
    assert "Du har redan ärendet." in text(client.post(url(partnership, "assign"), {"step": "do"}))


# Follow-ups ----------------------------------------------------------------------------------------------------------


def test_publish_and_unpublish(client, officer):
    partnership = make.make_partnership("follow_up", officer=officer)
    open_one = partnership.open_follow_up
    assert client.get(url(partnership, "publish", open_one.pk)).status_code == 404
    contact = partnership.proposer
    contact.refresh_from_db()
    contact.change_contact(by=Actor.of(officer), name="Berit Berättare", email=contact.email)
    values = {}
    for party in partnership.parties.all():
        words = "Fråga Berit Berättare, berit@exempel.se." if party.is_proposer else "Bra."
        open_one.write(party, by=party.actor, text=words, base=0, values=values)
    for party in partnership.parties.all():
        open_one.refresh_from_db()
        open_one.approve(party, by=party.actor, base=open_one.revision)
    address = url(partnership, "publish", open_one.pk)
    assert address in text(client.get(url(partnership)))
    page = text(client.get(address))
    assert "Namnet ”Berit Berättare” står i texten." in page
    assert "E-postadress i texten: ”berit@exempel.se”." in page
    assert "Läs igenom texten" in text(client.post(address, {"step": "do"}))
    client.post(address, {"step": "do", "privacy_reviewed": "on"})
    open_one.refresh_from_db()
    assert open_one.published_at and open_one.privacy_reviewed_by == officer.name
    assert "Uppföljningen är redan publicerad." in text(client.get(address))
    away = url(partnership, "unpublish", open_one.pk)
    assert away in text(client.get(url(partnership)))
    assert "Fel: " in text(client.post(away, {"step": "do", "reason": ""}))
    client.post(away, {"step": "do", "reason": "Ett namn stod kvar."})
    open_one.refresh_from_db()
    assert open_one.published_at is None
    assert "Ett namn stod kvar." in text(client.get(url(partnership)))
    assert "Uppföljningen är inte publicerad." in text(client.post(away, {"step": "do", "reason": "Igen"}))


# The steering group and the council -----------------------------------------------------------------------------------


def test_form_the_steering_group_and_fill_it(client, officer, active):
    assert "ingen styrgrupp än" in text(client.get(url(active, "add_seat")))
    client.post(url(active, "form_steering_group"), {"step": "do"})
    active.refresh_from_db()
    assert active.steering_group.kind == Body.Kind.STEERING_GROUP
    assert "redan en styrgrupp" in text(client.post(url(active, "form_steering_group"), {"step": "do"}))
    civil, unit = active.parties.civil().get(), active.parties.municipal().get()
    address, today = url(active, "add_seat"), f"{timezone.localdate()}"
    data = {"name": "Olle Ordförande", "email": "olle@exempel.se", "role": "chair", "first_day": today, "step": "do"}
    assert "Fel: " in text(client.post(address, data)), "for which party?"
    client.post(address, data | {"party": civil.pk})
    again = text(client.post(address, data | {"party": civil.pk}))
    assert "Olle Ordförande har redan ett uppdrag" in again and "olle@exempel.se" in again
    second = data | {"name": "Ulla Andra", "email": "ulla@exempel.se", "party": unit.pk}
    assert "Det kan bara finnas en i taget." in text(client.post(address, second))
    assert not Person.objects.filter(email="ulla@exempel.se").exists(), "nothing is left of what was refused"
    client.post(address, second | {"role": "member"})
    seats = Seat.objects.filter(body=active.steering_group).in_order()
    assert [(seat.person.name, seat.represents) for seat in seats] == [
        ("Olle Ordförande", civil.name),
        ("Ulla Andra", unit.name),
    ]
    away = url(active, "end_seat", seats[1].pk)
    assert away in text(client.get(url(active)))
    client.post(away, {"last_day": today, "reason": "Bytte arbete.", "step": "do"})
    seats[1].refresh_from_db()
    assert Seat.objects.get(person__name="Ulla Andra").last_day == timezone.localdate()
    assert "Ett uppdrag för" in text(client.get(url(active)))


def test_somebody_known_by_the_address_gets_the_seat(client, officer, active):
    known = council_factories.make_person("Eva Känd")
    active.form_steering_group(by=Actor.of(officer))
    data = {"name": "Eva K", "email": known.email.upper(), "role": "member", "first_day": f"{timezone.localdate()}"}
    party = active.parties.civil().get()
    response = client.post(url(active, "add_seat"), data | {"party": party.pk, "step": "do"}, follow=True)
    assert "Eva Känd fanns redan med den e-postadressen" in text(response)
    assert Seat.objects.get(body=active.steering_group).person == known


def test_link_what_the_council_has_talked_about(client, dialogue):
    assert "inga möten att välja bland" in text(client.get(url(dialogue, "link_agenda_items")))
    bodies = council_factories.make_bodies()
    called = council_factories.make_meeting(state="called")
    planned = council_factories.make_meeting(days=40)
    boards = council_factories.make_meeting(bodies["board"], state="called")
    item, other = called.items.all()
    address = url(dialogue, "link_agenda_items")
    page = client.get(address)
    offered = {pk for _, group in page.context["form"].fields["items"].choices for pk, _ in group}
    assert offered == {item.pk, other.pk}, f"neither {planned} nor {boards}"
    hidden = {"items": [boards.items.first().pk], "step": "do"}
    assert "Välj ett giltigt alternativ" in text(client.post(address, hidden))
    client.post(address, {"items": [item.pk], "step": "do"})
    assert list(dialogue.agenda_items.all()) == [item]
    assert called.get_absolute_url() in text(client.get(url(dialogue)))
    Meeting.objects.filter(pk=called.pk).update(starts_at=timezone.now() - timedelta(days=2000))
    client.post(address, {"step": "do"})
    assert list(dialogue.agenda_items.all()) == [item], "what is too old to be offered stays"
