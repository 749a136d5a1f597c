"""The addresses of open data, feeds and calendars."""

from django.test import Client

from botkyrka_civil.open_data.datasets import DATASETS
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.web import shut

PAGE = "/oppna-data/"
FILES = [path for dataset in DATASETS.values() for path in dataset.files.values()]
OPARL = [f"{PAGE}oparl/", *(f"{PAGE}oparl/{kind}/" for kind in ("kommuner", "organ", "moten", "personer", "arenden"))]
FEEDS = ["/organisationer/atom.xml", "/dokument/atom.xml", "/radet/atom.xml"]
CALENDARS = ["/kalender/radet.ics", "/kalender/plattformen.ics"]
OUTLETS = [*FILES, f"{PAGE}popolo.json", *OPARL, "/datasets/dcat", "/sitemap.xml", *FEEDS, *CALENDARS]


def fetch(url, client=None, **headers):
    """The answer and all of its bytes, and its file closed."""
    response = (client or Client()).get(url, headers=headers)
    body = response.getvalue()
    shut(response)
    return response, body
