"""A newly elected board, registered in one go: its term, its seats, and the people in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Refused, record
from botkyrka_civil.lib import swedish
from organisations.models import Organisation, Person

from .models import Body, Seat, Term


@dataclass(frozen=True)
class Elected:
    """One person as the annual meeting elected them. Without an address they get no account and no letters."""

    name: str
    role: str
    email: str = ""
    organisation: Organisation | None = None
    organisation_as_stated: str = ""


class RefusedPerson(Refused):
    """A rule is about one of those elected: which one (from 0), and which of the facts about them."""

    def __init__(self, row: int, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.row, self.field = row, field


def person_for(name: str, email: str) -> Person:
    """The person whom we know by the address, or a new one. An address is never given to somebody of another name."""
    if not email:
        return Person.objects.create(name=name)
    person, _ = Person.objects.get_or_create(email=email.lower(), defaults={"name": name})  # of two at once, one person
    if swedish.fold(person.name) != swedish.fold(name):
        raise Refused("Adressen hör till någon med ett annat namn. Kontrollera både namnet och adressen.")
    return person


def elect(
    *,
    by: Actor,
    body: Body,
    label: str,
    first_day: date,
    last_day: date,
    elected_on: date,
    people: Sequence[Elected],
    ends_sitting: bool = False,
) -> Term:
    """All of them sit from the first day to the last. Those who are new get an account and a letter.

    With `ends_sitting`, whoever still has a seat on the first day leaves it the day before. All or nothing.
    """
    with transaction.atomic():
        Body.objects.select_for_update().get(pk=body.pk)
        if body.terms.filter(label=label).exists():
            raise Refused(f"Det finns redan en period som heter {label}.")
        sitting = set(body.seats.held_on(timezone.localdate()).values_list("person", flat=True))
        if ends_sitting:
            _end_sitting(body, by=by, last_day=first_day - timedelta(days=1))
        days = {"first_day": first_day, "last_day": last_day, "elected_on": elected_on}
        term = body.terms.create(label=label, **days)
        seats = [_seat(term, row, elected) for row, elected in enumerate(people)]
        record(body, "elect", by=by, label=f"Ny styrelse registrerades: {label}", term=term.pk)
        for seat in seats:
            if seat.person_id not in sitting:
                seat.welcome(by=by)
    return term


def _end_sitting(body: Body, *, by: Actor, last_day: date) -> None:
    for seat in body.seats.held_on(last_day).overlapping(last_day + timedelta(days=1), None):
        seat.end(by=by, last_day=last_day, reason="En ny styrelse valdes.")


def _seat(term: Term, row: int, elected: Elected) -> Seat:
    seat = Seat(
        body=term.body,
        term=term,
        organisation=elected.organisation,
        organisation_as_stated=elected.organisation_as_stated,
        role=elected.role,
        order=row + 1,
        first_day=term.first_day,
        last_day=term.last_day,
        elected_on=term.elected_on,
    )
    try:
        seat.person = person_for(elected.name, elected.email)
    except Refused as refused:
        raise RefusedPerson(row, "email", str(refused)) from None
    try:
        seat.clean()
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise RefusedPerson(row, field, sentences[0]) from None
    seat.save()
    return seat


def correct_person(seat: Seat, *, by: Actor, name: str, email: str) -> None:
    """Another name, or another address: then the way in goes with the new address, and the old one opens nothing."""
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seat.person_id)
        email = email.lower()
        if email and Person.objects.filter(email=email).exclude(pk=person.pk).exists():
            raise Refused("Adressen hör till någon annan. Kontrollera den.")
        changed = [field for field, value in (("name", name), ("email", email)) if getattr(person, field) != value]
        if not changed:
            return
        if person.seats.exclude(body__owner=Body.Owner.PLATFORM).overlapping(timezone.localdate(), None).exists():
            raise Refused(f"{person} sitter också i Rådet. Be Rådets sekreterare att ändra uppgifterna.")
        person.name, person.email = name, email
        person.save(update_fields=["name", "email"])
        record(seat, "correct_person", by=by, label="Namn eller e-postadress ändrades", changed=changed)
        if "email" in changed:
            open_for_new_address(person, by=by)


def open_for_new_address(person: Person, *, by: Actor) -> None:
    """The way into the board's room goes with the person's new address: the old calendar and account show nothing."""
    for seat in person.seats.on_board().overlapping(timezone.localdate(), None):
        seat.renew_calendar(by=by)
        seat.welcome(by=by)
