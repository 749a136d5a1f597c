"""Partnerships planted once for each module that asks for them."""

from decimal import Decimal

import pytest

from botkyrka_civil.casework.models import Actor
from iop.models.states import State
from tests.factories import iop as make
from tests.tools.threads import same


@pytest.fixture(scope="module")
def planted(module_rows, request):
    """A partnership in each state, all of one officer; called as the module's TITLES say, if it has any.

    What is followed up has something to count.
    """
    officer, titles = make.make_officer(), getattr(request.module, "TITLES", {})
    rows = {}
    for state in State.values:
        title = {"title": titles[state]} if titles else {}
        rows[state] = make.make_partnership("active" if state == "follow_up" else state, officer=officer, **title)
    following, by = rows["follow_up"], Actor.of(officer)
    measures = [("Deltagare", "personer", Decimal(50)), ("Nöjda", "procent", None)]
    following.change_indicators(by=by, rows=[dict(zip(("name", "unit", "goal"), row, strict=True)) for row in measures])
    following.begin_follow_up(by=by)
    return rows


@pytest.fixture
def at(planted):
    """The partnership that stands in a state, read from the database."""
    return lambda state: same(planted[state])


@pytest.fixture
def officer(planted):
    return same(planted["dialogue"].assigned_to)


@pytest.fixture
def by(officer):
    return Actor.of(officer)


@pytest.fixture
def out(at, by):
    """A partnership whose agreement is out to be signed."""
    partnership = at("decision")
    make.decide(partnership, by=by)
    return partnership
