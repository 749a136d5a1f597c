"""Writing the terms, and what is counted. Two who write at once never overwrite each other."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.formats import date_format

from iop import rules
from iop.models import Partnership
from iop.models.states import State

from .forms import IndicatorRows, TermsForm
from .pages import TaskPage, closed_for_terms

WRITTEN = (*rules.TERM_FIELDS, "procurement_note")


class Difference(NamedTuple):
    """One field that a colleague and the one who writes have filled in differently."""

    label: str
    now: str
    typed: str


class ChangeTermsPage(TaskPage):
    verb = "change_terms"
    title = "Ändra villkoren"
    form_class = TermsForm
    template = "admin/iop/partnership/terms.html"
    done = "Villkoren är sparade"
    why_not = staticmethod(closed_for_terms)
    form: TermsForm

    def form_kwargs(self) -> dict[str, Any]:
        now = {field: getattr(self.case, field) for field in WRITTEN}
        initial = {**now, "principles": list(self.case.principles.all()), "base": self.case.revision}
        return {**super().form_kwargs(), "case": self.case, "initial": initial}

    def consequences(self) -> Iterator[str]:
        yield "Villkoren sparas i ärendet. Parterna ser dem på sina sidor."
        yield "Svaren på kriterierna och insatserna skriver parterna själva."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        principles = list(data["principles"])
        self.case.change_terms(by=self.by, base=data["base"], facts=self.form.facts, principles=principles)

    def render(self, step: str, **shown: Any) -> HttpResponse:
        if step == "write" and self.refusal and self.form.cleaned_data["base"] != self.case.revision:
            shown["differences"] = list(self._differences())
            self._go_on_from_what_stands()
        return super().render(step, **shown)

    def _differences(self) -> Iterator[Difference]:
        for field in WRITTEN:
            now, typed = getattr(self.case, field), self.form.cleaned_data[field]
            if now != typed:
                yield Difference(str(self.form[field].label), _said(now), _said(typed))
        headings = [sorted(p.heading for p in rows) for rows in (self.case.principles.all(), self._principles())]
        if headings[0] != headings[1]:
            yield Difference(str(self.form["principles"].label), *(_said(", ".join(names)) for names in headings))

    def _principles(self) -> Any:
        return self.form.cleaned_data["principles"]

    def _go_on_from_what_stands(self) -> None:
        """What was typed stays in the form; saved again, it is what holds."""
        data = self.request.POST.copy()
        data["base"] = str(self.case.revision)
        self.form = TermsForm(data, **self.form_kwargs())


def _said(value: Any) -> str:
    if value in (None, ""):
        return "Inget"
    return value if isinstance(value, str) else date_format(value, "j F Y")


def _short(number: Decimal | None) -> Decimal | None:
    """30, and not 30,00."""
    if number is None or number != number.to_integral_value():
        return number
    return number.quantize(Decimal(1))


class ChangeIndicatorsPage(TaskPage):
    verb = "change_indicators"
    title = "Ändra måtten"
    template = "admin/iop/partnership/indicators.html"
    done = "Måtten är sparade"

    def __init__(self, model_admin: Any, request: HttpRequest, case: Partnership, row: Any = None) -> None:
        super().__init__(model_admin, request, case, row)
        now = [
            {"id": row.pk, "name": row.name, "unit": row.unit, "goal": _short(row.goal)}
            for row in case.indicators.all()
        ]
        plain = {"label_suffix": ""}
        self.formset = IndicatorRows(request.POST or None, initial=now, prefix="matt", form_kwargs=plain)

    @staticmethod
    def why_not(case: Partnership) -> str:
        if case.is_closed or case.state == State.PROPOSED:
            return f"Det går inte att ändra måtten nu: läget är ”{case.get_state_display()}”."
        return ""

    def consequences(self) -> Iterator[str]:
        yield "Parterna fyller i måtten i varje uppföljning. Det som redan har mätts finns kvar."
        yield "Töm en rad för att ta bort måttet. Ett mått som har mätts går inte att ta bort."

    def respond(self) -> HttpResponseBase:
        if self.request.method == "POST" and not self.closed() and not self.formset.is_valid():
            return self.render("write", errors=True)
        return super().respond()

    def perform(self, data: dict[str, Any], letter: str) -> None:
        self.case.change_indicators(by=self.by, rows=self.formset.filled)

    def render(self, step: str, **shown: Any) -> HttpResponse:
        return super().render(step, formset=self.formset, **shown)
