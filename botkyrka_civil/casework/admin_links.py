"""From a subject, as the log and the register name it, to its page in the admin."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def case_link(subject: str) -> str:
    """Where a subject is read in the admin; empty when it has no page there."""
    label, _, pk = subject.rpartition(":")
    app, _, model = label.partition(".")
    registered = {m._meta.label_lower for m in admin.site._registry}
    return reverse(f"admin:{app}_{model}_change", args=[pk]) if label in registered else ""


def subject_link(subject: str) -> SafeString | str:
    """In the words of staff, "anslutning 33"; as the log has it when there is no page to lead to."""
    if not (url := case_link(subject)):
        return subject
    label, _, pk = subject.rpartition(":")
    return format_html('<a href="{}">{} {}</a>', url, apps.get_model(label)._meta.verbose_name, pk)
