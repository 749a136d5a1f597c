"""The steps of a proposal, and the draft that they fill: what is typed is kept, and checked each time it is read."""

from typing import Any

from django.forms import Form
from django.utils.datastructures import MultiValueDict

from botkyrka_civil.lib.forms import typed_in
from botkyrka_civil.lib.steps import Draft, Step, Way

from .contribution_forms import Period, as_posted, contribution_formset, typed_rows, were_posted
from .models import Contribution, Partnership
from .proposal_forms import IdeaForm, PeriodForm

STEPS = (
    Step("iden", "idea", "Idén", "Vad är er idé?"),
    Step("period", "period", "Period", "Hur länge ska partnerskapet gälla?"),
    Step("insatser", "contributions", "Insatser", "Vad bidrar ni själva med?"),
)
WAY = Way(STEPS, "iop:proposal_step", "iop:proposal_review")
_FORMS: dict[str, type[Form]] = {"idea": IdeaForm, "period": PeriodForm}


def form_for(step: Step, partnership: Partnership, data: Any = None, more: int = 0) -> Any:
    """The step's form: bound to `data` when posted, otherwise what the draft holds, and `more` rows after it."""
    saved = partnership.draft.get(step.key)
    if step.key == "contributions":
        return contribution_formset(data, period=period_of(partnership), rows=saved or (), more=more)
    return _FORMS[step.key](data) if data is not None else _FORMS[step.key](initial=saved)


def saved_form(step: Step, partnership: Partnership) -> Any:
    """The step's form bound to what the draft holds, to be checked."""
    saved = partnership.draft.get(step.key)
    if step.key == "contributions":
        return contribution_formset(as_posted(saved or []), period=period_of(partnership))
    return _FORMS[step.key](saved or {})


def period_of(partnership: Partnership) -> Period:
    """The draft's period, when it can be read; a year is not measured against a period that is wrong."""
    form = PeriodForm(partnership.draft.get("period") or {})
    form.is_valid()
    first, last = form.cleaned_data.get("first_day"), form.cleaned_data.get("last_day")
    return (first, last) if first and last else (None, None)


def typed(step: Step, data: MultiValueDict) -> Any:
    """What was typed in the step, fit to keep; None if `data` holds no field of the step's form."""
    if step.key == "contributions":
        return typed_rows(data) if were_posted(data) else None
    return typed_in(_FORMS[step.key], data) or None


class Proposal(Draft):
    WAY = WAY

    def __init__(self, partnership: Partnership) -> None:
        super().__init__(partnership.draft, {step.key: saved_form(step, partnership) for step in STEPS})

    @property
    def facts(self) -> dict[str, Any]:
        """Of a complete draft."""
        return self.forms["idea"].cleaned_data | self.forms["period"].cleaned_data

    @property
    def contributions(self) -> list[dict[str, Any]]:
        return self.forms["contributions"].contributions

    @property
    def shown_contributions(self) -> list[Contribution]:
        """As they will be saved, in order of year."""
        return sorted((Contribution(**row) for row in self.contributions), key=lambda one: one.year)
