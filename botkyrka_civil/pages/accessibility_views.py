"""The accessibility statement, and the form for telling us what does not work."""

from uuid import uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from botkyrka_civil.lib import limits, tokens
from botkyrka_civil.lib.links import opened_by, why_not
from botkyrka_civil.retention.policy import span

from . import accessibility
from .forms import ReportForm
from .models import RECEIPT_LINK, AccessibilityReport
from .own_pages import own_page

TOO_MANY = "Det blev för många meddelanden den senaste timmen. Vänta en timme och försök igen."


@login_not_required
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """What the law asks, from the data file and from what stands in the database today."""
    context = {
        "statement": accessibility.statement(),
        "documents": accessibility.documents_today(),
        "today": timezone.localdate(),
        "answer_days": settings.ACCESSIBILITY_ANSWER_PERIOD.days,
    }
    return render(request, "pages/accessibility.html", context)


# No CSRF token, since it would set a cookie for a visitor who has none. Nobody's rights are used here: whoever makes
# someone else's browser send the form could as well send it themselves. Limited by address, with a trap for robots.
@csrf_exempt
@never_cache
@login_not_required
def report_fault(request: HttpRequest) -> HttpResponse:
    """Anyone may tell, without saying who they are. It is a case at once, with a receipt."""
    came_from = {"request_key": uuid4(), "page": own_page(request.GET.get("sida", ""))}
    form = ReportForm(request.POST or None, initial=came_from)
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("kind", "what", "page", "aid", "name", "email")}
        if form.is_robot:
            return render(request, "pages/report_form/receipt.html")
        if _too_often(request, facts["email"]):
            form.add_error(None, TOO_MANY)
            return _form_page(request, form, status=429)
        report = AccessibilityReport.receive(request_key=form.cleaned_data["request_key"], **facts)
        return redirect(RECEIPT_LINK, tokens.make(RECEIPT_LINK, report.key))
    return _form_page(request, form, status=422 if form.errors else 200)


def _too_often(request: HttpRequest, email: str) -> bool:
    """As elsewhere, but who gives no address of mail is only counted by the one of the network."""
    if email:
        return limits.too_often(request, "report", email)
    return limits.exceeded("report-address", limits.client_address(request), limit=limits.PER_ADDRESS)


def _form_page(request: HttpRequest, form: ReportForm, *, status: int) -> HttpResponse:
    kept = span(settings.RETENTION_ACCESSIBILITY_REPORTS)
    context = {"form": form, "answer_days": settings.ACCESSIBILITY_ANSWER_PERIOD.days, "kept": kept}
    return render(request, "pages/report_form/form.html", context, status=status)


def _no_receipt(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    why, status = why_not(request, token, purpose, [purpose])
    return render(request, "pages/report_form/no_receipt.html", {"why": why}, status=status)


@require_safe
@opened_by(RECEIPT_LINK, AccessibilityReport.objects.select_related("registry_entry"), _no_receipt)
def receipt(request: HttpRequest, report: AccessibilityReport, token: str) -> HttpResponse:
    """The number to refer to and what happens next, and nothing of what was written."""
    return render(request, "pages/report_form/receipt.html", {"report": report})
