"""The council in the admin: seats, people, nominations and meetings, and that nothing of Plattformen's room shows."""

from datetime import date, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Letter
from council.models import Body, Nomination, Seat
from organisations.models import Person
from tests import factories
from tests.council.pages import row_of, signed_in, words
from tests.factories import council as council
from tests.tools.threads import same
from tests.tools.web import bare_refusals, shut, sign_in
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
ROLES = ["utvecklingsledare", "iop", "styrelse", "sekreterare", "registrator", "administrator"]


@pytest.fixture(scope="module", autouse=True)
def planted(module_rows):
    """Somebody of each role, a board that comes in by itself (so nobody has to help), and a nominated candidate."""
    users = [factories.make_user(role, email=f"{role}@kommun.example") for role in ROLES]
    users.append(User.objects.create_superuser("superuser@kommun.example", "ett-langt-losenord", name="Chef"))
    for user in users:
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
    council.make_board_seat(name="Jan Justerare", first_day=timezone.localdate() - timedelta(days=60))
    board = council.make_board_member(role="chair", name="Ulla Styrelse")
    return {"board": board, "nomination": nominated()}


board, nomination = row_of("board"), row_of("nomination")


@pytest.fixture
def secretary() -> Client:
    return as_role("sekreterare")


def as_role(role: str) -> Client:
    return signed_in(User.objects.get(email=f"{role}@kommun.example"))


def url(model: str, page: str = "changelist", *args: object) -> str:
    app = "organisations" if model == "person" else "council"
    return reverse(f"admin:{app}_{model}_{page}", args=args)


# Who may -------------------------------------------------------------------------------------------------------------
def test_the_associations_role_opens_nothing_and_not_even_a_superuser_deletes_anything(nomination):
    """Where the other roles come in stands in the table of the walks."""
    board, root = as_role("styrelse"), as_role("superuser")
    seat, meeting = council.make_council_seat("civil"), council.make_meeting()
    rows = {"seat": seat, "person": seat.person, "body": seat.body, "meeting": meeting, "nomination": nomination}
    with heard() as written, bare_refusals():
        for model, page in ((model, page) for model in (*rows, "term") for page in ("changelist", "add")):
            assert board.get(url(model, page)).status_code == 403, (model, page)
        for model, row in rows.items():
            assert root.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
    assert not written


# What is the association's own ---------------------------------------------------------------------------------------
SECRET = "Hemligheten"


def nominated(**fields: object) -> Nomination:
    nomination = proposed(**fields)
    nomination.nominate(by=BY, decision_note="Styrelsemöte, § 4")
    return nomination


def proposed(name: str = "Kandidat Öst", email: str = "kandidat@exempel.se", role: str = "member") -> Nomination:
    organisation = council.make_member().organisation
    person = council.make_person(name, email)
    return Nomination.propose(by=BY, candidate=person, organisation=organisation, role=role)


@pytest.fixture
def room(bodies) -> dict[str, object]:
    """What stands in the room, all of it under one word."""
    meeting = council.make_meeting(bodies["board"], title=f"{SECRET} möte", state="signed_off")
    term = bodies["board"].terms.create(label=f"{SECRET} period", first_day=date(2026, 1, 1))
    seat = council.make_board_seat(name=f"{SECRET} ledamot", email="hemlig.ledamot@exempel.se")
    nomination = proposed(f"{SECRET} kandidat", "hemlig.kandidat@exempel.se")
    Body.objects.filter(pk=bodies["board"].pk).update(name=f"{SECRET} styrelse")
    rows = {"meeting": meeting, "term": term, "seat": seat, "nomination": nomination, "body": bodies["board"]}
    return rows | {"person": nomination.candidate}


def test_the_room_is_not_in_the_admin(room):
    """What else is there to be read, and by whom, is told in tests/world.py: this is what bears no mark there."""
    client = as_role("superuser")
    pages = [url("nomination", verb, room["nomination"].pk) for verb in ("appoint", "not_appoint")]
    pages += [url("meeting", "minutes", room["meeting"].pk), url("seat", "end", room["seat"].pk)]
    lists = [url("seat", "add"), url("term", "add"), reverse("admin:index")]
    with bare_refusals():
        assert {client.get(page).status_code for page in pages} <= {403, 404}
        for model, row in room.items():
            lists += [url(model), f"{url(model)}?q=Hemlig", f"{url(model)}?q={timezone.localdate()}"]
            for page in ("change", "history", "delete"):
                response = client.get(url(model, page, row.pk))
                assert response.status_code in (403, 404) or response["Location"] == reverse("admin:index"), (
                    model,
                    page,
                )
        for page in lists:
            shown = client.get(page).content.decode().replace('value="Hemlig"', "")
            assert SECRET not in shown and "hemlig." not in shown, page


def test_what_is_handed_over_shows_its_minutes_and_no_more(room):
    meeting = room["meeting"]
    meeting.also_present = "Hemlig gäst"
    meeting.save()
    meeting.hand_over(by=BY)
    client, page = as_role("registrator"), url("meeting", "change", meeting.pk)
    assert meeting.registry_entry.number in words(client.get(url("meeting")))
    shown = words(client.get(page))
    assert "Justerat protokoll" in shown
    assert not [hidden for hidden in ("Hemlig gäst", "Fittja", "Ulla") if hidden in shown]
    response = client.get(url("meeting", "minutes", meeting.pk))
    assert response["Content-Type"] == "application/pdf"
    shut(response)
    assert Event.objects.of(meeting).filter(verb="open_file").exists()
    secretary = as_role("sekreterare")
    assert secretary.get(page).status_code == 200  # and no way into its workroom
    assert SECRET not in words(secretary.get(reverse("admin:index")))


def test_a_nomination_is_the_municipalitys_from_the_day_it_is_handed_over(secretary, nomination):
    for page in (url("nomination"), url("person")):
        assert "Kandidat Öst" in words(secretary.get(page))
    page = url("nomination", "change", nomination.pk)
    shown = words(secretary.get(page))
    assert "Styrelsemöte, § 4" in shown and "Nominerades till Rådet" in shown
    assert "Föreslogs" not in shown  # what was said within the association
    for client, sees in ((secretary, True), (as_role("utvecklingsledare"), False)):  # who reads people
        assert ("kandidat@exempel.se" in words(client.get(page))) is sees


def test_row_pages_lead_on_from_what_the_admin_shows(secretary):
    """Django's own address for it, which asks nobody's permission, is closed for the rest."""
    meeting = council.make_meeting(state="called")
    kind = ContentType.objects.get_for_model(meeting)
    answer = secretary.get(reverse("admin:view_on_site", args=[kind.pk, meeting.pk]))
    assert answer.url.endswith(meeting.get_absolute_url())
    for wrong in ((kind.pk, 9999), (9999, 1), (ContentType.objects.get_for_model(User).pk, 1), ("x", "1")):
        assert secretary.get(reverse("admin:view_on_site", args=wrong)).status_code == 404


# Seats ---------------------------------------------------------------------------------------------------------------
def seat_form(body: Body, **fields: object) -> dict[str, object]:
    facts = {
        "body": body.pk, "person": "", "name": "Ny Person", "email": "ny.person@exempel.se", "side": "politics",
        "party": "Partiet", "organisation": "", "role": "member", "order": 1, "term": "",
        "first_day": "2026-01-01", "last_day": "", "elected_on": "",
    }  # fmt: skip
    return facts | fields


def add_seat(client: Client, body: Body, **fields: object):
    return client.post(url("seat", "add"), seat_form(body, **fields))


def test_a_seat_for_somebody_new_or_known_by_the_list_or_by_the_address(secretary, bodies, board):
    assert add_seat(secretary, bodies["council"]).status_code == 302
    seat = Seat.objects.get(body=bodies["council"])
    assert (seat.person.name, seat.person.email, seat.party) == ("Ny Person", "ny.person@exempel.se", "Partiet")
    assert list(Event.objects.of(seat).values_list("verb", flat=True)) == ["add"]
    assert not User.objects.filter(email=seat.person.email).exists()
    assert not Letter.objects.filter(kind="welcome").exists()
    fields = {"person": council.make_person("Siv Samhälle").pk, "name": "", "email": ""}
    assert add_seat(secretary, bodies["council"], **fields).status_code == 302
    response = secretary.post(url("seat", "add"), seat_form(bodies["council"], email=board.email.upper()), follow=True)
    assert "Ulla Styrelse fanns redan med den e-postadressen" in words(response)
    assert Person.objects.filter(email=board.email).count() == 1
    sitting = Seat.objects.filter(body=bodies["council"]).order_by("pk").values_list("person__name", flat=True)
    assert list(sitting) == ["Ny Person", "Siv Samhälle", "Ulla Styrelse"]


def test_what_the_rules_refuse_is_said_and_nothing_is_lost(secretary, bodies):
    chair = council.make_council_seat("politics", role="chair", name="Per Ordf", first_day=date(2026, 1, 1)).person
    bodies["council"].compositions.update(seats_politics=2)
    for _ in range(2):
        council.make_council_seat("politics", first_day=date(2025, 1, 1), last_day=date(2025, 12, 31))
    before = Person.objects.count()
    for fields, sentence in (
        ({"name": "", "email": ""}, "Välj en person, eller skriv namnet på en ny."),
        ({"side": "", "party": ""}, "Välj vilken sida platsen hör till"),
        ({"party": ""}, "Skriv vilket parti ledamoten företräder."),
        ({"side": "civil", "party": ""}, "Civilsamhällets platser tillsätts ur Plattformens nomineringar."),
        ({"last_day": "2025-12-31"}, "Sista dagen är före den första."),
        ({"role": "chair"}, "Per Ordf är ordförande från och med 1 januari 2026."),
        ({"first_day": "2025-12-31"}, "Alla 2 platser för politiken är upptagna den 31 december 2025."),
        ({"email": "x"}, "Fyll i en giltig e-postadress."),
        ({"person": chair.pk, "name": "", "email": ""}, "Per Ordf har redan ett uppdrag"),
    ):
        response = add_seat(secretary, bodies["council"], **fields)
        shown, html = words(response), response.content.decode()
        assert response.status_code == 200 and sentence in shown and "Begränsningen" not in shown, sentence
        typed = [value for name, value in seat_form(bodies["council"], **fields).items() if value and name != "person"]
        assert not [value for value in typed if f'value="{value}"' not in html], sentence
    assert Person.objects.count() == before
    assert not Seat.objects.filter(person__name="Ny Person").exists()


def test_a_seat_is_corrected_but_stays_the_same_persons(secretary, bodies):
    seat = council.make_council_seat("politics", party="Fel parti")
    other = council.make_person()
    fields = seat_form(bodies["council"], person=other.pk, party="Rätt parti", first_day=str(seat.first_day))
    assert secretary.post(url("seat", "change", seat.pk), fields).status_code == 302
    changed = Seat.objects.get(pk=seat.pk)
    assert (changed.party, changed.person) == ("Rätt parti", seat.person)
    assert Event.objects.of(seat).get().data["before"] == {"party": "Fel parti"}
    assert "Ändrades" in words(secretary.get(url("seat", "change", seat.pk)))


def test_a_seat_ends_with_a_day_and_a_reason(secretary):
    seat = council.make_council_seat("politics")
    page = url("seat", "end", seat.pk)
    assert "Avsluta uppdraget" in words(secretary.get(page))
    today = timezone.localdate()
    assert "Varför upphör uppdraget?" in words(secretary.post(page, {"last_day": today, "reason": ""}))
    early = secretary.post(page, {"last_day": seat.first_day - timedelta(days=1), "reason": "Avgick."})
    assert "Sista dagen är före den första" in words(early)
    assert secretary.post(page, {"last_day": today, "reason": "Avgick på egen begäran."}).status_code == 302
    seat.refresh_from_db()
    assert (seat.last_day, seat.end_reason) == (today, "Avgick på egen begäran.")
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        secretary = as_role("sekreterare")
        assert url("seat", "end", seat.pk) not in secretary.get(url("seat", "change", seat.pk)).content.decode()
        assert seat.person.name in words(secretary.get(f"{url('seat')}?tid=forr"))
        assert seat.person.name not in words(secretary.get(f"{url('seat')}?tid=nu"))


def test_those_who_read_change_nothing(bodies):
    seat = council.make_council_seat("politics", party="Partiet")
    fields = seat_form(bodies["council"], party="Ett annat")
    for client in (as_role("utvecklingsledare"), as_role("registrator")):
        assert "Partiet" in words(client.get(url("seat", "change", seat.pk)))
        assert client.post(url("seat", "change", seat.pk), fields).status_code == 403


# Help to a board that does not come in -------------------------------------------------------------------------------
@pytest.fixture
def nobody_comes_in(board, bodies):
    """A board without seats."""
    Seat.objects.on_board().delete()
    return bodies["board"]


def test_an_administrator_helps_a_board_where_nobody_comes_in(nobody_comes_in):
    council.make_board_seat(role="chair", name="Utan Konto")
    client = as_role("administrator")
    assert "Styrelsen lägger själv in sina uppdrag" in words(client.get(url("seat", "add")))
    assert "Utan Konto" in words(client.get(url("seat")))
    fields = seat_form(nobody_comes_in, side="", party="", role="secretary")
    assert client.post(url("seat", "add"), fields).status_code == 302
    seat = Seat.objects.get(person__name="Ny Person")
    assert Letter.objects.get(kind="welcome").to == "ny.person@exempel.se"
    assert User.objects.filter(email="ny.person@exempel.se", is_staff=False).exists()
    help_given = Event.objects.of(seat).get(verb="help")
    assert (help_given.room, help_given.actor_email != "") == ("platform", True)
    # now somebody comes in, and the help is over
    assert "Utan Konto" not in words(client.get(url("seat")))
    assert client.get(url("seat", "change", seat.pk)).status_code == 302
    again = client.post(url("seat", "add"), seat_form(nobody_comes_in, side="", party="", name="En Till"))
    assert again.status_code == 200
    assert not Seat.objects.filter(person__name="En Till").exists()


def test_others_do_not_help(nobody_comes_in):
    seat = council.make_board_seat(role="chair", name="Utan Konto")
    for role in ("sekreterare", "utvecklingsledare", "registrator"):
        client = as_role(role)
        assert "Utan Konto" not in words(client.get(url("seat"))), role
        assert client.get(url("seat", "change", seat.pk)).status_code == 302, role
    assert add_seat(as_role("sekreterare"), nobody_comes_in, side="", party="").status_code == 200
    assert Seat.objects.count() == 1


def test_a_board_where_nobody_comes_in_is_one_with_nobody_who_decides(nobody_comes_in):
    """Closing the accounts of those who do is no way in."""
    client = as_role("administrator")
    for facts in ({"role": "auditor"}, {"last_day": timezone.localdate() - timedelta(days=1)}):
        assert council.make_board_member(**facts).name in words(client.get(url("seat"))), facts
    member = council.make_board_member()
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert member.name not in words(client.get(url("seat")))


def test_a_board_members_address_is_a_key_and_is_left_alone(secretary, board, bodies):
    person = Person.objects.get(email=board.email)
    assert secretary.get(url("person", "change", person.pk)).status_code == 302  # nobody that the municipality knows
    council.make_council_seat("civil", person=person)
    shown = words(secretary.get(url("person", "change", person.pk)))
    assert "Adressen öppnar styrelserummet" in shown
    taken = {"name": person.name, "email": "sekreterare@kommun.example", "phone": "070-1"}
    for client in (secretary, as_role("administrator"), as_role("superuser")):
        assert client.post(url("person", "change", person.pk), taken).status_code == 302
        person.refresh_from_db()
        assert (person.email, person.phone) == (board.email, "070-1")


# People, bodies and terms --------------------------------------------------------------------------------------------
def test_a_person_is_added_and_the_log_keeps_no_address(secretary):
    fields = {"name": "Siv Samhälle", "email": "Siv@Exempel.se", "phone": ""}
    assert secretary.post(url("person", "add"), fields).status_code == 302
    person = Person.objects.get(name="Siv Samhälle")
    assert person.email == "siv@exempel.se"
    secretary.post(url("person", "change", person.pk), fields | {"email": "siv.ny@exempel.se"})
    assert "siv" not in str(list(Event.objects.of(person).values_list("data", "label", "reason"))).lower()
    twice = secretary.post(url("person", "add"), fields | {"name": "En annan", "email": "SIV.NY@exempel.se"})
    assert "En annan person har redan den adressen" in words(twice)


def body_form(body: Body, **fields: object) -> dict[str, object]:
    rows = list(body.compositions.all())
    facts = {
        "name": body.name, "legal_nature": body.legal_nature, "tasks": "En uppgift", "meets_min": 4, "meets_max": 5,
        "note": "", "compositions-TOTAL_FORMS": len(rows), "compositions-INITIAL_FORMS": len(rows),
    }  # fmt: skip
    for n, row in enumerate(rows):
        facts |= composition_form(n, id=row.pk, known_by=row.known_by or "", first_day=row.first_day or "")
    return facts | fields


def composition_form(n: int, **fields: object) -> dict[str, object]:
    facts = {"seats_politics": 5, "seats_civil": 5, "first_day": "", "known_by": "", "since_text": "", "source": ""}
    return {f"compositions-{n}-{name}": value for name, value in (facts | {"as_stated": ""} | fields).items()}


def test_the_council_is_described_and_composed_anew(secretary, bodies):
    radet = bodies["council"]
    page = url("body", "change", radet.pk)
    new = composition_form(1, seats_politics=6, seats_civil=6, first_day="2027-01-01")
    form = body_form(radet, **new | {"compositions-TOTAL_FORMS": 2})
    assert secretary.post(page, form).status_code == 302
    radet.refresh_from_db()
    assert (radet.tasks, radet.compositions.count(), radet.kind) == ("En uppgift", 2, "council")
    assert set(Event.objects.of(radet).values_list("verb", flat=True)) == {"change", "compose"}


def test_a_body_that_does_not_add_up(secretary, bodies):
    radet = bodies["council"]
    for _ in range(2):
        council.make_council_seat("civil", first_day=date(2026, 5, 1))
    unknown, reduced = composition_form(0, known_by=""), composition_form(0, first_day="2026-06-01", seats_civil=1)
    for fields, sentence in (
        ({"meets_min": 6}, "Det högsta antalet möten är färre än det lägsta."),
        (unknown, "Skriv från vilken dag, eller i fältet därunder när den senast var känd."),
        (reduced, "2 personer har uppdrag på den sidan den dagen. Avsluta uppdrag först."),
    ):
        form = body_form(radet) | fields | {"compositions-0-id": radet.compositions.get().pk}
        shown = words(secretary.post(url("body", "change", radet.pk), form))
        assert sentence in shown and "Begränsningen" not in shown, sentence


def test_a_term_ends_after_it_begins(secretary, bodies):
    fields = {"body": bodies["council"].pk, "label": "2027–2030", "first_day": "2027-01-01", "last_day": "2026-12-31"}
    wrong = secretary.post(url("term", "add"), fields)
    assert "Sista dagen är före den första" in words(wrong) and "Begränsningen" not in words(wrong)
    assert secretary.post(url("term", "add"), fields | {"last_day": "2030-12-31"}).status_code == 302
    assert bodies["council"].terms.get().label == "2027–2030"
    theirs = secretary.post(url("term", "add"), fields | {"body": bodies["board"].pk, "last_day": ""})
    assert theirs.status_code == 200
    assert not bodies["board"].terms.exists()


# Nominations ---------------------------------------------------------------------------------------------------------
def test_a_nominated_candidate_is_appointed(secretary, bodies, nomination):
    term = bodies["council"].terms.create(label="2027", first_day=date(2027, 1, 1), last_day=date(2030, 12, 31))
    page = url("nomination", "appoint", nomination.pk)
    assert page in secretary.get(url("nomination", "change", nomination.pk)).content.decode()
    assert "Plattformens styrelse får ett brev" in words(secretary.get(page))
    form = {"step": "do", "first_day": "2027-01-01", "last_day": "", "term": term.pk}
    assert secretary.post(page, form).status_code == 302
    nomination.refresh_from_db()
    assert (nomination.state, nomination.seat.last_day) == ("appointed", date(2030, 12, 31))
    assert (nomination.seat.side, nomination.seat.organisation) == ("civil", nomination.organisation)
    assert Letter.objects.filter(kind="appointed").exists()
    assert secretary.get(page).status_code == 200  # says that it is too late
    shown = words(secretary.get(url("nomination", "change", nomination.pk)))
    assert "från 1 januari 2027 till 31 december 2030" in shown


def test_a_full_council_refuses_in_a_sentence_and_a_candidate_is_not_appointed_for_a_reason(
    secretary, bodies, nomination
):
    bodies["council"].compositions.update(seats_civil=0)
    page, no = (url("nomination", verb, nomination.pk) for verb in ("appoint", "not_appoint"))
    form = {"step": "do", "first_day": "2027-01-01", "last_day": "", "term": ""}
    response = secretary.post(page, form)
    assert "Alla 0 platser för civilsamhället är upptagna den 1 januari 2027." in words(response)
    assert 'value="2027-01-01"' in response.content.decode() and same(nomination).state == "nominated"
    form |= {"first_day": "2027-01-02", "last_day": "2027-01-01"}
    assert "Sista dagen är före" in words(secretary.post(page, form))
    for reason, status in (("", 200), ("Platserna räckte inte.", 302)):
        assert secretary.post(no, {"step": "do", "reason": reason}).status_code == status
    assert (same(nomination).state, same(nomination).reason) == ("not_appointed", "Platserna räckte inte.")
    assert Letter.objects.filter(kind="not_appointed").exists()


# Meetings and the first page -----------------------------------------------------------------------------------------
def test_the_secretary_is_led_to_the_workroom_and_others_read_here(secretary):
    meeting = council.make_meeting(state="signed_off")
    page, reader = url("meeting", "change", meeting.pk), as_role("registrator")
    assert secretary.get(page).url == reverse("council:work_meeting", args=[meeting.pk])
    assert "Justerat protokoll" in words(reader.get(page))
    assert reader.post(page, {"title": "x"}).status_code == 403
    response = reader.get(url("meeting", "minutes", meeting.pk))
    shut(response)
    assert response.status_code == 200
    for state in ("planned", "held", "drawn_up"):
        meeting = council.make_meeting(state=state)
        assert reader.get(url("meeting", "minutes", meeting.pk)).status_code == 404, state


def test_the_first_page_says_what_to_do(secretary):
    """What is late comes first, and others have no meetings to do."""
    index, soon = reverse("admin:index"), council.make_meeting(title="Snart", days=10)
    council.make_meeting(title="Långt fram", days=60)
    council.make_meeting(title="Har kallats", days=30, state="called")
    titles = {"held": "Att skriva", "drawn_up": "Att justera", "signed_off": "Att publicera", "published": "Klart"}
    for state, title in titles.items():
        council.make_meeting(title=title, state=state)
    response = secretary.get(index)
    mine, _, rest = words(response).partition("Andra öppna ärenden")
    for sentence in (
        "Snart,", "Kalla senast den", "Att skriva,", "Skriv protokollet", "Att publicera,", "Publicera protokollet",
        "Kandidat Öst", "Anteckna om kandidaten utses.",
    ):  # fmt: skip
        assert sentence in mine
    for sentence in ("Långt fram,", "Har kallats,", "Att justera,", "Väntar på justering: 0 av 2 klara."):
        assert sentence in rest
    assert "Klart," not in mine + rest
    assert reverse("council:work_meeting", args=[soon.pk]) in response.content.decode()
    for role in ("utvecklingsledare", "registrator", "administrator"):
        shown = words(as_role(role).get(index))
        assert "Snart" not in shown and "Kandidat" not in shown, role
    with time_machine.travel(soon.starts_at - timedelta(days=5), tick=False):
        mine, _, _ = words(as_role("sekreterare").get(index)).partition("Andra öppna ärenden")
        assert "Kallelsen skulle ha gått ut senast den" in mine


def test_a_secretary_on_the_board_does_not_get_its_meetings_here(bodies):
    officer = factories.make_user("sekreterare")
    council.make_board_seat(officer)
    council.make_meeting(bodies["board"], title=SECRET, days=10)
    for page in (reverse("admin:index"), url("meeting"), f"{url('meeting')}?q={SECRET}"):
        told = words(sign_in(officer).get(page))
        assert SECRET not in told.replace(f'value="{SECRET}"', "").replace(f"Möten: {SECRET} |", ""), "what was asked"


# Accounts ------------------------------------------------------------------------------------------------------------
def test_nobody_gets_into_the_room_through_an_account():
    """Neither by a board member's address nor by that of one who has no account yet."""
    member, other = council.make_board_member(), factories.make_user("iop")
    new = council.make_board_seat(first_day=timezone.localdate() + timedelta(days=9)).person.email
    add = reverse("admin:accounts_user_add")
    change, of_other = (reverse("admin:accounts_user_change", args=[user.pk]) for user in (member, other))
    for client in (as_role("administrator"), as_role("superuser")):
        assert "email" not in client.get(change).context["adminform"].form.fields
        for page, facts in (
            (add, {"email": new, "name": "Ny"}),
            (of_other, {"email": new.upper(), "name": other.name, "is_active": "on"}),
        ):
            assert "hör till någon i Plattformens styrelse" in words(client.post(page, facts))
        client.post(change, {"email": "annan@exempel.se", "name": "Annan", "is_active": "on"})
        assert same(member).email != "annan@exempel.se"
