"""The action plan (handlingsplan): what is to be done for the agreement, by whom and until when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NoReturn, Self
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

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
        return reverse("agreement:plan", query={"period": self.label})

    def clean(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": "Planen slutar innan den börjar. Rätta något av datumen."})


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def published(self) -> Self:
        return self.filter(plan__is_published=True)

    def open(self) -> Self:
        """Still to be done."""
        return self.filter(state__in=ActionItem.OPEN)

    def late(self) -> Self:
        return self.open().filter(due__lt=timezone.localdate())

    def without_owner(self) -> Self:
        return self.open().filter(owner="")

    def undated(self) -> Self:
        """Still to be done, and nobody has said until when."""
        return self.open().filter(due=None)

    def of_platform(self) -> Self:
        """What Plattformen is to do, alone or together with the municipality."""
        return self.filter(owner__in=ActionItem.OWNED_BY[ActionItem.Party.PLATFORM])

    def with_follow_ups(self) -> Self:
        return self.select_related("principle").prefetch_related("follow_ups")


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

    class Party(models.TextChoices):
        """On whose behalf somebody writes."""

        MUNICIPALITY = "municipality", "Kommunen"
        PLATFORM = "platform", "Plattformen"

    OPEN = (State.PLANNED, State.UNDER_WAY)
    # The municipality answers for the plan as a whole; Plattformen for what is its own, or shared.
    OWNED_BY = {Party.MUNICIPALITY: (*Owner, ""), Party.PLATFORM: (Owner.PLATFORM, Owner.JOINT)}
    TRANSITIONS = {
        "follow_up": transition(
            "följa upp punkten",
            "Följdes upp",
            [State.PLANNED, State.UNDER_WAY, State.DONE],
            *[State.PLANNED, State.UNDER_WAY, State.DONE],
        ),
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
    owner = models.CharField("ansvarig", max_length=20, choices=Owner, blank=True, default=Owner.JOINT)
    due = models.DateField("klar senast", null=True, blank=True)
    state = models.CharField("läge", max_length=10, choices=State, default=State.PLANNED, editable=False)
    reason = models.CharField("varför punkten ströks", max_length=300, blank=True, editable=False)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = "punkt i handlingsplanen"
        verbose_name_plural = "punkter i handlingsplanen"
        ordering = ["plan", "order", "pk"]
        permissions = [
            ("follow_up_actionitem", "Får följa upp en punkt"),
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
        """The plan that has the item, whichever that is."""
        return reverse("agreement:plan", query={"punkt": self.pk}, fragment=f"punkt-{self.pk}")

    def clean(self) -> None:
        plan: ActionPlan | None = getattr(self, "plan", None)  # a new item in a form has none yet
        if not (plan and plan.first_day and plan.last_day and self.due):
            return
        if not plan.first_day <= self.due <= plan.last_day:
            period = f"{date_format(plan.first_day, 'j F Y')}–{date_format(plan.last_day, 'j F Y')}"
            raise ValidationError({"due": f"Datumet ligger utanför planens period, {period}. Välj en dag i perioden."})

    @property
    def is_late(self) -> bool:
        return bool(self.due and self.due < timezone.localdate() and self.state in self.OPEN)

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

    def follow_up(
        self,
        *,
        by: Actor,
        text: str,
        party: str = Party.MUNICIPALITY,
        progress: str = "",
        request_key: UUID | None = None,
    ) -> ItemFollowUp:
        """What has been done, in words that stay; `progress` is "start" or "finish" when the item moves on with it.

        Only in a published plan: a draft is the municipality's own, and nobody follows up what they can't read.
        A form sent twice writes once. Of two people at once, both have their say.
        """
        text, key = text.strip(), request_key or uuid4()
        with transaction.atomic():
            now = ActionItem._base_manager.select_for_update().get(pk=self.pk)
            if sent := ItemFollowUp.objects.filter(request_key=key).first():
                if (sent.item_id, sent.text) == (self.pk, text):
                    return sent
                key = uuid4()  # the same form with other words is not the same form
            if progress and now.state not in self.TRANSITIONS[progress].targets:  # where somebody else brought it
                getattr(self, progress)(by=by)
            with self.move("follow_up", by=by, party=party):
                self._refuse_follow_up(text, party)
                facts = {"text": text, "party": party, "by_name": by.name[:200], "state": self.state}
                return self.follow_ups.create(request_key=key, **facts)

    def _refuse_follow_up(self, text: str, party: str) -> None:
        if not self.plan.is_published:
            raise Refused("Planen är inte publicerad än. Publicera den först, så att alla kan läsa det du skriver.")
        if self.owner not in self.OWNED_BY[self.Party(party)]:
            raise Refused("Punkten är kommunens egen. Plattformen följer upp det som är Plattformens eller gemensamt.")
        if not text:
            raise Refused("Skriv vad som har hänt.")


class FollowUpQuerySet(models.QuerySet["ItemFollowUp"]):
    def since(self, moment: datetime | None) -> Self:
        return self.filter(at__gt=moment) if moment else self

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("En uppföljning ändras aldrig: skriv en ny.")


class ItemFollowUp(models.Model):
    """What was done and what came of it, as somebody told it. Never changed; what was wrong is put right in a new one.

    Everyone reads the text of a published plan, with whose side wrote it and when; who held the pen stays inside.
    """

    item = models.ForeignKey(ActionItem, models.PROTECT, related_name="follow_ups", verbose_name="punkt")
    at = models.DateTimeField("skrevs", default=timezone.now)
    party = models.CharField("för", max_length=20, choices=ActionItem.Party)
    by_name = models.CharField("skrevs av", max_length=200)
    text = models.TextField("vad som har gjorts")
    state = models.CharField("läge då", max_length=10, choices=ActionItem.State)
    request_key = models.UUIDField("formulärets nyckel", unique=True, default=uuid4, editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "uppföljning av en punkt"
        verbose_name_plural = "uppföljningar av punkter"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(party__in=["municipality", "platform"]), name="item_follow_up_party"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "under_way", "done", "dropped"]), name="item_follow_up_state"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="item_follow_up_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()}, {date_format(timezone.localtime(self.at), 'j F Y')}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("En uppföljning ändras aldrig: skriv en ny.")
        super().save(*args, **kwargs)
