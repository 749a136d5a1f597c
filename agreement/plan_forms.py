"""The form in which an item of the action plan is followed up: the same for the municipality and for Plattformen."""

from collections.abc import Collection
from typing import Any, cast

from django import forms

from botkyrka_civil.lib import personal_data
from botkyrka_civil.lib.forms import Text
from botkyrka_civil.lib.text import clean_text

from .models import ActionItem

PROGRESS = {"start": "Den är påbörjad nu", "finish": "Den är klar"}


class FollowUpForm(forms.Form):
    """`facts` is what the verb asks for. What looks like personal data is pointed out once; it may still stand."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    text = Text(
        unasked="the box below asks",
        label="Vad har gjorts, och vad blev det av det?",
        max_length=4000,
        rows=7,
        help_text="Alla kan läsa texten på handlingsplanens sida, med dagens datum och vilken part som skriver. Ditt "
        "namn står inte där. Skriv inga namn, telefonnummer eller andra personuppgifter.",
        error_messages={"required": "Skriv vad som har hänt."},
    )
    keep = forms.BooleanField(label="Texten får stå så. Jag vet att alla kan läsa den.", required=False)
    progress = forms.ChoiceField(
        label="Hur går det med punkten?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Läget har ändrats medan du skrev. Välj på nytt."},
    )

    def __init__(self, *args: Any, item: ActionItem, verbs: Collection[str] = tuple(PROGRESS), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = personal_data.find(clean_text(str(self.data.get(self.add_prefix("text"), ""))))
        if not self.found:
            del self.fields["keep"]
        offered = [verb for verb in PROGRESS if verb in verbs and self._is_open(item, verb)]
        as_now = ("", f"Läget är detsamma: {item.get_state_display().lower()}")
        cast(forms.ChoiceField, self.fields["progress"]).choices = [as_now, *((v, PROGRESS[v]) for v in offered)]
        if not offered:
            del self.fields["progress"]

    def _is_open(self, item: ActionItem, verb: str) -> bool:
        """What has come true while somebody wrote may be sent too, so that a form sent twice is no error."""
        sent = self.data.get(self.add_prefix("progress")) == verb
        return item.may_move(verb) or (sent and item.state in item.TRANSITIONS[verb].targets)

    def clean(self) -> dict[str, Any]:
        if self.found and not self.cleaned_data.get("keep") and "text" not in self.errors:
            told = ", ".join(f"{kind.lower()} ({words})" for kind, words in self.found)
            self.add_error(
                "text",
                f"Det här ser ut som personuppgifter, och texten kan läsas av alla: {told}. Ta bort det, eller kryssa "
                "i rutan under texten om det ska stå kvar.",
            )
        return self.cleaned_data

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name, "") for name in ("text", "progress", "request_key")}
