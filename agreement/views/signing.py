"""One signatory, one link, one session: read all of it, then sign or decline. Opening the link changes nothing."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from botkyrka_civil.casework.signing_views import SigningPages
from botkyrka_civil.documents import seal

from ..forms import DeclineForm, SignForm
from ..links import signatory_page
from ..models import Signature


def _context(signature: Signature, token: str) -> dict[str, Any]:
    return {"accession": signature.round.accession}


PAGES = SigningPages(
    url="agreement:sign",
    sign_page="agreement/signing/sign.html",
    decline_page="agreement/signing/decline.html",
    prepare=seal.warm,  # the last signature renders the form
    context=_context,
)


@signatory_page
def sign(request: HttpRequest, signature: Signature, token: str) -> HttpResponseBase:
    return PAGES.sign(request, signature, token, SignForm(request.POST or None, signature=signature))


@signatory_page
def decline(request: HttpRequest, signature: Signature, token: str) -> HttpResponseBase:
    return PAGES.decline(request, signature, token, DeclineForm(request.POST or None))


@signatory_page
def switch_person(request: HttpRequest, signature: Signature, token: str) -> HttpResponseBase:
    return PAGES.switch_person(request, token)
