"""The demo outbox: the letters that were sent, with their links. Exists in demo mode only."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.documents.models import File
from botkyrka_civil.documents.views import send
from botkyrka_civil.lib.letters import as_html
from botkyrka_civil.lib.text import clean_line


@login_not_required
@never_cache
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    to = clean_line(request.GET.get("till", "")[:200])
    letters = Letter.objects.filter(to__icontains=to) if to else Letter.objects.all()
    page = Paginator(letters.order_by("-pk"), 30).get_page(request.GET.get("sida"))
    return render(request, "demo/outbox.html", {"page": page, "to": to})


@login_not_required
@never_cache
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter, pk=pk)
    body = as_html(full_body(letter))
    return render(request, "demo/letter.html", {"letter": letter, "body": body})


@login_not_required
@never_cache
@require_safe
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter.objects.exclude(attachment=""), pk=pk)
    return send(get_object_or_404(File, stored=letter.attachment), inline=True)  # type: ignore[return-value]


urlpatterns = [
    path("", outbox, name="demo_outbox"),
    path("<int:pk>/", letter, name="demo_letter"),
    path("<int:pk>/bilaga.pdf", attachment, name="demo_attachment"),
]
