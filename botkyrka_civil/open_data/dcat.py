"""The catalogue of the data sets, DCAT-AP-SE 3.0.1 in RDF/XML, as Sveriges dataportal fetches it.

Every address is absolute and every thing has one, so that what has been fetched can stand elsewhere. The contact is the
municipality's own address and never a person's.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from django.conf import settings

from botkyrka_civil.lib.text import tel

from .dataset import CSV, JSON, LICENCE, Dataset
from .datasets import DATASETS

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcterms": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
XSD = "http://www.w3.org/2001/XMLSchema#"
EU = "http://publications.europa.eu/resource/authority/"
SWEDISH, THEMES = f"{EU}language/SWE", f"{EU}data-theme"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
ISSUED = date(2026, 11, 22)  # since when the data sets have had this form
KINDS = {CSV: "CSV", JSON: "JSON"}

for prefix, namespace in NAMESPACES.items():
    register_namespace(prefix, namespace)


def catalogue(modified: Callable[[bytes], datetime]) -> bytes:
    """The whole of it. `modified` is asked since when it has been as it is, which can't be counted in itself."""
    root = Element(_name("rdf:RDF"))
    about = _catalogue(root)
    _publisher(root)
    _contact(root)
    _text(_thing(root, "dcterms:Location", _here("plats")), "skos:prefLabel", settings.MUNICIPALITY["name"])
    for dataset in DATASETS.values():
        _dataset(root, dataset)
    _typed(about, "dcterms:modified", modified(tostring(root)))
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


# Addresses -----------------------------------------------------------------------------------------------------------


def _here(fragment: str = "") -> str:
    return f"{settings.BASE_URL}/datasets/dcat{fragment and '#'}{fragment}"


def _publisher_address() -> str:
    """As Sveriges dataportal names those who publish, so that one publisher is one in all catalogues."""
    digits = re.sub(r"\D", "", settings.MUNICIPALITY["org_nr"])
    return f"http://dataportal.se/organisation/SE{digits}" if digits else _here("utgivare")


def _telephone() -> str:
    number = settings.MUNICIPALITY["phone"]
    return f"tel:{tel(number)}" if number else ""


# The things ----------------------------------------------------------------------------------------------------------


def _catalogue(root: Element) -> Element:
    about = _thing(root, "dcat:Catalog", _here())
    place = settings.MUNICIPALITY["name"]
    _text(about, "dcterms:title", f"Öppna data om civilsamhället, {place}")
    _text(about, "dcterms:description", f"Överenskommelsen mellan {place} och civilsamhället i öppna data.")
    _link(about, "dcterms:publisher", _publisher_address())
    _link(about, "dcterms:license", LICENCE)
    _link(about, "dcterms:language", SWEDISH)
    _link(about, "dcterms:spatial", _here("plats"))
    _link(about, "foaf:homepage", f"{settings.BASE_URL}/oppna-data/")
    _link(about, "dcat:themeTaxonomy", THEMES)
    _typed(about, "dcterms:issued", ISSUED)
    for dataset in DATASETS.values():
        _link(about, "dcat:dataset", _here(dataset.name))
    return about


def _publisher(root: Element) -> None:
    place = settings.MUNICIPALITY
    about = _thing(root, "foaf:Agent", _publisher_address())
    _text(about, "foaf:name", place["name"])
    _text(about, "dcterms:description", f"{place['name']} ansvarar för webbplatsen.")
    _link(about, "dcterms:type", "http://purl.org/adms/publishertype/LocalAuthority")
    _link(about, "foaf:homepage", f"{settings.BASE_URL}/")
    _literal(about, "dcterms:identifier", place["org_nr"])


def _contact(root: Element) -> None:
    about = _thing(root, "vcard:Organization", _here("kontakt"))
    _literal(about, "vcard:fn", settings.MUNICIPALITY["name"])
    if email := settings.MUNICIPALITY["email"]:
        _link(about, "vcard:hasEmail", f"mailto:{quote(email, safe='@+')}")
    if number := _telephone():
        _link(about, "vcard:hasTelephone", _here("telefon"))
        _link(_thing(root, "vcard:Voice", _here("telefon")), "vcard:hasValue", number)
    _link(about, "vcard:hasURL", f"{settings.BASE_URL}/kontakt/")


def _dataset(root: Element, dataset: Dataset) -> None:
    about, page = _thing(root, "dcat:Dataset", _here(dataset.name)), f"{settings.BASE_URL}{dataset.page}"
    _text(about, "dcterms:title", dataset.title)
    _text(about, "dcterms:description", dataset.description)
    for keyword in dataset.keywords:
        _text(about, "dcat:keyword", keyword)
    _literal(about, "dcterms:identifier", _here(dataset.name))
    _typed(about, "dcterms:issued", ISSUED)
    for name, address in _of_dataset(dataset, page):
        _link(about, name, address)
    if first := dataset.since():
        _link(about, "dcterms:temporal", _here(f"{dataset.name}-period"))
        _typed(_thing(root, "dcterms:PeriodOfTime", _here(f"{dataset.name}-period")), "dcat:startDate", first)
    _text(_thing(root, "dcterms:Standard", page), "dcterms:title", f"Datalexikon: {dataset.title}")
    for mime, path in dataset.files.items():
        _distribution(root, dataset, mime, path)


def _of_dataset(dataset: Dataset, page: str) -> Iterator[tuple[str, str]]:
    yield "dcterms:publisher", _publisher_address()
    yield "dcat:contactPoint", _here("kontakt")
    yield "dcat:theme", f"{THEMES}/{dataset.theme}"
    yield "dcterms:accessRights", f"{EU}access-right/PUBLIC"
    yield "dcterms:accrualPeriodicity", f"{EU}frequency/UPDATE_CONT"
    yield "dcterms:language", SWEDISH
    yield "dcterms:spatial", _here("plats")
    yield "dcterms:conformsTo", page
    yield "dcat:landingPage", page
    for mime in dataset.files:
        yield "dcat:distribution", _here(f"{dataset.name}-{KINDS[mime].lower()}")


def _distribution(root: Element, dataset: Dataset, mime: str, path: str) -> None:
    kind, address = KINDS[mime], f"{settings.BASE_URL}{path}"
    about = _thing(root, "dcat:Distribution", _here(f"{dataset.name}-{kind.lower()}"))
    _text(about, "dcterms:title", f"{dataset.title} ({kind})")
    _text(about, "dcterms:description", f"Hela datamängden som {kind}, som den är när den hämtas.")
    _literal(about, "dcterms:format", mime)  # as DCAT-AP-SE writes it; DCAT-AP 3 asks for an IRI, which mediaType has
    _link(about, "dcat:mediaType", f"{MEDIA_TYPES}/{mime}")
    _typed(about, "dcterms:issued", ISSUED)
    _link(about, "dcat:accessURL", address)
    _link(about, "dcat:downloadURL", address)
    _link(about, "dcterms:license", LICENCE)
    _link(about, "dcterms:language", SWEDISH)
    _link(about, "dcterms:conformsTo", f"{settings.BASE_URL}{dataset.page}")
    _link(about, "dcatap:availability", f"{EU}planned-availability/STABLE")


# RDF/XML -------------------------------------------------------------------------------------------------------------


def _name(short: str) -> str:
    prefix, _, name = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


def _thing(root: Element, kind: str, address: str) -> Element:
    return SubElement(root, _name(kind), {_name("rdf:about"): address})


def _link(about: Element, name: str, address: str) -> None:
    SubElement(about, _name(name), {_name("rdf:resource"): address})


def _text(about: Element, name: str, words: str) -> None:
    SubElement(about, _name(name), {"{http://www.w3.org/XML/1998/namespace}lang": "sv"}).text = words


def _literal(about: Element, name: str, value: str) -> None:
    """What is empty is not told."""
    if value:
        SubElement(about, _name(name)).text = value


def _typed(about: Element, name: str, moment: date) -> None:
    kind = "dateTime" if isinstance(moment, datetime) else "date"
    SubElement(about, _name(name), {_name("rdf:datatype"): f"{XSD}{kind}"}).text = moment.isoformat()
