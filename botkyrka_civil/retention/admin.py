"""Restrictions in the admin: what holds, what held, who decided; and the page that lifts one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from ..casework.admin_cases import ReadOnlyAdmin, add_urls
from ..casework.models import Actor, Event, Refused
from .extract_forms import LiftForm
from .models import Restriction


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
        restriction = get_object_or_404(Restriction, pk=pk)
        form, refusal = LiftForm(request.POST or None, label_suffix=""), ""
        if request.method == "POST" and form.is_valid():
            try:
                restriction.lift(by=Actor.of(request.user), **form.cleaned_data)
            except Refused as refused:
                refusal = str(refused)
            else:
                messages.success(request, "Begränsningen är hävd.")
                return redirect("admin:retention_restriction_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Häv begränsningen",
            "restriction": restriction,
            "form": form,
            "refusal": refusal,
        }
        return TemplateResponse(request, "admin/retention/lift.html", context)
