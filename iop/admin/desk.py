"""What waits on the admin's first page: for each partnership the next thing to do, since when, and whose turn it is."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.signing import Outcome, noon
from iop import rules
from iop.models import Agreement, FollowUp, Partnership
from iop.models.states import BINDING, RUNNING, State
from iop.warnings import ENDING_SOON


@dataclass(frozen=True)
class Step:
    """What comes next. `ours`: the officer has to act, and not somebody else."""

    note: str
    since: datetime
    ours: bool = True


_OPEN = {
    State.PROPOSED: "Nytt förslag. Läs det och svara organisationen.",
    State.DIALOGUE: "Dialogen pågår. Börja skriva avtalet när ni är överens.",
    State.DRAFTING: "Avtalet skrivs. Lägg fram det för beslut när inget saknas.",
    State.RENEGOTIATION: "Avtalet omförhandlas.",
}


def next_step(partnership: Partnership) -> Step | None:
    """The most pressing thing, or none. It has its agreements, follow-ups and `renegotiated_at` with it."""
    today = timezone.localdate()
    return (
        _signing(partnership)
        or _follow_up(partnership, today)
        or _unpublished(partnership)
        or _open(partnership)
        or _ending(partnership, today)
    )


def _open(partnership: Partnership) -> Step | None:
    note = _OPEN.get(State(partnership.state))
    return Step(note, _since(partnership)) if note else None


def _since(partnership: Partnership) -> datetime:
    began: datetime | None = partnership.renegotiated_at if partnership.state == State.RENEGOTIATION else None  # type: ignore[attr-defined]
    return began or partnership.proposed_at or partnership.created_at


def _signing(partnership: Partnership) -> Step | None:
    """What has gone out to be signed, or is to be decided."""
    if partnership.state not in (State.DECISION, State.RENEGOTIATION):
        return None
    agreement: Agreement | None = max(partnership.agreements.all(), key=lambda one: one.pk, default=None)
    if agreement and agreement.outcome == Outcome.OPEN:
        return _out(agreement)
    if agreement and agreement.outcome == Outcome.EXPIRED and agreement.closed_at:
        note = "Tiden för underskrift gick ut. Anteckna beslutet igen, så går nya länkar ut."
        return Step(note, agreement.closed_at)
    if partnership.state == State.DECISION:
        return Step("Väntar på beslut. Anteckna det när det är fattat.", _since(partnership))
    return None


def _out(agreement: Agreement) -> Step:
    declined = [signature.declined_at for signature in agreement.signatures.all() if signature.declined_at]
    if declined:
        return Step("En undertecknare har avböjt. Prata med parten, och öppna avtalet för ändring.", min(declined))
    note = f"Väntar på underskrifter: {agreement.signed_count} av {agreement.required} klara."
    return Step(note, agreement.opened_at, ours=False)


def _follow_up(partnership: Partnership, today: date) -> Step | None:
    """Begun and not finished in time, or not begun though twelve months have passed."""
    for follow_up in partnership.follow_ups.all():
        if follow_up.is_open and follow_up.due < today:
            what = follow_up.get_kind_display()
            note = f"{what}en skulle ha varit klar den {date_format(follow_up.due, 'j F Y')}."
            return Step(note, noon(follow_up.due))
    since = _followed_up(partnership)
    if partnership.state in RUNNING and since and rules.is_old(since, today):
        return Step("Det är mer än tolv månader sedan den senaste uppföljningen. Följ upp nu.", noon(since))
    return None


def _followed_up(partnership: Partnership) -> date | None:
    approved = [follow_up.last_day for follow_up in partnership.follow_ups.all() if follow_up.approved_at]
    return max(approved, default=partnership.first_day)


def _unpublished(partnership: Partnership) -> Step | None:
    for follow_up in partnership.follow_ups.all():
        if follow_up.approved_at and not follow_up.published_at:
            what = "Slututvärderingen" if follow_up.kind == FollowUp.Kind.FINAL else "Uppföljningen"
            return Step(f"{what} är godkänd av alla. Granska och publicera den.", follow_up.approved_at)
    return None


def _ending(partnership: Partnership, today: date) -> Step | None:
    last = partnership.last_day
    if partnership.state not in BINDING or not last or not today <= last <= today + ENDING_SOON:
        return None
    note = f"Avtalet går ut den {date_format(last, 'j F Y')}. Bestäm med parterna om ni ska fortsätta."
    return Step(note, noon(last - ENDING_SOON))
