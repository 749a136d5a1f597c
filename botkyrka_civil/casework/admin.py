from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from . import letters
from .admin_accounts import UserAdmin
from .admin_cases import ReadOnlyAdmin, add_urls, as_key
from .admin_links import case_link, subject_link
from .admin_registry import RegistryEntryAdmin
from .admin_site import LETTERS, Row
from .models import Actor, Event, Letter, Refused

__all__ = ["EventAdmin", "LetterAdmin", "RegistryEntryAdmin", "UserAdmin"]

HIDDEN = "Texten är dold, eftersom den innehåller en kod eller en länk för inloggning."


class LetterState(admin.SimpleListFilter):
    title = "läge"
    parameter_name = "lage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("failed", "Gick inte att skicka"),
            ("by_post", "Ska postas"),
            ("waiting", "Väntar på att skickas"),
            ("sent", "Skickade och postade"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value() or ""
        if state in ("failed", "by_post", "waiting"):
            return getattr(queryset, state)()
        return queryset.filter(sent_at__isnull=False) if state == "sent" else queryset


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """Letters are read as they are stored: the personal link is a placeholder, and a hidden text stays hidden."""

    list_display = ["subject", "recipient", "state_label", "queued_at", "sent_at"]
    list_filter = [LetterState, "queued_at"]
    search_fields = ["subject", "to"]
    search_help_text = "Sök på rubrik eller e-postadress."
    date_hierarchy = "queued_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        return Letter.objects.ours().order_by("-pk")

    @admin.display(description="till", ordering="to")
    def recipient(self, letter: Letter) -> str:
        return letter.to or "Ingen e-postadress"

    @admin.display(description="läge")
    def state_label(self, letter: Letter) -> str:
        return letter.state

    def get_urls(self) -> list[Any]:
        return add_urls(self, ("<int:pk>/resend/", self.resend_view, "resend")) + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, get_object_or_404(Letter.objects.ours(), pk=as_key(object_id)))

    def _page(self, request: HttpRequest, letter: Letter, refusal: str = "") -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": letter.subject,
            "subtitle": f"Brev {letter.pk}, {letter.to or 'per post'}",
            "letter": letter,
            "body": HIDDEN if letter.confidential else letter.body,
            "case_url": case_link(letter.subject_key),
            "refusal": refusal,
            "can_resend": request.user.has_perm("casework.resend_letter")
            and (letter.failed_at or (not letter.to and not letter.sent_at)),
        }
        return TemplateResponse(request, "admin/casework/letter.html", context)

    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Back in the queue, or, for a letter without an address, noted as posted by hand."""
        if not request.user.has_perm("casework.resend_letter"):
            raise PermissionDenied
        letter = get_object_or_404(Letter.objects.ours(), pk=pk)
        if request.method == "POST":
            try:
                (letters.resend if letter.to else letters.posted)(letter, by=Actor.of(request.user))
            except Refused as refused:
                return self._page(request, letter, str(refused))
            done = "Brevet ligger i kön igen." if letter.to else "Antecknat: brevet är postat."
            messages.success(request, done)
        return redirect("admin:casework_letter_change", pk)

    def queue(self, request: HttpRequest) -> Iterator[Row]:
        if not request.user.has_perm("casework.resend_letter"):
            return
        ours = Letter.objects.ours().defer("body")
        for letter in ours.failed() | ours.by_post():
            yield Row(
                title=letter.subject,
                url=reverse("admin:casework_letter_change", args=[letter.pk]),
                since=letter.queued_at,
                state="failed" if letter.to else "by_post",
                label=letter.state,
                note=letter.to or "Mottagaren har ingen e-postadress",
                section=LETTERS,
            )


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "label", "actor", "subject", "from_state", "to_state"]
    list_filter = ["verb", "at"]
    search_fields = ["subject", "label", "actor", "actor_email", "reason"]
    search_help_text = "Sök på ärende (till exempel agreement.accession:12), person eller händelse."
    date_hierarchy = "at"
    ordering = ["-pk"]
    fields = ["at", "label", "verb", "actor", "actor_email", "case", "from_state", "to_state", "reason", "data"]
    readonly_fields = ["case"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return Event.objects.ours().order_by("-pk")

    @admin.display(description="ärende")
    def case(self, event: Event) -> SafeString | str:
        return subject_link(event.subject)
