"""The agreement for those who read Swedish with effort: in easy Swedish, and summed up in other languages."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agreement.models import AgreementVersion, Principle
from botkyrka_civil.lib import source_data

WORDS = {"principle": [{"slug": str, "language": ("en", "fi", "ar"), "heading": str, "text": str}]}
DIRECTIONS = {"en": "ltr", "fi": "ltr", "ar": "rtl"}


@login_not_required
@require_safe
def easy(request: HttpRequest) -> HttpResponse:
    """Lättläst: what the agreement is, why it is there, its principles, how to join and whom to ask."""
    return render(request, "pages/easy.html", {"principles": _principles()})


@login_not_required
@require_safe
def summary(request: HttpRequest, code: str) -> HttpResponse:
    """In another language. The Swedish text is the one that holds, and the page says so."""
    said = in_other_words()
    principles = [(principle, said.get((principle.slug, code))) for principle in _principles()]
    context = {"code": code, "direction": DIRECTIONS[code], "principles": principles}
    return render(request, f"pages/languages/{code}.html", context)


def _principles() -> list[Principle]:
    version = AgreementVersion.objects.in_force()
    return list(version.principles.all()) if version else []


@cache
def in_other_words() -> dict[tuple[str, str], tuple[str, str]]:
    """Each principle, by its address and the language: heading and text."""
    words = source_data.read("principles.toml", WORDS)["principle"]
    return {(facts["slug"], facts["language"]): (facts["heading"], facts["text"]) for facts in words}
