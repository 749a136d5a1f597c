"""The Nu HTML checker, which `make test-browser` fetches into .build/."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

JAR = Path(__file__).parents[2] / ".build/node_modules/vnu-jar/build/dist/vnu.jar"


def validate(pages: Iterable[Path | str]) -> list[str]:
    """The errors in these HTML files, as sentences; one JVM reads them all."""
    if not JAR.exists() or not shutil.which("java"):
        pytest.skip("Nu-validatorn eller Java saknas. Kör: make test-browser")
    result = subprocess.run(
        ["java", "-jar", JAR, "--errors-only", "--format", "json", "--stdout", *pages],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    messages = json.loads(result.stdout)["messages"]  # no JSON, no verdict: the test falls
    errors = [
        f"{Path(found['url']).name} rad {found.get('lastLine', '?')}: {found['message']}\n"
        f"    {found.get('extract', '')}"
        for found in messages
    ]
    assert errors or result.returncode == 0, result.stderr
    return errors
