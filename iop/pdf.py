"""The agreement as PDF: rendered once, when the last one has signed, and stored."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents import pdf
from botkyrka_civil.documents.models import File, store
from botkyrka_civil.documents.seal import seal
from botkyrka_civil.lib import swedish

from .models import Agreement, Partnership

METHOD = "Enkel elektronisk underskrift"


def signed_agreement(partnership: Partnership, agreement: Agreement) -> File:
    """Render, seal and store the agreement, once, inside `sign`.

    The embedded JSON is byte for byte what was signed, so anyone can compare its sha256 with the printed one.
    """
    context = agreement_context(partnership, agreement)
    data = pdf.render(
        "iop/pdf/agreement.html",
        context,
        identifier=f"iop:{context['registry_number']}:{agreement.version}",
        data=canonical(agreement.content),
        data_name="iop-avtal.json",
        data_description="Det undertecknade innehållet: filens sha256 är kontrollsumman i avtalet",
    )
    number = swedish.slug(context["registry_number"].replace("/", "-"))
    return store(seal(data), name=f"iop-avtal-{number}.pdf", mime="application/pdf")


def agreement_context(partnership: Partnership, agreement: Agreement) -> dict[str, Any]:
    signatures = list(agreement.signatures.given().select_related("party__organisation", "party__unit"))
    assert agreement.registry_entry
    return {
        "content": agreement.content,
        "content_sha256": agreement.content_sha256,
        "version": agreement.version,
        "registry_number": agreement.registry_entry.number,
        "decision": agreement.decision,
        "submitted_at": max(s.signed_at for s in signatures if s.signed_at),  # the moment when the last one came
        "signatures": [
            {
                "name": signature.name,
                "role": signature.role,
                "party": signature.party.name,
                "typed_name": signature.typed_name,
                "signed_at": timezone.localtime(signature.signed_at),
                "method_label": METHOD,
            }
            for signature in signatures
        ],
        "url": settings.BASE_URL + partnership.get_absolute_url(),
        "municipality": settings.MUNICIPALITY,
    }
