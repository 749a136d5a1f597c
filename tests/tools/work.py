"""How much a call does, counted and not timed: the same figure on every machine, however busy it is."""

import sys
from collections.abc import Callable
from typing import Any

TOOL = 4  # a free number among those of sys.monitoring


def lines_run(call: Callable[[], Any]) -> int:
    """How many lines of Python the call executes, in whatever module they stand."""
    count = 0

    def step(code: Any, line: int) -> None:
        nonlocal count
        count += 1

    sys.monitoring.use_tool_id(TOOL, "work")
    sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, step)
    sys.monitoring.set_events(TOOL, sys.monitoring.events.LINE)
    try:
        call()
    finally:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)
    return count


def growth(small: Callable[[], Any], large: Callable[[], Any]) -> float:
    """How many times as much the second call does as the first."""
    return lines_run(large) / lines_run(small)
