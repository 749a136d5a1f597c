"""A partnership in the admin: the list, the queue, the case with all that belongs to it, and its files."""

from collections.abc import Iterator
from functools import partial, update_wrapper
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from botkyrka_civil.casework import admin_site
from botkyrka_civil.casework.admin_cases import CaseAdmin, ReadOnlyAdmin, add_urls, as_key
from botkyrka_civil.casework.models import Actor, Event
from botkyrka_civil.documents import views as documents
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import swedish
from iop.models import Agreement, Partnership, Party
from iop.models.states import State
from organisations.models import Organisation

from . import case, desk, steering, tasks, terms
from .pages import TaskPage
from .verbs import PAGES

TASKS: dict[str, type[TaskPage]] = {
    page.verb: page
    for page in (
        tasks.AssignPage,
        terms.ChangeTermsPage,
        tasks.AddPartyPage,
        tasks.ChangeContactPage,
        tasks.RemovePartyPage,
        terms.ChangeIndicatorsPage,
        tasks.PublishPage,
        tasks.UnpublishPage,
        steering.FormSteeringGroupPage,
        steering.AddSeatPage,
        steering.EndSeatPage,
        steering.LinkAgendaItemsPage,
    )
}


_SUBJECT = Concat(Value(f"{Partnership._meta.label_lower}:"), Cast(OuterRef("pk"), CharField()))
# The log alone knows the day on which a renegotiation began.
_BEGAN = Subquery(Event.objects.filter(verb="renegotiate", subject=_SUBJECT).order_by("-pk").values("at")[:1])


class StateFilter(admin.ChoicesFieldListFilter):
    """Drafts are the organisation's own until they are sent, and are not shown here."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield from (c for c in super().choices(changelist) if c["display"] != State.DRAFT.label)


@admin.register(Partnership)
class PartnershipAdmin(CaseAdmin, ReadOnlyAdmin):
    pages = PAGES
    list_display = ["title", "state_label", "number", "organisations", "first_day", "last_day", "assigned_to"]
    list_filter = [("state", StateFilter), ("assigned_to", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["registry_entry", "assigned_to"]
    search_fields = ["title"]
    search_help_text = "Sök på partnerskapets namn, diarienummer eller organisation."
    date_hierarchy = "proposed_at"
    view_on_site = False

    # The list --------------------------------------------------------------------------------------------------

    @admin.display(description="läge", ordering="state")
    def state_label(self, partnership: Partnership) -> SafeString:
        context = {"state": partnership.state, "label": partnership.get_state_display()}
        return render_to_string("includes/status.html", context)

    @admin.display(description="diarienummer", ordering="registry_entry__number")
    def number(self, partnership: Partnership) -> str:
        return partnership.number or self.get_empty_value_display()

    @admin.display(description="organisation")
    def organisations(self, partnership: Partnership) -> str:
        return ", ".join(party.name for party in partnership.parties.all() if party.organisation_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partnership]:
        """A draft has not reached the municipality: it is the organisation's own."""
        rows = super().get_queryset(request).received()  # type: ignore[attr-defined]
        return rows.prefetch_related(Prefetch("parties", Party.objects.with_names()))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The titles are compared here: a database knows no å from Å, and partnerships are few."""
        words = search_term.strip()
        if not words:
            return queryset, False
        named = Organisation.objects.search(words).order_by().values("pk")
        theirs = Exists(Party.objects.filter(partnership=OuterRef("pk"), organisation__in=named))
        sought = swedish.fold(words).split()
        titles = [(pk, swedish.fold(title)) for pk, title in Partnership.objects.values_list("pk", "title")]
        titled = [pk for pk, title in titles if all(word in title for word in sought)]
        return queryset.filter(Q(pk__in=titled) | Q(registry_entry__number__icontains=words) | theirs), False

    # The first page of the admin -------------------------------------------------------------------------------

    def queue(self, request: HttpRequest) -> Iterator[admin_site.Row]:
        if not self.has_view_permission(request):
            return
        handles = request.user.has_perm(self.permission("open_dialogue"))
        signed = Prefetch("agreements", Agreement.objects.defer("content").prefetch_related("signatures"))
        rows = Partnership.objects.received().with_work_left().select_related(*self.list_select_related)
        for partnership in rows.annotate(renegotiated_at=_BEGAN).prefetch_related(signed, "follow_ups"):
            step = desk.next_step(partnership)
            if step:
                mine = handles and step.ours and _is_for(partnership, request.user)
                yield self._row(partnership, step, admin_site.MINE if mine else admin_site.OPEN)

    def _row(self, partnership: Partnership, step: desk.Step, section: str) -> admin_site.Row:
        colleague = section == admin_site.OPEN and partnership.assigned_to
        return admin_site.Row(
            title=partnership.title,
            url=self.case_url(partnership),
            since=step.since,
            state=partnership.state,
            label=partnership.get_state_display(),
            number=partnership.number,
            language=partnership.wanted_language,
            note=f"{step.note} Handläggare: {partnership.assigned_to}." if colleague else step.note,
            section=section,
        )

    # The case --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        own = [("<int:pk>/fil/<int:file_pk>/", self.file_view, "file")]
        for name, page in TASKS.items():
            view = update_wrapper(partial(self.task_view, name=name), self.task_view)
            own.append((f"<int:pk>/{name}/" + ("<int:row_pk>/" if page.about_row else ""), view, name))
        return add_urls(self, *own) + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(*self.list_select_related, "steering_group", "translation")
        partnership = get_object_or_404(rows, pk=as_key(object_id))
        conflicts = partnership.conflicts_of_interest(request.user)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": partnership.title,
            "conflicts": conflicts,
            "buttons": self.buttons(request, partnership, conflict=bool(conflicts)),
            "may": {} if conflicts else self._tasks_now(request, partnership),
            "may_read_letters": request.user.has_perm("casework.view_letter"),
            **case.context(partnership),
            **self.trail(partnership),
        }
        return TemplateResponse(request, "admin/iop/partnership/case.html", context)

    def buttons(self, request: HttpRequest, case: Any, *, conflict: bool = False) -> list[dict[str, Any]]:
        """While the agreement is out it can be called back and not decided again; before that the other way round."""
        buttons = super().buttons(request, case, conflict=conflict)
        pointless = "decide" if case.open_agreement else "reopen" if case.state == State.RENEGOTIATION else ""
        return [button for button in buttons if button["verb"] != pointless]

    def _tasks_now(self, request: HttpRequest, partnership: Partnership) -> dict[str, bool]:
        """The tasks that are open to the user now; whether one of the case's rows is for it, the row says."""
        found = {}
        for name, page in TASKS.items():
            if request.user.has_perm(self.permission(page.needs)) and not page.why_not(partnership):
                found[name] = True
        if partnership.assigned_to == request.user:
            found.pop("assign", None)
        return found

    def task_view(self, request: HttpRequest, pk: int, name: str, row_pk: int | None = None) -> HttpResponseBase:
        page = TASKS[name]
        if not request.user.has_perm(self.permission(page.needs)) or not self.has_view_permission(request):
            raise PermissionDenied
        partnership = get_object_or_404(self.get_queryset(request), pk=pk)
        row = get_object_or_404(page.rows(partnership), pk=row_pk) if page.about_row else None
        return page(self, request, partnership, row).respond()

    # Files -----------------------------------------------------------------------------------------------------

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
        """A signed agreement of the case, or its translated decision. Who opened it is logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        partnership = get_object_or_404(self.get_queryset(request), pk=pk)
        agreed = Q(pk__in=partnership.agreements.values("pdf"))
        file = get_object_or_404(File.objects.filter(agreed | Q(pk=partnership.translation_id)), pk=file_pk)
        ours = file.pk != partnership.translation_id  # what others made is only downloaded
        return documents.send_logged(request, partnership, file, by=Actor.of(request.user), inline=ours)


def _is_for(partnership: Partnership, user: Any) -> bool:
    """A new proposal is for all who handle them; then it is its officer's, or anybody's whose officer has left."""
    officer = partnership.assigned_to
    return partnership.state == State.PROPOSED or officer is None or not officer.is_active or officer == user
