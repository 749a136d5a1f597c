from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import cached_property


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.confirm_email()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def with_permission(self, permission: str) -> models.QuerySet[User]:
        """Active users whose role gives them `permission` (app.codename)."""
        app, _, codename = permission.partition(".")
        held = models.Q(groups__permissions__codename=codename, groups__permissions__content_type__app_label=app)
        return self.filter(held, is_active=True).distinct()

    def closed(self, before: datetime) -> models.QuerySet[User]:
        """Made inactive, and not signed in since `before`."""
        seen = Coalesce("last_login", "date_joined")
        return self.alias(seen=seen).filter(is_active=False, seen__lt=before)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in: staff of the municipality, Plattformen's board. Applicants and signatories need none."""

    email = models.EmailField("e-postadress", unique=True)
    name = models.CharField("namn", max_length=150)
    is_staff = models.BooleanField("handläggare", default=False, help_text="Kommer in i handläggningen.")
    is_active = models.BooleanField(
        "aktiv", default=True, help_text="Ta bort krysset i stället för att ta bort kontot."
    )
    date_joined = models.DateTimeField("upplagd", default=timezone.now)
    rooms_opened_for = models.EmailField("rum öppnades för", blank=True, default="", db_default="", editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "användare"
        verbose_name_plural = "användare"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def confirm_email(self) -> None:
        """The administrator answers for the address: allauth, which keeps a list of its own, takes it as confirmed."""
        addresses = EmailAddress.objects.filter(user=self)
        addresses.exclude(email=self.email).delete()
        addresses.update_or_create(email=self.email, defaults={"user": self, "primary": True, "verified": True})

    def start_over(self) -> None:
        """Nothing that was set on the account before opens it any more: password, sessions, factors, other sign-ins.

        Called when the account's address begins to open a room that is not the municipality's, since somebody else may
        have made the account. Who signs in from now on has read a letter to the address.
        """
        self.set_unusable_password()  # which also ends all sessions
        self.rooms_opened_for = self.email
        self.save(update_fields=["password", "rooms_opened_for"])
        Authenticator.objects.filter(user=self).delete()
        SocialAccount.objects.filter(user=self).delete()
        self.__dict__.pop("has_second_factor", None)

    @property
    def opens_rooms(self) -> bool:
        """Whether the account was started over for the address that it has now."""
        return self.rooms_opened_for == self.email

    @cached_property
    def has_second_factor(self) -> bool:
        return is_mfa_enabled(self)

    @property
    def works_as_staff(self) -> bool:
        """Staff, with the second factor that is asked of staff. Demo mode does without."""
        return self.is_staff and (settings.DEMO or self.has_second_factor)

    def get_full_name(self) -> str:
        return self.name

    get_short_name = get_full_name
