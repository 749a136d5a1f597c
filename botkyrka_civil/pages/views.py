"""The start page, the pages that the law asks for, and what is shown when a form was refused for safety."""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agreement.models import Accession, AgreementVersion
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import source_data
from botkyrka_civil.lib.forms import typed
from botkyrka_civil.retention import policy
from council import notices
from council.calendars import Entry
from council.models import Conference, Meeting
from council.names import HiddenNames

# Not for search engines: what is behind a sign-in, and what tells of one form. Pages behind a personal link say so
# themselves, in a header (lib/links.py): an address that robots may not fetch would still be listed.
PRIVATE = ("/admin/", "/konto/", "/verifiera/", "/motesrum/", "/plattformen/styrelserum/")


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, how to join, and what is new."""
    version = AgreementVersion.objects.in_force()
    on_list = Accession.objects.held_on(timezone.localdate())
    context = {
        "words": words(),
        "version": version,
        "principles": version.principles.all() if version else [],
        "count": on_list.count(),
        "latest": on_list.filter(joined_on__isnull=False)
        .select_related("organisation", "version")
        .order_by("-joined_on", "-pk")[:3],
        "meetings": _next_meetings(),
        "conference": Conference.objects.visible_to(AnonymousUser()).upcoming().first(),
        "documents": Document.objects.published().latest_first()[:3],
    }
    return render(request, "pages/home.html", context)


@cache
def words() -> dict[str, Any]:
    """What the municipality says of itself on the start page."""
    return source_data.read("home.toml", dict.fromkeys(("heading?", "purpose?", "joined?"), str))


def _next_meetings() -> list[tuple[Meeting, Entry]]:
    """The next meetings that everyone may know of, each as its notice says."""
    rows = Meeting.objects.visible_to(AnonymousUser()).upcoming().select_related("body").prefetch_related("notices")
    names = HiddenNames()
    return [(meeting, notices.entry(meeting, names)) for meeting in rows[:3]]


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/contact.html", {"contacts": HiddenNames().contacts()})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is collected, why, for how long, and one's rights (GDPR art. 13)."""
    found = policy.read()
    groups = [
        {"people": people, "basis": [found.basis[key] for key in people.basis], "how_long": found.how_long(people.key)}
        for people in found.people.values()
    ]
    cookies = {"form_cookie": settings.CSRF_COOKIE_NAME, "session_cookie": settings.SESSION_COOKIE_NAME}
    return render(request, "pages/privacy.html", {"policy": found, "groups": groups, **cookies})


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    rules = [f"Disallow: {path}" for path in PRIVATE]
    lines = ["User-agent: *", *rules, "", f"Sitemap: {settings.BASE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or came from elsewhere. What was typed is shown, so that it can be copied."""
    return render(request, "403_csrf.html", {"typed": typed(request)}, status=403)
