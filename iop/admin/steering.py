"""The steering group, who sits in it, and where the council has talked about the partnership."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.models import record
from council.admin.seats import EndForm
from council.models import AgendaItem, Body, Meeting, Seat
from iop.models import Partnership
from iop.models.states import BINDING
from organisations.models import Person

from .forms import AgendaItemsForm, SeatForm
from .pages import TaskPage

RECENT = timedelta(days=3 * 366)


class FormSteeringGroupPage(TaskPage):
    verb = "form_steering_group"
    title = "Bilda styrgruppen"
    primary = True
    done = "Styrgruppen är bildad. Lägg nu till dem som sitter i den"

    @staticmethod
    def why_not(case: Partnership) -> str:
        if case.steering_group_id:
            return "Partnerskapet har redan en styrgrupp."
        return "" if case.state in BINDING else "Styrgruppen bildas när avtalet är tecknat."

    def consequences(self) -> Iterator[str]:
        yield "Partnerskapet får en styrgrupp med egna möten, kallelser och protokoll."
        yield "Sedan lägger du till dem som sitter i den, från båda sidor. Inget brev går ut."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        self.case.form_steering_group(by=self.by)


def _no_group(case: Partnership) -> str:
    if case.is_closed:
        return "Ärendet är avslutat."
    return "" if case.steering_group_id else "Partnerskapet har ingen styrgrupp än. Bilda den först."


class AddSeatPage(TaskPage):
    verb = "add_seat"
    title = "Lägg till i styrgruppen"
    form_class = SeatForm
    done = "Personen sitter nu i styrgruppen"
    why_not = staticmethod(_no_group)

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "case": self.case}

    def consequences(self) -> Iterator[str]:
        yield "Personen kallas till styrgruppens möten från och med den första dagen."
        yield "Namnet får synas i mötenas protokoll. E-postadressen visas aldrig för andra."
        yield "Inget brev går ut nu."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        """Somebody with the same address is the same person. The seat is the organisation's, or the unit's by name."""
        party = data["party"]
        with transaction.atomic():
            known = {"name": data["name"], "made_up": self.case.made_up}
            self.person, _ = Person.objects.get_or_create(email=data["email"].lower(), defaults=known)
            seat = Seat(
                body=self.case.steering_group,
                person=self.person,
                organisation=party.organisation,
                organisation_as_stated="" if party.organisation else party.name,
                role=data["role"],
                first_day=data["first_day"],
                made_up=self.case.made_up,
            )
            seat.save()
            record(seat, "add", by=self.by, label="Lades till")
            record(self.case, "add_seat", by=self.by, label=f"{party.name} fick en plats i styrgruppen", seat=seat.pk)

    def success(self) -> str:
        if self.person.name != self.form.cleaned_data["name"]:
            return f"{self.person.name} fanns redan med den e-postadressen, och sitter nu i styrgruppen."
        return super().success()


class EndSeatPage(TaskPage):
    verb = "end_seat"
    title = "Avsluta uppdraget"
    form_class = EndForm
    danger = True
    done = "Uppdraget är avslutat"
    about_row = True
    why_not = staticmethod(_no_group)
    row: Seat

    @classmethod
    def rows(cls, case: Partnership) -> models.QuerySet[Seat]:
        return Seat.objects.filter(body=case.steering_group_id).select_related("person", "body", "organisation")

    def consequences(self) -> Iterator[str]:
        yield f"{self.row.person} sitter i styrgruppen till och med den sista dagen, och kallas inte efter det."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        with transaction.atomic():
            self.row.end(by=self.by, **data)
            label = f"Ett uppdrag för {self.row.represents} i styrgruppen avslutades"
            record(self.case, "end_seat", by=self.by, label=label, seat=self.row.pk)


class LinkAgendaItemsPage(TaskPage):
    verb = "link_agenda_items"
    title = "Koppla till Rådets möten"
    form_class = AgendaItemsForm
    done = "Punkterna är sparade"

    def form_kwargs(self) -> dict[str, Any]:
        linked = list(self.case.agenda_items.values_list("pk", flat=True))
        choices = [
            (_heading(meeting), [(item.pk, item.title) for item in items])
            for meeting, items in groupby(self.offered(), key=lambda item: item.meeting)
        ]
        return {**super().form_kwargs(), "choices": choices, "initial": {"items": linked}}

    def offered(self) -> list[AgendaItem]:
        """The council's of the last years, as the notices that the user may read tell of them."""
        meetings = Meeting.objects.visible_to(self.request.user).of_kind(Body.Kind.COUNCIL)
        recent = meetings.filter(starts_at__gte=timezone.now() - RECENT)
        items = AgendaItem.objects.filter(meeting__in=recent)
        return items.order_by("-meeting__starts_at", "meeting", "order", "pk").told()

    def consequences(self) -> Iterator[str]:
        yield "Partnerskapets sida visar på vilka av Rådets möten det har tagits upp, när det är tecknat."
        if not self.form.fields["items"].choices:  # type: ignore[attr-defined]
            yield "Just nu finns inga möten att välja bland."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        """What is too old to be offered stays linked."""
        offered = {item.pk for item in self.offered()}
        with transaction.atomic():
            kept = self.case.agenda_items.exclude(pk__in=offered).values_list("pk", flat=True)
            chosen = sorted({*kept, *(pk for pk in data["items"] if pk in offered)})
            self.case.agenda_items.set(chosen)
            record(self.case, "link_agenda_items", by=self.by, label="Kopplades till Rådets möten", items=chosen)


def _heading(meeting: Meeting) -> str:
    return f"{meeting.body}, {date_format(meeting.said.starts_at, 'j F Y')}"
