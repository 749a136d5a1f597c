"""One signatory, one link, one session: read all of it, then sign or decline. Opening the link changes nothing."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from botkyrka_civil.casework.models import Refused
from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import limits, tokens

from ..forms import DeclineForm, SignForm
from ..links import signatory_page
from ..models import Signature

SESSION = "signing_session"


@signatory_page
def sign(request: HttpRequest, signature: Signature, token: str) -> HttpResponseBase:
    form = SignForm(request.POST or None, signature=signature)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        address = limits.client_address(request)
        if limits.exceeded("sign", address, limit=60):
            refusal = "Det blev för många försök. Vänta en stund och försök igen."
        else:
            pdf.warm()  # the last signature renders the form: load what that needs before the transaction
            try:
                signature.sign(
                    typed_name=form.cleaned_data["typed_name"], session=_signing_session(request), address=address
                )
                return redirect("agreement:sign", token)
            except Refused as error:
                refusal = str(error)
                signature.refresh_from_db()
    return _render(request, signature, token, form=form, refusal=refusal)


@signatory_page
def decline(request: HttpRequest, signature: Signature, token: str) -> HttpResponseBase:
    form = DeclineForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            signature.decline(reason=form.cleaned_data["reason"])
            return redirect("agreement:sign", token)
        except Refused as error:
            refusal = str(error)
            signature.refresh_from_db()
    if signature.signed_at or signature.declined_at or not signature.round.is_open:
        return redirect("agreement:sign", token)
    return _render(request, signature, token, form=form, refusal=refusal, template="decline")


@signatory_page
def switch_person(request: HttpRequest, signature: Signature, token: str) -> HttpResponseBase:
    """End the session in which somebody else signed, so that the next person signs in one of their own."""
    if request.method == "POST":
        request.session.pop(SESSION, None)
    return redirect("agreement:sign", token)


def _signing_session(request: HttpRequest) -> str:
    return request.session.setdefault(SESSION, tokens.new_key())


def _render(
    request: HttpRequest, signature: Signature, token: str, *, form: object, refusal: str, template: str = "sign"
) -> HttpResponseBase:
    signing = signature.round
    context = {
        "signature": signature,
        "signing": signing,
        "content": signing.content,
        "accession": signing.accession,
        "token": token,
        "form": form,
        "refusal": refusal,
        "has_errors": bool(refusal),
        "other_person": not signature.signed_at and signature.is_taken(request.session.get(SESSION, "")),
    }
    failed = refusal or getattr(form, "errors", None)
    return render(request, f"agreement/signing/{template}.html", context, status=422 if failed else 200)
