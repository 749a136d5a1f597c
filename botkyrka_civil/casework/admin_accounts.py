from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

from ..accounts import roles
from ..accounts.models import User
from ..accounts.reserved import is_reserved
from ..lib.admin import ClosedLookups


def _free(email: str, own: str = "") -> str:
    """Nobody gets into somebody else's room by being given that address."""
    if email.lower() != own and is_reserved(email):
        raise ValidationError(
            "Adressen hör till någon i Plattformens styrelse. Kontot läggs upp i styrelserummet, med uppdraget."
        )
    return email.lower()


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]

    def clean_email(self) -> str:
        return _free(self.cleaned_data["email"])


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007  (UserAdmin.get_fieldsets says which)
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        return _free(self.cleaned_data["email"], own=self.instance.email)


@admin.register(User)
class UserAdmin(ClosedLookups, DjangoUserAdmin):
    """Rights come from roles only, and nobody gives themselves more: not by role, not by taking over an account."""

    form = UserForm
    add_form = UserCreationForm
    list_display = ["name", "email", "role_names", "is_staff", "is_active", "last_login"]
    list_filter = ["groups", "is_staff", "is_active"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    actions = None
    actions_on_bottom = True  # without any, Django would add a <style> that our CSP refuses
    add_fieldsets = [
        (None, {"fields": ["email", "name", "is_staff", "groups"]}),
        ("Lösenord", {"fields": ["usable_password", "password1", "password2"]}),
    ]

    @admin.display(description="roller")
    def role_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or self.get_empty_value_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        rights = ["is_active", "is_staff", "groups", *(["is_superuser"] if request.user.is_superuser else [])]
        return [
            (None, {"fields": ["email", "name", *([] if is_reserved(obj.email) else ["password"])]}),
            ("Rättigheter", {"fields": rights}),
            ("Datum", {"fields": ["last_login", "date_joined"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = obj == request.user and not request.user.is_superuser
        elsewhere = obj is not None and is_reserved(obj.email)
        return [
            *self.readonly_fields,
            *(["is_active", "is_staff", "groups"] if own else []),
            *(["email"] if elsewhere else []),
        ]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Whoever could set a board member's password would be in the board's room."""
        user = self.get_object(request, unquote(id))
        if user and is_reserved(user.email):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever could set a superuser's password would be one."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        obj.confirm_email()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # the log and the decisions name them; a finished account is made inactive

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            titles = [role["title"] for role in roles.read().values()]
            kwargs |= {
                "queryset": Group.objects.filter(name__in=titles),
                "label": "Roller",
                "widget": CheckboxSelectMultiple,
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)
