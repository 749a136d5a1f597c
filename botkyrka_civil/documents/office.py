"""Office files, which are zip archives: told from each other and judged by what lies in them. No macros, no bombs."""

import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.core.exceptions import ValidationError

SIGNATURE, _END = b"PK\x03\x04", b"PK\x05\x06"
_OOXML = "application/vnd.openxmlformats-officedocument."
# What each kind has and the others have not. Those that carry macros name another type for the same part.
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
_MOST_MEMBERS, _TIMES_LARGER = 5000, 10
_UNREADABLE = (BadZipFile, EOFError, ElementTree.ParseError, NotImplementedError, OSError, RuntimeError, ValueError)


def type_of(data: bytes) -> str:
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
    except _UNREADABLE:
        return ""


def check(data: bytes) -> None:
    """Raises ValidationError with the reason, in Swedish."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            _check_size(archive)
            if archive.testzip():
                raise BadZipFile
            _check_active(archive)
            _check_alone(archive, data)
    except ValidationError:
        raise
    except _UNREADABLE:
        raise ValidationError("Filen går inte att läsa. Spara om den och försök igen.", code="broken") from None


def _check_size(archive: ZipFile) -> None:
    """Before anything is unpacked. A size that lies is found by the checksum, and nothing is read beyond it."""
    members = archive.infolist()
    whole = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or whole > _TIMES_LARGER * settings.UPLOAD_MAX_BYTES:
        raise ValidationError("Filen blir för stor när den packas upp. Spara den som PDF.", code="too_large")
    locked = _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)
    if locked or any(member.flag_bits & 1 for member in members):
        raise ValidationError("Filen är låst med lösenord. Spara en kopia utan lösenord.", code="encrypted")


def _check_active(archive: ZipFile) -> None:
    names = archive.namelist()
    if any(map(_ACTIVE_NAME.search, names)) or any(_active_parts(archive, names)):
        raise ValidationError(
            "Filen innehåller makron eller hämtar något utifrån. Spara den utan makron, eller som PDF.", code="active"
        )


def _active_parts(archive: ZipFile, names: list[str]) -> Iterator[bool]:
    for name in names:
        if name == _TYPES:
            yield any(_ACTIVE_TYPE.search(part.get("ContentType", "")) for part in _elements(archive, name))
        elif name.endswith(".rels"):
            external = (part for part in _elements(archive, name) if part.get("TargetMode") == "External")
            yield any(_FETCHED.search(part.get("Type", "")) for part in external)
        elif name in ("content.xml", "styles.xml"):
            yield b"vnd.sun.star.script" in archive.read(name)


def _elements(archive: ZipFile, name: str) -> Iterator[ElementTree.Element]:
    """The elements of a small part. A definition of entities has no business there."""
    text = archive.read(name)
    if b"<!" in text.replace(b"<!--", b"").replace(b"\x00", b""):
        raise BadZipFile
    return ElementTree.fromstring(text).iter()  # noqa: S314  (without entities there is nothing to expand)


def _check_alone(archive: ZipFile, data: bytes) -> None:
    """Nothing before, after or hidden in the archive, and no member that would land elsewhere when it is unpacked."""
    names = archive.namelist()
    elsewhere = any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in names)
    padded = data.rfind(_END) + 22 != len(data) or archive.infolist()[0].header_offset != 0
    if padded or elsewhere or len(set(names)) != len(names) or b"%PDF-" in data[:1024]:
        raise ValidationError("Filen är två slags filer i en. Spara om den och försök igen.", code="polyglot")
