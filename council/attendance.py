"""Who was at a meeting: one row a participant, a few more for others who came, and what is said of the whole."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from botkyrka_civil.casework.models import Actor, Refused
from botkyrka_civil.lib.forms import Line, Name, Text

from .models import Meeting, Participant, Seat

MORE_ROWS = 5
DUTIES = [("", "Ingen"), *Participant.Duty.choices]


class PersonRow(forms.Form):
    """One who is called, or holds a seat on the day. `key` is what the other rows call this one by."""

    use_required_attribute = False
    conditional_fields = ("presence", "serves_for", "duty")

    presence = forms.ChoiceField(
        label="Närvaro", choices=Participant.Presence.choices, widget=forms.RadioSelect, required=False
    )
    serves_for = forms.ChoiceField(label="Tjänstgjorde för", required=False)
    duty = forms.ChoiceField(label="Uppgift", choices=DUTIES, required=False)
    remove = forms.BooleanField(label="Ta bort raden", required=False)

    def __init__(self, data: Any, *, person: Participant, people: list[Participant]) -> None:
        self.person, self.key = person, key_of(person)
        super().__init__(data, prefix=self.key, initial=self._initial())
        if person.is_substitute and person.seat:
            side = person.seat.side
            absent = [("", "Ingen"), *((key_of(p), p.name) for p in people if _is_ordinary(p, side))]
            cast(forms.ChoiceField, self.fields["serves_for"]).choices = absent
        else:
            del self.fields["serves_for"]
        if not self.may_be_removed:
            del self.fields["remove"]

    def _initial(self) -> dict[str, Any]:
        person, other = self.person, self.person.serves_for
        expected = {"coming": "present", "not_coming": "absent"}.get(person.answer, "")
        return {
            "presence": person.presence or expected,
            "duty": person.duty,
            "serves_for": key_of(other) if other else "",
        }

    @property
    def sits(self) -> bool:
        """Whether the minutes must say if this one was there: not of auditors, and not of members without a seat."""
        seat = self.person.seat
        return bool(seat and seat.decides and seat.is_held_on(self.person.meeting.day))

    @property
    def may_be_removed(self) -> bool:
        """A row that somebody wrote in here, and not one who was called."""
        return self.person.pk is not None and self.person.seat_id is None and self.person.invited_at is None

    @property
    def removed(self) -> bool:
        return bool(self.cleaned_data.get("remove"))

    def clean_presence(self) -> str:
        presence: str = self.cleaned_data["presence"]
        if not presence and self.sits:
            raise ValidationError(f"Välj om {self.person.name} var närvarande eller frånvarande.", code="required")
        return presence


class GuestRow(forms.Form):
    """Somebody else who took part. All empty is nobody."""

    use_required_attribute = False
    conditional_fields = ("name", "email", "organisation", "role", "duty")

    name = Name(label="Namn", required=False)
    email = forms.EmailField(label="E-post", required=False)
    organisation = Line(label="Organisation eller parti", required=False, max_length=200)
    role = Line(label="Roll", required=False, max_length=100)
    duty = forms.ChoiceField(label="Uppgift", choices=DUTIES, required=False)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict[str, Any]:
        filled = any(value for name, value in self.cleaned_data.items() if name != "name")
        if filled and not self.cleaned_data.get("name") and "name" not in self.errors:
            self.add_error("name", "Skriv personens namn, eller töm hela raden.")
        return self.cleaned_data


class WholeForm(forms.Form):
    secretary_name = Name(label="Vem förde protokollet?")
    also_present = Text(
        label="Övriga närvarande",
        required=False,
        rows=3,
        max_length=3000,
        help_text="De som var med en stund eller lyssnade. En per rad, till exempel: Kim Ek, förvaltningen, punkt 3.",
    )
    quorum_note = Line(
        label="Beslutsförhet",
        required=False,
        max_length=200,
        help_text="Om det behövs, till exempel: Mötet var beslutsfört fram till punkt 7.",
    )


class Rows(list[Any]):
    """Several forms that includes/error_summary.html reads as one."""

    non_form_errors = ()

    def is_valid(self) -> bool:
        return not self.total_error_count

    @property
    def total_error_count(self) -> int:
        return sum(len(form.errors) for form in self)


class Attendance:
    """All that the page asks. Bound to `data`, or as it was noted before."""

    def __init__(self, meeting: Meeting, data: Mapping[str, Any] | None = None, *, secretary: str = "") -> None:
        self.meeting = meeting
        known = meeting.participants.select_related("seat__person", "serves_for__seat")
        moved = {person.pk: person for person in meeting.reseated()}
        people = [*(moved.get(person.pk, person) for person in known), *meeting.newcomers()]
        for person in people:
            person.meeting = meeting
        self.people = Rows(PersonRow(data, person=person, people=people) for person in people)
        self.guests = Rows(GuestRow(data, prefix=f"gast-{n}") for n in range(1, MORE_ROWS + 1))
        told = {"also_present": meeting.also_present, "quorum_note": meeting.quorum_note}
        self.rows = Rows([*self.people, *self.guests])
        for number, row in enumerate(self.rows, start=1):
            row.number = number
        self.whole = WholeForm(data, initial=told | {"secretary_name": meeting.secretary_name or secretary})

    def is_valid(self) -> bool:
        valid = [self.rows.is_valid(), self.whole.is_valid()]
        return all(valid) and not self._refuse_twice()

    def _refuse_twice(self) -> bool:
        """One row a person, or the minutes would count them twice."""
        taken = {row.person.email for row in self.people if not row.removed}
        twice = False
        for row in self._new_guests():
            email = row.cleaned_data["email"]
            if email and email in taken:
                row.add_error("email", f"{email} står redan på en annan rad. Fyll i den raden i stället.")
                twice = True
            taken.add(email)
        return twice

    def _new_guests(self) -> Iterator[GuestRow]:
        return (row for row in self.guests if row.cleaned_data.get("name"))

    def save(self, *, by: Actor) -> None:
        """All of it or nothing. The meeting is held with it, or what was noted before is corrected."""
        with transaction.atomic():
            now = Meeting.objects.select_for_update().get(pk=self.meeting.pk)
            if (now.state, now.modified_at) != (self.meeting.state, self.meeting.modified_at):  # a second click, too
                raise Refused("Någon annan antecknade närvaron i samma stund. Öppna sidan på nytt, och rätta där.")
            self.meeting.note_presence(self._noted())
            noted = self.meeting.correct_attendance if now.state == Meeting.State.HELD else self.meeting.hold
            noted(by=by, **self.whole.cleaned_data)

    def _noted(self) -> list[Participant]:
        """Everyone with what the form says of them. New rows are saved without it first, so that all have a number."""
        for row in self.people:
            if row.removed:
                row.person.delete()
            elif row.person.pk is None:
                row.person.save()
        kept = {row.key: row for row in self.people if not row.removed}
        for row in kept.values():
            other = kept.get(row.cleaned_data.get("serves_for", ""))
            row.person.presence, row.person.duty = row.cleaned_data["presence"], row.cleaned_data["duty"]
            row.person.serves_for = other.person if other else None
        return [row.person for row in kept.values()] + [self._guest(row) for row in self._new_guests()]

    def _guest(self, row: GuestRow) -> Participant:
        facts = {name: row.cleaned_data[name] for name in ("name", "email", "organisation", "role")}
        guest = Participant(meeting=self.meeting, **facts)
        guest.save()
        guest.presence, guest.duty = Participant.Presence.PRESENT, row.cleaned_data["duty"]
        return guest


def key_of(person: Participant) -> str:
    """The same before and after the row is saved, for those that this page is the first to save."""
    if person.seat_id:
        return f"u{person.seat_id}"
    return f"d{person.pk}" if person.pk else f"m{person.email.encode().hex()}"


def _is_ordinary(person: Participant, side: str) -> bool:
    seat = person.seat
    return bool(seat and seat.decides and seat.role != Seat.Role.SUBSTITUTE and seat.side == side)
