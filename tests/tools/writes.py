"""Which tables are written to, heard on the connection itself: every INSERT, UPDATE and DELETE, changed row or not."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

READS = re.compile(r"\s*(SELECT|WITH|EXPLAIN|PRAGMA|SHOW|SET|SAVEPOINT|RELEASE|ROLLBACK|DECLARE|FETCH|CLOSE)\b")
WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?')


@contextmanager
def heard() -> Iterator[list[str]]:
    """Collects the names of the tables that the block writes to, in order."""
    tables: list[str] = []

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not READS.match(sql):
            found = WRITES.match(sql)
            tables.append(found[1] if found else sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield tables
