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

from botkyrka_civil.casework import letters

from ...clock import tick
from ...health import HEARTBEAT

PAUSE = 1.0  # seconds
TICK = 60.0

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Skickar breven i kön och håller tiderna: påminnelser, det som förfaller, utkast som gallras."

    def handle(self, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())  # finish the letter in hand, then stop
        next_tick = monotonic()

        def go_on() -> bool:
            """A slow mail server never keeps the clock waiting for more than one letter."""
            return not stop.is_set() and monotonic() < next_tick

        while not stop.is_set():
            try:
                if monotonic() >= next_tick:
                    next_tick = monotonic() + TICK
                    tick()
                letters.post_due(go_on)
                cache.set(HEARTBEAT, timezone.now(), timeout=None)
            except OperationalError as error:  # it may come back
                logger.error("Databasen svarar inte, arbetaren försöker igen: %s", error)
                stop.wait(5 * PAUSE)
            except Exception:
                logger.exception("Arbetaren fick ett fel och försöker igen")
            close_old_connections()
            stop.wait(PAUSE)
