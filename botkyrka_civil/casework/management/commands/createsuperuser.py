from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from botkyrka_civil.accounts.models import User

from ... import accounts
from ...models import OPERATOR


class Command(createsuperuser.Command):
    """Django's own, recorded and told as every other new account."""

    def handle(self, *args: Any, **options: Any) -> None:
        before = set(User.objects.values_list("pk", flat=True))
        super().handle(*args, **options)
        for user in User.objects.exclude(pk__in=before):
            accounts.opened(user, by=OPERATOR)
