"""What the modules of this folder share: people who are signed in, moments in time, a conference."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from botkyrka_civil.casework.models import Actor
from council.models import Conference
from tests import factories
from tests.factories.council import BY

START = datetime(2027, 1, 20, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
DAY = timedelta(days=1)


def client_of(role: str, **facts: str) -> Client:
    """Signed in with the role. The tests that use it set DEMO, which does without the second factor."""
    client = Client()
    client.user = factories.make_user(role, **facts)
    client.force_login(client.user)
    return client


@pytest.fixture
def registrar(db, settings):
    """The registrar's client; `registrar.user` is who it is."""
    settings.DEMO = True
    return client_of("registrator", name="Rita Registrator")


@pytest.fixture
def by(db):
    return Actor.of(factories.make_user("registrator"))


@pytest.fixture
def at():
    """Travel by handing over the moment."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller.move_to


def open_conference() -> Conference:
    """In 40 days, and open for registration."""
    when, today = timezone.now() + 40 * DAY, timezone.localdate()
    conference = Conference.plan(
        by=BY, year=when.year, theme="Så möts vi", place="Hallunda", capacity=20, starts_at=when,
        ends_at=when + timedelta(hours=3), opens_on=today - 2 * DAY, closes_on=today + 20 * DAY,
    )  # fmt: skip
    conference.open_registration(by=BY)
    return conference
