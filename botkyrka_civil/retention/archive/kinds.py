"""What belongs to a case when it goes to the archive, kind by kind.

A kind is told of in KINDS, by the model's name, and nowhere else. What the municipality does not hold is never there:
`rows` are those it does, and a row of somebody else's room tells only what was handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ...casework.models import Event, Refused
from ...documents.models import Document, File

type Tree = Mapping[str, Tree]  # relations, and what belongs to their rows in turn
type Found = Iterable[tuple[str, File]]  # files, each with what it is


def _all(rows: Any) -> Any:
    return rows


@dataclass(frozen=True)
class Kind:
    """One kind of case: which of its rows the municipality holds, which are closed, and what belongs to each."""

    rows: Callable[[Any], Any] = _all
    closed: Callable[[Any], Any] = _all
    own: Callable[[Any], Tree] = lambda case: {}
    files: Callable[[Any], Found] = lambda case: []


def _papers(meeting: Any) -> Iterator[tuple[str, File]]:
    """What was handed out at the meeting, as it was then; of what Plattformen has handed over, the signed minutes."""
    if meeting.room:
        yield "justerat protokoll", meeting.minutes.pdf
    elif meeting.state != "cancelled":  # then only what the notice said has been sent to anybody
        for document in Document.objects.ours().filter(agenda_items__meeting=meeting).distinct().order_by("pk"):
            if file := document.file_at(meeting.starts_at):
                yield "handling till mötet", file


def _attached(case: Any) -> Iterator[tuple[str, File]]:
    """What was replaced before the decision, too, and its translations."""
    for verb, what in (("attach_evidence", "underlag"), ("attach_translation", "översatt beslut")):
        keys = Event.objects.of(case).filter(verb=verb).values_list("data__file", flat=True)
        for file in File.objects.filter(pk__in=[key for key in keys if isinstance(key, int)]).order_by("pk"):
            yield what, file


_SIGNED: Tree = {"rounds": {"signatures": {}}}
_MEETING: Tree = {"notices": {}, "participants": {}, "minutes": {**_SIGNED, "corrections": {}}}
_PARTNERSHIP: Tree = {
    "parties": {"signatories": {}, "answers": {}, "contributions": {}},
    "decisions": {},
    "agreements": {"signatures": {}},
    "indicators": {},
    "follow_ups": {"texts": {}, "values": {}},
}

KINDS = {
    "agreement.accession": Kind(
        rows=lambda rows: rows.received(),
        closed=lambda rows: rows.filter(state__in=["left", "ended", "rejected", "written_off", "withdrawn"]),
        own=lambda accession: {**_SIGNED, "completions": {}},
        files=_attached,
    ),
    "agreement.actionplan": Kind(
        rows=lambda rows: rows.published(),
        closed=lambda rows: rows.filter(last_day__lt=timezone.localdate()),
        own=lambda plan: {"items": {"follow_ups": {}}},
    ),
    "agreement.agreementversion": Kind(
        rows=lambda rows: rows.exclude(state="draft"),
        closed=lambda rows: rows.filter(state="replaced"),
        own=lambda version: {"principles": {}},
    ),
    "council.meeting": Kind(
        rows=lambda rows: rows.ours().filter(state__in=["signed_off", "published", "cancelled"]),
        own=lambda meeting: {} if meeting.room else _MEETING,
        files=_papers,
    ),
    "council.nomination": Kind(
        rows=lambda rows: rows.handed_over(), closed=lambda rows: rows.exclude(state__in=["proposed", "nominated"])
    ),
    "documents.document": Kind(
        rows=lambda rows: rows.ours().filter(registry_entry__isnull=False), own=lambda document: {"versions": {}}
    ),
    "iop.partnership": Kind(
        rows=lambda rows: rows.exclude(state="draft"),
        closed=lambda rows: rows.filter(state__in=["declined", "cancelled", "terminated", "evaluated"]),
        own=lambda partnership: _PARTNERSHIP,
        files=_attached,
    ),
    "pages.accessibilityreport": Kind(closed=lambda rows: rows.exclude(state="received")),
}

# Its number, which is told beside it; keys to personal links, and sums that tell people apart; what somebody has typed
# and not sent, or has yet to send; what search and calendars keep for themselves.
SKIPPED = {
    "id", "key", "request_key", "session_hash", "address_hash", "draft", "online_link", "agenda_items", "search_text",
    "uid", "revision",
}  # fmt: skip
# A text that was taken back, and versions from before Plattformen handed over, have never reached the municipality.
ONLY = {
    "council.signoffround": Q(outcome="met"),
    "documents.documentversion": Q(number__gte=F("document__shared_from")),
}
HANDED_OVER = {"body", "title", "starts_at", "ends_at", "state", "handed_over_at", "registry_entry"}


def held(label: str) -> QuerySet[Any]:
    """The cases of one kind that the municipality holds."""
    if label not in KINDS:
        raise Refused(f"Det finns inget arkivpaket för ”{label}”. Välj bland: {', '.join(sorted(KINDS))}.")
    rows: QuerySet[Any] = KINDS[label].rows(apps.get_model(label)._default_manager.all())
    return rows.order_by("pk")


def closed() -> Iterator[Any]:
    """Those that are decided and done with, of every kind."""
    for label, kind in KINDS.items():
        yield from kind.closed(held(label))


def case_of(subject: str) -> Any:
    """The case that a subject names, such as agreement.accession:12."""
    label, _, pk = subject.rpartition(":")
    found = held(label).filter(pk=pk).first() if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise Refused(f"Ärendet ”{subject}” finns inte, eller har inte kommit in till kommunen.")
    return found
