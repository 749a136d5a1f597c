"""What staff must know when they open a case, and that its own app does not know of.

Who knows is further up in the house, so that app registers a teller, from its AppConfig.ready:

    @notices.told_by
    def restricted(case) -> Iterable[str]: ...
"""

from collections.abc import Callable, Iterable

from django.db import models

type Teller = Callable[[models.Model], Iterable[str]]

_tellers: list[Teller] = []


def told_by(teller: Teller) -> Teller:
    _tellers.append(teller)
    return teller


def about(case: models.Model) -> list[str]:
    """Sentences for the top of the case's pages."""
    return [sentence for teller in _tellers for sentence in teller(case)]
