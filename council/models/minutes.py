"""Minutes: one text written from the agenda, or one file; signed off by the chair and the signers; then read-only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework import letters, signing
from botkyrka_civil.casework.models import SYSTEM, Actor, Refused, RegistryEntry, record, register
from botkyrka_civil.casework.signing import SignatureQuerySet, checksum, end_of_day
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import File, store
from botkyrka_civil.documents.seal import seal
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import swedish

from .. import minutes_text
from .agenda import AgendaItem
from .bodies import Body
from .meetings import Meeting
from .participants import Participant
from .states import MeetingState as State

SIGN_OFF_LINK = "council:sign_off"
LINK_HOLDS = timedelta(days=365)  # a target is not an end: late sign-off is still sign-off
REMINDERS_APART = timedelta(days=1)


@dataclass(frozen=True)
class Saved:
    """What became of a save: kept as it was, or put together with what somebody else had written meanwhile."""

    text: str
    revision: int
    merged: bool = False
    conflicts: int = 0
    others: list[str] = field(default_factory=list)
    changes: list[tuple[str, str]] = field(default_factory=list)


class Minutes(models.Model):
    """The minutes of one meeting. What is signed is frozen in the sign-off round; the text is where it is written."""

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="minutes", verbose_name="möte")
    text = models.TextField("text", blank=True)
    revision = models.PositiveIntegerField("version", default=0)
    file = models.OneToOneField(
        File, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="protokollet som fil"
    )
    file_accessible = models.BooleanField("filen är tillgänglig", default=False)
    last_number = models.PositiveSmallIntegerField("sista paragrafen", default=0)
    pdf = models.OneToOneField(
        File, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="justerat protokoll"
    )
    signed_off_at = models.DateTimeField("justerades", null=True, blank=True)

    class Meta:
        verbose_name = "protokoll"
        verbose_name_plural = "protokoll"

    def __str__(self) -> str:
        return f"Protokoll, {self.meeting}"

    # Writing ---------------------------------------------------------------------------------------------------

    @classmethod
    def begun(cls, meeting: Meeting) -> Minutes:
        """The minutes, or what they begin with: each point of the agenda with its § and its empty headings."""
        written = cls.objects.filter(meeting=meeting).first()
        if written is not None:
            return written
        minutes = cls(meeting=meeting)
        minutes.text = minutes_text.skeleton(meeting.items.all(), minutes.first_number)
        return minutes

    @classmethod
    def of(cls, meeting: Meeting) -> Minutes:
        """The minutes to write in. Of two who begin at once, the second waits, and gets what the first began."""
        with transaction.atomic():
            minutes, created = cls.objects.get_or_create(meeting=meeting)
            if created:
                minutes._refuse_if_closed()
                minutes.text = minutes_text.skeleton(meeting.items.all(), minutes.first_number)
                minutes.save(update_fields=["text"])
                minutes.revisions.create(number=0, text=minutes.text, by=SYSTEM.name)
        return minutes

    @property
    def first_number(self) -> int:
        """Paragraphs are numbered through the year, body by body."""
        earlier = Minutes.objects.filter(
            meeting__body=self.meeting.body, meeting__starts_at__year=self.meeting.day.year
        )
        before = earlier.filter(meeting__starts_at__lt=self.meeting.starts_at)
        return (before.aggregate(last=Max("last_number"))["last"] or 0) + 1

    @property
    def writable(self) -> bool:
        """From the day of the meeting until the minutes are sent for sign-off."""
        return self.meeting.state in (State.CALLED, State.HELD) and self.meeting.day <= timezone.localdate()

    def write(self, *, by: Actor, text: str, base: int) -> Saved:
        """Keep what was typed on top of revision `base`; what others have typed since is put together with it.

        Every text that comes is kept as a revision before anything else, so that no word is lost. Where both have
        changed the same lines both stand, and nothing is saved over: the writer reads it and saves again.
        """
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Minutes.objects.select_for_update())
            self._refuse_if_closed()
            if base == self.revision or text == self.text:
                return self._keep(by, text)
            since = list(self.revisions.filter(number__gt=base, aside=False))
            common = self.revisions.filter(number=base, aside=False).first()
            merge = minutes_text.merge(common.text if common else "", text, self.text)
            others = sorted({revision.by for revision in since} - {by.name}) or [by.name]
            changes = minutes_text.changes(common.text if common else "", self.text)
            self.revisions.get_or_create(number=self.revision, text=text, by=by.name, aside=True)
            return Saved(merge.text, self.revision, True, merge.conflicts, others, changes)

    def _keep(self, by: Actor, text: str) -> Saved:
        if text != self.text:
            self.text, self.revision = text, self.revision + 1
            self.save(update_fields=["text", "revision"])
            self.revisions.create(number=self.revision, text=text, by=by.name)
        return Saved(self.text, self.revision)

    def attach(self, *, by: Actor, upload: Upload) -> None:
        """One file instead of the text. Whether it says itself that it is accessible is noted."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Minutes.objects.select_for_update())
            self._refuse_if_closed()
            if upload.mime != "application/pdf":
                raise Refused("Ladda upp protokollet som PDF.")
            self.file, self.file_accessible = upload.store(), upload.is_tagged
            self.save(update_fields=["file", "file_accessible"])
            record(self.meeting, "attach_minutes", by=by, label="Protokollet lades upp som fil", file=self.file.pk)

    def detach(self, *, by: Actor) -> None:
        """Back to the text."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Minutes.objects.select_for_update())
            self._refuse_if_closed()
            self.file, self.file_accessible = None, False
            self.save(update_fields=["file", "file_accessible"])
            record(self.meeting, "detach_minutes", by=by, label="Filen togs bort, texten gäller")

    @property
    def closed_because(self) -> str:
        """Why nothing can be written, in a sentence; empty while it can."""
        if self.meeting.state in (State.DRAWN_UP, State.SIGNED_OFF, State.PUBLISHED):
            return "Protokollet är skickat för justering och går inte att ändra. Ta tillbaka det först."
        if self.meeting.state == State.CANCELLED:
            return "Mötet är inställt."
        if not self.writable:
            return "Mötet har inte varit än. Protokollet kan du börja skriva samma dag som mötet."
        return ""

    def _refuse_if_closed(self) -> None:
        self.meeting.refresh_from_db()
        if reason := self.closed_because:
            raise Refused(reason)

    # Drawing up and signing off --------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        if self.file:
            return []
        return minutes_text.problems(self.text, self.meeting.body.decides)

    def content(self) -> dict[str, Any]:
        """What is signed."""
        meeting, body = self.meeting, self.meeting.body
        people = list(meeting.participants.select_related("serves_for"))
        sections = [] if self.file else minutes_text.parse(self.text)
        items = meeting.items.select_related("principle", "action_item").prefetch_related("documents__current__file")
        numbers = {swedish.fold(section.title): section.sign for section in sections}
        return {
            "schema": "protokoll/1",
            "body": {"name": body.name, "kind": body.kind, "legal_nature": body.legal_nature},
            "meeting": {
                "title": meeting.title,
                "starts_at": timezone.localtime(meeting.starts_at).isoformat(),
                "ends_at": timezone.localtime(meeting.ends_at).isoformat(),
                "place": meeting.place,
            },
            "chair": next((p.name for p in people if p.duty == Participant.Duty.CHAIR), ""),
            "secretary": meeting.secretary_name,
            "signers": [p.name for p in people if p.duty == Participant.Duty.SIGNER],
            "present": [_attendance(p) for p in people if p.presence],
            "also_present": meeting.also_present,
            "quorum_note": meeting.quorum_note,
            # Each item by its heading: the secretary may have put in a § of their own, or left one out.
            "items": [shown for item in items if (shown := _item(item, numbers.get(swedish.fold(item.title), "")))],
            "text": "" if self.file else self.text,
            "sections": [section.content() for section in sections],
            "file": {"name": self.file.name, "sha256": self.file.sha256} if self.file else None,
        }

    def draw_up(self, *, by: Actor) -> None:
        """The text is frozen, and the chair and the signers get a link each."""
        meeting = self.meeting
        with meeting.move("draw_up", by=by):
            self.refresh_from_db(from_queryset=Minutes.objects.select_for_update())
            if problems := self.problems():
                raise Refused(" ".join(problems))
            content = self.content()
            signers = list(meeting.participants.signing())
            numbers = [int(s["number"].strip("§ ")) for s in content["sections"] if s["number"].strip("§ ").isdigit()]
            self.last_number = max(numbers, default=self.last_number or self.first_number)
            self.save(update_fields=["last_number"])
            signing_round = self.rounds.create(
                content=content,
                content_sha256=checksum(content),
                required=len(signers),
                deadline=end_of_day(timezone.now() + LINK_HOLDS),
            )
            for order, person in enumerate(signers, start=1):
                signing_round.signatures.create(
                    order=order, name=person.name, role=person.get_duty_display(), email=person.email
                )
            signing_round.invite()

    def reopen(self, *, by: Actor, reason: str) -> None:
        """Back to writing: every signature given is void, since the text is no longer what was signed."""
        with self.meeting.move("reopen", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför protokollet tas tillbaka.")
            self._close_round(signing.Outcome.VOIDED)

    def sign_off(self) -> None:
        """All have signed: the PDF is made and sealed once, the council's minutes are registered (TF 2:10, OSL 5:1)."""
        from .. import pdf

        meeting = self.meeting
        with meeting.move("sign_off", by=SYSTEM):
            signing_round = self.current_round
            if signing_round is None or not signing_round.is_met():
                raise Refused("Alla har inte justerat än.")
            self._close_round(signing.Outcome.MET)
            self.signed_off_at = timezone.now()
            if meeting.body.owner != Body.Owner.PLATFORM:
                meeting.registry_entry = register(
                    meeting,
                    counterpart=meeting.body.name,
                    matter=f"Protokoll den {date_format(meeting.day, 'j F Y')}",
                    received_at=self.signed_off_at,
                    direction=RegistryEntry.Direction.DRAWN_UP,
                )
            data = pdf.minutes_pdf(
                signing_round.content,
                sha256=signing_round.content_sha256,
                signatures=[
                    {"name": s.name, "duty_label": s.role, "signed_at": s.signed_at}
                    for s in signing_round.signatures.all()
                ],
                registry_number=meeting.registry_entry.number if meeting.registry_entry else "",
                identifier=f"{meeting.uid}:{signing_round.pk}",
            )
            name = f"protokoll-{meeting.body.slug}-{meeting.slug}.pdf"
            self.pdf = store(seal(data), name=name, mime="application/pdf")
            self.save(update_fields=["pdf", "signed_off_at"])
            self.revisions.all().delete()  # notes on the way to what was signed
            for officer in meeting.body.handlers():
                letters.send(
                    meeting, "signed_off", to=officer.email, context={"officer": officer, "body": meeting.body}
                )

    @property
    def current_round(self) -> SignOffRound | None:
        return self.rounds.filter(outcome__in=[signing.Outcome.OPEN, signing.Outcome.MET]).last()

    def _close_round(self, outcome: str) -> None:
        for signing_round in self.rounds.filter(outcome=signing.Outcome.OPEN):
            signing_round.outcome, signing_round.closed_at = outcome, timezone.now()
            signing_round.save(update_fields=["outcome", "closed_at"])

    # Having been signed ----------------------------------------------------------------------------------------

    @property
    def signed_content(self) -> dict[str, Any] | None:
        """What the page shows: what was signed, not what the rows say today."""
        signing_round = self.rounds.filter(outcome=signing.Outcome.MET).last()
        return signing_round.content if signing_round else None

    def refuse_inaccessible(self, audience: str) -> None:
        """What everyone may read, everyone must be able to read (lag 2018:1937)."""
        if audience == Audience.PUBLIC and self.file and not self.file_accessible:
            raise Refused(
                "Filen är inte tillgänglig för alla: den saknar taggar eller språk. Skriv protokollet som text i "
                "stället, eller lägg upp en taggad PDF."
            )

    def correct(self, *, by: Actor, text: str, privacy_reviewed: bool) -> Correction:
        """A mistake in signed minutes is not mended there but told beside them."""
        with transaction.atomic():
            meeting = Meeting.objects.select_for_update().get(pk=self.meeting_id)
            if meeting.state not in (State.SIGNED_OFF, State.PUBLISHED):
                raise Refused("Rättelser skrivs när protokollet är justerat. Innan dess ändrar du i texten.")
            if not text.strip():
                raise Refused("Skriv vad som ska rättas.")
            if not privacy_reviewed:
                raise Refused("Kryssa i att rättelsen inte innehåller känsliga personuppgifter.")
            record(meeting, "correct", by=by, label="En rättelse skrevs", reason=text)
            return self.corrections.create(text=text.strip(), by=by.name)


def _item(item: AgendaItem, number: str) -> dict[str, Any] | None:
    """What the minutes show of a point of the agenda. The rest was said in the notice, which may be for fewer."""
    content = {key: value for key, value in item.content().items() if key not in ("text", "presenter")}
    return content | {"number": number} if number or content["documents"] or content["principle"] else None


def _attendance(person: Participant) -> dict[str, str]:
    return {
        "name": person.name,
        "role": person.role,
        "organisation": person.organisation,
        "presence": person.presence,
        "serves_for": person.serves_for.name if person.serves_for else "",
    }


class MinutesRevision(models.Model):
    """The text as somebody saved it. `aside` ones met somebody else's and were put together with them."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="revisions", verbose_name="protokoll")
    number = models.PositiveIntegerField("nummer")
    text = models.TextField("text", blank=True)
    by = models.CharField("av", max_length=200)
    at = models.DateTimeField("sparad", default=timezone.now)
    aside = models.BooleanField("vid sidan av", default=False)

    class Meta:
        verbose_name = "protokollsversion"
        verbose_name_plural = "protokollsversioner"
        ordering = ["minutes", "number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["minutes", "number"], condition=Q(aside=False), name="minutes_revision_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.minutes} ({self.number})"


class SignOffRound(signing.Round):
    """The minutes as they are to be signed off, and who signs."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="rounds", verbose_name="protokoll")

    class Meta:
        verbose_name = "justering"
        verbose_name_plural = "justeringar"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["minutes"], condition=Q(outcome="open"), name="one_open_sign_off_per_minutes"
            ),
            models.CheckConstraint(condition=Q(required__gte=2), name="sign_off_needs_chair_and_signer"),
        ]

    def __str__(self) -> str:
        return f"Justering, {self.minutes}"

    @property
    def owner(self) -> Meeting:
        return self.minutes.meeting

    def complete(self) -> None:
        self.minutes.sign_off()

    def declined(self, signature: Any) -> None:
        """An objection: those who keep the minutes are told, and may take them back and change them."""
        meeting = self.owner
        for officer in meeting.body.handlers():
            context = {"officer": officer, "signature": signature, "body": meeting.body}
            letters.send(meeting, "sign_off_declined", to=officer.email, context=context)

    def invite(self) -> None:
        for signature in self.signatures.all():
            signature.write("sign_off")

    def remind(self, *, by: Actor = SYSTEM) -> None:
        """A new letter with the link to those who have not answered: once by itself, when half of the target has
        passed, and when those who keep the minutes ask for it, but not twice a day."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=SignOffRound.objects.select_for_update())
            if not self.is_open:
                raise Refused("Protokollet väntar inte på justering längre.")
            if self.reminded_at and self.reminded_at > timezone.now() - REMINDERS_APART:
                raise Refused("De som inte har svarat fick ett nytt brev för mindre än ett dygn sedan.")
            waiting = list(self.signatures.waiting())
            if not waiting:
                raise Refused("Alla har svarat.")
            for signature in waiting:
                signature.write("sign_off_reminder")
            self.reminded_at = timezone.now()
            self.save(update_fields=["reminded_at"])
            record(self.owner, "remind", by=by, label="Påminnelse skickades till dem som inte har justerat")


class SignOff(signing.Signature):
    """The chair's or one signer's answer."""

    TEXT = "protokollet"
    CAPACITY = "justerare"
    THANKS = "Du har redan justerat. Tack!"

    round = models.ForeignKey(SignOffRound, models.CASCADE, related_name="signatures", verbose_name="justering")

    objects = SignatureQuerySet["SignOff"].as_manager()

    class Meta:
        verbose_name = "justerares underskrift"
        verbose_name_plural = "justerares underskrifter"
        ordering = ["round", "order"]
        constraints = [
            models.UniqueConstraint(fields=["round", "order"], name="sign_off_order_once"),
            models.UniqueConstraint(fields=["round", "email"], name="one_sign_off_per_email"),
            models.UniqueConstraint(
                fields=["round", "session_hash"], condition=~Q(session_hash=""), name="one_sign_off_per_session"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_sha256="") | (Q(signed_at__isnull=False) & ~Q(signed_sha256="")),
                name="signed_off_means_when_and_what",
            ),
            models.CheckConstraint(condition=Q(signed_at=None) | Q(declined_at=None), name="signed_off_or_declined"),
        ]

    def write(self, kind: str) -> None:
        meeting = self.round.owner
        context = {"signature": self, "round": self.round, "body": meeting.body}
        letters.send(meeting, kind, to=self.email, context=context, link=(SIGN_OFF_LINK, self.key))


class Correction(models.Model):
    """A mistake in signed minutes, told beside them (rättelse)."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="corrections", verbose_name="protokoll")
    text = models.TextField("rättelse")
    by = models.CharField("av", max_length=200)
    at = models.DateTimeField("skrevs", default=timezone.now)

    class Meta:
        verbose_name = "rättelse"
        verbose_name_plural = "rättelser"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.minutes}: {date_format(self.at, 'j F Y')}"


def reminders_due() -> models.QuerySet[SignOffRound]:
    """Open for half of the target, somebody has not answered, and nobody has been reminded."""
    now = timezone.now()
    waiting = SignOff.objects.waiting().filter(round=OuterRef("pk"))
    return SignOffRound.objects.filter(
        Exists(waiting),
        outcome=signing.Outcome.OPEN,
        reminded_at=None,
        opened_at__lte=now - settings.SIGN_OFF_TARGET / 2,
        deadline__gt=now,
    )
