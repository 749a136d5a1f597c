"""Personal links in views: from the token in the address to the row it opens, or to a page that says why it does not.

Which pages those are, and which links belong together, is each app's own to say.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from . import limits, tokens

View = Callable[..., HttpResponseBase]
WRONG_LINKS_PER_HOUR = 60


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
