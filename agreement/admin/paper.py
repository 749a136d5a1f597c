"""A form that came on paper: the officer types it in, with its scan, and it enters the same states."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from agreement import content
from agreement.models import Accession, AgreementVersion
from botkyrka_civil.casework.models import Actor, Refused

from .forms import PaperContactForm, PaperForm, PaperOrganisationForm, PaperSignatoryFormSet, PaperSigningRuleForm

PLAIN: dict[str, Any] = {"label_suffix": ""}


def respond(model_admin: Any, request: HttpRequest) -> HttpResponse:
    version = AgreementVersion.objects.in_force()
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PaperForm(data, files, initial={"request_key": uuid4()}, **PLAIN)
    groups: dict[str, Any] = {
        "organisation": PaperOrganisationForm(data, **PLAIN),
        "contact": PaperContactForm(data, **PLAIN),
        "rule": PaperSigningRuleForm(data, files, **PLAIN),
    }
    people = PaperSignatoryFormSet(data, prefix="person", rule=_rule(groups["rule"]), form_kwargs=PLAIN)
    refusal = "" if version else "Ingen version av Överenskommelsen gäller, så ingen kan ansluta sig."
    if data and (done := _registered(form)):
        return redirect(model_admin.case_url(done))
    if data and "add_row" in data:
        people = PaperSignatoryFormSet(_with_a_row_more(data), prefix="person", form_kwargs=PLAIN)
    elif data and version and all([form.is_valid(), *(g.is_valid() for g in groups.values()), people.is_valid()]):
        try:
            accession = _register(request, version, form, groups, people)
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Blanketten är registrerad med diarienummer {accession.number}.")
            return redirect(model_admin.case_url(accession))
    checked = data is not None and "add_row" not in data
    return TemplateResponse(
        request,
        "admin/agreement/accession/paper.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": "Registrera en pappersblankett",
            "version": version,
            "form": form,
            "organisation": groups["organisation"],
            "contact": groups["contact"],
            "rule": groups["rule"],
            "people": people,
            "refusal": refusal,
            "checked": checked,
            "errors": checked and any([form.errors, *(g.errors for g in groups.values()), people.total_error_count()]),
        },
    )


def _register(request: HttpRequest, version: AgreementVersion, form: PaperForm, groups: Any, people: Any) -> Accession:
    rule = groups["rule"].cleaned_data
    return Accession.register_paper(
        by=Actor.of(request.user),
        content=content.joining(
            version,
            groups["organisation"].cleaned_data | groups["contact"].cleaned_data,
            content.signing_rule(rule["mode"], rule["n"], len(people.people)),
            people.people,
        ),
        signatories=people.people,
        scan=form.cleaned_data["scan"],
        evidence=rule["evidence"],
        received_on=form.received_at,
        signed_on=form.cleaned_data["signed_on"],
        organisation=groups["organisation"].organisation,
        email=form.cleaned_data["email"],
        request_key=form.cleaned_data["request_key"],
        language=form.chosen_language,
    )


def _registered(form: PaperForm) -> Accession | None:
    """What the same form has made already, when it is sent twice."""
    form.is_valid()
    key = form.cleaned_data.get("request_key")
    return Accession.objects.filter(request_key=key).first() if key else None


def _rule(form: PaperSigningRuleForm) -> dict[str, Any]:
    if not form.is_bound or not form.is_valid():
        return {}
    return {"mode": form.cleaned_data["mode"], "n": form.cleaned_data["n"]}


def _with_a_row_more(data: Any) -> Any:
    more = data.copy()
    total = data.get("person-TOTAL_FORMS", "")
    more["person-TOTAL_FORMS"] = str(int(total) + 1 if total.isdecimal() and len(total) < 3 else 3)
    return more
