"""The yearly report: how the agreement was kept in one year, in numbers from what everyone may know.

None stands for what the portal does not know: years before its first fact of a kind are no years without any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from agreement import standing
from agreement.models import Accession, ActionItem, ActionPlan
from botkyrka_civil.casework.models import Event
from botkyrka_civil.lib import swedish
from botkyrka_civil.lib.spells import Flow, Spell, flow, joined
from council.models import Body, Composition, Conference, Meeting, Membership, Seat
from council.models.conferences import COMING
from council.models.states import MembershipState

from . import report_partnerships
from .report_partnerships import Partnerships

SHOWN = 6  # so many years side by side in the charts


@dataclass(frozen=True)
class Organisation:
    name: str
    url: str


@dataclass(frozen=True)
class Count:
    year: int
    value: int | None


@dataclass(frozen=True)
class Accessions:
    """Who has joined the agreement. `first_known`: named by a source without the day when they joined.

    `is_dated`: whether we know of any day of joining or leaving as early as this.
    """

    is_dated: bool
    joined: tuple[Organisation, ...]
    left: tuple[Organisation, ...]
    first_known: int
    total: int | None
    joined_by_year: tuple[Count, ...]
    left_by_year: tuple[Count, ...]


@dataclass(frozen=True)
class Members:
    """Members of Plattformen on the last day, and how many more or fewer than a year before."""

    total: int | None
    change: int | None
    by_year: tuple[Count, ...]

    @property
    def fewer(self) -> int:
        return max(-(self.change or 0), 0)


@dataclass(frozen=True)
class Outside:
    """Those on the list who are not members of Plattformen. Who they were before is the association's own matter."""

    count: int | None
    now: tuple[Organisation, ...] = ()


@dataclass(frozen=True)
class Meetings:
    """The council's meetings against its own aim, and those meetings of Plattformen's that are public."""

    council: int | None
    least: int | None
    most: int | None
    platform: int
    by_year: tuple[Count, ...]

    @property
    def aim(self) -> str:
        """4–5, or 4 when it is one number."""
        return "–".join(dict.fromkeys(str(one) for one in (self.least, self.most) if one))


@dataclass(frozen=True)
class Side:
    """One side's ordinary seats in the council on the last day."""

    label: str
    seats: int
    held: int

    @property
    def vacant(self) -> int:
        return max(self.seats - self.held, 0)


@dataclass(frozen=True)
class Plan:
    """An action plan that was in force. `counts`: the items by where they stand, the late ones for themselves."""

    label: str
    url: str
    counts: dict[str, int]
    without_owner: int
    without_due: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def late(self) -> int:
        return self.counts[standing.LATE]


@dataclass(frozen=True)
class Dialogue:
    """The yearly conference: held, coming, cancelled, none, or unknown."""

    state: str
    day: date | None = None
    theme: str = ""
    url: str = ""
    years_without: tuple[int, ...] = ()


@dataclass(frozen=True)
class Report:
    year: int
    last_day: date
    is_over: bool
    made_up: bool
    accessions: Accessions
    members: Members
    outside: Outside
    meetings: Meetings
    sides: tuple[Side, ...]
    plans: tuple[Plan, ...]
    dialogue: Dialogue
    partnerships: Partnerships

    def content(self) -> dict[str, Any]:
        """The same as data (arsrapport/1)."""
        return {"schema": "arsrapport/1", **asdict(self)}


def is_possible(year: int) -> bool:
    return settings.FIRST_YEAR <= year <= timezone.localdate().year


def of(year: int) -> Report:
    """Everything as it stood on the year's last day, or stands today."""
    today = timezone.localdate()
    last_day = min(date(year, 12, 31), today)
    is_over = year < today.year
    names, accessions = _joinings()
    members = _memberships()
    body = Body.objects.filter(kind=Body.Kind.COUNCIL).first()
    return Report(
        year=year,
        last_day=last_day,
        is_over=is_over,
        made_up=settings.DEMO,
        accessions=_accessions(accessions, names, year, last_day),
        members=_members(members, year, last_day),
        outside=_outside(accessions, members, names, last_day),
        meetings=_meetings(body, year),
        sides=_sides(body, last_day),
        plans=_plans(year, last_day, is_over=is_over),
        dialogue=_dialogue(year, is_over=is_over),
        partnerships=report_partnerships.of(year, last_day),
    )


def _begins(days: Iterable[date]) -> int:
    """The first year that we know anything of. Of this year we know that there was nothing."""
    return min((day.year for day in days), default=timezone.localdate().year)


def _years(year: int, first: int) -> range:
    """The years beside it in a chart."""
    return range(max(year - SHOWN + 1, first), year + 1)


def _end_of(year: int) -> date:
    return min(date(year, 12, 31), timezone.localdate())


# Organisations -----------------------------------------------------------------------------------------------------


def _joinings() -> tuple[dict[int, Organisation], list[Spell]]:
    """Every organisation that stands or has stood on the public list, and when it did."""
    names, spells = {}, []
    for row in Accession.objects.public().select_related("organisation"):
        organisation, since = row.organisation, row.joined_on or row.known_from
        if organisation and since:
            names[organisation.pk] = Organisation(organisation.name, organisation.get_absolute_url())
            spells.append(Spell(organisation.pk, since, row.ended_on, is_dated=row.joined_on is not None))
    return names, joined(spells)


def _memberships() -> list[Spell]:
    """A member that was excluded has the day of that decision; when it came in is then known by its application."""
    held = (MembershipState.MEMBER, MembershipState.LEFT, MembershipState.EXCLUDED)
    rows = Membership.objects.received().filter(state__in=held, decided_at__isnull=False)
    spells = []
    for row in rows.only("organisation_id", "state", "applied_at", "decided_at", "ended_on"):
        since = row.applied_at if row.state == MembershipState.EXCLUDED else row.decided_at
        assert since
        spells.append(Spell(row.organisation_id, timezone.localtime(since).date(), row.ended_on))
    return joined(spells)


def _named(who: Iterable[int], names: dict[int, Organisation]) -> tuple[Organisation, ...]:
    return tuple(sorted((names[pk] for pk in who if pk in names), key=lambda one: swedish.sort_key(one.name)))


def _accessions(spells: Sequence[Spell], names: dict[int, Organisation], year: int, last_day: date) -> Accessions:
    first = _begins(spell.since for spell in spells)
    dated = _begins(day for s in spells for day in (s.since if s.is_dated else None, s.until) if day)
    flows = [flow(spells, one, _end_of(one)) for one in _years(year, dated)]
    now = flow(spells, year, last_day)
    return Accessions(
        is_dated=year >= dated,
        joined=_named(now.began, names),
        left=_named(now.ended, names),
        first_known=len(now.found),
        total=now.held if year >= first else None,
        joined_by_year=tuple(Count(one.year, len(one.began)) for one in flows),
        left_by_year=tuple(Count(one.year, len(one.ended)) for one in flows),
    )


def _members(spells: Sequence[Spell], year: int, last_day: date) -> Members:
    first = _begins(spell.since for spell in spells)
    flows: list[Flow] = [flow(spells, one, _end_of(one)) for one in _years(year, first)]
    total = flow(spells, year, last_day).held if year >= first else None
    before = flow(spells, year - 1, date(year - 1, 12, 31)).held if year > first else None
    return Members(
        total=total,
        change=total - before if total is not None and before is not None else None,
        by_year=tuple(Count(one.year, one.held) for one in flows),
    )


def _outside(
    accessions: Sequence[Spell], members: Sequence[Spell], names: dict[int, Organisation], day: date
) -> Outside:
    if day.year < max(_begins(spell.since for spell in spells) for spells in (accessions, members)):
        return Outside(None)
    inside = {spell.who for spell in members if spell.holds_on(day)}
    found = {spell.who for spell in accessions if spell.holds_on(day)} - inside
    return Outside(len(found), _named(found, names) if day == timezone.localdate() else ())


# The council and the conference ------------------------------------------------------------------------------------


def _meetings(body: Body | None, year: int) -> Meetings:
    visitor = AnonymousUser()
    public = Meeting.objects.visible_to(visitor) | Meeting.objects.with_minutes_for(visitor)
    days = public.held().values_list("body__kind", "body__owner", "starts_at")
    found = [(kind, owner, timezone.localtime(start).date()) for kind, owner, start in days]
    council = [day for kind, _, day in found if kind == Body.Kind.COUNCIL]
    counts, first = Counter(day.year for day in council), _begins(council)
    return Meetings(
        council=counts[year] if year >= first else None,
        least=body.meets_min if body else None,
        most=body.meets_max if body else None,
        platform=sum(1 for _, owner, day in found if owner == Body.Owner.PLATFORM and day.year == year),
        by_year=tuple(Count(one, counts[one]) for one in _years(year, first)),
    )


def _sides(body: Body | None, day: date) -> tuple[Side, ...]:
    """Nothing before the council had its first seat that we know of: then nobody knows which were vacant."""
    if body is None:
        return ()
    composition = Composition.objects.filter(body=body).in_force(day)
    known = list(Seat.objects.filter(body=body, first_day__lte=day).ordinary())
    if composition is None or not known:
        return ()
    held = Counter(seat.side for seat in known if seat.is_held_on(day))
    sides = (Seat.Side.POLITICS, Seat.Side.CIVIL)
    return tuple(Side(str(side.label), composition.seats(side), held[side]) for side in sides)


def _dialogue(year: int, *, is_over: bool) -> Dialogue:
    known = {conference.year: conference for conference in Conference.objects.published()}
    first = max(min(known, default=timezone.localdate().year), settings.CONFERENCE_SINCE)
    held = {one for one, conference in known.items() if conference.has_been_held}
    without = tuple(one for one in range(first, year + is_over) if one not in held)
    conference = known.get(year)
    if conference is None:
        return Dialogue("none" if year >= first else "unknown", years_without=without)
    state = "held" if year in held else "coming" if conference.state in COMING else "cancelled"
    day = timezone.localtime(conference.starts_at).date()
    return Dialogue(state, day, conference.theme, conference.get_absolute_url(), without)


# The action plan ---------------------------------------------------------------------------------------------------


def _plans(year: int, day: date, *, is_over: bool) -> tuple[Plan, ...]:
    plans = [
        plan
        for plan in ActionPlan.objects.published().order_by("first_day").prefetch_related("items")
        if plan.first_day.year <= year <= plan.last_day.year
    ]
    items = [item for plan in plans for item in plan.items.all()]
    states = _states(items, day) if is_over else {item.pk: str(item.state) for item in items}
    return tuple(_plan(plan, states, day) for plan in plans)


def _plan(plan: ActionPlan, states: dict[int, str], day: date) -> Plan:
    items = list(plan.items.all())
    still = [item for item in items if states[item.pk] in ActionItem.OPEN]
    late = {item.pk for item in still if item.due and item.due < day}
    found = Counter(standing.LATE if item.pk in late else states[item.pk] for item in items)
    return Plan(
        label=plan.label,
        url=plan.get_absolute_url(),
        counts={key: found[key] for key in standing.BARS},
        without_owner=sum(1 for item in still if not item.owner),
        without_due=sum(1 for item in still if item.due is None),
    )


def _states(items: Sequence[ActionItem], day: date) -> dict[int, str]:
    """How the items stood that day, as the log tells: a row knows only how it stands now."""
    subjects = {item.subject: item for item in items}
    states: dict[int, str] = {}
    for event in Event.objects.filter(subject__in=list(subjects)).exclude(to_state="").order_by("pk"):
        item = subjects[event.subject]
        if timezone.localtime(event.at).date() <= day:
            states[item.pk] = event.to_state
        else:
            states.setdefault(item.pk, event.from_state or event.to_state)
    return {item.pk: states.get(item.pk, str(item.state)) for item in items}
