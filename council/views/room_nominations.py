"""Nominations to the council: Plattformen proposes and nominates, the municipality appoints."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Event

from .. import elections
from ..access import board_page, deciding_page
from ..models import Body, Nomination, Seat
from ..models.nominations import NominationQuerySet
from ..room_forms import DeclineForm, NominateForm, ProposeForm


def _rows() -> NominationQuerySet:
    return Nomination.objects.select_related("candidate", "organisation", "seat")


@board_page
@require_safe
def nominations(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What Plattformen has to decide, what the municipality has to decide, and what came of it."""
    context = {
        "seat": seat,
        "council": Body.objects.council(),
        "proposed": _rows().to_nominate(),
        "nominated": _rows().to_appoint(),
        "decided": _rows().decided(),
    }
    return render(request, "council/room/nominations.html", context)


@board_page
@require_safe
def nomination(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    found = get_object_or_404(_rows(), pk=pk)
    context = {
        "seat": seat,
        "nomination": found,
        "may_nominate": found.may_move("nominate"),
        "may_decline": found.may_move("decline"),
        "events": Event.objects.of(found).order_by("-pk"),
    }
    return render(request, "council/room/nomination.html", context)


@deciding_page
def propose(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A candidate, known already or new."""
    form = ProposeForm(request.POST or None)

    def act() -> None:
        facts = form.cleaned_data
        with transaction.atomic():
            candidate = facts["candidate"] or elections.person_for(facts["name"], facts["email"])
            Nomination.propose(
                by=Actor.of(request.user), candidate=candidate, organisation=facts["organisation"], role=facts["role"]
            )

    return answer(
        request,
        form,
        act,
        "council/room/propose.html",
        {"seat": seat},
        then=lambda: reverse("council:room_nominations"),
        done="Kandidaten är föreslagen.",
    )


@deciding_page
def nominate(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Plattformen has decided: the municipality is told."""
    found, form = get_object_or_404(_rows(), pk=pk), NominateForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: found.nominate(by=Actor.of(request.user), **form.cleaned_data),
        "council/room/nominate.html",
        {"seat": seat, "nomination": found, "may": found.may_move("nominate")},
        then=lambda: reverse("council:room_nomination", args=[pk]),
        done="Nomineringen är lämnad till kommunen.",
    )


@deciding_page
def decline(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """The candidate does not want to, or the proposal is taken back."""
    found, form = get_object_or_404(_rows(), pk=pk), DeclineForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: found.decline(by=Actor.of(request.user), **form.cleaned_data),
        "council/room/decline.html",
        {"seat": seat, "nomination": found, "may": found.may_move("decline")},
        then=lambda: reverse("council:room_nomination", args=[pk]),
        done="Antecknat: kandidaten är inte längre aktuell.",
    )
