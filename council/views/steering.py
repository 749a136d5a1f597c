"""A steering group's meetings, as everyone may see them. They are listed on the page of the partnership."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from ..models import Body, Meeting
from ..models.meetings import MeetingQuerySet
from . import meeting_page


@login_not_required
@require_safe
def meeting(request: HttpRequest, body: str, slug: str) -> HttpResponseBase:
    return meeting_page.find(request, _of_group(meeting_page.readable(request.user), body), slug)


@login_not_required
@require_safe
def minutes_pdf(request: HttpRequest, body: str, slug: str) -> HttpResponseBase:
    found = _of_group(Meeting.objects.with_minutes_for(request.user), body)
    return meeting_page.pdf(request, get_object_or_404(found, slug=slug))


def _of_group(meetings: MeetingQuerySet, body: str) -> MeetingQuerySet:
    rows = meetings.of_kind(Body.Kind.STEERING_GROUP).filter(body__slug=body)
    return rows.select_related("body").prefetch_related("notices")
