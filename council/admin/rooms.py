"""What of this app the municipality's staff have to do with, and the one exception to what they have not."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import admin_cases
from council.models import Body, Nomination, Seat
from organisations.models import Person

HELP = (
    "Styrelsen lägger själv in sina uppdrag i styrelserummet. Just nu kommer ingen i styrelsen in där, "
    "så en administratör kan hjälpa till. Gör det bara när styrelsen har bett om det: den som får uppdraget kommer in "
    "i styrelserummet, och det antecknas i styrelsens logg."
)


def may_help(user: Any) -> bool:
    """An administrator, and only while nobody who decides on the board has an account: help, not a way in."""
    return bool(user.has_perm("accounts.add_user")) and not _board_comes_in()


def _board_comes_in() -> bool:
    deciding = Seat.objects.on_board().held_on(timezone.localdate()).exclude(role__in=Seat.READERS)
    emails = deciding.exclude(person__email="").values("person__email")
    return User.objects.filter(email__in=emails).exists()  # a closed account is opened again, not gone round


def bodies(user: Any) -> QuerySet[Body]:
    """Those whose seats `user` fills. Who may not change the council's composition fills the steering groups' alone."""
    ours = Body.objects.ours()
    if _fills_steering_groups_alone(user):
        ours = ours.filter(kind=Body.Kind.STEERING_GROUP)
    return ours | Body.objects.filter(kind=Body.Kind.BOARD) if may_help(user) else ours


def _fills_steering_groups_alone(user: Any) -> bool:
    return user.has_perm("council.add_seat") and not user.has_perm("council.change_body")


def people(user: Any) -> QuerySet[Person]:
    """Those that the municipality knows. Who only sits on the board, or was only proposed by it, is the board's own."""
    seats = Seat.objects.filter(person=OuterRef("pk"))
    nominations = Nomination.objects.filter(candidate=OuterRef("pk"))
    candidates = nominations.none() if _fills_steering_groups_alone(user) else nominations.handed_over()
    known = Q(Exists(seats.filter(body__in=bodies(user)))) | Q(Exists(candidates))
    return Person.objects.filter(known | ~(Q(Exists(seats)) | Q(Exists(nominations))))


class LoggedAdmin(admin_cases.LoggedAdmin):
    """Nothing is deleted here, and what is changed stands in the log."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
