"""The page for everyone, and the same for everyone: being signed in finds nothing more."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from botkyrka_civil.lib.text import clean_line

from . import find
from .words import LONGEST_QUERY


@cache_control(private=True, no_cache=True)
@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was looked for may name somebody: it is kept nowhere, neither by us nor on the way."""
    query, kind, number = (clean_line(request.GET.get(name, "")[:LONGEST_QUERY]) for name in ("q", "slag", "sida"))
    kind = kind if kind in find.KINDS else ""
    results = find.search(query, kind=kind, number=number)
    context = {"query": query, "results": results, "kind": kind, "longest": LONGEST_QUERY}
    return render(request, "search/search.html", context)
