"""What may be uploaded: a PDF or a picture that is what it says, judged by its content and never by its name.

Where staff and the board publish documents, the four common office formats are let in too. A file that comes from
outside is opened by inspector.py alone, in a process of its own (hostile.py).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any

import pikepdf
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..lib.forms import AsksAboutNumbers
from ..lib.text import clean_line
from . import hostile
from .models import File, store

type Accepted = Mapping[str, set[str]]

INSPECTOR = "botkyrka_civil.documents.inspector"
UNREADABLE: dict[str, Any] = {"mime": "", "code": "broken", "tagged": False, "numbers": []}
PICTURES = ("image/jpeg", "image/png")
ACCEPTED: Accepted = {"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}}
OFFICE = (".docx", ".xlsx", ".odt", ".ods")
DOCUMENTS: Accepted = {**ACCEPTED, **{mime: {end} for mime, end in File.EXTENSIONS.items() if end in OFFICE}}
NUMBER_IN_FILE = (
    "I filen står något som ser ut som ett personnummer: {}. Stryk det och välj den nya filen. "
    "Måste det stå kvar? Välj samma fil en gång till."
)
# Why a file is refused, by inspector.py's codes: for all, or for one kind of file.
REASONS = {
    "broken": "Filen går inte att läsa. Spara om den och försök igen.",
    "cut_off": "Bilden är inte hel. Skicka över den igen från telefonen, eller ta en ny bild.",
    "encrypted": "Filen är låst med lösenord. Spara en kopia utan lösenord.",
    "unpacked": "Filen blir för stor när den packas upp. Spara den som PDF.",
    "active": "Filen innehåller makron eller hämtar något utifrån. Spara den utan makron, eller som PDF.",
    "polyglot": "Filen är två slags filer i en. Spara om den och försök igen.",
    "pdf broken": "PDF-filen går inte att läsa. Spara om den och försök igen.",
    "pdf encrypted": "PDF-filen är låst med lösenord. Spara en kopia utan lösenord.",
    "pdf active": "PDF-filen innehåller program, eller en annan fil. Skriv ut den till en ny PDF och försök igen.",
    "pdf polyglot": "Filen är två slags filer i en. Skriv ut den till en ny PDF och försök igen.",
    "picture broken": "Bilden går inte att läsa. Spara om den och försök igen.",
    "picture polyglot": "Filen är två slags filer i en. Spara om bilden och försök igen.",
}


@dataclass(frozen=True)
class Upload:
    """A checked upload, not yet stored. `tagged` is what the inspector said; None for a paper of our own making."""

    data: bytes
    name: str
    mime: str
    tagged: bool | None = None
    numbers: tuple[str, ...] = ()  # each personnummer in its text

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def is_tagged(self) -> bool:
        """A PDF with tags and a language of its own: it can be read aloud (ISO 14289-1 7.1, 7.2)."""
        if self.tagged is not None:
            return self.tagged
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
    verdict = hostile.judged(INSPECTOR, data, largest=settings.UPLOAD_MAX_BYTES) or UNREADABLE
    mime = verdict["mime"]
    if not mime and verdict["code"]:
        raise ValidationError(REASONS["broken"], code="broken")
    if mime not in accepted:
        wanted = "en PDF eller en bild (JPEG eller PNG)" if accepted == ACCEPTED else f"något av: {kinds(accepted)}"
        raise ValidationError(f"Filen måste vara {wanted}.", code="wrong_type")
    if PurePath(name).suffix.lower() not in accepted[mime]:
        raise ValidationError(
            "Filens namn och innehåll stämmer inte överens. Spara om den och försök igen.", code="mismatch"
        )
    if code := verdict["code"]:
        raise ValidationError(_reason(code, mime), code=code)
    return Upload(data, name, mime, verdict["tagged"], tuple(verdict["numbers"]))


def _reason(code: str, mime: str) -> str:
    kind = "pdf" if mime == "application/pdf" else "picture" if mime in PICTURES else "office"
    return REASONS.get(f"{kind} {code}") or REASONS[code]


class UploadField(AsksAboutNumbers, forms.FileField):
    """A file field whose cleaned value is a checked Upload (or None). A PDF with a personnummer is asked about once."""

    def __init__(self, *, accepted: Accepted = ACCEPTED, **kwargs: Any) -> None:
        self.accepted = accepted
        endings = [ending for mime in accepted for ending in sorted(accepted[mime], reverse=True)]
        kwargs.setdefault("help_text", f"{kinds(accepted)}, högst {largest()}.")
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ",".join(endings)

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        if isinstance(data, UploadedFile) and not data.size:
            return check(data, self.accepted)  # says that it is empty
        sent = super().clean(data, initial)
        if not isinstance(sent, UploadedFile):
            return None
        upload = check(sent, self.accepted)
        self.ask(list(upload.numbers), upload.sha256[:16], NUMBER_IN_FILE)
        return upload
