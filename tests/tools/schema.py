"""The migrated database that each test run begins from, without rows. It is kept in .build, since to migrate takes 7 s.

A kept database is used for as long as its key is the same: the migrations, the models' permissions, the roles and the
installed packages.
"""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from botkyrka_civil.accounts import roles

from .postgres import Cluster, bin_folder
from .repository import ROOT, python_files

KEPT = ROOT / ".build" / "tests"


def key() -> str:
    """The checksum of all that decides what the database holds."""
    files = [path for path in python_files(migrations=True) if "migrations" in path.parts]
    files += [ROOT / "botkyrka_civil/lib/swedish.py", ROOT / "botkyrka_civil/accounts/roles.toml"]
    files += [ROOT / "requirements-dev.txt"]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    for model in apps.get_models():
        meta = model._meta
        digest.update(repr((meta.label, meta.default_permissions, meta.permissions, meta.verbose_name)).encode())
    return digest.hexdigest()[:16]


def fill() -> None:
    """Make the connection's empty database what each test finds: tables, cache table, permissions and roles."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    roles.sync()
    connection.close()


def place(prefix: str) -> Path:
    """Where the database of this key is kept. Those of other keys are removed, so that the folder does not grow."""
    path = KEPT / f"{prefix}-{key()}"
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{prefix}-*"):
        if old.name.startswith(path.name):  # the one that is kept, and what SQLite lays beside it
            continue
        shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink(missing_ok=True)
    return path


def prepare_sqlite() -> None:
    """Make the kept file, if there is none."""
    path = place("sqlite")
    if path.exists():
        return
    made = KEPT / f"made-{os.getpid()}.sqlite3"  # two runs may begin at once
    name, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], str(made)
    try:
        fill()
    finally:
        connection.settings_dict["NAME"] = name
    os.replace(made, path)


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def load_sqlite(worker: str) -> None:
    """Give the worker a database of its own in memory that holds what is kept."""
    use(f"file:{worker}?mode=memory&cache=shared")
    connection.ensure_connection()
    with closing(sqlite3.connect(f"file:{place('sqlite')}?mode=ro", uri=True)) as kept:
        kept.backup(connection.connection)


def start_postgres(cluster: Cluster) -> None:
    """Start the cluster with the kept database `botkyrka`, which is made if there is none."""
    path = place(f"postgres{bin_folder().parent.name}")
    if not path.exists():
        cluster.make()
        fill()
        cluster.stop()
        shutil.copytree(cluster.data, f"{path}.part", symlinks=True)
        os.replace(f"{path}.part", path)
        cluster.start()
    else:
        cluster.copy(path)
        cluster.start()


def load_postgres(worker: str) -> None:
    """Give the worker a database of its own, copied from `botkyrka`."""
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS test_{worker}")
        cursor.execute(f"CREATE DATABASE test_{worker} TEMPLATE botkyrka")
    use(f"test_{worker}")
