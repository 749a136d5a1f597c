"""The data sets: what goes out comes back, nothing but what the pages show, the same for everybody, and never stale."""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from agreement.models import Accession, ActionItem, ActionPlan, Principle
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import outlets, tokens
from botkyrka_civil.open_data.dataset import Column, Dataset, at, cell
from botkyrka_civil.open_data.datasets import DATASETS, SOURCES, TOLD
from council.models import Body, Meeting, Membership, Seat
from council.views.calendar import BOARD_CALENDAR
from iop.models.states import RUNNING
from iop.results import STANDINGS
from organisations.models import LegalForm, Organisation, Person, Source
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.factories.plan import make_plan
from tests.tools.outlets import CALENDARS, FEEDS, FILES, OUTLETS, PAGE, fetch
from tests.tools.web import shut

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
# Hostile to a file, a spreadsheet, or a program. What a form would clean is in the database from somewhere else.
HOSTILE = [
    'Å ä ö "citat"; och, komma',
    "Två\nrader\r\noch\rtre",
    "=cmd|'/c calc'!A1",
    "+46 8 123",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "'=redan",
    "''=två",
    "'vanlig",
    "👩🏽‍🌾 väl\u2028mött\u0085",
    "</script><b>&amp;",
    "\\u0041\\n",
]


def read_csv(data):
    text = data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def uncell(text):
    """As the page tells a reader to do it."""
    return text[1:] if re.match(r"'+(\s*[=+\-@]|[\t\r\n])", text) else text


def as_text(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def rows_of(name):
    return json.loads(fetch(f"{PAGE}{name}.json")[1])["rows"]


FROZEN = {
    "organisationer": "id namn organisationsnummer juridisk_form omrade webbplats epost version status anslot_sig "
    "kand_fran upphorde url",
    "medlemmar": "id namn",
    "principer": "version gallande nummer id rubrik text lattlast url",
    "handlingsplan": "id period nummer punkt beskrivning princip ansvarig klar_senast lage varfor_struken url",
    "sammansattningar": "organ organ_namn platser_politik platser_civilsamhalle fran kand_senast fran_i_ord ur_kallan "
    "kalla",
    "platser": "organ organ_namn sida roll namn foretrader parti organisation mandatperiod fran till vald",
    "moten": "id organ organ_namn rubrik borjar slutar plats status url protokoll_url",
    "dokument": "id titel kategori agare beskrivning diarienummer version sprak tillganglig uppladdad andrad filnamn "
    "mediatyp storlek sha256 fil_url url",
    "partnerskap": "id namn syfte malgrupp omrade lage fran till upphorde diarienummer url",
    "partnerskapens-parter": "partnerskap namn sida organisation",
}


def test_the_columns_stay_as_others_have_come_to_know_them_and_each_is_told_of():
    """Never change a line in FROZEN but by adding to its end."""
    assert {name: " ".join(column.key for column in d.columns) for name, d in DATASETS.items()} == FROZEN
    assert set(TOLD) == set(SOURCES)
    for dataset in DATASETS.values():
        assert dataset.title and dataset.description.endswith(".") and dataset.keywords and dataset.updated
        for column in dataset.columns:
            assert column.means and not column.means.endswith(".") and column.example and column.key.isascii()


CODES = {
    ("handlingsplan", "ansvarig"): ActionItem.Owner.values,
    ("handlingsplan", "lage"): ActionItem.State.values,
    ("platser", "roll"): Seat.Role.values,
    ("platser", "sida"): [side for side in Seat.Side.values if side],
    ("partnerskap", "lage"): {str("active" if state in RUNNING else state) for state in STANDINGS},
    ("moten", "status"): ["planned", "called", "over", "minutes", "cancelled"],
    ("dokument", "tillganglig"): ["yes", "no", "unknown"],
    ("organisationer", "status"): ["ansluten", "upphord"],
}


def test_the_data_dictionary_says_what_each_code_means():
    for (name, key), codes in CODES.items():
        (column,) = [column for column in DATASETS[name].columns if column.key == key]
        assert set(re.findall(r"(\w+) \(", column.means)) == set(codes), (name, key)
        assert column.example in codes, (name, key)


VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(HOSTILE)
TABLES = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), max_size=6))


def made_up(rows):
    width = len(rows[0]) if rows else 3
    columns = [Column(f"k{n}", "Kolumn", "text", "x", lambda row, n=n: row[n]) for n in range(width)]
    words = {"name": "x", "title": "X", "description": "X.", "keywords": [], "theme": "GOVE", "updated": "ibland"}
    return Dataset(**words, columns=tuple(columns), rows=lambda: rows, since=lambda: None)


@given(rows=TABLES)
def test_csv_and_json_give_back_what_went_in(rows):
    dataset = made_up(rows)
    known = [{f"k{n}": None if value == "" else value for n, value in enumerate(row)} for row in rows]
    assert json.loads("".join(dataset.json()))["rows"] == known
    found = read_csv("".join(dataset.csv()).encode())
    texts = [{key: uncell(text) if isinstance(known[n][key], str) else text for key, text in row.items()}
             for n, row in enumerate(found)]  # fmt: skip
    assert texts == [{key: as_text(value) for key, value in row.items()} for row in known]


@given(st.text() | st.sampled_from(HOSTILE))
def test_no_cell_is_run_by_a_spreadsheet(text):
    assert not cell(text).startswith(("\t", "\r", "\n")) and not cell(text).lstrip().startswith(("=", "+", "-", "@"))
    assert uncell(cell(text)) == text


def test_who_stands_on_the_list_today_is_told_as_the_list_tells_it_and_time_alone_can_change_it():
    """Somebody leaves the list, and nobody saves anything: the file is another."""
    today, url = timezone.localdate(), f"{PAGE}organisationer.csv"
    for n, (since, until) in enumerate([(-9, None), (-9, 0), (-9, 1), (1, None), (0, None), (-9, -1)]):
        organisation = factories.make_organisation(f"F{n}")
        ended = None if until is None else today + timedelta(days=until)
        state = "joined" if until is None else "ended"
        since = today + timedelta(days=since)
        organisation.accessions.create(state=state, method="source", known_from=since, ended_on=ended)
    listed = set(Accession.objects.held_on(today).values_list("organisation__name", flat=True))
    told = {row["namn"] for row in rows_of("organisationer") if row["status"] == "ansluten"}
    assert told == listed == {"F0", "F2", "F4"}
    first, _ = fetch(url)
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        later, body = fetch(url, **{"if-none-match": first["ETag"]})
    assert later.status_code == 200 and body.count(b"upphord;") > 2


def test_names_go_with_the_office_and_a_term_of_which_only_the_year_is_known_is_not_made_more_exact(settings):
    today = timezone.localdate()
    for name, years in (("Ny Nyström", 1), ("Gammal Gran", settings.SEAT_NAME_YEARS + 1)):
        last = today - timedelta(days=366 * years)
        seat = council.make_board_seat(name=name, first_day=last - timedelta(days=300), last_day=last)
    assert {row["namn"] for row in rows_of("platser")} == {"Ny Nyström", None}
    seat.term = seat.body.terms.create(label="2019", first_day=seat.first_day, year_only=True)
    seat.save()
    assert ("2019", None, None) in {(row["mandatperiod"], row["fran"], row["till"]) for row in rows_of("platser")}


def test_a_meeting_is_told_as_it_was_last_said_and_not_as_it_is_being_changed():
    meeting = council.make_meeting(state="called", title="Sagd rubrik")
    meeting.title, meeting.place = "Inte sagd än", "Hemlig plats"
    meeting.starts_at += timedelta(days=3)
    meeting.ends_at += timedelta(days=3)
    meeting.change(by=BY)
    (row,) = rows_of("moten")
    assert (row["rubrik"], row["status"], row["protokoll_url"]) == ("Sagd rubrik", "called", None)
    for url in (*FILES, *FEEDS, "/sitemap.xml"):
        assert not re.search(r"Inte sagd|Hemlig plats", fetch(url)[1].decode()), url


def plant(n):
    """So many more rows in every data set that a query could be asked for each of."""
    today, version = timezone.localdate(), factories.make_version()
    start, bodies = timezone.now() + timedelta(days=9), council.make_bodies()
    plan = ActionPlan.objects.first() or make_plan()
    source = Source.objects.get_or_create(key="X")[0]
    base = Organisation.objects.count()
    listed = {"version": version, "state": "joined", "method": "source", "known_from": today, "source": source}
    seat = {"body": bodies["board"], "first_day": today, "last_day": today}
    hours = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    meeting = {"body": bodies["council"], "audience": "public", "announced": True, **hours}
    rows = []
    for i in range(base, base + n):
        organisation = Organisation(name=f"F {i}", slug=f"f-{i}", search_text="")
        person = Person(name=f"P {i}")
        rows += [
            organisation,
            person,
            Accession(organisation=organisation, **listed),
            Membership(organisation=organisation, state="member"),
            ActionItem(plan=plan, title="Punkt", principle=version.principles.first()),
            Seat(person=person, organisation=organisation, **seat),
            Meeting(slug=f"m-{i}", **meeting),
        ]
    for model in dict.fromkeys(map(type, rows)):
        model.objects.bulk_create(row for row in rows if type(row) is model)


def test_one_row_or_forty_ask_the_database_equally_often():
    council.make_bodies()
    cache.clear()
    counts = {}
    for more in (0, 1, 39):
        plant(more)
        for url in [*FILES, "/datasets/dcat", "/sitemap.xml"]:
            fetch(url)  # afterwards the cache knows it
            with CaptureQueriesContext(connection) as queries:
                _, body = fetch(url)
            counts.setdefault(url, []).append(len(queries))
            if re.search(r"(organisationer|platser|handlingsplan)\.json", url):
                assert len(json.loads(body)["rows"]) == {0: 0, 1: 1, 39: 40}[more]
            elif url.endswith(".csv"):
                assert len(read_csv(body)) in (0, 1, 40) and body.startswith(b"\xef\xbb\xbf")
    for url, (none, one, many) in counts.items():
        assert none <= one == many, (url, none, one, many)


def test_a_long_file_waits_on_disk_and_not_in_memory(rf, monkeypatch):
    monkeypatch.setattr(outlets, "first_seen", lambda path, digest: timezone.now())
    chunk = "å" * 500_000
    response = outlets.send(rf.get("/x"), (chunk for _ in range(12)), mime="text/plain", name="x.txt")
    assert response.file_to_stream._rolled and int(response["Content-Length"]) == 12_000_000
    assert response.getvalue().decode() == chunk * 12
    shut(response)


def test_nothing_is_told_unchanged_that_has_changed():
    """Not even within the second, which Last-Modified can't tell apart, nor when things are as they once were."""
    url, organisation = f"{PAGE}organisationer.json", council.make_organisation_joined()
    with time_machine.travel(datetime(2030, 1, 1, 12, tzinfo=STOCKHOLM), tick=False):
        seen: list[tuple[str, str, str]] = []
        for name in ("Ett", "Två", "Ett", "Tre"):
            Organisation.objects.filter(pk=organisation.pk).update(name=name)
            for known, etag, modified in seen:
                assert fetch(url, **{"if-modified-since": modified})[0].status_code == 200
                assert fetch(url, **{"if-none-match": etag})[0].status_code == (304 if known == name else 200)
            response, body = fetch(url)
            assert f'"{name}"' in body.decode()
            seen.append((name, response["ETag"], response["Last-Modified"]))
    assert len({modified for *_, modified in seen}) == 4


def test_a_forgetful_cache_costs_a_download_and_no_more():
    url = f"{PAGE}principer.csv"
    first, _ = fetch(url)
    cache.clear()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        again, _ = fetch(url)
    assert again["ETag"] == first["ETag"] and again["Last-Modified"] != first["Last-Modified"]
    assert {fetch(f"{PAGE}finns-inte.{ending}")[0].status_code for ending in ("csv", "json")} == {404}


def test_the_page_tells_of_every_data_set_column_feed_and_licence():
    html = fetch(PAGE)[1].decode()
    for dataset in DATASETS.values():
        assert f'id="{dataset.name}"' in html and dataset.title in html
        assert all(f'href="{path}"' in html for path in dataset.files.values())
        assert all(f">{column.key}<" in html for column in dataset.columns)
    for url in (*FEEDS, *CALENDARS, "/datasets/dcat"):
        assert f'href="{url}"' in html, url
    assert "creativecommons.org/publicdomain/zero/1.0" in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert 'href="/oppna-data/"' in fetch("/")[1].decode()  # the footer


def test_paths_stop_where_a_step_is_missing():
    seat = Seat(body=Body(name="Rådet"), role="chair")
    assert at("body.name")(seat) == "Rådet" and at("term.label")(seat) is None
    assert at("get_role_display")(seat) == "Ordförande"
    assert at("a.b")({"a": {"b": 1}}) == 1
    assert LegalForm.choices and reverse("open_data:index") == PAGE


class TestEverything:
    """The outlets with something in each data set, planted once."""

    def test_values_are_of_the_type_that_the_data_dictionary_says(self, everything):
        forms = {
            "datum": r"\d{4}-\d\d-\d\d",
            "tidpunkt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00",
            "webbadress": r"https?://[^\s/]+/.*|https://exempel\.se",
            "e-post": r"[^\s@]+@[^\s@]+",
        }
        kinds = {"heltal": int, "sant/falskt": bool}
        for dataset in DATASETS.values():
            rows = list(dataset.values())
            assert rows, dataset.name
            for column in dataset.columns:
                for value in (row[column.key] for row in rows if row[column.key] is not None):
                    where = (dataset.name, column.key, value)
                    assert type(value) is kinds.get(column.type, str), where
                    assert re.fullmatch(forms.get(column.type, r"(?s).*"), str(value)), where

    def test_hostile_words_come_through_the_database_too(self, everything):
        organisation = Organisation.objects.get(name="Ansluten & <vän>")
        for words in HOSTILE:
            Organisation.objects.filter(pk=organisation.pk).update(name=words, area=words)
            (row,) = [row for row in rows_of("organisationer") if row["id"] == organisation.slug]
            assert row["namn"] == row["omrade"] == words
            (line,) = [row for row in read_csv(fetch(f"{PAGE}organisationer.csv")[1]) if row["id"] == organisation.slug]
            assert uncell(line["namn"]) == uncell(line["omrade"]) == words

    def test_csv_and_json_agree_with_each_other(self, everything):
        for name, columns in FROZEN.items():
            told, lines = json.loads(fetch(f"{PAGE}{name}.json")[1]), read_csv(fetch(f"{PAGE}{name}.csv")[1])
            assert told["columns"] == columns.split() == list(lines[0])
            assert told["licence"].startswith("http://creativecommons.org/publicdomain/zero/1.0")
            assert told["documentation"] == f"{settings.BASE_URL}{PAGE}#{name}"
            assert [{key: as_text(value) for key, value in row.items()} for row in told["rows"]] == [
                {key: uncell(text) for key, text in line.items()} for line in lines
            ]
            assert all(list(row) == told["columns"] for row in told["rows"])

    def test_the_file_is_as_the_page_says(self, everything):
        response, data = fetch(f"{PAGE}organisationer.csv")
        assert data.startswith("\ufeffid;namn;".encode()) and data.endswith(b"\r\n")
        assert response["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert 'filename="organisationer.csv"' in response["Content-Disposition"]
        assert int(response["Content-Length"]) == len(data)
        assert fetch(f"{PAGE}organisationer.json")[0]["Content-Type"] == "application/json"

    def test_the_data_sets_hold_what_the_pages_show_and_nothing_more(self, everything):
        titles = {
            "organisationer": {a.organisation.name for a in Accession.objects.public()},
            "medlemmar": {m.organisation.name for m in Membership.objects.active()},
            "principer": {p.heading for p in Principle.objects.all()},
            "handlingsplan": {"Lokaler 2026"},
            "dokument": {"Riktlinjer"},
            "partnerskap": {"Språkcafé"},
        }
        keys = {"principer": "rubrik", "handlingsplan": "punkt", "dokument": "titel"}
        for name, known in titles.items():
            assert {row[keys.get(name, "namn")] for row in rows_of(name)} == known, name
        assert len(rows_of("organisationer")) == Accession.objects.public().count() < Accession.objects.count()
        assert {row["status"] for row in rows_of("moten")} == {"minutes", "called"}
        assert {row["organ"] for row in rows_of("moten")} == {"radet"}  # the board's were for the board
        assert {row["sida"] for row in rows_of("partnerskapens-parter")} == {"civil", "municipality"}

    def test_everybody_gets_the_same_bytes(self, everything):
        users = [factories.make_user(role) for role in ("sekreterare", "iop")]
        users += [council.make_board_member(), User.objects.create_superuser("allt@kommun.example", "x", name="Super")]
        for url in OUTLETS:
            ours, same = fetch(url)
            for user in users:
                client = Client()
                client.force_login(user)
                theirs, body = fetch(url, client)
                assert (theirs.status_code, body, theirs["ETag"]) == (200, same, ours["ETag"]), (url, user)
                assert "Set-Cookie" not in theirs and not theirs.cookies and "Cookie" not in theirs.get("Vary", ""), url

    def test_what_fails_half_way_is_an_error_and_not_half_a_file(self, monkeypatch, everything):
        dataset = DATASETS["organisationer"]

        def broken():
            yield from list(dataset.rows())[:1]
            raise RuntimeError

        monkeypatch.setitem(DATASETS, "organisationer", made_up([["a"], ["b"]]))
        object.__setattr__(DATASETS["organisationer"], "rows", broken)
        response = Client(raise_request_exception=False).get(f"{PAGE}organisationer.json")
        assert response.status_code == 500 and b'"rows"' not in response.content

    def test_who_has_it_already_is_told_so(self, everything):
        for url in OUTLETS:
            first, body = fetch(url)
            again, _ = fetch(url)
            assert first.status_code == 200 and first["ETag"].startswith('"') and first["ETag"] == again["ETag"], url
            assert first["Last-Modified"] == again["Last-Modified"] and "must-revalidate" in first["Cache-Control"]
            for asked in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
                known, nothing = fetch(url, **asked)
                assert (known.status_code, nothing, known["ETag"]) == (304, b"", first["ETag"]), url
                assert known["Access-Control-Allow-Origin"] == "*"
            other, whole = fetch(url, **{"if-none-match": '"annat"'})
            assert (other.status_code, whole) == (200, body), url
            head = Client().head(url)
            assert (head.status_code, head.getvalue(), head["ETag"]) == (200, b"", first["ETag"]), url
            assert int(head["Content-Length"]) == len(body), url
            shut(head)

    def test_any_site_may_read_the_outlets_and_none_as_somebody(self, everything):
        for url in OUTLETS:
            response, _ = fetch(url, origin="https://annan.example")
            assert response["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in response
            assert "ETag" in response["Access-Control-Expose-Headers"]
            asked = {"origin": "https://annan.example", "access-control-request-headers": "if-none-match"}
            preflight = Client().options(url, headers=asked | {"access-control-request-method": "GET"})
            assert (preflight.status_code, preflight.content) == (204, b"")
            assert "GET" in preflight["Access-Control-Allow-Methods"] and "POST" not in preflight["Allow"]
            assert "If-None-Match" in preflight["Access-Control-Allow-Headers"]
            assert "Access-Control-Allow-Credentials" not in preflight
            for method in ("post", "put", "patch", "delete"):
                assert getattr(Client(), method)(url).status_code == 405, url

    def test_no_page_and_nothing_personal_is_open_to_other_sites(self, everything):
        seat = council.make_board_seat(user := factories.make_user(""))
        token = tokens.make(BOARD_CALENDAR, seat.calendar_key)
        closed = ["/", PAGE, "/organisationer/", "/konto/login/", "/plattformen/styrelserum/", "/robots.txt"]
        closed += [everything.get_absolute_url(), f"{everything.get_absolute_url()}kalender.ics"]
        closed += [Document.objects.published().get().file_url, f"/kalender/styrelsen/{token}.ics"]
        client = Client()
        client.force_login(user)
        for url in closed:
            response, _ = fetch(url, client, origin="https://annan.example")
            assert response.status_code in (200, 302), url
            assert not [name for name in response.headers if name.lower().startswith("access-control")], url
