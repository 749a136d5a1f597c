from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


def second_factor_for_staff(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Staff have a second factor (TOTP or passkey) before they enter the admin. Demo mode does without."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(reverse("admin:index")) and not settings.DEMO:
            user = request.user
            if user.is_authenticated and user.is_staff and not is_mfa_enabled(user):
                messages.info(request, "Lägg till en andra faktor för att komma in i handläggningen.")
                return redirect("mfa_index")
        return get_response(request)

    return middleware
