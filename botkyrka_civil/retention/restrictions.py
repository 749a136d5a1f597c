"""What must stay as it is while somebody's request is looked at (restriction, GDPR art. 18).

Letters about a case still go out: each one follows from what a person does, or from a deadline that is somebody's
right, and whoever handles the case is told of the restriction first.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from .models import Restriction
from .tables import TABLES
from .ties import find, look
from .who import Who

NOTICE = (
    "Behandlingen är begränsad. En person i ärendet har bett om det, och så länge det gäller sparas uppgifterna bara: "
    "ändra dem inte, ta inte bort dem, lämna inte ut dem och använd dem inte i brev, om det inte behövs för någons "
    "rätt eller personen själv vill det (artikel 18 i dataskyddsförordningen)."
)


def holds(row: models.Model) -> bool:
    """Whether `row`, or something that belongs to it, is about somebody whose data are only kept now."""
    return any(concerns(row, who) for who in restricted())


def restricted() -> list[Who]:
    """Those whose data are only kept now."""
    return [Who.of(row.emails, row.names) for row in Restriction.objects.in_force()]


def concerned() -> set[str]:
    """All that `holds` answers yes for, as the log names it: asked once, however many rows are to go."""
    found = (row for who in restricted() for table in TABLES for row in find(table, who))
    return {subject for row in found for subject in row.subjects}


def concerns(row: models.Model, who: Who) -> bool:
    return any(look(table, found, who) for table in TABLES for found in table.belonging_to(row, who))


def tell(case: models.Model) -> Iterator[str]:
    """The sentence for the case's pages, when it concerns somebody whose data are only kept now."""
    if holds(case):
        yield NOTICE
