"""How an address answers somebody, and what the database heard meanwhile."""

import zlib
from typing import Any

from django.test import Client

from tests.tools import swedish, web, writes
from tests.tools.web import COMPLETE, POSTGRES

# who is signed in, and how often something has been tried: neither changes what the portal holds
PASSING = {"django_session", "cache"}
LOGGED = ("pdf", "zip", "csv")  # a file that is handed out stands in the event log
EVENTS = "casework_event"


def ask(client: Client, path: str, method: str = "get", form: dict[str, Any] | None = None) -> Any:
    """The answer, read to its end; `wrote` is the tables that were written to, and `changed` those that should not."""
    with writes.heard() as tables:
        response = getattr(client, method)(path, form or {})
        response.body = web.body_of(response)
    if "text/html" in response.get("Content-Type", ""):
        words = swedish.read(response.body.decode())
        assert not (faults := swedish.clumsy(words) + swedish.english(words)), (path, faults)
    response.wrote = set(tables) - PASSING
    handed_out = any(kind in response.get("Content-Type", "") for kind in LOGGED)
    response.changed = response.wrote - ({EVENTS} if handed_out else set())
    return response


def worth_asking(route: str, name: str, statuses: dict[str, Any]) -> bool:
    """Whether `name` is to try the route. `statuses` is what the table says that each person gets there.

    Where all get the same, the anonymous and one more stand for the others, another one at each route. The complete
    walk (make test-all) sends everybody everywhere. On PostgreSQL, which judges what is asked and not who asks, the
    first who gets in goes alone.
    """
    if POSTGRES and not COMPLETE:
        return name == next((who for who, status in statuses.items() if str(status) == "200"), "anonymous")
    if COMPLETE or name == "anonymous" or len(set(statuses.values())) > 1:
        return True
    others = sorted(statuses.keys() - {"anonymous"})
    return name == others[zlib.crc32(route.encode()) % len(others)]
