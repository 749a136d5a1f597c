"""Where the rows of each data set come from: the querysets that the public pages ask, and no others."""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Min, Model, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from agreement.models import Accession, ActionItem, AgreementVersion, Principle
from botkyrka_civil.documents.models import Document
from council.models import Body, Composition, Meeting, Membership, Seat
from council.public_meetings import public_meetings
from iop import results
from iop.models.states import RUNNING, State

from .dataset import Column, Dataset, at

CHUNK = 2000


def streamed[Row: Model](rows: QuerySet[Row]) -> Iterator[Row]:
    return rows.iterator(chunk_size=CHUNK)


def _first(rows: QuerySet[Any], *fields: str) -> date | None:
    return rows.order_by().aggregate(first=Min(Coalesce(*fields) if len(fields) > 1 else fields[0]))["first"]


# The agreement -------------------------------------------------------------------------------------------------------


def accessions() -> Iterator[Accession]:
    rows = Accession.objects.public().select_related("organisation", "version")
    return streamed(rows.order_by("organisation__name", "organisation", "pk"))


def standing_of_accession(row: Accession) -> str:
    since, today = row.joined_on or row.known_from, timezone.localdate()
    held = since and since <= today and (row.ended_on is None or row.ended_on > today)
    return "ansluten" if held else "upphord"


def principles() -> Iterator[Principle]:
    rows = Principle.objects.filter(version__in=AgreementVersion.objects.published()).select_related("version")
    return streamed(rows.order_by("-version__label", "order"))


def plan_items() -> Iterator[ActionItem]:
    rows = ActionItem.objects.published().select_related("plan", "principle")
    return streamed(rows.order_by("-plan__first_day", "plan", "order", "pk"))


# Bodies --------------------------------------------------------------------------------------------------------------


def compositions() -> QuerySet[Composition]:
    rows = Composition.objects.filter(body__kind=Body.Kind.COUNCIL).select_related("body", "source")
    return rows.order_by(Coalesce("first_day", "known_by"), "pk")


def public_seats() -> QuerySet[Seat]:
    """The council's and the board's, as their pages show them for any day. A steering group's are on no page."""
    rows = Seat.objects.filter(body__kind__in=[Body.Kind.COUNCIL, Body.Kind.BOARD])
    return rows.for_everyone().order_by("body__slug", "first_day", "side", "order", "pk")


def first_day(seat: Seat) -> date | None:
    """Of some terms the source gives the year alone."""
    return None if seat.term and seat.term.year_only else seat.first_day


def last_day(seat: Seat) -> date | None:
    return None if seat.term and seat.term.year_only else seat.last_day


# Documents and partnerships ------------------------------------------------------------------------------------------


def documents() -> Iterator[Document]:
    rows = Document.objects.published().select_related("current__file", "registry_entry")
    return streamed(rows.order_by("pk"))


def parties() -> Iterator[dict[str, Any]]:
    for shown in results.public():
        yield from ({"partnerskap": shown.partnership.slug, **party} for party in shown.content["parties"])


def standing_of_partnership(shown: results.Shown) -> str:
    """That it is followed up, or negotiated anew, is the parties' own matter while they are at it."""
    state = shown.partnership.state
    return State.ACTIVE.value if state in RUNNING else state


def first_partnership() -> date | None:
    return min((date.fromisoformat(str(shown.content["first_day"])) for shown in results.public()), default=None)


# All of them ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """The rows, the columns that stand nowhere but are worked out, and the first day that the rows tell of."""

    rows: Callable[[], Iterable[Any]]
    computed: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    since: Callable[[], date | None] = lambda: None


SOURCES = {
    "organisationer": Source(
        accessions,
        {"status": standing_of_accession},
        lambda: _first(Accession.objects.public(), "joined_on", "known_from"),
    ),
    "medlemmar": Source(lambda: streamed(Membership.objects.active().by_name().order_by("organisation__name", "pk"))),
    "principer": Source(principles, {"gallande": lambda row: row.version.state == AgreementVersion.State.IN_FORCE}),
    "handlingsplan": Source(plan_items, {}, lambda: _first(ActionItem.objects.published(), "plan__first_day")),
    "sammansattningar": Source(
        lambda: streamed(compositions()), {}, lambda: _first(compositions(), "first_day", "known_by")
    ),
    "platser": Source(
        lambda: streamed(public_seats()),
        {"fran": first_day, "till": last_day},
        lambda: _first(public_seats(), "first_day"),
    ),
    "moten": Source(
        public_meetings,
        {"status": lambda row: row.standing},
        lambda: _first(Meeting.objects.with_minutes_for(AnonymousUser()), "starts_at__date"),
    ),
    "dokument": Source(documents, {}, lambda: _first(Document.objects.published(), "current__uploaded_at__date")),
    "partnerskap": Source(results.public, {"lage": standing_of_partnership}, first_partnership),
    "partnerskapens-parter": Source(parties, {}, first_partnership),
}


def _read(name: str, told: dict[str, Any]) -> Dataset:
    source = SOURCES[name]
    columns = []
    for column in told.pop("columns"):
        path = column.pop("from", "")
        columns.append(Column(**column, get=at(path) if path else source.computed[column["key"]]))
    return Dataset(name=name, **told, columns=tuple(columns), rows=source.rows, since=source.since)


TOLD = tomllib.loads((Path(__file__).parent / "data/datasets.toml").read_text(encoding="utf-8"))
DATASETS = {name: _read(name, told) for name, told in TOLD.items()}
