"""Files as they came in or were drawn up."""

from __future__ import annotations

import hashlib
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import number_format


def _path(instance: File, filename: str) -> str:
    """A path that tells nothing: names of people and organisations stay out of file names."""
    return f"{timezone.localdate():%Y}/{uuid4().hex}{instance.extension}"


class File(models.Model):
    """A received or drawn-up file, kept as it is: never changed, never rendered anew."""

    EXTENSIONS = {
        "application/pdf": ".pdf",
        "image/jpeg": ".jpg",
        "image/png": ".png",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
        "application/vnd.oasis.opendocument.text": ".odt",
        "application/vnd.oasis.opendocument.spreadsheet": ".ods",
        "text/calendar": ".ics",
    }
    KINDS = {
        ".pdf": "PDF-fil",
        ".jpg": "Bild",
        ".png": "Bild",
        ".docx": "Word-fil",
        ".xlsx": "Excel-fil",
        ".odt": "Textdokument (OpenDocument)",
        ".ods": "Kalkylblad (OpenDocument)",
        ".ics": "Kalenderfil",
    }

    stored = models.FileField("fil", upload_to=_path, max_length=200)
    name = models.CharField("filnamn", max_length=200)
    mime = models.CharField("filtyp", max_length=100)
    size = models.PositiveBigIntegerField("storlek")
    sha256 = models.CharField("kontrollsumma (sha256)", max_length=64)
    created_at = models.DateTimeField("lades upp", default=timezone.now)

    class Meta:
        verbose_name = "fil"
        verbose_name_plural = "filer"
        indexes = [models.Index(fields=["sha256"], name="file_by_checksum")]  # anyone may ask whether a file is ours

    def __str__(self) -> str:
        return self.name

    @property
    def extension(self) -> str:
        return self.EXTENSIONS[self.mime]

    @property
    def kind(self) -> str:
        """What its icon says to those who don't see it: PDF-fil."""
        return self.KINDS[self.extension]

    @property
    def readable_size(self) -> str:
        """Whole kilobytes, and tenths of a megabyte: more digits than that help nobody."""
        if self.size < 1024**2:
            return f"{max(1, round(self.size / 1024))}\xa0kB"
        return f"{number_format(self.size / 1024**2, 1)}\xa0MB"

    @property
    def label(self) -> str:
        """What a link to the file says after its title: (pdf, 170 kB)."""
        return f"({self.extension[1:]}, {self.readable_size})"

    def discard(self) -> None:
        """The row goes, and the stored file with it when the transaction that is open has ended well."""
        stored = str(self.stored.name)
        self.delete()
        transaction.on_commit(lambda: default_storage.delete(stored))


def store(data: bytes, *, name: str, mime: str) -> File:
    """The one door through which files come in. Call it in the transaction that makes use of the file."""
    file = File(name=name[-200:], mime=mime, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    file.stored.save(name, ContentFile(data), save=True)
    return file
