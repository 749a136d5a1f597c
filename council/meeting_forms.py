"""The forms of a meeting up to the meeting itself. They clean and lay out; the verbs are on the models."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePath
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone

from agreement.models import ActionItem, AgreementVersion, Principle
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.uploads import DOCUMENTS, UploadField
from botkyrka_civil.lib.forms import Day, Line, Name, Text, Time
from botkyrka_civil.lib.text import clean_line

from . import agenda
from .models import AgendaItem, Body, Meeting, Participant

USUAL_LENGTH = timedelta(hours=2)
MOST_ITEMS = 30
FIRST_ROWS = 3  # empty rows on the page of a new meeting


def as_typed(form: forms.BaseForm) -> dict[str, Any]:
    """What stands in a posted form, unjudged: to show it again while somebody goes on writing."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def _in_utc(moment: datetime) -> datetime:
    """In UTC two moments are compared as what they are: one night in March has no clock between 02.00 and 03.00."""
    return timezone.make_aware(moment).astimezone(UTC)


# The facts ----------------------------------------------------------------------------------------------------------


class MeetingForm(forms.Form):
    """When, where and for whom. `facts` is what the model keeps."""

    conditional_fields = ("ends",)

    title = Line(
        label="Rubrik",
        required=False,
        max_length=150,
        help_text="Bara om mötet behöver en egen, till exempel Extra möte om budgeten.",
    )
    day = Day(label="Dag")
    starts = Time(label="Börjar klockan")
    ends = Time(label="Slutar klockan", required=False, help_text="Lämna tomt om mötet håller på i två timmar.")
    place = Line(label="Plats", required=False, max_length=200, help_text="Lokal och adress, så att alla hittar.")
    online_link = forms.URLField(
        label="Länk för att delta på distans",
        required=False,
        assume_scheme="https",
        max_length=200,
        help_text="Bara de kallade ser den.",
    )
    audience = forms.ChoiceField(
        label="Vem får se att mötet hålls, och dagordningen?",
        widget=forms.RadioSelect,
        help_text="Handlingarna och protokollet bestämmer du om för sig.",
    )
    announced = forms.BooleanField(label="Datumet får synas redan innan kallelsen har gått ut", required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # the meeting as it was when the page was opened

    def __init__(self, *args: Any, body: Body, meeting: Meeting | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        audience = cast(forms.ChoiceField, self.fields["audience"])
        audience.choices = agenda.audiences_for(body)
        if meeting and meeting.called_at:
            del self.fields["announced"]  # it has been

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not 2000 <= day.year <= 2100:
            raise ValidationError("Kontrollera året. Det ska vara mellan 2000 och 2100.", code="year")
        return day

    def clean_online_link(self) -> str:
        address: str = self.cleaned_data["online_link"]
        if address and not address.startswith(("http://", "https://")):
            raise ValidationError("Skriv en webbadress, till exempel https://exempel.se/mote.", code="scheme")
        return address

    def clean(self) -> dict[str, Any]:
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "Mötet slutar innan det börjar. Rätta något av klockslagen.")
        return self.cleaned_data

    @property
    def facts(self) -> dict[str, Any]:
        facts = {k: v for k, v in self.cleaned_data.items() if k not in ("day", "starts", "ends", "seen")}
        day, starts = self.cleaned_data["day"], self.cleaned_data["starts"]
        starts_at = datetime.combine(day, starts)
        midnight = datetime.combine(day, time(23, 59))
        ends = self.cleaned_data["ends"]
        ends_at = datetime.combine(day, ends) if ends else max(min(starts_at + USUAL_LENGTH, midnight), starts_at)
        return facts | {"starts_at": _in_utc(starts_at), "ends_at": _in_utc(ends_at)}

    @staticmethod
    def initial_of(meeting: Meeting) -> dict[str, Any]:
        starts_at, ends_at = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
        kept = ("title", "place", "online_link", "audience", "announced")
        return {name: getattr(meeting, name) for name in kept} | {
            "day": starts_at.date(),
            "starts": starts_at.time(),
            "ends": ends_at.time(),
            "seen": meeting.modified_at.isoformat(),
        }

    @staticmethod
    def proposal(body: Body) -> dict[str, Any]:
        """As the last time: where the body meets, when, and for whom."""
        last = body.meetings.order_by("-starts_at").first()
        if last is None:
            usual = {Body.Kind.COUNCIL: "public", Body.Kind.BOARD: "board", Body.Kind.STEERING_GROUP: "staff"}
            proposed = usual.get(Body.Kind(body.kind), "members")
            offered = [value for value, _ in agenda.audiences_for(body)]
            return {"audience": proposed if proposed in offered else offered[0]}
        starts_at = timezone.localtime(last.starts_at)
        ends = (starts_at + USUAL_LENGTH).time()
        same_day = ends > starts_at.time()
        return {
            "place": last.place,
            "audience": last.audience,
            "starts": starts_at.time(),
            "ends": ends if same_day else None,
        }


LINKS = ("principle", "action_item")
WRITTEN = ("id", "title", "presenter", "text", *LINKS)


# The agenda ---------------------------------------------------------------------------------------------------------


def principle_choices(meeting: Meeting | None) -> list[tuple[str, str]]:
    """Those of the version in force, and the earlier ones that the agenda already names."""
    used = Q(agenda_items__meeting=meeting) if meeting and meeting.pk else Q(pk__in=[])
    known = Principle.objects.filter(Q(version=AgreementVersion.objects.in_force()) | used).distinct()
    return [("", "Ingen särskild"), *((str(p.pk), p.heading) for p in known.order_by("order"))]


def action_item_choices(meeting: Meeting | None) -> list[tuple[str, str]]:
    """What is in a published plan, and what the agenda already names."""
    used = Q(agenda_items__meeting=meeting) if meeting and meeting.pk else Q(pk__in=[])
    known = ActionItem.objects.filter(Q(plan__is_published=True) | used).distinct()
    return [("", "Ingen"), *((str(item.pk), item.title) for item in known)]


class AgendaRow(forms.Form):
    """One point. An empty row is no point; the one with an `id` is a point that there already is."""

    use_required_attribute = False
    conditional_fields = ("order",)

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    order = forms.IntegerField(
        label="Nummer",
        required=False,
        min_value=1,
        max_value=999,
        error_messages={
            "invalid": "Skriv numret med siffror.",
            "min_value": "Den första punkten har nummer 1.",
            "max_value": "Numret får vara högst 999.",
        },
    )
    title = Line(
        label="Rubrik",
        max_length=200,
        error_messages={"required": "Skriv en rubrik, eller kryssa i att punkten ska bort."},
    )
    kind = forms.ChoiceField(label="Slag", initial=AgendaItem.Kind.INFORMATION)
    presenter = Name(label="Föredragande", required=False)
    text = Text(label="Bakgrund", required=False, rows=3, max_length=10_000)
    principle = forms.TypedChoiceField(label="Princip", required=False, coerce=int, empty_value=None)
    action_item = forms.TypedChoiceField(label="Punkt i handlingsplanen", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, body: Body, choices: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = cast(forms.ChoiceField, self.fields["kind"])
        kind.choices = AgendaItem.kinds_for(body)
        wrong = "Välj ett av slagen i listan."
        if not body.decides:
            wrong = f"{body} fattar inga egna beslut. Välj ett annat slag av punkt."
        kind.error_messages["invalid_choice"] = wrong
        for name, known in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = known

    def has_changed(self) -> bool:
        """Only what somebody has written counts: each row has a number and a kind from the beginning."""
        typed = as_typed(self)
        return any(str(typed[name] or "").strip() for name in WRITTEN)

    @property
    def is_empty(self) -> bool:
        return not self.cleaned_data

    @property
    def facts(self) -> dict[str, Any]:
        facts = {k: v for k, v in self.cleaned_data.items() if k not in ("DELETE", "order", *LINKS)}
        return facts | {f"{name}_id": self.cleaned_data[name] for name in LINKS}


class BaseAgenda(BaseFormSet):
    """The points in the order of their numbers. A point that was moved goes before or after the one it meets."""

    def __init__(self, *args: Any, meeting: Meeting | None = None, **kwargs: Any) -> None:
        self.earlier = {item.pk: item.order for item in meeting.items.all()} if meeting and meeting.pk else {}
        super().__init__(*args, **kwargs)

    def initial_form_count(self) -> int:
        """Every posted row may be emptied."""
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: AgendaRow, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Ta bort punkten"

    @property
    def rows(self) -> list[dict[str, Any]]:
        kept = [form for form in self.forms if form not in self.deleted_forms and not form.is_empty]
        return [form.facts for _, form in sorted(enumerate(kept), key=self._place)]

    @property
    def removed(self) -> set[int]:
        ids = (as_typed(form)["id"] for form in self.deleted_forms)
        return {int(pk) for pk in ids if str(pk or "").isdecimal()}

    def _place(self, numbered: tuple[int, AgendaRow]) -> tuple[int, int, int]:
        index, form = numbered
        wanted = form.cleaned_data["order"] or 1000
        before = self.earlier.get(form.cleaned_data["id"])
        moved = -1 if before is None else (wanted > before) - (wanted < before)
        return wanted, moved, index


_Agenda = formset_factory(
    AgendaRow,
    formset=BaseAgenda,
    extra=0,
    can_delete=True,
    max_num=MOST_ITEMS,
    validate_max=True,
    absolute_max=MOST_ITEMS + 5,
)


def agenda_rows(
    body: Body, meeting: Meeting | None, data: Mapping[str, Any] | None = None, *, more: bool = False
) -> BaseAgenda:
    """The agenda as rows of a form. `more`: as posted, unjudged, with one empty row to go on in."""
    choices = {"principle": principle_choices(meeting), "action_item": action_item_choices(meeting)}
    kwargs = {"body": body, "choices": choices}
    if data is not None:
        posted = _Agenda(data, prefix="punkt", meeting=meeting, form_kwargs=kwargs)  # type: ignore[call-arg]
        if not more:
            return cast(BaseAgenda, posted)
        initial = [as_typed(form) for form in posted.forms]
    else:
        initial = [_initial_of(item) for item in meeting.items.all()] if meeting and meeting.pk else []
    empty = 1 if initial else FIRST_ROWS
    rows = _Agenda(initial=initial, prefix="punkt", meeting=meeting, form_kwargs=kwargs)  # type: ignore[call-arg]
    rows.extra = min(empty, MOST_ITEMS - len(initial))
    numbers = [int(row["order"]) for row in initial if str(row["order"] or "").isdecimal()]
    for n, form in enumerate(rows.forms[len(initial) :], start=max(numbers, default=0) + 1):
        form.initial["order"] = n
    if more and len(rows.forms) > len(initial):
        rows.forms[-1].fields["title"].widget.attrs["autofocus"] = True
    return cast(BaseAgenda, rows)


def _initial_of(item: AgendaItem) -> dict[str, Any]:
    kept = ("id", "order", "title", "kind", "presenter", "text")
    return {name: getattr(item, name) for name in kept} | {name: getattr(item, f"{name}_id") for name in LINKS}


# Papers -------------------------------------------------------------------------------------------------------------


class ItemField(forms.ModelChoiceField):
    def label_from_instance(self, obj: AgendaItem) -> str:
        return f"{obj.order}. {obj.title}"


class DocumentField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Document) -> str:
        return f"{obj.title} {obj.label}"


class PaperForm(forms.Form):
    item = ItemField(
        AgendaItem.objects.none(),
        label="Till vilken punkt?",
        empty_label=None,
        error_messages={"invalid_choice": "Punkten finns inte längre. Välj en annan."},
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(ItemField, self.fields["item"]).queryset = meeting.items.all()


class UploadPaperForm(PaperForm):
    """A new document with its place on the agenda. Without a title it is called what the file is called."""

    upload = UploadField(label="Fil", accepted=DOCUMENTS, error_messages={"required": "Välj en fil."})
    title = Line(
        label="Titel",
        required=False,
        max_length=200,
        help_text="Så som handlingen heter. Lämna tomt om filens namn duger.",
    )
    audience = forms.ChoiceField(label="Vem får se handlingen, utöver de kallade?")

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, meeting=meeting, **kwargs)
        audience = cast(forms.ChoiceField, self.fields["audience"])
        audience.choices = agenda.audiences_for(meeting.body)
        if meeting.body.owner == Body.Owner.PLATFORM:
            audience.help_text = "Väljer du Alla blir handlingen offentlig, och lämnas samtidigt till kommunen."

    def clean(self) -> dict[str, Any]:
        upload = self.cleaned_data.get("upload")
        if upload and not self.cleaned_data.get("title"):
            self.cleaned_data["title"] = clean_line(PurePath(upload.name).stem.replace("_", " "))[:200]
        return self.cleaned_data


class ChoosePaperForm(PaperForm):
    document = DocumentField(
        Document.objects.none(),
        label="Dokument",
        empty_label="Välj ett dokument",
        error_messages={
            "required": "Välj ett dokument.",
            "invalid_choice": "Dokumentet finns inte längre, eller visas inte för dig. Välj ett annat.",
        },
    )

    def __init__(self, *args: Any, meeting: Meeting, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, meeting=meeting, **kwargs)
        documents = agenda.choosable(meeting, user)
        cast(DocumentField, self.fields["document"]).queryset = documents
        self.has_choices = documents.exists()


# Calling, cancelling and answering ----------------------------------------------------------------------------------


class CallForm(forms.Form):
    """`seen` is the number of notices when the page was opened, so that a second click does not call again."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    late_reason = Line(
        label="Varför går kallelsen ut sent?",
        required=False,
        max_length=300,
        help_text="Skälet sparas tillsammans med mötet.",
    )

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]
        else:
            self.fields["late_reason"].required = True
            self.fields["late_reason"].error_messages["required"] = "Skriv varför kallelsen går ut sent."


class CancelMeetingForm(forms.Form):
    reason = Text(
        label="Varför ställs mötet in?",
        max_length=300,
        rows=3,
        help_text="Skälet står i brevet till de kallade. Skriv inga känsliga uppgifter.",
        error_messages={"required": "Skriv varför mötet ställs in."},
    )


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="Kommer du?",
        choices=Participant.Answer,
        widget=forms.RadioSelect,
        error_messages={"required": "Välj om du kommer eller inte."},
    )
