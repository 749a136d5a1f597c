"""The pages that a search engine may list (sitemaps.org), each by its permanent address."""

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from agreement.models import Accession, AgreementVersion
from botkyrka_civil.documents.models import Document
from council.models import Body, Conference
from council.public_meetings import public_meetings
from iop import results

from .datasets import principles, streamed

PAGES = (
    "/",
    "/overenskommelsen/",
    "/overenskommelsen/handlingsplan/",
    "/organisationer/",
    "/anslut/",
    "/plattformen/",
    "/plattformen/styrelsen/",
    "/plattformen/bli-medlem/",
    "/radet/",
    "/radet/moten/",
    "/dialogkonferens/",
    "/iop/",
    "/iop/passar-iop/",
    "/iop/foresla/",
    "/dokument/",
    "/lattlast/",
    "/in-english/",
    "/suomeksi/",
    "/bil-arabiyya/",
    "/oppna-data/",
    "/kontakt/",
    "/tillganglighet/",
    "/personuppgifter/",
)


def _not_there() -> Iterator[str]:
    """What a municipality that has just begun has no page for yet."""
    if not AgreementVersion.objects.in_force():
        yield "/overenskommelsen/"
    if not Body.objects.filter(kind=Body.Kind.COUNCIL).exists():
        yield from ("/radet/", "/radet/moten/")


def addresses() -> Iterator[tuple[str, datetime | None]]:
    """Each address, and when its content last changed where that is known (`lastmod`)."""
    missing = set(_not_there())
    yield from ((page, None) for page in PAGES if page not in missing)
    years = range(settings.FIRST_YEAR, timezone.localdate().year + 1)
    yield from ((f"/overenskommelsen/{year}/arsrapport/", None) for year in years)
    earlier = AgreementVersion.objects.published().exclude(state=AgreementVersion.State.IN_FORCE)
    yield from ((version.get_absolute_url(), None) for version in earlier)
    yield from dict.fromkeys((principle.get_absolute_url(), None) for principle in principles())
    listed = Accession.objects.public().order_by("organisation__slug").values_list("organisation__slug", flat=True)
    yield from ((f"/organisationer/{slug}/", None) for slug in listed.distinct().iterator())
    yield from ((row.meeting.get_absolute_url(), row.told_at) for row in public_meetings())
    conferences = Conference.objects.visible_to(AnonymousUser()).order_by("year")
    yield from ((conference.get_absolute_url(), None) for conference in conferences)
    yield from ((shown.url, None) for shown in results.public())
    documents = Document.objects.published().select_related("current").order_by("pk")
    for document in streamed(documents):
        yield document.get_absolute_url(), document.current.uploaded_at if document.current else None


def document() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for address, changed in addresses():
        lastmod = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
        yield f"<url><loc>{escape(settings.BASE_URL + address)}</loc>{lastmod}</url>\n"
    yield "</urlset>\n"
