"""What must hold before the portal may start in production."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User


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
