"""Personal links: from the token in the address to the row it opens, or to a friendly page that gives a new one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from botkyrka_civil.lib import limits, tokens

from .models import Accession, Signature
from .models.accession import APPLICATION_LINK
from .models.signing import SIGN_LINK

View = Callable[..., HttpResponseBase]
WRONG_LINKS_PER_HOUR = 60


def applicant_page(view: View) -> View:
    """The view gets the accession whose personal link this is, as `view(request, accession, token, …)`."""

    @never_cache
    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            key = tokens.read(APPLICATION_LINK, token)
            accession = Accession.objects.select_related("organisation", "version", "registry_entry", "evidence").get(
                key=key
            )
        except (tokens.BadLink, Accession.DoesNotExist):
            return invalid(request, token)
        if Accession.objects.forgotten_drafts(timezone.now()).contains(accession):
            return _page(request, "expired", 410)
        return view(request, accession, token, **kwargs)

    return wrapper


def signatory_page(view: View) -> View:
    """The view gets the signature whose personal link this is, as `view(request, signature, token)`."""

    @never_cache
    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            key = tokens.read(SIGN_LINK, token)
            signature = Signature.objects.select_related("round__accession__organisation", "round__form").get(key=key)
        except (tokens.BadLink, Signature.DoesNotExist):
            return invalid(request, token)
        return view(request, signature, token)

    return wrapper


def invalid(request: HttpRequest, token: str) -> HttpResponse:
    """Unknown, or made for something else. Guessing is limited per address."""
    if limits.exceeded("wrong-link", limits.client_address(request), limit=WRONG_LINKS_PER_HOUR):
        return _page(request, "too_many", 429)
    for purpose in (APPLICATION_LINK, SIGN_LINK):
        try:
            tokens.read(purpose, token)
        except tokens.BadLink:
            continue
        return _page(request, "other_purpose" if purpose not in _purpose_here(request) else "gone", 404)
    return _page(request, "unknown", 404)


def _purpose_here(request: HttpRequest) -> str:
    return SIGN_LINK if request.path.startswith("/underskrift/") else APPLICATION_LINK


def _page(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "agreement/link.html", {"why": why}, status=status)
