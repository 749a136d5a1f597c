"""What is overdue or missing anywhere in what the municipality answers for, each with a place to mend it.

Nothing of the association's own room is here: that is its board's matter, whoever looks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from agreement.models import Accession, ActionItem, ActionPlan, AgreementVersion, Completion
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.documents import seal_keys
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Accessible, Document
from council.models import Body, Conference, Meeting, Membership, Participant, Seat
from council.models.bodies import named_since
from iop.models import FollowUp, Partnership
from organisations.models import ContactPerson, Organisation

from . import accessibility
from .checks import missing_contacts
from .models import AccessibilityReport

MOST = 50  # rows of one heading: the lists have them all
SILENT = timedelta(days=182)  # an item under way that nobody has written about
STALE = timedelta(days=365)  # a contact, or the website, that nobody has looked at
SOON = timedelta(days=182)  # a partnership whose last day comes


@dataclass(frozen=True)
class Gap:
    """One thing that is late or missing: what, why, and where it is mended."""

    title: str
    why: str
    url: str


@dataclass(frozen=True)
class Area:
    """One part of the work: who may see it, and what looks for its gaps."""

    heading: str
    permission: str
    find: Callable[[Any, date], Iterator[Gap]]


@dataclass(frozen=True)
class Found:
    heading: str
    gaps: list[Gap]
    more: int


def found_for(user: Any, today: date) -> list[Found]:
    """The areas that the user has to do with, each with its gaps, most of them first."""
    areas = [(area.heading, list(area.find(user, today))) for area in AREAS if user.has_perm(area.permission)]
    return [Found(heading, gaps[:MOST], max(len(gaps) - MOST, 0)) for heading, gaps in areas]


@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """For staff, by the permissions of each one's role."""
    found = found_for(request.user, timezone.localdate())
    context = {
        **admin.site.each_context(request),
        "title": "Luckor",
        "areas": [area for area in found if area.gaps],
        "nothing": [area.heading for area in found if not area.gaps],
        "total": sum(len(area.gaps) + area.more for area in found),
    }
    return TemplateResponse(request, "admin/gaps.html", context)


def _page(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _list(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _day(day: date) -> str:
    return date_format(day, "j F Y")


# Överenskommelsen --------------------------------------------------------------------------------------------------


def _accessions(user: Any, today: date) -> Iterator[Gap]:
    waiting = (
        Accession.objects.received().open().filter(assigned_to=None).select_related("organisation", "registry_entry")
    )
    for accession in waiting.order_by("submitted_at"):
        days = accession.age_days
        since = f" på {days} {'dag' if days == 1 else 'dagar'}" if days else " än"
        yield Gap(str(accession), f"Ingen har tagit ärendet{since}.", _page(accession))
    late = Completion.objects.filter(closed_at=None, due__lt=today).select_related(
        "accession__organisation", "accession__registry_entry"
    )
    for completion in late.order_by("due"):
        yield Gap(
            str(completion.accession),
            f"Kompletteringen skulle ha kommit den {_day(completion.due)}.",
            _page(completion.accession),
        )
    if AgreementVersion.objects.in_force() is None:
        yield Gap("Överenskommelsen", "Ingen version gäller, så ingen kan ansluta sig.", _list(AgreementVersion))


def _organisations(user: Any, today: date) -> Iterator[Gap]:
    joined = Organisation.objects.filter(accessions__in=Accession.objects.active()).distinct()
    missing = {
        "saknar organisationsnummer, och ingen har skrivit varför": Q(org_nr=None, org_nr_missing_reason=""),
        "saknar juridisk form": Q(legal_form=""),
        "saknar offentlig e-post": Q(public_email=""),
    }
    for what, rule in missing.items():
        if count := joined.filter(rule).count():
            which = "ansluten organisation" if count == 1 else "anslutna organisationer"
            yield Gap(f"{count} {which} {what}", "Be dem om uppgiften nästa gång ni hörs.", _list(Organisation))


def _names(user: Any, today: date) -> Iterator[Gap]:
    """Organisations whose people are named to everyone, and where nobody has decided if they may be (GDPR art. 9)."""
    in_minutes = Participant.objects.filter(
        meeting__state=Meeting.State.PUBLISHED, meeting__minutes_audience=Audience.PUBLIC
    ).exclude(presence="")
    named = Q(last_day=None) | Q(last_day__gte=named_since()) | Q(participations__in=in_minutes)
    seats = Seat.objects.filter(named, party="").exclude(body__kind=Body.Kind.STEERING_GROUP, organisation=None)
    stated = set(seats.filter(organisation=None).values_list("organisation_as_stated", flat=True)) - {""}
    guests = set(in_minutes.filter(seat=None).values_list("organisation", flat=True)) - {""}
    known = Organisation.objects.known_to_staff()
    asked = known.filter(Q(seats__in=seats) | Q(pk__in=known.called(*stated, *guests).values("pk")))
    for organisation in asked.undecided_names().distinct().order_by("name"):
        why = "Avgör om namnen på dem som företräder organisationen får visas för alla, eller om de är känsliga."
        yield Gap(organisation.name, why, _page(organisation))
    found = known.called(*stated).values_list("name", "name_as_stated", "other_names__name")
    for name in sorted(stated - {name for row in found for name in row}):
        why = "Någon har suttit i styrelsen för organisationen. Lägg in den, och avgör om namnet får visas."
        yield Gap(name, why, reverse("admin:organisations_organisation_add", query={"name": name}))


# Representation ----------------------------------------------------------------------------------------------------


def _representation(user: Any, today: date) -> Iterator[Gap]:
    members = Membership.objects.active().values("organisation")
    outside = Accession.objects.active().exclude(organisation__in=members).count()
    if outside:
        plural = "anslutna organisationer är inte medlemmar"
        yield Gap(
            f"{outside} {'ansluten organisation är inte medlem' if outside == 1 else plural} i Plattformen",
            "De har ingen röst i valet till Rådet. Plattformen avgör själv vilka som blir medlemmar.",
            reverse("agreement:organisations"),
        )
    years = set(Conference.objects.published().exclude(state=Conference.State.CANCELLED).values_list("year", flat=True))
    for year in range(min(years, default=today.year), today.year + 1):
        if year not in years:
            why = "Plattformen genomför en konferens varje år."
            yield Gap(f"Ingen dialogkonferens {year}", why, reverse("council:conference"))


# Rådet -------------------------------------------------------------------------------------------------------------


def _council(user: Any, today: date) -> Iterator[Gap]:
    if not (body := Body.objects.filter(kind=Body.Kind.COUNCIL).first()):
        return
    yield from _vacancies(body, today)
    meetings = Meeting.objects.filter(body=body).select_related("body")
    for meeting in meetings.unfinished():
        if meeting.overdue:
            yield Gap(str(meeting), meeting.overdue, _meeting(user, meeting))
    for meeting in meetings.to_publish():
        yield Gap(str(meeting), "Protokollet är justerat, men inte publicerat.", _meeting(user, meeting))
    held = meetings.held().in_year(today.year).count() + meetings.upcoming().in_year(today.year).count()
    if body.meets_min and held < body.meets_min:
        why = f"Hållna och planerade i år: {held}. Rådet ska träffas {body.meets_min}–{body.meets_max} gånger."
        handles = user.has_perm("council.handle_meeting")
        yield Gap("För få möten i Rådet", why, reverse("council:workroom" if handles else "council:meetings"))


def _vacancies(body: Body, today: date) -> Iterator[Gap]:
    composition = body.compositions.in_force(today)
    seats = list(body.seats.held_on(today).ordinary().values_list("side", flat=True))
    for side in (Seat.Side.POLITICS, Seat.Side.CIVIL):
        vacant = (composition.seats(side) if composition else 0) - seats.count(side)
        if vacant > 0:
            which = "1 plats är vakant" if vacant == 1 else f"{vacant} platser är vakanta"
            yield Gap(f"Rådet, {side.label.lower()}", f"{which}.", _list(Seat))


def _meeting(user: Any, meeting: Meeting) -> str:
    """Where whoever handles the meeting works; for others the page to read."""
    handles = user.has_perm("council.handle_meeting")
    return reverse("council:work_meeting", args=[meeting.pk]) if handles else _page(meeting)


# Handlingsplanen ---------------------------------------------------------------------------------------------------


def _plan(user: Any, today: date) -> Iterator[Gap]:
    plan = ActionPlan.objects.in_force(today)
    if plan is None or plan.last_day < today:
        yield Gap("Handlingsplanen", "Ingen publicerad plan gäller i dag.", _list(ActionPlan))
        return
    items = plan.items.all()
    for item in items.late().order_by("due"):
        assert item.due
        yield Gap(item.title, f"Skulle ha varit klar den {_day(item.due)}.", _page(item))
    for item in items.without_owner():
        yield Gap(item.title, "Har ingen ansvarig.", _page(item))
    for item in items.undated():
        yield Gap(item.title, "Har ingen sista dag.", _page(item))
    written = timezone.now() - SILENT
    quiet = items.filter(state=ActionItem.State.UNDER_WAY).exclude(follow_ups__at__gt=written)
    for item in quiet:
        yield Gap(item.title, "Pågår, men ingen har följt upp den på ett halvår.", _page(item))
    for principle in plan.version.principles.exclude(action_items__plan=plan):
        yield Gap(f"Principen {principle.heading}", "Har ingen punkt i handlingsplanen.", _page(plan))


# Partnerskapen -----------------------------------------------------------------------------------------------------


def _partnerships(user: Any, today: date) -> Iterator[Gap]:
    rows = Partnership.objects.select_related("registry_entry")
    for what, found in (
        ("Ingen har tagit upp dialog om förslaget.", rows.filter(state=Partnership.State.PROPOSED)),
        ("Ärendet har ingen handläggare.", rows.open().exclude(state="proposed").filter(assigned_to=None)),
        ("Har inte följts upp på tolv månader.", rows.follow_up_late(today)),
        ("Avtalstiden går snart ut.", rows.binding().filter(last_day__range=(today, today + SOON))),
    ):
        for partnership in found:
            yield Gap(partnership.title, what, _page(partnership))
    yield from _follow_ups(today)


def _follow_ups(today: date) -> Iterator[Gap]:
    rows = FollowUp.objects.select_related("partnership")
    for follow_up in rows.late(today):
        why = f"{follow_up.get_kind_display()}en skulle ha varit klar den {_day(follow_up.due)}."
        yield Gap(follow_up.partnership.title, why, _page(follow_up.partnership))
    for follow_up in rows.to_publish():
        why = f"{follow_up.get_kind_display()}en är godkänd av alla, men inte publicerad."
        yield Gap(follow_up.partnership.title, why, _page(follow_up.partnership))


# Dokument, kontakter och brev --------------------------------------------------------------------------------------


def _documents(user: Any, today: date) -> Iterator[Gap]:
    words = {
        Accessible.UNKNOWN: "Ingen har sett efter om filen är tillgänglig.",
        Accessible.NO: "Filen är inte tillgänglig.",
    }
    documents = Document.objects.ours().published().filter(current__accessible__in=words)
    for document in documents.select_related("current").order_by("title"):
        assert document.current
        yield Gap(document.title, words[Accessible(document.current.accessible)], _page(document))


def _accessibility(user: Any, today: date) -> Iterator[Gap]:
    for report in AccessibilityReport.objects.late(timezone.now()).select_related("registry_entry"):
        why = f"Skulle ha besvarats den {_day(timezone.localdate(report.answer_by))}."
        yield Gap(str(report), why, _page(report))
    statement = accessibility.statement()
    for shortcoming in statement.late(today):
        assert shortcoming.by
        why = f"Skulle ha varit åtgärdat den {_day(shortcoming.by)}, enligt tillgänglighetsredogörelsen."
        yield Gap(shortcoming.what, why, reverse("pages:accessibility"))
    if statement.assessed < today - STALE:
        why = f"Webbplatsen bedömdes senast den {_day(statement.assessed)}. Gör om bedömningen."
        yield Gap("Tillgänglighetsredogörelsen", why, reverse("pages:accessibility"))


def _contacts(user: Any, today: date) -> Iterator[Gap]:
    for name in missing_contacts():
        why = "Inställningen är tom, så ingen får veta hur man når den som ansvarar för personuppgifterna."
        yield Gap(name, f"{why} Be den som sköter driften sätta den.", reverse("pages:privacy"))
    for contact in ContactPerson.objects.filter(as_of__lt=today - STALE).order_by("as_of"):
        why = f"Uppgiften är från {_day(contact.as_of)}. Stämmer den?"
        yield Gap(f"{contact.name} ({contact.get_topic_display()})", why, _page(contact))


def _letters(user: Any, today: date) -> Iterator[Gap]:
    letters = Letter.objects.ours()
    for why, rows in (("Gick inte att skicka.", letters.failed()), ("Ska skrivas ut och postas.", letters.by_post())):
        for letter in rows.order_by("queued_at"):
            yield Gap(letter.subject, why, _page(letter))


def _seal(user: Any, today: date) -> Iterator[Gap]:
    what, url = "Certifikatet för kommunens sigill", reverse("documents:verify")
    try:
        last = seal_keys.expires()
    except seal_keys.WrongKey as error:
        yield Gap(what, str(error), url)
        return
    if last and last < timezone.now() + seal_keys.WARNING:
        gone, day = last < timezone.now(), _day(timezone.localdate(last))
        yield Gap(what, f"Gick ut den {day}." if gone else f"Går ut den {day}. Skaffa ett nytt i tid.", url)


AREAS = (
    Area("Anslutningar", "agreement.view_accession", _accessions),
    Area("Organisationer", "organisations.view_organisation", _organisations),
    Area("Namn på företrädare", "organisations.change_organisation", _names),
    Area("Representation", "council.view_seat", _representation),
    Area("Rådet", "council.view_meeting", _council),
    Area("Handlingsplanen", "agreement.view_actionitem", _plan),
    Area("Partnerskap", "iop.view_partnership", _partnerships),
    Area("Dokument", "documents.view_document", _documents),
    Area("Tillgänglighet", "pages.view_accessibilityreport", _accessibility),
    Area("Kontakter", "organisations.view_contactperson", _contacts),
    Area("Brev", "casework.view_letter", _letters),
    Area("Sigillet", "accounts.change_user", _seal),
)
