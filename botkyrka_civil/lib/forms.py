"""Fields that keep what people typed in a safe form, days and times, and a trap for robots."""

import hashlib
import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from . import personal_data
from .text import clean_line, clean_text, keepable, no_links
from .typefaces import can_be_shown

ASKED = "-asked"
NUMBER_IN_TEXT = (
    "Det här ser ut som ett personnummer: {}. Ta bort det om det går. Måste det stå kvar? Skicka en gång till."
)
TOO_LONG = "Texten är för lång: %(show_value)d tecken. Den får vara högst %(limit_value)d."


class AskedField(forms.BoundField):
    """Carries what its field has asked about, so that the same answer a second time is meant."""

    field: "AsksAboutNumbers"

    @property
    def asked(self) -> str:
        return self.field.asked or self.form.initial.get(f"{self.name}{ASKED}", "")

    @property
    def data(self) -> Any:
        self.field.insisted = self.form.data.get(f"{self.html_name}{ASKED}", "")
        return super().data

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        html = super().as_widget(*args, **kwargs)
        hidden = '{}<input type="hidden" name="{}{}" value="{}">'
        return format_html(hidden, html, self.html_name, ASKED, self.asked) if self.asked else html


class AsksAboutNumbers(forms.Field):
    """Asks once when a personnummer stands in what was sent: it is not to be kept where it is not needed.

    Dataskyddslagen (2018:218) 3 kap. 10 §, dataskyddsförordningen art. 5.1 c. Whoever sends the same again means it.
    """

    bound_field_class = AskedField
    asked = insisted = ""

    def ask(self, numbers: list[str], mark: str, sentence: str) -> None:
        if not numbers:
            return
        self.asked = mark
        if self.asked != self.insisted:
            shown = ", ".join(f"{number[:-4]}xxxx" for number in numbers)
            raise ValidationError(sentence.format(shown), code="number")


def typed_in(form: type[forms.Form], data: Any, *more: str) -> dict[str, str]:
    """What was typed in the fields of a form, right or wrong, and what has been asked about: fit for a draft."""
    names = [*form.base_fields, *more]
    names += [f"{name}{ASKED}" for name in names]
    return {name: keepable(data.get(name, "")) for name in names if name in data}


class _Plain(AsksAboutNumbers, forms.CharField):
    """A text field that says in plain Swedish when there is too much, or what no PDF could show."""

    unasked = ""  # why a personnummer is not asked about here

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not self.unasked and (found := personal_data.numbers(text)):
            mark = hashlib.sha256(" ".join(found).encode()).hexdigest()[:16]
            self.ask(found, mark, NUMBER_IN_TEXT)
        return text

    def __init__(self, *, unasked: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unasked = unasked or self.unasked
        self.validators.append(can_be_shown)
        for validator in self.validators:
            if isinstance(validator, MaxLengthValidator):
                validator.message = TOO_LONG


class Line(_Plain):
    """One line of text, without control characters."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class Name(Line):
    """The name of a person, a role or an organisation."""

    unasked = "a name holds no number"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 150)
        super().__init__(**kwargs)
        self.validators.append(no_links)


class Text(_Plain):
    """Several lines of text, without control characters."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs = {"max_length": 5000, "widget": forms.Textarea(attrs={"rows": rows}), **kwargs}
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


class Rows(forms.BaseFormSet):
    """Rows of one kind. Every posted row may be emptied, which is how one is taken away."""

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    def total_form_count(self) -> int:
        """Always a row to fill in, also when none was posted."""
        return max(super().total_form_count(), 1) if self.is_bound else super().total_form_count()

    def refuse(self, message: str, code: str) -> None:
        """What is wrong with all rows together stands at a field that one can go to: the first row that is empty."""
        row = next((form for form in self.forms if not form.has_changed()), self.forms[-1])
        row.add_error(row.visible_fields()[0].name, ValidationError(message, code=code))


class _Picker:
    """The browser's own picker. What is neither a day nor a time stays as text: the picker would not show it."""

    picker = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)  # type: ignore[misc]
        context["widget"]["type"] = "text" if self._is_odd(value) else self.picker
        return context

    def _is_odd(self, value: Any) -> bool:
        if not isinstance(value, str) or not value:
            return False
        try:
            datetime.strptime(value, self.format)  # type: ignore[attr-defined]
        except ValueError:
            return True
        return False


class _DayInput(_Picker, forms.DateInput):
    picker = "date"


class _TimeInput(_Picker, forms.TimeInput):
    picker = "time"


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        wrong = "Skriv datumet som år, månad och dag, till exempel 2027-03-10."
        super().__init__(
            widget=_DayInput(format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d", "%Y%m%d"],
            error_messages={"invalid": wrong},
            **kwargs,
        )


class Time(forms.TimeField):
    def __init__(self, **kwargs: Any) -> None:
        wrong = "Skriv klockslaget med timmar och minuter, till exempel 09.00."
        super().__init__(
            widget=_TimeInput(format="%H:%M"),
            input_formats=["%H:%M", "%H.%M", "%H"],
            error_messages={"invalid": wrong},
            **kwargs,
        )


# The guest's -------------------------------------------------------------------------------------------------------


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What stood in a form that can't be taken, to be shown so that it can be copied.

    Never a password or a code: nothing at all of the pages where one signs in, and no field that is named as one.
    """
    if request.path.startswith(reverse("accounts:home")):
        return []
    hidden = re.compile("password|csrfmiddlewaretoken|^code$|^otp")
    return [(name, str(value)) for name, value in request.POST.items() if value and not hidden.search(name)]


class TrapForm(forms.Form):
    """A form with a field that people do not see and robots fill in. What fell into the trap is dropped, politely."""

    hemsida = forms.CharField(required=False, label="Lämna det här fältet tomt", max_length=200)

    @property
    def is_robot(self) -> bool:
        return bool(self.data.get("hemsida"))


class NewLinkForm(TrapForm):
    """The personal link once more, to the address that was given."""

    email = forms.EmailField(
        label="Din e-postadress",
        help_text="Adressen som du angav, eller som du fick den förra länken till.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
