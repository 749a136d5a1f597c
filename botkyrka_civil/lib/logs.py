"""The program's log: one line for each event, without any address that opens something."""

import logging
import re

# What opens a page, by its shape and wherever it stands: a personal link (lib/tokens.py), a link to a new password
# (django.contrib.auth.tokens) and one to confirm an address (django.core.signing).
SECRETS = re.compile(
    r"[\w-]{16}\.[\w-]{40,}|[0-9A-Za-z]+-[0-9a-z]{6,}-[0-9a-f]{32}|[\w-]+:[0-9A-Za-z]{6}:[\w-]{40,}", re.ASCII
)
MASK = "***"


class MaskSecrets(logging.Formatter):
    """A log line in which nothing opens a page: Django names the path of every request that was refused."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(MASK, super().format(record))
