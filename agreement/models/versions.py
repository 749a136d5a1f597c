"""Överenskommelsen: its versions and their principles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework.models import Actor, Case, Refused, transition
from organisations.models import Source


class AgreementVersionQuerySet(models.QuerySet["AgreementVersion"]):
    def in_force(self) -> AgreementVersion | None:
        return self.filter(state=AgreementVersion.State.IN_FORCE).first()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with transaction.atomic():
            list(self.select_for_update().order_by("pk"))
            yield

    def published(self) -> Self:
        """What the public may read: the version in force and those it replaced."""
        return self.filter(state__in=[AgreementVersion.State.IN_FORCE, AgreementVersion.State.REPLACED])


class AgreementVersion(Case):
    """One version of the text. Once adopted it is never edited: accessions have signed it word for word."""

    class State(models.TextChoices):
        DRAFT = "draft", "Utkast"
        ADOPTED = "adopted", "Beslutad"
        IN_FORCE = "in_force", "Gällande"
        REPLACED = "replaced", "Ersatt"

    TRANSITIONS = {
        "adopt": transition("anteckna beslutet", "Beslutad", [State.DRAFT], State.ADOPTED),
        "put_in_force": transition("sätta versionen i kraft", "Sattes i kraft", [State.ADOPTED], State.IN_FORCE),
        "replace": transition("ersätta versionen", "Ersattes", [State.IN_FORCE], State.REPLACED),
    }

    label = models.SlugField("år", max_length=20, unique=True, help_text="Står i adressen, till exempel 2018.")
    title = models.CharField("titel", max_length=200)
    state = models.CharField("läge", max_length=10, choices=State, default=State.DRAFT, editable=False)
    adopted_on = models.DateField("beslutad den", null=True, blank=True)
    adopted_text = models.CharField("när, i ord", max_length=100, blank=True, help_text="Till exempel april 2018.")
    adopted_by = models.CharField("beslutad av", max_length=200, blank=True)
    body = models.TextField("text före principerna", blank=True)
    values_intro = models.TextField("mening som inleder principerna", blank=True)
    joining = models.TextField("vad anslutningen innebär", blank=True)
    as_stated = models.TextField("så står det i källan", blank=True, help_text="Där vi har rättat ett skrivfel.")
    note = models.TextField("anmärkning", blank=True)
    requires_reaffirmation = models.BooleanField(
        "anslutna ska bekräfta på nytt",
        default=True,
        help_text="När versionen sätts i kraft får alla anslutna en fråga.",
    )
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version av Överenskommelsen"
        verbose_name_plural = "Överenskommelsens versioner"
        ordering = ["-label"]
        permissions = [
            ("adopt_agreementversion", "Får anteckna att en version är beslutad"),
            ("put_in_force_agreementversion", "Får sätta en version i kraft"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="in_force"), name="one_version_in_force"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "adopted", "in_force", "replaced"]), name="agreementversion_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("agreement:version", args=[self.label])

    @property
    def editable(self) -> bool:
        return self.state == self.State.DRAFT

    def content(self) -> dict[str, Any]:
        """The text in the shape in which it is signed."""
        return {
            "label": self.label,
            "title": self.title,
            "adopted": self.adopted_text,
            "body": self.body,
            "values_intro": self.values_intro,
            "principles": list(self.principles.values("order", "heading", "text")),
            "joining": self.joining,
        }

    def adopt(self, *, by: Actor) -> None:
        """The text is decided and from now on fixed."""
        with self.move("adopt", by=by):
            if not self.principles.exists() or not self.joining:
                raise Refused("Skriv in principerna och vad anslutningen innebär innan versionen beslutas.")
            self.adopted_on = self.adopted_on or timezone.localdate()

    def put_in_force(self, *, by: Actor) -> None:
        """At most one version is in force: the earlier one is replaced in the same transaction.

        If the version asks for it, every accession that is active is asked to reaffirm.
        """
        from .accession import Accession

        # The earlier version is locked as well: of two put in force at once, the later replaces the first.
        with AgreementVersion.objects.locked(), self.move("put_in_force", by=by):
            if earlier := AgreementVersion.objects.in_force():
                earlier._replace(by=by)
            # What nobody has signed yet joins the version in force.
            Accession.objects.filter(state=Accession.State.DRAFT).update(version=self)
            if self.requires_reaffirmation:
                for accession in Accession.objects.active().exclude(version=self):
                    with suppress(Refused):  # it left in the same moment
                        accession.request_reaffirmation(by=by, version=self)

    def _replace(self, *, by: Actor) -> None:
        with self.move("replace", by=by):
            pass


class Principle(models.Model):
    version = models.ForeignKey(AgreementVersion, models.CASCADE, related_name="principles", verbose_name="version")
    order = models.PositiveSmallIntegerField("nummer")
    slug = models.SlugField("adress", max_length=80)
    heading = models.CharField("rubrik", max_length=150)
    text = models.TextField("text", blank=True)
    plain_language = models.TextField("på enklare svenska", blank=True)

    class Meta:
        verbose_name = "princip"
        verbose_name_plural = "principer"
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "order"], name="principle_order_once"),
            models.UniqueConstraint(fields=["version", "slug"], name="principle_slug_once"),
        ]

    def __str__(self) -> str:
        return self.heading

    def get_absolute_url(self) -> str:
        return reverse("agreement:principle", args=[self.slug])
