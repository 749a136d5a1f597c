"""The way into Plattformen, and the organisation's own page, opened by the link in the letter."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Refused, record
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.views import send
from botkyrka_civil.lib import limits
from botkyrka_civil.lib.links import TOO_MANY, send_again

from ..access import MemberVisitor
from ..links import member_page
from ..membership_forms import MembershipForm
from ..models import Body, Meeting, Membership
from . import meeting_page
from .platform import told, with_facts


@never_cache
@login_not_required
def apply(request: HttpRequest) -> HttpResponse:
    """First the agreement, then Plattformen. The application is the contact person's when the link has been used."""
    form = MembershipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("organisation", "name", "email", "motivation")}
        if not form.is_robot and limits.too_often(request, "membership", facts["email"]):
            form.add_error(None, TOO_MANY)
            return _apply_page(request, form, status=429)
        try:
            if not form.is_robot:
                Membership.begin(**facts)
            return render(request, "council/platform/check_mail.html", {"email": facts["email"].lower()})
        except Refused as refusal:
            form.add_error("organisation", str(refusal))
    return _apply_page(request, form, status=422 if form.errors else 200)


def _apply_page(request: HttpRequest, form: MembershipForm, *, status: int) -> HttpResponse:
    return render(request, "council/platform/apply.html", {"form": form, "texts": told()}, status=status)


@never_cache
@login_not_required
def new_link(request: HttpRequest) -> HttpResponse:
    """The link once more, to the address that the organisation gave."""

    def send(email: str) -> None:
        for membership in Membership.objects.with_links_for(email):
            membership.write("membership_new_link")

    form, sent = "council/platform/new_link.html", "council/platform/check_mail.html"
    return send_again(request, send, action="membership-link", form=form, sent=sent)


# The organisation's own page -----------------------------------------------------------------------------------------


@member_page
def membership(request: HttpRequest, membership: Membership, token: str) -> HttpResponse:
    """Where the membership stands, and what members may read. Opening it changes nothing; the button confirms."""
    refusal = None
    if request.method == "POST":
        try:
            if membership.state == Membership.State.BEGUN:
                membership.confirm(by=membership.applicant)
            return redirect("council:membership", token)
        except Refused as error:
            refusal = error
            membership.refresh_from_db()
    context = {"membership": membership, "token": token, "refusal": refusal, "has_errors": bool(refusal)}
    if membership.state == Membership.State.MEMBER:
        context |= _for_members()
    return render(request, "council/platform/membership.html", context, status=422 if refusal else 200)


def _for_members() -> dict[str, Any]:
    """What members see beside what everyone sees."""
    visitor = MemberVisitor()
    ours = Body.objects.platform()
    return {
        "documents": Document.objects.visible_to(visitor).filter(audience=Audience.MEMBERS).latest_first(),
        "upcoming": with_facts(Meeting.objects.visible_to(visitor).filter(body__in=ours).upcoming()),
        "held": Meeting.objects.with_minutes_for(visitor)
        .filter(body__in=ours)
        .select_related("body")
        .order_by("-starts_at"),
    }


@member_page
def withdraw(request: HttpRequest, membership: Membership, token: str) -> HttpResponse:
    return _ask(request, membership, token, "withdraw")


@member_page
def leave(request: HttpRequest, membership: Membership, token: str) -> HttpResponse:
    return _ask(request, membership, token, "leave")


def _ask(request: HttpRequest, membership: Membership, token: str, verb: str) -> HttpResponse:
    """A page that says what will happen, with one button."""
    refusal = None
    if request.method == "POST":
        try:
            getattr(membership, verb)(by=membership.applicant)
            return redirect("council:membership", token)
        except Refused as error:
            refusal = error
            membership.refresh_from_db()
    elif not membership.may_move(verb):
        return redirect("council:membership", token)
    context = {
        "membership": membership,
        "token": token,
        "verb": verb,
        "possible": membership.may_move(verb),
        "refusal": refusal,
        "has_errors": bool(refusal),
    }
    return render(request, "council/platform/ask.html", context, status=422 if refusal else 200)


@member_page
@require_safe
def document(request: HttpRequest, membership: Membership, token: str, pk: int) -> HttpResponseBase:
    """A file that members may read, for as long as the organisation is one. Logged with who took it."""
    _refuse_outsider(membership)
    rows = Document.objects.visible_to(MemberVisitor()).select_related("current__file")
    found = get_object_or_404(rows, pk=pk)
    if request.method == "GET" and not found.is_public:
        label = f"Laddade ner {found.file.name}"
        record(found, "download", by=membership.applicant, label=label, file=found.file.pk)
    return send(found.file)


@member_page
@require_safe
def meeting(request: HttpRequest, membership: Membership, token: str, pk: int) -> HttpResponse:
    return meeting_page.show(request, _meeting(membership, pk), meeting_page.Reader.of_member(membership, token))


@member_page
@require_safe
def meeting_pdf(request: HttpRequest, membership: Membership, token: str, pk: int) -> HttpResponseBase:
    return meeting_page.pdf(request, _meeting(membership, pk), meeting_page.Reader.of_member(membership, token))


def _meeting(membership: Membership, pk: int) -> Meeting:
    _refuse_outsider(membership)
    return get_object_or_404(meeting_page.readable(MemberVisitor()).select_related("body"), pk=pk)


def _refuse_outsider(membership: Membership) -> None:
    if membership.state != Membership.State.MEMBER:
        raise Http404
