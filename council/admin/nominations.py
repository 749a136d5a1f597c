"""Plattformen's nominations to the council, from the moment that they are handed over: the municipality appoints."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from botkyrka_civil.casework import admin_site
from botkyrka_civil.casework.admin_cases import NOTHING, CaseAdmin, ReadOnlyAdmin, VerbPage, as_key
from botkyrka_civil.lib.forms import Day, Text
from council.models import Body, Nomination, Term


class AppointForm(forms.Form):
    term = forms.ModelChoiceField(
        label="Mandatperiod", queryset=Term.objects.none(), required=False, empty_label=NOTHING
    )
    first_day = Day(label="Första dag", initial=timezone.localdate)
    last_day = Day(
        label="Sista dag",
        required=False,
        help_text="Lämna tomt, så gäller uppdraget mandatperioden ut, eller tills vidare om ingen period är vald.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = Term.objects.filter(body__kind=Body.Kind.COUNCIL)
        today = timezone.localdate()
        self.fields["term"].queryset = terms  # type: ignore[attr-defined]
        self.fields["term"].initial = next(
            (term for term in terms if not term.last_day or term.last_day >= today), None
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, term = data.get("first_day"), data.get("term")
        data["last_day"] = data.get("last_day") or (term.last_day if term else None)
        if first and data["last_day"] and data["last_day"] < first:
            self.add_error("last_day", "Sista dagen är före den första. Rätta någon av dagarna.")
        return data


class ReasonForm(forms.Form):
    reason = Text(
        label="Varför utses kandidaten inte?",
        max_length=2000,
        rows=6,
        help_text="Skälen står i brevet till Plattformens styrelse. Skriv inget känsligt om personen.",
    )


class AppointPage(VerbPage):
    verb = "appoint"
    title = "Anteckna att kandidaten är utsedd"
    form_class = AppointForm
    primary = True

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.candidate} får en plats i Rådet för {self.case.organisation} och syns på Rådets sida."
        yield "Den som har en plats på mötesdagen kallas till mötet."
        yield "Plattformens styrelse får ett brev."


class NotAppointPage(VerbPage):
    verb = "not_appoint"
    title = "Anteckna att kandidaten inte är utsedd"
    form_class = ReasonForm
    danger = True

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.candidate} får ingen plats i Rådet. Nomineringen är avslutad."
        yield "Plattformens styrelse får ett brev med dina skäl."


@admin.register(Nomination)
class NominationAdmin(CaseAdmin, ReadOnlyAdmin):
    """Only what the association has handed over: a proposal within it is its own."""

    pages = {page.verb: page for page in (AppointPage, NotAppointPage)}
    list_display = ["candidate", "organisation", "role", "state_label", "number", "nominated_at"]
    list_filter = ["state"]
    list_select_related = ["candidate", "organisation", "registry_entry"]
    search_fields = ["candidate__name", "organisation__name", "registry_entry__number"]
    search_help_text = "Sök på kandidat, organisation eller diarienummer."

    @admin.display(description="läge", ordering="state")
    def state_label(self, nomination: Nomination) -> SafeString:
        context = {"state": nomination.state, "label": nomination.get_state_display()}
        return render_to_string("includes/status.html", context)

    @admin.display(description="diarienummer", ordering="registry_entry__number")
    def number(self, nomination: Nomination) -> str:
        return nomination.registry_entry.number if nomination.registry_entry else self.get_empty_value_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Nomination]:
        return Nomination.objects.handed_over()

    def queue(self, request: HttpRequest) -> Iterator[admin_site.Row]:
        if not request.user.has_perm("council.appoint_nomination"):
            return
        for nomination in Nomination.objects.to_appoint().select_related(*self.list_select_related):
            assert nomination.nominated_at
            yield admin_site.Row(
                title=str(nomination),
                url=self.case_url(nomination),
                since=nomination.nominated_at,
                state=nomination.state,
                label=nomination.get_state_display(),
                number=nomination.registry_entry.number if nomination.registry_entry else "",
                note="Nominerad till Rådet. Anteckna om kandidaten utses.",
            )

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(*self.list_select_related, "seat")
        nomination = get_object_or_404(rows, pk=as_key(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(nomination),
            "case": nomination,
            "buttons": self.buttons(request, nomination),
            "may_read_letters": request.user.has_perm("casework.view_letter"),
            "may_read_person": request.user.has_perm("organisations.view_person"),
            **self.trail(nomination),
        }
        return TemplateResponse(request, "admin/council/nomination/case.html", context)
