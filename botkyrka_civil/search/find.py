"""Finding: the index names candidates, and each is read again among what is public now, and shown as it is now.

So nothing is shown that has been taken back since the index was made, and nothing by words that it no longer has.
What fits on one page is counted after that reading; a longer list by the database, among what is public now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.utils.safestring import SafeString

from botkyrka_civil.lib import swedish

from . import excerpts, pages
from .index import pieces
from .models import Entry, Piece
from .sources import BY_KIND, SOURCES, Hit, Kind, Source
from .words import Word, parse

FEW, PER_PAGE = 5, 20
SUGGESTED, CONSIDERED = 3, 30
ALIKE, CLOSE = 0.55, 0.8  # of the pairs of letters; closer where the words as they are have been found somewhere
KINDS = (pages.PAGES.kind, *BY_KIND)
SHARED = 2  # pieces, so that a very short name is not like everything


@dataclass(frozen=True)
class Shown:
    """A hit as the page shows it, with the words marked."""

    title: SafeString
    url: str
    excerpt: SafeString
    lang: str

    @classmethod
    def of(cls, hit: Hit, words: Sequence[Word]) -> Shown:
        return cls(excerpts.title(hit.title, words), hit.url, excerpts.excerpt(hit.text, words), hit.lang)


@dataclass(frozen=True)
class Group:
    """What was found of one kind: one page of it, of which a few are shown beside other kinds."""

    of: Kind
    words: Sequence[Word]
    page: Page[Any]
    hits: Sequence[Hit]

    @property
    def total(self) -> int:
        return self.page.paginator.count if self.page.has_other_pages() else len(self.hits)

    @property
    def few(self) -> list[Shown]:
        return self.shown[:FEW]

    @property
    def shown(self) -> list[Shown]:
        return [Shown.of(hit, self.words) for hit in self.hits]

    @property
    def has_more(self) -> bool:
        return self.total > FEW

    @property
    def is_named(self) -> bool:
        return any(hit.is_named(self.words) for hit in self.hits[:1])


@dataclass(frozen=True)
class Results:
    words: Sequence[Word] = ()
    groups: Sequence[Group] = ()
    suggestions: Sequence[Hit] = ()

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups)


def search(query: str, *, kind: str = "", number: Any = 1) -> Results:
    """All kinds, those with the words in a name first; or one page of one kind."""
    words = parse(query)
    if not words:
        return Results()
    groups = [group for group in _groups(words, kind, number if kind else 1) if group.total]
    groups.sort(key=lambda group: not group.is_named)
    found = Results(words, groups)
    named = any(isinstance(group.of, Source) and group.of.has_names for group in groups)
    if kind or named or found.total > FEW:
        return found
    return replace(found, suggestions=suggestions(query, CLOSE if found.total else ALIKE))


def _groups(words: Sequence[Word], kind: str, number: Any) -> Iterator[Group]:
    """The pages of our own are few, and looked through as they are."""
    if kind in ("", pages.PAGES.kind):
        page = Paginator(pages.matching(words), PER_PAGE).get_page(number)
        yield Group(pages.PAGES, words, page, list(page.object_list))
    counts = Entry.objects.matching(words).counts()
    for source in SOURCES:
        count = counts.get(source.kind, 0)
        if kind in ("", source.kind) and (count or source.by_name):
            yield _few(source, words) if count <= PER_PAGE else _many(source, words, PER_PAGE if kind else FEW, number)


def _few(source: Source, words: Sequence[Word]) -> Group:
    """All that the index names, and rows by a name that it has not heard of yet, or has not as the word begins."""
    keys = list(Entry.objects.filter(kind=source.kind).matching(words).values_list("key", flat=True))
    rows = list(source.public().filter(pk__in=keys)) if keys else []
    if source.by_name and all(word.may_be_part for word in words):
        named = source.by_name(" ".join(word.prefix for word in words)).values("pk")
        rows += source.public().filter(pk__in=named).exclude(pk__in=keys)[:PER_PAGE]
    hits = _read(source, words, rows)
    return Group(source, words, Paginator(hits, 2 * PER_PAGE).get_page(1), hits)


def _many(source: Source, words: Sequence[Word], size: int, number: Any) -> Group:
    entries = Entry.objects.filter(kind=source.kind).matching(words).among(source.public()).in_order(words)
    page = Paginator(entries.values_list("key", flat=True), size).get_page(number)
    return Group(source, words, page, _read(source, words, source.public().filter(pk__in=list(page.object_list))))


def _read(source: Source, words: Sequence[Word], rows: Iterable[Any]) -> list[Hit]:
    """Those that still have the words, in the order of the index."""
    hits = [hit for hit in source.hits(rows) if hit.has(words)]
    return sorted(hits, key=lambda hit: (not hit.is_named(words), hit.sort))


def suggestions(query: str, least: float = ALIKE) -> list[Hit]:
    """Organisations and partnerships whose names are spelled almost like this, those most alike first."""
    shared = Piece.objects.filter(letters__in=pieces(query)).values("entry").annotate(shared=Count("letters"))
    near = shared.filter(shared__gte=SHARED).order_by("-shared", "entry").values_list("entry", flat=True)
    keys: dict[str, list[int]] = {}
    for kind, key in Entry.objects.filter(pk__in=list(near[:CONSIDERED])).values_list("kind", "key"):
        keys.setdefault(kind, []).append(key)
    rows = ((BY_KIND[kind], row) for kind, pks in keys.items() for row in BY_KIND[kind].public().filter(pk__in=pks))
    scored = sorted(_likeness(query, source.hit(row)) for source, row in rows)
    return [hit for alike, *_, hit in scored if -alike >= least][:SUGGESTED]


def _likeness(query: str, hit: Hit) -> tuple[float, int, str, str, Hit]:
    """What sorts first is most alike."""
    alike = max(swedish.alike(query, name) for name in hit.all_names)
    return -alike, -len(pieces(query) & pieces(*hit.all_names)), hit.sort, hit.url, hit
