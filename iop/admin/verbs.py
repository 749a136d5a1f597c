"""The pages of a partnership's verbs: what will happen, what each asks, and which letter goes out."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.admin_cases import VerbPage
from botkyrka_civil.documents.admin_translation import TranslatePage
from council.personal_data import everything_written
from iop import rules
from iop.models.states import State

from .forms import DecideForm, DeclineForm, ReasonForm, TerminateForm
from .pages import PartnershipPage
from .privacy import told


class ReasonPage(PartnershipPage):
    """A verb that asks why, in its own words."""

    form_class = ReasonForm
    question = "Varför?"
    help_text = "Skälet står i breven och i händelseloggen."

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "question": self.question, "help_text": self.help_text}


class OpenDialoguePage(PartnershipPage):
    verb = "open_dialogue"
    title = "Ta upp dialog"
    primary = True
    letter = "dialogue"

    def consequences(self) -> Iterator[str]:
        yield "Du blir handläggare för ärendet, och parterna kan börja fylla på: svar på kriterierna och insatser."
        yield f"Organisationen får ett brev med sin länk. Det går till {self.case.proposer.email}."

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        """As it will stand: the one who writes is the officer."""
        case = copy(self.case)
        case.assigned_to = self.request.user
        return {"partnership": case, "party": self.case.proposer, "officer": self.request.user}


class DraftAgreementPage(PartnershipPage):
    verb = "draft_agreement"
    title = "Börja skriva avtalet"
    primary = True

    def consequences(self) -> Iterator[str]:
        yield "Läget blir ”Avtalsutkast”. Parterna kan fortfarande ändra sina svar och insatser."
        if not self.case.terms:
            yield "Villkoren fylls i med en standardtext, som du ändrar så att den passar."
        yield "Inget brev går ut."


class SubmitPage(PartnershipPage):
    verb = "submit"
    title = "Lägg fram för beslut"
    primary = True

    def consequences(self) -> Iterator[str]:
        yield "Villkoren låses medan ni väntar på beslutet. Behöver något ändras öppnar du avtalet igen."
        yield "Inget brev går ut."

    def warnings(self) -> Iterator[str]:
        yield from rules.problems(self.case)


class DecidePage(PartnershipPage):
    verb = "decide"
    title = "Anteckna ja och skicka för underskrift"
    form_class = DecideForm
    template = "admin/iop/partnership/decide.html"
    primary = True

    def closed(self) -> str:
        return super().closed() or ("Avtalet är redan ute för underskrift." if self.case.open_agreement else "")

    def consequences(self) -> Iterator[str]:
        deadline = timezone.localdate() + settings.SIGNING_PERIOD
        yield "Beslutet antecknas, och avtalet fryses så som det står nedan."
        yield f"Alla som skriver under får en egen länk. De ska svara senast den {date_format(deadline, 'j F Y')}."
        if self.case.state == State.RENEGOTIATION:
            yield "Avtalet som gäller fortsätter att gälla tills alla har skrivit under det nya."
        yield "När alla har skrivit under får avtalet ett diarienummer, och syns för alla."

    def warnings(self) -> Iterator[str]:
        yield from rules.problems(self.case)
        yield from told(self.case, everything_written(self.case.content(0)))

    def render(self, step: str, **shown: Any) -> HttpResponse:
        if step != "closed":
            version = (self.case.agreement.version if self.case.agreement else 0) + 1
            shown["content"] = self.case.content(version)
            parties = self.case.parties.with_names().prefetch_related("signatories")
            shown["people"] = [(party, person) for party in parties for person in party.signatories.all()]
        return super().render(step, **shown)


class ReopenPage(ReasonPage):
    verb = "reopen"
    title = "Öppna avtalet för ändring"
    question = "Varför ändras avtalet?"

    def closed(self) -> str:
        if reason := super().closed():
            return reason
        waits = self.case.state == State.RENEGOTIATION and not self.case.open_agreement
        return "Avtalet är redan öppet för ändring." if waits else ""

    def consequences(self) -> Iterator[str]:
        yield "Parterna kan skriva igen, och du kan ändra villkoren."
        agreement = self.case.open_agreement
        if agreement:
            yield "Underskriftsomgången avbryts, och länkarna slutar att gälla. Det behövs ett nytt beslut."
            signed = agreement.signatures.given().count()
            if signed:
                yield f"De som redan har skrivit under ({signed}) får ett brev med ditt skäl."


class DeclinePage(PartnershipPage):
    verb = "decline"
    title = "Avböj"
    form_class = DeclineForm
    letter = "declined"
    danger = True

    def consequences(self) -> Iterator[str]:
        yield "Kommunen säger nej, och ärendet är avslutat."
        yield f"Organisationen får ett brev med skälen. Det går till {self.case.proposer.email}."
        if self.case.open_agreement:
            yield "Underskriftsomgången avbryts, och de som har skrivit under får veta det."

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"party": self.case.proposer, "officer": self.request.user, **data}


class CancelPage(ReasonPage):
    verb = "cancel"
    title = "Avbryt ärendet"
    question = "Varför avbryts ärendet?"
    danger = True

    def consequences(self) -> Iterator[str]:
        yield "Ärendet avslutas utan beslut, till exempel för att parterna är överens om att inte gå vidare."
        yield f"Ett brev med skälet går till {self.everyone()}."
        yield "Säger kommunen nej: anteckna i stället ett beslut med ”Avböj”."


class BeginFollowUpPage(PartnershipPage):
    verb = "begin_follow_up"
    title = "Börja uppföljningen"
    primary = True

    def consequences(self) -> Iterator[str]:
        due = timezone.localdate() + settings.IOP_FOLLOW_UP_NOTICE
        since = self.case.followed_up
        assert since
        yield f"Parterna skriver om tiden sedan {date_format(since, 'j F Y')}, och godkänner tillsammans."
        yield f"Den ska vara klar den {date_format(due, 'j F Y')}. En påminnelse går ut några dagar före."
        yield f"Ett brev går till {self.everyone()}."

    def warnings(self) -> Iterator[str]:
        if not self.case.indicators.exists():
            yield "Partnerskapet har inga mått. Lägg till dem först om ni vill följa något i siffror."


class RenegotiatePage(ReasonPage):
    verb = "renegotiate"
    title = "Omförhandla avtalet"
    question = "Varför omförhandlas avtalet?"

    def consequences(self) -> Iterator[str]:
        yield "Parterna och du kan ändra svar, insatser och villkor. Det blir en ny version av avtalet."
        yield "Avtalet som gäller fortsätter att gälla tills alla har skrivit under det nya."
        yield f"Ett brev med skälet går till {self.everyone()}."

    def warnings(self) -> Iterator[str]:
        if rules.is_old(self.case.followed_up, timezone.localdate()):
            yield "Den senaste uppföljningen är äldre än tolv månader. Följ upp först."


class AbandonPage(ReasonPage):
    verb = "abandon"
    title = "Avbryt omförhandlingen"
    question = "Varför avbryts omförhandlingen?"
    danger = True

    def consequences(self) -> Iterator[str]:
        yield "Avtalet som gäller fortsätter som förut. Det som har ändrats i villkor och insatser tas tillbaka."
        yield f"Ett brev med skälet går till {self.everyone()}."


class TerminatePage(ReasonPage):
    verb = "terminate"
    title = "Säg upp avtalet"
    form_class = TerminateForm
    question = "Varför sägs avtalet upp?"
    help_text = "Skälet står i breven och i händelseloggen. Skriv inga namn på personer."
    danger = True

    def consequences(self) -> Iterator[str]:
        yield "Läget blir genast ”Uppsagt”. Dagen då avtalet upphör visas för alla."
        if self.case.open_follow_up:
            yield "Uppföljningen som pågår stängs."
        yield f"Ett brev med skälet går till {self.everyone()}."
        yield "Det går inte att ångra."


class TranslateDecisionPage(TranslatePage, PartnershipPage):
    """Closed in a conflict of interest, as the other verbs."""

    letter = "translated"

    def letter_context(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**super().letter_context(data), "party": self.case.proposer}


PAGES: dict[str, type[VerbPage]] = {
    page.verb: page
    for page in (
        OpenDialoguePage,
        DraftAgreementPage,
        SubmitPage,
        DecidePage,
        ReopenPage,
        BeginFollowUpPage,
        RenegotiatePage,
        AbandonPage,
        DeclinePage,
        CancelPage,
        TerminatePage,
        TranslateDecisionPage,
    )
}
