from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib.forms import Name
from council.elections import open_for_new_address
from council.models import Seat
from organisations.models import Person

from . import rooms

BOARD_KEEPS = "Personen sitter i Plattformens styrelse. Adressen öppnar styrelserummet, så bara styrelsen ändrar den."


class PersonForm(forms.ModelForm):
    name = Name(label="Namn")

    class Meta:
        model = Person
        fields = ["name", "email", "phone"]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email and Person.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError("En annan person har redan den adressen. Sök efter den, eller skriv en annan adress.")
        return email


@admin.register(Person)
class PersonAdmin(rooms.LoggedAdmin):
    """The people behind the seats. The e-mail address of a board member is a key to its room, and is left alone."""

    form = PersonForm
    logs_values = False
    list_display = ["name", "email", "phone"]
    search_fields = ["name", "email"]
    search_help_text = "Sök på namn eller e-postadress."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return rooms.people(request.user)

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            open_for_new_address(obj, by=Actor.of(request.user))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["email"] if self._is_key(request, obj) else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        description = BOARD_KEEPS if self._is_key(request, obj) else ""
        return [(None, {"fields": ["name", "email", "phone"], "description": description})]

    def _is_key(self, request: HttpRequest, person: Person | None) -> bool:
        if person is None or rooms.may_help(request.user):
            return False
        today_or_later = Q(last_day=None) | Q(last_day__gte=timezone.localdate())
        return Seat.objects.on_board().filter(today_or_later, person=person).exists()
