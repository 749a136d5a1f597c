"""Notices: what has changed between two of them, and the calendar entry that goes along."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.formats import date_format

from botkyrka_civil.documents.models import Document, File, store

from . import calendars

if TYPE_CHECKING:
    from .models import Meeting
    from .names import HiddenNames


def paper(document: Document) -> dict[str, Any]:
    """A paper as the notice names it."""
    return {"id": document.pk, "title": document.title, "label": document.label}


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What is new since the last notice, in sentences for the letter."""
    found = []
    if (old["starts_at"], old["ends_at"]) != (new["starts_at"], new["ends_at"]):
        found.append(f"Ny tid: {when(new)}. Tidigare: {when(old)}.")
    if old["place"] != new["place"]:
        found.append(f"Ny plats: {new['place'] or 'inte bestämd'}. Tidigare: {old['place'] or 'inte bestämd'}.")
    if old["title"] != new["title"]:
        found.append(f"Ny rubrik: {new['title'] or new['body']['name']}.")
    before, after = (_by_title(content["items"]) for content in (old, new))
    found += [f"Ny punkt: {title}." for title in after if title not in before]
    found += [f"Punkten ”{title}” är borttagen." for title in before if title not in after]
    kept = [title for title in after if title in before]
    if kept != [title for title in before if title in after]:
        found.append("Punkterna kommer i en annan ordning.")
    for title in kept:
        found += _changes_of_item(title, before[title], after[title])
    return found


def _by_title(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Two items may have the same title: Övrigt, Övrigt (2)."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        title, n = item["title"], 1
        while title in found:
            n += 1
            title = f"{item['title']} ({n})"
        found[title] = item
    return found


def _changes_of_item(title: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    found = []
    papers = [document["title"] for document in new["documents"] if document not in old["documents"]]
    if papers:
        found.append(f"Nya handlingar till ”{title}”: {', '.join(papers)}.")
    if [d for d in old["documents"] if d["id"] not in [n["id"] for n in new["documents"]]]:
        found.append(f"En handling till ”{title}” är borttagen.")
    if any(old.get(field) != new.get(field) for field in ("text", "kind", "presenter", "principle", "action_item")):
        found.append(f"Punkten ”{title}” är ändrad.")
    return found


def when(content: dict[str, Any]) -> str:
    """den 12 mars 2026 kl. 17.00–19.00"""
    start, end = (datetime.fromisoformat(content[name]) for name in ("starts_at", "ends_at"))
    last = "" if start.date() == end.date() else f"den {date_format(end, 'j F Y')} kl. "
    return f"den {date_format(start, 'j F Y')} kl. {date_format(start, 'H.i')}–{last}{date_format(end, 'H.i')}"


def entry(meeting: Meeting, names: HiddenNames | None = None) -> calendars.Entry:
    """The meeting as calendars show it: as its latest notice says, or, before that, as it is planned.

    With `names` where everyone reads it: those are not told.
    """
    notice = meeting.latest_notice if meeting.called_at else None
    said: Any = notice or meeting
    told: Any = {"title": meeting.title, "place": meeting.place, "items": []} if notice is None else notice.content
    if names is not None:
        told = names.within(told)(told)
    status = {"cancelled": "CANCELLED", "planned": "TENTATIVE"}.get(meeting.state, "CONFIRMED")
    agenda = [f"{item['order']}. {item['title']}" for item in told["items"]]
    title = told["title"]
    prefix = "Inställt: " if status == "CANCELLED" else ""
    return calendars.Entry(
        uid=f"{meeting.uid}@{settings.BASE_URL.partition('://')[2]}",
        sequence=meeting.sequence,
        status=status,
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        summary=f"{prefix}{meeting.body.name}{f': {title}' if title else ''}",
        location=told["place"],
        description="\n".join(["Dagordning", *agenda]) if agenda else "",
        url=settings.BASE_URL + meeting.get_absolute_url(),
        stamp=meeting.modified_at,
        last_modified=meeting.modified_at,
    )


def calendar_file(meeting: Meeting) -> File:
    """The entry as a file of its own, for a letter: the same UID and a higher SEQUENCE replace the earlier one."""
    method = "CANCEL" if meeting.state == meeting.State.CANCELLED else "PUBLISH"
    organizer = calendars.Organizer(meeting.body.name, settings.DEFAULT_FROM_EMAIL)
    data = calendars.calendar(meeting.body.name, [entry(meeting)], method=method, organizer=organizer)
    return store(data, name=f"{meeting.body.slug}-{meeting.slug}.ics", mime="text/calendar")
