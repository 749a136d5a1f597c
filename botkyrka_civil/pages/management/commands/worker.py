"""The second process beside the web server: posts letters, and minds the clock."""

import logging
import signal
import threading
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from ...clock import tick
from ...health import HEARTBEAT

PAUSE = 1.0  # seconds
TICK = 60.0

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Skickar breven i kön och håller tiderna: påminnelser, det som förfaller, utkast som gallras."

    def handle(self, **options: Any) -> None:
        for name in ("django_tasks_db", "django.tasks"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they tell of each look in the queue
        stop = threading.Event()
        queue = Worker(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=PAUSE,
            batch=True,  # returns when the queue is empty
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )

        def end(*args: Any) -> None:
            """Finish the letter in hand, then stop."""
            queue.running = False
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        next_tick = monotonic()
        while not stop.is_set():
            try:
                queue.run()
                if monotonic() >= next_tick:
                    next_tick = monotonic() + TICK
                    tick()
                cache.set(HEARTBEAT, timezone.now(), timeout=None)
            except OperationalError as error:  # it may come back
                logger.error("Databasen svarar inte, arbetaren försöker igen: %s", error)
                stop.wait(5 * PAUSE)
            except Exception:
                logger.exception("Arbetaren fick ett fel och försöker igen")
            close_old_connections()
            stop.wait(PAUSE)
