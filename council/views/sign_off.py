"""The chair and the signers: one person, one link, one session. Read all of it, then sign or ask for a change."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import record
from botkyrka_civil.casework.signing_views import SigningPages
from botkyrka_civil.documents import seal
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.views import send

from ..links import signing_page
from ..minutes_forms import ObjectForm, SignOffForm
from ..models import SignOff


def _context(sign_off: SignOff, token: str) -> dict[str, Any]:
    others = [other for other in sign_off.round.signatures.all() if other.pk != sign_off.pk]
    return {
        "meeting": sign_off.round.owner,
        "content": _with_papers(sign_off.round.content, token),
        "waiting": [other for other in others if not (other.signed_at or other.declined_at)],
        "objecting": [other for other in others if other.declined_at],
        "readable": _is_readable(sign_off),
        "pdf": _signed_pdf(sign_off),
    }


def _with_papers(content: dict[str, Any], token: str) -> dict[str, Any]:
    """What is signed, its papers at addresses that open for this person, who may have no account."""
    items = []
    for item in content["items"]:
        papers = [{**p, "url": reverse("council:sign_off_paper", args=[token, p["id"]])} for p in item["documents"]]
        items.append({**item, "documents": papers})
    return {**content, "items": items}


PAGES = SigningPages(
    url="council:sign_off",
    sign_page="council/sign_off/sign.html",
    decline_page="council/sign_off/decline.html",
    prepare=seal.warm,  # the last one renders the minutes
    context=_context,
)


@signing_page
def sign(request: HttpRequest, sign_off: SignOff, token: str) -> HttpResponseBase:
    return PAGES.sign(request, sign_off, token, SignOffForm(request.POST or None, signature=sign_off))


@signing_page
def decline(request: HttpRequest, sign_off: SignOff, token: str) -> HttpResponseBase:
    return PAGES.decline(request, sign_off, token, ObjectForm(request.POST or None))


@signing_page
def switch_person(request: HttpRequest, sign_off: SignOff, token: str) -> HttpResponseBase:
    return PAGES.switch_person(request, token)


@signing_page
@require_safe
def signed_pdf(request: HttpRequest, sign_off: SignOff, token: str) -> HttpResponseBase:
    """The signed minutes, as they were stored when the last one had signed."""
    return _download(request, sign_off, _signed_pdf(sign_off), inline=True)


@signing_page
@require_safe
def file(request: HttpRequest, sign_off: SignOff, token: str) -> HttpResponseBase:
    """The file that is signed, when the minutes are a file: that very one, not what has replaced it since."""
    content = sign_off.round.content
    found = sign_off.round.minutes.file if _is_readable(sign_off) and content["file"] else None
    if found and found.sha256 != content["file"]["sha256"]:
        found = None
    return _download(request, sign_off, found)


@signing_page
@require_safe
def paper(request: HttpRequest, sign_off: SignOff, token: str, pk: int) -> HttpResponseBase:
    """One of the papers that the minutes name, and no other document; nor what it has become since."""
    named = {paper["id"] for item in sign_off.round.content["items"] for paper in item["documents"]}
    if pk not in named or not _is_readable(sign_off):
        raise Http404
    return _download(request, sign_off, get_object_or_404(Document, pk=pk).file_at(sign_off.round.opened_at))


def _download(request: HttpRequest, sign_off: SignOff, file: File | None, *, inline: bool = False) -> HttpResponseBase:
    if file is None:
        raise Http404
    if request.method == "GET":
        record(sign_off.round.owner, "download", by=sign_off.actor, label=f"Laddade ner {file.name}", file=file.pk)
    return send(file, inline=inline)


def _is_readable(sign_off: SignOff) -> bool:
    """The link shows the text while it is signed, and for as long as it would have been open for signing."""
    signing = sign_off.round
    return signing.outcome in (signing.Outcome.OPEN, signing.Outcome.MET) and timezone.now() < signing.deadline


def _signed_pdf(sign_off: SignOff) -> File | None:
    signing = sign_off.round
    return signing.minutes.pdf if signing.outcome == signing.Outcome.MET and _is_readable(sign_off) else None
