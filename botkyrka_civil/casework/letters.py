"""The letter queue: rows that the worker posts when their time has come, and tries again with longer waits.

A letter is queued in the transaction of what it tells of. /statusz says when one has waited too long.
"""

import logging
import mimetypes
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from ..accounts.models import User
from ..lib import letters, tokens
from .models import Actor, Letter, Refused, record, room_of, subject_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP = timedelta(days=5)


def queue(
    *,
    to: str,
    subject: str,
    body: str,
    kind: str,
    case: models.Model | None = None,
    confidential: bool = False,
    **fields: Any,
) -> Letter:
    """Queue a letter in the transaction that is open: no commit, no letter. A confidential body is stored encrypted."""
    return Letter.objects.create(
        to=to,
        subject=subject[:300],
        body=tokens.encrypt(body) if confidential else body,
        confidential=confidential,
        kind=kind,
        subject_key=subject_of(case) if case else "",
        room=room_of(case),
        **fields,
    )


def send(
    case: models.Model,
    kind: str,
    *,
    to: str,
    context: dict[str, Any] | None = None,
    body: str = "",
    link: tuple[str, str] | None = None,
    attachment: tuple[str, str] | None = None,
    confidential: bool = False,
) -> Letter:
    """Queue the letter `<app>/letters/<kind>.txt` about `case`.

    `body` replaces the template's (what staff edited), `link` is (URL name, key), `attachment` is (stored, shown name).
    """
    subject, composed = preview(case, kind, context or {})
    purpose, key = link or ("", "")
    stored, shown = attachment or ("", "")
    return queue(
        to=to,
        subject=subject,
        body=body or composed,
        kind=kind,
        case=case,
        link_purpose=purpose,
        link_key=key,
        attachment=stored,
        attachment_name=shown,
        confidential=confidential,
    )


def send_to_officers(case: Any, kind: str, permission: str, **context: Any) -> None:
    """The letter to the officer who has the case, or to all who may take it while nobody has."""
    nobody = case.assigned_to is None or not case.assigned_to.is_active
    for officer in User.objects.with_permission(permission) if nobody else [case.assigned_to]:
        send(case, kind, to=officer.email, context={"officer": officer, **context})


def preview(case: models.Model, kind: str, context: dict[str, Any]) -> tuple[str, str]:
    values = {str(case._meta.model_name): case, **context}
    return letters.compose(f"{case._meta.app_label}/letters/{kind}.txt", values)


def full_body(letter: Letter) -> str:
    """The body, decrypted and with the personal link in it: for the recipient's eyes only."""
    if letter.confidential and letter.body:
        return tokens.decrypt(letter.body)
    if not letter.link_purpose:
        return letter.body
    token = tokens.make(letter.link_purpose, letter.link_key)
    url = settings.BASE_URL + reverse(letter.link_purpose, args=[token])
    return letter.body.replace(letters.PERSONAL_LINK, url)


def post_due(go_on: Callable[[], bool] = lambda: True) -> None:
    """Post the letters whose time has come, the oldest first, as long as `go_on()` says so."""
    while go_on() and (letter_id := Letter.objects.due(timezone.now()).values_list("pk", flat=True).first()):
        deliver(letter_id)


def deliver(letter_id: int) -> None:
    """Post one letter; when the mail server fails, try again after 1, 2, 4 … 60 minutes."""
    now = timezone.now()
    # The lease: of two workers with the same letter, one goes on. After a crash it runs out, and the letter is due.
    if not Letter.objects.waiting().filter(pk=letter_id, next_try_at__lte=now).update(next_try_at=now + LEASE):
        return
    letter = Letter.objects.get(pk=letter_id)
    try:
        letters.post(
            to=letter.to,
            subject=letter.subject,
            body=full_body(letter),
            message_id=f"<{letter.message_id}@{urlsplit(settings.BASE_URL).hostname}>",
            attachment=_attachment(letter),
        )
    except Exception as error:  # whatever it was, the letter waits and staff can see why
        _postpone(letter, error)
    else:
        letter.sent_at = timezone.now()
        letter.last_error = ""
        if letter.confidential and not settings.DEMO:
            letter.body = ""
        letter.save(update_fields=["sent_at", "last_error", "body"])


def _attachment(letter: Letter) -> tuple[str, bytes, str] | None:
    if not letter.attachment:
        return None
    with default_storage.open(letter.attachment) as file:
        kind, _ = mimetypes.guess_type(letter.attachment_name)
        return letter.attachment_name, file.read(), kind or "application/octet-stream"


def _postpone(letter: Letter, error: Exception) -> None:
    letter.attempts += 1
    letter.last_error = f"{type(error).__name__}: {error}"[:2000]
    now = timezone.now()
    if _is_final(error) or now - letter.queued_at > GIVE_UP:
        letter.failed_at = now
        logger.error("Brev %s gick inte att skicka: %s", letter.pk, type(error).__name__)
    else:
        letter.next_try_at = now + min(timedelta(minutes=2 ** min(letter.attempts - 1, 10)), LONGEST_WAIT)
    letter.save(update_fields=["attempts", "last_error", "failed_at", "next_try_at"])


def _is_final(error: Exception) -> bool:
    """The server never takes the address (RFC 5321 4.2.1: a 5yz reply), or the body was encrypted with a lost key."""
    if isinstance(error, InvalidToken):
        return True
    return isinstance(error, SMTPRecipientsRefused) and all(code >= 500 for code, _ in error.recipients.values())


def resend(letter: Letter, *, by: Actor) -> None:
    """Put a letter that could not be sent back in the queue."""
    with transaction.atomic():
        letter.refresh_from_db(from_queryset=Letter.objects.select_for_update())
        if letter.failed_at is None:
            raise Refused("Brevet har redan skickats eller väntar på att skickas.")
        letter.failed_at = None
        letter.queued_at = letter.next_try_at = timezone.now()
        letter.save(update_fields=["failed_at", "queued_at", "next_try_at"])
        record(letter, "resend", by=by, label="Brevet lades i kön igen")


def posted(letter: Letter, *, by: Actor) -> None:
    """A letter to someone without an e-mail address has been printed and posted."""
    with transaction.atomic():
        letter.refresh_from_db(from_queryset=Letter.objects.select_for_update())
        if letter.to or letter.sent_at:
            raise Refused("Brevet är redan postat, eller skickas med e-post.")
        letter.sent_at = timezone.now()
        letter.save(update_fields=["sent_at"])
        record(letter, "posted", by=by, label="Brevet postades")
