"""Disposal (gallring): what the policy says is to go, row by row, and what a dry run tells of it beforehand."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst

from botkyrka_civil.casework.models import SYSTEM, Actor, Refused, RegistryEntry, record, subject_of
from botkyrka_civil.lib.rows import each

from . import policy, restrictions
from .models import DisposalRun
from .policy import Register, Rule

logger = logging.getLogger(__name__)


def run(*, by: Actor = SYSTEM) -> Counter[str]:
    """Follow each rule. What fails is logged and tried again next time; the rest goes on."""
    taken: Counter[str] = Counter()
    concerned = cache(restrictions.concerned)  # asked when the first row is due, and not for each
    for rule in policy.read().rules:
        try:
            each(rule.rows(timezone.now()), _disposer(rule, taken, concerned))
        except Exception:
            logger.exception("Gallringen: %s misslyckades", rule.key)
    if taken and by != SYSTEM:
        here = {rule.key for _, rule in policy.read().ruled_here}
        counts: dict[str, Any] = {key: count for key, count in taken.items() if key in here}
        record(DisposalRun.objects.latest("day"), "run_disposal", by=by, label="Gallrade", **counts)
    return taken


def _disposer(rule: Rule, taken: Counter[str], concerned: Callable[[], set[str]]) -> Callable[[Any], None]:
    def dispose(row: models.Model) -> None:
        """One row, in the transaction that is open, with its mark in the day's record."""
        if subject_of(row) in concerned():
            return
        pk, registered = row.pk, RegistryEntry.objects.filter(subject=subject_of(row)).exists()
        getattr(row, rule.verb)()
        if registered and not rule.model._base_manager.filter(pk=pk).exists():
            raise Refused("Det som är registrerat gallras inte.")
        DisposalRun.add(rule.key)
        taken[rule.key] += 1

    dispose.__qualname__ = f"Gallringen: {rule.key}"  # what a failure is called in the log
    return dispose


@dataclass(frozen=True)
class Line:
    """What a rule would do now: which rows, by names that tell nothing, and how many more are on their way."""

    register: Register
    rule: Rule
    due: int
    coming: int
    held: int
    names: list[str]


def dry_run(now: datetime, ruled: list[tuple[Register, Rule]] | None = None) -> list[Line]:
    """What all rules, or these, would do now. Nothing is changed, and nobody is named."""
    concerned = restrictions.concerned()
    return [_line(register, rule, now, concerned) for register, rule in ruled or policy.read().ruled]


def _line(register: Register, rule: Rule, now: datetime, concerned: set[str]) -> Line:
    rows = list(rule.rows(now).order_by("pk"))
    going = [row for row in rows if subject_of(row) not in concerned]
    names = [name for row in going if (name := _neutral_name(row))]
    return Line(register, rule, len(going), rule.coming(now).count(), len(rows) - len(going), names)


def _neutral_name(row: models.Model) -> str:
    """Anslutning 12. A key in words, such as a session's, would open something: it is not shown."""
    return f"{capfirst(str(row._meta.verbose_name))} {row.pk}" if isinstance(row.pk, int) else ""
