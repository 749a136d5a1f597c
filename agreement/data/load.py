"""The source data: what stood on the municipality's and Plattformen's pages, loaded once and then left to people.

A row is made when it is missing and never touched again, so running it at each start is harmless. What hangs on a
row (principles, other names) comes with it, and the contacts come with their source: what people have taken away
since then stays away.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from botkyrka_civil.casework.models import SYSTEM, record
from botkyrka_civil.lib import source_data, swedish
from botkyrka_civil.lib.env import WrongSetting
from organisations.models import ContactPerson, MunicipalUnit, Organisation, Source

from ..models import Accession, AgreementVersion

LABEL = "Uppgiften hämtades från källan"


SOURCES = {"source": [{"key": str, "title": str, "as_of?": date, "note?": str}]}
VERSIONS = {
    "version": [
        {
            "source": str,
            "label": source_data.SLUG,
            "title": str,
            "state": ("in_force", "replaced"),
            "principle": [{"heading": str, "text?": str, "plain_language?": str}],
            **dict.fromkeys(("adopted_text?", "adopted_by?", "body?", "values_intro?", "joining?"), str),
            **dict.fromkeys(("as_stated?", "note?"), str),
            "adopted_on?": date,
        }
    ]
}
OTHER_NAME = {"name": str, "source": str, "note?": str, "suggested?": bool}
ORGANISATIONS = {"source?": str, "organisation": [{"as_stated": str, "name?": str, "other_names?": [OTHER_NAME]}]}
CONTACT = {
    "topic": tuple(ContactPerson.Topic.values),
    "name": str,
    **dict.fromkeys(("title?", "unit?", "phone?"), str),
    "email?": source_data.EMAIL,
}
CONTACTS = {"source?": str, "unit": [{"name": str}], "contact": [CONTACT]}


@dataclass(frozen=True)
class Facts:
    """The four files, each row as it stands there."""

    sources: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    organisations: dict[str, Any]
    contacts: dict[str, Any]


def read() -> Facts:
    """All of it, before anything is loaded: what is wrong is told in a sentence."""
    sources = source_data.read("sources.toml", SOURCES)["source"]
    keys = [source["key"] for source in sources]
    versions = source_data.read("versions.toml", VERSIONS, source=keys)["version"]
    if sum(version["state"] == "in_force" for version in versions) > 1:
        raise WrongSetting("versions.toml: nyckeln state är ”in_force” i flera versioner. Bara en kan gälla åt gången.")
    organisations = source_data.read("organisations.toml", ORGANISATIONS, source=keys)
    contacts = source_data.read("contacts.toml", CONTACTS, source=keys)
    dated = {source["key"] for source in sources if "as_of" in source}
    for name, data, rows in (
        ("organisations.toml", organisations, "organisation"), ("contacts.toml", contacts, "contact")
    ):  # fmt: skip
        if (data[rows] or "source" in data) and data.get("source") not in dated:
            raise WrongSetting(f"{name}: nyckeln source överst i filen ska nämna en källa med as_of i sources.toml.")
    return Facts(sources, versions, organisations, contacts)


@transaction.atomic
def load_source_data() -> None:
    facts, sources, new = read(), {}, set()
    for values in facts.sources:
        sources[values["key"]], created = Source.objects.get_or_create(key=values["key"], defaults=values)
        new |= {values["key"]} if created else set()
    for values in facts.versions:
        _load_version(values, sources[values.pop("source")])
    for order, values in enumerate(facts.organisations["organisation"], start=1):
        _load_organisation(order, values, sources, sources[facts.organisations["source"]])
    if facts.contacts.get("source") in new:
        _load_contacts(facts.contacts, sources[facts.contacts["source"]])


# The state is set directly here and nowhere else: the decisions behind it were made long before the portal, so no
# verb of ours took part, and a verb would write letters and today's date.


def _load_version(facts: dict[str, Any], source: Source) -> None:
    principles = facts.pop("principle")
    values = {name: value.strip() if isinstance(value, str) else value for name, value in facts.items()}
    values |= {"source": source}
    version, created = AgreementVersion.objects.get_or_create(label=values.pop("label"), defaults=values)
    if created:
        for order, principle in enumerate(principles, start=1):
            version.principles.create(order=order, slug=swedish.slug(principle["heading"]), **principle)
        record(version, "load", by=SYSTEM, label=LABEL, to_state=version.state)


def _load_organisation(order: int, facts: dict[str, Any], sources: dict[str, Source], source: Source) -> None:
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


def _load_contacts(data: dict[str, Any], source: Source) -> None:
    assert source.as_of  # read() has seen to it
    units = {unit["name"]: _unit(unit["name"], source) for unit in data["unit"]}
    for facts in data["contact"]:
        name = facts.pop("unit", "")
        unit = units.get(name) or (_unit(name, source) if name else None)
        ContactPerson.objects.create(**facts, municipal_unit=unit, as_of=source.as_of, source=source)


def _unit(name: str, source: Source) -> MunicipalUnit:
    return MunicipalUnit.objects.get_or_create(name=name, defaults={"source": source})[0]
