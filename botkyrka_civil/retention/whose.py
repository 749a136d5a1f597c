"""The rules that the table of ties needs: what the municipality holds, which files are whose, what may be put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from council.models import Body
from council.models.states import MeetingState

from ..accounts.reserved import is_reserved
from ..documents.models import File

# What the association keeps in a room of its own is its own to answer for, and is not read here.
OF_OUR_BODY = ~Q(body__owner=Body.Owner.PLATFORM)
OF_OUR_MEETING = ~Q(meeting__body__owner=Body.Owner.PLATFORM)
# Whoever has a seat of the council's or a steering group's, was nominated to us, or sits nowhere at all.
KNOWN_PERSON = (
    Q(seats__body__owner__in=[Body.Owner.MUNICIPALITY, Body.Owner.JOINT])
    | Q(nominations__nominated_at__isnull=False)
    | Q(seats=None, nominations=None)
)


def ours_or_handed_over(meeting: str = "") -> Q:
    """Of a meeting that the municipality holds, or whose minutes the association has handed over."""
    to = f"{meeting}__" if meeting else ""
    return ~Q(**{f"{to}body__owner": Body.Owner.PLATFORM}) | Q(**{f"{to}handed_over_at__isnull": False})


def signed(form: str) -> Callable[[Any], File | None]:
    """The file that somebody signed on the web. A scanned form may show the others' addresses: staff look first."""

    def file(row: Any) -> File | None:
        on_paper = getattr(row, "method", "") == "paper"
        found = row
        for name in form.split("__"):
            found = found and getattr(found, name)
        return found if row.signed_at and not on_paper else None

    return file


def evidence(row: Any) -> File | None:
    """What the applicant sent along. On paper it came by post, with what others wrote."""
    return row.evidence if row.method == "web" else None


def always(*fields: str) -> Callable[[Any], str]:
    return lambda row: " ".join(fields)


def but_for_keys(*fields: str) -> Callable[[Any], str]:
    """Not the address of somebody on Plattformen's board: it opens a room that is not the municipality's."""
    return lambda row: " ".join(field for field in fields if field != "email" or not is_reserved(row.email))


def while_waiting(row: Any) -> str:
    """Until it is answered. The name stands in what is to be signed, and is put right there."""
    return "email" if row.round.is_open and not row.signed_at and not row.declined_at else ""


def until_drawn_up(row: Any) -> str:
    open_ = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.HELD)
    return "name email" if row.meeting.state in open_ else ""


def until_answered(row: Any) -> str:
    return "name email" if row.state == "received" else ""
