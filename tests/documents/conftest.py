"""Files from outside, judged without a process for each."""

import json
from importlib import import_module

import pytest

from botkyrka_civil.documents import hostile

REAL = hostile.judged


def judged(module, data, **facts):
    return json.loads(json.dumps(import_module(module).judge(data, **facts)))


@pytest.fixture
def judged_here(monkeypatch):
    """What a process of its own would say, said in this one: its start takes longer than all that is tested."""
    monkeypatch.setattr(hostile, "judged", judged)


@pytest.fixture
def judged_apart(monkeypatch):
    """As in production, in a module whose tests do without."""
    monkeypatch.setattr(hostile, "judged", REAL)
