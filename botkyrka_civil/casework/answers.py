"""How a page with a verb behind it asks and answers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from .models import Refused


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
