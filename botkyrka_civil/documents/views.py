"""Documents and guidelines: the list, one document with its versions, and the files."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ..casework.models import Actor, record
from ..casework.signing import checksum
from ..lib import limits, swedish
from ..lib.text import clean_line
from .models import Category, Document, DocumentQuerySet, DocumentVersion, File, Owner

PER_PAGE = 50
PAPERS_PER_HOUR, PAPER_KEPT = 60, 24 * 3600  # PDFs that are made when somebody asks for them
# What the list can be filtered on: the name in the address, the label, where the value stands.
FILTERS = {
    "kategori": ("Kategori", "category"),
    "agare": ("Ägare", "owner"),
    "ar": ("År", "current__uploaded_at__year"),
}
LABELS: dict[str, str] = {value: str(label) for value, label in [*Category.choices, *Owner.choices]}


@dataclass(frozen=True)
class Filter:
    """One choice above the list: what the documents that the visitor may see differ in."""

    name: str
    label: str
    lookup: str
    chosen: str
    values: frozenset[str]

    @property
    def shown(self) -> bool:
        return len(self.values) > 1 or bool(self.chosen)

    @property
    def choices(self) -> list[tuple[str, str]]:
        found = [(value, LABELS.get(value, value)) for value in self.values | {self.chosen} if value]
        return sorted(found, key=lambda choice: swedish.sort_key(choice[1]), reverse=self.name == "ar")

    def narrow(self, rows: DocumentQuerySet) -> DocumentQuerySet:
        if not self.chosen:
            return rows
        return rows.filter(**{self.lookup: self.chosen}) if self.chosen in self.values else rows.none()


def send(file: File, *, inline: bool = False, public: bool = False) -> HttpResponseBase:
    """The file itself. Whoever calls has asked for permission and logged who got it.

    As an attachment unless it is a PDF of our own making; never interpreted as a page (nosniff, sandbox). What is
    public may be kept by the browser, which asks each time whether it still holds.
    """
    if settings.MEDIA_ACCEL:
        response: HttpResponseBase = HttpResponse(content_type=file.mime)
        response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL}{file.stored.name}"
    else:
        response = FileResponse(file.stored.open(), content_type=file.mime)
    response["Content-Disposition"] = content_disposition_header(not inline, file.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "public, max-age=0, must-revalidate" if public else "private, no-store"
    if public:
        response["ETag"] = _etag(file)
    return response


def send_made(
    request: HttpRequest, content: Any, make: Callable[[], bytes], *, name: str, private: bool = False
) -> HttpResponseBase | None:
    """A PDF that anybody may ask for: rendered once for each content, kept, and 304 for whoever has it already.

    `content` is all that the paper says, as JSON can hold it. None when too many new papers were asked for from one
    address of the network: to render takes half a second of the processor. What holds a visitor's own words is
    `private`, and not kept.
    """
    sha256 = checksum(content)
    if unchanged := get_conditional_response(request, etag=f'"{sha256}"'):
        return unchanged
    key = f"paper:{name}:{sha256}"
    data = cache.get(key)
    if data is None:
        if limits.exceeded("paper", limits.client_address(request), limit=PAPERS_PER_HOUR):
            return None
        data = make()
        if not private:
            cache.set(key, data, timeout=PAPER_KEPT)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["Cache-Control"] = "private" if private else "public, max-age=0, must-revalidate"
    response["ETag"] = f'"{sha256}"'
    return response


def send_logged(request: HttpRequest, case: Model, file: File, *, by: Actor, inline: bool = False) -> HttpResponseBase:
    """As `send`, and the case's log tells who opened it. Who only asks whether it is there (HEAD) opens nothing."""
    if request.method == "GET":
        record(case, "open_file", by=by, label=f"Öppnade {file.name}", file=file.pk)
    return send(file, inline=inline)


def _etag(file: File) -> str:
    return f'"{file.sha256}"'


@login_not_required
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """What the visitor may see, the latest first."""
    words, *values = (clean_line(request.GET.get(name, "")[:100]) for name in ("q", *FILTERS))
    visible = Document.objects.visible_to(request.user)
    filters = _filters(visible, values)
    rows = reduce(lambda found, chosen: chosen.narrow(found), filters, visible.search(words))
    page = Paginator(rows.latest_first(), PER_PAGE).get_page(request.GET.get("sida"))
    context = {
        "page": page,
        "total": page.paginator.count,
        "words": words,
        "filters": [f for f in filters if f.shown],
        "filtered": bool(words or any(values)),
    }
    return render(request, "documents/documents.html", context)


def _filters(visible: DocumentQuerySet, chosen: list[str]) -> list[Filter]:
    rows = list(visible.order_by().values_list(*(lookup for _, lookup in FILTERS.values())).distinct())
    columns = list(zip(*rows, strict=True)) or [()] * len(FILTERS)
    return [
        Filter(name, label, lookup, value, frozenset(map(str, column)))
        for (name, (label, lookup)), value, column in zip(FILTERS.items(), chosen, columns, strict=True)
    ]


@login_not_required
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its facts, its file and the earlier ones."""
    rows = Document.objects.visible_to(request.user).select_related("current__file", "registry_entry")
    found = get_object_or_404(rows, pk=pk)
    versions = list(found.versions_for(request.user))
    return render(request, "documents/document.html", {"document": found, "versions": versions})


@login_not_required
@require_safe
def file(request: HttpRequest, pk: int, filnamn: str) -> HttpResponseBase:
    """The file, or with ?version= an earlier one. What is not public is logged with who took it."""
    document = get_object_or_404(Document.objects.visible_to(request.user).select_related("current__file"), pk=pk)
    asked = request.GET.get("version")
    version = document.current if asked is None else _version(document, request.user, asked)
    assert version
    if filnamn != version.file.name:
        return redirect(document.file_url if asked is None else version.file_url)
    if document.is_public and version.number >= document.shared_from:
        unchanged = get_conditional_response(request, etag=_etag(version.file))
        return unchanged or send(version.file, public=True)
    if request.method == "GET":
        label = f"Laddade ner {version.file.name}"
        by = Actor.of(request.user)
        record(document, "download", by=by, label=label, version=version.number, file=version.file_id)
    return send(version.file)


def _version(document: Document, user: Any, asked: str) -> DocumentVersion:
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 7):
        raise Http404
    return get_object_or_404(document.versions_for(user), number=int(asked))
