"""Who may not handle a case: somebody with a part of their own in it (jäv, förvaltningslagen 16–17 §§)."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..accounts.models import User
from ..lib import swedish
from .models import Actor, Refused

type Involved = tuple[str, str, str]  # name, e-mail, and what they are: "sökande"


def conflicts(user: Any, involved: Iterable[Involved]) -> list[str]:
    """Why `user` must leave the case to others: is one of the involved, by address, or bears the name of one."""
    found = []
    for name, email, what in involved:
        if email and email.casefold() == user.email.casefold():
            found.append(f"Du är {what} i ärendet.")
        elif name and swedish.fold(name) == swedish.fold(user.name):
            found.append(f"Du har samma namn som en {what}: {name}.")
    return list(dict.fromkeys(found))


def refusal(reasons: Sequence[str]) -> str:
    """The sentence for the screen; empty when nothing stands in the way."""
    return f"Du kan inte handlägga ärendet. {' '.join(reasons)} Låt en kollega göra det." if reasons else ""


def officer(case: Any, by: Actor) -> User:
    """The officer who acts, refused in a conflict of interest. `case` tells its conflicts_of_interest(user)."""
    if by.user is None:
        raise Refused("Bara en handläggare kan göra det här.")
    if reasons := case.conflicts_of_interest(by.user):
        raise Refused(refusal(reasons))
    return by.user
