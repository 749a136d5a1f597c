"""One meeting as those may see it who ask: its latest notice, and the minutes. The same page for every body."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, get_conditional_response

from agreement import threads
from botkyrka_civil.casework.models import Actor, record
from botkyrka_civil.documents import audiences
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.views import send

from ..access import MemberVisitor
from ..models import Body, Meeting, Membership
from ..models.meetings import MeetingQuerySet
from ..names import HiddenNames

IOP_URL, IOP = "/iop/", "IOP"


@dataclass(frozen=True)
class Reader:
    """Whose eyes the page is for, who that is in the log, and with which personal link they came."""

    user: Any
    actor: Actor
    token: str = ""

    @classmethod
    def visiting(cls, request: HttpRequest) -> Reader:
        user = request.user
        return cls(user, Actor.of(user) if user.is_authenticated else Actor("En besökare"))

    @classmethod
    def of_member(cls, membership: Membership, token: str) -> Reader:
        return cls(MemberVisitor(), membership.applicant, token)

    def url_of(self, document: Document) -> str:
        if self.token and not document.is_public:
            return reverse("council:membership_document", args=[self.token, document.pk])
        return document.file_url

    def places(self, meeting: Meeting) -> dict[str, str]:
        """Where the page lies: the one above it, and the one above that, as the breadcrumbs name them."""
        if self.token:
            return {"url": reverse("council:membership", args=[self.token]), "label": "Er sida"}
        if meeting.body.kind == Body.Kind.STEERING_GROUP:
            return self._above_steering_group(meeting.body)
        if meeting.body.kind != Body.Kind.COUNCIL:
            return {"url": reverse("council:platform"), "label": "Plattformen"}
        top = {"top_url": reverse("council:council"), "top_label": "Rådet"}
        return top | {"url": reverse("council:meetings"), "label": "Möten"}

    def _above_steering_group(self, body: Body) -> dict[str, str]:
        """What it steers, as those tell who know of it."""
        steered = next((entry for strand in threads.of(body, self.user) for entry in strand.entries), None)
        if steered is None:
            return {"url": IOP_URL, "label": IOP}
        return {"top_url": IOP_URL, "top_label": IOP, "url": steered.url, "label": steered.title}


def readable(user: Any) -> MeetingQuerySet:
    """The meetings that have something to show `user`: that they take place, or what was said there."""
    return Meeting.objects.visible_to(user) | Meeting.objects.with_minutes_for(user)


def facts(meeting: Meeting) -> dict[str, Any]:
    """Title, time and place as the latest notice says; before the first one, as planned. Never what is not sent."""
    notice = meeting.latest_notice if meeting.called_at else None
    if notice:
        return notice.content
    return {
        "title": meeting.title,
        "starts_at": timezone.localtime(meeting.starts_at).isoformat(),
        "ends_at": timezone.localtime(meeting.ends_at).isoformat(),
        "place": meeting.place,
        "items": [],
    }


def find(request: HttpRequest, meetings: MeetingQuerySet, slug: str) -> HttpResponse:
    """The meeting at this address. One that has moved to another day is found by the day it was first called to."""
    if meeting := meetings.filter(slug=slug).first():
        return show(request, meeting)
    moved = meetings.filter(notices__content__starts_at__startswith=slug[:10]).order_by("-pk").first()
    if moved is None or len(slug) < len("2026-03-12"):
        raise Http404
    return redirect(moved)


def show(request: HttpRequest, meeting: Meeting, reader: Reader | None = None) -> HttpResponse:
    """The page. What the reader may not see is not there: neither notice, minutes nor the name of a paper."""
    reader = reader or Reader.visiting(request)
    announced = Meeting.objects.visible_to(reader.user).contains(meeting)
    signed = meeting.minutes.signed_content if _may_read_minutes(meeting, reader) else None
    if not (announced or signed):
        raise Http404
    said: dict[str, Any] = signed["meeting"] if signed else facts(meeting)
    agenda = facts(meeting)["items"] if announced else []
    corrections = list(meeting.minutes.corrections.values("at", "text")) if signed else []
    public, withheld = _is_public(meeting, bool(signed)), False
    if public:
        told = {"said": said, "agenda": agenda, "signed": signed, "corrections": corrections}
        shown = HiddenNames().within(signed)(told)
        if shown != told and _belongs(meeting, reader):
            public = False  # the page names more people than everyone may read of
        elif shown != told:
            said, agenda, signed, corrections = shown.values()
            withheld = bool(signed)
    papers = _papers([*agenda, *(signed["items"] if signed else [])], reader)
    context = {
        "meeting": meeting,
        "said": said,
        "agenda": [_with_papers(item, papers) for item in agenda],
        "minutes": signed and {**signed, "items": [_with_papers(item, papers) for item in signed["items"]]},
        "corrections": corrections,
        "pdf": meeting.minutes.pdf if signed and not withheld else None,
        "withheld": withheld,
        "pdf_url": f"{request.path}protokoll.pdf",
        "phase": _phase(meeting, said, bool(signed)),
        "cancelled": meeting.state == Meeting.State.CANCELLED,
        "public": public,
        "token": reader.token,
        "calendar_url": f"{request.path}kalender.ics" if _in_calendar(meeting, reader, announced, signed) else "",
        "places": reader.places(meeting),
    }
    response = render(request, "council/meeting.html", context)
    if not context["public"]:
        add_never_cache_headers(response)
    return response


def pdf(request: HttpRequest, meeting: Meeting, reader: Reader | None = None) -> HttpResponseBase:
    """The signed minutes, or with ?fil=1 the file that they were written in. Who took what is not public is logged.

    What was signed is never changed, so a file that has a name which is not published (names.py) is not given out here:
    everyone reads the page instead, and may ask for the file (TF 2 kap.).
    """
    reader = reader or Reader.visiting(request)
    if not _may_read_minutes(meeting, reader):
        raise Http404
    uploaded = "fil" in request.GET
    file = meeting.minutes.file if uploaded else meeting.minutes.pdf
    if file is None:
        raise Http404
    if _is_public(meeting, True) and _names_hidden(meeting):
        if not _belongs(meeting, reader):
            return redirect(meeting)
    elif _is_public(meeting, True):
        unchanged = get_conditional_response(request, etag=f'"{file.sha256}"')
        return unchanged or send(file, inline=not uploaded, public=True)
    if request.method == "GET":
        record(meeting, "download", by=reader.actor, label=f"Laddade ner {file.name}", file=file.pk)
    return send(file, inline=not uploaded)


def _names_hidden(meeting: Meeting) -> bool:
    """Whether the signed minutes name somebody who is not named to everyone."""
    signed = meeting.minutes.signed_content or {}
    return bool(HiddenNames().within(signed)(signed) != signed)


def _belongs(meeting: Meeting, reader: Reader) -> bool:
    """Whether the reader is one of those for whom the body's meetings are, also when they are not for everyone."""
    theirs = {*meeting.body.audiences, *([Audience.STAFF] if meeting.handed_over_at else [])}
    return bool((theirs - {Audience.PUBLIC}) & audiences.of(reader.user))


def _in_calendar(meeting: Meeting, reader: Reader, announced: bool, signed: Any) -> bool:
    """Whether the page offers the meeting for one's own calendar: still to come, and at an address that has one."""
    own = meeting.body.kind in (Body.Kind.COUNCIL, Body.Kind.STEERING_GROUP)
    return own and announced and not signed and not reader.token


def _may_read_minutes(meeting: Meeting, reader: Reader) -> bool:
    return Meeting.objects.with_minutes_for(reader.user).contains(meeting)


def _is_public(meeting: Meeting, minutes: bool) -> bool:
    """Whether everyone may see as much as this page shows."""
    everyone = AnonymousUser()
    seen = Meeting.objects.with_minutes_for(everyone) if minutes else Meeting.objects.visible_to(everyone)
    return seen.contains(meeting)


def _papers(items: list[dict[str, Any]], reader: Reader) -> dict[int, dict[str, Any]]:
    """The papers among `items` that the reader may open, as the page links to them."""
    named = {paper["id"] for item in items for paper in item["documents"]}
    if not named:
        return {}
    found = Document.objects.visible_to(reader.user).filter(pk__in=named).select_related("current__file")
    return {document.pk: {"label": document.label, "url": reader.url_of(document)} for document in found}


def _with_papers(item: dict[str, Any], papers: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The item with the papers that may be shown: their names as they were, and the file as it is."""
    return {**item, "documents": [{**p, **papers[p["id"]]} for p in item["documents"] if p["id"] in papers]}


def _phase(meeting: Meeting, said: dict[str, Any], minutes: bool) -> str:
    """Where the meeting stands, told to those who don't follow the work on its minutes."""
    if meeting.state == Meeting.State.CANCELLED:
        return "Inställt"
    if minutes:
        return "Protokollet finns"
    if datetime.fromisoformat(said["ends_at"]) < timezone.now():
        return "Har varit"
    return "Kallelsen har gått ut" if meeting.called_at else "Planerat"
