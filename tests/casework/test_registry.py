"""The register (diarium): what the law asks of it, without gaps, and what others get of it."""

import ast
import csv
import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from botkyrka_civil.casework import extracts
from botkyrka_civil.casework.models import (
    Actor,
    Event,
    Refused,
    RegistryEntry,
    RegistrySeries,
    register,
    said,
    subject_of,
)
from botkyrka_civil.documents.models import Document
from botkyrka_civil.lib.text import safe_cell
from botkyrka_civil.pages.models import AccessibilityReport
from council.models import Nomination
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.repository import ROOT, parsed, python_files
from tests.tools.threads import same
from tests.tools.web import body_of

BY = Actor("Registratorn")
LIST = "admin:casework_registryentry_changelist"
HIDDEN = RegistryEntry.WITHHELD


def enter(counterpart="Grannföreningen", matter="En skrivelse", **facts) -> RegistryEntry:
    case = factories.make_organisation(f"F {uuid4().hex}")
    with transaction.atomic():
        return register(case, counterpart=counterpart, matter=matter, received_at=timezone.now(), **facts)


@pytest.fixture
def entry(db):
    return enter()


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(factories.make_user(role))
    return client


@pytest.fixture
def registrar(db, settings):
    settings.DEMO = True
    return client_of("registrator")


def body(response) -> str:
    return body_of(response).decode()


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def extract(client, kind, form="csv", **selection):
    return client.get(reverse(f"admin:casework_registryentry_{kind}_extract", args=[form]), selection)


def public(client, form="csv", **selection) -> str:
    return body(extract(client, "public", form, **selection))


def full(client, form="csv", **selection) -> str:
    return body(extract(client, "full", form, **selection))


def page(entry, name) -> str:
    return reverse(f"admin:casework_registryentry_{name}", args=[entry.pk])


def test_an_entry_has_what_the_law_asks_for_and_never_without(db):
    """When, which number, from or to whom, in short what it is about."""
    asked = {"received_at", "number", "counterpart", "matter"}
    for name in asked:
        field = RegistryEntry._meta.get_field(name)
        assert not field.null and not field.blank, name
    ours = {"id", "year", "serial", "registered_at", "direction", "subject", "external_number", "state"}
    assert {field.name for field in RegistryEntry._meta.concrete_fields} == asked | ours
    for empty in ({"counterpart": ""}, {"matter": ""}):
        with pytest.raises(IntegrityError):
            enter(**empty)
        assert not RegistryEntry.objects.exists() and not RegistrySeries.objects.exists()


def hand_over_document():
    facts = {"title": "Skrivelse", "category": "other", "owner": "platform", "audience": "board"}
    document = Document.add(by=BY, upload=factories.upload(), **facts)
    document.hand_over(by=BY)
    document.add_version(by=BY, upload=factories.Upload(factories.pdf_bytes(4), "ny.pdf", "application/pdf"))


def hand_over_minutes():
    council.make_meeting(council.make_bodies()["board"], state="signed_off").hand_over(by=BY)


def nominate():
    facts = {"organisation": council.make_member().organisation, "role": "member"}
    nomination = Nomination.propose(by=BY, candidate=council.make_person(), **facts)
    nomination.nominate(by=BY, decision_note="§ 4")


def report():
    AccessibilityReport.receive(request_key=uuid4(), kind="fault", what="Kartan går inte att läsa.", name="", email="")


# Each way into the register, how many entries it makes, and the modules that call register().
PATHS = {
    "agreement/models/accession.py": (lambda: factories.make_accession("completion_requested"), 1),
    "iop/models/partnerships.py": (lambda: iop.make_partnership("evaluated"), 3),
    "council/models/minutes.py": (lambda: council.make_meeting(state="signed_off"), 1),
    "council/models/meetings.py": (hand_over_minutes, 1),
    "council/models/nominations.py": (nominate, 1),
    "botkyrka_civil/documents/models/documents.py": (hand_over_document, 2),
    "botkyrka_civil/pages/models.py": (report, 1),
}


@pytest.mark.django_db
def test_every_way_into_the_register_leaves_it_whole():
    for path, (walk, times) in PATHS.items():
        before = {entry.pk for entry in RegistryEntry.objects.all()}
        walk()
        found = list(RegistryEntry.objects.in_order().exclude(pk__in=before))
        assert len(found) == times, path
        for entry in found:
            assert entry.number and entry.counterpart.strip() and entry.matter.strip() and entry.subject, path
            assert entry.direction in RegistryEntry.Direction
            assert entry.received_at <= entry.registered_at < entry.received_at + timedelta(seconds=5), "without delay"
        assert not RegistryEntry.objects.missing(), path


def test_no_way_into_the_register_is_forgotten():
    """Whoever calls register() stands in PATHS."""
    found = set()
    for path in python_files():
        if "casework" in path.parts or "counterpart=" not in path.read_text():
            continue
        tree = ast.walk(parsed(path))
        calls = (node for node in tree if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "register")
        if any(keyword.arg == "counterpart" for call in calls for keyword in call.keywords):
            found.add(str(path.relative_to(ROOT)))
    assert found == set(PATHS)


@pytest.mark.django_db
def test_what_is_undone_takes_no_number_and_each_year_begins_at_one(entry):
    with pytest.raises(RuntimeError), transaction.atomic():
        assert enter().serial == entry.serial + 1
        raise RuntimeError
    assert enter().serial == entry.serial + 1
    assert not RegistryEntry.objects.missing()
    found = []
    for moment in ("2026-12-31T22:59:00Z", "2026-12-31T23:01:00Z"):  # on each side of new year in Sweden
        with time_machine.travel(moment):
            found.append(enter())
    assert [entry.year for entry in found] == [2026, 2027] and found[1].serial == 1


def test_the_list_says_that_no_number_is_missing_or_which(registrar):
    entries = [enter() for _ in range(5)]
    assert "inget diarienummer saknas" in body(registrar.get(reverse(LIST)))
    for lost in (entries[1], entries[4]):
        lost.delete()
    year = entries[0].year
    assert RegistryEntry.objects.missing() == {year: [2, 5]}
    listed = body(registrar.get(reverse(LIST), {"year": year, "q": "finns inte"}))  # whatever is chosen
    assert f"I serien {year} saknas 2 nummer: 2, 5." in listed and "inget diarienummer saknas" not in listed


def test_what_is_protected_is_left_out_for_the_public_alone(entry):
    for withheld, shown in [
        ("counterpart", (HIDDEN, "En skrivelse")),
        ("matter", ("Grannföreningen", HIDDEN)),
        ("both", (HIDDEN, HIDDEN)),
    ]:
        entry.classify(by=BY, withheld=withheld, reason="21 kap. 7 §")
        assert entry.confidential and list(RegistryEntry.objects.confidential()) == [entry]
        assert (entry.public_counterpart, entry.public_matter) == shown
        assert (entry.counterpart, entry.matter) == ("Grannföreningen", "En skrivelse")
        told = Event.objects.of(entry).last()
        assert (told.verb, told.reason, told.from_state, told.to_state) == ("classify", "21 kap. 7 §", "open", withheld)
        entry.declassify(by=BY, reason="Prövat i dag")
        assert not entry.confidential
        assert (entry.public_counterpart, entry.public_matter) == ("Grannföreningen", "En skrivelse")
        assert Event.objects.of(entry).last().verb == "declassify"
    assert Event.objects.of(entry).count() == 6


def test_it_is_not_protected_without_a_reason_nor_twice(entry):
    def refused(verb, words, **facts):
        with pytest.raises(Refused, match=words):
            getattr(entry, verb)(by=BY, **facts)

    refused("classify", "Skriv varför", withheld="both", reason=" ")
    refused("classify", "Välj vilka", withheld="open", reason="x")
    refused("declassify", "Det går inte att visa alla uppgifter nu", reason="x")
    entry.classify(by=BY, withheld="both", reason="x")
    refused("classify", "redan skyddade", withheld="both", reason="x")
    entry.classify(by=BY, withheld="matter", reason="Det räcker")
    refused("declassify", "Skriv varför", reason="")
    assert same(entry).state == "matter"


def test_the_registrar_protects_and_refers_on_pages(registrar, entry):
    first = body(registrar.get(page(entry, "change")))
    assert page(entry, "classify") in first and page(entry, "refer") in first and page(entry, "declassify") not in first
    assert HIDDEN in body(registrar.get(page(entry, "classify")))
    missing = registrar.post(page(entry, "classify"), {"withheld": "matter", "reason": ""})
    assert missing.status_code == 200 and 'value="matter"' in body(missing) and "checked" in body(missing)
    sent = registrar.post(page(entry, "classify"), {"withheld": "matter", "reason": "21 kap. 7 §", "step": "do"})
    assert (sent.status_code, sent.url) == (302, page(entry, "change"))
    second = body(registrar.get(page(entry, "change")))
    assert "Uppgifter skyddades" in second and "21 kap. 7 §" in second and page(entry, "declassify") in second
    registrar.post(page(entry, "refer"), {"external_number": " W3\u202eD3  2026:17 ", "step": "do"})
    entry.refresh_from_db()
    assert (entry.external_number, entry.state) == ("W3D3 2026:17", "matter")
    assert "W3D3 2026:17" in body(registrar.get(reverse(LIST), {"q": "2026:17"}))
    assert Event.objects.of(entry).last().data == {"before": "", "after": "W3D3 2026:17"}


def test_nobody_else_protects_refers_or_takes_all(entry, settings):
    settings.DEMO = True
    filled = {"withheld": "both", "reason": "x", "external_number": "x", "step": "do"}
    for role in ("utvecklingsledare", "iop", "sekreterare", "styrelse", "administrator"):
        client = client_of(role)
        answers = [client.post(page(entry, name), filled) for name in ("classify", "declassify", "refer")]
        assert [answer.status_code for answer in (*answers, extract(client, "full"))] == [403] * 4, role
    assert (same(entry).state, same(entry).external_number) == ("open", "") and not Event.objects.of(entry).exists()


def test_the_public_gets_what_the_law_asks_for_and_the_registrar_all_of_it(registrar):
    shown, hidden = enter(), enter("Anna Andersson", "Ansökan om skydd")
    hidden.classify(by=BY, withheld="both", reason="21 kap. 7 §")
    day, forms = timezone.localdate().isoformat(), ["csv", "json", "html"]
    assert rows(public(registrar)) == [
        list(extracts.PUBLIC),
        [shown.number, "", day, "Inkommen", "Grannföreningen", "En skrivelse"],
        [hidden.number, "", day, "Inkommen", HIDDEN, HIDDEN],
    ]
    for form in forms:
        told = public(registrar, form)
        assert "Anna Andersson" not in told and "21 kap." not in told and HIDDEN in told
    taken = Event.objects.filter(verb="export_registry")
    assert not taken.exists()
    for form in forms:  # the other way stands in the log
        assert "Anna Andersson" in full(registrar, form, year=hidden.year)
    assert [event.data["form"] for event in taken] == forms
    assert taken[0].data == {"form": "csv", "selection": {"year": str(hidden.year)}, "entries": 2}
    registrar.head(reverse("admin:casework_registryentry_full_extract", args=["csv"]))
    assert taken.count() == 3


def test_the_extract_has_what_the_list_shows_and_tells_the_case_in_words(registrar):
    with time_machine.travel("2025-05-05T10:00:00Z"):
        old = enter(direction="outgoing")
    new = enter("Anna Andersson", direction="drawn_up")
    new.classify(by=BY, withheld="counterpart", reason="x")

    def numbers(**selection):
        return [row[0] for row in rows(public(registrar, **selection))[1:]]

    assert numbers() == [old.number, new.number]
    assert numbers(year=2025) == numbers(direction__exact="outgoing") == numbers(state__exact="open") == [old.number]
    assert numbers(received_at__year=2025, received_at__month=5) == [old.number]
    assert numbers(q="skrivelse", p="7") == [old.number, new.number]
    listed = body(registrar.get(reverse(LIST), {"year": 2025}))
    assert reverse("admin:casework_registryentry_public_extract", args=["csv"]) + "?year=2025" in listed
    accession = factories.make_accession("submitted")
    entry = RegistryEntry.objects.get(subject=subject_of(accession))
    assert rows(full(registrar, q=entry.number))[1][-1] == f"anslutning {accession.pk}"
    assert said("borta.modell:7") == "borta.modell:7" and said("") == ""


def test_the_public_finds_nothing_by_what_is_protected(registrar):
    """Whoever asks for what Anna Andersson has sent would otherwise learn that this is hers."""
    entry = enter("Anna Andersson", "Ansökan om skydd")

    def found(handed_out, words):
        return [row[0] for row in rows(handed_out(registrar, q=words))[1:]]

    for withheld in ("counterpart", "matter", "both"):
        entry.classify(by=BY, withheld=withheld, reason="21 kap. 7 §")
        for words, part in (("anna", "counterpart"), ('"Anna Andersson"', "counterpart"), ("skydd", "matter")):
            assert found(public, words) == ([] if withheld in (part, "both") else [entry.number]), (withheld, words)
            assert found(full, words) == [entry.number]
        assert found(public, entry.number) == [entry.number]
        for lookup in ("counterpart", "counterpart__startswith", "matter__icontains"):
            assert extract(registrar, "public", **{lookup: "An"}).status_code == 400


def test_an_extract_is_only_read_in_a_form_that_exists_and_by_what_can_be_selected(registrar, entry):
    """Whatever takes all of the register stands in the log."""
    for kind in ("public", "full"):
        url = reverse(f"admin:casework_registryentry_{kind}_extract", args=["csv"])
        assert registrar.post(url).status_code == 405
        assert extract(registrar, kind, "exe").status_code == 404
    for asked in ({"year": "x"}, {"received_at__year": "x"}):
        response = extract(registrar, "public", **asked)
        assert (response.status_code, response.url) == (302, reverse(LIST)), asked
    assert extract(registrar, "public", finns_inte="1").status_code == 400, "no filter of the list asks that"
    assert not Event.objects.filter(verb="export_registry").exists()
    response = extract(registrar, "public")
    assert f'filename="diarium-for-allmanheten-{timezone.localdate()}.csv"' in response["Content-Disposition"]
    assert response["Content-Type"] == "text/csv; charset=utf-8" and response.streaming
    assert "no-store" in response["Cache-Control"] and body(response).startswith("\ufeffDiarienummer;")


def test_one_entry_or_many_takes_the_same_questions(registrar):
    counts = []
    for more in (1, 10):
        for _ in range(more):
            enter()
        for form in ("csv", "json", "html"):
            with CaptureQueriesContext(connection) as asked:
                full(registrar, form)
            counts.append(len(asked))
    assert counts[:3] == counts[3:]


line = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@settings(max_examples=30)
@given(counterpart=line, matter=line, external=line)
@pytest.mark.django_db
def test_what_goes_out_comes_back(counterpart, matter, external):
    with transaction.atomic():
        entry = enter(counterpart, matter)
        entry.refer(by=BY, external_number=external)
        found = RegistryEntry.objects.filter(pk=entry.pk)
        row = rows("".join(extracts.as_csv(found, extracts.FULL)))[1]
        (told,) = json.loads("".join(extracts.as_json(found, extracts.FULL)))
        transaction.set_rollback(True)
    typed = [row[1], *row[4:6]]
    assert typed == [safe_cell(text) for text in (external, counterpart, matter)]
    assert not [cell for cell in typed if cell.lstrip()[:1] in "=+-@" and cell.strip()]
    shown = [told["nummer_i_annat_system"], told["fran_eller_till"], told["vad_det_galler"]]
    assert shown == [external, counterpart, matter]
