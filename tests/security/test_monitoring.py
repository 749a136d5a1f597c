"""What the portal says of its own state, and to whom."""

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from botkyrka_civil.pages.health import HEARTBEAT
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db


def test_readiness_writes_nothing_and_tells_nobody_what_is_wrong(monkeypatch):
    monkeypatch.setattr(default_storage, "save", None)
    with heard() as written:
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.content, set(written)) == (200, b"ok", set())

    def away(name):
        raise OSError

    monkeypatch.setattr(default_storage, "exists", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.7", "::1", "fd00::1"])
def test_the_state_of_each_part_is_told_inside(address):
    cache.set(HEARTBEAT, timezone.now())
    answer = Client(REMOTE_ADDR=address).get("/statusz")
    assert answer.status_code == 200 and set(answer.json().values()) == {True, "ok"}
    cache.delete(HEARTBEAT)
    answer = Client(REMOTE_ADDR=address).get("/statusz")
    assert answer.status_code == 503 and answer.json()["worker"] == "no sign of the worker"


@pytest.mark.parametrize("address", ["93.184.215.14", "2001:4860:4860::8888", "", "okänd"])
def test_nobody_outside_is_told(address, settings):
    assert Client(REMOTE_ADDR=address).get("/statusz").status_code == 404
    settings.TRUSTED_PROXIES = 1
    assert Client(REMOTE_ADDR="127.0.0.1").get("/statusz", headers={"X-Forwarded-For": address}).status_code == 404
