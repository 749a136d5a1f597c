"""How often something may be done: counted in the shared cache's table, per address or per e-mail."""

import hashlib
import ipaddress
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

PER_EMAIL, PER_ADDRESS = 6, 200  # forms an hour; a whole hall or office may share an address of the network
# One statement, so that no two who count at the same moment read the same number. An old count begins anew.
_COUNT = """
    INSERT INTO {table} (cache_key, value, expires) VALUES (%s, '1', %s)
    ON CONFLICT (cache_key) DO UPDATE SET
        value = CASE WHEN {table}.expires < %s THEN '1' ELSE CAST(CAST({table}.value AS integer) + 1 AS text) END,
        expires = CASE WHEN {table}.expires < %s THEN excluded.expires ELSE {table}.expires END
    RETURNING value
"""


def client_address(request: HttpRequest) -> str:
    """The visitor's address, seen past as many proxies as we run ourselves (TRUSTED_PROXIES).

    Of an IPv6 address the first 64 bits: a visitor has all addresses that begin so (RFC 4291 2.5.4).
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    hops = settings.TRUSTED_PROXIES
    found = forwarded[-hops] if hops and len(forwarded) >= hops else request.META["REMOTE_ADDR"]
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return found
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def too_often(request: HttpRequest, action: str, email: str) -> bool:
    """Count one more form sent for `email`: PER_EMAIL an hour for it, and PER_ADDRESS for the network's address."""
    address = client_address(request)
    by_email = exceeded(f"{action}-email", email, limit=PER_EMAIL)
    return exceeded(f"{action}-address", address, limit=PER_ADDRESS) or by_email


def exceeded(action: str, *who: str, limit: int, seconds: int = 3600) -> bool:
    """Count one more try for each of `who`; true when any of them has passed `limit` within `seconds`."""
    return max(_count(f"tries:{action}:{_digest(name)}", seconds) for name in who) > limit


def _digest(name: str) -> str:
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:32]


def _count(name: str, seconds: int) -> int:
    """One more; how many there are now."""
    now = timezone.now().replace(microsecond=0)
    at, until = map(connection.ops.adapt_datetimefield_value, (now, now + timedelta(seconds=seconds)))
    with connection.cursor() as cursor:
        statement = _COUNT.format(table=connection.ops.quote_name(cache._table))  # type: ignore[attr-defined]
        cursor.execute(statement, [cache.make_key(name), until, at, at])
        return int(cursor.fetchone()[0])
