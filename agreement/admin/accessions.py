"""An accession in the admin: the list, the case with all its papers, its files, and forms that came on paper."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from agreement.models import Accession, Completion, SigningRound
from agreement.models.states import OPEN, State
from botkyrka_civil.casework import admin_site
from botkyrka_civil.casework.admin_cases import CaseAdmin, ReadOnlyAdmin, add_urls, as_key
from botkyrka_civil.casework.models import Actor, Event
from botkyrka_civil.documents import views as documents
from botkyrka_civil.documents.models import File
from organisations.models import Organisation

from . import paper
from .verbs import PAGES

Purpose = SigningRound.Purpose


class StateFilter(admin.ChoicesFieldListFilter):
    """Drafts are the applicant's own until they are sent, and are not shown here."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield from (c for c in super().choices(changelist) if c["display"] != State.DRAFT.label)


@admin.register(Accession)
class AccessionAdmin(CaseAdmin, ReadOnlyAdmin):
    pages = PAGES
    list_display = ["name", "state_label", "number", "version_label", "method", "received", "assigned_to"]
    list_filter = [("state", StateFilter), "version", "method"]
    list_select_related = ["organisation", "version", "registry_entry", "assigned_to"]
    search_fields = ["registry_entry__number"]
    search_help_text = "Sök på organisationens namn, diarienummer eller organisationsnummer."
    change_list_template = "admin/agreement/accession/change_list.html"

    # The list --------------------------------------------------------------------------------------------------

    @admin.display(description="organisation", ordering="organisation__name")
    def name(self, accession: Accession) -> str:
        return accession.display_name

    @admin.display(description="diarienummer", ordering="registry_entry__number")
    def number(self, accession: Accession) -> str:
        return accession.number or self.get_empty_value_display()

    @admin.display(description="inkom", ordering="submitted_at")
    def received(self, accession: Accession) -> date | None:
        return accession.submitted_at and timezone.localtime(accession.submitted_at).date()

    @admin.display(description="version", ordering="version__label")
    def version_label(self, accession: Accession) -> str:
        return accession.version_label or self.get_empty_value_display()

    @admin.display(description="läge", ordering="state")
    def state_label(self, accession: Accession) -> SafeString:
        context = {"state": accession.state, "label": accession.get_state_display()}
        return render_to_string("includes/status.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Accession]:
        """A form that has not been sent in has not reached the municipality, and is the applicant's own."""
        return super().get_queryset(request).received()  # type: ignore[attr-defined]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        by_name = Organisation.objects.search(search_term).order_by().values("pk")
        number = Q(registry_entry__number__icontains=search_term.strip())
        return queryset.filter(Q(organisation__in=by_name) | number), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        may = request.user.has_perm("agreement.register_paper_accession")
        return super().changelist_view(request, {"may_register_paper": may, **(extra_context or {})})

    # The first page of the admin -------------------------------------------------------------------------------

    def queue(self, request: HttpRequest) -> Iterator[admin_site.Row]:
        if not self.has_view_permission(request):
            return
        rows = Accession.objects.select_related(*self.list_select_related)
        decides = request.user.has_perm("agreement.take_accession")
        mine = list(rows.waiting_for(request.user)) if decides else []
        for accession in mine:
            yield self._row(accession, admin_site.MINE)
        for accession in rows.received().open().exclude(pk__in=[accession.pk for accession in mine]):
            yield self._row(accession, admin_site.OPEN)

    def _row(self, accession: Accession, section: str) -> admin_site.Row:
        late = section == admin_site.MINE and accession.state == State.COMPLETION_REQUESTED
        officer = accession.assigned_to.name if accession.assigned_to else ""
        return admin_site.Row(
            title=accession.display_name,
            url=self.case_url(accession),
            since=accession.submitted_at or accession.created_at,
            state=accession.state,
            label=accession.get_state_display(),
            number=accession.number,
            note="Svaret på kompletteringen har inte kommit i tid" if late else officer,
            language=accession.wanted_language,
            section=section,
        )

    # The case --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        own = [("papper/", self.paper_view, "paper"), ("<int:pk>/fil/<int:file_pk>/", self.file_view, "file")]
        return add_urls(self, *own) + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        related = (*self.list_select_related, "decided_by", "evidence", "translation", "supersedes__version", "source")
        rows = self.get_queryset(request).select_related(*related)
        accession = get_object_or_404(rows, pk=as_key(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": accession.display_name,
            **self._case_context(request, accession),
        }
        return TemplateResponse(request, "admin/agreement/accession/case.html", context)

    def _case_context(self, request: HttpRequest, accession: Accession) -> dict[str, Any]:
        rounds = list(accession.rounds.select_related("form").prefetch_related("signatures"))
        joining = next((r for r in reversed(rounds) if r.purpose == Purpose.JOIN), None)
        leaving = next((r for r in reversed(rounds) if r.purpose == Purpose.LEAVE), None)
        completions = list(accession.completions.select_related("requested_by"))
        conflicts = accession.conflicts_of_interest(request.user)
        trail = self.trail(accession)
        return {
            "case": accession,
            "buttons": self.buttons(request, accession, conflict=bool(conflicts)),
            "conflicts": conflicts,
            "has_open_case": accession.state in OPEN,
            "alike": self._alike(accession, joining),
            "joining": joining,
            "leaving": leaving,
            "earlier_rounds": [r for r in rounds if r not in (joining, leaving)],
            "completions": completions,
            "deadline": _deadline(rounds, completions),
            "has_seen_form": accession.has_seen_form(request.user),
            "later": accession.superseded_by.exclude(state=State.DRAFT).select_related("version").order_by("pk"),
            "may_read_letters": request.user.has_perm("casework.view_letter"),
            "replaced_files": _other_files(accession, rounds, trail["events"]),
            "states": dict(State.choices),
            **trail,
        }

    def buttons(self, request: HttpRequest, case: Any, *, conflict: bool = False) -> list[dict[str, Any]]:
        buttons = super().buttons(request, case, conflict=conflict)
        if case.state == State.UNDER_REVIEW and case.assigned_to == request.user:
            return [button for button in buttons if button["verb"] != "take"]
        return buttons

    def _alike(self, accession: Accession, joining: SigningRound | None) -> list[Organisation]:
        """Only while it is to be decided: afterwards it is history."""
        if accession.state not in OPEN or not joining:
            return []
        facts = joining.content["organisation"]
        found = Organisation.objects.known_to_staff().alike(facts["name"], facts["org_nr"])
        return [organisation for organisation in found if organisation.pk != accession.organisation_id]

    # Files -----------------------------------------------------------------------------------------------------

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
        """A file of the case. Who opened it is logged, and an approval asks for that."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        accession = get_object_or_404(self.get_queryset(request), pk=pk)
        rounds = list(accession.rounds.all())
        if file_pk not in _file_keys(accession, rounds, Event.objects.of(accession)):
            raise Http404
        file = get_object_or_404(File, pk=file_pk)
        inline = _is_our_own(accession, rounds, file)
        return documents.send_logged(request, accession, file, by=Actor.of(request.user), inline=inline)

    # Paper -----------------------------------------------------------------------------------------------------

    def paper_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("agreement.register_paper_accession"):
            raise PermissionDenied
        return paper.respond(self, request)


def _deadline(rounds: list[SigningRound], completions: list[Completion]) -> Any:
    """What is waited for now, and until when."""
    for signing in rounds:
        if signing.outcome == SigningRound.Outcome.OPEN:
            return {"what": "Underskrifterna ska finnas", "when": signing.deadline}
    for completion in completions:
        if completion.closed_at is None:
            return {"what": "Svar på kompletteringen", "when": completion.due}
    return None


def _file_keys(accession: Accession, rounds: list[SigningRound], events: Any) -> set[int]:
    logged = {event.data["file"] for event in events if event.verb.startswith("attach_") and "file" in event.data}
    own = (accession.evidence_id, accession.translation_id, *(signing.form_id for signing in rounds))
    return {key for key in own if key} | logged


def _other_files(accession: Accession, rounds: list[SigningRound], events: Any) -> list[File]:
    """What is not shown elsewhere on the page: replaced evidence, and notices of leaving on paper."""
    shown = {accession.evidence_id, accession.translation_id, *(signing.form_id for signing in rounds)}
    return list(File.objects.filter(pk__in=_file_keys(accession, rounds, events) - shown).order_by("pk"))


def _is_our_own(accession: Accession, rounds: list[SigningRound], file: File) -> bool:
    """Rendered by us, and so fit to open in the browser; what others made is only downloaded."""
    return any(
        signing.form_id == file.pk and (accession.method == Accession.Method.WEB or signing.purpose == Purpose.LEAVE)
        for signing in rounds
    )
