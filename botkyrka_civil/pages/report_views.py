"""The yearly report for everyone: as a page that is always fresh, and as a PDF to keep."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.signing import canonical, checksum, noon
from botkyrka_civil.documents import pdf
from botkyrka_civil.documents.views import send_made

from . import report, report_charts, report_gaps


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
    made = send_made(request, content, lambda: _rendered(found, content), name=f"arsrapport-{year}.pdf")
    return made or render(request, "pages/report_limit.html", {"year": year}, status=429)


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


def _rendered(found: report.Report, content: dict[str, Any]) -> bytes:
    """The numbers lie in the file as data too. Its date is the day that the numbers are of."""
    context = {
        **_context(found),
        "submitted_at": noon(found.last_day),
        "sha256": checksum(content),
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
