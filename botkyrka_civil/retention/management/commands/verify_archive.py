import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...archive import checks


class Command(BaseCommand):
    help = (
        "Kontrollerar arkivpaket: att varje fil är som förteckningen säger, att ingen saknas och ingen har kommit till."
    )
    requires_system_checks: list[str] = []  # works without the portal's database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("packages", nargs="+", type=Path, help="zip-filerna")

    def handle(self, *, packages: list[Path], **options: Any) -> None:
        damaged = 0
        for path in packages:
            try:
                with path.open("rb") as file:
                    found = checks.problems(file)
                    file.seek(0)
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                found, sha256 = [f"Filen går inte att läsa ({error.strerror})."], ""
            damaged += bool(found)
            self.stdout.write(f"{path}: {' '.join(found) or 'allt stämmer'} {sha256}".rstrip())
        if damaged:
            raise CommandError(f"{damaged} av {len(packages)} arkivpaket är skadade eller går inte att läsa.")
