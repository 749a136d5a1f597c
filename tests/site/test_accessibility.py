"""The accessibility statement, and the form that anyone may send without saying who they are."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import limits, tokens
from botkyrka_civil.lib.env import WrongSetting
from botkyrka_civil.pages import accessibility, checks
from botkyrka_civil.pages.forms import ReportForm
from botkyrka_civil.pages.gaps import found_for
from botkyrka_civil.pages.models import RECEIPT_LINK, AccessibilityReport
from botkyrka_civil.pages.own_pages import own_page
from tests import factories
from tests.tools.threads import same
from tests.tools.web import queries
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
STATEMENT, FORM = "/tillganglighet/", "/tillganglighet/rapportera/"
FAULT = {"kind": "fault", "what": "Knappen syns inte."}


def read(client, url, status=200):
    response = client.get(url)
    html = response.content.decode()
    assert response.status_code == status, html
    return html


def words(html):
    return " ".join(strip_tags(html.replace("</dt>", " ")).split())


def send(client, **facts):
    return client.post(FORM, {"request_key": str(uuid4()), **FAULT, **facts})


def received(**facts):
    return AccessibilityReport.receive(request_key=uuid4(), **{**FAULT, **facts})


@pytest.fixture
def own_statement(tmp_path, settings):
    """A file of one's own: what is given replaces what stands in ours."""

    def write(**changes):
        text = accessibility.OURS.read_text()
        for key, value in changes.items():
            text, count = re.subn(rf"(?m)^{key} = .*\n", f"{key} = {value}\n" if value else "", text)
            assert count
        (tmp_path / "accessibility.toml").write_text(text)
        settings.SOURCE_DATA = [tmp_path, *ours]
        accessibility.statement.cache_clear()

    ours = settings.SOURCE_DATA
    yield write
    accessibility.statement.cache_clear()


def test_the_statement_has_all_that_the_law_asks(client, settings):
    settings.MUNICIPALITY = {**settings.MUNICIPALITY, "email": "kommun@exempel.se", "phone": "08-000 00 00"}
    html = read(client, STATEMENT)
    said = words(html)
    statement = accessibility.statement()
    for fact in (
        f"Ansvarig {settings.MUNICIPALITY['name']}",
        f"Webbplats {settings.MUNICIPALITY['short']} civilsamhälle",
        "Webbplatsen är delvis förenlig med lagen",
        "lagen (2018:1937) om tillgänglighet till digital offentlig service",
        "Bedömd 30 november 2026",
        "Redogörelsen uppdaterades senast den 30 november 2026",
        statement.method,
        *statement.checks,
        statement.limits,
        "oskäligt betungande att göra tillgängligt (12 §)",
        "som lagen undantar (9 §)",
        "kommun@exempel.se",
        "08-000 00 00",
    ):
        assert fact in said, fact
    for shortcoming in statement.not_compliant:
        for fact in (shortcoming.what, shortcoming.why, shortcoming.requirement, shortcoming.remedy):
            assert fact.strip() and fact in said, fact
    assert said.count("Det ska vara klart senast den") == len(statement.not_compliant) == 2
    assert 'href="https://www.digg.se/tdosanmalan"' in html and f'href="{FORM}"' in html
    for heading in ("meddelande", "tillsyn", "brister", "betungande", "omfattas-inte", "metod"):
        assert re.search(rf'<h2 id="{heading}">[^<]+</h2>\s*<(p|div)', html), f"nothing under {heading}"


def test_it_tells_of_what_is_exempt_when_something_is(client, own_statement):
    own_statement(ground='"burden"')
    assert "åberopar vi undantaget i 12 §" in read(client, STATEMENT)
    own_statement(ground='"outside"', conformance='"fully"')
    html = read(client, STATEMENT)
    assert "helt förenlig" in html and "Vi känner inte till någon brist." in html
    assert html.index('id="omfattas-inte"') < html.index("har kommit in på papper")


def test_it_counts_the_documents_as_they_are_today(client):
    assert "finns inga dokument som alla kan läsa" in read(client, STATEMENT)
    for accessible, audience in (("unknown", "public"), ("unknown", "public"), ("no", "public"), ("no", "staff")):
        Document.add(
            by=BY, upload=factories.upload(f"{uuid4()}.pdf"), title="Fil", accessible=accessible, audience=audience,
            category="other",
        )  # fmt: skip
    today = accessibility.documents_today()
    assert today.total == 3 and today.doubtful == 3 - (today.total - today.unknown - today.no)
    with time_machine.travel("2027-03-12 12:00+01:00", tick=False):
        said = words(read(client, STATEMENT))
    assert "Den 12 mars 2027 finns 3 dokument som alla kan läsa" in said
    assert f"Av dem är {today.unknown} inte kontrollerade, och {today.no} går inte att läsa" in said


def test_a_field_that_is_missing_or_does_not_fit_stops_the_start(own_statement):
    missing = ("conformance", "assessed", "updated", "method", "limits", "what", "remedy")
    file = r"accessibility\.toml"
    for changes, said in [
        *(({key: ""}, file) for key in missing),
        ({"limits": '""'}, file),
        ({"conformance": '"kanske"'}, "conformance"),
        ({"conformance": '"fully"'}, "men det finns brister"),
        ({"ground": '"outside"'}, "nämner ingen brist"),
        ({"updated": "2026-11-21"}, "en dag före assessed"),
        ({"by": ""}, "by saknas för bristen"),
        ({"assessed": '"i går"'}, "datum"),
        ({"ground": '"annat"'}, "ground"),
    ]:
        own_statement(**changes)
        with pytest.raises(WrongSetting, match=said):
            accessibility.statement()
    with pytest.raises(SystemCheckError, match=file):
        call_command("check")


def test_a_municipality_without_a_statement_of_its_own_is_told(tmp_path, settings):
    assert not checks.statement_is_our_own()
    settings.SOURCE_DATA = [tmp_path]
    assert "följer med programmet" in checks.statement_is_our_own()[0].msg
    accessibility.statement.cache_clear()
    assert accessibility.statement().shortcomings  # what is known of the program is still told


def test_anyone_may_write_without_saying_who_they_are_and_gets_no_cookie():
    client = Client(enforce_csrf_checks=True)
    answers = [client.get(f"{FORM}?sida=/anslut/"), send(client), client.get(f"{FORM}?sida=/radet/")]
    answers.append(client.get(answers[1].url))
    assert [answer.status_code for answer in answers] == [200, 302, 200, 200]
    assert not any(answer.cookies for answer in answers) and not client.cookies
    report = AccessibilityReport.objects.select_related("registry_entry").get()
    assert (report.name, report.email, report.state) == ("", "", "received")
    entry = report.registry_entry
    assert (entry.counterpart, entry.direction) == ("Anonym", RegistryEntry.Direction.INCOMING)
    assert entry.matter == "Påpekande om bristande tillgänglighet"
    receipt = answers[3].content.decode()
    assert report.number in receipt and "Knappen" not in receipt


def test_a_wish_for_another_form_is_a_case_too(client):
    officer = factories.make_user()
    send(client, kind="other_form", what="Protokollet i punktskrift", name="Siv Ek", email="Siv@Exempel.se")
    report = AccessibilityReport.objects.get()
    assert report.registry_entry.matter == "Begäran om innehåll i en annan form"
    assert (report.registry_entry.counterpart, report.email) == ("Siv Ek", "siv@exempel.se")
    mine, theirs = Letter.objects.get(to="siv@exempel.se"), Letter.objects.get(to=officer.email)
    assert report.number in mine.subject and report.number in theirs.subject
    # The form sends no words of anybody's to somebody else's mailbox.
    assert "punktskrift" not in mine.body + theirs.body
    event = Event.objects.of(report).get()
    assert (event.actor, event.actor_email, event.verb) == ("Den som skrev", "", "receive")


def test_every_page_leads_to_the_form_which_knows_from_where(client):
    for path in ("/", "/anslut/", "/tillganglighet/", "/lattlast/", "/kontakt/"):
        link = re.search(rf'href="({FORM}\?sida=[^"]+)"[^>]*>Rapportera bristande', read(client, path))[1]
        assert f'value="{path}"' in read(client, link)


def test_a_personal_link_never_travels_with_it(client):
    draft = factories.make_draft()
    token = tokens.make("agreement:application", draft.key)
    html = read(client, f"/anslut/{token}/")
    assert "sida=%2Fanslut%2F%E2%80%A6%2F" in html
    assert token not in re.search(rf'href="({FORM}[^"]*)"', html)[1]
    host = settings.BASE_URL.partition("://")[2]
    whole = [f"{before}{host}/anslut/{token}/?steg=1#a" for before in ("http://", "https://", "HTTPS://", "")]
    for typed in (f"/anslut/{token}/", *whole):
        assert own_page(typed) == "/anslut/…/"
        send(client, page=typed)
    assert set(AccessibilityReport.objects.values_list("page", flat=True)) == {"/anslut/…/"}


def test_what_is_no_page_of_ours_is_not_filled_in_and_only_what_is_secret_is_left_out(client):
    addresses = ("//ond.example/", "https://ond.example/", "javascript:alert(1)")
    for page in (*addresses, "/finns-inte/", "\\\\ond", "", "[", "/\x00"):
        html = client.get(FORM, {"sida": page}).content.decode()
        assert 'name="page" ' in html and not re.search(r'name="page"[^>]* value=', html), page
    for path in ("/", "/in-english/", "/suomeksi/", "/bil-arabiyya/", "/overenskommelsen/2018/"):
        assert own_page(path) == path
    assert own_page("/anslut/a/") == "/anslut/…/"
    assert own_page(f"{settings.BASE_URL}.ond.example/anslut/") == ""


@examples(max_examples=50)
@given(st.text(max_size=80))
def test_any_address_is_ours_or_nothing(address):
    assert own_page(address) in ("", address.strip().partition("?")[0].partition("#")[0])


WRONG = {"kind": "annat", "what": "x" * 5001, "request_key": "x"}


def test_what_can_not_be_taken_is_told_of_and_stays(client):
    assert [name for name, field in ReportForm().fields.items() if field.required] == ["kind", "what"]
    response = send(client, what="", aid="Skärmläsare", email="inte en adress", name="www.reklam.example")
    html = response.content.decode()
    for said in (
        "<title>Fel: ", "Skriv några ord om det.", 'value="Skärmläsare"', 'value="inte en adress"', "utan webbadresser",
    ):  # fmt: skip
        assert said in html, said
    refused = [response, *(send(client, **{key: value}) for key, value in WRONG.items())]
    assert {answer.status_code for answer in refused} == {422}
    robot = send(client, hemsida="https://reklam.example")  # is thanked, and nothing is kept
    assert robot.status_code == 200 and "Tack!" in robot.content.decode()
    assert not AccessibilityReport.objects.exists() and not RegistryEntry.objects.exists()


def test_hostile_text_is_shown_as_text(client, admin_reader):
    attack = "<script>alert(1)</script>\x00\u202e"
    assert send(client, what=attack, page=attack, aid=attack, name="<b>Eva</b>").status_code == 302
    report = AccessibilityReport.objects.get()
    for url in (reverse("admin:pages_accessibilityreport_change", args=[report.pk]), "/admin/"):
        html = read(admin_reader, url)
        assert "<script>alert" not in html and "<b>Eva" not in html
    assert "\x00" not in report.what and "\u202e" not in report.page


def test_sent_twice_it_is_one_and_with_other_words_it_is_two(client):
    key = str(uuid4())
    first, again = (send(client, request_key=key, email="a@exempel.se") for _ in range(2))
    assert first.url == again.url
    assert AccessibilityReport.objects.count() == RegistryEntry.objects.count() == 1
    assert Letter.objects.filter(to="a@exempel.se").count() == 1
    other = send(client, request_key=key, what="En annan sak.")
    assert other.url != first.url and AccessibilityReport.objects.count() == 2


def test_who_writes_too_often_waits_and_keeps_the_words_and_no_mailbox_is_filled_by_others(client):
    assert send(client).status_code == 302
    for _ in range(limits.PER_ADDRESS - 1):
        limits.exceeded("report-address", "127.0.0.1", limit=limits.PER_ADDRESS)
    refused = send(client, what="En till")
    assert refused.status_code == 429 and "Vänta en timme" in refused.content.decode()
    assert "En till" in refused.content.decode() and AccessibilityReport.objects.count() == 1
    answers = [client.post(FORM, FAULT | {"email": "a@exempel.se"}, REMOTE_ADDR=f"192.0.2.{n}") for n in range(7)]
    assert [response.status_code for response in answers] == [302] * 6 + [429]


def test_a_receipt_that_does_not_open_is_explained(client):
    good = tokens.make(RECEIPT_LINK, received().key)
    for bad in (good.upper(), tokens.make("agreement:sign", "x"), "x", "å" * 30, "a" * 2000, "a.b"):
        assert "Länken fungerar inte" in read(client, reverse(RECEIPT_LINK, args=[bad]), 404), bad
    assert client.post(reverse(RECEIPT_LINK, args=[good])).status_code == 405


FACTS = {
    "take": {}, "answer": {"reply": "Rättat."}, "close": {"reason": "Gäller annat."}, "reopen": {"reason": "Inte."},
}  # fmt: skip
TABLE = {
    "received": {"take": "received", "answer": "answered", "close": "closed"},
    "answered": {"reopen": "received"},
    "closed": {"reopen": "received"},
}
FACTS = {
    "take": {},
    "answer": {"reply": "Rättat."},
    "close": {"reason": "Gäller annat."},
    "reopen": {"reason": "Inte."},
}
WAYS = {"received": [], "answered": ["answer"], "closed": ["close"]}


@pytest.mark.parametrize("state", TABLE)
def test_each_verb_is_done_or_refused_and_says_why(state):
    officer, planted = Actor.of(factories.make_user()), received(email="a@exempel.se")
    for way in WAYS[state]:
        getattr(planted, way)(by=officer, **FACTS[way])
    letters = Letter.objects.filter(to="a@exempel.se")
    events, sent = Event.objects.of(planted).count(), letters.count()
    for verb, facts in FACTS.items():
        report, target = same(planted), TABLE[state].get(verb)
        if not target:
            with pytest.raises(Refused, match="läget är"), heard() as written:
                getattr(report, verb)(by=officer, **facts)
            assert (written, same(planted).state) == ([], state)
            continue
        if facts:
            with pytest.raises(Refused, match="Skriv"), heard() as written:
                getattr(report, verb)(by=officer, **dict.fromkeys(facts, "  "))
            assert not written
        with transaction.atomic():
            getattr(same(planted), verb)(by=officer, **facts)
            assert same(planted).state == target and Event.objects.of(planted).count() == events + 1
            assert Event.objects.of(planted).last().verb == verb
            assert letters.count() == sent + (verb == "answer")
            transaction.set_rollback(True)


@pytest.fixture
def admin_reader(settings):
    settings.DEMO = True  # without the second factor, which has tests of its own
    client = Client()
    client.force_login(factories.make_user())
    return client


@pytest.fixture
def boss(django_user_model):
    return django_user_model.objects.create_superuser("chef@kommun.example", "ett-langt-losenord", name="Chefen")


def page_of(report, verb=""):
    return reverse(f"admin:pages_accessibilityreport_{verb or 'change'}", args=[report.pk])


def test_it_waits_in_the_queue_until_somebody_takes_it(admin_reader):
    report, colleague = received(), Client()
    colleague.force_login(factories.make_user())

    def sections(client):
        found = {s["key"]: [row.number for row in s["rows"]] for s in client.get("/admin/").context["sections"]}
        return [key for key, numbers in found.items() if report.number in numbers]

    assert sections(admin_reader) == sections(colleague) == ["mine"]
    assert admin_reader.post(page_of(report, "take"), {"step": "do"}).status_code == 302
    assert (sections(admin_reader), sections(colleague)) == (["mine"], ["open"])
    assert page_of(report, "take") not in read(admin_reader, page_of(report))
    assert page_of(report, "take") in read(colleague, page_of(report))


def test_an_answer_is_written_read_and_sent_or_stands_in_the_case_of_an_anonymous_one(admin_reader):
    report, anonymous = received(email="a@exempel.se", name="Ada"), received()
    for case in (report, anonymous):
        assert ("väntar på ett svar" in read(admin_reader, page_of(case, "close"))) == (case == report)
    answered = {"reply": "Nu syns knappen."}
    letter = admin_reader.post(page_of(report, "answer"), {**answered, "step": "next"})
    body = letter.context["letter_form"].initial
    assert "Nu syns knappen." in body["letter"] and "Hej Ada!" in body["letter"]
    assert "inget brev går ut" in read(admin_reader, page_of(anonymous, "answer"))
    for case, facts in ((report, answered | body), (anonymous, answered)):
        assert admin_reader.post(page_of(case, "answer"), {**facts, "step": "do"}).status_code == 302
        assert (same(case).state, same(case).reply) == ("answered", "Nu syns knappen.")
        assert "Nu syns knappen." in read(admin_reader, page_of(case))
    assert "https://www.digg.se/tdosanmalan" in Letter.objects.get(kind="report_answered").body


def test_what_is_late_is_a_gap_until_it_is_answered_and_so_are_broken_promises(boss, settings):
    def gaps(day=None):
        areas = found_for(boss, day or timezone.localdate())
        return {gap.title: gap for area in areas if area.heading == "Tillgänglighet" for gap in area.gaps}

    report = received()
    assert not gaps(date(2026, 11, 23))
    late = {shortcoming.what for shortcoming in accessibility.statement().not_compliant}
    assert gaps(date(2028, 1, 1)).keys() == late | {"Tillgänglighetsredogörelsen"}
    assert str(report) not in gaps()
    with time_machine.travel(timezone.now() + settings.ACCESSIBILITY_ANSWER_PERIOD + timedelta(minutes=1), tick=False):
        assert "Skulle ha besvarats" in gaps()[str(report)].why and gaps()[str(report)].url == page_of(report)
        report.answer(by=BY, reply="Rättat.")
        assert str(report) not in gaps()


def test_one_or_many_take_as_many_queries(admin_reader):
    received()
    urls = ["/admin/", reverse("admin:pages_accessibilityreport_changelist"), "/admin/luckor/", STATEMENT]
    before = queries(admin_reader, *urls)
    for _ in range(2):
        received(email="a@exempel.se")
    assert queries(admin_reader, *urls) == before
