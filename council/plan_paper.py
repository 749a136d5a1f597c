"""The council's third task, to follow up the agreement: where the action plan stands, as a paper for its agenda."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify

from agreement import standing
from agreement.models import ActionItem, ActionPlan, ItemFollowUp
from botkyrka_civil.casework.models import Actor, Event, Refused, record
from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents import pdf
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Category, Document
from botkyrka_civil.documents.uploads import Upload

from . import agenda
from .models import AgendaItem, Meeting

TITLE = "Uppföljning av handlingsplanen"
VERB = "follow_up_plan"  # what the log calls it, and where the paper of a meeting is found again


def add(meeting: Meeting, *, by: Actor) -> Document:
    """The plan of the meeting's day as a paper under an agenda item of its own.

    Made again it is a new version of the same paper, under the same item, whatever the item is called by then.
    """
    plan = ActionPlan.objects.in_force(meeting.day)
    if plan is None:
        raise Refused("Det finns ingen publicerad handlingsplan att följa upp. Underlaget görs när det finns en.")
    agenda.refuse_unless_editable(meeting)
    upload = _paper(meeting, plan)
    with agenda.changing(meeting):
        item, document = _earlier(meeting)
        document = _kept(meeting, plan, document, upload, by)
        item = item or _new_item(meeting, plan)
        item.documents.add(document)
        label = "Uppföljning av handlingsplanen lades till"
        record(meeting, VERB, by=by, label=label, item=item.pk, document=document.pk, file=document.file.pk)
        meeting.save(update_fields=["modified_at"])  # whoever has the agenda open is told before saving over it
    return document


def _earlier(meeting: Meeting) -> tuple[AgendaItem | None, Document | None]:
    """The item and the paper from the last time, if they are still there."""
    last = Event.objects.of(meeting).filter(verb=VERB).last()
    known = last.data if last else {"item": 0, "document": 0}
    item = meeting.items.filter(pk=known["item"]).first() or meeting.items.filter(title=TITLE).first()
    return item, Document.objects.filter(pk=known["document"]).first()


def _kept(meeting: Meeting, plan: ActionPlan, document: Document | None, upload: Upload, by: Actor) -> Document:
    title = f"Uppföljning av handlingsplan {plan.label}, {date_format(timezone.localdate(), 'j F Y')}"
    if document is None:
        return Document.add(
            by=by,
            upload=upload,
            title=title,
            category=Category.ACTION_PLAN,
            audience=meeting.audience,
            made_up=meeting.made_up or plan.made_up,
        )
    if document.file.sha256 != upload.sha256:  # a second click within the minute has nothing new to say
        document.add_version(by=by, upload=upload)
        document.change(by=by, title=title)
    return document


def _new_item(meeting: Meeting, plan: ActionPlan) -> AgendaItem:
    """Last, or before the item that closes the meeting."""
    last = meeting.items.last()
    closing = last if last and "avsluta" in last.title.lower() else None
    order = closing.order if closing else (last.order + 1 if last else 1)
    if closing:
        closing.order += 1
        closing.save(update_fields=["order"])
    text = (
        "Rådet följer upp hur Överenskommelsen fullföljs. Handlingen visar läget för varje punkt i handlingsplanen "
        f"{plan.label}."
    )
    return meeting.items.create(order=order, title=TITLE, text=text)


# The paper ----------------------------------------------------------------------------------------------------------


def _paper(meeting: Meeting, plan: ActionPlan) -> Upload:
    now = timezone.now().replace(second=0, microsecond=0)
    items = list(plan.items.with_follow_ups())
    data = plan_pdf(content(meeting, plan, items, at=now), items, identifier=f"{meeting.uid}:{VERB}", at=now)
    name = f"uppfoljning-handlingsplan-{slugify(plan.label.replace('–', '-'))}.pdf"
    return Upload(data, name, "application/pdf")


def plan_pdf(content: dict[str, Any], items: list[ActionItem], *, identifier: str, at: datetime) -> bytes:
    return pdf.render(
        "council/pdf/plan_paper.html",
        {"content": content, "chart": standing.chart(items), "created": at, "municipality": settings.MUNICIPALITY},
        identifier=f"{identifier}:{at.isoformat()}",
        data=canonical(content),
        data_name="uppfoljning.json",
        data_description="Uppföljningen i maskinläsbar form",
    )


def content(meeting: Meeting, plan: ActionPlan, items: list[ActionItem], *, at: datetime) -> dict[str, Any]:
    """What the paper says (uppfoljning/1). It names no person, and no meeting that its readers may not know of."""
    before = Meeting.objects.filter(body=meeting.body, starts_at__lt=meeting.starts_at).held()
    previous = before.order_by("-starts_at").first()
    since = previous.starts_at if previous else None
    told = bool(previous and previous.announced and previous.audience in (Audience.PUBLIC, meeting.audience))
    return {
        "schema": "uppfoljning/1",
        "body": {"name": meeting.body.name, "kind": meeting.body.kind},
        "plan": {"label": plan.label, "first_day": plan.first_day.isoformat(), "last_day": plan.last_day.isoformat()},
        "at": timezone.localtime(at).isoformat(),
        "has_previous": previous is not None,
        "since": timezone.localtime(since).date().isoformat() if since and told else "",
        "counts": [{"label": label, "number": number} for label, number in standing.counts(items)],
        "groups": [
            {"key": group.key, "heading": group.heading, "items": [_item(item) for item in group.items]}
            for group in standing.groups(items)
        ],
        "follow_ups": [
            {"title": item.title, "entries": entries}
            for item in items
            if (entries := [_entry(one) for one in item.follow_ups.all() if since is None or one.at > since])
        ],
    }


def _item(item: ActionItem) -> dict[str, Any]:
    latest = next(iter(item.follow_ups.all()), None)
    return {
        "title": item.title,
        "owner": item.get_owner_display() or "ingen än",
        "due": item.due.isoformat() if item.due else "",
        "state": item.get_state_display(),
        "principle": item.principle.heading if item.principle else "",
        "reason": item.reason,
        "followed_up": timezone.localtime(latest.at).date().isoformat() if latest else "",
    }


def _entry(written: ItemFollowUp) -> dict[str, Any]:
    """Which side wrote and when, never who."""
    return {
        "at": timezone.localtime(written.at).isoformat(),
        "party": written.get_party_display(),
        "state": written.get_state_display(),
        "text": written.text,
    }
