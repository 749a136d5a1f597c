from .agreements import Agreement, AgreementSignature, Decision
from .contributions import Contribution
from .follow_ups import FollowUp, FollowUpText, Indicator, IndicatorValue
from .parties import CriterionAnswer, Party, Signatory
from .partnerships import Partnership

__all__ = [
    "Agreement",
    "AgreementSignature",
    "Contribution",
    "CriterionAnswer",
    "Decision",
    "FollowUp",
    "FollowUpText",
    "Indicator",
    "IndicatorValue",
    "Party",
    "Partnership",
    "Signatory",
]
