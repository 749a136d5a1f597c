"""What every list of the admin has in common."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Base
else:
    Base = object

# What Django's filters of one field, and its date hierarchy, put after the name of the field.
FILTER_ENDINGS = ("exact", "isnull", "isempty", "id__exact", "gte", "lt")
DATE_PARTS = ("year", "month", "day", "gte", "lt")


class ClosedLookups(Base):
    """A ModelAdmin whose list answers only what its own filters and its date hierarchy ask for.

    Django's rule allows every lookup on every field of the row, shown or not, and the key of every relation, so that an
    address becomes a search language: one letter at a time, what a list hides can be read.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in self.declared_lookups(request)

    def declared_lookups(self, request: HttpRequest) -> set[str]:
        declared = {f"{self.date_hierarchy}__{part}" for part in DATE_PARTS if self.date_hierarchy}
        for item in self.get_list_filter(request):
            if isinstance(item, type):  # a SimpleListFilter, which asks by a parameter of its own
                declared.add(str(item.parameter_name))  # type: ignore[attr-defined]
            else:
                path = item if isinstance(item, str) else str(item[0])  # type: ignore[index]
                declared |= {path, *(f"{path}__{ending}" for ending in FILTER_ENDINGS)}
        return declared
