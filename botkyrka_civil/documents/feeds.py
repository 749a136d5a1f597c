from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.feedgenerator import Enclosure
from django.utils.html import escape

from ..lib.outlets import AtomFeed
from .models import Document


class DocumentFeed(AtomFeed[Document]):
    """Public documents, those that changed last first. Their identities are their permanent addresses."""

    title = "Dokument och riktlinjer"
    subtitle = "Nya och ändrade dokument om Överenskommelsen, Plattformen och Rådet"
    page = "/dokument/"

    def items(self) -> QuerySet[Document]:
        return Document.objects.published().select_related("current__file").order_by("-modified_at", "-pk")[:30]

    def item_title(self, item: Document) -> str:
        return item.title

    def item_description(self, item: Document) -> str:
        """Written as HTML, which is what Atom is told that it is."""
        facts = f"{item.get_category_display()}, {item.get_owner_display()} {item.label}"
        return escape(f"{facts}. {item.note}" if item.note else f"{facts}.")

    def item_updateddate(self, item: Document) -> datetime:
        return item.modified_at

    def item_categories(self, item: Document) -> list[str]:
        return [item.get_category_display()]

    def item_enclosures(self, item: Document) -> list[Enclosure]:
        url = f"{settings.BASE_URL}{item.file_url}"
        return [Enclosure(url, str(item.file.size), item.file.mime)]
