"""The forms of the board's room. They clean and lay out; the verbs are on the models and in elections.py."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.forms import formset_factory
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.forms import DocumentForm, NewDocumentForm
from botkyrka_civil.documents.models import Category
from botkyrka_civil.lib.forms import Day, Line, Name, Rows, Text
from organisations.models import Organisation, Person

from .elections import Elected
from .models import Body, Membership, Nomination, Seat, Term
from .models.memberships import joined_organisations

MOST_SEATS = 30
WHICH_MEETING = "Vilket möte och vilken paragraf. Till exempel: styrelsemöte 12 mars 2026, § 14."


def members() -> QuerySet[Organisation]:
    """The organisations that are members of Plattformen today."""
    return Organisation.objects.filter(memberships__in=Membership.objects.active()).order_by("name")


class DecisionNote(Line):
    def __init__(self, label: str = "Styrelsens beslut") -> None:
        missing = "Skriv vid vilket möte och i vilken paragraf beslutet fattades."
        super().__init__(label=label, max_length=200, help_text=WHICH_MEETING, error_messages={"required": missing})


class AddressField(forms.EmailField):
    """An address as it is kept: in small letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.EmailInput(attrs={"autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").lower()


class NoAutoName(Name):
    """Somebody else's name: the browser does not fill in one's own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)


class OwnDay(Day):
    """A day that Plattformen can have had, or will have while anybody here remembers."""

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and not settings.FIRST_YEAR <= day.year <= timezone.localdate().year + 10:
            raise ValidationError("Kontrollera året.", code="year")
        return day


# Memberships --------------------------------------------------------------------------------------------------------


class AcceptForm(forms.Form):
    decision_note = DecisionNote()


class RejectForm(AcceptForm):
    reason = Text(label="Varför avslås ansökan?", max_length=2000, help_text="Organisationen får läsa det i brevet.")


class ExcludeForm(AcceptForm):
    reason = Text(
        label="Varför utesluts medlemmen?", max_length=2000, help_text="Organisationen får läsa det i brevet."
    )


class ContactForm(forms.Form):
    name = NoAutoName(label="Kontaktpersonens namn")
    email = AddressField(label="Kontaktpersonens e-postadress", help_text="Visas aldrig offentligt.")


class EnterForm(ContactForm):
    """A member that came in on paper or before the portal. One's own organisation is not among the choices (jäv)."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Organisation",
        empty_label="Välj",
        help_text="Här finns de som är anslutna till Överenskommelsen och varken är medlemmar eller har ansökt.",
    )
    note = DecisionNote()

    field_order = ["organisation", "name", "email", "note"]

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = joined_organisations().order_by("name")
        if seat.organisation_id:
            choices = choices.exclude(pk=seat.organisation_id)
        self.fields["organisation"].queryset = choices  # type: ignore[attr-defined]


# Nominations --------------------------------------------------------------------------------------------------------


def known_candidates() -> QuerySet[Person]:
    """Those whom Plattformen knows already: they have sat on its bodies or in the council, or been nominated."""
    ours = Q(seats__body__owner=Body.Owner.PLATFORM) | Q(seats__side=Seat.Side.CIVIL) | Q(nominations__isnull=False)
    return Person.objects.filter(ours).distinct().order_by("name")


class ProposeForm(forms.Form):
    candidate = forms.ModelChoiceField(
        Person.objects.none(), label="Kandidat", required=False, empty_label="Någon annan: fyll i namnet nedan"
    )
    name = NoAutoName(label="Kandidatens namn", required=False, help_text="Om kandidaten inte finns i listan.")
    email = AddressField(label="Kandidatens e-postadress", required=False, help_text="Visas aldrig offentligt.")
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Organisation",
        empty_label="Välj",
        help_text="Kandidaten ska komma från en av Plattformens medlemmar.",
    )
    role = forms.ChoiceField(
        label="Plats i Rådet", choices=Nomination.ROLES, initial=Seat.Role.MEMBER, widget=forms.RadioSelect
    )

    conditional_fields = ("candidate", "name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["candidate"].queryset = known_candidates()  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = members()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("candidate") and (data.get("name") or data.get("email")):
            self.add_error("name", "Välj antingen någon i listan eller fyll i namnet, inte båda.")
        elif not data.get("candidate") and "name" not in self.errors:
            if not data.get("name"):
                self.add_error("name", "Välj någon i listan, eller fyll i kandidatens namn.")
            if not data.get("email") and "email" not in self.errors:
                self.add_error("email", "Fyll i kandidatens e-postadress, så att ni känner igen personen nästa gång.")
        return data


class NominateForm(forms.Form):
    decision_note = DecisionNote("Plattformens beslut")


class DeclineForm(forms.Form):
    reason = Text(
        label="Varför?",
        max_length=1000,
        rows=3,
        required=False,
        help_text="Till exempel att kandidaten tackade nej. Skriv inget om hälsa eller annat privat.",
    )


# The board ----------------------------------------------------------------------------------------------------------


class TermForm(forms.Form):
    label = Line(label="Periodens namn", max_length=40, help_text="Till exempel 2026 eller 2026–2027.")
    elected_on = OwnDay(label="Vald den", help_text="Dagen för årsmötet.")
    first_day = OwnDay(label="Första dag", help_text="Från och med den dagen kommer de in i styrelserummet.")
    last_day = OwnDay(
        label="Sista dag",
        help_text="Oftast dagen för nästa årsmöte. Dagen efter kommer ingen av dem in i styrelserummet längre.",
    )
    ends_sitting = forms.BooleanField(
        label="De som sitter i styrelsen nu slutar dagen före", required=False, initial=True
    )

    def clean_label(self) -> str:
        label: str = self.cleaned_data["label"]
        if Term.objects.filter(body__kind=Body.Kind.BOARD, label=label).exists():
            raise ValidationError(f"Det finns redan en period som heter {label}.", code="taken")
        return label

    def clean_elected_on(self) -> Any:
        day = self.cleaned_data["elected_on"]
        if day > timezone.localdate():
            raise ValidationError("Dagen har inte varit än. Registrera styrelsen när årsmötet har valt den.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "Sista dagen är före den första. Rätta något av datumen.")
        return data


class SeatForm(forms.Form):
    """One of those elected. A row left as it was is no person."""

    name = NoAutoName(label="Namn")
    email = AddressField(
        label="E-postadress",
        required=False,
        help_text="Dit går brevet om hur personen kommer in i styrelserummet. Utan adress kommer personen inte in.",
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label="Organisation", required=False, empty_label="Ingen av medlemmarna"
    )
    organisation_as_stated = Name(
        label="Annan organisation", required=False, max_length=200, help_text="Om den inte finns bland medlemmarna."
    )
    role = forms.ChoiceField(
        label="Roll",
        choices=[choice for choice in Seat.Role.choices if choice[0] != Seat.Role.NOT_STATED],
        initial=Seat.Role.MEMBER,
    )

    conditional_fields = ("organisation", "organisation_as_stated")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen, stated = data.get("organisation"), data.get("organisation_as_stated")
        if chosen and stated:
            self.add_error("organisation_as_stated", "Välj en medlem eller skriv en annan organisation, inte båda.")
        elif not (chosen or stated or data.get("role") in Seat.READERS or self._organisation_is_wrong):
            self.add_error("organisation", "Välj organisation, eller skriv den i nästa ruta.")
        return data

    @property
    def _organisation_is_wrong(self) -> bool:
        return "organisation" in self.errors or "organisation_as_stated" in self.errors


class BaseSeatFormSet(Rows):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = [("", "Ingen av medlemmarna"), *((o.pk, o.name) for o in members())]

    def add_fields(self, form: Any, index: int | None) -> None:
        """The same list of members in each row, asked for once."""
        super().add_fields(form, index)
        form.fields["organisation"].queryset = members()
        form.fields["organisation"].choices = self.choices

    @property
    def filled(self) -> list[int]:
        """Which rows have somebody in them."""
        return [n for n, form in enumerate(self.forms) if form.cleaned_data]

    @property
    def people(self) -> list[Elected]:
        return [Elected(**self.forms[n].cleaned_data) for n in self.filled]

    def clean(self) -> None:
        if not any(self.errors) and not self.filled:
            self.refuse("Fyll i minst en person.", "too_few")


_SeatFormSet = formset_factory(
    SeatForm, formset=BaseSeatFormSet, extra=0, max_num=MOST_SEATS, validate_max=True, absolute_max=MOST_SEATS + 5
)
ROW = "person"


def seat_formset(data: Any = None, *, initial: Any = None) -> BaseSeatFormSet:
    formset = _SeatFormSet(data, initial=initial if data is None else None, prefix=ROW)
    return cast(BaseSeatFormSet, formset)


def with_more_rows(data: Any, *, more: int = 3) -> tuple[TermForm, BaseSeatFormSet]:
    """The forms again with all that was typed, right or wrong, and some empty rows after it."""
    term = TermForm(initial={name: data.get(name, "") for name in TermForm.base_fields} | _ticked(data))
    typed = data.get(f"{ROW}-TOTAL_FORMS", "")
    rows = min(int(typed) if typed.isdecimal() and len(typed) < 4 else 0, MOST_SEATS)
    initial = [{name: data.get(f"{ROW}-{n}-{name}", "") for name in SeatForm.base_fields} for n in range(rows)]
    empty: list[dict[str, str]] = [{} for _ in range(min(more, MOST_SEATS - rows))]
    return term, seat_formset(initial=initial + empty)


def _ticked(data: Any) -> dict[str, bool]:
    return {"ends_sitting": "ends_sitting" in data}


class EndForm(forms.Form):
    last_day = OwnDay(label="Sista dag", help_text="Dagen efter kommer personen inte in i styrelserummet längre.")
    reason = Line(
        label="Varför upphör uppdraget?",
        max_length=200,
        help_text="Till exempel: avgick på egen begäran. Skriv inget om hälsa eller annat privat.",
        error_messages={"required": "Skriv varför uppdraget upphör."},
    )

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat

    def clean_last_day(self) -> Any:
        day, seat = self.cleaned_data["last_day"], self.seat
        if day < seat.first_day:
            first = date_format(seat.first_day, "j F Y")
            raise ValidationError(f"Uppdraget börjar den {first}. Sista dagen kan inte vara före den.")
        if seat.last_day and day > seat.last_day:
            raise ValidationError(f"Uppdraget upphör redan den {date_format(seat.last_day, 'j F Y')}.")
        return day


class PersonForm(forms.Form):
    name = NoAutoName(label="Namn")
    email = AddressField(label="E-postadress", required=False, help_text="Visas aldrig offentligt.")


# Documents ----------------------------------------------------------------------------------------------------------

# Not for staff: they are given it by handing it over, and if it were for them alone the board would not see it.
AUDIENCES = Body(owner=Body.Owner.PLATFORM).audiences


class _Opening(forms.Form):
    """Opening a document to everyone hands it over to the municipality too: that is asked about first."""

    understood = forms.BooleanField(
        label="Jag förstår att dokumentet då lämnas över till kommunen",
        required=False,
        help_text="Gäller bara om du väljer Alla. Då blir det också en allmän handling hos kommunen.",
    )

    conditional_fields = ("understood",)
    is_handed_over = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        audience, category = self.fields["audience"], self.fields["category"]
        category.choices = [("", "Välj"), *Category.choices]  # type: ignore[attr-defined]
        audience.label = "Vem får se dokumentet?"
        audience.choices = [(choice.value, choice.label) for choice in AUDIENCES]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("audience") == Audience.PUBLIC and not (data.get("understood") or self.is_handed_over):
            self.add_error("understood", "Kryssa i rutan, eller välj medlemmarna eller styrelsen.")
        return data

    @property
    def facts(self) -> dict[str, Any]:
        """What the verbs ask for."""
        return {name: value for name, value in self.cleaned_data.items() if name != "understood"}


class RoomDocumentForm(_Opening, NewDocumentForm):
    field_order = ["title", "category", "audience", "understood", "note", "upload", "language", "accessible"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["audience"] = Audience.BOARD


class RoomDocumentFactsForm(_Opening, DocumentForm):
    field_order = ["title", "category", "audience", "understood", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_handed_over = self.instance.handed_over_at is not None
        if self.is_handed_over:
            del self.fields["understood"]
