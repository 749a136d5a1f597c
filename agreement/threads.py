"""What came of something: the thread from a principle, or an organisation, to plans, meetings and partnerships.

Much of it is known further up in the house, so each app registers what it can tell, from its AppConfig.ready:

    @threads.told_by(Principle)
    def from_principle(principle, user) -> Iterable[Strand]: ...

A teller names only what `user`, signed in or not, may read where the entry leads, and asks a fixed number of questions.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format

from . import standing
from .models import ActionItem, Principle


@dataclass(frozen=True)
class Entry:
    """One thing on the thread: what it is called, where it stands, and when or how it went, in a few words."""

    title: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Strand:
    """What is of one kind."""

    heading: str
    entries: Sequence[Entry]


type Teller = Callable[[Any, Any], Iterable[Strand]]

_tellers: dict[type, list[Teller]] = {}


def told_by(kind: type) -> Callable[[Teller], Teller]:
    """The decorated function tells what came of a row of the model `kind`, as `teller(row, user)`."""

    def register(teller: Teller) -> Teller:
        _tellers.setdefault(kind, []).append(teller)
        return teller

    return register


def of(row: Any, user: Any) -> list[Strand]:
    """All that is told of `row`, the lower floors first. A strand with nothing on it is left out."""
    tellers = reversed(_tellers.get(type(row), []))  # settings.INSTALLED_APPS begins at the roof
    told = (strand for teller in tellers for strand in teller(row, user))
    return [strand for strand in told if strand.entries]


def from_principle(principle: Principle, user: Any) -> Iterator[Strand]:
    """What the plans that everyone reads say is to be done, and how it goes."""
    items = ActionItem.objects.published().filter(principle__slug=principle.slug)
    rows = items.select_related("plan").annotate(followed_up=Max("follow_ups__at"))
    yield Strand("I handlingsplanen", [_of_item(item) for item in rows.order_by("-plan__first_day", "order", "pk")])


def _of_item(item: Any) -> Entry:
    told = [standing.STANDINGS[standing.of(item)][0]]
    if item.due and item.state in ActionItem.OPEN:
        told.append(f"{'skulle ha varit klar' if item.is_late else 'klar senast'} {date_format(item.due, 'j F Y')}")
    if item.followed_up:
        told.append(f"uppföljd {date_format(timezone.localtime(item.followed_up), 'j F Y')}")
    made_up = " · påhittad för demoläget" if item.plan.made_up else ""
    return Entry(item.title, item.get_absolute_url(), f"{', '.join(told)} · {item.plan}{made_up}")
