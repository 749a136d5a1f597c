"""Text that people typed, made safe to keep: no control characters, no tricks with the direction of writing."""

import re
import unicodedata

from django.core.exceptions import ValidationError

# NUL and other controls, zero-width characters, and marks that turn the direction of what stands around them.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def clean_text(value: str) -> str:
    """Several lines: unwanted characters are dropped, and line endings are \\n."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def clean_line(value: str) -> str:
    """One line: as clean_text, and every run of white space is one space."""
    return " ".join(clean_text(value).split())


def no_links(value: str) -> None:
    """A name is not an address: keeps the letters we send from carrying somebody's advertisement."""
    if re.search(r"https?:|www\.|://", value, re.IGNORECASE):
        raise ValidationError("Skriv utan webbadresser här.", code="link")


def safe_cell(value: str) -> str:
    """A spreadsheet takes what begins like this for a formula, and runs it."""
    risky = value.startswith(("\t", "\r", "\n")) or value.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{value}" if risky else value
