"""A PostgreSQL that lives as long as the tests do: own folder, own socket, no port, no durability."""

import os
import shutil
import subprocess
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


class Cluster:
    """A cluster in a folder of its own. PostgreSQL refuses to run as root, so root lends it a user."""

    def __init__(self, folder: str) -> None:
        self.folder, self.data = folder, Path(folder, "data")
        self.url = f"postgres://postgres@{quote(folder, safe='')}/botkyrka"
        self.as_root = os.geteuid() == 0
        self._lend(self.folder)

    def _lend(self, *paths: str | Path) -> None:
        if self.as_root:
            for path in paths:
                shutil.chown(path, "postgres", "postgres")

    def run(self, program: str, *arguments: str) -> None:
        user: dict = {"user": "postgres", "group": "postgres", "extra_groups": []} if self.as_root else {}
        with open(f"{self.folder}/output", "ab") as output:  # no pipe: the server would hold it for as long as it lives
            result = subprocess.run(
                [bin_folder() / program, *arguments],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                **user,
            )
        if result.returncode:
            raise SystemExit(f"{program} misslyckades:\n{Path(self.folder, 'output').read_text()}")

    def make(self) -> None:
        """A new cluster, started, with an empty database `botkyrka`."""
        self.run("initdb", "-D", f"{self.data}", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self.run("createdb", "-h", self.folder, "-U", "postgres", "botkyrka")

    def copy(self, kept: Path) -> None:
        """A copy of a stopped cluster, not started."""
        shutil.copytree(kept, self.data, symlinks=True)
        self._lend(self.data, *self.data.rglob("*"))

    def start(self) -> None:
        options = f"-k {self.folder} {OPTIONS}"
        self.run("pg_ctl", "-D", f"{self.data}", "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", f"{self.data}", "-m", mode, "stop")
