"""What a party writes while the terms are open: its answers, what it puts in, and who signs for it.

Two who write for the same party never overwrite each other: the page says which revision it showed, the verb refuses
an older one, and both texts are shown.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from agreement.forms import MOST_SIGNATORIES, typed_people
from botkyrka_civil.casework.models import Refused
from organisations.models import SigningMode

from .. import balance, facts
from ..contribution_forms import MOST_ROWS, contribution_formset, saved_rows, typed_rows
from ..links import party_page
from ..models import Party
from ..party_forms import BaseForm, CriteriaForm, people_formset


@party_page
def criteria(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """Each criterion, what the party says of it and what the others say."""
    form, refusal = CriteriaForm(request.POST or None, initial=CriteriaForm.initial_of(party)), ""
    if request.method == "POST" and form.is_valid():
        base, answers = form.cleaned_data["base"], form.answers
        refusal = _refused(party, form, lambda: party.answer(by=party.actor, base=base, answers=answers))
        if not refusal:
            return redirect(f"{request.path}?sparat")
    parties = list(party.partnership.parties.with_names().prefetch_related("answers"))
    context = {"form": form, "refusal": refusal, "rows": _criteria(form, party, parties, compare=bool(refusal))}
    return _page(request, party, token, "criteria", context, wrong=bool(form.errors))


def _criteria(form: CriteriaForm, party: Party, parties: list[Party], *, compare: bool) -> list[dict[str, Any]]:
    """A row for each criterion. `compare` shows what is saved where the form says something else."""
    answers = {(answer.party_id, answer.criterion): answer for one in parties for answer in one.answers.all()}
    rows = []
    for criterion in facts.CRITERIA:
        met, why = form.fields_of(criterion)
        mine = answers.get((party.pk, criterion.key))
        others = [(one, answers.get((one.pk, criterion.key))) for one in parties if one != party]
        differs = compare and form.differs_from(mine, criterion)
        rows.append(
            {"criterion": criterion, "met": met, "why": why, "mine": mine, "others": others, "differs": differs}
        )
    return rows


@party_page
def contributions(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """What the party puts in, year by year, below what the others put in and the balance between the sides."""
    partnership, data = party.partnership, request.POST or None
    period = (partnership.first_day, partnership.last_day)
    form, refusal = BaseForm(data, initial={"base": party.revision}), ""
    if data and "add" in data:
        rows = typed_rows(data)
        formset = contribution_formset(period=period, rows=rows, more=len(rows) < MOST_ROWS)
        return _contributions_page(request, party, token, form, formset, adding=True)
    formset = contribution_formset(
        data, period=period, rows=saved_rows(party.contributions.all()), more=0, required=False
    )
    if data and form.is_valid() and formset.is_valid():
        base, typed = form.cleaned_data["base"], formset.contributions
        refusal = _refused(party, form, lambda: party.contribute(by=party.actor, base=base, rows=typed))
        if not refusal:
            return redirect(f"{request.path}?sparat")
    return _contributions_page(request, party, token, form, formset, refusal=refusal)


def _contributions_page(
    request: HttpRequest,
    party: Party,
    token: str,
    form: BaseForm,
    formset: Any,
    *,
    refusal: str = "",
    adding: bool = False,
) -> HttpResponse:
    partnership = party.partnership
    context = {
        "form": form,
        "formset": formset,
        "period": (partnership.first_day, partnership.last_day),
        "refusal": refusal,
        "balance": balance.of(partnership.contributions),
        "adding": adding,
    }
    return _page(request, party, token, "contributions", context, wrong=_has_errors(form, formset))


@party_page
def signatories(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """Who signs for the party: as many as its signing rule says, each with an address of their own."""
    data = request.POST or None
    form, refusal = BaseForm(data, initial={"base": party.revision}), ""
    if data and "add" in data:
        rows = typed_people(data)
        shown = [*rows, {}] if len(rows) < MOST_SIGNATORIES else rows
        return _signatories_page(request, party, token, form, people_formset(None, party, shown=shown), adding=True)
    saved = list(party.signatories.values("name", "role", "email"))
    formset = people_formset(data, party, shown=saved)
    if data and form.is_valid() and formset.is_valid():
        base, people = form.cleaned_data["base"], formset.people
        refusal = _refused(party, form, lambda: party.name_signatories(by=party.actor, base=base, people=people))
        if not refusal:
            return redirect(f"{request.path}?sparat")
    return _signatories_page(request, party, token, form, formset, refusal=refusal)


def _signatories_page(
    request: HttpRequest,
    party: Party,
    token: str,
    form: BaseForm,
    formset: Any,
    *,
    refusal: str = "",
    adding: bool = False,
) -> HttpResponse:
    joining = party.accession.joining if party.organisation_id and party.accession else None
    context = {
        "form": form,
        "formset": formset,
        "refusal": refusal,
        "people": list(party.signatories.all()),
        "needed": party.required_signatures,
        "rule": SigningMode(joining.mode).label if joining else "",
        "adding": adding,
    }
    return _page(request, party, token, "signatories", context, wrong=_has_errors(form, formset))


# What the pages share ------------------------------------------------------------------------------------------------


def _refused(party: Party, form: BaseForm, verb: Callable[[], None]) -> str:
    """Why the verb said no, if it did. The form then stands on what is saved now: the second time it is meant."""
    try:
        verb()
    except Refused as refusal:
        party.refresh_from_db(fields=["revision"])
        form.meant_for(party.revision)
        return str(refusal)
    return ""


def _has_errors(form: BaseForm, formset: Any) -> bool:
    return bool(form.errors) or bool(formset.is_bound and formset.total_error_count())


def _page(
    request: HttpRequest, party: Party, token: str, name: str, context: dict[str, Any], *, wrong: bool
) -> HttpResponse:
    """While the terms are open it is a form; afterwards it is to be read, but what was refused can still be copied."""
    is_open, refusal = party.partnership.terms_are_open, context["refusal"]
    if request.method == "POST" and not is_open and not refusal:  # also when the form itself was wrong
        refusal = f"Det går inte att ändra nu: läget är ”{party.partnership.get_state_display()}”."
    context |= {
        "refusal": refusal,
        "party": party,
        "partnership": party.partnership,
        "token": token,
        "is_open": is_open,
        "writing": is_open or bool(refusal),
        "saved": "sparat" in request.GET,
        "has_errors": bool(refusal),
    }
    status = 409 if refusal else 422 if wrong else 200
    return render(request, f"iop/party/{name}.html", context, status=status)
