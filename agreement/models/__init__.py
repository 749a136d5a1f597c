from .accession import Accession
from .completion import Completion
from .signing import Signature, SigningRound
from .versions import AgreementVersion, Principle

__all__ = ["Accession", "AgreementVersion", "Completion", "Principle", "Signature", "SigningRound"]
