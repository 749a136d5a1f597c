"""Documents: for whom they are, whose they are, and the files that they were and are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from ...casework.models import Actor, Refused, RegistryEntry, record, register
from ...lib import swedish
from .. import audiences
from ..audiences import Audience
from .files import File

if TYPE_CHECKING:
    from ..uploads import Upload


class Category(models.TextChoices):
    AGREEMENT = "agreement", "Överenskommelse"
    ACTION_PLAN = "action_plan", "Handlingsplan"
    FORM = "form", "Anslutningsblankett"
    STATUTES = "statutes", "Stadgar"
    MINUTES = "minutes", "Protokoll"
    NOTES = "notes", "Mötesanteckningar"
    GUIDELINES = "guidelines", "Riktlinjer"
    IOP = "iop", "IOP-avtal"
    OTHER = "other", "Övrigt"


class Owner(models.TextChoices):
    MUNICIPALITY = "municipality", "Kommunen"
    PLATFORM = "platform", "Plattformen"


class Language(models.TextChoices):
    SV = "sv", "Svenska"
    EN = "en", "Engelska"
    FI = "fi", "Finska"
    AR = "ar", "Arabiska"
    FA = "fa", "Persiska"
    PL = "pl", "Polska"
    SO = "so", "Somaliska"
    ES = "es", "Spanska"
    SYR = "syr", "Syriska"
    TR = "tr", "Turkiska"


class Accessible(models.TextChoices):
    """Whether a file can be read with aids such as a screen reader (lag 2018:1937)."""

    YES = "yes", "Ja"
    NO = "no", "Nej"
    UNKNOWN = "unknown", "Inte kontrollerat"


# What Plattformen keeps in a room of its own, as the property `room` says it for one row.
IN_ROOM = Q(owner=Owner.PLATFORM, handed_over_at=None) & ~Q(audience=Audience.PUBLIC)


class DocumentQuerySet(models.QuerySet["Document"]):
    def ours(self) -> Self:
        """What the municipality holds: its own, and what it has been handed."""
        return self.exclude(IN_ROOM)

    def published(self) -> Self:
        return self.filter(audience=Audience.PUBLIC, current__isnull=False)

    def visible_to(self, user: Any) -> Self:
        """What is meant for the visitor. Staff also see all that the municipality holds, and nothing beyond it."""
        groups = audiences.of(user)
        meant = Q(audience__in=groups)
        return self.filter(meant | ~IN_ROOM if Audience.STAFF in groups else meant, current__isnull=False)

    def search(self, words: str) -> Self:
        """Every word somewhere in the title, the description or the file's name; å ä ö count on every database."""
        found = self
        for word in swedish.fold(words).split()[:8]:
            found = found.filter(search_text__contains=word)
        return found

    def latest_first(self) -> Self:
        """As a list shows them, each with its file."""
        return self.select_related("current__file").order_by("-current__uploaded_at", "-pk")


class Document(models.Model):
    """A document, and for whom it is. Its file is replaced by a new version, never overwritten; its address stays."""

    title = models.CharField("titel", max_length=200)
    category = models.CharField("kategori", max_length=20, choices=Category)
    owner = models.CharField("ägare", max_length=20, choices=Owner, default=Owner.MUNICIPALITY)
    audience = models.CharField("för vem", max_length=20, choices=Audience, default=Audience.PUBLIC)
    note = models.TextField(
        "beskrivning", max_length=600, blank=True, help_text="Visas för alla som får se dokumentet."
    )
    registry_entry = models.ForeignKey(
        RegistryEntry, models.PROTECT, null=True, blank=True, editable=False, verbose_name="diarienummer"
    )
    handed_over_at = models.DateTimeField("överlämnat till kommunen", null=True, blank=True, editable=False)
    current = models.OneToOneField(
        "DocumentVersion", models.RESTRICT, null=True, editable=False, related_name="+", verbose_name="gällande version"
    )
    shared_from = models.PositiveIntegerField("första version som andra ser", default=1, editable=False)
    search_text = models.TextField(editable=False)
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)
    modified_at = models.DateTimeField("ändrades", auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "dokument"
        verbose_name_plural = "dokument"
        permissions = [("add_version_document", "Får lägga till en ny version")]
        constraints = [
            models.CheckConstraint(condition=Q(category__in=Category.values), name="document_category_known"),
            models.CheckConstraint(condition=Q(owner__in=Owner.values), name="document_owner_known"),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="document_audience_known"),
            models.CheckConstraint(
                condition=Q(handed_over_at=None) | Q(owner=Owner.PLATFORM, registry_entry__isnull=False),
                name="document_handed_over_is_registered",
            ),
            models.CheckConstraint(
                condition=Q(owner=Owner.MUNICIPALITY)
                | Q(handed_over_at__isnull=False)
                | Q(audience__in=[Audience.MEMBERS, Audience.BOARD]),
                name="document_of_platform_opened_is_handed_over",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the text that search reads."""
        name = self.current.file.name if self.current else ""
        self.search_text = swedish.fold(
            " ".join([self.title, self.note, name, self.get_category_display(), self.get_owner_display()])
        )
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text", "modified_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("documents:detail", args=[self.pk])

    @property
    def file_url(self) -> str:
        """The file as it is now. The address holds also for versions to come: an old name leads to the new one."""
        return reverse("documents:file", args=[self.pk, self.file.name])

    @property
    def file(self) -> File:
        assert self.current, "a document that is shown has a file"
        return self.current.file

    @property
    def label(self) -> str:
        """What a link says after the title: (pdf, 170 kB)."""
        return self.file.label if self.current else ""

    @property
    def room(self) -> str:
        """Plattformen's own, until it is handed over: then the log and the admin keep it from the municipality."""
        kept = self.owner == Owner.PLATFORM and self.audience != Audience.PUBLIC and self.handed_over_at is None
        return str(Owner.PLATFORM) if kept else ""

    @property
    def is_public(self) -> bool:
        return self.audience == Audience.PUBLIC

    def versions_for(self, user: Any) -> models.QuerySet[DocumentVersion]:
        """The latest first. Those from before the document was opened are seen by its owner's people alone.

        What was tried out in a room does not become public because the last version does.
        """
        keeper = Audience.BOARD if self.owner == Owner.PLATFORM else Audience.STAFF
        first = 1 if keeper in audiences.of(user) else self.shared_from
        return self.versions.filter(number__gte=first).select_related("file").order_by("-number")

    def file_at(self, moment: datetime) -> File | None:
        """As it was then, or at first: a link to a meeting's paper opens no version that came afterwards."""
        versions = self.versions.select_related("file").order_by("number")
        version = versions.filter(uploaded_at__lte=moment).last() or versions.first()
        return version.file if version else None

    # Verbs ------------------------------------------------------------------------------------------------------

    @classmethod
    def add(
        cls,
        *,
        by: Actor,
        upload: Upload,
        language: str = Language.SV,
        accessible: str = Accessible.UNKNOWN,
        **facts: Any,
    ) -> Document:
        """A new document with its first file. What Plattformen opens to others at once is also handed over at once."""
        audience = facts.pop("audience", Audience.PUBLIC)
        at_first = audience
        if facts.get("owner") == Owner.PLATFORM and audience in (Audience.PUBLIC, Audience.STAFF):
            at_first = Audience.BOARD
        with transaction.atomic():
            document = cls.objects.create(audience=at_first, **facts)
            document.add_version(by=by, upload=upload, language=language, accessible=accessible)
            document.change(by=by, audience=audience)
        return document

    def add_version(
        self, *, by: Actor, upload: Upload, language: str = Language.SV, accessible: str = Accessible.UNKNOWN
    ) -> DocumentVersion:
        """The file is replaced, and the earlier ones stay. A file that says itself that it is accessible is.

        Every new version of a document that the municipality has been handed reaches it too, and is registered.
        """
        with self._locked():
            if self.current and self.current.file.sha256 == upload.sha256:
                raise Refused("Filen är exakt likadan som den som redan finns här. Välj den nya filen.")
            if accessible == Accessible.UNKNOWN and upload.is_tagged:
                accessible = Accessible.YES
            self.current = version = DocumentVersion.objects.create(
                document=self,
                number=self.current.number + 1 if self.current else 1,
                file=upload.store(),
                uploaded_by=by.name[:200],
                language=language,
                accessible=accessible,
            )
            self.save()
            label = f"Ny version, {version.number}" if version.number > 1 else "Lades upp"
            number = self._register().number if self.handed_over_at else ""
            verb = "replace" if version.number > 1 else "add"
            record(self, verb, by=by, label=label, version=version.number, file=version.file_id, number=number)
        return version

    def change(self, *, by: Actor, **facts: Any) -> None:
        """Title, category, description and audience change; the address stays.

        What Plattformen opens to everyone, or to the municipality's staff, is thereby handed over.
        """
        with self._locked():
            before = {name: getattr(self, name) for name in facts}
            for name, value in facts.items():
                setattr(self, name, value)
            changed = [name for name, value in facts.items() if before[name] != value]
            if "audience" in changed:
                self._open(by)
            if not changed:
                return
            self.save()
            if "audience" in changed:
                label = f"Ändrades till att visas för: {self.get_audience_display()}"
                was = {"from_state": before["audience"], "to_state": self.audience}
                record(self, "change_audience", by=by, label=label, **was)
            if others := [name for name in changed if name != "audience"]:
                was = {name: before[name] for name in others}
                record(self, "change", by=by, label="Uppgifterna ändrades", before=was)

    def hand_over(self, *, by: Actor) -> None:
        """Plattformen gives the municipality its document, which then is an official one and registered at once.

        Tryckfrihetsförordningen 2 kap. 9 §, offentlighets- och sekretesslagen 5 kap. 1 §. Staff see this version
        and those that come after.
        """
        with self._locked():
            if self.owner != Owner.PLATFORM:
                raise Refused("Dokumentet är kommunens eget.")
            if self.handed_over_at:
                raise Refused("Dokumentet är redan överlämnat till kommunen.")
            self._hand_over(by)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """A transaction with the row as it stands now, so that of two at once the second sees the first."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Document._base_manager.select_for_update())
            yield

    def _open(self, by: Actor) -> None:
        if self.current:
            self.shared_from = self.current.number
        outside = self.audience in (Audience.PUBLIC, Audience.STAFF)
        if outside and self.owner == Owner.PLATFORM and not self.handed_over_at:
            self._hand_over(by)

    def _hand_over(self, by: Actor) -> None:
        if self.current is None:
            raise Refused("Dokumentet har ingen fil än.")
        self.registry_entry = self._register()
        self.handed_over_at = self.registry_entry.received_at
        self.shared_from = self.current.number
        self.save()
        label = "Överlämnades till kommunen"
        record(self, "hand_over", by=by, label=label, version=self.shared_from, number=self.registry_entry.number)

    def _register(self) -> RegistryEntry:
        assert self.current
        version = f", version {self.current.number}" if self.current.number > 1 else ""
        matter = f"{self.get_category_display()}: {self.title}{version}"
        return register(self, counterpart=self.get_owner_display(), matter=matter, received_at=timezone.now())


class VersionQuerySet(models.QuerySet["DocumentVersion"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("En version ändras aldrig: lägg till en ny.")


class DocumentVersion(models.Model):
    """A file that the document was, or is. Never changed: a trigger refuses it too."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions", verbose_name="dokument")
    number = models.PositiveIntegerField("version")
    file = models.OneToOneField(File, models.PROTECT, verbose_name="fil")
    uploaded_at = models.DateTimeField("lades upp", default=timezone.now)
    uploaded_by = models.CharField("lades upp av", max_length=200)
    language = models.CharField("språk", max_length=3, choices=Language, default=Language.SV)
    accessible = models.CharField(
        "går att läsa med hjälpmedel", max_length=10, choices=Accessible, default=Accessible.UNKNOWN
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version av ett dokument"
        verbose_name_plural = "versioner av dokument"
        ordering = ["document", "number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_version_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_version_from_one"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="document_language_known"),
            models.CheckConstraint(condition=Q(accessible__in=Accessible.values), name="document_accessible_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("En version ändras aldrig: lägg till en ny.")
        super().save(*args, **kwargs)

    @property
    def file_url(self) -> str:
        """This very version, also when it has been replaced."""
        return reverse("documents:file", args=[self.document_id, self.file.name], query={"version": self.number})
