"""The address of one of our pages, fit to be told to others."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

SECRETS = ("token", "key", "code")  # what opens something for whoever holds it


def own_page(address: str) -> str:
    """The path of a page of ours, without what opens a personal link; nothing if the address is not ours."""
    path = address.strip().removeprefix(settings.BASE_URL).partition("?")[0].partition("#")[0]
    try:
        return without_secrets(path, resolve(path).kwargs)
    except Resolver404:
        return ""


def without_secrets(path: str, kwargs: Mapping[str, Any]) -> str:
    for name in SECRETS:
        if name in kwargs:
            path = path.replace(str(kwargs[name]), "…")
    return path
