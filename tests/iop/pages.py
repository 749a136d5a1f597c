"""The addresses and forms of the pages of partnerships, and what a page says."""

import re
from html import unescape

from django.urls import reverse

from botkyrka_civil.lib import tokens
from iop.models import Partnership


def case_url(partnership: Partnership, page: str = "change", *more: int) -> str:
    return reverse(f"admin:iop_partnership_{page}", args=[partnership.pk, *more])


def party_url(party, name="party", *more: str):
    return reverse(f"iop:{name}", args=[tokens.make("iop:party", party.key), *more])


def signing_url(signature, name="sign"):
    return reverse(f"iop:{name}", args=[tokens.make("iop:sign", signature.key)])


def told(follow_up, indicator, words="Det går bra.", base=0, value="", note="", seen="{}", **more):
    return {
        "base": str(base),
        "seen": seen,
        "text": words,
        f"value_{indicator.pk}": value,
        f"note_{indicator.pk}": note,
    } | more


def indicators(*rows: tuple[object, str, str, str]) -> dict[str, object]:
    form: dict[str, object] = {"step": "do", "matt-TOTAL_FORMS": len(rows), "matt-INITIAL_FORMS": 0}
    for n, row in enumerate(rows):
        form |= {f"matt-{n}-{name}": value for name, value in zip(("id", "name", "unit", "goal"), row, strict=True)}
    return form


def text(response):
    page = re.sub(r"(?s)<(style|head|svg).*?</\1>", " ", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ").split())
