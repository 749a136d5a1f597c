"""What must hold before the portal may start in production."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

import agreement.data.load as agreement
import council.data.load as council
from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.lib import theme
from botkyrka_civil.lib.env import WrongSetting

from .accessibility import NAME, is_our_own, statement
from .plain_views import in_other_words
from .views import words


def demo_accounts() -> list[str]:
    """The demo accounts that exist where they must not: their password is known to everyone."""
    if settings.DEMO:
        return []
    return list(User.objects.filter(email__in=roles.demo_emails()).order_by("email").values_list("email", flat=True))


@register(Tags.database)
def no_demo_accounts(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    tables = connections["default"].introspection.table_names() if databases else []
    if User._meta.db_table not in tables or not (found := demo_accounts()):
        return []
    return [
        Error(
            f"Databasen har demokonton ({', '.join(found)}), vars lösenord alla känner till. Portalen startar inte.",
            hint="Ta bort kontona, använd en annan databas, eller starta i demoläge med DEMO=1.",
            id="pages.E001",
        )
    ]


@register()
def source_data_is_right(**kwargs: Any) -> list[CheckMessage]:
    """iop/facts.py has been read already, when the models were."""
    found: list[CheckMessage] = []
    for look in (agreement.read, council.read, council.texts, words, statement, in_other_words):
        try:
            look()
        except WrongSetting as wrong:
            hint = "Rätta filen. README berättar vad den ska innehålla, under Byt kommun."
            found.append(Error(str(wrong), hint=hint, id="pages.E003"))
    return found


@register()
def colours_can_be_told_apart(**kwargs: Any) -> list[CheckMessage]:
    hint = "Rätta färgen. Lagen (2018:1937) kräver att alla kan läsa."
    return [Error(problem, hint=hint, id="pages.E004") for problem in theme.problems()]


@register()
def plattformen_can_be_reached(**kwargs: Any) -> list[CheckMessage]:
    """Dataskyddsförordningen art. 13.1 a: a controller says who it is and how to reach it. The municipality's own ways
    are demanded already when the settings are read."""
    if not (missing := missing_contacts()):
        return []
    said = f"Inställningar saknas: {', '.join(missing)}. Personuppgiftssidan säger inte hur man når den som ansvarar."
    return [Warning(said, hint="Fråga Plattformens styrelse. README säger vad de är.", id="pages.W002")]


def missing_contacts() -> list[str]:
    """The settings without a value that say how to reach a controller."""
    ways = {"MUNICIPALITY": settings.MUNICIPALITY, "PLATFORM": settings.PLATFORM}
    return [f"{who}_{key.upper()}" for who, facts in ways.items() for key, value in facts.items() if not value]


@register()
def statement_is_our_own(**kwargs: Any) -> list[CheckMessage]:
    """Lag (2018:1937) om tillgänglighet till digital offentlig service: it tells of this municipality's website."""
    if is_our_own():
        return []
    said = "Tillgänglighetsredogörelsen är den som följer med programmet."
    hint = f"Bedöm er webbplats och lägg {NAME} i mappen SOURCE_DATA."
    return [Warning(said, hint=hint, id="pages.W001")]
