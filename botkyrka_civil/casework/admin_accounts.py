from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ..accounts import roles
from ..accounts.models import User
from ..accounts.reserved import is_reserved
from ..lib.forms import Name
from . import accounts
from .admin_cases import PortalAdmin
from .models import Actor, Event, Refused


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "email", "groups", "is_superuser", "is_active"]
        field_classes = {"name": Name}
        error_messages = {"email": {"unique": "Det finns redan ett konto med den adressen."}}
        labels = {"is_active": "Kontot är öppet", "is_superuser": "Superanvändare"}
        help_texts = {
            "is_active": "Ta bort krysset när någon slutar. Konton tas aldrig bort: besluten och loggen nämner dem.",
            "is_superuser": "Får göra allt utom det som hör till Plattformens styrelserum.",
        }

    def clean_email(self) -> str:
        """Nobody gets into somebody else's room by being given that address."""
        email: str = self.cleaned_data["email"].lower()
        if email != self.instance.email and is_reserved(email):
            raise ValidationError(accounts.RESERVED)
        return email


@admin.register(User)
class UserAdmin(PortalAdmin):
    """Staff are invited, and choose their passwords themselves. Rights come from roles only, and nobody gives
    themselves more: not by role, not by taking over an account. casework/accounts.py records and tells."""

    form = UserForm
    list_display = ["name", "email", "role_names", "is_staff", "is_active", "last_login"]
    list_filter = ["groups", "is_staff", "is_active"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    readonly_fields = ["last_login", "date_joined"]

    @admin.display(description="roller")
    def role_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or self.get_empty_value_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        asked = ["name", "email", "groups", *(["is_superuser"] if request.user.is_superuser else [])]
        return [*asked, "is_active", *self.readonly_fields] if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = set(UserForm.Meta.fields) - accounts.OWN if obj == request.user else set()
        elsewhere = {"email"} if obj is not None and is_reserved(obj.email) else set()
        return [*self.readonly_fields, *sorted(own | elsewhere)]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever could change a superuser's address would be one."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # the log and the decisions name them; a finished account is made inactive

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            titles = [role["title"] for role in roles.read().values()]
            kwargs |= {
                "queryset": Group.objects.filter(name__in=titles),
                "label": "Roller",
                "help_text": "Rollerna bestämmer vad personen får se och göra.",
                "widget": CheckboxSelectMultiple,
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """In save_related, together with the roles."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        by = Actor.of(request.user)
        (accounts.change if change else accounts.invite)(form.instance, by=by, **form.cleaned_data)

    # Pages -----------------------------------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if user := kwargs.get("obj"):
            context |= {
                "events": Event.objects.of(user).ours().order_by("-pk"),
                "may_invite_again": self.has_change_permission(request, user) and accounts.may_invite_again(user),
            }
        else:
            context["title"] = "Bjud in en medarbetare"
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        messages.success(request, f"{obj} har fått ett konto, och en inbjudan är på väg till {obj.email}.")
        return redirect("admin:accounts_user_changelist")

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        if "_invite" in request.POST:
            try:
                accounts.invite_again(obj, by=Actor.of(request.user))
                messages.success(request, f"En ny inbjudan är på väg till {obj.email}.")
            except Refused as refused:
                messages.error(request, str(refused))
        return super().response_change(request, obj)
