"""The yearly report for everyone: as a page that is always fresh, and as a PDF to keep."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.signing import canonical, checksum, noon
from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import limits

from . import report, report_charts, report_gaps

RENDERED_PER_HOUR = 30
KEPT = 24 * 3600  # seconds; a new design shows within a day


@login_not_required
@require_safe
def page(request: HttpRequest, year: int) -> HttpResponse:
    return render(request, "pages/report.html", _context(_found(year)))


@login_not_required
@require_safe
def report_pdf(request: HttpRequest, year: int) -> HttpResponseBase:
    """The same as a file, rendered once for each content. That takes seconds, and so is limited per address."""
    found = _found(year)
    content = found.content()
    sha256 = checksum(content)
    if unchanged := get_conditional_response(request, etag=f'"{sha256}"'):
        return unchanged
    data = cache.get(f"report:{sha256}")
    if data is None:
        if limits.exceeded("report-pdf", limits.client_address(request), limit=RENDERED_PER_HOUR):
            return render(request, "pages/report_limit.html", {"year": year}, status=429)
        data = _rendered(found, content, sha256)
        cache.set(f"report:{sha256}", data, timeout=KEPT)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="arsrapport-{year}.pdf"'
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    response["ETag"] = f'"{sha256}"'
    return response


def _found(year: int) -> report.Report:
    if not report.is_possible(year):
        raise Http404
    return report.of(year)


def _context(found: report.Report) -> dict[str, Any]:
    return {
        "report": found,
        "charts": report_charts.of(found),
        "gaps": report_gaps.of(found),
        "previous": found.year - 1 if report.is_possible(found.year - 1) else None,
        "next": found.year + 1 if report.is_possible(found.year + 1) else None,
    }


def _rendered(found: report.Report, content: dict[str, Any], sha256: str) -> bytes:
    """The numbers lie in the file as data too. Its date is the day that the numbers are of."""
    context = {
        **_context(found),
        "submitted_at": noon(found.last_day),
        "sha256": sha256,
        "municipality": settings.MUNICIPALITY,
        "base": settings.BASE_URL,  # links on paper need the whole address
    }
    return pdf.render(
        "pages/pdf/report.html",
        context,
        identifier=f"arsrapport:{found.year}",
        data=canonical(content),
        data_name=f"arsrapport-{found.year}.json",
        data_description="Årsrapportens siffror i maskinläsbar form",
    )
