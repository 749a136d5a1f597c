"""The index: finds candidates and is shown to nobody. What is shown is read again where it stands (find.py)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import connections, models
from django.db.models.expressions import RawSQL

from .words import Word


class EntryQuerySet(models.QuerySet["Entry"]):
    def matching(self, words: Iterable[Word], *, in_title: bool = False) -> Self:
        """Those that may have all the words. PostgreSQL knows the inflections of `swedish`, FTS5 how words begin."""
        vendor = connections[self.db].vendor
        found = RawSQL(MATCHING[vendor], [ASKED[vendor](words, in_title)])  # noqa: S611  words are letters and digits
        return self.filter(pk__in=found)

    def among(self, rows: models.QuerySet[Any]) -> Self:
        return self.filter(models.Exists(rows.filter(pk=models.OuterRef("key"))))

    def in_order(self, words: Iterable[Word]) -> Self:
        """Those with all the words in their name first."""
        named = Entry.objects.matching(words, in_title=True).values("pk")
        place = models.Case(models.When(pk__in=named, then=models.Value(0)), default=models.Value(1))
        return self.order_by(place, "sort", "key")

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(self.order_by().values_list("kind").annotate(models.Count("pk")))


class Entry(models.Model):
    """The words of one public row, as it was when `digest` was taken."""

    kind = models.CharField("slag", max_length=20)
    key = models.BigIntegerField("radens nummer")
    digest = models.CharField("kontrollsumma", max_length=64)
    sort = models.TextField("ordning")
    title = models.TextField("ord i namnet")
    text = models.TextField("ord i texten", blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "sökpost"
        verbose_name_plural = "sökposter"
        constraints = [models.UniqueConstraint(fields=["key", "kind"], name="search_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Piece(models.Model):
    """Three letters of a name, without dots and rings: names that share many of them are spelled nearly alike."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="pieces", verbose_name="sökpost", db_index=False)
    letters = models.CharField("bokstäver", max_length=3)

    class Meta:
        verbose_name = "del av ett namn"
        verbose_name_plural = "delar av namn"
        constraints = [models.UniqueConstraint(fields=["entry", "letters"], name="search_piece_once")]
        indexes = [models.Index(fields=["letters", "entry"], name="search_piece_letters")]

    def __str__(self) -> str:
        return self.letters


def _asked_of_sqlite(words: Iterable[Word], in_title: bool) -> str:
    """Every word in quotation marks, where FTS5 sees no operators."""
    terms = (" OR ".join([f'"{w.prefix}"*', *(f'"{form}"' for form in w.forms)]) for w in words)
    return " AND ".join(f"{'title : ' if in_title else ''}({term})" for term in terms)


def _asked_of_postgres(words: Iterable[Word], in_title: bool) -> str:
    """As it was typed too: what we leave of a word may be less than what `swedish` leaves of it."""
    where = "A" if in_title else ""
    terms = (
        [f"'{begins}':*{where}" for begins in dict.fromkeys((w.prefix, w.typed))]
        + [f"'{form}'{where and ':' + where}" for form in w.forms]
        for w in words
    )
    return " & ".join(f"({' | '.join(term)})" for term in terms)


MATCHING = {
    "sqlite": "SELECT rowid FROM search_words WHERE search_words MATCH %s",
    "postgresql": "SELECT id FROM search_entry WHERE words @@ to_tsquery('swedish', %s)",
}
ASKED = {"sqlite": _asked_of_sqlite, "postgresql": _asked_of_postgres}
