"""What a party puts in, year by year, as rows to fill in: the same rows in the proposal and on the party's own page."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory

from botkyrka_civil.lib import personal_data
from botkyrka_civil.lib.forms import Line, Rows
from botkyrka_civil.lib.text import keepable, whole

from .models import Contribution
from .models.contributions import MOST_HOURS, MOST_KRONOR

type Period = tuple[date | None, date | None]

MOST_ROWS = 50  # with five fields each, below DATA_UPLOAD_MAX_NUMBER_FIELDS
PREFIX = "insats"
_MINUS = "-−–"  # the keyboard's, the proper one, and what a word processor makes of it
_SPACES = re.compile(r"\s+")
_WHOLE = re.compile(r"\d+|\d{1,3}(?:\.\d{3})+")
_UNITS = re.compile(r"(?:kr|kronor|sek|:-|timmar|tim|h)\.?$")
_NO_DECIMALS = re.compile(r",(?:0{1,2}|-)$")
_DECIMALS = re.compile(r"\d+[.,]\d+")


def no_number_of_a_person(text: str) -> None:
    """What the parties write becomes public: whoever wrote a personnummer by mistake is told at once."""
    for kind, found in personal_data.find(text):
        if kind == personal_data.NUMBER:
            raise ValidationError(f"Här står ett personnummer ({found}). Ta bort det.", code="personal")


class Amount(Line):
    """A whole number as people write it: 125000, 125 000, 125.000 or 125 000 kr."""

    unasked = "a number itself"

    def __init__(self, *, most: int, unit: str, example: str, **kwargs: Any) -> None:
        self.most, self.unit, self.example = most, unit, example
        super().__init__(max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **kwargs)

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        return self._number(typed) if typed else None

    def _number(self, typed: str) -> int:
        text = _NO_DECIMALS.sub("", _UNITS.sub("", _SPACES.sub("", typed.lower())))
        if text.startswith(tuple(_MINUS)):
            raise ValidationError(f"Antalet {self.unit} ska vara större än noll.", code="negative")
        if _WHOLE.fullmatch(text):
            return self._within(int(text.replace(".", "")))
        if _DECIMALS.fullmatch(text):
            raise ValidationError(f"Skriv hela {self.unit}, utan decimaler.", code="decimals")
        raise ValidationError(f"Skriv antalet {self.unit} med siffror, till exempel {self.example}.", code="invalid")

    def _within(self, number: int) -> int:
        if number == 0:
            raise ValidationError(f"Antalet {self.unit} ska vara större än noll.", code="zero")
        if number > self.most:
            raise ValidationError(
                f"Det är orimligt mycket. Skriv högst {whole(self.most)} {self.unit} på en rad.", code="absurd"
            )
        return number

    def prepare_value(self, value: Any) -> Any:
        return whole(value) if isinstance(value, int) else value


class Year(Line):
    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        if not re.fullmatch(r"(?:20|21)\d\d", typed, re.ASCII):
            raise ValidationError("Skriv året med fyra siffror, till exempel 2027.", code="invalid")
        return int(typed)


class ContributionForm(forms.Form):
    """One kind of contribution in one year. A row with nothing but its year is no contribution."""

    conditional_fields = ("year", "kind", "amount", "hours", "note")

    year = Year(
        label="År",
        max_length=20,
        error_messages={"required": "Skriv vilket år det gäller."},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    kind = forms.ChoiceField(
        label="Vad bidrar ni med?",
        choices=[("", "Välj slag"), *Contribution.Kind.choices],
        error_messages={"required": "Välj vad ni bidrar med.", "invalid_choice": "Välj ett av slagen i listan."},
    )
    amount = Amount(
        most=MOST_KRONOR,
        unit="kronor",
        example="125 000",
        label="Kronor",
        required=False,
        help_text="För pengar. Du kan också skriva vad något annat är värt.",
    )
    hours = Amount(
        most=MOST_HOURS,
        unit="timmar",
        example="200",
        label="Timmar",
        required=False,
        help_text="För arbetstid, också ideell.",
    )
    note = Line(
        label="Beskrivning",
        required=False,
        max_length=200,
        validators=[no_number_of_a_person],
        help_text="Till exempel: lokal två kvällar i veckan. Skriv inga namn på personer.",
    )

    def __init__(self, *args: Any, period: Period = (None, None), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period = period

    def has_changed(self) -> bool:
        return any(name != "year" for name in self.changed_data)

    def clean_year(self) -> int | None:
        year: int | None = self.cleaned_data["year"]
        first, last = self.period
        if year and first and last and not first.year <= year <= last.year:
            raise ValidationError(f"{year} ligger utanför perioden {_years(self.period)}.", code="outside")
        return year

    def clean(self) -> dict[str, Any]:
        """Money in kronor, work in hours; premises and the rest may be told in words."""
        data: dict[str, Any] = self.cleaned_data
        chosen = data.get("kind")
        if chosen == Contribution.Kind.MONEY:
            self._need("amount", "Skriv hur många kronor det är.")
            if data.get("hours"):
                self.add_error("hours", "Pengar räknas i kronor. Lägg timmarna på en egen rad, som arbetstid.")
        elif chosen == Contribution.Kind.STAFF:
            self._need("hours", "Skriv hur många timmar det är.")
        elif chosen and not any(data.get(name) for name in ("amount", "hours", "note")) and not self.errors:
            self.add_error("note", "Beskriv vad ni bidrar med.")
        return data

    def _need(self, name: str, sentence: str) -> None:
        if name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, sentence)


class BaseContributionFormSet(Rows):
    """A party's contributions: as many rows as it needs, all of them within the period."""

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        self.required = required
        super().__init__(*args, **kwargs)

    @property
    def contributions(self) -> list[dict[str, Any]]:
        """Each as (year, kind, amount, hours, note), the way the verbs take them."""
        return [form.cleaned_data for form in self.forms if form.has_changed()]

    def clean(self) -> None:
        if not any(self.errors) and self.required and not self.contributions:
            self.refuse("Fyll i minst en rad. I ett partnerskap bidrar båda sidor, på något sätt.", "too_few")


_ContributionFormSet = formset_factory(
    ContributionForm,
    formset=BaseContributionFormSet,
    extra=0,
    max_num=MOST_ROWS,
    validate_max=True,
    absolute_max=MOST_ROWS + 5,
)


def contribution_formset(
    data: Any = None,
    *,
    period: Period = (None, None),
    rows: Sequence[dict[str, Any]] = (),
    more: int = 0,
    required: bool = True,
) -> BaseContributionFormSet:
    """Bound to `data` when posted; otherwise showing `rows` (saved or typed), and `more` empty ones after them.

    Without any there is one for each year of the period.
    """
    shown = [*(rows or [{"year": year} for year in _each_year(period)]), *({} for _ in range(more))]
    formset = _ContributionFormSet(
        data,
        initial=None if data is not None else shown[:MOST_ROWS],  # a posted row is compared with nothing
        prefix=PREFIX,
        required=required,  # type: ignore[call-arg]
        form_kwargs={"period": period},
    )
    return cast(BaseContributionFormSet, formset)


def saved_rows(contributions: Any) -> list[dict[str, Any]]:
    """A party's contributions as rows to show in the form."""
    return [{name: getattr(one, name) for name in ContributionForm.base_fields} for one in contributions]


def were_posted(data: Any) -> bool:
    """Whether `data` comes from the form of rows, which always says how many rows it has."""
    return f"{PREFIX}-TOTAL_FORMS" in data


def typed_rows(data: Any) -> list[dict[str, str]]:
    """What was typed in each row, right or wrong, fit to keep and to show again. Rows left empty are not among them."""
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    count = min(int(total), MOST_ROWS) if total.isdecimal() and len(total) < 4 else 0
    rows = [
        {name: keepable(data.get(f"{PREFIX}-{n}-{name}", "")) for name in ContributionForm.base_fields}
        for n in range(count)
    ]
    return [row for row in rows if any(value for name, value in row.items() if name != "year")]


def as_posted(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Kept rows in the shape of a posted form, to be checked."""
    data = {f"{PREFIX}-TOTAL_FORMS": str(len(rows)), f"{PREFIX}-INITIAL_FORMS": "0"}
    for n, row in enumerate(rows):
        data |= {f"{PREFIX}-{n}-{name}": value for name, value in row.items()}
    return data


def _each_year(period: Period) -> list[Any]:
    first, last = period
    return list(range(first.year, last.year + 1))[:MOST_ROWS] if first and last else [""]


def _years(period: Period) -> str:
    first, last = period
    assert first and last
    return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
