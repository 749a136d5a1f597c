from .accessions import AccessionAdmin
from .plan import ActionItemAdmin, ActionPlanAdmin
from .versions import AgreementVersionAdmin

__all__ = ["AccessionAdmin", "ActionItemAdmin", "ActionPlanAdmin", "AgreementVersionAdmin"]
