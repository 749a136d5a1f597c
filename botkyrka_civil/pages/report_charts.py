"""The yearly report as pictures, the same on the page and on paper."""

from agreement import standing
from botkyrka_civil.lib import charts
from botkyrka_civil.lib.charts import Chart, Series
from iop.models.states import Side

from .report import Count, Report


def of(report: Report) -> dict[str, Chart]:
    """Those that have something to show, by the part of the report that they belong to."""
    found = {
        "accessions": _accessions(report),
        "members": _by_year("Medlemmar i Plattformen vid årets slut", "Medlemmar", report.members.by_year, report),
        "meetings": _by_year("Möten som Rådet har hållit", "Möten", report.meetings.by_year, report),
        "seats": _seats(report),
        "plans": _plans(report),
        "kronor": _given(report, "Kronor som parterna bidrar med i partnerskapen", "kronor", "kr"),
        "hours": _given(report, "Arbetstid som parterna bidrar med i partnerskapen", "hours", "timmar"),
    }
    return {name: chart for name, chart in found.items() if any(chart.known()) and not _is_one_point(chart)}


def _is_one_point(chart: Chart) -> bool:
    """Nothing can be compared with a single year; the text says its number."""
    return chart.kind == "lines" and len(chart.labels) < 2


def _years(counts: tuple[Count, ...], report: Report) -> list[str]:
    return [_year(one.year, report) for one in counts]


def _year(year: int, report: Report) -> str:
    """A year that is not over says so, or its number would be taken for a fall."""
    return str(year) if report.is_over or year < report.year else f"{year} hittills"


def _by_year(title: str, name: str, counts: tuple[Count, ...], report: Report) -> Chart:
    return charts.lines(title, _years(counts, report), [Series(name, tuple(one.value for one in counts))])


def _accessions(report: Report) -> Chart:
    rows = report.accessions
    series = [
        Series("Anslöt sig", tuple(one.value for one in rows.joined_by_year)),
        Series("Lämnade", tuple(one.value for one in rows.left_by_year)),
    ]
    return charts.lines("Organisationer som anslöt sig och lämnade", _years(rows.joined_by_year, report), series)


def _seats(report: Report) -> Chart:
    sides = report.sides
    series = [
        Series("Tillsatta platser", tuple(side.held for side in sides)),
        Series("Vakanta platser", tuple(side.vacant for side in sides)),
    ]
    return charts.stacked("Rådets platser på varje sida", [side.label for side in sides], series)


def _plans(report: Report) -> Chart:
    series = [
        Series(standing.STANDINGS[key][0], tuple(plan.counts[key] for plan in report.plans)) for key in standing.BARS
    ]
    labels = [plan.label for plan in report.plans]
    return charts.stacked("Handlingsplanens punkter", labels, series, unit="st")


def _given(report: Report, title: str, what: str, unit: str) -> Chart:
    sides = {side: report.partnerships.of_side(side.value, what) for side in Side}
    years = sorted({one.year for one in report.partnerships.given})
    series = [Series(str(side.label), tuple(by_year[year] for year in years)) for side, by_year in sides.items()]
    return charts.bars(title, years, series, unit=unit)
