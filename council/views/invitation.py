"""The notice for the one who is called: read it, take the papers, answer. Opening the link changes nothing."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Refused, record
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.views import send

from .. import calendars, notices
from ..links import invited_page
from ..meeting_forms import AnswerForm
from ..models import Notice, Participant
from ..models.states import MeetingState as State


@invited_page
def invitation(request: HttpRequest, participant: Participant, token: str) -> HttpResponseBase:
    form = AnswerForm(request.POST if request.method == "POST" else None, initial={"answer": participant.answer})
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            participant.reply(**form.cleaned_data)
            return redirect("council:invitation", token)
        except Refused as error:
            refusal = error
            participant.refresh_from_db()
    meeting, notice = participant.meeting, latest_notice(participant)
    answered = participant.answered_at
    context = {
        "participant": participant,
        "meeting": meeting,
        "notice": notice,
        "token": token,
        "form": form,
        "may_answer": meeting.state == State.CALLED and not meeting.has_been,
        "answered_earlier": bool(answered and answered < notice.sent_at),
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    failed = refusal or form.errors
    return render(request, "council/invitation/invitation.html", context, status=422 if failed else 200)


def latest_notice(participant: Participant) -> Notice:
    """What was sent, never what is being changed."""
    return get_object_or_404(participant.meeting.notices.select_related("pdf").order_by("-version")[:1])


@invited_page
@require_safe
def notice(request: HttpRequest, participant: Participant, token: str) -> HttpResponseBase:
    sent = latest_notice(participant)
    _log(request, participant, f"Laddade ner kallelsen, version {sent.version}", file=sent.pdf_id)
    return send(sent.pdf, inline=True)


@invited_page
@require_safe
def calendar(request: HttpRequest, participant: Participant, token: str) -> HttpResponseBase:
    """The meeting as one entry, to put into one's own calendar."""
    meeting = participant.meeting
    method = "CANCEL" if meeting.state == State.CANCELLED else "PUBLISH"
    data = calendars.calendar(meeting.body.name, [notices.entry(meeting)], method=method)
    return calendars.response(request, data, f"{meeting.body.slug}-{meeting.slug}.ics")


@invited_page
@require_safe
def paper(request: HttpRequest, participant: Participant, token: str, pk: int) -> HttpResponseBase:
    """One of the papers that the notice names, and no other document; nor what it has become since the meeting."""
    if participant.meeting.state == State.CANCELLED:
        raise Http404
    named = {paper["id"] for item in latest_notice(participant).content["items"] for paper in item["documents"]}
    file = get_object_or_404(Document, pk=pk).file_at(participant.meeting.ends_at)
    if pk not in named or file is None:
        raise Http404
    _log(request, participant, f"Laddade ner {file.name}", document=pk, file=file.pk)
    return send(file)


def _log(request: HttpRequest, participant: Participant, label: str, **facts: Any) -> None:
    if request.method == "GET":
        record(participant.meeting, "download", by=participant.actor, label=label, **facts)
