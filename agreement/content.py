"""What is frozen and signed: the agreement in its entirety, the organisation, its signing rule, its signatories."""

from typing import Any

from botkyrka_civil.casework.signing import checksum
from organisations.models import LegalForm, SigningMode, required_signatures

from .models import Accession, AgreementVersion

LEAVING = (
    "Organisationen lämnar Överenskommelsen. Utträdet gäller från den dag då anmälan är undertecknad "
    "enligt organisationens firmateckning."
)


def signing_rule(mode: str, n: int | None, signatories: int) -> dict[str, Any]:
    return {"mode": mode, "mode_label": SigningMode(mode).label, "required": required_signatures(mode, n, signatories)}


def joining(
    version: AgreementVersion, organisation: dict[str, Any], rule: dict[str, Any], signatories: list[dict[str, str]]
) -> dict[str, Any]:
    """The content of an accession. Addresses of signatories are not part of it: they are no one else's business."""
    return {
        "schema": "anslutning/1",
        "purpose": "join",
        "agreement": version.content(),
        "organisation": {
            "name": organisation["name"],
            "org_nr": organisation.get("org_nr") or None,
            "org_nr_missing_reason": organisation.get("org_nr_missing_reason", ""),
            "legal_form": organisation["legal_form"],
            "legal_form_label": LegalForm(organisation["legal_form"]).label,
            "area": organisation.get("area", ""),
            "public_email": organisation.get("public_email", ""),
            "website": organisation.get("website", ""),
            "description": organisation.get("description", ""),
        },
        "signing_rule": rule,
        "signatories": [{"name": person["name"], "role": person["role"]} for person in signatories],
    }


def leaving(
    accession: Accession, rule: dict[str, Any], signatories: list[dict[str, str]], reason: str = ""
) -> dict[str, Any]:
    joined = accession.joining
    assert joined and accession.version
    return {
        "schema": "uttrade/1",
        "purpose": "leave",
        "agreement": {"label": accession.version.label, "title": accession.version.title},
        "organisation": joined.content["organisation"],
        "registry_number": accession.number,
        "declaration": LEAVING,
        "reason": reason,
        "signing_rule": rule,
        "signatories": [{"name": person["name"], "role": person["role"]} for person in signatories],
    }


def has_changed(new: dict[str, Any], sha256: str) -> bool:
    """Whether a content differs from the one that was signed."""
    return checksum(new) != sha256
