"""Letters, as they lie in the queue and as they were sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ...lib import tokens
from ...lib.letters import PERSONAL_LINK
from .cases import RoomQuerySet


class LetterQuerySet(RoomQuerySet["Letter"]):
    def waiting(self) -> Self:
        return self.filter(sent_at=None, failed_at=None).exclude(to="")

    def failed(self) -> Self:
        return self.filter(failed_at__isnull=False)

    def by_post(self) -> Self:
        """To someone without an e-mail address: staff print them and post them."""
        return self.filter(to="", sent_at=None)

    def spent_codes(self, before: datetime) -> Self:
        """Codes and links for signing in: of no use some minutes after they were asked for."""
        return self.filter(confidential=True, queued_at__lt=before)

    def routine(self, before: datetime) -> Self:
        """Sent long ago, and of passing interest: reminders, and links sent anew. The log keeps that they were sent."""
        kinds = Q(kind__endswith="reminder") | Q(kind__endswith="new_link") | Q(kind="resume")
        return self.filter(kinds, sent_at__lt=before)

    def due(self, now: datetime) -> Self:
        """To be posted now. One that is being posted is due again when its lease has run out."""
        return self.waiting().filter(next_try_at__lte=now).order_by("next_try_at", "pk")

    def overdue(self, now: datetime) -> Self:
        """Waiting longer than the alarm limit: the mail queue has stopped."""
        return self.waiting().filter(queued_at__lt=now - timedelta(minutes=settings.MAIL_ALARM))


class Letter(models.Model):
    """A letter to one person. The rows are the queue.

    The personal link is not in the body but as PERSONAL_LINK there, and is filled in when the letter leaves,
    so that whoever reads the case can't act in the recipient's name. A confidential body is encrypted (lib/tokens.py).
    """

    PERSONAL_LINK = PERSONAL_LINK

    subject_key = models.CharField("ärende", max_length=100, db_index=True, blank=True)
    room = models.CharField("rum", max_length=20, blank=True)
    kind = models.CharField("slag", max_length=50)
    to = models.EmailField("till")
    subject = models.CharField("rubrik", max_length=300)
    body = models.TextField("brev")
    confidential = models.BooleanField("dolt", default=False)
    link_purpose = models.CharField(max_length=60, blank=True)
    link_key = models.CharField(max_length=60, blank=True)
    attachment = models.CharField(max_length=200, blank=True)
    attachment_name = models.CharField("bilaga", max_length=200, blank=True)
    queued_at = models.DateTimeField("köades", default=timezone.now)
    next_try_at = models.DateTimeField("nästa försök", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("försök", default=0)
    last_error = models.TextField("senaste fel", blank=True)
    sent_at = models.DateTimeField("skickades", null=True, blank=True)
    failed_at = models.DateTimeField("gick inte att skicka", null=True, blank=True)
    message_id = models.CharField(max_length=100, default=tokens.new_key, editable=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "brev"
        verbose_name_plural = "brev"
        ordering = ["-pk"]
        permissions = [("resend_letter", "Får skicka om ett brev")]
        indexes = [models.Index("next_try_at", name="letter_waiting", condition=Q(sent_at=None, failed_at=None))]

    def __str__(self) -> str:
        return self.subject

    @property
    def state(self) -> str:
        """What has become of it, as a word for the screen."""
        if self.sent_at:
            return "Skickat" if self.to else "Postat"
        if not self.to:
            return "Ska postas"
        return "Gick inte att skicka" if self.failed_at else "Väntar på att skickas"
