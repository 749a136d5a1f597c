"""The forms of the minutes, from writing to publishing. The cleaned data are the verbs' arguments."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from botkyrka_civil.casework import signing_views
from botkyrka_civil.casework.signing import Signature
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.uploads import Upload, UploadField, largest
from botkyrka_civil.lib.forms import Text

from . import personal_data
from .models import Body, Meeting

LONGEST_TEXT = 200_000


class WholeText(Text):
    """A text that is never cut short by the browser: what is too long is said, and stands there still."""

    unasked = "looked through before it is published"

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class MinutesForm(forms.Form):
    """All of the minutes in one field, and which revision it was typed on top of."""

    conditional_fields = ("text",)  # not called voluntary

    text = WholeText(
        label="Protokollets text",
        required=False,
        max_length=LONGEST_TEXT,
        rows=28,
        error_messages={"max_length": "Texten är för lång: %(show_value)s tecken. Den får ha %(limit_value)s."},
    )
    base = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PdfField(UploadField):
    """A PDF and nothing else."""

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        wanted = "Filen måste vara en PDF. Har du protokollet i Word? Välj Spara som, och sedan PDF."
        try:
            upload = super().clean(data, initial)
        except ValidationError as error:
            if getattr(error, "code", "") == "wrong_type":
                raise ValidationError(wanted, code="wrong_type") from None
            raise
        if upload and upload.mime != "application/pdf":
            raise ValidationError(wanted, code="wrong_type")
        return upload


class FileForm(forms.Form):
    upload = PdfField(label="Protokollet som PDF", help_text=f"En PDF, högst {largest()}.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"].widget.attrs["accept"] = ".pdf"


class ReasonForm(forms.Form):
    """Taking back, or taking off the web: never without saying why."""

    reason = Text(label="Varför?", max_length=1000, rows=3)

    def __init__(self, *args: Any, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = help_text


# Signing off -----------------------------------------------------------------------------------------------------


class SignOffForm(signing_views.SignForm):
    def statement(self, signature: Signature) -> str:
        return "Jag har läst protokollet, och det stämmer med vad som hände på mötet."


class ObjectForm(forms.Form):
    reason = Text(
        label="Vad vill du ändra?",
        max_length=3000,
        rows=6,
        help_text="Skriv vilken paragraf det gäller och hur det borde stå. Den som skriver protokollet läser det.",
    )


# Publishing ------------------------------------------------------------------------------------------------------


class PublishForm(forms.Form):
    audience = forms.ChoiceField(label="Vem ska få läsa protokollet?", widget=forms.RadioSelect)
    privacy_reviewed = forms.BooleanField(
        label="Jag har läst hela protokollet. Det innehåller inga känsliga personuppgifter.",
        error_messages={
            "required": "Kryssa i att du har granskat protokollet och att inga känsliga personuppgifter står där."
        },
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["audience"]
        field.choices = choices = _audiences(meeting)  # type: ignore[attr-defined]
        field.initial = next((value for value, _ in choices if value == meeting.audience), None)


def _audiences(meeting: Meeting) -> list[tuple[str, str]]:
    if meeting.body.owner != Body.Owner.PLATFORM:
        return [(audience.value, str(audience.label)) for audience in (Audience.PUBLIC, Audience.STAFF)]
    everyone = "Alla. Då får kommunen också protokollet och för in det i sitt diarium"
    own = [(audience.value, str(audience.label)) for audience in (Audience.MEMBERS, Audience.BOARD)]
    return [(Audience.PUBLIC.value, everyone), *own]


class CorrectionForm(forms.Form):
    text = Text(
        label="Rättelse",
        unasked="refused below",
        max_length=3000,
        help_text="Skriv var felet står, vad som står där och vad det ska vara. Protokollet ändras inte.",
    )
    privacy_reviewed = forms.BooleanField(
        label="Rättelsen innehåller inga känsliga personuppgifter.",
        error_messages={"required": "Kryssa i att rättelsen inte innehåller känsliga personuppgifter."},
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if numbers := [found for kind, found in personal_data.find(text) if kind == personal_data.NUMBER]:
            raise ValidationError(f"Det här ser ut som ett personnummer: {', '.join(numbers)}. Ta bort det.")
        return text
