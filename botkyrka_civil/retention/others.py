"""What is due in tables that are not ours, or that takes more than one floor to know."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from council.models import Nomination, Seat
from organisations.models import Person


def people_out_of_office(before: datetime) -> QuerySet[Person]:
    """With an address or a number, once seated or nominated, and nothing of it since."""
    seats, nominations = Seat.objects.filter(person=OuterRef("pk")), Nomination.objects.filter(candidate=OuterRef("pk"))
    since = Q(last_day=None) | Q(last_day__gte=timezone.localdate(before))
    lately = Q(proposed_at__gte=before) | Q(decided_at__gte=before)
    later = Exists(seats.filter(since)) | Exists(nominations.open()) | Exists(nominations.filter(lately))
    known = Person.objects.exclude(email="", phone="")
    return known.filter(Exists(seats) | Exists(nominations)).filter(~later)


def addresses_of_closed_accounts(before: datetime) -> QuerySet[EmailAddress]:
    return EmailAddress.objects.filter(user__in=User.objects.closed(before))


def authenticators_of_closed_accounts(before: datetime) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user__in=User.objects.closed(before))


def logins_of_closed_accounts(before: datetime) -> QuerySet[SocialAccount]:
    return SocialAccount.objects.filter(user__in=User.objects.closed(before))


def expired_sessions(before: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=before)


def old_admin_log(before: datetime) -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(action_time__lt=before)
