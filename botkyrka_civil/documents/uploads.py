"""What may be uploaded: a PDF or a picture that is what it says, judged by its content and never by its name."""

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
from .models import File, store

ACCEPTED = {"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}}
_SIGNATURES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_MARKUP = (b"<script", b"<html", b"<!doctype")  # longer than what a large photo holds by chance


@dataclass(frozen=True)
class Upload:
    """A checked upload, not yet stored."""

    data: bytes
    name: str
    mime: str

    def store(self) -> File:
        return store(self.data, name=self.name, mime=self.mime)


def largest() -> str:
    return f"{settings.UPLOAD_MAX_BYTES // 1024**2} MB"


def check(upload: UploadedFile) -> Upload:
    """Read and judge an upload. Raises ValidationError with the reason, in Swedish."""
    if not upload.size:
        raise ValidationError("Filen är tom. Välj en annan fil.", code="empty")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(f"Filen är för stor. Den får vara högst {largest()}.", code="too_large")
    data = upload.read()
    name = clean_line(PurePath((upload.name or "fil").replace("\\", "/")).name)
    mime = _type_of(data)
    if mime is None:
        raise ValidationError("Filen måste vara en PDF eller en bild (JPEG eller PNG).", code="wrong_type")
    if PurePath(name).suffix.lower() not in ACCEPTED[mime]:
        raise ValidationError(
            "Filens namn och innehåll stämmer inte överens. Spara om den och försök igen.", code="mismatch"
        )
    (_check_pdf if mime == "application/pdf" else _check_image)(data)
    return Upload(data, name, mime)


def _type_of(data: bytes) -> str | None:
    """The type by the first bytes, if a second library agrees with us."""
    mime = next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), None)
    try:
        return mime if mime and puremagic.from_string(data, mime=True) == mime else None
    except (puremagic.PureError, ValueError):
        return None


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

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", f"PDF, JPEG eller PNG, högst {largest()}.")
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ".pdf,.jpg,.jpeg,.png"

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        if isinstance(data, UploadedFile) and not data.size:
            return check(data)  # says that it is empty
        upload = super().clean(data, initial)
        return check(upload) if isinstance(upload, UploadedFile) else None
