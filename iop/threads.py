"""Partnerships on the threads from a principle, an organisation and a steering group. Registered in apps.py."""

from collections.abc import Iterable, Iterator
from typing import Any

from agreement.models import Principle
from agreement.threads import Entry, Strand
from council.models import Body
from organisations.models import Organisation

from . import results
from .models import FollowUp
from .results import Shown

HEADING = "Partnerskap (IOP)"
MADE_UP = " · påhittat för demoläget"


def from_principle(principle: Principle, user: Any) -> Iterator[Strand]:
    """The partnerships whose agreement names it, and what their parties have told of them."""
    found = [shown for shown in results.public() if shown.builds_on(principle.slug)]
    yield _strand(found)
    yield Strand("Uppföljningar av partnerskapen", _follow_ups(found))


def from_organisation(organisation: Organisation, user: Any) -> Iterator[Strand]:
    """Those that it is, or was, a party of, by the agreement."""
    yield _strand(shown for shown in results.public() if shown.has_party(organisation.slug))


def from_steering_group(body: Body, user: Any) -> Iterator[Strand]:
    """The partnership that it steers."""
    yield _strand(shown for shown in results.public() if shown.partnership.steering_group_id == body.pk)


def _strand(found: Iterable[Shown]) -> Strand:
    return Strand(HEADING, [Entry(one.title, one.url, f"{one.standing}, {one.period}{_mark(one)}") for one in found])


def _follow_ups(found: list[Shown]) -> list[Entry]:
    of = {shown.partnership.pk: shown for shown in found}
    rows = FollowUp.objects.published().filter(partnership__in=of).order_by("-last_day", "-pk")
    return [_of_follow_up(row, of[row.partnership_id]) for row in rows]


def _of_follow_up(follow_up: FollowUp, shown: Shown) -> Entry:
    return Entry(f"{follow_up}: {shown.title}", f"{shown.url}#uppfoljning-{follow_up.pk}", _mark(shown).strip(" ·"))


def _mark(shown: Shown) -> str:
    return MADE_UP if shown.made_up else ""
