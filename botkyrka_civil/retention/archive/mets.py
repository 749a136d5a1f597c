"""The manifest: METS 1.12, which Riksarkivet's FGS Paketstruktur is made of.

It names the archive's creator (arkivbildaren) with its organisationsnummer, the system, and every file with its size
and checksum. It follows the standard and not any archive's own profile: what more one of them asks for is added there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils import timezone

from ...lib.text import clean_line

if TYPE_CHECKING:
    from .package import Item

NAME = "mets.xml"
METS, XLINK, DC = "http://www.loc.gov/METS/", "http://www.w3.org/1999/xlink", "http://purl.org/dc/elements/1.1/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
for _prefix, _space in {"mets": METS, "xlink": XLINK, "dc": DC, "xsi": XSI}.items():
    ET.register_namespace(_prefix, _space)


@cache
def system() -> tuple[str, str]:
    """The program's name and version."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["name"], project["version"]


def written(*, subject: str, title: str, numbers: Iterable[str], made: datetime, items: Iterable[Item]) -> bytes:
    """The manifest of `items`. Its own time is that of the case's last record, so that the same case gives the same."""
    label = _words(title)
    facts = {"OBJID": f"{settings.MUNICIPALITY['org_nr']}/{subject}", "LABEL": label, "TYPE": "Ärende"}
    root = ET.Element(
        f"{{{METS}}}mets", {**facts, f"{{{XSI}}}schemaLocation": f"{METS} {METS[:-5]}standards/mets/mets.xsd"}
    )
    _header(root, made)
    _description(root, label, numbers)
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    keys = {item.path: f"fil-{n}" for n, item in enumerate((i for group in groups.values() for i in group), start=1)}
    _files(root, groups, keys)
    _structure(root, label, groups, keys)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _words(text: str) -> str:
    """Without what XML can't hold."""
    return clean_line(text).translate({0xFFFE: None, 0xFFFF: None})


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{METS}}}{tag}", attributes)
    element.text = text or None
    return element


def _stamp(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _header(root: ET.Element, made: datetime) -> None:
    header = _add(root, "metsHdr", CREATEDATE=_stamp(made), RECORDSTATUS="NEW")
    name, version = system()
    for role in ("ARCHIVIST", "CREATOR"):
        agent = _add(header, "agent", ROLE=role, TYPE="ORGANIZATION")
        _add(agent, "name", settings.MUNICIPALITY["name"])
        _add(agent, "note", f"ORG:{settings.MUNICIPALITY['org_nr']}")
    agent = _add(header, "agent", ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
    _add(agent, "name", name)
    _add(agent, "note", version)


def _description(root: ET.Element, label: str, numbers: Iterable[str]) -> None:
    wrap = _add(_add(root, "dmdSec", ID="arendet"), "mdWrap", MDTYPE="DC")
    data = _add(wrap, "xmlData")
    facts = [("title", label), *(("identifier", n) for n in numbers), ("publisher", settings.MUNICIPALITY["name"])]
    for tag, text in [*facts, ("language", "sv")]:
        ET.SubElement(data, f"{{{DC}}}{tag}").text = text


def _files(root: ET.Element, groups: dict[str, list[Item]], keys: dict[str, str]) -> None:
    section = _add(root, "fileSec")
    for group, items in groups.items():
        listed = _add(section, "fileGrp", USE=group)
        for item in items:
            facts = {"ID": keys[item.path], "MIMETYPE": item.mime, "SIZE": str(item.size), "CREATED": _stamp(item.made)}
            file = _add(listed, "file", **facts, CHECKSUM=item.sha256, CHECKSUMTYPE="SHA-256", USE=_words(item.what))
            _add(file, "FLocat", LOCTYPE="URL", **{f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": item.path})


def _structure(root: ET.Element, label: str, groups: dict[str, list[Item]], keys: dict[str, str]) -> None:
    whole = _add(_add(root, "structMap", TYPE="physical"), "div", LABEL=label, DMDID="arendet")
    for group, items in groups.items():
        part = _add(whole, "div", LABEL=group)
        for item in items:
            _add(_add(part, "div", LABEL=_words(item.what)), "fptr", FILEID=keys[item.path])


def listed(manifest: bytes) -> dict[str, tuple[int, str]]:
    """The size and the checksum of each file, as a manifest says. Raises ParseError, ValueError or KeyError."""
    found = {}
    for file in ET.fromstring(manifest).iter(f"{{{METS}}}file"):  # noqa: S314  (expat fetches nothing and bounds entities)
        place = file.find(f"{{{METS}}}FLocat")
        if place is None:
            raise ValueError("a file without a place")
        found[place.attrib[f"{{{XLINK}}}href"]] = (int(file.attrib["SIZE"]), file.attrib["CHECKSUM"])
    return found
