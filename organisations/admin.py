from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from botkyrka_civil.casework.admin_cases import DATE_INPUT, PortalAdmin

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
    formfield_overrides = DATE_INPUT


@admin.register(Organisation)
class OrganisationAdmin(PortalAdmin):
    form = OrganisationForm
    inlines = [OtherNameInline]
    list_display = ["name", "org_nr", "legal_form", "area", "status"]
    list_filter = ["status", "legal_form"]
    search_fields = ["search_text"]
    search_help_text = "Sök på namn, tidigare namn, organisationsnummer eller område."
    readonly_fields = ["name_as_stated", "source", "source_order"]
    fieldsets = [
        (None, {"fields": ["name", "org_nr", "org_nr_missing_reason", "legal_form"]}),
        ("På den offentliga listan", {"fields": ["area", "public_email", "website", "description"]}),
        ("För kommunen", {"fields": ["status", "merged_into", "note"]}),
        ("Var uppgifterna kommer från", {"fields": ["name_as_stated", "source", "source_order"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Public rows stay. Django's page would also name what hangs on them in rooms of other people's."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("source", "merged_into")


@admin.register(ContactPerson)
class ContactPersonAdmin(PortalAdmin):
    list_display = ["name", "topic", "title", "email", "phone", "as_of"]
    list_filter = ["topic"]
    list_select_related = ["municipal_unit", "source"]


@admin.register(MunicipalUnit)
class MunicipalUnitAdmin(PortalAdmin):
    list_display = ["name"]


@admin.register(Source)
class SourceAdmin(PortalAdmin):
    list_display = ["title", "key", "as_of"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
