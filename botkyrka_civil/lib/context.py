"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    # Only a visitor who carries a session cookie is asked for: anonymous pages touch no session.
    signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
    return {"demo": settings.DEMO, "municipality": settings.MUNICIPALITY, "signed_in": signed_in}
