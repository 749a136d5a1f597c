"""Brings the index up to date. Only what has changed is written, so it costs little to do it every minute.

Harmless to run again, and by several at once: all of them write the same, in the same order.
"""

from collections.abc import Sequence
from itertools import batched

from django.db import transaction

from botkyrka_civil.lib import swedish

from .models import Entry, Piece
from .sources import SOURCES, Hit, Source

BATCH = 200


def refresh() -> None:
    for source in SOURCES:
        _refresh(source)


def _refresh(source: Source) -> None:
    known = dict(Entry.objects.filter(kind=source.kind).values_list("key", "digest"))
    rows = source.public().order_by("pk").iterator(chunk_size=BATCH)
    for batch in batched(rows, BATCH, strict=False):
        hits = list(zip((row.pk for row in batch), source.hits(batch), strict=True))
        _write(source, [(key, hit) for key, hit in hits if known.pop(key, "") != hit.digest])
    for keys in batched(known, BATCH, strict=False):  # no longer public, or no longer there
        Entry.objects.filter(kind=source.kind, key__in=keys).delete()


def _write(source: Source, changed: Sequence[tuple[int, Hit]]) -> None:
    if not changed:
        return
    with transaction.atomic():
        entries = Entry.objects.bulk_create(
            [_entry(source.kind, key, hit) for key, hit in changed],
            update_conflicts=True,
            unique_fields=["key", "kind"],
            update_fields=["digest", "sort", "title", "text"],
        )
        if source.has_names:
            Piece.objects.filter(entry__in=entries).delete()
            spelled = zip(entries, (pieces(*hit.all_names) for _, hit in changed), strict=True)
            Piece.objects.bulk_create(
                [Piece(entry=entry, letters=letters) for entry, found in spelled for letters in sorted(found)],
                ignore_conflicts=True,
            )


def _entry(kind: str, key: int, hit: Hit) -> Entry:
    title, text = hit.indexed
    return Entry(kind=kind, key=key, title=title, text=text, sort=hit.sort, digest=hit.digest)


def pieces(*names: str) -> set[str]:
    """Every three letters in a row of the telling words, the first two of each word with a space before them.

    >>> sorted(pieces("Röda Korset"))
    [' ko', ' ro', 'kor', 'oda', 'ors', 'rod', 'rse', 'set']
    """
    words = (word for name in names for word in swedish.slug(swedish.match_key(name)).split("-"))
    return {f" {word}"[n : n + 3] for word in words for n in range(max(1, len(word) - 1))}
