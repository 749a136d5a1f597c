from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """In the place of Django's own: nobody sets another's password."""

    help = "Finns inte här: var och en väljer sitt lösenord själv."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?")

    def handle(self, **options: Any) -> None:
        raise CommandError(
            "Var och en väljer sitt lösenord själv: på sidan /konto/password/reset/, eller med en ny inbjudan från"
            " handläggningen."
        )
