"""Fields that keep what people typed in a safe form, and a trap for robots."""

from typing import Any

from django import forms

from .text import clean_line, clean_text, no_links


class Line(forms.CharField):
    """One line of text, without control characters."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class Name(Line):
    """The name of a person, a role or an organisation."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 150)
        super().__init__(**kwargs)
        self.validators.append(no_links)


class Text(forms.CharField):
    """Several lines of text, without control characters."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 5000)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


class TrapForm(forms.Form):
    """A form with a field that people do not see and robots fill in. What fell into the trap is dropped, politely."""

    hemsida = forms.CharField(required=False, label="Lämna det här fältet tomt", max_length=200)

    @property
    def is_robot(self) -> bool:
        return bool(self.data.get("hemsida"))
