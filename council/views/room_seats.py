"""The board itself: who sits in it, a newly elected one, and seats that end."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Refused

from .. import elections
from ..access import board_page, deciding_page
from ..models import Seat
from ..room_forms import BaseSeatFormSet, EndForm, PersonForm, TermForm, seat_formset, with_more_rows

EMPTY_ROWS = 5
# Where a rule's sentence goes when the field that it is about is not on the row.
PLACES = {"person": "name", "last_day": None, "first_day": None}


@board_page
@require_safe
def board(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who sits today, who comes next, and who sat before, term by term."""
    today = timezone.localdate()
    rows = Seat.objects.select_related("person", "organisation", "body").in_order()
    context = {
        "seat": seat,
        "seats": rows.on_board().held_on(today),
        "coming": rows.on_board().begins_after(today),
        "terms": seat.body.terms.prefetch_related(Prefetch("seats", rows)),
        "today": today,
    }
    return render(request, "council/room/board.html", context)


@deciding_page
def elect(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A newly elected board, all of it in one form. More rows may be asked for; nothing typed is lost."""
    if "add" in request.POST:
        return _ask(request, seat, *with_more_rows(request.POST))
    if request.method != "POST":
        return _ask(request, seat, TermForm(), seat_formset(initial=[{} for _ in range(EMPTY_ROWS)]))
    form, formset = TermForm(request.POST), seat_formset(request.POST)
    refusal = ""
    if form.is_valid() & formset.is_valid():  # both, so that all errors are told at once
        try:
            people = formset.people
            elections.elect(by=Actor.of(request.user), body=seat.body, people=people, **form.cleaned_data)
            return _registered(request)
        except elections.RefusedPerson as refused:
            _tell(form, formset, refused)
        except Refused as refused:
            refusal = str(refused)
    return _ask(request, seat, form, formset, refusal=refusal, status=422)


def _tell(form: TermForm, formset: BaseSeatFormSet, refused: elections.RefusedPerson) -> None:
    """The rule's sentence at the field of the row that it is about."""
    row = formset.forms[formset.filled[refused.row]]
    field = PLACES.get(refused.field, refused.field)
    if field in row.fields:
        row.add_error(field, str(refused))
    else:
        form.add_error("last_day", str(refused))


def _ask(
    request: HttpRequest, seat: Seat, form: TermForm, formset: BaseSeatFormSet, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {"seat": seat, "form": form, "formset": formset, "refusal": refusal, "has_errors": bool(refusal)}
    return render(request, "council/room/elect.html", context, status=status)


def _registered(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Den nya styrelsen är registrerad. De som är nya har fått ett brev.")
    return redirect(_after(request))


@deciding_page
def end(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Somebody leaves the board before the term is over."""
    ending = _find(pk)
    form = EndForm(request.POST or None, seat=ending, initial={"last_day": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: ending.end(by=Actor.of(request.user), **form.cleaned_data),
        "council/room/end.html",
        {"seat": seat, "ending": ending},
        then=lambda: _after(request),
        done=f"Uppdraget för {ending.person} avslutas.",
    )


@deciding_page
def person(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """A wrong or a new address: the way into the room goes with it."""
    found = _find(pk)
    now: dict[str, Any] = {"name": found.person.name, "email": found.person.email}
    form = PersonForm(request.POST or None, initial=now)
    return answer(
        request,
        form,
        lambda: elections.correct_person(found, by=Actor.of(request.user), **form.cleaned_data),
        "council/room/person.html",
        {"seat": seat, "found": found, "person": now["name"]},
        then=lambda: _after(request),
        done="Uppgifterna är sparade.",
    )


def _find(pk: int) -> Seat:
    """A seat that is held, or will be."""
    seats = Seat.objects.on_board().overlapping(timezone.localdate(), None)
    return get_object_or_404(seats.select_related("person", "organisation", "body"), pk=pk)


def _after(request: HttpRequest) -> str:
    """The board's page, or, for who has just left it, one's account."""
    still_here = Seat.objects.in_room(request.user).exists()
    return reverse("council:room_board" if still_here else "accounts:home")
