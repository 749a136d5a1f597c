"""The personal links of the parties' contacts and of those who sign, and the friendly page that gives a new one."""

from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from botkyrka_civil.lib.links import View, opened_by, why_not

from .models import AgreementSignature, Partnership, Party
from .models.agreements import SIGN_LINK
from .models.parties import PARTY_LINK

PURPOSES = (PARTY_LINK, SIGN_LINK)


def party_page(view: View) -> View:
    """The view gets the party whose personal link this is, as `view(request, party, token, …)`."""
    rows = Party.objects.select_related("partnership__registry_entry", "organisation", "unit")

    @opened_by(PARTY_LINK, rows, invalid)
    @wraps(view)
    def wrapper(request: HttpRequest, party: Party, token: str, **kwargs: Any) -> HttpResponseBase:
        if Partnership.objects.forgotten_drafts(timezone.now()).contains(party.partnership):
            return _page(request, "expired", 410)
        try:
            return view(request, party, token, **kwargs)
        except ObjectDoesNotExist:
            if rows.filter(pk=party.pk).exists():
                raise
            return invalid(request, token, PARTY_LINK)  # removed, or thrown away, in this very moment

    return wrapper


def signatory_page(view: View) -> View:
    """The view gets the signature whose personal link this is, as `view(request, signature, token)`."""
    rows = AgreementSignature.objects.select_related(
        "round__partnership__registry_entry", "round__pdf", "party__organisation", "party__unit"
    )
    return opened_by(SIGN_LINK, rows, invalid)(view)


def invalid(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    return _page(request, *why_not(request, token, purpose, PURPOSES))


def _page(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "iop/link.html", {"why": why}, status=status)
