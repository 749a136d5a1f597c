"""Partnerships in every state, the addresses and forms of their pages, and what a page says."""

import re
from decimal import Decimal
from html import unescape

from django.urls import reverse

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib import tokens
from iop.models import Partnership
from iop.models.states import State
from tests.factories import iop as make


def case_url(partnership: Partnership, page: str = "change", *more: int) -> str:
    return reverse(f"admin:iop_partnership_{page}", args=[partnership.pk, *more])


def party_url(party, name):
    return reverse(f"iop:{name}", args=[tokens.make("iop:party", party.key)])


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


def in_every_state(officer: User) -> dict[str, Partnership]:
    """A partnership in each state, all with the officer. What is followed up has something to count."""
    partnerships = {
        state: make.make_partnership(state, officer=officer) for state in State.values if state != "follow_up"
    }
    following = partnerships["follow_up"] = make.make_partnership("active", officer=officer)
    measures = [("Deltagare", "personer", Decimal(50)), ("Nöjda", "procent", None)]
    rows = [{"name": name, "unit": unit, "goal": goal} for name, unit, goal in measures]
    following.change_indicators(by=Actor.of(officer), rows=rows)
    following.begin_follow_up(by=Actor.of(officer))
    return partnerships
