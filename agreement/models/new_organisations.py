"""The organisation that an accession brings in, by what its form says."""

from typing import Any

from organisations.models import Organisation


def new_organisation(content: dict[str, Any], made_up: bool) -> dict[str, Any]:
    """The facts that a row takes from the signed form."""
    facts = content["organisation"]
    return {"name": facts["name"], "org_nr": facts["org_nr"], "legal_form": facts["legal_form"], "made_up": made_up}


def organisation_on_paper(content: dict[str, Any]) -> Organisation:
    """A new organisation, unless its number stands in somebody's application that has not been sent in."""
    facts = new_organisation(content, False)
    found = Organisation.objects.filter(org_nr=facts["org_nr"], received=False).first() if facts["org_nr"] else None
    return found or Organisation.objects.create(**facts)
