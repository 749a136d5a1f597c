"""The versions of the agreement: written as a draft, adopted, put in force, and reaffirmed by those who have joined."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from agreement.models import Accession, AgreementVersion, Principle
from agreement.models.states import OPEN, State
from botkyrka_civil.casework.admin_cases import OUR_FIELDS, CaseAdmin, VerbPage, add_urls


class AdoptPage(VerbPage):
    verb = "adopt"

    def consequences(self) -> Iterator[str]:
        yield "Texten och principerna låses och kan aldrig mer ändras."
        yield "Versionen gäller inte än: den sätts i kraft för sig. Inga brev går ut."


class PutInForcePage(VerbPage):
    verb = "put_in_force"
    title = "Sätt i kraft"
    danger = True

    def consequences(self) -> Iterator[str]:
        earlier = AgreementVersion.objects.in_force()
        yield f"Version {self.case.label} gäller genast, och nya anslutningar gäller den."
        if earlier:
            yield f"Version {earlier.label} ersätts. Den kan fortfarande läsas på webbplatsen."
        if not self.case.requires_reaffirmation:
            yield "Anslutna organisationer behöver inte bekräfta något, och inga brev går ut."
            return
        asked = Accession.objects.active().exclude(version=self.case)
        unreachable = asked.filter(applicant_email="").count()
        yield f"Antal organisationer som får en fråga om att bekräfta den nya versionen: {asked.count()}."
        if unreachable:
            yield f"Av dem saknar {unreachable} e-postadress: deras brev läggs för utskrift, så att du kan posta dem."
        yield "Deras anslutning fortsätter att gälla tills de har bekräftat."


class PrincipleInline(admin.StackedInline):
    model = Principle
    extra = 0
    formfield_overrides = OUR_FIELDS
    prepopulated_fields = {"slug": ["heading"]}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _is_open(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_open(obj)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.prepopulated_fields if self.has_change_permission(request, obj) else {}


def _is_open(version: AgreementVersion | None) -> bool:
    return version is None or version.editable


@admin.register(AgreementVersion)
class AgreementVersionAdmin(CaseAdmin):
    """Words that somebody has signed are never edited: a version is open only as a draft."""

    pages = {page.verb: page for page in (AdoptPage, PutInForcePage)}
    list_display = ["label", "title", "state_label", "adopted_text", "adopted_by"]
    list_filter = ["state"]
    inlines = [PrincipleInline]
    change_form_template = "admin/agreement/agreementversion/change_form.html"
    fieldsets = [
        (None, {"fields": ["label", "title", "adopted_on", "adopted_text", "adopted_by"]}),
        ("Texten", {"fields": ["body", "values_intro", "joining"]}),
        ("För kommunen", {"fields": ["requires_reaffirmation", "as_stated", "note", "source"]}),
    ]

    @admin.display(description="läge", ordering="state")
    def state_label(self, version: AgreementVersion) -> SafeString:
        return render_to_string("includes/status.html", {"state": version.state, "label": version.get_state_display()})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_open(obj)

    def get_urls(self) -> list[Any]:
        reaffirmations = ("<int:pk>/bekraftelser/", self.reaffirmations_view, "reaffirmations")
        return add_urls(self, reaffirmations) + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if version := kwargs.get("obj"):
            context |= {"case": version, "buttons": self.buttons(request, version), **self.trail(version)}
        return super().render_change_form(request, context, *args, **kwargs)

    def reaffirmations_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who has joined this version, who has not, and who can't be asked."""
        if not self.has_view_permission(request) or not request.user.has_perm("agreement.view_accession"):
            raise PermissionDenied
        version = get_object_or_404(AgreementVersion, pk=pk)
        active = Accession.objects.active().select_related("organisation", "version").order_by("organisation__name")
        waiting = list(active.exclude(version=version)) if version.state == AgreementVersion.State.IN_FORCE else []
        under_way = set(
            Accession.objects.filter(
                version=version, supersedes__in=waiting, state__in=[State.DRAFT, *OPEN]
            ).values_list("supersedes_id", flat=True)
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Bekräftelser av version {version.label}",
            "version": version,
            "groups": [
                {"heading": "Har bekräftat eller anslutit sig", "rows": list(active.filter(version=version))},
                {"heading": "Är på väg", "rows": [a for a in waiting if a.pk in under_way]},
                {
                    "heading": "Har inte bekräftat",
                    "rows": [a for a in waiting if a.pk not in under_way and a.applicant_email],
                },
                {
                    "heading": "Kan inte nås med e-post",
                    "rows": [a for a in waiting if a.pk not in under_way and not a.applicant_email],
                    "note": "Deras brev ligger bland breven för utskrift. Ring, eller posta brevet.",
                },
            ],
        }
        return TemplateResponse(request, "admin/agreement/agreementversion/reaffirmations.html", context)
