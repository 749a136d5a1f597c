from typing import Any

from django.core.management.base import BaseCommand

from botkyrka_civil.accounts import roles


class Command(BaseCommand):
    help = "Gör grupperna till vad som står i accounts/roles.toml."

    def handle(self, **options: Any) -> None:
        roles.sync()
