"""Cases in the admin: one page for each verb, with what will happen, what it asks and the letter that goes out.

A page has one or two steps and needs no JavaScript: first the reasons are written, then the finished letter is read,
edited if need be, and sent. Nothing typed is lost on the way, nor when the model refuses.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial, update_wrapper
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst

from ..lib.admin import ClosedLookups
from ..lib.forms import Text
from . import letters, notices
from .models import Actor, Case, Event, Letter, Refused, record, subject_of

OUR_FIELDS: Mapping[type[models.Field], Mapping[str, Any]] = {
    models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    models.TextField: {"form_class": Text},
}


NOTHING = "Inget valt"  # Django's own words for it have no translation yet


class PortalAdmin(ClosedLookups, admin.ModelAdmin):
    """One row at a time, by the browser's own date field and with all words in Swedish."""

    actions = None
    actions_on_bottom = True  # without any, Django would add a <style> that our CSP refuses
    list_per_page = 50
    formfield_overrides = OUR_FIELDS

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """To choose among are the rows that staff know of, where the model says which those are."""
        rows = db_field.remote_field.model._default_manager.all()
        if "queryset" not in kwargs and hasattr(rows, "known_to_staff"):
            kwargs["queryset"] = rows.known_to_staff()
        return super().formfield_for_foreignkey(db_field, request, **{"empty_label": NOTHING, **kwargs})

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        choices = db_field.get_choices(include_blank=db_field.blank, blank_choice=[("", NOTHING)])
        return super().formfield_for_choice_field(db_field, request, **{"choices": choices, **kwargs})


class LoggedAdmin(PortalAdmin):
    """What is added, changed or taken away stands in the log, and what it was before, unless that is about a person."""

    logs_values = True

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        data: dict[str, Any] = {"fields": form.changed_data}
        if change and self.logs_values:
            data["before"] = {name: form.initial.get(name) for name in form.changed_data}
        verb, label = ("change", "Ändrades") if change else ("add", "Lades till")
        record(obj, verb, by=Actor.of(request.user), label=label, **data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record(obj, "remove", by=Actor.of(request.user), label="Togs bort")
        super().delete_model(request, obj)


class ReadOnlyAdmin(PortalAdmin):
    """What is only read here: nothing is added, changed or deleted through Django's forms."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def add_urls(model_admin: admin.ModelAdmin, *patterns: tuple[str, Any, str]) -> list[Any]:
    """URLs of one's own before Django's: (route, view, name), named after the model as Django's are."""
    opts = model_admin.opts
    wrap = model_admin.admin_site.admin_view
    return [
        path(route, wrap(view), name=f"{opts.app_label}_{opts.model_name}_{name}") for route, view, name in patterns
    ]


def as_key(object_id: str) -> int:
    """The key in one of Django's own admin addresses, which take any text."""
    if not object_id.isdecimal():
        raise Http404
    return int(object_id)


class LetterForm(forms.Form):
    """The finished letter. `composed` tells whether it still stands as it was composed."""

    letter = Text(label="Brevet", max_length=10000, rows=18, unasked="made of what has been asked about")
    composed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, needs_link: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.needs_link = needs_link
        if needs_link:
            self.fields[
                "letter"
            ].help_text = f"Där det står {Letter.PERSONAL_LINK} får mottagaren sin egen länk. Låt den stå kvar."

    def clean_letter(self) -> str:
        letter: str = self.cleaned_data["letter"]
        if self.needs_link and Letter.PERSONAL_LINK not in letter:
            raise forms.ValidationError(f"Skriv tillbaka {Letter.PERSONAL_LINK}, så att mottagaren får sin länk.")
        return letter


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class VerbPage:
    """The page of one verb for one case and one request. Subclasses say what it asks and what it does."""

    verb: ClassVar[str]
    title: ClassVar[str] = ""  # what the button says, if not the verb's own label
    form_class: ClassVar[type[forms.Form]] = forms.Form
    letter: ClassVar[str] = ""  # the kind of letter that goes out
    letter_editable: ClassVar[bool] = True
    primary: ClassVar[bool] = False
    danger: ClassVar[bool] = False
    impartial: ClassVar[bool] = False  # closed to those with a conflict of interest
    template: ClassVar[str] = "admin/casework/verb.html"

    def __init__(self, model_admin: Any, request: HttpRequest, case: Any) -> None:
        self.model_admin, self.request, self.case = model_admin, request, case
        self.by = Actor.of(request.user)
        self.form = self.form_class(request.POST or None, request.FILES or None, **self.form_kwargs())
        self.refusal = ""
        self.earlier_letter = ""

    # What subclasses say ----------------------------------------------------------------------------------------

    def form_kwargs(self) -> dict[str, Any]:
        return {"label_suffix": ""}

    def consequences(self) -> Iterable[str]:
        """What will happen, in sentences."""
        return []

    def warnings(self) -> Iterable[str]:
        """What stands in the way, or should be thought of first."""
        return []

    def closed(self) -> str:
        """Why it can't be done now, if it can't."""
        if self.case.may_move(self.verb):
            return ""
        label, state = self.case.TRANSITIONS[self.verb].label, self.case.get_state_display()
        return f"Det går inte att {label} nu: läget är ”{state}”."

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def sends_letter(self, data: dict[str, Any]) -> bool:
        return bool(self.letter)

    def perform(self, data: dict[str, Any], letter: str) -> None:
        getattr(self.case, self.verb)(by=self.by, **data, **({"letter": letter} if letter else {}))

    def success(self) -> str:
        return f"{self.case.TRANSITIONS[self.verb].done}."

    # The steps --------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        return self.title or capfirst(self.case.TRANSITIONS[self.verb].label)

    @property
    def edits_letter(self) -> bool:
        return bool(self.letter) and self.letter_editable

    def respond(self) -> HttpResponseBase:
        if reason := self.closed():
            self.refusal = reason
            return self.render("closed")
        if self.request.method != "POST":
            return self._write()
        step = self.request.POST.get("step")
        if step == "back":
            return self._back()
        if not self.form.is_valid():
            return self.render("write", kept=self.request.POST)
        if not (self.edits_letter and self.sends_letter(self.form.cleaned_data)):
            return self._do("") if step == "do" or not self.edits_letter else self.render("confirm")
        return self._send() if step == "do" else self._read_letter()

    def _write(self) -> HttpResponseBase:
        if self.edits_letter and not self.form.fields:
            self.form.cleaned_data = {}
            return self._read_letter()
        return self.render("write")

    def _back(self) -> HttpResponseBase:
        """To the reasons again, with all that was typed."""
        return self.render("write", kept=self.request.POST)

    def _compose(self) -> tuple[str, str]:
        return letters.preview(self.case, self.letter, self.letter_context(getattr(self.form, "cleaned_data", {})))

    def _read_letter(self) -> HttpResponseBase:
        """The letter anew from what was written, or as it was edited if the words it was made from still stand."""
        subject, composed = self._compose()
        typed, mark = self.request.POST.get("letter", "").replace("\r\n", "\n"), self.request.POST.get("composed")
        if typed and mark != _mark(composed) and mark != _mark(typed):
            self.earlier_letter = typed
        body = typed if typed and mark == _mark(composed) else composed
        form = LetterForm(
            initial={"letter": body, "composed": _mark(composed)}, needs_link=Letter.PERSONAL_LINK in composed
        )
        return self.render("letter", letter_form=form, letter_subject=subject)

    def _send(self) -> HttpResponseBase:
        subject, composed = self._compose()
        form = LetterForm(self.request.POST, needs_link=Letter.PERSONAL_LINK in composed)
        if not form.is_valid():
            return self.render("letter", letter_form=form, letter_subject=subject)
        return self._do(form.cleaned_data["letter"], letter_form=form, letter_subject=subject)

    def _do(self, letter: str, **shown: Any) -> HttpResponseBase:
        try:
            self.perform(self.form.cleaned_data, letter)
        except Refused as refused:
            self.case = self.model_admin.get_queryset(self.request).get(pk=self.case.pk)  # as it stands, not as tried
            self.refusal = str(refused)
            step = "letter" if shown else "write"
            return self.render("closed" if self.closed() else step, **shown)
        messages.success(self.request, self.success())
        return redirect(self.model_admin.case_url(self.case))

    def render(self, step: str, *, kept: Any = None, **context: Any) -> HttpResponse:
        if self.letter and not self.letter_editable and step == "write":
            context["letter_subject"], context["letter_body"] = self._compose()
        if kept:
            context["kept"] = {name: kept[name] for name in ("letter", "composed") if kept.get(name)}
        bound = context.get("letter_form") or self.form
        return TemplateResponse(
            self.request,
            self.template,
            {
                **self.model_admin.admin_site.each_context(self.request),
                "opts": self.model_admin.opts,
                "page": self,
                "case": self.case,
                "case_url": self.model_admin.case_url(self.case),
                "title": self.label,
                "step": step,
                "two_steps": self.edits_letter and bool(self.form.fields),
                "form": self.form,
                "errors": step != "closed" and bool(bound.errors),
                "consequences": self.consequences() if step != "closed" else [],
                "warnings": [*notices.about(self.case), *self.warnings()] if step != "closed" else [],
                "has_file_field": self.form.is_multipart(),
                **context,
            },
        )


class CaseAdmin(PortalAdmin):
    """A case with a button and a page for each verb in `pages`. The permission is the verb's own."""

    pages: ClassVar[dict[str, type[VerbPage]]] = {}

    def get_urls(self) -> list[Any]:
        verbs = [
            (f"<int:pk>/{verb}/", update_wrapper(partial(self.verb_view, verb=verb), self.verb_view), verb)
            for verb in self.pages
        ]
        return add_urls(self, *verbs) + super().get_urls()

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
        if not request.user.has_perm(self.permission(verb)) or not self.has_view_permission(request):
            raise PermissionDenied
        case = get_object_or_404(self.get_queryset(request), pk=pk)
        return self.pages[verb](self, request, case).respond()

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Stands on the case's own page: Django's would know nothing of the verbs."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        case = get_object_or_404(self.get_queryset(request), pk=as_key(object_id))
        return redirect(f"{self.case_url(case)}#historik-rubrik")

    def permission(self, verb: str) -> str:
        return f"{self.opts.app_label}.{verb}_{self.opts.model_name}"

    def case_url(self, case: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[case.pk])

    def buttons(self, request: HttpRequest, case: Case, *, conflict: bool = False) -> list[dict[str, Any]]:
        """One for each verb allowed now, for this user, in the order of the table of transitions."""
        base = f"admin:{self.opts.app_label}_{self.opts.model_name}_"
        return [
            {
                "verb": verb,
                "label": self.pages[verb].title or capfirst(case.TRANSITIONS[verb].label),
                "url": reverse(base + verb, args=[case.pk]),
                "primary": self.pages[verb].primary,
                "danger": self.pages[verb].danger,
            }
            for verb in case.verbs_for(request.user)
            if verb in self.pages and not (conflict and self.pages[verb].impartial)
        ]

    def trail(self, case: Case) -> dict[str, Any]:
        """What every case page shows of the case beside itself: what to know of it, and at the end its letters and
        history, but for what was another room's."""
        return {
            "notices": notices.about(case),
            "letters": Letter.objects.ours().filter(subject_key=subject_of(case)).order_by("-pk"),
            "events": Event.objects.of(case).ours().order_by("-pk"),
        }
