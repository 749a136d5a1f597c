"""How often something may be done: counted in the shared cache, per address or per e-mail."""

import hashlib
from time import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's address, seen past as many proxies as we run ourselves (TRUSTED_PROXIES)."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    hops = settings.TRUSTED_PROXIES
    return forwarded[-hops] if hops and len(forwarded) >= hops else request.META["REMOTE_ADDR"]


def too_often(request: HttpRequest, action: str, email: str) -> bool:
    """Count one more form sent for `email`: six an hour for an address of mail, thirty for one of the network."""
    address = client_address(request)
    return exceeded(f"{action}-email", email, limit=6) or exceeded(f"{action}-address", address, limit=30)


def exceeded(action: str, *who: str, limit: int, seconds: int = 3600) -> bool:
    """Count one more try for each of `who`; true when any of them has passed `limit` within `seconds`."""
    counts = []
    for name in who:
        key = f"limit:{action}:{hashlib.sha256(name.casefold().encode()).hexdigest()[:32]}"
        # Not cache.incr: in the database cache it would start the default time-out anew at each try.
        count, until = cache.get(key) or (0, time() + seconds)
        cache.set(key, (count + 1, until), timeout=max(1, until - time()))
        counts.append(count + 1)
    return any(count > limit for count in counts)
