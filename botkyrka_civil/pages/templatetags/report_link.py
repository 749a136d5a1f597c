"""The link in the footer to the form that reports a fault."""

from typing import Any

from django import template
from django.urls import reverse

from ..own_pages import without_secrets

register = template.Library()


@register.simple_tag(takes_context=True)
def report_link(context: dict[str, Any]) -> str:
    """To the form, which then knows from which page one came."""
    request = context.get("request")
    if request is None or request.resolver_match is None or "exception" in context:  # a page that is not shown
        return reverse("pages:report_fault")
    path = without_secrets(request.path, request.resolver_match)
    return reverse("pages:report_fault", query={"sida": path})
