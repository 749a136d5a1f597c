"""From a subject, as the log and the register name it, to its page in the admin."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .models import said


def case_link(subject: str) -> str:
    """Where a subject is read in the admin; empty when it has no page there."""
    label, _, pk = subject.rpartition(":")
    app, _, model = label.partition(".")
    registered = {m._meta.label_lower for m in admin.site._registry}
    return reverse(f"admin:{app}_{model}_change", args=[pk]) if label in registered else ""


def subject_link(subject: str) -> SafeString | str:
    """Its words, leading to its page if it has one."""
    url = case_link(subject)
    return format_html('<a href="{}">{}</a>', url, said(subject)) if url else said(subject)
