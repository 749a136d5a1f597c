"""The start page, the pages that the law asks for, and what is shown when a form was refused for safety."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agreement.models import Accession, AgreementVersion
from organisations.models import ContactPerson


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, how to join, and what is new."""
    version = AgreementVersion.objects.in_force()
    on_list = Accession.objects.held_on(timezone.localdate())
    context = {
        "version": version,
        "principles": version.principles.all() if version else [],
        "count": on_list.count(),
        "latest": on_list.filter(joined_on__isnull=False)
        .select_related("organisation", "version")
        .order_by("-joined_on", "-pk")[:3],
    }
    return render(request, "pages/home.html", context)


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/contact.html", {"contacts": ContactPerson.objects.select_related("municipal_unit")})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is collected, why, for how long, and one's rights (GDPR art. 13)."""
    context = {"draft_days": settings.DRAFT_LIFETIME.days, "signing_days": settings.SIGNING_PERIOD.days}
    return render(request, "pages/privacy.html", context)


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [f"Disallow: {path}" for path in ("/admin/", "/anslut/", "/underskrift/", "/konto/", "/verifiera/")]
    return HttpResponse("\n".join(["User-agent: *", *lines, ""]), content_type="text/plain; charset=utf-8")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or came from elsewhere. What was typed is shown, so that it can be copied."""
    hidden = ("csrfmiddlewaretoken", "password")
    typed = [(name, value) for name, value in request.POST.items() if value and not name.startswith(hidden)]
    return render(request, "403_csrf.html", {"typed": typed}, status=403)
