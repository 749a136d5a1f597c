"""Charts drawn by the server: SVG for a page, an image for a PDF, and the same numbers as a table and as a sentence.

    chart = charts.bars("Bidrag per part", ["2025", "2026"], [Series("Kommunen", (125_000, None))], unit="kr")

`bars`      horizontal bars, one group for each label
`stacked`   one horizontal bar for each label, whose parts are the series
`lines`     over time; the labels are years or days, the earliest first

Put it on a page with {% include "includes/chart.html" with chart=chart %} and in a PDF with "includes/chart_pdf.html".
Who cannot see the picture gets `summary` in its place and every number from the table beside it. None means that no
value is known. The series differ in pattern, marker and dash, not in colour alone, and each number stands by its
mark. No script, and no style attribute, which our CSP refuses. Its id comes of its content: show a
chart once on a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from django.utils.safestring import SafeString

from . import typefaces
from .drawing import BAR, EDGE, GRID, LINE, QUIET, ROOM, WIDTH, Drawing, cut, measure, wrapped

Number = int | float
Kind = Literal["bars", "stacked", "lines"]

NAMES = {"bars": "Stapeldiagram", "stacked": "Staplat diagram", "lines": "Linjediagram"}
MISSING = "saknas"
NBSP = "\xa0"
FEW = 6  # so many values are told one by one in a sentence
LEGIBLE, IMPOSSIBLE = 10**15, 1e300  # above these nobody reads the digits, and nothing can be drawn
PDF_WIDTH = 300  # in CSS pixels: the text is then 10 points
PLOT_HEIGHT = 170


@dataclass(frozen=True)
class Series:
    name: str
    values: tuple[Number | None, ...]


class Row(NamedTuple):
    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    kind: Kind = "bars"

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(f"{series.name}: {len(series.values)} values for {len(self.labels)} labels")
        if not all(abs(value) < IMPOSSIBLE for value in self.known()):  # nor is "not a number" less than that
            raise ValueError(f"{self.title}: a value cannot be drawn")
        if self.kind == "stacked" and any(value < 0 for value in self.known()):
            raise ValueError(f"{self.title}: a part cannot be less than nothing")

    def known(self) -> list[Number]:
        """Every value there is."""
        return [value for series in self.series for value in series.values if value is not None]

    def parts(self, number: int) -> list[tuple[int, Number]]:
        """What can be seen of a stacked bar: the number of each series and its value."""
        return [(n, value) for n, series in enumerate(self.series) if (value := series.values[number])]

    def total(self, number: int) -> Number | None:
        known = [value for series in self.series if (value := series.values[number]) is not None]
        return sum(known) if known else None

    @property
    def is_empty(self) -> bool:
        """No value is known. Zero is a value."""
        return not self.known()

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands above the table's columns of numbers."""
        return tuple(series.name or "Antal" for series in self.series)

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(
            Row(label, tuple(said(series.values[number]) for series in self.series))
            for number, label in enumerate(self.labels)
        )

    @property
    def summary(self) -> str:
        """One sentence in place of the picture."""
        if self.is_empty:
            return f"{self.title}: inga uppgifter än."
        told = _told_by_label(self) if self.kind == "stacked" else _told_by_series(self)
        return f"{NAMES[self.kind]}, {self.title}: {'; '.join(told)}."

    @property
    def svg(self) -> SafeString:
        """For the page, where css/site.css gives it its size."""
        return self._drawn(WIDTH, ("Segoe UI", "sans-serif"))

    @property
    def data_uri(self) -> str:
        """For <img> in a PDF, where an inline <svg> gets no text alternative (ISO 14289-1 7.3).

        Letters outside ASCII stay as they are, so that documents.pdf.render sees them.
        """
        drawn = self._drawn(PDF_WIDTH, typefaces.families())
        return "data:image/svg+xml," + "".join(quote(c) if c.isascii() else c for c in drawn)

    def _drawn(self, width: int, fonts: Iterable[str]) -> SafeString:
        drawing = Drawing("d" + sha256(repr(self).encode("utf-8", "replace")).hexdigest()[:10])
        if not self.is_empty:
            {"bars": _draw_bars, "stacked": _draw_stacked, "lines": _draw_lines}[self.kind](self, drawing)
        return drawing.svg(summary=self.summary, width=width, series=len(self.series), fonts=fonts)


def bars(title: str, labels: Iterable[object], series: Iterable[Series], unit: str = "") -> Chart:
    return _chart("bars", title, labels, series, unit)


def stacked(title: str, labels: Iterable[object], series: Iterable[Series], unit: str = "") -> Chart:
    return _chart("stacked", title, labels, series, unit)


def lines(title: str, labels: Iterable[object], series: Iterable[Series], unit: str = "") -> Chart:
    return _chart("lines", title, labels, series, unit)


def _chart(kind: Kind, title: str, labels: Iterable[object], series: Iterable[Series], unit: str) -> Chart:
    kept = tuple(Series(str(one.name), tuple(_number(value) for value in one.values)) for one in series)
    return Chart(str(title), tuple(str(label) for label in labels), kept, unit, kind)


def _number(value: Any) -> Number | None:
    """A database's decimals do not mix with the measures of a picture."""
    return float(value) if isinstance(value, Decimal) else value


# In words ----------------------------------------------------------------------------------------------------------


def said(value: Number | None, unit: str = "") -> str:
    """A number as Swedes write it, with at most two decimals: 125 000, 0,5, −3.

    >>> said(125000.5, "kr").replace(NBSP, " ")
    '125 000,5 kr'
    """
    if value is None:
        return MISSING
    text = f"{float(value):.3g}" if abs(value) >= LEGIBLE else f"{value:,.2f}".rstrip("0").rstrip(".")
    text = text.replace(",", NBSP).replace(".", ",").replace("-", "−")
    text = "0" if text == "−0" else text  # what rounds to nothing has no sign
    return f"{text}{NBSP}{unit}" if unit else text


def _told_by_series(chart: Chart) -> Iterator[str]:
    for series in chart.series:
        known = [(label, value) for label, value in zip(chart.labels, series.values, strict=True) if value is not None]
        name = f"{series.name} " if series.name else ""
        points = [f"{said(value, chart.unit)} ({label})" for label, value in known]
        if len(known) <= FEW:
            yield name + (", ".join(points) or MISSING)
            continue
        values = [value for _, value in known]
        most, least = points[values.index(max(values))], points[values.index(min(values))]
        ends = f"från {points[0]} till {points[-1]}, " if chart.kind == "lines" else ""
        yield f"{name}{ends}högst {most} och lägst {least}"


def _told_by_label(chart: Chart) -> Iterator[str]:
    """Every bar with its parts; of many bars only the last, which is the latest."""
    first = 0 if len(chart.labels) <= FEW else len(chart.labels) - 1
    for number in range(first, len(chart.labels)):
        of = ", ".join(f"{said(value)} {chart.series[n].name}" for n, value in chart.parts(number))
        yield f"{chart.labels[number]} {said(chart.total(number), chart.unit)}" + (f", varav {of}" if of else "")


# As bars -----------------------------------------------------------------------------------------------------------


def _draw_bars(chart: Chart, drawing: Drawing) -> None:
    values = [float(value) for value in chart.known()]
    low, high = min(0.0, *values), max(0.0, *values)
    span, several = (high - low) or 1, len(chart.series) > 1
    zero = EDGE - low / span * ROOM
    for number, label in enumerate(chart.labels):
        if several:
            drawing.named(label, weight=600)
        for n, series in enumerate(chart.series):
            value = series.values[number]
            drawing.named(series.name if several else label, said(value, chart.unit))
            if value is not None:
                width = abs(value) / span * ROOM
                drawing.bar(n, zero if value >= 0 else zero - width, drawing.y, width)
                drawing.rule(zero, drawing.y - 2, down=BAR + 4)
                drawing.y += BAR
            drawing.y += 7
        drawing.y += 9


def _draw_stacked(chart: Chart, drawing: Drawing) -> None:
    most = max(float(chart.total(number) or 0) for number in range(len(chart.labels))) or 1
    for number, label in enumerate(chart.labels):
        drawing.named(label, said(chart.total(number), chart.unit), weight=600)
        x = float(EDGE)
        for n, value in chart.parts(number):
            width = value / most * ROOM
            drawing.bar(n, x, drawing.y, width)
            x += width
        drawing.rule(EDGE, drawing.y - 2, down=BAR + 4)
        drawing.y += BAR + 5
        _draw_keys(chart, drawing, number)
        drawing.y += 16


def _draw_keys(chart: Chart, drawing: Drawing, number: int) -> None:
    """The parts of a bar by name, with their patterns and numbers, as many on a line as there is room for."""
    swatch, between, x = 14, 18, float(EDGE)
    for n, value in chart.parts(number):
        words = said(value)
        name = cut(chart.series[n].name, ROOM - swatch - 12 - measure(words))
        width = swatch + 12 + measure(name) + measure(words)
        if x == EDGE or x + width > ROOM:
            x = float(EDGE)
            drawing.y += LINE + 2
        drawing.bar(n, x, drawing.y - swatch - 3, swatch, swatch)
        drawing.text(f"{name} {words}", x + swatch + 5, drawing.y - 5)
        x += width + between


# As lines ----------------------------------------------------------------------------------------------------------


class _Plane(NamedTuple):
    """Where in the drawing a point of the line chart lies."""

    left: float
    top: float
    low: float
    high: float
    places: int

    @property
    def right(self) -> float:
        return WIDTH - 16

    @property
    def step(self) -> float:
        return (self.right - self.left) / max(1, self.places - 1)

    def x(self, number: int) -> float:
        return self.left + self.step * number if self.places > 1 else (self.left + self.right) / 2

    def middle(self, number: int, width: float) -> float:
        """Where words of that width are centred: at their place, or as near as the frame allows."""
        return min(max(self.x(number), EDGE + width / 2), WIDTH - EDGE - width / 2)

    def fitting(self, width: float) -> int:
        """At how many places from one another such words do not touch."""
        moved = max(0, width / 2 - (WIDTH - EDGE - self.right))  # the last ones, to stay inside
        return math.ceil((width + moved + 8) / self.step)

    def y(self, value: Number) -> float:
        return self.top + PLOT_HEIGHT * ((self.high - value) / (self.high - self.low))


def _draw_lines(chart: Chart, drawing: Drawing) -> None:
    _draw_legend(chart, drawing)
    low, high = -_round_up(-min(chart.known())), _round_up(max(chart.known()))
    high = 1.0 if low == high else high
    ticks = [low, *([0.0] if low < 0 < high else []), *([high / 2] if low == 0 and high > 1 else []), high]
    left = EDGE + max(measure(said(tick)) for tick in ticks) + 16
    plane = _Plane(left, drawing.y + 28, low, high, len(chart.labels))
    for tick in ticks:
        y = plane.y(tick)
        drawing.rule(left - 10, y, across=WIDTH - EDGE - left + 10, stroke=GRID if tick else QUIET)
        drawing.text(said(tick), left - 14, y + 5, anchor="end", fill=QUIET)
    for n, series in enumerate(chart.series):
        _draw_line(n, series, plane, drawing)
    _write_points(chart, plane, drawing)
    drawing.y = plane.top + PLOT_HEIGHT + 26
    _write_labels(chart.labels, plane, drawing)


def _round_up(value: Number) -> float:
    """The next round number whose half is round as well: 0, 1, 2, 4, 6, 8, 10, 20, 40 …"""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value), float(value))


def _draw_legend(chart: Chart, drawing: Drawing) -> None:
    """Every line by name with its latest value: who cannot tell the colours apart reads it here."""
    for n, series in enumerate(chart.series):
        known = [(label, value) for label, value in zip(chart.labels, series.values, strict=True) if value is not None]
        words = f"{said(known[-1][1], chart.unit)} ({known[-1][0]})" if known else MISSING
        for row, part in enumerate(wrapped(f"{series.name}: {words}" if series.name else words, ROOM - 44)):
            drawing.y += LINE
            drawing.text(part, EDGE + 44, drawing.y - 5)
            if row == 0:
                drawing.curve(n, [(EDGE, drawing.y - 10), (EDGE + 36, drawing.y - 10)])
                drawing.marker(n, EDGE + 18, drawing.y - 10)


def _draw_line(n: int, series: Series, plane: _Plane, drawing: Drawing) -> None:
    """A year without a value breaks the line, so that nobody reads one there."""
    for is_known, run in groupby(enumerate(series.values), key=lambda at: at[1] is not None):
        if is_known:
            points = [(plane.x(number), plane.y(value)) for number, value in run if value is not None]
            drawing.curve(n, points)
            for x, y in points:
                drawing.marker(n, x, y)


def _write_points(chart: Chart, plane: _Plane, drawing: Drawing) -> None:
    """The numbers at the points, where they have room: one or two lines, the higher above and the lower below."""
    widest = max(measure(said(value)) for value in chart.known())
    if len(chart.series) > 2 or plane.fitting(widest) > 1:
        return
    for number in range(plane.places):
        known = [value for series in chart.series if (value := series.values[number]) is not None]
        for value, down in zip(sorted(known, reverse=True), (-11, 23), strict=False):
            words = said(value)
            width = measure(words)
            x = max(plane.middle(number, width), plane.left - 10 + width / 2)  # clear of the numbers of the axis
            drawing.label(words, x, plane.y(value) + down)


def _write_labels(labels: Sequence[str], plane: _Plane, drawing: Drawing) -> None:
    """As many labels under the plane as have room, counted from the latest.

    A last one that is longer than the others gets a row of its own: the frame moves it in over the one before.
    """
    drawn = [cut(label, max(plane.step - 8, (plane.right - plane.left) / 2 - 8)) for label in labels]
    others = max(map(measure, drawn[:-1]), default=0)
    is_long = plane.fitting(measure(drawn[-1])) > 1 >= plane.fitting(others)
    free, baseline = float(WIDTH), drawing.y + LINE - 5
    for number in range(plane.places - 1, -1, -1):
        width = measure(drawn[number])
        x = plane.middle(number, width)
        if is_long and number == plane.places - 1:
            drawing.text(drawn[number], x, baseline + LINE, anchor="middle", fill=QUIET)
        elif x + width / 2 <= free:
            drawing.text(drawn[number], x, baseline, anchor="middle", fill=QUIET)
            free = x - width / 2 - 8
    drawing.y += LINE * (1 + is_long)
