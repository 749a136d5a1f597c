"""Organisationsnummer: ten digits with a check digit, never a person's number."""

import unicodedata

from django.core.exceptions import ValidationError

from botkyrka_civil.lib.personal_data import luhn_ok

# The first digit tells the kind of legal person (Skatteverket, SKV 709). A disagreement is a question, not an error.
_GROUPS = {"2": {"trossamfund"}, "7": {"ekonomisk_forening"}, "8": {"ideell_forening", "stiftelse", "studieforbund"}}


def clean(text: str) -> str:
    """NNNNNN-NNNN from what was typed. Raises ValidationError with a Swedish explanation.

    Rule: the third digit is at least 2 (that tells it from a personnummer), and the last is a Luhn check digit.
    Twelve digits are accepted when they begin with 16, which is how registers write legal persons.
    """
    digits = "".join(c for c in text if c.isdecimal() and c.isascii())
    if any(c not in "0123456789- " for c in text):
        raise ValidationError("Skriv numret med tio siffror, till exempel 802002-4280.", code="format")
    if len(digits) == 12 and digits.startswith("16"):
        digits = digits[2:]
    if is_personal(digits):
        raise ValidationError(
            "Det här ser ut som ett personnummer. Skriv inget personnummer här: vi sparar det inte. "
            "Har organisationen inget eget nummer väljer du det i stället.",
            code="personal",
        )
    if len(digits) != 10:
        raise ValidationError("Ett organisationsnummer har tio siffror, till exempel 802002-4280.", code="length")
    if not luhn_ok(digits):
        raise ValidationError(
            "Numret stämmer inte: den sista siffran är en kontrollsiffra, och den går inte ihop med de andra. "
            "Jämför med organisationens papper från Skatteverket.",
            code="check_digit",
        )
    return f"{digits[:6]}-{digits[6:]}"


def is_personal(digits: str) -> bool:
    """Ten digits whose third is 0 or 1, or twelve that begin with a century: a personnummer."""
    return (len(digits) == 10 and digits[2] in "01") or (len(digits) == 12 and digits[:2] in ("18", "19", "20"))


def looks_personal(text: str) -> bool:
    """Whether a personnummer may hide in what was typed, also among other digits or in digits of another script."""
    digits = "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
    if len(digits) == 12 and digits.startswith("16"):
        digits = digits[2:]
    return is_personal(digits) or any(is_personal(digits[i : i + 10]) for i in range(len(digits) - 9))


def group_warning(org_nr: str, legal_form: str) -> str:
    """A question when the number's group and the legal form disagree, otherwise nothing."""
    usual = _GROUPS.get(org_nr[:1])
    if usual is None or legal_form in usual | {"annan", "arbetsintegrerande_socialt_foretag"}:
        return ""
    return "Numret brukar höra till en annan juridisk form. Stämmer båda uppgifterna?"
