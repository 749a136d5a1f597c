"""Personal links: from the token in the address to the row it opens, or to a friendly page that says what to do."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from botkyrka_civil.lib import limits, tokens

from .models import Membership, Participant, SignOff
from .models.meetings import INVITATION_LINK
from .models.memberships import MEMBER_LINK
from .models.minutes import SIGN_OFF_LINK

View = Callable[..., HttpResponseBase]
PURPOSES = (INVITATION_LINK, SIGN_OFF_LINK, MEMBER_LINK)
WRONG_LINKS_PER_HOUR = 60
INVITATION_LIFETIME = timedelta(days=365)  # after the meeting, so that what was said there can be looked up


def invited_page(view: View) -> View:
    """The view gets the participant whose personal link this is, as `view(request, participant, token, …)`.

    It opens for who was called, for as long as their seat is held on the day of the meeting.
    """

    @_opened_by(INVITATION_LINK, Participant.objects.select_related("meeting__body", "seat"))
    @wraps(view)
    def wrapper(request: HttpRequest, participant: Participant, token: str, **kwargs: Any) -> HttpResponseBase:
        if participant.invited_at is None:
            return _page(request, INVITATION_LINK, "gone", 404)
        if not participant.still_called:
            return _page(request, INVITATION_LINK, "not_called", 410)
        if participant.meeting.ends_at + INVITATION_LIFETIME < timezone.now():
            return _page(request, INVITATION_LINK, "expired", 410)
        return view(request, participant, token, **kwargs)

    return wrapper


def signing_page(view: View) -> View:
    """The view gets the sign-off whose personal link this is, as `view(request, sign_off, token, …)`."""
    return _opened_by(SIGN_OFF_LINK, SignOff.objects.select_related("round__minutes__meeting__body"))(view)


def member_page(view: View) -> View:
    """The view gets the membership whose personal link this is, as `view(request, membership, token, …)`."""
    return _opened_by(MEMBER_LINK, Membership.objects.select_related("organisation"))(view)


def _opened_by(purpose: str, rows: QuerySet[Any]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @never_cache
        @login_not_required
        @wraps(view)
        def wrapper(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
            try:
                row: Model = rows.get(key=tokens.read(purpose, token))
            except (tokens.BadLink, rows.model.DoesNotExist):
                return invalid(request, token, purpose)
            return view(request, row, token, **kwargs)

        return wrapper

    return decorate


def invalid(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """Unknown, or made for something else than `purpose`. Guessing is limited per address."""
    if limits.exceeded("wrong-link", limits.client_address(request), limit=WRONG_LINKS_PER_HOUR):
        return _page(request, purpose, "too_many", 429)
    for other in PURPOSES:
        try:
            tokens.read(other, token)
        except tokens.BadLink:
            continue
        return _page(request, purpose, "gone" if other == purpose else "other_purpose", 404)
    return _page(request, purpose, "unknown", 404)


def _page(request: HttpRequest, purpose: str, why: str, status: int) -> HttpResponse:
    return render(request, "council/link.html", {"why": why, "what": purpose.partition(":")[2]}, status=status)
