"""Proposing a partnership: what it takes, a draft by personal link, its steps, the review, and in."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Refused
from botkyrka_civil.lib import limits
from botkyrka_civil.lib.links import TOO_MANY, send_again
from botkyrka_civil.lib.steps import Step
from council.names import HiddenNames
from organisations.models import ContactPerson

from .. import steps
from ..contribution_forms import MOST_ROWS
from ..links import party_page
from ..models import Partnership, Party
from ..proposal_forms import BeginForm


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """How it goes, what is needed and who may. ?slangt= says that a draft has been thrown away."""
    contacts = HiddenNames().contacts(ContactPerson.Topic.IOP)
    context = {"contacts": contacts, "thrown_away": "slangt" in request.GET}
    return render(request, "iop/propose/start.html", context)


@never_cache
@login_not_required
def begin(request: HttpRequest) -> HttpResponse:
    """Organisation, name and address; the draft opens by the link in the letter, which also proves the address."""
    form = BeginForm(request.POST or None, initial={"request_key": uuid4()})
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("request_key", "organisation", "name", "email")}
        facts["language"] = form.chosen_language
        if not form.is_robot and limits.too_often(request, "propose", facts["email"].lower()):
            form.add_error(None, TOO_MANY)
            return render(request, "iop/propose/begin.html", {"form": form}, status=429)
        try:
            if not form.is_robot:
                Partnership.begin(**facts)
            return render(request, "iop/propose/check_mail.html", {"email": facts["email"].lower()})
        except Refused as refusal:  # it left the agreement in this very moment
            form.add_error("organisation", str(refusal))
    return render(request, "iop/propose/begin.html", {"form": form}, status=_status(form))


@never_cache
@login_not_required
def new_link(request: HttpRequest) -> HttpResponse:
    """A new letter with the same link, to those who have something open."""

    def send(email: str) -> None:
        for partnership in Partnership.objects.with_links_for(email):
            for party in partnership.parties.with_names().filter(email=email):
                party.write("new_link")

    form, sent = "iop/propose/new_link.html", "iop/propose/check_mail.html"
    return send_again(request, send, action="iop-new-link", form=form, sent=sent)


@party_page
def step(request: HttpRequest, party: Party, token: str, step: str) -> HttpResponseBase:
    """One question group. Whatever is typed is kept in the draft, also when it is wrong or half done."""
    here, partnership = steps.WAY.find(step), party.partnership
    if here is None:
        raise Http404
    if partnership.state != Partnership.State.DRAFT:
        return redirect("iop:party", token)
    if request.method != "POST":
        more = int("en-till" in request.GET)
        return _render_step(request, party, token, here, steps.form_for(here, partnership, more=more))
    try:
        partnership.keep(**{here.key: steps.typed(here, request.POST)})
    except Refused as refusal:  # sent from another tab in the same moment
        form = steps.form_for(here, partnership, request.POST)
        return _render_step(request, party, token, here, form, refusal=str(refusal))
    if "add" in request.POST:
        rows = min(len(partnership.draft.get(here.key) or ()) + 1, MOST_ROWS)
        return redirect(f"{request.path}?en-till#insats-{rows}")
    if "later" in request.POST:
        return render(request, "iop/propose/saved.html", {"party": party, "token": token})
    form = steps.form_for(here, partnership, request.POST)
    if form.is_valid():
        return redirect(steps.Proposal(partnership).onward(here, token))
    return _render_step(request, party, token, here, form)


def _render_step(
    request: HttpRequest, party: Party, token: str, here: Step, form: Any, refusal: str = ""
) -> HttpResponse:
    proposal = steps.Proposal(party.partnership)
    is_rows = here.key == "contributions"
    context = {
        "party": party,
        "token": token,
        "step": here,
        "steps": proposal.rows(token),
        "current": steps.STEPS.index(here) + 1,
        "complete": proposal.complete,
        "period": steps.period_of(party.partnership),
        "refusal": refusal,
        "has_errors": bool(refusal),
        "formset" if is_rows else "form": form,
    }
    template = "contributions" if is_rows else "step"
    return render(request, f"iop/propose/{template}.html", context, status=409 if refusal else _status(form))


@party_page
def review(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """Everything on one page before it goes to the municipality (WCAG 3.3.4). Sending twice sends once."""
    partnership = party.partnership
    if partnership.state != Partnership.State.DRAFT:
        return redirect("iop:party", token)
    proposal = steps.Proposal(partnership)
    refusal = ""
    if request.method == "POST" and proposal.complete:
        try:
            partnership.propose(by=party.actor, facts=proposal.facts, contributions=proposal.contributions)
            return redirect("iop:party", token)
        except Refused as error:
            refusal = str(error)
        if Partnership.objects.received().filter(pk=partnership.pk).exists():  # a second click: the first one did it
            return redirect("iop:party", token)
    context = {
        "party": party,
        "token": token,
        "proposal": proposal,
        "facts": proposal.facts if proposal.complete else None,
        "steps": proposal.rows(token),
        "current": len(steps.STEPS) + 1,
        "refusal": refusal,
        "has_errors": bool(refusal) or request.method == "POST",
    }
    return render(request, "iop/propose/review.html", context, status=422 if context["has_errors"] else 200)


def _status(form: Any) -> int:
    """422 for a form that was refused, so that monitors and tests can tell."""
    return 422 if form.is_bound and not form.is_valid() else 200
