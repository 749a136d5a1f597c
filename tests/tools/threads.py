"""Calls that run at the same time, each in a thread and a connection of its own. Only PostgreSQL can show a race."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection
from django.db.models import Model

from botkyrka_civil.casework.models import Event, Refused


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls in threads that start together. A refusal is a result; anything else that is raised, fails."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def refusals(results: Iterable[Any]) -> list[Refused]:
    return [result for result in results if isinstance(result, Refused)]


def same[M: Model](row: M) -> M:
    """The row as it stands in the database now."""
    return type(row)._base_manager.get(pk=row.pk)


def count(verb: str) -> int:
    """How many events of the verb there are."""
    return Event.objects.filter(verb=verb).count()
