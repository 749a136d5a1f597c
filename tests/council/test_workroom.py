"""The workroom: from a planned meeting to the attendance noted, for the council's secretary and the board alike."""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import Event, Letter, Refused
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from council import agenda, attendance, elections, links, minutes_urls, workroom_urls
from council.models import AgendaItem, Meeting, Participant
from council.models.participants import INVITATION_LINK
from organisations.models import Person
from tests import factories
from tests.council.pages import in_the_past, moved, queries, read, send, signed_in, undone, url
from tests.factories import council as make
from tests.tools.threads import same
from tests.tools.web import bare_refusals, body_of, shut, text
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
BY = make.BY


@pytest.fixture(scope="module")
def planted(module_rows):
    """The bodies, the council's seats, and its secretary."""
    make.people(make.make_bodies()["council"])
    return factories.make_user("sekreterare", name="Sam Sekreterare")


@pytest.fixture(autouse=True)
def without_second_factor(planted, settings):
    settings.DEMO = True


@pytest.fixture
def client(planted):
    return signed_in(same(planted))


@pytest.fixture
def board_member(bodies):
    return make.make_board_member(role="secretary")


@pytest.fixture
def meeting(planted):
    """A meeting of the council that is planned."""
    return make.make_meeting()


@pytest.fixture
def called(planted):
    return make.make_meeting(state="called")


def typed(response):
    """What a browser would send of the form on the page: every field as it stands."""
    formset, data = response.context["formset"], {}
    for form in [response.context["form"], getattr(formset, "management_form", ()), *formset]:
        for field in form:
            if (value := field.value()) not in (None, False):
                data[field.html_name] = value.strftime("%H:%M") if hasattr(value, "hour") else value
    return data


def post_edit(client, address, **changes):
    data = typed(client.get(address)) | changes
    return client.post(address, {key: value for key, value in data.items() if value is not None})


FACTS = {"day": "2030-03-12", "starts": "17.00", "ends": "19.00", "place": "Fittja", "audience": "public"}
NEW = "/motesrum/nytt/radet/"


# Who comes in -----------------------------------------------------------------------------------------------------
PAGES = [part for part in (*workroom_urls.urlpatterns, *minutes_urls.urlpatterns) if "<int:pk>" in str(part.pattern)]


def test_only_the_board_comes_in_to_the_meetings_of_the_association(bodies, board_member, client):
    """Who handles no meetings at all is sent to every page in the walks."""
    root = signed_in(User.objects.create_superuser("super@kommun.example", "ett-langt-losenord", name="Super"))
    meeting, board = make.make_meeting(bodies["board"]), signed_in(board_member)
    pages = [part.name for part in PAGES if part.name.startswith("work_") and str(part.pattern).count("<") == 1]
    addresses = [url("work_new", meeting.body.slug), *(url(name, meeting) for name in pages)]
    assert len(pages) > 15 and {board.get(address).status_code for address in addresses} <= {200, 302, 404, 405}
    addresses += [url("work_paper_remove", meeting, meeting.items.first(), 1), url("work_resend", meeting, 1)]
    addresses += [url("work_minutes_revision", meeting, 1)]
    with heard() as written, bare_refusals():
        for name, stranger in {"secretary": client, "superuser": root}.items():
            for address in addresses:
                statuses = {stranger.get(address).status_code, stranger.post(address, {"reason": "x"}).status_code}
                assert statuses - {405} == {404}, (name, address)
    assert not {"casework_letter", "casework_event"} & {*written}, "a refused page leaves no trace"


# The list ---------------------------------------------------------------------------------------------------------
def test_what_comes_what_waits_and_what_has_been(client):
    for title, days in {"Kommer sen": 40, "Kommer snart": 3, "Glömdes bort": -3}.items():
        make.make_meeting(title=title, days=days)
    make.make_meeting(state="published", title="Är klart")
    text = read(client, url("workroom"))
    titles = ("Kommer snart", "Kommer sen", "Glömdes bort", "Är klart")
    assert sorted(titles, key=text.index) == list(titles)
    assert "Kallelsen skulle ha gått ut senast den" in text
    assert re.search(r"1 möte hittills \d{4}. Målet är 4–5 om året", text)


def test_a_meeting_of_few_and_one_of_many_ask_as_often(client):
    def asked(items, seats):
        for _ in range(seats):
            make.make_council_seat("civil", role="substitute")
        meeting = make.make_meeting(days=20 + seats)
        for n in range(items):
            paper(meeting, meeting.items.create(order=9 + n, title=f"Punkt {n}"), title=f"Papper {n}")
        meeting.call(by=BY)
        meeting.participants.filter(role="Ledamot").update(answer="not_coming", answered_at=timezone.now())
        pages = [url(name, meeting) for name in ("work_meeting", "work_edit", "work_call")]
        return [queries(client, page) for page in [url("workroom"), *pages]]

    few = asked(1, 1)
    for n in range(3):
        make.make_meeting(days=40 + n)
    assert asked(8, 9) == few
    assert few[0] <= 20 and max(few) <= 45


# Planning ---------------------------------------------------------------------------------------------------------
def test_a_meeting_is_planned_with_its_agenda_and_the_next_is_proposed_like_it(client):
    data = FACTS | {
        "ends": "", "punkt-TOTAL_FORMS": 3, "punkt-INITIAL_FORMS": 0,
        "punkt-0-order": 2, "punkt-0-title": "Budgeten", "punkt-0-kind": "statement", "punkt-0-presenter": "Kim Ek",
        "punkt-1-order": 1, "punkt-1-title": "Mötet öppnas", "punkt-1-kind": "information",
        "punkt-2-order": 3, "punkt-2-title": "", "punkt-2-kind": "information",
    }  # fmt: skip
    response = client.post(NEW, data)
    meeting = Meeting.objects.get()
    assert response.url == url("work_meeting", meeting)
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=2)
    assert (meeting.state, meeting.slug, meeting.events().get().verb) == ("planned", "2030-03-12", "plan")
    items = [(1, "Mötet öppnas", "information"), (2, "Budgeten", "statement")]
    assert list(meeting.items.values_list("order", "title", "kind")) == items
    context = client.get(NEW).context
    form = context["form"]
    assert (form["place"].value(), form["starts"].value().hour, form["ends"].value().hour) == ("Fittja", 17, 19)
    assert [row["order"].value() for row in context["formset"]] == [1, 2, 3]


def test_another_point_keeps_all_that_is_typed_and_saves_nothing(client):
    data = FACTS | {
        "day": "den tolfte", "title": "Extra möte", "announced": "on",
        "punkt-TOTAL_FORMS": 1, "punkt-INITIAL_FORMS": 0,
        "punkt-0-order": 4, "punkt-0-title": "", "punkt-0-kind": "consultation", "punkt-0-text": "Vi har\ntänkt.",
        "punkt-0-DELETE": "on", "more": "1",
    }  # fmt: skip
    response = client.post(NEW, data)
    text = page(response)
    assert "error-summary" not in text
    again = typed(response)
    kept = {key: str(value) for key, value in data.items() if key not in ("more", "punkt-TOTAL_FORMS", "ends")}
    kept |= {"announced": "True", "punkt-0-DELETE": "True", "punkt-0-title": "", "punkt-INITIAL_FORMS": "1"}
    assert {key: str(value) for key, value in again.items()} | kept == {k: str(v) for k, v in again.items()}
    assert (again["punkt-TOTAL_FORMS"], again["punkt-1-order"]) == (2, 5)
    assert "autofocus" in re.search(r'<input[^>]*name="punkt-1-title"[^>]*>', text)[0]
    assert not Meeting.objects.exists()


def test_what_is_wrong_is_said_and_nothing_is_lost(client, board_member):
    data = FACTS | {
        "title": "Extra möte", "punkt-TOTAL_FORMS": 1, "punkt-INITIAL_FORMS": 0, "punkt-0-order": 1,
        "punkt-0-title": "Läget", "punkt-0-kind": "information", "punkt-0-text": "Det här tog lång tid att skriva.",
    }  # fmt: skip
    for changes, sentence in (
        ({"ends": "16.00"}, "Mötet slutar innan det börjar."),
        # that night has no clock between 02.00 and 03.00: half past two is half past three
        ({"day": "2027-03-28", "starts": "02:30", "ends": "03:30"}, "Mötet slutar innan det börjar."),
        ({"day": "12 mars"}, "Skriv datumet som år, månad och dag"),
        ({"day": "0026-03-12"}, "Kontrollera året."),
        ({"online_link": "javascript:alert(1)"}, "error-summary"),
        ({"online_link": "ftp://exempel.se"}, "Skriv en webbadress"),
        ({"punkt-0-title": "  "}, "Skriv en rubrik, eller kryssa i att punkten ska bort."),
        ({"punkt-0-kind": "decision"}, "fattar inga egna beslut"),
        ({"punkt-0-order": "först"}, "Skriv numret med siffror."),
        ({"audience": "board"}, "error-summary"),
    ):
        text = send(client, NEW, 422, **data | changes)
        assert sentence in text and "<title>Fel: " in text, changes
        assert all(data[key] in text for key in ("title", "place", "punkt-0-text")), changes
    assert not Meeting.objects.exists() and not AgendaItem.objects.exists()
    for somebody, slug in ((client, "radet"), (signed_in(board_member), "styrelsen")):
        offered = somebody.get(url("work_new", slug)).context["formset"].forms[0].fields["kind"].choices
        assert ("decision" in dict(offered)) == (slug == "styrelsen")


def test_a_day_that_has_been_is_warned_about_and_too_many_points_are_refused(client):
    data = FACTS | {"day": "2020-03-12", "punkt-TOTAL_FORMS": 0, "punkt-INITIAL_FORMS": 0}
    assert "dagen har redan varit, så det går inte att kalla" in text(client.post(NEW, data, follow=True))
    for n in range(31):
        data |= {f"punkt-{n}-title": f"Punkt {n}", f"punkt-{n}-kind": "information", f"punkt-{n}-order": n + 1}
    assert "Punkt 30" in send(client, NEW, 422, **data | {"punkt-TOTAL_FORMS": 31})


def test_a_point_is_moved_by_its_number(client, meeting):
    moves = [({}, "ABCD"), ({"D": 2}, "ADBC"), ({"A": 3}, "BCAD"), ({"A": 4, "D": 1}, "DBCA"), ({"B": ""}, "ACDB")]
    for numbers, titles in moves:
        meeting.items.all().delete()
        for n, title in enumerate("ABCD", start=1):
            meeting.items.create(order=n, title=title)
        changes = {f"punkt-{'ABCD'.index(title)}-order": value for title, value in numbers.items()}
        assert post_edit(client, url("work_edit", meeting), **changes).status_code == 302, numbers
        assert list(meeting.items.values_list("title", "order")) == [*zip(titles, (1, 2, 3, 4), strict=True)], numbers


def test_a_point_is_taken_away_and_the_papers_of_the_others_stay(client, meeting):
    first, second = meeting.items.all()
    document = paper(meeting, second)
    theirs, address = make.make_meeting(days=30).items.first(), url("work_edit", meeting)
    assert post_edit(client, address, **{"punkt-0-DELETE": "on", "punkt-0-title": ""}).status_code == 302
    assert list(meeting.items.values_list("pk", "order")) == [(second.pk, 1)]
    assert list(second.documents.all()) == [document]
    post_edit(client, address, **{"punkt-0-id": theirs.pk, "punkt-0-title": "Kapad"})
    assert (same(theirs).meeting, same(theirs).title) == (theirs.meeting, "Mötet öppnas")


def test_the_second_of_two_who_change_is_told_and_loses_nothing(client, meeting):
    address = url("work_edit", meeting)
    mine = typed(client.get(address)) | {"place": "Min plats"}
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        post_edit(client, address, place="Andras plats")
        response = client.post(address, mine)
        text = page(response, 422)
        assert "Någon annan ändrade mötet medan du skrev." in text and "Min plats" in text
        assert same(meeting).place == "Andras plats"
        client.post(address, typed(response))
    assert same(meeting).place == "Min plats"


# Papers -----------------------------------------------------------------------------------------------------------
def paper(meeting, item, **facts):
    facts = {"title": "Underlaget", "audience": meeting.body.audiences[0]} | facts
    return agenda.upload_paper(meeting, by=BY, item=item, upload=factories.upload(), **facts)


def a_file(name="Underlag till mötet.pdf", data=None):
    return SimpleUploadedFile(name, factories.pdf_bytes() if data is None else data, "application/pdf")


def test_a_paper_is_uploaded_to_its_point(bodies, client, board_member):
    boards = make.make_meeting(bodies["board"]), signed_in(board_member), "platform", "board"
    councils = make.make_meeting(), client, "municipality", "public"
    for meeting, handler, owner, audience in (boards, councils):
        item = meeting.items.last()
        data = {"item": item.pk, "upload": a_file(), "title": "", "audience": audience}
        assert handler.post(url("work_paper_new", meeting), data).url == url("work_meeting", meeting)
        document = item.documents.get()
        facts = (document.title, document.owner, document.audience, document.category)
        assert facts == ("Underlag till mötet", owner, audience, "other")
        assert document.file_url in read(handler, url("work_meeting", meeting))


def test_a_file_that_is_not_what_it_says_is_refused(client, meeting):
    data = {"item": meeting.items.first().pk, "title": "Min titel", "audience": "staff"}
    for upload, sentence in (
        ({"upload": a_file(data=b"inte en pdf")}, "Filen måste vara något av"),
        ({"upload": a_file(data=b"")}, "Filen är tom."),
        ({}, "error-summary"),
    ):
        text = send(client, url("work_paper_new", meeting), 422, **data | upload)
        assert sentence in text and "Min titel" in text and '<details class="form-fold" open>' in text, sentence
    assert not Document.objects.exists()


def test_a_paper_that_exists_is_chosen_and_taken_away_again_and_crosses_to_no_other_room(bodies):
    """Not even when one person sits in both."""
    both = factories.make_user("sekreterare")
    make.make_board_seat(both)
    client, meeting = signed_in(both), make.make_meeting()
    council, board = make.make_meeting(days=30), make.make_meeting(bodies["board"])
    internal = paper(council, council.items.first(), title="Kommunens interna")
    secret = paper(board, board.items.first(), title="Styrelsens egna")
    assert list(agenda.choosable(meeting, both)) == [internal] and list(agenda.choosable(board, both)) == [secret]
    choose, item = url("work_paper_choose", meeting), meeting.items.first()
    page = send(client, choose, 422, **{"valj-item": item.pk, "valj-document": secret.pk})
    assert "Dokumentet finns inte längre, eller visas inte för dig." in page
    send(client, choose, **{"valj-item": item.pk, "valj-document": internal.pk})
    assert list(item.documents.all()) == [internal]
    send(client, url("work_paper_remove", meeting, item, internal))
    assert not item.documents.exists() and Document.objects.filter(pk=internal.pk).exists()
    assert [event.verb for event in meeting.events()] == ["remove_paper", "add_paper"]


# Calling ----------------------------------------------------------------------------------------------------------
def page(response, status=200):
    assert response.status_code == status, text(response)[:3000]
    return text(response)


def post_call(client, meeting, **data):
    seen = client.get(url("work_call", meeting)).context["form"]["seen"].value()
    return client.post(url("work_call", meeting), {"seen": seen} | data)


def test_everyone_called_gets_the_letter_that_the_page_shows(client):
    meeting = make.make_meeting(title="Vårens första möte", online_link="https://exempel.se/mote")
    paper(meeting, meeting.items.last())
    absent = make.make_council_seat("politics", name="Pia Utanadress")
    Person.objects.filter(pk=absent.person_id).update(email="")
    text = read(client, url("work_call", meeting))
    assert not meeting.participants.exists() and not Letter.objects.exists(), "looking calls nobody"
    for said in (
        "4 personer får kallelsen", "Per Ordförande", "får ingen kallelse härifrån: Pia Utanadress",
        "Kallelse: Vårens första möte", "[personlig länk]", "1. Mötet öppnas (information)",
        "– Handling: Underlaget (pdf, ", "Plats: Fittja", "Delta på distans: https://exempel.se/mote",
    ):  # fmt: skip
        assert said in text
    assert post_call(client, meeting).url == url("work_meeting", meeting)
    meeting.refresh_from_db()
    letters = Letter.objects.filter(kind="notice")
    assert (meeting.state, meeting.announced, letters.count()) == ("called", True, 4)
    participant = Participant.objects.get(email=letters.first().to)
    for said in (f"/kallelse/{tokens.make(INVITATION_LINK, participant.key)}/", "Tid: ", "Dagordning"):
        assert said in full_body(letters.first())
    assert letters.first().attachment_name.endswith(".ics")
    assert meeting.notices.get().sent_by == "Sam Sekreterare"
    assert "Har inte svarat" in read(client, url("work_meeting", meeting))


def test_what_is_missing_is_said_before_the_button(client, meeting):
    without = "Dagordningen är tom."
    with undone():
        meeting.items.all().delete()
        text = read(client, url("work_call", meeting))
        assert without in text and "Skicka kallelsen" not in text
        assert without in page(post_call(client, meeting), 422)
    past = make.make_meeting(days=-2)
    assert "Mötets tid har redan passerat." in read(client, url("work_call", past))
    assert "Mötets tid har redan passerat." in page(post_call(client, past), 422)
    Person.objects.update(email="")
    assert "Ingen av de kallade har en e-postadress." in read(client, url("work_call", meeting))
    assert "Det finns ingen att kalla." in page(post_call(client, meeting), 422)
    assert same(meeting).state == "planned" and not meeting.participants.exists() and not Letter.objects.exists()


def test_a_late_call_asks_why_and_a_second_click_calls_once(client):
    meeting = make.make_meeting(days=3)
    assert "Skriv varför kallelsen går ut sent." in page(post_call(client, meeting, late_reason=" "), 422)
    assert post_call(client, meeting, late_reason="Frågan är brådskande.").status_code == 302
    meeting.refresh_from_db()
    assert (meeting.state, meeting.late_reason) == ("called", "Frågan är brådskande.")
    response = client.post(url("work_call", meeting), {"seen": 0}, follow=True)
    assert "Kallelsen är redan skickad." in page(response) and Letter.objects.count() == 4


def test_members_are_called_to_a_general_meeting_once_an_address_and_it_is_held_by_those_who_came(bodies, board_member):
    for _ in range(2):
        make.make_member(email="samma@exempel.se")
    meeting, client = make.make_meeting(bodies["annual_meeting"]), signed_in(board_member)
    post_call(client, meeting)
    letter = Letter.objects.get(kind="notice", to="samma@exempel.se")
    assert letter.body.endswith("Plattformen") and "kommun" not in letter.body.lower(), letter.body
    assert letter.room == "platform"
    in_the_past(meeting)
    data = {"secretary_name": "Ulla"}
    for n, duty in ((1, "chair"), (2, "signer"), (3, "")):
        data |= {f"gast-{n}-name": f"Deltagare {n}", f"gast-{n}-email": f"d{n}@exempel.se", f"gast-{n}-duty": duty}
    send(client, url("work_attendance", meeting), **data)
    assert same(meeting).state == "held" and meeting.participants.present().count() == 3
    assert set(meeting.participants.filter(role="Medlem").values_list("presence", flat=True)) == {""}


def test_a_change_after_the_call_is_sent_as_a_new_version(client, called):
    first = calendar_of(Letter.objects.first())
    post_edit(client, url("work_edit", called), place="Hallunda", **{"punkt-1-title": "Läget i dag"})
    response = client.get(url("work_meeting", called))
    assert response.context["next"].label == "Skicka ändrad kallelse"
    assert "Ny plats: Hallunda. Tidigare: Fittja." in page(response)
    assert read(client, invited(called)).count("Fittja") and "Hallunda" not in read(client, invited(called))
    assert "Ny plats: Hallunda." in read(client, url("work_call", called))
    post_call(client, called)
    letter = Letter.objects.filter(kind="notice_changed").first()
    assert letter.body.index("– Ny plats: Hallunda. Tidigare: Fittja.") < letter.body.index("Dagordning")
    assert "– Punkten ”Läget” är borttagen." in letter.body and "2. Läget i dag" in letter.body
    second = calendar_of(letter)
    assert second["UID"] == first["UID"] and second["SEQUENCE"] > first["SEQUENCE"] and second["LOCATION"] == "Hallunda"
    assert list(called.notices.values_list("version", flat=True)) == [2, 1]
    assert "Hallunda" in read(client, invited(called))


def calendar_of(letter):
    with default_storage.open(letter.attachment) as file:
        return Calendar.from_ical(file.read()).walk("VEVENT")[0]


def test_nothing_new_is_not_sent_again(client, called):
    assert "Ingenting har ändrats sedan kallelsen gick ut." in read(client, url("work_call", called))
    assert "Ingenting har ändrats" in page(post_call(client, called), 422)
    make.make_council_seat("civil", role="substitute", name="Nya Ersättaren")
    assert "Nya Ersättaren är inte kallad än." in read(client, url("work_meeting", called))
    assert post_call(client, called).status_code == 302
    assert Letter.objects.filter(kind="notice").count() == 5, "the new one gets the whole notice"


def test_who_has_a_new_address_is_called_there_and_who_no_longer_sits_there_is_not(client, called):
    first, gone, *_ = called.participants.all()
    old, person = invited(called, who=first), first.seat.person
    gone.seat.end(by=BY, last_day=timezone.localdate(), reason="Flyttade.")
    person.email = "ny@exempel.se"
    person.save()
    text = read(client, url("work_meeting", called))
    assert f"{person.name} är inte kallad än på sin nya adress." in text and "Uppdraget upphör före mötet" in text
    post_edit(client, url("work_edit", called), place="Hallunda")
    text = read(client, url("work_call", called))
    assert "Ny</span>" in text and "3 personer får kallelsen" in text
    post_call(client, called)
    assert Letter.objects.get(to="ny@exempel.se").kind == "notice" and called.participants.count() == 4
    assert Letter.objects.filter(kind="notice_changed").exclude(to=gone.email).count() == 2
    assert not Letter.objects.filter(kind="notice_changed", to=gone.email).exists()
    new = called.participants.get(email="ny@exempel.se")
    assert Client().get(old).status_code == 404 and Client().get(invited(called, who=new)).status_code == 200


def test_a_cancelled_meeting_is_told_to_those_called(client, called):
    assert "Skriv varför mötet ställs in." in send(client, url("work_cancel", called), 422, reason=" ")
    client.post(url("work_cancel", called), {"reason": "Lokalen brann."})
    letter = Letter.objects.filter(kind="cancelled").first()
    assert "Lokalen brann." in letter.body and letter.subject.startswith("Inställt: Rådet")
    assert calendar_of(letter)["STATUS"] == "CANCELLED"
    text = read(Client(), invited(called))
    assert "Mötet är inställt." in text and "Lokalen brann." in text and "Ditt svar" not in text
    assert client.get(url("work_cancel", called)).url == url("work_meeting", called)
    assert "Mötet är inställt: Lokalen brann." in read(client, url("work_meeting", called))


def test_a_letter_that_did_not_arrive_is_shown_and_sent_again(client, bodies, board_member, called):
    letter = Letter.objects.first()
    Letter.objects.filter(pk=letter.pk).update(failed_at=timezone.now())
    text = read(client, url("work_meeting", called))
    assert "Det här kom inte fram." in text and letter.to in text
    other = make.make_meeting(bodies["board"], state="called")
    assert signed_in(board_member).post(url("work_resend", other, letter.pk)).status_code == 404
    client.post(url("work_resend", called, letter.pk))
    assert same(letter).failed_at is None
    assert client.post(url("work_resend", called, letter.pk)).status_code == 404


# The one who is called --------------------------------------------------------------------------------------------
def invited(meeting, name="invitation", *args, who=None):
    participant = who or meeting.participants.first()
    return url(name, tokens.make(INVITATION_LINK, participant.key), *args)


def test_the_link_opens_the_notice_and_changes_nothing():
    meeting = make.make_meeting(state="planned", online_link="https://exempel.se/mote")
    meeting.items.filter(order=1).update(text="<b>Bakgrund</b>")
    meeting.call(by=BY)
    somebody, address = Client(), invited(meeting)
    with heard() as written:
        response = somebody.get(address)
    text = page(response)
    assert "https://exempel.se/mote" in text and "&lt;b&gt;Bakgrund" in text and "Fittja" in text
    assert response["Cache-Control"].startswith("max-age=0") or "no-store" in response["Cache-Control"]
    assert not written and "sessionid" not in somebody.cookies
    for other in meeting.participants.all()[1:]:
        assert other.email not in text and other.name not in text, "who else is called is not told here"


def test_coming_or_not_until_the_meeting_begins(client, called):
    address = invited(called)
    assert "Välj om du kommer eller inte." in send(Client(), address, 422)
    assert Client().post(address, {"answer": "coming"}).url == address
    assert "Du har svarat: Kommer." in read(Client(), address)
    send(Client(), address, answer="not_coming")
    assert called.participants.first().answer == "not_coming"
    assert "Svarade: Kommer inte" in read(client, url("work_meeting", called))
    with time_machine.travel(called.starts_at + timedelta(minutes=1)):
        assert "Ditt svar" not in read(Client(), address)
        assert "Det går inte längre att svara" in send(Client(), address, 422, answer="coming")


def test_an_answer_from_before_a_change_is_asked_about_again(client, called):
    called.participants.first().reply(answer="coming")
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        moved(called, place="Hallunda").call_again(by=BY)
        assert "Stämmer svaret fortfarande?" in read(Client(), invited(called))
        assert "Svarade före den senaste ändringen" in read(client, url("work_meeting", called))
    letter = Letter.objects.get(kind="notice_changed", to=called.participants.first().email)
    assert "Du har svarat: Kommer." in letter.body


def test_only_the_papers_of_the_notice_are_given_out(bodies):
    """As they were at the meeting: the link holds for a year, and the seat may not."""
    meeting = make.make_meeting(bodies["board"])
    item = meeting.items.first()
    sent = paper(meeting, item, title="Utskickad")
    meeting.call(by=BY)
    later = paper(meeting, item, title="Inte utskickad än")
    other = paper(make.make_meeting(bodies["board"], days=30), AgendaItem.objects.last(), title="Annat mötes")
    text = read(Client(), invited(meeting))
    assert "Utskickad" in text and "Inte utskickad än" not in text
    response = Client().get(invited(meeting, "invitation_paper", sent.pk))
    assert body_of(response) == factories.pdf_bytes()
    assert response["Content-Disposition"].startswith("attachment") and "no-store" in response["Cache-Control"]
    event = meeting.events().first()
    assert (event.verb, event.room, event.data["document"]) == ("download", "platform", sent.pk)
    for document in (later.pk, other.pk, 999999):
        assert Client().get(invited(meeting, "invitation_paper", document)).status_code == 404
    with time_machine.travel(meeting.ends_at + timedelta(days=30)):
        sent.add_version(by=BY, upload=Upload(factories.pdf_bytes(2), "budget.pdf", "application/pdf"))
        assert body_of(Client().get(invited(meeting, "invitation_paper", sent.pk))) == factories.pdf_bytes()
    meeting.cancel(by=BY, reason="Lokalen brann.")
    assert Client().get(invited(meeting, "invitation_paper", sent.pk)).status_code == 404


def test_who_is_elected_again_stays_called(bodies):
    """The new term is a new seat: the link, the row in the attendance and the role are those of the new one."""
    for role, name in (("chair", "Ulla"), ("member", "Jan")):
        make.make_board_seat(role=role, name=name)
    board = bodies["board"]
    meeting = make.make_meeting(board, state="called")
    meeting.participants.first().reply(answer="coming")
    seats = zip(board.seats.select_related("person", "organisation").order_by("-pk"), ("chair", "member"), strict=True)
    people = [elections.Elected(s.person.name, role, s.person.email, s.organisation) for s, role in seats]
    first, today = meeting.day - timedelta(days=5), timezone.localdate()
    days = {"first_day": first, "last_day": first + timedelta(days=365), "elected_on": today}
    elections.elect(by=BY, body=board, label="Nästa", people=people, ends_sitting=True, **days)
    assert not meeting.newcomers()
    assert {read(Client(), invited(meeting, who=who)).count("Hej ") for who in meeting.participants.all()} == {1}
    rows = [(row.person.name, row.person.role, row.sits) for row in attendance.Attendance(meeting).people]
    assert rows == [("Ulla", "Ledamot", True), ("Jan", "Ordförande", True)]
    meeting.place = "Hallunda"
    meeting.change(by=BY)
    meeting.call_again(by=BY)
    assert [p.role for p in meeting.participants.all()] == ["Ledamot", "Ordförande"]
    assert Letter.objects.filter(kind="notice_changed").count() == 2
    assert meeting.participants.first().answer == "coming"


def test_two_who_swap_addresses_are_both_called_anew(bodies):
    one, other = (make.make_board_seat(role=role, email=f"{role}@exempel.se") for role in ("chair", "member"))
    meeting = make.make_meeting(bodies["board"], state="called")
    for seat, email in ((other, "ny@exempel.se"), (one, "member@exempel.se"), (other, "chair@exempel.se")):
        seat.refresh_from_db()
        elections.correct_person(seat, by=BY, name=seat.person.name, email=email)
    Meeting.objects.get().call_again(by=BY)
    assert [p.email for p in meeting.participants.order_by("pk")] == ["member@exempel.se", "chair@exempel.se"]


def test_two_points_of_the_same_name_are_compared_each_with_its_own(meeting):
    for order, words in ((3, "Det ena"), (4, "Det andra")):
        meeting.items.create(order=order, title="Övrigt", text=words)
    meeting.call(by=BY)
    meeting.items.filter(order=3).update(text="Något annat")
    assert Meeting.objects.get().unsent_changes == ["Punkten ”Övrigt” är ändrad."]
    meeting.items.filter(order=4).delete()
    assert "Punkten ”Övrigt (2)” är borttagen." in Meeting.objects.get().unsent_changes


def test_the_notice_and_the_calendar_file(called):
    """An unsent day is not in the file's name."""
    response = Client().get(invited(called, "invitation_pdf"))
    assert response["Content-Type"] == "application/pdf" and body_of(response)
    assert called.events().first().actor == f"{called.participants.first().name} (kallad)"
    said, days = called.day, timedelta(days=3)
    called.starts_at, called.ends_at = called.starts_at + days, called.ends_at + days
    called.change(by=BY)
    with heard() as written:
        response = Client().get(invited(called, "invitation_calendar"))
    entry = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert (entry["LOCATION"], str(entry["UID"])[:36], written) == ("Fittja", str(called.uid), [])
    assert f"radet-{said}.ics" in response["Content-Disposition"]
    called.cancel(by=BY, reason="Lokalen brann.")
    assert {letter.attachment_name for letter in Letter.objects.filter(kind="cancelled")} == {f"radet-{said}.ics"}


def test_links_that_do_not_open_say_why(called):
    participant = called.participants.exclude(seat=None).first()
    address = invited(called, who=participant)
    assert "Vi känner inte igen länken" in read(Client(), "/kallelse/nonsens/", 404)
    assert "Vi känner inte igen länken" in read(Client(), address[:-3] + "/", 404)
    other = url("invitation", tokens.make("council:sign_off", participant.key))
    assert "den går till en annan sida" in read(Client(), other, 404)
    with time_machine.travel(called.ends_at + links.INVITATION_LIFETIME + timedelta(days=1)):
        assert "mer än ett år sedan" in read(Client(), address, 410)
    participant.seat.end(by=BY, last_day=timezone.localdate(), reason="Flyttade.")
    for page_of in (address, invited(called, "invitation_pdf", who=participant)):
        assert "du är inte längre kallad" in read(Client(), page_of, 410)
    participant.delete()
    assert "Det som länken ledde till finns inte längre" in read(Client(), address, 404)


def test_substitutes_are_proposed_for_who_cannot_come(bodies, client):
    bodies["council"].seats.all().delete()
    make.make_council_seat("civil", name="Siv Borta")
    make.make_council_seat("politics", role="substitute", name="Fel Sida")
    for order, name in ((2, "Andra Ersättaren"), (1, "Första Ersättaren"), (3, "Upptagen Ersättare")):
        make.make_council_seat("civil", role="substitute", name=name, order=order)
    called = make.make_meeting(state="called")
    for name in ("Siv Borta", "Upptagen Ersättare"):
        called.participants.get(name=name).reply(answer="not_coming")
    called.participants.get(name="Andra Ersättaren").reply(answer="coming")
    wanted = "Siv Borta kommer inte. Ersättare i tur: Första Ersättaren (har inte svarat), Andra Ersättaren (kommer)."
    assert wanted in read(client, url("work_meeting", called))


# Who was there ----------------------------------------------------------------------------------------------------
@pytest.fixture
def had(called):
    """A council meeting that has been: two politicians, a civil member and a substitute, all called."""
    return in_the_past(called)


def rows(meeting, **people):
    """`Per="present chair"`, by the first name; `Eva="present for Siv"`."""
    key = {p.name.split()[0]: attendance.key_of(p) for p in [*meeting.participants.all(), *meeting.newcomers()]}
    data = {"secretary_name": "Sam Sekreterare"}
    for name, said in people.items():
        presence, _, more = said.partition(" ")
        data[f"{key[name]}-presence"] = presence
        if more.startswith("for "):
            data[f"{key[name]}-serves_for"] = key[more[4:]]
        else:
            data[f"{key[name]}-duty"] = more
    return data


GOOD = {"Per": "present chair", "Siv": "absent", "Pia": "present signer", "Eva": "present for Siv"}


def note(client, meeting, *, more=None, **people):
    return client.post(url("work_attendance", meeting), rows(meeting, **GOOD | people) | (more or {}))


def test_who_was_there_is_noted_and_the_meeting_is_held(client, had):
    form = client.get(url("work_attendance", had)).context["form"]
    assert form["secretary_name"].value() == "Sam Sekreterare"
    more = {"also_present": "Kim Ek, punkt 2", "quorum_note": "Beslutsfört."}
    assert note(client, had, more=more).url == url("work_meeting", had)
    had.refresh_from_db()
    assert (had.state, had.secretary_name, had.also_present) == ("held", "Sam Sekreterare", "Kim Ek, punkt 2")
    found = {p.name: (p.presence, p.duty, p.serves_for and p.serves_for.name) for p in had.participants.all()}
    assert found == {
        "Per Ordförande": ("present", "chair", None),
        "Siv Justerare": ("absent", "", None),
        "Pia Politiker": ("present", "signer", None),
        "Eva Ersättare": ("present", "", "Siv Justerare"),
    }
    text = read(client, url("work_meeting", had))
    assert "Närvarande, tjänstgjorde för Siv Justerare" in text


def test_attendance_that_cannot_be_is_refused_with_all_that_was_typed(client, had):
    for people, sentence in (
        ({"Per": "present"}, "Välj en ordförande för mötet."),
        ({"Pia": "present chair"}, "Välj en ordförande för mötet."),
        ({"Pia": "present"}, "Välj en eller två justerare"),
        ({"Per": "absent chair"}, "Per Ordförande var inte närvarande och kan inte justera"),
        ({"Siv": "present"}, "Siv Justerare var själv närvarande."),
        ({"Eva": "absent for Siv"}, "är inte en ersättare som var närvarande"),
        ({"Eva": ""}, "Välj om Eva Ersättare var närvarande eller frånvarande."),
        ({"Per": "kanske chair"}, "error-summary"),
        ({"Eva": "present for Per"}, "error-summary"),
    ):
        text = page(note(client, had, more={"also_present": "Det här skrev jag"}, **people), 422)
        assert sentence in text and "Det här skrev jag" in text and "<title>Fel: " in text, people
        assert same(had).state == "called", people
        assert not had.participants.exclude(presence="", duty="").exists(), "nothing of it is kept in the register"
    had.participants.filter(name="Pia Politiker").update(email="")
    assert "Pia Politiker har ingen e-postadress" in page(note(client, had), 422)


def test_others_who_took_part_are_added_and_may_sign(client, had):
    """A row that is half filled, or twice there, is refused."""
    email = had.participants.first().email
    for more, sentence in (
        ({"gast-2-role": "Sakkunnig"}, "Skriv personens namn, eller töm hela raden."),
        ({"gast-1-name": "Olle", "gast-1-email": "olle"}, "error-summary"),
        ({"gast-1-name": "A", "gast-1-email": "a@b.se", "gast-2-name": "B", "gast-2-email": "A@b.se"}, "står redan"),
        ({"gast-1-name": "Samma igen", "gast-1-email": email}, f"{email} står redan på en annan rad."),
    ):
        text = page(note(client, had, more=more), 422)
        assert sentence in text and all(value in text for value in more.values()), more
    more = {"gast-1-name": "Olle Gäst", "gast-1-email": "OLLE@exempel.se", "gast-1-organisation": "Bilda",
            "gast-1-role": "Sakkunnig", "gast-1-duty": "signer"}  # fmt: skip
    assert note(client, had, more=more, Pia="present").status_code == 302
    guest = had.participants.get(name="Olle Gäst")
    facts = (guest.email, guest.organisation, guest.presence, guest.duty, guest.invited_at)
    assert facts == ("olle@exempel.se", "Bilda", "present", "signer", None)
    assert Client().get(invited(had, who=guest)).status_code == 404, "who was not called has no notice"


def test_attendance_is_corrected_until_the_minutes_are_drawn_up(client, had):
    note(client, had, more={"gast-1-name": "Fel Person", "gast-1-email": "fel@exempel.se"})
    address, key = (
        url("work_attendance", had),
        {p.name.split()[0]: attendance.key_of(p) for p in had.participants.all()},
    )
    data = typed(client.get(address))
    assert data[f"{key['Fel']}-presence"] == "present"
    data |= {f"{key['Per']}-duty": "signer", f"{key['Pia']}-duty": "chair", f"{key['Fel']}-remove": "on"}
    send(client, address, **data | {"secretary_name": "Ny"})
    had.refresh_from_db()
    assert (had.state, had.secretary_name) == ("held", "Ny")
    assert had.participants.get(duty="chair").name == "Pia Politiker"
    assert not had.participants.filter(name="Fel Person").exists()
    assert had.events().first().verb == "correct_attendance"
    make.write(had).draw_up(by=BY)
    assert client.get(address).url == url("work_meeting", had)
    had.refresh_from_db()
    with pytest.raises(Refused, match="Närvaron går inte att ändra nu"):
        had.correct_attendance(by=BY, secretary_name="För sent")


def test_a_seat_that_came_after_the_call_has_a_row(client, had):
    """Two substitutes for one are refused, and so is the other side."""
    make.make_council_seat("civil", role="substitute", name="Nora Ny")
    make.make_council_seat("politics", role="substitute", name="Rut Röd")
    text = page(note(client, had, Nora="present for Siv", Rut="absent"), 422)
    assert "Två ersättare kan inte tjänstgöra för samma person." in text
    key = attendance.key_of(next(p for p in had.newcomers() if p.name == "Rut Röd"))
    text = read(client, url("work_attendance", had))
    offered = re.search(rf'<select[^>]*name="{key}-serves_for".*?</select>', text)[0]
    assert "Siv" not in offered and "Per" in offered and "Nora Ny" in text
    assert had.participants.count() == 4, "what was refused left no row"
    assert note(client, had, Eva="absent", Nora="present for Siv", Rut="absent").status_code == 302
    assert had.participants.get(name="Nora Ny").serves_for.name == "Siv Justerare"


def test_answers_are_proposed_as_attendance_which_is_not_noted_before_the_meeting(client, called):
    for response in (client.get(url("work_attendance", called)), note(client, called)):
        assert response.url == url("work_meeting", called)
    assert same(called).state == "called"
    meeting, siv = in_the_past(called), called.participants.get(name="Siv Justerare")
    Participant.objects.filter(pk=siv.pk).update(answer="not_coming", answered_at=timezone.now())
    data = typed(client.get(url("work_attendance", meeting)))
    assert data[f"{attendance.key_of(siv)}-presence"] == "absent"
    assert not data.get(f"{attendance.key_of(called.participants.get(name='Per Ordförande'))}-presence")


def files_of(client, meeting, kind):
    response = client.get(f"/motesrum/{meeting.pk}/fil/{kind}")
    return body_of(response) if response.status_code == 200 else response.status_code


def test_everything_of_a_meeting_in_one_zip_or_each_version_by_itself(client, meeting):
    assert files_of(client, meeting, "zip") == 404, "there is nothing yet"
    paper(meeting, meeting.items.last(), title="Läget: en översikt")
    meeting.call(by=BY)
    archive = ZipFile(BytesIO(files_of(client, meeting, "zip")))
    assert archive.namelist() == ["Kallelse.pdf", "Handlingar/2. Läget- en översikt.pdf"]
    assert meeting.events().first().verb == "download"
    meeting = moved(meeting, place="Hallunda")
    meeting.call_again(by=BY)
    for query, version in (("", 2), ("?version=1", 1), ("?version=2", 2)):
        assert files_of(client, meeting, f"kallelse{query}") != 404
        assert meeting.events().first().data["version"] == version
    for nothing in ("kallelse?version=3", "kallelse?version=x", "kallelse?version=99999999", "protokoll", "annat"):
        assert files_of(client, meeting, nothing) == 404, nothing
    signed = make.make_meeting(state="signed_off")
    assert "Protokoll.pdf" in ZipFile(BytesIO(files_of(client, signed, "zip"))).namelist()
    assert files_of(client, signed, "protokoll") != 404


# Files ------------------------------------------------------------------------------------------------------------
def test_every_seat_in_the_room_takes_the_boards_files_and_nobody_else(bodies, board_member, planted):
    meetings = [make.make_meeting(bodies[kind], state="called") for kind in ("board", "council")]
    auditor = make.make_board_member(role="auditor")
    for user, statuses in {board_member: [200, 404], auditor: [200, 404], planted: [404, 200]}.items():
        client = signed_in(user)
        for kind in ("kallelse", "zip"):
            with bare_refusals():
                answers = [client.get(url("work_file", meeting, kind)) for meeting in meetings]
            assert [answer.status_code for answer in answers] == statuses, (user, kind)
            for answer in answers:
                shut(answer)
    taken = Event.objects.filter(verb="download", subject=meetings[0].subject)
    assert {event.room for event in taken} == {"platform"}
