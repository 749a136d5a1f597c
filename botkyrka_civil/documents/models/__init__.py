from .documents import Accessible, Category, Document, DocumentQuerySet, DocumentVersion, Language, Owner
from .files import File, _path, store
from .translations import TranslatedCase

__all__ = [
    "Accessible",
    "Category",
    "Document",
    "DocumentQuerySet",
    "DocumentVersion",
    "File",
    "Language",
    "Owner",
    "TranslatedCase",
    "_path",  # the first migration names it
    "store",
]
