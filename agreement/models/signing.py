"""Signing: a frozen text, those who are to sign it, and the rule that says when it is enough."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import SYSTEM, Actor, Refused, record
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import swedish, tokens
from organisations.models import SigningMode

if TYPE_CHECKING:
    from .accession import Accession

SIGN_LINK = "agreement:sign"


def end_of_day(moment: datetime) -> datetime:
    """The last moment of that day: letters say "senast den 13 december", and the whole of it counts."""
    return timezone.make_aware(datetime.combine(timezone.localtime(moment).date(), time.max))


def noon(day: date) -> datetime:
    """A moment for what has a day only: paper has no clock."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def canonical(content: dict[str, Any]) -> bytes:
    """The bytes that are hashed and signed: sorted keys, UTF-8, no spaces."""
    return json.dumps(
        content, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode()


def checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


class SigningRound(models.Model):
    """One frozen content and its signatures. An edit closes the round as voided and starts a new one."""

    class Purpose(models.TextChoices):
        JOIN = "join", "Anslutning"
        LEAVE = "leave", "Utträde"

    class Outcome(models.TextChoices):
        OPEN = "open", "Pågår"
        MET = "met", "Klar"
        VOIDED = "voided", "Ogiltig efter ändring"
        EXPIRED = "expired", "Tiden gick ut"
        CANCELLED = "cancelled", "Avbruten"

    accession = models.ForeignKey(
        "agreement.Accession", models.CASCADE, related_name="rounds", verbose_name="anslutning"
    )
    purpose = models.CharField("gäller", max_length=10, choices=Purpose)
    content = models.JSONField("innehåll", encoder=DjangoJSONEncoder)
    content_sha256 = models.CharField("kontrollsumma", max_length=64)
    mode = models.CharField("firmateckning", max_length=20, choices=SigningMode)
    required = models.PositiveSmallIntegerField("antal som krävs")
    opened_at = models.DateTimeField("öppnades", default=timezone.now)
    deadline = models.DateTimeField("sista tid")
    reminded_at = models.DateTimeField("påminnelse skickad", null=True, blank=True)
    outcome = models.CharField("läge", max_length=10, choices=Outcome, default=Outcome.OPEN)
    closed_at = models.DateTimeField("stängdes", null=True, blank=True)
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
    def is_open(self) -> bool:
        return self.outcome == self.Outcome.OPEN and timezone.now() < self.deadline

    @property
    def signed_count(self) -> int:
        return sum(1 for signature in self.signatures.all() if signature.signed_at)

    @property
    def can_still_be_met(self) -> bool:
        return sum(1 for s in self.signatures.all() if not s.declined_at) >= self.required

    def is_met(self) -> bool:
        """n distinct people have signed this very content."""
        return self.signatures.filter(signed_sha256=self.content_sha256).count() >= self.required

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


class SignatureQuerySet(models.QuerySet["Signature"]):
    def given(self) -> Self:
        return self.filter(signed_at__isnull=False)

    def waiting(self) -> Self:
        return self.filter(signed_at=None, declined_at=None)


class Signature(models.Model):
    """One person's answer in one round: waiting, signed or declined. A simple signature (eIDAS art. 3.10)."""

    class Method(models.TextChoices):
        LINK = "link", "Enkel elektronisk underskrift via personlig länk"
        PAPER = "paper", "Underskrift på papper"

    round = models.ForeignKey(SigningRound, models.CASCADE, related_name="signatures", verbose_name="omgång")
    order = models.PositiveSmallIntegerField("nummer")
    name = models.CharField("namn", max_length=150)
    role = models.CharField("roll", max_length=100)
    email = models.EmailField("e-post", blank=True)
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    method = models.CharField("sätt", max_length=10, choices=Method, default=Method.LINK)
    typed_name = models.CharField("skrev sitt namn", max_length=150, blank=True)
    signed_at = models.DateTimeField("skrev under", null=True, blank=True)
    signed_sha256 = models.CharField("kontrollsumma", max_length=64, blank=True)
    declined_at = models.DateTimeField("avböjde", null=True, blank=True)
    declined_reason = models.TextField("skäl", blank=True)
    session_hash = models.CharField(max_length=64, blank=True, editable=False)
    address_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = SignatureQuerySet.as_manager()

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

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"

    @property
    def actor(self) -> Actor:
        return Actor(f"{self.name} (firmatecknare)", self.email)

    def is_taken(self, session: str) -> bool:
        """Whether somebody else has signed in this browser session."""
        return bool(session) and self.round.signatures.filter(session_hash=_hash("session", session)).exists()

    def write(self, kind: str) -> None:
        accession = self.round.accession
        context = {"signature": self, "round": self.round, "content": self.round.content}
        letters.send(accession, kind, to=self.email, context=context, link=(SIGN_LINK, self.key))

    def sign(self, *, typed_name: str, session: str, address: str) -> None:
        """One signatory signs the frozen content: own link, own session, own name. The last one needed completes it.

        Domain 4.2: n distinct people, the same hash, each in a session of their own.
        """
        with self._answering() as accession:
            if swedish.fold(typed_name) != swedish.fold(self.name):
                raise Refused(f"Skriv ditt namn så som det står i anslutningen: {self.name}.")
            if self.is_taken(session):
                raise Refused(
                    "I den här webbläsaren har någon annan redan skrivit under. Var och en skriver under för sig: "
                    "öppna din länk i din egen telefon eller dator."
                )
            if not constant_time_compare(checksum(self.round.content), self.round.content_sha256):
                raise Refused("Innehållet har ändrats sedan det frystes. Kontakta kommunen.")
            self.typed_name, self.signed_sha256, self.signed_at = (
                typed_name,
                self.round.content_sha256,
                timezone.now(),
            )
            self.session_hash, self.address_hash = _hash("session", session), _hash("address", address)
            self.save(update_fields=["typed_name", "signed_sha256", "signed_at", "session_hash", "address_hash"])
            record(accession, "sign", by=self.actor, label="Skrev under", sha256=self.signed_sha256)
            if self.round.is_met():
                complete = accession.submit if self.round.purpose == SigningRound.Purpose.JOIN else accession.leave
                complete(by=SYSTEM)

    def decline(self, *, reason: str) -> None:
        """A signatory says no and why; the applicant is told at once."""
        with self._answering() as accession:
            self.declined_at, self.declined_reason = timezone.now(), reason
            self.save(update_fields=["declined_at", "declined_reason"])
            record(accession, "decline", by=self.actor, label="Avböjde att skriva under", reason=reason)
            accession.write("declined", signature=self, round=self.round)

    @contextmanager
    def _answering(self) -> Iterator[Accession]:
        """Opens the transaction, locks the accession (which puts the signatories in line), refuses what is too late."""
        with transaction.atomic():
            accession = self.round.accession
            accession.refresh_from_db(from_queryset=type(accession)._base_manager.select_for_update())
            self.refresh_from_db()
            if self.signed_at:
                raise Refused("Du har redan skrivit under. Tack!")
            if self.declined_at:
                raise Refused("Du har redan avböjt. Vill du ändra dig, be den som startade ansökan att skicka en ny.")
            if not self.round.is_open:
                raise Refused("Det går inte längre att skriva under här: omgången är stängd.")
            yield accession


def _hash(purpose: str, value: str) -> str:
    return salted_hmac(f"signature.{purpose}", value, algorithm="sha256").hexdigest() if value else ""


def reminders_due() -> models.QuerySet[SigningRound]:
    now = timezone.now()
    return SigningRound.objects.filter(
        outcome=SigningRound.Outcome.OPEN,
        reminded_at=None,
        deadline__lte=now + settings.SIGNING_REMINDER,
        deadline__gt=now,
    )
