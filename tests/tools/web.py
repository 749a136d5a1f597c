"""The portal over HTTP, as tests ask it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from botkyrka_civil import urls
from botkyrka_civil.accounts.models import User

POSTGRES = os.environ.get("TEST_DB") == "postgres"
COMPLETE = os.environ.get("TEST_ALL") == "1"  # the complete walk: everybody everywhere


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every address of the portal, as its patterns spell it."""
    for part in (resolver or get_resolver()).url_patterns:
        route = prefix + str(part.pattern)
        if isinstance(part, URLPattern):
            yield route
        else:
            yield from routes(part, route)


def client_for(people: dict[str, User], name: str) -> Client:
    """A client signed in as one of `people`; "anonymous" is not signed in."""
    client = Client()
    if name != "anonymous":
        client.force_login(people[name])
    return client


def sign_in(user: User) -> Client:
    """A client signed in as a member of staff who has a second factor."""
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
    client = Client()
    client.force_login(user)
    return client


def get(client: Client, path: str, *args: Any, **kwargs: Any) -> Any:
    """The answer to a GET, read to its end and with its files closed."""
    response = client.get(path, *args, **kwargs)
    response.body = body_of(response)
    return response


def body_of(response: Any) -> bytes:
    """All bytes of an answer. What it streams can be read once."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    shut(response)
    return body


def shut(response: Any) -> None:
    """Close the files of an answer. response.close() would also end the request, and on PostgreSQL the connection."""
    while response._resource_closers:
        response._resource_closers.pop()()


def text(response: Any) -> str:
    """The page's HTML with its white space folded."""
    return re.sub(r"\s+", " ", response.content.decode())


def queries(client: Client, *addresses: str) -> list[int]:
    """How many questions each page asks of the database, the second time that it is shown."""
    counts = []
    for address in addresses:
        assert client.get(address).status_code == 200, address
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    return counts


COOKIES = {"sessionid", "csrftoken"}  # all that the portal sets


def complete_addresses() -> list[str]:
    """Every address that stands complete in its pattern."""
    return [f"/{route}" for route in routes() if not re.search(r"[<(^$]", route)]


@contextmanager
def bare_refusals() -> Iterator[None]:
    """403 and 404 without their page, which has tests of its own: a walk meets it thousands of times."""
    with pytest.MonkeyPatch.context() as patch:
        for status in (403, 404):
            patch.setattr(urls, f"handler{status}", lambda *_, s=status, **__: HttpResponse(status=s), raising=False)
        yield
