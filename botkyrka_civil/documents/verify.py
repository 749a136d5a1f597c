"""Is this paper genuine, and does it still hold? By the code on it, or by the file itself. Names no person."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ..lib import limits
from ..lib.text import clean_line
from . import hostile, papers, seal_keys
from .memory import InMemoryUpload
from .uploads import largest

FILES_PER_HOUR, CODES_PER_HOUR = 60, 120
# What can't be checked, told at the field.
UNREADABLE = {
    "not_pdf": "Filen är inte en PDF. Välj PDF-filen, så som du fick den eller hämtade den.",
    "encrypted": "Filen är låst med lösenord, och det är ingen av våra handlingar. Välj filen så som den var.",
    "cut_off": "Filen är trasig: slutet saknas. Hämta den igen och försök på nytt.",
}


# Exempt: nobody's rights are used and nothing is changed, and a token would put a cookie on everyone who only looks.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Type the code from the paper, or choose its file."""
    if request.method == "POST":
        return _verify_file(request)
    if code := request.GET.get("kod", "").strip():
        return redirect("documents:verify_code", papers.plain_code(code) or "-")
    return _page(request)


@login_not_required
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """The papers that bear the code. Guessing is limited per address."""
    shown = clean_line(code[:40])
    if limits.exceeded("verify", limits.client_address(request), limit=CODES_PER_HOUR):
        return _page(request, status=429, code=shown, too_many=True)
    found = papers.with_code(papers.plain_code(code))
    return _page(request, status=200 if found else 404, code=shown, papers=found, has_errors=not found)


def _verify_file(request: HttpRequest) -> HttpResponse:
    """The file is looked at in memory and forgotten with the answer; nothing of it is logged."""
    if limits.exceeded("verify-file", limits.client_address(request), limit=FILES_PER_HOUR):
        return _page(request, status=429, too_many=True)
    handler = InMemoryUpload(request, settings.UPLOAD_MAX_BYTES)
    request.upload_handlers = [handler]
    chosen = request.FILES.get("fil")
    if handler.too_large:
        return _refused(request, f"Filen är för stor. Den får vara högst {largest()}.", status=413)
    if chosen is None:
        return _refused(request, "Välj filen som du vill kontrollera.")
    if not (file := chosen.read()):
        return _refused(request, "Filen är tom. Välj en annan fil.")
    if found := papers.with_checksum(hashlib.sha256(file).hexdigest()):
        return _page(request, papers=found, by_file=True)
    verdict = _looked_at(file)
    if verdict is None:
        return _refused(request, "Filen går inte att läsa. Hämta den igen och försök på nytt.")
    if verdict in UNREADABLE:
        return _refused(request, UNREADABLE[verdict])
    return _page(request, verdict=verdict)


def _looked_at(file: bytes) -> str | None:
    """One of seal_check.Found, from a process of its own. None when the file can't be read."""
    ders = {"own": seal_keys.own(), "known": seal_keys.known()}
    facts = {kind: [one.public_bytes(Encoding.DER).hex() for one in found] for kind, found in ders.items()}
    return hostile.judged("botkyrka_civil.documents.seal_check", file, **facts)


def _refused(request: HttpRequest, why: str, *, status: int = 422) -> HttpResponse:
    return _page(request, status=status, file_error=why, has_errors=True)


def _page(request: HttpRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    context = {"largest": largest(), **facts}
    for seal in seal_keys.own()[:1]:  # today's, or else the first earlier one
        context["seal"] = seal
        context |= {"seal_name": seal_keys.common_name(seal), "fingerprint": seal_keys.fingerprint(seal)}
    return render(request, "documents/verify.html", context, status=status)


@login_not_required
@require_safe
def certificate(request: HttpRequest) -> HttpResponse:
    """The seal's certificates, past ones too, for the reader's own PDF program. The key is never here."""
    if not (pem := seal_keys.pem()):
        raise Http404
    response = HttpResponse(pem, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="sigill-certifikat.pem"'
    return response
