"""What to look at before a text is published: numbers and addresses that lead to a person."""

import re
from datetime import datetime

NUMBER, EMAIL, PHONE = "Personnummer", "E-postadress", "Telefonnummer"
_SPACE = r"[ \u00a0\u2009\u202f]"
_NUMBER = re.compile(rf"(?<!\d)((?:18|19|20)?\d{{2}})(\d{{2}})(\d{{2}}){_SPACE}?[-–+]?{_SPACE}?\d{{4}}(?!\d)")
# The look behind keeps a long word without an at sign from being tried from each of its letters.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
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
        text = _without(matches, text)  # so that no number is told of twice
    return list(dict.fromkeys(found))


def numbers(text: str) -> list[str]:
    """What is almost surely a personnummer or a samordningsnummer: a birthday, and a check digit that adds up."""
    found = [words for kind, words in find(text) if kind == NUMBER]
    return [words for words in found if luhn_ok(re.sub(r"\D", "", words)[-10:])]


def _without(matches: list[re.Match[str]], text: str) -> str:
    """The text with spaces in their place."""
    parts, end = [], 0
    for match in matches:
        parts += [text[end : match.start()], " " * len(match[0])]
        end = match.end()
    return "".join([*parts, text[end:]])


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


def luhn_ok(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn), as in numbers of persons and organisations."""
    doubled = (int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(digits))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
