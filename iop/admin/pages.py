"""What the pages of a partnership have in common: nobody handles a case of their own, and nothing typed is lost."""

from typing import Any, ClassVar

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse

from botkyrka_civil.casework import impartiality
from botkyrka_civil.casework.admin_cases import VerbPage
from iop.models import Partnership


def conflict(case: Partnership, user: Any) -> str:
    """Why the user can't handle the case (jäv), as one text for the screen; empty when nothing stands in the way."""
    return impartiality.refusal(case.conflicts_of_interest(user))


class PartnershipPage(VerbPage):
    """The page of one verb."""

    impartial = True

    def closed(self) -> str:
        return conflict(self.case, self.request.user) or super().closed()

    def everyone(self) -> str:
        """Who gets a letter when all parties do, as a part of a sentence."""
        people = [f"{party.contact_name} ({party.name})" for party in self.case.parties.with_names()]
        return " och ".join([", ".join(people[:-1]), people[-1]] if people[1:] else people)

    def render(self, step: str, **shown: Any) -> HttpResponse:
        if step == "closed":
            shown["typed"] = self.typed()
        return super().render(step, **shown)

    def typed(self) -> list[tuple[str, str]]:
        """What was written before the case moved on, to be copied: there is no form to show it in."""
        texts = [field for field in self.form if isinstance(field.field, forms.CharField) and self.form.is_bound]
        letter = ("Brevet", self.request.POST.get("letter", ""))
        written = [*((str(field.label), field.value() or "") for field in texts), letter]
        return [(label, words) for label, words in written if words.strip()]


class TaskPage(PartnershipPage):
    """The page of what changes something in the case without moving it. It names its permission, and is never a verb.

    A task may be about one of the case's rows (a party, a follow-up, a seat): `rows` are those that it may be.
    """

    needs: ClassVar[str] = "change_terms"
    about_row: ClassVar[bool] = False
    done: ClassVar[str] = "Sparat"

    def __init__(self, model_admin: Any, request: HttpRequest, case: Partnership, row: Any = None) -> None:
        self.row = row
        super().__init__(model_admin, request, case)

    @classmethod
    def rows(cls, case: Partnership) -> models.QuerySet[Any]:
        raise NotImplementedError

    @staticmethod
    def why_not(case: Partnership) -> str:
        """Why the case, as it stands, is closed for the task."""
        return ""

    def closed(self) -> str:
        return conflict(self.case, self.request.user) or self.why_not(self.case)

    def success(self) -> str:
        return f"{self.done}."


def closed_for_terms(case: Partnership) -> str:
    """While the terms are open, parties and their terms are written."""
    if case.terms_are_open:
        return ""
    if case.open_agreement:
        return "Avtalet är ute för underskrift. Öppna det för ändring först, så kan du skriva."
    return f"Det går inte att ändra nu: läget är ”{case.get_state_display()}”."
