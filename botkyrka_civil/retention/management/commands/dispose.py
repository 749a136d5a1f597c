from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from botkyrka_civil.retention import disposal


class Command(BaseCommand):
    help = "Gallrar det som planen säger (retention/policy.toml). Med --dry-run visas bara vad som skulle gallras."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Visa, men gallra ingenting.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            return self.tell()
        taken = disposal.run()
        for key, count in taken.items():
            self.stdout.write(f"{key}: {count}")
        self.stdout.write(f"Gallrat: {taken.total()}.")

    def tell(self) -> None:
        """What would go now and by which rule, and how many rows are on their way."""
        lines = disposal.dry_run(timezone.now())
        for line in lines:
            held = f", {line.held} undantas" if line.held else ""
            self.stdout.write(f"{line.rule.key}: {line.due} nu, {line.coming} senare{held}. {line.rule.sentence}")
            for name in line.names:
                self.stdout.write(f"    {name}")
        self.stdout.write(f"Skulle gallras nu: {sum(line.due for line in lines)}. Ingenting är ändrat.")
