"""What must hold before the portal starts: the seal's key opens, and every font of the PDFs is there.

A certificate that runs out is warned of.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.lib import typefaces

from . import seal_keys


@register
def seal_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    try:
        seal_keys.chain()
        seal_keys.trusted()
    except seal_keys.WrongKey as error:
        return [Error(str(error), id="documents.E001")]
    last = seal_keys.expires()
    if last is None:
        return []
    if last < datetime.now(UTC):
        hint = "Sätt SEAL_KEY till ett nytt. Till dess sparas färdiga handlingar utan sigill."
        return [Warning(f"Sigillets certifikat gick ut den {_day(last)}.", hint=hint, id="documents.W002")]
    if last < datetime.now(UTC) + seal_keys.WARNING:
        hint = "Skaffa ett nytt i tid. Efter den dagen sparas färdiga handlingar utan sigill."
        return [Warning(f"Sigillets certifikat går ut den {_day(last)}.", hint=hint, id="documents.W001")]
    return []


@register
def fonts_are_there(**kwargs: Any) -> list[CheckMessage]:
    """Without them names in some scripts would be refused in the forms and written as codes in the PDFs."""
    return [Error(f"Typsnittet {path} saknas.", id="documents.E002") for path in typefaces.missing()]


def _day(moment: datetime) -> str:
    return date_format(timezone.localdate(moment), "j F Y")
