"""Signed minutes: shown, taken off the web, corrected beside the text, and handed over to the municipality."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from botkyrka_civil.casework.answers import answer
from botkyrka_civil.casework.models import Actor, Refused
from botkyrka_civil.documents.models import Document

from .. import personal_data
from ..access import handler_page
from ..minutes_forms import CorrectionForm, PublishForm, ReasonForm
from ..models import Body, Meeting, Minutes
from ..names import HiddenNames

SIGNED = (Meeting.State.SIGNED_OFF, Meeting.State.PUBLISHED)


def _leads_away(request: HttpRequest, may: bool) -> bool:
    """A page that asks about what cannot be done now is not shown; what is sent anyway, the verb refuses."""
    return not may and request.method != "POST"


def _to_meeting(meeting: Meeting) -> HttpResponse:
    return redirect("council:work_meeting", meeting.pk)


@handler_page
def publish(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The minutes as they will be seen, what to look for in them, and for whom they are."""
    if _leads_away(request, meeting.may_move("publish")):
        return _to_meeting(meeting)
    form = PublishForm(request.POST or None, meeting=meeting)
    content = _signed(meeting)
    context = {
        "meeting": meeting,
        "content": content,
        "minutes": Minutes.objects.select_related("file").filter(meeting=meeting).first(),
        "found": personal_data.find(personal_data.everything_written(content)) if content else [],
        "closed_papers": _closed_papers(content) if content else [],
        "hides_names": bool(content) and HiddenNames().within(content)(content) != content,
        "by_platform": meeting.body.owner == Body.Owner.PLATFORM,
    }
    return answer(
        request,
        form,
        lambda: meeting.publish(by=Actor.of(request.user), **form.cleaned_data),
        "council/workroom/minutes_publish.html",
        context,
        then=lambda: reverse("council:work_meeting", args=[meeting.pk]),
        done="Protokollet är publicerat.",
    )


def _signed(meeting: Meeting) -> dict[str, Any] | None:
    minutes = Minutes.objects.filter(meeting=meeting).first()
    return minutes.signed_content if minutes else None


def _closed_papers(content: dict[str, Any]) -> list[str]:
    """Papers that not everyone may open. The page leaves them out, but in the PDF their titles stand."""
    named = {paper["id"]: paper["title"] for item in content["items"] for paper in item["documents"]}
    public = set(Document.objects.visible_to(AnonymousUser()).filter(pk__in=named).values_list("pk", flat=True))
    return [title for pk, title in named.items() if pk not in public]


@handler_page
def unpublish(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    if _leads_away(request, meeting.may_move("unpublish")):
        return _to_meeting(meeting)
    form = ReasonForm(request.POST or None, help_text="Det står i loggen.")
    return answer(
        request,
        form,
        lambda: meeting.unpublish(by=Actor.of(request.user), **form.cleaned_data),
        "council/workroom/minutes_unpublish.html",
        {"meeting": meeting},
        then=lambda: reverse("council:work_meeting", args=[meeting.pk]),
        done="Protokollet är borttaget från webben.",
    )


@handler_page
def correct(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """A mistake in what is signed is told beside it."""
    if _leads_away(request, meeting.state in SIGNED):
        return _to_meeting(meeting)
    form = CorrectionForm(request.POST or None)
    minutes = Minutes.objects.filter(meeting=meeting).first()

    def act() -> None:
        if minutes is None:
            raise Refused("Det finns inget protokoll att rätta.")
        minutes.correct(by=Actor.of(request.user), **form.cleaned_data)

    return answer(
        request,
        form,
        act,
        "council/workroom/minutes_correct.html",
        {"meeting": meeting, "corrections": list(minutes.corrections.all()) if minutes else []},
        then=lambda: reverse("council:work_draw_up", args=[meeting.pk]),
        done="Rättelsen är skriven.",
    )


@handler_page
def hand_over(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Plattformen's signed minutes become the municipality's too."""
    ours = meeting.body.owner == Body.Owner.PLATFORM and not meeting.handed_over_at
    if _leads_away(request, ours and meeting.state in SIGNED):
        return _to_meeting(meeting)
    content = _signed(meeting)
    return answer(
        request,
        None,
        lambda: meeting.hand_over(by=Actor.of(request.user)),
        "council/workroom/minutes_hand_over.html",
        {"meeting": meeting, "closed_papers": _closed_papers(content) if content else []},
        then=lambda: reverse("council:work_meeting", args=[meeting.pk]),
        done="Protokollet är lämnat till kommunen.",
    )
