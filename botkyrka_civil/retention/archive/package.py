"""All parts of one case, and how they are written to one file that is read back before anybody gets it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone

from ...casework.models import Actor, Event, Letter, Refused, RegistryEntry, record, subject_of
from ...casework.signing import canonical
from ...documents.models import File
from ...lib import swedish
from . import checks, mets
from .kinds import KINDS
from .rows import Row, is_frozen, read

PIECE = 64 * 1024


@dataclass(frozen=True)
class Item:
    """One file in the package, as it must be: what is read is compared with it."""

    path: str  # plain ASCII that every system unpacks, and nobody's name in it
    group: str
    what: str
    mime: str
    made: datetime
    size: int
    sha256: str
    open: Callable[[], IO[bytes]] = field(compare=False)
    name: str = ""  # what a received file was called

    @classmethod
    def of(cls, path: str, what: str, data: bytes, made: datetime, *, group: str = "Uppgifter", mime: str) -> Item:
        sha256 = hashlib.sha256(data).hexdigest()
        return cls(path, group, what, mime, made, len(data), sha256, lambda: BytesIO(data))


@dataclass(frozen=True)
class Package:
    case: Any
    name: str
    items: list[Item]


def of(case: Any) -> Package:
    """Everything that belongs to the case. The same state of the case gives the same bytes."""
    kind = KINDS[case._meta.label_lower]
    told = read(case, kind.own(case))
    subjects = [row.subject for row in told.walk()]
    events = list(Event.objects.ours().filter(subject__in=subjects).exclude(verb="archive").order_by("pk"))
    entries = list(RegistryEntry.objects.filter(subject__in=subjects).in_order())
    letters = list(Letter.objects.ours().filter(subject_key__in=subjects).order_by("pk"))
    stored = [*(pair for row in told.walk() for pair in row.files), *kind.files(case)]
    made = max(
        [*(event.at for event in events), *(entry.registered_at for entry in entries)], default=_known_since(case)
    )
    items = [
        *_stored(stored),
        *_frozen(told, made),
        *_letters(letters),
        _json("uppgifter/arende.json", "Ärendets uppgifter", told.content(), made),
        _json("uppgifter/diarium.json", "Diarieposter", [_plain(entry) for entry in entries], made),
        _json("uppgifter/handelser.json", "Händelselogg", [_plain(event) for event in events], made),
    ]
    shown = {"case": case, "told": told, "entries": entries, "letters": letters, "events": events, "items": items}
    page = render_to_string(
        "retention/archive/index.html", {**shown, "made": made, "municipality": settings.MUNICIPALITY}
    ).encode()
    items.append(Item.of("index.html", "Läs här först", page, made, mime="text/html", group="Översikt"))
    return Package(case, _name(case, entries), [*items, *_lists(case, entries, made, items)])


def _known_since(case: Any) -> datetime:
    """For what came before the portal and has no record of its own."""
    return getattr(case, "created_at", None) or timezone.make_aware(datetime(2000, 1, 1))


def _name(case: Any, entries: list[RegistryEntry]) -> str:
    numbers = [swedish.slug(entry.number.replace("/", "-")) for entry in entries[:1]]
    return "-".join([swedish.slug(str(case._meta.verbose_name)), str(case.pk), *numbers]) + ".zip"


def _stored(found: Iterable[tuple[str, File]]) -> Iterator[Item]:
    """Files as they lie in the store, each once, named after what they are and not as somebody has called them."""
    once: dict[int, tuple[str, File]] = {}
    for what, file in found:
        once.setdefault(file.pk, (what, file))
    for n, (what, file) in enumerate(once.values(), start=1):
        path = f"handlingar/{n:03d}-{swedish.slug(what)}{file.extension}"
        facts = (path, "Handlingar", what, file.mime, file.created_at, file.size, file.sha256)
        yield Item(*facts, open=file.stored.open, name=file.name)


def _frozen(told: Row, made: datetime) -> Iterator[Item]:
    """What was signed or sent, byte for byte: the checksum in the forms is the checksum of this file."""
    rows = [row for row in told.walk() if is_frozen(row.row)]
    for n, row in enumerate(rows, start=1):
        what = f"Innehåll i {row.row._meta.verbose_name}"
        item = Item.of(
            f"uppgifter/innehall-{n:03d}.json", what, canonical(row.row.content), made, mime="application/json"
        )
        if item.sha256 != row.row.content_sha256:
            raise Refused(
                f"Innehållet i ”{row.heading}” är inte längre det som undertecknades. Arkivpaketet skrevs inte."
            )
        yield item


def _letters(letters: list[Letter]) -> Iterator[Item]:
    """As they are kept: a personal link is a placeholder, and what was hidden stays so."""
    for n, letter in enumerate(letters, start=1):
        text = render_to_string("retention/archive/letter.txt", {"letter": letter}).encode()
        made = letter.sent_at or letter.queued_at
        yield Item.of(f"brev/{n:03d}.txt", f"Brev: {letter.subject}", text, made, group="Brev", mime="text/plain")


def _json(path: str, what: str, content: Any, made: datetime) -> Item:
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
    return Item.of(path, what, text.encode(), made, mime="application/json")


def _plain(row: Any) -> dict[str, Any]:
    return {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}


def _lists(case: Any, entries: list[RegistryEntry], made: datetime, items: list[Item]) -> Iterator[Item]:
    """The manifest of all that, and the checksums of all that and of the manifest."""
    numbers = [entry.number for entry in entries]
    manifest = mets.written(subject=subject_of(case), title=str(case), numbers=numbers, made=made, items=items)
    whole = [*items, Item.of(mets.NAME, "Manifest", manifest, made, mime="application/xml")]
    lines = "".join(f"{item.sha256}  {item.path}\n" for item in whole)
    yield whole[-1]
    yield Item.of(checks.NAME, "Kontrollsummor", lines.encode(), made, mime="text/plain")


# Writing -------------------------------------------------------------------------------------------------------------


def write(package: Package, to: IO[bytes]) -> None:
    """The parts as they are, nothing packed smaller; then read back from `to` and compared with what was to be written.

    Refuses a file that is not what the database says that it is.
    """
    with ZipFile(to, "w", ZIP_STORED) as archive:
        for item in package.items:
            entry = ZipInfo(item.path, timezone.localtime(item.made).timetuple()[:6])
            entry.external_attr, entry.file_size = 0o644 << 16, item.size
            with _opened(item) as source, archive.open(entry, "w") as target:
                _copy(item, source, target)
    to.flush()
    problems = checks.problems(to, {item.path: (item.size, item.sha256) for item in package.items})
    if problems:
        raise Refused(f"Arkivpaketet blev inte som det skulle. {' '.join(problems)}")


@contextmanager
def _opened(item: Item) -> Iterator[IO[bytes]]:
    try:
        source = item.open()
    except OSError as error:
        raise Refused(f"{_named(item)} finns inte där den ska ligga ({type(error).__name__}). {_REMEDY}") from error
    with source:
        yield source


def _copy(item: Item, source: IO[bytes], target: IO[bytes]) -> None:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        size += len(piece)
        if size > item.size:
            break
        digest.update(piece)
        target.write(piece)
    if (size, digest.hexdigest()) != (item.size, item.sha256):
        raise Refused(f"{_named(item)} är skadad: den är inte längre den fil som kom in. {_REMEDY}")


_REMEDY = "Arkivpaketet skrevs inte. Hämta tillbaka filen från en säkerhetskopia."


def _named(item: Item) -> str:
    return f"Filen ”{item.name or item.path}” ({item.what})"


def save(package: Package, folder: Path, *, by: Actor) -> Path:
    """Written under another name and renamed when it has been checked: there is never half a package."""
    path = folder / package.name
    with NamedTemporaryFile(dir=folder, prefix=".arkivpaket-", delete=False) as file:
        temporary = Path(file.name)
        try:
            write(package, file)
            os.fsync(file.fileno())
            note(package, file, by=by)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


def note(package: Package, file: Any, *, by: Actor) -> None:
    """In the log: who took it, and the checksum of the whole, by which it is known again."""
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    files = len(package.items)
    record(
        package.case, "archive", by=by, label="Arkivpaket skapades", package=package.name, files=files, sha256=sha256
    )
