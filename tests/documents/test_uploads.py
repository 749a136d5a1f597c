"""Uploads: what is let in, what is refused and why, where it is kept, and how it is sent out again."""

from io import BytesIO
from zipfile import ZipFile

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from botkyrka_civil.documents.models import File, store
from botkyrka_civil.documents.uploads import UploadField, check
from botkyrka_civil.documents.views import send
from tests import factories
from tests.factories import picture
from tests.tools.web import shut


def made_pdf(change, **options):
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


PDF, JPEG, PNG = factories.pdf_bytes(), picture("JPEG"), picture("PNG")


def upload(data, name):
    return check(SimpleUploadedFile(name, data))


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("protokoll.pdf", PDF, "application/pdf"),
        ("PROTOKOLL.PDF", PDF, "application/pdf"),
        ("två sidor.pdf", factories.pdf_bytes(2), "application/pdf"),
        ("gammal.pdf", made_pdf(lambda pdf: None, force_version="1.3"), "application/pdf"),
        ("ny.pdf", made_pdf(lambda pdf: None, force_version="2.0"), "application/pdf"),
        ("foto.jpg", JPEG, "image/jpeg"),
        ("foto.jpeg", picture("JPEG", progressive=True), "image/jpeg"),
        ("mobil.jpg", picture("JPEG", exif=Image.Exif()), "image/jpeg"),
        ("grå.jpg", picture("JPEG", quality=1), "image/jpeg"),
        ("skannad.png", PNG, "image/png"),
    ],
)
def test_accepted(name, data, mime):
    checked = upload(data, name)
    assert (checked.data, checked.name, checked.mime) == (data, name, mime)


@pytest.mark.parametrize(
    ("code", "name", "data"),
    [
        ("empty", "tom.pdf", b""),
        ("too_large", "stor.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024)),
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
        ("encrypted", "last.pdf", made_pdf(lambda pdf: None, encryption=pikepdf.Encryption(owner="a", user="b"))),
        ("broken", "trasig.pdf", b"%PDF-1.7\n%inget mer"),
        ("broken", "kapad.jpg", JPEG[:20]),
        ("broken", "kapad.png", PNG[:20]),
        ("broken", "sidlos.pdf", factories.pdf_bytes(0)),
        ("active", "oppnar.pdf", made_pdf(lambda pdf: setattr(pdf.Root, "OpenAction", script(pdf)))),
        ("active", "sida.pdf", made_pdf(lambda pdf: setattr(pdf.pages[0], "AA", pikepdf.Dictionary(O=script(pdf))))),
        ("active", "knapp.pdf", made_pdf(with_button)),
        (
            "active",
            "startar.pdf",
            made_pdf(lambda pdf: setattr(pdf.Root, "OpenAction", pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd"))),
        ),
        ("polyglot", "pdf-och-zip.pdf", PDF + archive()),
        ("polyglot", "pdf-och-html.pdf", PDF.replace(b"\n", b"\n%<SCRIPT>alert(1)</SCRIPT>\n", 1)),
        ("polyglot", "jpeg-och-html.jpg", inside_jpeg(b"<HTML><script>alert(1)</script>")),
        ("polyglot", "jpeg-och-pdf.jpg", inside_jpeg(PDF[:900])),
        ("polyglot", "png-och-zip.png", PNG + archive()),
        ("polyglot", "png-och-text.png", PNG + b"nagot mer"),
        ("polyglot", "jpeg-och-zip.jpg", JPEG + archive()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_with_its_own_reason(code, name, data):
    with pytest.raises(ValidationError) as refused:
        upload(data, name)
    assert refused.value.code == code
    assert refused.value.messages[0].endswith(".")


def test_a_goto_action_is_no_program():
    def goto(pdf):
        pdf.Root.OpenAction = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])

    assert upload(made_pdf(goto), "hoppar.pdf")


def test_a_large_photo_is_not_taken_for_markup_by_chance():
    data = inside_jpeg(b"\x07<sVg\x01\x02")
    assert upload(data, "foto.jpg")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\anna\\protokoll.pdf", "protokoll.pdf"),
        ("års\u202emöte\x00.pdf", "årsmöte.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
    ],
)
def test_the_name_is_only_a_name(given, kept):
    file = SimpleUploadedFile("x.pdf", PDF)
    file._name = given  # as a hostile client could send it, past Django's own cleaning
    assert check(file).name == kept


def test_the_field_says_that_a_file_is_empty():
    with pytest.raises(ValidationError, match="Filen är tom"):
        UploadField(label="x").clean(SimpleUploadedFile("tom.pdf", b""))


def test_the_field_may_be_left_empty():
    assert UploadField(label="x", required=False).clean(None) is None


@pytest.mark.django_db
def test_a_stored_file_is_the_same_bytes_under_a_name_that_tells_nothing(monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    file = store(PDF, name="Protokoll Hela Människan 19121212-1212.pdf", mime="application/pdf")
    assert len(synced) == 2  # the file and its folder
    with file.stored.open() as stored:
        assert stored.read() == PDF
    year, _, name = file.stored.name.partition("/")
    assert year.isdecimal()
    assert len(name) == 36
    assert not {"protokoll", "hela", "1912"} & set(name.lower().split("-"))
    assert (file.size, len(file.sha256)) == (len(PDF), 64)
    assert file.label.startswith("(pdf, ")


def headers(file, **options):
    response = send(file, **options)
    shut(response)
    return response


@pytest.mark.django_db
def test_download_is_an_attachment_that_is_never_taken_for_a_page():
    file = File.objects.get(pk=store(PDF, name='å "ä"\n.pdf', mime="application/pdf").pk)
    response = headers(file)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert headers(file, inline=True)["Content-Disposition"].startswith("inline")


@pytest.mark.django_db
def test_a_server_in_front_sends_the_file_when_it_can(settings):
    settings.MEDIA_ACCEL = "/skyddat/"
    file = store(PDF, name="x.pdf", mime="application/pdf")
    response = send(file)
    assert response["X-Accel-Redirect"] == f"/skyddat/{file.stored.name}"
    assert response.content == b""
