"""The guided test's own few fields: one question at a time, and what to call the idea on the memo."""

from typing import Any

from django import forms

from botkyrka_civil.lib.forms import Name

from .guide import Question


class QuestionForm(forms.Form):
    """One question and its answers."""

    def __init__(self, question: Question, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[question.key] = forms.ChoiceField(
            label=question.text,
            help_text=question.help,
            choices=[(option.value, option.label) for option in question.options],
            widget=forms.RadioSelect,
            error_messages={
                "required": "Välj ett av svaren.",
                "invalid_choice": "Vi känner inte igen det svaret. Välj ett av dem här.",
            },
        )


class MemoForm(forms.Form):
    namn = Name(
        label="Vad kallar ni idén?",
        required=False,
        max_length=80,
        help_text="Namnet skrivs överst i pm:et. Skriv inte namn på personer.",
    )
