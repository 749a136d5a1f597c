from .bodies import BodyAdmin, TermAdmin
from .meetings import MeetingAdmin
from .nominations import NominationAdmin
from .people import PersonAdmin
from .seats import SeatAdmin

__all__ = ["BodyAdmin", "MeetingAdmin", "NominationAdmin", "PersonAdmin", "SeatAdmin", "TermAdmin"]
