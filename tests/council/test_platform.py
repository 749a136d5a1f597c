"""Plattformen for everyone, and the way in: what the sources say, who is shown what, how a member comes and goes."""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import transaction
from django.template import engines
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from agreement.data.load import load_source_data
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.links import TOO_MANY
from council.data.load import load_bodies
from council.models import Membership, Minutes, Seat
from council.models.memberships import MEMBER_LINK
from council.views.platform import texts
from tests import factories
from tests.council.pages import read, send, signed_in
from tests.factories import council as make
from tests.tools.threads import same
from tests.tools.web import bare_refusals, get, shut, text
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

PAGE = "/plattformen/"
BOARD = "/plattformen/styrelsen/"
IN_2019 = f"{BOARD}?datum=2019-06-01"
APPLY = "/plattformen/bli-medlem/"
NEW_LINK = "/plattformen/ny-lank/"
OUTSIDER = "är inte ansluten till Överenskommelsen. Anslut organisationen först, och ansök sedan."
TAKEN = "är redan medlem, eller har redan ansökt."
STATES = ["begun", "applied", "member", "rejected", "withdrawn", "left", "excluded"]
BY = Actor("Testaren")


def load_sources() -> None:
    load_source_data()
    load_bodies()


@pytest.fixture(scope="module")
def told(module_rows):
    """The answers of a portal that holds what the sources say and nothing else, by address; each is asked for once."""
    days, client = ["2018-12-31", "2019-01-01", "2019-06-01", "2019-12-31", "2020-01-01"], Client()
    addresses = [PAGE, f"{PAGE}?sida=2", BOARD, *(f"{BOARD}?datum={day}" for day in days)]
    with transaction.atomic():
        load_sources()
        answers = {url: client.get(url) for url in addresses}
        with time_machine.travel(datetime(2031, 1, 1, tzinfo=timezone.get_current_timezone()), tick=False):
            answers["in 2031"] = client.get(IN_2019)
        transaction.set_rollback(True)
    return answers


def link(row: Membership, more: str = "") -> str:
    return f"/plattformen/medlem/{tokens.make(MEMBER_LINK, row.key)}/{more}"


def paper(title: str, audience: str = "members", owner: str = "platform") -> Document:
    facts = {"title": title, "category": "other", "owner": owner, "audience": audience}
    return Document.add(by=BY, upload=factories.upload(f"{title.lower()}.pdf"), **facts)


def typed(organisation, **facts) -> dict[str, object]:
    known = {"name": "Kim Kontakt", "email": "Kim@Exempel.se", "motivation": "Vi vill påverka."}
    return {"organisation": organisation and organisation.pk} | known | facts


@pytest.fixture
def strict(monkeypatch):
    """A variable that a letter's template does not know shows itself."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "¤%s¤")


def the(kind: str) -> str:
    letter = Letter.objects.filter(kind=kind).latest("pk")
    return f"{letter.subject}\n\n{letter.body}"


# What the sources say -----------------------------------------------------------------------------------------------
def test_the_page_says_what_plattformen_is_in_the_words_of_the_sources(told):
    html = text(told[PAGE])
    for part in ("about", "why", "strength"):
        for paragraph in texts()[part]["quote"]:
            assert f"<p>{paragraph}</p>" in html
    assert "Initiativtagare var Hela Människan Huddinge-Botkyrka-Salem och Verdandi i Botkyrka." in html
    assert "dels är den viktig för de mindre föreningarna som får en plattform att komma till tals på" in html
    assert "dels är den viktig för större organisationer med mer resurser" in html
    assert html.count("Källa: Plattformen för idéburna organisationer i Botkyrka: Om plattformen, odaterad.") == 3
    assert "Källa: Botkyrka kommun: Samverkan med idéburna organisationer, 5 mars 2020." in html
    assert "Plattformen är en egen förening och inte en del av kommunen." in html and "artikel 26" in html
    assert "Mats Wåhleman" in html and "Uppgiften gällde 5 mars 2020." in html


def test_where_a_source_slips_the_page_says_so_and_makes_up_no_members(told):
    html = text(told[PAGE])
    for said in (
        "som tecknades nationellt 2009.", "(SKR), Regeringen", "Ett mellanslag som saknades", "En punkt för mycket",
        "Enligt regeringens skrivelse 2008/09:207 och Ersta Sköndal var det hösten 2008.",
        "Vi känner inte till vilka som är medlemmar i dag.", "men inte Plattformens medlemmar",
    ):  # fmt: skip
        assert said in html
    assert "kommun.." not in html and "Teater Carpa" not in html


def test_the_history_has_the_dates_of_the_sources_and_no_others(told):
    history = text(told[PAGE]).partition('<ol class="timeline">')[2].partition("</ol>")[0]
    for said in (
        '<time datetime="2009">2009</time> <p><b>Nätverk</b></p>',
        "bildades 2009 för att omsätta och följa upp överenskommelsen.",
        '<time datetime="2020-03-05">Senast 5 mars 2020</time> <p><b>Förening</b></p>',
        "har nätverket nybildat föreningen nätverket Plattformen för idéburna organisationer.",
        "Vilken dag föreningen bildades står inte i källan.",
    ):
        assert said in history
    assert history.index("Före 2009") < history.index("April 2018") < history.index("Senast 5 mars 2020")


def test_an_empty_portal_has_the_pages_too(client):
    html = read(client, PAGE)
    assert "odaterad" not in html and 'id="kontakt"' in html  # where letters lead
    assert "Vi vet inte vilka som sitter i styrelsen" in read(client, BOARD)
    assert "Vi vet inte vilka som satt i styrelsen då" in read(client, f"{BOARD}?datum=2010-01-01")
    assert "Just nu finns det ingen ansluten organisation" in read(client, APPLY)


# The members --------------------------------------------------------------------------------------------------------
def test_members_of_today_are_listed_by_name_with_their_pages_joined_or_not(client):
    for name in ("Öbornas förening", "Ängsfolket", "Arkivvännerna"):
        make.make_member(make.make_organisation_joined(name))
    for state in STATES:
        make.end_accession(
            make.make_member(make.make_organisation_joined(f"Sällskapet {state}"), state=state).organisation
        )
    html = read(client, PAGE)
    assert "4 organisationer är medlemmar i Plattformen." in html
    assert html.index("Arkivvännerna") < html.index("Ängsfolket") < html.index("Öbornas förening")
    assert '<a href="/organisationer/arkivvannerna/">Arkivvännerna</a>' in html
    assert client.get("/organisationer/arkivvannerna/").status_code == 200
    assert [state for state in STATES if f"Sällskapet {state}" in html] == ["member"]


# The board ----------------------------------------------------------------------------------------------------------
def names(response) -> list[str]:
    return [seat.public_name for seat in response.context["seats"]]


def test_the_board_of_2019_has_nine_people_as_the_source_states_them(told):
    found, html = names(told[IN_2019]), text(told[IN_2019])
    assert found[0] == "Mats Wåhleman" and len(found) == 9  # which nine they are is told in test_seed
    for name, held in zip(found, told[IN_2019].context["seats"], strict=True):
        seat = html.partition(f">{name}<")[2].partition("</li>")[0]
        assert held.organisation_as_stated in seat, name
        role = "Ordförande" if name == "Mats Wåhleman" else "Ej angiven"
        assert f"Roll: {role} · Vald: ej angivet · Uppdrag: 2019 </p>" in seat
    assert "Källa: Botkyrka kommun: Samverkan med idéburna organisationer, 5 mars 2020." in html
    assert "31 december 2019" not in html
    # an organisation that is on no list is kept as it was stated, without a link
    assert '<p class="mb-0">Assyriens kulturcentrum</p>' in html
    assert '<a href="/organisationer/tullinge-tp-fotboll/">Tullinge TP fotboll</a>' in html
    assert "I källan: Hela människan Huddinge Botkyrka Salem" in html
    held = {"2018-12-31": 0, "2019-01-01": 9, "2019-12-31": 9, "2020-01-01": 0}
    assert {day: len(names(told[f"{BOARD}?datum={day}"])) for day in held} == held


def test_a_seat_is_shown_from_its_first_day_to_its_last_and_today_unless_a_day_is_asked_for(client):
    last = date(2099, 12, 31)
    make.make_board_seat(name="Eva Edge", first_day=date(2025, 4, 10), last_day=date(2026, 4, 9))
    make.make_board_seat(name="Nu Nilsson", role="chair", last_day=last)
    make.make_board_seat(name="Kort Period", last_day=timezone.localdate() + timedelta(days=3))
    make.make_board_seat(name="Ada Auditor", role="auditor")
    days = ["2025-04-09", "2025-04-10", "2026-04-09", "2026-04-10"]
    assert [names(client.get(BOARD, {"datum": day})) for day in days] == [[], ["Eva Edge"], ["Eva Edge"], []]
    response = client.get(BOARD)
    html = text(response)
    assert names(response) == ["Nu Nilsson", "Kort Period"]
    assert html.index("Nu Nilsson") < html.index("Revisorer och valberedning") < html.index("Ada Auditor")
    response = client.get(BOARD, {"datum": "2099-12-31"})
    assert names(response) == ["Nu Nilsson"] and "har inte varit än" in text(response)
    seat = Seat.objects.get(person__name="Nu Nilsson")
    Seat.objects.filter(pk=seat.pk).update(elected_on=date(2024, 12, 5))
    today = timezone.localdate()
    same(seat).end(by=BY, last_day=today, reason="Flyttade från kommunen")
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        html, day = read(client, f"{BOARD}?datum={today}"), date_format(today, "j F Y")
    assert f"Vald: 5 december 2024 · Upphörde: {day} · Varför: Flyttade från kommunen" in html


def test_terms_lead_to_the_board_of_their_time_and_names_fade_long_afterwards(told):
    html = text(told[BOARD])
    assert 'href="/plattformen/styrelsen/?datum=2019-01-01">2019</a>' in html and "Bara året är känt." in html
    html = text(told["in 2031"])
    assert "Aziz Poli" not in html and "Assyriens kulturcentrum" in html and "Namnet visas inte längre" in html


# Meetings -----------------------------------------------------------------------------------------------------------
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


def test_a_meeting_that_is_only_announced_has_no_agenda_yet_and_a_cancelled_one_says_so(client):
    bodies = make.make_bodies()
    announced = make.make_meeting(bodies["annual_meeting"], audience="public", announced=True)
    html = read(client, announced.get_absolute_url())
    assert "Dagordningen kommer när kallelsen har gått ut." in html and "Läget" not in html and "Planerat" in html
    meeting = make.make_meeting(bodies["member_meeting"], state="cancelled", title="Stormöte", audience="public")
    html = read(client, meeting.get_absolute_url())
    assert "Mötet är inställt." in html and "Lokalen brann" not in html
    assert "Stormöte" not in read(client, PAGE)
    silent = make.make_meeting(bodies["annual_meeting"], days=30, audience="public")
    assert signed_in(make.make_board_member()).get(silent.get_absolute_url()).status_code == 404


def test_public_minutes_are_taken_without_a_trace_and_may_be_kept(client):
    """Who sees which meeting, paper and minutes is told in tests/world.py."""
    meeting = make.make_meeting(make.make_bodies()["board"], state="signed_off")
    meeting.publish(by=BY, audience="public", privacy_reviewed=True)
    meeting.minutes.correct(by=BY, text="I § 2 ska det stå Alby.", privacy_reviewed=True)
    html = read(client, meeting.get_absolute_url())
    assert html.index("I § 2 ska det stå Alby.") < html.index("Vi talade om läget")
    url = f"{meeting.get_absolute_url()}protokoll.pdf"
    response = get(client, url)
    assert response.status_code == 200 and "public" in response["Cache-Control"]
    assert get(client, url, headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert not Event.objects.filter(verb="download") and not response.cookies
    assert client.get(f"{url}?fil=1").status_code == 404  # these were not uploaded


# Minutes ------------------------------------------------------------------------------------------------------------
def test_who_took_minutes_that_are_not_public_is_in_the_associations_log(client):
    """Minutes that were uploaded are given as they are."""
    meeting = make.make_meeting(make.make_bodies()["board"], state="held")
    minutes = Minutes.of(meeting)
    minutes.attach(by=BY, upload=factories.upload("protokoll i original.pdf"))
    minutes.draw_up(by=BY)
    make.sign_off(meeting)
    meeting.publish(by=BY, audience="board", privacy_reviewed=True)
    member = make.make_board_member()
    board, page = signed_in(member), meeting.get_absolute_url()
    address, original = f"{page}protokoll.pdf", f"{page}protokoll.pdf?fil=1"
    shut(board.head(address))
    assert not Event.objects.filter(verb="download")
    response = get(board, address)
    assert response["Content-Type"] == "application/pdf" and response["Cache-Control"] == "private, no-store"
    event = Event.objects.get(verb="download")
    assert (event.room, event.actor_email) == ("platform", member.email)
    assert original in read(board, page) and "no-store" in board.get(page)["Cache-Control"]
    response = get(board, original)
    assert response.body == factories.pdf_bytes() and response["Content-Disposition"].startswith("attachment")
    assert client.get(original).status_code == 404


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
    response = client.get(APPLY)
    html = text(response)
    assert html.index("Först ansluter ni er till Överenskommelsen") < html.index("Därefter ansöker ni om medlemskap")
    assert texts()["join"]["quote"][0] in html and "inte kommunen" in html
    for words in (") ansvarar för uppgifterna", "Plattformens berättigade intresse", "30 dagar", "/personuppgifter/"):
        assert words in html  # what the law asks to be told
    board = Seat.objects.get().organisation.name
    assert {name for _, name in response.context["form"].offered} == {may.name, "Har gått ur", board}
    assert "csrftoken" in response.cookies


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
    assert same(row).state == "begun"  # looking is not confirming
    assert client.post(link(row), follow=True).status_code == 200
    assert same(row).state == "applied"
    kinds = set(Letter.objects.values_list("kind", "to"))
    assert {("membership_received", "kim@exempel.se"), ("membership_to_decide", board.email)} < kinds
    assert set(Letter.objects.values_list("room", flat=True)) == {"platform"}
    assert "när styrelsen har bestämt" in read(client, link(row))


def test_who_has_not_joined_or_types_wrongly_is_refused_with_the_sentence(client):
    begun = make.make_member(make.make_organisation_joined("Utträdda vänner"), state="begun")
    make.end_accession(begun.organisation)
    unknown = factories.make_accession("submitted", name="Ännu hemliga föreningen").organisation
    known = typed(make.make_organisation_joined())
    Letter.objects.all().delete()
    for url, form, sentence in (
        (APPLY, typed(begun.organisation), f"Utträdda vänner {OUTSIDER}"),
        (APPLY, typed(unknown), "Organisationen finns inte bland dem som är anslutna."),
        (link(begun), {}, OUTSIDER),  # who left the agreement before confirming
        (APPLY, known | {"organisation": ""}, "Välj organisation i listan."),
        (APPLY, known | {"organisation": "x' OR 1=1"}, "Organisationen finns inte"),
        (APPLY, known | {"email": "inte en adress"}, "e-post"),
        (APPLY, known | {"name": "Köp på https://reklam.example"}, "Skriv utan webbadresser här."),
        (APPLY, known | {"motivation": "x" * 2001}, "2"),
    ):
        html = send(client, url, 422, **form)
        assert sentence in html and "<title>Fel: " in html, (url, sentence)
        assert not [form[name] for name in ("name", "motivation", "email") if form.get(name, "") not in html], sentence
        assert "Ännu hemliga" not in html  # what the public does not know of is not told
    assert same(begun).state == "begun" and Membership.objects.count() == 1 and not Letter.objects.exists()


def test_nobody_applies_twice_and_of_two_begun_the_first_confirmed_is_the_one(client):
    for row in [make.make_member(state=state) for state in ("applied", "member")]:
        assert f"{row.organisation} {TAKEN}" in send(client, APPLY, 422, **typed(row.organisation)), row.state
    assert Membership.objects.count() == 2
    Letter.objects.all().delete()
    first = make.make_member(state="begun")
    second = make.make_member(first.organisation, state="begun")
    send(client, link(first))
    assert TAKEN in send(client, link(second), 422)
    send(client, link(first))  # pressed twice: nothing more happens
    assert Letter.objects.filter(kind="membership_received").count() == 1


def test_robots_are_dropped_politely_and_too_many_tries_are_stopped(client):
    row, facts = make.make_member(state="begun"), typed(make.make_organisation_joined())
    Letter.objects.all().delete()
    send(client, APPLY, 200, **facts, hemsida="https://reklam.example")
    send(client, NEW_LINK, 200, email=row.contact_email, hemsida="x")
    assert Membership.objects.get() == row and not Letter.objects.exists()
    for url in (APPLY, NEW_LINK):
        assert [client.post(url, facts).status_code for _ in range(7)] == [200] * 6 + [429], url
        assert TOO_MANY in text(client.post(url, facts)), url


# The organisation's own page ----------------------------------------------------------------------------------------
def test_withdrawing_and_leaving_ask_first_and_only_when_they_may(client):
    """Looking changes nothing, whatever the state."""
    verbs = {"aterkalla/": {"begun": "withdrawn", "applied": "withdrawn"}, "uttrade/": {"member": "left"}}
    for state in STATES:
        row = make.make_member(state=state)
        with heard() as written:
            page = read(client, link(row))
            asked = {verb: client.get(link(row, verb)).status_code for verb in verbs}
        assert not written and (state not in ("rejected", "excluded") or row.reason in page), state
        for verb, to in sorted(verbs.items(), key=lambda item: state in item[1]):  # what is refused comes first
            answer = client.post(link(row, verb))
            found = asked[verb], answer.status_code, same(row).state, "Det går inte att" in text(answer)
            assert found == ((200, 302, to[state], False) if state in to else (302, 422, state, True)), (state, verb)


def test_leaving_is_told_to_both_and_the_agreement_still_holds(client, strict):
    board, row = make.make_board_member(role="secretary"), make.make_member()
    send(client, link(row, "uttrade/"))
    row = same(row)
    assert row.ended_on == timezone.localdate() and row.is_joined
    assert Letter.objects.get(kind="membership_left").to == row.contact_email
    assert Letter.objects.get(kind="membership_left_board", to=board.email)
    assert f"Vi bekräftar att {row.organisation} har gått ur Plattformen den" in the("membership_left")
    assert "Den platsen upphör inte av sig själv." in the("membership_left_board")
    assert row.organisation.name not in read(client, PAGE)


def test_members_read_what_is_meant_for_them_and_it_is_logged(client):
    bodies = make.make_bodies()
    boards = make.make_meeting(bodies["board"], state="published", title="Styrelsens eget")
    called = make.make_meeting(bodies["member_meeting"], state="called", title="Vårmötet")
    held = make.make_meeting(bodies["member_meeting"], state="published")
    row, own, secret = Membership.objects.active().first(), paper("Till medlemmar"), paper("Till styrelsen", "board")
    document, minutes = f"dokument/{own.pk}/", f"moten/{held.pk}/protokoll.pdf"
    html = read(client, link(row))
    assert link(row, f"moten/{called.pk}/") in html and link(row, f"moten/{held.pk}/") in html
    assert "Till medlemmar (pdf," in html.replace("<span>", "")
    assert ">Läget</h3>" in read(client, link(row, f"moten/{called.pk}/"))
    html = read(client, link(row, f"moten/{held.pk}/"))
    assert "Vi talade om läget" in html and "Den här sidan visas inte för alla." in html
    assert link(row, minutes) in html and "/plattformen/moten/" not in html
    for more in (document, minutes):
        response = get(client, link(row, more))
        assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    taken = Event.objects.filter(verb="download").values_list("actor_email", "room")
    assert list(taken) == [(row.contact_email, "platform")] * 2
    for more in (f"dokument/{secret.pk}/", f"moten/{boards.pk}/", f"moten/{boards.pk}/protokoll.pdf"):
        assert client.get(link(row, more)).status_code == 404
    for more in ("", "protokoll.pdf"):
        assert client.post(link(row, f"moten/{held.pk}/{more}")).status_code == 405
    for state in ("withdrawn", "begun"):  # the others are told of in tests/world.py
        with bare_refusals():
            assert client.get(link(make.make_member(state=state), document)).status_code == 404, state


def test_of_an_application_that_nobody_confirmed_nothing_is_left():
    """Whoever typed the address has not shown that it is theirs: neither name, address nor letter is kept."""
    membership = make.make_member(state="begun")
    membership.dispose()
    assert not Membership.objects.exists() and not Letter.objects.filter(to=membership.contact_email).exists()
    events = Event.objects.filter(subject__startswith="council.membership:").values_list("verb", "actor")
    assert list(events) == [("dispose", "Systemet")]


# The link again -----------------------------------------------------------------------------------------------------
def test_a_lost_link_is_sent_again_without_a_word_on_who_is_known(client):
    row = make.make_member(state="applied", email="kand@exempel.se")
    over = [make.make_member(state=state) for state in ("rejected", "withdrawn", "left", "excluded")]
    Letter.objects.all().delete()
    known = send(client, NEW_LINK, 200, email="KAND@exempel.se")
    for email in ("okand@exempel.se", *(row.contact_email for row in over)):
        assert known.replace("kand@exempel.se", "") == send(client, NEW_LINK, 200, email=email).replace(email, "")
    assert list(Letter.objects.values_list("kind", "to")) == [("membership_new_link", "kand@exempel.se")]
    assert link(row) in letters.full_body(Letter.objects.get())


# Letters ------------------------------------------------------------------------------------------------------------
KINDS = ["confirm", "received", "to_decide", "accepted", "rejected", "excluded", "left", "left_board", "new_link"]


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


def test_the_board_is_told_whom_it_deals_with_and_tells_what_it_decides(strict):
    make.make_board_member(role="chair")
    accession = factories.make_accession("joined", public_email="styrelsen@odlarna.example")
    row = make.make_member(accession.organisation, state="applied", email="styrelsen@odlarna.example")
    assert "är en av dem som organisationen lämnade" in the("membership_to_decide")
    assert row.contact_email not in the("membership_to_decide")
    make.make_member(make.make_organisation_joined("Odlarna"))
    assert "är ingen av dem som organisationen lämnade" in the("membership_to_decide")
    assert "http://127.0.0.1:8000/plattformen/styrelserum/" in the("membership_to_decide")
    for name, state in (("Sjungarna", "rejected"), ("Brottarna", "excluded")):
        make.make_member(make.make_organisation_joined(name), state=state)
    Letter.objects.filter(kind="membership_accepted", body__contains="Brottarna").delete()
    for kind, sentences in {
        "accepted": [
            "Välkomna till Plattformen, Odlarna!\n\nHej Kim Kontakt!",
            "har sagt ja till ansökan (Styrelsemöte, § 7).", "[personlig länk]",
        ],
        "rejected": [
            "beslutet är nej (Styrelsemöte, § 7). Skälen är:\n\nNi är inte verksamma här.\n\n",
            "Be styrelsen ompröva det.", "Beslutet är Plattformens eget och inte kommunens.",
        ],
        "excluded": [
            "utesluta Brottarna (Styrelsemöte, § 7). Skälen är:\n\nNi har brutit mot stadgarna.\n\n",
            "Er anslutning till Överenskommelsen påverkas inte.",
        ],
    }.items():  # fmt: skip
        whole = the(f"membership_{kind}")
        assert not [sentence for sentence in sentences if sentence not in whole], whole


def test_no_letter_is_signed_by_the_municipality(strict):
    row, officer = make.make_member(state="left"), make.make_board_member()
    ends = [f"Vänliga hälsningar\n{who}" for who in ("Plattformen", "Plattformens styrelse")]
    addresses = set()
    for kind in KINDS:
        subject, body = letters.preview(row, f"membership_{kind}", {"reason": "Skälet.", "officer": officer})
        assert subject and "¤" not in subject + body, kind
        assert body.rpartition("\n\n")[2] in ends, kind
        addresses |= {word for word in body.split() if word.startswith("http")}
    row = make.make_member(state="applied")  # what the board reads before it has decided
    for kind in ("membership_accepted", "membership_rejected", "membership_excluded"):
        _, body = letters.preview(row, kind, {"reason": "Skälet."})
        assert "¤" not in body and "()" not in body, kind
    for url in addresses:
        assert Client().get(urlsplit(url).path).status_code in (200, 302), url
