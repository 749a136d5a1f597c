"""What the officer writes about a partnership: terms, decisions, parties, what is counted, and who steers."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.forms import BaseFormSet, formset_factory
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from agreement.models import Accession, AgreementVersion, Principle
from botkyrka_civil.casework.admin_cases import NOTHING
from botkyrka_civil.casework.models import Refused
from botkyrka_civil.lib.forms import Day, Line, Name, Text
from council.models import Seat
from iop import rules
from iop.models import Partnership, Party
from organisations.models import MunicipalUnit, Organisation

REVIEWED = "Jag har granskat texten. Inga personuppgifter står i det som visas för alla."
FIRST_YEAR, LAST_YEAR = 2000, 2100


class ReasonForm(forms.Form):
    """Why. Each page asks in its own words."""

    reason = Text(label="Varför?", max_length=2000, rows=5)

    def __init__(self, *args: Any, question: str = "Varför?", help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].help_text = question, help_text


class TerminateForm(ReasonForm):
    on = Day(label="Vilken dag upphör avtalet?", initial=timezone.localdate)
    field_order = ["on", "reason"]


class _DecisionForm(forms.Form):
    decided_on = Day(label="Beslutsdag", initial=timezone.localdate)
    decided_where = Line(
        label="Vem beslutade?",
        max_length=200,
        help_text="Till exempel: Arbetsmarknads- och vuxenutbildningsnämnden, § 34.",
    )

    def clean_decided_on(self) -> date:
        day: date = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise ValidationError("Beslutsdagen kan inte ligga framåt i tiden.", code="future")
        return day


class DecideForm(_DecisionForm):
    motivation = Text(label="Skäl för beslutet", required=False, rows=4, help_text="Om det finns några att anteckna.")
    privacy_reviewed = forms.BooleanField(
        label=REVIEWED, error_messages={"required": "Läs igenom texten, och kryssa i att den är granskad."}
    )


class DeclineForm(_DecisionForm):
    motivation = Text(
        label="Skäl för beslutet",
        rows=8,
        help_text="Skriv så att den som läser förstår varför. Skälen står i brevet och i händelseloggen.",
    )


class PrivacyForm(forms.Form):
    privacy_reviewed = forms.BooleanField(
        label=REVIEWED, error_messages={"required": "Läs igenom texten, och kryssa i att den är granskad."}
    )


# The terms -----------------------------------------------------------------------------------------------------------


class TermsForm(forms.Form):
    """All that the agreement will say, but for what the parties write themselves."""

    title = Line(label="Namn på partnerskapet", max_length=120)
    purpose = Text(label="Syfte", rows=4)
    target_group = Text(label="Målgrupp", rows=3)
    shared_need = Text(label="Gemensamt behov", rows=4)
    area = Line(label="Område", max_length=100, required=False, help_text="Till exempel Fittja, eller hela kommunen.")
    first_day = Day(label="Från och med")
    last_day = Day(label="Till och med", help_text="Normalt minst tre år. Är det kortare behövs ett skäl.")
    short_reason = Text(label="Varför kortare än tre år", required=False, rows=3)
    terms = Text(label="Villkor", required=False, rows=12, max_length=20_000)
    procurement_note = Text(
        label="Bedömning av upphandling och statsstöd",
        required=False,
        rows=5,
        help_text="Hör till ärendet och behövs före beslutet. Står inte i avtalet.",
    )
    principles = forms.ModelMultipleChoiceField(
        label="Principer som partnerskapet bygger på",
        queryset=Principle.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    base = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Partnership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Q(version=AgreementVersion.objects.in_force()) | Q(partnerships=case)
        self.fields["principles"].queryset = Principle.objects.filter(offered).distinct()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_day"), data.get("last_day")
        for field, day in (("first_day", first), ("last_day", last)):
            if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(field, f"Skriv ett år mellan {FIRST_YEAR} och {LAST_YEAR}.")
        if data.get("first_day") and data.get("last_day"):
            try:
                rules.refuse_period(first, last)
            except Refused as refused:
                self.add_error("last_day", str(refused))
        return data

    @property
    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in ("base", "principles")}


class Number(forms.DecimalField):
    """As Swedes write it: 1 000 or 12,5."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(localize=True, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        number = super().to_python("".join(value.split()) if isinstance(value, str) else value)
        if number is not None and not number.is_finite():  # "NaN" is compared before it is checked
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class IndicatorForm(forms.Form):
    id = forms.IntegerField(
        required=False, widget=forms.HiddenInput, min_value=1, max_value=models.BigIntegerField.MAX_BIGINT
    )
    name = Line(label="Vad ni mäter", max_length=120, required=False)
    unit = Line(label="Enhet", max_length=40, required=False, help_text="Till exempel: personer, procent.")
    goal = Number(label="Mål", max_digits=12, decimal_places=2, required=False, help_text="Om ni har bestämt något.")

    @property
    def is_filled(self) -> bool:
        return any(self.cleaned_data.get(name) not in (None, "") for name in ("name", "unit", "goal"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.is_filled:
            for name, error in (("name", "Skriv vad ni mäter."), ("unit", "Skriv vilken enhet ni mäter i.")):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, error)
        return data


class BaseIndicators(BaseFormSet):
    @property
    def filled(self) -> list[dict[str, Any]]:
        """The rows that say something; one that was emptied is taken away."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data and form.is_filled]


IndicatorRows: Any = formset_factory(
    IndicatorForm, formset=BaseIndicators, extra=3, max_num=20, absolute_max=40, validate_max=True
)


# The parties ---------------------------------------------------------------------------------------------------------


class ContactForm(forms.Form):
    name = Name(label="Kontaktpersonens namn")
    email = forms.EmailField(
        label="Kontaktpersonens e-post",
        help_text="Dit går länken som öppnar partens sida. Visas aldrig offentligt.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class AddPartyForm(ContactForm):
    organisation = forms.ModelChoiceField(
        label="Organisation",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=NOTHING,
        help_text="De som är anslutna till Överenskommelsen och inte redan är parter.",
    )
    unit = forms.ModelChoiceField(
        label="Förvaltning eller nämnd", queryset=MunicipalUnit.objects.none(), required=False, empty_label=NOTHING
    )
    field_order = ["organisation", "unit", "name", "email"]

    def __init__(self, *args: Any, case: Partnership, may_add_unit: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        joined = Organisation.objects.filter(accessions__in=Accession.objects.active()).distinct()
        self.fields["organisation"].queryset = joined.exclude(iop_parties__partnership=case)  # type: ignore[attr-defined]
        units = MunicipalUnit.objects.exclude(iop_parties__partnership=case).order_by("name")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        if may_add_unit:
            add = reverse("admin:organisations_municipalunit_add")
            self.fields["unit"].help_text = format_html(
                'Finns den inte i listan? <a href="{}" target="_blank">Lägg till den (ny flik)</a> och öppna den här '
                "sidan igen.",
                add,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and bool(data.get("organisation")) == bool(data.get("unit")):
            self.add_error("organisation", "Välj antingen en organisation eller en förvaltning.")
        return data


# The steering group --------------------------------------------------------------------------------------------------

ROLES = (Seat.Role.MEMBER, Seat.Role.CHAIR, Seat.Role.VICE_CHAIR, Seat.Role.SECRETARY, Seat.Role.SUBSTITUTE)


class SeatForm(forms.Form):
    name = Name(label="Namn")
    email = forms.EmailField(
        label="E-post",
        help_text="Dit går kallelserna. Visas aldrig offentligt.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    party = forms.ModelChoiceField(label="För vilken part?", queryset=Party.objects.none(), empty_label=NOTHING)
    role = forms.ChoiceField(label="Roll", choices=[(role.value, role.label) for role in ROLES])
    first_day = Day(label="Första dag", initial=timezone.localdate)

    def __init__(self, *args: Any, case: Partnership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = case.parties.with_names()  # type: ignore[attr-defined]


class AgendaItemsForm(forms.Form):
    """Points of the council's meetings, by meeting."""

    items = forms.TypedMultipleChoiceField(
        label="Var har partnerskapet tagits upp?",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Punkter från Rådets möten de senaste åren.",
    )

    def __init__(self, *args: Any, choices: list[tuple[str, list[tuple[int, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = choices  # type: ignore[attr-defined]
