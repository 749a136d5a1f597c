"""The pages that a search engine may list (sitemaps.org), each by its permanent address."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

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


def addresses() -> Iterator[str]:
    missing = set(_not_there())
    yield from (page for page in PAGES if page not in missing)
    yield from (version.get_absolute_url() for version in AgreementVersion.objects.published())
    yield from dict.fromkeys(principle.get_absolute_url() for principle in principles())
    listed = Accession.objects.public().order_by("organisation__slug").values_list("organisation__slug", flat=True)
    yield from (f"/organisationer/{slug}/" for slug in listed.distinct().iterator())
    yield from (row.meeting.get_absolute_url() for row in public_meetings())
    yield from (row.get_absolute_url() for row in Conference.objects.visible_to(AnonymousUser()).order_by("year"))
    yield from (shown.url for shown in results.public())
    yield from (document.get_absolute_url() for document in streamed(Document.objects.published().order_by("pk")))


def document() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for address in addresses():
        yield f"<url><loc>{escape(settings.BASE_URL + address)}</loc></url>\n"
    yield "</urlset>\n"
