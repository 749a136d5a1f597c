"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from . import theme

BRAND = {"theme": "theme.css", "logo": "logo.svg", "favicon": "favicon.svg", "icon": "icon-180.png"}


def portal(request: HttpRequest) -> dict[str, Any]:
    # Only a visitor who carries a session cookie is asked for: anonymous pages touch no session.
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    brand = {"colours": theme.colours(), **{name: theme.address(file) for name, file in BRAND.items()}}
    return {
        "demo": settings.DEMO,
        "municipality": settings.MUNICIPALITY,
        "platform": settings.PLATFORM,
        "minority_languages": settings.MINORITY_LANGUAGES,
        "brand": brand,
        "has_session": has_session,
        "signed_in": has_session and request.user.is_authenticated,
        "draft_days": settings.DRAFT_LIFETIME.days,  # stands wherever personal data is asked for
    }
