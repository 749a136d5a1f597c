"""A party's own page, by its personal link: what remains of the draft, or where the case stands and what waits."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from botkyrka_civil.casework.models import Refused
from botkyrka_civil.casework.signing import Outcome
from council.names import HiddenNames
from organisations.models import ContactPerson

from .. import steps, todo
from ..links import party_page
from ..models import Partnership, Party
from ..proposal_forms import CancelForm


@party_page
def party(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """The draft's overview, or where the case stands and what the party can do now."""
    if party.partnership.state == Partnership.State.DRAFT:
        proposal = steps.Proposal(party.partnership)
        context = {"party": party, "token": token, "steps": proposal.rows(token), "next_url": proposal.next_url(token)}
        return render(request, "iop/party/draft.html", context)
    return render(request, "iop/party/status.html", _standing(party) | {"token": token})


def _standing(party: Party) -> dict[str, Any]:
    """Everything that the page tells. It reads the same however many parties and years there are."""
    partnership = party.partnership
    latest = partnership.agreements.last()
    signing = latest if latest and latest.outcome == Outcome.OPEN else None
    contacts = HiddenNames().contacts(ContactPerson.Topic.IOP)
    tasks = todo.tasks(party)
    return {
        "party": party,
        "partnership": partnership,
        "parties": partnership.parties.with_names(),
        "tasks": tasks,
        "waiting": [task for task in tasks if not task.done],
        "signing": signing,
        "signing_expired": bool(latest and latest.outcome == Outcome.EXPIRED),
        "own_signatures": signing.signatures.filter(party=party) if signing else [],
        "agreement": partnership.agreement,
        "follow_up": partnership.open_follow_up,
        "decision": partnership.decisions.last(),
        "contributions": partnership.contributions.order_by("party", "year", "pk"),
        "history": todo.history(partnership),
        "officer": partnership.assigned_to,
        "contacts": contacts,
        "may_cancel": partnership.may_move("cancel"),
    }


@party_page
def cancel(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """Give up the idea: a draft goes altogether, a proposal that has been received ends with a reason."""
    partnership = party.partnership
    if partnership.state == Partnership.State.DRAFT:
        return _throw_away(request, party, token)
    if not partnership.may_move("cancel"):
        return redirect("iop:party", token)
    form, refusal = CancelForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            partnership.cancel(by=party.actor, reason=form.cleaned_data["reason"])
            return redirect("iop:party", token)
        except Refused as error:
            refusal = str(error)
    return _cancel_page(request, party, token, form=form, refusal=refusal)


def _throw_away(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    refusal = ""
    if request.method == "POST":
        try:
            party.partnership.dispose(by=party.actor)
            return redirect(f"{reverse('iop:propose')}?slangt")
        except Refused as error:  # sent in from another tab in this very moment
            refusal = str(error)
    return _cancel_page(request, party, token, form=None, refusal=refusal)


def _cancel_page(request: HttpRequest, party: Party, token: str, *, form: Any, refusal: str) -> HttpResponse:
    context = {"party": party, "token": token, "form": form, "refusal": refusal, "has_errors": bool(refusal)}
    failed = bool(form and form.errors)
    return render(request, "iop/party/cancel.html", context, status=409 if refusal else 422 if failed else 200)
