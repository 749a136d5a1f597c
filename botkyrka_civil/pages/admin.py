"""What people have told us about the website's accessibility, as cases."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from botkyrka_civil.casework import admin_site
from botkyrka_civil.casework.admin_cases import CaseAdmin, ReadOnlyAdmin, VerbPage, as_key
from botkyrka_civil.lib.forms import Text

from .models import AccessibilityReport
from .own_pages import own_page


class ReplyForm(forms.Form):
    reply = Text(
        label="Ditt svar",
        rows=8,
        help_text="Vad ni har gjort eller tänker göra, och när. Står i brevet, och i ärendet.",
    )


class ReasonForm(forms.Form):
    reason = Text(label="Varför?", max_length=2000, rows=4, help_text="Står i ärendet. Inget brev går ut.")


class TakePage(VerbPage):
    verb = "take"

    def consequences(self) -> Iterator[str]:
        yield "Du blir handläggare för ärendet."
        if self.case.assigned_to and self.case.assigned_to != self.request.user:
            yield f"{self.case.assigned_to} är inte längre handläggare."


class AnswerPage(VerbPage):
    verb = "answer"
    form_class = ReplyForm
    letter = "report_answered"
    primary = True

    def consequences(self) -> Iterator[str]:
        yield "Ärendet blir besvarat."
        if self.case.email:
            yield f"Brevet går till {self.case.email}."
        else:
            yield "Den som skrev har inte lämnat någon e-postadress. Svaret sparas i ärendet, och inget brev går ut."

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return data

    @property
    def edits_letter(self) -> bool:
        return bool(self.case.email)


class ClosePage(VerbPage):
    verb = "close"
    form_class = ReasonForm
    danger = True

    def consequences(self) -> Iterator[str]:
        yield "Ärendet avslutas. Den som skrev får inget brev."

    def warnings(self) -> Iterator[str]:
        if self.case.email:
            yield "Den som skrev har lämnat sin e-postadress och väntar på ett svar. Svara hellre."


class ReopenPage(VerbPage):
    verb = "reopen"
    form_class = ReasonForm

    def consequences(self) -> Iterator[str]:
        yield "Ärendet blir öppet igen och kan besvaras på nytt."


@admin.register(AccessibilityReport)
class AccessibilityReportAdmin(CaseAdmin, ReadOnlyAdmin):
    pages = {page.verb: page for page in (TakePage, AnswerPage, ClosePage, ReopenPage)}
    list_display = ["number", "matter", "page", "state_label", "received_at", "assigned_to"]
    list_filter = ["state", "kind"]
    list_select_related = ["registry_entry", "assigned_to"]
    search_fields = ["registry_entry__number", "page", "what"]
    search_help_text = "Sök på diarienummer, sida eller vad som inte fungerar."

    @admin.display(description="diarienummer", ordering="registry_entry__number")
    def number(self, report: AccessibilityReport) -> str:
        return report.number

    @admin.display(description="gäller", ordering="kind")
    def matter(self, report: AccessibilityReport) -> str:
        return report.matter

    @admin.display(description="läge", ordering="state")
    def state_label(self, report: AccessibilityReport) -> SafeString:
        context = {"state": report.state, "label": report.get_state_display()}
        return render_to_string("includes/status.html", context)

    def queue(self, request: HttpRequest) -> Iterator[admin_site.Row]:
        """Waits for those who answer, until one of them has taken it."""
        if not self.has_view_permission(request):
            return
        answers = request.user.has_perm("pages.answer_accessibilityreport")
        for report in AccessibilityReport.objects.open().select_related(*self.list_select_related):
            mine = answers and report.assigned_to in (None, request.user)
            yield self._row(report, admin_site.MINE if mine else admin_site.OPEN)

    def _row(self, report: AccessibilityReport, section: str) -> admin_site.Row:
        late = timezone.now() > report.answer_by
        officer = report.assigned_to.name if report.assigned_to else ""
        return admin_site.Row(
            title=report.matter,
            url=self.case_url(report),
            since=report.received_at,
            state=report.state,
            label=report.get_state_display(),
            number=report.number,
            note="Skulle redan ha besvarats" if late else officer,
            section=section,
        )

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(*self.list_select_related)
        report = get_object_or_404(rows, pk=as_key(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": report.matter,
            "case": report,
            "is_own_page": bool(own_page(report.page)),
            "buttons": self.buttons(request, report),
            "may_read_letters": request.user.has_perm("casework.view_letter"),
            **self.trail(report),
        }
        return TemplateResponse(request, "admin/pages/accessibilityreport/case.html", context)

    def buttons(self, request: HttpRequest, case: Any, *, conflict: bool = False) -> list[dict[str, Any]]:
        """Who has the case already need not take it."""
        buttons = super().buttons(request, case, conflict=conflict)
        return [button for button in buttons if button["verb"] != "take" or case.assigned_to != request.user]
