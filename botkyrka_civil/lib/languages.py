"""The languages in which the municipality answers: Swedish, and the minority languages of the settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info

SWEDISH = "sv"


def name(code: str) -> str:
    """In Swedish: Finska."""
    return str(get_language_info(code)["name_translated"])


def choices() -> list[tuple[str, str]]:
    return [(code, name(code)) for code in (SWEDISH, *settings.MINORITY_LANGUAGES)]


class LanguageForm(forms.Form):
    """Asks in which language somebody wants to be answered, where there is one to choose."""

    conditional_fields = ("language",)  # not called voluntary: one of them is always chosen

    language = forms.ChoiceField(
        label="Vilket språk vill du ha svar på?",
        choices=choices,
        initial=SWEDISH,
        required=False,
        widget=forms.RadioSelect,
        help_text="Du har rätt att använda kommunens minoritetsspråk i ärendet. Formulär och brev är på svenska.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.MINORITY_LANGUAGES:
            del self.fields["language"]

    @property
    def chosen_language(self) -> str:
        return self.cleaned_data.get("language") or SWEDISH
