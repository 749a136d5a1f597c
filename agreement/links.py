"""The personal links of applicants and signatories, and the friendly page that gives a new one."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from botkyrka_civil.lib import limits
from botkyrka_civil.lib.links import View, opened_by, why_not

from .models import Accession, Signature
from .models.accession import APPLICATION_LINK
from .models.signing import SIGN_LINK

PURPOSES = (APPLICATION_LINK, SIGN_LINK)
FILES_PER_DAY = 20
TOO_MANY_FILES = "Det blev för många filer i dag. Fortsätt i morgon, eller kontakta oss."


def applicant_page(view: View) -> View:
    """The view gets the accession whose personal link this is, as `view(request, accession, token, …)`."""
    rows = Accession.objects.select_related("organisation", "version", "registry_entry", "evidence")

    @opened_by(APPLICATION_LINK, rows, invalid)
    @wraps(view)
    def wrapper(request: HttpRequest, accession: Accession, token: str, **kwargs: Any) -> HttpResponseBase:
        if Accession.objects.forgotten_drafts(timezone.now()).contains(accession):
            return _page(request, "expired", 410)
        return view(request, accession, token, **kwargs)

    return wrapper


def signatory_page(view: View) -> View:
    """The view gets the signature whose personal link this is, as `view(request, signature, token)`."""
    rows = Signature.objects.select_related("round__accession__organisation", "round__form")
    return opened_by(SIGN_LINK, rows, invalid)(view)


def invalid(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    return _page(request, *why_not(request, token, purpose, PURPOSES))


def _page(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "agreement/link.html", {"why": why}, status=status)


def too_many_files(request: HttpRequest, accession: Accession) -> bool:
    """Count one more file sent by the applicant, before anything opens it."""
    return bool(request.FILES) and limits.exceeded("evidence", accession.key, limit=FILES_PER_DAY, seconds=86400)
