from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from agreement.models import Accession
from botkyrka_civil.casework.models import SYSTEM, record
from botkyrka_civil.lib import tokens


class Command(BaseCommand):
    help = "Gör en ny personlig länk för den som ansöker, så att den gamla slutar fungera, och skickar den."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="Diarienumret, eller koden på blanketten")

    @transaction.atomic
    def handle(self, *, number: str, **options: Any) -> None:
        rows = Accession.objects.select_for_update()
        accession = rows.filter(registry_entry__number=number).first() or rows.filter(code=number).first()
        if accession is None:
            raise CommandError(f"Det finns ingen anslutning med numret {number}.")
        accession.key = tokens.new_key()
        accession.save(update_fields=["key"])
        record(accession, "renew_link", by=SYSTEM, label="Den personliga länken byttes")
        accession.write("new_link")
        self.stdout.write("Den gamla länken fungerar inte längre. Den nya är på väg med e-post.")
