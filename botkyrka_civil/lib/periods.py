"""Periods are half-open: from the first day, up to but not including the end day. No end means still going on."""

from datetime import date

from django.db.models import Q


def on_day(day: date, start: str = "valid_from", end: str = "valid_to") -> Q:
    """Rows whose period holds `day`."""
    return (Q(**{f"{start}__isnull": True}) | Q(**{f"{start}__lte": day})) & (
        Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": day})
    )
