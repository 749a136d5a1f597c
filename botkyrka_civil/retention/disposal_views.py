"""The page of disposal in the admin: what would go now, what went, what is kept and why, and the button."""

from itertools import chain
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib.sheets import csv_file
from botkyrka_civil.lib.text import safe_cell

from . import disposal, policy
from .models import DisposalRun

MOST = 20  # neutral names of one rule, and days of the record; the file has them all
HEADINGS = ["Dag", "Register", "Vad som gallrades", "Antal"]


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    shared = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/retention/{template}.html", {**shared, **context})


@permission_required("retention.view_disposalrun", raise_exception=True)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """A dry run: looking disposes of nothing."""
    found = policy.read()
    lines = disposal.dry_run(timezone.now(), found.ruled_here)
    runs = DisposalRun.objects.all()[:MOST]
    return page(
        request,
        "disposal",
        "Gallring",
        policy=found,
        lines=lines,
        total=sum(line.due for line in lines),
        runs=[(run, rows, sum(int(count) for *_, count in rows)) for run in runs if (rows := _told(run))],
        most=MOST,
    )


@permission_required("retention.run_disposal", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def now(request: HttpRequest) -> HttpResponse:
    """Asks first. The clock does the same by itself, every minute."""
    if request.method == "POST":
        taken = disposal.run(by=Actor.of(request.user))
        here = sum(taken[rule.key] for _, rule in policy.read().ruled_here)
        messages.success(request, f"Gallrat: {here}." if here else "Det fanns ingenting att gallra.")
        return redirect("retention:disposal")
    lines = [line for line in disposal.dry_run(timezone.now(), policy.read().ruled_here) if line.due]
    return page(request, "dispose", "Gallra nu", lines=lines, total=sum(line.due for line in lines))


@permission_required("retention.view_disposalrun", raise_exception=True)
@require_safe
def record_csv(request: HttpRequest) -> HttpResponse:
    """The record of disposal, day by day, as a file that a spreadsheet opens."""
    told = (map(safe_cell, [run.day.isoformat(), *row]) for run in DisposalRun.objects.all() for row in _told(run))
    return csv_file(f"gallringsprotokoll-{timezone.localdate()}.csv", chain([HEADINGS], told))


def _told(run: DisposalRun) -> list[tuple[str, str, str]]:
    """What each rule took, in the plan's words and order; a rule that is no longer there keeps its own name, last."""
    found = policy.read()
    rows = [
        (register.what, rule.what.rstrip(","), str(run.counts[rule.key]))
        for register, rule in found.ruled_here
        if rule.key in run.counts
    ]
    known = {rule.key for rule in found.rules}
    return rows + [("", key, str(count)) for key, count in sorted(run.counts.items()) if key not in known]
