"""A partnership as everyone may see it. Proposals have no page: not here, and not for staff either."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agreement.models import Accession
from botkyrka_civil.casework.signing import Outcome
from council.models import Body, Meeting
from council.views import meeting_page

from .. import balance, results
from ..models import Partnership


@login_not_required
@require_safe
def partnership(request: HttpRequest, slug: str) -> HttpResponse:
    """What was agreed, who puts in what, and what came of it. Names no person."""
    found = get_object_or_404(Partnership.objects.public().select_related("steering_group"), slug=slug)
    versions = list(found.agreements.filter(outcome=Outcome.MET).order_by("-version"))
    if not versions:
        raise Http404
    content = versions[0].content
    follow_ups = list(found.follow_ups.published().order_by("-last_day", "-pk"))
    sums = balance.of(content["contributions"])
    context = {
        "shown": results.Shown(found, content),
        "content": content,
        "listed": _listed(content),
        "versions": versions,
        "balance": sums,
        "contributions": results.contributions(sums),
        "total": results.total(sums.total),
        "follow_ups": follow_ups,
        "measures": results.measures(follow_ups),
        **_meetings(request.user, found.steering_group),
    }
    return render(request, "iop/partnership.html", context)


def _listed(content: dict[str, Any]) -> set[str]:
    """Those of the parties that have a page of their own: who stands, or has stood, on the public list."""
    slugs = [party["slug"] for party in content["parties"] if party["slug"]]
    found = Accession.objects.public().filter(organisation__slug__in=slugs)
    return {slug for slug in found.values_list("organisation__slug", flat=True) if slug}


def _meetings(user: Any, steering_group: Body | None) -> dict[str, Any]:
    """Those of the steering group that `user` may know of, the latest first."""
    if steering_group is None:
        return {}
    rows = meeting_page.readable(user).filter(body=steering_group)
    meetings = rows.select_related("body").prefetch_related("notices")
    with_minutes = Meeting.objects.with_minutes_for(user).filter(body=steering_group)
    return {
        "meetings": sorted(meetings, key=lambda meeting: meeting.said.starts_at, reverse=True),
        "with_minutes": set(with_minutes.values_list("pk", flat=True)),
    }
