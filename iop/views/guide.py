"""What an IOP is, and the guided test. Nothing is stored: the answers stand in the address and nowhere else."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from botkyrka_civil.documents.views import send_made
from council.names import HiddenNames
from organisations.models import ContactPerson

from .. import facts, guide, memo, results
from ..guide_forms import MemoForm, QuestionForm

TOO_MANY = "Det blev för många pm på kort tid. Vänta en timme och försök igen. Svaren står kvar i sidans adress."


@login_not_required
@require_safe
def iop(request: HttpRequest) -> HttpResponse:
    """What an IOP is, in plain words and in the sources' own, and how it goes."""
    context = {
        "about": facts.ABOUT,
        "aims_introduced": facts.AIMS_INTRODUCED,
        "aims": facts.AIMS,
        "hard": [criterion for criterion in facts.CRITERIA if criterion.hard],
        "soft": [criterion for criterion in facts.CRITERIA if not criterion.hard],
        "contacts": _contacts(),
        "partnerships": results.public(),
    }
    return render(request, "iop/iop.html", context)


def _contacts() -> Any:
    return HiddenNames().contacts(ContactPerson.Topic.IOP)


@login_not_required
@require_safe
def walk(request: HttpRequest) -> HttpResponse:
    """One question at a time, until the table has decided. ?andra= opens a question that has been answered."""
    answers = guide.answers_in(request.GET.dict())
    changed = guide.question(request.GET.get("andra", ""))
    if changed and changed.key in answers:
        form = QuestionForm(changed, initial=answers)
        return _question_page(request, changed, answers, form)
    asked = guide.next_question(answers)
    if asked is None:
        return _result_page(request, answers, MemoForm())
    tried = request.GET.get("fraga") == asked.key or asked.key in request.GET
    form = QuestionForm(asked, request.GET if tried else None)
    return _question_page(request, asked, answers, form)


def _question_page(
    request: HttpRequest, asked: guide.Question, answers: dict[str, str], form: QuestionForm
) -> HttpResponse:
    number = guide.QUESTIONS.index(asked)
    before = guide.QUESTIONS[number - 1].key if number else ""
    context = {
        "form": form,
        "asked": asked,
        "number": number + 1,
        "total": len(guide.QUESTIONS),
        "kept": [(key, value) for key, value in answers.items() if key != asked.key],
        "given": _given(answers, but=asked.key),
        "back": guide.address(answers, andra=before) if before in answers else "",
    }
    return render(request, "iop/guide/question.html", context, status=422 if form.errors else 200)


def _given(answers: dict[str, str], *, but: str = "") -> list[dict[str, Any]]:
    """The answers so far, each with the address where it can be changed."""
    return [
        {"question": one.question, "option": one.option, "change": guide.address(answers, andra=one.question.key)}
        for one in guide.given(answers)
        if one.question.key != but
    ]


def _result_page(
    request: HttpRequest, answers: dict[str, str], form: MemoForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "outcome": guide.outcome(answers),
        "disclaimer": guide.DISCLAIMER,
        "kept": answers.items(),
        "given": _given(answers),
        "form": form,
        "refusal": refusal,
        "has_errors": bool(refusal),
        "contacts": _contacts(),
    }
    return render(request, "iop/guide/result.html", context, status=status)


@login_not_required
@require_safe
def memo_pdf(request: HttpRequest) -> HttpResponseBase:
    """The memo. Rendering costs, and so is limited per address; nobody's search engine or cache keeps it."""
    answers = guide.answers_in(request.GET.dict())
    found = guide.outcome(answers)
    if found is None:
        return redirect(f"{reverse('iop:guide')}?{guide.address(answers)}")
    form = MemoForm(request.GET)
    if not form.is_valid():
        return _result_page(request, answers, form, status=422)
    facts = {"name": form.cleaned_data["namn"], "day": timezone.localdate()}
    content = memo.content(answers, found, **facts)
    named = bool(facts["name"])
    made = send_made(
        request, content, lambda: memo.render(answers, found, **facts), name="iop-vagledning.pdf", private=named
    )
    if made is None:
        return _result_page(request, answers, form, refusal=TOO_MANY, status=429)
    made["X-Robots-Tag"] = "noindex"
    return made
