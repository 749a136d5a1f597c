"""A file from outside costs what a file may cost, whatever lies in it: it is opened in a process with limits."""

import ast
import json
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pikepdf
import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from botkyrka_civil.documents import hostile, inspector, uploads
from botkyrka_civil.documents.uploads import DOCUMENTS, check
from botkyrka_civil.lib import tokens
from tests import factories
from tests.factories import picture
from tests.tools.repository import ROOT, parsed, python_files

LARGEST = 10 * 1024**2
MB = 1024**2


# Runs the reader and says what it took. What the system says of a child begins with what its parent took.
MEASURED = """
import re, runpy, sys
try:
    runpy.run_path(sys.argv.pop(1), run_name="__main__")
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1], file=sys.stderr)
"""


def cost(data: bytes) -> tuple[str, str, int]:
    """The inspector's type and code ("dead" when it died), and the most memory that it took, in bytes."""
    facts = json.dumps({"largest": LARGEST})
    command = [sys.executable, "-I", "-c", MEASURED, hostile.__file__, uploads.INSPECTOR, facts]
    done = subprocess.run(command, input=data, capture_output=True, check=False, env={})
    verdict = json.loads(done.stdout) if done.returncode == 0 else {"mime": "", "code": "dead"}
    lines = done.stderr.decode().split()
    return verdict["mime"], verdict["code"], int(lines[-1]) * 1024 if lines and lines[-1].isdecimal() else 0


@pytest.fixture(scope="module")
def plain() -> int:
    """What an honest file takes."""
    return cost(factories.pdf_bytes())[2]


# Bombs ---------------------------------------------------------------------------------------------------------------


def pdf_bomb(size: int, times: int = 2) -> bytes:
    """A PDF whose only object stream unpacks to `size` bytes, packed `times` times."""
    objects = (
        b"1 0 2 50 3 100 "
        + b"<</Type/Catalog/Pages 2 0 R>>".ljust(50)
        + b"<</Type/Pages/Kids[3 0 R]/Count 1>>".ljust(50)
    )
    objects += b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    stream = objects + b" " * size
    for _ in range(times):
        stream = zlib.compress(stream, 9)
    filters = b"/Filter[" + b"/FlateDecode" * times + b"]"
    out = b"%PDF-1.5\n"
    first = len(out)
    out += (
        b"4 0 obj<</Type/ObjStm/N 3/First 15%s/Length %d>>stream\n" % (filters, len(stream))
        + stream
        + b"\nendstream endobj\n"
    )
    at = len(out)
    rows = b"".join(
        [bytes([0, 0, 0, 0, 0]), *(bytes([2, 0, 0, 4, n]) for n in range(3)), b"\1" + first.to_bytes(3, "big") + b"\0",
         b"\1" + at.to_bytes(3, "big") + b"\0"]
    )  # fmt: skip
    out += (
        b"5 0 obj<</Type/XRef/Size 6/W[1 3 1]/Root 1 0 R/Length %d>>stream\n" % len(rows)
        + rows
        + b"\nendstream endobj\n"
    )
    return out + b"startxref\n%d\n%%%%EOF" % at


def numbers_pdf(count: int) -> bytes:
    """One direct array of `count` numbers in the catalogue."""
    made = pikepdf.new()
    made.add_blank_page()
    made.Root.X = pikepdf.Array([])
    out = BytesIO()
    made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return (
        out.getvalue()
        .replace(b"/X [ ]", b"/X [ " + b"1 " * count + b"]")
        .replace(b"/X []", b"/X [" + b"1 " * count + b"]")
    )


def office_bomb(mime: str, size: int) -> bytes:
    """An office file with one part of `size` blanks in a place that is read."""
    part = inspector.MAIN_PARTS[mime]
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        if "opendocument" in mime:
            archive.writestr("mimetype", mime)
            archive.writestr("content.xml", b" " * size)
            archive.writestr("META-INF/manifest.xml", b" " * size)
        else:
            archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{mime}.main+xml"/></Types>')
            archive.writestr(part, "<x/>")
            archive.writestr("_rels/.rels", b"<x>" + b"<y/>" * (size // 4) + b"</x>")
    return out.getvalue()


def png_bomb(size: int) -> bytes:
    """A PNG with a packed text and a packed colour profile of `size` bytes each."""
    data = picture("PNG")

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    packed = zlib.compress(b" " * size, 9)
    return data[:33] + chunk(b"iCCP", b"p\0\0" + packed) + chunk(b"zTXt", b"t\0\0" + packed) + data[33:]


def wide_picture(kind: str) -> bytes:
    """A picture of many pixels and few bytes."""
    out = BytesIO()
    Image.new("1" if kind == "PNG" else "L", (12_000, 12_000)).save(
        out, kind, **({"optimize": True} if kind == "PNG" else {"quality": 1})
    )
    return out.getvalue()


BOMBS = {
    "pdf 1": lambda: pdf_bomb(MB),
    "pdf 200": lambda: pdf_bomb(200 * MB),
    "pdf packed three times": lambda: pdf_bomb(200 * MB, 3),
    "pdf numbers": lambda: numbers_pdf(4_000_000),
    **{mime: lambda mime=mime: office_bomb(mime, 60 * MB) for mime in inspector.MAIN_PARTS},
    "png text": lambda: png_bomb(200 * MB),
    "png wide": lambda: wide_picture("PNG"),
    "jpeg wide": lambda: wide_picture("JPEG"),
}


def test_every_type_that_is_accepted_has_a_bomb():
    """To tell the type opens no more than the first part."""
    assert {inspector.type_of(BOMBS[name]()) for name in BOMBS if "200" not in name} == set(DOCUMENTS)


@pytest.mark.parametrize("name", BOMBS)
def test_no_file_takes_more_than_its_share(name, plain):
    data = BOMBS[name]()
    mime, code, memory = cost(data)
    assert memory - plain < hostile.MEMORY + 3 * len(data), (mime, code, memory // MB)
    if code == "":
        assert memory - plain < 100 * MB + 3 * len(data)


def test_a_bomb_is_refused_with_a_sentence():
    with pytest.raises(ValidationError) as refused:
        check(SimpleUploadedFile("protokoll.pdf", pdf_bomb(200 * MB)))
    assert refused.value.code == "broken" and "går inte att läsa" in refused.value.messages[0]


ENDINGS = [
    "while True: pass",
    "import os; os.abort()",
    "raise SystemExit(3)",
    "print('{')",
    "__import__('time').sleep(60)",
]


def test_a_process_that_ends_or_never_ends_fails_closed(monkeypatch, tmp_path):
    """The reader turns for ever, ends, answers half, or waits: the file is refused each time."""
    program = Path(hostile.__file__).read_text().replace("Path(__file__).parents[2]", "Path(__file__).parent")
    (tmp_path / "hostile.py").write_text(program)
    monkeypatch.setattr(hostile, "__file__", str(tmp_path / "hostile.py"))
    monkeypatch.setattr(uploads, "INSPECTOR", "reader")
    for body in ENDINGS:
        monkeypatch.setattr(hostile, "PATIENCE", 3 if "sleep" in body else 60)
        (tmp_path / "reader.py").write_text(f"def judge(data, largest):\n    {body}\n")
        with pytest.raises(ValidationError, match="går inte att läsa"):
            check(SimpleUploadedFile("protokoll.pdf", factories.pdf_bytes()))


# One door ------------------------------------------------------------------------------------------------------------


# Where we open what we have made ourselves, or only write.
OWN_FILES = {
    "botkyrka_civil/documents/seal.py",  # seals what we have made
    "botkyrka_civil/documents/bundle.py",  # writes zips
    "botkyrka_civil/documents/uploads.py",  # whether a paper of our own is tagged
    "botkyrka_civil/retention/handout.py",  # writes the extract of a person's data
    "botkyrka_civil/retention/archive/package.py",  # writes archive packages
    "botkyrka_civil/retention/archive/checks.py",  # reads the packages that we have written
}


def test_nothing_else_opens_what_comes_from_outside():
    """Parsers of files stand in what hostile.py runs, and where we open what we have made ourselves."""
    parsers = {"pikepdf", "PIL", "zipfile", "lxml", "asn1crypto", "pyhanko"}
    found = set()
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                modules = {alias.name.partition(".")[0] for alias in node.names}
            else:
                modules = {(getattr(node, "module", None) or "").partition(".")[0]}
            if modules & parsers:
                found.add(str(path.relative_to(ROOT)))
    assert found - OWN_FILES == {f"botkyrka_civil/documents/{name}.py" for name in ("inspector", "seal_check")}


def forms_of(kind: type) -> set[type]:
    return {below for one in kind.__subclasses__() for below in (one, *forms_of(one))}


def test_every_file_field_goes_through_the_door():
    fields = [
        (form.__name__, name, type(field))
        for form in forms_of(forms.BaseForm)
        if form.__module__.startswith(("agreement", "council", "iop", "organisations", "botkyrka_civil"))
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.FileField)
    ]
    assert len(fields) > 5 and not [found for found in fields if not issubclass(found[2], uploads.UploadField)]


@pytest.mark.django_db
def test_a_try_is_counted_before_the_file_is_opened(client, monkeypatch):
    opened = []
    monkeypatch.setattr(hostile, "judged", lambda _, data, **facts: opened.append(data))
    accession = factories.make_draft()
    path = reverse("agreement:step", args=[tokens.make("agreement:application", accession.key), "firmateckning"])
    for _ in range(22):
        form = {"mode": "two_jointly", "n": "", "evidence": SimpleUploadedFile("p.pdf", b"%PDF-1.7 x")}
        answer = client.post(path, form)
        assert answer.status_code == 422
    assert len(opened) == 20 and "för många filer" in answer.content.decode()


# Programs ------------------------------------------------------------------------------------------------------------


def acting(change) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    change(pdf)
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def chained(pdf, depth=40):
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    for _ in range(depth):
        action = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=pikepdf.Array([0]), Next=action)
    pdf.Root.OpenAction = action


def named(pdf, depth=12):
    node = pikepdf.Dictionary(Names=pikepdf.Array(["x", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")]))
    for _ in range(depth):
        node = pikepdf.Dictionary(Kids=pikepdf.Array([node]))
    pdf.Root.Names = pikepdf.Dictionary(JavaScript=node)


def action(kind, **more):
    return lambda pdf: setattr(pdf.Root, "OpenAction", pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **more))


def attached(name):
    return lambda pdf: pdf.attachments.__setitem__(name, b"MZ")


def direct_root() -> bytes:
    """A catalogue that stands in the trailer itself, with a program in it."""
    data = b"%PDF-1.7\n1 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
    data += b"2 0 obj<</Type/Page/Parent 1 0 R/MediaBox[0 0 9 9]>>endobj\n"
    at = len(data)
    data += b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n%010d 00000 n \n" % data.index(b"2 0 obj")
    trailer = b"<</Size 3/Root<</Type/Catalog/Pages 1 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>>>"
    return data + b"trailer" + trailer + b"\nstartxref\n%d\n%%%%EOF" % at


ACTIVE = {
    "forty actions in a chain": lambda: acting(chained),
    "a name tree of twelve": lambda: acting(named),
    "a catalogue in the trailer": direct_root,
    "a form that is sent": lambda: acting(action("SubmitForm", F="https://evil.example/")),
    "data that is fetched": lambda: acting(action("ImportData", F="x.fdf")),
    "another file": lambda: acting(action("GoToR", F="x.pdf")),
    "a file within": lambda: acting(action("GoToE")),
    "a page from elsewhere on opening": lambda: acting(action("URI", URI="https://evil.example/")),
    "an attached program": lambda: acting(attached("faktura.exe")),
    "an unheard-of action": lambda: acting(action("Nytt", Type=pikepdf.Name.Action)),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVE)
def test_a_program_is_found_at_any_depth(name):
    with pytest.raises(ValidationError) as refused:
        check(SimpleUploadedFile("protokoll.pdf", ACTIVE[name]()))
    assert refused.value.code in ("active", "broken") and (
        name == "a catalogue in the trailer" or refused.value.code == "active"
    )


# What every reader opens --------------------------------------------------------------------------------------------


def linked(pdf):
    uri = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://www.botkyrka.se/")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=uri)
    pdf.pages[0].Annots = pikepdf.Array([link])


def owned() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    out = BytesIO()
    pdf.save(out, encryption=pikepdf.Encryption(owner="hemligt", user=""))
    return out.getvalue()


HONEST = {
    "a link to press": lambda: acting(linked),
    "only the owner's password": owned,
    "a blank line before": lambda: b"\r\n" + factories.pdf_bytes(),
    "a byte order mark before": lambda: b"\xef\xbb\xbf" + factories.pdf_bytes(),
    "a printer's header before": lambda: b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n" + factories.pdf_bytes(),
    "data attached": lambda: acting(attached("anslutning.json")),
}


@pytest.mark.parametrize("name", HONEST)
def test_what_every_reader_opens_is_accepted(name):
    assert check(SimpleUploadedFile("protokoll.pdf", HONEST[name]())).mime == "application/pdf"


def test_half_a_picture_is_told_from_a_whole_one():
    whole = BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(whole, "JPEG")
    with pytest.raises(ValidationError) as refused:
        check(SimpleUploadedFile("foto.jpg", whole.getvalue()[: len(whole.getvalue()) // 2]))
    assert "inte hel" in refused.value.messages[0]
    assert check(SimpleUploadedFile("foto.jpg", whole.getvalue()))
