"""What to look at before minutes are published: numbers and addresses that lead to a person."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from organisations.org_nr import luhn_ok

NUMBER, EMAIL, PHONE = "Personnummer", "E-postadress", "Telefonnummer"
_SPACE = r"[ \u00a0\u2009\u202f]"
_NUMBER = re.compile(rf"(?<!\d)((?:18|19|20)?\d{{2}})(\d{{2}})(\d{{2}}){_SPACE}?[-–+]?{_SPACE}?\d{{4}}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Seven digits or more that begin with a zero or with the country: 070-183 64 67, 08-530 610 00, +46 (0)70 1836467.
_BETWEEN = rf"(?:[-–/]|{_SPACE}|\(0\))"
_PHONE = re.compile(rf"(?<![\w/.,:§-])(?:\+|00|0){_BETWEEN}?(?:\d{_BETWEEN}*){{6,13}}(?!\d)")


def find(text: str) -> list[tuple[str, str]]:
    """What looks like a personal number, an e-mail address or a phone number: its kind and how it stands there.

    A help for whoever reviews the text, not a guarantee; dates, amounts and registry numbers are left alone.
    """
    found: list[tuple[str, str]] = []
    for kind, pattern in ((NUMBER, _NUMBER), (EMAIL, _EMAIL), (PHONE, _PHONE)):
        matches = [m for m in pattern.finditer(text) if kind != NUMBER or _is_a_persons(m)]
        found += [(kind, match[0].strip(" -–/\u00a0\u2009\u202f")) for match in matches]
        for match in reversed(matches):  # so that no number is told of twice
            text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return list(dict.fromkeys(found))


def _is_a_persons(match: re.Match[str]) -> bool:
    """It begins with a birthday, or one with 60 added to its day (samordningsnummer).

    An organisation's third digit is 2 or more. What begins as a mobile number does is one, unless it adds up.
    """
    day = int(match[3])
    if re.fullmatch(r"07\d{8}", match[0]) and not luhn_ok(match[0]):
        return False
    try:
        datetime(2000, int(match[2]), day - 60 if day > 60 else day)
    except ValueError:
        return False
    return True


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
