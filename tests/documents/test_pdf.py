"""The forms as archive files: valid, true to what was signed, and unmoved by whatever people type."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from functools import cache
from io import BytesIO
from itertools import pairwise

import pytest
from django.conf import settings
from django.template import engines

from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import typefaces
from tests.tools import vera
from tests.tools.papers import AGREEMENT, accession, blank, case, departure, hostile, opened, text_of, walk

# WeasyPrint 70 leaves the closing of its colour profile to Python.
pytestmark = [
    pytest.mark.usefixtures("real_pdfs"),
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]


@cache
def made(form, *arguments):
    """The bytes of the form, the same each time that it is asked for."""
    return form(*arguments)


@pytest.mark.pdf
def test_every_form_passes_both_standards_and_known_bad_files_fail(tmp_path):
    """A validator that says yes to everything would be worthless."""
    press = pdf.warm()
    good = [made(accession, n) for n in (1, 2, 12)] + [made(form) for form in (hostile, departure, blank)]
    plain, untagged = press.html(string="<p>Hej", url_fetcher=press.fetcher).write_pdf(), BytesIO()
    with opened(made(accession, 2)) as file:
        del file.Root.StructTreeRoot
        file.save(untagged)
    paths = {tmp_path / f"{n}.pdf": file for n, file in enumerate((plain, untagged.getvalue(), *good))}
    for path, file in paths.items():
        path.write_bytes(file)
    questions = [(path, flavour) for path in paths for flavour in ("3a", "ua1")]
    failures = vera.validate(questions)
    failed = {failure.partition(":")[0] for failure in failures}
    assert failed == {f"{path} {flavour}" for path, flavour in questions[:4]}, failures
    assert not any("inget svar" in failure for failure in failures)


def test_a_form_is_declared_and_tagged_and_holds_the_signed_json_byte_for_byte():
    with opened(made(accession, 2)) as file, file.open_metadata() as xmp:
        assert file.Root.Lang == "sv" and file.Root.ViewerPreferences.DisplayDocTitle and file.Root.MarkInfo.Marked
        title = "Anslutning till Överenskommelsen: Föreningen Höjden (ÖK 2026/0001)"
        assert xmp["dc:title"] == file.docinfo.Title == title
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")
        assert xmp["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert file.docinfo.CreationDate == "D:20260301130500Z"
        [attached] = file.Root.AF
        assert attached.AFRelationship == "/Data"
        assert (attached.UF, attached.EF.F.Subtype) == ("anslutning.json", "/application/json")
        _, data = case()
        assert attached.EF.F.read_bytes() == file.attachments["anslutning.json"].get_file().read_bytes() == data
        alternatives = {str(o.Alt) for o in file.objects if getattr(o, "S", None) == "/Figure"}
        assert alternatives == {"QR-kod som leder till https://portal.example/verifiera/K7QF-2MXD-9TRB/"}
        levels = [int(found[1]) for o in walk(file.Root.StructTreeRoot) if (found := re.match(r"/H(\d)", str(o.S)))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_only_our_own_fonts_are_embedded():
    """Else the look, the bytes and the validity would hang on which fonts the machine happens to have."""
    for file in (made(accession, 12), made(hostile), made(blank)):
        with opened(file) as document:
            fonts = {str(o.BaseFont) for o in document.objects if getattr(o, "Type", None) == "/Font"}
        assert fonts and all(re.match(r"/[A-Z]{6}\+(Source-|Newsreader|PDF-)", font) for font in fonts), fonts


def test_the_page_shows_everything_that_was_signed():
    context, _ = case(12)
    flat = " ".join(text_of(made(accession, 12)).split())
    for expected in (
        *(signature["name"] for signature in context["signatures"]),
        context["content_sha256"],
        "ÖK 2026/0001 · Överenskommelsen 2018 · sha256 " + context["content_sha256"][:16],
        "Sida 1 av 4",
        "Sida 4 av 4",
        "802002-4280",
        "Två i förening. Det krävs 2 underskrifter.",
        "1 mars 2026 kl. 13.05.00",
        "Enkel elektronisk underskrift",
        "K7QF-2MXD-9TRB",
        *(principle["heading"] for principle in AGREEMENT["principles"]),
    ):
        assert expected in flat, expected


def test_hostile_text_is_shown_as_text():
    text = text_of(made(hostile))
    assert "<b>Fet</b><script>alert(1)</script>" in text and "Saknas. Föreningen är ny." in text
    assert "{{ settings.SECRET_KEY }}" in " ".join(text.split())
    assert not set(text) & set("\u202e\u202c\u200f\u2066\ue000\x07")
    assert not set(text) & set("👨□") and "[U+1F468]" in text and "[U+E000]" in text


SHOWN = {
    "Åsa Öström-Çelik, 50 %": "Åsa Öström-Çelik, 50 %",
    "Nguyễn Łukasz Βασίλης Юлія": "Nguyễn Łukasz Βασίλης Юлія",
    "e\u0301": "e\u0301",
    "\u202eabc\u202c\u200d\x00\x07": "abc",
    "👍🏽": "[U+1F44D][U+1F3FD]",
    "مسجد 中文 हिन्दी": "مسجد 中文 हिन्दी",
    "\ue000": "[U+E000]",
    "1\ufe0f": "1[U+FE0F]",
    " \u0301a": " [U+0301]a",  # a mark on nothing
    "a\u093f": "a[U+093F]",  # and on a letter of another script
    "a\u3000b\nc": "a b\nc",
}


def test_printable():
    assert {typed: typefaces.printable(typed) for typed in SHOWN} == SHOWN


def test_the_same_input_gives_the_same_bytes():
    """And an accession in another process, below."""
    for form in (departure, blank):
        assert form() == made(form), form


def test_another_process_gives_the_same_bytes_and_loads_weasyprint_when_it_is_needed():
    """Its import takes two seconds, which no web worker should spend before its first answer."""
    code = """
import sys, django; django.setup()
import botkyrka_civil.documents.pdf
from tests.tools import papers
print("weasyprint" in sys.modules, flush=True)
sys.stdout.buffer.write(papers.accession())
"""
    run = {"capture_output": True, "check": True, "cwd": settings.BASE_DIR, "env": {**os.environ, "DEMO": "1"}}
    loaded, _, file = subprocess.run([sys.executable, "-c", code], **run).stdout.partition(b"\n")
    assert loaded == b"False" and file == made(accession, 2)


OUTSIDE = [
    '<img src="http://127.0.0.1:9/x.png" alt="">',
    '<img src="https://example.org/x.png" alt="">',
    '<img src="file:///etc/passwd" alt="">',
    '<img src="../../manage.py" alt="">',
    '<img src="../%2e%2e/manage.py" alt="">',
    '<img src="missing.png" alt="">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    "<style>@import 'http://127.0.0.1:9/x.css';</style>",
    "<style>p { background: url(ftp://127.0.0.1:9/x.png) }</style><p>x",
    '<link rel="attachment" href="file:///etc/passwd">',
    '<object data="http://127.0.0.1:9/x.svg"></object>',
]


def test_nothing_outside_static_is_fetched(monkeypatch):
    def rendered(source):
        page = engines["django"].from_string(f'<html lang="sv"><title>T</title>{source}')
        monkeypatch.setattr(pdf, "get_template", lambda name: page)
        return pdf.render("x.html", {}, identifier="x")

    fetched = []
    for source in OUTSIDE:
        with suppress(pdf.ExternalResource):
            fetched.append((source, rendered(source)))
    assert not fetched, fetched
    assert rendered('<img src="../img/mark.svg" alt="Märke">').startswith(b"%PDF-1.7")  # our own
