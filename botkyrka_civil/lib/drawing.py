"""Shapes and words in an SVG, for lib.charts: what fits in a phone's width and reads without colour.

Text is measured roughly, and broken where it does not fit. Every shape has a class, by which css/site.css gives it the
reader's own colours in forced-colours mode; the attributes are for the PDF, which knows no such rules.
"""

import math
import re
from collections.abc import Iterable
from unicodedata import east_asian_width

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Units of the viewBox. On the narrowest phone (320 px) one unit is 0.8 px, and so the text 12.8 px.
WIDTH, EDGE, TEXT, LINE, BAR = 360, 2, 16, 21, 20
ROOM = WIDTH - 2 * EDGE

# The tokens of css/site.css. Each colour of a series is at least 4.5:1 against white.
INK, QUIET, GRID, GROUND = "#1d2b2d", "#52605f", "#ddd3c1", "#fff"
COLOURS = ("#123f45", "#9a5b00", "#1f6b43", "#0c5a63", "#a3231f", "#52605f")
DASHES = ("none", "7 4", "2 4", "10 3 2 3", "4 2", "14 4")
MARKERS = ("M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z", "M-5 -5H5V5H-5Z", "M0 -6L6 5H-6Z", "M0 -7L6 0L0 7L-6 0Z")
# What lies on the white ground of a bar, in its own colour: stripes, dots, nothing, crosses, level lines. The first
# is full, and drawn without a pattern: its tiles would show their seams in print.
PATTERNS = ("", "M-2 6L6 -2M2 10L10 2", "M2 2h3v3h-3z", "M0 0", "M0 0L8 8M8 0L0 8", "M0 2H8M0 6H8")
FILLED = 2

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, *content: str, **attributes: object) -> SafeString:
    """One element, everything in it escaped that is not an element itself. `class_` is class, `fill_x` is fill-x."""
    pairs = [(name.rstrip("_").replace("_", "-"), _clean(value)) for name, value in attributes.items()]
    named = format_html_join("", ' {}="{}"', pairs)
    inside = format_html_join("", "{}", [(part if isinstance(part, SafeString) else _clean(part),) for part in content])
    return format_html("<{tag}{named}>{inside}</{tag}>", tag=tag, named=named, inside=inside)


def _clean(value: object) -> str:
    """What XML has no place for is dropped; numbers have at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return _NOT_XML.sub("", text)


def path(*steps: str | float) -> str:
    return "".join(_clean(step) if isinstance(step, str) else f"{_clean(float(step))} " for step in steps).strip()


# Text in a box -----------------------------------------------------------------------------------------------------


def measure(text: str) -> float:
    """About how wide a line is; rather too much, since the reader's font may be another than ours."""
    return TEXT * sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if letter in "mwMW@%—" or east_asian_width(letter) in "WF":
        return 1
    return 0.72 if letter.isupper() else 0.56


def wrapped(text: str, room: float = ROOM) -> list[str]:
    """The text in lines that fit, broken between words, and within a word that has no room."""
    found = [""]
    for word in text.replace("\n", " ").split(" "):
        if found[-1] and measure(f"{found[-1]} {word}") <= room:
            found[-1] += f" {word}"
            continue
        found += [""] if found[-1] else []
        for letter in word:
            found += [""] if found[-1] and measure(found[-1] + letter) > room else []
            found[-1] += letter
    return found


def cut(text: str, room: float) -> str:
    """One line of it, with … for what has no room."""
    first, *rest = wrapped(text, room)
    return f"{wrapped(text, room - TEXT)[0].rstrip()}…" if rest else first


# Shapes ------------------------------------------------------------------------------------------------------------


class Drawing:
    """Shapes from the top downwards; `y` is where the next one may begin."""

    def __init__(self, key: str) -> None:
        self.key, self.y = key, 0.0
        self.shapes: list[SafeString] = []

    def put(self, tag: str, *content: str, **attributes: object) -> None:
        self.shapes.append(element(tag, *content, **attributes))

    def text(
        self, words: str, x: float, y: float, *, weight: int = 400, anchor: str = "start", fill: str = INK
    ) -> None:
        self.put("text", words, x=x, y=y, font_weight=weight, text_anchor=anchor, fill=fill)

    def named(self, name: str, number: str = "", *, weight: int = 400) -> None:
        """A name to the left and its number to the right, on the last line of the name if there is room."""
        rows = wrapped(name)
        if number and measure(rows[-1]) + measure(number) + TEXT > ROOM:
            rows.append("")
        for row in rows:
            self.y += LINE
            if row:
                self.text(row, EDGE, self.y - 5, weight=weight)
        if number:
            self.text(number, WIDTH - EDGE, self.y - 5, weight=600, anchor="end")

    def bar(self, n: int, x: float, y: float, width: float, height: float = BAR) -> None:
        """A part of series `n`. Only its numbers are rounded, so its length is as its value."""
        look, colour = n % len(PATTERNS), COLOURS[n % len(COLOURS)]
        paint = (
            {"class_": "bar", "fill": f"url(#{self.key}-{look})"} if look else {"class_": "bar full", "fill": colour}
        )
        self.put("rect", x=x, y=y, width=width, height=height, stroke=colour, **paint)

    def rule(self, x: float, y: float, *, across: float = 0, down: float = 0, stroke: str = INK) -> None:
        """A straight line of the frame."""
        d = path("M", x, y, "l", across, down)
        self.put("path", class_="rule", d=d, fill="none", stroke=stroke)

    def curve(self, n: int, points: list[tuple[float, float]]) -> None:
        d = path(*(step for number, (x, y) in enumerate(points) for step in ("L" if number else "M", x, y)))
        look = {"stroke": COLOURS[n % len(COLOURS)], "stroke_dasharray": DASHES[n % len(DASHES)]}
        self.put("path", class_="curve", d=d, fill="none", stroke_width=2.5, **look)

    def marker(self, n: int, x: float, y: float) -> None:
        """The next ones of the same shape are hollow."""
        hollow, colour = n // len(MARKERS) % 2, COLOURS[n % len(COLOURS)]
        place = f"translate({path(x, y)})"
        look = {"class_": "hollow" if hollow else "full", "fill": GROUND if hollow else colour, "stroke": colour}
        self.put("path", transform=place, d=MARKERS[n % len(MARKERS)], stroke_width=2, **look)

    def label(self, words: str, x: float, y: float) -> None:
        """A number in the middle of other shapes, on a ground of its own."""
        width = measure(words)
        self.put("rect", class_="ground", x=x - width / 2, y=y - 13, width=width, height=16, rx=3, fill=GROUND)
        self.text(words, x, y, anchor="middle", weight=600)

    def svg(self, *, summary: str, width: int, series: int, fonts: Iterable[str]) -> SafeString:
        """The whole picture, `width` pixels wide where nothing else decides it; `fonts` come after our own."""
        height = math.ceil(self.y) + EDGE
        return element(
            "svg",
            element("title", summary, id=self.key),
            element("defs", *(self._pattern(n) for n in range(1, min(series, len(PATTERNS))))),
            *self.shapes,
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            aria_labelledby=self.key,
            viewBox=f"0 0 {WIDTH} {height}",
            width=width,
            height=height * width / WIDTH,
            font_family=", ".join(("Source Sans 3", *fonts)),
            font_size=TEXT,
        )

    def _pattern(self, n: int) -> SafeString:
        colour, filled = COLOURS[n], n == FILLED
        look = {"class_": "fill", "fill": colour} if filled else {"class_": "hatch", "fill": "none", "stroke": colour}
        ground = element("rect", class_="ground", width=8, height=8, fill=GROUND)
        hatch = element("path", d=PATTERNS[n], stroke_width=1.75, **look)
        place = {"width": 8, "height": 8, "patternUnits": "userSpaceOnUse"}
        return element("pattern", ground, hatch, id=f"{self.key}-{n}", **place)
