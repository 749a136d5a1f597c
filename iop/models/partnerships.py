"""A partnership (IOP) from the first idea to the final evaluation. All its verbs stand here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreement.models import Principle
from botkyrka_civil.casework import impartiality, letters
from botkyrka_civil.casework.models import (
    APPLICANT,
    SYSTEM,
    Actor,
    Event,
    Letter,
    Refused,
    RegistryEntry,
    receive,
    record,
    register,
)
from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.documents.models import TranslatedCase
from botkyrka_civil.lib import swedish
from botkyrka_civil.lib.languages import SWEDISH
from council.models import AgendaItem, Body
from organisations.models import MunicipalUnit, Organisation

from .. import rules
from .agreements import Agreement, Decision, open_agreement
from .contributions import Contribution
from .follow_ups import FollowUp
from .parties import Party
from .querysets import PartnershipQuerySet
from .states import BINDING, CLOSED, PUBLIC, RUNNING, TERMS_OPEN, TRANSITIONS, State


class Partnership(TranslatedCase):
    """One partnership. The row is the working copy of the terms; what holds stands in its signed agreements."""

    State = State
    TRANSITIONS = TRANSITIONS

    state = models.CharField("läge", max_length=20, choices=State, default=State.DRAFT, editable=False)
    slug = models.SlugField("adress", max_length=90, blank=True, editable=False)
    request_key = models.UUIDField("formulärets nyckel", unique=True, null=True, editable=False)
    draft = models.JSONField("utkast", default=dict, blank=True, encoder=DjangoJSONEncoder)
    title = models.CharField("namn på partnerskapet", max_length=120, blank=True)
    purpose = models.TextField("syfte", blank=True)
    target_group = models.TextField("målgrupp", blank=True)
    shared_need = models.TextField("gemensamt behov", blank=True)
    area = models.CharField("område", max_length=100, blank=True)
    first_day = models.DateField("från och med", null=True, blank=True)
    last_day = models.DateField("till och med", null=True, blank=True)
    short_reason = models.TextField("varför kortare än tre år", blank=True)
    terms = models.TextField("villkor", blank=True)
    procurement_note = models.TextField("bedömning av upphandling och statsstöd", blank=True)
    principles = models.ManyToManyField(
        Principle, blank=True, related_name="partnerships", verbose_name="principer som partnerskapet bygger på"
    )
    agenda_items = models.ManyToManyField(
        AgendaItem, blank=True, related_name="partnerships", verbose_name="punkter där det har tagits upp"
    )
    steering_group = models.OneToOneField(
        Body, models.PROTECT, null=True, blank=True, related_name="partnership", verbose_name="styrgrupp"
    )
    revision = models.PositiveIntegerField("ändring av villkoren", default=0, editable=False)
    created_at = models.DateTimeField("skapades", default=timezone.now)
    touched_at = models.DateTimeField("ändrades senast", default=timezone.now)
    proposed_at = models.DateTimeField("kom in", null=True, blank=True)
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diarienummer"
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="handläggare"
    )
    ended_on = models.DateField("upphörde", null=True, blank=True)
    end_reason = models.TextField("varför det upphörde", blank=True)
    made_up = models.BooleanField("påhittat (demo)", default=False, editable=False)

    objects = PartnershipQuerySet.as_manager()

    class Meta:
        verbose_name = "partnerskap (IOP)"
        verbose_name_plural = "partnerskap (IOP)"
        ordering = ["-pk"]
        permissions = [
            ("open_dialogue_partnership", "Får ta upp dialog om ett förslag"),
            ("change_terms_partnership", "Får skriva villkor och lägga till parter"),
            ("draft_agreement_partnership", "Får börja skriva avtal"),
            ("submit_partnership", "Får lägga fram för beslut"),
            ("decide_partnership", "Får anteckna beslut och skicka avtal för underskrift"),
            ("reopen_partnership", "Får öppna ett avtal för ändring"),
            ("decline_partnership", "Får anteckna ett nej"),
            ("cancel_partnership", "Får avbryta ett förslag"),
            ("begin_follow_up_partnership", "Får börja en uppföljning"),
            ("publish_follow_up_partnership", "Får publicera en uppföljning"),
            ("renegotiate_partnership", "Får börja en omförhandling"),
            ("abandon_partnership", "Får avbryta en omförhandling"),
            ("terminate_partnership", "Får anteckna en uppsägning"),
            ("translate_partnership", "Får registrera en översättning av beslutet"),
        ]
        indexes = [models.Index("state", "proposed_at", name="partnership_queue")]
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=~Q(slug=""), name="partnership_address_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="partnership_state"),
            models.CheckConstraint(
                condition=Q(first_day=None) | Q(last_day=None) | Q(last_day__gte=F("first_day")),
                name="partnership_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (Q(registry_entry__isnull=False, proposed_at__isnull=False) & ~Q(title="") & ~Q(slug="")),
                name="received_partnership_is_registered",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=PUBLIC) | Q(first_day__isnull=False, last_day__isnull=False),
                name="agreed_partnership_has_a_period",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ended", "evaluated", "terminated"]) | Q(ended_on__isnull=False),
                name="partnership_ended_on_some_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "terminated"]) | ~Q(end_reason=""),
                name="partnership_ended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title or "Nytt förslag om partnerskap"

    def get_absolute_url(self) -> str:
        return reverse("iop:partnership", args=[self.slug])

    # Reading ---------------------------------------------------------------------------------------------------

    @property
    def number(self) -> str:
        return self.registry_entry.number if self.registry_entry else ""

    @property
    def proposer(self) -> Party:
        return self.parties.with_names().get(is_proposer=True)

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED

    @property
    def terms_are_open(self) -> bool:
        """While the parties still write: never after the agreement has gone out to be signed."""
        return self.state in TERMS_OPEN and self.open_agreement is None

    @property
    def agreement(self) -> Agreement | None:
        """The agreement that holds, or held last."""
        return self.agreements.filter(outcome=Outcome.MET).select_related("pdf").last()

    @property
    def open_agreement(self) -> Agreement | None:
        return self.agreements.filter(outcome=Outcome.OPEN).first()

    @property
    def open_follow_up(self) -> FollowUp | None:
        return self.follow_ups.open().first()

    @property
    def followed_up(self) -> date | None:
        """The last day that an approved follow-up covers; before the first one, the day it began."""
        return self.follow_ups.approved().aggregate(models.Max("last_day"))["last_day__max"] or self.first_day

    @property
    def follow_up_is_late(self) -> bool:
        """Never older than twelve months, for as long as the partnership runs."""
        return self.state in RUNNING and rules.is_old(self.followed_up, timezone.localdate())

    @property
    def contributions(self) -> models.QuerySet[Contribution]:
        rows = Contribution.objects.filter(party__partnership=self)
        return rows.select_related("party__organisation", "party__unit").order_by("year", "party", "pk")

    def conflicts_of_interest(self, user: Any) -> list[str]:
        """Why `user` can't handle the case: the contact or a signatory of an organisation in it (jäv)."""
        involved = [(party.contact_name, party.email, "kontaktperson") for party in self.parties.civil()]
        involved += [
            (person.name, person.email, "undertecknare")
            for party in self.parties.civil().prefetch_related("signatories")
            for person in party.signatories.all()
        ]
        return impartiality.conflicts(user, involved)

    # Proposing -------------------------------------------------------------------------------------------------

    @classmethod
    def begin(
        cls, *, request_key: UUID, organisation: Organisation, name: str, email: str, language: str = SWEDISH
    ) -> Partnership:
        """A draft on the initiative of an organisation that has joined. The same form sent twice gives one draft."""
        email = email.lower()
        if cls.objects.filter(request_key=request_key).exclude(parties__email=email).exists():
            request_key = uuid4()  # the same form with a corrected address is not the same form
        with transaction.atomic():
            rules.refuse_outsider(organisation)
            self, created = cls.objects.get_or_create(
                request_key=request_key, defaults={"made_up": organisation.made_up, "language": language}
            )
            if created:
                party = self.parties.create(organisation=organisation, is_proposer=True, contact_name=name, email=email)
                record(self, "begin", by=party.actor, label="Förslaget påbörjades", to_state=self.state)
                party.write("resume")
        return self

    @property
    def room(self) -> str:
        """The proposer's own until it has been received (TF 2 kap. 9 §)."""
        return "" if self.proposed_at else APPLICANT

    def keep(self, **steps: Any) -> None:
        """Save what was typed in the draft, right or wrong, so that nothing is lost. A step that is None stays."""
        typed = {key: values for key, values in steps.items() if values is not None}
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Partnership.objects.select_for_update())
            if self.state != State.DRAFT:
                raise Refused("Förslaget är redan inskickat. Öppna din länk igen och se hur läget är.")
            if typed:
                self.draft, self.touched_at = {**self.draft, **typed}, timezone.now()
                self.save(update_fields=["draft", "touched_at"])

    def dispose(self, *, by: Actor = SYSTEM) -> None:
        """A draft goes altogether, and one line in the log says that it did: it never reached the municipality."""
        with transaction.atomic():
            drafts = Partnership.objects.select_for_update().filter(pk=self.pk)
            if {row.state for row in drafts} != {State.DRAFT}:  # sent in, or thrown away, from another tab
                raise Refused("Bara ett utkast kan slängas.")
            Event.objects.of(self).delete()
            Letter.objects.filter(subject_key=self.subject).delete()
            record(self, "dispose", by=by, label="Utkastet gallrades")
            self.delete()

    def propose(self, *, by: Actor, facts: dict[str, Any], contributions: list[dict[str, Any]]) -> None:
        """The proposal reaches the municipality: registered at once (offentlighets- och sekretesslagen 5 kap. 1 §).

        Guard: the proposer is an organisation that has joined and isn't leaving, and puts something in.
        """
        with self.move("propose", by=by):
            proposer = self.proposer
            assert proposer.organisation
            rules.refuse_outsider(proposer.organisation)
            rules.refuse_period(facts["first_day"], facts["last_day"])
            for field in ("title", "purpose", "target_group", "shared_need", "area", "first_day", "last_day"):
                setattr(self, field, facts[field])
            self.short_reason = facts.get("short_reason", "")
            if not contributions:
                raise Refused("Skriv vad ni själva bidrar med. I ett partnerskap bidrar båda sidor.")
            proposer.replace_contributions(contributions)
            self.proposed_at, self.draft = timezone.now(), {}
            self.touched_at = self.proposed_at
            receive(self)
            self.registry_entry = register(
                self,
                counterpart=proposer.name,
                matter=f"Förslag om idéburet offentligt partnerskap: {self.title}",
                received_at=self.proposed_at,
            )
            self.slug = self._free_slug()  # after the register, which puts two of the same title in line
            proposer.write("proposed")
            self._tell_organisation(proposer)
            self.write_to_staff("new_proposal")

    def _free_slug(self) -> str:
        base = swedish.slug(self.title)
        # addresses of their own under /iop/
        taken = {"foresla", "passar-iop", "part", "underskrift", "styrgrupp", "atom"}
        taken |= set(Partnership.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        candidates = [base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))]
        return next(slug for slug in candidates if slug not in taken)

    def _tell_organisation(self, proposer: Party) -> None:
        """The organisation's own addresses hear of it too, so that nobody proposes in its name unseen."""
        accession, organisation = proposer.accession, proposer.organisation
        known = {organisation.public_email if organisation else "", accession.applicant_email if accession else ""}
        for email in sorted({address.lower() for address in known} - {"", proposer.email}):
            letters.send(self, "proposed_for_you", to=email, context={"party": proposer})

    # Dialogue and terms ----------------------------------------------------------------------------------------

    def open_dialogue(self, *, by: Actor, letter: str = "") -> None:
        """An officer takes the case and answers the organisation."""
        with self.move("open_dialogue", by=by):
            self.assigned_to = impartiality.officer(self, by)
            self.proposer.write("dialogue", body=letter)

    def assign(self, *, by: Actor) -> None:
        """An officer takes the case over from a colleague."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Partnership.objects.select_for_update())
            officer = impartiality.officer(self, by)
            if self.assigned_to == officer:
                raise Refused("Du har redan ärendet.")
            self.assigned_to = officer
            self.save(update_fields=["assigned_to"])
            record(self, "assign", by=by, label="Fick en ny handläggare")

    @contextmanager
    def editing(self, by: Actor) -> Iterator[None]:
        """The case is locked, open for writing, and its officer has no interest of their own in it."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Partnership.objects.select_for_update())
            if by.user:
                impartiality.officer(self, by)
            if not self.terms_are_open:
                raise Refused(f"Det går inte att ändra nu: läget är ”{self.get_state_display()}”.")
            yield

    def change_terms(self, *, by: Actor, base: int, facts: dict[str, Any], principles: list[Principle]) -> None:
        """Save the terms as the form has them. `base` is the revision that was edited: no colleague is overwritten."""
        with self.editing(by):
            if base != self.revision:
                raise Refused("En kollega har ändrat villkoren sedan du öppnade sidan. Jämför och spara igen.")
            rules.refuse_period(facts["first_day"], facts["last_day"])
            for field, value in facts.items():
                setattr(self, field, value)
            self.revision += 1
            self.save(update_fields=[*facts, "revision"])
            self.principles.set(principles)
            record(self, "change_terms", by=by, label="Villkoren ändrades")

    def add_party(
        self, *, by: Actor, organisation: Organisation | None = None, unit: MunicipalUnit | None = None,
        contact_name: str, email: str,
    ) -> Party:  # fmt: skip
        """One more organisation or unit. Each is there once, and an organisation has joined."""
        with self.editing(by):
            rules.refuse_party(self, organisation, unit)
            party = self.parties.create(organisation=organisation, unit=unit, contact_name=contact_name, email=email)
            record(self, "add_party", by=by, label=f"{party.name} blev part")
            party.write("party_added")
            return party

    def remove_party(self, party: Party, *, by: Actor) -> None:
        with self.editing(by):
            if party.is_proposer:
                raise Refused("Organisationen som föreslog partnerskapet kan inte tas bort. Avbryt ärendet i stället.")
            if party.signatures.exists():
                raise Refused(f"{party.name} har redan fått ett avtal att skriva under, och är kvar som part.")
            name = party.name
            party.delete()
            record(self, "remove_party", by=by, label=f"{name} togs bort som part")

    def change_indicators(self, *, by: Actor, rows: list[dict[str, Any]]) -> None:
        """What both sides count, as (id or None, name, unit, goal). What has been counted already stays."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Partnership.objects.select_for_update())
            impartiality.officer(self, by)
            if self.is_closed or self.state == State.PROPOSED:
                raise Refused(f"Det går inte att ändra måtten nu: läget är ”{self.get_state_display()}”.")
            names = [swedish.fold(row["name"]) for row in rows]
            if len(set(names)) < len(names):
                raise Refused("Samma mått står två gånger.")
            kept = {row["id"] for row in rows if row.get("id")}
            gone = self.indicators.exclude(pk__in=kept)
            if counted := gone.filter(values__value__isnull=False).first():
                raise Refused(f"”{counted.name}” har redan mätts och kan inte tas bort.")
            gone.delete()
            # Two may change names with each other. No name that anybody types begins with a line break.
            self.indicators.update(name=Concat(Value("\n"), Cast("pk", models.CharField())))
            for order, row in enumerate(rows, start=1):
                values = {"order": order, "name": row["name"], "unit": row["unit"], "goal": row["goal"]}
                if not self.indicators.filter(pk=row.get("id") or 0).update(**values):
                    self.indicators.create(**values)
            if follow_up := self.open_follow_up:
                follow_up.take_approvals_back()
            record(self, "change_indicators", by=by, label="Måtten ändrades")

    # Deciding and signing --------------------------------------------------------------------------------------

    def draft_agreement(self, *, by: Actor) -> None:
        """The dialogue has come far enough to be written down."""
        with self.move("draft_agreement", by=by):
            impartiality.officer(self, by)
            self.terms = self.terms or rules.standard_terms()

    def submit(self, *, by: Actor) -> None:
        """To be decided: contributions from each side, the hard criteria met by all, the period and its reason."""
        with self.move("submit", by=by):
            impartiality.officer(self, by)
            self._refuse_unready()

    def _refuse_unready(self) -> None:
        if problems := rules.problems(self):
            raise Refused(" ".join(problems))

    def reopen(self, *, by: Actor, reason: str) -> None:
        """Back to writing. What has been signed is void, since the text is no longer the same."""
        with self.move("reopen", by=by, reason=reason):
            impartiality.officer(self, by)
            if not reason.strip():
                raise Refused("Skriv varför avtalet ändras.")
            agreement = self.open_agreement
            if self.state == State.DECISION:
                self.state = State.DRAFTING
            elif agreement is None:
                raise Refused("Avtalet är redan öppet för ändring.")
            self._void(agreement, "signing_voided", reason)

    def _void(self, agreement: Agreement | None, kind: str, reason: str, *, outcome: Outcome = Outcome.VOIDED) -> None:
        if agreement is None:
            return
        agreement.close(outcome)
        for signature in agreement.signatures.given():
            context = {"signature": signature, "reason": reason}
            letters.send(self, kind, to=signature.email, context=context)

    def decide(
        self, *, by: Actor, decided_on: date, decided_where: str, privacy_reviewed: bool, motivation: str = ""
    ) -> None:
        """The municipality has said yes: the terms are frozen, and everyone who signs gets a link of their own."""
        with self.move("decide", by=by, decided_on=decided_on, decided_where=decided_where):
            officer = impartiality.officer(self, by)
            if self.open_agreement:
                raise Refused("Avtalet är redan ute för underskrift.")
            self._refuse_unready()
            self._refuse_decision_day(decided_on)
            if not privacy_reviewed:
                raise Refused("Kryssa i att inga personuppgifter står i det som visas för alla.")
            facts = {"decided_on": decided_on, "decided_where": decided_where, "motivation": motivation}
            decision = Decision.objects.create(partnership=self, approved=True, recorded_by=officer, **facts)
            people = [person for party in self.parties.with_names() for person in party.signatories.all()]
            open_agreement(self, decision=decision, version=self._next_version(), people=people)

    def _refuse_decision_day(self, day: date) -> None:
        """A decision is about what had come in by then."""
        assert self.proposed_at
        received = timezone.localdate(self.proposed_at)
        if day > timezone.localdate():
            raise Refused("Beslutsdagen kan inte ligga framåt i tiden.")
        if day < received:
            raise Refused(
                f"Beslutsdagen kan inte ligga före den {date_format(received, 'j F Y')}, då förslaget kom in."
            )

    def _next_version(self) -> int:
        return (self.agreement.version if self.agreement else 0) + 1

    def sign(self, *, by: Actor) -> None:
        """Everyone has signed: the agreement is rendered, registered and sent to both sides in one transaction."""
        from .. import pdf

        with self.move("sign", by=by):
            agreement = self.open_agreement
            if agreement is None or not agreement.is_met():
                raise Refused("Alla har inte skrivit under än.")
            for party in self.parties.civil().with_names():  # the terms are frozen, but this may have changed
                assert party.organisation
                rules.refuse_outsider(party.organisation)
            is_new = self.state == State.DECISION
            self.state = State.SIGNED if is_new else State.ACTIVE
            agreement.registry_entry = self.register_drawn_up(f"Avtal om partnerskap, version {agreement.version}")
            agreement.pdf = pdf.signed_agreement(self, agreement)
            agreement.close(Outcome.MET)
            for party in self.parties.with_names():
                party.write("signed", attachment=agreement.pdf)
            self._tell_signatories(agreement)
            self.write_to_staff("signed_staff")

    def _tell_signatories(self, agreement: Agreement) -> None:
        contacts = set(self.parties.values_list("email", flat=True))
        assert agreement.pdf
        attachment = (str(agreement.pdf.stored.name), agreement.pdf.name)
        for signature in agreement.signatures.given().exclude(email__in=contacts):
            context = {"signature": signature}
            letters.send(self, "signed_signatory", to=signature.email, context=context, attachment=attachment)

    def register_drawn_up(self, matter: str) -> RegistryEntry:
        """What the parties have drawn up together gets a number of its own in the register."""
        names = ", ".join(party.name for party in self.parties.civil().with_names())
        return register(
            self,
            counterpart=names,
            matter=f"{matter}: {self.title}",
            received_at=timezone.now(),
            direction=RegistryEntry.Direction.DRAWN_UP,
        )

    def expire_signing(self) -> None:
        """Too few signed in time: the case waits in its state, and its officer is told."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Partnership.objects.select_for_update())
            agreement = self.open_agreement
            if agreement is None or agreement.deadline > timezone.now():
                raise Refused("Tiden för underskrift har inte gått ut.")
            agreement.close(Outcome.EXPIRED)
            record(self, "expire_signing", by=SYSTEM, label="Tiden för underskrift gick ut")
            self.write_to_staff("signing_expired")

    # Saying no, and giving up ----------------------------------------------------------------------------------

    def decline(self, *, by: Actor, decided_on: date, decided_where: str, motivation: str, letter: str = "") -> None:
        """The municipality says no, and why: a no without reasons is impossible (förvaltningslagen 32 §)."""
        with self.move("decline", by=by, reason=motivation):
            officer = impartiality.officer(self, by)
            if not motivation.strip():
                raise Refused("Skriv skälen för beslutet.")
            self._refuse_decision_day(decided_on)
            facts = {"decided_on": decided_on, "decided_where": decided_where, "motivation": motivation}
            Decision.objects.create(partnership=self, approved=False, recorded_by=officer, **facts)
            self._void(self.open_agreement, "signing_voided", motivation)
            self.proposer.write("declined", body=letter, motivation=motivation)
            for party in self.parties.with_names().exclude(is_proposer=True):
                party.write("declined", motivation=motivation)

    def cancel(self, *, by: Actor, reason: str) -> None:
        """Either side gives up the idea before there is an agreement, and says why."""
        with self.move("cancel", by=by, reason=reason):
            if by.user:
                impartiality.officer(self, by)
            if not reason.strip():
                raise Refused("Skriv varför förslaget avbryts.")
            self.end_reason = reason.strip()
            self._void(self.open_agreement, "signing_voided", reason)
            self._write_to_parties("cancelled", reason=reason, decided=by.user is not None)
            if by.user is None:
                self.write_to_staff("cancelled_staff", reason=reason)

    # Running ---------------------------------------------------------------------------------------------------

    def start(self, *, by: Actor = SYSTEM) -> None:
        """The first day of the period has come."""
        with self.move("start", by=by):
            if self.first_day and self.first_day > timezone.localdate():
                raise Refused("Partnerskapets första dag har inte kommit än.")

    def begin_follow_up(self, *, by: Actor = SYSTEM) -> None:
        """Both sides look back on the time since the last follow-up: never longer than twelve months."""
        with self.move("begin_follow_up", by=by):
            if by.user:
                impartiality.officer(self, by)
            self._open_follow_up()

    def _open_follow_up(self) -> FollowUp:
        today, since = timezone.localdate(), self.follow_ups.approved().last()
        first = since.last_day + timedelta(days=1) if since else self.first_day
        assert first
        follow_up = self.follow_ups.create(
            first_day=min(first, today), last_day=today, due=today + settings.IOP_FOLLOW_UP_NOTICE
        )
        self._write_to_bound("follow_up", follow_up=follow_up)
        return follow_up

    def finish_follow_up(self, follow_up: FollowUp) -> None:
        """All parties have approved. Runs in the transaction of the last approval.

        Guard: what is active has a follow-up no older than twelve months. One that took too long is followed at once
        by another, which covers the time since.
        """
        verb = "evaluate" if follow_up.kind == FollowUp.Kind.FINAL else "conclude"
        with self.move(verb, by=SYSTEM, follow_up=follow_up.pk):
            self._write_to_bound("follow_up_done", follow_up=follow_up)
            self.write_to_staff("follow_up_done_staff", follow_up=follow_up)
        if verb == "conclude" and rules.is_old(follow_up.last_day, timezone.localdate()):
            self.begin_follow_up()

    def renegotiate(self, *, by: Actor, reason: str) -> None:
        """Both sides want other terms. The agreement in force holds until a new version has been signed."""
        with self.move("renegotiate", by=by, reason=reason):
            impartiality.officer(self, by)
            if not reason.strip():
                raise Refused("Skriv varför avtalet omförhandlas.")
            if rules.is_old(self.followed_up, timezone.localdate()):
                raise Refused("Den senaste uppföljningen är äldre än tolv månader. Följ upp först.")
            self._write_to_bound("renegotiation", reason=reason)

    def abandon(self, *, by: Actor, reason: str) -> None:
        """The agreement in force goes on as it was, and the working copy says again what it says."""
        with self.move("abandon", by=by, reason=reason):
            impartiality.officer(self, by)
            if not reason.strip():
                raise Refused("Skriv varför omförhandlingen avbryts.")
            if new := self.parties.with_names().filter(signatures=None):
                names = " och ".join(party.name for party in new)
                raise Refused(f"{names} står inte i avtalet som gäller. Ta bort parten först, och hör av dig till den.")
            self._void(self.open_agreement, "signing_voided", reason)
            agreement = self.agreement
            assert agreement
            rules.restore(self, agreement.content)
            self._write_to_parties("renegotiation_abandoned", reason=reason)

    def end(self, *, by: Actor = SYSTEM) -> None:
        """The last day has passed: both sides look back on all of it."""
        with self.move("end", by=by):
            today = timezone.localdate()
            self._back_to_what_was_signed()
            if self.last_day is None or self.last_day >= today:
                raise Refused("Partnerskapets sista dag har inte passerat.")
            self._close_what_is_open("Avtalstiden gick ut innan alla hade skrivit under.")
            self.ended_on, self.end_reason = self.last_day, "Avtalstiden gick ut."
            assert self.first_day
            evaluation = self.follow_ups.create(
                kind=FollowUp.Kind.FINAL,
                first_day=self.first_day,
                last_day=self.last_day,
                due=today + settings.IOP_EVALUATION_PERIOD,
            )
            self._write_to_bound("final_evaluation", follow_up=evaluation)

    def terminate(self, *, by: Actor, on: date, reason: str) -> None:
        """The agreement is given notice of: from which day, and why."""
        with self.move("terminate", by=by, reason=reason, on=on):
            impartiality.officer(self, by)
            if not reason.strip():
                raise Refused("Skriv varför avtalet sägs upp.")
            self._back_to_what_was_signed()
            assert self.first_day and self.last_day
            if not min(self.first_day, timezone.localdate()) <= on <= self.last_day:  # also before it has begun
                raise Refused("Dagen då avtalet upphör ska ligga inom avtalstiden.")
            self._close_what_is_open(reason)
            self.ended_on, self.end_reason = on, reason.strip()
            self._write_to_bound("terminated", reason=reason)

    def _back_to_what_was_signed(self) -> None:
        """What was being negotiated never came to hold."""
        agreement = self.agreement
        if self.state == State.RENEGOTIATION and agreement:
            rules.restore(self, agreement.content)

    def _close_what_is_open(self, reason: str) -> None:
        if follow_up := self.open_follow_up:
            follow_up.close()
        self._void(self.open_agreement, "signing_voided", reason, outcome=Outcome.CANCELLED)

    # Steering group --------------------------------------------------------------------------------------------

    def form_steering_group(self, *, by: Actor) -> Body:
        """Both sides steer together, in a body with meetings and minutes like any other."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Partnership.objects.select_for_update())
            if self.state not in BINDING:
                raise Refused("Styrgruppen bildas när avtalet är tecknat.")
            if self.steering_group:
                raise Refused("Partnerskapet har redan en styrgrupp.")
            self.steering_group = Body.objects.create(
                slug=f"{self.slug[:45].rstrip('-')}-{self.pk}",  # a long title may be cut to the same as another's
                name=f"Styrgruppen för {self.agreed['title']}"[:150],  # everyone may read it: as signed
                kind=Body.Kind.STEERING_GROUP,
                owner=Body.Owner.JOINT,
            )
            self.save(update_fields=["steering_group"])
            record(self, "form_steering_group", by=by, label="Styrgruppen bildades")
            return self.steering_group

    # Content and letters ---------------------------------------------------------------------------------------

    def content(self, version: int) -> dict[str, Any]:
        """The agreement as it would be signed now. Names of persons are not in it."""
        return {
            "schema": "iop-avtal/1",
            "version": version,
            "municipality": {"name": settings.MUNICIPALITY["name"], "org_nr": settings.MUNICIPALITY["org_nr"]},
            "registry_number": self.number,
            **{field: getattr(self, field) for field in rules.TERM_FIELDS},
            "principles": list(self.principles.order_by("order").values("slug", "heading")),
            "parties": [rules.party_content(party) for party in self.parties.with_names()],
            "contributions": [contribution.content() for contribution in self.contributions],
            "criteria": rules.criteria_content(self),
        }

    @property
    def agreed(self) -> dict[str, Any]:
        """What everyone may see: what was signed, not what the row says today."""
        agreement = self.agreement
        return agreement.content if agreement else {}

    def write_translation(self, **letter: Any) -> None:
        self.proposer.write("translated", **letter)

    def _write_to_parties(self, kind: str, **context: Any) -> None:
        for party in self.parties.with_names():
            party.write(kind, **context)

    def _write_to_bound(self, kind: str, **context: Any) -> None:
        for party in self.parties.with_names().bound():
            party.write(kind, **context)

    def write_to_staff(self, kind: str, **context: Any) -> None:
        letters.send_to_officers(self, kind, "iop.open_dialogue_partnership", **context)
