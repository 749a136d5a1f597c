"""The action plan in the admin: a plan with its items, and a button for each thing that happens to an item."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from agreement.models import ActionItem, ActionPlan
from botkyrka_civil.casework.admin_cases import CaseAdmin, PortalAdmin, VerbPage
from botkyrka_civil.lib.forms import Text


class StartPage(VerbPage):
    verb = "start"
    primary = True


class FinishPage(VerbPage):
    verb = "finish"
    primary = True


class DropForm(forms.Form):
    reason = Text(label="Varför stryks punkten?", max_length=300, rows=3, help_text="Visas för alla.")


class DropPage(VerbPage):
    verb = "drop"
    form_class = DropForm
    danger = True


class ActionItemInline(admin.StackedInline):
    model = ActionItem
    extra = 0
    fields = ["order", "title", "text", "principle", "owner", "due"]
    show_change_link = True


@admin.register(ActionPlan)
class ActionPlanAdmin(PortalAdmin):
    list_display = ["label", "version", "first_day", "last_day", "is_published"]
    list_select_related = ["version"]
    inlines = [ActionItemInline]


@admin.register(ActionItem)
class ActionItemAdmin(CaseAdmin):
    pages = {page.verb: page for page in (StartPage, FinishPage, DropPage)}
    list_display = ["title", "plan", "state_label", "owner", "due"]
    list_filter = ["plan", "state", "owner"]
    list_select_related = ["plan"]
    search_fields = ["title"]
    search_help_text = "Sök på punktens rubrik."
    fields = ["plan", "order", "title", "text", "principle", "owner", "due"]
    change_form_template = "admin/agreement/actionitem/change_form.html"

    @admin.display(description="läge", ordering="state")
    def state_label(self, item: ActionItem) -> SafeString:
        return render_to_string("includes/status.html", {"state": item.state, "label": item.get_state_display()})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if item := kwargs.get("obj"):
            context |= {"case": item, "buttons": self.buttons(request, item), **self.trail(item)}
        return super().render_change_form(request, context, *args, **kwargs)
