"""The agenda and its papers while the meeting may still be changed."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from botkyrka_civil.casework.models import Actor, Refused, record
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Category, Document, DocumentQuerySet, Owner
from botkyrka_civil.documents.uploads import Upload

from .models import AgendaItem, Body, Meeting


def audiences_for(body: Body) -> list[tuple[str, str]]:
    return [(audience.value, str(audience.label)) for audience in body.audiences]


def keep(meeting: Meeting, rows: Iterable[dict[str, Any]], *, removed: Collection[int]) -> None:
    """The agenda as it was typed: `rows` in their order, each with the id of its item or None for a new one."""
    items = {item.pk: item for item in meeting.items.all()}
    for pk in items.keys() & set(removed):
        items.pop(pk).delete()
    for order, row in enumerate(rows, start=1):
        item = items.get(row["id"]) or AgendaItem(meeting=meeting)
        for name, value in row.items():
            if name != "id":
                setattr(item, name, value)
        item.order = order
        item.save()


# Papers -------------------------------------------------------------------------------------------------------------


def choosable(meeting: Meeting, user: Any) -> DocumentQuerySet:
    """Those of the documents that `user` sees which may lie with this body's papers.

    Who sits in two rooms carries nothing from one to the other by mistake.
    """
    rows = Document.objects.visible_to(user).latest_first()
    if meeting.body.owner != Body.Owner.PLATFORM:
        return rows.ours()
    return rows.exclude(owner=Owner.MUNICIPALITY, audience=Audience.STAFF)


def upload_paper(
    meeting: Meeting, *, by: Actor, item: AgendaItem, upload: Upload, title: str, audience: str
) -> Document:
    """A new document of the body's owner, with its place on the agenda."""
    platform = meeting.body.owner == Body.Owner.PLATFORM
    with changing(meeting):
        document = Document.add(
            by=by,
            upload=upload,
            title=title,
            category=Category.OTHER,
            owner=Owner.PLATFORM if platform else Owner.MUNICIPALITY,
            audience=audience,
            made_up=meeting.made_up,
        )
        _add(meeting, item, document, by)
    return document


def choose_paper(meeting: Meeting, *, by: Actor, item: AgendaItem, document: Document) -> None:
    with changing(meeting):
        _add(meeting, item, document, by)


def remove_paper(meeting: Meeting, *, by: Actor, item: AgendaItem, document: Document) -> None:
    """Off the agenda. The document itself stays where it is."""
    with changing(meeting):
        item.documents.remove(document)
        label = f"Handlingen ”{document.title}” togs bort"
        record(meeting, "remove_paper", by=by, label=label, item=item.pk, document=document.pk)


def _add(meeting: Meeting, item: AgendaItem, document: Document, by: Actor) -> None:
    item.documents.add(document)
    label = f"Handlingen ”{document.title}” lades till"
    record(meeting, "add_paper", by=by, label=label, item=item.pk, document=document.pk)


@contextmanager
def changing(meeting: Meeting) -> Iterator[None]:
    with transaction.atomic():
        refuse_unless_editable(Meeting.objects.select_for_update().get(pk=meeting.pk))
        yield


def refuse_unless_editable(meeting: Meeting) -> None:
    if not meeting.editable:
        raise Refused("Mötet är genomfört eller inställt. Nu går handlingarna inte att ändra.")
