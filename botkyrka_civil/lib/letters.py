"""Mail: text and simple HTML from one template, and one function that posts it."""

import re
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe

from . import theme
from .text import clean_line

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


def compose(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body of a letter: the template's first line, and the rest. Plain text, so nothing is escaped."""
    values = Context(
        {"municipality": settings.MUNICIPALITY, "base_url": settings.BASE_URL, **context}, autoescape=False
    )
    text: str = get_template(template).template.render(values)  # type: ignore[attr-defined]
    subject, _, body = text.strip().partition("\n")
    return clean_line(subject), body.strip()


def as_html(body: str) -> SafeString:
    """Paragraphs and links of a plain text. What people typed is escaped before any markup of ours is added.

    Only whole addresses become links, and names may not hold any (`no_links`), so nobody advertises in our letters.
    """
    linked = _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', escape(body))
    return mark_safe(linebreaks(linked, autoescape=False))  # noqa: S308


def post(
    *, to: str, subject: str, body: str, message_id: str = "", attachment: tuple[str, bytes, str] | None = None
) -> None:
    """Hand a letter to the mail server. Raises OSError or SMTPException when it is not taken."""
    values = {"subject": subject, "body_html": as_html(body), "municipality": settings.MUNICIPALITY}
    html = render_to_string("letters/base.html", {**values, "colours": theme.colours()})
    headers = {
        "Message-ID": message_id or make_msgid(domain=urlsplit(settings.BASE_URL).hostname),
        "Auto-Submitted": "auto-generated",
    }
    message = EmailMultiAlternatives(clean_line(subject), body, to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    if attachment:
        message.attach(*attachment)
    message.send()
