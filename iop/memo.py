"""The memo of a guided test: what was answered, where it led and why. Rendered for whoever asks, and never kept."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from botkyrka_civil.casework.signing import canonical, noon
from botkyrka_civil.documents import pdf

from . import facts, guide


def content(answers: guide.Answers, found: guide.Outcome, *, name: str, day: date) -> dict[str, Any]:
    """The memo as data (iop-vagledning/1), the same as is printed."""
    return {
        "schema": "iop-vagledning/1",
        "disclaimer": guide.DISCLAIMER,
        "date": day.isoformat(),
        "name": name,
        "outcome": str(found.kind),
        "title": found.advice.title,
        "summary": found.advice.summary,
        "own_reading": found.advice.own,
        "decided_by": [one.option.reason for one in found.decisive],
        "fits": [one.option.reason for one in found.fits],
        "to_find_out": list(found.cautions),
        "answers": [
            {
                "key": one.question.key,
                "question": one.question.text,
                "value": one.option.value,
                "answer": one.option.label,
            }
            for one in guide.given(answers)
        ],
    }


def render(answers: guide.Answers, found: guide.Outcome, *, name: str, day: date) -> bytes:
    memo = content(answers, found, name=name, day=day)
    data = canonical(memo)
    context = {
        "memo": memo,
        "outcome": found,
        "day": day,
        "submitted_at": noon(day),
        "steps": [
            (step.text, settings.BASE_URL + reverse(step.link) if step.link else "") for step in found.advice.steps
        ],
        "criteria": facts.CRITERIA,
        "url": settings.BASE_URL + reverse("iop:iop"),
        "municipality": settings.MUNICIPALITY,
    }
    return pdf.render(
        "iop/pdf/memo.html",
        context,
        identifier=data,
        data=data,
        data_name="iop-vagledning.json",
        data_description="Svaren och vägledningen i maskinläsbar form",
    )
