"""What every request passes, whatever page it asks for."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

# Of what a browser could do for a page, the portal uses passkeys and nothing else.
PERMISSIONS_POLICY = ", ".join(
    [
        *(
            f"{name}=()"
            for name in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
        ),
        *(f"publickey-credentials-{name}=(self)" for name in ("create", "get")),
    ]
)


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    return middleware


def only_utf8(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A form in another character encoding is refused (400): Django's parser of multipart forms takes any codec that
    Python knows, also those that are no text encodings, and then raises."""

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.strip("\"' ").lower() not in ("utf-8", "utf8"):
            raise BadRequest(f"charset {charset[:20]}")
        return get_response(request)

    return middleware
