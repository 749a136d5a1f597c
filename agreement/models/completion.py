from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from botkyrka_civil.casework.models import SYSTEM, record


class Completion(models.Model):
    """A request for what is missing or wrong, and the answer. One is open at a time."""

    class Kind(models.TextChoices):
        WRONG = "wrong", "Något är fel"
        INCOMPLETE = "incomplete", "Något saknas"

    accession = models.ForeignKey(
        "agreement.Accession", models.CASCADE, related_name="completions", verbose_name="anslutning"
    )
    kind = models.CharField("slag", max_length=12, choices=Kind)
    text = models.TextField("vad som behövs")
    due = models.DateField("sista dag att svara")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="begärdes av"
    )
    requested_at = models.DateTimeField("begärdes", default=timezone.now)
    reminded_at = models.DateTimeField("påminnelse skickad", null=True, blank=True)
    answered_at = models.DateTimeField("besvarades", null=True, blank=True)
    answer = models.TextField("svar", blank=True)
    closed_at = models.DateTimeField("stängdes", null=True, blank=True)

    class Meta:
        verbose_name = "komplettering"
        verbose_name_plural = "kompletteringar"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["accession"], condition=Q(closed_at=None), name="one_open_completion"),
            models.CheckConstraint(condition=Q(answered_at=None) | ~Q(answer=""), name="answered_with_words"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def remind(self) -> None:
        """Once, some days before the last day: without it the case can't be written off."""
        self.reminded_at = timezone.now()
        self.save(update_fields=["reminded_at"])
        record(self.accession, "remind", by=SYSTEM, label="Påminnelse om kompletteringen skickades")
        self.accession.write("completion_reminder", completion=self)
