"""The accession's own page, opened by the applicant's personal link, and what the applicant may do there."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from botkyrka_civil.casework.models import Refused
from botkyrka_civil.documents.models import File
from botkyrka_civil.documents.views import send_logged
from botkyrka_civil.lib import limits

from .. import content, steps
from ..forms import AnswerForm, LeaveForm, WithdrawForm, signatory_formset
from ..links import TOO_MANY_FILES, applicant_page, too_many_files
from ..models import Accession


@applicant_page
def application(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Where the accession stands, and what can be done now."""
    context: dict[str, Any] = {"accession": accession, "token": token}
    if accession.state == Accession.State.DRAFT:
        draft = steps.Application(accession)
        next_url = draft.next_url(token)
        return render(
            request, "agreement/joining/draft.html", context | {"steps": draft.rows(token), "next_url": next_url}
        )
    context |= {
        "joining": accession.joining,
        "leaving": accession.leaving,
        "open_round": accession.open_round,
        "completion": accession.open_completion,
        "newer": accession.superseded_by.ongoing().first(),
    }
    return render(request, "agreement/joining/status.html", context)


@require_safe
@applicant_page
def form(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """The signed form, as stored."""
    signing = accession.leaving if "uttrade" in request.GET else accession.joining
    return _file(request, accession, signing.form if signing else None, inline=True)


@require_safe
@applicant_page
def evidence(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    return _file(request, accession, accession.evidence)


def _file(request: HttpRequest, accession: Accession, file: File | None, *, inline: bool = False) -> HttpResponseBase:
    if file is None:
        raise Http404
    return send_logged(request, accession, file, by=accession.applicant, inline=inline)


@applicant_page
def edit(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Open for changes: says first that all signatures become void."""
    if request.method == "POST":
        try:
            accession.edit(by=accession.applicant)
        except Refused as refusal:
            return _confirm(request, accession, token, "edit", refusal=refusal)
        return redirect("agreement:application", token)
    return _confirm(request, accession, token, "edit")


@applicant_page
def withdraw(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    form = WithdrawForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            accession.withdraw(by=accession.applicant, reason=form.cleaned_data["reason"])
            return redirect("agreement:application", token)
        except Refused as error:
            refusal = error
    return _confirm(request, accession, token, "withdraw", form=form, refusal=refusal)


@applicant_page
def remind(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Send the letters once more to those who have not answered, at most a few times a day."""
    signing, sent = accession.open_round, ""
    if request.method == "POST" and signing and not limits.exceeded("remind", accession.key, limit=3, seconds=86400):
        signing.write_again()
        sent = "?skickat=1"
    return redirect(reverse("agreement:application", args=[token]) + sent)


@applicant_page
def answer(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Answer a request for completion: in words, with a new file, or with changed facts, which are then signed anew."""
    completion = accession.open_completion
    if completion is None or accession.state != Accession.State.COMPLETION_REQUESTED:
        return redirect("agreement:application", token)
    too_many = request.method == "POST" and too_many_files(request, accession)
    form = AnswerForm(request.POST or None, None if too_many else request.FILES or None)
    draft = steps.Application(accession)
    on_paper = accession.method == Accession.Method.PAPER
    refusal = None
    if request.method == "POST" and not on_paper and not draft.complete:
        refusal = Refused("Något av det du har ändrat behöver ses över först.")
    elif too_many:
        refusal = Refused(TOO_MANY_FILES)
    elif request.method == "POST" and form.is_valid():
        try:
            if upload := form.cleaned_data["evidence"]:
                accession.attach_evidence(upload)
            changed = None if on_paper else draft.content()
            accession.answer(
                by=accession.applicant, text=form.cleaned_data["text"], content=changed, signatories=draft.signatories
            )
            return redirect("agreement:application", token)
        except Refused as error:
            refusal = error
    joining = accession.joining
    context = {
        "accession": accession,
        "token": token,
        "completion": completion,
        "form": form,
        "refusal": refusal,
        "steps": [] if on_paper else draft.rows(token)[:-1],
        "will_change": not on_paper
        and draft.complete
        and joining
        and content.has_changed(draft.content(), joining.content_sha256),
    }
    return render(request, "agreement/joining/answer.html", context, status=422 if form.errors or refusal else 200)


@applicant_page
def reaffirm(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Begin the accession to the new version, filled in with what we know."""
    if request.method == "POST":
        try:
            draft = accession.reaffirm()
        except Refused as refusal:
            return _confirm(request, accession, token, "reaffirm", refusal=refusal)
        return render(request, "agreement/joining/check_mail.html", {"email": draft.applicant_email, "again": True})
    return _confirm(request, accession, token, "reaffirm")


@applicant_page
def leave(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    """Leave the agreement under the signing rule: who signs now, and on to their links."""
    joining = accession.joining
    if not accession.may_move("leave") or joining is None or accession.open_round:
        return redirect("agreement:application", token)
    rule = {"mode": joining.mode, "n": joining.required}
    known = list(joining.signatures.values("name", "role", "email"))
    form = LeaveForm(request.POST or None)
    formset = signatory_formset(request.POST or None, rule=rule, initial=known)
    refusal = None
    if request.method == "POST" and form.is_valid() and formset.is_valid():
        people = formset.people
        now_required = content.signing_rule(joining.mode, joining.required, len(people))
        leaving = content.leaving(accession, now_required, people, form.cleaned_data["reason"])
        try:
            accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
            return redirect("agreement:application", token)
        except Refused as error:
            refusal = error
    context = {"accession": accession, "token": token, "form": form, "formset": formset, "refusal": refusal}
    failed = form.errors or formset.total_error_count() if formset.is_bound else False
    return render(request, "agreement/joining/leave.html", context, status=422 if failed or refusal else 200)


@applicant_page
def cancel_leaving(request: HttpRequest, accession: Accession, token: str) -> HttpResponseBase:
    if request.method == "POST":
        try:
            accession.cancel_leaving(by=accession.applicant)
        except Refused as refusal:
            return _confirm(request, accession, token, "cancel_leaving", refusal=refusal)
        return redirect("agreement:application", token)
    return _confirm(request, accession, token, "cancel_leaving")


def _confirm(
    request: HttpRequest,
    accession: Accession,
    token: str,
    verb: str,
    *,
    form: Any = None,
    refusal: Refused | None = None,
) -> HttpResponseBase:
    """A page that says what will happen, with one button."""
    context = {
        "accession": accession,
        "token": token,
        "verb": verb,
        "form": form,
        "refusal": refusal,
        "has_errors": bool(refusal),
        "open_round": accession.open_round,
        "signing_days": settings.SIGNING_PERIOD.days,
    }
    return render(request, "agreement/joining/confirm.html", context, status=422 if refusal else 200)
