"""WCAG 2.4.2: a reader tells the pages apart by their titles, also in a list of open tabs or of visited pages."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs

from agreement.models import Accession
from botkyrka_civil.pages.models import AccessibilityReport
from council.models import Body, Conference, Meeting, Notice
from iop.models import Agreement, Partnership, Party
from organisations.models import Organisation

TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
PAGED = ("p", "sida")  # the parameters that number the pages of a list


class Titles:
    """The titles that one reader has met, and what is wrong with them."""

    def __init__(self) -> None:
        self.first: dict[str, tuple[str, bytes]] = {}
        self.faults: list[str] = []
        self.names: list[str] | None = None

    def read(self, route: str, address: str, response: Any, body: bytes) -> None:
        """Two addresses share no title, and the page of a personal link is named by what the link is about.

        Another page of a list is an address of its own; a list that is filtered or searched is the same one.
        """
        if response.status_code != 200 or not response.get("Content-Type", "").startswith("text/html"):
            return
        path, _, query = address.partition("?")
        chosen = parse_qs(query)
        [number] = next((chosen.pop(name) for name in PAGED if name in chosen), ["1"])
        title = " ".join(unescape(TITLE.search(body.decode())[1]).split())  # type: ignore[index]
        page = f"{path} ({number})"
        first, shown = self.first.setdefault(f"{title} {chosen}", (page, body))
        if first != page and shown != body:  # a number past the last page shows that page again
            self.faults.append(f"{page} and {first} are both called: {title}")
        if "<str:token>" in route:
            self.names = self.names or [" ".join(name.casefold().split()) for name in subjects()]
            if not any(name in title.casefold() for name in self.names):
                self.faults.append(f"{route} does not say what it is about: {title}")


def subjects() -> Iterator[str]:
    """The names of what a personal link can be about."""
    for model in (Organisation, Body, Conference, Meeting, Partnership, Party):
        yield from map(str, model._base_manager.all())
    yield from (notice.content["title"] or notice.content["body"]["name"] for notice in Notice._base_manager.all())
    yield from (agreement.content["title"] for agreement in Agreement._base_manager.all())
    yield from (accession.display_name for accession in Accession._base_manager.all())
    yield from (report.number for report in AccessibilityReport._base_manager.all())
