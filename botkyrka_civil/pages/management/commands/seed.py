from typing import Any

from django.core.management.base import BaseCommand

from agreement.data.load import load_source_data
from council.data.load import load_bodies


class Command(BaseCommand):
    help = "Laddar källornas uppgifter där de saknas. Ändrar inget som redan finns."

    def handle(self, **options: Any) -> None:
        load_source_data()
        load_bodies()
