"""Plattformen's own documents: who sees them, new ones and new versions, and handing over to the municipality."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Event
from botkyrka_civil.documents.forms import VersionForm
from botkyrka_civil.documents.models import Document, DocumentQuerySet, Owner

from ..access import board_page, deciding_page
from ..models import Seat
from ..room_forms import RoomDocumentFactsForm, RoomDocumentForm

PER_PAGE = 50


def _rows(user: Any) -> DocumentQuerySet:
    return Document.objects.visible_to(user).filter(owner=Owner.PLATFORM)


def _find(request: HttpRequest, pk: int) -> Document:
    return get_object_or_404(_rows(request.user).select_related("current__file", "registry_entry"), pk=pk)


def _url(pk: int) -> str:
    return reverse("council:room_document", args=[pk])


@board_page
@require_safe
def documents(request: HttpRequest, seat: Seat) -> HttpResponse:
    page = Paginator(_rows(request.user).latest_first(), PER_PAGE).get_page(request.GET.get("sida"))
    context = {"seat": seat, "page": page}
    return render(request, "council/room/documents.html", context)


@board_page
@require_safe
def document(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """One document: for whom it is, its versions, and who has done what with it."""
    found = _find(request, pk)
    context = {
        "seat": seat,
        "document": found,
        "versions": found.versions_for(request.user),
        "events": Event.objects.of(found).order_by("-pk"),
    }
    return render(request, "council/room/document.html", context)


@deciding_page
def new(request: HttpRequest, seat: Seat) -> HttpResponse:
    form = RoomDocumentForm(request.POST or None, request.FILES or None)
    return answer(
        request,
        form,
        lambda: Document.add(by=Actor.of(request.user), owner=Owner.PLATFORM, **form.facts),
        "council/room/document_new.html",
        {"seat": seat},
        then=lambda: reverse("council:room_documents"),
        done="Dokumentet är uppladdat.",
    )


@deciding_page
def change(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Title, category, description, and for whom it is."""
    found = _find(request, pk)
    form = RoomDocumentFactsForm(request.POST or None, instance=_find(request, pk))
    return answer(
        request,
        form,
        lambda: found.change(by=Actor.of(request.user), **form.facts),
        "council/room/document_change.html",
        {"seat": seat, "document": found},
        then=lambda: _url(pk),
        done="Ändringen är sparad.",
    )


@deciding_page
def version(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """A new file in the same place. The earlier ones stay."""
    found = _find(request, pk)
    language = {"language": found.current and found.current.language}
    form = VersionForm(request.POST or None, request.FILES or None, initial=language)
    return answer(
        request,
        form,
        lambda: found.add_version(by=Actor.of(request.user), **form.cleaned_data),
        "council/room/document_version.html",
        {"seat": seat, "document": found},
        then=lambda: _url(pk),
        done="Den nya versionen är på plats.",
    )


@deciding_page
def hand_over(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """A page that says what it means: it cannot be taken back."""
    found = _find(request, pk)
    return answer(
        request,
        None,
        lambda: found.hand_over(by=Actor.of(request.user)),
        "council/room/document_hand_over.html",
        {"seat": seat, "document": found},
        then=lambda: _url(pk),
        done="Dokumentet är överlämnat till kommunen.",
    )
