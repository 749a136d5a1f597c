from .accessions import AccessionAdmin
from .versions import AgreementVersionAdmin

__all__ = ["AccessionAdmin", "AgreementVersionAdmin"]
