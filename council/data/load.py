"""The source data of Rådet and Plattformen, loaded once and then left to people, as in agreement/data/load.py."""

from datetime import date
from functools import cache
from typing import Any

from django.db import transaction

from agreement.data.load import SOURCES
from botkyrka_civil.casework.models import SYSTEM, record
from botkyrka_civil.lib import source_data
from organisations.models import Organisation, Person, Source

from ..models import Body, Seat, Term

LABEL = "Uppgiften hämtades från källan"


SEAT = {
    "name": str,
    **dict.fromkeys(("as_stated?", "organisation?", "party?"), str),
    "side?": ("politics", "civil"),
    "role?": tuple(Seat.Role.values),
}
TERM = {
    "body": str,
    "label": str,
    "first_day": date,
    **dict.fromkeys(("last_day?", "elected_on?"), date),
    "year_only?": bool,
    "note?": str,
    "source": str,
    "seat?": [SEAT],
}
COMPOSITION = {
    "body": str,
    **dict.fromkeys(("seats_politics", "seats_civil"), int),
    **dict.fromkeys(("first_day?", "known_by?"), date),
    **dict.fromkeys(("since_text?", "as_stated?"), str),
    "source": str,
}
BODY = {
    "slug": source_data.SLUG,
    "name": str,
    "kind": ("council", "board", "annual_meeting", "member_meeting"),
    "owner": ("municipality", "platform"),
    **dict.fromkeys(("legal_nature?", "tasks?", "note?", "source?"), str),
    **dict.fromkeys(("meets_min?", "meets_max?"), int),
}
BODIES = {"body": [BODY], "composition": [COMPOSITION], "term": [TERM]}

QUOTE = {"source": str, "quote": [str], "corrected?": str, "note?": str}
EVENT = {"when": str, **dict.fromkeys(("date?", "status?", "quote?", "text?", "page?"), str), "source": str}
PLATFORM = {
    "name?": str,
    **dict.fromkeys(("about?", "join?", "strength?"), QUOTE),
    "why?": {**QUOTE, "short?": [{"heading": str, "text": str}]},
    "election": [{"who": str, "said": [str], "source": str}],
    "history": [EVENT],
}


def read() -> dict[str, Any]:
    """The bodies, before anything is loaded: what is wrong is told in a sentence."""
    slugs = [body["slug"] for body in source_data.read("bodies.toml", BODIES)["body"]]
    return source_data.read("bodies.toml", BODIES, source=_sources(), body=slugs)


@cache
def texts() -> dict[str, Any]:
    """What stands about Plattformen in the sources, and our own few words around it."""
    return source_data.read("platform.toml", PLATFORM, source=_sources())


def _sources() -> list[str]:
    return [source["key"] for source in source_data.read("sources.toml", SOURCES)["source"]]


@transaction.atomic
def load_bodies() -> None:
    """Needs the sources and the organisations. What hangs on a body comes with it, and only then."""
    data = read()
    sources = {source.key: source for source in Source.objects.all()}
    for facts in data["body"]:
        values = facts | {"source": sources.get(facts.get("source", "")), "tasks": facts.get("tasks", "").strip()}
        body, created = Body.objects.get_or_create(slug=values.pop("slug"), defaults=values)
        if created:
            for composition in _of(data["composition"], body):
                body.compositions.create(**composition | {"source": sources[composition["source"]]})
            for term in _of(data["term"], body):
                seats = term.pop("seat", [])
                _load_term(body, term | {"source": sources[term["source"]]}, seats)
            record(body, "load", by=SYSTEM, label=LABEL)


def _of(rows: list[dict[str, Any]], body: Body) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "body"} for row in rows if row["body"] == body.slug]


def _load_term(body: Body, facts: dict[str, Any], seats: list[dict[str, str]]) -> None:
    term = Term.objects.create(body=body, **facts)
    source = term.source
    for order, seat in enumerate(seats, start=1):
        Seat.objects.create(
            body=body,
            term=term,
            person=Person.objects.create(name=seat["name"]),
            organisation=Organisation.objects.filter(name=seat.get("organisation", "")).first(),
            organisation_as_stated=seat.get("as_stated", ""),
            party=seat.get("party", ""),
            side=seat.get("side", ""),
            role=seat.get("role", Seat.Role.NOT_STATED),
            order=order,
            first_day=term.first_day,
            last_day=term.last_day,
            source=source,
        )
