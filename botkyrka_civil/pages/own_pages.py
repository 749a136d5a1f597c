"""The address of one of our pages, fit to be told to others."""

import re

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, resolve

SECRETS = ("token", "key", "code")  # what opens something for whoever holds it


def own_page(address: str) -> str:
    """The path of a page of ours, without what opens a personal link; nothing if the address is not ours.

    An address is often written without https://, and some browsers copy it so.
    """
    host = re.escape(settings.BASE_URL.partition("://")[2])
    path = re.sub(rf"^(https?://)?{host}(?=/)", "", address.strip(), flags=re.IGNORECASE)
    path = path.partition("?")[0].partition("#")[0]
    try:
        return without_secrets(path, resolve(path))
    except Resolver404:
        return ""


def without_secrets(path: str, match: ResolverMatch) -> str:
    """Only what stood in the address itself: a language's code is the page's own word."""
    for name in SECRETS:
        if name in match.kwargs and name not in match.extra_kwargs:  # type: ignore[attr-defined]
            before, _, after = path.rpartition(str(match.kwargs[name]))
            path = f"{before}…{after}"
    return path
