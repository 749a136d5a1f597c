"""Personal links: single-purpose, unguessable, revocable, with nothing secret in the database.

A row holds a random `key`; the link holds the key and a signature of it, made for one purpose with the
server's SECRET_KEY. Giving the row a new key revokes the link. When a link has expired or been used is told by
the row's own state.
"""

import secrets
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac


class BadLink(Exception):
    """The link is not one of ours, or was made for something else."""


def new_key() -> str:
    return secrets.token_urlsafe(12)


def make(purpose: str, key: str) -> str:
    return Signer(salt=f"link:{purpose}", sep=".").sign(key)


def read(purpose: str, token: str) -> str:
    """The key in `token`. Raises BadLink if it was not made for `purpose`."""
    try:
        return Signer(salt=f"link:{purpose}", sep=".").unsign(token)
    except BadSignature:
        raise BadLink from None


# Text that nobody may read in the database: sign-in codes on their way -----------------------------------------------


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Raises cryptography.fernet.InvalidToken when it was encrypted with a key that is no longer set."""
    return _fernet().decrypt(encrypted).decode()


def _fernet() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    hashed = (salted_hmac("encrypt", "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in hashed])
