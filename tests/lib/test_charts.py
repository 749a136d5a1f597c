"""Charts: true to their numbers, inside their frame, and the same for those who cannot see them."""

import math
import re
import subprocess
from decimal import Decimal
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from django.template import engines
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import charts, drawing, theme
from botkyrka_civil.lib.charts import NBSP, Series
from tests.tools import quick_pdf, vera

thorough = settings(max_examples=40)
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<b>Fet</b><script>alert(1)</script> " onload="x" &amp; {{ x }} \x00\x07\ufffe\ud800 👩‍👩‍👧 مسجد ' + "o" * 300
amounts = st.one_of(st.none(), st.integers(0, 10**12), st.floats(0, 10**12, allow_subnormal=False))
names = st.text(max_size=60)


@st.composite
def drawn(draw, make, values=amounts):
    labels = draw(st.lists(names, min_size=1, max_size=12))
    rows = st.lists(values, min_size=len(labels), max_size=len(labels))
    series = draw(st.lists(st.builds(Series, names, rows), min_size=1, max_size=8))
    return make(draw(names), labels, series, unit=draw(st.sampled_from(["", "kr", "timmar"])))


any_chart = st.one_of(*(drawn(make) for make in (charts.bars, charts.stacked, charts.lines)))


def parsed(chart):
    """The picture as XML, which is harder to please than HTML."""
    return ElementTree.fromstring(str(chart.svg))  # noqa: S314 - our own


def the_bars(svg):
    """The bars themselves, without the small squares of the key."""
    found = [e for e in svg.iter(SVG + "rect") if "bar" in e.get("class", "").split()]
    return [(float(e.get("x")), float(e.get("width"))) for e in found if e.get("height") == str(drawing.BAR)]


def texts(svg):
    return ["".join(e.itertext()).replace(NBSP, " ") for e in svg.iter(SVG + "text")]


@thorough
@given(drawn(charts.bars))
def test_a_bar_is_as_long_as_its_value(chart):
    known = [series.values[n] for n in range(len(chart.labels)) for series in chart.series]
    known = [value for value in known if value is not None]
    most = max(known, default=0)
    widths = [width for _, width in the_bars(parsed(chart))]
    assert len(widths) == len(known)
    for value, width in zip(known, widths, strict=True):
        assert width == pytest.approx(value / most * drawing.ROOM if most else 0, abs=0.006)


@thorough
@given(drawn(charts.stacked))
def test_the_parts_of_a_bar_are_as_long_as_their_values_and_touch(chart):
    bars = iter(the_bars(parsed(chart)))
    most = max((chart.total(number) or 0) for number in range(len(chart.labels)))
    for number in range(len(chart.labels)):
        end = drawing.EDGE
        for _, value in chart.parts(number):
            x, width = next(bars)
            assert x == pytest.approx(end, abs=0.02)
            assert width == pytest.approx(value / most * drawing.ROOM, abs=0.006)
            end = x + width
    assert next(bars, None) is None


@thorough
@given(drawn(charts.bars, st.one_of(st.none(), st.integers(-(10**9), 10**9))))
def test_what_is_less_than_nothing_lies_on_the_other_side_of_zero(chart):
    bars, svg = the_bars(parsed(chart)), parsed(chart)
    rules = [e.get("d") for e in svg.iter(SVG + "path") if e.get("class") == "rule"]
    zeros = {float(d[1:].split()[0]) for d in rules}
    assert len(zeros) <= 1
    known = [v for n in range(len(chart.labels)) for s in chart.series if (v := s.values[n]) is not None]
    for value, (x, width) in zip(known, bars, strict=True):
        assert (x if value >= 0 else x + width) == pytest.approx(zeros.copy().pop(), abs=0.02)


@thorough
@given(drawn(charts.lines))
def test_every_known_value_has_its_marker_at_its_height(chart):
    markers = [e for e in parsed(chart).iter(SVG + "path") if e.get("class") in ("full", "hollow")]
    known = chart.known()
    if not known:
        assert not markers
        return
    points = [tuple(map(float, re.findall(r"[-\d.]+", e.get("transform")))) for e in markers[len(chart.series) :]]
    assert len(points) == len(known)
    ordered = sorted(zip(known, points, strict=True), key=lambda pair: pair[0])
    assert all(low[1][1] >= high[1][1] for low, high in zip(ordered, ordered[1:], strict=False))


@thorough
@given(st.floats(1e-6, 1e14))
def test_the_frame_of_a_line_ends_at_a_round_number(value):
    top = charts._round_up(value)
    assert value <= top <= max(2.0 * value, 1e-300) * 1.001


def test_a_year_without_value_breaks_the_line_and_two_lines_show_their_numbers_at_the_points():
    chart = charts.lines("Möten", range(2020, 2025), [Series("Möten", (4, 5, None, 3, 4))])
    curves = [e.get("d") for e in parsed(chart).iter(SVG + "path") if e.get("class") == "curve"]
    assert [d.count("L") + 1 for d in curves[1:]] == [2, 2]  # the first one stands in the legend
    two = [Series("Anslutna", (3, 7, 0, 2)), Series("Utträdda", (0, 1, 0, None))]
    shown = texts(parsed(charts.lines("T", range(2022, 2026), two)))
    assert {"Anslutna: 2 (2025)", "Utträdda: 0 (2024)", "7", "2025"} <= set(shown)


def test_a_long_last_label_takes_no_place_from_the_others():
    """It is moved in from the frame, over the place of the one before it (a partnership's final evaluation)."""
    labels = ["2023", "2024", "2025", "Slututvärdering"]
    shown = texts(parsed(charts.lines("T", labels, [Series("T", (1, 2, 3, 4))])))
    assert [label for label in labels if label not in shown] == []


@thorough
@given(any_chart)
def test_everything_has_room_inside_the_frame_and_words_and_table_say_the_same(chart):
    svg = parsed(chart)
    assert_inside_the_frame(svg)
    assert_says_the_same(chart, svg)
    assert_table_holds_exactly_the_values(chart)


def assert_inside_the_frame(svg):
    _, _, width, height = map(float, svg.get("viewBox").split())
    assert width == drawing.WIDTH
    for e in (*svg.iter(SVG + "rect"), *svg.iter(SVG + "text")):
        if e.get("x") is None:
            continue  # of a pattern
        x, y = float(e.get("x")), float(e.get("y"))
        assert x >= -0.01 and x + float(e.get("width", 0)) <= width + 0.01
        assert y >= -0.01 and y + float(e.get("height", 0)) <= height + 0.01
    for e in svg.iter(SVG + "text"):
        wide, x = drawing.measure("".join(e.itertext())), float(e.get("x"))
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[e.get("text-anchor")]
        assert left >= -0.01 and left + wide <= width + 0.01


def assert_says_the_same(chart, svg):
    title, drawn_anew = svg.find(SVG + "title"), str(chart.svg)
    assert svg.get("role") == "img" and svg.get("aria-labelledby") == title.get("id")
    assert title.text == drawing._clean(chart.summary) and str(chart.svg) == drawn_anew
    ids = re.findall(r' id="([^"]+)"', drawn_anew)
    assert len(ids) == len(set(ids)) and " style=" not in drawn_anew and "<script" not in drawn_anew


def assert_table_holds_exactly_the_values(chart):
    assert [row.label for row in chart.rows] == list(chart.labels)
    for number, row in enumerate(chart.rows):
        assert len(row.cells) == len(chart.heads) == len(chart.series)
        for series, cell in zip(chart.series, row.cells, strict=True):
            value, told = series.values[number], cell.replace(NBSP, "").replace(",", ".")
            expected = None if value is None else pytest.approx(value, abs=0.00501, rel=0)
            assert expected == (None if cell == "saknas" else float(told))


@thorough
@given(drawn(charts.lines, st.one_of(st.none(), st.integers(-(10**6), 10**6))))
def test_the_summary_names_the_most_and_the_least(chart):
    if chart.is_empty:
        assert chart.summary == f"{chart.title}: inga uppgifter än."
        return
    for series in chart.series:
        known = [value for value in series.values if value is not None]
        for value in (max(known), min(known), known[0], known[-1]) if known else ():
            assert charts.said(value, chart.unit) in chart.summary


@pytest.mark.parametrize("make", [charts.bars, charts.stacked, charts.lines])
def test_hostile_text_few_none_and_vast_values_and_decimals_have_a_picture(make):
    chart = make(HOSTILE, [HOSTILE, "2"], [Series(HOSTILE, (1, 2)), Series("'", (3, None))], unit=HOSTILE)
    svg = parsed(chart)
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} <= {"svg", "title", "defs", "pattern", "path", "rect", "text"}
    html = render_to_string("includes/chart.html", {"chart": chart})
    assert "<script" not in html and "<b>" not in html and "&lt;script&gt;" in html
    assert unquote(chart.data_uri).startswith("data:image/svg+xml,<svg ")
    for values in [(), (None, None), (0, 0), (7, None), (10**18, 3), (0.1 + 0.2, 1e-9)]:
        chart = make("Titel", range(len(values)), [Series("Serie", values)])
        assert parsed(chart).get("role") == "img", values
        assert chart.is_empty == (not any(value is not None for value in values)), values
        html = render_to_string("includes/chart.html", {"chart": chart})
        assert ("<table" in html) != chart.is_empty, values
        assert ("inga uppgifter" in html) == chart.is_empty, values
    chart = make("Titel", ["a", "b"], [Series("c", (Decimal("2.50"), None)), Series("d", (1.5, Decimal(4)))])
    assert parsed(chart).get("role") == "img"
    assert [row.cells for row in chart.rows] == [("2,5", "1,5"), ("saknas", "4")]


def test_mistakes_are_told():
    for make, labels, value, words in (
        *((charts.bars, ["a"], value, "drawn") for value in (math.nan, math.inf, -math.inf, 10**400)),
        (charts.lines, ["a", "b"], 1, "1 values for 2 labels"),
        (charts.stacked, ["a"], -1, "less than nothing"),
    ):
        with pytest.raises(ValueError, match=words):
            make("Titel", labels, [Series("c", (value,))])


def test_numbers_as_swedes_write_them():
    assert charts.said(None) == "saknas"
    for value, shown in {
        0: "0", 125000: "125 000", 1250000.5: "1 250 000,5", -3: "−3", -0.001: "0", 0.1 + 0.2: "0,3", 2.675: "2,67",
        100: "100", 1e20: "1e+20",
    }.items():  # fmt: skip
        assert charts.said(value) == shown.replace(" ", NBSP)
        assert charts.said(value, "kr") == f"{shown} kr".replace(" ", NBSP)


def test_sentences():
    few = charts.bars("Platser", ["Politiken", "Civilsamhället"], [Series("Tillsatta", (5, None))])
    assert few.summary == "Stapeldiagram, Platser: Tillsatta 5 (Politiken)."
    many = charts.lines("Anslutna", range(2019, 2027), [Series("", (3, 5, 2, 0, 7, 4, 9, 2))])
    assert many.summary == "Linjediagram, Anslutna: från 3 (2019) till 2 (2026), högst 9 (2025) och lägst 0 (2022)."
    parts = charts.stacked("Planen", ["2026"], [Series("klara", (3,)), Series("strukna", (0,)), Series("nya", (4,))])
    assert parts.summary == "Staplat diagram, Planen: 2026 7, varav 3 klara, 4 nya."
    unknown = charts.bars("Bidrag", ["a"], [Series("A", (1,)), Series("B", (None,))], unit="kr")
    assert unknown.summary.replace(NBSP, " ") == "Stapeldiagram, Bidrag: A 1 kr (a); B saknas."


def test_text_and_marks_stand_out_and_are_large_enough_on_the_narrowest_phone():
    """WCAG 1.4.3 and 1.4.11: letters 4.5:1, and marks 3:1, against the white they are drawn on."""
    for colour in (*drawing.COLOURS, drawing.INK, drawing.QUIET):
        assert theme.contrast(colour, "#ffffff") >= 4.5, colour
    gutters, frame = 2 * 16, 2 * (4 + 1)
    assert drawing.TEXT * (320 - gutters - frame) / drawing.WIDTH >= 12


@pytest.fixture(scope="module")
def paper():
    """Charts, and a file made of them as in production."""
    source = """<html lang="sv"><head><title>Siffror</title>
        <meta name="dcterms.created" content="2026-01-01T00:00:00Z"></head><body><h1>Siffror</h1>
        {% for chart in charts %}<h2>{{ chart.title }}</h2>{% include "includes/chart_pdf.html" %}{% endfor %}</body>"""
    made = [
        charts.lines("Linjer", range(2019, 2027), [Series("Anslutna", range(8)), Series("Utträdda", range(8, 0, -1))]),
        charts.bars("Staplar", ["Politiken", "Åäö مسجد"], [Series(f"Serie {n}", (n, None)) for n in range(8)], "kr"),
        charts.stacked("Delar", ["Planen"], [Series(f"Del {n}", (n,)) for n in range(8)]),
        charts.lines("Tomt", [], []),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "get_template", lambda name: engines["django"].from_string(source))
        patch.setattr(pdf, "warm", quick_pdf.REAL["warm"])
        return made, quick_pdf.REAL["render"]("x.html", {"charts": made}, identifier="x")


def test_a_chart_on_paper_has_its_text_alternative_and_our_fonts(paper):
    made, file = paper
    fonts = shown_by("pdffonts", "-", file=file).splitlines()[2:]
    assert fonts and all(re.match(r"\w{6}\+(Source|Newsreader|PDF)", font) and "yes yes yes" in font for font in fonts)
    words = shown_by("pdftotext", "-layout", "-", "-", file=file)
    assert "Åäö" in words and "مسجد" in words and "Anslutna: 7 (2026)" in words
    structure = shown_by("pdfinfo", "-struct-text", "-", file=file)
    assert structure.count("Figure") == len([chart for chart in made if not chart.is_empty])


def shown_by(tool, *options, file):
    return subprocess.run([tool, *options], input=file, capture_output=True, check=True).stdout.decode()


@pytest.mark.pdf
def test_charts_pass_both_standards(paper):
    vera.assert_pdf(paper[1])
