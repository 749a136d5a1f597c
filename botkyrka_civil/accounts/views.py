from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def home(request: HttpRequest) -> HttpResponse:
    """Where signing in leads: staff to their queue, others to their account."""
    user = request.user
    if user.is_authenticated and user.is_staff:
        return redirect("admin:index")
    return render(request, "accounts/home.html")
