"""What can be found: everything that everyone may read, each kind as data.

`public` is restricted by the floor's own words for it; nothing is added here that its page does not show. Names of
persons are left out where they stand beside the matter (who was present, who proposed, who presents an item).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Exists, OuterRef, Prefetch, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreement.models import Accession, ActionItem, AgreementVersion, Principle
from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib import swedish
from council.models import Body, Conference, Meeting, Seat, SignOffRound
from council.names import HiddenNames
from council.views import meeting_page
from iop.models import Agreement, FollowUp, Partnership
from organisations.models import Organisation

from .words import Word, words_of

EVERYONE = AnonymousUser()


@dataclass(frozen=True)
class Hit:
    """One row as the public sees it. `names` are other names of the same thing; `lang` where it is not in Swedish."""

    title: str
    url: str
    text: str = ""
    day: date | None = None
    names: tuple[str, ...] = ()
    lang: str = ""

    @property
    def all_names(self) -> tuple[str, ...]:
        return self.title, *self.names

    @cached_property
    def indexed(self) -> tuple[str, str]:
        return words_of(" / ".join(self.all_names)), words_of(self.text)

    @property
    def sort(self) -> str:
        """What has a day comes with the latest first; after that, and otherwise, by name."""
        latest_first = f"{date.max.toordinal() - self.day.toordinal():07}" if self.day else ""
        return latest_first + swedish.sort_key(self.title)[0]

    @property
    def digest(self) -> str:
        return sha256("\n".join((self.sort, *self.indexed)).encode()).hexdigest()

    @cached_property
    def folded(self) -> tuple[str, str]:
        return swedish.fold(" / ".join(self.all_names)), swedish.fold(self.text)

    def has(self, words: Iterable[Word]) -> bool:
        """All of them, in the names or in the text."""
        names, text = self.folded
        return all(word.anywhere.search(names) or word.beginning.search(text) for word in words)

    def is_named(self, words: Iterable[Word]) -> bool:
        return all(word.anywhere.search(self.folded[0]) for word in words)


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its name in the address, its heading, and what many of it are called."""

    kind: str
    heading: str
    many: str


@dataclass(frozen=True)
class Source(Kind):
    """Where the rows of a kind are, and how each is shown.

    `names` when the text is of a meeting: then a hit is made with those whom everyone may not read of (names.py).
    `by_name` finds rows before the index knows them. `has_names`: a name is found though it is misspelled.
    """

    public: Callable[[], QuerySet[Any]]
    hit: Callable[..., Hit]
    by_name: Callable[[str], QuerySet[Any]] | None = None
    has_names: bool = False
    names: bool = False

    def hits(self, rows: Iterable[Any]) -> list[Hit]:
        names = (HiddenNames(),) if self.names else ()
        return [self.hit(row, *names) for row in rows]


def joined(*parts: object, by: str = " · ") -> str:
    return by.join(text for part in parts if (text := str(part or "").strip()))


def _day(moment: datetime) -> str:
    return date_format(moment, "j F Y")


# Organisations -------------------------------------------------------------------------------------------------------


def _organisations() -> QuerySet[Organisation]:
    """Those that have a page: who stands, or has stood, on the public list."""
    listed = Exists(Accession.objects.public().filter(organisation=OuterRef("pk")))
    return Organisation.objects.filter(listed).prefetch_related("other_names")


def _organisation(row: Organisation) -> Hit:
    """A suggested name is a guess, and shown to staff only."""
    names = [other.name for other in row.other_names.all() if not other.suggested]
    if swedish.fold(row.name_as_stated) != swedish.fold(row.name):
        names.append(row.name_as_stated)
    others = tuple(name for name in names if name)
    known_as = f"Kallas också {', '.join(others)}" if others else ""
    number = f"Organisationsnummer {row.org_nr}" if row.org_nr else ""
    text = joined(row.description, known_as, row.area, row.get_legal_form_display(), number)
    return Hit(row.name, row.get_absolute_url(), text, names=others)


# The agreement -------------------------------------------------------------------------------------------------------


def _version(row: AgreementVersion) -> Hit:
    text = joined(row.body, row.values_intro, row.joining, by="\n")
    return Hit(f"{row}", row.get_absolute_url(), text, row.adopted_on)


def _principles() -> QuerySet[Principle]:
    """An address shows one principle: the one in force, or else that of the latest version which had it."""
    published = Principle.objects.filter(version__in=AgreementVersion.objects.published())
    holds = Case(When(version__state=AgreementVersion.State.IN_FORCE, then=Value(0)), default=Value(1))
    shown = published.filter(slug=OuterRef("slug")).order_by(holds, "-version__label").values("pk")[:1]
    return published.filter(pk=Subquery(shown))


def _principle(row: Principle) -> Hit:
    return Hit(row.heading, row.get_absolute_url(), joined(row.text, row.plain_language, by="\n"))


def _items() -> QuerySet[ActionItem]:
    return ActionItem.objects.published().select_related("plan").prefetch_related("follow_ups")


def _item(row: ActionItem) -> Hit:
    told = (follow_up.text for follow_up in row.follow_ups.all())
    return Hit(row.title, row.get_absolute_url(), joined(row.text, row.reason, *told, row.plan, by="\n"), row.due)


# Documents -----------------------------------------------------------------------------------------------------------


def _documents() -> QuerySet[Document]:
    return Document.objects.published().select_related("current__file", "registry_entry")


def _document(row: Document) -> Hit:
    number = row.registry_entry.number if row.registry_entry else ""
    facts = joined(row.note, row.get_category_display(), row.get_owner_display(), row.file.name, number)
    assert row.current  # what is published has a file
    return Hit(row.title, row.get_absolute_url(), facts, timezone.localdate(row.current.uploaded_at))


# The council and Plattformen -----------------------------------------------------------------------------------------


def _meetings() -> QuerySet[Meeting]:
    return Meeting.objects.visible_to(EVERYONE).select_related("body").prefetch_related("notices")


def _meeting(row: Meeting, names: HiddenNames) -> Hit:
    """As the latest notice told it. Names of papers are left out: each may be for fewer than the notice is."""
    told = names.within()(meeting_page.facts(row))
    start = datetime.fromisoformat(told["starts_at"])
    off = "Inställt: " if row.state == Meeting.State.CANCELLED else ""
    agenda = (joined(item["title"], item["text"], by=": ") for item in told["items"])
    title = f"{off}{joined(told['title'], row.body.name, _day(start), by=', ')}"
    return Hit(title, row.get_absolute_url(), joined(told["place"], *agenda), start.date())


def _minutes() -> QuerySet[Meeting]:
    signed = SignOffRound.objects.filter(outcome=Outcome.MET)
    rows = Meeting.objects.with_minutes_for(EVERYONE).filter(Exists(signed.filter(minutes__meeting=OuterRef("pk"))))
    latest = Prefetch("minutes__rounds", signed.order_by("-pk"), to_attr="signed")
    return rows.select_related("body", "minutes").prefetch_related(latest, "minutes__corrections")


def _of_minutes(row: Meeting, names: HiddenNames) -> Hit:
    """What was signed, and what has been corrected since."""
    signed = row.minutes.signed[0].content  # type: ignore[attr-defined]
    hide = names.within(signed)
    content = hide(signed)
    start = datetime.fromisoformat(content["meeting"]["starts_at"])
    points = (item["title"] for item in content["items"])
    corrected = (hide(correction.text) for correction in row.minutes.corrections.all())
    title = joined("Protokoll", content["meeting"]["title"], content["body"]["name"], _day(start), by=", ")
    return Hit(title, row.get_absolute_url(), joined(content["text"], *points, *corrected, by="\n"), start.date())


def _conferences() -> QuerySet[Conference]:
    return Conference.objects.published().prefetch_related("proposals")


def _conference(row: Conference) -> Hit:
    """What was said there, and proposed, once the documentation has been published."""
    parts = [row.cancel_reason, row.theme, row.place, row.programme]
    if row.state == Conference.State.DOCUMENTED:
        parts += [row.documentation, *(f"{one.text}\n{one.outcome}" for one in row.proposals.all())]
    return Hit(
        f"{row}: {row.theme}", row.get_absolute_url(), joined(*parts, by="\n"), timezone.localdate(row.starts_at)
    )


PAGES = {Body.Kind.COUNCIL: "council:council", Body.Kind.BOARD: "council:board"}


def _bodies() -> QuerySet[Body]:
    """Those that have a page of their own, with who sits there today."""
    seats = Seat.objects.held_on(timezone.localdate()).in_order().for_everyone()
    return Body.objects.filter(kind__in=PAGES).prefetch_related(Prefetch("seats", seats, to_attr="held"))


def _body(row: Body) -> Hit:
    held = row.held  # type: ignore[attr-defined]
    seats = (joined(seat.public_name, seat.get_role_display(), seat.organisation, by=", ") for seat in held)
    text = joined(row.legal_nature, row.tasks, by="\n") if row.kind == Body.Kind.COUNCIL else ""
    return Hit(row.name, reverse(PAGES[Body.Kind(row.kind)]), joined(text, *seats, by="\n"))


# Partnerships --------------------------------------------------------------------------------------------------------

_SIGNED = Agreement.objects.filter(outcome=Outcome.MET)


def _partnerships() -> QuerySet[Partnership]:
    rows = Partnership.objects.public().filter(Exists(_SIGNED.filter(partnership=OuterRef("pk"))))
    return rows.prefetch_related(Prefetch("agreements", _SIGNED.order_by("-version"), to_attr="signed"))


def _partnership(row: Partnership) -> Hit:
    """By the agreement that holds, or held last: what is negotiated is not shown."""
    agreed = row.signed[0].content  # type: ignore[attr-defined]
    told = (agreed[name] for name in ("purpose", "target_group", "shared_need", "area", "short_reason"))
    parties = ", ".join(party["name"] for party in agreed["parties"])
    principles = ", ".join(principle["heading"] for principle in agreed["principles"])
    notes = dict.fromkeys(contribution["note"] for contribution in agreed["contributions"])
    text = joined(*told, parties, principles, *notes)
    return Hit(agreed["title"], row.get_absolute_url(), text, date.fromisoformat(agreed["first_day"]))


def _follow_ups() -> QuerySet[FollowUp]:
    rows = FollowUp.objects.published().filter(partnership__in=_partnerships())
    signed = Prefetch("partnership__agreements", _SIGNED.order_by("-version"), to_attr="signed")
    return rows.select_related("partnership").prefetch_related(signed)


def _follow_up(row: FollowUp) -> Hit:
    content: Any = row.content
    agreed = row.partnership.signed[0].content  # type: ignore[attr-defined]
    told = (f"{text['party']}: {text['text']}" for text in content["texts"])
    counted = (joined(one["name"], one["note"], by=": ") for one in content["indicators"])
    url = f"{row.partnership.get_absolute_url()}#uppfoljning-{row.pk}"
    return Hit(f"{row} av {agreed['title']}", url, joined(*told, *counted, by="\n"), row.last_day)


SOURCES = (
    Source(
        "organisationer",
        "Organisationer",
        "organisationer",
        _organisations,
        _organisation,
        by_name=Organisation.objects.search,
        has_names=True,
    ),
    Source(
        "overenskommelsen",
        "Överenskommelsen",
        "versioner av Överenskommelsen",
        AgreementVersion.objects.published,
        _version,
    ),
    Source("principer", "Principer", "principer", _principles, _principle),
    Source("handlingsplan", "Handlingsplanen", "punkter i handlingsplanen", _items, _item),
    Source("organ", "Rådet och styrelsen", "organ", _bodies, _body),
    Source("moten", "Möten", "möten", _meetings, _meeting, names=True),
    Source("protokoll", "Protokoll", "protokoll", _minutes, _of_minutes, names=True),
    Source("konferenser", "Dialogkonferenser", "dialogkonferenser", _conferences, _conference),
    Source("partnerskap", "Partnerskap (IOP)", "partnerskap", _partnerships, _partnership, has_names=True),
    Source("uppfoljningar", "Uppföljningar av partnerskap", "uppföljningar", _follow_ups, _follow_up),
    Source("dokument", "Dokument", "dokument", _documents, _document),
)
BY_KIND = {source.kind: source for source in SOURCES}
