"""What the officer should look at before and during a partnership, told as sentences. None of them is a verdict.

What must hold before a decision is in rules.problems; here is what may be right, and is to be thought through.
Procurement and state aid: SOU 2019:56, and the municipality's own decision table in iop/guide.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from agreement.models import Accession
from botkyrka_civil.lib.text import kronor

from . import rules
from .balance import shares
from .models.contributions import Contribution
from .models.parties import CriterionAnswer
from .models.states import BINDING, OPEN, Side, State

if TYPE_CHECKING:
    from .models import Partnership, Party

ENDING_SOON = timedelta(days=183)  # half a year: time for both sides to decide whether to go on
MOST_FROM_ONE_SIDE = 80  # percent; above that it looks like a purchase, or like a grant
AID_YEARS = 3  # de minimis is counted over three years in a row

_ASKED = {
    "no_market": "om verksamheten är fri från marknad och konkurrens. Kontrollera om någon annan erbjuder samma sak, "
    "och om det då behöver upphandlas.",
    "initiative": "om idén kommer från organisationen. Kontrollera vem som tog initiativet: är det kommunen kan det "
    "vara en upphandling.",
    "not_grant": "om verksamheten ligger utanför förenings- och verksamhetsbidraget. Kontrollera att samma sak inte "
    "betalas två gånger.",
}


def warnings(partnership: Partnership) -> list[str]:
    """Each a sentence that says what to check. Before the agreement it is about the terms, then about how it goes."""
    today = timezone.localdate()
    if partnership.state in OPEN or partnership.state == State.RENEGOTIATION:
        parties = list(partnership.parties.with_names().prefetch_related("answers", "contributions"))
        found = [*of_answers(parties), *of_money(_rows(parties)), *of_period(partnership), *of_membership(parties)]
        found += of_contacts(parties) if partnership.state == State.PROPOSED else []
    else:
        found = []
    if partnership.state in BINDING:
        found += of_ending(partnership, today)
    if partnership.state in BINDING or partnership.open_agreement:
        found += of_leaving(partnership.parties.civil().with_names())
    return [*found, *of_follow_up(partnership, today)]


# What the parties have said ------------------------------------------------------------------------------------------


def of_answers(parties: Iterable[Party]) -> Iterator[str]:
    """Procurement and state aid: a party that has not said a clear yes to what keeps the partnership clear of them."""
    for party in parties:
        for answer in party.answers.all():
            if answer.criterion in _ASKED and answer.met != CriterionAnswer.Met.YES:
                yield f"{party.name} har svarat ”{answer.get_met_display().lower()}” på {_ASKED[answer.criterion]}"


def of_contacts(parties: list[Party]) -> Iterator[str]:
    """Anybody may propose in an organisation's name: the officer sees whether the address is one that it gave."""
    known = Accession.objects.addresses_of(*[party.organisation_id for party in parties if party.organisation_id])
    for party in parties:
        if party.is_proposer and (party.organisation_id, party.email) not in known:
            yield (
                f"{party.name} har inte själv uppgett adressen {party.email} när den anslöt sig. "
                "Kontrollera att det är rätt person som företräder den."
            )


def of_membership(parties: Iterable[Party]) -> Iterator[str]:
    """The source can be read in two ways, so the municipality chooses: not asked, asked here, or demanded (rules)."""
    if settings.IOP_REQUIRES_MEMBERSHIP != "WARN":
        return
    for party in parties:
        if party.organisation and not rules.is_member(party.organisation):
            yield (
                f"{party.name} är inte medlem i Plattformen. Källan kan läsas så att det behövs: ta ställning till "
                "vad som gäller här."
            )


# What they put in ----------------------------------------------------------------------------------------------------


def _rows(parties: Iterable[Party]) -> list[Contribution]:
    """With each row's own party, so that nothing is fetched again."""
    rows = []
    for party in parties:
        for row in party.contributions.all():
            row.party = party
            rows.append(row)
    return rows


def of_money(rows: list[Contribution]) -> Iterator[str]:
    """Procurement and state aid, as far as they can be seen in the contributions."""
    yield from of_balance(rows)
    yield from of_aid(rows)


def of_balance(rows: list[Contribution]) -> Iterator[str]:
    """A partnership is financed by both; who alone pays may be buying."""
    civil = [row for row in rows if row.party.side == Side.CIVIL]
    ours = sum(row.amount or 0 for row in rows if row.party.side == Side.MUNICIPALITY)
    theirs = sum(row.amount or 0 for row in civil)
    if ours and not theirs:
        yield (
            "Alla kronor kommer från kommunen. Kontrollera att båda sidor verkligen finansierar verksamheten, och att "
            "det inte är ett köp av en tjänst."
        )
    elif (percent := shares((ours, theirs))[0]) > MOST_FROM_ONE_SIDE:
        yield (
            f"Kommunen står för {percent} procent av kronorna. Kontrollera att det är ett partnerskap, och inte ett "
            "bidrag eller ett köp av en tjänst."
        )
    if civil and all(row.kind == Contribution.Kind.OTHER and not row.amount and not row.hours for row in civil):
        yield (
            "Civilsamhällets insatser är bara beskrivna i ord. Kontrollera att de är verkliga, och skriv dem om det "
            "går i timmar eller kronor."
        )


def of_aid(rows: list[Contribution]) -> Iterator[str]:
    """State aid: more from the municipality in three years than what counts as aid of minor importance (de minimis).

    Commission Regulation (EU) 2023/2831: 300 000 euro to one undertaking over three years.
    """
    by_year: dict[int, int] = {}
    for row in rows:
        if row.party.side == Side.MUNICIPALITY and row.amount:
            by_year[row.year] = by_year.get(row.year, 0) + row.amount
    if not by_year:
        return
    sums = {first: sum(by_year.get(first + n, 0) for n in range(AID_YEARS)) for first in by_year}
    first = max(sums, key=lambda year: sums[year])
    if sums[first] > settings.IOP_DE_MINIMIS_KRONOR:
        yield (
            f"Kommunen lägger {kronor(sums[first])} på tre år ({first}–{first + AID_YEARS - 1}), mer än "
            f"{kronor(settings.IOP_DE_MINIMIS_KRONOR)} som är taket för stöd av mindre betydelse. Kontrollera "
            "statsstödsreglerna, och räkna med annat stöd som organisationen får."
        )


# Its time ------------------------------------------------------------------------------------------------------------


def of_period(partnership: Partnership) -> Iterator[str]:
    first, last = partnership.first_day, partnership.last_day
    if first and last and rules.is_short(first, last):
        yield "Perioden är kortare än tre år, som är det vanliga. Kontrollera att skälet är skrivet och räcker."


def of_ending(partnership: Partnership, today: date) -> Iterator[str]:
    last = partnership.last_day
    if last and today <= last <= today + ENDING_SOON:
        yield (
            f"Avtalet går ut den {date_format(last, 'j F Y')}. Kontrollera med parterna om partnerskapet ska fortsätta."
        )


def of_leaving(parties: Iterable[Party]) -> Iterator[str]:
    """An organisation that has left, or is leaving, after the agreement was decided."""
    for party in parties:
        if party.organisation and rules.not_joined(party.organisation):
            yield (
                f"{party.name} är inte längre ansluten till Överenskommelsen, eller är på väg att lämna den. "
                "Kontrollera med parterna vad det betyder för avtalet."
            )


def of_follow_up(partnership: Partnership, today: date) -> Iterator[str]:
    """Never older than twelve months; and what has been begun is finished in time."""
    if partnership.follow_up_is_late and partnership.state == State.RENEGOTIATION:
        yield (
            "Det är mer än tolv månader sedan partnerskapet följdes upp. Kontrollera om omförhandlingen kan bli klar "
            "eller avbrytas snart: uppföljningen börjar när den är över."
        )
    elif partnership.follow_up_is_late:
        yield "Det är mer än tolv månader sedan partnerskapet följdes upp. Kontrollera vad som dröjer, och följ upp nu."
    follow_up = partnership.open_follow_up
    if follow_up and follow_up.due < today:
        yield (
            f"{follow_up.get_kind_display()}en skulle ha varit klar den {date_format(follow_up.due, 'j F Y')}. "
            "Kontrollera vilka parter som inte har skrivit eller godkänt."
        )
