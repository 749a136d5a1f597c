"""What the case page shows: gathered once, so that the templates ask for nothing."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from botkyrka_civil.casework.signing import Outcome
from council.models import Seat
from iop import balance, facts, results, rules
from iop.models import Agreement, AgreementSignature, FollowUp, FollowUpText, IndicatorValue, Partnership, Party
from iop.models.states import OPEN, State
from iop.warnings import warnings


def context(case: Partnership) -> dict[str, Any]:
    parties = list(case.parties.with_names().prefetch_related("answers", "signatories"))
    agreements = list(_agreements(case))
    out = next((agreement for agreement in agreements if agreement.outcome == Outcome.OPEN), None)
    follow_ups = list(_follow_ups(case))
    waits = (case.state in OPEN or case.state == State.RENEGOTIATION) and not out
    return {
        "case": case,
        "has_open_case": case.state in OPEN,
        "age_days": (timezone.now() - case.proposed_at).days if case.proposed_at else 0,
        "warnings": warnings(case),
        "is_prepared": waits,
        "problems": rules.problems(case) if waits else [],
        "parties": parties,
        "criteria": matrix(parties),
        "balance": balance.of(case.contributions),
        "decisions": case.decisions.select_related("recorded_by"),
        "out": out,
        "agreements": agreements,
        "follow_ups": [told(follow_up, parties) for follow_up in follow_ups],
        "measures": _measures(follow_ups),
        "indicators": list(case.indicators.all()),
        "principles": case.principles.all(),
        "seats": _seats(case),
        "meetings": case.steering_group.meetings.all() if case.steering_group else [],
        "agenda_items": case.agenda_items.order_by("-meeting__starts_at", "order").told(),
    }


def matrix(parties: Iterable[Party]) -> list[dict[str, Any]]:
    """One row a criterion, one cell a party: its answer, or none yet."""
    answers = [(party, {answer.criterion: answer for answer in party.answers.all()}) for party in parties]
    return [
        {
            "criterion": criterion,
            "cells": [{"party": party, "answer": given.get(criterion.key)} for party, given in answers],
        }
        for criterion in facts.CRITERIA
    ]


def _agreements(case: Partnership) -> Iterable[Agreement]:
    """The latest first."""
    signatures = AgreementSignature.objects.select_related("party__organisation", "party__unit").order_by("order")
    rows = case.agreements.select_related("pdf", "registry_entry", "decision")
    return rows.prefetch_related(Prefetch("signatures", signatures)).order_by("-pk")


def _follow_ups(case: Partnership) -> Iterable[FollowUp]:
    """The latest first."""
    texts = FollowUpText.objects.order_by("pk")
    values = IndicatorValue.objects.select_related("indicator")
    rows = case.follow_ups.select_related("registry_entry")
    return rows.prefetch_related(Prefetch("texts", texts), Prefetch("values", values)).order_by("-last_day", "-pk")


def told(follow_up: FollowUp, parties: list[Party]) -> dict[str, Any]:
    """A follow-up with what each party has written: as approved, or as it stands while they write."""
    texts = {text.party_id: text for text in follow_up.texts.all()}
    values = [{"indicator": value.indicator, "value": value.value, "note": value.note} for value in _counted(follow_up)]
    return {
        "row": follow_up,
        "state": _state(follow_up),
        "label": _LABELS[_state(follow_up)],
        "texts": [{"party": party, "text": texts.get(party.pk)} for party in parties],
        "values": values,
    }


def _measures(follow_ups: list[FollowUp]) -> list[results.Measure]:
    """What has been counted more than once, over time."""
    approved = [follow_up for follow_up in follow_ups if follow_up.approved_at]
    return results.measures(approved) if len(approved) > 1 else []


def _counted(follow_up: FollowUp) -> list[IndicatorValue]:
    return sorted(follow_up.values.all(), key=lambda value: (value.indicator.order, value.indicator_id))


_LABELS = {
    "published": "Publicerad",
    "approved": "Godkänd, inte publicerad",
    "closed": "Stängd utan att bli klar",
    "overdue": "Försenad",
    "under_way": "Pågår",
}


def _state(follow_up: FollowUp) -> str:
    if follow_up.approved_at:
        return "published" if follow_up.published_at else "approved"
    if follow_up.closed_at:
        return "closed"
    return "overdue" if follow_up.due < timezone.localdate() else "under_way"


def _seats(case: Partnership) -> Any:
    """Those who sit there, or will; who has left stands in the group's own history."""
    if not case.steering_group_id:
        return []
    seats = Seat.objects.filter(body=case.steering_group_id).overlapping(timezone.localdate(), None)
    return seats.select_related("person", "organisation").in_order()
