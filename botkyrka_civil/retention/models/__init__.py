from .disposal import CacheEntry, DisposalRun
from .restrictions import Restriction

__all__ = ["CacheEntry", "DisposalRun", "Restriction"]
