"""For monitoring: alive, able to serve, and all is well. Nothing here needs signing in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import uuid4

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Letter
from botkyrka_civil.lib.limits import client_address

from .checks import demo_accounts

HEARTBEAT = "worker_heartbeat"
SILENT_WORKER = timedelta(minutes=5)


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when pages can be served, otherwise 503. Open to all, for load balancers, so it writes nothing."""
    ready = all(_answer(check) == "ok" for check in (_database, _storage_answers))
    return HttpResponse("ok" if ready else "not ready", status=200 if ready else 503, content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def statusz(request: HttpRequest) -> HttpResponse:
    """200 when everything works, otherwise 503 with what does not. Asked from inside: elsewhere it is not found."""
    if not _is_inside(request):
        raise Http404
    answers = {name: _answer(check) for name, check in CHECKS.items()}
    well = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"ok": well, **answers}, status=200 if well else 503)


def _is_inside(request: HttpRequest) -> bool:
    """From a private network or the machine itself (RFC 1918, RFC 4193)."""
    try:
        return ip_network(client_address(request)).network_address.is_private
    except ValueError:
        return False


def _answer(check: Callable[[], str]) -> str:
    try:
        return check() or "ok"
    except Exception as error:  # a check that fails in any way is an answer, not a crash
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations to run" if waiting else ""


def _storage_answers() -> str:
    default_storage.exists("statusz")  # raises when what keeps the files is away
    return ""


def _storage() -> str:
    """That a file can be written. A folder that is full or read-only still serves what lies there."""
    name = default_storage.save(f"statusz/{uuid4().hex}", ContentFile(b"ok"))
    default_storage.delete(name)
    return ""


def _mail() -> str:
    late = Letter.objects.overdue(timezone.now()).count()
    return f"{late} letters are late" if late else ""


def _worker() -> str:
    beat: datetime | None = cache.get(HEARTBEAT)
    return "" if beat and timezone.now() - beat < SILENT_WORKER else "no sign of the worker"


def _accounts() -> str:
    return "demo accounts exist" if demo_accounts() else ""


CHECKS = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "mail": _mail,
    "worker": _worker,
    "accounts": _accounts,
}
