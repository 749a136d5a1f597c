"""For whom something is meant, and who belongs there. Every list, feed, calendar, export and file asks `of(user)`.

Who sits on a board is known further up in the house, so that app registers a test, from its AppConfig.ready:

    @audiences.told_by(Audience.BOARD)
    def sits_on_board(user) -> bool: ...
"""

from collections.abc import Callable
from typing import Any

from django.db import models


class Audience(models.TextChoices):
    PUBLIC = "public", "Alla"
    MEMBERS = "members", "Plattformens medlemmar"
    BOARD = "board", "Plattformens styrelse"
    STAFF = "staff", "Kommunens handläggare"


type Test = Callable[[Any], bool]

_tests: dict[str, Test] = {Audience.STAFF: lambda user: getattr(user, "works_as_staff", False)}


def told_by(audience: Audience) -> Callable[[Test], Test]:
    """The decorated function answers whether a signed-in, active user belongs to `audience`."""

    def register(test: Test) -> Test:
        _tests[audience] = test
        return test

    return register


def of(user: Any) -> frozenset[str]:
    """The audiences that a visitor belongs to, signed in or not. To be a superuser opens nothing more."""
    found = {Audience.PUBLIC.value}
    if user.is_authenticated and user.is_active:
        found |= {str(audience) for audience, test in _tests.items() if test(user)}
    return frozenset(found)
