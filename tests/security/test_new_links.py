"""Who asks for a link anew is told nothing of whether the address has any: not by the answer, nor by its time."""

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client, RequestFactory
from django.urls import resolve

from agreement.models import Accession
from botkyrka_civil.casework.models import Letter
from tests import factories
from tests.factories import council, iop
from tests.tools.web import routes
from tests.tools.writes import heard

KNOWN, UNKNOWN = "kand@exempel.se", "okand@exempel.se"


@pytest.fixture
def known(db):
    """As Django's test client does, an answer that is closed leaves the connection of the test open."""
    request_finished.disconnect(close_old_connections)
    _plant()
    yield
    request_finished.connect(close_old_connections)


def _plant():
    factories.make_draft()
    Accession.objects.update(applicant_email=KNOWN)
    council.make_member(email=KNOWN)
    iop.make_draft(email=KNOWN)


def test_the_links_are_sent_when_the_answer_has_left(known):
    found = [f"/{route}" for route in routes() if route.endswith("ny-lank/")]
    assert len(found) == 3
    for address in found:
        Letter.objects.all().delete()
        view, answers, written = resolve(address).func, {}, {}
        for email in (KNOWN, UNKNOWN):
            with heard() as tables:
                answers[email] = view(RequestFactory().post(address, {"email": email}))
            written[email] = sorted(tables)
        bodies = {answer.content.decode().replace(email, "") for email, answer in answers.items()}
        assert len(bodies) == 1 and written[KNOWN] == written[UNKNOWN] and not Letter.objects.exists(), address
        for answer in answers.values():
            answer.close()
        assert {letter.to for letter in Letter.objects.all()} == {KNOWN}, address


def test_a_robot_is_sent_nothing(known):
    Client().post("/anslut/ny-lank/", {"email": KNOWN, "hemsida": "x"})
    assert not Letter.objects.filter(kind="new_link").exists()
