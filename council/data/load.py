"""The source data of Rådet and Plattformen, loaded once and then left to people, as in agreement/data/load.py."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from botkyrka_civil.casework.models import SYSTEM, record
from organisations.models import Organisation, Person, Source

from ..models import Body, Seat, Term

LABEL = "Uppgiften hämtades från källan"


@transaction.atomic
def load_bodies() -> None:
    """Needs the sources and the organisations. What hangs on a body comes with it, and only then."""
    data = tomllib.loads(Path(__file__).with_name("bodies.toml").read_text(encoding="utf-8"))
    sources = {source.key: source for source in Source.objects.all()}
    for facts in data["body"]:
        values = facts | {"source": sources.get(facts.get("source", "")), "tasks": facts.get("tasks", "").strip()}
        body, created = Body.objects.get_or_create(slug=values.pop("slug"), defaults=values)
        if created:
            for composition in _of(data["composition"], body):
                body.compositions.create(**composition | {"source": sources[composition["source"]]})
            for term in _of(data["term"], body):
                _load_term(body, term | {"source": sources[term["source"]]}, data["seat"])
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
            organisation_as_stated=seat["as_stated"],
            role=seat.get("role", Seat.Role.NOT_STATED),
            order=order,
            first_day=term.first_day,
            last_day=term.last_day,
            source=source,
        )
