from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.utils.feedgenerator import Atom1Feed, Enclosure
from django.utils.html import escape

from .models import Document


class DocumentFeed(Feed[Document, None]):
    """Public documents, those that changed last first. Atom, RFC 4287.

    A feed is kept and passed on by others, so it holds what is public and nothing more, whoever asks for it. The
    identities are the permanent addresses, and the same behind every name that the server is reached by.
    """

    login_required = False  # what LoginRequiredMiddleware asks a view; a feed is an instance, not a function
    feed_type = Atom1Feed
    title = "Dokument och riktlinjer"
    subtitle = "Nya och ändrade dokument om Överenskommelsen, Plattformen och Rådet"
    link = "/dokument/"
    feed_guid = f"{settings.BASE_URL}/dokument/atom.xml"
    author_name = settings.MUNICIPALITY["name"]

    def items(self) -> QuerySet[Document]:
        return Document.objects.published().select_related("current__file").order_by("-modified_at", "-pk")[:30]

    def item_guid(self, item: Document) -> str:
        return f"{settings.BASE_URL}{item.get_absolute_url()}"

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
