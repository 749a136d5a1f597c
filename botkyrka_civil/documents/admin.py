"""The municipality's documents. What Plattformen keeps for itself is not among them, whoever asks."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..casework.admin_cases import PortalAdmin, add_urls
from ..casework.models import Actor, Event, Refused
from .forms import DocumentForm, NewDocumentForm, VersionForm
from .models import Document, Owner

FACTS = (None, {"fields": ["title", "category", "audience", "note"]})
FILE = ("Filen", {"fields": ["upload", "language", "accessible"]})
HANDED_OVER = ["registry_entry", "handed_over_at"]


@admin.register(Document)
class DocumentAdmin(PortalAdmin):
    list_display = ["title", "category", "owner", "audience", "file_link", "uploaded"]
    list_filter = ["category", "owner"]
    list_select_related = ["current__file"]
    search_fields = ["search_text"]
    search_help_text = "Sök på titel, beskrivning eller filnamn."
    readonly_fields = ["owner", "file_link", *HANDED_OVER, "modified_at"]
    change_form_template = "admin/documents/document/change_form.html"

    # The list --------------------------------------------------------------------------------------------------

    @admin.display(description="fil")
    def file_link(self, document: Document) -> SafeString | str:
        """By the public address, where the one who takes it is logged if it is not public."""
        if not document.current:
            return self.get_empty_value_display()
        name, label = document.file.name, document.label
        return format_html('<a href="{}">{} {}</a>', document.file_url, name, label)

    @admin.display(description="lades upp", ordering="current__uploaded_at")
    def uploaded(self, document: Document) -> Any:
        return document.current and document.current.uploaded_at

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return Document.objects.ours().latest_first()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    # Who may -----------------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What Plattformen has handed over is kept as it was."""
        ours = obj is None or obj.owner == Owner.MUNICIPALITY
        return ours and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # official documents are disposed of by the policy, not by hand

    def _may_add_version(self, request: HttpRequest, document: Document) -> bool:
        allowed = request.user.has_perm("documents.add_version_document")
        return allowed and document.owner == Owner.MUNICIPALITY and self.has_view_permission(request, document)

    # One document ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        return add_urls(self, ("<int:pk>/ny-version/", self.version_view, "add_version")) + super().get_urls()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=DocumentForm if change else NewDocumentForm, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [FACTS, FILE]
        about = ["owner", "file_link", *(HANDED_OVER if obj.handed_over_at else []), "modified_at"]
        return [FACTS, ("Om dokumentet", {"fields": about})]

    def view_on_site(self, document: Document) -> str:
        return document.get_absolute_url()

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        """By the verbs, which keep the log."""
        by = Actor.of(request.user)
        if change:
            obj.change(by=by, **{name: form.cleaned_data[name] for name in form.changed_data})
        else:
            obj.pk = Document.add(by=by, **form.cleaned_data).pk

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if document := kwargs.get("obj"):
            context |= {
                "versions": document.versions_for(request.user),
                "events": Event.objects.of(document).ours().order_by("-pk"),
                "may_add_version": self._may_add_version(request, document),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def version_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file is replaced; the earlier one stays where it can be read."""
        if not request.user.has_perm("documents.add_version_document") or not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self._may_add_version(request, document):
            raise PermissionDenied
        form = VersionForm(
            request.POST or None,
            request.FILES or None,
            initial={"language": document.current and document.current.language},
            label_suffix="",
        )
        refusal = ""
        if request.method == "POST" and form.is_valid():
            try:
                version = document.add_version(by=Actor.of(request.user), **form.cleaned_data)
            except Refused as refused:
                refusal = str(refused)
            else:
                messages.success(request, f"Version {version.number} är på plats.")
                return redirect("admin:documents_document_change", pk)
        return self._version_page(request, document, form, refusal)

    def _version_page(self, request: HttpRequest, document: Document, form: VersionForm, refusal: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Ny version",
            "subtitle": document,
            "document": document,
            "form": form,
            "errors": bool(form.errors),
            "refusal": refusal,
        }
        return TemplateResponse(request, "admin/documents/document/version.html", context)
