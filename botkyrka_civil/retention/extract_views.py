"""The page for somebody's rights: find what there is about a person, hand it out, put it right, or restrict its use."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ..casework.models import Actor, Refused
from . import handout, rectify
from .extract import Extract, earlier, hand_out, namesakes
from .extract_forms import HandOutForm, PersonForm, RectifyForm, RestrictForm, places
from .models import Restriction
from .rectify import Place

MAY = {"zip": "make_extract", "rectify": "rectify_person", "restrict": "restrict_person"}


@require_http_methods(["GET", "HEAD", "POST"])
def extract(request: HttpRequest) -> HttpResponseBase:
    """For those who answer such requests. The search is a POST: an address has no place in an address."""
    if not _may(request, "zip"):
        raise PermissionDenied
    return _Page(request).respond()


def _may(request: HttpRequest, step: str) -> bool:
    return request.user.has_perm(f"retention.{MAY[step]}")


class _Page:
    """One request: the person first, then, with what was found, one of three things to do."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.by = request, Actor.of(request.user)
        self.step = request.POST.get("step", "")
        self.person = PersonForm(request.POST or None, label_suffix="")
        self.refusal = ""

    def respond(self) -> HttpResponseBase:
        if self.request.method != "POST" or not self.person.is_valid():
            return self._render()
        self.extract = Extract(self.person.who)
        step = self.step.partition("-")[0]
        if step in MAY and not _may(self.request, step):
            raise PermissionDenied
        steps = {"zip": self._hand_out, "rectify": self._rectify, "restrict": self._restrict}
        return steps.get(step, self._show)()

    def _show(self, **forms: Any) -> HttpResponseBase:
        """What was found, as numbers: the officer sees no more than the answer needs."""
        extract, stated = self.extract, rectify.stated(self.extract)
        shown: dict[str, Any] = {
            "extract": extract,
            "counts": [
                (table.title, len(rows), sum(not row.by_address for row in rows)) for table, rows in extract.by_table
            ],
            "namesakes": namesakes(extract.who),
            "earlier": earlier(extract.who),
            "restricted": _restriction_of(extract),
            "hand_out": HandOutForm(None, label_suffix=""),
            "rectify": RectifyForm(None, stated=stated) if stated and _may(self.request, "rectify") else None,
            "restrict": RestrictForm(None, label_suffix="", initial={"came_on": timezone.localdate()})
            if _may(self.request, "restrict")
            else None,
        }
        return self._render(**shown | forms)

    def _hand_out(self) -> HttpResponseBase:
        form = HandOutForm(self.request.POST, label_suffix="")
        if not form.is_valid():
            return self._show(hand_out=form, failed=form)
        packed = handout.pack(self.extract)
        hand_out(self.extract, by=self.by)
        name = f"registerutdrag-{timezone.localdate():%Y-%m-%d}.zip"
        return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")

    def _rectify(self) -> HttpResponseBase:
        form = RectifyForm(self.request.POST, stated=rectify.stated(self.extract))
        if not form.is_valid():
            return self._show(rectify=form, failed=form)
        if self.step == "rectify-back":
            return self._show(rectify=form)
        said = form.cleaned_data
        words = {"kind": said["kind"], "wrong": said["wrong_words"]}
        if self.step == "rectify-do":
            try:
                done = rectify.rectify(self.extract, by=self.by, **words, right=said["right"], reason=said["why"])
            except Refused as refused:
                self.refusal = str(refused)
            else:
                messages.success(
                    self.request, f"Rättat på {places(done.changed)} och antecknat på {places(done.noted)}."
                )
                return redirect("extract")
        return self._preview(form, rectify.places(self.extract, **words))

    def _preview(self, form: RectifyForm, places: list[Place]) -> HttpResponseBase:
        """Where it stands and what happens there, before anything does."""
        return self._render(
            template="admin/retention/rectify.html",
            title="Rätta en uppgift",
            rectify=form,
            live=sorted(Counter(place.title for place in places if place.live).items()),
            frozen=sorted(Counter(place.title for place in places if not place.live).items()),
        )

    def _restrict(self) -> HttpResponseBase:
        form = RestrictForm(self.request.POST, label_suffix="")
        if not form.is_valid():
            return self._show(restrict=form, failed=form)
        who = self.extract.who
        try:
            made = Restriction.restrict(by=self.by, emails=[*who.emails], names=[*who.names], **form.cleaned_data)
        except Refused as refused:
            self.refusal = str(refused)
            return self._show(restrict=form)
        messages.success(self.request, "Behandlingen är begränsad. Det står nu i de ärenden som personen finns i.")
        return redirect("admin:retention_restriction_change", made.pk)

    def _render(self, template: str = "admin/retention/extract.html", **context: Any) -> HttpResponseBase:
        person = {} if self.request.method != "POST" else {n: self.request.POST.get(n, "") for n in self.person.fields}
        shown = {
            **admin.site.each_context(self.request),
            "title": "Registerutdrag",
            "person": self.person,
            "kept": person,
            "failed": self.person if self.person.errors else None,
            "refusal": self.refusal,
            **context,
        }
        return TemplateResponse(self.request, template, shown)


def _restriction_of(extract: Extract) -> Restriction | None:
    """The one that holds for this person, so that nobody makes it twice."""
    who = extract.who
    return next((row for row in Restriction.objects.in_force() if row.is_of([*who.emails], [*who.names])), None)
