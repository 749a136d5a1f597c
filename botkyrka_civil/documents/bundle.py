"""Several files as one zip, under names that every system can unpack: a meeting's papers, or a year's."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.http import FileResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from ..lib.text import clean_line
from .models import File
from .uploads import DOCUMENTS

_IN_MEMORY = 20 * 1024 * 1024
_LONGEST = 120
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')
_TAKEN_BY_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def zip_of(entries: Iterable[tuple[str, File]]) -> IO[bytes]:
    """The archive, ready to be read. Large ones lie on the disk. Whoever calls has asked for permission.

    `entries` are paths in the archive, with / between folders and with or without an ending, and what lies there.
    """
    # Papers of any year fit; what they are made of (PDF, pictures, zip) does not get smaller by packing it again.
    archive = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (the response closes it)
    taken: set[str] = set()
    with ZipFile(archive, "w", ZIP_STORED) as packed:
        for path, file in entries:
            made = timezone.localtime(file.created_at)
            entry = ZipInfo(_free(_safe(path, file), taken), made.timetuple()[:6])
            entry.external_attr = 0o644 << 16
            with file.stored.open() as stored:
                packed.writestr(entry, stored.read())
    archive.seek(0)
    return archive


def send_zip(entries: Iterable[tuple[str, File]], *, name: str) -> FileResponse:
    """`name` without ending, such as "Styrelsemöte 2026-03-12"."""
    response = FileResponse(zip_of(entries), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, f"{_safe_name(name)}.zip") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _safe(path: str, file: File) -> str:
    *folders, name = [_safe_name(part) for part in path.split("/") if part.strip()] or ["fil"]
    endings = DOCUMENTS.get(file.mime, {file.extension})
    return "/".join([*folders, name if name.lower().endswith(tuple(endings)) else f"{name}{file.extension}"])


def _safe_name(name: str) -> str:
    """Å, ä and ö stay. What a system takes for something else goes: separators, controls, leading and last dots."""
    safe = clean_line(_NOT_IN_NAMES.sub("-", name))[:_LONGEST].strip(" .")
    return f"_{safe}" if not safe or _TAKEN_BY_WINDOWS.match(safe) else safe


def _free(path: str, taken: set[str]) -> str:
    """Protokoll.pdf, Protokoll (2).pdf. Many systems take Å and å for the same name."""
    whole, n = PurePosixPath(path), 1
    while path.casefold() in taken:
        n += 1
        path = str(whole.with_name(f"{whole.stem} ({n}){whole.suffix}"))
    taken.add(path.casefold())
    return path
