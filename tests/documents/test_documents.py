"""Documents: who sees which in every outlet, versions that stay, what may be uploaded, hand-over, the feed, the zip."""

import io
import re
from datetime import datetime
from functools import partial
from itertools import starmap
from xml.etree import ElementTree
from zipfile import ZipFile

import pikepdf
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Refused, RegistryEntry
from botkyrka_civil.documents import audiences, bundle, inspector, views
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Document, DocumentVersion, File, store
from botkyrka_civil.documents.uploads import Upload
from tests import factories
from tests.tools import web
from tests.tools.threads import same
from tests.tools.web import client_for, queries
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
LIST, FEED = "/dokument/", "/dokument/atom.xml"
ADMIN = "/admin/documents/document/"
ATOM = "{http://www.w3.org/2005/Atom}"
BY = Actor("Testaren", "testaren@exempel.se")
DOCX, XLSX, ODT, ODS = inspector.MAIN_PARTS


def a_pdf(mark: str = "", *, change=lambda pdf: None) -> bytes:
    """A PDF that no other test has, unless the mark is the same."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.docinfo["/Title"] = mark
    change(pdf)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def upload(mark: str = "ett", name: str = "riktlinjer.pdf") -> Upload:
    return Upload(a_pdf(mark), name, "application/pdf")


def plant(title: str, audience: str = "public", owner: str = "municipality", **fields) -> Document:
    file = fields.pop("upload", None) or upload(title, f"{title}.pdf")
    fields = {"category": "other", **fields}
    return Document.add(by=BY, upload=file, title=title, audience=audience, owner=owner, **fields)


def sign_in(user: User, *permissions: str) -> Client:
    user.user_permissions.add(*Permission.objects.filter(codename__in=[f"{p}_document" for p in permissions]))
    return web.sign_in(user)


def read(client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return " ".join(response.content.decode().split())


def got(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # to its end, which closes the file


def titles(client, query: str = "") -> set[str]:
    return {document.title for document in client.get(f"{LIST}{query}").context["page"].object_list}


@pytest.fixture(scope="module")
def visitors(module_rows):
    superuser = User.objects.create_superuser("chef@exempel.se", "ett-langt-losenord", name="Chefen")
    factories.with_second_factor(superuser)
    return {
        "nobody": factories.make_user("", email="ingen@exempel.se"),
        "member": factories.make_user("", email="medlem@exempel.se"),
        "board": factories.make_user("styrelse", email="styrelsen@exempel.se"),
        "staff": factories.make_user("sekreterare"),
        "superuser": superuser,
    }


@pytest.fixture
def people(visitors, monkeypatch):
    """One of each kind of visitor. Who sits on the board is told by a test of its own, as the council app does it."""
    monkeypatch.setitem(audiences._tests, Audience.BOARD, lambda user: user.email.startswith("styrelse"))
    monkeypatch.setitem(audiences._tests, Audience.MEMBERS, lambda user: user.email.startswith(("medlem", "styrelse")))
    return {"anonymous": AnonymousUser()} | {who: same(user) for who, user in visitors.items()}


@pytest.fixture(scope="class")
def planted(module_rows):
    """Each owner and audience that can be, and one that Plattformen has handed over; gone after the class."""
    with transaction.atomic():
        document = plant("Överlämnat protokoll", "board", "platform")
        document.hand_over(by=BY)
        yield {
            "municipality public": plant("Kommunens riktlinjer"),
            "municipality staff": plant("Handläggarnas rutin", "staff"),
            "municipality members": plant("Till medlemmarna", "members"),
            "municipality board": plant("Till styrelsen", "board"),
            "platform public": plant("Plattformens stadgar", "public", "platform"),
            "platform members": plant("Medlemsbrev", "members", "platform"),
            "platform board": plant("Hemligt styrelseprotokoll", "board", "platform"),
            "platform handed over": document,
        }
        transaction.set_rollback(True)


STAFF_SEES = {
    "Kommunens riktlinjer", "Handläggarnas rutin", "Till medlemmarna", "Till styrelsen", "Plattformens stadgar",
    "Överlämnat protokoll",
}  # fmt: skip
STAFF = {"staff", "superuser"}
SEES = {
    "anonymous": {"Kommunens riktlinjer", "Plattformens stadgar"},
    "nobody": {"Kommunens riktlinjer", "Plattformens stadgar"},
    "member": {"Kommunens riktlinjer", "Plattformens stadgar", "Till medlemmarna", "Medlemsbrev"},
    "board": {
        "Kommunens riktlinjer", "Plattformens stadgar", "Till medlemmarna", "Medlemsbrev", "Till styrelsen",
        "Hemligt styrelseprotokoll", "Överlämnat protokoll",
    },
    **dict.fromkeys(STAFF, STAFF_SEES),
}  # fmt: skip


class TestOneOfEach:
    @pytest.mark.parametrize("who", SEES)
    def test_each_outlet_shows_what_the_visitor_may_see_and_nothing_more(self, who, people, planted):
        client, seen = client_for(people, who), SEES[who]
        assert set(Document.objects.visible_to(people[who]).values_list("title", flat=True)) == seen
        html = read(client, LIST)
        assert {d.title for d in planted.values() if d.title in html} == seen
        assert titles(client) == titles(client, "?q=pdf") == seen
        for document in planted.values():
            status = 200 if document.title in seen else 404
            html = read(client, document.get_absolute_url(), status)
            assert ("Inte offentligt" in html) == (status == 200 and document.title not in SEES["anonymous"])
            for url in (document.file_url, f"{document.file_url}?version=1"):
                response = client.get(url)
                assert response.status_code == status, url
                assert status == 404 or got(response).startswith(b"%PDF-")
        feed = client.get(FEED).content.decode()
        assert {d.title for d in planted.values() if d.title in feed} == SEES["anonymous"]
        assert who != "anonymous" or not client.cookies

    def test_hidden_and_missing_look_the_same(self, client, planted):
        for spelled in ("/dokument/{}/", "/dokument/{}/fel.pdf", "/dokument/{}/fel.pdf?version=1"):
            hidden, missing = (read(client, spelled.format(pk), 404) for pk in (planted["platform board"].pk, 999_999))
            assert hidden == missing

    def test_what_is_not_public_bears_a_mark(self, people, planted):
        assert "Inte offentligt" not in read(Client(), LIST)
        html = read(client_for(people, "board"), LIST)
        assert html.count("Inte offentligt: Plattformens styrelse") == 3
        assert "Inte offentligt: Plattformens medlemmar" in html

    def test_an_audience_ends_with_what_gave_it(self, people, planted, monkeypatch):
        secret, client = planted["platform board"], client_for(people, "board")
        got(client.get(secret.file_url))
        monkeypatch.setitem(audiences._tests, Audience.BOARD, lambda user: False)
        assert client.get(secret.file_url).status_code == 404
        people["member"].is_active = False
        assert audiences.of(people["member"]) == {"public"} == audiences.of(AnonymousUser())

    @pytest.mark.parametrize("who", ["staff", "superuser"])
    def test_the_admin_never_shows_what_is_in_the_room(self, who, people, planted):
        client = sign_in(people[who], "view", "add", "change", "add_version")
        html = read(client, ADMIN)
        assert all(title in html for title in STAFF_SEES)
        for key in ("platform members", "platform board"):
            document = planted[key]
            assert document.title not in html
            assert f"/{document.pk}/change/" not in read(client, f"{ADMIN}?q={document.title}")
            for page in ("change", "history", "delete"):
                response = client.get(f"{ADMIN}{document.pk}/{page}/", follow=True)
                assert document.title not in response.content.decode(), page
            assert client.get(f"{ADMIN}{document.pk}/ny-version/").status_code == 404
            assert client.post(f"{ADMIN}{document.pk}/ny-version/", {}).status_code == 404
        if who == "superuser":
            log = read(client, "/admin/casework/event/")
            assert f"documents.document:{planted['platform board'].pk}<" not in log
            assert f"documents.document:{planted['municipality staff'].pk}<" in log
        handed_over = planted["platform handed over"]  # is read, but not changed
        url = f"{ADMIN}{handed_over.pk}"
        assert handed_over.title in read(client, f"{url}/change/")
        assert client.post(f"{url}/change/", posted(title="Kapat")).status_code == 403
        assert {client.get(f"{url}/{page}/").status_code for page in ("ny-version", "delete")} == {403}
        assert same(handed_over).title == handed_over.title

    def test_who_took_what_is_not_public_is_logged(self, people, planted):
        secret, client = planted["platform board"], client_for(people, "board")
        got(client.get(secret.file_url))
        assert not got(client.head(secret.file_url))
        got(client.get(planted["municipality public"].file_url))
        event = Event.objects.get(verb="download")
        assert (event.subject, event.actor_email) == (f"documents.document:{secret.pk}", "styrelsen@exempel.se")
        assert (event.room, event.data) == ("platform", {"version": 1, "file": secret.current.file_id})
        got(client_for(people, "staff").get(planted["municipality staff"].file_url))
        assert Event.objects.filter(verb="download").last().room == ""


def test_the_filters_tell_nothing_about_what_is_hidden(client, people):
    plant("Öppet")
    with time_machine.travel("2011-05-05 12:00+02:00"):
        plant("Gammalt och hemligt", "staff", category="iop")
        plant("Plattformens", "board", "platform", category="statutes")
    html = read(client, LIST)
    assert "2011" not in html and "IOP-avtal" not in html and "Stadgar" not in html
    html = read(client_for(people, "staff"), LIST)
    assert '<option value="2011">2011</option>' in html and "IOP-avtal" in html and "Stadgar" not in html


def test_what_has_no_file_yet_is_shown_to_nobody(people):
    Document.objects.create(title="Tomt", category="other")
    assert not Document.objects.published().exists()
    for user in people.values():
        assert not Document.objects.visible_to(user).exists()


def test_a_new_version_takes_the_place_of_the_old_one_which_stays(client):
    document = plant("Riktlinjer", upload=upload("ett", "första.pdf"))
    address, first_file = document.get_absolute_url(), document.file_url
    document.add_version(by=BY, upload=upload("två", "andra.pdf"))
    assert (document.current.number, document.versions.count(), document.get_absolute_url()) == (2, 2, address)
    assert got(client.get(document.file_url)) == a_pdf("två")
    assert client.get(first_file).url == document.file_url  # an old link leads to what holds
    earlier = document.versions.get(number=1)
    assert got(client.get(earlier.file_url)) == a_pdf("ett")
    wrong = client.get(f"/dokument/{document.pk}/x.pdf?version=1")
    assert (wrong.status_code, wrong.url) == (302, earlier.file_url)
    html = read(client, address)
    assert "Version 2, den som gäller" in html and f'href="{earlier.file_url}"' in html
    assert document.file.sha256 in html and earlier.file.sha256 in html
    assert [e.verb for e in Event.objects.of(document)] == ["add", "replace"]
    versions = ["0", "3", "x", "-1", "", "1' or 1=1", "9" * 50, "²", "١"]
    answers = {asked: client.get(document.file_url, {"version": asked}).status_code for asked in versions}
    assert answers == dict.fromkeys(versions, 404)


def test_the_same_file_again_is_refused_and_nothing_changes():
    document = plant("Riktlinjer", upload=upload("ett"))
    with pytest.raises(Refused, match="exakt likadan"):
        document.add_version(by=BY, upload=upload("ett", "nytt namn.pdf"))
    assert (document.versions.count(), File.objects.count()) == (1, 1)
    document.add_version(by=BY, upload=upload("två"))
    document.add_version(by=BY, upload=upload("ett"))  # back to what it was is a change
    assert document.current.number == 3


def test_a_version_is_never_changed_by_any_path():
    version = plant("Riktlinjer").current
    version.language = "en"
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        DocumentVersion.objects.update(language="en")
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE documents_documentversion SET language = 'en'")
    document = version.document
    document.delete()  # disposal removes the whole
    assert not DocumentVersion.objects.exists()


def test_what_was_tried_out_behind_the_door_does_not_come_out_with_the_last_version(people):
    """Plattformen's drafts stay with its board, and the municipality's with its staff."""
    everybody = {"anonymous", "nobody", "member", "board", "staff", "superuser"}
    for owner, audience, insiders in (("platform", "board", {"board"}), ("municipality", "staff", STAFF)):
        document = plant("Stadgar", audience, owner, upload=upload(f"{owner} utkast", "utkast.pdf"))
        document.add_version(by=BY, upload=upload(owner, "stadgar.pdf"))
        document.change(by=BY, audience="public")
        draft = f"/dokument/{document.pk}/utkast.pdf?version=1"
        for who in everybody - insiders:
            client = client_for(people, who)
            assert client.get(draft).status_code == 404, who
            html = read(client, document.get_absolute_url())
            assert "utkast.pdf" not in html and "Version 1" not in html
            got(client.get(document.file_url))
        response = client_for(people, audience).get(draft)
        assert got(response) == a_pdf(f"{owner} utkast") and response["Cache-Control"] == "private, no-store"
        assert Event.objects.of(document).filter(verb="download").count() == 1
        assert "utkast" not in read(Client(), f"{LIST}?q=utkast").replace('value="utkast"', "").replace("”utkast”", "")
        document.add_version(by=BY, upload=upload("nya"))
        assert got(Client().get(f"/dokument/{document.pk}/stadgar.pdf?version=2")) == a_pdf(owner)


def tagged(pdf, without=None):
    pdf.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
    pdf.Root.StructTreeRoot = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot))
    pdf.Root.Lang = pikepdf.String("sv-SE")
    if without:
        del pdf.Root[without]


def test_whether_a_file_is_accessible_is_seen_from_the_file_or_told(client):
    for change, stated, kept in (
        (tagged, "unknown", "yes"),
        (tagged, "no", "no"),  # who has read it knows better than the file
        (partial(tagged, without="/Lang"), "unknown", "unknown"),
        (partial(tagged, without="/MarkInfo"), "unknown", "unknown"),
        (partial(tagged, without="/StructTreeRoot"), "unknown", "unknown"),
        (lambda pdf: setattr(pdf.Root, "MarkInfo", pikepdf.Array([])), "unknown", "unknown"),
        (lambda pdf: None, "yes", "yes"),
    ):
        file = Upload(a_pdf("x", change=change), "x.pdf", "application/pdf")
        document = plant("Riktlinjer", upload=file, accessible=stated)
        assert document.current.accessible == kept, change
        html = read(client, document.get_absolute_url())
        assert ('href="/kontakt/">Hör av dig, så hjälper vi dig' in html) == (kept != "yes"), change


def test_title_description_and_audience_change_but_not_the_address(client):
    document = plant("Riktlinjer")
    address, file = document.get_absolute_url(), document.file_url
    document.change(by=BY, title="Riktlinjer för lokaler", note="Gäller från mars.")
    assert (document.get_absolute_url(), document.file_url) == (address, file)
    assert titles(client, "?q=lokaler+mars") == {"Riktlinjer för lokaler"}
    document.change(by=BY, audience="staff")
    assert client.get(address).status_code == 404
    events = list(Event.objects.of(document).values_list("verb", "from_state", "to_state", "actor"))
    assert events == [
        ("add", "", "", "Testaren"), ("change", "", "", "Testaren"),
        ("change_audience", "public", "staff", "Testaren"),
    ]  # fmt: skip
    document.change(by=BY, audience="staff")
    assert Event.objects.of(document).count() == 3  # nothing changed, nothing to tell


def test_hand_over_registers_each_version_and_lets_staff_see(people):
    document = plant("Årsmötesprotokoll", "board", "platform", category="minutes")
    assert document.room == "platform" and Event.objects.of(document).get().room == "platform"
    document.add_version(by=BY, upload=upload("två"))
    assert not RegistryEntry.objects.exists()
    document.hand_over(by=BY)
    entry = RegistryEntry.objects.get()
    assert (entry.counterpart, entry.matter) == ("Plattformen", "Protokoll: Årsmötesprotokoll, version 2")
    assert (entry.subject, entry.received_at) == (f"documents.document:{document.pk}", document.handed_over_at)
    assert document.registry_entry == entry and document.room == ""
    assert document in Document.objects.visible_to(people["staff"])
    assert document not in Document.objects.visible_to(AnonymousUser())
    event = Event.objects.of(document).get(verb="hand_over")
    assert (event.room, event.data) == ("", {"version": 2, "number": entry.number})
    with pytest.raises(Refused, match="redan överlämnat"):
        document.hand_over(by=BY)
    assert entry.number in read(client_for(people, "staff"), document.get_absolute_url())
    document.add_version(by=BY, upload=upload("tre"))
    assert RegistryEntry.objects.latest("serial").matter == "Protokoll: Årsmötesprotokoll, version 3"


def test_what_belongs_to_the_municipality_or_has_no_file_is_not_handed_over():
    empty = Document.objects.create(title="Tomt", category="other", owner="platform", audience="board")
    for document, words in ((plant("Riktlinjer", "staff"), "kommunens eget"), (empty, "ingen fil")):
        with pytest.raises(Refused, match=words):
            document.hand_over(by=BY)
    assert not RegistryEntry.objects.exists()


@pytest.mark.parametrize("audience", ["public", "staff"])
def test_what_plattformen_opens_is_handed_over_thereby(audience):
    at_once = plant("Öppnat genast", audience, "platform")
    later = plant("Öppnat senare", "members", "platform")
    later.change(by=BY, audience=audience)
    assert {e.subject for e in RegistryEntry.objects.all()} == {f"documents.document:{d.pk}" for d in (at_once, later)}
    for document in (at_once, later):
        document.refresh_from_db()
        assert document.audience == audience and document.handed_over_at and document.room == ""
    later.change(by=BY, audience="board")  # what has reached the municipality stays with it
    assert later.room == "" and RegistryEntry.objects.count() == 2


def test_the_database_refuses_what_must_not_be():
    handed_over = {"handed_over_at": datetime.fromisoformat("2026-01-01T12:00Z")}
    for facts in (
        {"owner": "platform", "audience": "public"},
        {"owner": "platform", "audience": "staff"},
        {"owner": "platform", "audience": "board", **handed_over},
        handed_over,
        {"owner": "somebody"},
        {"audience": "everyone"},
        {"category": "secret"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.create(**({"title": "X", "category": "other"} | facts))
            pytest.fail(f"{facts}")


def test_a_public_file_may_be_kept_and_asked_about_and_no_other_is_kept(client, people):
    document = plant("Riktlinjer", upload=upload("x", "Våra riktlinjer.pdf"))
    response = client.get(document.file_url)
    got(response)
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert response["ETag"] == f'"{document.file.sha256}"'
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''V%C3%A5ra")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    known = {"if-none-match": response["ETag"]}
    again = client.get(document.file_url, headers=known)
    assert again.status_code == 304 and not again.content
    for url in (LIST, document.get_absolute_url(), document.file_url):
        assert client.post(url).status_code == 405
        response = client.head(url)
        assert response.status_code == 200 and not (response.streaming and got(response))
    document.change(by=BY, audience="staff")
    assert client.get(document.file_url, headers=known).status_code == 404
    response = client_for(people, "staff").get(document.file_url, headers=known)
    got(response)
    assert response["Cache-Control"] == "private, no-store" and "ETag" not in response


def test_the_columns_are_those_of_the_source_and_an_empty_list_says_how_to_go_on(client):
    assert "Inga dokument finns här än" in read(client, LIST)
    with time_machine.travel("2026-03-05 12:00+01:00"):
        plant("Riktlinjer", category="guidelines", upload=Upload(a_pdf("x"), "r.pdf", "application/pdf"))
    html = read(client, LIST)
    assert re.findall(r"<th scope=\"col\">([^<]+)</th>", html) == [
        "Ikon som illustrerar filtyp", "Filnamn", "Filstorlek", "Datum fil laddades upp",
    ]  # fmt: skip
    for shown in (
        "Filer tillgängliga för nedladdning", "<h1>Dokument och riktlinjer</h1>", 'role="img" aria-label="PDF-fil"',
        "5 mars 2026", "Riktlinjer <span>(pdf, 1 kB)</span></a>", "Riktlinjer · Kommunen", FEED,
    ):  # fmt: skip
        assert shown in html.replace("\xa0", " "), shown
    html = read(client, f"{LIST}?q=finns+inte")
    assert "Inget dokument passar sökningen" in html and "Visa alla" in html and 'value="finns inte"' in html


def test_a_size_is_told_in_few_digits():
    labels = {1: "1 kB", 174_080: "170 kB", 1_048_576: "1,0 MB", 2_411_725: "2,3 MB", 1_048_575: "1024 kB"}
    for size, label in labels.items():
        file = File(mime="application/pdf", size=size)
        assert file.readable_size.replace("\xa0", " ") == label
        assert file.label.replace("\xa0", " ") == f"(pdf, {label})"


def test_search_minds_the_swedish_letters_but_not_case(client):
    plant("Åtgärder i Fittja", upload=upload("1", "plan.pdf"))
    plant("Atgarder", note="Om LOKALER för föreningar", upload=upload("2", "lista.pdf"))
    assert titles(client, "?q=åtgärder") == titles(client, "?q=ÅTGÄRDER") == {"Åtgärder i Fittja"}
    assert titles(client, "?q=atgarder") == {"Atgarder"}
    assert titles(client, "?q=FÖRENINGAR lokaler") == titles(client, "?q=lista.pdf") == {"Atgarder"}
    assert titles(client, "?q=plan.pdf") == {"Åtgärder i Fittja"}


def test_hostile_words_and_names_do_no_harm(client):
    attack = "<script>alert(1)</script>"
    hostile = plant(attack, note=attack, upload=upload("x", "x.pdf"))
    for url in (LIST, hostile.get_absolute_url(), FEED, f"{LIST}?q={attack}"):
        assert attack not in client.get(url).content.decode(), url
    for name in ("å ä ö é.pdf", "100 % + & #1?.pdf", "a;b='c'.pdf", "%2e%2e.pdf", "<b>.pdf", "🙂.pdf"):
        document = plant("Riktlinjer", upload=upload("x", name))
        got(client.get(document.file_url))
        assert "<b>" not in read(client, document.get_absolute_url()).replace("<b></b>", ""), name
    for words in ("%%", "_", "''", '"', "a\x00b", "🙂" * 60, "((" * 100, "--", "a " * 100):
        response = client.get(LIST, {"q": words, "kategori": words, "agare": words, "ar": words, "sida": words})
        assert response.status_code == 200 and response.context["total"] == 0, words


def test_filters_combine_and_the_latest_stands_first(client):
    for year in (2024, 2026):
        with time_machine.travel(f"{year}-05-05 12:00+02:00"):
            plant(f"Kommunens {year}", category="guidelines")
            plant(f"Plattformens {year}", category="statutes", owner="platform")
    assert [d.title for d in client.get(LIST).context["page"].object_list][0] == "Plattformens 2026"
    assert titles(client, "?ar=2024") == {"Kommunens 2024", "Plattformens 2024"}
    assert titles(client, "?ar=2024&agare=platform") == titles(client, "?kategori=statutes&ar=2024")
    assert titles(client, "?agare=nobody") == titles(client, "?ar=x") == set()
    html = read(client, f"{LIST}?agare=platform")
    assert '<option value="platform" selected>Plattformen</option>' in html
    assert html.index(">2026</option>") < html.index(">2024</option>")


def test_the_number_of_queries_does_not_grow(client, people, monkeypatch):
    first = plant("Zonen")
    first.add_version(by=BY, upload=upload("igen"))
    staff = client_for(people, "staff")
    admin = sign_in(people["superuser"])
    urls = [LIST, f"{LIST}?q=o&agare=municipality", FEED, first.get_absolute_url()]
    visits = [(visitor, url) for visitor in (client, staff) for url in urls] + [(admin, ADMIN)]
    before = [*starmap(queries, visits)]
    for n in range(6):
        plant(f"Dokument {n}", "staff" if n % 3 else "public", category="minutes")
        plant(f"Plattformens {n}", "public" if n % 2 else "board", "platform")
        first.add_version(by=BY, upload=upload(f"version {n}"))
    assert [*starmap(queries, visits)] == before
    assert "6 dokument passar" in read(staff, f"{LIST}?q=dokument&agare=municipality")
    monkeypatch.setattr(views, "PER_PAGE", 4)  # the public sees six, of which three are the municipality's
    assert "Sida 1 av 2" in read(client, LIST) and "sida=2" in read(staff, f"{LIST}?agare=municipality&q=o")


def test_the_feed_is_atom_with_identities_that_stay(client):
    document = plant("Lokaler & avtal <nya>", note="Läs 1 < 2.", upload=upload("x", "å ä.pdf"), category="guidelines")
    response = client.get(FEED, headers={"host": "localhost"})
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)  # noqa: S314  (our own)
    assert feed.tag == f"{ATOM}feed" and feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "sv"
    assert feed.findtext(f"{ATOM}id") == f"{settings.BASE_URL}/dokument/atom.xml"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == settings.MUNICIPALITY["name"]
    assert any(link.get("rel") == "self" for link in feed.findall(f"{ATOM}link"))
    (entry,) = feed.findall(f"{ATOM}entry")
    identity = f"{settings.BASE_URL}/dokument/{document.pk}/"
    assert entry.findtext(f"{ATOM}id") == identity
    assert entry.findtext(f"{ATOM}title") == "Lokaler & avtal <nya>"
    summary = entry.find(f"{ATOM}summary")
    assert summary.get("type") == "html" and "Läs 1 &lt; 2." in summary.text
    enclosure = next(link for link in entry.findall(f"{ATOM}link") if link.get("rel") == "enclosure")
    assert enclosure.get("type") == "application/pdf" and enclosure.get("length") == str(document.file.size)
    got(client.get(enclosure.get("href").removeprefix(settings.BASE_URL)))
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")).tzinfo
    updated = entry.findtext(f"{ATOM}updated")
    with time_machine.travel("2040-01-01 12:00+01:00"):
        document.add_version(by=BY, upload=upload("ny"))
    (entry,) = ElementTree.fromstring(client.get(FEED).content).findall(f"{ATOM}entry")  # noqa: S314
    assert entry.findtext(f"{ATOM}id") == identity and entry.findtext(f"{ATOM}updated") > updated


@pytest.fixture
def officer():
    """Staff without a role: what it may is said in each test."""
    user = factories.make_user("", name="Handläggaren")
    user.is_staff = True
    user.save()
    return user


def posted(**fields):
    file = SimpleUploadedFile("Lokaler.pdf", a_pdf("från formuläret"), "application/pdf")
    facts = {"title": "Lokaler", "category": "guidelines", "audience": "public", "note": ""}
    return {**facts, "upload": file, "language": "sv", "accessible": "unknown"} | fields


def test_staff_add_a_document_with_its_file(officer):
    client = sign_in(officer, "view", "add", "change")
    assert client.post(f"{ADMIN}add/", posted()).status_code == 302
    document = Document.objects.get()
    assert (document.title, document.owner, document.file.name) == ("Lokaler", "municipality", "Lokaler.pdf")
    assert document.current.uploaded_by == officer.name
    event = Event.objects.of(document).get()
    assert (event.verb, event.actor_email) == ("add", officer.email)
    changed = client.post(f"{ADMIN}{document.pk}/change/", posted(title="Nya lokaler", audience="staff"))
    assert changed.status_code == 302
    document.refresh_from_db()
    assert (document.title, document.audience) == ("Nya lokaler", "staff")
    assert [e.verb for e in Event.objects.of(document)] == ["add", "change_audience", "change"]
    html = read(client, f"{ADMIN}{document.pk}/change/")
    assert "Version 1: Lokaler.pdf" in html and "Uppgifterna ändrades" in html and "Lades upp" in html


def test_an_upload_that_is_refused_is_told_and_nothing_else_is_lost(officer):
    client = sign_in(officer, "view", "add")
    file = SimpleUploadedFile("lokaler.pdf", b"MZ program")
    html = " ".join(client.post(f"{ADMIN}add/", posted(upload=file, note="Lång text")).content.decode().split())
    assert "Filen måste vara något av" in html and "Lång text" in html and 'value="Lokaler"' in html
    assert not Document.objects.exists() and not File.objects.exists()


def test_a_new_version_has_a_page_of_its_own(officer):
    document = plant("Lokaler", upload=upload("ett", "ett.pdf"))
    client = sign_in(officer, "view", "add_version")
    page = f"{ADMIN}{document.pk}/ny-version/"
    assert page in read(client, f"{ADMIN}{document.pk}/change/")
    assert "skrivs inte över" in read(client, page)
    again = SimpleUploadedFile("ett.pdf", a_pdf("ett"))
    answer = {"language": "en", "accessible": "no"}
    html = client.post(page, {"upload": again, **answer}).content.decode()
    assert "exakt likadan" in html and '<option value="en" selected>' in html and "<title>Fel: " in html
    assert "Välj filen igen" in html
    html = client.post(page, answer).content.decode()
    assert "Det finns fel i formuläret" in html and '<option value="en" selected>' in html
    response = client.post(page, {"upload": SimpleUploadedFile("två.pdf", a_pdf("två")), **answer}, follow=True)
    assert "Version 2 är på plats." in response.content.decode()
    document.refresh_from_db()
    assert (document.current.number, document.current.language, document.current.accessible) == (2, "en", "no")
    assert document.current.uploaded_by == officer.name


def test_each_permission_is_asked_for(officer):
    document = plant("Lokaler")
    client = sign_in(officer, "view")
    change, version = f"{ADMIN}{document.pk}/change/", f"{ADMIN}{document.pk}/ny-version/"
    with heard() as tables:
        assert "Lokaler" in read(client, ADMIN) and "Version 1" in read(client, change)
        assert client.post(change, posted(title="Kapat")).status_code == 403
        for url in (f"{ADMIN}add/", f"{ADMIN}{document.pk}/delete/"):
            assert client.get(url).status_code == 403
        for permission in ("view", "change"):  # neither of which lets anybody add a version
            officer.user_permissions.add(Permission.objects.get(codename=f"{permission}_document"))
            assert "ny-version" not in read(client, change)
            assert client.get(version).status_code == 403
            file = SimpleUploadedFile("2.pdf", a_pdf("2"))
            assert client.post(version, {"upload": file}).status_code == 403
    assert not [table for table in tables if table.startswith("documents")], tables


def test_a_zip_holds_the_files_under_names_that_are_safe_and_unique():
    pdf, picture = store(a_pdf("a"), name="a.pdf", mime="application/pdf"), store(b"x", name="b", mime="image/jpeg")
    entries = [
        ("2026-03-12 Styrelsemöte/Kallelse", pdf),
        ("2026-03-12 Styrelsemöte/KALLELSE.pdf", pdf),
        ("2026-03-12 Styrelsemöte/Kallelse.PDF", pdf),
        ("../../etc/passwd", pdf),
        ("/Dagordning: §§ 1–3?", pdf),
        ("con.pdf", pdf),
        ("bild.jpeg", picture),
        ("Å" * 300, picture),
        ("  \x00\u202e. ", pdf),
        ("", pdf),
    ]
    with bundle.zip_of(entries) as archive, ZipFile(archive) as packed:
        names = packed.namelist()
        assert packed.testzip() is None
        assert packed.read(names[0]) == a_pdf("a")
        # ö as UTF-8, and said so
        assert packed.getinfo("2026-03-12 Styrelsemöte/Kallelse.pdf").flag_bits & 0x800
    assert names[:7] == [
        "2026-03-12 Styrelsemöte/Kallelse.pdf",
        "2026-03-12 Styrelsemöte/KALLELSE (2).pdf",
        "2026-03-12 Styrelsemöte/Kallelse (3).PDF",
        "_/_/etc/passwd.pdf",
        "Dagordning- §§ 1–3-.pdf",
        "_con.pdf",
        "bild.jpeg",
    ]
    assert len(names) == len({name.casefold() for name in names}) == len(entries)
    assert all(len(part) <= 130 for name in names for part in name.split("/"))


def test_a_large_zip_lies_on_the_disk_and_is_sent_with_its_length(monkeypatch):
    monkeypatch.setattr(bundle, "_IN_MEMORY", 100)
    file = store(a_pdf("a"), name="a.pdf", mime="application/pdf")
    response = bundle.send_zip([("Protokoll å", file)], name="Styrelsen 2026/27")
    body = got(response)
    assert int(response["Content-Length"]) == len(body)
    assert response["Content-Disposition"] == 'attachment; filename="Styrelsen 2026-27.zip"'
    assert response["Cache-Control"] == "private, no-store"
    assert ZipFile(io.BytesIO(body)).namelist() == ["Protokoll å.pdf"]
    response.file_to_stream.close()
