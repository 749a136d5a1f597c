import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from botkyrka_civil.casework.admin_cases import OUR_FIELDS, LoggedAdmin, PortalAdmin
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib.forms import Day, Line, Name

from . import org_nr
from .models import ContactPerson, MunicipalUnit, Organisation, OtherName, Source


class OrganisationForm(forms.ModelForm):
    org_nr = forms.CharField(label="Organisationsnummer", required=False, max_length=20)

    class Meta:
        model = Organisation
        fields = "__all__"  # noqa: DJ007  (OrganisationAdmin.fieldsets says which)

    def clean_org_nr(self) -> str | None:
        typed = self.cleaned_data["org_nr"]
        return org_nr.clean(typed) if typed else None


class OtherNameInline(admin.StackedInline):
    model = OtherName
    extra = 0
    formfield_overrides = OUR_FIELDS


@admin.register(Organisation)
class OrganisationAdmin(PortalAdmin):
    form = OrganisationForm
    inlines = [OtherNameInline]
    list_display = ["name", "org_nr", "legal_form", "area", "status"]
    list_filter = ["status", "legal_form", "representative_names"]
    search_fields = ["search_text"]
    search_help_text = "Sök på namn, tidigare namn, organisationsnummer eller område."
    readonly_fields = ["name_as_stated", "source", "source_order"]
    fieldsets = [
        (None, {"fields": ["name", "org_nr", "org_nr_missing_reason", "legal_form"]}),
        ("På den offentliga listan", {"fields": ["area", "public_email", "website", "description"]}),
        ("Människor som företräder organisationen", {"fields": ["representative_names"]}),
        ("För kommunen", {"fields": ["status", "merged_into", "note"]}),
        ("Var uppgifterna kommer från", {"fields": ["name_as_stated", "source", "source_order"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Public rows stay. Django's page would also name what hangs on them in rooms of other people's."""
        return False

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        """The decision about names is a verb of its own, so that the log has what it was before."""
        names, obj.representative_names = (
            obj.representative_names,
            form.initial.get("representative_names", "undecided"),
        )
        super().save_model(request, obj, form, change)
        if names != obj.representative_names:
            obj.decide_names(by=Actor.of(request.user), names=names)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Staff find it also by a name that is a guess, which the public does not."""
        if not search_term.strip():
            return queryset, False
        guessed = OtherName.objects.filter(suggested=True, name__icontains=search_term.strip())
        return queryset.search(search_term) | queryset.filter(pk__in=guessed.values("organisation")), False

    def get_queryset(self, request: HttpRequest) -> Any:
        return Organisation.objects.known_to_staff().select_related("source", "merged_into")


class ContactPersonForm(forms.ModelForm):
    """Saving says that the facts were looked at: the day is today, unless somebody knows better."""

    name = Name(label="Namn", help_text="Den som svarar på frågor i sitt arbete eller uppdrag. Alla kan läsa det.")
    title = Line(label="Titel", required=False, max_length=150)
    phone = Line(label="Telefon", required=False, max_length=30, help_text="Till arbetet. Till exempel: 08-123 45 67")
    as_of = Day(label="Uppgiften gällde", help_text="Dagen då du kontrollerade uppgiften. Den visas vid namnet.")

    class Meta:
        model = ContactPerson
        fields = ["topic", "name", "title", "municipal_unit", "email", "phone", "as_of"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["as_of"] = timezone.localdate()

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and not re.fullmatch(r"\+?[\d ()/-]*", phone) or 0 < sum(c.isdigit() for c in phone) < 6:
            raise ValidationError("Skriv telefonnumret med siffror, till exempel 08-123 45 67.")
        return phone

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if day > timezone.localdate():
            raise ValidationError("Dagen har inte varit än. Skriv när uppgiften kontrollerades, senast i dag.")
        return day

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        typed = ("email", "phone")
        if not self.errors.keys() & {*typed} and not any(self.cleaned_data.get(name) for name in typed):
            self.add_error("email", "Skriv en e-postadress eller ett telefonnummer, så att det går att höra av sig.")
        return values


@admin.register(ContactPerson)
class ContactPersonAdmin(LoggedAdmin):
    form = ContactPersonForm
    logs_values = False
    list_display = ["name", "topic", "title", "email", "phone", "as_of"]
    list_filter = ["topic"]
    list_select_related = ["municipal_unit", "source"]

    def save_model(self, request: HttpRequest, obj: ContactPerson, form: Any, change: bool) -> None:
        if form.changed_data:
            obj.source = None  # the one who changes it is the source now
        super().save_model(request, obj, form, change)


class MunicipalUnitForm(forms.ModelForm):
    name = Name(label="Namn", max_length=200)

    class Meta:
        model = MunicipalUnit
        fields = ["name"]


@admin.register(MunicipalUnit)
class MunicipalUnitAdmin(LoggedAdmin):
    form = MunicipalUnitForm
    list_display = ["name"]


@admin.register(Source)
class SourceAdmin(PortalAdmin):
    list_display = ["title", "key", "as_of"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
