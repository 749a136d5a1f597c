"""Plattformen's members, and the applications that the board decides."""

from collections.abc import Iterator
from copy import copy
from itertools import chain
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agreement.models import Accession
from botkyrka_civil.casework.admin_cases import VerbPage
from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Event, record
from botkyrka_civil.lib.sheets import csv_file
from botkyrka_civil.lib.text import safe_cell

from ..access import board_page, deciding_page
from ..models import Membership, Seat
from ..room_forms import AcceptForm, ContactForm, EnterForm, ExcludeForm, RejectForm

HEADINGS = [
    "Organisation",
    "Organisationsnummer",
    "Kontaktperson",
    "E-post",
    "Medlem sedan",
    "Styrelsens beslut",
    "Ansluten till Överenskommelsen",
]


@board_page
@require_safe
def members(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who is a member today, whom to write to, and whom the board must look at."""
    rows = Membership.objects.active().by_name()
    flagged = list(Membership.objects.flagged().by_name())
    context = {
        "seat": seat,
        "members": rows,
        "flagged": list(zip(flagged, _why_flagged(flagged), strict=True)),
        "flagged_keys": {membership.pk for membership in flagged},
    }
    return render(request, "council/room/members.html", context)


def _why_flagged(memberships: list[Membership]) -> list[Accession | None]:
    """How each one's latest accession ended; None if nothing is known of it."""
    organisations = [membership.organisation_id for membership in memberships]
    ended = Accession.objects.filter(organisation__in=organisations, ended_on__isnull=False).order_by("ended_on")
    latest = {accession.organisation_id: accession for accession in ended}
    return [latest.get(organisation) for organisation in organisations]


@board_page
@require_safe
def export(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The members as a file that a spreadsheet opens. Who took it is in the log."""
    if request.method == "GET":
        record(seat.body, "export", by=Actor.of(request.user), label="Hämtade medlemslistan")
    flagged = set(Membership.objects.flagged().values_list("pk", flat=True))
    rows = [_cells(row, joined=row.pk not in flagged) for row in Membership.objects.active().by_name()]
    told = ([safe_cell(cell) for cell in row] for row in rows)
    return csv_file(f"plattformens-medlemmar-{timezone.localdate()}.csv", chain([HEADINGS], told))


def _cells(membership: Membership, *, joined: bool) -> list[str]:
    organisation = membership.organisation
    since = timezone.localtime(membership.decided_at).date().isoformat() if membership.decided_at else ""
    contact = [membership.contact_name, membership.contact_email]
    number = organisation.org_nr or ""
    return [organisation.name, number, *contact, since, membership.decision_note, "ja" if joined else "nej"]


@board_page
@require_safe
def applications(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Those that wait, the oldest first, and what became of earlier ones."""
    rows = Membership.objects.select_related("organisation")
    context = {"seat": seat, "waiting": rows.to_decide(), "earlier": rows.closed()}
    return render(request, "council/room/applications.html", context)


@board_page
@require_safe
def member(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """One membership: who asks, why, what has happened, and what the board can do."""
    membership = _find(pk)
    context = {
        "seat": seat,
        "membership": membership,
        "conflict": membership.conflict_of_interest(seat),
        "steps": [(step, d.title, d.danger) for step, d in STEPS.items() if membership.may_move(d.verb)],
        "events": Event.objects.of(membership).order_by("-pk"),
    }
    return render(request, "council/room/member.html", context)


def _find(pk: int) -> Membership:
    return get_object_or_404(Membership.objects.received().select_related("organisation"), pk=pk)


# Deciding -----------------------------------------------------------------------------------------------------------


class _Memberships:
    """Where a decision's page finds its case again, and where it goes when it is done."""

    @staticmethod
    def get_queryset(request: HttpRequest) -> Any:
        return Membership.objects.received().select_related("organisation")

    @staticmethod
    def case_url(membership: Membership) -> str:
        return reverse("council:room_member", args=[membership.pk])


class Decision(VerbPage):
    """First the decision, then the letter, which may be edited. Closed to the applicant's own people (jäv)."""

    def __init__(self, request: HttpRequest, seat: Seat, membership: Membership) -> None:
        self.seat = seat
        super().__init__(_Memberships, request, membership)

    def respond(self) -> HttpResponseBase:
        if conflict := self.case.conflict_of_interest(self.seat):
            self.refusal = conflict
            return self.render("closed")
        return super().respond()

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        """The membership as it will be, since the letter tells of the decision."""
        membership = copy(self.case)
        membership.decision_note, membership.reason = data.get("decision_note", ""), data.get("reason", "")
        membership.decided_at = membership.decided_at or timezone.now()
        return {"membership": membership, "reason": membership.reason}

    def perform(self, data: dict[str, Any], letter: str) -> None:
        getattr(self.case, self.verb)(by=self.by, seat=self.seat, letter=letter, **data)

    def recipient(self) -> str:
        return f"{self.case.contact_name} får ett brev på {self.case.contact_email}. Du läser det innan det går."

    def render(self, step: str, *, kept: Any = None, **context: Any) -> HttpResponse:
        bound = context.get("letter_form") or self.form
        failed = bool(self.refusal or (step != "closed" and bound.errors))
        context |= {
            "page": self,
            "membership": self.case,
            "step": step,
            "form": self.form,
            "shown_form": bound,
            "has_errors": failed,
            "kept": {name: kept[name] for name in ("letter", "composed") if kept and kept.get(name)},
        }
        status = 422 if failed and self.request.method == "POST" else 200
        return render(self.request, "council/room/decide.html", context, status=status)


class Accept(Decision):
    verb = "accept"
    title = "Anta som medlem"
    form_class = AcceptForm
    letter = "membership_accepted"

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.organisation} är medlem i Plattformen från och med i dag och syns bland medlemmarna."
        yield self.recipient()

    def warnings(self) -> Iterator[str]:
        if not self.case.is_joined:
            yield "Organisationen är inte längre ansluten till Överenskommelsen, och kan därför inte bli medlem."
        elif not self.case.knows_contact:
            yield (
                f"Organisationen har inte själv uppgett adressen {self.case.contact_email} när den anslöt sig. "
                "Kontrollera att det är rätt person som ansöker."
            )


class Reject(Decision):
    verb = "reject"
    title = "Avslå ansökan"
    form_class = RejectForm
    letter = "membership_rejected"
    danger = True

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.organisation} blir inte medlem. Anslutningen till Överenskommelsen påverkas inte."
        yield self.recipient()


class Exclude(Decision):
    verb = "exclude"
    title = "Uteslut medlemmen"
    form_class = ExcludeForm
    letter = "membership_excluded"
    danger = True

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.organisation} är inte längre medlem i Plattformen. Det gäller från och med i dag."
        yield "Anslutningen till Överenskommelsen påverkas inte."
        yield self.recipient()


# The last word of the address, and the decision that its page asks about.
STEPS: dict[str, type[Decision]] = {"anta": Accept, "avsla": Reject, "uteslut": Exclude}


@deciding_page
def decide(request: HttpRequest, seat: Seat, pk: int, step: str) -> HttpResponseBase:
    if step not in STEPS:
        raise Http404
    return STEPS[step](request, seat, _find(pk)).respond()


@deciding_page
def enter(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A member that came in on paper, or before the portal."""
    form = EnterForm(request.POST or None, seat=seat)
    return answer(
        request,
        form,
        lambda: Membership.enter(by=Actor.of(request.user), seat=seat, **form.cleaned_data),
        "council/room/enter.html",
        {"seat": seat},
        then=lambda: reverse("council:room_members"),
        done="Medlemmen är tillagd.",
    )


@deciding_page
def contact(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Another contact person, or another address: the personal link goes with it."""
    membership = _find(pk)
    now = {"name": membership.contact_name, "email": membership.contact_email}
    form = ContactForm(request.POST or None, initial=now)
    return answer(
        request,
        form,
        lambda: membership.change_contact(by=Actor.of(request.user), **form.cleaned_data),
        "council/room/contact.html",
        {"seat": seat, "membership": membership},
        then=lambda: reverse("council:room_member", args=[pk]),
        done="Uppgifterna är sparade.",
    )
