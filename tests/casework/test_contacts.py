"""Whom to ask: the page for everyone, and the address book in the admin."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from agreement.data import load
from botkyrka_civil.casework.models import Event
from botkyrka_civil.lib.text import tel
from organisations.models import ContactPerson, MunicipalUnit, Source
from tests import factories
from tests.tools.threads import same
from tests.tools.web import queries

pytestmark = pytest.mark.django_db
OLD = "Det är mer än ett år sedan, så något kan ha ändrats."
ADD = "/admin/organisations/contactperson/add/"


@pytest.fixture(autouse=True)
def without_the_second_factor(settings):
    settings.DEMO = True


def signed_in(client, role="utvecklingsledare"):
    client.force_login(factories.make_user(role))
    return client


def change(contact):
    return reverse(f"admin:{contact._meta.app_label}_{contact._meta.model_name}_change", args=[contact.pk])


def make(name="Kim Kontakt", **fields):
    values = {"topic": "agreement", "email": "kim@exempel.se", "phone": "08-123 45 67", "as_of": timezone.localdate()}
    return ContactPerson.objects.create(name=name, **values | fields)


def typed(contact, **fields):
    names = ("topic", "name", "title", "email", "phone")
    return {name: getattr(contact, name) for name in names} | {"as_of": timezone.localdate().isoformat(), **fields}


def test_the_two_from_the_source_stand_with_all_that_it_says(client, monkeypatch, settings):
    without_organisations = replace(load.read(), organisations={"organisation": []})
    monkeypatch.setattr(load, "read", lambda: without_organisations)
    load.load_source_data()
    own = {"email": "kommun@exempel.se", "phone": "08-530 610 00", "address": "Gatan 1, 147 85 Orten"}
    settings.MUNICIPALITY = settings.MUNICIPALITY | own
    html = client.get("/kontakt/").content.decode()
    for said in (
        "Christina Grefveberg</b>, utvecklingsledare<br>Arbetsmarknads- och vuxenutbildningsförvaltningen",
        '<a href="mailto:christina.grefveberg@botkyrka.se">',
        '<a href="tel:+46701836467">070-183 64 67</a>',
        "Lumnije Mehmeti</b>, utvecklingsledare",
        '<dt>Växel</dt><dd><a href="tel:+46853061000">08-530 610 00</a>',
        'href="mailto:kommun@exempel.se"',
        "Gatan 1, 147 85 Orten",
    ):
        assert said in html, said
    assert html.index("<h3>Överenskommelsen</h3>") < html.index("<h3>Idéburet") < html.index("<h3>Plattformen</h3>")
    assert html.count("Uppgiften gällde 5 mars 2020.") == html.count(OLD) == 3


def test_a_fact_older_than_a_year_is_told_of(client):
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Europe/Stockholm")), tick=False):
        contact = make()
        for as_of, told in [(date(2025, 6, 2), False), (date(2025, 6, 1), False), (date(2025, 5, 31), True)]:
            ContactPerson.objects.filter(pk=contact.pk).update(as_of=as_of)
            assert (OLD in client.get("/kontakt/").content.decode()) is told, as_of


def test_one_contact_or_many_the_same_questions_to_the_database(client):
    counts = []
    for number in range(4):
        make(f"Kim {number}", municipal_unit=MunicipalUnit.objects.create(name=f"Förvaltning {number}"))
        counts.append(queries(client, "/kontakt/"))
    assert counts[1:] == counts[:-1]


def test_a_number_as_a_telephone_dials_it():
    dialled = {
        "070-183 64 67": "+46701836467",
        "08-530 610 00": "+46853061000",
        "+46 (0)70 183 64 67": "+46701836467",
        "0046 70 183 64 67": "0046701836467",
        "112": "112",
        "": "",
    }
    assert {number: tel(number) for number in dialled} == dialled


def test_those_who_keep_it_change_it_and_the_log_tells(client):
    source = Source.objects.create(key="S", title="Källan")
    for role in ("utvecklingsledare", "iop", "administrator"):
        contact = make(as_of=date(2020, 3, 5), source=source)
        signed_in(client, role)
        page = client.get(change(contact)).content.decode()
        assert f'value="{timezone.localdate().isoformat()}"' in page  # saving says that it holds today
        client.post(change(contact), typed(contact))  # to look and find it right is a change of its day alone
        contact = same(contact)
        assert (contact.as_of, contact.source) == (timezone.localdate(), source)
        assert client.post(change(contact), typed(contact, title="samordnare")).status_code == 302
        contact = same(contact)
        assert (contact.title, contact.as_of, contact.source) == ("samordnare", timezone.localdate(), None)
        event = Event.objects.of(contact).last()
        assert (event.verb, event.data["fields"]) == ("change", ["title"])
        assert "kim@exempel.se" not in str(event.data)
    for role in ("sekreterare", "registrator"):
        signed_in(client, role)
        assert client.post(change(contact), typed(contact, title="x")).status_code == 403
        assert client.get(ADD).status_code == 403


def test_one_who_has_left_is_taken_away_and_the_log_tells(client):
    for role, status in [("iop", 403), ("utvecklingsledare", 302), ("administrator", 302)]:
        contact = make()
        url = reverse("admin:organisations_contactperson_delete", args=[contact.pk])
        removed = Event.objects.filter(verb="remove").count()
        assert signed_in(client, role).post(url, {"post": "yes"}).status_code == status, role
        assert ContactPerson.objects.filter(pk=contact.pk).exists() is (status == 403)
        assert Event.objects.filter(verb="remove").count() - removed == (status == 302)


WRONG = [
    ({"name": ""}, "måste fyllas i"),
    ({"name": "www.reklam.example"}, "Skriv utan webbadresser här."),
    ({"email": "kim"}, "giltig e-postadress"),
    ({"phone": "ring mig"}, "Skriv telefonnumret med siffror, till exempel 08-123 45 67."),
    ({"phone": "12"}, "Skriv telefonnumret med siffror"),
    ({"email": "", "phone": ""}, "Skriv en e-postadress eller ett telefonnummer, så att det går att höra av sig."),
    ({"as_of": "i går"}, "Skriv datumet som år, månad och dag"),
    ({"as_of": "2099-01-01"}, "Dagen har inte varit än."),
    ({"topic": "annat"}, "Välj"),
]


def test_what_is_wrong_is_said_in_swedish_and_what_was_typed_stays(client):
    contact, unsaid = make(), []
    signed_in(client)
    for fields, says in WRONG:
        response = client.post(change(contact), typed(contact, title="Min titel", **fields))
        html = response.content.decode()
        if response.status_code != 200 or says not in html or "Min titel" not in html:
            unsaid.append((fields, says))
    assert not unsaid, unsaid
    assert same(contact).title == "" and not Event.objects.of(contact).exists()


def test_the_list_stands_in_the_order_of_the_topics(client):
    for topic in ("platform", "iop", "agreement"):
        make(f"Kim {topic}", topic=topic)
    html = signed_in(client).get("/admin/organisations/contactperson/").content.decode()
    assert html.index("Kim agreement") < html.index("Kim iop") < html.index("Kim platform")


def test_a_unit_gets_its_new_name_from_the_administrator_and_stands_there_once(client):
    unit, new = MunicipalUnit.objects.create(name="Gamla förvaltningen"), {"name": "Nya förvaltningen"}
    for role, status in (("iop", 403), ("utvecklingsledare", 403), ("administrator", 302)):
        assert signed_in(client, role).post(change(unit), new).status_code == status
        assert (same(unit).name == "Gamla förvaltningen") == (status == 403)
    assert same(unit).name == "Nya förvaltningen"
    assert Event.objects.of(unit).get().data["before"] == {"name": "Gamla förvaltningen"}
    page = client.post("/admin/organisations/municipalunit/add/", new)
    assert page.status_code == 200 and "finns redan" in page.content.decode()
