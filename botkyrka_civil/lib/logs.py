import logging
import re

_PERSONAL_LINK = re.compile(r"/(anslut|underskrift)/[^/\s]{20,}")


class MaskPersonalLinks(logging.Formatter):
    """A log line without working personal links: Django names the path of every request that was refused."""

    def format(self, record: logging.LogRecord) -> str:
        return _PERSONAL_LINK.sub(r"/\1/…", super().format(record))
