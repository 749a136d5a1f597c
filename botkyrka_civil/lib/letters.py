"""Mail: text and simple HTML from one template, and one function that posts it."""

import re
import secrets
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

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]", re.IGNORECASE)
# Where the recipient's own link goes when the letter leaves: in brackets, which the words of others may not hold.
PERSONAL_LINK = "[personlig länk]"
KEPT = secrets.token_urlsafe(12)  # marks an address that the filter kept_link lets through


def our_values() -> dict[str, Any]:
    """What every letter may name, and nobody has typed in the portal."""
    return {
        "municipality": settings.MUNICIPALITY,
        "platform": settings.PLATFORM,
        "minority_languages": settings.MINORITY_LANGUAGES,
        "judicial_review_weeks": settings.JUDICIAL_REVIEW_WEEKS,
        "base_url": settings.BASE_URL,
    }


def compose(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body of a letter: the template's first line, and the rest. Plain text, so nothing is escaped.

    What people have typed can be neither the place of the personal link nor a link: the place is a mark that nobody
    can know while the template is rendered, and of whole addresses only those that stand in the template itself, or
    lead to this portal or have passed the filter kept_link, are left as they are.
    """
    mark = secrets.token_urlsafe(16)
    values = {**our_values(), "personal_link": mark, **context}
    source = get_template(template).template  # type: ignore[attr-defined]
    text: str = source.render(Context(values, autoescape=False))
    text = text.replace(PERSONAL_LINK, PERSONAL_LINK.strip("[]"))
    own = (settings.BASE_URL + "/", *_ADDRESS.findall(source.source))
    text = _ADDRESS.sub(lambda found: found[0] if f"{found[0]}/".startswith(own) else _unlinked(found[0]), text)
    subject, _, body = text.replace(KEPT, "").replace(mark, PERSONAL_LINK).strip().partition("\n")
    return clean_line(subject), body.strip()


def _unlinked(address: str) -> str:
    """The address as words: mail programs make links of what looks like one."""
    return address.partition("://")[2].replace(".", " . ")


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
