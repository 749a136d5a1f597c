"""Plattformen for everyone, and the way in: what the sources say, who is shown what, how a member comes and goes."""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agreement.data.load import load_source_data
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import tokens
from council.access import MemberVisitor
from council.data.load import load_bodies
from council.models import Body, Meeting, Membership, Minutes, Seat
from council.models.memberships import MEMBER_LINK
from council.views import meeting_page, membership
from council.views.platform import texts
from organisations.models import ContactPerson
from tests import factories
from tests.factories import council as make
from tests.tools.web import shut

pytestmark = pytest.mark.django_db

PAGE = "/plattformen/"
BOARD = "/plattformen/styrelsen/"
APPLY = "/plattformen/bli-medlem/"
NEW_LINK = "/plattformen/ny-lank/"
OUTSIDER = "är inte ansluten till Överenskommelsen. Anslut organisationen först, och ansök sedan."
TAKEN = "är redan medlem, eller har redan ansökt."
BY = Actor("Testaren")


@pytest.fixture
def sources():
    load_source_data()
    load_bodies()


def text(response) -> str:
    return " ".join(response.content.decode().split())


def read(client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return text(response)


def taken(client, url: str, **kwargs):
    """The answer with a file in it, which is closed again."""
    response = client.get(url, **kwargs)
    shut(response)
    return response


def queries(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def link(row: Membership, more: str = "") -> str:
    return f"/plattformen/medlem/{tokens.make(MEMBER_LINK, row.key)}/{more}"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def superuser() -> User:
    return User.objects.create_superuser("allt@kommun.example", "ett-langt-losenord", name="Super Användare")


def paper(title: str, audience: str = "members", owner: str = "platform") -> Document:
    facts = {"title": title, "category": "other", "owner": owner, "audience": audience}
    return Document.add(by=BY, upload=factories.upload(f"{title.lower()}.pdf"), **facts)


def in_public(meeting: Meeting) -> Meeting:
    Meeting.objects.filter(pk=meeting.pk).update(audience="public")
    meeting.refresh_from_db()
    return meeting


def typed(organisation, **facts) -> dict[str, object]:
    known = {"name": "Kim Kontakt", "email": "Kim@Exempel.se", "motivation": "Vi vill påverka."}
    return {"organisation": organisation and organisation.pk} | known | facts


# What the sources say -----------------------------------------------------------------------------------------------


def test_the_page_says_what_plattformen_is_in_the_words_of_the_sources(client, sources):
    html = read(client, PAGE)
    for part in ("about", "why", "strength"):
        for paragraph in texts()[part]["quote"]:
            assert f"<p>{paragraph}</p>" in html
    assert "Initiativtagare var Hela Människan Huddinge-Botkyrka-Salem och Verdandi i Botkyrka." in html
    assert "dels är den viktig för de mindre föreningarna som får en plattform att komma till tals på" in html
    assert "dels är den viktig för större organisationer med mer resurser" in html
    assert html.count("Källa: Plattformen för idéburna organisationer i Botkyrka: Om plattformen, odaterad.") == 3
    assert "Källa: Botkyrka kommun: Samverkan med idéburna organisationer, 5 mars 2020." in html


def test_where_a_source_slips_the_page_says_so(client, sources):
    html = read(client, PAGE)
    assert "som tecknades nationellt 2009." in html
    assert "Enligt regeringens skrivelse 2008/09:207 och Ersta Sköndal var det hösten 2008." in html
    assert "(SKR), Regeringen" in html and "Ett mellanslag som saknades" in html
    assert "kommun.." not in html and "En punkt för mycket" in html


def test_the_history_has_the_dates_of_the_sources_and_no_others(client, sources):
    html = read(client, PAGE)
    history = html.partition('<ol class="timeline">')[2].partition("</ol>")[0]
    assert '<time datetime="2009">2009</time> <p><b>Nätverk</b></p>' in history
    assert "bildades 2009 för att omsätta och följa upp överenskommelsen." in history
    assert '<time datetime="2020-03-05">Senast 5 mars 2020</time> <p><b>Förening</b></p>' in history
    assert "har nätverket nybildat föreningen nätverket Plattformen för idéburna organisationer." in history
    assert "Vilken dag föreningen bildades står inte i källan." in history
    assert history.index("Före 2009") < history.index("April 2018") < history.index("Senast 5 mars 2020")


def test_plattformen_is_told_to_be_an_association_of_its_own(client, sources):
    html = read(client, PAGE)
    assert "Plattformen är en egen förening och inte en del av kommunen." in html and "artikel 26" in html


def test_the_contact_is_dated(client, sources):
    html = read(client, PAGE)
    assert "Mats Wåhleman" in html and "Uppgiften gällde 5 mars 2020." in html
    ContactPerson.objects.all().delete()
    assert 'id="kontakt"' in read(client, PAGE)  # where letters lead


def test_an_empty_portal_has_the_pages_too(client):
    assert "odaterad" not in read(client, PAGE)
    assert "Vi vet inte vilka som sitter i styrelsen" in read(client, BOARD)
    assert "Vi vet inte vilka som satt i styrelsen då" in read(client, f"{BOARD}?datum=2010-01-01")
    assert "Just nu finns det ingen ansluten organisation" in read(client, APPLY)


@pytest.mark.parametrize("url", [PAGE, BOARD, f"{BOARD}?datum=2019-05-01", f"{PAGE}?sida=2"])
def test_public_pages_set_no_cookie_and_are_only_read(client, sources, url):
    response = client.get(url)
    assert response.status_code == 200 and not response.cookies
    assert text(response).count("<h1") == 1
    assert client.head(url).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(url).status_code == 405


# The members --------------------------------------------------------------------------------------------------------


def test_no_members_are_made_up_of_the_list_of_signatories(client, sources):
    html = read(client, PAGE)
    assert "Vi känner inte till vilka som är medlemmar i dag." in html
    assert "men inte Plattformens medlemmar" in html and "Teater Carpa" not in html


def test_members_are_listed_by_name_with_their_pages(client):
    for name in ("Öbornas förening", "Ängsfolket", "Arkivvännerna"):
        make.make_member(make.make_organisation_joined(name))
    html = read(client, PAGE)
    assert "3 organisationer är medlemmar i Plattformen." in html
    assert html.index("Arkivvännerna") < html.index("Ängsfolket") < html.index("Öbornas förening")
    assert '<a href="/organisationer/arkivvannerna/">Arkivvännerna</a>' in html
    assert client.get("/organisationer/arkivvannerna/").status_code == 200


@pytest.mark.parametrize("state", ["begun", "applied", "withdrawn", "rejected", "left", "excluded"])
def test_who_is_not_a_member_today_is_not_listed(client, state):
    make.make_member(make.make_organisation_joined("Hemliga sällskapet"), state=state)
    assert "Hemliga sällskapet" not in read(client, PAGE)


def test_a_member_whose_accession_has_ended_stays_listed(client):
    organisation = make.make_organisation_joined("Trogna vänner")
    make.make_member(organisation)
    make.end_accession(organisation)
    assert "Trogna vänner" in read(client, PAGE)


# The board ----------------------------------------------------------------------------------------------------------

NINE = {
    "Shahina Begum": "Botkyrka kvinnoresurscenter",
    "Camilla Craas": "Verdandi",
    "Michele Di Dato": "Tullinge TP fotboll",
    "Hans Richardsson": "Botkyrka riksteaterförening",
    "Mats Wåhleman": "Hela människan Huddinge Botkyrka Salem",
    "Aziz Poli": "Assyriens kulturcentrum",
    "Hamsa Bal": "Föräldraföreningen barn och ungdom",
    "Göran Steen": "Nattvandrarna Botkyrka",
    "Jens Vollmer": "Studieförbundet Vuxenskolan",
}


def names(client, day: str = "") -> list[str]:
    return [seat.public_name for seat in client.get(BOARD, {"datum": day} if day else {}).context["seats"]]


def test_the_board_of_2019_has_nine_people_as_the_source_states_them(client, sources):
    assert names(client, "2019-06-01")[0] == "Mats Wåhleman" and set(names(client, "2019-06-01")) == set(NINE)
    assert len(names(client, "2019-06-01")) == 9
    html = read(client, f"{BOARD}?datum=2019-06-01")
    for name, organisation in NINE.items():
        seat = html.partition(f">{name}<")[2].partition("</li>")[0]
        assert organisation in seat, name
        role = "Ordförande" if name == "Mats Wåhleman" else "Ej angiven"
        assert f"Roll: {role} · Vald: ej angivet · Uppdrag: 2019 </p>" in seat
    assert "Källa: Botkyrka kommun: Samverkan med idéburna organisationer, 5 mars 2020." in html
    assert "31 december 2019" not in html


def test_an_organisation_on_no_list_is_kept_as_stated_without_a_link(client, sources):
    html = read(client, f"{BOARD}?datum=2019-06-01")
    assert '<p class="mb-0">Assyriens kulturcentrum</p>' in html
    assert '<a href="/organisationer/tullinge-tp-fotboll/">Tullinge TP fotboll</a>' in html
    assert "I källan: Hela människan Huddinge Botkyrka Salem" in html


@pytest.mark.parametrize(("day", "held"), [("2018-12-31", 0), ("2019-01-01", 9), ("2019-12-31", 9), ("2020-01-01", 0)])
def test_the_board_of_2019_on_its_first_and_last_day(client, sources, day, held):
    assert len(names(client, day)) == held


def test_a_seat_is_shown_from_its_first_day_to_its_last(client):
    make.make_board_seat(name="Eva Edge", first_day=date(2025, 4, 10), last_day=date(2026, 4, 9))
    days = ["2025-04-09", "2025-04-10", "2026-04-09", "2026-04-10"]
    assert [names(client, day) for day in days] == [[], ["Eva Edge"], ["Eva Edge"], []]


def test_today_is_what_is_shown_unless_a_day_is_asked_for(client):
    make.make_board_seat(name="Nu Nilsson", role="chair")
    make.make_board_seat(name="Ada Auditor", role="auditor")
    make.make_board_seat(name="Förra Fors", first_day=date(2020, 1, 1), last_day=date(2020, 12, 31))
    assert names(client) == ["Nu Nilsson"]
    html = read(client, BOARD)
    assert html.index("Nu Nilsson") < html.index("Revisorer och valberedning") < html.index("Ada Auditor")


def test_when_and_why_a_seat_ended(client):
    seat = make.make_board_seat(name="Ena Ended", first_day=date(2025, 1, 1), last_day=date(2026, 12, 31))
    seat.elected_on = date(2024, 12, 5)
    seat.save()
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=timezone.get_current_timezone()), tick=False):
        seat.end(by=BY, last_day=date(2026, 2, 28), reason="Flyttade från kommunen")
        html = read(client, f"{BOARD}?datum=2026-02-28")
    assert "Vald: 5 december 2024 · Upphörde: 28 februari 2026 · Varför: Flyttade från kommunen" in html


@pytest.mark.parametrize("day", ["i går", "2026-02-30", "<script>", "2026", "99999-01-01"])
def test_a_day_that_is_none_is_said_to_be_so(client, sources, day):
    response = client.get(BOARD, {"datum": day})
    html = text(response)
    assert response.status_code == 400 and "Vi förstår inte datumet" in html and "<title>Fel: " in html
    assert "<script>" not in html.replace('<script src="/static/', "")


def test_a_day_to_come_is_answered_with_what_is_known(client):
    make.make_board_seat(name="Lång Period", last_day=date(2099, 12, 31))
    make.make_board_seat(name="Kort Period", last_day=timezone.localdate() + timedelta(days=3))
    assert names(client, "2099-12-31") == ["Lång Period"]
    assert "har inte varit än" in read(client, f"{BOARD}?datum=2099-12-31")


def test_terms_lead_to_the_board_of_their_time(client, sources):
    html = read(client, BOARD)
    assert 'href="/plattformen/styrelsen/?datum=2019-01-01">2019</a>' in html and "Bara året är känt." in html


def test_long_afterwards_the_name_is_gone_and_the_organisation_stays(client, sources):
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=timezone.get_current_timezone()), tick=False):
        html = read(client, f"{BOARD}?datum=2019-06-01")
    assert "Aziz Poli" not in html and "Assyriens kulturcentrum" in html and "Namnet visas inte längre" in html


def test_nobodys_address_or_number_is_on_any_public_page(client, sources):
    secrets = []
    for role in ("chair", "member", "auditor"):
        seat = make.make_board_seat(role=role)
        seat.person.phone = f"070-555 01 {len(secrets):02}"
        seat.person.save()
        secrets += [seat.person.email, seat.person.phone]
    row = make.make_member(email="hemlig.kontakt@exempel.se")
    row.motivation = "Hemligt skäl"
    row.save()
    secrets += [row.contact_email, row.contact_name, row.motivation, row.key]
    meeting = in_public(make.make_meeting(Body.objects.get(slug="medlemsmote"), state="called", title="Årets fest"))
    pages = [PAGE, BOARD, f"{BOARD}?datum=2019-06-01", meeting.get_absolute_url(), APPLY]
    for url in pages:
        html = read(client, url)
        assert not [secret for secret in secrets if secret.casefold() in html.casefold()], url


def test_the_number_of_queries_does_not_grow_with_the_rows(client, sources):
    first = make.make_member()
    make.make_board_seat()
    page, board, own = queries(client, PAGE), queries(client, BOARD), queries(client, link(first))
    for _ in range(29):
        make.make_member()
    for _ in range(9):
        make.make_board_seat()
    for day in range(20, 26):
        in_public(make.make_meeting(Body.objects.get(slug="medlemsmote"), days=day, announced=True))
    for n in range(5):
        paper(f"Papper {n}")
    assert queries(client, BOARD) == board
    # +1 for the notices of the meetings, which are fetched when there is a meeting
    assert queries(client, PAGE) <= page + 1 and queries(client, link(first)) <= own + 1
    assert len(client.get(link(first)).context["upcoming"]) == 6


# Meetings -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def people():
    """Whoever may come by: nobody in particular, the board, the municipality's, and a superuser."""
    make.people(make.make_bodies()["board"])
    return {
        "anonymous": Client(),
        "board": signed_in(make.make_board_member()),
        "officer": signed_in(factories.make_user("utvecklingsledare")),
        "secretary": signed_in(factories.make_user("sekreterare")),
        "superuser": signed_in(superuser()),
    }


def who_sees(people, url: str) -> set[str]:
    return {name for name, client in people.items() if taken(client, url).status_code == 200}


@pytest.mark.parametrize(
    ("audience", "seen_by"),
    [
        ("public", {"anonymous", "board", "officer", "secretary", "superuser"}),
        ("members", {"board"}),
        ("board", {"board"}),
    ],
)
def test_a_meeting_is_shown_to_those_it_was_announced_to(people, audience, seen_by):
    meeting = make.make_meeting(
        Body.objects.get(slug="medlemsmote"), state="called", audience=audience, title="Stormöte"
    )
    assert who_sees(people, meeting.get_absolute_url()) == seen_by
    for name, client in people.items():
        assert ("Stormöte" in read(client, PAGE)) == (name in seen_by), name
    assert Meeting.objects.visible_to(MemberVisitor()).contains(meeting) == (audience != "board")


def test_what_is_not_announced_is_shown_to_nobody(people):
    for audience in ("public", "members", "board"):
        meeting = make.make_meeting(Body.objects.get(slug="arsmote"), audience=audience, title="Planerat i tysthet")
        assert who_sees(people, meeting.get_absolute_url()) == set()
        meeting.delete()
    make.make_meeting(Body.objects.get(slug="arsmote"), audience="public", title="Planerat i tysthet")
    assert "Planerat i tysthet" not in read(people["board"], PAGE)


def test_the_page_of_a_meeting_shows_the_latest_notice_and_never_what_is_not_sent(client):
    meeting = make.make_meeting(make.make_bodies()["member_meeting"], state="called", audience="public")
    item = meeting.items.get(order=2)
    item.title, item.text = "Läget i Fittja", "Vi går igenom läget."
    item.save()
    meeting.place = "Hemlig lokal"
    meeting.change(by=BY)
    html = read(client, meeting.get_absolute_url())
    assert ">Läget</h3>" in html and "Läget i Fittja" not in html and "Hemlig lokal" not in html
    assert "Hemlig lokal" not in read(client, PAGE)
    meeting.call_again(by=BY)
    html = read(client, meeting.get_absolute_url())
    assert "Läget i Fittja" in html and "Vi går igenom läget." in html and "Hemlig lokal" in html
    assert "Hemlig lokal" in read(client, PAGE)


def test_a_meeting_that_is_only_announced_has_no_agenda_yet(client):
    meeting = make.make_meeting(make.make_bodies()["annual_meeting"], audience="public", announced=True)
    html = read(client, meeting.get_absolute_url())
    assert "Dagordningen kommer när kallelsen har gått ut." in html and "Läget" not in html and "Planerat" in html


def test_a_cancelled_meeting_says_so_and_is_not_upcoming(client):
    meeting = in_public(make.make_meeting(make.make_bodies()["member_meeting"], state="cancelled", title="Stormöte"))
    html = read(client, meeting.get_absolute_url())
    assert "Mötet är inställt." in html and "Lokalen brann" not in html
    assert "Stormöte" not in read(client, PAGE)


def test_the_link_to_take_part_from_afar_is_on_no_page(client):
    meeting = make.make_meeting(
        make.make_bodies()["member_meeting"],
        state="called",
        audience="public",
        online_link="https://moten.example/hemlig",
    )
    assert "moten.example" not in read(client, meeting.get_absolute_url()) + read(client, PAGE)


def test_the_councils_meetings_have_no_address_here(client):
    meeting = make.make_meeting(state="called")
    assert meeting.get_absolute_url().startswith("/radet/")
    assert client.get(f"/plattformen/moten/radet/{meeting.slug}/").status_code == 404
    assert client.get(f"/plattformen/moten/styrelsen/{meeting.slug}/").status_code == 404


def test_a_paper_that_the_reader_may_not_open_is_not_named(people):
    body = Body.objects.get(slug="medlemsmote")
    make.people(body)
    meeting = make.make_meeting(body, audience="public")
    titles = {"board": "Styrelsens utkast", "members": "Medlemmarnas underlag", "public": "Budgeten i korthet"}
    for audience, title in titles.items():
        meeting.items.first().documents.add(paper(title, audience))
    meeting.call(by=BY)
    seen = {"anonymous": {"public"}, "board": {"public", "members", "board"}, "superuser": {"public"}}
    for name, audiences in seen.items():
        html = read(people[name], meeting.get_absolute_url())
        assert {a for a, title in titles.items() if title in html} == audiences, name
    row = Membership.objects.active().first()
    html = read(Client(), link(row, f"moten/{meeting.pk}/"))
    assert {a for a, title in titles.items() if title in html} == {"public", "members"}
    found = Document.objects.get(title="Medlemmarnas underlag")
    assert link(row, f"dokument/{found.pk}/") in html


# Minutes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["called", "held", "drawn_up", "signed_off"])
def test_minutes_that_are_not_published_are_shown_to_nobody(people, state):
    meeting = in_public(make.make_meeting(Body.objects.get(slug="styrelsen"), state=state))
    url = meeting.get_absolute_url()
    for client in people.values():
        assert "Vi talade om läget" not in read(client, url) and "Justerat protokoll" not in read(client, url)
        assert client.get(f"{url}protokoll.pdf").status_code == 404
        assert 'id="protokoll"' not in read(client, PAGE)


@pytest.mark.parametrize(
    ("audience", "seen_by"),
    [
        ("public", {"anonymous", "board", "officer", "secretary", "superuser"}),
        ("members", {"board"}),
        ("board", {"board"}),
    ],
)
def test_minutes_are_shown_to_those_they_were_published_for(people, audience, seen_by):
    meeting = make.make_meeting(Body.objects.get(slug="styrelsen"), state="signed_off")
    meeting.publish(by=BY, audience=audience, privacy_reviewed=True)
    url = meeting.get_absolute_url()
    assert who_sees(people, url) == who_sees(people, f"{url}protokoll.pdf") == seen_by
    assert "Vi talade om läget" in read(people["board"], url)
    for name, client in people.items():
        assert (url in read(client, PAGE)) == (name in seen_by), name


def test_minutes_handed_over_are_read_by_staff_and_the_notice_is_not(people):
    meeting = make.make_meeting(Body.objects.get(slug="styrelsen"), state="signed_off")
    meeting.hand_over(by=BY)
    assert who_sees(people, meeting.get_absolute_url()) == {"board", "officer", "secretary", "superuser"}
    html = read(people["officer"], meeting.get_absolute_url())
    assert "Vi talade om läget" in html and "som den stod i kallelsen" not in html
    html = read(people["board"], meeting.get_absolute_url())  # whose own minutes are in its room
    assert "<h2>Dagordning</h2>" in html and "Vi talade om läget" not in html


def test_a_correction_stands_above_the_minutes(client):
    meeting = make.make_meeting(make.make_bodies()["board"], state="signed_off")
    meeting.publish(by=BY, audience="public", privacy_reviewed=True)
    meeting.minutes.correct(by=BY, text="I § 2 ska det stå Alby.", privacy_reviewed=True)
    html = read(client, meeting.get_absolute_url())
    assert html.index("I § 2 ska det stå Alby.") < html.index("Vi talade om läget")


def test_who_took_minutes_that_are_not_public_is_in_the_associations_log(people):
    meeting = make.make_meeting(Body.objects.get(slug="styrelsen"), state="published")
    url = f"{meeting.get_absolute_url()}protokoll.pdf"
    board = people["board"]
    shut(board.head(url))
    assert not Event.objects.filter(verb="download")
    response = taken(board, url)
    assert response["Content-Type"] == "application/pdf" and response["Cache-Control"] == "private, no-store"
    event = Event.objects.get(verb="download")
    assert event.room == "platform" and event.actor_email == User.objects.get(is_staff=False).email
    assert "no-store" in board.get(meeting.get_absolute_url())["Cache-Control"]


def test_public_minutes_are_taken_without_a_trace_and_may_be_kept(client):
    meeting = make.make_meeting(make.make_bodies()["board"], state="signed_off")
    meeting.publish(by=BY, audience="public", privacy_reviewed=True)
    url = f"{meeting.get_absolute_url()}protokoll.pdf"
    response = taken(client, url)
    assert response.status_code == 200 and "public" in response["Cache-Control"]
    assert taken(client, url, headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert not Event.objects.filter(verb="download") and not response.cookies
    assert client.get(f"{url}?fil=1").status_code == 404  # these were not uploaded


def test_minutes_that_were_uploaded_are_given_as_they_are(people):
    meeting = make.make_meeting(Body.objects.get(slug="styrelsen"), state="held")
    minutes = Minutes.of(meeting)
    minutes.attach(by=BY, upload=factories.upload("protokoll i original.pdf"))
    minutes.draw_up(by=BY)
    make.sign_off(meeting)
    meeting.publish(by=BY, audience="board", privacy_reviewed=True)
    url = f"{meeting.get_absolute_url()}protokoll.pdf?fil=1"
    assert url in read(people["board"], meeting.get_absolute_url())
    response = people["board"].get(url)
    assert b"".join(response.streaming_content) == factories.pdf_bytes()
    shut(response)
    assert response["Content-Disposition"].startswith("attachment")
    assert people["anonymous"].get(url).status_code == people["superuser"].get(url).status_code == 404


def test_hostile_text_is_shown_as_text(client):
    attack = "<script>alert(1)</script>"
    make.make_member(make.make_organisation_joined(attack))
    make.make_board_seat(name=attack)
    body = make.make_bodies()["member_meeting"]
    meeting = make.make_meeting(body, audience="public", title=attack, place=attack)
    meeting.items.update(title=attack, text=attack, presenter=attack)
    meeting.call(by=BY)
    for url in (PAGE, BOARD, meeting.get_absolute_url(), APPLY, link(Membership.objects.first())):
        assert attack not in read(client, url), url


# Applying -----------------------------------------------------------------------------------------------------------


def test_the_form_explains_the_order_and_offers_those_who_may_apply(client):
    may = make.make_organisation_joined("Kan ansöka")
    make.make_member(make.make_organisation_joined("Är medlem"))
    make.make_member(make.make_organisation_joined("Har ansökt"), state="applied")
    make.make_member(make.make_organisation_joined("Har gått ur"), state="left")
    factories.make_organisation("Aldrig ansluten")
    html = read(client, APPLY)
    assert html.index("Först ansluter ni er till Överenskommelsen") < html.index("Därefter ansöker ni om medlemskap")
    assert texts()["join"]["quote"][0] in html and "inte kommunen" in html
    offered = [name for _, name in client.get(APPLY).context["form"].offered]
    board = Seat.objects.get().organisation.name
    assert set(offered) == {may.name, "Har gått ur", board}
    assert "csrftoken" in client.get(APPLY).cookies


def test_an_application_is_the_boards_when_the_link_has_been_used(client):
    board = make.make_board_member(role="chair")
    organisation = make.make_organisation_joined("Odlarna")
    response = client.post(APPLY, typed(organisation))
    assert response.status_code == 200 and "kim@exempel.se" in text(response)
    row = Membership.objects.get()
    assert row.state == "begun" and row.contact_email == "kim@exempel.se"
    assert list(Letter.objects.values_list("kind", "to")) == [("membership_confirm", "kim@exempel.se")]
    assert link(row) in letters.full_body(Letter.objects.get())
    assert "Bekräfta ansökan" in read(client, link(row))
    row.refresh_from_db()
    assert row.state == "begun"  # looking is not confirming
    assert client.post(link(row), follow=True).status_code == 200
    row.refresh_from_db()
    assert row.state == "applied"
    kinds = set(Letter.objects.values_list("kind", "to"))
    assert {("membership_received", "kim@exempel.se"), ("membership_to_decide", board.email)} < kinds
    assert set(Letter.objects.values_list("room", flat=True)) == {"platform"}
    assert "när styrelsen har bestämt" in read(client, link(row))


def test_who_has_not_joined_is_refused_with_the_sentence(client):
    organisation = make.make_organisation_joined("Utträdda vänner")
    make.end_accession(organisation)
    response = client.post(APPLY, typed(organisation))
    assert response.status_code == 422 and f"Utträdda vänner {OUTSIDER}" in text(response)
    assert "Kim Kontakt" in text(response) and "Vi vill påverka." in text(response)  # nothing typed is lost
    assert not Membership.objects.exists() and not Letter.objects.exists()


def test_who_leaves_the_agreement_before_confirming_is_refused_too(client):
    row = make.make_member(make.make_organisation_joined("Utträdda vänner"), state="begun")
    make.end_accession(row.organisation)
    response = client.post(link(row))
    assert response.status_code == 422 and OUTSIDER in text(response) and "<title>Fel: " in text(response)
    row.refresh_from_db()
    assert row.state == "begun"


@pytest.mark.parametrize("state", ["applied", "member"])
def test_nobody_applies_twice(client, state):
    row = make.make_member(make.make_organisation_joined("Ivriga vänner"), state=state)
    response = client.post(APPLY, typed(row.organisation))
    assert response.status_code == 422 and f"Ivriga vänner {TAKEN}" in text(response)
    assert Membership.objects.count() == 1


def test_of_two_begun_the_first_confirmed_is_the_one(client):
    first = make.make_member(state="begun")
    second = make.make_member(first.organisation, state="begun")
    assert client.post(link(first)).status_code == 302
    response = client.post(link(second))
    assert response.status_code == 422 and TAKEN in text(response)
    assert client.post(link(first)).status_code == 302  # pressed twice: nothing more happens
    assert Letter.objects.filter(kind="membership_received").count() == 1


def test_what_the_public_does_not_know_of_is_not_told(client):
    accession = factories.make_accession("submitted", name="Ännu hemliga föreningen")
    response = client.post(APPLY, typed(accession.organisation))
    assert response.status_code == 422 and "Ännu hemliga" not in text(response)
    assert "Organisationen finns inte bland dem som är anslutna." in text(response)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"organisation": ""}, "Välj organisation i listan."),
        ({"organisation": "x' OR 1=1"}, "Organisationen finns inte"),
        ({"email": "inte en adress"}, "e-post"),
        ({"name": "Köp på https://reklam.example"}, "Skriv utan webbadresser här."),
        ({"motivation": "x" * 2001}, "2"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_the_rest(client, facts, sentence):
    response = client.post(APPLY, typed(make.make_organisation_joined()) | facts)
    assert response.status_code == 422 and sentence in text(response) and "<title>Fel: " in text(response)
    assert not Membership.objects.exists()


def test_robots_are_dropped_politely(client):
    response = client.post(APPLY, typed(make.make_organisation_joined(), hemsida="https://reklam.example"))
    assert response.status_code == 200 and not Membership.objects.exists()
    row = make.make_member(state="begun")
    Letter.objects.all().delete()
    client.post(NEW_LINK, {"email": row.contact_email, "hemsida": "x"})
    assert not Letter.objects.exists()


@pytest.mark.parametrize("url", [APPLY, NEW_LINK])
def test_too_many_tries_are_stopped(client, url):
    facts = typed(make.make_organisation_joined())
    answers = [client.post(url, facts).status_code for _ in range(7)]
    assert answers == [200] * 6 + [429]
    assert membership.TOO_MANY in text(client.post(url, facts))


def test_the_form_carries_what_the_law_asks_to_know(client):
    make.make_organisation_joined()
    html = read(client, APPLY)
    for words in ("Plattformen ansvarar för uppgifterna", "berättigade intresse", "30 dagar", "/personuppgifter/"):
        assert words in html


# The organisation's own page ----------------------------------------------------------------------------------------

STATES = ["begun", "applied", "member", "rejected", "withdrawn", "left", "excluded"]


@pytest.mark.parametrize("state", STATES)
def test_the_page_of_each_state_is_private_and_changes_nothing(client, state):
    row = make.make_member(state=state)
    before = Event.objects.count(), Letter.objects.count(), Membership.objects.values().get()
    for more in ("", "aterkalla/", "uttrade/"):
        response = client.get(link(row, more))
        assert response.status_code in (200, 302)
        assert "no-store" in response["Cache-Control"]
        if response.status_code == 200:
            assert '<meta name="robots" content="noindex">' in text(response)
            assert text(response).count("<h1") == 1
    assert before == (Event.objects.count(), Letter.objects.count(), Membership.objects.values().get())
    if state in ("rejected", "excluded"):
        assert row.reason in read(client, link(row))


@pytest.mark.parametrize(
    ("verb", "may"), [("aterkalla/", {"begun": "withdrawn", "applied": "withdrawn"}), ("uttrade/", {"member": "left"})]
)
@pytest.mark.parametrize("state", STATES)
def test_withdrawing_and_leaving_ask_first_and_only_when_they_may(client, state, verb, may):
    row = make.make_member(state=state)
    assert client.get(link(row, verb)).status_code == (200 if state in may else 302)
    response = client.post(link(row, verb))
    assert response.status_code == (302 if state in may else 422)
    row.refresh_from_db()
    assert row.state == may.get(state, state)
    if state not in may:
        assert "Det går inte att" in text(response)


def test_leaving_is_told_to_both_and_the_agreement_still_holds(client):
    board = make.make_board_member(role="secretary")
    row = make.make_member()
    client.post(link(row, "uttrade/"))
    row.refresh_from_db()
    assert row.ended_on == timezone.localdate() and row.is_joined
    assert Letter.objects.get(kind="membership_left").to == row.contact_email
    assert Letter.objects.get(kind="membership_left_board", to=board.email)
    assert row.organisation.name not in read(client, PAGE)


def test_a_link_that_is_none_opens_nothing(client):
    row = make.make_member()
    other = tokens.make("council:invitation", row.key)
    for token in ("fel.lank", f"{row.key}.x", other):
        for more in ("", "uttrade/", "dokument/1/", "moten/1/", "moten/1/protokoll.pdf"):
            assert client.get(f"/plattformen/medlem/{token}/{more}").status_code == 404
            if not more.startswith(("dokument", "moten")):
                assert client.post(f"/plattformen/medlem/{token}/{more}").status_code == 404
    row.refresh_from_db()
    assert row.state == "member"


def test_members_read_what_is_meant_for_them_and_it_is_logged(client):
    row = make.make_member()
    own, boards = paper("Till medlemmar"), paper("Till styrelsen", "board")
    html = read(client, link(row))
    assert "Till medlemmar (pdf," in html.replace("<span>", "") and "Till styrelsen" not in html
    response = taken(client, link(row, f"dokument/{own.pk}/"))
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    assert client.get(link(row, f"dokument/{boards.pk}/")).status_code == 404
    event = Event.objects.get(verb="download")
    assert (event.actor_email, event.room) == (row.contact_email, "platform")
    assert client.get(own.file_url).status_code == 404  # without the link


def test_members_read_the_meetings_and_minutes_that_are_theirs(client):
    bodies = make.make_bodies()
    boards = make.make_meeting(bodies["board"], state="published", title="Styrelsens eget")
    called = make.make_meeting(bodies["member_meeting"], state="called", title="Vårmötet")
    held = make.make_meeting(bodies["member_meeting"], state="published")
    row = Membership.objects.active().first()
    html = read(client, link(row))
    assert link(row, f"moten/{called.pk}/") in html and link(row, f"moten/{held.pk}/") in html
    assert "Styrelsens eget" not in html
    assert ">Läget</h3>" in read(client, link(row, f"moten/{called.pk}/"))
    html = read(client, link(row, f"moten/{held.pk}/"))
    assert "Vi talade om läget" in html and "Den här sidan visas inte för alla." in html
    assert link(row, f"moten/{held.pk}/protokoll.pdf") in html and "/plattformen/moten/" not in html
    assert taken(client, link(row, f"moten/{held.pk}/protokoll.pdf")).status_code == 200
    assert Event.objects.get(verb="download").actor_email == row.contact_email
    for more in ("", "protokoll.pdf"):
        assert client.get(link(row, f"moten/{boards.pk}/{more}")).status_code == 404
        assert client.post(link(row, f"moten/{held.pk}/{more}")).status_code == 405


@pytest.mark.parametrize("state", sorted({*STATES} - {"member"}))
def test_whoever_is_no_member_reads_nothing_of_theirs(client, state):
    held = make.make_meeting(make.make_bodies()["member_meeting"], state="published", title="Medlemmarnas möte")
    own = paper("Till medlemmar")
    row = make.make_member(state=state)
    html = read(client, link(row))
    assert "Till medlemmar" not in html and "Medlemmarnas möte" not in html
    for more in (f"dokument/{own.pk}/", f"moten/{held.pk}/", f"moten/{held.pk}/protokoll.pdf"):
        assert client.get(link(row, more)).status_code == 404


def test_of_an_application_that_nobody_confirmed_nothing_is_left():
    """Whoever typed the address has not shown that it is theirs: neither name, address nor letter is kept."""
    membership = make.make_member(state="begun")
    membership.dispose()
    assert not Membership.objects.exists() and not Letter.objects.filter(to=membership.contact_email).exists()
    assert [(e.verb, e.actor) for e in Event.objects.filter(subject__startswith="council.membership:")] == [
        ("dispose", "Systemet")
    ]


def test_the_visitor_with_a_members_link_is_a_member_and_nothing_else():
    make.make_board_member()
    assert Meeting.objects.visible_to(MemberVisitor()).count() == 0
    assert not Seat.objects.in_room(MemberVisitor()).exists()
    paper("Till personalen", "staff", "municipality")
    paper("Till styrelsen", "board")
    assert not Document.objects.visible_to(MemberVisitor()).exists()


def test_the_readers_helper_agrees_with_the_questions_it_is_made_of():
    bodies = make.make_bodies()
    seen = [make.make_meeting(bodies["board"], state="published"), make.make_meeting(bodies["board"], state="called")]
    board = User.objects.create_user("x@exempel.se", None, name="X")
    make.make_board_seat(board)
    assert set(meeting_page.readable(board)) == set(seen)
    assert not meeting_page.readable(AnonymousUser()).exists()


# The link again -----------------------------------------------------------------------------------------------------


def test_a_lost_link_is_sent_again_without_a_word_on_who_is_known(client):
    row = make.make_member(state="applied", email="kand@exempel.se")
    Letter.objects.all().delete()
    known = text(client.post(NEW_LINK, {"email": "KAND@exempel.se"}))
    unknown = text(client.post(NEW_LINK, {"email": "okand@exempel.se"}))
    assert known.replace("kand@exempel.se", "") == unknown.replace("okand@exempel.se", "")
    assert list(Letter.objects.values_list("kind", "to")) == [("membership_new_link", "kand@exempel.se")]
    assert link(row) in letters.full_body(Letter.objects.get())


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "left", "excluded"])
def test_what_has_ended_gets_no_new_link(client, state):
    row = make.make_member(state=state)
    Letter.objects.all().delete()
    client.post(NEW_LINK, {"email": row.contact_email})
    assert not Letter.objects.exists()


# Letters ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(monkeypatch):
    """A variable that a letter's template does not know shows itself."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "¤%s¤")


def the(kind: str) -> str:
    letter = Letter.objects.filter(kind=kind).latest("pk")
    return f"{letter.subject}\n\n{letter.body}"


def test_confirm_and_received(strict):
    make.make_board_member(role="chair")
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=timezone.get_current_timezone()), tick=False):
        row = make.make_member(make.make_organisation_joined("Odlarna"), state="applied")
    assert the("membership_confirm") == (
        "Bekräfta ansökan om medlemskap i Plattformen\n\n"
        "Hej Kim Kontakt!\n\n"
        "Odlarna vill bli medlem i Plattformen, och du står som kontaktperson. Öppna din personliga länk och bekräfta, "
        "så går ansökan till Plattformens styrelse:\n\n"
        "[personlig länk]\n\n"
        "Ansökan gäller först när du har bekräftat. En ansökan som ingen bekräftar raderas efter en tid.\n\n"
        "Dela inte länken. Den som har den kan återkalla ansökan, och senare gå ur Plattformen för er räkning.\n\n"
        "Har du inte ansökt? Då har någon skrivit fel adress, och du kan kasta brevet.\n\n"
        "Plattformen ansvarar för uppgifterna om dig. Så tar vi hand om dem: http://127.0.0.1:8000/personuppgifter/\n\n"
        "Vänliga hälsningar\nPlattformen"
    )
    assert "kom till styrelsen den 22 november 2026." in the("membership_received")
    assert row.motivation not in the("membership_confirm") + the("membership_received")  # typed by whoever


def test_the_board_is_told_whom_it_deals_with(strict):
    make.make_board_member(role="chair")
    accession = factories.make_accession("joined", public_email="styrelsen@odlarna.example")
    row = make.make_member(accession.organisation, state="applied", email="styrelsen@odlarna.example")
    assert "är en av dem som organisationen lämnade" in the("membership_to_decide")
    assert row.contact_email not in the("membership_to_decide")
    make.make_member(state="applied", email="nagon.annan@exempel.se")
    assert "är ingen av dem som organisationen lämnade" in the("membership_to_decide")
    assert "http://127.0.0.1:8000/plattformen/styrelserum/" in the("membership_to_decide")


def test_the_boards_decisions(strict):
    make.make_board_member(role="chair")
    make.make_member(make.make_organisation_joined("Odlarna"))
    accepted = the("membership_accepted")
    assert accepted.startswith("Välkomna till Plattformen, Odlarna!\n\nHej Kim Kontakt!")
    assert "har sagt ja till ansökan (Styrelsemöte, § 7)." in accepted and "[personlig länk]" in accepted
    make.make_member(make.make_organisation_joined("Sjungarna"), state="rejected")
    rejected = the("membership_rejected")
    assert "beslutet är nej (Styrelsemöte, § 7). Skälen är:\n\nNi är inte verksamma här.\n\n" in rejected
    assert "Beslutet är Plattformens eget och inte kommunens." in rejected
    make.make_member(make.make_organisation_joined("Brottarna"), state="excluded")
    excluded = the("membership_excluded")
    assert "utesluta Brottarna (Styrelsemöte, § 7). Skälen är:\n\nNi har brutit mot stadgarna.\n\n" in excluded
    assert "Er anslutning till Överenskommelsen påverkas inte." in excluded


def test_leaving(strict):
    make.make_board_member(role="chair")
    make.make_member(make.make_organisation_joined("Odlarna"), state="left")
    assert "Vi bekräftar att Odlarna har gått ur Plattformen den" in the("membership_left")
    assert "Den platsen upphör inte av sig själv." in the("membership_left_board")


def test_the_letters_about_decisions_can_be_read_before_they_are_made(strict):
    row = make.make_member(state="applied")
    for kind in ("membership_accepted", "membership_rejected", "membership_excluded"):
        _, body = letters.preview(row, kind, {"reason": "Skälet."})
        assert "¤" not in body and "()" not in body


@pytest.mark.parametrize("kind", [
    "confirm", "received", "to_decide", "accepted", "rejected", "excluded", "left", "left_board", "new_link",
])  # fmt: skip
def test_no_letter_is_signed_by_the_municipality(strict, kind):
    row = make.make_member(state="left")
    officer = make.make_board_member()
    subject, body = letters.preview(row, f"membership_{kind}", {"reason": "Skälet.", "officer": officer})
    assert subject and "¤" not in subject + body
    assert body.rpartition("\n\n")[2] in (
        "Vänliga hälsningar\nPlattformen",
        "Vänliga hälsningar\nPlattformens styrelse",
    )
    for url in (word for word in body.split() if word.startswith("http")):
        assert Client().get(urlsplit(url).path).status_code in (200, 302), url
