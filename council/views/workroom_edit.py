"""Planning a meeting: its facts and its agenda on one page, and its papers."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from botkyrka_civil.casework.models import Actor, Refused

from .. import agenda, plan_paper
from ..access import handler_page
from ..meeting_forms import ChoosePaperForm, MeetingForm, UploadPaperForm, agenda_rows, as_typed
from ..models import Body, Meeting
from .workroom import bodies_of, show

CHANGED_MEANWHILE = (
    "Någon annan ändrade mötet medan du skrev. Det du har skrivit står kvar här. Jämför med mötets sida, och spara en "
    "gång till om ditt ska gälla."
)


@never_cache
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """A new meeting, proposed like the last one."""
    body = get_object_or_404(bodies_of(request.user), slug=slug)
    return _edit(request, body, None)


@handler_page
def edit(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    if not meeting.editable:
        messages.info(request, "Mötet är genomfört eller inställt, och går inte att ändra.")
        return redirect("council:work_meeting", meeting.pk)
    return _edit(request, meeting.body, meeting)


def _edit(request: HttpRequest, body: Body, meeting: Meeting | None) -> HttpResponse:
    refusal: Refused | None = None
    if request.method != "POST":
        initial = MeetingForm.initial_of(meeting) if meeting else MeetingForm.proposal(body)
        form = MeetingForm(initial=initial, body=body, meeting=meeting)
        return _page(request, body, meeting, form, agenda_rows(body, meeting))
    form = MeetingForm(request.POST, body=body, meeting=meeting)
    if "more" in request.POST:
        unjudged = MeetingForm(initial=as_typed(form), body=body, meeting=meeting)
        return _page(request, body, meeting, unjudged, agenda_rows(body, meeting, request.POST, more=True))
    rows = agenda_rows(body, meeting, request.POST)
    if form.is_valid() & rows.is_valid():
        try:
            saved = _save(request, body, meeting, form, rows)
            _warn(request, saved)
            return redirect("council:work_meeting", saved.pk)
        except Refused as error:
            refusal = error
            if meeting:  # the second time it is meant
                meeting.refresh_from_db()
                form.data = request.POST.copy()
                form.data["seen"] = meeting.modified_at.isoformat()
    return _page(request, body, meeting, form, rows, refusal=refusal)


def _save(request: HttpRequest, body: Body, meeting: Meeting | None, form: MeetingForm, rows: Any) -> Meeting:
    """The facts and the agenda together, or neither."""
    by = Actor.of(request.user)
    with transaction.atomic():
        row = Meeting.objects.select_for_update().get(pk=meeting.pk) if meeting else Meeting(body=body)
        if meeting and form.cleaned_data["seen"] != row.modified_at.isoformat():
            raise Refused(CHANGED_MEANWHILE)
        for name, value in form.facts.items():
            setattr(row, name, value)
        if meeting:
            row.change(by=by)
        else:
            row.plan(by=by)
        agenda.keep(row, rows.rows, removed=rows.removed)
    return row


def _warn(request: HttpRequest, meeting: Meeting) -> None:
    if meeting.has_been:
        messages.warning(request, "Sparat. Men dagen har redan varit, så det går inte att kalla till mötet.")
    else:
        messages.success(request, "Sparat.")


def _page(
    request: HttpRequest,
    body: Body,
    meeting: Meeting | None,
    form: MeetingForm,
    rows: Any,
    *,
    refusal: Refused | None = None,
) -> HttpResponse:
    context = {
        "body": body,
        "meeting": meeting,
        "form": form,
        "formset": rows,
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    failed = refusal or form.errors or (rows.is_bound and rows.total_error_count())
    return render(request, "council/workroom/edit.html", context, status=422 if failed else 200)


# Papers ---------------------------------------------------------------------------------------------------------------


@handler_page
def upload_paper(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """A form of its own, so that a refused agenda never loses a file."""
    if request.method != "POST":
        return redirect("council:work_meeting", meeting.pk)
    form = UploadPaperForm(request.POST, request.FILES, meeting=meeting)
    if not form.is_valid():
        return show(request, meeting, upload_form=form)
    try:
        agenda.upload_paper(meeting, by=Actor.of(request.user), **form.cleaned_data)
    except Refused as refusal:
        return show(request, meeting, refusal=refusal)
    return _to_papers(request, meeting, "Handlingen är uppladdad.")


@handler_page
def choose_paper(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    if request.method != "POST":
        return redirect("council:work_meeting", meeting.pk)
    form = ChoosePaperForm(request.POST, meeting=meeting, user=request.user, prefix="valj")
    if not form.is_valid():
        return show(request, meeting, choose_form=form)
    try:
        agenda.choose_paper(meeting, by=Actor.of(request.user), **form.cleaned_data)
    except Refused as refusal:
        return show(request, meeting, refusal=refusal)
    return _to_papers(request, meeting, "Handlingen är tillagd.")


@handler_page
def follow_up_plan(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """One click: where the action plan stands, as a paper under an item of its own. It is the council's task alone."""
    if meeting.body.kind != Body.Kind.COUNCIL:
        raise Http404
    if request.method != "POST":
        return redirect("council:work_meeting", meeting.pk)
    try:
        document = plan_paper.add(meeting, by=Actor.of(request.user))
    except Refused as refusal:
        return show(request, meeting, refusal=refusal)
    return _to_papers(request, meeting, f"”{document.title}” ligger nu på dagordningen.")


@handler_page
def remove_paper(request: HttpRequest, meeting: Meeting, item: int, document: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("council:work_meeting", meeting.pk)
    row = get_object_or_404(meeting.items, pk=item)
    paper = get_object_or_404(row.documents, pk=document)
    try:
        agenda.remove_paper(meeting, by=Actor.of(request.user), item=row, document=paper)
    except Refused as refusal:
        return show(request, meeting, refusal=refusal)
    return _to_papers(request, meeting, f"”{paper.title}” är borttagen från dagordningen. Dokumentet finns kvar.")


def _to_papers(request: HttpRequest, meeting: Meeting, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("council:work_meeting", meeting.pk)
