"""Bodies, how they are composed, and who sits in them from which day to which."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Refused, record
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.lib import tokens
from organisations.models import Organisation, Person, RepresentativeNames, Source

NAME_HIDDEN = "Namnet visas inte"
PLATFORM = "platform"  # the association's own room, as events and letters name it


class BodyQuerySet(models.QuerySet["Body"]):
    def council(self) -> Body:
        return self.select_related("source").get(kind=Body.Kind.COUNCIL)

    def board(self) -> Body:
        return self.select_related("source").get(kind=Body.Kind.BOARD)

    def platform(self) -> Self:
        return self.filter(owner=Body.Owner.PLATFORM)

    def ours(self) -> Self:
        """Those that the municipality has, or shares."""
        return self.exclude(owner=Body.Owner.PLATFORM)

    def handled_by(self, user: Any) -> Self:
        """Whose meetings the user calls and writes minutes of. A superuser gets nothing of the association's."""
        ours = Q(owner=Body.Owner.PLATFORM) if Seat.objects.deciding(user).exists() else Q(pk__in=[])
        for owner, permission in HANDLED_WITH.items():
            if user.is_staff and user.has_perm(permission):
                ours |= Q(owner=owner)
        return self.filter(ours)


class Body(models.Model):
    """Somebody who meets. What its owner keeps to itself, nobody else reads."""

    class Kind(models.TextChoices):
        COUNCIL = "council", "Råd (nämndberedning)"
        BOARD = "board", "Styrelse"
        ANNUAL_MEETING = "annual_meeting", "Årsmöte"
        MEMBER_MEETING = "member_meeting", "Medlemsmöte"
        STEERING_GROUP = "steering_group", "Styrgrupp för IOP"

    class Owner(models.TextChoices):
        MUNICIPALITY = "municipality", "Kommunen"
        PLATFORM = "platform", "Plattformen"
        JOINT = "joint", "Båda parter"

    slug = models.SlugField("adress", max_length=60, unique=True)
    name = models.CharField("namn", max_length=150)
    kind = models.CharField("slag", max_length=20, choices=Kind)
    owner = models.CharField("hör till", max_length=20, choices=Owner)
    legal_nature = models.CharField("rättslig ställning", max_length=300, blank=True)
    tasks = models.TextField("uppgifter", blank=True, help_text="En per rad.")
    meets_min = models.PositiveSmallIntegerField("möten per år, minst", null=True, blank=True)
    meets_max = models.PositiveSmallIntegerField("möten per år, högst", null=True, blank=True)
    note = models.TextField("anmärkning", blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")

    objects = BodyQuerySet.as_manager()

    class Meta:
        verbose_name = "organ"
        verbose_name_plural = "organ"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind__in=["council", "board"]), name="one_council_and_one_board"
            ),
            models.CheckConstraint(
                condition=~Q(kind="council") | Q(owner="municipality"), name="the_council_is_the_municipalitys"
            ),
            models.CheckConstraint(
                condition=Q(meets_min=None) | Q(meets_max=None) | Q(meets_min__lte=F("meets_max")),
                name="body_meets_min_to_max",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def room(self) -> str:
        return PLATFORM if self.owner == self.Owner.PLATFORM else ""

    @property
    def decides(self) -> bool:
        """The council advises: "ingen egen beslutanderätt enligt kommunallagen" (Plattformens sida)."""
        return self.kind != self.Kind.COUNCIL

    @property
    def audiences(self) -> list[Audience]:
        """For whom its meetings and papers may be, the one proposed first."""
        if self.owner == self.Owner.PLATFORM:
            return [Audience.BOARD, Audience.MEMBERS, Audience.PUBLIC]
        return [Audience.STAFF, Audience.PUBLIC]

    @property
    def has_seats(self) -> bool:
        return self.kind not in (self.Kind.ANNUAL_MEETING, self.Kind.MEMBER_MEETING)

    @property
    def task_list(self) -> list[str]:
        return [line for line in self.tasks.splitlines() if line.strip()]

    def handlers(self) -> list[User]:
        """Who is told when something has to be done: the staff who handle its meetings, or the board's own officers."""
        if permission := HANDLED_WITH.get(self.owner):
            return list(User.objects.with_permission(permission))
        seats = Seat.objects.on_board().held_on(timezone.localdate()).filter(role__in=Seat.OFFICERS)
        emails = [email for email in seats.values_list("person__email", flat=True) if email]
        return list(User.objects.filter(email__in=emails, is_active=True))


# What staff need to call a body's meetings and write its minutes. The association's are nobody's of theirs.
HANDLED_WITH: dict[str, str] = {
    Body.Owner.MUNICIPALITY: "council.handle_meeting",
    Body.Owner.JOINT: "council.handle_steering_meeting",
}


class CompositionQuerySet(models.QuerySet["Composition"]):
    def in_force(self, day: date) -> Composition | None:
        """The latest that began, or was known, by `day`; before the first one, the first."""
        rows = self.annotate(since=Coalesce("first_day", "known_by"))
        return rows.filter(since__lte=day).order_by("-since").first() or rows.order_by("since").first()


class Composition(models.Model):
    """How many seats each side has in the council. The sources contradict each other, so each row names its own."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="compositions", verbose_name="organ")
    seats_politics = models.PositiveSmallIntegerField("platser för politiken")
    seats_civil = models.PositiveSmallIntegerField("platser för civilsamhället")
    first_day = models.DateField("från och med", null=True, blank=True)
    known_by = models.DateField("känd senast", null=True, blank=True, help_text="När första dagen inte är känd.")
    since_text = models.CharField("från när, i ord", max_length=150, blank=True)
    as_stated = models.TextField("så står det i källan", blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")

    objects = CompositionQuerySet.as_manager()

    class Meta:
        verbose_name = "sammansättning"
        verbose_name_plural = "sammansättningar"
        ordering = [Coalesce("first_day", "known_by")]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__isnull=False) | Q(known_by__isnull=False), name="composition_has_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seats_politics} + {self.seats_civil}"

    def seats(self, side: str) -> int:
        return self.seats_politics if side == Seat.Side.POLITICS else self.seats_civil


class Term(models.Model):
    """A period for which seats are elected. The board's is set by its annual meeting."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="terms", verbose_name="organ")
    label = models.CharField("period", max_length=40)
    first_day = models.DateField("första dag")
    last_day = models.DateField("sista dag", null=True, blank=True)
    elected_on = models.DateField("vald den", null=True, blank=True)
    year_only = models.BooleanField("bara året är känt", default=False)
    note = models.TextField("anmärkning", blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")

    class Meta:
        verbose_name = "mandatperiod"
        verbose_name_plural = "mandatperioder"
        ordering = ["-first_day"]
        constraints = [
            models.UniqueConstraint(fields=["body", "label"], name="term_label_once"),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="term_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class SeatQuerySet(models.QuerySet["Seat"]):
    def held_on(self, day: date) -> Self:
        """From the first day to the last, both included."""
        return self.filter(Q(last_day=None) | Q(last_day__gte=day), first_day__lte=day)

    def begins_after(self, day: date) -> Self:
        """Elected, and not yet there."""
        return self.filter(first_day__gt=day)

    def overlapping(self, first_day: date, last_day: date | None) -> Self:
        began = self.filter(first_day__lte=last_day) if last_day else self
        return began.filter(Q(last_day=None) | Q(last_day__gte=first_day))

    def on_board(self) -> Self:
        return self.filter(body__kind=Body.Kind.BOARD)

    def of(self, user: Any) -> Self:
        """The seats of whoever has this account. Nothing else opens the room: no flag, no group, no superuser."""
        if not (user.is_authenticated and user.is_active and user.email):
            return self.none()
        return self.filter(person__email=user.email.lower())

    def in_room(self, user: Any) -> Self:
        """The seats that open the board's room to `user` today.

        Only by an account that was started over when its address came to the board: what somebody else had set on it
        before, a password say, opens nothing.
        """
        if not getattr(user, "opens_rooms", False):
            return self.none()
        return self.of(user).on_board().held_on(timezone.localdate())

    def deciding(self, user: Any) -> Self:
        """Those of them that decide too: auditors and the nominating committee read only."""
        return self.in_room(user).exclude(role__in=Seat.READERS)

    def ordinary(self) -> Self:
        return self.exclude(role=Seat.Role.SUBSTITUTE)

    def substitutes(self) -> Self:
        return self.filter(role=Seat.Role.SUBSTITUTE)

    def hiding_names(self) -> Self:
        """For an organisation that staff have marked. A party is none: politicians make it public (GDPR art. 9.2 e)."""
        return self.for_everyone().filter(
            Q(organisation__representative_names=RepresentativeNames.HIDDEN)
            | Q(organisation=None, party="", stated_organisation_hides_names=True)
        )

    def for_everyone(self) -> Self:
        """With what `public_name` asks for, however many they are."""
        marked = Organisation.objects.hiding_names().called(models.OuterRef("organisation_as_stated"))
        rows = self.select_related("body", "term", "person", "organisation")
        return rows.annotate(stated_organisation_hides_names=models.Exists(marked))

    def in_order(self) -> Self:
        return self.order_by("side", models.Case(*_ROLE_ORDER, default=9), "order", "pk")


class Seat(models.Model):
    """One person in one body from a first to a last day. Access follows the days, with nobody having to remember."""

    class Side(models.TextChoices):
        NONE = "", "–"
        POLITICS = "politics", "Politiken"
        CIVIL = "civil", "Civilsamhället"

    class Role(models.TextChoices):
        CHAIR = "chair", "Ordförande"
        VICE_CHAIR = "vice_chair", "Vice ordförande"
        SECRETARY = "secretary", "Sekreterare"
        TREASURER = "treasurer", "Kassör"
        MEMBER = "member", "Ledamot"
        SUBSTITUTE = "substitute", "Ersättare"
        AUDITOR = "auditor", "Revisor"
        NOMINATING = "nominating", "Valberedning"
        NOT_STATED = "not_stated", "Ej angiven"

    OFFICERS = (Role.CHAIR, Role.VICE_CHAIR, Role.SECRETARY)
    READERS = (Role.AUDITOR, Role.NOMINATING)

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats", verbose_name="organ")
    term = models.ForeignKey(
        Term, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name="mandatperiod"
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="seats", verbose_name="person")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name="organisation"
    )
    organisation_as_stated = models.CharField("organisation som källan skriver den", max_length=200, blank=True)
    party = models.CharField("parti", max_length=60, blank=True)
    side = models.CharField("sida", max_length=10, choices=Side, blank=True, default="")
    role = models.CharField("roll", max_length=12, choices=Role, default=Role.MEMBER)
    order = models.PositiveSmallIntegerField("ordning", default=1)
    first_day = models.DateField("första dag")
    last_day = models.DateField("sista dag", null=True, blank=True)
    elected_on = models.DateField("vald den", null=True, blank=True)
    end_reason = models.CharField("varför uppdraget upphörde", max_length=200, blank=True)
    calendar_key = models.CharField(max_length=40, unique=True, default=tokens.new_key, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name="källa")
    made_up = models.BooleanField("påhittad (demo)", default=False, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = "uppdrag"
        verbose_name_plural = "uppdrag"
        ordering = ["body", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="seat_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(side="politics") | (~Q(party="") & Q(organisation=None)), name="politics_has_a_party"
            ),
            models.CheckConstraint(
                condition=~Q(side="civil") | Q(organisation__isnull=False), name="civil_has_an_organisation"
            ),
            models.CheckConstraint(condition=Q(side__in=["", "politics", "civil"]), name="seat_side"),
        ]
        # One chair at a time, and one seat a person at a time in a body: migration 0002 has what both databases ask.

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display().lower()})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Two who fill the same body's seats at once stand in line: the body is locked while the rules are asked."""
        with transaction.atomic():
            Body.objects.select_for_update().get(pk=self.body_id)
            if problem := self._problem():
                raise Refused(problem[1])
            super().save(*args, **kwargs)

    @property
    def room(self) -> str:
        return self.body.room

    @property
    def decides(self) -> bool:
        return self.role not in self.READERS

    @property
    def represents(self) -> str:
        """The organisation or the party, as it is to be shown."""
        if self.party:
            return self.party
        return self.organisation.name if self.organisation else self.organisation_as_stated

    @cached_property
    def stated_organisation_hides_names(self) -> bool:
        """Of an organisation that is known by the name in the source only. SeatQuerySet.for_everyone has it ready."""
        return Organisation.objects.hiding_names().called(self.organisation_as_stated).exists()

    @property
    def hides_name(self) -> bool:
        if self.party or self.organisation:
            return bool(self.organisation and self.organisation.hides_names)
        return bool(self.organisation_as_stated) and self.stated_organisation_hides_names

    @property
    def name_in_room(self) -> str:
        """The name goes with the office; long afterwards the organisation is enough (GDPR)."""
        return "" if self.last_day and self.last_day < named_since() else self.person.name

    @property
    def public_name(self) -> str:
        """What everyone may read, on every page and in every file: nothing for a seat whose name is hidden."""
        return "" if self.hides_name else self.name_in_room

    @property
    def public_label(self) -> str:
        """The name, or a sentence in its place."""
        return self.public_name or (NAME_HIDDEN if self.hides_name else "Namnet visas inte längre")

    def is_held_on(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    # Rules -----------------------------------------------------------------------------------------------------

    def clean(self) -> None:
        if self.body_id and self.person_id and self.first_day and (problem := self._problem()):
            raise ValidationError({problem[0]: problem[1]})

    def _problem(self) -> tuple[str, str] | None:
        """What stands in the way, with the field it is about."""
        if self.last_day and self.last_day < self.first_day:
            return "last_day", "Sista dagen är före den första. Rätta något av datumen."
        return self._problem_of_kind() or self._problem_of_others() or self._problem_of_composition()

    def _problem_of_kind(self) -> tuple[str, str] | None:
        council = self.body.kind == Body.Kind.COUNCIL
        if council and not self.side:
            return "side", "Välj vilken sida platsen hör till: politiken eller civilsamhället."
        if not council and self.side:
            return "side", "Bara Rådets platser har sidor. Lämna fältet tomt."
        if self.side == self.Side.POLITICS and not self.party:
            return "party", "Skriv vilket parti ledamoten företräder."
        if self.side == self.Side.POLITICS and self.organisation_id:
            return "organisation", "En politiker företräder ett parti. Ta bort organisationen."
        if self.side == self.Side.CIVIL and not self.organisation_id:
            return "organisation", "Välj vilken organisation ledamoten kommer från."
        if self.body.kind == Body.Kind.STEERING_GROUP and not self.represents:
            return ("organisation", "Välj organisation, eller skriv vilken förvaltning ledamoten kommer från.")
        return None

    def _problem_of_others(self) -> tuple[str, str] | None:
        others = Seat.objects.filter(body=self.body_id).exclude(pk=self.pk).select_related("person")
        others = others.overlapping(self.first_day, self.last_day)
        if same := others.filter(person=self.person_id).first():
            return "person", f"{same.person.name} har redan ett uppdrag i {self.body} {_period(same)}."
        if self.role == self.Role.CHAIR and (chair := others.filter(role=self.Role.CHAIR).first()):
            return "role", f"{chair.person.name} är ordförande {_period(chair)}. Det kan bara finnas en i taget."
        return None

    def _problem_of_composition(self) -> tuple[str, str] | None:
        """Never more ordinary seats on a side than the composition has, on any day."""
        if not self.side or self.role == self.Role.SUBSTITUTE:
            return None
        others = Seat.objects.filter(body=self.body_id, side=self.side).exclude(pk=self.pk).ordinary()
        rivals = list(others.overlapping(self.first_day, self.last_day))
        days = [self.first_day, *(seat.first_day for seat in rivals if seat.first_day > self.first_day)]
        for day in days:
            composition = Composition.objects.filter(body=self.body_id).in_force(day)
            if composition is None:
                continue
            most, held = composition.seats(self.side), sum(1 for seat in rivals if seat.is_held_on(day))
            if held >= most:
                side = self.Side(self.side).label.lower()
                return "side", f"Alla {most} platser för {side} är upptagna den {date_format(day, 'j F Y')}."
        return None

    # Verbs -----------------------------------------------------------------------------------------------------

    def end(self, *, by: Actor, last_day: date, reason: str) -> None:
        """The seat ends before its term, for a stated reason. What it opened is closed from the next day."""
        with transaction.atomic():
            Body.objects.select_for_update().get(pk=self.body_id)  # first, as where seats are filled
            self.refresh_from_db(from_queryset=Seat.objects.select_for_update())
            if not reason.strip():
                raise Refused("Skriv varför uppdraget upphör.")
            if self.last_day and last_day > self.last_day:
                raise Refused(f"Uppdraget upphör redan den {date_format(self.last_day, 'j F Y')}.")
            self.last_day, self.end_reason = last_day, reason.strip()[:200]
            self.save(update_fields=["last_day", "end_reason"])
            record(self, "end", by=by, label="Uppdraget avslutades", reason=reason, last_day=last_day)

    def welcome(self, *, by: Actor) -> None:
        """A new board member gets an account and a letter that tells how to come in.

        An account that is there already is started over, unless it opens the room today.
        """
        if not self.person.email:
            return
        account = User.objects.filter(email=self.person.email).first()
        if account is None:
            account = User.objects.create_user(self.person.email, None, name=self.person.name)
            record(self, "open_account", by=by, label="Fick ett konto")
        elif not Seat.objects.exclude(pk=self.pk).in_room(account).exists():
            record(self, "start_over", by=by, label="Kontot började om, utan lösenord från förut")
        else:
            letters.send(self, "welcome", to=self.person.email, context={"person": self.person})
            return
        account.start_over()
        letters.send(self, "welcome", to=self.person.email, context={"person": self.person})

    def renew_calendar(self, *, by: Actor) -> None:
        """A new secret address: the old one shows nothing from now on."""
        self.calendar_key = tokens.new_key()
        self.save(update_fields=["calendar_key"])
        record(self, "renew_calendar", by=by, label="Kalenderns hemliga adress byttes")


def named_since() -> date:
    """The last day of a seat whose name is still published, at the earliest."""
    return timezone.localdate() - timedelta(days=365 * settings.SEAT_NAME_YEARS)


_ROLE_ORDER = [models.When(role=role, then=models.Value(n)) for n, role in enumerate(Seat.Role.values)]


def _period(seat: Seat) -> str:
    first = date_format(seat.first_day, "j F Y")
    return f"{first}–{date_format(seat.last_day, 'j F Y')}" if seat.last_day else f"från och med {first}"
