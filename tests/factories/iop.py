"""Partnerships for tests, made through the real verbs. Names are made up."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import time_machine
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor
from iop import facts, rules
from iop.models import FollowUp, Partnership, Party
from iop.models.states import State
from organisations.models import MunicipalUnit, Organisation
from tests import factories
from tests.factories.council import letters, make_organisation_joined

PATH = ["draft", "proposed", "dialogue", "drafting", "decision"]


def make_unit(name: str = "") -> MunicipalUnit:
    return MunicipalUnit.objects.create(name=name or f"Förvaltningen {letters()}")


def make_officer() -> User:
    return factories.make_user("iop")


def period(years: int = 3, begins: int = 30) -> dict[str, date]:
    """From some days ahead (or, with a negative number, ago), for so many years."""
    first = timezone.localdate() + timedelta(days=begins)
    return {"first_day": first, "last_day": rules.years_later(first, years) - timedelta(days=1)}


def proposal(**facts_: object) -> dict[str, object]:
    return {
        "title": f"Språkcafé {letters()}",
        "purpose": "Fler lär sig svenska och känner sig hemma.",
        "target_group": "Nyanlända vuxna i Fittja",
        "shared_need": "Många väntar länge på en plats där de får tala svenska.",
        "area": "Fittja",
        "short_reason": "",
        **period(),
        **facts_,
    }


def row(
    year: int, kind: str = "money", amount: int | None = 100_000, hours: int | None = None, note: str = ""
) -> dict[str, object]:
    return {"year": year, "kind": kind, "amount": amount, "hours": hours, "note": note}


def make_draft(organisation: Organisation | None = None, *, email: str = "") -> Partnership:
    return Partnership.begin(
        request_key=uuid4(),
        organisation=organisation or make_organisation_joined(),
        name="Kim Kontakt",
        email=email or f"{letters()}@exempel.se",
    )


def answer_all(party: Party, met: str = "yes") -> None:
    answers = {criterion.key: (met, "") for criterion in facts.CRITERIA}
    party.refresh_from_db()
    party.answer(by=party.actor, base=party.revision, answers=answers)


def complete(partnership: Partnership, *, by: Actor) -> None:
    """All that a decision asks for, from both sides."""
    unit = make_unit()
    municipal = partnership.add_party(by=by, unit=unit, contact_name="Mona Kommun", email=f"{letters()}@kommun.example")
    assert partnership.first_day and partnership.last_day
    for party in partnership.parties.all():
        answer_all(party)
        people = [{"name": f"Sigrid {letters()}", "role": "Ordförande", "email": f"{letters()}@exempel.se"}]
        party.name_signatories(by=party.actor, base=party.revision, people=people)
    years = range(partnership.first_day.year, partnership.last_day.year + 1)
    municipal.refresh_from_db()
    municipal.contribute(by=municipal.actor, base=municipal.revision, rows=[row(year) for year in years])
    Partnership.objects.filter(pk=partnership.pk).update(
        procurement_note="Ingen marknad. Insatsen är stöd av mindre betydelse."
    )
    partnership.refresh_from_db()


def make_partnership(
    state: str = "active", *, officer: User | None = None, organisation: Organisation | None = None, **facts_: object
) -> Partnership:
    """A partnership in `state`, brought there by the verbs that lead there. Running ones began 100 days ago."""
    officer = officer or make_officer()
    by = Actor.of(officer)
    if state in PATH or state in ("declined", "cancelled"):
        return _before_signing(state, by, organisation, facts_)
    begins = {"signed": 30}.get(state, -100)
    years = 3
    if state in ("ended", "evaluated"):
        begins, years = -1100, 3
    with time_machine.travel(timezone.now() + timedelta(days=min(begins, 0) - 20), tick=False):
        terms = {**period(years, begins if begins > 0 else 20), **facts_}
        partnership = _before_signing("decision", by, organisation, terms)
        decide(partnership, by=by)
        sign_all(partnership)
    if state == "signed":
        return partnership
    if begins < 0:
        with time_machine.travel(timezone.now() + timedelta(days=begins), tick=False):
            partnership.start()
    _after_signing(partnership, state, by)
    return partnership


def _before_signing(state: str, by: Actor, organisation: Organisation | None, facts_: dict[str, object]) -> Partnership:
    partnership = make_draft(organisation)
    if state == "draft":
        return partnership
    terms = proposal(**facts_)
    contact = partnership.proposer.actor
    partnership.propose(by=contact, facts=terms, contributions=[row(terms["first_day"].year, "staff", None, 200)])
    if state == "declined":
        partnership.decline(
            by=by,
            decided_on=timezone.localdate(),
            decided_where="Nämnden, § 3",
            motivation="Vi har redan en sådan verksamhet.",
        )
    elif state == "cancelled":
        partnership.cancel(by=contact, reason="Vi väntar till nästa år.")
    for verb in _verbs_to(state):
        if verb == "submit":
            complete(partnership, by=by)
        getattr(partnership, verb)(by=by)
    return partnership


def _verbs_to(state: str) -> list[str]:
    verbs = ["open_dialogue", "draft_agreement", "submit"]
    return verbs[: PATH.index(state) - 1] if state in PATH else []


def decide(partnership: Partnership, *, by: Actor) -> None:
    partnership.decide(by=by, decided_on=timezone.localdate(), decided_where="Nämnden, § 7", privacy_reviewed=True)


def sign_all(partnership: Partnership) -> None:
    """Everyone signs, each in a session of their own."""
    agreement = partnership.open_agreement
    assert agreement
    for signature in agreement.signatures.all():
        signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
    partnership.refresh_from_db()


def _after_signing(partnership: Partnership, state: str, by: Actor) -> None:
    if state == "follow_up":
        partnership.begin_follow_up(by=by)
    elif state == "renegotiation":
        partnership.renegotiate(by=by, reason="Fler vill vara med.")
    elif state == "terminated":
        partnership.terminate(by=by, on=timezone.localdate(), reason="Lokalen försvann.")
    elif state in ("ended", "evaluated"):
        partnership.end()
        if state == "evaluated":
            finish(partnership)
    elif state != "active":
        raise ValueError(state)


def finish(partnership: Partnership, *, counted: int = 40) -> FollowUp:
    """The open follow-up written and approved by all parties."""
    follow_up = partnership.open_follow_up
    assert follow_up
    values = {indicator.pk: (Decimal(counted), "") for indicator in partnership.indicators.all()}
    parties = list(partnership.parties.all())
    for party in parties:
        text = follow_up.text_of(party)
        base = text.revision if text else 0
        follow_up.write(party, by=party.actor, text=f"Det har gått bra, säger {party.name}.", base=base, values=values)
    for party in parties:
        follow_up.refresh_from_db()
        follow_up.approve(party, by=party.actor, base=follow_up.revision)
    partnership.refresh_from_db()
    follow_up.refresh_from_db()
    return follow_up


STATES = list(State.values)
