"""Uploads: what is let in, what is refused and why, where it is kept, and how it is sent out again."""

from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents import inspector
from botkyrka_civil.documents.forms import VersionForm
from botkyrka_civil.documents.models import Document, File, store
from botkyrka_civil.documents.uploads import DOCUMENTS, UploadField, check
from botkyrka_civil.documents.views import send
from tests import factories
from tests.factories import picture
from tests.tools.web import body_of, shut

pytestmark = pytest.mark.usefixtures("judged_here")
DOCX, XLSX, ODT, ODS = inspector.MAIN_PARTS


def made_pdf(change=lambda pdf: None, **options):
    pdf = pikepdf.new()
    pdf.add_blank_page()
    change(pdf)
    out = BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def script(pdf):
    return pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hej')"))


def archive():
    out = BytesIO()
    with ZipFile(out, "w") as packed:
        packed.writestr("program.exe", "MZ")
    return out.getvalue()


def inside_jpeg(comment):
    """A JPEG with `comment` in a comment segment of its own."""
    data = picture("JPEG")
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]


def with_button(pdf):
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hej')")
    button = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
    pdf.pages[0].Annots = pikepdf.Array([button])


def with_goto(pdf):
    pdf.Root.OpenAction = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])


LAUNCH = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd")
PDF, JPEG, PNG = factories.pdf_bytes(), picture("JPEG"), picture("PNG")


TYPES = '<?xml version="1.0"?><Types><Override PartName="/{part}" ContentType="{type}.main+xml"/>{more}</Types>'
LINK = '<Relationships><Relationship Id="1" Type="http://x/relationships/{type}" Target="{at}" TargetMode="{mode}"/>'
LINK += "</Relationships>"


def office_file(mime: str, *, more_types: str = "", **members) -> bytes:
    """The smallest file of its kind. `members` add to it or replace parts: slashes are written as __."""
    part = inspector.MAIN_PARTS[mime]
    parts: dict[str, str | bytes] = {}
    if "opendocument" in mime:
        parts |= {"mimetype": mime, part: "<x/>", "META-INF/manifest.xml": "<manifest/>"}
    else:
        parts |= {"[Content_Types].xml": TYPES.format(part=part, type=mime, more=more_types), part: "<x/>"}
    parts |= {name.replace("__", "/"): data for name, data in members.items()}
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


def lying(data: bytes) -> bytes:
    """Says in its directory that the last part is smaller than it is."""
    at = data.rindex(b"PK\x01\x02") + 24
    return data[:at] + (1).to_bytes(4, "little") + data[at + 4 :]


def twice(data: bytes) -> bytes:
    out = BytesIO(data)
    with ZipFile(out, "a") as packed, pytest.warns(UserWarning):
        packed.writestr("word/document.xml", "<y/>")
    return out.getvalue()


def relation(kind: str, mode: str = "External") -> str:
    return LINK.format(type=kind, at="https://elak.example/mall.dotm", mode=mode)


MACRO_TYPE = '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
ENDING = {DOCX: "docx", XLSX: "xlsx", ODT: "odt", ODS: "ods"}
GOOD = office_file(DOCX)


ACCEPTED = [
    ("protokoll.pdf", PDF, "application/pdf"),
    ("PROTOKOLL.PDF", PDF, "application/pdf"),
    ("två sidor.pdf", factories.pdf_bytes(2), "application/pdf"),
    ("gammal.pdf", made_pdf(force_version="1.3"), "application/pdf"),
    ("ny.pdf", made_pdf(force_version="2.0"), "application/pdf"),
    ("hoppar.pdf", made_pdf(with_goto), "application/pdf"),  # which is no program
    ("foto.jpg", JPEG, "image/jpeg"),
    ("foto.jpeg", picture("JPEG", progressive=True), "image/jpeg"),
    ("mobil.jpg", picture("JPEG", exif=Image.Exif()), "image/jpeg"),
    ("grå.jpg", picture("JPEG", quality=1), "image/jpeg"),
    ("slump.jpg", inside_jpeg(b"\x07<sVg\x01\x02"), "image/jpeg"),  # in a large photo, by chance
    ("skannad.png", PNG, "image/png"),
]


def test_accepted():
    for name, data, mime in ACCEPTED:
        checked = check(SimpleUploadedFile(name, data))
        assert (checked.data, checked.name, checked.mime) == (data, name, mime)


REFUSED = [
    ("empty", "tom.pdf", b""),
    ("too_large", "stor.pdf", b"%PDF-" + b"0" * 100_000),
    ("wrong_type", "sida.pdf", b"<html><script>alert(1)</script></html>"),
    ("wrong_type", "program.pdf", b"MZ\x90\x00" + b"\x00" * 100),
    ("wrong_type", "dokument.docx", archive()),
    ("wrong_type", "bild.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ("wrong_type", "bild.gif", picture("GIF")),
    ("wrong_type", "gif-och-pdf.pdf", b"GIF89a" + PDF),
    ("mismatch", "bild.png", JPEG),
    ("mismatch", "bild.pdf", PNG),
    ("mismatch", "protokoll.html", PDF),
    ("mismatch", "protokoll.pdf.exe", PDF),
    ("mismatch", "utan-slut", PDF),
    ("encrypted", "last.pdf", made_pdf(encryption=pikepdf.Encryption(owner="a", user="b"))),
    ("broken", "trasig.pdf", b"%PDF-1.7\n%inget mer"),
    ("broken", "kapad.jpg", JPEG[:20]),
    ("broken", "kapad.png", PNG[:20]),
    ("broken", "sidlos.pdf", factories.pdf_bytes(0)),
    ("active", "oppnar.pdf", made_pdf(lambda pdf: setattr(pdf.Root, "OpenAction", script(pdf)))),
    ("active", "sida.pdf", made_pdf(lambda pdf: setattr(pdf.pages[0], "AA", pikepdf.Dictionary(O=script(pdf))))),
    ("active", "knapp.pdf", made_pdf(with_button)),
    ("active", "startar.pdf", made_pdf(lambda pdf: setattr(pdf.Root, "OpenAction", LAUNCH))),
    ("polyglot", "pdf-och-zip.pdf", PDF + archive()),
    ("polyglot", "pdf-och-html.pdf", PDF.replace(b"\n", b"\n%<SCRIPT>alert(1)</SCRIPT>\n", 1)),
    ("polyglot", "jpeg-och-html.jpg", inside_jpeg(b"<HTML><script>alert(1)</script>")),
    ("polyglot", "jpeg-och-pdf.jpg", inside_jpeg(PDF[:900])),
    ("polyglot", "png-och-zip.png", PNG + archive()),
    ("polyglot", "png-och-text.png", PNG + b"nagot mer"),
    ("polyglot", "jpeg-och-zip.jpg", JPEG + archive()),
    ("active", "a.docx", office_file(DOCX, **{"word__vbaProject.bin": b"x"})),
    ("active", "a.docx", office_file(DOCX, more_types='<Default ContentType="x/vnd.ms-office.vbaProject"/>')),
    ("active", "a.docx", office_file(DOCX, more_types='<Override ContentType="x.macroEnabled.main+xml"/>')),
    ("active", "a.docx", office_file(DOCX, **{"word___rels__settings.xml.rels": relation("attachedTemplate")})),
    ("active", "a.docx", office_file(DOCX, **{"word___rels__document.xml.rels": relation("oleObject")})),
    ("active", "a.docx", office_file(DOCX, **{"word__activeX__activeX1.xml": "<x/>"})),
    ("active", "a.docx", office_file(DOCX, **{"word__embeddings__oleObject1.bin": b"x"})),
    ("active", "a.xlsx", office_file(XLSX, **{"xl__macrosheets__sheet1.xml": "<x/>"})),
    ("active", "a.odt", office_file(ODT, **{"Basic__Standard__Module1.xml": "<x/>"})),
    ("active", "a.ods", office_file(ODS, **{"Scripts__python__x.py": "x"})),
    ("active", "a.odt", office_file(ODT, **{"content.xml": "<x href='vnd.sun.star.script:a?location=share'/>"})),
    ("wrong_type", "a.docm", office_file(DOCX, **{"[Content_Types].xml": MACRO_TYPE})),
    ("wrong_type", "a.docx", office_file(DOCX, **{"[Content_Types].xml": "<Types/>"})),
    ("wrong_type", "a.odt", office_file(ODT, mimetype="application/vnd.oasis.opendocument.presentation")),
    ("wrong_type", "a.docx", b"PK\x03\x04 inte ett arkiv"),
    ("wrong_type", "a.docx", b"MZ\x90" + GOOD),
    ("wrong_type", "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    ("mismatch", "a.xlsx", GOOD),
    ("mismatch", "a.docm", GOOD),
    ("mismatch", "a.zip", GOOD),
    ("unpacked", "a.docx", office_file(DOCX, bomb=b"\0" * 1_100_000)),
    ("broken", "a.docx", lying(office_file(DOCX, bomb=b"\0" * 1000))),
    ("broken", "a.docx", office_file(DOCX, **{"a.rels": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'})),
    ("broken", "a.docx", office_file(DOCX, **{"a.rels": "<a>"})),
    ("encrypted", "a.odt", office_file(ODT, **{"META-INF__manifest.xml": "<m:encryption-data/>"})),
    ("polyglot", "a.docx", GOOD + b"MZ\x90"),
    ("polyglot", "a.docx", twice(GOOD)),
    ("polyglot", "a.docx", office_file(DOCX, **{"..__..__x": "x"})),
]  # fmt: skip


def test_refused_with_its_own_reason(settings):
    settings.UPLOAD_MAX_BYTES = 100_000  # and ten times as much when it is unpacked
    wrong = []
    for number, (code, name, data) in enumerate(REFUSED):
        try:
            check(SimpleUploadedFile(name, data), DOCUMENTS)
            wrong.append((number, code, "let in"))
        except ValidationError as refused:
            if refused.code != code or not refused.messages[0].endswith("."):
                wrong.append((number, code, refused.code, refused.messages))
    assert not wrong, wrong


@pytest.mark.django_db
def test_the_four_office_formats_are_let_in_where_documents_are_published(client):
    for mime, ending in ENDING.items():
        name, data = f"Rutin å.{ending}", office_file(mime, word___rels__x=relation("hyperlink"))
        checked = check(SimpleUploadedFile(name, data), DOCUMENTS)
        assert (checked.mime, checked.data) == (mime, data)
        document = Document.add(by=Actor("Testaren"), upload=checked, title="Rutin", category="other")
        assert document.label.startswith(f"({ending}, ") and document.current.accessible == "unknown"
        response = client.get(document.file_url)
        assert body_of(response) == data and response["Content-Type"] == mime
        assert f'aria-label="{File.KINDS["." + ending]}"' in client.get("/dokument/").content.decode()
        with pytest.raises(ValidationError, match="Filen måste vara en PDF eller en bild"):
            check(SimpleUploadedFile(name, data))  # an application's evidence is still a PDF or a picture


def test_the_name_is_only_a_name():
    for given, kept in (
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\anna\\protokoll.pdf", "protokoll.pdf"),
        ("års\u202emöte\x00.pdf", "årsmöte.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
    ):
        file = SimpleUploadedFile("x.pdf", PDF)
        file._name = given  # as a hostile client could send it, past Django's own cleaning
        assert check(file).name == kept


@pytest.mark.django_db
def test_the_field_says_what_it_takes_and_a_calendar_is_stored_but_not_uploaded():
    field = UploadField(label="x", accepted=DOCUMENTS)
    assert "Word (docx)" in field.help_text and ".docx" in field.widget.attrs["accept"]
    assert UploadField(label="x").widget.attrs["accept"] == ".pdf,.jpg,.jpeg,.png"
    assert isinstance(VersionForm().fields["upload"], UploadField)
    with pytest.raises(ValidationError, match="Filen är tom"):
        field.clean(SimpleUploadedFile("tom.pdf", b""))
    assert UploadField(label="x", required=False).clean(None) is None
    file = store(b"BEGIN:VCALENDAR", name="möte.ics", mime="text/calendar")
    assert Path(file.stored.name).suffix == ".ics" and file.label.startswith("(ics, ")
    with pytest.raises(ValidationError):
        check(SimpleUploadedFile("möte.ics", b"BEGIN:VCALENDAR"), DOCUMENTS)


@pytest.mark.django_db
def test_a_stored_file_is_the_same_bytes_under_a_name_that_tells_nothing(monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    file = store(PDF, name="Protokoll Hela Människan 19121212-1212.pdf", mime="application/pdf")
    assert len(synced) == 2  # the file and its folder
    with file.stored.open() as stored:
        assert stored.read() == PDF
    year, _, name = file.stored.name.partition("/")
    assert year.isdecimal() and len(name) == 36 and not {"protokoll", "hela", "1912"} & set(name.lower().split("-"))
    assert (file.size, len(file.sha256)) == (len(PDF), 64) and file.label.startswith("(pdf, ")


def headers(file, **options):
    response = send(file, **options)
    shut(response)
    return response


@pytest.mark.django_db
def test_download_is_an_attachment_that_is_never_taken_for_a_page(settings):
    file = File.objects.get(pk=store(PDF, name='å "ä"\n.pdf', mime="application/pdf").pk)
    response = headers(file)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert headers(file, inline=True)["Content-Disposition"].startswith("inline")
    settings.MEDIA_ACCEL = "/skyddat/"  # a server in front sends the file when it can
    response = send(file)
    assert response["X-Accel-Redirect"] == f"/skyddat/{file.stored.name}" and response.content == b""
