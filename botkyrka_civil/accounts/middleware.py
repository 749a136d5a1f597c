from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from ..lib.forms import typed

STAFF_WORK_HERE = ("/admin/", "/motesrum/")


class LoginRequired(LoginRequiredMiddleware):
    """Closed unless opened. Whoever was signed out while writing gets the words back, not only the sign-in page."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        words = typed(request) if request.method == "POST" else []
        if not words or "application/json" in request.headers.get("Accept", ""):
            return super().handle_no_permission(request, view_func)
        context = {"typed": words, "signed_out": True, "next": request.path}
        return render(request, "403_csrf.html", context, status=401)


def account_is_not_stored(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Nothing of the account's pages stays in the browser or on the way: codes, keys, whose account it is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(reverse("accounts:home")):
            add_never_cache_headers(response)
        return response

    return middleware


def second_factor_for_staff(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Staff have a second factor (TOTP or passkey) before they enter where they work. Demo mode does without."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(STAFF_WORK_HERE) and not settings.DEMO:
            user = request.user
            if user.is_authenticated and user.is_staff and not user.has_second_factor:
                messages.info(request, "Lägg till en andra faktor för att komma in i handläggningen.")
                return redirect("mfa_index")
        return get_response(request)

    return middleware
