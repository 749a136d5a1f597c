"""Following up: a party writes its part, reads all of it, and approves."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from botkyrka_civil.casework.models import Refused

from .. import results
from ..links import party_page
from ..models import FollowUp, Partnership, Party
from ..models.states import State
from ..party_forms import Counted, FollowUpForm, looks_personal


def _open(party: Party) -> FollowUp | None:
    """What the party writes in now: nothing for one that was asked to join and never signed."""
    if not party.is_bound:
        return None
    return party.partnership.follow_ups.open().prefetch_related("texts", "values").first()


def _counted(follow_up: FollowUp) -> dict[int, Counted]:
    return {value.indicator_id: (value.value, value.note) for value in follow_up.values.all()}


# Writing -------------------------------------------------------------------------------------------------------------


@party_page
def write(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """The party's own text and what is counted; or, when nothing is to be written, when the next time comes."""
    follow_up = _open(party)
    if follow_up is None:
        return _nothing_open(request, party, token)
    form = _form(request, party, follow_up)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            _save(follow_up, party, form)
            return (
                redirect("iop:party_approve", token)
                if "approve" in request.POST
                else redirect(f"{request.path}?sparat")
            )
        except Refused as error:
            refusal = str(error)
            follow_up = _open(party)
            if follow_up is None:  # approved by all, or closed, in this very moment
                return _nothing_open(request, party, token)
            mine = follow_up.text_of(party)
            form.meant_for(mine.revision if mine else 0)
            form.compared_with(_counted(follow_up))
    return _write_page(request, party, token, follow_up, form, refusal)


def _form(request: HttpRequest, party: Party, follow_up: FollowUp) -> FollowUpForm:
    mine = follow_up.text_of(party)
    base, text = (mine.revision, mine.text) if mine else (0, "")
    initial = FollowUpForm.initial_of(base, text, _counted(follow_up))
    rows = list(party.partnership.indicators.all())
    return FollowUpForm(request.POST or None, initial=initial, indicators=rows)


def _save(follow_up: FollowUp, party: Party, form: FollowUpForm) -> None:
    """The text is the party's own; what is counted is shared, so what others have counted meanwhile is not undone."""
    with transaction.atomic():
        Partnership.objects.select_for_update().get(pk=party.partnership_id)  # the parties in line, as in the verb
        now = _counted(FollowUp.objects.prefetch_related("values").get(pk=follow_up.pk))
        if others := form.counted_by_others(now):
            names = " och ".join(f"”{one.name}”" for one in others)
            raise Refused(f"Någon annan har fyllt i {names} sedan du öppnade sidan. Jämför, och spara igen.")
        base, text = form.cleaned_data["base"], form.cleaned_data["text"]
        follow_up.write(party, by=party.actor, text=text, base=base, values=form.changed)


def _write_page(
    request: HttpRequest, party: Party, token: str, follow_up: FollowUp, form: FollowUpForm, refusal: str
) -> HttpResponse:
    partnership = party.partnership
    earlier = results.measures(partnership.follow_ups.approved())
    charts = {(measure.chart.title, measure.chart.unit): measure.chart for measure in earlier}
    counted, personal = _counted(follow_up), form.looks_personal
    context = _standing(party, follow_up) | {
        "form": form,
        "refusal": refusal,
        "has_errors": bool(refusal),
        "personal": personal.get("text", ""),
        "saved": "sparat" in request.GET,
        "rows": [
            {
                "value": value,
                "note": note,
                "chart": charts.get((one.name, one.unit)),
                "personal": personal.get(note.name, ""),
                "now": counted.get(one.pk) if refusal and form.differs_from(counted, one) else None,
            }
            for one, value, note in form.rows
        ],
        "token": token,
    }
    return render(request, "iop/party/follow_up.html", context, status=409 if refusal else 422 if form.errors else 200)


def _standing(party: Party, follow_up: FollowUp) -> dict[str, Any]:
    """Who has written and who has approved."""
    parties = list(party.partnership.parties.with_names().bound())
    texts = {text.party_id: text for text in follow_up.texts.all()}
    silent = [one for one in parties if one.pk not in texts or not texts[one.pk].text.strip()]
    waiting = [one for one in parties if one.pk not in texts or not texts[one.pk].approved_at]
    return {
        "party": party,
        "partnership": party.partnership,
        "follow_up": follow_up,
        "mine": texts.get(party.pk),
        "others": [(one, texts.get(one.pk)) for one in parties if one != party],
        "silent": silent,
        "waiting": [one for one in waiting if one != party],
        "approved": party not in waiting,
        "is_final": follow_up.kind == FollowUp.Kind.FINAL,
    }


# Approving -----------------------------------------------------------------------------------------------------------


@party_page
def approve(request: HttpRequest, party: Party, token: str) -> HttpResponseBase:
    """Everything on one page before the party stands by it (WCAG 3.3.4). What was changed meanwhile is read anew."""
    follow_up = _open(party)
    if follow_up is None:
        return redirect("iop:party_follow_up", token)
    refusal = ""
    mine = follow_up.text_of(party)
    if request.method == "POST" and not (mine and mine.approved_at):
        seen = request.POST.get("base", "")
        try:
            base = int(seen) if seen.isdecimal() and len(seen) < 10 else -1
            follow_up.approve(party, by=party.actor, base=base)
        except Refused as error:
            refusal = str(error)
            follow_up = _open(party)
    if follow_up is None or request.method == "POST" and not refusal:
        return redirect("iop:party_follow_up", token)
    content = follow_up.draft_content()
    context = _standing(party, follow_up) | {
        "content": content,
        "personal": looks_personal("\n".join(_written(content))),
        "token": token,
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    return render(request, "iop/party/approve.html", context, status=409 if refusal else 200)


def _written(content: dict[str, Any]) -> list[str]:
    return [row["text"] for row in content["texts"]] + [row["note"] for row in content["indicators"]]


# Nothing to write ----------------------------------------------------------------------------------------------------


def _nothing_open(request: HttpRequest, party: Party, token: str) -> HttpResponse:
    """When the next follow-up comes, and the earlier ones to read. What somebody just wrote can be copied."""
    partnership = party.partnership
    partnership.refresh_from_db()
    earlier = list(partnership.follow_ups.approved().order_by("last_day", "pk"))
    wrote = request.POST.get("text", "") if request.method == "POST" else ""
    context = {
        "party": party,
        "partnership": partnership,
        "token": token,
        "next": _next(partnership),
        "earlier": [(one, one.content) for one in reversed(earlier)],
        "measures": results.measures(earlier),
        "wrote": wrote,
        "refusal": "Uppföljningen är avslutad. Det går inte längre att skriva i den."
        if request.method == "POST"
        else "",
    }
    return render(request, "iop/party/follow_up_none.html", context, status=409 if context["refusal"] else 200)


def _next(partnership: Partnership) -> date | None:
    """The day when the next one begins by itself: soon a year after the last, or after the last day of the period."""
    since, last = partnership.followed_up, partnership.last_day
    if partnership.state not in (State.SIGNED, State.ACTIVE) or since is None or last is None:
        return None
    return min(since + settings.IOP_FOLLOW_UP_PERIOD - settings.IOP_FOLLOW_UP_NOTICE, last)
