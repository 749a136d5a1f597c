"""The action plan in the board's room: what Plattformen is to do, alone or with the municipality, and how it goes."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agreement import standing
from agreement.models import ActionItem, ActionPlan
from agreement.plan_forms import FollowUpForm
from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor

from ..access import board_page, deciding_page
from ..models import Seat


@board_page
@require_safe
def plan(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The plan that is in force, and of it what is Plattformen's or shared."""
    found = ActionPlan.objects.in_force(timezone.localdate())
    items = found.items.of_platform().with_follow_ups() if found else []
    context = {"seat": seat, "plan": found, "groups": standing.groups(items)}
    return render(request, "council/room/plan.html", context)


@deciding_page
def follow_up(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """What has been done, told for Plattformen. What is written here is everyone's to read at once."""
    items = ActionItem.objects.published().of_platform().with_follow_ups().select_related("plan")
    item = get_object_or_404(items, pk=pk)
    form = FollowUpForm(request.POST or None, item=item, initial={"request_key": uuid4()})
    return answer(
        request,
        form,
        lambda: item.follow_up(by=Actor.of(request.user), party=ActionItem.Party.PLATFORM, **form.facts),
        "council/room/plan_follow_up.html",
        {"seat": seat, "item": item, "may": item.may_move("follow_up")},
        then=lambda: reverse("council:room_plan"),
        done="Uppföljningen är sparad, och syns på handlingsplanens sida.",
    )
