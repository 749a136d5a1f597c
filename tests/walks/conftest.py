"""Worlds that the walks look around in, planted once for each module."""

import pytest
from django.test import override_settings

from tests.world import NOW, plant, travel


@pytest.fixture(scope="module")
def readers(module_rows):
    """Everything that could leak, and those who look for it. Without the second factor."""
    with travel(NOW), override_settings(DEMO=True):
        yield plant()
