"""Restriction of processing: what is said of a person stays as it is while it is disputed (GDPR art. 18)."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.models import Actor, Refused, record


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def in_force(self) -> Self:
        return self.filter(lifted_at=None)


class Restriction(models.Model):
    """One person's request that their data only be kept, from the day it is granted until it is lifted.

    While it holds, disposal leaves what concerns the person alone and staff are told of it at the case. It is never
    changed: who needs another one has this lifted.
    """

    emails = models.JSONField("e-postadresser", default=list)
    names = models.JSONField("namn", default=list, blank=True)
    reason = models.TextField("skäl")
    came_on = models.DateField("begäran kom")
    since = models.DateTimeField("gäller från", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="beslutades av"
    )
    lifted_at = models.DateTimeField("hävdes", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hävdes av"
    )
    lifted_reason = models.TextField("varför den hävdes", blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = "begränsning av behandling"
        verbose_name_plural = "begränsningar av behandling"
        ordering = ["-pk"]
        permissions = [
            ("make_extract", "Får göra registerutdrag"),
            ("rectify_person", "Får rätta personuppgifter"),
            ("restrict_person", "Får begränsa behandlingen av personuppgifter"),
            ("lift_restriction", "Får häva en begränsning"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_reason="")),
                name="restriction_lifted_who_when_and_why",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="restriction_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Begränsning från den {date_format(timezone.localtime(self.since), 'j F Y')}"

    @property
    def holds(self) -> bool:
        return self.lifted_at is None

    def is_of(self, emails: list[str], names: list[str]) -> bool:
        """Whether it is about this person: the same address, or for whoever has none the same names."""
        return bool(set(self.emails) & set(emails)) or (not emails and self.names == names)

    @classmethod
    def restrict(
        cls, *, by: Actor, emails: list[str], names: list[str], reason: str, came_on: date | None = None
    ) -> Restriction:
        """The processing is limited to keeping. Who answers is a member of staff, and says why."""
        if by.user is None:
            raise Refused("Bara en handläggare kan göra det här.")
        if not reason.strip():
            raise Refused("Skriv varför behandlingen begränsas.")
        if not emails and not names:
            raise Refused("Skriv personens e-postadress eller namn.")
        emails = sorted({email.lower() for email in emails})
        with transaction.atomic():
            for other in cls.objects.select_for_update().in_force():
                if other.is_of(emails, names):
                    raise Refused("Behandlingen av personens uppgifter är redan begränsad.")
            restriction = cls.objects.create(
                emails=emails,
                names=names,
                reason=reason.strip(),
                came_on=came_on or timezone.localdate(),
                decided_by=by.user,
            )
            record(restriction, "restrict", by=by, label="Behandlingen begränsades")
        return restriction

    def lift(self, *, by: Actor, reason: str) -> None:
        """The processing goes on as before. The person is told first (art. 18.3): by the one who lifts it."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Restriction.objects.select_for_update())
            if by.user is None:
                raise Refused("Bara en handläggare kan göra det här.")
            if not self.holds:
                raise Refused("Begränsningen är redan hävd.")
            if not reason.strip():
                raise Refused("Skriv varför begränsningen hävs.")
            self.lifted_at, self.lifted_by, self.lifted_reason = timezone.now(), by.user, reason.strip()
            self.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
            record(self, "lift", by=by, label="Begränsningen hävdes")
