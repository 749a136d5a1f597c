"""What every case shares: who did it, the move from state to state, the event log, registry numbers and letters."""

from .cases import (
    APPLICANT,
    OPERATOR,
    SYSTEM,
    Actor,
    AppendOnlyQuerySet,
    Case,
    Event,
    Refused,
    RoomQuerySet,
    Transition,
    receive,
    record,
    room_of,
    said,
    subject_of,
    transition,
)
from .letters import Letter, LetterQuerySet
from .registry import RegistryEntry, RegistryQuerySet, RegistrySeries, register

__all__ = [
    "APPLICANT",
    "SYSTEM",
    "Actor",
    "AppendOnlyQuerySet",
    "Case",
    "Event",
    "OPERATOR",
    "Letter",
    "LetterQuerySet",
    "Refused",
    "RegistryEntry",
    "RegistryQuerySet",
    "RegistrySeries",
    "RoomQuerySet",
    "Transition",
    "receive",
    "record",
    "register",
    "room_of",
    "said",
    "subject_of",
    "transition",
]
