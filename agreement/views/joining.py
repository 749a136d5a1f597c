"""Joining: start, the steps of the draft, review, and on to the signatories."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Refused
from botkyrka_civil.documents.views import send_made
from botkyrka_civil.lib import limits
from botkyrka_civil.lib.links import TOO_MANY, send_again
from botkyrka_civil.lib.steps import Step

from .. import pdf, steps
from ..forms import MOST_SIGNATORIES, BeginForm
from ..links import TOO_MANY_FILES, applicant_page, too_many_files
from ..models import Accession, AgreementVersion


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return render(request, "agreement/joining/start.html", {"version": AgreementVersion.objects.in_force()})


@login_not_required
@require_safe
def blank_form(request: HttpRequest) -> HttpResponseBase:
    version = AgreementVersion.objects.in_force()
    if version is None:
        raise Http404
    name = f"anslutningsblankett-{version.label}.pdf"
    made = send_made(request, pdf.blank_content(version), lambda: pdf.blank_form(version), name=name)
    return made or render(request, "agreement/joining/start.html", {"version": version}, status=429)


@never_cache
@login_not_required
def begin(request: HttpRequest) -> HttpResponse:
    """Name and address; the draft opens by the link in the letter, which also proves the address."""
    if AgreementVersion.objects.in_force() is None:
        return redirect("agreement:start")  # which says so
    form = BeginForm(request.POST or None, initial={"request_key": uuid4()})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        if form.is_robot:
            return render(request, "agreement/joining/check_mail.html", {"email": email})
        if limits.too_often(request, "begin", email):
            form.add_error(None, TOO_MANY)
            return render(request, "agreement/joining/begin.html", {"form": form}, status=429)
        facts = {name: form.cleaned_data[name] for name in ("request_key", "name", "email")}
        Accession.begin(**facts, language=form.chosen_language)
        return render(request, "agreement/joining/check_mail.html", {"email": email})
    return render(request, "agreement/joining/begin.html", {"form": form}, status=_status(form))


@never_cache
@login_not_required
def new_link(request: HttpRequest) -> HttpResponse:
    """A new letter with the same link, to those who have something open."""

    def send(email: str) -> None:
        for accession in Accession.objects.with_links_for(email):
            accession.write("new_link")

    form, sent = "agreement/joining/new_link.html", "agreement/joining/check_mail.html"
    return send_again(request, send, action="new-link", form=form, sent=sent)


@applicant_page
def step(request: HttpRequest, accession: Accession, token: str, step: str) -> HttpResponseBase:
    """One question group. Whatever is typed is kept in the draft, also when it is wrong or half done."""
    here = steps.WAY.find(step)
    if here is None:
        raise Http404
    if not accession.is_editable:
        return redirect("agreement:application", token)
    if request.method != "POST":
        rows = request.GET.get("rader", "")
        form = steps.form_for(here, accession, rows=int(rows) if rows.isdecimal() and len(rows) < 3 else 0)
        return _render_step(request, accession, token, here, form)
    try:
        accession.keep(**{here.key: steps.typed(here, request.POST)})
    except Refused as refusal:  # sent from another tab in the same moment
        form = steps.form_for(here, accession, request.POST, request.FILES)
        return _render_step(request, accession, token, here, form, refusal=str(refusal))
    too_many = here.key == "rule" and too_many_files(request, accession)  # counted before the file is opened
    form = steps.form_for(here, accession, request.POST, {} if too_many else request.FILES)
    valid = form.is_valid()
    if too_many:
        form.add_error("evidence", TOO_MANY_FILES)
        valid = False
    elif here.key == "rule" and (upload := form.cleaned_data.get("evidence")):
        accession.attach_evidence(upload)
    if "add" in request.POST and here.key == "signatories":
        return redirect(
            f"{request.path}?rader={min(len(form.forms) + 1, MOST_SIGNATORIES)}#person-{len(form.forms) + 1}"
        )
    if "later" in request.POST:
        return render(request, "agreement/joining/saved.html", {"accession": accession, "token": token})
    if valid:
        return redirect(steps.Application(accession).onward(here, token))
    return _render_step(request, accession, token, here, form)


def _render_step(
    request: HttpRequest, accession: Accession, token: str, here: Step, form: Any, refusal: str = ""
) -> HttpResponse:
    application = steps.Application(accession)
    context = {
        "accession": accession,
        "token": token,
        "step": here,
        "steps": application.rows(token),
        "current": steps.STEPS.index(here) + 1,
        "complete": application.complete,
        "refusal": refusal,
        "formset" if here.key == "signatories" else "form": form,
    }
    template = "signatories" if here.key == "signatories" else "step"
    return render(request, f"agreement/joining/{template}.html", context, status=409 if refusal else _status(form))


@applicant_page
def review(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Everything on one page before it goes to the signatories (WCAG 3.3.4). Sending twice sends once."""
    if accession.state == Accession.State.COMPLETION_REQUESTED:
        return redirect("agreement:answer", token)
    if not accession.is_editable:
        return redirect("agreement:application", token)
    application = steps.Application(accession)
    refusal = ""
    if request.method == "POST" and application.complete:
        try:
            accession.invite(
                by=accession.applicant,
                content=application.content(),
                signatories=application.signatories,
                organisation=application.organisation,
            )
            return redirect("agreement:application", token)
        except Refused as error:
            refusal = str(error)
        except IntegrityError:  # somebody else sent the same organisation in the same moment
            refusal = "Någon annan skickade just in en ansökan för samma organisation. Ladda om sidan."
    if request.method == "POST" and not Accession.objects.get(pk=accession.pk).is_editable:
        return redirect("agreement:application", token)  # a second click: the first one did it
    context = {
        "accession": accession,
        "token": token,
        "application": application,
        "content": application.content() if application.complete else None,
        "signatories": application.signatories,
        "steps": application.rows(token),
        "current": len(steps.STEPS) + 1,
        "refusal": refusal,
        "has_errors": bool(refusal) or request.method == "POST",
        "warning": application.forms["organisation"].warning,
    }
    return render(request, "agreement/joining/review.html", context, status=422 if context["has_errors"] else 200)


def _status(form: Any) -> int:
    """422 for a form that was refused, so that monitors and tests can tell."""
    return 422 if form.is_bound and not form.is_valid() else 200
