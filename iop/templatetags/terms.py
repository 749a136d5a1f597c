"""What the templates of an agreement need beside Django's own filters. Its content comes as it is, or as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template

from botkyrka_civil.lib.charts import said

from .. import balance as sums
from .. import results

register = template.Library()
LONGEST_HEADING = 80


@register.filter
def day(value: Any) -> date | None:
    """A day, whether it is one already or was frozen as text."""
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


@register.filter
def balance(content: Mapping[str, Any]) -> sums.Balance:
    return sums.of(content["contributions"])


@register.filter
def lines(balance: sums.Balance) -> list[tuple[str, list[results.Line]]]:
    """Party by party what it puts in each year, and last the sum."""
    return results.contributions(balance)


@register.filter
def total(balance: sums.Balance) -> results.Line:
    return results.total(balance.total)


@register.filter
def size(row: Mapping[str, Any]) -> str:
    """48 000 kr, 120 timmar"""
    return ", ".join(sums.sum_of([row]).numbers) or "utan siffror"


@dataclass(frozen=True)
class Section:
    heading: str
    text: str


@register.filter
def sections(terms: str) -> list[Section]:
    """The terms as they are written: a line of its own is the heading of the text right below it."""
    return [_section(block) for block in terms.replace("\r\n", "\n").split("\n\n") if block.strip()]


def _section(block: str) -> Section:
    first, _, rest = block.strip("\n").partition("\n")
    is_heading = rest.strip() and len(first) <= LONGEST_HEADING and not first.rstrip().endswith((".", ":", ","))
    return Section(first.strip(), rest.strip()) if is_heading else Section("", block.strip())


@register.filter
def number(value: Any) -> str:
    """A number as Swedes write it, whether it is one already or was frozen as text."""
    return "–" if value in (None, "") else said(float(value))
