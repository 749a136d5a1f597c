"""The extract as a zip: a page to read or print, the same for a program, the person's files and the letters to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ..casework.models import Letter
from . import policy, reasons
from .extract import Extract, Fact, files_of
from .ties import Found, Table

_IN_MEMORY = 20 * 1024 * 1024
PAGE, DATA = "registerutdrag.html", "registerutdrag.json"
# What is not in the extract, and why: said to everyone alike, so that it tells nothing.
LEFT_OUT = (
    "Uppgifter om andra personer. De är borttagna eller ersatta med en text inom hakparenteser.",
    "Lösenord, koder, nycklar och de krypterade fingeravtryck av nätadress och webbläsare som hör till en underskrift. "
    "De går inte att läsa som uppgifter om dig, och den som har dem skulle kunna handla i ditt namn.",
    "Skannade blanketter på papper, där andras uppgifter också kan stå. Vill du se en sådan, fråga oss.",
    "Det som föreningen Plattformen har för sig: medlemskap, anmälningar till dialogkonferensen, styrelsens möten och "
    "protokoll. Föreningen svarar själv för de uppgifterna, och kommunen läser dem inte. Där kan finnas uppgifter om "
    "dig. Vänd dig till Plattformens styrelse, så får du ett utdrag därifrån.",
)


def pack(extract: Extract) -> IO[bytes]:
    """The zip, ready to be sent once. Large ones lie on the disk until they are; nothing is kept."""
    archive = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (the response closes it)
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        for name, data in _entries(extract):
            entry = ZipInfo(name, timezone.localtime(extract.made_at).timetuple()[:6])
            entry.external_attr, entry.compress_type = 0o644 << 16, ZIP_DEFLATED
            packed.writestr(entry, data)
    archive.seek(0)
    return archive


def _entries(extract: Extract) -> Iterator[tuple[str, bytes]]:
    yield PAGE, page(extract).encode()
    yield DATA, json.dumps(data(extract), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()
    yield from letters(extract)
    for name, file in extract.files.values():
        with file.stored.open() as stored:
            yield name, stored.read()


def letters(extract: Extract) -> Iterator[tuple[str, bytes]]:
    """The letters to the person, as they were written."""
    for found in extract.found:
        letter = found.row
        if isinstance(letter, Letter) and found.ties and not letter.confidential:
            day = timezone.localtime(letter.sent_at or letter.queued_at)
            text = f"{letter.subject}\n{letter.to}\n{day:%Y-%m-%d %H:%M}\n\n{letter.body}\n"
            yield f"brev/{day:%Y-%m-%d}-{letter.pk}.txt", str(extract.mask(text)).encode()


# For a program -----------------------------------------------------------------------------------------------------


def data(extract: Extract) -> dict[str, Any]:
    return {
        "schema": "registerutdrag/1",
        "made_at": extract.made_at,
        "controller": {"name": settings.MUNICIPALITY["name"], "org_nr": settings.MUNICIPALITY["org_nr"]},
        "searched_for": {"emails": extract.who.emails, "names": extract.who.names},
        "legal_bases": {basis.title: basis.text for basis in _bases(extract)},
        "tables": [_table(extract, table, rows) for table, rows in extract.by_table],
        "signed_in_until": extract.sessions,
        "files": [
            {"name": name, "sha256": file.sha256, "mime": file.mime, "created_at": file.created_at}
            for name, file in extract.files.values()
        ],
        "left_out": LEFT_OUT,
    }


def _bases(extract: Extract) -> list[policy.Basis]:
    """Each legal ground that something here rests on, once."""
    return list(dict.fromkeys(basis for table, _ in extract.by_table for basis in reasons.of(table.label).bases))


def _table(extract: Extract, table: Table, rows: list[Found]) -> dict[str, Any]:
    why = reasons.of(table.label)
    return {
        "table": table.label.lower(),
        "title": table.title,
        "why": why.purpose,
        "legal_basis": why.basis,
        "kept": why.kept,
        "seen_by": why.seen_by,
        "rows": [_row(extract, found) for found in rows],
    }


def _row(extract: Extract, found: Found) -> dict[str, Any]:
    return {
        "id": found.row.pk,
        "case": found.case,
        "as": [tie.capacity for tie in found.ties],
        "found_by": "address" if found.by_address else "name",
        "fields": {fact.field: fact.value for fact in extract.facts(found)},
        "named": [{"field": fact.field, "value": fact.value} for fact in extract.named(found)],
        "files": [extract.files[file.pk][0] for file in files_of(found)],
    }


# For a reader ------------------------------------------------------------------------------------------------------


def page(extract: Extract) -> str:
    context = {
        "extract": extract,
        "municipality": settings.MUNICIPALITY,
        "base_url": settings.BASE_URL,
        "sections": [_section(extract, table, rows) for table, rows in extract.by_table],
        "bases": _bases(extract),
        "files": list(extract.files.values()),
        "left_out": LEFT_OUT,
        "style": _style(),
    }
    return render_to_string("retention/extract.html", context)


def _section(extract: Extract, table: Table, rows: list[Found]) -> dict[str, Any]:
    return {
        "title": table.title,
        "key": table.label.replace(".", "-").lower(),
        "why": reasons.of(table.label),
        "rows": [_read(extract, found) for found in rows],
    }


def _read(extract: Extract, found: Found) -> dict[str, Any]:
    facts: list[Fact] = [fact for fact in extract.facts(found) if fact.text]
    return {
        "title": ", ".join(tie.capacity for tie in found.ties) or "Du nämns här",
        "facts": facts,
        "named": list(extract.named(found)),
        "by_name_only": not found.by_address,
        "files": [extract.files[file.pk][0] for file in files_of(found)],
    }


def _style() -> SafeString:
    """The page stands alone: its style goes with it."""
    path = finders.find("css/extract.css")
    assert path, "static/css/extract.css is missing"
    return format_html("<style>{}</style>", mark_safe(Path(path).read_text(encoding="utf-8")))  # noqa: S308
