"""Where the items of a plan stand: in groups with the late ones first, as counts, and as a picture."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botkyrka_civil.lib import charts

from .models import ActionItem

LATE = "late"
# Each standing with what one item in it is called, and the heading of those that are there; in the order of the page.
STANDINGS = {
    LATE: ("Försenad", "Försenat"),
    "under_way": ("Pågår", "Pågår"),
    "planned": ("Planerad", "Planerat"),
    "done": ("Klar", "Klart"),
    "dropped": ("Struken", "Struket"),
}
BARS = ("done", LATE, "under_way", "planned", "dropped")  # from the left in the picture
NO_PRINCIPLE = "Ingen särskild princip"


@dataclass(frozen=True)
class Group:
    """Items that stand alike."""

    key: str
    heading: str
    items: list[ActionItem]


def of(item: ActionItem) -> str:
    """Its state, or that it is late."""
    return LATE if item.is_late else str(item.state)


def groups(items: Iterable[ActionItem]) -> list[Group]:
    """The late ones first, and among them the one that should have been done first."""
    by_standing: dict[str, list[ActionItem]] = {key: [] for key in STANDINGS}
    for item in items:
        by_standing[of(item)].append(item)
    by_standing[LATE].sort(key=lambda item: str(item.due))
    return [Group(key, STANDINGS[key][1], found) for key, found in by_standing.items() if found]


def counts(items: Iterable[ActionItem]) -> list[tuple[str, int]]:
    """How many there are of each, those that there are none of left out but for the late ones."""
    found = Counter(of(item) for item in items)
    return [(heading, found[key]) for key, (_, heading) in STANDINGS.items() if found[key] or key == LATE]


def chart(items: Sequence[ActionItem]) -> charts.Chart:
    """How far it has come with each principle, in the order of the agreement."""
    found = Counter((_principle(item), of(item)) for item in items)
    rows = sorted({row for row, _ in found})
    shown = BARS if any(key == BARS[-1] for _, key in found) else BARS[:-1]
    series = [charts.Series(STANDINGS[key][0], tuple(found[row, key] for row in rows)) for key in shown]
    return charts.stacked("Så går det med varje princip", [heading for _, heading in rows], series, unit="st")


def _principle(item: ActionItem) -> tuple[int, str]:
    """Its place in the agreement and its name, and last what serves no principle of its own."""
    return (item.principle.order, item.principle.heading) if item.principle else (1000, NO_PRINCIPLE)
