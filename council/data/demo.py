"""Made-up life of Rådet and Plattformen for demo mode, so that no page and no queue is empty.

Everything is made by the real verbs on the days it should have happened, and marked as made up.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from agreement.data.demo import days_ago
from agreement.models import ActionItem, ActionPlan, AgreementVersion, Principle
from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Letter, record
from botkyrka_civil.documents import pdf
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Category, Document, Owner
from botkyrka_civil.documents.uploads import Upload
from organisations.models import Organisation, Person

from ..models import Body, Conference, Meeting, Membership, Minutes, Nomination, Participant, Registration, Seat

# Members of Plattformen, and who represents them on its board and in the council.
MEMBERS = [
    ("Påhittade föreningen Solrosen", "Amina Påhittsdotter", Seat.Role.CHAIR),
    ("Påhittade idrottsklubben Framåt", "Diego Testberg", Seat.Role.VICE_CHAIR),
    ("Påhittade konstföreningen Paletten", "Ingrid Exempelsson", Seat.Role.SECRETARY),
    ("Påhittade språkcaféet Ordet", "Rosa Testberg", Seat.Role.TREASURER),
    ("Påhittade grannföreningen Gården", "Meron Exempelsson", Seat.Role.MEMBER),
]
POLITICIANS = [
    ("Petra Provlund", "Påhittade partiet A", Seat.Role.CHAIR),
    ("Ahmed Exempelsson", "Påhittade partiet B", Seat.Role.MEMBER),
    ("Greta Testberg", "Påhittade partiet C", Seat.Role.MEMBER),
    ("Viktor Påhittsson", "Påhittade partiet D", Seat.Role.MEMBER),
    ("Nadia Provlund", "Påhittade partiet A", Seat.Role.SUBSTITUTE),
]
COUNCIL_AGENDA = [
    ("Mötet öppnas", "information", "", "", ""),
    ("Läget i föreningslivet", "information", "Plattformen", "Plattformen berättar om hösten.", ""),
    ("Lokaler för föreningar", "consultation", "Kultur och fritid", "Hur ska lokalerna räcka?", "dialog"),
    ("Uppföljning av Överenskommelsen", "statement", "Utvecklingsledaren", "Rådet följer upp principerna.",
     "kvalitet-och-langsiktighet"),
    ("Mötet avslutas", "information", "", "", ""),
]  # fmt: skip
BOARD_AGENDA = [
    ("Mötet öppnas", "information", "", "", ""),
    ("Ekonomi", "information", "Kassören", "", ""),
    ("Ansökningar om medlemskap", "decision", "Ordföranden", "", ""),
    ("Dialogkonferensen", "decision", "Ordföranden", "Program och lokal.", ""),
    ("Mötet avslutas", "information", "", "", ""),
]
TEXT = {
    "Läget": "Plattformen berättade att flera föreningar har fått fler medlemmar i höst.",
    "Lokaler": "Flera föreningar delar gärna lokal, om tiderna syns på ett ställe.",
    "Uppföljning": "Rådet gick igenom principerna en efter en.",
    "Ekonomi": "Kassören gick igenom påhittade siffror. Allt stämmer.",
    "Ansökningar": "Styrelsen gick igenom ansökningarna.",
    "Dialogkonferensen": "Temat blir hur unga kan ta plats i föreningslivet.",
}


def load_demo_council() -> None:
    """Each part is made when it is missing, whole or not at all. Needs the demo accounts and the demo cases."""
    for part, is_there in PARTS:
        if not is_there():
            with transaction.atomic():
                part()


def _actor(role: str) -> Actor:
    return Actor.of(User.objects.get(email=roles.read()[role]["demo"]))


def _post() -> None:
    for letter in Letter.objects.waiting():
        letters.deliver(letter.pk)


def _organisation(name: str) -> Organisation:
    return Organisation.objects.get(name=name)


def _address(name: str) -> str:
    first, last = name.lower().split()[0], name.lower().split()[-1]
    plain = f"{first}.{last}".translate(str.maketrans("åäöé", "aaoe"))
    return f"{plain}@example.org"


def _person(name: str, *, email: str = "") -> Person:
    return Person.objects.get_or_create(email=email or _address(name), defaults={"name": name, "made_up": True})[0]


def _at(days: int, hour: int = 17) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=days), time(hour)))


def _paper(title: str, *lines: str) -> Upload:
    data = pdf.render("agreement/demo/paper.html", {"heading": title, "lines": lines}, identifier=title)
    return Upload(data, f"{title.lower().replace(' ', '-')}.pdf", "application/pdf")


# Seats and members ------------------------------------------------------------------------------------------------


def seats() -> None:
    """A board with the demo account as its chair, and a council with a vacant seat on each side."""
    board, council = Body.objects.board(), Body.objects.council()
    first = timezone.localdate() - timedelta(days=230)
    last = first + timedelta(days=365)
    term = board.terms.create(label=f"{first.year}–{last.year}", first_day=first, last_day=last, elected_on=first)
    demo: dict[str, Any] = {"made_up": True, "first_day": first, "elected_on": first}
    for order, (name, person, role) in enumerate(MEMBERS, start=1):
        email = roles.read()["styrelse"]["demo"] if role == Seat.Role.CHAIR else ""
        facts: dict[str, Any] = {"person": _person(person, email=email), "organisation": _organisation(name)}
        board.seats.create(**facts, term=term, role=role, order=order, last_day=last, **demo)
    chair = User.objects.filter(email=roles.read()["styrelse"]["demo"])
    chair.update(rooms_opened_for=F("email"))  # with the password that is known to everyone
    mandate = council.terms.create(label="2023–2026", first_day=date(2023, 1, 1), last_day=date(2026, 12, 31))
    for order, (person, party, role) in enumerate(POLITICIANS, start=1):
        belongs: dict[str, Any] = {"party": party, "side": Seat.Side.POLITICS, "term": mandate}
        council.seats.create(person=_person(person), role=role, order=order, **belongs, **demo)


def members() -> None:
    """Memberships in every state, decided by the board."""
    chair = Seat.objects.on_board().get(role=Seat.Role.CHAIR, made_up=True)
    vice = Seat.objects.on_board().get(role=Seat.Role.VICE_CHAIR, made_up=True)
    by = _actor("styrelse")
    for name, person, _ in MEMBERS:
        _member(name, person, seat=vice if name == MEMBERS[0][0] else chair, by=by, days=220)
    gone = "Påhittade pensionärerna i Norsborg"  # its accession has ended: flagged, and the board looks at it
    old = Membership.objects.create(
        organisation=_organisation(gone), contact_name="Börje Exempelsson", contact_email="borje@example.org",
        state=Membership.State.MEMBER, applied_at=_at(-230), decided_at=_at(-229), made_up=True,
    )  # fmt: skip
    record(old, "enter", by=by, label="Lades till av styrelsen", to_state=old.state)
    with days_ago(6):
        waiting = _begin("Påhittade folkdansgillet Vrickan", "Gun Exempelsson", "Vi vill träffa andra som dansar.")
        waiting.confirm(by=waiting.applicant)
        _post()


def _begin(name: str, person: str, motivation: str = "Vi vill vara med.") -> Membership:
    email = _address(person)
    return Membership.begin(organisation=_organisation(name), name=person, email=email, motivation=motivation)


def _member(name: str, person: str, *, seat: Seat, by: Actor, days: int) -> None:
    with days_ago(days):
        membership = _begin(name, person)
        membership.confirm(by=membership.applicant)
        membership.accept(by=by, seat=seat, decision_note="Styrelsemöte, § 4")
        _post()


def nominations() -> None:
    """Three appointed, one waiting for the municipality, one proposed, one declined: a seat is vacant meanwhile."""
    board, secretary = _actor("styrelse"), _actor("sekreterare")
    first = timezone.localdate() - timedelta(days=200)
    people = [("Amina Påhittsdotter", 0), ("Diego Testberg", 1), ("Samir Påhittsson", 2), ("Anders Provlund", 3),
              ("Lotta Påhittsdotter", 4), ("Hanna Provlund", 1)]  # fmt: skip
    for n, (person, member) in enumerate(people):
        email = roles.read()["styrelse"]["demo"] if n == 0 else ""
        candidate, organisation = _person(person, email=email), _organisation(MEMBERS[member][0])
        with days_ago(210 if n < 3 else 12):
            role = Seat.Role.SUBSTITUTE if n == 2 else Seat.Role.MEMBER
            nomination = Nomination.propose(by=board, candidate=candidate, organisation=organisation, role=role)
            if n < 4:
                nomination.nominate(by=board, decision_note="Medlemsmöte, § 8")
            if n < 3:
                nomination.appoint(by=secretary, first_day=first, last_day=None)
            if n == 5:
                nomination.decline(by=board, reason="Hinner inte i år.")
            _post()


def plan() -> None:
    """A plan with an item in each state, one of them late."""
    by, today = _actor("utvecklingsledare"), timezone.localdate()
    version = AgreementVersion.objects.in_force()
    assert version
    made = ActionPlan.objects.create(
        version=version, label=f"{today.year}–{today.year + 1}", first_day=date(today.year, 1, 1),
        last_day=date(today.year + 1, 12, 31), intro="Planen är påhittad och finns bara i demoläge.",
        is_published=True, made_up=True,
    )  # fmt: skip
    principles = list(version.principles.all())
    for n, (title, owner, days) in enumerate(
        (
            ("Ett gemensamt bokningssystem för lokaler", "joint", 120),
            ("Dialogkonferens varje år", "platform", 60),
            ("En väg in för föreningar som söker stöd", "municipality", -20),
            ("Broschyr på papper", "municipality", -100),
        )
    ):
        facts = {"title": title, "owner": owner, "principle": principles[n % len(principles)]}
        item = made.items.create(order=n + 1, due=today + timedelta(days=days), **facts)
        if n in (1, 2):
            with days_ago(60):
                item.start(by=by)
        if n == 3:
            item.drop(by=by, reason="Webbplatsen räcker.")
    _follow_up(made)


def _follow_up(plan: ActionPlan) -> None:
    """What each side has told of the two that are under way."""
    conference, way_in = plan.items.filter(state="under_way")
    for item, days, role, party, text in (
        (way_in, 45, "utvecklingsledare", "municipality", "Vi har ritat hur det går till i dag: fem vägar in."),
        (conference, 25, "styrelse", "platform", "Temat är bestämt, och fyra föreningar är med och planerar."),
        (way_in, 12, "utvecklingsledare", "municipality", "Två förvaltningar delar blankett. Kulturstödet återstår."),
    ):
        with days_ago(days):
            item.follow_up(by=_actor(role), party=party, text=text)


# Documents --------------------------------------------------------------------------------------------------------


def documents() -> None:
    board, officer = _actor("styrelse"), _actor("utvecklingsledare")
    mine, theirs = Owner.MUNICIPALITY, Owner.PLATFORM
    for title, category, owner, audience, by in (
        ("Påhittade riktlinjer för samråd", Category.GUIDELINES, mine, Audience.PUBLIC, officer),
        ("Påhittad handlingsplan", Category.ACTION_PLAN, mine, Audience.PUBLIC, officer),
        ("Påhittat utkast till lokalpolicy", Category.OTHER, mine, Audience.STAFF, officer),
        ("Påhittade stadgar för Plattformen", Category.STATUTES, theirs, Audience.PUBLIC, board),
        ("Påhittad verksamhetsplan", Category.OTHER, theirs, Audience.MEMBERS, board),
        ("Påhittad budget", Category.OTHER, theirs, Audience.BOARD, board),
    ):
        upload = _paper(title, "Texten är påhittad och finns bara i demoläge.")
        Document.add(by=by, upload=upload, title=title, category=category, owner=owner, audience=audience, made_up=True)
    plan = Document.objects.get(title="Påhittad handlingsplan")
    plan.add_version(by=officer, upload=_paper("Påhittad handlingsplan", "Andra versionen, med rättade datum."))


# Papers of the agenda's points, and what they have to do with the plan.
PAPERS = {
    "Lokaler för föreningar": "Påhittade riktlinjer för samråd",
    "Uppföljning av Överenskommelsen": "Påhittad handlingsplan",
    "Ekonomi": "Påhittad budget",
}


def _plan_item(title: str) -> ActionItem | None:
    words = "bokningssystem" if title.startswith("Lokaler") else "Dialogkonferens" if "konferens" in title else ""
    return ActionItem.objects.filter(title__icontains=words, plan__made_up=True).first() if words else None


# Meetings ---------------------------------------------------------------------------------------------------------


class Story:
    """One meeting, brought to where it should stand by the verbs, on the days they should have happened."""

    def __init__(self, body: Body, days: int, agenda: Sequence[tuple[str, ...]], by: Actor, **facts: Any) -> None:
        self.body, self.days, self.by = body, days, by
        start = _at(days, 17 if body.kind == Body.Kind.COUNCIL else 18)
        self.meeting = Meeting.objects.create(
            body=body, starts_at=start, ends_at=start + timedelta(hours=2), made_up=True,
            place=facts.pop("place", "Kommunalhuset i Tumba, rum Alby (påhittat)"), **facts,
        )  # fmt: skip
        for order, (title, kind, presenter, text, slug) in enumerate(agenda, start=1):
            principle = Principle.objects.filter(slug=slug, version__state="in_force").first()
            facts = {"title": title, "kind": kind, "presenter": presenter, "text": text, "principle": principle}
            item = self.meeting.items.create(order=order, action_item=_plan_item(title), **facts)
            item.documents.set(Document.objects.filter(title=PAPERS.get(title, ""), made_up=True))

    def call(self) -> "Story":
        with days_ago(max(0, 14 - self.days)):
            self.meeting.call(by=self.by)
            _post()
        return self

    def answer(self) -> "Story":
        """Most come, one does not."""
        for n, person in enumerate(self.meeting.participants.called()[:4]):
            person.reply(answer=Participant.Answer.NOT_COMING if n == 1 else Participant.Answer.COMING)
        return self

    def cancel(self) -> "Story":
        with days_ago(2 - self.days):
            self.meeting.cancel(by=self.by, reason="För få kunde komma.")
            _post()
        return self

    def hold(self) -> "Story":
        people = list(self.meeting.participants.select_related("seat"))
        ordinary = [p for p in people if not p.is_substitute]
        chair = next((p for p in ordinary if p.role == Seat.Role.CHAIR.label), ordinary[0])
        signer = next(p for p in ordinary if p is not chair)
        absent = next((p for p in reversed(ordinary) if p not in (chair, signer)), None)
        for person in people:
            person.presence = Participant.Presence.ABSENT if person is absent else Participant.Presence.PRESENT
            person.duty = {chair: Participant.Duty.CHAIR, signer: Participant.Duty.SIGNER}.get(person, "")
            same_side = absent and person.seat and absent.seat and person.seat.side == absent.seat.side
            person.serves_for = absent if person.is_substitute and same_side else None
        for person in sorted(people, key=lambda p: bool(p.serves_for)):
            person.save()
        with days_ago(-self.days - 1):
            self.meeting.hold(by=self.by, secretary_name=self.by.name)
        return self

    def write(self) -> "Story":
        with days_ago(-self.days - 1):
            minutes = Minutes.of(self.meeting)
            sections = []
            for block in minutes.text.split("\n\n"):
                title = block.splitlines()[0] if block.strip() else ""
                said = next((text for word, text in TEXT.items() if word in title), "Punkten gicks igenom.")
                lines = [line for line in block.splitlines() if not line.startswith("Beslut")]
                sections.append("\n".join(f"Diskussion: {said}" if x.startswith("Diskussion") else x for x in lines))
            minutes.write(by=self.by, text="\n\n".join(sections), base=minutes.revision)
        return self

    def draw_up(self) -> "Story":
        with days_ago(max(0, -self.days - 2)):
            self.meeting.minutes.draw_up(by=self.by)
            _post()
        return self

    def sign_off(self) -> "Story":
        signing = self.meeting.minutes.current_round
        assert signing
        for signature in signing.signatures.all():
            with days_ago(max(0, -self.days - 4)):
                signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
                _post()
        self.meeting.refresh_from_db()
        return self

    def publish(self, audience: str) -> "Story":
        with days_ago(max(0, -self.days - 6)):
            self.meeting.publish(by=self.by, audience=audience, privacy_reviewed=True)
        return self


def council_meetings() -> None:
    """One in each state; the minutes of one are late for sign-off."""
    body, by = Body.objects.council(), _actor("sekreterare")

    def story(days: int, **facts: Any) -> Story:
        return Story(body, days, COUNCIL_AGENDA, by, audience=Audience.PUBLIC, **facts)

    story(-180).call().hold().write().draw_up().sign_off().publish(Audience.PUBLIC)
    corrected = story(-110).call().hold().write().draw_up().sign_off().publish(Audience.PUBLIC)
    corrected.meeting.minutes.correct(
        by=by, text="I § 8 ska det stå Fittja i stället för Alby. (Påhittad rättelse.)", privacy_reviewed=True
    )
    story(-75).call().cancel()
    story(-45).call().hold().write().draw_up().sign_off()
    story(-20).call().hold().write().draw_up()
    story(-4).call().hold().write()
    story(12, online_link="https://example.org/motet").call().answer()
    story(68, announced=True)
    story(120)


def platform_meetings() -> None:
    board, by = Body.objects.board(), _actor("styrelse")
    place = "Folkets hus i Hallunda (påhittat)"

    def story(days: int) -> Story:
        return Story(board, days, BOARD_AGENDA, by, audience=Audience.BOARD, place=place)

    story(-130).call().hold().write().draw_up().sign_off().publish(Audience.BOARD)
    story(-60).call().hold().write().draw_up().sign_off()
    story(-18).call().hold().write()
    story(9).call().answer()
    story(60)
    members = Body.objects.get(kind=Body.Kind.MEMBER_MEETING)
    agenda = [BOARD_AGENDA[0], ("Val av nominerade till Rådet", "decision", "Valberedningen", "", ""), BOARD_AGENDA[-1]]
    past = Story(members, -212, agenda, by, audience=Audience.MEMBERS, place=place)
    past.call().hold().write().draw_up().sign_off().publish(Audience.PUBLIC)
    Story(members, 26, agenda, by, audience=Audience.MEMBERS, place=place).call()


# The conference ---------------------------------------------------------------------------------------------------


def conferences() -> None:
    by = _actor("styrelse")
    programme = "\n".join(
        ("09.00 Kaffe", "09.30 Vi hälsar välkomna", "10.00 Samtal vid borden", "12.00 Lunch", "15.30 Slut")
    )
    coming = _at(47, 9)
    facts = {"place": "Subtopia i Alby (påhittat)", "programme": programme, "made_up": True}
    with days_ago(400):
        held = _plan(by, _at(0, 9) + timedelta(days=30), theme="Mötesplatser för alla", capacity=60, **facts)
        held.open_registration(by=by)
    with days_ago(369):
        held.close_registration(by=by)
        held.hold(by=by)
        held.keep_documentation(by=by, text="Sextio påhittade deltagare talade om mötesplatser.", documents=[])
        held.document(by=by)
        for text, outcome in (
            ("Ett gemensamt bokningssystem för lokaler", "Togs med i den påhittade handlingsplanen."),
            ("En dag när alla föreningar visar upp sig", ""),
        ):
            held.propose(by=by, text=text, raised_by="Bord 3", outcome=outcome)
    with days_ago(10):
        if coming.year == held.year:  # one a year
            coming = coming.replace(year=coming.year + 1)
        conference = _plan(by, coming, theme="Unga tar plats", capacity=3, **facts)
        conference.open_registration(by=by)
        for name in ("Lo Testberg", "Kim Provlund", "Noor Påhittsdotter", "Max Exempelsson", "Sol Påhittsson"):
            guest = {"name": name, "organisation": "Påhittade föreningen Solrosen", "needs": ""}
            Registration.ask(conference, email=_mail(name), **guest)
            registration = Registration.objects.get(conference=conference, email=_mail(name))
            if not name.startswith("Sol"):
                registration.confirm()
        _post()


def _mail(name: str) -> str:
    return f"{name.split()[0].lower()}@example.org"


def _plan(by: Actor, start: datetime, **facts: Any) -> Conference:
    days = {"opens_on": timezone.localdate(), "closes_on": (start - timedelta(days=7)).date()}
    return Conference.plan(by=by, year=start.year, starts_at=start, ends_at=start + timedelta(hours=7), **days, **facts)


PARTS: list[tuple[Callable[[], None], Callable[[], bool]]] = [
    (seats, lambda: Seat.objects.filter(made_up=True).exists()),
    (members, lambda: Membership.objects.filter(made_up=True).exists()),
    (nominations, lambda: Nomination.objects.filter(made_up=True).exists()),
    (plan, lambda: ActionPlan.objects.filter(made_up=True).exists()),
    (documents, lambda: Document.objects.filter(made_up=True).exists()),
    (council_meetings, lambda: Body.objects.council().meetings.filter(made_up=True).exists()),
    (platform_meetings, lambda: Body.objects.board().meetings.filter(made_up=True).exists()),
    (conferences, lambda: Conference.objects.filter(made_up=True).exists()),
]
