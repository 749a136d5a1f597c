"""What the PDF templates need beside Django's own filters."""

from django import template

from botkyrka_civil.documents import pdf

register = template.Library()
register.filter("qr", pdf.qr_svg_data_uri)


@register.filter
def grouped(checksum: str, shown: int = 16) -> str:
    """The beginning of a checksum in groups of four, easy to compare by eye: 3f2a 91c4 0b7e 55d1."""
    return " ".join(checksum[i : i + 4] for i in range(0, shown, 4))
