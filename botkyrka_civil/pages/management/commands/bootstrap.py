"""Everything between an empty database and a portal that can start. Harmless to run again, and by several at once."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, OperationalError, connection

from agreement.data.demo import load_demo_cases
from agreement.data.load import load_source_data
from botkyrka_civil.accounts import roles
from botkyrka_civil.casework.models import Refused
from botkyrka_civil.documents.seal_keys import make_demo_key
from botkyrka_civil.search import index
from council.data.demo import load_demo_council
from council.data.load import load_bodies
from iop.data.demo import load_demo_partnerships

from ...checks import no_demo_accounts
from ...data.demo import load_demo_reports

LOCK = 20180401  # any number that all who start the portal agree on


class Command(BaseCommand):
    help = "Gör databasen klar: tabeller, roller, källans uppgifter, och i demoläge demokonton och påhittade ärenden."

    def handle(self, **options: Any) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"Databasen svarar inte: {error}") from None
        with one_at_a_time():
            call_command("migrate", interactive=False, verbosity=0)
            if problems := no_demo_accounts(databases=["default"]):
                raise CommandError(f"{problems[0].msg} {problems[0].hint}")
            call_command("createcachetable", verbosity=0)
            if not static_is_collected():
                call_command("collectstatic", interactive=False, verbosity=0)
            roles.sync()
            load()
            if settings.DEMO:
                make_demo_key(settings.SEAL, settings.MUNICIPALITY["name"])
                roles.add_demo_accounts()
            if settings.DEMO and not settings.OWN_FOLDER:  # the made-up cases stand among our own organisations
                load_demo_cases()
                load_demo_council()
                load_demo_partnerships()
                load_demo_reports()
            index.refresh()


def load() -> None:
    """The source data, whose files have been checked already; what the models say of it comes out as a sentence too."""
    try:
        load_source_data()
        load_bodies()
    except (Refused, IntegrityError) as error:
        raise CommandError(f"Källans uppgifter går inte att läsa in: {error}") from None


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Several containers may start at once. The others wait, and then find that everything is done."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    else:
        settings.VAR.mkdir(parents=True, exist_ok=True)
        with (settings.VAR / "bootstrap.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def static_is_collected() -> bool:
    """Whether nothing has changed since last time; the image in the container is never written to."""
    if not settings.STORAGES["staticfiles"]["BACKEND"].startswith("whitenoise"):
        return True  # development and tests serve the files from where they lie
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if not manifest.exists():
        return False
    done = datetime.fromtimestamp(manifest.stat().st_mtime, UTC)
    files = (storage.get_modified_time(path) for finder in get_finders() for path, storage in finder.list([]))
    return all(changed <= done for changed in files)
