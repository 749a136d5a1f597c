"""What the officer writes: the reasons of a decision, and a form that came on paper."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.utils import timezone

from agreement.forms import (
    MOST_SIGNATORIES,
    BaseSignatoryFormSet,
    ContactForm,
    OrganisationForm,
    SignatoryForm,
    SigningRuleForm,
)
from agreement.models import Completion
from botkyrka_civil.casework.signing import noon
from botkyrka_civil.documents.uploads import UploadField
from botkyrka_civil.lib.forms import Day, Line, Text
from botkyrka_civil.lib.languages import LanguageForm
from organisations.models import Organisation, OrganisationQuerySet


def _completion_due() -> date:
    return timezone.localdate() + settings.COMPLETION_PERIOD


class CompletionForm(forms.Form):
    kind = forms.ChoiceField(label="Vad gäller det?", choices=Completion.Kind, widget=forms.RadioSelect)
    text = Text(
        label="Vad behöver organisationen göra?",
        max_length=3000,
        rows=6,
        help_text="Skriv så att den som läser vet precis vad som ska ändras eller skickas in. Texten står i brevet.",
    )
    due = Day(label="Sista dag att svara", initial=_completion_due)

    def clean_due(self) -> date:
        due: date = self.cleaned_data["due"]
        if due <= timezone.localdate():
            raise ValidationError("Välj en dag som ligger framåt i tiden.", code="past")
        return due


class DueForm(forms.Form):
    due = Day(label="Ny sista dag att svara", initial=_completion_due)


class AnswerForm(forms.Form):
    text = Text(label="Vad svarade organisationen?", max_length=3000)
    evidence = UploadField(label="Nytt underlag", required=False)


class MotivationForm(forms.Form):
    motivation = Text(
        label="Skäl för beslutet",
        max_length=5000,
        rows=8,
        help_text="Skriv så att den som läser förstår varför. Skälen står i brevet och i händelseloggen.",
    )


class LeaveOnPaperForm(forms.Form):
    scan = UploadField(label="Inskannad utträdesanmälan, undertecknad enligt firmateckningen")


class EndForm(forms.Form):
    reason = Line(
        label="Varför avslutas anslutningen?",
        max_length=300,
        help_text="Till exempel: Föreningen upplöstes på årsmötet den 3 mars. "
        "Skälet visas på den offentliga sidan, så skriv inga namn på personer.",
    )
    status = forms.ChoiceField(
        label="Hur är det med organisationen?",
        widget=forms.RadioSelect,
        initial="",
        required=False,
        choices=[
            ("", "Den finns kvar"),
            (Organisation.Status.DISSOLVED, "Den är upplöst"),
            (Organisation.Status.MERGED, "Den har gått upp i en annan organisation"),
        ],
    )
    merged_into = forms.ModelChoiceField(
        label="Vilken organisation gick den upp i?",
        queryset=Organisation.objects.none(),
        empty_label="Ingen vald",
        required=False,
        help_text="Fyll i om den har gått upp i en annan.",
    )
    notify = forms.BooleanField(label="Skriv ett brev till organisationen", required=False, initial=True)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Organisation.objects.known_to_staff().exclude(pk=organisation.pk)
        self.fields["merged_into"].queryset = others  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("status") == Organisation.Status.MERGED and not cleaned.get("merged_into"):
            self.add_error("merged_into", "Välj vilken organisation den gick upp i.")
        return cleaned


class PaperOrganisationForm(OrganisationForm):
    """The same questions, asked to the officer instead of the applicant."""

    OPEN_ALREADY = "{name} har redan en ansökan på gång. Öppna den i listan över anslutningar i stället."
    LISTED_ALREADY = "{name} är redan ansluten. Registrera ingen ny anslutning."

    def known(self) -> OrganisationQuerySet:
        return Organisation.objects.known_to_staff()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "Så som det står på blanketten."
        if question := self.fields.get("same_as"):
            question.label = "Är det någon av de här organisationerna?"
            question.help_text = "Vi har redan en organisation med nästan samma namn."
            question.choices = [  # type: ignore[attr-defined]
                *(
                    (str(found.pk), f"{found.name}{f' ({found.org_nr})' if found.org_nr else ''}")
                    for found in self.alike
                ),
                (self.NONE_OF_THESE, "Nej, en annan organisation"),
            ]


class PaperContactForm(ContactForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].help_text = "Till exempel Hallunda eller hela kommunen."
        self.fields["public_email"].help_text = "Visas på listan."
        self.fields["description"].label = "Vad gör organisationen?"


class PaperSigningRuleForm(SigningRuleForm):
    """On paper the minutes may be part of the scanned form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].help_text = "Firmateckningen, så som den står i protokollet."
        evidence = self.fields["evidence"]
        evidence.label = "Protokoll som visar firmateckningen"
        evidence.help_text = f"Om det inte ingår i den inskannade blanketten. {UploadField().help_text}"

    def clean_evidence(self) -> Any:
        return self.cleaned_data["evidence"]


class PaperSignatoryForm(SignatoryForm):
    """Who has signed on paper gets no link, and so needs no address."""

    email = None  # type: ignore[assignment]


PaperSignatoryFormSet: Any = formset_factory(
    PaperSignatoryForm,
    formset=BaseSignatoryFormSet,
    extra=3,
    max_num=MOST_SIGNATORIES,
    validate_max=True,
    absolute_max=MOST_SIGNATORIES + 5,
)


class PaperForm(LanguageForm):
    received_on = Day(label="När kom blanketten in?", initial=timezone.localdate)
    signed_on = Day(
        label="När skrevs den under?", required=False, help_text="Den senaste dagen på blanketten. Tomt om den saknas."
    )
    scan = UploadField(label="Inskannad blankett")
    email = forms.EmailField(
        label="Organisationens e-postadress för ärendet",
        required=False,
        help_text="Dit går breven. Utan adress får du skriva ut breven och posta dem.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise ValidationError("Blanketten kan inte ha kommit in i framtiden.", code="future")
        return day

    def clean_signed_on(self) -> date | None:
        day: date | None = self.cleaned_data["signed_on"]
        received = self.cleaned_data.get("received_on")
        if day and received and day > received:
            raise ValidationError("Den kan inte ha skrivits under efter att den kom in.", code="order")
        return day

    @property
    def received_at(self) -> datetime:
        """Noon of that day, or now if it is today."""
        day = self.cleaned_data["received_on"]
        if day == timezone.localdate():
            return timezone.now()
        return noon(day)
