from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone


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

    def get_full_name(self) -> str:
        return self.name

    get_short_name = get_full_name
