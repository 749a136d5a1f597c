from .accession import Accession
from .completion import Completion
from .plan import ActionItem, ActionPlan, ItemFollowUp
from .signing import Signature, SigningRound
from .versions import AgreementVersion, Principle

__all__ = [
    "Accession",
    "ActionItem",
    "ActionPlan",
    "AgreementVersion",
    "Completion",
    "ItemFollowUp",
    "Principle",
    "Signature",
    "SigningRound",
]
