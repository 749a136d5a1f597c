"""The municipality's bodies, how they are composed, and their terms."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from botkyrka_civil.casework.admin_cases import OUR_FIELDS
from botkyrka_civil.casework.models import Actor, record
from botkyrka_civil.lib.forms import Text
from council.models import Body, Composition, Seat, Term

from . import rooms


class BodyForm(forms.ModelForm):
    class Meta:
        model = Body
        fields = ["name", "legal_nature", "tasks", "meets_min", "meets_max", "note"]
        field_classes = {"legal_nature": Text}
        widgets = {"legal_nature": forms.Textarea(attrs={"rows": 3}), "note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"note": "Visas på sidan om Rådet, som text om namnet."}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        least, most = data.get("meets_min"), data.get("meets_max")
        if least is not None and most is not None and least > most:
            self.add_error("meets_max", "Det högsta antalet möten är färre än det lägsta.")
        return data


class CompositionForm(forms.ModelForm):
    class Meta:
        model = Composition
        fields = ["seats_politics", "seats_civil", "first_day", "known_by", "since_text", "as_stated", "source"]

    def clean(self) -> dict[str, Any]:
        """A composition has a day, and room for those who sit there that day."""
        data = super().clean() or self.cleaned_data
        since = data.get("first_day") or data.get("known_by")
        if not since:
            self.add_error("first_day", "Skriv från vilken dag, eller i fältet därunder när den senast var känd.")
            return data
        held = Seat.objects.filter(body=self.instance.body_id).held_on(since).ordinary()
        for side, field in ((Seat.Side.POLITICS, "seats_politics"), (Seat.Side.CIVIL, "seats_civil")):
            taken, seats = held.filter(side=side).count(), data.get(field)
            if seats is not None and taken > seats:
                self.add_error(field, f"{taken} personer har uppdrag på den sidan den dagen. Avsluta uppdrag först.")
        return data


class CompositionInline(admin.StackedInline):
    model = Composition
    form = CompositionForm
    extra = 0
    formfield_overrides = OUR_FIELDS

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the earlier ones are history, and what a source says stays said


@admin.register(Body)
class BodyAdmin(rooms.LoggedAdmin):
    """The bodies come with the portal. Plattformen's are its own."""

    form = BodyForm
    list_display = ["name", "kind", "owner", "meets_min", "meets_max"]
    readonly_fields = ["kind", "owner", "source"]
    fieldsets = [
        (None, {"fields": ["name", "kind", "owner", "legal_nature", "tasks"]}),
        ("Möten", {"fields": ["meets_min", "meets_max"]}),
        ("Var uppgifterna kommer från", {"fields": ["source", "note"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Body]:
        return Body.objects.ours().select_related("source")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [CompositionInline] if obj and obj.kind == Body.Kind.COUNCIL else []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            composed = [str(row) for row in formset.queryset.all()]
            by = Actor.of(request.user)
            record(form.instance, "compose", by=by, label="Sammansättningen ändrades", compositions=composed)


class TermForm(forms.ModelForm):
    class Meta:
        model = Term
        fields = ["body", "label", "first_day", "last_day", "elected_on", "note"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "Sista dagen är före den första. Rätta någon av dagarna.")
        return data


@admin.register(Term)
class TermAdmin(rooms.LoggedAdmin):
    form = TermForm
    list_display = ["label", "body", "first_day", "last_day"]
    list_select_related = ["body"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Term]:
        return Term.objects.filter(body__in=Body.objects.ours())

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "body":
            kwargs["queryset"] = Body.objects.ours()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
