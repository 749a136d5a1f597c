"""The admin's page for a translation of a decision, of both kinds of case in which a minority language may be used."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from django import forms
from django.utils import timezone

from ..casework.admin_cases import VerbPage
from ..lib import languages
from ..lib.forms import Day
from .uploads import UploadField


class TranslationForm(forms.Form):
    language = forms.ChoiceField(label="Språk", choices=lambda: languages.choices()[1:], widget=forms.RadioSelect)
    translated_on = Day(label="När översattes det?", initial=timezone.localdate)
    scan = UploadField(label="Översättningen av beslutet och skälen")


class TranslatePage(VerbPage):
    """Lag (2009:724) om nationella minoriteter och minoritetsspråk: a written translation, when it is asked for."""

    verb = "translate"
    title = "Registrera beslutet översatt"
    form_class = TranslationForm
    letter_editable = False

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "initial": {"language": self.case.language}}

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        """As it will be when the language has been chosen."""
        case = copy(self.case)
        case.language = data.get("language") or (case.language if case.wanted_language else languages.choices()[-1][0])
        return {case._meta.model_name: case}

    def consequences(self) -> Iterator[str]:
        yield "Översättningen sparas i ärendet, med dagen då den gjordes. Läget ändras inte."
        yield "Brevet nedan går ut med översättningen som bilaga."
