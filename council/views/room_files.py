"""The archive: notices, minutes and papers of the association's meetings, year by year, one by one or as a zip."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Actor, record
from botkyrka_civil.documents.bundle import send_zip
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.views import send

from ..access import board_page
from ..models import Correction, Meeting, Seat
from ..models.meetings import MeetingQuerySet
from .room_pages import our_meetings


@dataclass(frozen=True)
class Paper:
    """One file of a meeting: what it is called in the list and in the zip, and where it is fetched."""

    title: str
    file: File
    url: str


@dataclass(frozen=True)
class Archived:
    """A meeting with what there is to download. Its rows have been fetched by `_archived`."""

    meeting: Meeting

    @property
    def folder(self) -> str:
        return f"{self.meeting.slug} {self.meeting.title or self.meeting.body.name}"

    @cached_property
    def papers(self) -> list[Paper]:
        return [*self._minutes(), *self._notices(), *self._documents()]

    @property
    def corrections(self) -> list[Correction]:
        minutes = getattr(self.meeting, "minutes", None)
        return list(minutes.corrections.all()) if minutes else []

    def _minutes(self) -> list[Paper]:
        """Only what has been signed off: until then it may change, and is read where it is written."""
        minutes = getattr(self.meeting, "minutes", None)
        if minutes is None or not minutes.signed_off_at:
            return []
        kinds = (("Protokoll", "protokoll", minutes.pdf), ("Protokollet som fil", "protokollsfil", minutes.file))
        return [Paper(title, file, self._url(kind)) for title, kind, file in kinds if file]

    def _notices(self) -> list[Paper]:
        versions = sorted(self.meeting.notices.all(), key=lambda notice: -notice.version)
        return [
            Paper(
                f"Kallelse, version {notice.version}" if n else "Kallelse",
                notice.pdf,
                self._url(f"kallelse-{notice.version}"),
            )
            for n, notice in enumerate(versions)
        ]

    def _documents(self) -> list[Paper]:
        documents = {document.pk: document for item in self.meeting.items.all() for document in item.documents.all()}
        return [Paper(document.title, document.file, document.file_url) for document in documents.values()]

    def _url(self, kind: str) -> str:
        return reverse("council:room_file", args=[self.meeting.pk, kind])


def _archived(user: Any) -> MeetingQuerySet:
    """With all their files, in as many queries for one meeting as for a year."""
    documents = Document.objects.visible_to(user).select_related("current__file")
    with_minutes = our_meetings().select_related("minutes__pdf", "minutes__file")
    return with_minutes.prefetch_related(
        "notices__pdf", "minutes__corrections", Prefetch("items__documents", queryset=documents)
    ).order_by("-starts_at")


def _years() -> list[int]:
    """Those that have something to show: no meeting has minutes without having been called."""
    some = our_meetings().filter(Q(notices__isnull=False) | Q(items__documents__isnull=False))
    return [day.year for day in some.datetimes("starts_at", "year", order="DESC")]


def _of_year(user: Any, year: int) -> list[Archived]:
    found = [Archived(meeting) for meeting in _archived(user).in_year(year)]
    return [archived for archived in found if archived.papers]


@board_page
@require_safe
def archive(request: HttpRequest, seat: Seat, year: int | None = None) -> HttpResponse:
    """One year's meetings; without a year this one, or the latest that has any."""
    years = _years()
    if year is not None and year not in years:
        raise Http404
    today = timezone.localdate().year
    shown = year or (years[0] if years and today not in years else today)
    context = {"seat": seat, "year": shown, "years": years, "meetings": _of_year(request.user, shown)}
    return render(request, "council/room/archive.html", context)


@board_page
@require_safe
def file(request: HttpRequest, seat: Seat, pk: int, kind: str) -> HttpResponseBase:
    """A notice or the minutes. Who took it is in the log."""
    archived = _find(request, pk)
    url = reverse("council:room_file", args=[pk, kind])
    paper = next((paper for paper in archived.papers if paper.url == url), None)
    if paper is None:
        raise Http404
    _log(request, archived.meeting, f"Laddade ner {paper.file.name}", [paper])
    return send(paper.file)


@board_page
@require_safe
def meeting_zip(request: HttpRequest, seat: Seat, pk: int) -> HttpResponseBase:
    """All of one meeting's files as one."""
    archived = _find(request, pk)
    if not archived.papers:
        raise Http404
    _log(request, archived.meeting, f"Laddade ner alla filer från {archived.meeting}, som zip", archived.papers)
    return send_zip([(_one_name(paper.title), paper.file) for paper in archived.papers], name=archived.folder)


@board_page
@require_safe
def year_zip(request: HttpRequest, seat: Seat, year: int) -> HttpResponseBase:
    """All of one year's files as one, in a folder for each meeting."""
    meetings = _of_year(request.user, year) if year in _years() else []
    if not meetings:
        raise Http404
    papers = [paper for archived in meetings for paper in archived.papers]
    _log(request, seat.body, f"Laddade ner alla filer från {year}, som zip", papers, year=year)
    entries = [
        (f"{_one_name(archived.folder)}/{_one_name(paper.title)}", paper.file)
        for archived in meetings
        for paper in archived.papers
    ]
    return send_zip(entries, name=f"Plattformen {year}")


def _one_name(title: str) -> str:
    """A title may hold a slash; in a zip that would be a folder."""
    return title.replace("/", "-")


def _find(request: HttpRequest, pk: int) -> Archived:
    return Archived(get_object_or_404(_archived(request.user), pk=pk))


def _log(request: HttpRequest, about: Any, label: str, papers: list[Paper], **data: Any) -> None:
    if request.method == "GET":
        files = [{"file": paper.file.pk, "name": paper.file.name} for paper in papers]
        record(about, "download", by=Actor.of(request.user), label=label, files=files, **data)
