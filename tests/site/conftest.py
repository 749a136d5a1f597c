"""A folder that the portal starts in without the two things that take long: to migrate and to compress static files."""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.tools import schema
from tests.tools.repository import ROOT


def kept_static() -> Path:
    """The collected static files of an earlier start, if they are made of the same files."""
    digest = hashlib.sha256((ROOT / "requirements-dev.txt").read_bytes())
    for path in sorted((ROOT / "static").rglob("*.*")):
        digest.update(str(path).encode() + path.read_bytes())
    return schema.KEPT / f"static-{digest.hexdigest()[:16]}"


def keep_static(var: Path) -> None:
    """Keep what the portal has collected. Another process may do the same at the same time."""
    kept = kept_static()
    if kept.exists():
        return
    for old in schema.KEPT.glob("static-*"):
        shutil.rmtree(old, ignore_errors=True)
    part = schema.KEPT / f"part-{os.getpid()}"
    shutil.copytree(var / "static", part)
    try:
        part.rename(kept)
    except OSError:
        shutil.rmtree(part)


@pytest.fixture(scope="session")
def prepare():
    """Call it with a VAR_DIR: it gets a migrated database and static files. Call keep() with it after the start."""

    def fill(var: Path) -> Path:
        if (database := schema.place("sqlite")).exists():
            with closing(sqlite3.connect(database)) as kept, closing(sqlite3.connect(var / "db.sqlite3")) as own:
                kept.backup(own)
        if (kept := kept_static()).exists():
            shutil.copytree(kept, var / "static")
            os.utime(var / "static/staticfiles.json")  # newer than any file that was checked out since
        return var

    fill.keep = keep_static
    return fill
