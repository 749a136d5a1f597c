"""No field without a decision: what is in the database and not in policy.toml stops the start, with what to write."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models

from . import policy
from .policy import CONTROLLERS, Policy, Register, Rule

FILE = "botkyrka_civil/retention/policy.toml"


@register()
def every_field_is_decided(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    try:
        found = policy.read()
    except Exception as error:  # whatever is wrong with the file, it is told as the others are
        return [Error(f"{FILE} går inte att läsa: {error}", id="retention.E001")]
    return [Error(f"{problem} Skriv i {FILE}.", id="retention.E002") for problem in problems(found)]


def problems(found: Policy) -> Iterator[str]:
    """Each in a sentence."""
    known = {model._meta.label: model for model in apps.get_models()}
    for label in known.keys() - found.registers.keys():
        yield f"Modellen {label} saknar beslut om vad som bevaras och gallras."
    for label, decided in found.registers.items():
        if label not in known:
            yield f"Modellen {label} finns inte."
            continue
        yield from _fields(known[label], decided)
        yield from _decision(decided, found)
        for rule in decided.rules:
            yield from _rule(rule, found)
    yield from _people(found)


def field_names(model: type[models.Model]) -> set[str]:
    """All but the number that Django gives each row."""
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return {field.name for field in fields if not isinstance(field, models.AutoField)}


def _fields(model: type[models.Model], decided: Register) -> Iterator[str]:
    there, written = field_names(model), Counter(decided.fields)
    for name in sorted(there - written.keys()):
        yield f"Uppgiften {decided.label}.{name} saknar beslut: är den personal, free_text eller not_personal?"
    for name in sorted(written.keys() - there):
        yield f"Uppgiften {decided.label}.{name} finns inte."
    for name in sorted(name for name, times in written.items() if times > 1):
        yield f"Uppgiften {decided.label}.{name} står på två ställen."


def _decision(decided: Register, found: Policy) -> Iterator[str]:
    if decided.follows and decided.follows not in found.registers:
        yield f"{decided.label} följer {decided.follows}, som inte finns."
    elif decided.follows and decided.keep:
        yield f"{decided.label} har både follows och keep."
    elif not (decided.follows or decided.keep or decided.rules):
        yield f"{decided.label} har varken keep, dispose eller follows."
    if decided.personal and not decided.about:
        yield f"{decided.label} har personuppgifter, men inte vilka människor de gäller (about)."


def _rule(rule: Rule, found: Policy) -> Iterator[str]:
    if rule.find is None:
        yield f"Regeln {rule.key} nämner en fråga som inte finns (due)."
    if not callable(getattr(rule.model, rule.verb, None)):
        yield f"Regeln {rule.key} nämner ett verb som inte finns: {rule.verb}."
    if rule.after and not isinstance(getattr(settings, rule.after, None), timedelta):
        yield f"Regeln {rule.key} nämner en inställning som inte finns: {rule.after}."
    if ("{after}" in rule.when) != bool(rule.after):
        yield f"Regeln {rule.key} ska nämna tiden där den gäller: {{after}} i when, och inställningen i after."


def _people(found: Policy) -> Iterator[str]:
    abouts = [register.about for register in found.registers.values()] + [rule.about for rule in found.rules]
    named = {key for about in abouts for key in about}
    for key in sorted(named - found.people.keys()):
        yield f"about nämner {key}, som inte finns under people."
    for key, people in found.people.items():
        if key not in named:
            yield f"Ingen uppgift gäller {key}, som står under people."
        if people.controller not in CONTROLLERS:
            yield f"{key} har en okänd ansvarig (controller): {people.controller}."
        for basis in set(people.basis) - found.basis.keys():
            yield f"{key} nämner grunden {basis}, som inte finns under basis."
