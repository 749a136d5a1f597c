"""The repository's own files, for tests that read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
APPS = ("botkyrka_civil", "organisations", "agreement", "council", "iop")


def python_files(*folders: str, migrations: bool = False) -> Iterator[Path]:
    """The Python files of the portal, or of some of its folders, in order."""
    for folder in folders or APPS:
        paths = sorted((ROOT / folder).rglob("*.py"))
        yield from (path for path in paths if migrations or "migrations" not in path.parts)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text())


@cache
def templates() -> dict[str, str]:
    """The text of each template by its name."""
    found = [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]
    return {str(path.relative_to(TEMPLATES)): path.read_text() for path in sorted(found)}


@cache
def listed_files() -> list[str]:
    """What git tracks, and what it would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]
