"""What each party puts in: money, staff hours, premises and other things, year by year."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from botkyrka_civil.lib.text import kronor, whole

from .parties import Party

MOST_KRONOR = 1_000_000_000
MOST_HOURS = 200_000  # a hundred people for a year


class Contribution(models.Model):
    """One party's contribution of one kind in one year: in kronor, in hours, or described in words."""

    class Kind(models.TextChoices):
        MONEY = "money", "Pengar"
        STAFF = "staff", "Arbetstid"
        PREMISES = "premises", "Lokaler"
        OTHER = "other", "Annat"

    party = models.ForeignKey(Party, models.CASCADE, related_name="contributions", verbose_name="part")
    year = models.PositiveSmallIntegerField("år")
    kind = models.CharField("slag", max_length=10, choices=Kind)
    amount = models.PositiveBigIntegerField("kronor", null=True, blank=True)
    hours = models.PositiveIntegerField("timmar", null=True, blank=True)
    note = models.CharField("beskrivning", max_length=200, blank=True)

    class Meta:
        verbose_name = "insats"
        verbose_name_plural = "insatser"
        ordering = ["party", "year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["money", "staff", "premises", "other"]), name="contribution_kind"
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0, amount__lte=MOST_KRONOR), name="contribution_amount"
            ),
            models.CheckConstraint(
                condition=Q(hours=None) | Q(hours__gt=0, hours__lte=MOST_HOURS), name="contribution_hours"
            ),
            models.CheckConstraint(condition=~Q(kind="money") | Q(amount__isnull=False), name="money_has_an_amount"),
            models.CheckConstraint(condition=~Q(kind="staff") | Q(hours__isnull=False), name="staff_has_hours"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | Q(hours__isnull=False) | ~Q(note=""), name="contribution_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}, {self.get_kind_display().lower()}: {self.size}"

    @property
    def size(self) -> str:
        """120 timmar, 48 000 kr"""
        parts = [
            f"{whole(self.hours)} {'timme' if self.hours == 1 else 'timmar'}" if self.hours else "",
            kronor(self.amount) if self.amount else "",
        ]
        return ", ".join(part for part in parts if part) or self.note

    def content(self) -> dict[str, Any]:
        return {
            "party": self.party.name,
            "side": self.party.side.value,
            "year": self.year,
            "kind": self.kind,
            "kind_label": self.get_kind_display(),
            "amount": self.amount,
            "hours": self.hours,
            "note": self.note,
        }
