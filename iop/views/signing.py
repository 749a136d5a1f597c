"""One signatory, one link, one session: read the whole agreement, then sign or decline. And the agreement as stored."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.signing_views import SigningPages
from botkyrka_civil.documents import seal
from botkyrka_civil.documents.views import send_logged

from ..links import party_page, signatory_page
from ..models import AgreementSignature, Party
from ..party_forms import DeclineForm, SignForm


def _context(signature: AgreementSignature, token: str) -> dict[str, Any]:
    return {"partnership": signature.round.partnership, "party": signature.party, "decision": signature.round.decision}


PAGES = SigningPages(
    url="iop:sign",
    sign_page="iop/signing/sign.html",
    decline_page="iop/signing/decline.html",
    prepare=seal.warm,  # the last signature renders the agreement
    context=_context,
)


@signatory_page
def sign(request: HttpRequest, signature: AgreementSignature, token: str) -> HttpResponseBase:
    return PAGES.sign(request, signature, token, SignForm(request.POST or None, signature=signature))


@signatory_page
def decline(request: HttpRequest, signature: AgreementSignature, token: str) -> HttpResponseBase:
    return PAGES.decline(request, signature, token, DeclineForm(request.POST or None))


@signatory_page
def switch_person(request: HttpRequest, signature: AgreementSignature, token: str) -> HttpResponseBase:
    return PAGES.switch_person(request, token)


@party_page
@require_safe
def agreement(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """The agreement that holds, or held last, as it was stored when the last one had signed."""
    signed = party.partnership.agreement
    if signed is None or signed.pdf is None:
        raise Http404
    return send_logged(request, party.partnership, signed.pdf, by=party.actor, inline=True)
