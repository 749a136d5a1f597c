"""What people tell us about the website: something that does not work for them, or a wish for it in another form."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import (
    SYSTEM,
    Actor,
    Case,
    Letter,
    Refused,
    RegistryEntry,
    record,
    register,
    transition,
)
from botkyrka_civil.lib import tokens

RECEIPT_LINK = "pages:report_receipt"
# The log is never edited, so it does not name who wrote; the case does, until it is disposed of.
WRITER = Actor("Den som skrev")


class AccessibilityReportQuerySet(models.QuerySet["AccessibilityReport"]):
    def open(self) -> Self:
        return self.filter(state=AccessibilityReport.State.RECEIVED)

    def late(self, now: datetime) -> Self:
        """Not answered within the time that the form promises."""
        return self.open().filter(received_at__lt=now - settings.ACCESSIBILITY_ANSWER_PERIOD)

    def settled(self, before: datetime) -> Self:
        """Answered or closed, and still with the name or the address of whoever wrote."""
        known = ~Q(name="") | ~Q(email="")
        return self.exclude(state=AccessibilityReport.State.RECEIVED).filter(known, decided_at__lt=before)


class AccessibilityReport(Case):
    """A message about what does not work, or a request for content in another form.

    Lag (2018:1937) om tillgänglighet till digital offentlig service: anyone may write, also without saying who they
    are. It is an official document and registered at once.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Inkommen"
        ANSWERED = "answered", "Besvarad"
        CLOSED = "closed", "Avslutad utan svar"

    class Kind(models.TextChoices):
        FAULT = "fault", "Något på webbplatsen fungerar inte för mig"
        OTHER_FORM = "other_form", "Jag vill ha innehållet i en annan form"

    TRANSITIONS = {
        "take": transition("ta ärendet", "Fick en handläggare", [State.RECEIVED], State.RECEIVED),
        "answer": transition("svara", "Besvarades", [State.RECEIVED], State.ANSWERED),
        "close": transition("avsluta utan svar", "Avslutades utan svar", [State.RECEIVED], State.CLOSED),
        "reopen": transition("öppna ärendet igen", "Öppnades igen", [State.ANSWERED, State.CLOSED], State.RECEIVED),
    }
    MATTERS = {
        Kind.FAULT: "Påpekande om bristande tillgänglighet",
        Kind.OTHER_FORM: "Begäran om innehåll i en annan form",
    }

    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    request_key = models.UUIDField("formulärets nyckel", unique=True, default=uuid4, editable=False)
    state = models.CharField("läge", max_length=10, choices=State, default=State.RECEIVED, editable=False)
    kind = models.CharField("gäller", max_length=10, choices=Kind, default=Kind.FAULT)
    page = models.CharField("sida", max_length=500, blank=True)
    what = models.TextField("vad som inte fungerar")
    aid = models.CharField("hjälpmedel", max_length=200, blank=True)
    name = models.CharField("namn", max_length=150, blank=True)
    email = models.EmailField("e-post", blank=True)
    received_at = models.DateTimeField("kom in", default=timezone.now)
    decided_at = models.DateTimeField("besvarades eller avslutades", null=True, blank=True)
    reply = models.TextField("svar", blank=True)
    reason = models.TextField("varför det inte fick något svar", blank=True)
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name="handläggare")
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diariepost"
    )
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    objects = AccessibilityReportQuerySet.as_manager()

    class Meta:
        verbose_name = "påpekande om tillgänglighet"
        verbose_name_plural = "påpekanden om tillgänglighet"
        ordering = ["-pk"]
        permissions = [
            ("take_accessibilityreport", "Får ta ett påpekande om tillgänglighet"),
            ("answer_accessibilityreport", "Får svara på ett påpekande om tillgänglighet"),
            ("close_accessibilityreport", "Får avsluta ett påpekande om tillgänglighet utan svar"),
            ("reopen_accessibilityreport", "Får öppna ett påpekande om tillgänglighet igen"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["received", "answered", "closed"]), name="accessibilityreport_state"
            ),
            models.CheckConstraint(condition=Q(kind__in=["fault", "other_form"]), name="accessibilityreport_kind"),
            models.CheckConstraint(condition=~Q(what=""), name="accessibilityreport_says_something"),
            models.CheckConstraint(
                condition=~Q(state="answered") | ~Q(reply=""), name="answered_accessibilityreport_has_a_reply"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(reason=""), name="closed_accessibilityreport_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter} ({self.number})"

    @property
    def matter(self) -> str:
        """What the register and the lists call it: nothing of what was written."""
        return self.MATTERS[self.Kind(self.kind)]

    @property
    def number(self) -> str:
        return self.registry_entry.number if self.registry_entry else ""

    @property
    def answer_by(self) -> datetime:
        """The last moment of the time that the form promises."""
        return self.received_at + settings.ACCESSIBILITY_ANSWER_PERIOD

    # Verbs ------------------------------------------------------------------------------------------------------

    @classmethod
    def receive(cls, *, request_key: UUID, **facts: Any) -> AccessibilityReport:
        """Taken in and registered at once, whoever it is from; the same form sent twice is one.

        Offentlighets- och sekretesslagen 5 kap. 1 §.
        """
        if cls.objects.filter(request_key=request_key).exclude(**facts).exists():
            request_key = uuid4()  # the same form with other words is not the same form
        with transaction.atomic():
            self, created = cls.objects.get_or_create(request_key=request_key, defaults=facts)
            if created:
                record(self, "receive", by=WRITER, label="Kom in", to_state=self.state)
                self._register()
                self._write_receipts()
        return self

    def _register(self) -> None:
        self.registry_entry = register(
            self, counterpart=self.name or "Anonym", matter=self.matter, received_at=self.received_at
        )
        self.save(update_fields=["registry_entry"])

    def _write_receipts(self) -> None:
        if self.email:
            letters.send(self, "report_received", to=self.email)
        for officer in User.objects.with_permission("pages.answer_accessibilityreport"):
            letters.send(self, "report_new", to=officer.email, context={"officer": officer})

    def take(self, *, by: Actor) -> None:
        """An officer takes the case, or takes it over from a colleague."""
        with self.move("take", by=by):
            if self.assigned_to == by.user:
                raise Refused("Du har redan ärendet.")
            self.assigned_to = by.user

    def answer(self, *, by: Actor, reply: str, letter: str = "") -> None:
        """What was done, told to the one who wrote if there is an address, and kept in the case if there is none."""
        with self.move("answer", by=by):
            if not reply.strip():
                raise Refused("Skriv svaret.")
            self.reply, self.decided_at = reply.strip(), timezone.now()
            if self.email:
                letters.send(self, "report_answered", to=self.email, body=letter, context={"reply": self.reply})

    def close(self, *, by: Actor, reason: str) -> None:
        """Without an answer, for instance when it is about something else or was sent twice."""
        with self.move("close", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför ärendet avslutas utan svar.")
            self.reason, self.decided_at = reason.strip(), timezone.now()

    def reopen(self, *, by: Actor, reason: str) -> None:
        """The matter turned out not to be settled."""
        with self.move("reopen", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför ärendet öppnas igen.")
            self.decided_at = None

    def forget_writer(self) -> None:
        """The case stays, as it is registered. Who wrote goes, with the letters to them; the reply stands here."""
        to_writer = ["report_received", "report_answered"]  # also to an address that was put right since
        Letter.objects.filter(subject_key=self.subject, kind__in=to_writer).delete()
        self.name = self.email = self.aid = ""
        self.save(update_fields=["name", "email", "aid"])
        record(self, "forget_writer", by=SYSTEM, label="Namn, e-post och hjälpmedel gallrades")
