"""The register in the admin: found, shown to the public as far as it may be, and handed out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from ..lib.forms import Line, Text
from . import extracts
from .admin_cases import CaseAdmin, ReadOnlyAdmin, VerbPage, add_urls
from .admin_links import subject_link
from .models import Actor, RegistryEntry, record

WRITERS = {"csv": ("text/csv; charset=utf-8", extracts.as_csv), "json": ("application/json", extracts.as_json)}


class ClassifyForm(forms.Form):
    withheld = forms.ChoiceField(
        label="Vad ska inte visas för allmänheten?",
        choices=[(state.value, state.label) for state in RegistryEntry.CONFIDENTIAL],
        widget=forms.RadioSelect,
    )
    reason = Text(
        label="Varför behöver uppgiften skyddas?",
        max_length=1000,
        help_text="Skriv vilken paragraf det gäller, men inget av det som ska skyddas.",
    )


class DeclassifyForm(forms.Form):
    reason = Text(label="Varför kan uppgifterna visas igen?", max_length=1000)


class ReferForm(forms.Form):
    external_number = Line(
        label="Nummer i kommunens andra diarium",
        max_length=60,
        required=False,
        help_text="Lämna tomt om handlingen inte finns där.",
    )


class ClassifyPage(VerbPage):
    verb = "classify"
    form_class = ClassifyForm

    def consequences(self) -> Iterator[str]:
        yield f"I utdrag för allmänheten står det ”{RegistryEntry.WITHHELD}” i stället."
        yield "Datum och diarienummer visas alltid. Du ser själv allt som förut."
        yield "Handlingen blir inte hemlig av det här: den prövas när någon begär den."


class DeclassifyPage(VerbPage):
    verb = "declassify"
    form_class = DeclassifyForm

    def consequences(self) -> Iterator[str]:
        yield "Alla uppgifter om handlingen står i utdrag för allmänheten igen."


class ReferPage(VerbPage):
    verb = "refer"
    form_class = ReferForm

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "initial": {"external_number": self.case.external_number}}

    def consequences(self) -> Iterator[str]:
        yield "Numret visas bredvid diarienumret här och i alla utdrag."


@admin.register(RegistryEntry)
class RegistryEntryAdmin(CaseAdmin, ReadOnlyAdmin):
    """Read by those who handle cases. The registrar protects, refers and hands out."""

    pages = {page.verb: page for page in (ClassifyPage, DeclassifyPage, ReferPage)}
    list_display = ["numbers", "received_on", "direction", "counterpart", "matter", "for_the_public"]
    list_filter = ["year", "direction", "state"]
    search_fields = ["number", "external_number", "counterpart", "matter"]
    search_help_text = "Sök på nummer, avsändare eller vad det gäller."
    date_hierarchy = "received_at"
    fields = [
        "number", "external_number", "received_at", "registered_at", "direction", "counterpart", "matter", "state",
        "case_link",
    ]  # fmt: skip
    readonly_fields = ["case_link"]
    change_list_template = "admin/casework/registryentry/change_list.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        entries: Any = super().get_queryset(request)
        return entries.as_the_public_sees()

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """For the public by what the public sees: that something was found would tell what is protected in it."""
        match = request.resolver_match
        is_public = match is not None and str(match.url_name).endswith("_public_extract")
        return ["number", "external_number", "seen_counterpart", "seen_matter"] if is_public else self.search_fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Words are searched for in the box, and nowhere else in the address."""
        return lookup.partition("__")[0] not in ("counterpart", "matter") and super().lookup_allowed(
            lookup, value, request
        )

    @admin.display(description="diarienummer", ordering="number")
    def numbers(self, entry: RegistryEntry) -> str:
        return f"{entry.number} ({entry.external_number})" if entry.external_number else entry.number

    @admin.display(description="inkom eller upprättades", ordering="received_at")
    def received_on(self, entry: RegistryEntry) -> date:
        return timezone.localtime(entry.received_at).date()

    @admin.display(description="för allmänheten", ordering="state")
    def for_the_public(self, entry: RegistryEntry) -> str:
        return entry.get_state_display() if entry.confidential else self.get_empty_value_display()

    @admin.display(description="ärende")
    def case_link(self, entry: RegistryEntry) -> SafeString | str:
        return subject_link(entry.subject)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With the selection as extracts, and whether any number is missing."""
        missing = RegistryEntry.objects.missing()
        query = request.GET.urlencode()
        shown = {
            "title": "Diarium",
            "missing": missing,
            "may_export": self._may_export(request),
            "selection": f"?{query}" if query else "",
        }
        return super().changelist_view(request, shown | (extra_context or {}))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        entry = context["original"]
        context |= {"buttons": self.buttons(request, entry), **self.trail(entry)}
        return super().render_change_form(request, context, *args, **kwargs)

    # Handing out -------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        own = [
            ("allmanheten.<slug:form>", self.public_view, "public_extract"),
            ("fullstandigt.<slug:form>", self.full_view, "full_extract"),
        ]
        return add_urls(self, *own) + super().get_urls()

    def _may_export(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("casework.export_registryentry"))

    @method_decorator(require_safe)
    def public_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """What anybody who asks for the register gets."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._extract(request, form, "for-allmanheten", extracts.PUBLIC)

    @method_decorator(require_safe)
    def full_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """All of it, for the registrar. Who took it is in the log."""
        if not (self._may_export(request) and self.has_view_permission(request)):
            raise PermissionDenied
        return self._extract(request, form, "fullstandigt", extracts.FULL)

    def _extract(self, request: HttpRequest, form: str, variant: str, columns: extracts.Columns) -> HttpResponseBase:
        if form != "html" and form not in WRITERS:
            raise Http404
        try:
            entries = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect("admin:casework_registryentry_changelist")
        if columns is extracts.FULL and request.method == "GET":
            chosen = {"form": form, "selection": request.GET.dict(), "entries": entries.count()}
            by = Actor.of(request.user)
            assert by.user
            record(by.user, "export_registry", by=by, label="Hämtade hela diariet", **chosen)
        name = f"diarium-{variant}-{timezone.localdate()}"
        return self._page(request, name, entries, columns) if form == "html" else _file(name, form, entries, columns)

    def _page(self, request: HttpRequest, name: str, entries: Any, columns: extracts.Columns) -> HttpResponse:
        """To be printed."""
        is_full = columns is extracts.FULL
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Diarium, fullständigt" if is_full else "Diarium, för allmänheten",
            "headings": list(columns),
            "rows": (zip(columns, row, strict=True) for row in extracts.rows(entries, columns)),
            "total": entries.count(),
            "is_full": is_full,
        }
        return TemplateResponse(request, "admin/casework/registryentry/extract.html", context)


def _file(name: str, form: str, entries: Any, columns: extracts.Columns) -> StreamingHttpResponse:
    kind, write = WRITERS[form]
    response = StreamingHttpResponse(write(entries, columns), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{form}") or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
