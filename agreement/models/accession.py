"""An accession (anslutning): an organisation joins the agreement. All its states and moves stand here."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone

from botkyrka_civil.casework import impartiality, letters
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, Refused, RegistryEntry, record, register
from botkyrka_civil.casework.models.cases import APPLICANT, receive
from botkyrka_civil.casework.signing import checksum, noon
from botkyrka_civil.documents.models import File, TranslatedCase
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.languages import SWEDISH
from organisations.models import Organisation, SigningMode, Source

from .completion import Completion
from .new_organisations import new_organisation, organisation_on_paper
from .querysets import AccessionQuerySet
from .signing import Signature, SigningRound, open_round, paper_round
from .states import ACTIVE, NEVER_RECEIVED, OPEN, REGISTERED, TRANSITIONS, State
from .versions import AgreementVersion

if TYPE_CHECKING:
    from botkyrka_civil.documents.uploads import Upload

APPLICATION_LINK = "agreement:application"


def new_code() -> str:
    """A verification code that is easy to read aloud: no 0, 1, I, L, O or U. Sixty bits."""
    letters_ = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "-".join("".join(secrets.choice(letters_) for _ in range(4)) for _ in range(3))


class Accession(TranslatedCase):
    """One organisation's joining of one version. It ends in a decision, and a new try is a new accession."""

    class Method(models.TextChoices):
        WEB = "web", "Webben"
        PAPER = "paper", "Papper"
        SOURCE = "source", "Uppgift från källan"

    State = State

    TRANSITIONS = TRANSITIONS

    state = models.CharField("läge", max_length=30, choices=State, default=State.DRAFT, editable=False)
    method = models.CharField("sätt", max_length=10, choices=Method, default=Method.WEB)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="accessions", verbose_name="organisation"
    )
    version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, blank=True, related_name="accessions", verbose_name="version"
    )
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", verbose_name="ersätter"
    )
    request_key = models.UUIDField("formulärets nyckel", unique=True, null=True, editable=False)
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    code = models.CharField("verifieringskod", max_length=20, unique=True, default=new_code, editable=False)
    applicant_name = models.CharField("sökande", max_length=150, blank=True)
    applicant_email = models.EmailField("sökandens e-post", blank=True)
    email_verified_at = models.DateTimeField("e-posten bekräftades", null=True, blank=True)
    draft = models.JSONField("utkast", default=dict, blank=True, encoder=DjangoJSONEncoder)
    evidence = models.ForeignKey(
        File, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="underlag för firmateckning"
    )
    created_at = models.DateTimeField("skapades", default=timezone.now)
    touched_at = models.DateTimeField("ändrades senast", default=timezone.now)
    submitted_at = models.DateTimeField("inkom", null=True, blank=True)
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diarienummer"
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="handläggare"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="beslutades av"
    )
    decided_at = models.DateTimeField("beslutades", null=True, blank=True)
    motivation = models.TextField("skäl för beslutet", blank=True)
    joined_on = models.DateField("anslöt sig", null=True, blank=True)
    known_from = models.DateField("känd sedan", null=True, blank=True)
    ended_on = models.DateField("upphörde", null=True, blank=True)
    end_reason = models.CharField("varför den upphörde", max_length=300, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    objects = AccessionQuerySet.as_manager()

    class Meta:
        verbose_name = "anslutning"
        verbose_name_plural = "anslutningar"
        ordering = ["-pk"]
        permissions = [
            ("take_accession", "Får ta ett ärende"),
            ("request_completion_accession", "Får begära komplettering"),
            ("answer_accession", "Får registrera ett svar på komplettering"),
            ("extend_accession", "Får flytta sista dagen för komplettering"),
            ("approve_accession", "Får godkänna"),
            ("reject_accession", "Får avslå"),
            ("write_off_accession", "Får skriva av"),
            ("leave_accession", "Får registrera utträde på papper"),
            ("end_accession", "Får avsluta en anslutning"),
            ("register_paper_accession", "Får registrera en pappersblankett"),
            ("translate_accession", "Får registrera en översättning av beslutet"),
        ]
        indexes = [models.Index("state", "submitted_at", name="accession_queue")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="accession_state"),
            models.UniqueConstraint(
                fields=["organisation", "version"], condition=Q(state__in=OPEN), name="one_open_accession"
            ),
            models.UniqueConstraint(
                fields=["organisation", "version"], condition=Q(state__in=ACTIVE), name="one_active_accession"
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state__in=ACTIVE, version=None), name="one_active_unversioned"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="accession_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=REGISTERED)
                | Q(registry_entry__isnull=False, submitted_at__isnull=False, organisation__isnull=False),
                name="accession_received_is_registered",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ACTIVE)
                | Q(ended_on=None)
                & Q(organisation__isnull=False)
                & (Q(joined_on__isnull=False) | Q(known_from__isnull=False)),
                name="accession_active_since_some_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.LEFT, State.ENDED]) | Q(ended_on__isnull=False),
                name="accession_ended_on_some_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} ({self.number})" if self.registry_entry_id else self.display_name

    # Reading ----------------------------------------------------------------------------------------------------

    @property
    def display_name(self) -> str:
        if self.organisation_id and self.organisation:
            return self.organisation.name
        return self.draft.get("organisation", {}).get("name", "") or "Ny anslutning"

    @property
    def number(self) -> str:
        return self.registry_entry.number if self.registry_entry else ""

    @property
    def applicant(self) -> Actor:
        return Actor(f"{self.applicant_name} (sökande)", self.applicant_email)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_editable(self) -> bool:
        return self.state in (State.DRAFT, State.COMPLETION_REQUESTED)

    @property
    def joining(self) -> SigningRound | None:
        """The latest round of signing for joining: holds the frozen content, the signatures and the form."""
        return self.rounds.filter(purpose=SigningRound.Purpose.JOIN).select_related("form").last()

    @property
    def leaving(self) -> SigningRound | None:
        return self.rounds.filter(purpose=SigningRound.Purpose.LEAVE).select_related("form").last()

    @property
    def open_round(self) -> SigningRound | None:
        return self.rounds.filter(outcome=SigningRound.Outcome.OPEN).first()

    @property
    def open_completion(self) -> Completion | None:
        return self.completions.filter(answered_at=None, closed_at=None).first()

    @property
    def own_organisation(self) -> Organisation | None:
        """The organisation that this accession itself brought in: no other accession knows of it."""
        tied = self.organisation
        return tied if tied and not tied.accessions.exclude(pk=self.pk).exists() else None

    @property
    def age_days(self) -> int:
        since = self.submitted_at or self.created_at
        return (timezone.localdate() - timezone.localtime(since).date()).days

    def conflicts_of_interest(self, user: Any) -> list[str]:
        """Why `user` can't decide: the applicant or a signatory, by address or by name (jäv)."""
        signatories = Signature.objects.filter(round__accession=self).order_by("pk")
        people = [(self.applicant_name, self.applicant_email, "sökande")]
        return impartiality.conflicts(user, [*people, *((s.name, s.email, "firmatecknare") for s in signatories)])

    def has_seen_form(self, user: Any) -> bool:
        """Whether `user` has opened the form that now stands: an approval is of something one has read."""
        joining = self.joining
        return bool(
            joining
            and joining.form
            and Event.objects.of(self)
            .filter(verb="open_file", actor_email=user.email, data__file=joining.form.pk)
            .exists()
        )

    # Drafting ---------------------------------------------------------------------------------------------------

    @classmethod
    def begin(cls, *, request_key: UUID, name: str, email: str, language: str = SWEDISH) -> Accession:
        """Start a draft and send its personal link. The same form sent twice gives the same draft, and one letter."""
        email = email.lower()
        if cls.objects.filter(request_key=request_key).exclude(applicant_email=email).exists():
            request_key = uuid4()  # the same form with a corrected address is not the same form
        with transaction.atomic():
            accession, created = cls.objects.get_or_create(
                request_key=request_key,
                defaults={
                    "applicant_name": name,
                    "applicant_email": email,
                    "language": language,
                    "version": AgreementVersion.objects.in_force(),
                },
            )
            if created:
                record(accession, "begin", by=accession.applicant, label="Påbörjades", to_state=State.DRAFT)
                accession.write("resume")
        return accession

    @contextmanager
    def _editing(self) -> Iterator[None]:
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Accession.objects.select_for_update())
            if not self.is_editable:
                raise Refused("Uppgifterna går inte att ändra nu. Öppna din länk igen och se hur läget är.")
            self.touched_at = timezone.now()
            yield

    def keep(self, **steps: Any) -> None:
        """Save what was typed, right or wrong, so that nothing is lost. A step that is None stays.

        The first time also proves the address.
        """
        typed = {key: values for key, values in steps.items() if values is not None}
        with self._editing():
            if typed:
                self.draft = {**self.draft, **typed}
                self.email_verified_at = self.email_verified_at or self.touched_at
                self.save(update_fields=["draft", "touched_at", "email_verified_at"])

    def attach_evidence(self, upload: Upload, *, by: Actor | None = None) -> None:
        """Keep the minutes that show who signs. A replaced file stays: the log tells which one was in use when."""
        with self._editing():
            self.evidence = file = upload.store()
            self.save(update_fields=["evidence", "touched_at"])
            label = "Laddade upp underlag"
            record(self, "attach_evidence", by=by or self.applicant, label=label, file=file.pk, sha256=file.sha256)

    def invite(
        self,
        *,
        by: Actor,
        content: dict[str, Any],
        signatories: list[dict[str, str]],
        organisation: Organisation | None,
    ) -> None:
        """Freeze and hash the content, and write to every signatory.

        Guard: e-mail verified, signing rule with evidence, nobody else's open or active accession.
        """
        with self.move("invite", by=by, sha256=checksum(content)):
            if not self.email_verified_at:
                raise Refused("Öppna länken i brevet först, så vet vi att adressen är din.")
            if not self.evidence_id:
                raise Refused("Ladda upp underlaget som visar vilka som är firmatecknare.")
            self.touched_at = timezone.now()
            self.version = AgreementVersion.objects.in_force()
            if not self.version or content["agreement"]["label"] != self.version.label:
                raise Refused("Överenskommelsen har fått en ny version. Ladda om sidan och läs den innan du skickar.")
            self._tie_to(self._organisation_for(content, organisation))
            self._open_joining(content, signatories)

    def _organisation_for(self, content: dict[str, Any], organisation: Organisation | None) -> Organisation:
        """A new one, or the one it brought in before an edit, by its name of today. One we knew keeps its facts."""
        facts = new_organisation(content, self.made_up)
        if organisation is None:
            return Organisation.objects.create(**facts, received=False)
        if organisation == self.own_organisation:
            for field, value in facts.items():
                setattr(organisation, field, value)
            organisation.save()
        return organisation

    def _tie_to(self, organisation: Organisation) -> None:
        """One open accession per organisation and version, and one active: a second is told kindly."""
        others = organisation.accessions.exclude(pk=self.pk)
        if others.open().filter(version=self.version).exists():
            raise Refused(f"{organisation.name} har redan en ansökan på gång. Fråga i er styrelse, eller kontakta oss.")
        active = others.active().first()
        if active and (active.version_id == self.version_id or active.state == State.JOINED):
            raise Refused(f"{organisation.name} står redan på listan och behöver inte ansluta sig igen.")
        self.organisation, self.supersedes = organisation, active

    def _open_joining(self, content: dict[str, Any], signatories: list[dict[str, str]]) -> None:
        open_round(
            self,
            purpose=SigningRound.Purpose.JOIN,
            content=content,
            signatories=signatories,
            required=content["signing_rule"]["required"],
        )

    def edit(self, *, by: Actor) -> None:
        """An edit after a signature voids all of them, and says so to those who had signed."""
        with self.move("edit", by=by):
            self.touched_at = timezone.now()
            if self.registry_entry_id:
                raise Refused("Anslutningen är redan diarieförd. Vänta på underskrifterna eller återkalla den.")
            self._close_round(SigningRound.Outcome.VOIDED, kind="voided")

    def _close_round(self, outcome: str, *, kind: str = "") -> None:
        if not (signing := self.open_round):
            return
        signing.close(outcome)
        if kind:
            self._tell_signed(signing, kind)

    def _tell_signed(self, signing: SigningRound, kind: str) -> None:
        for signature in signing.signatures.given():
            context = {"signature": signature, "content": signing.content}
            letters.send(self, kind, to=signature.email, context=context)

    # Signing ----------------------------------------------------------------------------------------------------

    def submit(self, *, by: Actor) -> None:
        """The signing rule is met: received, registered and rendered in one transaction (OSL 5 kap. 1 §)."""
        from .. import pdf

        with self.move("submit", by=by):
            signing = self.open_round
            if signing is None or not signing.is_met():
                raise Refused("Alla underskrifter som behövs finns inte än.")
            self.submitted_at = self.submitted_at or timezone.now()  # signed anew, it was still received then
            self._receive()
            self.registry_entry = self.registry_entry or self._register()
            signing.form = pdf.signed_form(self, signing)
            signing.close(SigningRound.Outcome.MET)
            self._write_receipts(signing)
            self._write_to_staff("new_case")

    @property
    def room(self) -> str:
        """The applicant's own until it has been received (TF 2 kap. 9 §)."""
        return APPLICANT if self.method == self.Method.WEB and self.submitted_at is None else ""

    def _receive(self) -> None:
        receive(self)
        assert self.organisation_id
        Organisation.objects.filter(pk=self.organisation_id).update(received=True)

    def _register(self) -> RegistryEntry:
        assert self.organisation and self.version and self.submitted_at
        return register(
            self,
            counterpart=self.organisation.name,
            received_at=self.submitted_at,
            matter=f"Anslutning till Överenskommelsen, version {self.version.label}",
        )

    def _write_receipts(self, signing: SigningRound) -> None:
        self.write("received", attachment=signing.form)
        for signature in signing.signatures.given().exclude(email__in=["", self.applicant_email]):
            letters.send(
                self,
                "received_signatory",
                to=signature.email,
                context={"signature": signature},
                attachment=_attachment(signing.form),
            )

    def expire(self, *, by: Actor = SYSTEM) -> None:
        """The deadline has passed without enough signatures; the reminder went out earlier."""
        with self.move("expire", by=by):
            signing = self.open_round
            if signing is None or timezone.now() < signing.deadline:
                raise Refused("Tiden för underskrift har inte gått ut.")
            self.touched_at = timezone.now()
            self._close_round(SigningRound.Outcome.EXPIRED)
            self.write("expired")
            if self.registry_entry_id:
                self._write_to_staff("expired_staff")

    def withdraw(self, *, by: Actor, reason: str = "") -> None:
        """The applicant may withdraw any time before the decision."""
        with self.move("withdraw", by=by, reason=reason):
            was_received = bool(self.submitted_at)
            self.touched_at = timezone.now()
            self._close_round(SigningRound.Outcome.CANCELLED)
            self._close_completion()
            self.write("withdrawn")
            if was_received:
                self._write_to_staff("withdrawn_staff")

    def dispose(self) -> None:
        """Never received by the municipality: all of it goes, and one line in the log says that it did."""
        if self.registry_entry_id or self.state not in NEVER_RECEIVED:
            raise Refused("En anslutning som har kommit in till kommunen gallras inte.")
        events, organisation = Event.objects.of(self), self.organisation
        files = {event.data["file"] for event in events.filter(verb="attach_evidence")}
        events.delete()
        Letter.objects.filter(subject_key=self.subject).delete()
        record(self, "dispose", by=SYSTEM, label="Utkastet gallrades")
        self.delete()
        if organisation and not organisation.source_id and not organisation.accessions.exists():
            with suppress(ProtectedError):  # it came with the draft, unless something else has to do with it
                organisation.delete()
        # a draft that confirms an earlier accession borrows the evidence of that one
        borrowed = Accession.objects.filter(evidence__in=files).values("evidence")
        for file in File.objects.filter(pk__in=files).exclude(pk__in=borrowed):
            file.discard()

    # Deciding ---------------------------------------------------------------------------------------------------

    def take(self, *, by: Actor) -> None:
        """An officer takes the case, or takes it over from a colleague."""
        with self.move("take", by=by):
            officer = impartiality.officer(self, by)
            if self.assigned_to == officer and self.state == State.UNDER_REVIEW:
                raise Refused("Du har redan ärendet.")
            self.assigned_to = officer

    def request_completion(self, *, by: Actor, kind: str, text: str, due: date, letter: str = "") -> None:
        """Ask for what is missing or wrong, with a deadline. One request is open at a time."""
        with self.move("request_completion", by=by, reason=text, due=due):
            officer = impartiality.officer(self, by)
            if due <= timezone.localdate():
                raise Refused("Sista dagen att svara måste ligga framåt i tiden.")
            if self.open_completion:
                raise Refused("En komplettering är redan begärd. Vänta på svaret.")
            completion = self.completions.create(kind=kind, text=text, due=due, requested_by=officer)
            self.write("completion_requested", body=letter, completion=completion)

    def answer(
        self,
        *,
        by: Actor,
        text: str,
        content: dict[str, Any] | None = None,
        signatories: list[dict[str, str]] | None = None,
    ) -> None:
        """The applicant answers. If the content has changed, it is signed anew before the review goes on."""
        with self.move("answer", by=by, reason=text):
            if by.user:
                impartiality.officer(self, by)
            if not text.strip():
                raise Refused("Skriv ett svar.")
            self._close_completion(answer=text)
            joining = self.joining
            if content and joining and checksum(content) != joining.content_sha256:
                if content["agreement"]["label"] != self.version_label:
                    raise Refused("Anslutningen gäller den version som ni skrev under. Be om hjälp om den ska ändras.")
                self.state = State.AWAITING_SIGNATURES
                self._tell_signed(joining, "voided")
                self._open_joining(content, signatories or [])
            else:
                self.state = State.UNDER_REVIEW
                self._write_to_staff("completion_answered")

    def extend(self, *, by: Actor, due: date) -> None:
        """Give the applicant more time to answer; the reminder comes anew before the new last day."""
        with self.move("extend", by=by, due=due):
            impartiality.officer(self, by)
            completion = self.open_completion
            if completion is None or due <= max(completion.due, timezone.localdate()):
                raise Refused("Den nya sista dagen måste ligga efter den gamla.")
            completion.due, completion.reminded_at = due, None
            completion.save(update_fields=["due", "reminded_at"])

    def _close_completion(self, answer: str = "") -> None:
        if completion := self.open_completion:
            now = timezone.now()
            completion.closed_at, completion.answer = now, answer
            completion.answered_at = now if answer else None
            completion.save(update_fields=["closed_at", "answer", "answered_at"])

    def approve(self, *, by: Actor, letter: str = "") -> None:
        """The organisation joins and stands on the public list at once. The content is not altered.

        Guard: the form has been opened by the one who decides, who is neither applicant nor signatory (jäv).
        """
        with AgreementVersion.objects.locked():  # so that no new version comes in force unseen
            self._approve(by, letter)
            self._ask_again_if_replaced(by)

    def _approve(self, by: Actor, letter: str) -> None:
        with self.move("approve", by=by):
            if not self.has_seen_form(impartiality.officer(self, by)):
                raise Refused("Öppna blanketten och läs den innan du godkänner.")
            joining = self.joining
            assert joining and self.organisation
            number = joining.content["organisation"]["org_nr"]
            if number and (
                other := Organisation.objects.filter(org_nr=number).exclude(pk=self.organisation.pk).first()
            ):
                raise Refused(f"Organisationsnumret {number} hör redan till {other.name}. Begär komplettering.")
            self._decide(by)
            self.joined_on = timezone.localdate()
            for earlier in self.organisation.accessions.active().exclude(pk=self.pk):
                reason = f"Ersattes av anslutning till version {self.version_label}"
                earlier.end(by=by, reason=reason, on=self.joined_on)
            was_listed = self.organisation.accessions.public().exclude(pk=self.pk).exists()
            on = self.joined_on if was_listed else None
            self.organisation.update_from(joining.content["organisation"], known_until=on)
            self.write("approved", body=letter, attachment=joining.form)

    def _ask_again_if_replaced(self, by: Actor) -> None:
        """A version that was replaced while the case went on is asked about like any other."""
        in_force = AgreementVersion.objects.in_force()
        if in_force and in_force != self.version and in_force.requires_reaffirmation:
            self.request_reaffirmation(by=by, version=in_force)

    def reject(self, *, by: Actor, motivation: str, letter: str = "") -> None:
        """No, with reasons: a refusal without them is impossible (förvaltningslagen 32 §)."""
        with self.move("reject", by=by, reason=motivation):
            impartiality.officer(self, by)
            if not motivation.strip():
                raise Refused("Skriv skälen för avslaget.")
            self._decide(by)
            self.motivation = motivation
            self.write("rejected", body=letter, motivation=motivation)

    def write_off(self, *, by: Actor, motivation: str, letter: str = "") -> None:
        """No answer after deadline and reminder: the case is closed without a decision in the matter."""
        with self.move("write_off", by=by, reason=motivation):
            impartiality.officer(self, by)
            completion = self.open_completion
            if completion is None or completion.due >= timezone.localdate():
                raise Refused("Sista dagen att svara på kompletteringen har inte passerat.")
            if self.applicant_email and completion.reminded_at is None:
                raise Refused("Sökanden har inte fått någon påminnelse än.")
            if not motivation.strip():
                raise Refused("Skriv varför ärendet skrivs av.")
            self._decide(by)
            self.motivation = motivation
            self._close_completion()
            self.write("written_off", body=letter, motivation=motivation)

    def _decide(self, by: Actor) -> None:
        self.decided_by, self.decided_at = by.user, timezone.now()

    # Having joined ----------------------------------------------------------------------------------------------

    def request_reaffirmation(self, *, by: Actor, version: AgreementVersion) -> None:
        """A new version is in force: the organisation is asked to join that one. This accession stays."""
        with self.move("request_reaffirmation", by=by, version=version.label):
            self.write("reaffirmation", new_version=version)

    def reaffirm(self) -> Accession:
        """A draft for the version in force, with what the organisation stated last time, linked to this."""
        in_force = AgreementVersion.objects.in_force()
        if self.state != State.REAFFIRMATION_REQUESTED or in_force is None:
            raise Refused("Det finns ingen ny version att bekräfta.")
        with transaction.atomic():
            Accession.objects.select_for_update().get(pk=self.pk)
            if draft := self.superseded_by.ongoing().first():
                return draft
            draft = Accession.objects.create(
                version=in_force,
                supersedes=self,
                organisation=self.organisation,
                draft=self._as_draft(),
                made_up=self.made_up,
                applicant_name=self.applicant_name,
                applicant_email=self.applicant_email,
                language=self.language,
                email_verified_at=self.email_verified_at,
                evidence=self.evidence,
            )
            record(draft, "begin", by=self.applicant, label="Påbörjades som bekräftelse", to_state=State.DRAFT)
            draft.write("resume")
            return draft

    def _as_draft(self) -> dict[str, Any]:
        """What was signed last time, as answers to the questions of joining."""
        if not (joining := self.joining):
            return {}
        facts, people = joining.content["organisation"], joining.signatures.values("name", "role", "email")
        contact = ("area", "public_email", "website", "description")
        n = joining.required if joining.mode == SigningMode.N_JOINTLY else ""
        return {
            "organisation": {
                **{key: facts[key] or "" for key in ("name", "org_nr", "org_nr_missing_reason", "legal_form")},
                "has_org_nr": "yes" if facts["org_nr"] else "no",
            },
            "contact": {key: facts[key] for key in contact},
            "rule": {"mode": joining.mode, "n": str(n)},
            "signatories": list(people),
        }

    def start_leaving(self, *, by: Actor, content: dict[str, Any], signatories: list[dict[str, str]]) -> None:
        """The organisation leaves as it joined: under its signing rule.

        Those who signed for it then, and its public address, are told at once, so that nobody leaves for others.
        """
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Accession.objects.select_for_update())
            if not self.may_move("leave"):
                raise Refused("Organisationen är inte ansluten.")
            if self.open_round:
                raise Refused("Ett utträde väntar redan på underskrifter.")
            self._refuse_strangers(signatories, content["signing_rule"]["required"])
            record(
                self, "start_leaving", by=by, label="Utträde skickades till firmatecknarna", sha256=checksum(content)
            )
            open_round(
                self,
                purpose=SigningRound.Purpose.LEAVE,
                content=content,
                signatories=signatories,
                required=content["signing_rule"]["required"],
            )
            self._announce_leaving(content, {person["email"].lower() for person in signatories})

    def _refuse_strangers(self, signatories: list[dict[str, str]], required: int) -> None:
        """Nobody looks at minutes when an organisation leaves online, so strangers alone must never be enough.

        However the `required` signatures come about, at least `least` of them are by people of the joining form.
        A board that has changed leaves on paper, with its minutes, or asks the municipality for help.
        """
        joining = self.joining
        assert joining
        known = set(joining.signatures.exclude(email="").values_list("email", flat=True))
        strangers = {person["email"].lower() for person in signatories} - known
        least = min(joining.required, 2) if joining.mode == SigningMode.WHOLE_BOARD else joining.required
        if required - len(strangers) < least:
            raise Refused(
                "De som skriver under utträdet behöver vara firmatecknarna från anslutningen, med samma "
                "e-postadress. Har ni en ny styrelse? Kontakta oss, så tar vi utträdet på papper."
            )

    def _announce_leaving(self, content: dict[str, Any], told: set[str]) -> None:
        joining = self.joining
        assert joining
        known = {*joining.signatures.values_list("email", flat=True), content["organisation"]["public_email"].lower()}
        for email in sorted(known - told - {"", self.applicant_email}):
            letters.send(self, "leaving_started", to=email, context={"content": content})
        self._write_to_staff("leaving_started_staff")

    def cancel_leaving(self, *, by: Actor) -> None:
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Accession.objects.select_for_update())
            if not self.open_round:
                raise Refused("Inget utträde väntar på underskrifter.")
            self._close_round(SigningRound.Outcome.CANCELLED, kind="leave_cancelled")
            record(self, "cancel_leaving", by=by, label="Utträdet avbröts")

    def expire_leaving(self, *, by: Actor = SYSTEM) -> None:
        """Too few signed in time: the organisation stays, and whoever asked is told."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Accession.objects.select_for_update())
            signing = self.open_round
            if signing is None or timezone.now() < signing.deadline:
                raise Refused("Tiden för underskrift har inte gått ut.")
            self._close_round(SigningRound.Outcome.EXPIRED)
            record(self, "expire_leaving", by=by, label="Tiden för att skriva under utträdet gick ut")
            self.write("leave_expired")

    def leave(self, *, by: Actor, scan: Upload | None = None) -> None:
        """The organisation leaves: off the list today, and stays in history. On paper, with the scan."""
        from .. import pdf

        with self.move("leave", by=by):
            signing = self.open_round
            if scan:
                self._close_round(SigningRound.Outcome.CANCELLED)
                file = scan.store()
                record(
                    self,
                    "attach_leave_form",
                    by=by,
                    label="Utträdesanmälan på papper",
                    file=file.pk,
                    sha256=file.sha256,
                )
            elif signing and signing.is_met():
                signing.form = file = pdf.signed_form(self, signing)
                signing.close(SigningRound.Outcome.MET)
            else:
                raise Refused("Utträdet är inte undertecknat enligt organisationens firmateckning.")
            self.ended_on, self.end_reason = timezone.localdate(), "Organisationen utträdde"
            self.write("left", attachment=file)
            self._write_to_staff("left_staff")

    def end(self, *, by: Actor, reason: str, on: date | None = None, letter: str = "") -> None:
        """The accession ends for a stated reason: the organisation is dissolved, merged, or joined a newer version."""
        with self.move("end", by=by, reason=reason):
            if by.user:
                impartiality.officer(self, by)
            if not reason.strip():
                raise Refused("Skriv varför anslutningen avslutas.")
            self._close_round(SigningRound.Outcome.CANCELLED)
            self.ended_on, self.end_reason = on or timezone.localdate(), reason[:300]
            if letter:
                self.write("ended", body=letter, reason=reason)

    # Paper ------------------------------------------------------------------------------------------------------

    @classmethod
    def register_paper(
        cls,
        *,
        by: Actor,
        content: dict[str, Any],
        signatories: list[dict[str, str]],
        scan: Upload,
        evidence: Upload | None,
        received_on: datetime,
        organisation: Organisation | None,
        signed_on: date | None = None,
        email: str = "",
        request_key: UUID | None = None,
        language: str = SWEDISH,
    ) -> Accession:
        """A form that came on paper enters the same states, with its scan as the form."""
        with transaction.atomic():
            version = AgreementVersion.objects.get(label=content["agreement"]["label"])
            self, created = cls.objects.get_or_create(
                request_key=request_key or uuid4(),
                defaults={
                    "method": cls.Method.PAPER,
                    "version": version,
                    "language": language,
                    "applicant_email": email.lower(),
                    "applicant_name": signatories[0]["name"],
                },
            )
            if not created:
                return self
            self._tie_to(organisation or organisation_on_paper(content))
            self.evidence = evidence.store() if evidence else None
            self.submitted_at, self.state = received_on, State.SUBMITTED
            self._receive()
            self.registry_entry = self._register()
            self.save()
            paper_round(
                self,
                content=content,
                signatories=signatories,
                form=scan.store(),
                received_at=received_on,
                signed_at=noon(signed_on) if signed_on else received_on,
            )
            record(self, "register_paper", by=by, label="Registrerades från papper", to_state=self.state)
            self.write("received", attachment=self.joining.form if self.joining else None)
            return self

    # Letters ----------------------------------------------------------------------------------------------------

    @property
    def version_label(self) -> str:
        return self.version.label if self.version else ""

    def write(self, kind: str, *, body: str = "", attachment: File | None = None, **context: Any) -> None:
        """A letter to the applicant, with the link to the accession's own page."""
        letters.send(
            self,
            kind,
            to=self.applicant_email,
            body=body,
            context=context,
            link=(APPLICATION_LINK, self.key),
            attachment=_attachment(attachment),
        )

    def _write_to_staff(self, kind: str) -> None:
        letters.send_to_officers(self, kind, "agreement.take_accession")


def _attachment(file: File | None) -> tuple[str, str] | None:
    return (str(file.stored.name), file.name) if file else None
