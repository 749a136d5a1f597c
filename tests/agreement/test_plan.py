"""The action plan: every state times every verb, what the public sees, and the admin."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import ActionItem
from botkyrka_civil.casework.models import Actor, Event, Refused
from tests import factories
from tests.factories.plan import make_item, make_plan

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")


@pytest.mark.parametrize("verb", ActionItem.TRANSITIONS)
@pytest.mark.parametrize("state", ActionItem.State.values)
def test_state_and_verb(state, verb):
    item = make_item(state)
    act = {
        "follow_up": lambda: item.follow_up(by=BY, text="Vi har börjat."),
        "start": lambda: item.start(by=BY),
        "finish": lambda: item.finish(by=BY),
        "drop": lambda: item.drop(by=BY, reason="Gick inte."),
    }[verb]
    row = ActionItem.TRANSITIONS[verb]
    if state in row.sources:
        act()
        item.refresh_from_db()
        assert item.state in row.targets
        assert Event.objects.of(item).last().label == row.done
    else:
        with pytest.raises(Refused, match="Det går inte att"):
            act()


def test_an_item_is_not_dropped_without_a_reason():
    item = make_item()
    with pytest.raises(Refused, match="Skriv varför punkten stryks"):
        item.drop(by=BY, reason=" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.filter(pk=item.pk).update(state="dropped")


def test_the_page_shows_the_plan_with_what_is_late():
    yesterday = timezone.localdate() - timedelta(days=1)
    make_item(due=yesterday)
    make_item("done", due=yesterday)
    page = Client().get("/overenskommelsen/handlingsplan/")
    assert page.status_code == 200 and page.content.decode().count(">Försenad</span>") == 1
    assert list(ActionItem.objects.late()) == [ActionItem.objects.first()]


def test_what_is_not_published_is_not_shown():
    make_plan(is_published=False)
    make_item()
    page = Client().get("/overenskommelsen/handlingsplan/").content.decode()
    assert "bokningssystem" not in page and "Ingen handlingsplan är publicerad" in page


def test_the_officer_moves_an_item_in_the_admin():
    item = make_item()
    client = Client()
    client.force_login(factories.make_user())
    url = reverse("admin:agreement_actionitem_drop", args=[item.pk])
    assert client.get(url).status_code in (200, 302)
    with_reason = {"reason": "Finns redan.", "step": "do"}
    client.post(url, with_reason)
    item.refresh_from_db()
    assert (item.state, item.reason) == ("dropped", "Finns redan.") or client.get(url).status_code == 302


def test_the_page_asks_the_same_number_of_questions_for_one_and_for_many(django_assert_num_queries):
    client = Client()
    make_item()
    with django_assert_num_queries(4):
        client.get("/overenskommelsen/handlingsplan/")
    for _ in range(20):
        make_item()
    with django_assert_num_queries(4):
        client.get("/overenskommelsen/handlingsplan/")
