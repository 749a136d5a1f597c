"""Notices and minutes as PDF, rendered once from their frozen content and stored by whoever asks."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings

from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents import pdf


def notice_pdf(content: dict[str, Any], *, identifier: str) -> bytes:
    """The notice as it was sent (kallelse/1)."""
    return pdf.render(
        "council/pdf/notice.html",
        {"content": content, "municipality": settings.MUNICIPALITY},
        identifier=identifier,
        data=canonical(content),
        data_name="kallelse.json",
        data_description="Kallelsen i maskinläsbar form",
    )


def minutes_pdf(
    content: dict[str, Any],
    *,
    sha256: str,
    signatures: Sequence[dict[str, Any]],
    registry_number: str,
    identifier: str,
    corrections: Iterable[Any] = (),
) -> bytes:
    """The minutes (protokoll/1) and who signed them off: `name`, `duty_label` and `signed_at` of each.

    The embedded JSON is byte for byte what was signed, so anyone can compare its sha256 with the printed one.
    Corrections (`text`, `by`, `at`) are no part of it.
    """
    context = {
        "content": content,
        "sha256": sha256,
        "signatures": signatures,
        "registry_number": registry_number,
        "corrections": list(corrections),
        "created": max((signature["signed_at"] for signature in signatures), default=None),
        "municipality": settings.MUNICIPALITY,
    }
    return pdf.render(
        "council/pdf/minutes.html",
        context,
        identifier=identifier,
        data=canonical(content),
        data_name="protokoll.json",
        data_description="Det som justerats: filens sha256 är kontrollsumman i protokollet"
        if signatures
        else "Protokollet i maskinläsbar form",
    )
