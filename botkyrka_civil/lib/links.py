"""Personal links in views: from the token in the address to the row it opens, or to a page that says why it does not.

Which pages those are, and which links belong together, is each app's own to say.
"""

import logging
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from . import limits, tokens
from .forms import NewLinkForm

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
WRONG_LINKS_PER_HOUR = 60
TOO_MANY = "Det blev för många försök. Vänta en timme och försök igen, eller kontakta oss."


def opened_by(
    purpose: str, rows: QuerySet[Any], otherwise: Callable[[HttpRequest, str, str], HttpResponseBase]
) -> Callable[[View], View]:
    """The view gets the row of `rows` whose link for `purpose` this is, as `view(request, row, token, …)`.

    A link that opens nothing is answered by `otherwise(request, token, purpose)`.
    """

    def decorate(view: View) -> View:
        @never_cache
        @login_not_required
        @wraps(view)
        def wrapper(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
            try:
                row: Model = rows.get(key=tokens.read(purpose, token))
            except (tokens.BadLink, rows.model.DoesNotExist):
                return keep_private(otherwise(request, token, purpose))
            return keep_private(view(request, row, token, **kwargs))

        return wrapper

    return decorate


def send_again(request: HttpRequest, send: Callable[[str], None], *, action: str, form: str, sent: str) -> HttpResponse:
    """A page that sends the links of an address once more. `send(address)`; `form` and `sent` are templates.

    It answers the same, and as soon, whether the address has any: they are sent when the answer has left.
    """
    asked = NewLinkForm(request.POST or None)
    if request.method != "POST" or not asked.is_valid():
        return render(request, form, {"form": asked}, status=422 if asked.errors else 200)
    email = asked.cleaned_data["email"].lower()
    if limits.too_often(request, action, email):
        asked.add_error(None, TOO_MANY)
        return render(request, form, {"form": asked}, status=429)
    response = render(request, sent, {"email": email, "again": True})
    if not asked.is_robot:
        _afterwards(response, lambda: send(email))
    return response


def _afterwards(response: HttpResponse, work: Callable[[], None]) -> None:
    """Do the work when the server has sent the answer and closes it (PEP 3333)."""
    close = response.close

    def close_and_work() -> None:
        close()
        try:
            work()
        except Exception:  # the answer has left: there is nobody to tell but the log
            logger.exception("What was to be done after the answer failed.")

    response.close = close_and_work  # type: ignore[method-assign]


def keep_private(response: HttpResponseBase) -> HttpResponseBase:
    """The address is a key: no search engine keeps it, and no other page is told it.

    Not no-referrer, with which browsers send "Origin: null", so that every form would fail its CSRF check.
    """
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "strict-origin"
    return response


def why_not(request: HttpRequest, token: str, purpose: str, purposes: Collection[str]) -> tuple[str, int]:
    """Why a link opens nothing, as a word for the page, and the status: unknown, or made for another of `purposes`.

    Guessing is limited per address.
    """
    if limits.exceeded("wrong-link", limits.client_address(request), limit=WRONG_LINKS_PER_HOUR):
        return "too_many", 429
    for other in purposes:
        try:
            tokens.read(other, token)
        except tokens.BadLink:
            continue
        return ("gone" if other == purpose else "other_purpose"), 404
    return "unknown", 404
