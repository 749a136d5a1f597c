"""Partnerships in the admin: who gets in, what waits for whom, and every verb and task from its page to the letter."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.pages.gaps import found_for
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
from tests.iop.pages import in_every_state, indicators
from tests.tools.threads import same
from tests.tools.web import bare_refusals, shut, sign_in, text
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
LIST = "/admin/iop/partnership/"
ROW_TASKS = [name for name, page in TASKS.items() if page.about_row]
CASE_TASKS = [name for name in TASKS if name not in ROW_TASKS]


@pytest.fixture(scope="module")
def planted(module_rows):
    """A partnership in every state, all with the same officer."""
    return in_every_state(make.make_officer())


@pytest.fixture
def at(planted):
    """The partnership that stands in a state, read from the database."""
    return lambda state: same(planted[state])


@pytest.fixture
def officer(planted):
    return same(planted["dialogue"].assigned_to)


@pytest.fixture
def by(officer):
    return Actor.of(officer)


@pytest.fixture
def client(officer):
    return sign_in(officer)


@pytest.fixture
def dialogue(at):
    return at("dialogue")


@pytest.fixture
def active(at):
    return at("active")


@pytest.fixture
def out(at, by):
    """The agreement of this one is out to be signed."""
    partnership = at("decision")
    make.decide(partnership, by=by)
    return partnership


def addresses(partnership: Partnership) -> list[str]:
    """Every page of what may be done with the case; rows that there are none of have the key of the case itself."""
    about = {"change_contact": "parties", "remove_party": "parties", "publish": "follow_ups", "unpublish": "follow_ups"}
    rows = {name: getattr(partnership, rows).first() for name, rows in about.items()}
    keys = {name: row.pk if row else partnership.pk for name, row in rows.items()} | {"end_seat": partnership.pk}
    own = [url(partnership, name) for name in (*PAGES, *CASE_TASKS)]
    return own + [url(partnership, name, keys[name]) for name in ROW_TASKS]


def sections(client: Client) -> dict[str, list]:
    return {section["key"]: section["rows"] for section in client.get("/admin/").context["sections"]}


def place(client: Client, partnership: Partnership) -> tuple[str, str]:
    """In which section of the first page the partnership stands, and what it says there; two empty words if in none."""
    found = [(key, row) for key, rows in sections(client).items() for row in rows if row.title == partnership.title]
    [(section, note)] = [(key, row.note) for key, row in found] or [("", "")]
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


# Who gets in ---------------------------------------------------------------------------------------------------------


def test_who_must_not(dialogue):
    for role in ("sekreterare", "administrator", "styrelse"):
        stranger = sign_in(factories.make_user(role))
        with bare_refusals():
            for address in (LIST, url(dialogue), url(dialogue, "file", 1), *addresses(dialogue)):
                assert stranger.get(address).status_code == 403, (role, address)
                assert stranger.post(address).status_code == 403, (role, address)


def test_who_shares_reads_and_no_more(dialogue):
    for role in ("registrator", "utvecklingsledare"):
        reader = sign_in(factories.make_user(role))
        page = text(reader.get(url(dialogue)))
        assert dialogue.title in page and dialogue.number in page
        assert "Kim Kontakt" in page, "staff see the contact"
        with bare_refusals():
            for address in addresses(dialogue):
                assert address not in page
                assert reader.get(address).status_code == 403, (role, address)
                assert reader.post(address, {"step": "do"}).status_code == 403, (role, address)
        assert dialogue.title in text(reader.get(LIST))


def test_a_superuser_may_all_that_permissions_allow(dialogue):
    user = factories.make_user("", name="Super Användare")
    user.is_staff = user.is_superuser = True
    user.save()
    assert url(dialogue, "change_terms") in text(sign_in(user).get(url(dialogue)))


def test_a_draft_is_the_organisations_own(client, at):
    draft = at("draft")
    draft.keep(forslag={"title": "Hemliga utkastet"})
    with bare_refusals():
        for address in (url(draft), *addresses(draft)):
            assert client.get(address).status_code == client.post(address).status_code == 404, address
    for address in (LIST, "/admin/"):
        page = text(client.get(address))
        assert str(draft) not in page and "Hemliga utkastet" not in page, address


def test_nothing_is_added_changed_or_deleted_by_hand(client, dialogue):
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{dialogue.pk}/delete/").status_code == 403
    client.post(url(dialogue), {"state": "active"})
    dialogue.refresh_from_db()
    assert dialogue.state == "dialogue"
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
    def queries(address):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    queries(LIST)
    before = [queries(address) for address in ("/admin/", LIST)]
    for state in ("proposed", "dialogue", "decision", "active", "follow_up"):
        make.make_partnership(state, officer=officer)
    assert [queries(address) for address in ("/admin/", LIST)] == before


def test_the_queue_has_what_waits_for_the_officer(officer, at):
    colleague = make.make_officer()
    mine, new, others = make.make_partnership("dialogue", officer=colleague), at("proposed"), at("drafting")
    client = sign_in(colleague)
    rows = sections(client)
    assert {row.title for row in rows["mine"]} == {mine.title, new.title}
    assert not {row.title for row in rows["open"]} & {mine.title, new.title}
    section, note = place(client, others)
    assert section == "open" and note.endswith(f"Handläggare: {officer}.")
    waiting = Partnership.objects.waiting_for(colleague)
    assert {row.title for row in rows["mine"]} == set(waiting.values_list("title", flat=True))
    reader = sections(sign_in(factories.make_user("registrator")))
    assert not reader["mine"]
    assert {row.title for row in reader["open"]} == {row.title for row in rows["mine"] + rows["open"]}


def test_a_case_whose_officer_has_left_waits_for_all(officer, at):
    officer.is_active = False
    officer.save()
    assert place(sign_in(make.make_officer()), at("drafting"))[0] == "mine"


def test_the_queue_follows_the_signing(client, officer, at, by):
    partnership = at("decision")
    assert place(client, partnership) == ("mine", "Väntar på beslut. Anteckna det när det är fattat.")
    make.decide(partnership, by=by)
    waiting = f"Väntar på underskrifter: 0 av 2 klara. Handläggare: {officer}."
    assert place(client, partnership) == ("open", waiting)
    partnership.open_agreement.signatures.first().decline(reason="Fel namn.")
    section, note = place(client, partnership)
    assert section == "mine" and "En undertecknare har avböjt." in note
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        partnership.expire_signing()
        assert "Tiden för underskrift gick ut." in place(again(officer), partnership)[1]


def again(user) -> Client:
    """A session of the day that the test has travelled to."""
    client = Client()
    client.force_login(user)
    return client


def test_the_queue_follows_the_follow_up(client, officer, active, by):
    assert place(client, active) == ("", "")
    active.begin_follow_up(by=by)
    assert place(client, active)[0] != "mine"
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        assert "Uppföljningen skulle ha varit klar den" in place(again(officer), active)[1]
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        active.open_follow_up.close()
        assert "mer än tolv månader" in place(again(officer), active)[1]


def test_the_queue_has_what_is_to_be_published_and_what_soon_ends(client, at, by):
    partnership = at("follow_up")
    follow_up = make.finish(partnership)
    assert place(client, partnership) == ("mine", "Uppföljningen är godkänd av alla. Granska och publicera den.")
    follow_up.publish(by=by, privacy_reviewed=True)
    assert place(client, partnership)[0] != "mine"
    Partnership.objects.filter(pk=partnership.pk).update(last_day=timezone.localdate() + timedelta(days=30))
    assert "Avtalet går ut den" in place(client, partnership)[1]


def test_what_is_over_is_off_the_first_page(client, at):
    for state in ("declined", "cancelled", "terminated"):
        assert place(client, at(state)) == ("", ""), state


def whys(user, days: int = 0) -> dict[str, list[str]]:
    """Why each case stands among the gaps that the user is told of, some days from now."""
    found: dict[str, list[str]] = {}
    with time_machine.travel(timezone.now() + timedelta(days=days, minutes=1), tick=False):
        for gap in (gap for area in found_for(user, timezone.localdate()) for gap in area.gaps):
            found.setdefault(gap.title, []).append(gap.why)
    return found


def test_gaps_speak_of_the_follow_up_and_of_what_nobody_has_taken(at, django_user_model):
    boss = django_user_model.objects.create_superuser("chef@kommun.example", "ett-langt-losenord", name="Chefen")
    partnership, accession = at("follow_up"), str(factories.make_accession("submitted"))
    partnership.follow_ups.update(due=timezone.localdate() - timedelta(days=1))
    assert any("Uppföljningen skulle ha varit klar" in why for why in whys(boss)[partnership.title])
    make.finish(partnership)
    assert "Uppföljningen är godkänd av alla, men inte publicerad." in whys(boss)[partnership.title]
    for days, says in ((0, "än."), (1, "på 1 dag."), (2, "på 2 dagar.")):
        assert f"Ingen har tagit ärendet {says}" in whys(boss, days)[accession]


# The case ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in make.STATES if state != "draft"])
def test_the_case_in_every_state_and_what_may_be_done(client, at, state):
    partnership = at(state)
    page = text(client.get(url(partnership)))
    assert partnership.title in page and partnership.get_state_display() in page
    assert "[personlig länk]" in page
    assert not any(party.key in page for party in partnership.parties.all())
    with heard() as written:
        for verb in PAGES:
            allowed = state in TRANSITIONS[verb].sources and (verb, state) != ("reopen", "renegotiation")
            assert (f'href="{url(partnership, verb)}"' in page) == allowed, verb
            if not allowed:
                response = client.post(url(partnership, verb), {"step": "do"})
                assert response.status_code == 200 and "Tillbaka till ärendet" in text(response), verb
                if state == "terminated":  # where every verb is refused
                    assert "Tillbaka till ärendet" in text(client.get(url(partnership, verb))), verb
        for name in CASE_TASKS:
            shown = f'href="{url(partnership, name)}"' in page
            closed = "Tillbaka till ärendet" in text(client.get(url(partnership, name)))
            assert shown == (not closed and name != "assign"), name
    assert not written, "to look changes nothing"


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


def test_as_many_queries_for_a_case_with_more_in_it(client, active, by, django_assert_num_queries):
    active.begin_follow_up(by=by)
    make.finish(active)
    active.begin_follow_up(by=by)
    client.get(url(active))
    with CaptureQueriesContext(connection) as one:
        client.get(url(active))
    counted = {"id": None, "name": "Deltagare", "unit": "personer", "goal": 40}
    active.change_indicators(by=by, rows=[counted])
    make.finish(active)
    active.begin_follow_up(by=by)
    with django_assert_num_queries(len(one)):
        assert client.get(url(active)).status_code == 200


def test_opening_the_agreement_is_logged(client, active, at):
    file = active.agreement.pdf
    address = url(active, "file", file.pk)
    assert address in text(client.get(url(active)))
    response = client.get(address)
    assert response["Content-Disposition"].startswith("inline")
    assert b"".join(response).startswith(b"%PDF-")
    shut(response)
    assert Event.objects.of(active).filter(verb="open_file", data__file=file.pk).count() == 1
    assert client.get(url(at("dialogue"), "file", file.pk)).status_code == 404


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


def test_open_dialogue_with_the_letter_edited(client, officer, at):
    partnership = at("proposed")
    address = url(partnership, "open_dialogue")
    letter = letter_of(client, address)
    assert letter.startswith("Hej Kim Kontakt!") and Letter.PERSONAL_LINK in letter
    assert "Skriv tillbaka [personlig länk]" in text(client.post(address, {"step": "do", "letter": "Hej!"}))
    response = client.post(address, {"step": "do", "letter": f"{letter}\n\nPS. Kom på kaffe!"}, follow=True)
    assert "Dialogen började." in text(response)
    partnership.refresh_from_db()
    assert (partnership.state, partnership.assigned_to) == ("dialogue", officer)
    assert letters("dialogue", partnership).get().body.endswith("PS. Kom på kaffe!")


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


def test_decide_shows_what_is_frozen_and_who_signs(client, at):
    partnership = at("decision")
    Partnership.objects.filter(pk=partnership.pk).update(purpose="Ring Anna på 070-183 64 67.")
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
    assert letters("sign", partnership).count() == 2
    again = client.post(address, data)
    assert "Avtalet är redan ute för underskrift." in text(again) and "Bra idé." in text(again)
    assert partnership.decisions.get().motivation == "Bra idé."


def test_reopen_voids_what_was_signed(client, out):
    signature = out.open_agreement.signatures.first()
    signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
    address = url(out, "reopen")
    assert "De som redan har skrivit under (1)" in text(client.get(address))
    assert "Fel: " in text(client.post(address, {"step": "do", "reason": " "}))
    client.post(address, {"step": "do", "reason": "En part till vill vara med."})
    out.refresh_from_db()
    assert out.state == "drafting" and out.open_agreement is None
    assert "En part till vill vara med." in letters("signing_voided", out).get().body


@pytest.mark.parametrize("state", ["proposed", "dialogue", "drafting", "decision"])
def test_decline_is_written_then_read_then_sent(client, at, state):
    partnership = at(state)
    address = url(partnership, "decline")
    data = {"decided_on": f"{timezone.localdate()}", "decided_where": "Nämnden, § 3", "motivation": ""}
    assert "Fel: " in text(client.post(address, data | {"step": "next"})), "a no without reasons is impossible"
    data["motivation"] = "Kommunen har redan en sådan verksamhet."
    letter = letter_of(client, address, data)
    assert "Kommunen har redan en sådan verksamhet." in letter
    client.post(address, data | {"step": "do", "letter": f"{letter}\n\nRing gärna."})
    partnership.refresh_from_db()
    assert partnership.state == "declined"
    told = letters("declined", partnership)
    assert told.get(to=partnership.proposer.email).body.endswith("Ring gärna.")
    assert {letter.to for letter in told} == set(partnership.parties.values_list("email", flat=True))
    assert not partnership.decisions.get().approved


def test_cancel_and_terminate_say_why(client, active, dialogue):
    client.post(url(dialogue, "cancel"), {"step": "do", "reason": "Parterna vill vänta."})
    dialogue.refresh_from_db()
    assert (dialogue.state, dialogue.end_reason) == ("cancelled", "Parterna vill vänta.")
    address, late = url(active, "terminate"), active.last_day + timedelta(days=1)
    refused = text(client.post(address, {"step": "do", "on": f"{late}", "reason": "Lokalen försvann."}))
    assert "ska ligga inom avtalstiden" in refused and "Lokalen försvann." in refused
    client.post(address, {"step": "do", "on": f"{timezone.localdate()}", "reason": "Lokalen försvann."})
    active.refresh_from_db()
    assert (active.state, active.ended_on) == ("terminated", timezone.localdate())
    assert letters("terminated", active).count() == 2


def test_follow_up_renegotiate_and_abandon(client, active):
    assert "inga mått" in text(client.get(url(active, "begin_follow_up")))
    client.post(url(active, "begin_follow_up"), {"step": "do"})
    active.refresh_from_db()
    assert active.state == "follow_up" and letters("follow_up", active).count() == 2
    make.finish(active)
    client.post(url(active, "renegotiate"), {"step": "do", "reason": "Fler vill vara med."})
    active.refresh_from_db()
    assert active.state == "renegotiation"
    assert "Avtalet är redan öppet för ändring." in text(client.get(url(active, "reopen")))
    client.post(url(active, "change_terms"), terms(active, title="Ett annat namn"))
    client.post(url(active, "abandon"), {"step": "do", "reason": "Alla är nöjda ändå."})
    active.refresh_from_db()
    assert active.state == "active" and active.title != "Ett annat namn"


def test_a_case_that_moved_on_keeps_what_was_typed(client, at):
    page = text(client.post(url(at("renegotiation"), "renegotiate"), {"step": "do", "reason": "Mitt långa skäl."}))
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


def test_terms_are_closed_while_they_are_signed(client, at, by):
    partnership = at("decision")
    assert "läget är ”Inför beslut”" in text(client.get(url(partnership, "change_terms")))
    make.decide(partnership, by=by)
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


def test_what_has_been_measured_stays(client, at):
    partnership = at("follow_up")
    make.finish(partnership)
    page = text(client.post(url(partnership, "change_indicators"), indicators(("", "Annat", "st", ""))))
    assert "”Deltagare” har redan mätts och kan inte tas bort." in page and 'value="Annat"' in page
    assert "40 personer" in text(client.get(url(partnership))).replace("\xa0", " ")


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
    assert letters("party_added", dialogue).filter(to="mona@kommun.example").count() == 2
    assert "Välj ett giltigt alternativ" in text(client.post(address, who | {"unit": unit.pk}))


def test_change_and_remove_a_party(client, dialogue, at, by):
    contact = {"contact_name": "Mona", "email": "mona@kommun.example"}
    unit = dialogue.add_party(by=by, unit=make.make_unit(), **contact)
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
    assert client.get(url(dialogue, "change_contact", at("drafting").proposer.pk)).status_code == 404


def test_assign(officer, at):
    partnership, colleague = at("drafting"), make.make_officer()
    client, address = sign_in(colleague), url(partnership, "assign")
    assert address in text(client.get(url(partnership)))
    assert f"{officer} är inte längre handläggare." in text(client.get(address))
    client.post(address, {"step": "do"})
    assert same(partnership).assigned_to == colleague
    assert "Du har redan ärendet." in text(client.post(address, {"step": "do"}))


# Follow-ups ----------------------------------------------------------------------------------------------------------


def test_publish_and_unpublish(client, officer, at, by):
    partnership = at("follow_up")
    open_one = partnership.open_follow_up
    assert client.get(url(partnership, "publish", open_one.pk)).status_code == 404
    contact = partnership.proposer
    contact.change_contact(by=by, name="Berit Berättare", email=contact.email)
    for party in partnership.parties.all():
        words = "Fråga Berit Berättare, berit@exempel.se." if party.is_proposer else "Bra."
        open_one.write(party, by=party.actor, text=words, base=0, values={})
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


def test_form_the_steering_group_and_fill_it(client, active):
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


def test_somebody_known_by_the_address_gets_the_seat(client, active, by):
    known = council_factories.make_person("Eva Känd")
    active.form_steering_group(by=by)
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
