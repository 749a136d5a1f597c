"""What must hold before a partnership is proposed, decided and signed, told as sentences."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from agreement.models import Accession, AgreementVersion, Principle
from botkyrka_civil.casework.models import Refused
from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.lib import source_data
from council.models import Membership
from organisations.models import MunicipalUnit, Organisation

from . import facts
from .models.states import Side, State

if TYPE_CHECKING:
    from .models import Partnership, Party

LONGEST_YEARS = 20
USUAL_YEARS = 3  # "normalt minst tre år", Plattformen's own page
TERM_FIELDS = (
    "title", "purpose", "target_group", "shared_need", "area", "first_day", "last_day", "short_reason", "terms",
)  # fmt: skip


def years_later(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def is_short(first_day: date, last_day: date) -> bool:
    """Shorter than the three years that a partnership usually lasts."""
    return last_day < years_later(first_day, USUAL_YEARS) - timedelta(days=1)


def is_old(followed_up: date | None, today: date) -> bool:
    """Longer ago than twelve months."""
    return followed_up is not None and followed_up < today - settings.IOP_FOLLOW_UP_PERIOD


def refuse_period(first_day: date | None, last_day: date | None) -> None:
    if first_day is None or last_day is None:
        raise Refused("Skriv från och med vilken dag partnerskapet gäller, och till och med vilken.")
    if not 1990 <= first_day.year <= 2100:
        raise Refused("Kontrollera årtalet i den första dagen.")
    if last_day < first_day:
        raise Refused("Perioden slutar innan den börjar. Rätta något av datumen.")
    if last_day > years_later(first_day, LONGEST_YEARS):
        raise Refused(f"Ett partnerskap gäller högst {LONGEST_YEARS} år. Rätta något av datumen.")


def not_joined(organisation: Organisation) -> str:
    """Why the organisation can't be a party, if it can't: it has to have joined, and not be on its way out."""
    accession = Accession.objects.active().filter(organisation=organisation).first()
    if accession is None:
        return f"{organisation} är inte ansluten till Överenskommelsen. Anslut er först."
    if accession.rounds.filter(purpose="leave", outcome=Outcome.OPEN).exists():
        return f"{organisation} är på väg att lämna Överenskommelsen och kan inte ingå ett partnerskap."
    return ""


def refuse_outsider(organisation: Organisation) -> None:
    if problem := not_joined(organisation):
        raise Refused(problem)


def refuse_party(partnership: Partnership, organisation: Organisation | None, unit: MunicipalUnit | None) -> None:
    """Either an organisation or a unit, and never the same one twice."""
    if (organisation is None) == (unit is None):
        raise Refused("Välj antingen en organisation eller en förvaltning.")
    if organisation and partnership.parties.filter(organisation=organisation).exists():
        raise Refused(f"{organisation} är redan part i partnerskapet.")
    if unit and partnership.parties.filter(unit=unit).exists():
        raise Refused(f"{unit} är redan part i partnerskapet.")
    if organisation:
        refuse_outsider(organisation)


def problems(partnership: Partnership) -> list[str]:
    """What is missing before a decision, in sentences; empty when all of it is there."""
    parties = list(partnership.parties.with_names().prefetch_related("answers", "contributions", "signatories"))
    return [
        *_problems_of_terms(partnership),
        *_problems_of_sides(parties),
        *(problem for party in parties for problem in _problems_of_party(partnership, party)),
        *_problems_of_signatories(parties),
    ]


def _problems_of_terms(partnership: Partnership) -> list[str]:
    words = {"purpose": "syftet", "target_group": "målgruppen", "shared_need": "det gemensamma behovet"}
    found = [f"Skriv {what}." for field, what in words.items() if not getattr(partnership, field).strip()]
    first, last = partnership.first_day, partnership.last_day
    if first is None or last is None or last < first:
        return [*found, "Skriv från och med vilken dag partnerskapet gäller, och till och med vilken."]
    if is_short(first, last) and not partnership.short_reason.strip():
        found.append("Perioden är kortare än tre år. Skriv varför.")
    if partnership.state == State.RENEGOTIATION and first > timezone.localdate():
        found.append("Avtalet gäller redan. Låt den första dagen vara densamma som förut.")
    if not partnership.procurement_note.strip():
        found.append("Skriv bedömningen av upphandling och statsstöd.")
    return found


def _problems_of_sides(parties: list[Party]) -> list[str]:
    """A partnership has two sides, and both of them put something in."""
    found = []
    for side, name in ((Side.CIVIL, "civilsamhället"), (Side.MUNICIPALITY, "kommunen")):
        here = [party for party in parties if party.side == side]
        if not here:
            found.append(f"Det finns ingen part från {name}.")
        elif not any(party.contributions.all() for party in here):
            found.append(f"Det finns ingen insats från {name}. Båda sidor bidrar.")
    return found


def _problems_of_party(partnership: Partnership, party: Party) -> list[str]:
    found = []
    if party.organisation:
        found += [problem for problem in [not_joined(party.organisation)] if problem]
        found += [problem for problem in [_not_a_member(party.organisation)] if problem]
    if party.unanswered:
        found.append(f"{party.name} har inte svarat på alla kriterier.")
    elif unmet := party.unmet:
        names = ", ".join(f"”{criterion.name}”" for criterion in unmet)
        found.append(f"{party.name} har inte svarat ja på {names}, som måste vara uppfyllt.")
    first, last = partnership.first_day, partnership.last_day
    if first and last and any(not first.year <= c.year <= last.year for c in party.contributions.all()):
        found.append(f"{party.name} har en insats för ett år utanför perioden.")
    return found


def _not_a_member(organisation: Organisation) -> str:
    """Membership of Plattformen, where the municipality has chosen to ask for it."""
    if settings.IOP_REQUIRES_MEMBERSHIP != "REQUIRE" or is_member(organisation):
        return ""
    return f"{organisation} är inte medlem i Plattformen."


def is_member(organisation: Organisation) -> bool:
    return Membership.objects.active().filter(organisation=organisation).exists()


def _problems_of_signatories(parties: list[Party]) -> list[str]:
    found, seen = [], dict[str, str]()
    for party in parties:
        people = list(party.signatories.all())
        if len(people) < party.required_signatures:
            needed = party.required_signatures
            found.append(f"{party.name} behöver {needed} undertecknare, och har {len(people)}.")
        for person in people:
            if person.email in seen:
                found.append(f"{person.name} och {seen[person.email]} har samma e-postadress.")
            seen[person.email] = person.name
    return found


def party_content(party: Party) -> dict[str, Any]:
    organisation = party.organisation
    return {
        "name": party.name,
        "side": party.side.value,
        "org_nr": (organisation.org_nr or "") if organisation else settings.MUNICIPALITY["org_nr"],
        "slug": organisation.slug if organisation else "",
    }


def criteria_content(partnership: Partnership) -> list[dict[str, Any]]:
    """Each criterion with what each party has answered."""
    parties = list(partnership.parties.with_names().prefetch_related("answers"))
    answers = {(a.party_id, a.criterion): a for party in parties for a in party.answers.all()}
    return [
        {
            "key": criterion.key,
            "question": criterion.question,
            "hard": criterion.hard,
            "answers": [
                {
                    "party": party.name,
                    "met": answer.met,
                    "met_label": answer.get_met_display(),
                    "text": answer.motivation,
                }
                for party in parties
                if (answer := answers.get((party.pk, criterion.key)))
            ],
        }
        for criterion in facts.CRITERIA
    ]


def restore(partnership: Partnership, content: dict[str, Any]) -> None:
    """The working copy says again what was signed. `content` is a signed agreement's; runs inside a verb."""
    for field in TERM_FIELDS:
        setattr(partnership, field, content[field])
    partnership.first_day = date.fromisoformat(content["first_day"])
    partnership.last_day = date.fromisoformat(content["last_day"])
    slugs = [principle["slug"] for principle in content["principles"]]
    partnership.principles.set(Principle.objects.filter(version=AgreementVersion.objects.in_force(), slug__in=slugs))
    # Parties stand in the order they came, and may have got other names since.
    for party, agreed in zip_longest(partnership.parties.all(), content["parties"]):
        rows = [row for row in content["contributions"] if agreed and row["party"] == agreed["name"]]
        party.replace_contributions([{k: row[k] for k in ("year", "kind", "amount", "hours", "note")} for row in rows])


def standard_terms() -> str:
    return source_data.text("terms.txt")
