"""Tasks about the case, its parties and its follow-ups: what changes something without moving the case."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.http import HttpResponse

from botkyrka_civil.casework.models import Refused
from council.personal_data import everything_written
from iop.models import FollowUp, Partnership, Party
from iop.models.states import State

from .forms import AddPartyForm, ContactForm, PrivacyForm, ReasonForm
from .pages import TaskPage, closed_for_terms
from .privacy import told


class AssignPage(TaskPage):
    verb = "assign"
    needs = "open_dialogue"
    title = "Ta över ärendet"
    done = "Du är nu handläggare för ärendet"

    @staticmethod
    def why_not(case: Partnership) -> str:
        if case.state == State.PROPOSED:
            return "Förslaget är nytt. Ta upp dialog, så blir du handläggare."
        return "Ärendet är avslutat." if case.is_closed else ""

    def consequences(self) -> Iterator[str]:
        yield "Du blir handläggare för ärendet. Inget brev går ut."
        if self.case.assigned_to:
            yield f"{self.case.assigned_to} är inte längre handläggare."


# Parties -------------------------------------------------------------------------------------------------------------


class AddPartyPage(TaskPage):
    verb = "add_party"
    title = "Lägg till en part"
    form_class = AddPartyForm
    done = "Parten är tillagd"
    why_not = staticmethod(closed_for_terms)

    def form_kwargs(self) -> dict[str, Any]:
        may_add_unit = self.request.user.has_perm("organisations.add_municipalunit")
        return {**super().form_kwargs(), "case": self.case, "may_add_unit": may_add_unit}

    def consequences(self) -> Iterator[str]:
        yield (
            "Kontaktpersonen får ett brev med en personlig länk, och skriver för sin part: svar, insatser och "
            "undertecknare."
        )

    def perform(self, data: dict[str, Any], letter: str) -> None:
        parts = {"organisation": data["organisation"], "unit": data["unit"]}
        self.case.add_party(by=self.by, contact_name=data["name"], email=data["email"], **parts)


class PartyPage(TaskPage):
    """A task about one of the parties."""

    about_row = True
    row: Party

    @classmethod
    def rows(cls, case: Partnership) -> models.QuerySet[Party]:
        return case.parties.with_names()


class ChangeContactPage(PartyPage):
    verb = "change_contact"
    title = "Byt kontaktperson"
    form_class = ContactForm
    done = "Kontaktpersonen är bytt"

    @staticmethod
    def why_not(case: Partnership) -> str:
        return "Ärendet är avslutat." if case.is_closed else ""

    def consequences(self) -> Iterator[str]:
        yield (
            f"{self.row.contact_name} ({self.row.email}) skriver inte längre för {self.row.name}, och den gamla "
            "länken slutar att gälla."
        )
        yield "Den nya kontaktpersonen får ett brev med en egen länk."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        self.row.change_contact(by=self.by, **data)


class RemovePartyPage(PartyPage):
    verb = "remove_party"
    title = "Ta bort parten"
    danger = True
    done = "Parten är borttagen"
    why_not = staticmethod(closed_for_terms)

    def consequences(self) -> Iterator[str]:
        yield f"{self.row.name} är inte längre part, och länken slutar att gälla."
        yield "Det som parten har svarat och bidragit med försvinner ur ärendet. Det går inte att ångra."
        yield "Inget brev går ut. Hör av dig till kontaktpersonen."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        self.case.remove_party(self.row, by=self.by)


# Follow-ups ----------------------------------------------------------------------------------------------------------


class FollowUpTask(TaskPage):
    """A task about one of the follow-ups."""

    needs = "publish_follow_up"
    about_row = True
    row: FollowUp

    @classmethod
    def rows(cls, case: Partnership) -> models.QuerySet[FollowUp]:
        return case.follow_ups.approved()


class PublishPage(FollowUpTask):
    verb = "publish"
    title = "Publicera uppföljningen"
    form_class = PrivacyForm
    template = "admin/iop/partnership/publish.html"
    primary = True
    done = "Uppföljningen är publicerad"

    def closed(self) -> str:
        return super().closed() or ("Uppföljningen är redan publicerad." if self.row.published_at else "")

    def consequences(self) -> Iterator[str]:
        yield f"{self.row} syns för alla på partnerskapets sida, så som den står nedan."

    def warnings(self) -> Iterator[str]:
        yield from told(self.case, everything_written(self.row.content or {}))

    def perform(self, data: dict[str, Any], letter: str) -> None:
        self.row.publish(by=self.by, **data)

    def render(self, step: str, **shown: Any) -> HttpResponse:
        return super().render(step, content=self.row.content, **shown)


class UnpublishPage(FollowUpTask):
    verb = "unpublish"
    title = "Ta bort uppföljningen från webben"
    form_class = ReasonForm
    danger = True
    done = "Uppföljningen syns inte längre för alla"

    def form_kwargs(self) -> dict[str, Any]:
        about = {"question": "Varför tas den bort?", "help_text": "Skälet står i händelseloggen."}
        return {**super().form_kwargs(), **about}

    def closed(self) -> str:
        return super().closed() or ("" if self.row.published_at else "Uppföljningen är inte publicerad.")

    def consequences(self) -> Iterator[str]:
        yield f"{self.row} visas inte längre för alla. Den finns kvar i ärendet och kan publiceras igen."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        if not data["reason"].strip():
            raise Refused("Skriv varför uppföljningen tas bort från webben.")
        self.row.unpublish(by=self.by, **data)
