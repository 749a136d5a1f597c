"""The forms of the conference: the guest's, and the board's. They clean and lay out; the verbs are on the models."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy

from agreement.models import ActionItem, AgreementVersion, Principle
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib.forms import Day, Line, Name, Text, Time, TrapForm

from .models import Conference

MOST_PLACES = 5000


class NeedsForm(forms.Form):
    needs = Text(
        label="Behov av tillgänglighet eller kost",
        required=False,
        max_length=500,
        rows=3,
        # Express, and with the way to withdraw: dataskyddsförordningen art. 7.3, 9.2 a
        help_text=format_lazy(
            "Till exempel hörslinga, plats för rullstol eller glutenfri mat. Skriv vad du behöver, inte varför. {}",
            lazy(render_to_string, str)("council/conference/_consent.txt"),
        ),
    )


class RegistrationForm(NeedsForm, TrapForm):
    name = Name(label="Ditt namn", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Din e-postadress",
        help_text="Dit skickar vi en länk. Du är anmäld när du har bekräftat med den.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    organisation = Name(
        label="Organisation",
        required=False,
        help_text="Föreningen eller arbetsplatsen du kommer från.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


# The board's -------------------------------------------------------------------------------------------------------


class ConferenceForm(forms.Form):
    """The facts of a conference on one day. `facts` is what the model asks for."""

    year = forms.IntegerField(
        label="Vilket års konferens är det?",
        min_value=settings.FIRST_YEAR,
        max_value=2100,
        help_text="Står i adressen. Det finns en konferens per år.",
    )
    theme = Name(label="Tema", max_length=200)
    day = Day(label="Dag")
    starts = Time(label="Börjar klockan")
    ends = Time(label="Slutar klockan")
    place = Line(label="Plats", max_length=200, help_text="Lokal och adress, så att alla hittar.")
    programme = Text(
        label="Program",
        required=False,
        rows=8,
        help_text="En punkt på varje rad, med klockslaget först. Till exempel: 09.00 Kaffe och registrering",
    )
    capacity = forms.IntegerField(
        label="Antal platser",
        min_value=1,
        max_value=MOST_PLACES,
        help_text="När platserna är slut ställs de som bekräftar i kö.",
        error_messages={"min_value": "Det behövs minst en plats."},
    )
    opens_on = Day(label="Anmälan öppnar", help_text="Den dagen öppnar anmälan av sig själv och blir synlig för alla.")
    closes_on = Day(label="Sista dag för anmälan", help_text="Dagen efter är anmälan stängd.")

    def __init__(self, *args: Any, conference: Conference | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conference = conference
        if conference:
            del self.fields["year"]  # it stands in the address and in letters
        if conference and conference.opened_at:
            del self.fields["opens_on"]

    @staticmethod
    def initial_of(conference: Conference) -> dict[str, Any]:
        starts_at, ends_at = timezone.localtime(conference.starts_at), timezone.localtime(conference.ends_at)
        kept = ("theme", "place", "programme", "capacity", "opens_on", "closes_on")
        return {name: getattr(conference, name) for name in kept} | {
            "day": starts_at.date(),
            "starts": starts_at.time(),
            "ends": ends_at.time(),
        }

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if Conference.objects.filter(year=year).exists():
            raise ValidationError(f"Det finns redan en dialogkonferens {year}.", code="taken")
        return year

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise ValidationError("Dagen har redan varit. Välj en dag som kommer.", code="past")
        return day

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        if self.conference and capacity < (taken := self.conference.taken):
            raise ValidationError(
                f"{taken} personer har redan fått plats. Platserna kan inte vara färre än så.", code="too_few"
            )
        return capacity

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        day, starts, ends = (cleaned.get(name) for name in ("day", "starts", "ends"))
        opens_on = cleaned.get("opens_on") or (self.conference and self.conference.opens_on)
        closes_on = cleaned.get("closes_on")
        if starts and ends and ends <= starts:
            self.add_error("ends", "Konferensen slutar innan den har börjat. Ändra något av klockslagen.")
        if opens_on and closes_on and closes_on < opens_on:
            self.add_error("closes_on", "Sista dagen för anmälan ligger före dagen då den öppnar. Ändra någon av dem.")
        if day and closes_on and closes_on > day:
            self.add_error("closes_on", "Sista dagen för anmälan ligger efter konferensen. Välj en tidigare dag.")
        if day and cleaned.get("year") and day.year - cleaned["year"] not in (0, 1):
            self.add_error("day", f"Dagen hör inte till {cleaned['year']} års konferens. Ändra dagen eller året.")
        return cleaned

    @property
    def facts(self) -> dict[str, Any]:
        facts = {k: v for k, v in self.cleaned_data.items() if k not in ("day", "starts", "ends")}
        day, starts, ends = (self.cleaned_data[name] for name in ("day", "starts", "ends"))
        return facts | {"starts_at": _at(day, starts), "ends_at": _at(day, ends)}


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


class CancelForm(forms.Form):
    reason = Text(
        label="Varför ställs konferensen in?",
        max_length=1000,
        help_text="Skälet står på sidan och i brevet till alla anmälda. Skriv inga namn på personer.",
    )


class DocumentationForm(forms.Form):
    text = Text(
        label="Dokumentation",
        required=False,
        max_length=50_000,
        rows=14,
        help_text="Vad som sades och kom fram. Skriv inga namn på deltagare. En tom rad ger ett nytt stycke.",
    )
    documents = forms.ModelMultipleChoiceField(
        Document.objects.none(),
        label="Dokument",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Dokument som har lagts upp sedan anmälan öppnade. "
        "Var och en ser bara dem som dokumentet är till för.",
    )

    def __init__(self, *args: Any, conference: Conference, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = Q(current__uploaded_at__gte=conference.opened_at) | Q(pk__in=conference.documents.values("pk"))
        choices = Document.objects.visible_to(user).filter(fitting).latest_first()
        if choices:
            self.fields["documents"].queryset = choices  # type: ignore[attr-defined]
        else:
            del self.fields["documents"]


class ProposalForm(forms.Form):
    text = Text(label="Förslaget", max_length=3000, help_text="Skriv inga namn på personer: förslagen visas för alla.")
    raised_by = Name(
        label="Vem föreslog det?",
        required=False,
        help_text="En organisation eller en grupp, till exempel Bord 4 eller Föräldraföreningen.",
    )
    principle = forms.ModelChoiceField(
        Principle.objects.none(), label="Hör till principen", required=False, empty_label="Ingen särskild"
    )
    outcome = Text(
        label="Vad blev det av förslaget?", required=False, max_length=3000, help_text="Fyll på när något har hänt."
    )
    action_item = forms.ModelChoiceField(
        ActionItem.objects.none(),
        label="Blev en punkt i handlingsplanen",
        required=False,
        empty_label="Ingen punkt än",
        help_text="Kommunen lägger in punkterna i handlingsplanen.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Q(pk=(self.initial or {}).get("principle"))
        known = Principle.objects.filter(Q(version=AgreementVersion.objects.in_force()) | chosen)
        self.fields["principle"].queryset = known.order_by("order")  # type: ignore[attr-defined]
        self.fields["action_item"].queryset = ActionItem.objects.published()  # type: ignore[attr-defined]
