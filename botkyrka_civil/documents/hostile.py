"""Reads a file that comes from outside in a process of its own: nothing that the file does reaches the portal.

    python -I hostile.py MODULE FACTS < file      FACTS: a JSON object

The process imports the module, limits its own memory and processor time, and prints `MODULE.judge(data, **FACTS)` as
JSON. A file that takes more ends the process, and `judged` answers None. It starts without Django: what it imports may
not need the settings.
"""

import json
import logging
import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)
PROJECT = Path(__file__).parents[2]
PATIENCE = 60  # seconds on the clock: the machine may be busy
MEMORY = 100 * 1024**2  # bytes, beyond what the program itself takes
SECONDS_PER_MB = 2  # of processor time, and as many for a file of less


def judged(module: str, data: bytes, **facts: Any) -> Any:
    """What `judge` in the module says of the file. None when the process died of it, or took too long."""
    command = [sys.executable, "-I", __file__, module, json.dumps(facts)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=True, env={})  # noqa: S603
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        logger.warning("A file from outside could not be read by %s: %s", module, type(error).__name__)
        return None


def limit_myself(size: int) -> None:
    """From here on, so much memory and processor time and no more. `size`: the file's, in bytes."""
    with open("/proc/self/statm") as statm:  # pages, of which the first number is what is mapped (proc(5))
        mapped = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY + 2 * size,) * 2)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime + SECONDS_PER_MB * (1 + size // 1024**2)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    sys.path.append(str(PROJECT))
    judge = import_module(sys.argv[1]).judge
    data = sys.stdin.buffer.read()
    limit_myself(len(data))
    sys.stdout.write(json.dumps(judge(data, **json.loads(sys.argv[2]))))


if __name__ == "__main__":
    main()
