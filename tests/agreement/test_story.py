"""The main job, end to end, through the pages: from the start form to the public list, and off it again."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from agreement.models import Accession
from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import Letter
from tests import factories
from tests.agreement.cases import approve
from tests.tools.web import get

pytestmark = pytest.mark.django_db


def link_in(letter: Letter) -> str:
    return re.search(r"http://[^/\s]+(/\S+)", full_body(letter)).group(1)


def post_step(client: Client, url: str, **data):
    response = client.post(url, data)
    assert response.status_code == 302, response.content.decode()
    return response.url


def sign(kind: str) -> None:
    for person in factories.PEOPLE[:2]:
        url, signatory = link_in(Letter.objects.get(kind=kind, to=person["email"])), Client()
        assert kind == "sign_leave" or "Genom dialog möts vi på lika villkor." in signatory.get(url).content.decode()
        post_step(signatory, url, typed_name=person["name"], confirmed="on")
        assert "Tack, du har skrivit under" in signatory.get(url).content.decode()


def test_an_organisation_joins_and_leaves(client):
    factories.make_version()
    form = client.get("/anslut/borja/").context["form"]
    start = {"name": "Sara Sökande", "email": "sara@exempel.se", "request_key": form["request_key"].value()}
    assert "Titta i din e-post" in client.post("/anslut/borja/", start).content.decode()

    draft = link_in(Letter.objects.get(to="sara@exempel.se"))
    assert client.get(draft).status_code == 200
    url = post_step(
        client, f"{draft}steg/organisation/",
        name="Läxhjälpen i Hallunda", has_org_nr="yes", org_nr="8020024280", legal_form="ideell_forening",
    )  # fmt: skip
    url = post_step(
        client, url, area="Hallunda", public_email="info@exempel.se", website="exempel.se", description="Läxor."
    )
    evidence = SimpleUploadedFile("årsmöte.pdf", factories.pdf_bytes(), "application/pdf")
    url = post_step(client, url, mode="two_jointly", n="", evidence=evidence)
    people = {"person-TOTAL_FORMS": 2, "person-INITIAL_FORMS": 0}
    for i, person in enumerate(factories.PEOPLE[:2]):
        people |= {f"person-{i}-{key}": value for key, value in person.items()}
    url = post_step(client, url, **people)
    assert url == f"{draft}granska/"
    page = client.get(url).content.decode()
    assert "802002-4280" in page
    post_step(client, url)
    assert Letter.objects.filter(kind="sign").count() == 2

    sign("sign")
    accession = Accession.objects.get()
    assert accession.state == "submitted"
    assert re.fullmatch(r"ÖK 20\d\d/0001", accession.number)
    assert get(client, f"{draft}blankett.pdf").body.startswith(b"%PDF-")
    assert client.get("/organisationer/").context["total"] == 0

    approve(accession, factories.make_user())
    assert "Läxhjälpen i Hallunda" in client.get("/organisationer/").content.decode()
    assert client.get(reverse("documents:verify_code", args=[accession.code])).status_code == 200

    post_step(client, f"{draft}uttrade/", reason="Vi lägger ner.", **people)
    sign("sign_leave")
    accession.refresh_from_db()
    assert accession.state == "left"
    assert client.get("/organisationer/").context["total"] == 0
