"""Accessions planted once for each module that names its STATES, and the public pages."""

import pytest
from django.urls import reverse

from agreement.models import Accession, AgreementVersion
from botkyrka_civil.casework.models import Actor
from tests import factories
from tests.tools.threads import same
from tests.tools.web import text


@pytest.fixture(scope="module")
def planted(module_rows, request):
    """An accession in each of the module's STATES, all of one officer."""
    officer = factories.make_user()
    rows = {state: factories.make_accession(state, officer=officer) for state in request.module.STATES}
    return rows | {"officer": officer}


@pytest.fixture
def accession_in(planted):
    return lambda state: same(planted[state])


@pytest.fixture
def officer(planted):
    return same(planted["officer"])


@pytest.fixture
def by(officer):
    return Actor.of(officer)


def standing_in(state: str):
    return pytest.fixture(lambda accession_in: accession_in(state))


draft = standing_in("draft")
awaiting = standing_in("awaiting_signatures")
review = standing_in("under_review")
completion = standing_in("completion_requested")
joined = standing_in("joined")


@pytest.fixture
def read(client):
    """The page at an address, with its white space folded."""

    def page(url, status=200):
        response = client.get(url)
        assert response.status_code == status, url
        return text(response)

    return page


@pytest.fixture
def public_addresses(db):
    """Every public address there is with these rows."""
    versions = AgreementVersion.objects.published()
    accessions = Accession.objects
    return [
        "/",
        "/kontakt/",
        "/tillganglighet/",
        "/personuppgifter/",
        "/robots.txt",
        "/overenskommelsen/",
        "/organisationer/",
        "/organisationer/atom.xml",
        "/organisationer/?q=a&datum=2026-01-01",
        "/verifiera/",
        *(reverse("agreement:version", args=[version.label]) for version in versions),
        *(principle.get_absolute_url() for version in versions for principle in version.principles.all()),
        *(accession.organisation.get_absolute_url() for accession in accessions.public()),
        *(reverse("documents:verify_code", args=[accession.code]) for accession in accessions.registered()),
    ]
