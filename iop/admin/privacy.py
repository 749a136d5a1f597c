"""What to look at before a text about a partnership is shown to all."""

from collections.abc import Iterator

from botkyrka_civil.lib import personal_data, swedish
from iop.models import Partnership


def told(case: Partnership, text: str) -> Iterator[str]:
    """Numbers and addresses that lead to a person, and names of those who are in the case. A help, not a guarantee."""
    for kind, words in personal_data.find(text):
        yield f"{kind} i texten: ”{words}”. Ta bort det, eller kontrollera att det inte hör till en person."
    folded = swedish.fold(text)
    for name in _people(case):
        if swedish.fold(name) in folded:
            yield f"Namnet ”{name}” står i texten. Kontrollera att det får visas för alla."


def _people(case: Partnership) -> list[str]:
    names = []
    for party in case.parties.prefetch_related("signatories"):
        names += [party.contact_name, *(person.name for person in party.signatories.all())]
    return [name for name in dict.fromkeys(names) if name.strip()]
