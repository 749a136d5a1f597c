"""Tables as files that a spreadsheet opens. What people have typed goes through text.safe_cell first."""

import csv
from collections.abc import Iterable, Iterator

from django.http import HttpResponse
from django.utils.http import content_disposition_header


class _Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """RFC 4180 with semicolons and a byte order mark, which a Swedish Excel takes for a table, and å for å."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    yield from map(writer.writerow, rows)


def csv_file(name: str, rows: Iterable[Iterable[str]]) -> HttpResponse:
    response = HttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
