"""Signing an accession: who is to sign it, and the rule that says when it is enough."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from botkyrka_civil.casework import letters, signing
from botkyrka_civil.casework.models import SYSTEM, record
from botkyrka_civil.casework.signing import SignatureQuerySet, checksum, end_of_day
from botkyrka_civil.documents.models import File
from organisations.models import SigningMode

if TYPE_CHECKING:
    from .accession import Accession

SIGN_LINK = "agreement:sign"


class SigningRound(signing.Round):
    """One frozen content and its signatures: to join, or to leave."""

    class Purpose(models.TextChoices):
        JOIN = "join", "Anslutning"
        LEAVE = "leave", "Utträde"

    accession = models.ForeignKey(
        "agreement.Accession", models.CASCADE, related_name="rounds", verbose_name="anslutning"
    )
    purpose = models.CharField("gäller", max_length=10, choices=Purpose)
    mode = models.CharField("firmateckning", max_length=20, choices=SigningMode)
    form = models.OneToOneField(File, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="blankett")

    class Meta:
        verbose_name = "underskriftsomgång"
        verbose_name_plural = "underskriftsomgångar"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["accession"], condition=Q(outcome="open"), name="one_open_signing_round_per_accession"
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", closed_at=None) | (~Q(outcome="open") & Q(closed_at__isnull=False)),
                name="closed_round_has_a_time",
            ),
            models.CheckConstraint(condition=Q(required__gte=1), name="signing_round_requires_someone"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.accession_id}"

    @property
    def owner(self) -> Accession:
        return self.accession

    def complete(self) -> None:
        complete = self.accession.submit if self.purpose == self.Purpose.JOIN else self.accession.leave
        complete(by=SYSTEM)

    def declined(self, signature: Any) -> None:
        self.accession.write("declined", signature=signature, round=self)

    def close(self, outcome: str) -> None:
        self.outcome = outcome
        self.closed_at = timezone.now()
        self.save(update_fields=["outcome", "closed_at", "form"])

    def invite(self) -> None:
        """One letter with a link of their own to each signatory."""
        for signature in self.signatures.all():
            kind = "sign_leave" if self.purpose == self.Purpose.LEAVE else "sign"
            signature.write(kind)

    def write_again(self) -> None:
        """To those who have not answered, when the applicant asks for it."""
        for signature in self.signatures.waiting():
            signature.write("sign_reminder")

    def remind(self) -> None:
        """Once, some days before the deadline, to those who have not answered."""
        self.write_again()
        self.reminded_at = timezone.now()
        self.save(update_fields=["reminded_at"])
        record(self.accession, "remind", by=SYSTEM, label="Påminnelse skickades till dem som inte har svarat")


def open_round(
    accession: Accession, *, purpose: str, content: dict[str, Any], signatories: list[dict[str, str]], required: int
) -> SigningRound:
    """Freeze `content` and write to everyone in `signatories` (name, role, email). Runs inside a verb."""
    now = timezone.now()
    signing = SigningRound.objects.create(
        accession=accession,
        purpose=purpose,
        content=content,
        content_sha256=checksum(content),
        mode=content["signing_rule"]["mode"],
        required=required,
        deadline=end_of_day(now + settings.SIGNING_PERIOD),
    )
    Signature.objects.bulk_create(
        Signature(round=signing, order=order, name=person["name"], role=person["role"], email=person["email"].lower())
        for order, person in enumerate(signatories, start=1)
    )
    signing.invite()
    return signing


def paper_round(
    accession: Accession,
    *,
    content: dict[str, Any],
    signatories: list[dict[str, str]],
    form: File,
    received_at: datetime,
    signed_at: datetime,
) -> SigningRound:
    """A round that was signed on paper. What was signed is the scan; the checksum is of what was typed off it."""
    rule = content["signing_rule"]
    signing = SigningRound.objects.create(
        accession=accession,
        purpose=SigningRound.Purpose.JOIN,
        content=content,
        content_sha256=checksum(content),
        mode=rule["mode"],
        required=rule["required"],
        deadline=received_at,
        closed_at=received_at,
        outcome=SigningRound.Outcome.MET,
        form=form,
    )
    Signature.objects.bulk_create(
        Signature(
            round=signing,
            order=order,
            name=person["name"],
            role=person["role"],
            method=Signature.Method.PAPER,
            signed_at=signed_at,
            signed_sha256=signing.content_sha256,
        )
        for order, person in enumerate(signatories, start=1)
    )
    return signing


class Signature(signing.Signature):
    """One signatory's answer in one round."""

    TEXT = "anslutningen"
    CAPACITY = "firmatecknare"

    class Method(models.TextChoices):
        LINK = "link", "Enkel elektronisk underskrift via personlig länk"
        PAPER = "paper", "Underskrift på papper"

    round = models.ForeignKey(SigningRound, models.CASCADE, related_name="signatures", verbose_name="omgång")
    method = models.CharField("sätt", max_length=10, choices=Method, default=Method.LINK)

    objects = SignatureQuerySet["Signature"].as_manager()

    class Meta:
        verbose_name = "underskrift"
        verbose_name_plural = "underskrifter"
        ordering = ["round", "order"]
        constraints = [
            models.UniqueConstraint(fields=["round", "order"], name="signature_order_once"),
            models.UniqueConstraint(fields=["round", "email"], condition=~Q(email=""), name="one_signature_per_email"),
            models.UniqueConstraint(
                fields=["round", "session_hash"], condition=~Q(session_hash=""), name="one_signature_per_session"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_sha256="") | (Q(signed_at__isnull=False) & ~Q(signed_sha256="")),
                name="signed_means_when_and_what",
            ),
            models.CheckConstraint(condition=Q(signed_at=None) | Q(declined_at=None), name="signed_or_declined"),
        ]

    def write(self, kind: str) -> None:
        accession = self.round.accession
        context = {"signature": self, "round": self.round, "content": self.round.content}
        letters.send(accession, kind, to=self.email, context=context, link=(SIGN_LINK, self.key))


def reminders_due() -> models.QuerySet[SigningRound]:
    now = timezone.now()
    return SigningRound.objects.filter(
        outcome=SigningRound.Outcome.OPEN,
        reminded_at=None,
        deadline__lte=now + settings.SIGNING_REMINDER,
        deadline__gt=now,
    )
