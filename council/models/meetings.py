"""Meetings: called with an agenda, held by those present. What has been said in a notice stands in the notice."""

from __future__ import annotations

from datetime import date
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.models import Actor, Case, Event, Refused, RegistryEntry, record, register
from botkyrka_civil.casework.signing import checksum
from botkyrka_civil.documents import audiences
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import store
from botkyrka_civil.lib import tokens

from .. import notices
from . import states
from .agenda import Notice
from .bodies import Body
from .participants import Participant
from .states import MeetingState as State

HELD = (State.HELD, State.DRAWN_UP, State.SIGNED_OFF, State.PUBLISHED)


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Any) -> Self:
        """That the meeting takes place, and its notice: announced, to the audience it was announced to.

        Every list, page, feed and calendar asks this.
        """
        return self.filter(announced=True, audience__in=audiences.of(user))

    def with_minutes_for(self, user: Any) -> Self:
        """Whose minutes `user` may read: published to an audience of theirs, or handed over to the municipality."""
        mine = audiences.of(user)
        published = Q(state=State.PUBLISHED, minutes_audience__in=mine)
        handed_over = Q(handed_over_at__isnull=False) if Audience.STAFF in mine else Q(pk__in=[])
        return self.filter(published | handed_over)

    def ours(self) -> Self:
        """What the municipality holds: its own, and what the association has handed over."""
        return self.filter(Q(body__in=Body.objects.ours()) | Q(handed_over_at__isnull=False))

    def handled_by(self, user: Any) -> Self:
        return self.filter(body__in=Body.objects.handled_by(user))

    def of_kind(self, *kinds: str) -> Self:
        return self.filter(body__kind__in=kinds)

    def upcoming(self) -> Self:
        return self.filter(ends_at__gte=timezone.now(), state__in=[State.PLANNED, State.CALLED]).order_by("starts_at")

    def past(self) -> Self:
        return self.exclude(state=State.CANCELLED).filter(starts_at__lt=timezone.now()).order_by("-starts_at")

    def coming(self) -> Self:
        """Not over yet. What is called off is there too: a list says so instead of leaving it out."""
        return self.filter(ends_at__gte=timezone.now()).order_by("starts_at")

    def over(self) -> Self:
        return self.filter(ends_at__lt=timezone.now()).order_by("-starts_at")

    def held(self) -> Self:
        return self.filter(state__in=HELD)

    def in_year(self, year: int) -> Self:
        return self.filter(starts_at__year=year)

    def unfinished(self) -> Self:
        """Something remains to be done: to call, to note who came, to write, to sign off."""
        return self.filter(state__in=[State.PLANNED, State.CALLED, State.HELD, State.DRAWN_UP]).order_by("starts_at")

    def signed_off(self) -> Self:
        """With minutes that no longer change, the latest first."""
        return self.filter(state__in=[State.SIGNED_OFF, State.PUBLISHED]).order_by("-starts_at")

    def to_publish(self) -> Self:
        return self.filter(state=State.SIGNED_OFF)


class Meeting(Case):
    """One meeting of a body. The row and its agenda are the working copy; what was sent stands in its notices."""

    State = State
    TRANSITIONS = states.MEETING

    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings", verbose_name="organ")
    title = models.CharField("rubrik", max_length=150, blank=True, help_text="Till exempel ”Extra möte om budgeten”.")
    starts_at = models.DateTimeField("börjar")
    ends_at = models.DateTimeField("slutar")
    place = models.CharField("plats", max_length=200, blank=True)
    online_link = models.URLField(
        "länk för att delta på distans", blank=True, help_text="Står bara i kallelsen till de kallade."
    )
    state = models.CharField("läge", max_length=12, choices=State, default=State.PLANNED, editable=False)
    announced = models.BooleanField(
        "datumet får synas redan nu", default=False, help_text="Annars syns mötet först när kallelsen har gått ut."
    )
    audience = models.CharField("mötet visas för", max_length=10, choices=Audience)
    minutes_audience = models.CharField("protokollet visas för", max_length=10, choices=Audience, blank=True)
    slug = models.SlugField("adress", max_length=20, editable=False)
    uid = models.UUIDField(unique=True, default=uuid4, editable=False)
    sequence = models.PositiveIntegerField("kalenderns löpnummer", default=0, editable=False)
    also_present = models.TextField("övriga närvarande", blank=True)
    quorum_note = models.CharField("beslutsförhet", max_length=200, blank=True)
    secretary_name = models.CharField("sekreterare", max_length=150, blank=True)
    late_reason = models.CharField("varför kallelsen gick ut sent", max_length=300, blank=True)
    cancel_reason = models.CharField("varför mötet ställdes in", max_length=300, blank=True)
    called_at = models.DateTimeField("kallelsen gick ut", null=True, blank=True)
    published_at = models.DateTimeField("protokollet publicerades", null=True, blank=True)
    privacy_reviewed_by = models.CharField("personuppgifter granskade av", max_length=150, blank=True)
    handed_over_at = models.DateTimeField("lämnat till kommunen", null=True, blank=True)
    registry_entry = models.OneToOneField(
        RegistryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diariepost"
    )
    made_up = models.BooleanField("påhittat (demo)", default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    modified_at = models.DateTimeField(auto_now=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "möte"
        verbose_name_plural = "möten"
        ordering = ["-starts_at", "pk"]
        permissions = [
            ("handle_meeting", "Får kalla till Rådets möten och skriva protokoll"),
            ("handle_steering_meeting", "Får kalla till styrgruppernas möten och skriva protokoll"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="meeting_state"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_starts"),
            models.UniqueConstraint(fields=["body", "slug"], name="meeting_address_once_per_body"),
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(privacy_reviewed_by="")),
                name="published_minutes_were_reviewed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.body.name}, {date_format(timezone.localtime(self.starts_at), 'j F Y')}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Until the notice goes out the address follows the day; after that it moves with the notice."""
        if not self.called_at and self._address_is_old():
            self.slug = self._free_address()
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, "slug"}
        super().save(*args, **kwargs)

    def _address_is_old(self) -> bool:
        return self.slug[:10] != str(self.day)

    def _free_address(self) -> str:
        """The day of the meeting, with a number if the body meets twice that day."""
        day = str(self.day)
        others = Meeting.objects.filter(body=self.body_id, slug__startswith=day).exclude(pk=self.pk)
        taken = set(others.values_list("slug", flat=True))
        return next(s for s in [day, *(f"{day}-{n}" for n in range(2, len(taken) + 3))] if s not in taken)

    def get_absolute_url(self) -> str:
        if self.body.kind == Body.Kind.COUNCIL:
            return reverse("council:meeting", args=[self.slug])
        name = "steering_meeting" if self.body.kind == Body.Kind.STEERING_GROUP else "platform_meeting"
        return reverse(f"council:{name}", args=[self.body.slug, self.slug])

    @property
    def room(self) -> str:
        return self.body.room

    @property
    def day(self) -> date:
        return timezone.localtime(self.starts_at).date()

    @property
    def has_been(self) -> bool:
        return self.starts_at <= timezone.now()

    # Planning --------------------------------------------------------------------------------------------------

    @property
    def editable(self) -> bool:
        """Until the meeting is held. Once called, what is changed is said in a new version of the notice."""
        return self.state in (State.PLANNED, State.CALLED)

    def plan(self, *, by: Actor) -> None:
        """A new meeting, as the form has set it. The body's meetings of a day get their addresses in line."""
        with transaction.atomic():
            Body.objects.select_for_update().get(pk=self.body_id)
            self._refuse_impossible()
            self.save()
            record(self, "plan", by=by, label="Mötet planerades", to_state=self.state)

    def change(self, *, by: Actor) -> None:
        """Save what the form has set on the row. A date that stands in calendars moves there with its number."""
        with transaction.atomic():
            now = Meeting.objects.select_for_update().get(pk=self.pk)
            if not now.editable:
                raise Refused("Mötet är genomfört eller inställt. Nu går det inte att ändra.")
            self._refuse_impossible()
            if now.state == State.CALLED:
                self._refuse_after_the_call(now)
            if now.announced and now.state == State.PLANNED:
                self.sequence = now.sequence + 1
            self.state = now.state
            self.save()
            record(self, "change", by=by, label="Mötet ändrades")

    def _refuse_impossible(self) -> None:
        if self.ends_at <= self.starts_at:
            raise Refused("Mötet slutar innan det börjar. Rätta någon av tiderna.")
        if self.audience not in self.body.audiences:
            raise Refused(f"{self.body} kan inte visa sina möten för dem som du har valt.")

    def _refuse_after_the_call(self, now: Meeting) -> None:
        """What takes effect at once must not go round the notice: who is told of it, and a day that has been."""
        if self.audience != now.audience:
            raise Refused("Kallelsen har gått ut, så det går inte längre att ändra vem mötet visas för.")
        if self.has_been and not now.has_been:
            raise Refused("Mötet är kallat. Välj en tid som inte har passerat, eller ställ in mötet.")

    def notice_content(self, version: int) -> dict[str, Any]:
        """The notice as it would be sent now. Frozen in a Notice when it is."""
        items = self.items.select_related("principle", "action_item").prefetch_related("documents__current__file")
        return {
            "schema": "kallelse/1",
            "version": version,
            "body": {"name": self.body.name, "kind": self.body.kind},
            "title": self.title,
            "starts_at": timezone.localtime(self.starts_at).isoformat(),
            "ends_at": timezone.localtime(self.ends_at).isoformat(),
            "place": self.place,
            "items": [item.content() for item in items],
        }

    @property
    def latest_notice(self) -> Notice | None:
        return max(self.notices.all(), key=lambda notice: notice.version, default=None)

    @property
    def said(self) -> Meeting | Notice:
        """What lists show: the latest notice, never unsent edits; before there is one, the plan."""
        return self.latest_notice or self

    @property
    def unsent_changes(self) -> list[str]:
        """What differs from the notice that was sent, in sentences."""
        sent = self.latest_notice
        if sent is None or self.state != State.CALLED:
            return []
        found = notices.changes(sent.content, self.notice_content(sent.version))
        return [*found, "Ny länk för att delta på distans."] if sent.online_link != self.online_link else found

    # Calling ---------------------------------------------------------------------------------------------------

    @property
    def notice_due(self) -> date:
        return self.day - settings.NOTICE_PERIOD

    @property
    def notice_is_late(self) -> bool:
        return timezone.localdate() > self.notice_due

    def call(self, *, by: Actor, late_reason: str = "") -> None:
        """The notice goes to everyone with a seat on the day: agenda, papers and calendar entry."""
        with self.move("call", by=by, reason=late_reason):
            if self.has_been:
                raise Refused("Mötets tid har redan passerat. Ändra datumet innan du kallar.")
            if not self.items.exists():
                raise Refused("Dagordningen är tom. Lägg till minst en punkt innan du kallar.")
            if self.notice_is_late and not late_reason.strip():
                days = settings.NOTICE_PERIOD.days
                raise Refused(f"Kallelsen går ut mindre än {days} dagar före mötet. Skriv varför.")
            self._invite_seats()
            if not self.participants.exclude(email="").exists():
                raise Refused("Det finns ingen att kalla. Lägg till uppdrag med e-postadress först.")
            self.announced, self.called_at, self.late_reason = True, timezone.now(), late_reason.strip()[:300]
            self.state = State.CALLED
            self._send_notice(by, changes=[])

    def call_again(self, *, by: Actor) -> None:
        """What has changed since the notice went out is sent as a new version, to everyone again."""
        with self.move("call_again", by=by):
            changes = self.unsent_changes
            self._invite_seats()
            newcomers = self.participants.filter(invited_at=None).exclude(email="").exists()
            if not (changes or newcomers):
                raise Refused("Ingenting har ändrats sedan kallelsen gick ut.")
            if self.has_been:
                raise Refused("Mötets tid har redan passerat.")
            self._send_notice(by, changes=changes or ["Fler är kallade."])

    def cancel(self, *, by: Actor, reason: str) -> None:
        """Off, with a reason. Those who were called are told, and the calendars say so."""
        with self.move("cancel", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför mötet ställs in.")
            self.cancel_reason, self.sequence = reason.strip()[:300], self.sequence + 1
            self.state = State.CANCELLED
            if self.latest_notice:
                entry = notices.calendar_file(self)
                for participant in self.participants.called():
                    participant.write("cancelled", attachment=entry)

    def newcomers(self) -> list[Participant]:
        """Who is yet to be called: one a seat held on the day; for a general meeting, the members' own addresses."""
        from .memberships import Membership

        seats, emails = set(), {""}
        for seat_id, email in self.participants.values_list("seat_id", "email"):
            seats.add(seat_id)
            emails.add(email)
        held = self.body.seats.held_on(self.day).select_related("person", "organisation", "body").in_order()
        rows = [Participant.of_seat(self, seat) for seat in held if seat.pk not in seats]
        found = [row for row in rows if not row.email or row.email not in emails]  # a guest may have got a seat since
        if not self.body.has_seats:
            for membership in Membership.objects.active().select_related("organisation"):
                if membership.contact_email not in emails:  # one letter, though one address may stand for several
                    emails.add(membership.contact_email)
                    found.append(Participant.of_member(self, membership))
        return found

    def reseated(self) -> list[Participant]:
        """Who was called in a seat that ends before the meeting, and has another one then, as after an election."""
        held = {seat.person_id: seat for seat in self.body.seats.held_on(self.day).select_related("organisation")}
        found, taken = [], set(self.participants.values_list("seat_id", flat=True))
        for participant in self.participants.filter(seat__isnull=False).select_related("seat__person"):
            seat = participant.seat and held.get(participant.seat.person_id)
            if seat and seat.pk not in taken:
                participant.seat, participant.role = seat, seat.get_role_display()
                participant.organisation = seat.represents
                found.append(participant)
        return found

    def readdressed(self) -> list[Participant]:
        """Whose address has changed since they were called. The old link ends, and they get the whole notice anew."""
        found = []
        for participant in self.participants.filter(seat__isnull=False).select_related("seat__person"):
            address = participant.seat.person.email if participant.seat else ""
            if address and address != participant.email:
                participant.email, participant.key, participant.invited_at = address, tokens.new_key(), None
                found.append(participant)
        return found

    def _invite_seats(self) -> None:
        for participant in self.reseated():
            participant.save(update_fields=["seat", "role", "organisation"])
        moved = self.readdressed()
        self.participants.filter(pk__in=[participant.pk for participant in moved]).update(email="")  # two may swap
        for participant in [*self.newcomers(), *moved]:
            participant.save()

    def _send_notice(self, by: Actor, *, changes: list[str]) -> None:
        from .. import pdf

        self.sequence += 1
        if self._address_is_old():
            self.slug = self._free_address()
        version = self.notices.count() + 1
        content = self.notice_content(version)
        day = self.day.isoformat()
        data = pdf.notice_pdf(content, identifier=f"{self.uid}:{version}")
        notice = self.notices.create(
            version=version,
            content=content,
            content_sha256=checksum(content),
            online_link=self.online_link,
            changes=changes,
            sent_by=by.name,
            pdf=store(data, name=f"kallelse-{self.body.slug}-{day}-{version}.pdf", mime="application/pdf"),
        )
        entry = notices.calendar_file(self)
        for participant in self.participants.exclude(email="").select_related("seat"):
            if not participant.still_called:
                continue
            kind = "notice_changed" if participant.invited_at else "notice"
            participant.write(kind, notice=notice, attachment=entry)
            participant.invited_at = participant.invited_at or timezone.now()
            participant.save(update_fields=["invited_at"])

    # Holding ---------------------------------------------------------------------------------------------------

    def hold(self, *, by: Actor, secretary_name: str, also_present: str = "", quorum_note: str = "") -> None:
        """Who was there has been noted on the participants: chair, one or two signers, and who served for whom."""
        with self.move("hold", by=by):
            if not self.has_been:
                raise Refused("Mötet har inte börjat än. Närvaron antecknas när mötet har varit.")
            self._refuse_wrong_presence(list(self.participants.select_related("seat", "serves_for__seat")))
            self.secretary_name = secretary_name
            self.also_present, self.quorum_note = also_present, quorum_note

    def note_presence(self, people: list[Participant]) -> None:
        """Write what has been set on the participants: all of it, or nothing. Then the meeting is held or corrected."""
        self._refuse_wrong_presence(people)
        self.participants.update(duty="", serves_for=None)  # the earlier chair gives way to the new one
        for person in people:
            person.save(update_fields=["seat", "role", "organisation", "presence", "duty", "serves_for"])

    def correct_attendance(
        self, *, by: Actor, secretary_name: str, also_present: str = "", quorum_note: str = ""
    ) -> None:
        """Who was there may be noted again until the minutes are drawn up."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
            if self.state != State.HELD:
                raise Refused(
                    "Närvaron går inte att ändra nu. Är protokollet skickat för justering, ta tillbaka det först."
                )
            self._refuse_wrong_presence(list(self.participants.select_related("seat", "serves_for__seat")))
            self.secretary_name = secretary_name
            self.also_present, self.quorum_note = also_present, quorum_note
            self.save(update_fields=["secretary_name", "also_present", "quorum_note", "modified_at"])
            record(self, "correct_attendance", by=by, label="Närvaron rättades")

    def _refuse_wrong_presence(self, people: list[Participant]) -> None:
        duties = [p for p in people if p.duty]
        if sum(1 for p in duties if p.duty == Participant.Duty.CHAIR) != 1:
            raise Refused("Välj en ordförande för mötet.")
        if not 1 <= sum(1 for p in duties if p.duty == Participant.Duty.SIGNER) <= 2:
            raise Refused("Välj en eller två justerare, utöver ordföranden.")
        for person in duties:
            if person.presence != Participant.Presence.PRESENT:
                raise Refused(f"{person.name} var inte närvarande och kan inte justera protokollet.")
            if not person.email:
                raise Refused(f"{person.name} har ingen e-postadress och kan inte få någon länk för att justera.")
        served = [p.serves_for for p in people if p.serves_for]
        for person in people:
            person.refuse_wrong_service()
        if len({p.pk for p in served}) != len(served):
            raise Refused("Två ersättare kan inte tjänstgöra för samma person.")

    # Publishing ------------------------------------------------------------------------------------------------

    def publish(self, *, by: Actor, audience: str, privacy_reviewed: bool) -> None:
        """To whom the minutes are shown. Never before somebody has looked for personal data."""
        with self.move("publish", by=by, audience=audience):
            if not privacy_reviewed:
                raise Refused(
                    "Kryssa i att du har granskat protokollet och att inga känsliga personuppgifter står där."
                )
            if audience not in self.body.audiences:
                *others, last = (str(offered.label) for offered in reversed(self.body.audiences))
                raise Refused(f"Välj vem som får läsa protokollet: {', '.join(others)} eller {last}.")
            self.minutes.refuse_inaccessible(audience)
            self.minutes_audience, self.published_at = audience, timezone.now()
            self.privacy_reviewed_by = by.name
            if audience == Audience.PUBLIC:
                self._hand_over()

    def unpublish(self, *, by: Actor, reason: str) -> None:
        """Off the web again, when something stands there that must not. The minutes themselves stay."""
        with self.move("unpublish", by=by, reason=reason):
            if not reason.strip():
                raise Refused("Skriv varför protokollet tas bort från webben.")
            self.minutes_audience, self.published_at, self.privacy_reviewed_by = "", None, ""

    def hand_over(self, *, by: Actor) -> None:
        """The association gives its signed minutes to the municipality: then they are registered."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
            if self.body.owner != Body.Owner.PLATFORM or self.state not in (State.SIGNED_OFF, State.PUBLISHED):
                raise Refused("Bara Plattformens justerade protokoll lämnas till kommunen.")
            if self.handed_over_at:
                raise Refused("Protokollet är redan lämnat till kommunen.")
            self._hand_over()
            self.save(update_fields=["handed_over_at", "registry_entry"])
            record(self, "hand_over", by=by, label="Protokollet lämnades till kommunen")

    def _hand_over(self) -> None:
        if self.body.owner != Body.Owner.PLATFORM or self.handed_over_at:
            return
        self.handed_over_at = timezone.now()
        self.registry_entry = register(
            self,
            counterpart="Plattformen",
            matter=f"Protokoll från {self.body.name.lower()} den {date_format(self.day, 'j F Y')}",
            received_at=self.handed_over_at,
        )

    # What is late ----------------------------------------------------------------------------------------------

    @property
    def sign_off_due(self) -> date:
        return self.day + settings.SIGN_OFF_TARGET

    @property
    def overdue(self) -> str:
        """What should have been done by now, in a sentence; the targets are settings, not law."""
        today = timezone.localdate()
        if self.state == State.PLANNED and today > self.notice_due:
            return f"Kallelsen skulle ha gått ut senast den {date_format(self.notice_due, 'j F Y')}."
        if self.state == State.CALLED and self.has_been and today > self.day:
            return "Mötet har varit. Anteckna närvaron, eller ställ in mötet."
        if self.state in (State.HELD, State.DRAWN_UP) and today > self.sign_off_due:
            return f"Protokollet skulle ha varit justerat den {date_format(self.sign_off_due, 'j F Y')}."
        return ""

    def events(self) -> models.QuerySet[Event]:
        return Event.objects.of(self).order_by("-pk")
