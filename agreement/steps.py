"""The steps of joining, and the draft that they fill: typed text is kept as it is, and checked each time it is read."""

from typing import Any

from django.forms import BaseFormSet, Form
from django.utils.datastructures import MultiValueDict

from botkyrka_civil.lib.forms import typed_in
from botkyrka_civil.lib.steps import Draft, Step, Way
from organisations import org_nr
from organisations.models import Organisation

from . import content
from .forms import MOST_SIGNATORIES, ContactForm, OrganisationForm, SigningRuleForm, signatory_formset, typed_people
from .models import Accession, AgreementVersion

STEPS = (
    Step("organisation", "organisation", "Organisation", "Vilken organisation ansluter sig?"),
    Step("kontakt", "contact", "På listan", "Vad ska stå på den offentliga listan?"),
    Step("firmateckning", "rule", "Firmateckning", "Vem får skriva under?"),
    Step("firmatecknare", "signatories", "Firmatecknare", "Vilka ska skriva under?"),
)
WAY = Way(STEPS, "agreement:step", "agreement:review")
_FORMS: dict[str, type[Form]] = {"organisation": OrganisationForm, "contact": ContactForm, "rule": SigningRuleForm}
_NEED_ACCESSION = ("organisation", "rule")


def form_for(step: Step, accession: Accession, data: Any = None, files: Any = None, rows: int = 0) -> Any:
    """The step's form: bound to `data` when posted, otherwise showing what the draft holds, in at least `rows` rows."""
    if step.key == "signatories":
        return _signatory_formset(accession, data, rows)
    kwargs: dict[str, Any] = {"accession": accession} if step.key in _NEED_ACCESSION else {}
    if data is not None:
        return _FORMS[step.key](data, files, **kwargs)
    return _FORMS[step.key](initial=accession.draft.get(step.key), **kwargs)


def saved_form(step: Step, accession: Accession) -> Any:
    """The step's form bound to what the draft holds, to be checked."""
    saved = accession.draft.get(step.key)
    if step.key == "signatories":
        return _signatory_formset(accession, _formset_data(saved or []))
    kwargs: dict[str, Any] = {"accession": accession} if step.key in _NEED_ACCESSION else {}
    return _FORMS[step.key](saved or {}, **kwargs)


def _signatory_formset(accession: Accession, data: Any, rows: int = 0) -> BaseFormSet:
    rule = _rule(accession)
    if data is not None:
        return signatory_formset(data, rule=rule)
    people = accession.draft.get("signatories") or []
    least = {"each_alone": 1, "two_jointly": 2, "n_jointly": rule.get("n") or 2, "whole_board": 3}
    rows = min(max(rows, len(people), least.get(rule.get("mode", ""), 1)), MOST_SIGNATORIES)
    empty: list[dict[str, str]] = [{}] * (rows - len(people))
    return signatory_formset(None, rule=rule, initial=[*people, *empty])


def _rule(accession: Accession) -> dict[str, Any]:
    form = SigningRuleForm(accession.draft.get("rule") or {}, accession=accession)
    form.is_valid()
    return {"mode": form.cleaned_data.get("mode"), "n": form.cleaned_data.get("n")}


def _formset_data(people: list[dict[str, str]]) -> dict[str, str]:
    data = {"person-TOTAL_FORMS": str(len(people) or 1), "person-INITIAL_FORMS": "0"}
    for i, person in enumerate(people):
        data |= {f"person-{i}-{name}": value for name, value in person.items()}
    return data


def typed(step: Step, data: MultiValueDict) -> Any:
    """What was typed in the step, fit to keep; None if `data` holds no field of the step's form.

    What looks like a personnummer is never kept.
    """
    if step.key == "signatories":
        return typed_people(data) if "person-TOTAL_FORMS" in data else None
    values = typed_in(_FORMS[step.key], data, "same_as")
    kept = {name: value for name, value in values.items() if name != "org_nr" or not org_nr.looks_personal(value)}
    return kept if values else None


class Application(Draft):
    WAY = WAY

    def __init__(self, accession: Accession) -> None:
        self.accession = accession
        super().__init__(accession.draft, {step.key: saved_form(step, accession) for step in STEPS})

    @property
    def organisation(self) -> Organisation | None:
        return self.forms["organisation"].organisation

    @property
    def signatories(self) -> list[dict[str, str]]:
        return self.forms["signatories"].people

    def content(self) -> dict[str, Any]:
        """The content to freeze, for a complete draft: of the version in force, or of the one already received."""
        received = self.accession.registry_entry_id is not None
        version = self.accession.version if received else AgreementVersion.objects.in_force()
        assert version
        rule = self.forms["rule"].cleaned_data
        return content.joining(
            version,
            self.forms["organisation"].cleaned_data | self.forms["contact"].cleaned_data,
            content.signing_rule(rule["mode"], rule["n"], len(self.signatories)),
            self.signatories,
        )
