"""What is missing for both sides to be heard, as the yearly report lists it: a label and a number for each."""

from collections.abc import Iterator
from typing import NamedTuple

from .report import Plan, Report


class Gap(NamedTuple):
    label: str
    value: str


def of(report: Report) -> list[Gap]:
    """Only what is missing; an empty list is good news."""
    return [*_of_representation(report), *(gap for plan in report.plans for gap in _of_plan(plan))]


def _of_representation(report: Report) -> Iterator[Gap]:
    if report.outside.count:
        yield Gap("Anslutna organisationer som inte är medlemmar i Plattformen", str(report.outside.count))
    for side in report.sides:
        if side.vacant:
            yield Gap(f"Vakanta platser i Rådet, {side.label.lower()}", f"{side.vacant} av {side.seats}")
    meetings = report.meetings
    if report.is_over and meetings.council is not None and meetings.council < (meetings.least or 0):
        yield Gap(f"Rådets möten, när målet är minst {meetings.least}", str(meetings.council))
    if years := report.dialogue.years_without:
        yield Gap("År utan känd dialogkonferens", ", ".join(map(str, years)))


def _of_plan(plan: Plan) -> Iterator[Gap]:
    of_plan = f"i Handlingsplan {plan.label}"
    for label, number in (
        ("Försenade punkter", plan.late),
        ("Punkter utan ansvarig", plan.without_owner),
        ("Punkter utan slutdatum", plan.without_due),
    ):
        if number:
            yield Gap(f"{label} {of_plan}", str(number))
