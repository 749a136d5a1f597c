import logging
import re

# Where a personal link or a secret address may stand: the part after it is the key.
_PLACES = "anslut|underskrift|kallelse|justering|plattformen/medlem|dialogkonferens/anmalan|kalender/styrelsen"
_PERSONAL_LINK = re.compile(rf"/({_PLACES})/[^/\s]{{20,}}")


class MaskPersonalLinks(logging.Formatter):
    """A log line without working personal links: Django names the path of every request that was refused."""

    def format(self, record: logging.LogRecord) -> str:
        return _PERSONAL_LINK.sub(r"/\1/…", super().format(record))
