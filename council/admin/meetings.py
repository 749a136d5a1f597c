"""The meetings that the municipality has to do with, to find. The work itself is done in the workroom."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botkyrka_civil.casework import admin_site
from botkyrka_civil.casework.admin_cases import ReadOnlyAdmin, add_urls, as_key
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents import views as documents
from council.models import Body, Meeting, SignOffRound

State = Meeting.State
SIGNED = (State.SIGNED_OFF, State.PUBLISHED)


@admin.register(Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    """The council's, the shared ones, and what Plattformen has handed over: of those only the minutes."""

    list_display = ["day_and_title", "body", "state_label", "number", "minutes_link"]
    list_filter = ["state", ("body", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["body", "registry_entry"]
    search_fields = ["title", "slug", "registry_entry__number"]
    search_help_text = "Sök på rubrik, datum (2026-03-12) eller diarienummer."
    date_hierarchy = "starts_at"
    view_on_site = False

    @admin.display(description="möte", ordering="starts_at")
    def day_and_title(self, meeting: Meeting) -> str:
        return f"{date_format(meeting.day, 'j F Y')}{f': {meeting.title}' if meeting.title else ''}"

    @admin.display(description="läge", ordering="state")
    def state_label(self, meeting: Meeting) -> SafeString:
        return render_to_string("includes/status.html", {"state": meeting.state, "label": meeting.get_state_display()})

    @admin.display(description="diarienummer", ordering="registry_entry__number")
    def number(self, meeting: Meeting) -> str:
        return meeting.registry_entry.number if meeting.registry_entry else self.get_empty_value_display()

    @admin.display(description="protokoll")
    def minutes_link(self, meeting: Meeting) -> SafeString | str:
        if meeting.state not in SIGNED:
            return self.get_empty_value_display()
        url = reverse("admin:council_meeting_minutes", args=[meeting.pk])
        return format_html(
            '<a href="{}">Justerat protokoll<span class="visually-hidden"> för {}</span> (pdf)</a>', url, meeting
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Meeting]:
        return Meeting.objects.ours()

    # One meeting -------------------------------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ["body", "starts_at", "number", "minutes_link"]
        if obj and obj.room:
            return [*facts, "handed_over_at"]
        return [*facts, "title", "ends_at", "place", "state", "audience", "called_at", "cancel_reason", "published_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def get_urls(self) -> list[Any]:
        return add_urls(self, ("<int:pk>/protokoll/", self.minutes_view, "minutes")) + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Who handles the meeting works elsewhere; the others read here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        meeting = get_object_or_404(self.get_queryset(request).select_related("body"), pk=as_key(object_id))
        if not meeting.room and Meeting.objects.handled_by(request.user).contains(meeting):
            return redirect("council:work_meeting", meeting.pk)
        return super().change_view(request, object_id, form_url, extra_context)

    def minutes_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The signed minutes, published or not: they are an official document. Who opened them is logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        meeting = get_object_or_404(self.get_queryset(request).select_related("body", "minutes__pdf"), pk=pk)
        if meeting.state not in SIGNED or not meeting.minutes.pdf:
            raise Http404
        return documents.send_logged(request, meeting, meeting.minutes.pdf, by=Actor.of(request.user), inline=True)

    # The first page of the admin -----------------------------------------------------------------------------------

    def queue(self, request: HttpRequest) -> Iterator[admin_site.Row]:
        ours = Meeting.objects.filter(body__in=Body.objects.ours().handled_by(request.user))
        rows = (ours.unfinished() | ours.to_publish()).select_related("body", "registry_entry")
        for meeting in rows.prefetch_related("minutes__rounds__signatures"):
            mine, note = _next_step(meeting)
            yield admin_site.Row(
                title=f"{meeting.body.name}, {meeting}" if meeting.title else str(meeting),
                url=reverse("council:work_meeting", args=[meeting.pk]),
                since=meeting.starts_at if meeting.has_been else meeting.called_at or meeting.created_at,
                state=meeting.state,
                label=meeting.get_state_display(),
                number=meeting.registry_entry.number if meeting.registry_entry else "",
                note=note,
                section=admin_site.MINE if mine else admin_site.OPEN,
            )


def _next_step(meeting: Meeting) -> tuple[bool, str]:
    """Whether it is the secretary's turn, and what comes next. What is late comes first."""
    if meeting.overdue:
        return True, f"{meeting.overdue} {_signed(meeting)}" if meeting.state == State.DRAWN_UP else meeting.overdue
    if meeting.state == State.PLANNED:
        soon = meeting.notice_due - timezone.localdate()
        return soon.days <= 7, f"Kalla senast den {date_format(meeting.notice_due, 'j F Y')}."
    if meeting.state == State.CALLED:
        return meeting.has_been, "Anteckna närvaron." if meeting.has_been else "Kallelsen har gått ut."
    if meeting.state == State.HELD:
        return True, "Skriv protokollet och skicka det för justering."
    if meeting.state == State.DRAWN_UP:
        return False, _signed(meeting)
    return True, "Publicera protokollet."


def _signed(meeting: Meeting) -> str:
    rounds = [r for r in meeting.minutes.rounds.all() if r.outcome == SignOffRound.Outcome.OPEN]
    if not rounds:
        return "Väntar på justering."
    if any(signature.declined_at for signature in rounds[-1].signatures.all()):
        return "En justerare har invänt mot protokollet."
    return f"Väntar på justering: {rounds[-1].signed_count} av {rounds[-1].required} klara."
