"""The council's pages and every calendar: who sees what, on which day, and that nothing unpublished leaks."""

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.lib import tokens
from council import conference_urls, council_urls, platform_urls
from council.models import Body, Conference, Registration, Seat
from council.urls import urlpatterns as council_addresses
from organisations.models import Source
from tests import factories
from tests.council.pages import signed_in, words
from tests.factories import council
from tests.tools.web import bare_refusals, shut
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
SENTENCE = "Rådet har ingen egen beslutanderätt enligt kommunallagen."
TASKS = [
    "Främja information och samarbete mellan kommunen och civilsamhällets aktörer",
    "Följa den långsiktiga strategiska utvecklingen samt bevaka aktuella frågor i Botkyrka och omvärlden inom området",
    "Följa upp fullföljandet av den lokala överenskommelsen",
]


def get(url, client=None, status=200):
    response = (client or Client()).get(url)
    assert response.status_code == status, (url, response.status_code)
    if response.streaming:
        shut(response)
    return response


def page(path="/radet/", client=None, status=200) -> str:
    return words(get(path, client, status))


@pytest.fixture
def radet() -> Body:
    return council.make_bodies()["council"]


def test_what_the_council_is(radet):
    radet.tasks = "\n".join(TASKS)
    radet.note = "Kommunen skriver civilsamhällesfrågor, Plattformen civilsamhällsfrågor."
    radet.save()
    shown = page()
    for sentence in (*TASKS, SENTENCE, "nämndberedning", "Rådet ska mötas 4–5 gånger per år."):
        assert sentence in shown
    assert radet.note in shown and "Plattformen ” väljer representanter" in shown
    assert "Plattformen nominerar från sig de fem platserna" in shown


def test_the_fixed_sentence_stands_once_whatever_is_written(radet):
    for legal_nature in ("", "Nämndberedning.", SENTENCE, f"En nämndberedning. {SENTENCE}"):
        Body.objects.filter(pk=radet.pk).update(legal_nature=legal_nature)
        for path in ("/radet/", "/radet/moten/"):
            shown = page(path)
            assert shown.count(SENTENCE) == shown.lower().count("nämndberedning") == 1, (legal_nature, path)


def test_the_sources_contradict_each_other_and_both_are_shown(radet):
    radet.compositions.all().delete()
    s0 = Source.objects.create(key="S0", title="Kommunens sida", as_of=date(2020, 3, 5))
    s3 = Source.objects.create(key="S3", title="Plattformens sida")
    radet.compositions.create(
        seats_politics=3, seats_civil=4, first_day=date(2018, 6, 1), source=s0, as_stated="tre och fyra"
    )
    radet.compositions.create(
        seats_politics=5, seats_civil=5, known_by=date(2020, 3, 5), source=s3, since_text="Senast i mars 2020"
    )
    shown = page()
    assert "Källorna säger olika" in shown
    assert re.search(r"Från 1 juni 2018 3 \+ 4 .*”tre och fyra” Källa: Kommunens sida, 5 mars 2020", shown)
    assert re.search(r"Senast i mars 2020 5 \+ 5 .*Källa: Plattformens sida, odaterad", shown)
    radet.compositions.first().delete()
    assert "Källorna säger olika" not in page()


def test_seats_by_side_with_substitutes_and_vacancies(radet):
    council.make_council_seat("politics", role="chair", name="Per Politiker", party="Grusvägspartiet")
    civil = council.make_council_seat("civil", name="Siv Samhälle")
    council.make_council_seat("civil", role="substitute", name="Eva Ersättare")
    politics, _, rest = page().partition("Civilsamhället Siv")
    assert "Per Politiker , ordförande Grusvägspartiet" in politics
    assert politics.count("Vakant") == rest.count("Vakant") == 4
    assert civil.organisation.name in rest and "Ersättare Eva Ersättare" in rest


def test_what_nobody_holds_is_vacant(radet):
    def vacant():
        shown = page()
        assert ("nämner ingen av Rådets ledamöter" in shown) is not Seat.objects.exists()
        return shown.count("Vakant")

    assert vacant() == 0
    substitute = council.make_council_seat("civil", role="substitute")
    assert vacant() == 10
    substitute.delete()
    seats = []
    for side, expected in zip(["politics"] * 5 + ["civil"] * 5, range(9, -1, -1), strict=True):
        seats.append(council.make_council_seat(side))
        if expected in (9, 5, 0):
            assert vacant() == expected
    for seat in seats[:5]:
        seat.delete()
    radet.compositions.update(seats_civil=3)
    assert vacant() == 5  # more than the composition is no negative vacancy: politics only
    Seat.objects.all().delete()
    radet.compositions.create(seats_politics=3, seats_civil=4, first_day=date(2016, 1, 1))
    council.make_council_seat("civil", first_day=date(2016, 1, 1))
    for day, count in {"2017-01-01": 3 + 3, "2019-01-01": 5 + 2}.items():  # the composition follows the day
        assert page(f"/radet/?datum={day}").count("Vakant") == count, day


def test_a_seat_is_held_from_its_first_day_to_its_last(radet, settings):
    """In Botkyrka: 23.59 in Stockholm it is the next day in a minute, though it is still the same day in UTC."""
    facts = {"name": "Siv Samhälle", "first_day": date(2021, 3, 2), "last_day": date(2022, 3, 1)}
    seat = council.make_council_seat("civil", **facts)
    for day, there in {"2021-03-01": False, "2021-03-02": True, "2022-03-01": True, "2022-03-02": False}.items():
        shown = page(f"/radet/?datum={day}")
        assert ("Siv Samhälle" in shown) is there, day
        assert ("Vi känner inte till någon ledamot den dagen" in shown) is not there, day
    for second, there in ((0, True), (60, False)):
        with time_machine.travel(datetime(2022, 3, 1, 22, 59, tzinfo=UTC) + timedelta(seconds=second), tick=False):
            assert ("Siv Samhälle" in page()) is there
    with time_machine.travel(datetime(2022, 3, 3) + timedelta(days=366 * settings.SEAT_NAME_YEARS), tick=False):
        shown = page("/radet/?datum=2022-03-01")  # long afterwards the name is gone
    assert "Siv Samhälle" not in shown and "Namnet visas inte längre" in shown and seat.organisation.name in shown


def test_a_date_that_is_none(radet):
    for asked in ("igår", "2020-13-40", "<b>x</b>", "2020-02-30", "<script>", "2026", "99999-01-01"):
        for path in ("/radet/", "/plattformen/styrelsen/"):
            response = Client().get(path, {"datum": asked})
            html = response.content.decode().replace('<script src="/static/', "")
            assert response.status_code == 400 and "Vi förstår inte datumet" in html and "<title>Fel: " in html, asked
            assert "<b>x" not in html and "<script>" not in html, asked


FORMS = {"membership_apply", "membership_new_link"}


def test_what_is_only_read_answers_get_and_head_and_nothing_else(db):
    """Every address that is complete; those with a form take a post, and without a council it has no pages."""
    client, parts = Client(), (council_urls, platform_urls, conference_urls)
    names = {url.name for part in parts for url in part.urlpatterns if "<" not in str(url.pattern)} - FORMS
    found = {name: reverse(f"council:{name}") for name in names if "styrelserum" not in reverse(f"council:{name}")}
    assert len(found) > 5
    assert {client.get(address).status_code for address in found.values()} == {200, 404}
    council.make_bodies()
    for address in found.values():
        assert client.get(address).status_code == client.head(address).status_code == 200, address
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(address).status_code == 405, (address, method)


def test_tentative_called_cancelled_and_minutes_are_told_apart(radet):
    council.make_meeting(days=40, announced=True, title="Bara planerat")
    council.make_meeting(days=30, state="called", title="Kallat möte")
    cancelled = council.make_meeting(days=35, state="cancelled", title="Blev inte av")
    council.make_meeting(state="published", title="Har protokoll")
    shown = page("/radet/moten/")
    coming, _, past = shown.partition("Tidigare möten")
    assert re.search(r"Bara planerat kl\. 17\.00–19\.00, Fittja · preliminärt", coming)
    assert re.search(r"Kallat möte kl\. 17\.00–19\.00, Fittja (?!· preliminärt)", coming)
    assert re.search(r"Blev inte av Inställt", coming)
    assert re.search(r"Har protokoll Protokoll finns", past)
    order = [coming.index(title) for title in ("Kallat möte", "Blev inte av", "Bara planerat")]
    assert order == sorted(order)
    for path in ("/radet/", "/radet/moten/"):
        assert "beslut" not in page(path).replace(SENTENCE, "").lower(), "no decision is offered"
    with time_machine.travel(cancelled.ends_at + timedelta(days=1), tick=False):
        _, _, past = page("/radet/moten/").partition("Tidigare möten")
    assert re.search(r"Blev inte av Inställt", past)


def test_the_list_goes_year_by_year_and_counts_the_meetings(radet):
    for year in (2023, 2024, 2025):
        with time_machine.travel(datetime(year, 5, 20, 12), tick=False):
            council.make_meeting(state="published", title=f"Våren {year}")
    with time_machine.travel(datetime(2025, 8, 1, 12), tick=False):
        council.make_meeting(state="called", days=30)
        council.make_meeting(days=90)  # not announced
        shown = page("/radet/moten/")
        assert "Våren 2025" in shown and "Våren 2024" not in shown and "2023" in shown  # the way there
        assert "Våren 2023" in page("/radet/moten/?ar=2023")
        for wrong in ("1999", "x", "2023%20", "-1", "²"):
            get(f"/radet/moten/?ar={wrong}", status=404)
        shown = page()
    assert "2025 : 1 hållet, 1 planerat" in shown and "2024 : 1 hållet" in shown


def test_a_new_day_shows_in_the_address_when_it_is_told(radet):
    """What is not sent is shown nowhere: see tests/world.py."""
    meeting = council.make_meeting(state="called", days=20)
    was = meeting.get_absolute_url()
    meeting.starts_at, meeting.ends_at = (at + timedelta(days=3) for at in (meeting.starts_at, meeting.ends_at))
    meeting.change(by=BY)
    assert str(meeting.day) not in get(was).content.decode()
    meeting.call_again(by=BY)
    assert str(meeting.day) in meeting.get_absolute_url() and Client().get(was).url == meeting.get_absolute_url()
    get(meeting.get_absolute_url())
    assert meeting.get_absolute_url() in get("/radet/moten/").content.decode()


def test_that_there_are_minutes_is_told_when_they_are_published(radet):
    """That the meeting was held is no secret; that there are minutes is. What they say is in tests/world.py."""
    meetings = [council.make_meeting(state=state) for state in ("drawn_up", "published", "signed_off")]
    meetings[1].unpublish(by=BY, reason="Ett namn ska bort.")
    meetings[2].publish(by=BY, audience=Audience.STAFF, privacy_reviewed=True)
    for path in ["/radet/", "/radet/moten/", *(meeting.get_absolute_url() for meeting in meetings)]:
        shown = get(path).content.decode()
        assert "Protokoll finns" not in shown and "protokoll.pdf" not in shown, path
    for meeting in meetings:
        get(f"{meeting.get_absolute_url()}protokoll.pdf", status=404)
    assert page("/radet/moten/", signed_in(factories.make_user("registrator"))).count("Protokoll finns") == 1
    meetings[2].unpublish(by=BY, reason="Alla får läsa.")
    meetings[2].publish(by=BY, audience=Audience.PUBLIC, privacy_reviewed=True)
    assert "Protokoll finns" in page() and "Protokoll finns" in page("/radet/moten/")
    assert get(f"{meetings[2].get_absolute_url()}protokoll.pdf")["Content-Type"] == "application/pdf"


def test_a_meeting_has_one_address_and_part_of_a_day_is_none(radet):
    board = council.make_meeting(council.make_bodies()["board"], state="called", days=30, audience=Audience.PUBLIC)
    meeting = council.make_meeting(state="called")
    for slug in (board.slug, meeting.slug[:1], meeting.slug[:4], meeting.slug[:7]):
        get(f"/radet/moten/{slug}/", status=404)
    for body in ("radet", "styrelsen"):
        get(f"/plattformen/moten/{body}/{meeting.slug}/", status=404)


def events(response) -> dict[str, icalendar.Event]:
    found = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    return {str(event["UID"]): event for event in found}


def only_event(response) -> icalendar.Event:
    (event,) = events(response).values()
    return event


def board_url(seat: Seat) -> str:
    name = "council:board_calendar"
    return reverse(name, args=[tokens.make(name, seat.calendar_key)])


def make_conference(*, state: str = "registration_open", days: int = 60, **fields: object) -> Conference:
    start, today = timezone.now() + timedelta(days=days), timezone.localdate()
    facts = {"theme": "Samarbete", "place": "Subtopia", "capacity": 100, "year": start.year}
    facts |= {"starts_at": start, "ends_at": start + timedelta(hours=6)}
    conference = Conference.plan(by=BY, opens_on=today, closes_on=today + timedelta(days=30), **facts | fields)
    if state != "planned":
        conference.open_registration(by=BY)
    return conference


def test_an_entry_grows_with_each_notice_and_when_it_is_called_off(radet):
    meeting = council.make_meeting(days=30, announced=True, title="Om lokaler")

    def entry():
        return only_event(get("/kalender/radet.ics"))

    seen = [entry()]
    meeting.place = "Alby"
    meeting.change(by=BY)
    seen.append(entry())
    meeting.call(by=BY)
    seen.append(entry())
    meeting.starts_at += timedelta(hours=1)
    meeting.change(by=BY)
    assert entry()["DTSTART"] == seen[-1]["DTSTART"]
    meeting.call_again(by=BY)
    seen.append(entry())
    meeting.cancel(by=BY, reason="Lokalen brann.")
    seen.append(entry())
    assert len({str(event["UID"]) for event in seen}) == 1
    sequences = [int(event["SEQUENCE"]) for event in seen]
    assert sequences == sorted(set(sequences))
    assert [str(event["STATUS"]) for event in seen] == ["TENTATIVE", "TENTATIVE"] + ["CONFIRMED"] * 2 + ["CANCELLED"]
    assert str(seen[1]["LOCATION"]) == "Alby"
    assert seen[3]["DTSTART"].dt - seen[2]["DTSTART"].dt == timedelta(hours=1)
    assert str(seen[-1]["SUMMARY"]).startswith("Inställt: ")
    with time_machine.travel(meeting.ends_at + timedelta(days=300), tick=False):
        assert str(entry()["STATUS"]) == "CANCELLED"


def test_a_calendar_is_asked_for_without_cookies_and_answered_with_304(radet):
    paths = ("/kalender/radet.ics", "/kalender/plattformen.ics")
    for path in paths:
        assert events(get(path)) == {}  # an empty calendar is a calendar
    for path in ("/radet/", "/radet/moten/"):
        head = get(path).content.decode().partition("</head>")[0]
        assert re.search(r'<link rel="alternate" type="text/calendar"[^>]+href="/kalender/radet.ics"', head)
    meeting = council.make_meeting(state="called")
    own = get(reverse("council:meeting_calendar", args=[meeting.slug]))
    assert str(only_event(own)["UID"]).startswith(str(meeting.uid))
    assert f"{meeting.slug}.ics" in own["Content-Disposition"]
    for path in paths:
        first = get(path)
        assert not first.cookies and "Cookie" not in first.get("Vary", "")
        assert Client(headers={"If-None-Match": first["ETag"]}).get(path).status_code == 304


def test_the_open_calendars_hold_what_is_public_whoever_asks(radet):
    bodies = council.make_bodies()
    public = council.make_meeting(bodies["annual_meeting"], state="called", audience=Audience.PUBLIC)
    council.make_meeting(bodies["board"], state="called", days=25)
    council.make_meeting(radet, state="called", audience=Audience.STAFF)
    member = council.make_board_member()
    for client in (Client(), signed_in(member), signed_in(factories.make_user("sekreterare"))):
        assert [uid.partition("@")[0] for uid in events(get("/kalender/plattformen.ics", client))] == [str(public.uid)]
        assert events(get("/kalender/radet.ics", client)) == {}


def test_a_board_member_has_a_calendar_of_all_that_the_board_sees_and_no_more(radet):
    """Even if the member is staff too."""
    bodies, officer = council.make_bodies(), factories.make_user("sekreterare")
    seat = council.make_board_seat(officer)
    council.make_meeting(radet, state="called", days=40, audience=Audience.STAFF)
    assert events(get(board_url(seat))) == {}
    seen = [
        council.make_meeting(bodies["board"], state="called"),
        council.make_meeting(bodies["board"], days=50, announced=True),
        council.make_meeting(bodies["member_meeting"], state="called"),
        council.make_meeting(radet, state="called"),
    ]
    conference = make_conference(state="planned")
    found = events(get(board_url(seat)))
    assert len(found) == len(seen) + 1
    assert {str(m.uid) for m in seen} < {uid.partition("@")[0] for uid in found}
    (planned,) = [e for uid, e in found.items() if uid.startswith("dialogkonferens")]
    assert str(planned["STATUS"]) == "TENTATIVE"
    assert str(planned["URL"]).endswith(f"/plattformen/styrelserum/dialogkonferens/{conference.year}/")


def test_the_boards_calendar_closes_with_the_seat_and_with_another_address():
    member = council.make_board_member(last_day=timezone.localdate() + timedelta(days=10))
    seat, noon = Seat.objects.get(), timezone.localtime().replace(hour=12)
    old = board_url(seat)
    # By the clock on the wall, since summer time may end in between.
    for days, status in {-31: 404, 0: 200, 10: 200, 11: 404}.items():
        with time_machine.travel(noon + timedelta(days=days), tick=False):
            get(old, status=status)
    seat.renew_calendar(by=BY)
    get(board_url(seat))
    for address in (old, board_url(council.make_council_seat("civil"))):
        get(address, status=404)
    User.objects.filter(pk=member.pk).update(is_active=False)
    get(board_url(seat), status=404)


def test_a_link_for_something_else_opens_nothing(monkeypatch):
    """Every address with a personal link that the resolver has, with the key of each row that has one."""
    monkeypatch.setattr("botkyrka_civil.lib.links.WRONG_LINKS_PER_HOUR", 10_000)
    signed = council.make_meeting(state="drawn_up").minutes.current_round.signatures.first()
    Registration.ask(make_conference(), name="Gäst", email="gast@exempel.se", organisation="", needs="")
    member, called = council.make_member(state="begun"), signed.round.minutes.meeting.participants.first()
    keys = [row.key for row in (signed, member, called, Registration.objects.get())]
    keys.append(council.make_board_seat().calendar_key)
    wrong = ["finns.inte", keys[-1], *(tokens.make("agreement:sign", key) for key in keys)]
    routes = [str(pattern.pattern) for pattern in council_addresses if "<str:token>" in str(pattern.pattern)]
    assert len(routes) > 15
    with heard() as written, bare_refusals():
        for route, token in ((route, token) for route in routes for token in wrong):
            address = "/" + re.sub(r"<int:\w+>", "1", route.replace("<str:token>", token))
            assert Client().get(address).status_code == 404, address
            assert Client().post(address, {"reason": "x"}).status_code in (404, 405), address
    assert not {table for table in written if table.startswith(("council", "casework"))}


def test_the_conference_is_in_the_calendar_once_it_is_published():
    conference = make_conference(state="planned")
    own = reverse("council:conference_calendar", args=[conference.year])
    assert events(get("/kalender/plattformen.ics")) == {}
    get(own, status=404)
    assert len(events(get(own, signed_in(council.make_board_member())))) == 1
    conference.open_registration(by=BY)
    opened = only_event(get("/kalender/plattformen.ics"))
    assert str(opened["STATUS"]) == "CONFIRMED"
    assert opened == only_event(get(own))
    conference.change(by=BY, place="Alby")
    changed = only_event(get(own))
    conference.cancel(by=BY, reason="Lokalen brann.")
    gone = only_event(get("/kalender/plattformen.ics"))
    assert int(opened["SEQUENCE"]) < int(changed["SEQUENCE"]) < int(gone["SEQUENCE"])
    assert str(gone["STATUS"]) == "CANCELLED"
    assert opened["UID"] == changed["UID"] == gone["UID"]
    get("/dialogkonferens/2009/kalender.ics", status=404)
