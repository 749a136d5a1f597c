"""Searching: what is public is found as Swedish is written, and nothing else, on both databases."""

from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreement.models import Accession, ActionPlan, AgreementVersion
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents.models import Document
from botkyrka_civil.pages import clock
from botkyrka_civil.search import excerpts, find, index, pages
from botkyrka_civil.search.models import Entry, Piece
from botkyrka_civil.search.sources import BY_KIND, SOURCES
from botkyrka_civil.search.words import LONGEST_QUERY, MOST_WORDS, parse, words_of
from council.models import Body, Conference, Meeting
from organisations.models import Organisation
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.web import queries
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
URL = "/sok/"


def joined(name: str, **facts) -> Organisation:
    """On the public list, set there directly."""
    organisation = factories.make_organisation(name, **facts)
    organisation.accessions.create(state="joined", method="source", known_from=timezone.localdate() - timedelta(days=9))
    return organisation


def joined_many(*names: str) -> None:
    """The same for many, in two queries."""
    facts = [{"name": name, "slug": f"nummer-{n}", "search_text": name.lower()} for n, name in enumerate(names)]
    rows = Organisation.objects.bulk_create(Organisation(**fact) for fact in facts)
    known = {"state": "joined", "method": "source", "known_from": timezone.localdate()}
    Accession.objects.bulk_create(Accession(organisation=row, **known) for row in rows)


def found(query: str, **asked) -> list[str]:
    return [hit.title for group in find.search(query, **asked).groups for hit in group.hits]


def kinds(query: str) -> set[str]:
    return {group.of.kind for group in find.search(query).groups}


def read(client, query: str = "", **asked) -> str:
    response = client.get(URL, {"q": query, **asked})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def document(title: str, audience: str = "public", **facts) -> Document:
    return Document.add(by=BY, upload=factories.upload(), category="other", title=title, audience=audience, **facts)


PAIRS = [  # what is typed, and what stands in the text
    ("föreningar", "förening"), ("förening", "Föreningarnas"), ("föreningens", "föreningar"), ("möten", "möte"),
    ("möte", "mötena"), ("mötet", "Möten"), ("rådets", "råd"), ("råd", "Rådet"), ("planer", "plan"),
    ("verksamheter", "verksamhet"), ("verksamhet", "verksamheten"), ("frågor", "fråga"), ("kyrka", "kyrkorna"),
    ("nattvandrare", "nattvandrarna"), ("resor", "resa"), ("lärare", "lärarnas"), ("läx", "läxhjälp"),
    ("handlingsplan", "handlingsplanens"), ("ÅKRAR", "åkrar"), ("åkrar", "ÅKRAR"), ("2026", "2026–2027"),
    ("A\N{COMBINING RING ABOVE}krar", "Åkrar"), ("ÖK 2026/0012", "ök-2026-0012"), ("e-post", "E-post"),
    ("الجمعيات", "الجمعيات"),
]  # fmt: skip
STRANGERS = [
    ("akrar", "åkrar"),
    ("åkrar", "akrar"),
    ("möte", "motell"),
    ("mötet", "mötesplats i månaden"),  # a short stem means its own inflections only
    ("hjälp", "läxhjälp"),  # in a text, words begin as they were typed
    ("resa", "restaurang"),
    ("förening bidrag", "förening"),
]


def test_a_word_is_found_in_its_other_forms_and_not_in_other_words():
    names = [f"Q{council.letters()}" for _ in (*PAIRS, *STRANGERS)]
    cases = list(zip(names, (*PAIRS, *STRANGERS), strict=True))
    for name, (_, stands) in cases:
        joined(name, description=f"Vi ordnar {stands} här.")
    index.refresh()
    wrong = [pair for name, pair in cases if (name in found(pair[0], kind="organisationer")) != (pair in PAIRS)]
    assert not wrong, wrong


NUMBERS = ["802002-4280", "8020024280", "16802002-4280", "168020024280", "802002–4280"]


def test_all_words_have_to_be_there_and_a_name_is_found_by_a_part_of_it_or_its_number():
    joined("Hallunda folkets hus", description="Läxhjälp på torsdagar")
    joined("Fittja Nattvandrare", org_nr="802002-4280")
    joined("Annan", org_nr="212000-2882")
    index.refresh()
    assert found("läxhjälp i Hallunda och för alla") == ["Hallunda folkets hus"]
    assert found("läxhjälp i Alby") == []
    assert find.search("i och för") == find.Results()
    assert found("vandrare") == ["Fittja Nattvandrare"]
    assert "Natt<mark>vandrare</mark>" in excerpts.title("Fittja Nattvandrare", parse("vandrare"))
    for typed in NUMBERS:
        [group] = find.search(typed).groups
        assert [hit.title for hit in group.hits] == ["Fittja Nattvandrare"], typed
        assert "<mark>802002-4280</mark>" in group.shown[0].excerpt, typed


def test_names_come_first_and_what_is_new_before_what_is_old():
    joined("Körsbäret")
    joined("Alby sång", description="En kör för alla.")
    joined("Kören")
    for days in (9, 3):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            document(f"Körbok {days}")
    index.refresh()
    assert found("kör") == ["Kören", "Körsbäret", "Alby sång", "Körbok 3", "Körbok 9"]


MISSPELLED = [
    ("Verdani", "Verdandi Botkyrka"),
    ("vedrandi", "Verdandi Botkyrka"),
    ("roda korset", "Röda Korset"),
    ("röda krosset", "Röda Korset"),
    ("natvandrarna", "Nattvandrarna i Fittja"),
    ("nattvandrarna i fitja", "Nattvandrarna i Fittja"),
    ("hyresgestforeningen", "Hyresgästföreningen"),
    ("sprakkafe", "Språkcafé Alby"),
]
LIKE_NO_NAME = ["semester", "xq", "bokföringslagen 1999:1078", "vi vill se", "é", "ا"]


def test_a_misspelled_name_is_proposed_as_long_as_it_is_public(client):
    public = ["Verdandi Botkyrka", "Röda Korset", "Nattvandrarna i Fittja", "Hyresgästföreningen", "Vi", "SE"]
    joined_many(*public, *(f"Förening {council.letters()} {n}" for n in range(80)))
    iop.make_partnership(title="Språkcafé Alby")
    index.refresh()
    for typed, name in MISSPELLED:
        results = find.search(typed)
        assert results.total == 0 and results.suggestions[0].title == name, typed
        assert f'Menade du <a href="{results.suggestions[0].url}">{name}</a>' in read(client, typed)
    proposed = [typed for typed in LIKE_NO_NAME if find.search(typed).suggestions]
    assert not proposed, proposed
    Accession.objects.filter(organisation__name="Röda Korset").delete()
    assert not find.search("roda korset").suggestions


def test_everything_that_is_public_is_found_in_few_queries(client):
    """One of each kind, under the word that stands in all of them; then more of some than fit on a page."""
    joined("Gnistan Alfa")
    version = AgreementVersion.objects.create(label="2009", title="Gnistan", state="replaced")
    version.principles.create(order=1, slug="gnistan", heading="Gnistan Beta")
    plan("2026", version=version, is_published=True).items.create(title="Gnistan Gamma")
    council.make_bodies()
    Body.objects.update(legal_nature="Gnistan")
    council.make_meeting(state="published", title="Gnistan Delta")
    conference()
    partnership = iop.make_partnership("follow_up", title="Gnistan Epsilon")
    iop.finish(partnership).publish(by=BY, privacy_reviewed=True)
    document("Gnistan Zeta")
    index.refresh()
    results = find.search("gnistans")
    assert {group.of.kind for group in results.groups} == set(BY_KIND)
    for group in results.groups:
        for hit in group.hits:
            response = client.get(hit.url.partition("#")[0])
            assert response.status_code == 200, hit.url
            assert "Gnistan" in response.content.decode(), hit.url
    [few] = queries(client, f"{URL}?q=gnistan")
    assert few < 50
    joined_many(*(f"Gnistan {n}" for n in range(25)))
    for n in range(25):
        document(f"Gnistan {n}", note=f"{n}")
    index.refresh()
    assert queries(client, f"{URL}?q=gnistan")[0] <= few + 2


def plan(label: str, **facts) -> ActionPlan:
    return ActionPlan.objects.create(label=label, first_day=f"{label}-01-01", last_day=f"{label}-12-31", **facts)


def conference(state: str = "documented", theme: str = "Gnistan") -> Conference:
    start = timezone.now() - timedelta(days=30)
    facts = {"theme": theme, "place": "Fittja", "capacity": 5, "programme": "", "starts_at": start}
    days = {"opens_on": (start - timedelta(days=40)).date(), "closes_on": (start - timedelta(days=1)).date()}
    with time_machine.travel(start - timedelta(days=30), tick=False):
        made = Conference.plan(by=BY, year=2025, ends_at=start + timedelta(hours=3), **facts, **days)
        if state == "planned":
            return made
        made.open_registration(by=BY)
        made.close_registration(by=BY)
    made.hold(by=BY)
    made.keep_documentation(by=BY, text=f"{theme} igen", documents=[])
    made.document(by=BY)
    return made


def nobody_finds(word: str) -> None:
    """Not anonymous, not staff, not the superuser: neither a row, a number nor a proposal."""
    superuser = User.objects.create_superuser("allt@kommun.example", "ett-langt-losenord", name="Super")
    looking = [(AnonymousUser(), kind) for kind in ("", *find.KINDS)]
    looking += [(user, "") for user in (superuser, factories.make_user("sekreterare"))]
    for user, kind in looking:
        client = Client()
        if user.is_authenticated:
            client.force_login(user)
        text = read(client, word, slag=kind)
        assert "<b>0 träffar</b>" in text, (user, kind)
        main = text.partition("<main")[2].partition("</main>")[0]
        assert "Menade du" not in main
        assert main.count(word) == 2 + bool(kind), "what was typed: in the field, beside the number, on the way back"


def test_what_is_not_public_is_not_found():
    """Nothing that everyone cannot read is in the index, in whatever state it is."""
    for state in NOT_JOINED:
        factories.make_accession(state, name=f"Zqhemlig {state}")
    public = joined("Öppna dörren", note="Zqhemlig", public_email="zqhemlig@exempel.se")
    public.other_names.create(name="Zqhemlig", suggested=True)
    public.other_names.create(name="Stängda dörren")
    versions_that_do_not_hold()
    plan("2031", version=factories.make_version()).items.create(title="Zqhemlig", text="Zqhemlig")
    for audience, owner in CLOSED_PAPERS:
        document(f"Zqhemlig {owner}", audience, owner=owner, note="Zqhemlig")
    meetings_that_were_not_told()
    for state in ("held", "drawn_up", "signed_off"):
        unpublished_minutes(state)
    council.make_meeting(state="published", also_present="Zqhemlig")
    Meeting.objects.update(also_present="Zqhemlig")
    conference("planned", theme="Zqhemlig")
    for state in (*iop.PATH, "declined", "cancelled"):
        iop.make_partnership(state, title=f"Zqhemlig {state}", purpose="Zqhemlig")
    negotiated = iop.make_partnership("renegotiation", title="Språkcafé")
    iop.Partnership.objects.filter(pk=negotiated.pk).update(title="Zqhemlig", purpose="Zqhemlig")
    index.refresh()
    indexed = Entry.objects.matching(parse("zqhemlig")).values_list("kind", "title", "text")
    assert not indexed, list(indexed)
    assert found("stängda") == ["Öppna dörren"]
    assert len(found("lokaler", kind="moten")) == len(found("budget", kind="moten")) == 1
    assert found("språkcafé") == ["Språkcafé"]
    nobody_finds("Zqhemlig")


NOT_JOINED = [
    "draft", "awaiting_signatures", "submitted", "under_review", "completion_requested", "rejected", "withdrawn",
]  # fmt: skip
CLOSED_PAPERS = [("staff", "municipality"), ("board", "municipality"), ("members", "platform"), ("board", "platform")]


def versions_that_do_not_hold() -> None:
    for label, state in (("2030", "draft"), ("2031", "adopted")):
        version = AgreementVersion.objects.create(label=label, title="Zqhemlig", body="Zqhemlig", state=state)
        version.principles.create(order=1, slug=f"ny-{label}", heading="Zqhemlig")


def meetings_that_were_not_told() -> None:
    """One that was called is found as it was told, and not as it is being changed."""
    body = council.make_bodies()["council"]
    council.make_meeting(body, title="Zqhemlig")  # planned, and nobody has been told
    council.make_meeting(body, state="called", days=30, title="Zqhemlig", audience="staff")
    called = council.make_meeting(body, state="called", days=40, title="Lokaler")
    Meeting.objects.filter(pk=called.pk).update(title="Zqhemlig", place="Zqhemlig")
    called.items.create(order=3, title="Zqhemlig", text="Zqhemlig")
    told = council.make_meeting(body, days=50, title="Budget")
    told.items.first().documents.add(document("Zqhemlig på mötet", "staff"))
    told.call(by=BY)


def unpublished_minutes(state: str) -> None:
    meeting = council.make_meeting(state="held")
    minutes = council.write(meeting, "§ 1 Mötet öppnas\nDiskussion: Zqhemlig\n\n§ 2 Läget\nDiskussion: Zqhemlig\n")
    if state != "held":
        minutes.draw_up(by=BY)
        meeting.refresh_from_db()
    if state == "signed_off":
        council.sign_off(meeting)


def test_a_principle_is_found_as_its_page_shows_it():
    """One address, one text: that of the version in force."""
    version = factories.make_version()
    old = AgreementVersion.objects.create(label="2009", title="Förr", state="replaced")
    old.principles.create(order=1, slug="dialog", heading="Dialog", text="Zqhemlig")
    old.principles.create(order=2, slug="tillit", heading="Tillit", text="Att lita på varandra")
    index.refresh()
    assert found("dialog", kind="principer") == ["Dialog"]
    assert found("lita", kind="principer") == ["Tillit"]
    assert find.search("zqhemlig").total == 0
    AgreementVersion.objects.filter(pk=version.pk).update(state="draft")
    index.refresh()
    assert found("zqhemlig") == ["Dialog"]


def test_a_follow_up_is_found_as_long_as_it_is_published():
    follow_up = iop.finish(iop.make_partnership("follow_up"))
    index.refresh()
    assert find.search("gått bra säger").total == Entry.objects.matching(parse("gått bra säger")).count() == 0
    follow_up.publish(by=BY, privacy_reviewed=True)
    index.refresh()
    [group] = [group for group in find.search("gått bra säger").groups if group.of.kind == "uppfoljningar"]
    assert group.total == 1
    follow_up.unpublish(by=BY, reason="Ett namn.")
    assert find.search("gått bra säger").total == 0


TAKEN_BACK = {
    "organisationer": (lambda: joined("Zqhemlig"), lambda: Accession.objects.all().delete()),
    "principer": (
        lambda: AgreementVersion.objects.create(label="9", title="Nio", state="replaced").principles.create(
            order=1, slug="x", heading="Zqhemlig"
        ),
        lambda: AgreementVersion.objects.filter(label="9").update(state="draft"),
    ),
    "overenskommelsen": (
        lambda: AgreementVersion.objects.create(label="2009", title="Zqhemlig", state="replaced"),
        lambda: AgreementVersion.objects.filter(label="2009").update(state="draft"),
    ),
    "handlingsplan": (
        lambda: plan("2031", version=factories.make_version(), is_published=True).items.create(title="Zqhemlig"),
        lambda: ActionPlan.objects.update(is_published=False),
    ),
    "protokoll": (  # of a meeting that was announced to staff alone, so that only the minutes are found
        lambda: council.make_meeting(state="published", title="Zqhemlig", audience="staff"),
        lambda: Meeting.objects.get(audience="staff").unpublish(by=BY, reason="Ett namn."),
    ),
    "moten": (
        lambda: council.make_meeting(state="called", title="Zqhemlig"),
        lambda: Meeting.objects.update(audience="staff"),
    ),
    "konferenser": (
        lambda: conference(theme="Zqhemlig"),
        lambda: Conference.objects.update(opened_at=None, state="planned"),
    ),
    "partnerskap": (
        lambda: iop.make_partnership(title="Zqhemlig"),
        lambda: iop.Partnership.objects.update(state="decision"),
    ),
    "dokument": (
        lambda: document("Zqhemlig"),
        lambda: Document.objects.get(title="Zqhemlig").change(by=BY, audience="staff"),
    ),
}


def test_what_is_taken_back_is_not_found_from_that_moment():
    for make, _ in TAKEN_BACK.values():
        make()
    index.refresh()
    assert kinds("Zqhemlig") == set(TAKEN_BACK)
    for _, take_back in TAKEN_BACK.values():
        take_back()
    indexed = Entry.objects.matching(parse("Zqhemlig"))
    assert set(indexed.values_list("kind", flat=True)) == set(TAKEN_BACK), "the index has not heard of it"
    nobody_finds("Zqhemlig")
    index.refresh()
    assert not indexed.all()


def test_words_that_have_been_changed_are_not_found_and_many_at_once_not_even_counted():
    changed = joined("Zqhemlig", description="Zqhemlig läxhjälp")
    joined_many(*(f"Zqhemlig {n}" for n in range(30)))
    index.refresh()
    assert find.search("zqhemlig").total == 31
    Organisation.objects.filter(pk=changed.pk).update(name="Rätt namn", description="Läxhjälp", search_text="rätt namn")
    Accession.objects.filter(organisation__name__gt="Zqhemlig 1").delete()
    assert 1 < Accession.objects.count() < 6 and find.search("zqhemlig").total < Accession.objects.count()
    Accession.objects.exclude(organisation=changed).delete()
    assert found("läxhjälp") == ["Rätt namn"]
    nobody_finds("Zqhemlig")


def test_an_organisation_is_found_by_its_name_at_once_and_the_clock_brings_the_index_up_to_date():
    factories.make_accession("joined", name="Åkerbärets vänner")
    document("Stadgar")
    assert not Entry.objects.exists()
    assert found("åkerbärets vänner") == found("ÅKERBÄR") == ["Åkerbärets vänner"]
    assert found("stadgarna", kind="dokument") == []
    clock.tick()
    assert found("stadgarna", kind="dokument") == ["Stadgar"]
    Document.objects.get().change(by=BY, title="Riktlinjer")
    clock.refresh_search()
    assert found("riktlinje", kind="dokument") == ["Riktlinjer"]
    assert not Entry.objects.filter(title="stadgar").exists()


def test_only_what_has_changed_is_written_and_several_at_once_write_the_same():
    joined_many(*(f"Förening {n}" for n in range(30)))
    document("Stadgar")
    index.refresh()
    with heard() as tables:
        index.refresh()
    assert not tables
    changed = Organisation.objects.get(name="Förening 7")
    changed.name = "Förening sju"
    changed.save()
    kept = dict(Entry.objects.values_list("pk", "digest"))
    index.refresh()
    now = dict(Entry.objects.values_list("pk", "digest"))
    assert now.keys() == kept.keys() and len([pk for pk in now if now[pk] != kept[pk]]) == 1

    def rows():
        return [*Entry.objects.order_by("pk").values()], sorted(Piece.objects.values_list("entry", "letters"))

    before, source = rows(), BY_KIND["organisationer"]
    for _ in range(2):  # another worker, which read the index before the first one had written
        index._write(source, [(changed.pk, source.hit(changed))])
    assert rows() == before


@pytest.mark.sqlite
def test_the_index_of_sqlite_is_whole():
    joined_many(*(f"Förening {n}" for n in range(5)))
    index.refresh()
    Organisation.objects.filter(name__in=["Förening 1", "Förening 2"]).update(name="Nytt", description="Kör")
    Accession.objects.filter(organisation__name="Förening 3").delete()
    index.refresh()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
    assert not Entry.objects.matching(parse("förening 3")).exists()


@pytest.mark.postgres
def test_postgres_looks_in_its_index_of_swedish_words():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM search_entry WHERE words @@ to_tsquery('swedish', %s)", ["'föreningarna'"]
        )
        assert "search_entry_words" in str(cursor.fetchall())
        cursor.execute("SELECT to_tsquery('swedish', 'föreningarna')")
        assert cursor.fetchone() == ("'förening'",)


def test_as_many_queries_whether_one_is_found_or_hundreds(client):
    joined("Scouterna", description="Läger")
    index.refresh()
    one = queries(client, f"{URL}?q=scouterna")
    joined_many(*(f"Scouterna {n}" for n in range(index.BATCH + 50)))
    index.refresh()
    assert find.search("scouterna").total == index.BATCH + 51
    assert queries(client, f"{URL}?q=scouterna") == one


HOSTILE = [
    '"', "'", "''", '""', "*", "a*", "^a", "a^", ":", "title : a", "{title} : a", "a:*", "a:A", "NEAR(a b)", "NEAR",
    "AND", "OR", "NOT", "a AND", "NOT a", "(", ")", "(()", "a & | b", "!a", "a <-> b", "a <2> b", "\\", "\\'", "a\\",
    "-a", "+a", "%", "_", "%s", "%(a)s", "{0}", "$1", "$$a$$", ";DROP TABLE search_entry", "a\x00b", "\x00", "\ufeff",
    "\u202e", "👍", "👩\u200d👩\u200d👧", "الجمعيات", "שלום", "中文", "ı İ ẞ ß", "a" * 5000, "å " * 10_000,
    "1e400", "٣", "²", "𝒜𝓁𝒷𝓎", "ＡＬＢＹ", "<script>alert(1)</script>", "..", "//", "null", "1=1", "' OR '1'='1",
    "a\r\nb", "\ufffd",
]  # fmt: skip


@pytest.fixture
def something():
    words = 'a b title "citat" AND OR NOT NEAR 👍 الجمعيات 中文 <script>alert(1)</script> & <b>fet</b>'
    joined("Gnistan", description=words)
    index.refresh()


def test_a_hostile_query_is_words_like_any_and_any_number_leads_to_a_page(something, client):
    for query in HOSTILE:
        text = read(client, query)
        assert "<script>alert" not in text and "<b>fet" not in text, query
        read(client, query, slag="organisationer", sida=query)
    for number in ("-1", "0", "x", "99", "9" * 190, "1.5", ""):
        assert "1 träff" in read(client, "gnistan", slag="organisationer", sida=number), number
    assert "<b>1 träff</b> på ”gnistan”<" in read(client, "gnistan", slag="hemligt").replace("</p>", "<")
    assert 'value="&lt;b&gt; läxhjälp"' in read(client, "<b> läxhjälp")  # what was typed stays as long as it fits
    long = read(client, "x" * 5000)
    assert "x" * LONGEST_QUERY in long and "x" * (LONGEST_QUERY + 1) not in long


@given(query=st.text(max_size=80) | st.text(alphabet="\"'*:()^&|!<->\\{} aåANDORNEAR\x00%_", max_size=60))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_at_all_is_an_error(something, query):
    results = find.search(query)
    assert len(results.words) <= MOST_WORDS
    for group in results.groups:
        for shown in group.shown:
            assert "<script>" not in shown.title + shown.excerpt
    list(find.suggestions(query))


@given(text=st.text(max_size=400), query=st.text(alphabet="abcåäö -<&>é1", max_size=30))
def test_an_excerpt_is_the_text_with_marks_and_nothing_else(text, query):
    shown = excerpts.excerpt(text, parse(query))
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare and ">" not in bare
    assert len(bare) <= 6 * (excerpts.LENGTH + 4)


def test_long_words_and_texts_fit_the_index():
    joined("x" * 200, description="y" * 600)
    document("Stadgar", note=" ".join(f"ord{n}" for n in range(100)))
    index.refresh()
    assert max(len(word) for word in words_of("x" * 3000).split()) == 40
    assert len(found("x" * 200)) == 1


def test_an_excerpt_shows_the_words_where_they_stand():
    around = ("Början av en lång text. " + "Annat innehåll står här. " * 30, "Mer. " * 90)
    text = "Sedan ordnar <vi> läxhjälp & kör för barn. ".join(around)
    shown = excerpts.excerpt(text, parse("läxhjälpen barn"))
    assert "&lt;vi&gt; <mark>läxhjälp</mark> &amp; kör för <mark>barn</mark>." in shown
    assert shown.startswith("… ") and shown.endswith(" …")
    bare = unescape(shown.replace("<mark>", "").replace("</mark>", ""))
    assert 150 < len(bare) < 215 and set(bare.split()) - {"…"} <= set(text.split())  # cut between words
    assert excerpts.excerpt("Kort text.", parse("annat")) == "Kort text."
    assert excerpts.excerpt("", parse("annat")) == ""


def test_the_page_says_how_many_there_are_and_of_what(client):
    joined_many(*(f"Nattvandrare {n:02}" for n in range(23)))
    document("Nattvandrarnas stadgar")
    index.refresh()
    text = read(client, "nattvandrare")
    assert "<title>Sök: nattvandrare, 24 träffar – " in text
    assert '<p class="search-count" role="status"><b>24 träffar</b> på ”nattvandrare”</p>' in text
    assert text.count("<h3>") == 5 + 1
    assert '<a href="?q=nattvandrare&amp;slag=organisationer">Visa alla 23 organisationer</a>' in text
    second = read(client, "nattvandrare", slag="organisationer", sida="2")
    assert "<b>23 träffar</b> på ”nattvandrare” bland organisationer" in second
    assert second.count("<h3>") == 3 and "Sida 2 av 2" in second and 'start="21"' in second
    assert "<mark>Nattvandrare</mark> 22" in second
    one = read(client, "stadgar", slag="dokument")
    assert "<title>Sök: stadgar, 1 träff bland dokument – " in one


def test_the_start_and_the_empty_page_help_and_are_kept_by_nobody(client):
    start = read(client)
    assert 'role="search"' in start and '<label class="form-label" for="sokord">' in start
    assert "Till exempel" in start and "träff" not in start
    for link in ("ansluta", "handlingsplan", "IOP"):
        assert f'href="?q={link}"' in start and find.search(link).total
    nothing = read(client, "zqhemlig")
    assert "0 träffar" in nothing and "Kontrollera stavningen" in nothing
    assert "Skriv ett ord som säger lite mer" in read(client, "och")
    response = client.get(URL, {"q": "english"})
    html = " ".join(response.content.decode().split())
    assert '<li lang="en" dir="auto"> <h3><a href="/in-english/">' in html
    assert not response.cookies and '<meta name="robots" content="noindex">' in html
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert client.post(URL, {"q": "x"}).status_code == 405
    assert 'class="search-link" href="/sok/"' in client.get("/kontakt/").content.decode()
    assert 'action="/sok/"' in client.get("/finns-inte/").content.decode()


def test_every_page_of_our_own_is_there_and_found_by_its_title(client):
    factories.make_version()
    council.make_bodies()
    reports = pages._reports(timezone.localdate().year)
    for hit in (*pages._fixed(), *reports):
        assert hit in pages.matching(parse(hit.title)), hit.title
    for hit in (*pages._fixed(), reports[0]):
        assert client.get(hit.url).status_code == 200, hit.url


def test_no_kind_has_the_name_of_another():
    assert len({source.kind for source in SOURCES} | {pages.PAGES.kind}) == len(SOURCES) + 1
    assert all(len(kind) <= 20 and quote(kind) == kind for kind in find.KINDS)
