"""What the templates of minutes and notices need beside Django's own filters. They get the frozen JSON as it is."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from ..minutes_text import PRESENTER

register = template.Library()
PRESENCE = {"present": "Närvarande", "absent": "Frånvarande"}


@register.filter
def moment(iso: str) -> datetime:
    return timezone.localtime(datetime.fromisoformat(iso))


@register.filter
def day(iso: str) -> date:
    return date.fromisoformat(iso)


@register.filter
def when(meeting: dict[str, Any]) -> str:
    """torsdag 12 mars 2026 kl. 17.00–19.30"""
    start, end = moment(meeting["starts_at"]), moment(meeting["ends_at"])
    last = "" if start.date() == end.date() else f"{date_format(end, 'l j F Y')} kl. "
    return f"{date_format(start, 'l j F Y')} kl. {date_format(start, 'H.i')}–{last}{date_format(end, 'H.i')}"


@register.filter
def attendance(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Those present first. A substitute who served says for whom."""
    return [
        {**person, "label": PRESENCE[person["presence"]]}
        for presence in PRESENCE
        for person in content["present"]
        if person["presence"] == presence
    ]


@register.filter
def sections(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The sections with the papers and the principle of their agenda item, and an anchor of their own each."""
    items = {item["number"]: item for item in content["items"]}
    seen: set[str] = {""}
    found = []
    for section in content["sections"]:
        number = section["number"]
        item = {} if number in seen else items.get(number, {})
        anchor = "" if number in seen else f"p-{number.strip('§ ')}"
        seen.add(number)
        found.append({**section, "anchor": anchor, **{key: item.get(key) for key in ("documents", "principle")}})
    return found


@register.filter
def elsewhere(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Agenda items with papers or a principle that no § tells of, as when the minutes are a file."""
    numbers = {section["number"] for section in content["sections"]} - {""}
    return [i for i in content["items"] if i["number"] not in numbers and (i["documents"] or i["principle"])]


@register.filter
def is_presenter(part: dict[str, Any]) -> bool:
    """Who presented is a line, not a heading with a text of its own."""
    return part["label"] == PRESENTER and len(part["paragraphs"]) == 1 and isinstance(part["paragraphs"][0], str)
