"""Inviting to an account and changing one: the only place that does, so that each is recorded and told by e-mail.

Nobody sets another's password. An account begins without one, and the person invited chooses it through a link that
only the invitation holds.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst

from ..accounts import roles
from ..accounts.models import User
from ..accounts.reserved import is_reserved
from . import letters
from .models import Actor, Refused, record

RESERVED = "Adressen hör till någon i Plattformens styrelse. Kontot läggs upp i styrelserummet, med uppdraget."
OWN_RIGHTS = "Ingen ändrar sina egna roller eller stänger sitt eget konto. Be en annan administratör om det."
ABOVE = "Bara den som själv är superanvändare ändrar en superanvändares konto, eller gör någon till superanvändare."
OWN = frozenset({"name", "email"})  # what one may change of one's own account; a field added later is closed
# The holder's own, and what is noted by the program: never in the log or in a letter.
_NOT_TOLD = frozenset({"id", "password", "last_login", "date_joined"})
_LABELS = {"groups": "roller", "is_superuser": "superanvändare", "user_permissions": "egna behörigheter"}

type Facts = dict[str, str]


def told_fields() -> list[Any]:
    """The fields of an account whose changes are recorded and told: all but `_NOT_TOLD`."""
    fields = [*User._meta.fields, *User._meta.many_to_many]
    return [field for field in fields if field.editable and field.name not in _NOT_TOLD]


def facts_of(user: User) -> Facts:
    """The account in words, by field."""
    return {field.name: _in_words(getattr(user, field.name)) for field in told_fields()}


def _in_words(value: Any) -> str:
    if isinstance(value, models.Manager):
        return ", ".join(sorted(map(str, value.all()))) or "inga"
    return {True: "ja", False: "nej"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _label(name: str) -> str:
    return _LABELS.get(name) or str(User._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


# Verbs ---------------------------------------------------------------------------------------------------------------


def invite(user: User, *, by: Actor, groups: Iterable[Group], **values: Any) -> None:
    """Save a new account without a password, and send the letter that lets its holder choose one."""
    with transaction.atomic():
        user.set_unusable_password()
        user.email = user.email.lower()
        _allow(user, by=by, changed=set(values))
        if is_reserved(user.email):
            raise Refused(RESERVED)
        user.save()
        _set(user, groups=groups, **values)
        opened(user, by=by)
        _send_invitation(user, by=by)


def opened(user: User, *, by: Actor) -> None:
    """Record a new account, and tell those who have its roles."""
    now = facts_of(user)
    lines = [f"{capfirst(_label(name))}: {now[name]}." for name in ("name", "email", "groups")]
    lines += ["Superanvändare: ja."] if user.is_superuser else []
    record(user, "invite", by=by, label="Kontot lades upp", reason="\n".join(lines))
    _tell(user, "Nytt konto", "lagt upp", lines, by=by, to=_sharing_roles(user))


def invite_again(user: User, *, by: Actor) -> None:
    """A new link, to somebody who has not signed in yet."""
    with transaction.atomic():
        user.refresh_from_db(from_queryset=User.objects.select_for_update())
        if not may_invite_again(user):
            raise Refused("Inbjudan skickas bara till den som har ett öppet konto och inte har loggat in än.")
        record(user, "invite_again", by=by, label="Inbjudan skickades igen")
        _send_invitation(user, by=by)


def may_invite_again(user: User) -> bool:
    return user.is_active and user.last_login is None and not is_reserved(user.email)


def change(user: User, *, by: Actor, **values: Any) -> None:
    """Set `values`, record what they were and are, and tell the holder and those who have the same roles.

    A changed address is told to the old one too, since whoever reads the new one can sign in from now on.
    """
    with transaction.atomic():
        user.refresh_from_db(from_queryset=User.objects.select_for_update())
        before, informed = facts_of(user), {user.email} | _sharing_roles(user)
        above = user.is_superuser
        _set(user, **values)
        now = facts_of(user)
        changed = [name for name in now if now[name] != before[name]]
        _allow(user, by=by, changed=set(changed), above=above)
        if not changed:
            return
        if "email" in changed and (is_reserved(user.email) or is_reserved(before["email"])):
            raise Refused(RESERVED)
        lines = [f"{capfirst(_label(name))}: förut {before[name]}, nu {now[name]}." for name in changed]
        label = f"Kontot ändrades: {', '.join(map(_label, changed))}"
        record(user, "change", by=by, label=label, reason="\n".join(lines), fields=changed)
        _tell(user, "Ändrat konto", "ändrat", lines, by=by, to=informed | {user.email} | _sharing_roles(user))


def reset_second_factor(user: User, *, by: Actor) -> int:
    """Remove the second factors of somebody who has lost them; how many they were."""
    with transaction.atomic():
        count, _ = Authenticator.objects.filter(user=user).delete()
        record(user, "reset_second_factor", by=by, label="Andra steget vid inloggning togs bort")
        lines = ["Andra steget vid inloggning är borttaget. Det går att lägga till ett nytt."]
        _tell(user, "Ändrat konto", "ändrat", lines, by=by, to={user.email} | _sharing_roles(user))
    return count


def _allow(user: User, *, by: Actor, changed: set[str], above: bool = False) -> None:
    """Nobody gives themselves rights, or reaches those who have more."""
    if by.user is None:  # whoever runs commands on the server
        return
    if by.user == user and changed - OWN:
        raise Refused(OWN_RIGHTS)
    if (above or user.is_superuser) and changed - {"name"} and not by.user.is_superuser:
        raise Refused(ABOVE)


def _set(user: User, **values: Any) -> None:
    """Whoever has a role of staff comes into the admin; a superuser does anyway."""
    related = {field.name for field in User._meta.many_to_many} & values.keys()
    for name in related:
        getattr(user, name).set(values[name])
    for name in values.keys() - related:
        setattr(user, name, values[name])
    if {"groups", "is_superuser"} & values.keys():
        user.is_staff = user.is_superuser or user.groups.filter(name__in=roles.staff_titles()).exists()
    user.email = user.email.lower()
    user.save()
    user.confirm_email()


# Letters -------------------------------------------------------------------------------------------------------------


def _sharing_roles(user: User) -> set[str]:
    """The addresses of the others who have any of the roles that the account has now."""
    shared = Q(groups__in=user.groups.all())
    if user.is_superuser:
        shared |= Q(is_superuser=True)
    return set(User.objects.filter(shared, is_active=True).exclude(pk=user.pk).values_list("email", flat=True))


def _tell(user: User, subject: str, done: str, lines: list[str], *, by: Actor, to: set[str]) -> None:
    for address in sorted(to):
        context = {"subject": subject, "done": done, "lines": lines, "by": by.name, "own": address == user.email}
        letters.send(user, "account_changed", to=address, context=context)


def _send_invitation(user: User, *, by: Actor) -> None:
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    context = {
        "by": by.name,
        "roles": facts_of(user)["groups"] if user.groups.exists() else "",
        "link": settings.BASE_URL + path,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    letters.send(user, "invitation", to=user.email, context=context, confidential=True)
