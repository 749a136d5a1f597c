"""The agreement of a partnership: each version decided, frozen, signed by both sides and stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters, signing
from botkyrka_civil.casework.models import SYSTEM, RegistryEntry, record
from botkyrka_civil.casework.signing import SignatureQuerySet, checksum, end_of_day
from botkyrka_civil.documents.models import File

from .parties import Party

if TYPE_CHECKING:
    from .partnerships import Partnership

SIGN_LINK = "iop:sign"


class Decision(models.Model):
    """What the municipality decided, where and when. A no always has its reasons."""

    partnership = models.ForeignKey(
        "iop.Partnership", models.CASCADE, related_name="decisions", verbose_name="partnerskap"
    )
    approved = models.BooleanField("ja")
    decided_on = models.DateField("beslutsdag")
    decided_where = models.CharField(
        "beslutat av", max_length=200, help_text="Till exempel: Arbetsmarknads- och vuxenutbildningsnämnden, § 34."
    )
    motivation = models.TextField("skäl", blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="antecknades av")
    recorded_at = models.DateTimeField("antecknades", default=timezone.now)

    class Meta:
        verbose_name = "beslut"
        verbose_name_plural = "beslut"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(approved=True) | ~Q(motivation=""), name="iop_refusal_has_reasons")
        ]

    def __str__(self) -> str:
        return f"{'Ja' if self.approved else 'Nej'}, {self.decided_where}"


class Agreement(signing.Round):
    """One version of the agreement: its frozen content and its signatures. An edit voids it, and another is opened."""

    partnership = models.ForeignKey(
        "iop.Partnership", models.CASCADE, related_name="agreements", verbose_name="partnerskap"
    )
    version = models.PositiveSmallIntegerField("version")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="agreement", verbose_name="beslut")
    pdf = models.OneToOneField(File, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="avtalet")
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diariepost"
    )

    class Meta:
        verbose_name = "avtal"
        verbose_name_plural = "avtal"
        ordering = ["partnership", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partnership"], condition=Q(outcome="open"), name="one_open_agreement_per_partnership"
            ),
            models.UniqueConstraint(
                fields=["partnership", "version"], condition=Q(outcome="met"), name="agreement_version_signed_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", closed_at=None) | (~Q(outcome="open") & Q(closed_at__isnull=False)),
                name="closed_agreement_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="met") | Q(pdf__isnull=False, registry_entry__isnull=False),
                name="signed_agreement_is_stored_and_registered",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"

    @property
    def owner(self) -> Partnership:
        return self.partnership

    def complete(self) -> None:
        self.partnership.sign(by=SYSTEM)

    def declined(self, signature: Any) -> None:
        self.partnership.write_to_staff("signature_declined", signature=signature)

    def close(self, outcome: str) -> None:
        self.outcome, self.closed_at = outcome, timezone.now()
        self.save(update_fields=["outcome", "closed_at", "pdf", "registry_entry"])

    def write_again(self) -> None:
        for signature in self.signatures.waiting():
            signature.write("sign_reminder")

    def remind(self) -> None:
        """Once, some days before the deadline, to those who have not answered."""
        self.write_again()
        self.reminded_at = timezone.now()
        self.save(update_fields=["reminded_at"])
        record(self.partnership, "remind", by=SYSTEM, label="Påminnelse skickades till dem som inte har svarat")


def open_agreement(partnership: Partnership, *, decision: Decision, version: int, people: list[Any]) -> Agreement:
    """Freeze the terms and write to everyone who signs, on both sides. Runs inside `decide`."""
    content = partnership.content(version)
    agreement = Agreement.objects.create(
        partnership=partnership,
        version=version,
        decision=decision,
        content=content,
        content_sha256=checksum(content),
        required=len(people),
        deadline=end_of_day(timezone.now() + settings.SIGNING_PERIOD),
    )
    AgreementSignature.objects.bulk_create(
        AgreementSignature(
            round=agreement, party=person.party, order=order, name=person.name, role=person.role, email=person.email
        )
        for order, person in enumerate(people, start=1)
    )
    for signature in agreement.signatures.all():
        signature.write("sign")
    return agreement


class AgreementSignature(signing.Signature):
    """One person's signature for one party."""

    TEXT = "avtalet"
    CAPACITY = "undertecknare"

    round = models.ForeignKey(Agreement, models.CASCADE, related_name="signatures", verbose_name="avtal")
    party = models.ForeignKey(Party, models.PROTECT, related_name="signatures", verbose_name="part")

    objects = SignatureQuerySet["AgreementSignature"].as_manager()

    class Meta:
        verbose_name = "underskrift"
        verbose_name_plural = "underskrifter"
        ordering = ["round", "order"]
        constraints = [
            models.UniqueConstraint(fields=["round", "order"], name="iop_signature_order_once"),
            models.UniqueConstraint(fields=["round", "email"], name="iop_signature_once_per_email"),
            models.UniqueConstraint(
                fields=["round", "session_hash"], condition=~Q(session_hash=""), name="iop_signature_once_per_session"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_sha256="") | (Q(signed_at__isnull=False) & ~Q(signed_sha256="")),
                name="iop_signed_means_when_and_what",
            ),
            models.CheckConstraint(condition=Q(signed_at=None) | Q(declined_at=None), name="iop_signed_or_declined"),
        ]

    def write(self, kind: str) -> None:
        context = {"signature": self, "round": self.round, "content": self.round.content}
        letters.send(self.round.partnership, kind, to=self.email, context=context, link=(SIGN_LINK, self.key))


def reminders_due() -> models.QuerySet[Agreement]:
    now = timezone.now()
    return Agreement.objects.filter(
        outcome=signing.Outcome.OPEN, reminded_at=None, deadline__lte=now + settings.SIGNING_REMINDER, deadline__gt=now
    )
