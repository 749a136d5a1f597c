"""The source data: what stood on the municipality's and Plattformen's pages, loaded once and then left to people.

A row is made when it is missing and never touched again, so running it at each start is harmless. What hangs on a
row (principles, other names) comes with it, and the contacts come with their source: what people have taken away
since then stays away.
"""

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from botkyrka_civil.casework.models import SYSTEM, record
from botkyrka_civil.lib import swedish
from organisations.models import ContactPerson, MunicipalUnit, Organisation, Source

from ..models import Accession, AgreementVersion

LABEL = "Uppgiften hämtades från källan"


def read(name: str) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@transaction.atomic
def load_source_data() -> None:
    sources, new = {}, set()
    for facts in read("sources")["source"]:
        sources[facts["key"]], created = Source.objects.get_or_create(key=facts["key"], defaults=facts)
        new |= {facts["key"]} if created else set()
    for facts in read("versions")["version"]:
        _load_version(facts, sources[facts.pop("source")])
    for order, facts in enumerate(read("organisations")["organisation"], start=1):
        _load_organisation(order, facts, sources)
    if "S0" in new:
        _load_contacts(sources["S0"])


# The state is set directly here and nowhere else: the decisions behind it were made long before the portal, so no
# verb of ours took part, and a verb would write letters and today's date.


def _load_version(facts: dict[str, Any], source: Source) -> None:
    principles = facts.pop("principle")
    values = {name: value.strip() for name, value in facts.items()} | {"source": source}
    version, created = AgreementVersion.objects.get_or_create(label=values.pop("label"), defaults=values)
    if created:
        for order, principle in enumerate(principles, start=1):
            version.principles.create(order=order, slug=swedish.slug(principle["heading"]), **principle)
        record(version, "load", by=SYSTEM, label=LABEL, to_state=version.state)


def _load_organisation(order: int, facts: dict[str, Any], sources: dict[str, Source]) -> None:
    source = sources["S0"]
    as_stated = facts["as_stated"]
    organisation, created = Organisation.objects.get_or_create(
        source=source, source_order=order, defaults={"name": facts.get("name", as_stated), "name_as_stated": as_stated}
    )
    if created:
        for other in facts.get("other_names", []):
            organisation.other_names.create(**other | {"source": sources[other["source"]]})
    accession, created = Accession.objects.get_or_create(
        organisation=organisation,
        method=Accession.Method.SOURCE,
        source=source,
        defaults={"state": Accession.State.JOINED, "known_from": source.as_of},
    )
    if created:
        record(accession, "load", by=SYSTEM, label=LABEL, to_state=accession.state)


def _load_contacts(source: Source) -> None:
    assert source.as_of
    data = read("contacts")
    units = {unit["name"]: _unit(unit["name"], source) for unit in data["unit"]}
    for facts in data["contact"]:
        unit = units.get(facts.pop("unit", ""))
        ContactPerson.objects.create(**facts, municipal_unit=unit, as_of=source.as_of, source=source)


def _unit(name: str, source: Source) -> MunicipalUnit:
    return MunicipalUnit.objects.get_or_create(name=name, defaults={"source": source})[0]
