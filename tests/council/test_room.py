"""The board's room: who comes in and when, what each page does, and that nothing of it is seen elsewhere."""

import csv
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Event, Letter, RegistryEntry, record
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.uploads import Upload
from council.models import Body, Membership, Minutes, Nomination, Seat, Term
from council.models.bodies import PLATFORM
from council.room_urls import urlpatterns
from organisations.models import Person
from tests import factories
from tests.council.pages import read, send, signed_in, url
from tests.factories import council as make
from tests.factories.plan import make_item
from tests.tools.threads import same
from tests.tools.web import bare_refusals, body_of, shut, text

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 5, 12, 12, tzinfo=STOCKHOLM)
TODAY = date(2026, 5, 12)
ROOM = "/plattformen/styrelserum/"
BY = make.BY
NOTE = "Styrelsemöte 12 mars 2026, § 14"

# What only those who decide may open; the other pages are read by everyone in the room.
ACT = [
    "room_document_new", "room_document_change", "room_document_version", "room_document_hand_over",
    "room_member_new", "room_decide", "room_propose", "room_nominate", "room_decline", "room_elect", "room_seat_end",
    "room_seat_person", "room_member_contact", "room_follow_up",
]  # fmt: skip
READ = [pattern.name for pattern in urlpatterns if pattern.name not in (*ACT, "room_letter_resend")]


@pytest.fixture(scope="module")
def planted(module_rows) -> User:
    """A board of two, whose chair is signed in as `client`."""
    with time_machine.travel(NOW, tick=False):
        user = factories.make_user("", name="Ulla Ordförande")
        make.make_board_seat(user, role="chair", last_day=date(2027, 3, 31))
        make.make_board_seat(name="Jan Justerare")
        return user


@pytest.fixture(autouse=True)
def spring(planted):
    """A day in May."""
    with time_machine.travel(NOW, tick=False):
        yield


def a_pdf(mark: str) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.docinfo["/Title"] = mark
    out = BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def plant(title: str = "Budget", audience: str = "board", owner: str = "platform", **facts) -> Document:
    upload = Upload(a_pdf(title), f"{title}.pdf", "application/pdf")
    return Document.add(by=BY, upload=upload, title=title, category="other", audience=audience, owner=owner, **facts)


@pytest.fixture
def chair(planted) -> User:
    return same(planted)


@pytest.fixture
def client(chair) -> Client:
    return signed_in(chair)


@pytest.fixture
def auditor(chair) -> Client:
    user = factories.make_user("", name="Rut Revisor")
    make.make_board_seat(user, role="auditor")
    return signed_in(user)


def got(response) -> bytes:
    assert response.status_code == 200
    return body_of(response)


def stored(file: File) -> bytes:
    with file.stored.open() as opened:
        return opened.read()


def taken() -> list[tuple[str, str]]:
    return list(Event.objects.filter(verb__in=["download", "export"]).values_list("actor", "label"))


# Who comes in -----------------------------------------------------------------------------------------------------
@pytest.fixture
def everything() -> dict[str, list[object]]:
    """One of everything that an address can lead to, and what each address is spelled with."""
    board = Body.objects.board()
    meeting = make.make_meeting(board, state="signed_off")
    document = plant()
    waiting = make.make_member(state="applied")
    seat = make.make_board_seat(name="Eva Ersättare", role="substitute")
    member = make.make_member()
    candidate = make.make_person("Kaj Kandidat")
    nomination = Nomination.propose(by=BY, candidate=candidate, organisation=member.organisation, role="member")
    pages = [
        (2026, "year year_zip"), (meeting.pk, "meeting_zip"), (waiting.pk, "member"), (member.pk, "member_contact"),
        (document.pk, "document document_change document_version document_hand_over"), (make_item().pk, "follow_up"),
        (nomination.pk, "nomination nominate decline"), (seat.pk, "seat_end seat_person"),
    ]  # fmt: skip
    spelled = {f"room_{name}": [key] for key, names in pages for name in names.split()}
    return spelled | {"room_file": [meeting.pk, "protokoll"], "room_decide": [waiting.pk, "anta"]}


def statuses(client: Client, everything: dict[str, list[object]], names: list[str], method: str = "get") -> set[int]:
    with bare_refusals():
        answers = [getattr(client, method)(url(name, *everything.get(name, []))) for name in names]
    for answer in answers:
        shut(answer)
    return {answer.status_code for answer in answers}


def test_a_substitute_decides_the_nominating_committee_reads_and_strangers_do_neither(everything, client):
    """As the chair, as an auditor, as staff and as one who has left, everything is opened in the walks."""
    committee, substitute = (signed_in(make.make_board_member(role)) for role in ("nominating", "substitute"))
    assert statuses(committee, everything, ["room", "room_members", "room_plan"]) == {200}
    assert statuses(substitute, everything, ACT) == {200}
    superuser = User.objects.create_superuser("super@kommun.example", "ett-langt-losenord", name="Super")
    strangers = [signed_in(user) for user in (superuser, factories.make_user("styrelse"))]
    for stranger in strangers:
        assert statuses(stranger, everything, READ) == {403}
    for stranger in (committee, *strangers):
        assert statuses(stranger, everything, ACT) == statuses(stranger, everything, ACT, "post") == {403}
    # pages that are read take no post, and no browser keeps any page
    assert statuses(client, everything, [name for name in READ if name != "room_calendar"], "post") == {405}
    for name in ("room", "room_members", "room_board", "room_elect"):
        assert "no-store" in client.get(url(name))["Cache-Control"]


def test_access_follows_the_days_of_the_seat_with_nobody_having_to_remember():
    user = make.make_board_member(first_day=date(2026, 4, 1), last_day=date(2027, 3, 31))
    meeting = make.make_meeting(Body.objects.board(), state="held")
    pages = [ROOM, url("room_elect"), url("work_minutes", meeting)]
    days = {date(2026, 3, 31): 403, date(2026, 4, 1): 200, date(2027, 3, 31): 200, date(2027, 4, 1): 403}
    for day, hour in [(day, hour) for day in days for hour in (0, 23)]:
        with time_machine.travel(datetime(day.year, day.month, day.day, hour, 59, tzinfo=STOCKHOLM), tick=False):
            client = signed_in(user)
            with bare_refusals():
                assert {client.get(page).status_code for page in pages} == {days[day]}, (day, hour)


def test_an_account_that_is_closed_or_a_seat_elsewhere_opens_nothing(chair):
    """Who is turned away reads what the room is, and whom to ask."""
    council = make.make_council_seat("civil")
    user = factories.make_user("", email=council.person.email)
    page = read(signed_in(user), url("room_members"), 403)
    assert "<h1>Styrelserummet är Plattformens eget</h1>" in page and url("board") in page
    assert "Be någon som redan sitter där att registrera dig" in page
    assert "Be den som är administratör" not in page
    assert "Styrelserummet" not in read(signed_in(user), "/admin/", 403)
    client = signed_in(chair)
    User.objects.filter(pk=chair.pk).update(is_active=False)
    assert client.get(ROOM).status_code == 302  # signed out


# Nothing of it is seen elsewhere ----------------------------------------------------------------------------------
def test_what_the_room_does_is_in_its_own_log(everything, client, settings):
    """What the admin shows of it, which is nothing, is told in tests/world.py."""
    settings.DEMO = True  # without the second factor, which has tests of its own
    before = Event.objects.filter(room="").count()
    client.get(url("room_members_csv"))
    for name in ("room_meeting_zip", "room_year_zip"):
        body_of(client.get(url(name, *everything[name])))
    send(client, url("room_seat_end", *everything["room_seat_end"]), last_day="2026-05-12", reason="Avgick")
    send(client, url("room_calendar"))
    send(client, url("room_decline", *everything["room_decline"]), reason="Tackade nej")
    assert Event.objects.filter(room="").count() == before
    ours = Letter.objects.filter(room=PLATFORM).first()
    admin = signed_in(User.objects.create_superuser("super@kommun.example", "ett-langt-losenord", name="Super"))
    assert admin.post(f"/admin/casework/letter/{ours.pk}/resend/").status_code in (403, 404)


# The first page ---------------------------------------------------------------------------------------------------
def test_the_first_page_says_what_waits(client, chair, auditor):
    """An auditor sees meetings and papers, but no tasks."""
    board = Body.objects.board()
    waiting = make.make_member(state="applied")
    make.end_accession(make.make_member().organisation)
    held = make.make_meeting(board, state="held", title="Extra möte")
    make.make_meeting(board, days=5, title="Sent kallat")
    called = make.make_meeting(board, state="called")
    page = read(client, ROOM)
    for told in (
        "Ditt uppdrag gäller till och med den 31 mars 2027", f'href="{url("room_member", waiting)}"', "1 att se över",
        f'Skriv protokollet: <a href="{url("work_meeting", held)}">',
        "Kallelsen skulle ha gått ut senast den 10 maj 2026.",
    ):  # fmt: skip
        assert told in page
    page = read(auditor, ROOM)
    assert "Det här väntar" not in page and "Det är styrelsen som beslutar" in page and "/motesrum/" not in page
    assert called.get_absolute_url() in page
    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        assert "Protokollet skulle ha varit justerat den 26 maj 2026." in read(signed_in(chair), ROOM)


def test_who_signs_minutes_is_told_but_the_link_stands_only_in_the_letter(client, chair):
    """Then nothing waits, until the last months ask for the next board."""
    board = Body.objects.board()
    page = read(client, ROOM)
    assert "Inget väntar på er just nu." in page and "Inget möte är planerat." in page
    assert "Registrera den nya styrelsen" not in page
    for role, name in (("member", "Jan Justerare"), ("secretary", "Sam Sekreterare")):
        make.make_board_seat(role=role, name=name)
    meeting = make.make_meeting(board, state="drawn_up")
    mine = meeting.minutes.current_round.signatures.get(email=chair.email)
    page = read(client, ROOM)
    assert f"Du har ett protokoll att justera: {meeting}" in page and mine.key not in page
    mine.sign(typed_name=mine.name, session="s", address="127.0.0.1")
    Seat.objects.filter(role="chair").update(last_day=date(2026, 6, 30))
    page = read(client, ROOM)
    assert "Du har ett protokoll att justera" not in page and "Registrera den nya styrelsen" in page
    assert "Efter den 30 juni 2026 kommer du inte in här." in page


def test_a_letter_that_did_not_arrive_is_sent_again(client, auditor):
    make.make_member(email="felstavad@exempel.se")
    letter = Letter.objects.filter(to="felstavad@exempel.se").latest("pk")
    municipal = letters.queue(to="x@exempel.se", subject="Kommunens brev", body="", kind="slag")
    Letter.objects.filter(pk__in=(letter.pk, municipal.pk)).update(failed_at=timezone.now())
    page, address = read(client, ROOM), url("room_letter_resend", letter)
    assert "Ett brev kom inte fram till felstavad@exempel.se" in page and "Kommunens brev" not in page
    assert (client.get(address).status_code, auditor.post(address).status_code) == (405, 403)
    assert client.post(url("room_letter_resend", municipal)).status_code == 404
    send(client, address)
    assert same(letter).failed_at is None and Event.objects.get(verb="resend").room == PLATFORM
    again = text(client.post(address, follow=True))
    assert "Brevet har redan skickats eller väntar på att skickas." in again


# The calendar -----------------------------------------------------------------------------------------------------
def test_everyone_has_a_secret_calendar_of_their_own_and_may_change_its_address(client, auditor):
    def address(visitor: Client) -> str:
        shown = read(visitor, url("room_calendar")).partition('id="adress" value="')[2].partition('"')[0]
        return shown.partition("8000")[2]

    first, other = address(client), address(auditor)
    assert first != other and Client().get(first).status_code == 200
    send(auditor, url("room_calendar"))
    assert address(client) == first and address(auditor) != other
    assert Client().get(other).status_code == 404


# The archive ------------------------------------------------------------------------------------------------------
def papers_of(client: Client, year: int) -> list[list[str]]:
    meetings = client.get(url("room_year", year)).context["meetings"]
    return [[paper.title for paper in archived.papers] for archived in meetings]


def test_the_archive_holds_notices_signed_minutes_and_papers_and_logs_who_takes_them(client, auditor):
    board = Body.objects.board()
    meeting = make.make_meeting(board, state="called")
    paper = plant("Budget")
    municipal = plant("Riktlinjer", "public", "municipality"), plant("PM", "staff", "municipality")
    meeting.items.first().documents.set([paper, *municipal])
    meeting.call_again(by=BY)
    assert papers_of(client, 2026) == [["Kallelse", "Kallelse, version 1", "Budget", "Riktlinjer"]]
    signed = make.make_meeting(board, state="signed_off", title="Vårmötet")
    drawn_up = make.make_meeting(board, state="drawn_up")
    page = read(auditor, url("room_archive"))
    assert f'href="{url("room_file", signed.pk, "protokoll")}"' in page
    assert f'href="{url("room_file", drawn_up.pk, "protokoll")}"' not in page
    assert client.get(url("room_file", drawn_up.pk, "protokoll")).status_code == 404
    assert client.get(url("room_file", signed.pk, "kallelse-2")).status_code == 404

    before = len(taken())
    response = auditor.get(url("room_file", signed.pk, "protokoll"))
    assert got(response) == stored(signed.minutes.pdf)
    assert "no-store" in response["Cache-Control"] and "attachment" in response["Content-Disposition"]
    shut(auditor.head(url("room_file", signed.pk, "protokoll")))
    assert got(auditor.get(paper.file_url))
    assert taken()[before:] == [
        ("Rut Revisor", f"Laddade ner {signed.minutes.pdf.name}"),
        ("Rut Revisor", "Laddade ner Budget.pdf"),
    ]
    downloads = read(client, url("room_downloads"))
    assert "Rut Revisor" in downloads and "Laddade ner Budget.pdf" in downloads


def test_the_councils_meetings_are_not_in_the_associations_archive(client):
    council = make.make_meeting(Body.objects.council(), state="signed_off")
    assert client.get(url("room_archive")).context["meetings"] == []
    closed = [url("room_file", council, "protokoll"), url("room_meeting_zip", council), url("room_year", 2026)]
    closed += [url("room_year_zip", year) for year in (2026, 1, 1999, 99999, 10**30)]  # a year with nothing in it
    with bare_refusals():
        assert {client.get(address).status_code for address in closed} == {404}


def test_one_zip_for_a_meeting_with_names_that_tell(client):
    meeting = make.make_meeting(Body.objects.board(), state="signed_off", title="Vår/möte: ekonomi")
    meeting.items.first().documents.set([plant("Budget"), plant("Årsbokslut", "members")])
    response = client.get(url("room_meeting_zip", meeting))
    with ZipFile(BytesIO(got(response))) as archive:
        assert archive.testzip() is None
        assert {*archive.namelist()} == {"Protokoll.pdf", "Kallelse.pdf", "Budget.pdf", "Årsbokslut.pdf"}
        assert archive.read("Protokoll.pdf") == stored(meeting.minutes.pdf)
        assert archive.read("Budget.pdf") == a_pdf("Budget")
    assert response["Content-Type"] == "application/zip"
    assert "V%C3%A5r" in response["Content-Disposition"] and "/m" not in response["Content-Disposition"]
    event = Event.objects.get(verb="download")
    told = (event.room, event.actor, event.label)
    assert told == (PLATFORM, "Ulla Ordförande", f"Laddade ner alla filer från {meeting}, som zip")
    assert {file["name"] for file in event.data["files"]} >= {"Budget.pdf", "Årsbokslut.pdf"}


def test_one_zip_for_a_year_with_a_folder_for_each_meeting(client):
    board = Body.objects.board()
    first, second = (make.make_meeting(board, state=state) for state in ("signed_off", "called"))
    make.make_member()
    annual = make.make_meeting(Body.objects.get(kind="annual_meeting"), state="signed_off", title="Årsmöte")
    make.make_meeting(board, state="planned", days=400)  # nothing to download
    for name in ("Arne Ordförande", "Bo Justerare"):
        make.make_board_seat(name=name, first_day=date(2025, 1, 1), last_day=date(2025, 12, 31))
    with time_machine.travel(NOW - timedelta(days=365), tick=False):
        make.make_meeting(board, state="signed_off")
    shut(client.head(url("room_year_zip", 2026)))
    with ZipFile(BytesIO(got(client.get(url("room_year_zip", 2026))))) as archive:
        assert archive.testzip() is None
        boards = f"{first.slug} Plattformens styrelse"
        assert set(archive.namelist()) == {
            f"{boards}/Protokoll.pdf", f"{boards}/Kallelse.pdf", f"{second.slug} Plattformens styrelse/Kallelse.pdf",
            f"{annual.slug} Årsmöte/Protokoll.pdf", f"{annual.slug} Årsmöte/Kallelse.pdf",
        }  # fmt: skip
    assert [label for _, label in taken()] == ["Laddade ner alla filer från 2026, som zip"]
    assert client.get(url("room_archive")).context["years"] == [2026, 2025]
    assert len(papers_of(client, 2025)) == 1
    assert client.get(url("room_year", 2024)).status_code == 404


def test_uploaded_minutes_and_corrections_are_there_too_and_it_is_told_who_took_what(client, auditor):
    meeting = make.make_meeting(Body.objects.board(), state="held")
    minutes = Minutes.of(meeting)
    minutes.attach(by=BY, upload=Upload(a_pdf("inskannat"), "Inskannat.pdf", "application/pdf"))
    minutes.draw_up(by=BY)
    make.sign_off(meeting)
    Minutes.objects.get(pk=minutes.pk).correct(by=BY, text="Rätt datum är den 3 juni.", privacy_reviewed=True)
    assert papers_of(client, 2026) == [["Protokoll", "Protokollet som fil", "Kallelse"]]
    assert "Rätt datum är den 3 juni." in read(client, url("room_archive"))
    assert got(client.get(url("room_file", meeting, "protokollsfil"))) == a_pdf("inskannat")
    record(plant("PM", "staff", "municipality"), "download", by=BY, label="Laddade ner Kommunens PM.pdf")
    auditor.get(url("room_members_csv"))
    client.head(url("room_members_csv"))
    assert ("Rut Revisor", "Hämtade medlemslistan") in taken() and len(taken()) == 3
    page = read(client, url("room_downloads"))
    assert "Hämtade medlemslistan" in page and "Kommunens PM" not in page


# Documents --------------------------------------------------------------------------------------------------------
def document_data(**changed: object) -> dict[str, object]:
    upload = SimpleUploadedFile("stadgar.pdf", a_pdf("stadgar"), "application/pdf")
    facts = {"title": "Stadgar", "category": "statutes", "audience": "board", "note": ""}
    return {**facts, "upload": upload, "language": "sv", "accessible": "unknown", **changed}


def test_a_document_is_uploaded_for_the_board_unless_it_is_said_to_be_for_others(client):
    """Opening it to everyone hands it over, and is asked about first."""
    new = url("room_document_new")
    assert 'value="board" selected' in read(client, new)
    page = send(client, new, 422, **document_data(audience="public", title="Behåll mig"))
    assert "Kryssa i rutan, eller välj medlemmarna eller styrelsen." in page and "Behåll mig" in page
    assert "audience_error" in send(client, new, 422, **document_data(audience="staff"))
    assert not Document.objects.exists()
    send(client, new, **document_data())
    document = Document.objects.get()
    assert (document.owner, document.audience, document.room) == ("platform", "board", "platform")
    assert RegistryEntry.objects.count() == 0
    page = read(client, url("room_document", document))
    assert "Nej, bara ni har det" in page and "Lades upp" in page and "Ulla Ordförande" in page
    assert "Stadgar" in read(client, url("room_documents"))
    send(client, new, **document_data(audience="public", understood="on"))
    document = Document.objects.latest("pk")
    assert document.handed_over_at
    assert document.registry_entry.number in read(client, url("room_document", document))


def test_the_audience_is_changed_with_the_same_question(client):
    document = plant("Verksamhetsplan")
    address = url("room_document_change", document)
    facts = {"title": "Verksamhetsplan 2026", "category": "other", "note": ""}
    page = send(client, address, 422, **facts, audience="public")
    assert "Kryssa i rutan" in page and "Verksamhetsplan 2026" in page
    assert "Ändra Verksamhetsplan</h1>" in page  # what is typed is not yet so
    for audience, understood in (("members", ""), ("public", "on"), ("board", "")):
        send(client, address, **facts, audience=audience, understood=understood)
        document.refresh_from_db()
        assert (document.title, document.audience) == ("Verksamhetsplan 2026", audience)
        assert bool(document.handed_over_at) == (audience != "members")
        assert audience == "members" or "understood" not in read(client, address)


def test_a_new_version_and_the_same_file_again(client):
    document = plant("Budget")
    for data, says in ((a_pdf("Budget"), "exakt likadan"), (b"MZ not a pdf", "Filen måste vara något av")):
        assert says in new_version(client, document, 422, data)
    new_version(client, document, 302, a_pdf("Budget 2"))
    assert same(document).current.number == 2
    page = read(client, url("room_document", document))
    assert "Version 2, den som gäller" in page and "Version 1" in page


def new_version(client: Client, document: Document, status: int, data: bytes) -> str:
    upload = SimpleUploadedFile("budget.pdf", data, "application/pdf")
    facts = {"upload": upload, "language": "sv", "accessible": "unknown"}
    return send(client, url("room_document_version", document), status, **facts)


def test_handing_over_says_what_it_means_and_happens_once(client):
    document = plant("Yttrande")
    address = url("room_document_hand_over", document)
    assert "allmän handling" in read(client, address)
    assert RegistryEntry.objects.count() == 0  # looking hands nothing over
    send(client, address)
    assert Document.objects.visible_to(factories.make_user("registrator")).get() == document
    assert "redan överlämnat" in send(client, address, 422) and RegistryEntry.objects.count() == 1
    assert "Lämna över till kommunen" not in read(client, url("room_document", document))


def test_the_municipalitys_documents_are_not_the_rooms(client):
    municipal = plant("Riktlinjer", "public", "municipality")
    for name in ("room_document", "room_document_change", "room_document_version", "room_document_hand_over"):
        assert client.get(url(name, municipal)).status_code == 404
    assert "Riktlinjer" not in read(client, url("room_documents"))


# Memberships ------------------------------------------------------------------------------------------------------
def decide(client: Client, membership: Membership, what: str, status: int, **data: object) -> str:
    return send(client, url("room_decide", membership.pk, what), status, **data)


def letter_in(page: str) -> str:
    return page.partition('name="letter"')[2].partition(">")[2].partition("</textarea>")[0]


def composed_in(client: Client, membership: Membership, step: str, **data: object) -> dict[str, str]:
    response = client.post(url("room_decide", membership.pk, step), {**data, "step": "next"})
    assert response.status_code == 200, response.content.decode()
    return response.context["letter_form"].initial


def test_an_application_is_read_decided_and_answered_with_the_letter_as_edited(client, chair):
    membership = make.make_member(state="applied", email="kim@exempel.se")
    assert membership.organisation.name in read(client, url("room_applications"))
    page = read(client, url("room_member", membership))
    assert "Vi vill vara med." in page and "Vi känner inte igen adressen" in page and "Ansökan bekräftades" in page
    assert "Kontrollera att det är rätt person" in read(client, url("room_decide", membership, "anta"))

    assert "Skriv vid vilket möte och i vilken paragraf" in decide(client, membership, "anta", 422, step="next")
    letter = composed_in(client, membership, "anta", decision_note=NOTE)
    assert NOTE in letter["letter"] and Letter.PERSONAL_LINK in letter["letter"]
    sent = {"decision_note": NOTE, "composed": letter["composed"], "step": "do"}
    page = decide(client, membership, "anta", 422, **sent, letter="Välkomna!")
    assert f"Skriv tillbaka {Letter.PERSONAL_LINK}" in page and "Välkomna!" in page
    sent["letter"] = f"Välkomna! {Letter.PERSONAL_LINK}"
    decide(client, membership, "anta", 302, **sent)

    membership.refresh_from_db()
    assert (membership.state, membership.decision_note, membership.decided_by) == ("member", NOTE, str(chair))
    letter = Letter.objects.filter(kind="membership_accepted").get()
    assert (letter.to, letter.body, letter.room) == ("kim@exempel.se", sent["letter"], PLATFORM)
    page = decide(client, membership, "anta", 422, **sent)
    assert "Det går inte att anta som medlem nu: läget är ”Medlem”." in page


def test_going_back_from_the_letter_loses_nothing(client):
    membership = make.make_member(state="applied")
    reason, other, own = "Ni är ett företag.", "Ni är en annan sak.", "Egen text."
    letter = composed_in(client, membership, "avsla", decision_note=NOTE, reason=reason)
    typed = {"decision_note": NOTE, "reason": reason, "letter": own, "composed": letter["composed"]}
    page = decide(client, membership, "avsla", 200, **typed, step="back")
    assert NOTE in page and reason in page and own in page
    assert letter_in(decide(client, membership, "avsla", 200, **typed, step="next")).strip() == own
    page = decide(client, membership, "avsla", 200, **typed | {"reason": other}, step="next")
    assert "Brevet är skrivet på nytt" in page and own in page and other in letter_in(page)


def test_rejecting_and_excluding_ask_for_reasons(client):
    waiting, member = make.make_member(state="applied"), make.make_member()
    for membership, step in ((waiting, "avsla"), (member, "uteslut")):
        page = decide(client, membership, step, 422, decision_note=NOTE, step="next")
        assert NOTE in page and "reason_error" in page
        letter = composed_in(client, membership, step, decision_note=NOTE, reason="Ett skäl.")
        assert "Ett skäl." in letter["letter"]
        decide(client, membership, step, 302, decision_note=NOTE, reason="Ett skäl.", step="do", **letter)
    waiting, member = same(waiting), same(member)
    assert (waiting.state, member.state) == ("rejected", "excluded")
    assert member.ended_on == TODAY and member.reason == "Ett skäl."
    earlier = read(client, url("room_applications"))
    assert waiting.organisation.name in earlier and member.organisation.name in earlier
    assert member.organisation.name not in read(client, url("room_members"))


def test_ones_own_organisations_matter_is_closed_before_anyone_types(client, chair):
    own = Seat.objects.get(person__email=chair.email)
    membership = make.make_member(own.organisation, state="applied")
    conflict = "Du företräder själv organisationen. Låt någon annan i styrelsen anteckna beslutet."
    for address, closed in (
        (url("room_member", membership), "Anta som medlem"),
        (url("room_decide", membership, "anta"), "decision_note"),
    ):
        page = read(client, address)
        assert conflict in page and closed not in page
    assert conflict in decide(client, membership, "anta", 422, decision_note=NOTE, step="do", letter="x")
    assert same(membership).state == "applied"
    mine = make.make_member(state="applied", email=chair.email)  # the contact's own address
    assert conflict in read(client, url("room_member", mine))
    assert "Anta som medlem" in read(signed_in(make.make_board_member()), url("room_member", membership))


def test_an_organisation_that_has_left_the_agreement_is_not_accepted_and_a_member_is_flagged(client):
    waiting, member, other = make.make_member(state="applied"), make.make_member(), make.make_member()
    for membership in (waiting, member):
        make.end_accession(membership.organisation)
    assert "kan därför inte bli medlem" in read(client, url("room_decide", waiting, "anta"))
    letter = composed_in(client, waiting, "anta", decision_note=NOTE)
    page = decide(client, waiting, "anta", 422, decision_note=NOTE, step="do", **letter)
    assert "är inte ansluten till Överenskommelsen" in page and NOTE in page
    page = read(client, url("room_members"))
    assert "anslutningen upphörde den 12 maj 2026" in page and page.count("Inte längre ansluten") == 1
    other.organisation.accessions.all().delete()
    assert "ingen anslutning gäller" in read(client, url("room_members"))


def test_what_nobody_has_confirmed_is_not_seen(client):
    """Neither in the list: see tests/world.py."""
    for state in ("begun", "withdrawn"):
        membership = make.make_member(state=state)
        assert client.get(url("room_member", membership)).status_code == 404
        assert client.get(url("room_decide", membership, "anta")).status_code == 404
    assert client.get(url("room_decide", make.make_member(), "glom")).status_code == 404


def test_a_member_that_came_in_otherwise_is_entered(client, chair):
    own = Seat.objects.get(person__email=chair.email).organisation
    newcomer, member = make.make_organisation_joined(), make.make_member().organisation
    factories.make_organisation("Utanför")
    page = read(client, url("room_member_new"))
    assert newcomer.name in page and member.name not in page and "Utanför" not in page
    assert f'<option value="{own.pk}"' not in page
    typed = {"organisation": newcomer.pk, "name": "Kim Kontakt", "email": "Kim@Exempel.se"}
    page = send(client, url("room_member_new"), 422, **typed)
    assert "Skriv vid vilket möte" in page and "Kim Kontakt" in page
    assert send(client, url("room_member_new"), 422, **typed | {"organisation": own.pk, "note": NOTE})
    page = send(client, url("room_member_new"), 422, **typed | {"email": chair.email, "note": NOTE})
    assert "Du företräder själv organisationen." in page and "Kim Kontakt" in page
    send(client, url("room_member_new"), **typed, note=NOTE)
    entered = Membership.objects.get(organisation=newcomer)
    assert (entered.state, entered.contact_email, entered.decision_note) == ("member", "kim@exempel.se", NOTE)
    letter = Letter.objects.get(to="kim@exempel.se")
    assert (letter.kind, letter.room) == ("membership_contact", PLATFORM)
    assert letter.subject == f"Du är kontaktperson för {newcomer} i Plattformen" and Letter.PERSONAL_LINK in letter.body


def test_another_contact_person_takes_over_the_personal_link(client):
    membership, waiting = make.make_member(email="gammal@exempel.se"), make.make_member(state="applied")
    body = letters.full_body(Letter.objects.get(kind="membership_accepted"))
    old_link = f"/plattformen/medlem/{body.partition('medlem/')[2].split('/')[0]}/"
    assert Client().get(old_link).status_code == 200
    address = url("room_member_contact", membership)
    assert address in read(client, url("room_member", membership))
    page = send(client, address, 422, name="Nya Namnet", email="fel")
    assert "Nya Namnet" in page and "email_error" in page
    send(client, address, name="Nya Namnet", email="Ny@Exempel.se")
    send(client, address, name="Nya Namnet Nu", email="ny@exempel.se")  # the same address: no new link
    membership.refresh_from_db()
    assert (membership.contact_name, membership.contact_email) == ("Nya Namnet Nu", "ny@exempel.se")
    assert Client().get(old_link).status_code == 404
    assert Letter.objects.get(to="ny@exempel.se").kind == "membership_contact"
    page = send(client, url("room_member_contact", waiting), 422, name="Nya", email="ny@exempel.se")
    assert "Kontaktpersonen byts bara för den som är medlem." in page


def test_the_members_list_opens_in_a_spreadsheet_and_runs_nothing(client):
    """What a formula may begin with: test_conference."""
    membership = make.make_member(make.make_organisation_joined("=1+1; ”Åsa”"), email="kim@exempel.se")
    Membership.objects.filter(pk=membership.pk).update(contact_name="+46", decision_note="@SUM(A1)")
    gone = make.make_member()
    make.end_accession(gone.organisation)
    make.make_member(state="applied")
    response = client.get(url("room_members_csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "plattformens-medlemmar-2026-05-12.csv" in response["Content-Disposition"]
    assert response.content.startswith("\ufeffOrganisation;".encode())
    _, *rows = csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=";")
    by_email = {row[3]: row for row in rows}
    assert set(by_email) == {"kim@exempel.se", gone.contact_email}
    row = ["'=1+1; ”Åsa”", "", "'+46", "kim@exempel.se", "2026-05-12", "'@SUM(A1)", "ja"]
    assert by_email["kim@exempel.se"] == row and by_email[gone.contact_email][-1] == "nej"


# Nominations ------------------------------------------------------------------------------------------------------
def test_a_candidate_is_proposed_nominated_and_waits_for_the_municipality(client, chair):
    """What came of it is told by letter."""
    secretary, member = factories.make_user("sekreterare"), make.make_member()
    typed = {"candidate": "", "name": "Kaj Kandidat", "email": "Kaj@Exempel.se", "organisation": member.organisation.pk}
    send(client, url("room_propose"), **typed, role="substitute")
    nomination = Nomination.objects.get()
    assert (nomination.candidate.email, nomination.role, nomination.room) == ("kaj@exempel.se", "substitute", PLATFORM)
    page = read(client, url("room_nominations"))
    assert "Kaj Kandidat" in page and "Det är kommunen som utser dem." in page
    assert not Letter.objects.filter(to=secretary.email).exists()

    address = url("room_nominate", nomination)
    assert "Skriv vid vilket möte" in send(client, address, 422, decision_note="")
    send(client, address, decision_note="Medlemsmöte 3 maj 2026, § 4")
    nomination.refresh_from_db()
    letter = Letter.objects.get(to=secretary.email)
    assert (nomination.state, nomination.room, letter.kind, letter.room) == ("nominated", "", "nominated", "")
    assert "Kaj Kandidat" in letter.body and "Medlemsmöte 3 maj 2026, § 4" in letter.body
    assert "kaj@exempel.se" not in letter.body
    page = read(client, url("room_nomination", nomination))
    assert "Nu är det kommunen som utser." in page and address not in page
    assert "läget är ”Nominerad”" in send(client, address, 422, decision_note="Igen")

    nomination.appoint(by=BY, first_day=date(2026, 6, 1), last_day=None)
    facts = {"candidate": make.make_person("Nils Nej"), "organisation": member.organisation, "role": "member"}
    other = Nomination.propose(by=BY, **facts)
    other.nominate(by=BY, decision_note=NOTE)
    other.not_appoint(by=BY, reason="Platserna är fyllda.")
    yes, no = (Letter.objects.get(to=chair.email, kind=kind) for kind in ("appointed", "not_appointed"))
    assert yes.subject == "Kaj Kandidat är utsedd till Rådet" and "från och med den 1 juni 2026" in yes.body
    assert no.subject == "Nils Nej är inte utsedd till Rådet" and "Platserna är fyllda." in no.body
    page = read(client, url("room_nominations"))
    assert "Utsedd" in page and "Inte utsedd" in page


def test_a_known_candidate_is_chosen_and_a_known_address_is_the_same_person(client):
    """A wrong candidate is told in words, and nothing is lost."""
    eva = make.make_board_seat(name="Eva Erfaren", email="eva@exempel.se").person
    politician = make.make_council_seat("politics", name="Pia Politiker").person
    page, outsider = read(client, url("room_propose")), make.make_organisation_joined()
    assert "Eva Erfaren" in page and "Pia Politiker" not in page
    data = {"candidate": "", "organisation": make.make_member().organisation.pk, "role": "member"}
    kaj = {"name": "Kaj", "email": "kaj@exempel.se"}
    for typed, sentence in (
        ({"name": "", "email": ""}, "Välj någon i listan, eller fyll i kandidatens namn."),
        ({"name": "Kaj", "email": ""}, "Fyll i kandidatens e-postadress"),
        ({"name": "Kaj", "email": "inte en adress"}, "e-postadress"),
        ({"name": "Någon Annan", "email": "eva@exempel.se"}, "Adressen hör till någon med ett annat namn."),
        (kaj | {"candidate": eva.pk}, "inte båda"),
        (kaj | {"organisation": outsider.pk}, "organisation_error"),
        ({"name": "", "candidate": politician.pk}, "candidate_error"),
    ):
        page = send(client, url("room_propose"), 422, **data | typed)
        assert sentence in page and typed["name"] in page, sentence
    assert not Nomination.objects.exists() and not Person.objects.filter(email="kaj@exempel.se").exists()
    send(client, url("room_propose"), **data | {"name": "eva  erfaren", "email": "EVA@exempel.se"})
    assert Nomination.objects.get().candidate == eva
    assert "är redan föreslagen" in send(client, url("room_propose"), 422, **data | {"candidate": eva.pk})
    other = make.make_board_seat(name="Olle Olik").person
    send(client, url("room_propose"), **data | {"candidate": other.pk, "name": "", "email": ""})
    assert Nomination.objects.count() == 2


def test_a_candidate_who_declines_or_whose_organisation_has_left_is_not_nominated(client, auditor):
    first, second = make.make_member(), make.make_member()
    declined, left = (
        Nomination.propose(by=BY, candidate=make.make_person(), organisation=member.organisation, role="member")
        for member in (first, second)
    )
    assert "Nominera</a>" not in read(auditor, url("room_nomination", declined))
    send(client, url("room_decline", declined), reason="Tackade nej.")
    declined.refresh_from_db()
    assert (declined.state, declined.reason) == ("declined", "Tackade nej.")
    assert "läget är ”Avböjd”" in read(client, url("room_decline", declined))
    second.leave(by=second.applicant)
    page = send(client, url("room_nominate", left), 422, decision_note=NOTE)
    assert "är inte medlem i Plattformen" in page and NOTE in page
    assert RegistryEntry.objects.count() == 0


# The board --------------------------------------------------------------------------------------------------------
TERM = {"label": "2027", "elected_on": "2026-05-10", "first_day": "2026-06-01", "last_day": "2027-05-31"}
TERM["ends_sitting"] = "on"


def rows(*people: dict[str, object], total: int = 0) -> dict[str, object]:
    data: dict[str, object] = {"person-TOTAL_FORMS": total or len(people), "person-INITIAL_FORMS": 0}
    for n, person in enumerate(people):
        data |= {f"person-{n}-{key}": value for key, value in {"role": "member", **person}.items()}
    return data


def new_board(**chair: object) -> list[dict[str, object]]:
    stated = {"organisation_as_stated": "Kulturföreningen"}
    return [
        {"name": "Nova Ny", "email": "Nova@Exempel.se", "role": "chair", **stated, **chair},
        {"name": "Mats Medlem", "email": "mats@exempel.se", **stated},
        {"name": "Rut Revisor", "email": "", "role": "auditor"},
    ]


def test_a_new_board_is_registered_in_one_go_and_the_new_ones_are_welcomed(client, chair):
    old = Seat.objects.get(person__email=chair.email)
    member = make.make_member()
    people = new_board()
    people[1] |= {"organisation": member.organisation.pk, "organisation_as_stated": ""}
    people.append({"name": "Ulla Ordförande", "email": chair.email, "organisation_as_stated": "Ullas"})
    send(client, url("room_elect"), **TERM, **rows(*people, {}, total=5))

    term = Term.objects.get(label="2027")
    assert (term.first_day, term.last_day, term.elected_on) == (date(2026, 6, 1), date(2027, 5, 31), date(2026, 5, 10))
    seats = list(term.seats.order_by("order").select_related("person"))
    assert [(seat.person.name, seat.role, seat.represents) for seat in seats] == [
        ("Nova Ny", "chair", "Kulturföreningen"),
        ("Mats Medlem", "member", member.organisation.name),
        ("Rut Revisor", "auditor", ""),
        ("Ulla Ordförande", "member", "Ullas"),
    ]
    assert seats[3].person == old.person
    assert {seat.last_day for seat in seats} == {date(2027, 5, 31)}
    old.refresh_from_db()
    assert (old.last_day, old.end_reason) == (date(2026, 5, 31), "En ny styrelse valdes.")

    welcomed = set(Letter.objects.filter(kind="welcome").values_list("to", flat=True))
    assert welcomed == {"nova@exempel.se", "mats@exempel.se"}
    letter = Letter.objects.get(to="nova@exempel.se")
    assert letter.room == PLATFORM and letter.subject == "Välkommen till Plattformens styrelserum"
    assert "ordförande" in letter.body and "den 1 juni 2026" in letter.body and "den 31 maj 2027" in letter.body
    assert ROOM in letter.body and Letter.PERSONAL_LINK not in letter.body
    nova = User.objects.get(email="nova@exempel.se")
    assert not nova.is_staff and not nova.groups.exists() and not nova.has_usable_password()
    Client().post(reverse("account_request_login_code"), {"email": nova.email})  # as the letter says
    assert Letter.objects.filter(to=nova.email, kind="login_code").exists()
    assert signed_in(nova).get(ROOM).status_code == 403  # not yet
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=STOCKHOLM), tick=False):
        assert signed_in(nova).get(ROOM).status_code == 200
    page = read(client, url("room_board"))
    assert "Valda, men inte tillträdda" in page and "Nova Ny" in page


def test_a_rule_stands_at_its_field_and_all_that_was_typed_stays(client):
    Body.objects.board().terms.create(label="2019", first_day=date(2019, 1, 1), last_day=date(2019, 12, 31))
    member = {"organisation": make.make_member().organisation.pk}
    mats = {"name": "Mats Medlem", "email": "mats@exempel.se"}
    for term, person, sentence, place in (
        ({"last_day": "2026-05-31"}, {}, "Sista dagen är före den första. Rätta något av datumen.", "last_day"),
        ({"first_day": "1 juni"}, {}, "Skriv datumet som år, månad och dag", "first_day"),
        ({"last_day": "3027-05-31"}, {}, "Kontrollera året.", "last_day"),
        ({"elected_on": "2026-05-13"}, {}, "Dagen har inte varit än.", "elected_on"),
        ({"label": "2019"}, {}, "Det finns redan en period som heter 2019.", "label"),
        ({}, {"name": ""}, "Namn", "person-0-name"),
        ({}, {"organisation_as_stated": ""}, "Välj organisation, eller skriv den", "person-0-organisation"),
        ({}, member, "inte båda", "person-0-organisation_as_stated"),
        ({}, {"email": mats["email"]}, "Adressen hör till någon med ett annat namn.", "person-1-email"),
        ({}, {"email": "ulla"}, "e-postadress", "person-0-email"),
        ({"ends_sitting": ""}, {}, "Ulla Ordförande är ordförande 12 april 2026–31 mars 2027.", "person-0-role"),
        ({}, mats, "har redan ett uppdrag", "person-1-name"),
    ):
        typed = TERM | term | rows(*new_board(**person))
        typed = {key: value for key, value in typed.items() if value != "" or key in term}
        page = send(client, url("room_elect"), 422, **typed)
        assert sentence in page, page[:6000]
        errors = page.partition('class="error-summary"')[2].partition("</div>")[0]
        assert f'href="#id_{place}"' in errors, (sentence, errors)
        assert "Mats Medlem" in page and "Kulturföreningen" in page and "Rut Revisor" in page, sentence
    people = new_board()
    people[1]["role"] = "chair"
    page = send(client, url("room_elect"), 422, **TERM, **rows(*people))
    assert "Nova Ny är ordförande 1 juni 2026–31 maj 2027. Det kan bara finnas en i taget." in page
    assert 'href="#id_person-1-role"' in page
    assert "Fyll i minst en person." in send(client, url("room_elect"), 422, **TERM, **rows({}, {}))
    assert Term.objects.count() == 1 and not Person.objects.filter(name="Nova Ny").exists()
    assert Seat.objects.get(role="chair").last_day == date(2027, 3, 31)  # all or nothing
    assert not Letter.objects.filter(kind="welcome").exists()


def test_more_rows_keep_what_was_typed_right_or_wrong(client):
    """Who registers a board without a seat in it is led out kindly."""
    elect, typed = url("room_elect"), TERM | {"last_day": "nästa vår"} | rows(*new_board())
    page = send(client, elect, 200, **typed, add="1")
    for kept in ("nästa vår", "Nova Ny", "Kulturföreningen"):
        assert f'value="{kept}"' in page
    assert 'name="person-5-name"' in page and 'name="person-6-name"' not in page and "error-summary" not in page
    assert '<option value="chair" selected' in page and not Term.objects.exists()
    full = send(client, elect, 200, **TERM, **rows(*new_board(), total=30), add="1")
    assert 'name="person-29-name"' in full and 'name="person-30-name"' not in full
    assert send(client, elect, 200, **TERM, **{"person-TOTAL_FORMS": "många"}, add="1")
    assert send(client, elect, 422, **TERM)  # without the formset's own fields
    response = client.post(elect, TERM | {"first_day": "2026-05-12"} | rows(*new_board()), follow=True)
    assert response.redirect_chain[-1][0] == "/konto/" and "Den nya styrelsen är registrerad." in text(response)
    assert client.get(ROOM).status_code == 403


def test_a_seat_is_ended_and_stays_in_the_history(client, chair):
    make.make_board_member()
    seat = Seat.objects.get(person__email=chair.email)
    address = url("room_seat_end", seat)
    for last_day, reason, sentence in (
        ("2026-04-11", "Avgick", "Uppdraget börjar den 12 april 2026."),
        ("2027-04-01", "Avgick", "Uppdraget upphör redan den 31 mars 2027."),
        ("", "Avgick", "last_day_error"),
        ("2026-06-01", "", "Skriv varför uppdraget upphör."),
    ):
        page = send(client, address, 422, last_day=last_day, reason=reason)
        assert sentence in page and reason in page
    assert (same(seat).last_day, same(seat).end_reason) == (date(2027, 3, 31), "")
    assert "Det är ditt eget uppdrag." in read(client, address)
    response = client.post(address, {"last_day": "2026-05-11", "reason": "Flyttade"})
    assert response["Location"] == "/konto/"
    event = Event.objects.get(verb="end")
    assert (event.room, event.reason) == (PLATFORM, "Flyttade")
    colleague = signed_in(make.make_board_member())
    for closed in (seat, make.make_council_seat("civil")):  # it is over, or not theirs
        assert colleague.get(url("room_seat_end", closed)).status_code == 404


def test_a_wrong_address_is_mended_and_the_old_one_opens_nothing(client):
    wrong = make.make_board_member(name="Nova Ny")
    seat, taken_by = Seat.objects.get(person__email=wrong.email), make.make_person("Olle", "olle@exempel.se")
    key, address = seat.calendar_key, url("room_seat_person", seat)
    assert "Adressen hör till någon annan." in send(client, address, 422, name="Nova Ny", email=taken_by.email)
    send(client, address, name="Nova Nyström", email="Nova@Exempel.se")
    seat = same(seat)
    assert (seat.person.name, seat.person.email) == ("Nova Nyström", "nova@exempel.se")
    assert seat.calendar_key != key
    assert signed_in(wrong).get(ROOM).status_code == 403
    assert signed_in(User.objects.get(email="nova@exempel.se")).get(ROOM).status_code == 200
    assert Letter.objects.get(kind="welcome").to == "nova@exempel.se"
    send(client, address, name="Nova Nyström", email="nova@exempel.se")
    event = Event.objects.get(verb="correct_person")
    assert event.room == PLATFORM and event.data == {"changed": ["name", "email"]}


def test_the_board_today_and_before_with_names_that_fade(client):
    board = Body.objects.board()
    old = board.terms.create(label="2009", first_day=date(2009, 1, 1), last_day=date(2009, 12, 31), year_only=True)
    person = make.make_person("Gun Gammal", "gun@exempel.se")
    facts = {"body": board, "term": old, "person": person, "organisation_as_stated": "Gamla föreningen"}
    Seat.objects.create(**facts, first_day=old.first_day, last_day=old.last_day, role="not_stated")
    page = read(client, url("room_board"))
    assert "Ulla Ordförande" in page and "ordförande" in page and "Gamla föreningen" in page and "ej angiven" in page
    assert "Gun Gammal" not in page and "gun@exempel.se" not in page
