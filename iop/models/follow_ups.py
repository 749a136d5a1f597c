"""Following up: each party writes, all read the same page, and all approve it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Refused, RegistryEntry, record
from botkyrka_civil.casework.signing import checksum

from .parties import Party

if TYPE_CHECKING:
    from .partnerships import Partnership


class Indicator(models.Model):
    """Something that both sides count, year after year, to see how it goes."""

    partnership = models.ForeignKey(
        "iop.Partnership", models.CASCADE, related_name="indicators", verbose_name="partnerskap"
    )
    order = models.PositiveSmallIntegerField("nummer", default=1)
    name = models.CharField("vad vi mäter", max_length=120)
    unit = models.CharField("enhet", max_length=40, help_text="Till exempel: personer, procent.")
    goal = models.DecimalField("mål", max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "mått"
        verbose_name_plural = "mått"
        ordering = ["partnership", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["partnership", "name"], name="indicator_name_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.unit})"


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> Self:
        return self.filter(approved_at=None, closed_at=None)

    def approved(self) -> Self:
        return self.filter(approved_at__isnull=False)

    def published(self) -> Self:
        """What everyone may read: approved by all parties, and looked through for personal data."""
        return self.approved().filter(published_at__isnull=False)

    def to_publish(self) -> Self:
        return self.approved().filter(published_at=None)

    def late(self, today: date) -> Self:
        return self.open().filter(due__lt=today)

    def to_remind(self, today: date) -> Self:
        return self.open().filter(reminded_at=None, due__lte=today + settings.SIGNING_REMINDER)


class FollowUp(models.Model):
    """One period looked back on. What is approved is frozen: the texts, and what was counted."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", "Uppföljning"
        FINAL = "final", "Slututvärdering"

    partnership = models.ForeignKey(
        "iop.Partnership", models.CASCADE, related_name="follow_ups", verbose_name="partnerskap"
    )
    kind = models.CharField("slag", max_length=10, choices=Kind, default=Kind.YEARLY)
    first_day = models.DateField("från och med")
    last_day = models.DateField("till och med")
    opened_at = models.DateTimeField("började", default=timezone.now)
    due = models.DateField("klar senast")
    reminded_at = models.DateTimeField("påminnelse skickad", null=True, blank=True)
    revision = models.PositiveIntegerField("ändring", default=0)
    content = models.JSONField("godkänt innehåll", null=True, blank=True, encoder=DjangoJSONEncoder)
    content_sha256 = models.CharField("kontrollsumma", max_length=64, blank=True)
    approved_at = models.DateTimeField("godkändes av alla", null=True, blank=True)
    closed_at = models.DateTimeField("stängdes utan att bli klar", null=True, blank=True)
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diariepost"
    )
    published_at = models.DateTimeField("publicerades", null=True, blank=True)
    privacy_reviewed_by = models.CharField("personuppgifter granskade av", max_length=150, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "uppföljning"
        verbose_name_plural = "uppföljningar"
        ordering = ["partnership", "first_day", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["yearly", "final"]), name="follow_up_kind"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="follow_up_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["partnership"],
                condition=Q(approved_at=None, closed_at=None),
                name="one_open_follow_up_per_partnership",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, content__isnull=True)
                | Q(approved_at__isnull=False, content__isnull=False),
                name="approved_follow_up_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None)
                | (Q(published_at__isnull=False, approved_at__isnull=False) & ~Q(privacy_reviewed_by="")),
                name="published_follow_up_was_reviewed",
            ),
        ]

    def __str__(self) -> str:
        first, last = self.first_day.year, self.last_day.year
        return f"{self.get_kind_display()} {first}–{last}" if first != last else f"{self.get_kind_display()} {first}"

    @property
    def is_open(self) -> bool:
        return self.approved_at is None and self.closed_at is None

    @property
    def title(self) -> str:
        return f"{self.get_kind_display()} av {self.partnership.title}"

    def text_of(self, party: Party) -> FollowUpText | None:
        return next((text for text in self.texts.all() if text.party_id == party.pk), None)

    # Writing and approving -------------------------------------------------------------------------------------

    def write(
        self, party: Party, *, by: Actor, text: str, base: int, values: dict[int, tuple[Decimal | None, str]]
    ) -> None:
        """The party's own text, and what was counted as (value, note) for each indicator's key.

        What somebody has approved is this very page, so an edit takes all approvals back. `base` is the revision of
        the party's own text that was edited: two who write for the same party never overwrite each other.
        """
        with self._writing(party):
            mine, _ = FollowUpText.objects.select_for_update().get_or_create(follow_up=self, party=party)
            if mine.revision != base:
                raise Refused(
                    "Någon annan hos er har skrivit här sedan du öppnade sidan. Jämför texterna nedan, och spara igen "
                    "om din ska gälla."
                )
            mine.text, mine.revision, mine.written_at, mine.written_by = text, base + 1, timezone.now(), by.name
            mine.save()
            changed = self._count(values)
            self.take_approvals_back()
            label = f"{party.name} skrev i uppföljningen"
            record(self.partnership, "write_follow_up", by=by, label=label, follow_up=self.pk, counted=changed)

    def _count(self, values: dict[int, tuple[Decimal | None, str]]) -> dict[str, str]:
        """What was counted, where it differs from what stood there. Returns old and new, for the log."""
        changed: dict[str, str] = {}
        now = {value.indicator_id: value for value in self.values.all()}
        for indicator in self.partnership.indicators.all():
            if indicator.pk not in values:
                continue
            number, note = values[indicator.pk]
            old = now.get(indicator.pk)
            if (old.value, old.note) == (number, note) if old else (number is None and not note):
                continue
            self.values.update_or_create(indicator=indicator, defaults={"value": number, "note": note})
            changed[indicator.name] = f"{old.value if old else '–'} → {'–' if number is None else number}"
        return changed

    def approve(self, party: Party, *, by: Actor, base: int) -> None:
        """The party stands by the whole page. When all do, it is frozen, registered, and the partnership goes on."""
        with self._writing(party) as partnership:
            if base != self.revision:
                raise Refused("Uppföljningen har ändrats sedan du öppnade sidan. Läs den igen och godkänn sedan.")
            parties = list(partnership.parties.with_names().bound())
            texts = {text.party_id: text for text in self.texts.all()}
            silent = [other.name for other in parties if other.pk not in texts or not texts[other.pk].text.strip()]
            if silent:
                raise Refused(
                    f"Alla parter behöver skriva innan ni godkänner. Det saknas text från {', '.join(silent)}."
                )
            mine = texts[party.pk]
            if mine.approved_at:
                raise Refused("Ni har redan godkänt uppföljningen. Tack!")
            mine.approved_at, mine.approved_by = timezone.now(), by.name
            mine.save(update_fields=["approved_at", "approved_by"])
            record(
                partnership, "approve_follow_up", by=by, label=f"{party.name} godkände uppföljningen", follow_up=self.pk
            )
            if all(texts[other.pk].approved_at for other in parties):
                self._freeze()
                partnership.finish_follow_up(self)

    @contextmanager
    def _writing(self, party: Party) -> Iterator[Partnership]:
        """The partnership is locked, which puts the parties in line; what is over is refused."""
        with transaction.atomic():
            partnership = self.partnership
            partnership.refresh_from_db(from_queryset=type(partnership)._base_manager.select_for_update())
            self.refresh_from_db()
            if party.partnership_id != partnership.pk:
                raise Refused("Bara partnerskapets egna parter skriver i uppföljningen.")
            if not party.is_bound:
                raise Refused(f"{party.name} har inte skrivit under avtalet, och skriver inte i uppföljningen.")
            if not self.is_open:
                raise Refused("Uppföljningen är avslutad. Det går inte längre att ändra i den.")
            yield partnership

    def take_approvals_back(self) -> None:
        """The page has changed: nobody has approved it as it stands now. Runs inside a verb."""
        self.texts.update(approved_at=None, approved_by="")
        self.revision += 1
        self.save(update_fields=["revision"])

    def _freeze(self) -> None:
        self.content = self.draft_content()
        self.content_sha256, self.approved_at = checksum(self.content), timezone.now()
        self.registry_entry = self.partnership.register_drawn_up(f"{self.title}, {self.last_day.year}")
        self.save(update_fields=["content", "content_sha256", "approved_at", "registry_entry"])

    def draft_content(self) -> dict[str, Any]:
        """What all parties see and approve. Names of persons are not in it."""
        texts = {text.party_id: text.text for text in self.texts.all()}
        values = {value.indicator_id: value for value in self.values.all()}
        return {
            "schema": "iop-uppfoljning/1",
            "kind": self.kind,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "texts": [
                {"party": party.name, "side": party.side.value, "text": texts.get(party.pk, "")}
                for party in self.partnership.parties.with_names().bound()
            ],
            "indicators": [
                {
                    "name": indicator.name,
                    "unit": indicator.unit,
                    "goal": indicator.goal,
                    "value": values[indicator.pk].value if indicator.pk in values else None,
                    "note": values[indicator.pk].note if indicator.pk in values else "",
                }
                for indicator in self.partnership.indicators.all()
            ],
        }

    # Afterwards ------------------------------------------------------------------------------------------------

    def publish(self, *, by: Actor, privacy_reviewed: bool) -> None:
        """For everyone to read, once somebody has looked for personal data."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=FollowUp.objects.select_for_update())
            if not self.approved_at:
                raise Refused("Alla parter har inte godkänt uppföljningen än.")
            if self.published_at:
                raise Refused("Uppföljningen är redan publicerad.")
            if not privacy_reviewed:
                raise Refused("Kryssa i att du har granskat texten och att inga personuppgifter står där.")
            self.published_at, self.privacy_reviewed_by = timezone.now(), by.name[:150]
            self.save(update_fields=["published_at", "privacy_reviewed_by"])
            record(self.partnership, "publish_follow_up", by=by, label=f"{self} publicerades", follow_up=self.pk)

    def unpublish(self, *, by: Actor, reason: str) -> None:
        """Off the web again, when something stands there that must not."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=FollowUp.objects.select_for_update())
            if not self.published_at:
                raise Refused("Uppföljningen är inte publicerad.")
            if not reason.strip():
                raise Refused("Skriv varför uppföljningen tas bort från webben.")
            self.published_at, self.privacy_reviewed_by = None, ""
            self.save(update_fields=["published_at", "privacy_reviewed_by"])
            label = f"{self} togs bort från webben"
            record(self.partnership, "unpublish_follow_up", by=by, label=label, reason=reason, follow_up=self.pk)

    def remind(self) -> None:
        """Once, to the parties that have not approved."""
        approved = {text.party_id for text in self.texts.all() if text.approved_at}
        for party in self.partnership.parties.with_names().bound():
            if party.pk not in approved:
                party.write("follow_up_reminder", follow_up=self)
        self.reminded_at = timezone.now()
        self.save(update_fields=["reminded_at"])

    def close(self) -> None:
        """The partnership came to an end first."""
        self.closed_at = timezone.now()
        self.save(update_fields=["closed_at"])


class FollowUpText(models.Model):
    """One party's own words, and whether it stands by the whole page."""

    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="texts", verbose_name="uppföljning")
    party = models.ForeignKey(Party, models.CASCADE, related_name="texts", verbose_name="part")
    text = models.TextField("text", blank=True)
    revision = models.PositiveIntegerField("ändring", default=0)
    written_at = models.DateTimeField("skrevs", null=True, blank=True)
    written_by = models.CharField("skrevs av", max_length=200, blank=True)
    approved_at = models.DateTimeField("godkändes", null=True, blank=True)
    approved_by = models.CharField("godkändes av", max_length=200, blank=True)

    class Meta:
        verbose_name = "parts text"
        verbose_name_plural = "parters texter"
        ordering = ["follow_up", "party"]
        constraints = [
            models.UniqueConstraint(fields=["follow_up", "party"], name="one_text_per_party"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="") | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
                name="follow_up_approved_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party}"


class IndicatorValue(models.Model):
    """What was counted in one period."""

    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="values", verbose_name="uppföljning")
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="values", verbose_name="mått")
    value = models.DecimalField("värde", max_digits=12, decimal_places=2, null=True, blank=True)
    note = models.CharField("anmärkning", max_length=200, blank=True)

    class Meta:
        verbose_name = "mätvärde"
        verbose_name_plural = "mätvärden"
        ordering = ["indicator", "follow_up"]
        constraints = [models.UniqueConstraint(fields=["follow_up", "indicator"], name="indicator_counted_once")]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"
