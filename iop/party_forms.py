"""What a party fills in on its own pages: its answers, who signs, and its part of a follow-up. Forms only clean."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html

from agreement.forms import MOST_SIGNATORIES, BaseSignatoryFormSet, signatory_formset
from botkyrka_civil.casework import signing_views
from botkyrka_civil.lib import personal_data
from botkyrka_civil.lib.charts import said
from botkyrka_civil.lib.forms import Line, Text
from organisations.models import SigningMode

from . import facts
from .models import CriterionAnswer, Indicator, Party

Counted = tuple[Decimal | None, str]


class BaseForm(forms.Form):
    """Which revision somebody has in front of them."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def meant_for(self, revision: int) -> None:
        """What was refused because somebody else had saved stays in the form: saved again, it is meant."""
        self.data = cast(QueryDict, self.data).copy()
        self.data[self.add_prefix("base")] = str(revision)


# The criteria --------------------------------------------------------------------------------------------------------


class CriteriaForm(BaseForm):
    """An answer to each criterion. Some may wait; one that is not a plain yes says why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, criterion in enumerate(facts.CRITERIA, start=1):
            self.fields[f"met_{criterion.key}"] = forms.ChoiceField(
                label=criterion.question,
                help_text=criterion.help,
                required=False,
                choices=[*CriterionAnswer.Met.choices, ("", "Vi har inte svarat än")],
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": "Välj ett av svaren."},
            )
            self.fields[f"why_{criterion.key}"] = Text(
                label=f"Motivering till fråga {number}",
                required=False,
                max_length=2000,
                rows=3,
                help_text="Behövs om ni svarar delvis eller nej. Skriv inga namn på personer.",
            )
        self.conditional_fields = tuple(self.fields)

    def clean(self) -> dict[str, Any]:
        for criterion in facts.CRITERIA:
            why = f"why_{criterion.key}"
            unmet = self.cleaned_data.get(f"met_{criterion.key}") in ("partly", "no")
            if unmet and why not in self.errors and not self.cleaned_data.get(why):
                self.add_error(why, "Skriv varför ni svarar delvis eller nej.")
        return self.cleaned_data

    @property
    def answers(self) -> dict[str, tuple[str, str]]:
        """As the verb takes them: {key: (met, motivation)}."""
        data = self.cleaned_data
        return {c.key: (data[f"met_{c.key}"], data[f"why_{c.key}"]) for c in facts.CRITERIA}

    @staticmethod
    def initial_of(party: Party) -> dict[str, Any]:
        initial: dict[str, Any] = {"base": party.revision}
        for answer in party.answers.all():
            initial |= {f"met_{answer.criterion}": answer.met, f"why_{answer.criterion}": answer.motivation}
        return initial

    def fields_of(self, criterion: facts.Criterion) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"met_{criterion.key}"], self[f"why_{criterion.key}"]

    def differs_from(self, answer: CriterionAnswer | None, criterion: facts.Criterion) -> bool:
        """Whether what stands in the form is something else than what is saved."""
        met, why = (str(field.value() or "").strip() for field in self.fields_of(criterion))
        return (met, why.replace("\r\n", "\n")) != ((answer.met, answer.motivation) if answer else ("", ""))


# Those who sign ------------------------------------------------------------------------------------------------------


def people_formset(data: Any, party: Party, *, shown: Iterable[Mapping[str, Any]] = ()) -> BaseSignatoryFormSet:
    """Rows of people, at least as many as the party's signing rule asks for."""
    needed = party.required_signatures
    rows = [dict(row) for row in shown][:MOST_SIGNATORIES]
    rows += [{} for _ in range(needed - len(rows))]
    return signatory_formset(data, rule={"mode": SigningMode.N_JOINTLY, "n": needed}, initial=rows)


class SignForm(signing_views.SignForm):
    def statement(self, signature: Any) -> str:
        return f"Jag har läst hela avtalet, är minst 18 år och får skriva under för {signature.party.name}."


class DeclineForm(forms.Form):
    reason = Text(label="Varför skriver du inte under?", max_length=1000, help_text="Kommunens handläggare läser det.")


# Following up --------------------------------------------------------------------------------------------------------


class Number(Line):
    """A number as Swedes write it: 40, 12,5 or 1 250."""

    unasked = "a number itself"

    MOST = Decimal(10) ** 10
    _NUMBER = re.compile(r"-?\d+(?:[.,](\d+))?", re.ASCII)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        typed = "".join(super().clean(value).split()).replace("−", "-").replace("–", "-")
        if not typed:
            return None
        found = self._NUMBER.fullmatch(typed)
        if not found:
            raise ValidationError("Skriv ett tal med siffror, till exempel 40 eller 12,5.", code="invalid")
        if len(found[1] or "") > 2:
            raise ValidationError("Skriv talet med högst två decimaler.", code="decimals")
        number = Decimal(typed.replace(",", "."))
        if abs(number) >= self.MOST:
            raise ValidationError("Talet är orimligt stort. Kontrollera det.", code="absurd")
        return number


class FollowUpForm(BaseForm):
    """The party's own words, and what all parties count together. `seen` is what the page showed when it was opened."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    text = Text(
        label="Hur har det gått?",
        required=False,
        rows=10,
        help_text="Vad har ni gjort, vad har det lett till och vad har ni lärt er? Texten kan publiceras. Skriv inga "
        "namn, telefonnummer eller andra personuppgifter.",
    )

    def __init__(self, *args: Any, indicators: list[Indicator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = indicators
        for one in indicators:
            goal = "" if one.goal is None else format_html("Målet är {} {}.", said(float(one.goal)), one.unit)
            self.fields[f"value_{one.pk}"] = Number(label=str(one), required=False, help_text=goal)
            self.fields[f"note_{one.pk}"] = Line(
                label="Anmärkning",
                required=False,
                max_length=200,
                help_text="Till exempel hur ni har räknat. Skriv inga namn på personer.",
            )
        self.conditional_fields = tuple(self.fields)

    @staticmethod
    def initial_of(base: int, text: str, counted: Mapping[int, Counted]) -> dict[str, Any]:
        initial: dict[str, Any] = {"base": base, "text": text, "seen": _as_seen(counted)}
        for pk, (value, note) in counted.items():
            initial |= {f"value_{pk}": _shown(value), f"note_{pk}": note}
        return initial

    @property
    def rows(self) -> list[tuple[Indicator, forms.BoundField, forms.BoundField]]:
        return [(one, self[f"value_{one.pk}"], self[f"note_{one.pk}"]) for one in self.indicators]

    @property
    def changed(self) -> dict[int, Counted]:
        """What was written anew here. The rest is left as it stands, whoever has counted it meanwhile."""
        seen = _from_seen(self.cleaned_data["seen"])
        typed = {one.pk: self._typed(one) for one in self.indicators}
        return {pk: counted for pk, counted in typed.items() if counted != seen.get(pk, (None, ""))}

    def _typed(self, indicator: Indicator) -> Counted:
        return self.cleaned_data[f"value_{indicator.pk}"], self.cleaned_data[f"note_{indicator.pk}"]

    def counted_by_others(self, now: Mapping[int, Counted]) -> list[Indicator]:
        """What was written anew here and, differently, by somebody else since the page was opened."""
        seen, changed = _from_seen(self.cleaned_data["seen"]), self.changed
        return [
            one
            for one in self.indicators
            if one.pk in changed and now.get(one.pk, (None, "")) not in (seen.get(one.pk, (None, "")), changed[one.pk])
        ]

    def compared_with(self, now: Mapping[int, Counted]) -> None:
        """What was refused stays in the form; what was not touched here shows what stands now."""
        changed = self.changed
        self.data = cast(QueryDict, self.data).copy()
        self.data["seen"] = _as_seen(now)
        for one in self.indicators:
            if one.pk not in changed:
                value, note = now.get(one.pk, (None, ""))
                self.data[f"value_{one.pk}"], self.data[f"note_{one.pk}"] = _shown(value), note

    def differs_from(self, now: Mapping[int, Counted], indicator: Indicator) -> bool:
        """Whether what stands in the form is something else than what is saved."""
        return now.get(indicator.pk, (None, "")) != self._typed(indicator)

    @property
    def looks_personal(self) -> dict[str, str]:
        """What looks like personal data, by the field's name: pointed out beside it, and allowed."""
        written = ["text", *(f"note_{one.pk}" for one in self.indicators)]
        found = {name: looks_personal(str(self[name].value() or "")) for name in written}
        return {name: told for name, told in found.items() if told}


def looks_personal(text: str) -> str:
    """telefonnummer (070-123 45 67), e-postadress (kim@exempel.se)"""
    return ", ".join(f"{kind.lower()} ({words})" for kind, words in personal_data.find(text))


def _shown(value: Decimal | None) -> str:
    return "" if value is None else said(float(value))


def _as_seen(counted: Mapping[int, Counted]) -> str:
    return json.dumps({str(pk): ["" if value is None else str(value), note] for pk, (value, note) in counted.items()})


def _from_seen(text: str) -> dict[int, Counted]:
    """What cannot be read was nothing: then all that stands in the form is new."""
    try:
        rows = json.loads(text).items()
        seen = {int(pk): (Decimal(value) if value else None, str(note)) for pk, (value, note) in rows}
    except (ValueError, ArithmeticError, AttributeError, TypeError, RecursionError):
        return {}
    return {} if any(value and not value.is_finite() for value, _ in seen.values()) else seen
