"""What the officer writes: who the person is, and what is to be done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from ..lib.forms import Day, Line, Text
from .rectify import KINDS
from .who import Who

MOST = 10  # addresses or names: more than that is somebody looking around


def _lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise ValidationError(f"Skriv högst {MOST} rader.")
    return lines


class PersonForm(forms.Form):
    """The person, by what they have stated themselves."""

    email = forms.EmailField(label="E-postadress", required=False)
    more = Text(label="Fler adresser", required=False, rows=2, max_length=2000, help_text="En per rad.")
    names = Text(
        label="Namn",
        required=False,
        rows=2,
        max_length=2000,
        help_text="För- och efternamn, en stavning per rad. Behövs för det som inte har någon adress, till exempel "
        "protokoll och blanketter på papper. Flera personer kan heta likadant.",
    )

    def clean_more(self) -> list[str]:
        addresses = _lines(self.cleaned_data["more"])
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(f"”{address}” är inte en e-postadress.") from None
        return addresses

    def clean_names(self) -> list[str]:
        names = _lines(self.cleaned_data["names"])
        if short := [name for name in names if len(name.split()) < 2]:
            raise ValidationError(f"”{short[0]}” räcker inte. Skriv både för- och efternamn.")
        return names

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.who.emails and not self.who.names:
            raise ValidationError("Skriv personens e-postadress eller namn.")
        return self.cleaned_data

    @property
    def who(self) -> Who:
        said = self.cleaned_data
        return Who.of([said.get("email", ""), *said.get("more", [])], said.get("names", []))


class HandOutForm(forms.Form):
    checked = forms.BooleanField(
        label="Jag har kontrollerat att den som frågar är personen själv, eller har rätt att fråga",
        error_messages={"required": "Kontrollera först vem som frågar, och kryssa i rutan."},
    )


class RectifyForm(forms.Form):
    """What stands there, and what should."""

    wrong = forms.ChoiceField(
        label="Vad är fel?", error_messages={"required": "Välj den uppgift som är fel.", "invalid_choice": "Välj igen."}
    )
    right = Line(label="Vad är rätt?", max_length=254)
    why = Line(label="Varför?", max_length=200, help_text="Till exempel: personen hörde av sig och hade stavat fel.")

    def __init__(self, data: Any = None, *, stated: list[tuple[str, str, int]]) -> None:
        super().__init__(data, label_suffix="")
        choices = [(f"{kind}:{said}", f"{said} ({places(count)})") for kind, said, count in stated]
        self.fields["wrong"].choices = [("", "Välj uppgift"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        kind, _, wrong = self.cleaned_data.get("wrong", "").partition(":")
        right = self.cleaned_data.get("right", "")
        self.cleaned_data |= {"kind": kind, "wrong_words": wrong}
        if kind == "email" and right:
            try:
                validate_email(right)
            except ValidationError:
                self.add_error("right", "Skriv en e-postadress, till exempel kim@exempel.se.")
        longest = {"name": 150, "phone": 30}.get(kind, 254)
        if len(right) > longest:
            self.add_error("right", f"Skriv högst {longest} tecken.")
        if right and right == wrong:
            self.add_error("right", f"Det är samma som står där i dag: {KINDS[kind]} ändras inte.")
        return self.cleaned_data


def places(count: int) -> str:
    return "1 ställe" if count == 1 else f"{count} ställen"


class RestrictForm(forms.Form):
    came_on = Day(label="När kom begäran?")
    reason = Text(
        label="Varför begränsas behandlingen?",
        rows=3,
        max_length=1000,
        help_text="Till exempel: personen menar att uppgifterna är fel, och vi kontrollerar dem.",
    )

    def clean_came_on(self) -> Any:
        day = self.cleaned_data["came_on"]
        if day > timezone.localdate():
            raise ValidationError("Dagen har inte varit än.")
        return day


class LiftForm(forms.Form):
    reason = Text(
        label="Varför hävs begränsningen?",
        rows=3,
        max_length=1000,
        help_text="Till exempel: uppgifterna är rättade. Tala om det för personen innan du häver den.",
    )
