"""Signing, whatever is signed: a frozen text, its checksum, and each person's own answer by a personal link.

The concrete models stand beside what they sign (an accession, a meeting's minutes), with a foreign key of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from ..lib import swedish, tokens
from .models import Actor, Refused, record


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


class Outcome(models.TextChoices):
    OPEN = "open", "Pågår"
    MET = "met", "Klar"
    VOIDED = "voided", "Ogiltig efter ändring"
    EXPIRED = "expired", "Tiden gick ut"
    CANCELLED = "cancelled", "Avbruten"


class Round(models.Model):
    """One frozen content and its signatures. An edit closes the round as voided and starts a new one."""

    Outcome = Outcome

    content = models.JSONField("innehåll", encoder=DjangoJSONEncoder)
    content_sha256 = models.CharField("kontrollsumma", max_length=64)
    required = models.PositiveSmallIntegerField("antal som krävs")
    opened_at = models.DateTimeField("öppnades", default=timezone.now)
    deadline = models.DateTimeField("sista tid")
    reminded_at = models.DateTimeField("påminnelse skickad", null=True, blank=True)
    outcome = models.CharField("läge", max_length=10, choices=Outcome, default=Outcome.OPEN)
    closed_at = models.DateTimeField("stängdes", null=True, blank=True)

    signatures: Any

    class Meta:
        abstract = True

    @property
    def owner(self) -> Any:
        """What is signed. It is locked while somebody answers, which puts the signatories in line."""
        raise NotImplementedError

    def complete(self) -> None:
        """What happens when the last signature needed has come. Runs in its transaction."""
        raise NotImplementedError

    def declined(self, signature: Any) -> None:
        """What happens when somebody says no. Runs in the same transaction."""

    @property
    def is_open(self) -> bool:
        return self.outcome == Outcome.OPEN and timezone.now() < self.deadline

    @property
    def signed_count(self) -> int:
        return sum(1 for signature in self.signatures.all() if signature.signed_at)

    @property
    def can_still_be_met(self) -> bool:
        return sum(1 for s in self.signatures.all() if not s.declined_at) >= self.required

    def is_met(self) -> bool:
        """n distinct people have signed this very content."""
        return bool(self.signatures.filter(signed_sha256=self.content_sha256).count() >= self.required)


class SignatureQuerySet[S: models.Model](models.QuerySet[S]):
    def given(self) -> Self:
        return self.filter(signed_at__isnull=False)

    def waiting(self) -> Self:
        return self.filter(signed_at=None, declined_at=None)


class Signature(models.Model):
    """One person's answer in one round: waiting, signed or declined. A simple signature (eIDAS art. 3.10)."""

    TEXT: ClassVar[str] = "texten"  # what is signed, in the definite form
    CAPACITY: ClassVar[str] = "undertecknare"
    THANKS: ClassVar[str] = "Du har redan skrivit under. Tack!"
    round: Any

    order = models.PositiveSmallIntegerField("nummer")
    name = models.CharField("namn", max_length=150)
    role = models.CharField("roll", max_length=100)
    email = models.EmailField("e-post", blank=True)
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    typed_name = models.CharField("skrev sitt namn", max_length=150, blank=True)
    signed_at = models.DateTimeField("skrev under", null=True, blank=True)
    signed_sha256 = models.CharField("kontrollsumma", max_length=64, blank=True)
    declined_at = models.DateTimeField("avböjde", null=True, blank=True)
    declined_reason = models.TextField("skäl", blank=True)
    session_hash = models.CharField(max_length=64, blank=True, editable=False)
    address_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"

    @property
    def actor(self) -> Actor:
        return Actor(f"{self.name} ({self.CAPACITY})", self.email)

    def is_taken(self, session: str) -> bool:
        """Whether somebody else has signed in this browser session."""
        return bool(session) and self.round.signatures.filter(session_hash=_hash("session", session)).exists()

    def sign(self, *, typed_name: str, session: str, address: str) -> None:
        """One person signs the frozen content: own link, own session, own name. The last one needed completes it.

        N distinct people, the same hash, each in a session of their own.
        """
        with self._answering() as owner:
            if swedish.fold(typed_name) != swedish.fold(self.name):
                raise Refused(f"Skriv ditt namn så som det står i {self.TEXT}: {self.name}.")
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
            record(owner, "sign", by=self.actor, label="Skrev under", sha256=self.signed_sha256)
            if self.round.is_met():
                self.round.complete()

    def decline(self, *, reason: str) -> None:
        """Somebody says no and why; whoever asked is told at once."""
        with self._answering() as owner:
            self.declined_at, self.declined_reason = timezone.now(), reason
            self.save(update_fields=["declined_at", "declined_reason"])
            record(owner, "decline", by=self.actor, label="Avböjde att skriva under", reason=reason)
            self.round.declined(self)

    @contextmanager
    def _answering(self) -> Iterator[Any]:
        """Opens the transaction, locks what is signed, which puts the signatories in line, refuses what is late."""
        with transaction.atomic():
            owner = self.round.owner
            owner.refresh_from_db(from_queryset=type(owner)._base_manager.select_for_update())
            self.refresh_from_db()
            if self.signed_at:
                raise Refused(self.THANKS)
            if self.declined_at:
                raise Refused("Du har redan avböjt. Vill du ändra dig, be den som skickade länken att skicka en ny.")
            if not self.round.is_open:
                raise Refused("Det går inte längre att skriva under här: omgången är stängd.")
            yield owner


def _hash(purpose: str, value: str) -> str:
    return salted_hmac(f"signature.{purpose}", value, algorithm="sha256").hexdigest() if value else ""
