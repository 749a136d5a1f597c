from allauth.mfa.webauthn.forms import AddWebAuthnForm

from ..lib.forms import Name


class AddPasskeyForm(AddWebAuthnForm):
    """allauth's own, with a name that it does not translate, checked as every other name is."""

    name = Name(label="Namn på nyckeln", required=False)
