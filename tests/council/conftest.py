"""The bodies that every council and association here has."""

import pytest

from tests.factories import council as make


@pytest.fixture
def bodies(db):
    """Rådet, and the board and the meetings of Plattformen, by their kind."""
    return make.make_bodies()
