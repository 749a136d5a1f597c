"""The action plan (handlingsplan): what is to be done for the agreement, by whom and until when."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Case, Refused, transition

from .versions import AgreementVersion, Principle


class ActionPlanQuerySet(models.QuerySet["ActionPlan"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def in_force(self, day: date) -> ActionPlan | None:
        """The plan of the day, or the latest there is."""
        plans = self.published().filter(first_day__lte=day).order_by("-first_day")
        return plans.filter(last_day__gte=day).first() or plans.first()


class ActionPlan(models.Model):
    """The plan of one period."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="plans", verbose_name="version")
    label = models.CharField("period", max_length=40, unique=True, help_text="Till exempel 2026–2027.")
    first_day = models.DateField("från och med")
    last_day = models.DateField("till och med")
    intro = models.TextField("inledning", blank=True)
    is_published = models.BooleanField("visas för alla", default=False)
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        verbose_name = "handlingsplan"
        verbose_name_plural = "handlingsplaner"
        ordering = ["-first_day"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="plan_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"Handlingsplan {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("agreement:plan")


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def published(self) -> Self:
        return self.filter(plan__is_published=True)

    def late(self) -> Self:
        done = [ActionItem.State.DONE, ActionItem.State.DROPPED]
        return self.exclude(state__in=done).filter(due__lt=timezone.localdate())


class ActionItem(Case):
    """One thing to do. Its state is moved by verbs, so that the log tells how it went."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planerad"
        UNDER_WAY = "under_way", "Pågår"
        DONE = "done", "Klar"
        DROPPED = "dropped", "Struken"

    class Owner(models.TextChoices):
        MUNICIPALITY = "municipality", "Kommunen"
        PLATFORM = "platform", "Plattformen"
        JOINT = "joint", "Gemensam"

    TRANSITIONS = {
        "start": transition("påbörja punkten", "Påbörjades", [State.PLANNED], State.UNDER_WAY),
        "finish": transition("markera punkten som klar", "Blev klar", [State.PLANNED, State.UNDER_WAY], State.DONE),
        "drop": transition("stryka punkten", "Ströks", [State.PLANNED, State.UNDER_WAY], State.DROPPED),
    }

    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="items", verbose_name="handlingsplan")
    order = models.PositiveSmallIntegerField("nummer", default=1)
    title = models.CharField("punkt", max_length=200)
    text = models.TextField("beskrivning", blank=True)
    principle = models.ForeignKey(
        Principle, models.PROTECT, null=True, blank=True, related_name="action_items", verbose_name="princip"
    )
    owner = models.CharField("ansvarig", max_length=20, choices=Owner, default=Owner.JOINT)
    due = models.DateField("klar senast", null=True, blank=True)
    state = models.CharField("läge", max_length=10, choices=State, default=State.PLANNED, editable=False)
    reason = models.CharField("varför punkten ströks", max_length=300, blank=True, editable=False)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = "punkt i handlingsplanen"
        verbose_name_plural = "punkter i handlingsplanen"
        ordering = ["plan", "order", "pk"]
        permissions = [
            ("start_actionitem", "Får påbörja en punkt"),
            ("finish_actionitem", "Får markera en punkt som klar"),
            ("drop_actionitem", "Får stryka en punkt"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "under_way", "done", "dropped"]), name="actionitem_state"
            ),
            models.CheckConstraint(condition=~Q(state="dropped") | ~Q(reason=""), name="dropped_for_a_reason"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('agreement:plan')}#punkt-{self.pk}"

    @property
    def is_late(self) -> bool:
        done = (self.State.DONE, self.State.DROPPED)
        return bool(self.due and self.due < timezone.localdate() and self.state not in done)

    def start(self, *, by: Actor) -> None:
        """Somebody has begun."""
        with self.move("start", by=by):
            pass

    def finish(self, *, by: Actor) -> None:
        with self.move("finish", by=by):
            pass

    def drop(self, *, by: Actor, reason: str) -> None:
        """It will not be done, and why is told."""
        with self.move("drop", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför punkten stryks.")
            self.reason = reason.strip()[:300]
