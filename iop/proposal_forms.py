"""The forms of a proposal: who begins, what the idea is and how long it lasts. They clean and lay out; verbs decide."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.casework.models import Refused
from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.lib.forms import Day, Line, Name, Text, TrapForm
from botkyrka_civil.lib.languages import LanguageForm
from organisations.models import Organisation, OrganisationQuerySet

from . import rules
from .contribution_forms import no_number_of_a_person

FURTHEST_YEARS = 10  # ahead that a partnership may begin
NO_NAMES = "Skriv inga namn på personer: blir det ett avtal kan alla läsa texten."


def proposers() -> OrganisationQuerySet:
    """Those that `rules.not_joined` lets through, for a list to choose from."""
    leaving = Accession.objects.active().filter(rounds__purpose="leave", rounds__outcome=Outcome.OPEN)
    staying = Accession.objects.active().exclude(pk__in=leaving.values("pk"))
    return Organisation.objects.filter(pk__in=staying.values("organisation"))


class BeginForm(LanguageForm, TrapForm):
    """Offers those who may propose. Takes any that the public knows of, so that the rule can say why it says no."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Organisation",
        help_text="Här finns alla som är anslutna till Överenskommelsen.",
        error_messages={
            "required": "Välj organisation i listan.",
            "invalid_choice": "Organisationen finns inte bland dem som är anslutna. Välj den i listan.",
        },
    )
    name = Name(
        label="Ditt namn",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Skriv ditt namn."},
    )
    email = forms.EmailField(
        label="Din e-postadress",
        help_text="Dit skickar vi din personliga länk.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "Skriv din e-postadress."},
    )
    request_key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "Ladda om sidan och försök igen."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Organisation.objects.filter(pk__in=Accession.objects.public().values("organisation"))
        self.offered = list(proposers().values_list("pk", "name"))
        field.choices = [("", "Välj organisation"), *self.offered]

    def clean_organisation(self) -> Organisation:
        organisation: Organisation = self.cleaned_data["organisation"]
        if problem := rules.not_joined(organisation):
            raise ValidationError(problem, code="not_joined")
        return organisation


class IdeaForm(forms.Form):
    """What the partnership is for. All of it may become public, so no number of a person is taken."""

    title = Name(
        label="Vad ska partnerskapet heta?",
        max_length=120,
        validators=[no_number_of_a_person],
        help_text="Ett kort namn, till exempel Språkcafé i Fittja.",
        error_messages={"required": "Skriv ett namn på partnerskapet."},
    )
    purpose = Text(
        label="Vad vill ni uppnå?",
        max_length=3000,
        validators=[no_number_of_a_person],
        rows=5,
        help_text=f"Berätta vad ni vill göra och vad som ska bli bättre. {NO_NAMES}",
        error_messages={"required": "Skriv vad ni vill uppnå."},
    )
    target_group = Text(
        label="Vem är det till för?",
        max_length=1000,
        validators=[no_number_of_a_person],
        rows=3,
        help_text="Till exempel: nyanlända vuxna, eller unga mellan 13 och 19 år.",
        error_messages={"required": "Skriv vem det är till för."},
    )
    shared_need = Text(
        label="Vilket behov har både ni och kommunen?",
        max_length=3000,
        validators=[no_number_of_a_person],
        rows=5,
        help_text="I ett partnerskap vill båda lösa samma sak. Vad är det som behövs, och varför behövs ni båda?",
        error_messages={"required": "Skriv vilket behov som är gemensamt."},
    )
    area = Line(
        label="Var ska det vara?",
        required=False,
        max_length=100,
        validators=[no_number_of_a_person],
        help_text="Till exempel Fittja, eller hela kommunen.",
    )


class PeriodForm(forms.Form):
    """From which day, and to which: normally at least three years, and never for ever."""

    conditional_fields = ("short_reason",)

    first_day = Day(label="Första dag", required=True)
    last_day = Day(label="Sista dag", required=True)
    short_reason = Text(
        label="Varför kortare än tre år?",
        required=False,
        max_length=1000,
        validators=[no_number_of_a_person],
        rows=3,
        help_text="Fyll i om perioden är kortare än tre år. Annars lämnar du rutan tom.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_day"].error_messages["required"] = "Skriv vilken dag partnerskapet börjar."
        self.fields["last_day"].error_messages["required"] = "Skriv vilken dag partnerskapet slutar."

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        today = timezone.localdate()
        if day < today:
            raise ValidationError("Den dagen har redan varit. Välj en dag framåt i tiden.", code="past")
        if day > rules.years_later(today, FURTHEST_YEARS):
            raise ValidationError(
                f"Den dagen ligger för långt fram. Välj en dag inom {FURTHEST_YEARS} år.", code="too_far"
            )
        return day

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first, last = data.get("first_day"), data.get("last_day")
        if not (first and last):
            return data
        try:
            rules.refuse_period(first, last)
        except Refused as refusal:
            self.add_error("last_day", str(refusal))
            return data
        if not rules.is_short(first, last):
            data["short_reason"] = ""
        elif not data.get("short_reason") and "short_reason" not in self.errors:
            self.add_error("short_reason", "Perioden är kortare än tre år. Skriv varför.")
        return data


class CancelForm(forms.Form):
    reason = Text(
        label="Varför avbryter ni?",
        max_length=1000,
        validators=[no_number_of_a_person],
        help_text="Alla parter och kommunen får läsa det.",
        error_messages={"required": "Skriv varför ni avbryter."},
    )
