"""What is done with a meeting, one page for each verb: call, call again, cancel, note who was there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Letter, Refused
from botkyrka_civil.documents import pdf

from ..access import handler_page
from ..attendance import Attendance
from ..meeting_forms import CallForm, CancelMeetingForm
from ..models import Meeting, Notice, Participant
from ..models.states import MeetingState as State
from .workroom import show


def _back(meeting: Meeting) -> HttpResponse:
    return redirect("council:work_meeting", meeting.pk)


# Calling --------------------------------------------------------------------------------------------------------------


@handler_page
def call(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Who gets the letter and what it says; then it is sent, for the first time or anew."""
    if not meeting.editable:
        return _back(meeting)
    again = meeting.state == State.CALLED
    form = _call_form(request, meeting, again)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["seen"] != meeting.notices.count():  # a second click, or somebody else's
            messages.info(request, "Kallelsen är redan skickad.")
            return _back(meeting)
        try:
            _send(meeting, Actor.of(request.user), form)
            messages.success(request, "Den ändrade kallelsen är skickad." if again else "Kallelsen är skickad.")
            return _back(meeting)
        except Refused as error:
            refusal = error
            meeting.refresh_from_db()
    context = {"meeting": meeting, "again": again, "form": form, "refusal": refusal, "has_errors": bool(refusal)}
    failed = refusal or form.errors
    return render(request, "council/workroom/call.html", context | _letter(meeting), status=422 if failed else 200)


def _call_form(request: HttpRequest, meeting: Meeting, again: bool) -> CallForm:
    late = not again and meeting.notice_is_late
    return CallForm(
        request.POST if request.method == "POST" else None, late=late, initial={"seen": meeting.notices.count()}
    )


def _send(meeting: Meeting, by: Actor, form: CallForm) -> None:
    pdf.warm()  # the notice is rendered in the transaction: load what that needs before it
    if meeting.state == State.CALLED:
        meeting.call_again(by=by)
    else:
        meeting.call(by=by, late_reason=form.cleaned_data.get("late_reason", ""))


def _letter(meeting: Meeting) -> dict[str, Any]:
    """The letter as it would be sent now, to whom, and what stands in the way."""
    moved = {person.pk: person for person in meeting.readdressed()}
    known = [moved.get(person.pk, person) for person in meeting.participants.select_related("seat")]
    people = [*(person for person in known if person.still_called), *meeting.newcomers()]
    called = [person for person in people if person.email]
    new = [person for person in called if person.invited_at is None]
    changes = meeting.unsent_changes
    version = meeting.notices.count() + 1
    content = meeting.notice_content(version)
    readers = [*(person for person in called if person.invited_at), *new]
    reader = readers[0] if readers else Participant(meeting=meeting, name="Förnamn Efternamn")
    kind = "notice_changed" if reader.invited_at else "notice"
    notice = Notice(meeting=meeting, version=version, content=content, changes=changes or ["Fler är kallade."])
    subject, body = letters.preview(meeting, kind, {"participant": reader, "body": meeting.body, "notice": notice})
    nothing_new = meeting.state == State.CALLED and not (changes or new)
    missing = [
        ("Dagordningen är tom.", not content["items"]),
        ("Mötets tid har redan passerat.", meeting.has_been),
        ("Ingen av de kallade har en e-postadress.", not called),
        ("Ingenting har ändrats sedan kallelsen gick ut.", nothing_new),
    ]
    return {
        "called": called,
        "without_address": [person for person in people if not person.email],
        "changes": changes,
        "subject": subject,
        "body": body,
        "missing": [text for text, is_missing in missing if is_missing],
    }


@handler_page
def cancel(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Off, for a reason that those who were called may read."""
    if not meeting.may_move("cancel"):
        return _back(meeting)
    form = CancelMeetingForm(request.POST if request.method == "POST" else None)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            meeting.cancel(by=Actor.of(request.user), **form.cleaned_data)
            messages.success(request, "Mötet är inställt.")
            return _back(meeting)
        except Refused as error:
            refusal = error
    context = {
        "meeting": meeting,
        "form": form,
        "told": meeting.participants.called().count(),
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    return render(request, "council/workroom/cancel.html", context, status=422 if refusal or form.errors else 200)


# Afterwards -----------------------------------------------------------------------------------------------------------


@handler_page
def attendance(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Who was there. The first time the meeting is held with it; until the minutes are drawn up it may be corrected."""
    if meeting.state not in (State.CALLED, State.HELD):
        return _back(meeting)
    if not meeting.has_been:
        messages.info(request, "Närvaron antecknas när mötet har börjat.")
        return _back(meeting)
    noted = Attendance(meeting, request.POST if request.method == "POST" else None, secretary=str(request.user))
    refusal: Refused | None = None
    if request.method == "POST" and noted.is_valid():
        try:
            noted.save(by=Actor.of(request.user))
            messages.success(request, "Närvaron är antecknad.")
            return _back(meeting)
        except Refused as error:
            refusal = error
    context = {
        "meeting": meeting,
        "attendance": noted,
        "form": noted.whole,
        "formset": noted.rows,
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    failed = refusal or noted.rows.total_error_count or noted.whole.errors
    return render(request, "council/workroom/attendance.html", context, status=422 if failed else 200)


@handler_page
def resend(request: HttpRequest, meeting: Meeting, letter: int) -> HttpResponse:
    """A letter that did not arrive, once more to the same address."""
    if request.method != "POST":
        return _back(meeting)
    lost = get_object_or_404(Letter.objects.failed(), pk=letter, subject_key=meeting.subject)
    try:
        letters.resend(lost, by=Actor.of(request.user))
    except Refused as refusal:
        return show(request, meeting, refusal=refusal)
    messages.success(request, f"Brevet till {lost.to} skickas igen.")
    return _back(meeting)
