from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from botkyrka_civil.accounts.models import User

from ... import accounts
from ...models import OPERATOR


class Command(BaseCommand):
    help = "Tar bort andra faktorn för den som har tappat telefon eller nyckel. Kontrollera först vem det är."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"Det finns inget konto med adressen {email}.")
        count = accounts.reset_second_factor(user, by=OPERATOR)
        self.stdout.write(f"{count} faktorer är borttagna. Handläggare får lägga till en ny vid nästa inloggning.")
