"""Text that people typed, made safe to keep: no control characters, no tricks with the direction of writing."""

import re
import unicodedata
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date

# NUL and other controls, zero-width characters, and marks that turn the direction of what stands around them.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)

LONGEST_ANSWER = 100_000  # characters of one answer that a draft keeps


def clean_text(value: str) -> str:
    """Several lines: unwanted characters are dropped, and line endings are \\n."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def clean_line(value: str) -> str:
    """One line: as clean_text, and every run of white space is one space."""
    return " ".join(clean_text(value).split())


def keepable(value: str) -> str:
    """What a draft keeps of one answer, right or wrong: all of it, or what it says itself that it was cut at."""
    if len(value) <= LONGEST_ANSWER:
        return clean_text(value)
    return f"{clean_text(value[:LONGEST_ANSWER])}\n[Texten är avkortad: mer än {LONGEST_ANSWER} tecken sparas inte.]"


def no_links(value: str) -> None:
    """A name is not an address: keeps the letters we send from carrying somebody's advertisement."""
    if re.search(r"https?:|www\.|://", value, re.IGNORECASE):
        raise ValidationError("Skriv utan webbadresser här.", code="link")


def day_of(asked: str) -> date | None:
    """The day that an address asks for (?datum=2026-01-31), or none when it can't be read."""
    try:
        return parse_date(asked)
    except ValueError:
        return None


def safe_cell(value: str) -> str:
    """A spreadsheet takes what begins like this for a formula, and runs it."""
    risky = value.startswith(("\t", "\r", "\n")) or value.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{value}" if risky else value


def whole(number: int) -> str:
    """125 000, with spaces that never break."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def kronor(amount: int) -> str:
    return f"{whole(amount)}\N{NO-BREAK SPACE}kr"


def tel(number: str) -> str:
    """A telephone number as a telephone dials it (RFC 3966): 08-123 45 67 → +4681234567."""
    digits = "".join(c for c in number.replace("(0)", "") if c.isdecimal())
    if number.lstrip().startswith("+"):
        return f"+{digits}"
    return f"+46{digits[1:]}" if digits.startswith("0") and not digits.startswith("00") else digits
