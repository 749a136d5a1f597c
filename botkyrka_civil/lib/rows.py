"""One row after another, each in a transaction of its own."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import models, transaction

logger = logging.getLogger(__name__)


def each(due: models.QuerySet[Any], act: Callable[[Any], None]) -> None:
    """Act on each row that is due; a failure is logged, and a row that another worker holds is left to it."""
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                if row := due.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first():
                    act(row)
        except Exception:
            name = getattr(act, "__qualname__", act)
            logger.exception("%s misslyckades för %s %s", name, due.model._meta.label, pk)
