"""What everyone may read: the agreement, its principles, the list of organisations, and whether a form is genuine."""

import unicodedata
from datetime import datetime, time
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from botkyrka_civil.lib import swedish
from botkyrka_civil.lib.outlets import AtomFeed
from botkyrka_civil.lib.text import clean_line, day_of
from organisations.models import ContactPerson, LegalForm, Organisation

from .. import threads
from ..models import Accession, AgreementVersion, Principle

PER_PAGE = 50
# What the list can be filtered on: the name in the address, the label, where the value stands.
FILTERS = {
    "form": ("Juridisk form", "organisation__legal_form"),
    "omrade": ("Område", "organisation__area"),
    "version": ("Version", "version__label"),
}


@login_not_required
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """The version in force."""
    version = AgreementVersion.objects.in_force()
    if version is None:
        text = "När texten är på plats kan ni läsa den här."
        context = {"title": "Överenskommelsen är inte inlagd än", "text": text}
        return render(request, "not_yet.html", context, status=404)
    return _version(request, version)


@login_not_required
@require_safe
def version(request: HttpRequest, label: str) -> HttpResponse:
    return _version(request, get_object_or_404(AgreementVersion.objects.published(), label=label))


def _version(request: HttpRequest, version: AgreementVersion) -> HttpResponse:
    context = {
        "version": version,
        "canonical": settings.BASE_URL + reverse("agreement:agreement"),  # of the version in force, which has two
        "principles": version.principles.all(),
        "versions": AgreementVersion.objects.published(),
        "contacts": ContactPerson.objects.filter(topic=ContactPerson.Topic.AGREEMENT).select_related("municipal_unit"),
    }
    return render(request, "agreement/agreement.html", context)


@login_not_required
@require_safe
def principle(request: HttpRequest, slug: str) -> HttpResponse:
    """A principle of the version in force, or the latest published version that has it."""
    principles = Principle.objects.filter(version__in=AgreementVersion.objects.published(), slug=slug)
    found = principles.select_related("version").order_by("-version__state", "-version__label").first()
    in_force = principles.filter(version__state=AgreementVersion.State.IN_FORCE).select_related("version").first()
    chosen = in_force or found
    if chosen is None:
        raise Http404
    context = {
        "principle": chosen,
        "others": chosen.version.principles.exclude(pk=chosen.pk),
        "strands": threads.of(chosen, request.user),
    }
    return render(request, "agreement/principle.html", context)


@login_not_required
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """The public list: those whose accession holds today, or held on ?datum=."""
    today = timezone.localdate()
    words, asked, *values = (clean_line(request.GET.get(name, "")[:100]) for name in ("q", "datum", *FILTERS))
    chosen = dict(zip(FILTERS, values, strict=True))
    day = day_of(asked)
    on_list = Accession.objects.held_on(day or today)
    rows = _filtered(on_list, words, chosen).select_related("organisation", "version").order_by("organisation__name")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("sida"))
    bad_date = bool(asked) and day is None
    context = {
        "page": page,
        "letters": [(letter, list(rows)) for letter, rows in groupby(page.object_list, key=_initial)],
        "total": page.paginator.count,
        "words": words,
        "asked": asked,
        "day": day,
        "today": today,
        "has_errors": bad_date,
        "bad_date": bad_date,
        "future": bool(day and day > today),
        "filters": _filters(on_list, chosen),
        "filtered": bool(words or any(chosen.values())),
    }
    return render(request, "agreement/organisations.html", context, status=400 if bad_date else 200)


def _filtered(rows: QuerySet[Accession], words: str, chosen: dict[str, str]) -> QuerySet[Accession]:
    if words:
        rows = rows.filter(organisation__in=Organisation.objects.search(words))
    return rows.filter(**{FILTERS[name][1]: value for name, value in chosen.items() if value})


def _filters(on_list: QuerySet[Accession], chosen: dict[str, str]) -> list[dict[str, Any]]:
    """What can be filtered on: what at least two on the list differ in, and whatever is chosen already."""
    rows = on_list.order_by().values_list(*(lookup for _, lookup in FILTERS.values())).distinct()
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    labels = dict(LegalForm.choices)
    filters = []
    for (name, (label, _)), values in zip(FILTERS.items(), columns, strict=True):
        found = {(str(value), str(labels.get(value, value))) for value in (*values, chosen[name]) if value}
        if len(set(values)) > 1 or chosen[name]:
            choices = sorted(found, key=lambda choice: swedish.sort_key(choice[1]))
            filters.append({"name": name, "label": label, "choices": choices, "chosen": chosen[name]})
    return filters


def _initial(accession: Accession) -> str:
    """The letter that a name stands under: É under E, but Å, Ä and Ö are letters of their own."""
    first = accession.display_name[:1].upper()
    return first if first in "ÅÄÖ" else unicodedata.normalize("NFD", first)[:1]


@login_not_required
@require_safe
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """An organisation that stands, or has stood, on the list."""
    organisation = get_object_or_404(Organisation.objects.select_related("source", "merged_into"), slug=slug)
    accessions = list(organisation.accessions.public().select_related("version", "source").order_by("-pk"))
    if not accessions:
        raise Http404
    successor = organisation.merged_into
    context: dict[str, Any] = {
        "organisation": organisation,
        "successor_listed": successor and successor.accessions.public().exists(),
        "accessions": accessions,
        "current": next((a for a in accessions if a.is_active), None),
        "other_names": organisation.other_names.filter(suggested=False),
        "strands": threads.of(organisation, request.user),
    }
    return render(request, "agreement/organisation.html", context)


class OrganisationFeed(AtomFeed[Accession]):
    """Those who joined last. Each joining is an entry of its own, also when an organisation joins a later version."""

    title = "Nya organisationer i Överenskommelsen"
    subtitle = "Organisationer som har anslutit sig"
    page = "/organisationer/"

    def items(self) -> QuerySet[Accession]:
        joined = Accession.objects.held_on(timezone.localdate()).filter(joined_on__isnull=False)
        return joined.select_related("organisation", "version").order_by("-joined_on", "-pk")[:30]

    def item_title(self, item: Accession) -> str:
        return item.display_name

    def item_description(self, item: Accession) -> str:
        return f"{escape(item.display_name)} anslöt sig till Överenskommelsen, version {item.version_label}."

    def item_link(self, item: Accession) -> str:
        assert item.organisation
        return f"{settings.BASE_URL}{item.organisation.get_absolute_url()}"

    def item_guid(self, item: Accession) -> str:
        return f"{self.item_link(item)}#anslutning-{item.pk}"

    def item_updateddate(self, item: Accession) -> datetime:
        """A date of joining without a decision of ours has no time of day."""
        assert item.joined_on
        return item.decided_at or timezone.make_aware(datetime.combine(item.joined_on, time()))

    item_pubdate = item_updateddate
