"""The conference in the board's room: planning it, who comes, and what came of it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Letter, record
from botkyrka_civil.lib.sheets import csv_file
from botkyrka_civil.lib.text import safe_cell

from ..access import board_page, deciding_page
from ..conference_forms import CancelForm, ConferenceForm, DocumentationForm, ProposalForm
from ..models import Conference, Proposal, Registration, Seat
from ..models.registrations import LISTED

# The last word of the address, and the verb that its page asks about.
STEPS = {
    "oppna-anmalan": "open_registration",
    "stang-anmalan": "close_registration",
    "oppna-igen": "reopen_registration",
    "genomford": "hold",
    "publicera": "document",
    "stall-in": "cancel",
}


@board_page
@require_safe
def conferences(request: HttpRequest, seat: Seat) -> HttpResponse:
    context = {"seat": seat, "conferences": Conference.objects.visible_to(request.user).order_by("-year")}
    return render(request, "council/conference/room/conferences.html", context)


@board_page
@require_safe
def conference(request: HttpRequest, seat: Seat, year: int) -> HttpResponse:
    """Where it stands, and what can be done now."""
    found = _find(year)
    waiting, unconfirmed = (
        found.registrations.filter(state=state).count()
        for state in (Registration.State.WAITING, Registration.State.UNCONFIRMED)
    )
    context = {
        "seat": seat,
        "conference": found,
        "taken": found.taken,
        "waiting": waiting,
        "unconfirmed": unconfirmed,
        "steps": [step for step, verb in STEPS.items() if found.may_move(verb)],
        "documents": found.documents.visible_to(request.user).latest_first(),
        "proposals": found.proposals.select_related("principle", "action_item"),
    }
    return render(request, "council/conference/room/conference.html", context)


@deciding_page
def plan(request: HttpRequest, seat: Seat) -> HttpResponse:
    form = ConferenceForm(request.POST or None, initial={"year": timezone.localdate().year + 1})
    return answer(
        request,
        form,
        lambda: Conference.plan(by=Actor.of(request.user), **form.facts),
        "council/conference/room/edit.html",
        {},
        then=lambda: reverse("council:room_conference", args=[form.cleaned_data["year"]]),
        done="Konferensen är planerad. Bara styrelsen ser den än så länge.",
    )


@deciding_page
def change(request: HttpRequest, seat: Seat, year: int) -> HttpResponse:
    found = _find(year)
    if request.method != "POST" and not found.can_be_changed:
        return redirect(_page_of(found)())
    form = ConferenceForm(request.POST or None, conference=found, initial=ConferenceForm.initial_of(found))
    return answer(
        request,
        form,
        lambda: _find(year).change(by=Actor.of(request.user), **form.facts),
        "council/conference/room/edit.html",
        {"conference": found},
        then=_page_of(found),
        done="Ändringarna är sparade.",
    )


@deciding_page
def step(request: HttpRequest, seat: Seat, year: int, step: str) -> HttpResponse:
    """A page that says what will happen, with one button."""
    found, verb = _find(year), STEPS.get(step)
    if verb is None:
        raise Http404
    if request.method != "POST" and not found.may_move(verb):
        return redirect(_page_of(found)())
    form = CancelForm(request.POST or None) if verb == "cancel" else None
    attending = found.registrations.attending().count()
    context = {"conference": found, "step": step, "verb": verb, "attending": attending}
    return answer(
        request,
        form,
        lambda: getattr(_find(year), verb)(by=Actor.of(request.user), **(form.cleaned_data if form else {})),
        "council/conference/room/step.html",
        context,
        then=_page_of(found),
        done=f"{Conference.TRANSITIONS[verb].done}.",
    )


# Who comes ----------------------------------------------------------------------------------------------------------


@deciding_page
@require_safe
def registrations(request: HttpRequest, seat: Seat, year: int) -> HttpResponse:
    """Who comes and who waits. What they need is shown when it is asked for, before the conference, and logged."""
    found = _find(year)
    with_needs = _asks_for_needs(request, found)
    if with_needs and request.method == "GET":
        record(found, "read_needs", by=Actor.of(request.user), label="Läste behov av tillgänglighet och kost")
    rows = list(found.registrations.in_order())
    lost = Letter.objects.failed().filter(subject_key__in=[row.subject for row in rows])
    context = {
        "conference": found,
        "groups": [(state.label, [row for row in rows if row.state == state]) for state in LISTED],
        "with_needs": with_needs,
        "may_ask_for_needs": not found.is_over,
        "lost": set(lost.values_list("subject_key", flat=True)),
        "total": len(rows),
    }
    return render(request, "council/conference/room/registrations.html", context)


def _asks_for_needs(request: HttpRequest, found: Conference) -> bool:
    return "behov" in request.GET and not found.is_over


@deciding_page
@require_safe
def export(request: HttpRequest, seat: Seat, year: int) -> HttpResponse:
    """The list as a file that a spreadsheet opens. Who took it is in the log."""
    found = _find(year)
    with_needs = _asks_for_needs(request, found)
    if request.method == "GET":
        record(found, "export", by=Actor.of(request.user), label="Hämtade listan över anmälda", needs=with_needs)
    rows = [["Namn", "E-post", "Organisation", "Läge", "Anmäld", *(["Behov"] if with_needs else [])]]
    for row in found.registrations.in_order():
        asked = timezone.localtime(row.created_at).strftime("%Y-%m-%d %H:%M")
        needs = [row.needs] if with_needs else []
        cells = [row.name, row.email, row.organisation, row.get_state_display(), asked, *needs]
        rows.append([safe_cell(cell) for cell in cells])
    return csv_file(f"dialogkonferens-{year}-anmalda.csv", rows)


@deciding_page
def cancel_registration(request: HttpRequest, seat: Seat, year: int, pk: int) -> HttpResponse:
    """For a guest who calls instead of using the link."""
    found = get_object_or_404(Registration.objects.select_related("conference"), pk=pk, conference__year=year)
    return answer(
        request,
        None,
        lambda: found.cancel(by=Actor.of(request.user)),
        "council/conference/room/cancel_registration.html",
        {"registration": found, "conference": found.conference},
        then=lambda: reverse("council:room_registrations", args=[year]),
        done=f"{found.name} är avanmäld.",
    )


# Afterwards ---------------------------------------------------------------------------------------------------------


@deciding_page
def documentation(request: HttpRequest, seat: Seat, year: int) -> HttpResponse:
    found = _find(year)
    if not found.has_been_held:
        return redirect("council:room_conference", year)
    now = {"text": found.documentation, "documents": found.documents.all()}
    form = DocumentationForm(request.POST or None, conference=found, user=request.user, initial=now)
    return answer(
        request,
        form,
        lambda: found.keep_documentation(
            by=Actor.of(request.user), text=form.cleaned_data["text"], documents=form.cleaned_data.get("documents", [])
        ),
        "council/conference/room/documentation.html",
        {"conference": found},
        then=_page_of(found),
        done="Dokumentationen är sparad.",
    )


@deciding_page
def propose(request: HttpRequest, seat: Seat, year: int) -> HttpResponse:
    found = _find(year)
    if not found.has_been_held:
        return redirect("council:room_conference", year)
    form = ProposalForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: found.propose(by=Actor.of(request.user), **form.cleaned_data),
        "council/conference/room/proposal.html",
        {"conference": found},
        then=_page_of(found),
        done="Förslaget är inskrivet.",
    )


@deciding_page
def proposal(request: HttpRequest, seat: Seat, year: int, pk: int) -> HttpResponse:
    found = _find_proposal(year, pk)
    now = {name: getattr(found, name) for name in ("text", "raised_by", "outcome")}
    now |= {"principle": found.principle_id, "action_item": found.action_item_id}
    form = ProposalForm(request.POST or None, initial=now)
    return answer(
        request,
        form,
        lambda: found.change(by=Actor.of(request.user), **form.cleaned_data),
        "council/conference/room/proposal.html",
        {"conference": found.conference, "proposal": found},
        then=_page_of(found.conference),
        done="Förslaget är sparat.",
    )


@deciding_page
def remove_proposal(request: HttpRequest, seat: Seat, year: int, pk: int) -> HttpResponse:
    found = _find_proposal(year, pk)
    return answer(
        request,
        None,
        lambda: found.remove(by=Actor.of(request.user)),
        "council/conference/room/remove_proposal.html",
        {"conference": found.conference, "proposal": found},
        then=_page_of(found.conference),
        done="Förslaget är borttaget.",
    )


# What the pages share -----------------------------------------------------------------------------------------------


def _find(year: int) -> Conference:
    return get_object_or_404(Conference, year=year)


def _find_proposal(year: int, pk: int) -> Proposal:
    return get_object_or_404(Proposal.objects.select_related("conference"), pk=pk, conference__year=year)


def _page_of(conference: Conference) -> Callable[[], str]:
    return lambda: reverse("council:room_conference", args=[conference.year])
