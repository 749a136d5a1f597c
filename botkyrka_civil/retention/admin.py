"""Restrictions in the admin: what holds, what held, who decided; and the page that lifts one."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from ..casework.admin_cases import ReadOnlyAdmin, VerbPage, add_urls
from ..casework.models import Event
from .extract_forms import LiftForm
from .models import Restriction


class LiftPage(VerbPage):
    verb = "lift"
    title = "Häv begränsningen"
    form_class = LiftForm

    def closed(self) -> str:
        return "" if self.case.holds else "Begränsningen är redan hävd."

    def consequences(self) -> Iterator[str]:
        yield "Uppgifterna om personen kan användas, ändras och gallras som vanligt igen."
        yield "Begränsningen står kvar här, med när och varför den hävdes."
        yield "Personen ska få veta det innan du häver den. Det brevet skriver du själv."

    def success(self) -> str:
        return "Begränsningen är hävd."


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "who", "came_on", "decided_by", "lifted_at"]
    list_select_related = ["decided_by"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    fields = ["who", "reason", "came_on", "since", "decided_by", "lifted_at", "lifted_by", "lifted_reason"]
    readonly_fields = ["who"]

    @admin.display(description="vem den gäller")
    def who(self, restriction: Restriction) -> str:
        return ", ".join([*restriction.emails, *restriction.names])

    def get_urls(self) -> list[Any]:
        return add_urls(self, ("<int:pk>/lift/", self.lift_view, "lift")) + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        restriction = Restriction.objects.filter(pk=int(object_id) if object_id.isdecimal() else 0).first()
        shown = {
            "may_lift": bool(restriction and restriction.holds and self._may_lift(request)),
            "events": Event.objects.of(restriction).order_by("-pk") if restriction else [],
        }
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))

    def _may_lift(self, request: HttpRequest) -> bool:
        return request.user.has_perm("retention.lift_restriction")

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if not self._may_lift(request):
            raise PermissionDenied
        return LiftPage(self, request, get_object_or_404(Restriction, pk=pk)).respond()

    def case_url(self, restriction: Restriction) -> str:
        return reverse("admin:retention_restriction_change", args=[restriction.pk])
