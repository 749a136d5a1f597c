"""The workroom: the meetings somebody handles, where each of them stands, and its files."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Actor, Letter, record
from botkyrka_civil.documents import bundle
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.views import send

from ..access import handler_page
from ..meeting_forms import ChoosePaperForm, UploadPaperForm
from ..models import Body, Meeting, Minutes, Participant, Seat
from ..models.meetings import HELD
from ..models.states import MeetingState as State

# All the meetings -----------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """What is coming, what waits for somebody, and what has been."""
    bodies = list(bodies_of(request.user))
    rows = list(Meeting.objects.filter(body__in=bodies).select_related("body").order_by("-starts_at", "pk"))
    upcoming = [meeting for meeting in reversed(rows) if _is_coming(meeting)]
    waiting = [meeting for meeting in reversed(rows) if not _is_coming(meeting) and _waits(meeting)]
    past = [meeting for meeting in rows if not (_is_coming(meeting) or _waits(meeting))]
    year = timezone.localdate().year
    held = Counter(meeting.body_id for meeting in rows if meeting.state in HELD and meeting.day.year == year)
    context = {
        "bodies": [(body, held[body.pk]) for body in bodies],
        "year": year,
        "upcoming": upcoming,
        "waiting": [(meeting, _todo(meeting)) for meeting in waiting],
        "years": [(y, list(found)) for y, found in groupby(past, key=lambda meeting: meeting.day.year)],
    }
    return render(request, "council/workroom/meetings.html", context)


def bodies_of(user: Any) -> Any:
    """Those whose meetings `user` handles. Who handles none has nothing to do here."""
    bodies = Body.objects.handled_by(user)
    if not bodies.exists():
        raise PermissionDenied
    return bodies


def _is_coming(meeting: Meeting) -> bool:
    return meeting.editable and meeting.ends_at >= timezone.now()


def _waits(meeting: Meeting) -> bool:
    """Whether it is for those who handle it to go on with."""
    return meeting.state not in (State.PUBLISHED, State.CANCELLED)


def _todo(meeting: Meeting) -> str:
    """What is late, or else what comes next. A plan that came to nothing is past being late."""
    return what_next(meeting).text if meeting.state == State.PLANNED else meeting.overdue or what_next(meeting).text


# One meeting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Next:
    """What comes next: in words, and as a button when it is something to press."""

    text: str
    label: str = ""
    page: str = ""


def what_next(meeting: Meeting, *, has_items: bool = True, unsent: bool = False) -> Next:
    match meeting.state:
        case State.PLANNED:
            return _before_the_call(meeting, has_items)
        case State.CALLED:
            return _after_the_call(meeting, unsent)
        case State.HELD:
            return Next("Skriv protokollet, och skicka det för justering.", "Skriv protokollet", "work_minutes")
        case State.DRAWN_UP:
            return Next("Protokollet väntar på dem som ska justera det.")
        case State.SIGNED_OFF:
            text = "Protokollet är justerat. Publicera det, så att de som det är till för kan läsa det."
            return Next(text, "Publicera protokollet", "work_publish")
        case State.CANCELLED:
            return Next(f"Mötet är inställt: {meeting.cancel_reason}")
    return Next("Protokollet är publicerat. Allt är klart.")


def _before_the_call(meeting: Meeting, has_items: bool) -> Next:
    if meeting.has_been:
        text = "Mötets tid passerade utan att någon kallades. Ändra dagen, eller ställ in mötet."
        return Next(text, "Ändra mötet", "work_edit")
    if not has_items:
        return Next("Skriv dagordningen. Sedan kan du kalla.", "Skriv dagordningen", "work_edit")
    due = date_format(meeting.notice_due, "j F Y")
    text = f"Kallelsen ska gå ut senast den {due}."
    if meeting.notice_is_late:
        text = "Kalla nu. Du får skriva varför kallelsen går ut sent."
    return Next(text, "Kalla till mötet", "work_call")


def _after_the_call(meeting: Meeting, unsent: bool) -> Next:
    if meeting.has_been:
        text = meeting.overdue or "Mötet har varit. Anteckna vilka som var där."
        return Next(text, "Anteckna närvaron", "work_attendance")
    if unsent:
        text = "De kallade vet inte om det som har ändrats. Skicka en ändrad kallelse."
        return Next(text, "Skicka ändrad kallelse", "work_call")
    if meeting.day == timezone.localdate():
        return Next("Mötet är i dag. Du kan börja på protokollet.", "Börja på protokollet", "work_minutes")
    return Next("Kallelsen är skickad. När mötet har varit antecknar du närvaron.")


@handler_page
@require_safe
def meeting(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Where it stands, and what can be done now."""
    return show(request, meeting)


def show(
    request: HttpRequest,
    meeting: Meeting,
    *,
    refusal: object = "",
    upload_form: UploadPaperForm | None = None,
    choose_form: ChoosePaperForm | None = None,
) -> HttpResponse:
    """The meeting's page, with a form that was refused as it was filled in."""
    if refusal:
        meeting.refresh_from_db()
    prefetch_related_objects([meeting], "notices__pdf", "items__principle", "items__documents__current__file")
    items = list(meeting.items.all())
    unsent = meeting.unsent_changes
    newcomers = [*meeting.newcomers(), *meeting.readdressed()] if meeting.state == State.CALLED else []
    newcomers = [person for person in newcomers if person.email]
    coming = what_next(meeting, has_items=bool(items), unsent=bool(unsent or newcomers))
    failed = [form for form in (upload_form, choose_form) if form is not None]
    context = {
        "meeting": meeting,
        "minutes": Minutes.objects.filter(meeting=meeting).first(),
        "next": coming,
        "next_url": reverse(f"council:{coming.page}", args=[meeting.pk]) if coming.page else "",
        "items": items,
        "unsent": unsent,
        "newcomers": newcomers,
        "latest": meeting.latest_notice,
        "participants": _participants(meeting),
        "suggestions": suggestions(meeting) if meeting.state == State.CALLED else [],
        "lost": list(Letter.objects.failed().filter(subject_key=meeting.subject)),
        "events": meeting.events(),
        "upload_form": upload_form or (UploadPaperForm(meeting=meeting) if meeting.editable and items else None),
        "choose_form": choose_form or _choose_form(request, meeting, items),
        "form": failed[0] if failed else None,
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    return render(request, "council/workroom/meeting.html", context, status=422 if failed or refusal else 200)


def _choose_form(request: HttpRequest, meeting: Meeting, items: list[Any]) -> ChoosePaperForm | None:
    if not (meeting.editable and items):
        return None
    form = ChoosePaperForm(meeting=meeting, user=request.user, prefix="valj")
    return form if form.has_choices else None


def _participants(meeting: Meeting) -> list[Participant]:
    """Those called, with whether the answer was given before the notice was changed."""
    latest = meeting.latest_notice
    people = list(meeting.participants.select_related("seat__person", "serves_for"))
    for person in people:
        person.meeting = meeting
        answered = person.answered_at
        person.answered_earlier = bool(answered and latest and answered < latest.sent_at)  # type: ignore[attr-defined]
    return people


def suggestions(meeting: Meeting) -> list[tuple[Participant, list[Participant]]]:
    """For each ordinary member who cannot come, the substitutes of the same side who have not said no, in order."""
    people = list(meeting.participants.select_related("seat").order_by("seat__order", "pk"))
    free = [p for p in people if p.is_substitute and p.answer != Participant.Answer.NOT_COMING]
    away = [p for p in people if p.seat and not p.is_substitute and p.answer == Participant.Answer.NOT_COMING]
    return [(p, [s for s in free if s.seat and p.seat and s.seat.side == p.seat.side]) for p in away if p.seat]


# Files ----------------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A notice, the signed minutes, or all of it as one zip. Who took what is logged."""
    meeting = _readable(request.user, pk)
    match kind:
        case "kallelse":
            notice = _notice(meeting, request.GET.get("version", ""))
            label = f"Laddade ner kallelsen, version {notice.version}"
            answer, facts = send(notice.pdf, inline=True), {"version": notice.version, "file": notice.pdf_id}
        case "protokoll":
            pdf = _minutes_file(meeting)
            label, answer, facts = "Laddade ner protokollet", send(pdf, inline=True), {"file": pdf.pk}
        case "zip":
            entries = list(_everything(meeting))
            if not entries:
                raise Http404
            label, facts = "Laddade ner alla filer som zip", {"files": [found.pk for _, found in entries]}
            answer = bundle.send_zip(entries, name=f"{meeting.body.name} {meeting.slug}")
        case _:
            raise Http404
    if request.method == "GET":
        record(meeting, "download", by=Actor.of(request.user), label=label, **facts)
    return answer


def _readable(user: Any, pk: int) -> Meeting:
    """For those who handle the meeting, and for everyone with a seat in the board's room when it is Plattformen's."""
    bodies = Body.objects.handled_by(user)
    if Seat.objects.in_room(user).exists():
        bodies = bodies | Body.objects.platform()
    if not bodies.exists():
        raise PermissionDenied
    return get_object_or_404(Meeting.objects.select_related("body"), pk=pk, body__in=bodies)


def _notice(meeting: Meeting, version: str) -> Any:
    notices = meeting.notices.select_related("pdf")
    if not version:
        return get_object_or_404(notices.order_by("-version")[:1])
    return get_object_or_404(notices, version=int(version) if version.isdecimal() and len(version) < 5 else 0)


def _minutes_file(meeting: Meeting) -> File:
    minutes = get_object_or_404(Minutes.objects.select_related("pdf"), meeting=meeting, pdf__isnull=False)
    assert minutes.pdf
    return minutes.pdf


def _everything(meeting: Meeting) -> Any:
    """What was sent and what was signed, as paths and files; each paper under the number of its point."""
    notice = meeting.notices.select_related("pdf").order_by("-version").first()
    if notice is None:
        return
    yield "Kallelse", notice.pdf
    papers = Document.objects.in_bulk([paper["id"] for item in notice.content["items"] for paper in item["documents"]])
    for item in notice.content["items"]:
        for paper in item["documents"]:
            if (document := papers.get(paper["id"])) and document.current:
                yield f"Handlingar/{item['order']}. {paper['title'].replace('/', '-')}", document.file
    minutes = Minutes.objects.filter(meeting=meeting, pdf__isnull=False).select_related("pdf", "file").first()
    if minutes and minutes.pdf:
        yield "Protokoll", minutes.pdf
        if minutes.file:
            yield "Protokoll, filen som justerades", minutes.file
