"""How tests of Rådet and Plattformen open pages and send forms, and what they say of a refusal."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Refused
from council.models import Meeting
from tests.tools.threads import same
from tests.tools.web import text
from tests.tools.writes import heard


def signed_in(user: User) -> Client:
    """A client that does not outlive a journey in time: sessions are shorter."""
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: object) -> str:
    """The address of a page of the council's; a row stands for its number."""
    return reverse(f"council:{name}", args=[getattr(arg, "pk", arg) for arg in args])


def read(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return text(response)


def words(response: Any) -> str:
    """What a page says, without its markup."""
    plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(plain))


def send(client: Client, address: str, status: int = 302, **data: object) -> str:
    response = client.post(address, data)
    assert response.status_code == status, (address, response.status_code, text(response)[:3000])
    return text(response)


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@contextmanager
def undone() -> Iterator[None]:
    """What the block writes is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def row_of(name: str) -> Any:
    """A fixture: what the module has `planted` by this name, as it stands in the database now."""
    return pytest.fixture(name=name)(lambda planted: same(planted[name]))


@contextmanager
def nothing_written() -> Iterator[None]:
    """The block writes to no table. Whoever writes minutes has the session lengthened by looking at them."""
    with heard() as tables:
        yield
    assert set(tables) <= {"django_session"}


@contextmanager
def refused(saying: str = "") -> Iterator[None]:
    """The block refuses with a Swedish sentence, and writes nothing."""
    with nothing_written(), pytest.raises(Refused) as refusal:
        yield
    sentence = str(refusal.value)
    assert saying in sentence and sentence[0].isupper() and sentence.endswith((".", "!", "?")), sentence


def in_the_past(meeting: Meeting) -> Meeting:
    """The meeting, read again, as if it had ended an hour ago."""
    start = timezone.now() - timedelta(hours=3)
    return moved(meeting, starts_at=start, ends_at=start + timedelta(hours=2))


def moved(meeting: Meeting, **facts: Any) -> Meeting:
    """The meeting, read again, with facts changed past all verbs."""
    Meeting.objects.filter(pk=meeting.pk).update(**facts)
    return same(meeting)
