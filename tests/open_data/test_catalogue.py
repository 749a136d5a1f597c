"""The catalogue, the feeds, the map of the site, and the shapes that others know: each read back as its readers do."""

import re
from datetime import date, datetime, timedelta
from itertools import product
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import rdflib
import time_machine
from django.conf import settings
from django.utils import timezone
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD

from botkyrka_civil.documents.models import Document
from botkyrka_civil.open_data import dcat, sitemap
from botkyrka_civil.open_data.datasets import DATASETS
from botkyrka_civil.pages.views import PRIVATE
from botkyrka_civil.search import find, index
from tests import factories
from tests.factories import council as council
from tests.factories.council import BY
from tests.tools.outlets import FEEDS, PAGE, fetch

BASE = settings.BASE_URL
VCARD = rdflib.Namespace("http://www.w3.org/2006/vcard/ns#")
DCATAP = rdflib.Namespace("http://data.europa.eu/r5r/")
EU = "http://publications.europa.eu/resource/authority/"
HERE = rdflib.URIRef(f"{BASE}/datasets/dcat")
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
ATOM = "{http://www.w3.org/2005/Atom}"

pytestmark = pytest.mark.django_db


SV, IRI, DAY = "sv", "iri", "day"
# What the profile says that each thing must have (!), may have one of (1), and should have; and of what kind.
PROFILE = {
    DCAT.Catalog: {
        DCTERMS.title: f"!{SV}", DCTERMS.description: f"!{SV}", DCTERMS.publisher: f"!1{IRI}",
        DCTERMS.license: f"!1{IRI}", DCAT.dataset: f"!{IRI}", DCTERMS.issued: f"1{DAY}", DCTERMS.modified: f"1{DAY}",
        DCTERMS.language: IRI, FOAF.homepage: f"1{IRI}", DCTERMS.spatial: IRI, DCAT.themeTaxonomy: IRI,
    },
    DCAT.Dataset: {
        DCTERMS.title: f"!{SV}", DCTERMS.description: f"!{SV}", DCTERMS.publisher: f"!1{IRI}", DCAT.contactPoint: IRI,
        DCAT.keyword: SV, DCAT.theme: IRI, DCTERMS.issued: f"1{DAY}", DCTERMS.accessRights: f"1{IRI}",
        DCTERMS.spatial: IRI, DCTERMS.conformsTo: IRI, DCAT.distribution: IRI, DCTERMS.language: IRI,
        DCTERMS.accrualPeriodicity: f"1{IRI}", DCAT.landingPage: IRI,
    },
    DCAT.Distribution: {
        DCTERMS.title: SV, DCTERMS.description: SV, DCAT.accessURL: f"!1{IRI}", DCTERMS["format"]: "!1plain",
        DCAT.mediaType: f"!1{IRI}",
        DCTERMS.license: f"1{IRI}", DCATAP.availability: f"1{IRI}", DCAT.downloadURL: IRI, DCTERMS.conformsTo: IRI,
    },
    FOAF.Agent: {
        FOAF.name: f"!{SV}", DCTERMS.type: f"!1{IRI}", DCTERMS.description: SV, FOAF.homepage: IRI,
        DCTERMS.identifier: "plain",
    },
    DCTERMS.Location: {SKOS.prefLabel: f"!1{SV}"},
    VCARD.Organization: {VCARD.fn: "!plain", VCARD.hasEmail: f"!{IRI}", VCARD.hasTelephone: IRI, VCARD.hasURL: IRI},
}  # fmt: skip


def catalogue():
    response, body = fetch("/datasets/dcat")
    assert response["Content-Type"].startswith("application/rdf+xml")
    return rdflib.Graph().parse(data=body, format="xml")


def is_of_kind(value, kind):
    if kind == IRI:
        return isinstance(value, rdflib.URIRef)
    if not isinstance(value, rdflib.Literal) or not str(value).strip():
        return False
    if kind == DAY:
        return value.datatype in (XSD.date, XSD.dateTime) and isinstance(value.toPython(), date)
    return value.language == (SV if kind == SV else None) and value.datatype is None


def test_the_publisher_is_named_as_in_other_catalogues_and_the_contact_is_nobody(settings):
    settings.MUNICIPALITY = settings.MUNICIPALITY | {"email": "", "phone": "", "org_nr": "212000-2882"}
    graph, contact = catalogue(), rdflib.URIRef(f"{HERE}#kontakt")
    publisher = graph.value(HERE, DCTERMS.publisher)
    assert str(publisher) == "http://dataportal.se/organisation/SE2120002882"
    assert str(graph.value(publisher, DCTERMS.type)) == "http://purl.org/adms/publishertype/LocalAuthority"
    assert contact != publisher and not list(graph.objects(None, VCARD.hasEmail))
    assert str(graph.value(contact, VCARD.hasURL)) == f"{BASE}/kontakt/"
    assert graph.value(contact, RDF.type) == VCARD.Organization
    settings.MUNICIPALITY = settings.MUNICIPALITY | {"org_nr": ""}
    assert str(catalogue().value(HERE, DCTERMS.publisher)) == f"{HERE}#utgivare"


def test_the_catalogue_says_since_when_it_is_as_it_is():
    def modified():
        return catalogue().value(HERE, DCTERMS.modified).toPython()

    with time_machine.travel("2030-01-01 12:00+01:00", tick=False):
        first = modified()
    with time_machine.travel("2030-02-01 12:00+01:00", tick=False):
        assert modified() == first
        council.make_organisation_joined()  # the first day that the rows tell of is in the catalogue
        assert modified() > first
    assert date(2026, 1, 1) < dcat.ISSUED <= timezone.localdate()


def feed(url):
    return ElementTree.fromstring(fetch(url)[1])  # noqa: S314  (our own)


def entries_of(url):
    return feed(url).findall(f"{ATOM}entry")


def test_a_meeting_that_has_not_been_called_is_at_the_hour_of_the_clock_on_the_wall():
    """Half past midnight in July is the day before in UTC."""
    start = datetime.fromisoformat("2027-07-08T00:30+02:00")
    hours = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
    meeting = council.make_meeting(title="Nattmöte", announced=True, **hours)
    assert "8 juli 2027 kl. 00.30" in feed("/radet/atom.xml").findtext(f"{ATOM}entry/{ATOM}summary")
    index.refresh()
    (hit,) = (hit for group in find.search("nattmöte").groups for hit in group.hits)
    assert "8 juli 2027" in hit.title and hit.url == meeting.get_absolute_url()


def test_an_empty_feed_is_not_new_each_time():
    bodies = []
    for year in (2030, 2031):
        with time_machine.travel(f"{year}-01-01 12:00+01:00"):
            bodies.append([fetch(url)[1] for url in FEEDS])
    assert bodies[0] == bodies[1]
    for url in FEEDS:
        assert feed(url).findtext(f"{ATOM}updated") and not entries_of(url), url


def test_each_joining_is_an_entry_of_its_own():
    organisation = factories.make_organisation("Igen")
    day, ids = timezone.localdate() - timedelta(days=9), set()
    for state, ended in (("ended", day), ("joined", None)):
        facts = {"state": "joined", "method": "source", "joined_on": day - timedelta(days=9)}
        accession = organisation.accessions.create(**facts)
        (entry,) = entries_of(FEEDS[0])
        ids.add(entry.findtext(f"{ATOM}id"))
        type(accession).objects.filter(pk=accession.pk).update(state=state, ended_on=ended)
    assert len(ids) == 2


def test_a_meeting_is_one_entry_that_changes_with_it_and_a_correction_makes_the_minutes_new_again():
    told, minutes = [], council.make_meeting(state="published").minutes
    meeting = council.make_meeting(state="called", title="Om lokaler")
    council.make_meeting(announced=True, days=40)
    council.make_meeting(days=50)  # of which nobody has been told

    def correct():
        with time_machine.travel(timezone.now() + timedelta(days=3)):
            minutes.correct(by=BY, text="Fel datum.", privacy_reviewed=True)

    for change in (lambda: None, lambda: meeting.cancel(by=BY, reason="Lokalen brann."), correct):
        change()
        entries = {entry.findtext(f"{ATOM}id"): entry for entry in entries_of("/radet/atom.xml")}
        assert len(entries) == 3
        facts = [entries[f"urn:uuid:{row.uid}"] for row in (meeting, minutes.meeting)]
        told += [[(entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}updated")) for entry in facts]]
        meeting.refresh_from_db()
    (called, called_at), (cancelled, cancelled_at), _ = (row[0] for row in told)
    assert re.match(r"Kallelse \d+ \w+ \d{4}: Om lokaler", called) and cancelled.startswith("Inställt möte ")
    assert cancelled_at > called_at and "brann" not in fetch("/radet/atom.xml")[1].decode()
    assert told[0][1][0].startswith("Protokoll ") and told[0][1] == told[1][1] and told[2][1][1] > told[1][1][1]


def test_a_portal_that_has_just_begun_tells_of_no_page_that_is_not_there_and_robots_may_fetch_the_others():
    found = re.findall(r"<loc>(.*?)</loc>", fetch("/sitemap.xml")[1].decode())
    assert f"{BASE}/" in found
    for url in found:
        assert fetch(url.removeprefix(BASE))[0].status_code == 200, url
    assert f"\nSitemap: {BASE}/sitemap.xml\n" in fetch("/robots.txt")[1].decode()
    assert not any(page.startswith(PRIVATE) for page in sitemap.PAGES)


class TestEverything:
    """The outlets with something in each data set, planted once."""

    def test_the_catalogue_has_what_the_profile_asks_for(self, settings, everything):
        told = {"email": "oppna.data+x@exempel.se", "phone": "08-123 45 60"}
        for name in ("Botkyrka kommun", 'Å & <b> "Ö" kommun\'s', "Kommun ]]> &amp;"):
            settings.MUNICIPALITY = settings.MUNICIPALITY | told | {"name": name}
            graph = catalogue()
            for kind, asked in PROFILE.items():
                things = list(graph.subjects(RDF.type, kind))
                assert things, kind
                for thing, (key, rule) in product(things, asked.items()):
                    values = list(graph.objects(thing, key))
                    assert values and len(values) == len(set(values)), (thing, key)
                    assert "1" not in rule or len(values) == 1, (thing, key)
                    assert all(is_of_kind(value, rule.lstrip("!1")) for value in values), (thing, key, values)
            assert {str(o) for key in (FOAF.name, SKOS.prefLabel) for o in graph.objects(None, key)} == {name}
        assert str(next(graph.objects(None, VCARD.hasEmail))) == "mailto:oppna.data+x@exempel.se"
        assert str(next(graph.objects(None, VCARD.hasValue))) == "tel:+4681234560"
        settings.MUNICIPALITY = settings.MUNICIPALITY | {"phone": "+46 (0)8-123 45 60"}
        assert str(next(catalogue().objects(None, VCARD.hasValue))) == "tel:+4681234560"

    def test_every_address_is_whole_and_everything_named_is_described(self, everything):
        graph = catalogue()
        for triple in graph:
            for node in triple:
                assert not isinstance(node, rdflib.BNode), triple
                if isinstance(node, rdflib.URIRef):
                    parts = urlsplit(str(node))
                    assert parts.scheme in ("http", "https", "mailto", "tel") and not re.search(r'[\s<>"{}|\\^`]', node)
                    assert parts.netloc or parts.scheme in ("mailto", "tel"), node
        described = set(graph.subjects())
        for key in (
            DCAT.dataset, DCAT.distribution, DCAT.contactPoint, DCTERMS.publisher, DCTERMS.temporal, DCTERMS.spatial
        ):  # fmt: skip
            assert set(graph.objects(None, key)) <= described, key
        assert len(list(graph.subjects(RDF.type, DCAT.Catalog))) == 1
        for standard in set(graph.objects(None, DCTERMS.conformsTo)):
            assert (standard, RDF.type, DCTERMS.Standard) in graph

    def test_the_data_sets_of_the_catalogue_are_those_that_can_be_fetched(self, everything):
        graph = catalogue()
        found = set(graph.objects(HERE, DCAT.dataset))
        assert found == {rdflib.URIRef(f"{HERE}#{name}") for name in DATASETS}
        page = fetch(PAGE)[1].decode()
        for dataset in found:
            assert str(graph.value(dataset, DCTERMS.accessRights)) == f"{EU}access-right/PUBLIC"
            assert f'id="{str(graph.value(dataset, DCAT.landingPage)).partition("#")[2]}"' in page
            for distribution in graph.objects(dataset, DCAT.distribution):
                address, mime = graph.value(distribution, DCAT.accessURL), graph.value(distribution, DCTERMS["format"])
                response, _ = fetch(str(address).removeprefix(BASE))
                assert response.status_code == 200 and response["Content-Type"].startswith(str(mime))
                assert str(graph.value(distribution, DCAT.mediaType)).endswith(f"/media-types/{mime}")
                assert str(graph.value(distribution, DCTERMS.license)) == CC0
        first = graph.value(graph.value(rdflib.URIRef(f"{HERE}#organisationer"), DCTERMS.temporal), DCAT.startDate)
        assert first.toPython() == date(2020, 3, 5)
        assert str(graph.value(HERE, DCTERMS.license)) == CC0
        assert str(graph.value(HERE, DCTERMS.language)) == f"{EU}language/SWE"

    @pytest.mark.parametrize("url", FEEDS)
    def test_a_feed_has_identities_and_addresses_that_stay(self, url, everything):
        """RFC 4287: who asks by another of the server's names gets the same feed."""
        response, body = fetch(url)
        assert response["Content-Type"].startswith("application/atom+xml")
        assert fetch(url, host="localhost")[1] == body
        root = feed(url)
        links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
        page = url.removesuffix("atom.xml")
        assert links == {"self": BASE + url, "alternate": BASE + page} and root.findtext(f"{ATOM}id") == BASE + url
        entries = root.findall(f"{ATOM}entry")
        assert entries and len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)
        for entry in entries:
            assert entry.findtext(f"{ATOM}title") and entry.findtext(f"{ATOM}id").startswith((BASE, "urn:uuid:"))
            assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")).tzinfo
            (address,) = [link.get("href") for link in entry.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
            assert address.startswith(BASE) and fetch(address.removeprefix(BASE))[0].status_code == 200
        newest = max(entry.findtext(f"{ATOM}updated") for entry in entries)
        assert root.findtext(f"{ATOM}updated") == newest
        assert 'type="application/atom+xml"' in fetch(page)[1].decode() and f'href="{url}"' in fetch(page)[1].decode()

    def test_the_map_leads_to_pages_that_everybody_may_read(self, everything):
        found = re.findall(r"<loc>(.*?)</loc>", fetch("/sitemap.xml")[1].decode())
        ElementTree.fromstring(fetch("/sitemap.xml")[1])  # noqa: S314
        assert {f"{BASE}/overenskommelsen/{year}/arsrapport/" for year in (settings.FIRST_YEAR, 2026)} <= set(found)
        assert len(found) == len(set(found)) and set(sitemap.PAGES) <= {url.removeprefix(BASE) for url in found}
        for url in found:
            response, body = fetch(url.removeprefix(BASE))
            assert url.startswith(f"{BASE}/") and (response.status_code == 200 or "handlingsplan" in url), url
            assert "noindex" not in body.decode(), url
            canonical = re.search(r'rel="canonical" href="([^"]+)"', body.decode())
            assert canonical is None or canonical[1] == url, "the map names a page by its own address"
        changed = re.findall(r"<loc>([^<]+)</loc><lastmod>([^<]+)</lastmod>", fetch("/sitemap.xml")[1].decode())
        assert {urlsplit(url).path.split("/")[1] for url, _ in changed} == {"radet", "dokument"}
        assert all(datetime.fromisoformat(moment).tzinfo for _, moment in changed)
        assert f"{BASE}{Document.objects.published().get().get_absolute_url()}" in found
        assert f"{BASE}/iop/sprakcafe/" in found and f"{BASE}{everything.get_absolute_url()}" in found
        assert not [url for url in found if "bara-ett-forslag" in url]
