"""PDFs for tests that are not about how a PDF looks: a real file in 3 ms instead of 300.

It is made from the same template and context, holds the same attached data, and carries the template's text in its
metadata, so that a test can see what a paper says.
"""

from html import unescape
from io import BytesIO
from typing import Any

import pikepdf
from django.template.loader import get_template
from django.utils.html import strip_tags

from botkyrka_civil.documents import pdf

REAL = {"render": pdf.render, "warm": pdf.warm}


def render(
    template: str,
    context: dict[str, Any],
    *,
    identifier: bytes | str,
    data: bytes | None = None,
    data_name: str = "anslutning.json",
    data_description: str = "",
) -> bytes:
    """Takes the place of `documents.pdf.render`: the same arguments, and the same bytes for the same input."""
    html = get_template(template).render(context)
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.docinfo["/Title"] = str(identifier)
    made.docinfo["/Subject"] = " ".join(unescape(strip_tags(html)).split())
    if data is not None:
        made.attachments[data_name] = pikepdf.AttachedFileSpec(made, data, filename=data_name, creation_date="")
    made.save(out, deterministic_id=True)
    return out.getvalue()


def install() -> None:
    """From now on, papers are made by the quick way; the fixture real_pdfs takes it back for a test or a module."""
    pdf.render, pdf.warm = render, lambda: None
