"""Organisations and their names, and the people at the municipality who answer for what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework.models import SYSTEM, Actor, Refused, record
from botkyrka_civil.lib import swedish


class Source(models.Model):
    """Where a fact comes from, and how old it was then."""

    key = models.CharField("beteckning", max_length=20, unique=True)
    title = models.CharField("titel", max_length=200)
    as_of = models.DateField("uppgifterna gällde", null=True, blank=True)
    note = models.TextField("anmärkning", blank=True)

    class Meta:
        verbose_name = "källa"
        verbose_name_plural = "källor"

    def __str__(self) -> str:
        return self.title


class MunicipalUnit(models.Model):
    name = models.CharField("namn", max_length=200, unique=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")

    class Meta:
        verbose_name = "förvaltning eller nämnd"
        verbose_name_plural = "förvaltningar och nämnder"

    def __str__(self) -> str:
        return self.name


class ContactPerson(models.Model):
    """Who answers questions about what, as of a date. Names and numbers grow old: they are data, not text."""

    class Topic(models.TextChoices):
        AGREEMENT = "agreement", "Överenskommelsen"
        IOP = "iop", "Idéburet offentligt partnerskap (IOP)"
        PLATFORM = "platform", "Plattformen"

    topic = models.CharField("frågor om", max_length=20, choices=Topic)
    name = models.CharField("namn", max_length=150)
    title = models.CharField("titel", max_length=150, blank=True)
    email = models.EmailField("e-post", blank=True)
    phone = models.CharField("telefon", max_length=30, blank=True)
    municipal_unit = models.ForeignKey(
        MunicipalUnit, models.SET_NULL, null=True, blank=True, verbose_name="förvaltning eller nämnd"
    )
    as_of = models.DateField("uppgiften gällde")
    source = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True, verbose_name="källa")

    class Meta:
        verbose_name = "kontaktperson"
        verbose_name_plural = "kontaktpersoner"
        ordering = ["topic", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_old(self) -> bool:
        """More than a year has gone by, and people change their work."""
        return self.as_of < timezone.localdate() - timedelta(days=365)


class Person(models.Model):
    """Somebody with an office of trust. The name is public with the office; address and number never are (GDPR)."""

    name = models.CharField("namn", max_length=150, db_collation="swedish")
    email = models.EmailField("e-post", blank=True, help_text="Visas aldrig offentligt.")
    phone = models.CharField("telefon", max_length=30, blank=True, help_text="Visas aldrig offentligt.")
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "personer"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="one_person_per_email")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    def forget_contact(self) -> None:
        """Nobody needs to write to them in the office any more: the name stays with what they did, the rest goes."""
        self.email = self.phone = ""
        self.save(update_fields=["email", "phone"])
        record(self, "forget_contact", by=SYSTEM, label="E-post och telefon gallrades")


class LegalForm(models.TextChoices):
    IDEELL_FORENING = "ideell_forening", "Ideell förening"
    EKONOMISK_FORENING = "ekonomisk_forening", "Ekonomisk förening"
    STIFTELSE = "stiftelse", "Stiftelse"
    TROSSAMFUND = "trossamfund", "Trossamfund"
    STUDIEFORBUND = "studieforbund", "Studieförbund"
    SOCIALT_FORETAG = "arbetsintegrerande_socialt_foretag", "Arbetsintegrerande socialt företag"
    ANNAN = "annan", "Annan"


class SigningMode(models.TextChoices):
    """Who signs for an organisation (firmateckning), as its minutes say."""

    EACH_ALONE = "each_alone", "En person räcker (var för sig)"
    TWO_JOINTLY = "two_jointly", "Två personer tillsammans"
    N_JOINTLY = "n_jointly", "Ett visst antal personer tillsammans"
    WHOLE_BOARD = "whole_board", "Hela styrelsen"


def required_signatures(mode: str, n: int | None, signatories: int) -> int:
    """How many of `signatories` must sign for the rule to be met."""
    fixed = {SigningMode.EACH_ALONE: 1, SigningMode.TWO_JOINTLY: 2, SigningMode.N_JOINTLY: n or 0}
    return fixed.get(SigningMode(mode), signatories)


class RepresentativeNames(models.TextChoices):
    """Whether the public reads who represents an organisation. What tells of somebody's belief, origin or health must
    not be given out (GDPR art. 9.1, and 9.2 d for Plattformen). Until staff have decided, the names are shown."""

    UNDECIDED = "undecided", "Inte avgjort: namnen visas så länge"
    SHOWN = "shown", "Namnen får visas"
    HIDDEN = "hidden", "Namnen kan avslöja tro, ursprung eller hälsa: visa bara organisationen"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def hiding_names(self) -> Self:
        return self.filter(representative_names=RepresentativeNames.HIDDEN)

    def undecided_names(self) -> Self:
        return self.filter(representative_names=RepresentativeNames.UNDECIDED)

    def called(self, *names: Any) -> Self:
        """Those that have one of `names`, also as a former name or as one that is only our guess."""
        return self.filter(Q(name__in=names) | Q(name_as_stated__in=names) | Q(other_names__name__in=names))

    def known_to_staff(self) -> Self:
        """Not those that stand only in an application that has not been sent in (TF 2 kap. 9 §)."""
        return self.filter(received=True)

    def search(self, words: str) -> Self:
        """Every word somewhere in the name or a known other name. Case does not matter, å ä ö do, on every database."""
        found = self
        for word in swedish.fold(words).split()[:8]:
            found = found.filter(search_text__contains=word)
        return found

    def alike(self, name: str, org_nr: str | None = None) -> list[Organisation]:
        """Those that may be the same organisation: same number, same telling words, or spelled almost alike."""
        found: list[Organisation] = []
        for organisation in self.prefetch_related("other_names"):
            names = [organisation.name, *(other.name for other in organisation.other_names.all())]
            same = org_nr and organisation.org_nr == org_nr
            if same or max(swedish.alike(name, other) for other in names) >= 0.8:
                found.append(organisation)
        return found


class Organisation(models.Model):
    """An idéburen organisation. That it stands on the public list is told by its accessions, not by the row."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Aktiv"
        DORMANT = "dormant", "Vilande"
        DISSOLVED = "dissolved", "Upplöst"
        MERGED = "merged", "Sammanslagen"

    slug = models.SlugField("adress", max_length=90, unique=True)
    name = models.CharField("namn", max_length=200, db_collation="swedish")
    name_as_stated = models.CharField("namn som källan skriver det", max_length=200, blank=True)
    search_text = models.TextField(editable=False)
    legal_form = models.CharField("juridisk form", max_length=40, choices=LegalForm, blank=True)
    org_nr = models.CharField("organisationsnummer", max_length=11, null=True, blank=True, unique=True)
    org_nr_missing_reason = models.CharField("varför nummer saknas", max_length=300, blank=True)
    area = models.CharField("område", max_length=100, blank=True)
    public_email = models.EmailField("offentlig e-post", blank=True)
    website = models.URLField("webbplats", blank=True)
    description = models.TextField("beskrivning", max_length=600, blank=True)
    status = models.CharField("status", max_length=10, choices=Status, default=Status.ACTIVE)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name="gick upp i")
    representative_names = models.CharField(
        "namn på företrädare",
        max_length=10,
        choices=RepresentativeNames,
        default=RepresentativeNames.UNDECIDED,
        help_text="Kan det visa vad någon tror på, var någon har sitt ursprung eller hur någon mår att hen företräder "
        "organisationen? Då är namnet en känslig uppgift (artikel 9 i dataskyddsförordningen), som föreningar inte får "
        "lämna ut utan samtycke (9.2 d). Från den stund du sparar ser alla bara organisationen, på sidorna, i öppna "
        "data och i protokollen. Fråga dataskyddsombudet om du är osäker.",
    )
    note = models.TextField("anmärkning", blank=True, help_text="Syns inte för allmänheten.")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")
    source_order = models.PositiveSmallIntegerField("plats i källan", null=True, blank=True)
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)
    received = models.BooleanField("har kommit in", default=True, db_default=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    modified_at = models.DateTimeField(auto_now=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        verbose_name_plural = "organisationer"
        ordering = ["name"]
        indexes = [models.Index("name", name="organisation_by_name")]
        constraints = [
            models.CheckConstraint(condition=~Q(org_nr=""), name="org_nr_null_not_empty"),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False) | ~Q(status="merged"),
                name="merged_organisation_names_its_successor",
            ),
            models.CheckConstraint(
                condition=Q(representative_names__in=RepresentativeNames.values), name="representative_names"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps what is derived from the name: the address (once) and the text that search reads."""
        self.slug = self.slug or self._free_slug()
        self.search_text = self._search_text()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "slug", "search_text"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("agreement:organisation", args=[self.slug])

    @property
    def hides_names(self) -> bool:
        return self.representative_names == RepresentativeNames.HIDDEN

    def decide_names(self, *, by: Actor, names: str) -> None:
        """Whether the names of those who represent it are published. Holds at once, also for what was published."""
        with transaction.atomic():
            before = Organisation.objects.select_for_update().get(pk=self.pk).representative_names
            self.representative_names = names
            self.save(update_fields=["representative_names", "modified_at"])
            record(self, "decide_names", by=by, label="Namn på företrädare: avgjordes", before=before, after=names)

    def _free_slug(self) -> str:
        base = swedish.slug(self.name)
        taken = set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        candidates = [base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))]
        return next(slug for slug in candidates if slug not in taken)

    def _search_text(self) -> str:
        others = self.other_names.filter(suggested=False).values_list("name", flat=True) if self.pk else []
        return swedish.fold(" ".join([self.name, *others, self.org_nr or "", self.area]))

    def update_from(self, facts: dict[str, Any], *, known_until: date | None) -> None:
        """Take over what the organisation itself stated in its signed form.

        A name by which the public knew it (`known_until` that day) stays as another name.
        """
        if known_until and facts["name"] != self.name:
            self.other_names.get_or_create(name=self.name, defaults={"note": "Tidigare namn", "valid_to": known_until})
        self.other_names.filter(name=facts["name"]).delete()
        for field in ("name", "org_nr", "org_nr_missing_reason", "legal_form", "area", "public_email", "website"):
            setattr(self, field, facts[field])
        self.description = facts["description"]
        self.save()

    def close(self, *, by: Actor, status: str, merged_into: Organisation | None = None) -> None:
        """The organisation is dissolved, or merged into another that carries on."""
        with transaction.atomic():
            self.status, self.merged_into = status, merged_into if status == self.Status.MERGED else None
            if status == self.Status.MERGED and (merged_into is None or merged_into == self):
                raise Refused("Välj vilken organisation den gick upp i.")
            self.save(update_fields=["status", "merged_into", "modified_at"])
            record(self, "close", by=by, label=f"Organisationen: {self.get_status_display().lower()}")


class OtherName(models.Model):
    """Another spelling or an earlier name. A suggested one is our guess, and is shown to staff only."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="other_names", verbose_name="organisation"
    )
    name = models.CharField("namn", max_length=200, db_collation="swedish")
    note = models.CharField("anmärkning", max_length=200, blank=True)
    suggested = models.BooleanField("troligen samma", default=False, help_text="En gissning som ingen har bekräftat.")
    valid_from = models.DateField("från", null=True, blank=True)
    valid_to = models.DateField("till", null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")

    class Meta:
        verbose_name = "annat namn"
        verbose_name_plural = "andra namn"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="other_name_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.organisation.save(update_fields=["search_text"])  # search finds the organisation by all its names

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        self.organisation.save(update_fields=["search_text"])
        return deleted
