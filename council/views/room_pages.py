"""What the pages of the board's room share: how a page asks and answers, and which meetings are the association's."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from botkyrka_civil.casework.models import Refused

from ..models import Body, Meeting
from ..models.meetings import MeetingQuerySet


def our_meetings() -> MeetingQuerySet:
    """The board's, the annual meeting's and the member meetings'."""
    return Meeting.objects.filter(body__in=Body.objects.platform()).select_related("body")


def answer(
    request: HttpRequest,
    form: Any,
    act: Callable[[], object],
    template: str,
    context: dict[str, Any],
    *,
    then: Callable[[], str],
    done: str,
) -> HttpResponse:
    """Show the page; when it is sent and right, act, say what was done and go on to `then()`.

    Otherwise what was typed is shown again, and why it was not enough.
    """
    refusal = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            act()
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, done)
            return redirect(then())
    failed = refusal or (form is not None and form.errors)
    context |= {"form": form, "refusal": refusal, "has_errors": bool(refusal)}
    return render(request, template, context, status=422 if failed else 200)
