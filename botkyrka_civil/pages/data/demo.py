"""Made-up messages about the website for demo mode, one in every state, made by the real verbs."""

from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from agreement.data.demo import days_ago
from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Letter

from ..models import AccessibilityReport

NAMESPACE = UUID("0b0f8a54-1f3d-4c52-9d6c-3f4c3c0f5a10")
# How many days ago, what was written, and what came of it.
MESSAGES: list[tuple[int, dict[str, str], str, dict[str, str]]] = [
    (16, {"what": "Jag hör inte vad som är fel när jag har glömt en ruta. (Påhittat)", "page": "/anslut/"}, "", {}),
    (
        3,
        {
            "kind": "other_form",
            "what": "Jag vill ha det senaste protokollet från Rådet i större text. (Påhittat)",
            "page": "/radet/moten/",
            "name": "Karin Påhittsson",
            "email": "karin.pahittsson@example.org",
        },
        "take",
        {},
    ),
    (
        30,
        {
            "what": "Menyn går inte att öppna med min talstyrning. (Påhittat)",
            "page": "/",
            "aid": "Talstyrning",
            "email": "lasare@example.org",
        },
        "answer",
        {"reply": "Tack! Knappen har fått ett namn som går att säga: Meny. Nu ska det fungera."},
    ),
    (21, {"what": "När öppnar badhuset? (Påhittat)"}, "close", {"reason": "Gäller inte webbplatsen."}),
]


def load_demo_reports() -> None:
    """Each is made when it is missing, whole or not at all."""
    officer = Actor.of(User.objects.get(email=roles.read()["utvecklingsledare"]["demo"]))
    for days, facts, verb, told in MESSAGES:
        key = uuid5(NAMESPACE, facts["what"])
        if not AccessibilityReport.objects.filter(request_key=key).exists():
            with transaction.atomic(), days_ago(days):
                _tell(key, facts, verb, told, officer)


def _tell(key: UUID, facts: dict[str, Any], verb: str, told: dict[str, str], officer: Actor) -> None:
    report = AccessibilityReport.receive(request_key=key, made_up=True, **facts)
    if verb:
        getattr(report, verb)(by=officer, **told)
    for letter in Letter.objects.waiting().filter(subject_key=report.subject):
        letters.deliver(letter.pk)
