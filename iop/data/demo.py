"""Made-up partnerships for demo mode, one in every state, so that no page and no queue is empty.

Everything is made by the real verbs on the days it should have happened, and marked as made up.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils import timezone

from agreement.data.demo import days_ago
from agreement.models import AgreementVersion
from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Letter
from organisations.models import MunicipalUnit, Organisation

from .. import facts, rules
from ..models import FollowUp, Partnership, Party
from ..models.states import State

NAMESPACE = UUID("7d3b5c1e-2f0a-4f7e-9c55-6f1f0c0de400")
# What it is called, who proposes it, where, its principles, and the state it is to stand in.
IDEAS = [
    ("Läxhjälp i Alby", "Påhittade föreningen Solrosen", "Alby", [], State.DRAFT),
    ("Cykelskola för vuxna", "Påhittade idrottsklubben Framåt", "Hallunda", ["dialog"], State.PROPOSED),
    ("Konst i trapphuset", "Påhittade konstföreningen Paletten", "Fittja", ["dialog"], State.DIALOGUE),
    ("Odla tillsammans", "Påhittade grannföreningen Gården", "Tullinge", [], State.DRAFTING),
    ("Fritidsbanken", "Påhittade idrottsklubben Framåt", "Tumba", ["demokrati-och-mangfald"], State.DECISION),
    ("Ungas sommarscen", "Påhittade konstföreningen Paletten", "Hallunda", ["oppenhet-och-insyn"], State.SIGNED),
    ("Språkcafé i Fittja", "Påhittade språkcaféet Ordet", "Fittja",
     ["dialog", "kvalitet-och-langsiktighet"], State.ACTIVE),
    ("Mötesplats för äldre", "Påhittade grannföreningen Gården", "Storvreten",
     ["kvalitet-och-langsiktighet"], State.FOLLOW_UP),
    ("Nattpatrull i centrum", "Påhittade föreningen Solrosen", "Alby", [], State.RENEGOTIATION),
    ("Mat på bordet", "Påhittade föreningen Solrosen", "Hallunda", [], State.ENDED),
    ("Vägen till jobb", "Påhittade språkcaféet Ordet", "hela kommunen",
     ["demokrati-och-mangfald", "sjalvstandighet-och-oberoende"], State.EVALUATED),
    ("Simskola på lov", "Påhittade idrottsklubben Framåt", "Tumba", [], State.DECLINED),
    ("Filmklubben", "Påhittade konstföreningen Paletten", "Alby", [], State.CANCELLED),
    ("Trygghetsvandring", "Påhittade grannföreningen Gården", "Tumba", [], State.TERMINATED),
]  # fmt: skip
UNITS = ["Påhittade kulturförvaltningen", "Påhittade socialförvaltningen"]
OPENING = [State.PROPOSED, State.DIALOGUE, State.DRAFTING, State.DECISION]
# How many days ago the first day of the period was.
BEGAN = {
    State.SIGNED: -20,
    State.ACTIVE: 500,
    State.FOLLOW_UP: 360,
    State.RENEGOTIATION: 200,
    State.TERMINATED: 300,
    State.ENDED: 1110,
    State.EVALUATED: 1500,
}


def load_demo_partnerships() -> None:
    """Each is made when it is missing, whole or not at all. Needs the demo accounts and the joined demo cases."""
    officer = Actor.of(User.objects.get(email=roles.read()["iop"]["demo"]))
    for title, organisation, area, principles, state in IDEAS:
        story = Story(title, Organisation.objects.get(name=organisation), area, principles, officer)
        if not Partnership.objects.filter(request_key=story.key).exists():
            with transaction.atomic():
                story.tell(state)
                for letter in Letter.objects.waiting().filter(subject_key=story.partnership.subject):
                    letters.deliver(letter.pk)


class Story:
    """One partnership, from its first idea to the state it is to stand in."""

    partnership: Partnership

    def __init__(
        self, title: str, organisation: Organisation, area: str, principles: Iterable[str], officer: Actor
    ) -> None:
        self.title, self.organisation, self.area = title, organisation, area
        self.principles, self.officer = list(principles), officer
        self.key = uuid5(NAMESPACE, title)
        self.mailbox = f"iop{self.key.hex[:4]}@example.org"

    def tell(self, state: str) -> None:
        began = BEGAN.get(state, -60)  # type: ignore[call-overload]
        first_day = timezone.localdate() - timedelta(days=began)
        with days_ago(max(began, 0) + 60):
            self._begin()
            if state == State.DRAFT:
                self.partnership.keep(
                    iden={"title": self.title, "purpose": "Barn får hjälp med läxor", "area": self.area}
                )
                return
            self._propose(first_day)
            self._open(state)
        if state in BEGAN:
            with days_ago(max(began, 0) + 30):
                self._sign()
            if state != State.SIGNED:
                self._run(state, began)

    def _begin(self) -> None:
        self.partnership = Partnership.begin(
            request_key=self.key, organisation=self.organisation, name="Amina Påhittsdotter", email=self.mailbox
        )
        self.partnership.made_up = True
        self.partnership.save(update_fields=["made_up"])

    def _propose(self, first_day: date) -> None:
        terms = {
            "title": self.title,
            "purpose": f"{self.title}: fler i {self.area} träffas, lär sig och får vara med.",
            "target_group": f"Alla som bor i {self.area}, främst de som sällan hörs.",
            "shared_need": "Föreningen möter människor som kommunen inte når. Kommunens lokaler står tomma på kvällen.",
            "area": self.area,
            "first_day": first_day,
            "last_day": rules.years_later(first_day, 3) - timedelta(days=1),
        }
        rows = [self._row(year, "staff", hours=420) for year in self._years(terms)]
        rows += [self._row(year, "money", amount=45_000) for year in self._years(terms)]
        self.partnership.propose(by=self.proposer.actor, facts=terms, contributions=rows)

    @property
    def proposer(self) -> Party:
        return self.partnership.proposer

    @staticmethod
    def _years(terms: dict[str, Any]) -> range:
        return range(terms["first_day"].year, terms["last_day"].year + 1)

    @staticmethod
    def _row(
        year: int, kind: str, *, amount: int | None = None, hours: int | None = None, note: str = ""
    ) -> dict[str, Any]:
        return {"year": year, "kind": kind, "amount": amount, "hours": hours, "note": note}

    def _open(self, state: str) -> None:
        """To the state before signing, or to where the idea came to nothing."""
        verbs = ["open_dialogue", "draft_agreement", "submit"]
        if state in (State.DECLINED, State.CANCELLED):
            self.partnership.open_dialogue(by=self.officer)
            self._give_up(state)
            return
        last = OPENING.index(State(state)) if state in OPENING else len(OPENING) - 1
        for verb in verbs[:last]:
            if verb == "submit":
                self._agree()
            getattr(self.partnership, verb)(by=self.officer)
            if verb == "open_dialogue":
                self._choose_principles()

    def _choose_principles(self) -> None:
        version = AgreementVersion.objects.in_force()
        if version:
            self.partnership.principles.set(version.principles.filter(slug__in=self.principles))

    def _give_up(self, state: str) -> None:
        if state == State.DECLINED:
            self.partnership.decline(
                by=self.officer,
                decided_on=timezone.localdate(),
                decided_where="Påhittade nämnden, § 12",
                motivation="Kommunen har redan en simskola på loven, och flera föreningar kan ge samma kurs.",
            )
        else:
            self.partnership.cancel(by=self.proposer.actor, reason="Vi slog ihop idén med en annan.")

    def _agree(self) -> None:
        """All that a decision asks for, from both sides."""
        unit, _ = MunicipalUnit.objects.get_or_create(name=UNITS[len(self.title) % 2])
        municipal = self.partnership.add_party(
            by=self.officer, unit=unit, contact_name="Ida Iversson", email=roles.read()["iop"]["demo"]
        )
        people = [("Amina Påhittsdotter", "Ordförande"), ("Diego Testberg", "Kassör")]
        for party in self.partnership.parties.all():
            answers = {
                c.key: ("yes", "") if c.hard else ("partly", "Det stämmer till stor del.") for c in facts.CRITERIA
            }
            party.answer(by=party.actor, base=party.revision, answers=answers)
            names = people if party.is_proposer else [("Vera Förvaltningschef", "Förvaltningschef")]
            signers = [
                {"name": name, "role": role, "email": f"{role.lower()[:4]}{n}.{self.mailbox}".replace("ö", "o")}
                for n, (name, role) in enumerate(names)
            ]
            party.name_signatories(by=party.actor, base=party.revision, people=signers)
        years = self._years({"first_day": self.partnership.first_day, "last_day": self.partnership.last_day})
        rows = [self._row(year, "money", amount=90_000) for year in years]
        rows += [self._row(year, "premises", amount=30_000, note="Lokal två kvällar i veckan") for year in years]
        rows += [self._row(year, "staff", hours=160) for year in years]
        municipal.refresh_from_db()
        municipal.contribute(by=municipal.actor, base=municipal.revision, rows=rows)
        self._change_terms("Det finns ingen marknad för verksamheten, och den är öppen för alla. Stödet är litet.")
        self.partnership.change_indicators(
            by=self.officer,
            rows=[
                {"name": "Deltagare per träff", "unit": "personer", "goal": Decimal(30)},
                {"name": "Träffar", "unit": "träffar per år", "goal": Decimal(80)},
            ],
        )

    def _change_terms(self, note: str) -> None:
        terms = {field: getattr(self.partnership, field) for field in rules.TERM_FIELDS}
        self.partnership.change_terms(
            by=self.officer,
            base=self.partnership.revision,
            facts=terms | {"procurement_note": note},
            principles=list(self.partnership.principles.all()),
        )

    def _sign(self) -> None:
        self.partnership.decide(
            by=self.officer,
            decided_on=timezone.localdate(),
            decided_where="Påhittade nämnden, § 34",
            privacy_reviewed=True,
        )
        agreement = self.partnership.open_agreement
        assert agreement
        for signature in agreement.signatures.all():
            signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
        self.partnership.refresh_from_db()

    def _run(self, state: str, began: int) -> None:
        """Started, followed up each year, and on to the state it is to stand in."""
        with days_ago(began):
            self.partnership.start()
        if state in (State.ACTIVE, State.RENEGOTIATION, State.FOLLOW_UP):
            with days_ago(began - 100):
                self.partnership.form_steering_group(by=self.officer)
        for n in range(1, min(began, 1095) // 340 + 1):
            if state == State.FOLLOW_UP:
                break
            with days_ago(began - n * 340):
                self.partnership.begin_follow_up(by=self.officer)
                self._finish(n)
        {
            State.FOLLOW_UP: self._look_back,
            State.RENEGOTIATION: lambda: self.partnership.renegotiate(by=self.officer, reason="Fler vill vara med."),
            State.TERMINATED: self._terminate,
            State.ENDED: self.partnership.end,
            State.EVALUATED: self._evaluate,
        }.get(State(state), lambda: None)()

    def _look_back(self) -> None:
        with days_ago(9):
            self.partnership.begin_follow_up(by=self.officer)
        follow_up = self.partnership.open_follow_up
        assert follow_up
        party = self.proposer
        text = "Mötesplatsen har varit öppen tre dagar i veckan. Fler har hittat hit än vi trodde."
        follow_up.write(party, by=party.actor, text=text, base=0, values=self._counted(2))

    def _terminate(self) -> None:
        with days_ago(25):
            self.partnership.terminate(
                by=self.officer, on=timezone.localdate(), reason="Lokalen fick andra hyresgäster."
            )

    def _evaluate(self) -> None:
        with days_ago(400):
            self.partnership.end()
            self._finish(4)

    def _counted(self, n: int) -> dict[int, tuple[Decimal | None, str]]:
        first, second = self.partnership.indicators.all()
        return {first.pk: (Decimal(14 + 6 * n), ""), second.pk: (Decimal(52 + 11 * n), "Sommaruppehåll i juli")}

    def _finish(self, n: int) -> FollowUp:
        """Written by both, approved by both, and published."""
        follow_up = self.partnership.open_follow_up
        assert follow_up
        texts = [
            "Fler kommer för varje termin, och flera har börjat hjälpa till själva.",
            "Vi når människor som vi aldrig har nått förut. Samarbetet i styrgruppen fungerar bra.",
        ]
        parties = list(self.partnership.parties.all())
        for party, text in zip(parties, texts, strict=True):
            follow_up.write(party, by=party.actor, text=text, base=0, values=self._counted(n))
        for party in parties:
            follow_up.refresh_from_db()
            follow_up.approve(party, by=party.actor, base=follow_up.revision)
        follow_up.publish(by=self.officer, privacy_reviewed=True)
        self.partnership.refresh_from_db()
        return follow_up
