"""Who comes in where. A seat opens the board's room from its first day to its last; nothing else does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache

from .models import Body, Meeting, Seat

View = Callable[..., HttpResponseBase]


def sits_on_board(user: Any) -> bool:
    return Seat.objects.in_room(user).exists()


def opens_the_room(email: str) -> bool:
    """Whether the address is that of somebody with a present or coming seat on the board."""
    today = timezone.localdate()
    return Seat.objects.on_board().filter(Q(last_day=None) | Q(last_day__gte=today), person__email=email).exists()


@dataclass(frozen=True)
class MemberVisitor:
    """Whoever holds a member organisation's personal link: no account, but more than the public sees."""

    is_authenticated = is_active = holds_member_link = True
    is_staff = False
    email = ""


def is_with_a_member(user: Any) -> bool:
    return getattr(user, "holds_member_link", False) or sits_on_board(user)


def board_page(view: View) -> View:
    """The view gets the seat that opened the room, as `view(request, seat, …)`. Strangers, staff too, get 403."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        seat = Seat.objects.in_room(request.user).select_related("body", "person", "organisation").first()
        if seat is None:
            raise PermissionDenied
        return view(request, seat, **kwargs)

    return wrapper


def deciding_page(view: View) -> View:
    """As board_page, for those of the room who decide: not auditors, not the nominating committee."""

    @board_page
    @wraps(view)
    def wrapper(request: HttpRequest, seat: Seat, **kwargs: Any) -> HttpResponseBase:
        if not seat.decides:
            raise PermissionDenied
        return view(request, seat, **kwargs)

    return wrapper


def handler_page(view: View) -> View:
    """The view gets the meeting, as `view(request, meeting, …)`, if the user calls it and writes its minutes."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponseBase:
        bodies = Body.objects.handled_by(request.user)
        if not bodies.exists():
            raise PermissionDenied
        return view(
            request, get_object_or_404(Meeting.objects.select_related("body"), pk=pk, body__in=bodies), **kwargs
        )

    return wrapper
