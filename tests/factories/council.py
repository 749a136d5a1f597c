"""Bodies, seats, members and meetings for tests, made through the real verbs. Names are made up."""

from datetime import date, timedelta
from uuid import uuid4

import time_machine
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents.audiences import Audience
from council.models import Body, Meeting, Membership, Minutes, Participant, Seat
from organisations.models import Organisation, Person
from tests import factories

BODIES = [
    ("radet", "Rådet för civilsamhällesfrågor", "council", "municipality"),
    ("styrelsen", "Plattformens styrelse", "board", "platform"),
    ("arsmote", "Plattformens årsmöte", "annual_meeting", "platform"),
    ("medlemsmote", "Plattformens medlemsmöte", "member_meeting", "platform"),
]
BY = Actor("Testaren")
TEXT = "§ 1 Mötet öppnas\nDiskussion: Ordföranden hälsar alla välkomna.\n\n§ 2 Läget\nDiskussion: Vi talade om läget.\n"


def make_bodies() -> dict[str, Body]:
    """The four bodies by their kind, the council with five seats on each side."""
    for slug, name, kind, owner in BODIES:
        body, created = Body.objects.get_or_create(slug=slug, defaults={"name": name, "kind": kind, "owner": owner})
        if created and kind == "council":
            body.legal_nature = "Rådet har ingen egen beslutanderätt enligt kommunallagen."
            body.meets_min, body.meets_max = 4, 5
            body.save()
            body.compositions.create(seats_politics=5, seats_civil=5, known_by=date(2018, 6, 30))
    return {body.kind: body for body in Body.objects.all()}


def letters() -> str:
    """Something of its own in each name, and never what looks like a number of a person or a telephone."""
    return uuid4().hex[:12].translate(str.maketrans("0123456789", "ghijklmnop"))


def make_organisation_joined(name: str = "") -> Organisation:
    """On the public list, as an organisation from the source is."""
    organisation = factories.make_organisation(name or f"Förening {letters()}")
    organisation.accessions.create(state="joined", method="source", known_from=date(2020, 3, 5))
    return organisation


def make_person(name: str = "", email: str = "") -> Person:
    n = letters()
    return Person.objects.create(name=name or f"Person {n}", email=email or f"{n}@exempel.se")


def make_board_seat(
    user: User | None = None, *, role: str = "member", first_day: date | None = None, last_day: date | None = None,
    organisation: Organisation | None = None, name: str = "", email: str = "",
) -> Seat:  # fmt: skip
    """A seat on Plattformen's board, held today unless told otherwise; `user` is who holds it."""
    if user:
        open_room(user)
    person = make_person(name or (user.name if user else ""), user.email if user else email)
    return Seat.objects.create(
        body=make_bodies()["board"],
        person=person,
        organisation=organisation or make_organisation_joined(),
        role=role,
        first_day=first_day or timezone.localdate() - timedelta(days=30),
        last_day=last_day,
    )


def make_board_member(role: str = "member", **fields: object) -> User:
    """A signed-in-able member of the board, with no role or permission but the seat."""
    user = factories.make_user("")
    make_board_seat(user, role=role, **fields)
    return user


def open_room(user: User) -> None:
    """As when the board has welcomed the user, who has chosen a password since."""
    user.rooms_opened_for = user.email
    user.save(update_fields=["rooms_opened_for"])


def make_council_seat(side: str = "civil", *, role: str = "member", name: str = "", **fields: object) -> Seat:
    council = make_bodies()["council"]
    belongs = {"party": "Partiet"} if side == "politics" else {"organisation": make_organisation_joined()}
    first = timezone.localdate() - timedelta(days=30)
    facts = {"body": council, "person": make_person(name), "side": side, "role": role, "first_day": first}
    return Seat.objects.create(**facts | belongs | fields)


def make_steering_group(slug: str = "styrgrupp-sprakcafe") -> Body:
    """With somebody from an organisation in the chair, and somebody from a unit of the municipality."""
    name = f"Styrgruppen {letters()}"
    body = Body.objects.create(slug=slug, name=name, kind=Body.Kind.STEERING_GROUP, owner=Body.Owner.JOINT)
    fill_steering_group(body)
    return body


def fill_steering_group(body: Body) -> None:
    facts = {"body": body, "first_day": timezone.localdate() - timedelta(days=30)}
    Seat.objects.create(person=make_person(), organisation=make_organisation_joined(), role="chair", **facts)
    Seat.objects.create(person=make_person(), organisation_as_stated="Kulturförvaltningen", **facts)


def make_member(organisation: Organisation | None = None, *, state: str = "member", email: str = "") -> Membership:
    """A membership in `state`, brought there by the verbs that lead there."""
    bodies = make_bodies()
    organisation = organisation or make_organisation_joined()
    email = email or f"{letters()}@exempel.se"
    membership = Membership.begin(
        organisation=organisation, name="Kim Kontakt", email=email, motivation="Vi vill vara med."
    )
    if state == "begun":
        return membership
    if state == "withdrawn":
        membership.withdraw(by=membership.applicant)
        return membership
    membership.confirm(by=membership.applicant)
    if state == "applied":
        return membership
    today = timezone.localdate()
    seat = Seat.objects.filter(body=bodies["board"]).held_on(today).first() or make_board_seat(role="chair")
    note = "Styrelsemöte, § 7"
    if state == "rejected":
        membership.reject(by=BY, seat=seat, decision_note=note, reason="Ni är inte verksamma här.")
        return membership
    membership.accept(by=BY, seat=seat, decision_note=note)
    if state == "left":
        membership.leave(by=membership.applicant)
    elif state == "excluded":
        membership.exclude(by=BY, seat=seat, decision_note=note, reason="Ni har brutit mot stadgarna.")
    elif state != "member":
        raise ValueError(state)
    return membership


def end_accession(organisation: Organisation) -> None:
    """The organisation is no longer joined."""
    Accession.objects.filter(organisation=organisation).update(state="ended", ended_on=timezone.localdate())


def people(body: Body) -> None:
    """Enough seats for a meeting to be called and signed off."""
    if body.seats.exists():
        return
    if body.kind == "council":
        make_council_seat("politics", role="chair", name="Per Ordförande")
        make_council_seat("civil", name="Siv Justerare")
        make_council_seat("politics", name="Pia Politiker")
        make_council_seat("civil", role="substitute", name="Eva Ersättare")
    elif body.kind == "board":
        for role, name in (("chair", "Ulla Ordförande"), ("member", "Jan Justerare"), ("member", "Moa Medlem")):
            make_board_seat(role=role, name=name)
    else:
        for _ in range(2):
            make_member()


def make_meeting(body: Body | None = None, *, state: str = "planned", days: int = 20, **fields: object) -> Meeting:
    """A meeting in `state`, by the verbs that lead there; `days` from now for the states before it is held.

    Held meetings were held today at the time that the test travels to, and the test is back in its own time after.
    """
    body = body or make_bodies()["council"]
    people(body)
    shown = {"council": Audience.PUBLIC, "steering_group": Audience.PUBLIC, "board": Audience.BOARD}
    audience = shown.get(body.kind, Audience.MEMBERS)
    start = (timezone.localtime() + timedelta(days=days)).replace(hour=17, minute=0, second=0, microsecond=0)
    facts = {"starts_at": start, "ends_at": start + timedelta(hours=2), "place": "Fittja", "audience": audience}
    meeting = Meeting.objects.create(body=body, **facts | fields)
    for order, title in enumerate(("Mötet öppnas", "Läget"), start=1):
        meeting.items.create(order=order, title=title)
    if state == "planned":
        return meeting
    early = meeting.starts_at - timedelta(days=19)
    if state == "cancelled":
        meeting.call(by=BY, late_reason="Brådskande.")
        meeting.cancel(by=BY, reason="Lokalen brann.")
        return meeting
    if state == "called":
        meeting.call(by=BY, late_reason="Brådskande.")
        return meeting
    # What follows lies in the past: the meeting was 3 hours ago.
    start = timezone.now() - timedelta(hours=3)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    meeting.refresh_from_db()
    early = start - timedelta(days=10)
    with time_machine.travel(early, tick=False):
        meeting.call(by=BY)
    hold(meeting)
    if state == "held":
        return meeting
    minutes = write(meeting)
    minutes.draw_up(by=BY)
    meeting.refresh_from_db()
    if state == "drawn_up":
        return meeting
    sign_off(meeting)
    if state == "signed_off":
        return meeting
    if state != "published":
        raise ValueError(state)
    meeting.publish(by=BY, audience=audience, privacy_reviewed=True)
    return meeting


def attend(meeting: Meeting) -> list[Participant]:
    """Everyone present; whoever chairs the body, or the first, is the chair, and the next one the signer."""
    people = sorted(meeting.participants.order_by("pk"), key=lambda p: p.role != Seat.Role.CHAIR.label)
    for n, participant in enumerate(people):
        participant.presence = Participant.Presence.PRESENT
        participant.duty = {0: "chair", 1: "signer"}.get(n, "")
        participant.save()
    return people


def hold(meeting: Meeting) -> None:
    attend(meeting)
    meeting.hold(by=BY, secretary_name="Sam Sekreterare")


def write(meeting: Meeting, text: str = TEXT) -> Minutes:
    minutes = Minutes.of(meeting)
    minutes.write(by=BY, text=text, base=minutes.revision)
    return minutes


def sign_off(meeting: Meeting) -> None:
    """Everyone who is asked signs, each in a session of their own."""
    for signature in meeting.minutes.current_round.signatures.all():
        signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
    meeting.refresh_from_db()
