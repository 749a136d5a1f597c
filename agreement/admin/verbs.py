"""The pages of an accession's verbs: what will happen, what each asks, and which letter goes out."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from agreement.models import Completion
from botkyrka_civil.casework import impartiality
from botkyrka_civil.casework.admin_cases import VerbPage
from botkyrka_civil.documents.admin_translation import TranslatePage

from .forms import AnswerForm, CompletionForm, DueForm, EndForm, LeaveOnPaperForm, MotivationForm


class AccessionPage(VerbPage):
    impartial = True

    def warnings(self) -> Iterator[str]:
        if self.impartial and (conflicts := self.case.conflicts_of_interest(self.request.user)):
            yield impartiality.refusal(conflicts)

    def _recipient(self) -> str:
        if self.case.applicant_email:
            return f"Brevet går till {self.case.applicant_email}."
        return "Organisationen har ingen e-postadress hos oss: brevet läggs för utskrift, så att du kan posta det."


class TakePage(AccessionPage):
    verb = "take"
    primary = True

    def consequences(self) -> Iterator[str]:
        yield "Du blir handläggare för ärendet."
        if self.case.assigned_to and self.case.assigned_to != self.request.user:
            yield f"{self.case.assigned_to} är inte längre handläggare."
        yield "Läget blir ”Under granskning”. Inget brev går ut."


class RequestCompletionPage(AccessionPage):
    verb = "request_completion"
    title = "Begär komplettering"
    form_class = CompletionForm
    letter = "completion_requested"

    def consequences(self) -> Iterator[str]:
        yield "Organisationen får ett brev om vad som behövs, och svarar på sin egen sida."
        yield "Ärendet väntar på svaret till den sista dagen. En påminnelse går ut några dagar före."
        yield "Ändrar organisationen det som är underskrivet, skriver firmatecknarna under på nytt."
        yield self._recipient()

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"completion": Completion(accession=self.case, **data)}


class ExtendPage(AccessionPage):
    verb = "extend"
    title = "Flytta sista dagen"
    form_class = DueForm

    def consequences(self) -> Iterator[str]:
        yield "Organisationen får längre tid på sig att svara. Den nya dagen syns på dess egen sida."
        yield "Inget brev går ut nu. En påminnelse går ut några dagar före den nya dagen."


class AnswerPage(AccessionPage):
    verb = "answer"
    title = "Registrera ett svar"
    form_class = AnswerForm

    def consequences(self) -> Iterator[str]:
        yield "Svaret som kom på annat sätt än på organisationens egen sida sparas i ärendet."
        yield "Ärendet går tillbaka till granskning. Inget brev går ut."

    def perform(self, data: dict[str, Any], letter: str) -> None:
        with transaction.atomic():
            if data["evidence"]:
                self.case.attach_evidence(data["evidence"], by=self.by)
            self.case.answer(by=self.by, text=data["text"])


class ApprovePage(AccessionPage):
    verb = "approve"
    title = "Godkänn"
    primary = True
    letter = "approved"

    def consequences(self) -> Iterator[str]:
        name = self.case.organisation.name
        yield f"{name} är ansluten från och med i dag och står genast på den offentliga listan."
        if self.case.supersedes:
            yield f"Den tidigare anslutningen ({self.case.supersedes.version_label or 'utan version'}) ersätts."
        yield "Uppgifterna på listan blir de som står i den underskrivna blanketten. Blanketten följer med brevet."
        yield self._recipient()

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        """The organisation by the name it has signed with, which is the one it gets."""
        accession, joining = copy(self.case), self.case.joining
        accession.organisation = copy(self.case.organisation)
        if joining:
            accession.organisation.name = joining.content["organisation"]["name"]
        return {"accession": accession}

    def warnings(self) -> Iterator[str]:
        yield from super().warnings()
        joining = self.case.joining
        if joining and joining.form and not self.case.has_seen_form(self.request.user):
            url = reverse("admin:agreement_accession_file", args=[self.case.pk, joining.form.pk])
            yield format_html(
                'Du har inte öppnat blanketten. <a href="{}" target="_blank">Öppna blanketten (ny flik)</a> '
                "och läs den innan du godkänner.",
                url,
            )


class RejectPage(AccessionPage):
    verb = "reject"
    form_class = MotivationForm
    letter = "rejected"
    danger = True

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.organisation.name} ansluts inte. Ärendet är avslutat."
        yield "Organisationen får ett brev med dina skäl, och med hur den kan begära omprövning eller ansöka igen."
        yield self._recipient()

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return dict(data)


class WriteOffPage(RejectPage):
    verb = "write_off"
    title = "Skriv av"
    letter = "written_off"

    def consequences(self) -> Iterator[str]:
        yield "Ärendet avslutas utan beslut i sak, eftersom kompletteringen inte har kommit."
        yield "Organisationen får ett brev med dina skäl, och kan ansöka igen."
        yield self._recipient()

    def warnings(self) -> Iterator[str]:
        yield from super().warnings()
        completion = self.case.open_completion
        if completion and completion.due >= timezone.localdate():
            yield f"Sista dag att svara är {completion.due:%Y-%m-%d}. Ärendet kan skrivas av först efter den."
        elif completion and self.case.applicant_email and not completion.reminded_at:
            yield "Sökanden har inte fått någon påminnelse än. Ärendet kan skrivas av först efter den."


class LeavePage(AccessionPage):
    verb = "leave"
    title = "Registrera utträde på papper"
    form_class = LeaveOnPaperForm
    letter = "left"
    letter_editable = False
    impartial = False

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.organisation.name} går genast bort från den offentliga listan och blir kvar i historiken."
        yield "Den inskannade anmälan sparas i ärendet."
        yield self._recipient()

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        accession = copy(self.case)
        accession.ended_on = timezone.localdate()
        return {"accession": accession}


class EndPage(AccessionPage):
    verb = "end"
    title = "Avsluta anslutningen"
    form_class = EndForm
    letter = "ended"
    danger = True
    impartial = False

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "organisation": self.case.organisation}

    def consequences(self) -> Iterator[str]:
        yield f"{self.case.organisation.name} går genast bort från den offentliga listan och blir kvar i historiken."
        yield "Det går inte att ångra. Ska organisationen tillbaka behövs en ny anslutning."

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"reason": data["reason"]}

    def sends_letter(self, data: dict[str, Any]) -> bool:
        return bool(data["notify"])

    def perform(self, data: dict[str, Any], letter: str) -> None:
        with transaction.atomic():
            self.case.end(by=self.by, reason=data["reason"], letter=letter)
            if data["status"]:
                self.case.organisation.close(by=self.by, status=data["status"], merged_into=data["merged_into"])


class TranslateDecisionPage(TranslatePage, AccessionPage):
    """Closed in a conflict of interest, as the other verbs."""

    letter = "translated"


PAGES: dict[str, type[VerbPage]] = {
    page.verb: page
    for page in (
        TakePage,
        RequestCompletionPage,
        AnswerPage,
        ExtendPage,
        ApprovePage,
        RejectPage,
        WriteOffPage,
        LeavePage,
        EndPage,
        TranslateDecisionPage,
    )
}
