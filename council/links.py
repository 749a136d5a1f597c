"""Personal links: from the token in the address to the row it opens, or to a friendly page that says what to do."""

from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from botkyrka_civil.lib.links import View, opened_by, why_not

from .models import Membership, Participant, SignOff
from .models.memberships import MEMBER_LINK
from .models.minutes import SIGN_OFF_LINK
from .models.participants import INVITATION_LINK

PURPOSES = (INVITATION_LINK, SIGN_OFF_LINK, MEMBER_LINK)
INVITATION_LIFETIME = timedelta(days=365)  # after the meeting, so that what was said there can be looked up


def invited_page(view: View) -> View:
    """The view gets the participant whose personal link this is, as `view(request, participant, token, …)`.

    It opens for who was called, for as long as their seat is held on the day of the meeting.
    """

    @opened_by(INVITATION_LINK, Participant.objects.select_related("meeting__body", "seat"), invalid)
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
    rows = SignOff.objects.select_related("round__minutes__meeting__body")
    return opened_by(SIGN_OFF_LINK, rows, invalid)(view)


def member_page(view: View) -> View:
    """The view gets the membership whose personal link this is, as `view(request, membership, token, …)`."""
    return opened_by(MEMBER_LINK, Membership.objects.select_related("organisation"), invalid)(view)


def invalid(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    return _page(request, purpose, *why_not(request, token, purpose, PURPOSES))


def _page(request: HttpRequest, purpose: str, why: str, status: int) -> HttpResponse:
    return render(request, "council/link.html", {"why": why, "what": purpose.partition(":")[2]}, status=status)
