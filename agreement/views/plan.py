"""The action plan as everyone reads it: what is to be done, how it goes, and what has been told of it."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from .. import standing
from ..models import ActionItem, ActionPlan


@login_not_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """The plan of today, of ?period=, or the one that has the item ?punkt=; all of it, or what is asked for."""
    plans = list(ActionPlan.objects.published())
    plan = _chosen(request, plans)
    items = list(plan.items.with_follow_ups()) if plan else []
    filters = _filters(request, items)
    chosen = {filter["name"]: filter["chosen"] for filter in filters}
    shown = [item for item in items if _fits(item, chosen)]
    context = {
        "plan": plan,
        "plans": plans,
        "total": len(items),
        "counts": standing.counts(items),
        "chart": standing.chart(items),
        "groups": standing.groups(shown),
        "filters": filters,
        "filtered": any(chosen.values()),
        "shown": len(shown),
    }
    return render(request, "agreement/plan.html", context)


def _chosen(request: HttpRequest, plans: list[ActionPlan]) -> ActionPlan | None:
    if label := request.GET.get("period"):
        found = next((plan for plan in plans if plan.label == label), None)
        if found is None:
            raise Http404
        return found
    item = request.GET.get("punkt", "")
    if item.isdecimal() and len(item) < 10:
        of_item = ActionItem.objects.published().filter(pk=item).values_list("plan_id", flat=True).first()
        if found := next((plan for plan in plans if plan.pk == of_item), None):
            return found
    return ActionPlan.objects.in_force(timezone.localdate()) or (plans[-1] if plans else None)


def _filters(request: HttpRequest, items: list[ActionItem]) -> list[dict[str, Any]]:
    """What the items differ in, and whatever is chosen already. An answer that nobody offered is none."""
    there = {"ansvarig": {str(item.owner) for item in items}, "lage": {standing.of(item) for item in items}}
    known = {
        "ansvarig": ("Ansvarig", [(str(value), str(label)) for value, label in ActionItem.Owner.choices]),
        "lage": ("Läge", [(key, one) for key, (one, _) in standing.STANDINGS.items()]),
    }
    filters = []
    for name, (label, choices) in known.items():
        asked = request.GET.get(name, "")
        chosen = asked if asked in dict(choices) else ""
        offered = [choice for choice in choices if choice[0] in {*there[name], chosen}]
        if len(offered) > 1 or chosen:
            filters.append({"name": name, "label": label, "choices": offered, "chosen": chosen})
    return filters


def _fits(item: ActionItem, chosen: dict[str, str]) -> bool:
    values = {"ansvarig": item.owner, "lage": standing.of(item)}
    return all(not wanted or values[name] == wanted for name, wanted in chosen.items())
