"""allauth's account adapter: nobody signs up, and its mail goes through the same queue as all other mail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string

from . import letters


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context = {"municipality": settings.MUNICIPALITY, "email": email, **context}
        letters.queue(
            to=email,
            kind=template_prefix.rpartition("/")[2],
            subject=render_to_string(f"{template_prefix}_subject.txt", context),
            body=render_to_string(f"{template_prefix}_message.txt", context),
            confidential=True,
        )
