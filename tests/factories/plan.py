"""The action plan and its items for tests."""

from datetime import timedelta

from django.utils import timezone

from agreement.models import ActionItem, ActionPlan
from botkyrka_civil.casework.models import Actor
from tests import factories

BY = Actor("Testaren")


def make_plan(**fields: object) -> ActionPlan:
    today = timezone.localdate()
    fields.setdefault("is_published", True)
    facts = {"label": "2026–2027", "first_day": today - timedelta(days=30), "last_day": today + timedelta(days=300)}
    return ActionPlan.objects.create(version=factories.make_version(), **facts | fields)


def make_item(state: str = "planned", **fields: object) -> ActionItem:
    plan = ActionPlan.objects.first() or make_plan()
    item = plan.items.create(title="Ett gemensamt bokningssystem", **fields)
    if state == "under_way":
        item.start(by=BY)
    elif state == "done":
        item.finish(by=BY)
    elif state == "dropped":
        item.drop(by=BY, reason="Finns redan.")
    return item
