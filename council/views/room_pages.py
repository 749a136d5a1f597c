"""What the pages of the board's room share: which meetings are the association's."""

from ..models import Body, Meeting
from ..models.meetings import MeetingQuerySet


def our_meetings() -> MeetingQuerySet:
    """The board's, the annual meeting's and the member meetings'."""
    return Meeting.objects.filter(body__in=Body.objects.platform()).select_related("body")
