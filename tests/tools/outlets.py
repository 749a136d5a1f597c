"""The addresses of open data, feeds and calendars."""

from django.test import Client

from botkyrka_civil.open_data.datasets import DATASETS
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.web import shut

PAGE = "/oppna-data/"
FILES = [path for dataset in DATASETS.values() for path in dataset.files.values()]
FEEDS = ["/organisationer/atom.xml", "/dokument/atom.xml", "/radet/atom.xml"]
CALENDARS = ["/kalender/radet.ics", "/kalender/plattformen.ics"]
OUTLETS = [*FILES, "/datasets/dcat", "/sitemap.xml", *FEEDS, *CALENDARS]


def fetch(url, client=None, **headers):
    """The answer and all of its bytes, and its file closed."""
    response = (client or Client()).get(url, headers=headers)
    body = response.getvalue()
    shut(response)
    return response, body
