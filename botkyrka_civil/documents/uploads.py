"""What may be uploaded: a PDF or a picture that is what it says, judged by its content and never by its name.

Where staff and the board publish documents, the four common office formats are let in too (office.py).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any

import pikepdf
import puremagic
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from ..lib.text import clean_line
from . import office
from .models import File, store

type Accepted = Mapping[str, set[str]]

ACCEPTED: Accepted = {"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}}
DOCUMENTS: Accepted = {**ACCEPTED, **{mime: {File.EXTENSIONS[mime]} for mime in office.MAIN_PARTS}}
_SIGNATURES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_MARKUP = (b"<script", b"<html", b"<!doctype")  # longer than what a large photo holds by chance


@dataclass(frozen=True)
class Upload:
    """A checked upload, not yet stored."""

    data: bytes
    name: str
    mime: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def is_tagged(self) -> bool:
        """A PDF with tags and a language of its own: it can be read aloud (ISO 14289-1 7.1, 7.2)."""
        if self.mime != "application/pdf":
            return False
        with pikepdf.open(BytesIO(self.data)) as pdf:
            root, marks = pdf.Root, pdf.Root.get("/MarkInfo")
            marked = isinstance(marks, pikepdf.Dictionary) and bool(marks.get("/Marked", False))
            return marked and "/StructTreeRoot" in root and bool(str(root.get("/Lang", "")).strip())

    def store(self) -> File:
        return store(self.data, name=self.name, mime=self.mime)


def largest() -> str:
    return f"{settings.UPLOAD_MAX_BYTES // 1024**2} MB"


def kinds(accepted: Accepted) -> str:
    """What may be chosen, in words."""
    if accepted == ACCEPTED:
        return "PDF, JPEG eller PNG"
    return "PDF, JPEG, PNG, Word (docx), Excel (xlsx) eller OpenDocument (odt, ods)"


def check(upload: UploadedFile, accepted: Accepted = ACCEPTED) -> Upload:
    """Read and judge an upload. Raises ValidationError with the reason, in Swedish."""
    if not upload.size:
        raise ValidationError("Filen är tom. Välj en annan fil.", code="empty")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(f"Filen är för stor. Den får vara högst {largest()}.", code="too_large")
    data = upload.read()
    name = clean_line(PurePath((upload.name or "fil").replace("\\", "/")).name)
    mime = _type_of(data)
    if mime not in accepted:
        wanted = "en PDF eller en bild (JPEG eller PNG)" if accepted == ACCEPTED else f"något av: {kinds(accepted)}"
        raise ValidationError(f"Filen måste vara {wanted}.", code="wrong_type")
    if PurePath(name).suffix.lower() not in accepted[mime]:
        raise ValidationError(
            "Filens namn och innehåll stämmer inte överens. Spara om den och försök igen.", code="mismatch"
        )
    checks = {"application/pdf": _check_pdf, "image/jpeg": _check_image, "image/png": _check_image}
    checks.get(mime, office.check)(data)
    return Upload(data, name, mime)


def _type_of(data: bytes) -> str:
    """The type by the first bytes, if a second library agrees with us; of an office file, by what lies in it."""
    if data.startswith(office.SIGNATURE):
        return office.type_of(data)
    mime = next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), None)
    try:
        return mime if mime and puremagic.from_string(data, mime=True) == mime else ""
    except (puremagic.PureError, ValueError):
        return ""


def _check_pdf(data: bytes) -> None:
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            encrypted, pages = pdf.is_encrypted, len(pdf.pages)
            active = any(_is_active(item) for item in pdf.objects)
    except pikepdf.PasswordError:
        encrypted, pages, active = True, 0, False
    except (pikepdf.PdfError, ValueError, AttributeError):
        raise ValidationError("PDF-filen går inte att läsa. Spara om den och försök igen.", code="broken") from None
    if encrypted:
        raise ValidationError("PDF-filen är låst med lösenord. Spara en kopia utan lösenord.", code="encrypted")
    if not pages:
        raise ValidationError("PDF-filen har inga sidor.", code="broken")
    if active:
        raise ValidationError(
            "PDF-filen innehåller program. Skriv ut den till en ny PDF och försök igen.", code="active"
        )
    if any(mark in data[:1024].lower() for mark in _MARKUP) or b"PK\x05\x06" in data[-66000:]:
        raise ValidationError(
            "Filen är två slags filer i en. Skriv ut den till en ny PDF och försök igen.", code="polyglot"
        )


def _is_active(item: object, depth: int = 0) -> bool:
    """Whether an action that runs something stands in it: on opening, on a page, behind a button."""
    if depth > 20 or not isinstance(item, pikepdf.Object):
        return False
    if isinstance(item, pikepdf.Array):
        return any(_is_active(part, depth + 1) for part in item if not getattr(part, "is_indirect", False))
    if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        return False
    if item.get("/S") in ("/JavaScript", "/Launch") or "/JS" in item:
        return True
    return any(_is_active(part, depth + 1) for _, part in item.items() if not getattr(part, "is_indirect", False))


def _check_image(data: bytes) -> None:
    try:
        with Image.open(BytesIO(data)) as image:
            image.verify()
    except Exception:  # Pillow raises many kinds for a broken picture
        raise ValidationError("Bilden går inte att läsa. Spara om den och försök igen.", code="broken") from None
    # Phones put a film or a second picture after a JPEG's end; after a PNG's nothing belongs.
    tail = data.startswith(b"\x89PNG") and not data.endswith(b"IEND\xaeB`\x82")
    zipped = b"PK\x05\x06" in data[-66000:]
    if tail or zipped or b"%PDF-" in data[:1024] or any(mark in data.lower() for mark in _MARKUP):
        raise ValidationError("Filen är två slags filer i en. Spara om bilden och försök igen.", code="polyglot")


class UploadField(forms.FileField):
    """A file field whose cleaned value is a checked Upload (or None)."""

    def __init__(self, *, accepted: Accepted = ACCEPTED, **kwargs: Any) -> None:
        self.accepted = accepted
        endings = [ending for mime in accepted for ending in sorted(accepted[mime], reverse=True)]
        kwargs.setdefault("help_text", f"{kinds(accepted)}, högst {largest()}.")
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ",".join(endings)

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        if isinstance(data, UploadedFile) and not data.size:
            return check(data, self.accepted)  # says that it is empty
        upload = super().clean(data, initial)
        return check(upload, self.accepted) if isinstance(upload, UploadedFile) else None
