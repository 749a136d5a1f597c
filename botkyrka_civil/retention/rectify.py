"""Putting right a name, an address or a number that is wrong (rectification, GDPR art. 16).

What is alive is changed. What has been signed, sent or registered stays as it was, since that is what happened, and
a note beside it in the case says what was wrong and what is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model

from council.elections import open_for_new_address
from organisations.models import Person

from ..accounts.models import User
from ..accounts.reserved import is_reserved
from ..casework import accounts
from ..casework.models import Actor, Refused, record
from ..lib import swedish, tokens
from .extract import Extract
from .ties import Found, value

KINDS = {"name": "namnet", "email": "e-postadressen", "phone": "telefonnumret"}


@dataclass(frozen=True)
class Place:
    """Where the wrong words stand: in a field that can be changed, or in something that stays as it is."""

    found: Found
    field: str
    live: bool

    @property
    def title(self) -> str:
        return self.found.table.title


@dataclass(frozen=True)
class Outcome:
    changed: int
    noted: int


def stated(extract: Extract) -> list[tuple[str, str, int]]:
    """What stands in the rows today, and in how many: kind, words, count."""
    words: Counter[tuple[str, str]] = Counter()
    for found in extract.found:
        for tie in found.ties:
            for kind, field in tie.own.items():
                if "__" not in field and (said := str(value(found.row, field))):
                    words[kind, said] += 1
    return [(kind, said, count) for (kind, said), count in sorted(words.items())]


def places(extract: Extract, kind: str, wrong: str) -> list[Place]:
    """Each row once where the wrong words stand, in its own field or in a text."""
    return [place for found in extract.found if (place := _place(found, kind, wrong))]


def _place(found: Found, kind: str, wrong: str) -> Place | None:
    for tie in found.ties:
        field = tie.own.get(kind, "")
        if field and "__" not in field and _same(kind, str(value(found.row, field)), wrong):
            return Place(found, field, field in tie.live(found.row).split())
    said = [part for *_, part in found.named] + [value(found.row, field) for tie in found.ties for field in tie.fields]
    if any(swedish.fold(wrong) in swedish.fold(str(part)) for part in said):
        return Place(found, "", live=False)
    return None


def _same(kind: str, said: str, wrong: str) -> bool:
    """Small and capital letters make another name, and the same address."""
    return said.lower() == wrong.lower() if kind == "email" else said == wrong


def rectify(extract: Extract, *, by: Actor, kind: str, wrong: str, right: str, reason: str) -> Outcome:
    """All of it or nothing, with a line in the log of each case."""
    if not reason.strip():
        raise Refused("Skriv varför uppgiften rättas.")
    if not right or right == wrong:
        raise Refused("Skriv den rätta uppgiften. Den här är likadan som den som står där.")
    if kind == "email" and is_reserved(right):
        raise Refused("Adressen öppnar Plattformens styrelserum. Styrelsen lägger själv in den.")
    with transaction.atomic():
        found = places(extract, kind, wrong)
        if not found:
            raise Refused(f"”{wrong}” står inte i någon uppgift om personen.")
        for place in found:
            if place.live:
                _refuse_takeover(place, kind, by)
                _change(place, kind, right, by)
        told = f"Fel: {wrong}. Rätt: {right}. {reason.strip()}"
        for case, here in _by_case(found):
            changed = sorted({place.title for place in here if place.live})
            noted = sorted({place.title for place in here if not place.live})
            label = f"Rättade {KINDS[kind]}" if changed else f"Antecknade att {KINDS[kind]} är fel"
            record(case, "rectify", by=by, label=label, reason=told, changed=changed, noted=noted)
    live = sum(place.live for place in found)
    return Outcome(live, len(found) - live)


def _refuse_takeover(place: Place, kind: str, by: Actor) -> None:
    """Whoever changes the address of an account could ask for a new password: only those who manage it may."""
    account = place.found.row
    if kind != "email" or not isinstance(account, User) or account == by.user:
        return
    user = by.user
    if user is None or not user.has_perm("accounts.change_user") or (account.is_superuser and not user.is_superuser):
        raise Refused("Personen har ett konto, och adressen öppnar det. Be administratören att rätta den.")


def _change(place: Place, kind: str, right: str, by: Actor) -> None:
    """Under lock, and only if it still may be. A link that went to the wrong address opens nothing any more."""
    table = place.found.table
    row: Any = table.model._base_manager.select_for_update().get(pk=place.found.row.pk)
    if not any(place.field in tie.live(row).split() for tie in table.ties):
        raise Refused(f"{table.title}: uppgiften har just låsts. Sök på nytt och se hur det är nu.")
    setattr(row, place.field, right.lower() if kind == "email" else right)
    fields = [place.field]
    if kind == "email" and hasattr(row, "key"):
        row.key = tokens.new_key()
        fields.append("key")
    try:
        with transaction.atomic():
            if isinstance(row, User):
                accounts.change(row, by=by, **{place.field: getattr(row, place.field)})
            else:
                row.save(update_fields=fields)
            if isinstance(row, Person) and kind == "email":
                open_for_new_address(row, by=by)
    except IntegrityError:
        taken = f"{table.title}: {right} finns redan på en annan rad, och kan bara stå på en. Inget har ändrats."
        raise Refused(taken) from None


def _by_case(found: Iterable[Place]) -> Iterable[tuple[Model, list[Place]]]:
    cases: dict[str, list[Place]] = {}
    for place in found:
        cases.setdefault(place.found.case, []).append(place)
    return [(_case(subject, here[0].found), here) for subject, here in cases.items()]


def _case(subject: str, found: Found) -> Model:
    """The case, or the row itself when the case is gone."""
    label, _, pk = subject.partition(":")
    try:
        case = apps.get_model(label)._base_manager.filter(pk=pk).first() if pk.isdecimal() else None
    except LookupError:  # the log outlives its models
        case = None
    return case or found.row
