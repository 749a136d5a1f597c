"""The pages of one who signs, whatever is signed: one person, one link, one session. Opening a page changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from ..lib import limits, tokens
from ..lib.forms import Name
from .models import Refused
from .signing import Signature

SESSION = "signing_session"


class SignForm(forms.Form):
    """The signature itself: the name, typed, and what one vouches for."""

    typed_name = Name(label="Skriv ditt namn", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    confirmed = forms.BooleanField(
        error_messages={"required": "Kryssa i rutan om det stämmer. Annars kan du inte skriva under."}
    )

    def __init__(self, *args: Any, signature: Signature, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["typed_name"].help_text = f"Så som det står ovan: {signature.name}"
        self.fields["confirmed"].label = self.statement(signature)

    def statement(self, signature: Signature) -> str:
        """What one vouches for."""
        raise NotImplementedError


@dataclass(frozen=True)
class SigningPages:
    """The three views that the owner of a kind of signature puts behind its own links.

    `prepare` loads what completing needs before the transaction begins; `context` is what the templates show more,
    for the signature and the token in its address.
    """

    url: str
    sign_page: str
    decline_page: str
    prepare: Callable[[], object]
    context: Callable[[Any, str], dict[str, Any]]

    def sign(self, request: HttpRequest, signature: Signature, token: str, form: SignForm) -> HttpResponseBase:
        refusal = ""
        if request.method == "POST" and form.is_valid():
            refusal = self._sign(request, signature, form.cleaned_data["typed_name"])
            if not refusal:
                return redirect(self.url, token)
        return self._render(request, signature, token, self.sign_page, form, refusal)

    def _sign(self, request: HttpRequest, signature: Signature, typed_name: str) -> str:
        """Why it was refused, if it was."""
        address = limits.client_address(request)
        if limits.exceeded("sign", address, limit=limits.PER_ADDRESS):
            return "Det blev för många försök. Vänta en stund och försök igen."
        self.prepare()
        session = request.session.setdefault(SESSION, tokens.new_key())
        return _refusal(signature, lambda: signature.sign(typed_name=typed_name, session=session, address=address))

    def decline(self, request: HttpRequest, signature: Signature, token: str, form: forms.Form) -> HttpResponseBase:
        refusal = ""
        if request.method == "POST" and form.is_valid():
            refusal = _refusal(signature, lambda: signature.decline(reason=form.cleaned_data["reason"]))
            if not refusal:
                return redirect(self.url, token)
        if signature.signed_at or signature.declined_at or not signature.round.is_open:
            return redirect(self.url, token)
        return self._render(request, signature, token, self.decline_page, form, refusal)

    def switch_person(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """End the session in which somebody else signed, so that the next person signs in one of their own."""
        if request.method == "POST":
            request.session.pop(SESSION, None)
        return redirect(self.url, token)

    def _render(
        self, request: HttpRequest, signature: Signature, token: str, template: str, form: forms.Form, refusal: str
    ) -> HttpResponseBase:
        taken = not signature.signed_at and signature.is_taken(request.session.get(SESSION, ""))
        context = {
            "signature": signature,
            "signing": signature.round,
            "content": signature.round.content,
            "token": token,
            "form": form,
            "refusal": refusal,
            "has_errors": bool(refusal),
            "other_person": taken,
        }
        status = 422 if refusal or form.errors else 200
        return render(request, template, context | self.context(signature, token), status=status)


def _refusal(signature: Signature, answer: Callable[[], object]) -> str:
    try:
        answer()
    except Refused as refusal:
        signature.refresh_from_db()
        return str(refusal)
    return ""
