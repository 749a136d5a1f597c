"""What a meeting takes up, and each version of the notice as it was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from agreement.models import ActionItem, Principle
from botkyrka_civil.casework.models import Refused
from botkyrka_civil.documents.models import Document, File

from .. import notices
from .bodies import Body


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def told(self) -> list[AgendaItem]:
        """Those that stand in the latest notice of their meeting: nothing that has not been sent."""
        items = self.select_related("meeting__body").prefetch_related("meeting__notices")
        return [item for item in items if item.is_told]


class AgendaItem(models.Model):
    """One point of the agenda. In the council nothing is decided, so that kind is not offered there."""

    class Kind(models.TextChoices):
        INFORMATION = "information", "Information"
        CONSULTATION = "consultation", "Samråd"
        STATEMENT = "statement", "Yttrande"
        POSITION = "position", "Ställningstagande"
        DECISION = "decision", "Beslut"

    meeting = models.ForeignKey("council.Meeting", models.CASCADE, related_name="items", verbose_name="möte")
    order = models.PositiveSmallIntegerField("nummer", default=1)
    title = models.CharField("rubrik", max_length=200)
    kind = models.CharField("slag", max_length=12, choices=Kind, default=Kind.INFORMATION)
    presenter = models.CharField("föredragande", max_length=150, blank=True)
    text = models.TextField("bakgrund", blank=True)
    principle = models.ForeignKey(
        Principle, models.PROTECT, null=True, blank=True, related_name="agenda_items", verbose_name="princip"
    )
    documents = models.ManyToManyField(Document, blank=True, related_name="agenda_items", verbose_name="handlingar")
    action_item = models.ForeignKey(
        ActionItem,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="agenda_items",
        verbose_name="punkt i handlingsplanen",
    )

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        verbose_name = "dagordningspunkt"
        verbose_name_plural = "dagordningspunkter"
        ordering = ["meeting", "order", "pk"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.kind == self.Kind.DECISION and not self.meeting.body.decides:
            raise Refused(f"{self.meeting.body} fattar inga egna beslut. Välj ett annat slag av punkt.")
        super().save(*args, **kwargs)

    @property
    def is_told(self) -> bool:
        notice = self.meeting.latest_notice
        return notice is not None and any(row["title"] == self.title for row in notice.content["items"])

    @classmethod
    def kinds_for(cls, body: Body) -> list[tuple[str, str]]:
        return [choice for choice in cls.Kind.choices if body.decides or choice[0] != cls.Kind.DECISION]

    def content(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "title": self.title,
            "kind": self.kind,
            "kind_label": self.get_kind_display(),
            "presenter": self.presenter,
            "text": self.text,
            "documents": [notices.paper(document) for document in self.documents.all()],
            "principle": self.principle and {"slug": self.principle.slug, "heading": self.principle.heading},
            "action_item": self.action_item and {"id": self.action_item.pk, "title": self.action_item.title},
        }


class Notice(models.Model):
    """One version of the notice, as it was sent. Pages, calendars and letters show the latest."""

    meeting = models.ForeignKey("council.Meeting", models.CASCADE, related_name="notices", verbose_name="möte")
    version = models.PositiveSmallIntegerField("version")
    content = models.JSONField("innehåll", encoder=DjangoJSONEncoder)
    content_sha256 = models.CharField("kontrollsumma", max_length=64)
    online_link = models.URLField("länk för att delta på distans", blank=True)  # never in the content, which is shown
    changes = models.JSONField("ändringar", default=list)
    pdf = models.OneToOneField(File, models.PROTECT, related_name="+", verbose_name="kallelsen som PDF")
    sent_at = models.DateTimeField("skickades", default=timezone.now)
    sent_by = models.CharField("skickades av", max_length=200)

    class Meta:
        verbose_name = "kallelse"
        verbose_name_plural = "kallelser"
        ordering = ["meeting", "-version"]
        constraints = [models.UniqueConstraint(fields=["meeting", "version"], name="notice_version_once")]

    def __str__(self) -> str:
        return f"{self.meeting} ({self.version})"

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.content["starts_at"])

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.content["ends_at"])

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def place(self) -> str:
        return str(self.content["place"])
