"""What waits for one party now, and what has happened: for its own page."""

from dataclasses import dataclass
from datetime import datetime

from botkyrka_civil.casework.models import Event

from .models import FollowUp, Partnership, Party
from .models.states import TRANSITIONS

# What the parties are told of the log; who did it stands in the municipality's own.
TOLD = (
    *TRANSITIONS, "add_party", "remove_party", "change_contact", "change_terms", "write_for_party", "expire_signing",
    "write_follow_up", "approve_follow_up", "publish_follow_up",
)  # fmt: skip

# Some words of the log say too little to those who stand outside the case.
PLAINER = {
    "Förslaget kom in": "Förslaget kom in till kommunen",
    "Lades fram för beslut": "Avtalet lades fram för beslut",
    "Beslut om ja: avtalet skickades för underskrift": "Kommunen sa ja, och avtalet skickades för underskrift",
    "Skrev under": "En person skrev under",
    "Avböjde att skriva under": "En person tackade nej till att skriva under",
    "Avböjdes": "Kommunen sa nej till förslaget",
    "Avbröts": "Förslaget avbröts",
    "Sades upp": "Avtalet sades upp",
}


@dataclass(frozen=True)
class Task:
    """Something for the party to do, the name of the page where it does it, and how it stands."""

    address: str
    label: str
    done: bool
    standing: str


def tasks(party: Party) -> list[Task]:
    """What the party writes now: the terms while they are open, or the follow-up that has begun."""
    partnership = party.partnership
    if partnership.terms_are_open:
        return [_criteria(party), _contributions(party), _signatories(party)]
    if (follow_up := partnership.open_follow_up) and party.is_bound:
        return [_text(party, follow_up), _approval(party, follow_up)]
    return []


def _criteria(party: Party) -> Task:
    left, unmet = len(party.unanswered), len(party.unmet)
    standing = "Klart"
    if left:
        standing = f"{left} {_plural(left, 'fråga', 'frågor')} kvar"
    elif unmet:
        standing = f"{unmet} krav {_plural(unmet, 'är inte uppfyllt', 'är inte uppfyllda')}"
    return Task("iop:party_criteria", "Svara på vad ett partnerskap kräver", not left and not unmet, standing)


def _contributions(party: Party) -> Task:
    count = party.contributions.count()
    standing = f"{count} {_plural(count, 'insats', 'insatser')}" if count else "Inget ifyllt"
    return Task("iop:party_contributions", "Skriv vad ni bidrar med", bool(count), standing)


def _signatories(party: Party) -> Task:
    count, needed = party.signatories.count(), party.required_signatures
    standing = "Klart" if count >= needed else f"{count} av {needed} ifyllda"
    return Task("iop:party_signatories", "Skriv vilka som ska skriva under", count >= needed, standing)


def _text(party: Party, follow_up: FollowUp) -> Task:
    mine = follow_up.text_of(party)
    written = bool(mine and mine.text.strip())
    return Task(
        "iop:party_follow_up", f"Skriv er del i {_what(follow_up)}", written, "Klart" if written else "Inte skrivet än"
    )


def _approval(party: Party, follow_up: FollowUp) -> Task:
    """All have to write first: what is approved is the whole page."""
    mine = follow_up.text_of(party)
    approved = bool(mine and mine.approved_at)
    written = {text.party_id for text in follow_up.texts.all() if text.text.strip()}
    waits = any(other.pk not in written for other in party.partnership.parties.bound())
    standing = "Klart" if approved else "Väntar på att alla har skrivit" if waits else "Inte godkänt än"
    return Task("iop:party_follow_up", f"Godkänn {_what(follow_up)}", approved, standing)


def _what(follow_up: FollowUp) -> str:
    return "slututvärderingen" if follow_up.kind == FollowUp.Kind.FINAL else "uppföljningen"


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def history(partnership: Partnership) -> list[tuple[datetime, str]]:
    """When and what has happened, latest first. Names of persons are not told."""
    events = Event.objects.of(partnership).filter(verb__in=TOLD).order_by("-pk")
    return [(event.at, PLAINER.get(event.label, event.label)) for event in events]
