"""The parties of a partnership: one or more organisations, and one or more units of the municipality."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q

from agreement.models import Accession
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Refused, record
from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.documents.models import File
from botkyrka_civil.lib import tokens
from organisations.models import MunicipalUnit, Organisation

from .. import facts
from .states import Side

PARTY_LINK = "iop:party"


class PartyQuerySet(models.QuerySet["Party"]):
    def civil(self) -> Self:
        return self.filter(organisation__isnull=False)

    def municipal(self) -> Self:
        return self.filter(unit__isnull=False)

    def bound(self) -> Self:
        """Those that have signed an agreement that came about: who was asked in vain answers for nothing."""
        return self.filter(signatures__round__outcome=Outcome.MET).distinct()

    def with_names(self) -> Self:
        return self.select_related("organisation", "unit")


class Party(models.Model):
    """One side's organisation or unit, and the person who writes for it by a personal link."""

    partnership = models.ForeignKey(
        "iop.Partnership", models.CASCADE, related_name="parties", verbose_name="partnerskap"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="iop_parties", verbose_name="organisation"
    )
    unit = models.ForeignKey(
        MunicipalUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="iop_parties",
        verbose_name="förvaltning eller nämnd",
    )
    is_proposer = models.BooleanField("föreslog partnerskapet", default=False, editable=False)
    contact_name = models.CharField("kontaktperson", max_length=150)
    email = models.EmailField("e-post")
    key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    revision = models.PositiveIntegerField("ändring", default=0, editable=False)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = "part"
        verbose_name_plural = "parter"
        ordering = ["partnership", "-is_proposer", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, unit=None) | Q(organisation=None, unit__isnull=False),
                name="party_is_organisation_or_unit",
            ),
            models.UniqueConstraint(fields=["partnership", "organisation"], name="organisation_is_party_once"),
            models.UniqueConstraint(fields=["partnership", "unit"], name="unit_is_party_once"),
            models.UniqueConstraint(
                fields=["partnership"], condition=Q(is_proposer=True), name="one_proposer_per_partnership"
            ),
            models.CheckConstraint(
                condition=Q(is_proposer=False) | Q(organisation__isnull=False), name="proposer_is_an_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    @property
    def is_bound(self) -> bool:
        return Party.objects.bound().filter(pk=self.pk).exists()

    @property
    def name(self) -> str:
        return str(self.organisation or self.unit)

    @property
    def side(self) -> Side:
        return Side.CIVIL if self.organisation_id else Side.MUNICIPALITY

    @property
    def actor(self) -> Actor:
        return Actor(f"{self.contact_name} ({self.name})", self.email)

    @property
    def accession(self) -> Accession | None:
        """The organisation's accession in force."""
        return Accession.objects.active().filter(organisation=self.organisation_id).first()

    @property
    def required_signatures(self) -> int:
        """As many as the organisation's own signing rule says; a unit of the municipality needs one."""
        accession = self.accession if self.organisation_id else None
        joining = accession.joining if accession else None
        return joining.required if joining else 1

    @property
    def unanswered(self) -> list[facts.Criterion]:
        answered = {answer.criterion for answer in self.answers.all()}
        return [criterion for criterion in facts.CRITERIA if criterion.key not in answered]

    @property
    def unmet(self) -> list[facts.Criterion]:
        """The hard criteria that the party has not said yes to."""
        met = {answer.criterion for answer in self.answers.all() if answer.met == CriterionAnswer.Met.YES}
        return [criterion for criterion in facts.CRITERIA if criterion.hard and criterion.key not in met]

    # Writing for the party --------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self, by: Actor, base: int, label: str) -> Iterator[None]:
        """The case is locked and open for writing, and what the page showed is what stands: `base` is its revision."""
        with self.partnership.editing(by):
            self.refresh_from_db(fields=["revision"], from_queryset=Party.objects.select_for_update())
            if base != self.revision:
                raise Refused("Någon annan hos er har ändrat här sedan du öppnade sidan. Jämför, och spara igen.")
            yield
            self.revision += 1
            self.save(update_fields=["revision"])
            record(self.partnership, "write_for_party", by=by, label=f"{self.name}: {label}")

    def answer(self, *, by: Actor, base: int, answers: dict[str, tuple[str, str]]) -> None:
        """What the party says of each criterion, as {key: (met, motivation)}; one left blank is taken back."""
        with self._writing(by, base, "svarade på kriterierna"):
            for criterion in facts.CRITERIA:
                met, motivation = answers.get(criterion.key, ("", ""))
                if met:
                    values = {"met": met, "motivation": motivation}
                    self.answers.update_or_create(criterion=criterion.key, defaults=values)
                else:
                    self.answers.filter(criterion=criterion.key).delete()

    def contribute(self, *, by: Actor, base: int, rows: list[dict[str, Any]]) -> None:
        """What the party puts in, year by year: all of it anew, as (year, kind, amount, hours, note)."""
        with self._writing(by, base, "ändrade sina insatser"):
            first, last = self.partnership.first_day, self.partnership.last_day
            for row in rows:
                if first and last and not first.year <= row["year"] <= last.year:
                    raise Refused(f"{row['year']} ligger utanför perioden {first.year}–{last.year}.")
            self.replace_contributions(rows)

    def replace_contributions(self, rows: list[dict[str, Any]]) -> None:
        """Runs inside a verb."""
        from .contributions import Contribution

        self.contributions.all().delete()
        Contribution.objects.bulk_create(Contribution(party=self, **row) for row in rows)

    def name_signatories(self, *, by: Actor, base: int, people: list[dict[str, str]]) -> None:
        """Those who sign for the party: as many as its signing rule asks for, each with an address of their own."""
        with self._writing(by, base, "ändrade sina undertecknare"):
            emails = [person["email"].lower() for person in people]
            if len(set(emails)) < len(emails):
                raise Refused("Två undertecknare har samma e-postadress. Var och en behöver en egen.")
            if len(people) < self.required_signatures:
                raise Refused(f"Enligt er firmateckning behövs minst {self.required_signatures} undertecknare.")
            self.signatories.all().delete()
            Signatory.objects.bulk_create(
                Signatory(party=self, order=n, name=p["name"], role=p["role"], email=p["email"].lower())
                for n, p in enumerate(people, start=1)
            )

    def change_contact(self, *, by: Actor, name: str, email: str) -> None:
        """Somebody else writes for the party from now on. The old link stops working."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Party.objects.select_for_update())
            self.contact_name, self.email, self.key = name, email, tokens.new_key()
            self.save(update_fields=["contact_name", "email", "key"])
            record(self.partnership, "change_contact", by=by, label=f"{self.name} fick en ny kontaktperson")
            self.write("party_added")

    def write(self, kind: str, *, body: str = "", attachment: File | None = None, **context: Any) -> None:
        """A letter to the party's contact, with the link to the party's own page."""
        letters.send(
            self.partnership,
            kind,
            to=self.email,
            body=body,
            context={"party": self, **context},
            link=(PARTY_LINK, self.key),
            attachment=(str(attachment.stored.name), attachment.name) if attachment else None,
        )


class Signatory(models.Model):
    """Somebody who signs the agreement for a party."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="signatories", verbose_name="part")
    order = models.PositiveSmallIntegerField("nummer", default=1)
    name = models.CharField("namn", max_length=150)
    role = models.CharField("roll", max_length=100)
    email = models.EmailField("e-post")

    class Meta:
        verbose_name = "undertecknare"
        verbose_name_plural = "undertecknare"
        ordering = ["party", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["party", "email"], name="signatory_once_per_party")]

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"


class CriterionAnswer(models.Model):
    """What one party says of one criterion. Both sides answer; the hard ones must be met by all."""

    class Met(models.TextChoices):
        YES = "yes", "Ja"
        PARTLY = "partly", "Delvis"
        NO = "no", "Nej"

    party = models.ForeignKey(Party, models.CASCADE, related_name="answers", verbose_name="part")
    criterion = models.CharField("kriterium", max_length=40, choices=facts.choices)
    met = models.CharField("uppfyllt", max_length=10, choices=Met)
    motivation = models.TextField("motivering", blank=True)

    class Meta:
        verbose_name = "svar på kriterium"
        verbose_name_plural = "svar på kriterier"
        ordering = ["party", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["party", "criterion"], name="criterion_answered_once"),
            models.CheckConstraint(condition=Q(met__in=["yes", "partly", "no"]), name="criterion_met"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.get_met_display()}"
