from .agenda import AgendaItem, Notice
from .bodies import Body, Composition, Seat, Term
from .conferences import Conference, Proposal
from .meetings import Meeting
from .memberships import Membership
from .minutes import Correction, Minutes, MinutesRevision, SignOff, SignOffRound
from .nominations import Nomination
from .participants import Participant
from .registrations import Registration

__all__ = [
    "AgendaItem",
    "Body",
    "Composition",
    "Conference",
    "Correction",
    "Meeting",
    "Membership",
    "Minutes",
    "MinutesRevision",
    "Nomination",
    "Notice",
    "Participant",
    "Proposal",
    "Registration",
    "Seat",
    "SignOff",
    "SignOffRound",
    "Term",
]
