"""The action plan in the admin: a plan with its items, and a button for each thing that happens to an item."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from agreement.models import ActionItem, ActionPlan
from agreement.plan_forms import PROGRESS, FollowUpForm
from botkyrka_civil.casework.admin_cases import OUR_FIELDS, CaseAdmin, PortalAdmin, VerbPage
from botkyrka_civil.lib.forms import Text


class FollowUpPage(VerbPage):
    """What has been done, told for the municipality."""

    verb = "follow_up"
    title = "Följ upp"
    form_class = FollowUpForm
    primary = True

    def form_kwargs(self) -> dict[str, Any]:
        verbs = [verb for verb in PROGRESS if self.request.user.has_perm(self.model_admin.permission(verb))]
        return {**super().form_kwargs(), "item": self.case, "verbs": verbs, "initial": {"request_key": uuid4()}}

    def consequences(self) -> Iterable[str]:
        return [
            "Uppföljningen visas för alla på handlingsplanens sida, med dagens datum och att det är Kommunen som "
            "skriver.",
            "Den går inte att ändra efteråt. Blir något fel skriver du en ny.",
        ]

    def closed(self) -> str:
        if not self.case.plan.is_published:
            return "Planen är inte publicerad än. Punkterna följs upp när alla kan läsa planen."
        return super().closed()

    def perform(self, data: dict[str, Any], letter: str) -> None:
        self.case.follow_up(by=self.by, **cast(FollowUpForm, self.form).facts)

    def success(self) -> str:
        return "Uppföljningen är sparad."

    def render(self, step: str, **shown: Any) -> HttpResponse:
        """When the item was dropped meanwhile there is no form left: what was typed is shown, to be copied."""
        typed = self.request.POST.get("text", "").strip()
        if step == "closed" and typed:
            shown["typed"] = [(self.form.fields["text"].label, typed)]
        return super().render(step, **shown)


class StartPage(VerbPage):
    verb = "start"


class FinishPage(VerbPage):
    verb = "finish"


class DropForm(forms.Form):
    reason = Text(label="Varför stryks punkten?", max_length=300, rows=3, help_text="Visas för alla.")


class DropPage(VerbPage):
    verb = "drop"
    form_class = DropForm
    danger = True


class ActionItemInline(admin.StackedInline):
    model = ActionItem
    extra = 0
    formfield_overrides = OUR_FIELDS
    fields = ["order", "title", "text", "principle", "owner", "due"]
    show_change_link = True


@admin.register(ActionPlan)
class ActionPlanAdmin(PortalAdmin):
    list_display = ["label", "version", "first_day", "last_day", "is_published"]
    list_select_related = ["version"]
    inlines = [ActionItemInline]


@admin.register(ActionItem)
class ActionItemAdmin(CaseAdmin):
    pages = {page.verb: page for page in (FollowUpPage, StartPage, FinishPage, DropPage)}
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
            context |= {
                "case": item,
                "follow_ups": item.follow_ups.all(),
                "buttons": self.buttons(request, item),
                **self.trail(item),
            }
        return super().render_change_form(request, context, *args, **kwargs)
