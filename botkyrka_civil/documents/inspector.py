"""Judges a file that comes from outside. Run by hostile.py, in a process of its own, without Django."""

import re
import resource
import signal
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

import pikepdf
from PIL import Image, ImageFile
from pypdf import PdfReader

from botkyrka_civil.lib import personal_data

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
_SIGNATURES = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG}
_MARKUP = (b"<script", b"<html", b"<!doctype")  # longer than what a large photo holds by chance
_MOST_NUMBERS = 20
_ZIP_END = b"PK\x05\x06"

_OOXML = "application/vnd.openxmlformats-officedocument."
# What each office format has and the others have not. Those that carry macros name another type for the same part.
MAIN_PARTS = {
    f"{_OOXML}wordprocessingml.document": "word/document.xml",
    f"{_OOXML}spreadsheetml.sheet": "xl/workbook.xml",
    "application/vnd.oasis.opendocument.text": "content.xml",
    "application/vnd.oasis.opendocument.spreadsheet": "content.xml",
}
_TYPES, _MANIFEST = "[Content_Types].xml", "META-INF/manifest.xml"
_ACTIVE_NAME = re.compile(r"vbaProject|activeX|macrosheets|dialogsheets|^Basic/|^Scripts/|embeddings/.*\.bin$", re.I)
_ACTIVE_TYPE = re.compile(r"macro|vbaProject|activeX|oleObject", re.I)
_FETCHED = re.compile(r"/(attachedTemplate|oleObject|frame|subDocument)$", re.I)  # from elsewhere, on opening
_MOST_MEMBERS, _TIMES_LARGER, _LARGEST_PART = 5000, 10, 4 * 1024**2
_BROKEN_ZIP = (BadZipFile, EOFError, ElementTree.ParseError, NotImplementedError, OSError, RuntimeError, ValueError)

# Actions that only move the reader within the file (ISO 32000-1 12.6.4). Whatever else acts, is a program to us.
_HARMLESS = {"/GoTo", "/Named", "/Thread", "/Hide", "/SetOCGState", "/Trans", "/GoTo3DView", "/URI"}


class Refused(Exception):
    """Why a file is not taken, as a code."""


def judge(data: bytes, largest: int) -> dict[str, Any]:
    """The type by content ("mime", or ""), why it is refused ("code", or ""), whether a PDF can be read aloud,
    and each personnummer in its text ("numbers").

    `largest`: the most bytes that a file may have.
    """
    mime = type_of(data)
    checks = {PDF: check_pdf, JPEG: check_image, PNG: check_image}
    verdict: dict[str, Any] = {"mime": mime, "code": "", "tagged": False, "numbers": []}
    try:
        if mime in MAIN_PARTS:
            check_office(data, largest)
        elif mime:
            verdict["tagged"] = checks[mime](data)
            verdict["numbers"] = numbers_in(data) if mime == PDF else []
    except Refused as refused:
        verdict["code"] = str(refused)
    return verdict


def type_of(data: bytes) -> str:
    """By the first bytes; of an office file, by what lies in it. Readers look for a PDF in the first 1,024 bytes."""
    if data.startswith(b"PK\x03\x04"):
        return office_type(data)
    if found := next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), ""):
        return found
    before, header, _ = data[:1024].partition(b"%PDF-")
    return PDF if header and not (before.startswith((b"GIF8", b"MZ", b"<")) or b"<" in before) else ""


# PDF ---------------------------------------------------------------------------------------------------------------


def check_pdf(data: bytes) -> bool:
    """Whether it has tags and a language of its own, so that it can be read aloud (ISO 14289-1 7.1, 7.2)."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            if not len(pdf.pages):
                raise Refused("broken")
            if any(_acts(item) for item in _objects(pdf)):
                raise Refused("active")
            root, marks = pdf.Root, pdf.Root.get("/MarkInfo")
            marked = isinstance(marks, pikepdf.Dictionary) and bool(marks.get("/Marked", False))
            tagged = marked and "/StructTreeRoot" in root and bool(str(root.get("/Lang", "")).strip())
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except (pikepdf.PdfError, ValueError, AttributeError, TypeError, KeyError):
        raise Refused("broken") from None
    if any(mark in data[:1024].lower() for mark in _MARKUP) or _ZIP_END in data[-66000:]:
        raise Refused("polyglot")
    return tagged


def numbers_in(data: bytes) -> list[str]:
    """Each personnummer in the text of a PDF: a help to whoever sends it, since a page that is a picture has no text.

    The search ends when half of the processor time is used, so that it costs nobody a file that is fine.
    """
    found: dict[str, str] = {}  # by its digits
    limit = resource.getrlimit(resource.RLIMIT_CPU)[0]
    signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit / 2 if limit > 0 else 0)
    try:
        for page in PdfReader(BytesIO(data)).pages:
            numbers = personal_data.numbers(page.extract_text())
            found |= {re.sub(r"\D", "", number): number for number in numbers}
    except Exception:  # noqa: S110  (whatever is odd about its text, the file itself has been judged)
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return list(found.values())[:_MOST_NUMBERS]


def _stop(*_: Any) -> None:
    raise TimeoutError


def _objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Everything that can be reached from the trailer, each indirect object once, at any depth."""
    waiting: list[Any] = [pdf.trailer]
    seen: set[tuple[int, int]] = set()
    while waiting:
        item = waiting.pop()
        if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream, pikepdf.Array)):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        yield item
        waiting += list(item) if isinstance(item, pikepdf.Array) else [part for _, part in item.items()]


def _acts(item: pikepdf.Object) -> bool:
    """Whether the object is a program, starts one, sends something, or carries another file in it."""
    if isinstance(item, pikepdf.Array):
        return False
    kind, subtype = str(item.get("/S", "")), str(item.get("/Subtype", ""))
    is_action = item.get("/Type") == "/Action" or "/URI" in item or "/JS" in item
    if "/JS" in item or kind in ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE"):
        return True
    if kind == "/Rendition" or (is_action and kind and kind not in _HARMLESS):
        return True
    if "/EF" in item and not _is_plain_attachment(item):
        return True
    opens = item.get("/OpenAction")
    if isinstance(opens, pikepdf.Dictionary) and opens.get("/S") == "/URI":
        return True  # a page from elsewhere, without anybody's press
    return subtype in ("/RichMedia", "/Movie", "/Sound", "/Screen")


def _is_plain_attachment(item: pikepdf.Object) -> bool:
    """A file attached as data that a PDF reader shows as text: PDF/A-3 attaches its source so."""
    name = str(item.get("/UF", item.get("/F", ""))).lower()
    return name.endswith((".xml", ".json", ".csv", ".txt"))


# Pictures ------------------------------------------------------------------------------------------------------------


def check_image(data: bytes) -> bool:
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(BytesIO(data)) as image:
            image.verify()
        if not data.startswith(b"\x89PNG") and b"\xff\xd9" not in data[-(len(data) // 2 + 2) :]:
            raise Refused("cut_off")  # a JPEG ends so; phones may put more after it
    except Refused:
        raise
    except Exception:  # Pillow raises many kinds for a broken picture
        raise Refused("broken") from None
    # Phones put a film or a second picture after a JPEG's end; after a PNG's nothing belongs.
    tail = data.startswith(b"\x89PNG") and not data.endswith(b"IEND\xaeB`\x82")
    zipped = _ZIP_END in data[-66000:]
    if tail or zipped or b"%PDF-" in data[:1024] or any(mark in data.lower() for mark in _MARKUP):
        raise Refused("polyglot")
    return False


# Office files, which are zip archives. No macros, no bombs. --------------------------------------------------------


def office_type(data: bytes) -> str:
    """The type that the archive itself tells, or nothing."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = archive.namelist()
            if members[:1] == ["mimetype"]:
                told = archive.open("mimetype").read(100).decode("ascii", "replace")
            else:
                types = archive.open(_TYPES).read(1024**2).decode("utf-8", "replace") if _TYPES in members else ""
                told = next((t for t in MAIN_PARTS if f'"{t}.main+xml"' in types), "")
            return told if MAIN_PARTS.get(told) in members else ""
    except _BROKEN_ZIP:
        return ""


def check_office(data: bytes, largest: int) -> None:
    try:
        with ZipFile(BytesIO(data)) as archive:
            _check_size(archive, largest)
            if archive.testzip():
                raise BadZipFile
            names = archive.namelist()
            if any(map(_ACTIVE_NAME.search, names)) or any(_active_parts(archive, names)):
                raise Refused("active")
            _check_alone(archive, data)
    except _BROKEN_ZIP:
        raise Refused("broken") from None


def _check_size(archive: ZipFile, largest: int) -> None:
    """Before anything is unpacked. A size that lies is found by the checksum, and nothing is read beyond it."""
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _TIMES_LARGER * largest:
        raise Refused("unpacked")
    locked = _MANIFEST in archive.namelist() and b"encryption-data" in _part(archive, _MANIFEST)
    if locked or any(member.flag_bits & 1 for member in members):
        raise Refused("encrypted")


def _part(archive: ZipFile, name: str) -> bytes:
    """A part that says what the others are: small in every true file."""
    if archive.getinfo(name).file_size > _LARGEST_PART:
        raise Refused("unpacked")
    return archive.read(name)


def _active_parts(archive: ZipFile, names: list[str]) -> Iterator[bool]:
    for name in names:
        if name == _TYPES:
            yield any(_ACTIVE_TYPE.search(part.get("ContentType", "")) for part in _elements(archive, name))
        elif name.endswith(".rels"):
            external = (part for part in _elements(archive, name) if part.get("TargetMode") == "External")
            yield any(_FETCHED.search(part.get("Type", "")) for part in external)
        elif name in ("content.xml", "styles.xml"):
            with archive.open(name) as part:
                yield _holds(part, b"vnd.sun.star.script")


def _holds(part: Any, word: bytes) -> bool:
    """Whether the word stands in a part of any size, which is read a piece at a time."""
    before = b""
    while piece := part.read(1024**2):
        if word in before + piece:
            return True
        before = piece[-len(word) :]
    return False


def _elements(archive: ZipFile, name: str) -> Iterator[ElementTree.Element]:
    """The elements of a small part. A definition of entities has no business there."""
    text = _part(archive, name)
    if b"<!" in text.replace(b"<!--", b"").replace(b"\x00", b""):
        raise BadZipFile
    return ElementTree.fromstring(text).iter()  # noqa: S314  (without entities there is nothing to expand)


def _check_alone(archive: ZipFile, data: bytes) -> None:
    """Nothing before, after or hidden in the archive, and no member that would land elsewhere when it is unpacked."""
    names = archive.namelist()
    elsewhere = any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in names)
    padded = data.rfind(_ZIP_END) + 22 != len(data) or archive.infolist()[0].header_offset != 0
    if padded or elsewhere or len(set(names)) != len(names) or b"%PDF-" in data[:1024]:
        raise Refused("polyglot")
