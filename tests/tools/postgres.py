"""A PostgreSQL that lives as long as the tests do: own folder, own socket, no port, no durability."""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def bin_folder() -> Path:
    """The newest that Debian has installed, otherwise the one on PATH."""
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if int(path.parts[4]) >= 15]
    if debian:
        return max(debian, key=lambda path: int(path.parts[4])).parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise SystemExit("PostgreSQL 15 eller senare saknas. Kör: make test-postgres, som säger vad som fattas.")


def start() -> str:
    """Starts it and returns its DATABASE_URL. PostgreSQL refuses to run as root, so root lends it a user."""
    folder = tempfile.mkdtemp(prefix="botkyrka-pg-")
    run_as: dict = {}
    if os.geteuid() == 0:
        run_as = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *arguments: str) -> None:
        with open(f"{folder}/output", "ab") as output:  # no pipe: the server would hold it for as long as it lives
            result = subprocess.run(
                [bin_folder() / program, "-D", f"{folder}/data", *arguments],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                **run_as,
            )
        if result.returncode:
            raise SystemExit(f"{program} misslyckades:\n{Path(folder, 'output').read_text()}")

    def stop() -> None:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} {OPTIONS}", "start")
    atexit.register(stop)
    return f"postgres://postgres@{quote(folder, safe='')}/botkyrka"
