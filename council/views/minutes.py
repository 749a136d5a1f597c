"""The minutes behind the door: written, put together when two have written, and drawn up for sign-off."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Letter, Refused, record
from botkyrka_civil.documents.views import send

from .. import minutes_text
from ..access import handler_page
from ..minutes_forms import FileForm, MinutesForm, ReasonForm
from ..models import Meeting, Minutes, MinutesRevision
from ..models.minutes import Saved

State = Meeting.State
SENT = (State.DRAWN_UP, State.SIGNED_OFF, State.PUBLISHED)
SITTING = timedelta(minutes=10)  # saves of one person with shorter pauses are shown as one
GAP = "gap"


# Writing ---------------------------------------------------------------------------------------------------------


@handler_page
def write(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    """All of it in one field. With JavaScript it is kept while somebody types, by posts to the same address."""
    request.session.modified = True  # who writes for a whole day is not signed out in the midst of it
    if request.method == "POST":
        return _keep(request, meeting)
    if _wants_json(request):  # the page has stood open while its reader signed in anew
        return JsonResponse({"token": get_token(request)})
    if meeting.state in SENT:
        return redirect("council:work_draw_up", meeting.pk)
    minutes = Minutes.begun(meeting)
    fetched = _asked_revision(minutes, request.GET.get("hamta", ""))
    form = MinutesForm(initial={"text": fetched.text if fetched else minutes.text, "base": minutes.revision})
    return _editor(request, minutes, form, fetched=fetched)


def _keep(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    form = MinutesForm(request.POST)
    if not form.is_valid():
        return _not_kept(request, meeting, form, " ".join(str(e) for errors in form.errors.values() for e in errors))
    try:
        minutes = Minutes.of(meeting)
        saved = minutes.write(by=Actor.of(request.user), **form.cleaned_data)
    except Refused as refusal:
        return _not_kept(request, meeting, form, str(refusal), refusal=refusal)
    if saved.merged:
        return _put_together(request, minutes, saved)
    said = f"Sparat kl. {date_format(timezone.localtime(), 'H.i')}"
    if _wants_json(request):
        return JsonResponse({"revision": saved.revision, "said": said})
    if "preview" in request.POST:
        return redirect("council:work_minutes_preview", meeting.pk)
    messages.success(request, f"{said}.")
    return redirect("council:work_minutes", meeting.pk)


def _not_kept(
    request: HttpRequest, meeting: Meeting, form: MinutesForm, said: str, *, refusal: Refused | None = None
) -> HttpResponseBase:
    """What was typed stands there still, whatever was wrong."""
    if _wants_json(request):
        return JsonResponse({"said": f"Inte sparat. {said}"}, status=422)
    context = {"refusal": refusal, "has_errors": bool(refusal)}
    return _editor(request, Minutes.begun(meeting), form, status=422, **context)


def _put_together(request: HttpRequest, minutes: Minutes, saved: Saved) -> HttpResponseBase:
    """Somebody else has written: what they changed, and both texts in one, to be read and saved again."""
    who = "Du själv" if saved.others == [str(request.user)] else _listed(saved.others)
    if _wants_json(request):
        told = f"{who} har skrivit i protokollet samtidigt. Tryck på Spara, så sätter vi ihop texterna."
        return JsonResponse({"said": told}, status=409)
    form = MinutesForm(initial={"text": saved.text, "base": saved.revision})
    return _editor(request, minutes, form, status=409, saved=saved, who=who, changes=near(saved.changes))


def _listed(names: list[str]) -> str:
    return " och ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _editor(
    request: HttpRequest, minutes: Minutes, form: MinutesForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    last = minutes.revisions.filter(aside=False, number__gt=0).last() if minutes.pk else None
    context |= {"meeting": minutes.meeting, "minutes": minutes, "form": form, "last": last}
    return render(request, "council/workroom/minutes.html", context, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


@handler_page
@require_safe
def preview(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """What is written, as it will be read."""
    minutes = Minutes.begun(meeting)
    context = {"meeting": meeting, "minutes": minutes, "content": minutes.content(), "problems": minutes.problems()}
    return render(request, "council/workroom/minutes_preview.html", context)


# Earlier texts ---------------------------------------------------------------------------------------------------


@handler_page
@require_safe
def revisions(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Who saved what and when: each time somebody sat down and wrote, or with ?alla every single save."""
    rows = list(MinutesRevision.objects.filter(minutes__meeting=meeting).defer("text").order_by("-pk"))
    shown = rows if "alla" in request.GET else _sittings(rows)
    context = {"meeting": meeting, "revisions": shown, "total": len(rows)}
    return render(request, "council/workroom/minutes_revisions.html", context)


def _sittings(rows: list[MinutesRevision]) -> list[MinutesRevision]:
    """The last of each row of saves by one person, and each that was put aside: its words may stand nowhere else."""
    shown: list[MinutesRevision] = []
    newer: MinutesRevision | None = None
    for row in rows:
        if not newer or row.aside or newer.aside or row.by != newer.by or newer.at - row.at > SITTING:
            shown.append(row)
        newer = row
    return shown


@handler_page
@require_safe
def revision(request: HttpRequest, meeting: Meeting, number: int) -> HttpResponse:
    """An earlier text, and what has changed since."""
    minutes = get_object_or_404(Minutes, meeting=meeting)
    found = get_object_or_404(minutes.revisions, pk=number)
    context = {
        "meeting": meeting,
        "minutes": minutes,
        "revision": found,
        "same": found.text == minutes.text,
        "changes": near(minutes_text.changes(found.text, minutes.text)),
    }
    return render(request, "council/workroom/minutes_revision.html", context)


def _asked_revision(minutes: Minutes, asked: str) -> MinutesRevision | None:
    if not (minutes.pk and asked.isascii() and asked.isdecimal() and len(asked) < 10):
        return None
    return minutes.revisions.filter(pk=int(asked)).first()


def near(changes: list[tuple[str, str]], around: int = 2) -> list[tuple[str, str]]:
    """The changes with some lines around them: of what is the same for long, the middle is left out."""
    shown: list[tuple[str, str]] = []
    for place, (kind, text) in enumerate(changes):
        lines = text.split("\n")
        head = lines[: 1 + around] if place else []
        tail = lines[-1 - around :] if place < len(changes) - 1 else []
        if kind != minutes_text.SAME or len(lines) <= len(head) + len(tail) + 1:
            shown.append((kind, text))
        else:
            shown += [(kind, "\n".join(head)), (GAP, ""), (kind, "\n".join(tail))]
    return [(kind, text) for kind, text in shown if text or kind == GAP]


# A file instead --------------------------------------------------------------------------------------------------


@handler_page
def file(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    """One PDF instead of the text, put there or taken away again. The text stays where it is."""
    by, page = Actor.of(request.user), "council/workroom/minutes_file.html"
    context = {"meeting": meeting, "minutes": Minutes.begun(meeting)}
    if "remove" in request.POST:
        return answer(
            request,
            None,
            lambda: Minutes.of(meeting).detach(by=by),
            page,
            context,
            then=lambda: reverse("council:work_minutes", args=[meeting.pk]),
            done="Filen är borttagen. Nu gäller texten.",
        )
    form = FileForm(request.POST or None, request.FILES or None)
    return answer(
        request,
        form,
        lambda: Minutes.of(meeting).attach(by=by, **form.cleaned_data),
        page,
        context,
        then=lambda: reverse("council:work_minutes_file", args=[meeting.pk]),
        done="Filen är uppladdad.",
    )


@handler_page
@require_safe
def show_file(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    minutes = get_object_or_404(Minutes.objects.select_related("file"), meeting=meeting)
    if minutes.file is None:
        raise Http404
    if request.method == "GET":
        label = f"Laddade ner {minutes.file.name}"
        record(meeting, "download", by=Actor.of(request.user), label=label, file=minutes.file.pk)
    return send(minutes.file)


# Drawing up ------------------------------------------------------------------------------------------------------


@handler_page
def draw_up(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    """Before: what will be signed, and by whom. Afterwards: who has answered, and what."""
    if meeting.state in SENT and request.method != "POST":
        return _signers(request, meeting)
    if meeting.state in (State.PLANNED, State.CANCELLED) and request.method != "POST":
        return redirect("council:work_meeting", meeting.pk)
    minutes = Minutes.begun(meeting)
    context = {
        "meeting": meeting,
        "minutes": minutes,
        "content": minutes.content(),
        "problems": minutes.problems(),
        "signers": list(meeting.participants.signing()),
        "may": meeting.may_move("draw_up"),
    }
    return answer(
        request,
        None,
        lambda: _written(meeting).draw_up(by=Actor.of(request.user)),
        "council/workroom/minutes_draw_up.html",
        context,
        then=lambda: reverse("council:work_draw_up", args=[meeting.pk]),
        done="Protokollet är skickat för justering.",
    )


def _written(meeting: Meeting) -> Minutes:
    minutes = Minutes.objects.filter(meeting=meeting).first()
    if minutes is None:
        raise Refused("Det finns inget protokoll än. Skriv det först.")
    return minutes


def _signers(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    minutes = Minutes.objects.select_related("pdf", "file").get(meeting=meeting)
    signing = minutes.current_round
    assert signing, "minutes that have been drawn up have a round"
    signatures = list(signing.signatures.all())
    lost = Letter.objects.failed().filter(link_key__in=[signature.key for signature in signatures])
    context = {
        "meeting": meeting,
        "minutes": minutes,
        "signing": signing,
        "content": signing.content,
        "signatures": signatures,
        "declined": [signature for signature in signatures if signature.declined_at],
        "waiting": [s for s in signatures if not (s.declined_at or s.signed_at)],
        "lost": set(lost.values_list("link_key", flat=True)),
        "corrections": list(minutes.corrections.all()),
    }
    return render(request, "council/workroom/minutes_signers.html", context)


@handler_page
@require_POST
def remind(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The link once more, to those who have not answered."""
    signing = get_object_or_404(Minutes, meeting=meeting).current_round
    if signing is None:
        raise Http404
    try:
        signing.remind(by=Actor.of(request.user))
        messages.success(request, "Ett nytt brev är skickat till dem som inte har svarat.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("council:work_draw_up", meeting.pk)


@handler_page
def reopen(request: HttpRequest, meeting: Meeting) -> HttpResponseBase:
    """Back to writing: says first that what has been signed no longer holds."""
    if not meeting.may_move("reopen") and request.method != "POST":
        return redirect("council:work_meeting", meeting.pk)
    form = ReasonForm(request.POST or None, help_text="Det står i loggen. Till exempel: Siv vill ändra § 14.")
    minutes = Minutes.objects.filter(meeting=meeting).first()
    return answer(
        request,
        form,
        lambda: _written(meeting).reopen(by=Actor.of(request.user), **form.cleaned_data),
        "council/workroom/minutes_reopen.html",
        {"meeting": meeting, "signing": minutes and minutes.current_round},
        then=lambda: reverse("council:work_minutes", args=[meeting.pk]),
        done="Protokollet är tillbaka. Nu kan du ändra i det.",
    )
