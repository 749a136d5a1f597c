from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from botkyrka_civil.casework.models import SYSTEM, Refused, RegistryEntry

from ...archive import package
from ...archive.kinds import KINDS, case_of, closed


class Command(BaseCommand):
    help = "Skriver arkivpaket: ett ärendes alla handlingar, brev, logg och uppgifter i en zip-fil, som kontrolleras."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="mappen där paketen läggs; den skapas om den inte finns")
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--case", action="append", help="ett ärende, till exempel agreement.accession:12")
        chosen.add_argument("--year", type=int, help="alla ärenden som diariefördes ett år")
        chosen.add_argument("--all-closed", action="store_true", help="alla avslutade ärenden")

    def handle(self, *, folder: Path, **chosen: Any) -> None:
        failed = written = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            cases = list(_cases(**chosen))
        except (OSError, Refused) as error:
            raise CommandError(str(error)) from None
        for case in cases:
            try:
                path = package.save(package.of(case), folder, by=SYSTEM)
            except (OSError, Refused) as error:
                failed += 1
                self.stderr.write(f"{case}: {error}")
            else:
                written += 1
                self.stdout.write(str(path))
        if failed:
            raise CommandError(f"{failed} arkivpaket gick inte att skriva. {written} är klara.")
        self.stdout.write(f"{written} arkivpaket är klara.")


def _cases(*, case: list[str] | None, year: int | None, all_closed: bool, **_: Any) -> Iterator[Any]:
    if case:
        yield from map(case_of, dict.fromkeys(case))
    elif all_closed:
        yield from closed()
    elif year is not None:
        subjects = RegistryEntry.objects.filter(year=year).in_order().values_list("subject", flat=True)
        yield from (case_of(subject) for subject in dict.fromkeys(subjects) if subject.split(":")[0] in KINDS)
