from .partnerships import PartnershipAdmin

__all__ = ["PartnershipAdmin"]
