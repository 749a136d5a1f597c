"""What a municipality brings of its own: files in the folders of settings.SOURCE_DATA, ours or another's.

A file that is missing holds nothing. One that is wrong stops the start, with a sentence that names file and key.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from .env import WrongSetting

# A shape says what a file may hold: a type, words to choose among, a pattern, a list of shapes, or a table of shapes
# by key, where ? marks what may be missing.
Shape = Any

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SLUG = re.compile(r"[a-z0-9_-]{1,20}")

_KINDS = {
    str: "text inom citattecken",
    int: "ett heltal utan citattecken",
    bool: "true eller false",
    date: "ett datum utan citattecken, till exempel 2026-03-12",
}
_PATTERNS = {EMAIL: "en e-postadress", SLUG: "högst 20 små bokstäver a–z, siffror, bindestreck och understreck"}


def find(name: str) -> Path | None:
    return next((path for folder in settings.SOURCE_DATA if (path := Path(folder, name)).is_file()), None)


def text(name: str) -> str:
    path = find(name)
    return _decoded(path).strip() if path else ""


def read(
    name: str, shape: dict[str, Shape], *, default: Path | None = None, **known: Collection[str]
) -> dict[str, Any]:
    """The file as data, checked. What stands at a key among `known` has to be one of the values that it names.

    A municipality that brings no such file gets `default`, where there is one.
    """
    nothing: dict[str, Any] = {key: [] for key, part in shape.items() if isinstance(part, list)}
    path = find(name) or default
    if path is None:
        return nothing
    try:
        found = tomllib.loads(_decoded(path))
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"{path} går inte att läsa som TOML: {error}.") from None
    for problem in _problems(nothing | found, shape, "", known):
        raise WrongSetting(f"{path}: {problem}")
    return nothing | found


def _decoded(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise WrongSetting(f"{path} går inte att läsa: {error}.") from None


def _problems(value: Any, shape: Shape, where: str, known: Mapping[str, Collection[str]]) -> Iterator[str]:
    if isinstance(shape, dict):
        yield from _problems_of_table(value, shape, where, known)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"nyckeln {where} ska vara en lista."
            return
        for number, item in enumerate(value, start=1):
            yield from _problems(item, shape[0], f"{where}[{number}]", known)
    elif not _fits(value, shape):
        yield f"nyckeln {where} ska vara {_expected(shape)}."
    elif (allowed := known.get(re.split(r"[.\]]", where)[-1])) is not None and value not in allowed:
        yield f"nyckeln {where} är ”{value}”, som inte finns. Det som finns: {', '.join(allowed) or 'inget'}."


def _problems_of_table(
    value: Any, shape: dict[str, Shape], where: str, known: Mapping[str, Collection[str]]
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"nyckeln {where} ska vara en tabell."
        return
    before = f"{where}." if where else ""
    parts = {key.rstrip("?"): part for key, part in shape.items()}
    yield from (f"nyckeln {before}{key} känner portalen inte till." for key in value if key not in parts)
    yield from (f"nyckeln {before}{key} saknas." for key in shape if not key.endswith("?") and key not in value)
    for key, part in parts.items():
        if key in value:
            yield from _problems(value[key], part, f"{before}{key}", known)


def _fits(value: Any, shape: Shape) -> bool:
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and bool(shape.fullmatch(value))
    if isinstance(shape, tuple):
        return value in shape
    return type(value) is shape and value != ""  # a truth value is no number, and a moment is no day


def _expected(shape: Shape) -> str:
    if isinstance(shape, re.Pattern):
        return _PATTERNS[shape]
    return f"något av {', '.join(shape)}" if isinstance(shape, tuple) else _KINDS[shape]
