"""The conference as everyone sees it, and a guest's own page, opened by the link in the letter."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Refused
from botkyrka_civil.lib import limits
from botkyrka_civil.lib.links import TOO_MANY, View, opened_by, why_not

from ..conference_forms import NeedsForm, RegistrationForm
from ..models import Conference, Registration
from ..models.registrations import REGISTRATION_LINK


@login_not_required
@require_safe
def conferences(request: HttpRequest) -> HttpResponse:
    """The next one first, then the earlier ones."""
    published = Conference.objects.published().with_proposals()
    context = {"upcoming": list(published.upcoming()), "earlier": list(published.earlier())}
    return render(request, "council/conference/conferences.html", context)


@login_not_required
@require_safe
def conference(request: HttpRequest, year: int) -> HttpResponse:
    """One year: where, when and what, and afterwards what came of it. Names nobody who comes."""
    found = get_object_or_404(Conference.objects.published(), year=year)
    context: dict[str, Any] = {"conference": found}
    if found.state == Conference.State.DOCUMENTED:
        context["documents"] = found.documents.visible_to(request.user).latest_first()
        context["proposals"] = found.proposals.select_related("principle", "action_item")
    elif not found.closed_because:
        context["free"] = found.free
    return render(request, "council/conference/conference.html", context)


@never_cache
@login_not_required
def register(request: HttpRequest, year: int) -> HttpResponse:
    """Says the same whether the address is known or not: who has registered is told in a letter."""
    found = get_object_or_404(Conference.objects.published(), year=year)
    form = RegistrationForm(request.POST or None)
    closed = found.closed_because
    if request.method == "POST" and not closed and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("name", "email", "organisation", "needs")}
        if not form.is_robot and limits.too_often(request, "conference", facts["email"]):
            form.add_error(None, TOO_MANY)
            return _register_page(request, found, form, status=429)
        try:
            if not form.is_robot:
                Registration.ask(found, **facts)
            context = {"conference": found, "email": facts["email"].lower()}
            return render(request, "council/conference/check_mail.html", context)
        except Refused as refusal:  # closed in this very moment
            closed = str(refusal)
    status = 409 if closed and request.method == "POST" else 422 if form.errors else 200
    return _register_page(request, found, form, closed=closed, status=status)


def _register_page(
    request: HttpRequest, found: Conference, form: RegistrationForm, *, closed: str = "", status: int
) -> HttpResponse:
    context = {
        "conference": found,
        "form": form,
        "closed": closed,
        "has_errors": bool(closed) and form.is_bound,
        "full": not closed and not found.free,
        "needs_days": settings.CONFERENCE_NEEDS_LIFETIME.days,
        "registration_days": settings.CONFERENCE_REGISTRATION_LIFETIME.days,
        "unconfirmed_days": settings.CONFERENCE_UNCONFIRMED_LIFETIME.days,
    }
    return render(request, "council/conference/register.html", context, status=status)


# A guest's own page --------------------------------------------------------------------------------------------------


def guest_page(view: View) -> View:
    """The view gets the registration whose personal link this is, as `view(request, registration, token)`."""
    return opened_by(REGISTRATION_LINK, Registration.objects.select_related("conference"), _invalid)(view)


def _invalid(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """Unknown, or disposed of since."""
    why, status = why_not(request, token, purpose, [purpose])
    return render(request, "council/conference/link.html", {"why": why}, status=status)


@guest_page
def registration(request: HttpRequest, registration: Registration, token: str) -> HttpResponse:
    """Where the registration stands. Opening the link changes nothing; the button confirms."""
    refusal = None
    if request.method == "POST":
        try:
            if registration.state == Registration.State.UNCONFIRMED:
                registration.confirm()
            return redirect("council:conference_registration", token)
        except Refused as error:
            refusal = error
    return _registration_page(request, registration, token, refusal=refusal)


@guest_page
def tell_needs(request: HttpRequest, registration: Registration, token: str) -> HttpResponse:
    """Change what one said of access and diet, or take it back."""
    form = NeedsForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            registration.tell_needs(form.cleaned_data["needs"])
        except Refused as error:
            refusal = error
    if request.method == "POST" and (form.errors or refusal):
        return _registration_page(request, registration, token, form=form, refusal=refusal)
    return redirect("council:conference_registration", token)


def _registration_page(
    request: HttpRequest,
    registration: Registration,
    token: str,
    *,
    form: NeedsForm | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    if refusal:
        registration.refresh_from_db()
    failed = bool(refusal or (form and form.errors))
    context = {
        "registration": registration,
        "conference": registration.conference,
        "token": token,
        "form": form or NeedsForm(initial={"needs": registration.needs}),
        "refusal": refusal,
        "has_errors": failed,
        "needs_days": settings.CONFERENCE_NEEDS_LIFETIME.days,
    }
    return render(request, "council/conference/registration.html", context, status=422 if failed else 200)


@guest_page
def cancel(request: HttpRequest, registration: Registration, token: str) -> HttpResponse:
    """Asks first: the place goes to somebody else."""
    refusal = None
    if request.method == "POST":
        try:
            registration.cancel(by=registration.guest)
            return redirect("council:conference_registration", token)
        except Refused as error:
            refusal = error
            registration.refresh_from_db()
    elif registration.state == Registration.State.CANCELLED or not registration.conference.is_coming:
        return redirect("council:conference_registration", token)
    context = {
        "registration": registration,
        "conference": registration.conference,
        "token": token,
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    return render(request, "council/conference/cancel.html", context, status=422 if refusal else 200)
