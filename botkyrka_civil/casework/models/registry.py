"""The register (diarium): what was received or drawn up, numbered without gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Value, When
from django.utils import timezone

from .cases import Actor, Case, Refused, subject_of, transition


class RegistrySeries(models.Model):
    """The last number given in a year. The row is the lock that keeps the series without gaps."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "nummerserie"
        verbose_name_plural = "nummerserier"

    def __str__(self) -> str:
        return str(self.year)


class RegistryQuerySet(models.QuerySet["RegistryEntry"]):
    def in_order(self) -> Self:
        return self.order_by("year", "serial")

    def confidential(self) -> Self:
        return self.exclude(state=RegistryEntry.State.OPEN)

    def as_the_public_sees(self) -> Self:
        """With the words that the public sees, to be searched: nothing where they are protected."""
        states = RegistryEntry.State
        return self.alias(
            seen_counterpart=models.Case(
                When(state__in=[states.COUNTERPART, states.BOTH], then=Value("")), default="counterpart"
            ),
            seen_matter=models.Case(When(state__in=[states.MATTER, states.BOTH], then=Value("")), default="matter"),
        )

    def missing(self) -> dict[int, list[int]]:
        """The numbers that were given and that no entry has, by year. There must be none."""
        counted = dict(self.order_by().values_list("year").annotate(models.Count("pk")))
        series = RegistrySeries.objects.order_by("year").values_list("year", "last")
        return {year: self._lost(year, last) for year, last in series if counted.get(year, 0) != last}

    def _lost(self, year: int, last: int) -> list[int]:
        return sorted(set(range(1, last + 1)) - set(self.filter(year=year).values_list("serial", flat=True)))


class RegistryEntry(Case):
    """A registered document, with exactly what the law asks: date, number, from or to whom, what it is about.

    Offentlighets- och sekretesslagen 5 kap. 1–2 §§. Registered without delay, numbered without gaps per year. From
    whom and about what is left out for the public where the register could not be shown otherwise: that is the
    entry's state. The register has no public page, since it would spread people's names: whoever asks for it gets the
    registrar's export for the public.
    """

    class Direction(models.TextChoices):
        INCOMING = "incoming", "Inkommen"
        OUTGOING = "outgoing", "Utgående"
        DRAWN_UP = "drawn_up", "Upprättad"

    class State(models.TextChoices):
        OPEN = "open", "Visas helt"
        COUNTERPART = "counterpart", "Från eller till skyddas"
        MATTER = "matter", "Vad det gäller skyddas"
        BOTH = "both", "Båda skyddas"

    CONFIDENTIAL = (State.COUNTERPART, State.MATTER, State.BOTH)
    WITHHELD = "Uppgiften lämnas ut efter prövning"
    TRANSITIONS = {
        "classify": transition("skydda uppgifter", "Uppgifter skyddades", State, *CONFIDENTIAL),
        "declassify": transition("visa alla uppgifter", "Alla uppgifter visas igen", CONFIDENTIAL, State.OPEN),
        "refer": transition("anteckna nummer i annat system", "Nummer i annat system antecknades", State, *State),
    }

    year = models.PositiveSmallIntegerField("år")
    serial = models.PositiveIntegerField("löpnummer")
    number = models.CharField("diarienummer", max_length=40, unique=True)
    external_number = models.CharField("nummer i annat system", max_length=60, blank=True)
    received_at = models.DateTimeField("inkom eller upprättades")
    registered_at = models.DateTimeField("registrerades", default=timezone.now)
    direction = models.CharField("riktning", max_length=10, choices=Direction, default=Direction.INCOMING)
    counterpart = models.CharField("från eller till", max_length=200)
    matter = models.CharField("vad det gäller", max_length=300)
    subject = models.CharField("ärende", max_length=100, db_index=True)  # the case's, not its own
    state = models.CharField(
        "visning för allmänheten", max_length=12, choices=State, default=State.OPEN, editable=False
    )

    objects = RegistryQuerySet.as_manager()

    class Meta:
        verbose_name = "diariepost"
        verbose_name_plural = "diarieposter"
        ordering = ["-year", "-serial"]
        permissions = [
            ("classify_registryentry", "Får skydda uppgifter i diariet"),
            ("declassify_registryentry", "Får visa skyddade uppgifter i diariet igen"),
            ("refer_registryentry", "Får anteckna nummer i annat system"),
            ("export_registryentry", "Får hämta hela diariet"),
            ("archive_case", "Får ta ut arkivpaket"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="registry_serial_unique_per_year"),
            models.CheckConstraint(
                condition=~Q(counterpart="") & ~Q(matter=""), name="registry_entry_says_who_and_what"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "counterpart", "matter", "both"]), name="registry_state"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def confidential(self) -> bool:
        return self.state in self.CONFIDENTIAL

    @property
    def public_counterpart(self) -> str:
        return self.WITHHELD if self.state in (self.State.COUNTERPART, self.State.BOTH) else self.counterpart

    @property
    def public_matter(self) -> str:
        return self.WITHHELD if self.state in (self.State.MATTER, self.State.BOTH) else self.matter

    def classify(self, *, by: Actor, withheld: str, reason: str) -> None:
        """Left out where the register is shown to the public, with reasons.

        Offentlighets- och sekretesslagen 5 kap. 2 §: needed where the register could not be shown otherwise.
        """
        with self.move("classify", by=by, reason=reason):
            if withheld not in self.CONFIDENTIAL:
                raise Refused("Välj vilka uppgifter som ska skyddas.")
            if withheld == self.state:
                raise Refused("De uppgifterna är redan skyddade.")
            if not reason.strip():
                raise Refused("Skriv varför uppgifterna skyddas.")
            self.state = withheld

    def declassify(self, *, by: Actor, reason: str) -> None:
        """Shown to everyone again, with reasons."""
        with self.move("declassify", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför uppgifterna kan visas igen.")

    def refer(self, *, by: Actor, external_number: str) -> None:
        """The number that the same document has in another register of the municipality's."""
        with self.move("refer", by=by, before=self.external_number, after=external_number):
            if external_number == self.external_number:
                raise Refused("Det numret står redan där.")
            self.external_number = external_number


def register(
    case: models.Model,
    *,
    counterpart: str,
    matter: str,
    received_at: datetime,
    direction: str = RegistryEntry.Direction.INCOMING,
) -> RegistryEntry:
    """Give `case` the next number of its year. Must run in the transaction that makes the document official."""
    year = timezone.localtime(received_at).year
    RegistrySeries.objects.get_or_create(year=year)
    series = RegistrySeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return RegistryEntry.objects.create(
        year=year,
        serial=series.last,
        number=f"{settings.REGISTRY_PREFIX} {year}/{series.last:04d}",
        received_at=received_at,
        direction=direction,
        counterpart=counterpart[:200],
        matter=matter[:300],
        subject=subject_of(case),
    )
