"""A mark in every field that nobody has said is public, and a stranger who fetches all that a stranger can.

Which fields are public stands in PUBLIC; whatever else a model has, or gets, is planted. So a new field is a secret
until somebody writes here that it is not.
"""

import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.test import Client, override_settings

from agreement.models import Accession
from agreement.views.public import OrganisationFeed
from botkyrka_civil.casework.models import Actor, record
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.open_data import dcat, sitemap
from botkyrka_civil.open_data.dataset import Column, at
from botkyrka_civil.open_data.datasets import DATASETS, public_seats
from botkyrka_civil.pages import views
from botkyrka_civil.search import index, sources
from council import notices
from council.feeds import MeetingFeed
from council.models import Meeting, Minutes, Seat
from council.names import HiddenNames
from council.views import calendar, meeting_page, platform
from iop.models import Partnership
from organisations.models import ContactPerson, Organisation, OtherName, Person
from tests import factories
from tests.tools.crawl import QUERIES, addresses, text_of_pdf, words_in
from tests.tools.outlets import OUTLETS
from tests.tools.web import routes, shut
from tests.world import MAY, NOW, Reader, plant, travel

# What everyone may read, model by model. "*" is all of it: what is written there is written for everyone.
PUBLIC = {
    "organisations.Organisation": "slug name name_as_stated org_nr org_nr_missing_reason area public_email website "
    "description",
    "organisations.OtherName": "name note",  # the name unless it is only our guess, see plant_by_row
    "organisations.Person": "name",  # with an office, see plant_by_row
    "organisations.MunicipalUnit": "*",
    "organisations.Source": "*",
    "organisations.ContactPerson": "*",  # on pages; see ON_PAGES_ONLY
    "agreement.AgreementVersion": "*",
    "agreement.Principle": "*",
    "agreement.Accession": "code end_reason",  # the code opens its own page, and is in no list
    "agreement.ActionPlan": "*",
    "agreement.ActionItem": "title text reason",
    "agreement.ItemFollowUp": "text",
    "council.Body": "slug name legal_nature tasks note",
    "council.Composition": "*",
    "council.Term": "*",
    "council.Seat": "organisation_as_stated party end_reason",
    "council.AgendaItem": "title",
    "council.Meeting": "slug title place",
    "council.Conference": "theme place programme documentation cancel_reason",
    "council.Proposal": "text outcome raised_by",  # a table or an organisation, as the form asks for
    "council.Correction": "text",
    "iop.Partnership": "slug",  # all the rest of it stands in what was signed
    "documents.Document": "title note",
    "documents.File": "stored name mime sha256",
    "casework.RegistryEntry": "number",
    "search.Entry": "*",
    "search.Piece": "*",
}
ON_PAGES_ONLY = {"organisations.ContactPerson"}
# Of which the demo world here has no row, or none whose text can be changed: what is planted there stands below.
ELSEWHERE = {"casework.Event", "documents.DocumentVersion", "retention.CacheEntry", "retention.DisposalRun",
             "retention.Restriction"}  # fmt: skip
HIDDEN = "zqhidden"  # how the world's names begin of people in organisations that staff have marked
STATES = ["draft", "awaiting_signatures", "under_review", "completion_requested", "rejected", "joined", "left", "ended"]
TEXT = (models.CharField, models.TextField, models.JSONField)


def own_models():
    for model in apps.get_models():
        path = Path(model._meta.app_config.path)
        if path.is_relative_to(settings.BASE_DIR) and ".venv" not in path.parts:
            yield model


def is_public(label, name):
    told = PUBLIC.get(label, "").split()
    return label not in ON_PAGES_ONLY and (name in told or "*" in told)


@cache
def secrets():
    """Every text of every model of ours that is not public, with what it is called in a mark."""
    found = [
        (model, field)
        for model in own_models()
        for field in model._meta.concrete_fields
        if isinstance(field, TEXT) and not field.choices and not field.primary_key
        if not is_public(model._meta.label, field.name) and not re.search(r"sha256|_hash$|^password$", field.name)
    ]
    return dict(enumerate(found, start=100))


def name_of(n):
    model, field = secrets()[n]
    return f"{model._meta.label}.{field.name}"


def mark_of(label, name):
    return next(f"zp{n}pz" for n in secrets() if name_of(n) == f"{label}.{name}")


def marked(n, field, row):
    """The mark in a form that the field can hold, and its own for each row where that is asked for."""
    mark = f"zp{n}pz"
    if isinstance(field, models.JSONField):
        before = getattr(row, field.name)
        return {**before, "zp": mark} if isinstance(before, dict) else [mark]
    if isinstance(field, models.EmailField):
        return f"{mark}.{row.pk}@exempel.se"
    if isinstance(field, models.URLField):
        return f"https://exempel.se/{mark}"
    return f"{mark}{row.pk}" if field.unique else mark


def plant_fields():
    """Past every verb and every save, straight into the table. Where a trigger or a rule of the table refuses, not."""
    planted = set()
    for n, (model, field) in secrets().items():
        rows = models.QuerySet(model)
        for row in rows.all():
            if HIDDEN in str(getattr(row, field.name)):
                continue  # a name that is a mark already, and by which it is known wherever it is written
            try:
                with transaction.atomic():
                    rows.filter(pk=row.pk).update(**{field.name: marked(n, field, row)})
                planted.add(n)
            except DatabaseError:
                continue
    return planted


def plant_log_and_versions():
    """The log and the versions of documents are never changed, so a new one of each is written."""
    actor = Actor(mark_of("casework.Event", "actor"), f"{mark_of('casework.Event', 'actor_email')}@exempel.se")
    words = {name: mark_of("casework.Event", name) for name in ("label", "reason")}
    for model in (Organisation, Accession, Meeting, Document, Partnership):
        for row in model._base_manager.all():
            record(row, "change", by=actor, **words, before=mark_of("casework.Event", "data"))
    by = Actor(mark_of("documents.DocumentVersion", "uploaded_by"))
    Document.objects.published().first().add_version(by=by, upload=factories.upload("ny.pdf"))


def plant_by_row():
    """Where it is the row that says whether a field is public."""
    named = [*Person.objects.filter(name__startswith=HIDDEN).values_list("pk", flat=True)]
    named += [seat.person_id for seat in public_seats() if seat.public_name]
    assert Person.objects.exclude(pk__in=named).update(name="zp1pz")
    organisation = Organisation.objects.filter(accessions__in=Accession.objects.public()).first()
    organisation.other_names.create(name="zp2pz", suggested=True)
    assert OtherName.objects.filter(suggested=True).exists()
    assert Document.objects.exclude(audience="public").update(note="zp3pz")
    shown = [*Document.objects.published().values_list("versions__file", flat=True)]
    shown += Minutes.objects.values_list("pdf", flat=True).exclude(pdf=None)
    shown += Minutes.objects.values_list("file", flat=True).exclude(file=None)
    assert File.objects.exclude(pk__in=shown).update(name="zp4pz.pdf")


BY_ROW = {1: "Person.name", 2: "OtherName.name, a guess", 3: "Document.note, not public", 4: "File.name, not public"}


@pytest.fixture(scope="module")
def world(module_rows):
    """Everything planted, and a mark in each field that is not public."""
    with travel(NOW), override_settings(DEMO=True):
        plant()
        officer = factories.make_user()
        for state in STATES:
            factories.make_accession(state, officer=officer)
        ContactPerson.objects.create(topic="agreement", name="C", title="T", as_of=NOW.date())
        plant_log_and_versions()
        planted = plant_fields()
        plant_by_row()
        yield planted


# What they find ------------------------------------------------------------------------------------------------------


def marks_in(data):
    text = unescape(data.decode("utf-8", "replace"))
    if data.startswith(b"%PDF"):
        text += text_of_pdf(data)
    return {int(n) for n in re.findall(r"zp(\d+)pz", re.sub(r"[\s\u00ad-]", "", text.lower()))}


def leaks_at(url):
    """What a stranger finds at an address that isn't theirs to know: in the body, or in any header."""
    response = Client().get(url)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    shut(response)
    everything = [body, json.dumps(dict(response.headers)).encode()]
    found = {BY_ROW.get(n) or name_of(n) for part in everything for n in marks_in(part)}
    if response.get("Content-Type", "").startswith("text/html"):
        found = {name for name in found if name.rpartition(".")[0] not in ON_PAGES_ONLY}
    return found | {word for part in everything for word in words_in(part) if "anonymous" not in MAY[word]}


def public_addresses():
    for route in routes():
        if re.match(r"admin/|konto/|demo/", route):
            continue
        for address in addresses(route, Reader()):
            yield address
            yield from (f"{address}?{more}" for more in QUERIES.get(route, list)())


def test_every_public_field_is_one_that_there_is():
    for label, names in PUBLIC.items():
        fields = {field.name for field in apps.get_model(label)._meta.concrete_fields}
        assert set(names.split()) - {"*"} <= fields, label


@pytest.mark.django_db
def test_every_secret_field_holds_a_mark(world):
    missing = {name_of(n) for n in secrets() if n not in world}
    assert not {name for name in missing if name.rpartition(".")[0] not in ELSEWHERE}, "plant a row that has it"


@pytest.mark.crawl
@pytest.mark.django_db
def test_a_stranger_finds_none_of_it_anywhere(world):
    known = set(OUTLETS)
    leaks = {}
    for address in public_addresses():
        known.discard(address)
        if found := leaks_at(address):
            leaks[address] = found
    assert not leaks
    assert not known, "an outlet that the crawl has not been to"


# A test of the test --------------------------------------------------------------------------------------------------


def leaking_column(path):
    def sabotage(patch):
        dataset = DATASETS["organisationer"]
        leaky = Column("x", "X", "text", "x", at(path))
        patch.setitem(DATASETS, "organisationer", replace(dataset, columns=(*dataset.columns, leaky)))

    return sabotage


def leaking(target, name, make):
    return lambda patch: patch.setattr(target, name, make(getattr(target, name)))


class Nobody(HiddenNames):
    def __init__(self):
        self.organisations, self.people = set(), {}


def naming(module):
    """As if nobody in the texts that `module` shows were hidden."""
    return lambda patch: patch.setattr(module, "HiddenNames", Nobody)


def naming_in_search(patch):
    naming(sources)(patch)
    index.refresh()


def naming_seats(patch):
    patch.setattr(Seat, "hides_name", False)


SABOTAGE = {
    **dict.fromkeys(
        ("/oppna-data/platser.csv", "/radet/?datum=2030-04-05", "/plattformen/styrelsen/?datum=2030-04-05"),
        naming_seats,
    ),
    **dict.fromkeys(
        ("/radet/moten/2030-04-05/", "/radet/moten/2030-04-05/protokoll.pdf", "/plattformen/moten/arsmote/2030-04-05/"),
        naming(meeting_page),
    ),
    "/kalender/plattformen.ics": naming(calendar),
    "/sok/?q=zq&slag=moten": naming_in_search,
    "/sok/?q=zq&slag=protokoll": naming_in_search,
    "/kontakt/": naming(views),
    "/plattformen/": naming(platform),
    "/oppna-data/organisationer.csv": leaking_column("applicant_email"),
    "/oppna-data/organisationer.json": leaking_column("organisation.note"),
    "/datasets/dcat": leaking(
        dcat, "_contact", lambda real: lambda root: dcat._text(root, "dcterms:title", Person.objects.first().phone)
    ),
    "/sitemap.xml": leaking(
        sitemap, "addresses", lambda real: lambda: [(f"/{Accession.objects.exclude(key='').first().key}/", None)]
    ),
    "/organisationer/atom.xml": leaking(
        OrganisationFeed, "item_title", lambda real: lambda self, item: f"{item.applicant_name}"
    ),
    "/radet/atom.xml": leaking(
        MeetingFeed, "item_title", lambda real: lambda self, item: f"{item.meeting.secretary_name}"
    ),
    "/kalender/radet.ics": leaking(
        notices,
        "entry",
        lambda real: lambda meeting, names: replace(real(meeting, names), location=meeting.online_link),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("url", SABOTAGE)
def test_an_outlet_that_leaks_is_caught(url, world, monkeypatch):
    assert not leaks_at(url)
    SABOTAGE[url](monkeypatch)
    assert leaks_at(url)


@pytest.mark.django_db
def test_a_header_that_leaks_is_caught(world, monkeypatch):
    person = Person.objects.exclude(email="").first()
    real = Client.get

    def leaky(self, *args, **kwargs):
        response = real(self, *args, **kwargs)
        response["X-Author"] = person.email
        return response

    monkeypatch.setattr(Client, "get", leaky)
    assert leaks_at("/robots.txt")
