"""What one writes when something does not work."""

from uuid import UUID, uuid4

from django import forms

from botkyrka_civil.lib.forms import Line, Name, Text, TrapForm

from .models import AccessibilityReport
from .own_pages import own_page


class ReportForm(TrapForm):
    """Only what does not work has to be told: nobody has to say who they are."""

    kind = forms.ChoiceField(
        label="Vad gäller det?",
        choices=AccessibilityReport.Kind,
        initial=AccessibilityReport.Kind.FAULT,
        widget=forms.RadioSelect,
    )
    what = Text(
        label="Berätta vad som inte fungerar, eller vad du behöver",
        help_text="Skriv som du vill. Berätta gärna vad du försökte göra och vad som hände. "
        "Skriv inget känsligt om dig själv eller någon annan.",
        rows=6,
        error_messages={"required": "Skriv några ord om det."},
    )
    page = Line(
        label="Vilken sida gäller det?",
        help_text="Sidans adress, eller vad sidan handlar om.",
        required=False,
        max_length=500,
    )
    aid = Line(
        label="Använder du något hjälpmedel?",
        help_text="Till exempel en skärmläsare, talstyrning eller förstoring. Då hittar vi felet lättare.",
        required=False,
        max_length=200,
    )
    name = Name(label="Ditt namn", required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Din e-postadress",
        help_text="Behövs bara om du vill ha svar.",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    request_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_page(self) -> str:
        """A personal link opens somebody's own page, so only which page it is is kept."""
        page: str = self.cleaned_data["page"]
        return own_page(page) or page

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean_request_key(self) -> UUID:
        return self.cleaned_data["request_key"] or uuid4()
