"""What to look at before minutes are published: numbers and addresses that lead to a person."""

from collections.abc import Iterator
from typing import Any

from botkyrka_civil.lib.personal_data import EMAIL, NUMBER, PHONE, find

__all__ = ["EMAIL", "NUMBER", "PHONE", "everything_written", "find"]


def everything_written(content: dict[str, Any]) -> str:
    """All texts of the frozen minutes, one a line. Names and numbers of the form are not among them."""
    return "\n".join(_texts({**content, "file": None, "schema": ""}))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
