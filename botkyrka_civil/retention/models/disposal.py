"""What was disposed of, day by day, and the one table that has no model of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format


class DisposalRun(models.Model):
    """One day's record of disposal (gallringsprotokoll): how many rows each rule took. Names nobody."""

    day = models.DateField("dag", unique=True, default=timezone.localdate)
    counts = models.JSONField("antal", default=dict, help_text="Hur många rader varje regel har tagit.")

    class Meta:
        verbose_name = "gallring"
        verbose_name_plural = "gallringar"
        ordering = ["-day"]
        permissions = [("run_disposal", "Får gallra nu")]

    def __str__(self) -> str:
        return f"Gallringen den {date_format(self.day, 'j F Y')}"

    @classmethod
    def add(cls, rule: str) -> None:
        """Count a row that a rule took, in the transaction that takes it: the record says neither more nor less."""
        cls.objects.get_or_create(day=timezone.localdate())
        run = cls.objects.select_for_update().get(day=timezone.localdate())
        run.counts[rule] = run.counts.get(rule, 0) + 1
        run.save(update_fields=["counts"])


class CacheEntryQuerySet(models.QuerySet["CacheEntry"]):
    def expired(self, now: datetime) -> Self:
        return self.filter(expires__lt=now)


class CacheEntry(models.Model):
    """Django's table of the cache, where limits are counted: it forgets an entry only when somebody asks for it."""

    cache_key = models.CharField("nyckel", max_length=255, primary_key=True)
    value = models.TextField("värde")
    expires = models.DateTimeField("gäller till", db_index=True)

    objects = CacheEntryQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "cache"
        verbose_name = "räknare"
        verbose_name_plural = "räknare"
        default_permissions = ()

    def __str__(self) -> str:
        return "Räknare"
