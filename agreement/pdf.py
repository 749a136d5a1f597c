"""The forms as PDF: the signed one, rendered once and stored, and the blank one for paper."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents import pdf
from botkyrka_civil.documents.models import File, store
from botkyrka_civil.documents.seal import seal
from botkyrka_civil.lib import languages, swedish
from organisations.models import LegalForm, SigningMode

from .models import Accession, AgreementVersion, SigningRound

NAMES = {"join": "anslutning", "leave": "uttradesanmalan"}
TEMPLATES = {"join": "agreement/pdf/accession.html", "leave": "agreement/pdf/departure.html"}


def signed_form(accession: Accession, signing: SigningRound) -> File:
    """Render, seal and store the signed form, once, inside `submit` or `leave`.

    The embedded JSON is byte for byte what was signed, so anyone can compare its sha256 with the printed one.
    """
    context = form_context(accession, signing)
    data = pdf.render(
        TEMPLATES[signing.purpose],
        context,
        identifier=f"{accession.code}:{signing.pk}",
        data=canonical(signing.content),
        data_name=f"{NAMES[signing.purpose]}.json",
        data_description="Det undertecknade innehållet: filens sha256 är kontrollsumman i blanketten",
    )
    number = swedish.slug(context["registry_number"].replace("/", "-"))
    return store(seal(data), name=f"{NAMES[signing.purpose]}-{number}.pdf", mime="application/pdf")


def form_context(accession: Accession, signing: SigningRound) -> dict[str, Any]:
    return {
        "content": signing.content,
        "content_sha256": signing.content_sha256,
        "registry_number": accession.number,
        "submitted_at": timezone.now(),  # the moment when the last signature came
        "signatures": [
            {
                "name": signature.name,
                "role": signature.role,
                "typed_name": signature.typed_name,
                "signed_at": timezone.localtime(signature.signed_at),
                "method_label": signature.get_method_display(),
                "signed_sha256": signature.signed_sha256,
            }
            for signature in signing.signatures.given()
        ],
        "verify_code": accession.code,
        "verify_url": settings.BASE_URL + reverse("documents:verify_code", args=[accession.code]),
        "municipality": settings.MUNICIPALITY,
    }


def blank_content(version: AgreementVersion) -> dict[str, Any]:
    """What the form of a version to fill in by hand says."""
    return {
        "agreement": version.content(),
        "municipality": settings.MUNICIPALITY,
        "legal_forms": list(map(str, LegalForm.labels)),
        "signing_modes": list(map(str, SigningMode.labels)),
        "languages": [label for _, label in languages.choices()] if settings.MINORITY_LANGUAGES else [],
        "form_url": settings.BASE_URL + reverse("agreement:start"),
        "privacy_url": f"{settings.BASE_URL}/personuppgifter/",
    }


def blank_form(version: AgreementVersion) -> bytes:
    """The form of a version to fill in by hand."""
    return pdf.render("agreement/pdf/blank.html", blank_content(version), identifier=f"blank:{version.label}")
