"""The action plan: every state times every verb, what the public sees, and the admin."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from agreement.models import ActionItem
from botkyrka_civil.casework.models import Event, Refused
from tests import factories
from tests.factories.plan import BY, make_item, make_plan
from tests.tools.threads import same
from tests.tools.web import sign_in
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
PAGE = "/overenskommelsen/handlingsplan/"
ARGUMENTS = {"follow_up": {"text": "Vi har börjat."}, "start": {}, "finish": {}, "drop": {"reason": "Gick inte."}}


@pytest.mark.parametrize("state", ActionItem.State.values)
def test_state_and_verb(state):
    assert ARGUMENTS.keys() == ActionItem.TRANSITIONS.keys()
    for verb, row in ActionItem.TRANSITIONS.items():
        item = make_item(state)
        if state in row.sources:
            getattr(item, verb)(by=BY, **ARGUMENTS[verb])
            assert same(item).state in row.targets, verb
            assert Event.objects.of(item).last().label == row.done
        else:
            with heard() as written, pytest.raises(Refused, match="Det går inte att"):
                getattr(item, verb)(by=BY, **ARGUMENTS[verb])
            assert not written, verb


def test_an_item_is_not_dropped_without_a_reason():
    item = make_item()
    with pytest.raises(Refused, match="Skriv varför punkten stryks"):
        item.drop(by=BY, reason=" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.filter(pk=item.pk).update(state="dropped")


def test_the_page_shows_the_plan_with_what_is_late(client):
    yesterday = timezone.localdate() - timedelta(days=1)
    make_item(due=yesterday)
    make_item("done", due=yesterday)
    page = client.get(PAGE)
    assert page.status_code == 200 and page.content.decode().count(">Försenad</span>") == 1
    assert list(ActionItem.objects.late()) == [ActionItem.objects.first()]


def test_what_is_not_published_is_not_shown(client):
    make_plan(is_published=False)
    make_item()
    page = client.get(PAGE).content.decode()
    assert "bokningssystem" not in page and "Ingen handlingsplan är publicerad" in page


def test_the_officer_moves_an_item_in_the_admin():
    item, client = make_item(), sign_in(factories.make_user())
    url = reverse("admin:agreement_actionitem_drop", args=[item.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"reason": "Finns redan.", "step": "do"})
    assert (same(item).state, same(item).reason) == ("dropped", "Finns redan.")
