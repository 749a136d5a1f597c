"""Seats: filled, corrected and ended. What the rules refuse is said at the field that it is about."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from botkyrka_civil.casework.admin_cases import add_urls
from botkyrka_civil.casework.models import Actor, Event, Refused, record
from botkyrka_civil.lib.forms import Day, Line, Name
from council.models import Body, Seat, Term
from organisations.models import Person

from . import rooms

Role = Seat.Role
ROLES = (Role.CHAIR, Role.VICE_CHAIR, Role.SECRETARY, Role.TREASURER, Role.MEMBER, Role.SUBSTITUTE)
HELP = {
    "person": "Står personen inte i listan? Skriv namnet nedanför. Ingen har två uppdrag på en gång i samma organ.",
    "side": "Varje sida i Rådet har så många ordinarie platser som sammansättningen säger.",
    "party": "För politiker.",
    "organisation": "För civilsamhället. Nya ledamöter därifrån utses ur Plattformens nomineringar, och då läggs "
    "uppdraget in av sig självt.",
    "organisation_as_stated": "I en styrgrupp, för den som kommer från kommunen.",
    "role": "Det kan bara finnas en ordförande i taget.",
    "last_day": "Uppdraget gäller till och med den dagen. Lämna tomt så länge den inte är bestämd.",
}


class SeatForm(forms.ModelForm):
    """A seat, for somebody on the list or for somebody new."""

    found: Person | None = None  # who turned out to have the address typed
    use_required_attribute = False  # the list of bodies begins with one that is chosen, which the attribute forbids

    name = Name(label="Ny person: namn", required=False)
    email = forms.EmailField(
        label="Ny person: e-post", required=False, help_text="Dit går kallelserna. Visas aldrig offentligt."
    )

    class Meta:
        model = Seat
        fields = ["body", "person", "side", "party", "organisation", "organisation_as_stated", "role", "order"]
        fields += ["term", "first_day", "last_day", "elected_on"]
        labels = {"organisation_as_stated": "Förvaltning eller nämnd"}
        help_texts = HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "person" not in self.fields:  # only read
            return
        own = self.instance.role
        roles = [(role.value, role.label) for role in Role if role in ROLES or role == own]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["person"].required = False
        if self.instance.pk:  # another person, or another body, is another seat
            self.fields["body"].disabled = self.fields["person"].disabled = True
            self.fields["person"].help_text = ""
            del self.fields["name"], self.fields["email"]

    def clean(self) -> dict[str, Any]:
        """Somebody else's address is nobody new: one address, one person."""
        data = super().clean() or self.cleaned_data
        if self._is_new(data) and data.get("email"):
            data["person"] = self.found = Person.objects.filter(email=data["email"].lower()).first()
        if not self.instance.pk and data.get("side") == Seat.Side.CIVIL:  # they need a nomination
            self.add_error(
                "side", "Civilsamhällets platser tillsätts ur Plattformens nomineringar. Utse den nominerade där."
            )
        body = data.get("body")
        if data.get("organisation_as_stated") and body and body.kind != Body.Kind.STEERING_GROUP:
            self.add_error("organisation_as_stated", "Bara i en styrgrupp kommer ledamöter från en förvaltning.")
        if not data.get("person") and not data.get("name"):
            self.add_error("person", "Välj en person, eller skriv namnet på en ny.")
        return data

    def _is_new(self, data: dict[str, Any]) -> bool:
        return not data.get("person") and bool(data.get("name"))

    def _post_clean(self) -> None:
        """Somebody new is there while the rules are asked, and stays only if they are met."""
        with transaction.atomic():
            if self._is_new(self.cleaned_data):
                facts = {"name": self.cleaned_data["name"], "email": self.cleaned_data.get("email", "")}
                self.cleaned_data["person"] = Person.objects.create(**facts)
            super()._post_clean()  # type: ignore[misc]
            if self.errors:
                transaction.set_rollback(True)


class EndForm(forms.Form):
    last_day = Day(label="Sista dag", initial=timezone.localdate)
    reason = Line(
        label="Varför upphör uppdraget?",
        max_length=200,
        help_text="Till exempel: Avgick på egen begäran. Skriv inget känsligt.",
    )


class HeldFilter(admin.SimpleListFilter):
    title = "tid"
    parameter_name = "tid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("nu", "Gäller i dag"), ("forr", "Har upphört")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        if self.value() == "nu":
            return queryset.held_on(today)
        return queryset.filter(last_day__lt=today) if self.value() == "forr" else queryset


@admin.register(Seat)
class SeatAdmin(rooms.LoggedAdmin):
    form = SeatForm
    list_display = ["person", "body", "side", "represents", "role", "first_day", "last_day"]
    list_filter = [HeldFilter, "side", ("body", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["person", "body", "organisation"]
    ordering = ["body", "-side", "-first_day", "pk"]
    search_fields = ["person__name", "organisation__name", "party"]
    search_help_text = "Sök på namn, organisation eller parti."
    change_form_template = "admin/council/seat/change_form.html"

    @admin.display(description="parti eller organisation")
    def represents(self, seat: Seat) -> str:
        return seat.represents

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seat]:
        return Seat.objects.filter(body__in=rooms.bodies(request.user))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        who = ["body", "person", *([] if obj else ["name", "email"])]
        joint = obj is None or obj.body.kind == Body.Kind.STEERING_GROUP
        unit = ["organisation_as_stated"] if joint else []
        return [
            (None, {"fields": who, "description": rooms.HELP if rooms.may_help(request.user) else ""}),
            ("Platsen", {"fields": ["side", "party", "organisation", *unit, "role", "order"]}),
            ("Tiden", {"fields": ["term", "first_day", "last_day", "elected_on"]}),
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        bodies = rooms.bodies(request.user)
        if db_field.name == "body":
            seated = [Body.Kind.COUNCIL, Body.Kind.BOARD, Body.Kind.STEERING_GROUP]
            kwargs |= {"queryset": bodies.filter(kind__in=seated), "initial": bodies.filter(kind="council").first()}
        elif db_field.name == "person":
            kwargs["queryset"] = rooms.people(request.user)
        elif db_field.name == "term":
            kwargs["queryset"] = Term.objects.filter(body__in=bodies).select_related("body")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refused:  # somebody else took the place in this very moment
            messages.error(request, str(refused))
            return redirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Seat, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.found:
            found = f"{obj.person} fanns redan med den e-postadressen, så uppdraget lades på den personen."
            messages.info(request, found)
        if obj.room:
            by = Actor.of(request.user)
            record(obj, "help", by=by, label="Kommunens administratör hjälpte till med styrelsens uppdrag")
            if not change:
                obj.welcome(by=by)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if seat := kwargs.get("obj"):
            context |= {
                "events": Event.objects.of(seat).ours().order_by("-pk"),
                "may_end": self.has_change_permission(request, seat) and _goes_on(seat),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # Ending ------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        return add_urls(self, ("<int:pk>/avsluta/", self.end_view, "end")) + super().get_urls()

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Before its term, with a day and a reason."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        seat = get_object_or_404(self.get_queryset(request).select_related("person", "body"), pk=pk)
        form, refusal = EndForm(request.POST or None, label_suffix=""), ""
        if request.method == "POST" and form.is_valid():
            try:
                seat.end(by=Actor.of(request.user), **form.cleaned_data)
            except Refused as refused:
                refusal = str(refused)
            else:
                messages.success(request, "Uppdraget är avslutat.")
                return redirect("admin:council_seat_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Avsluta uppdraget",
            "subtitle": f"{seat}, {seat.body}",
            "seat": seat,
            "form": form,
            "errors": bool(form.errors),
            "refusal": refusal,
        }
        return TemplateResponse(request, "admin/council/seat/end.html", context)


def _goes_on(seat: Seat) -> bool:
    return seat.last_day is None or seat.last_day >= timezone.localdate()
