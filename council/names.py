"""Names that are not published: of people who represent an organisation whose `representative_names` are hidden.

A seat answers for itself (`Seat.public_name`). Notices and minutes are frozen texts where names stand as they were
written, so what everyone may read of them is asked for here (GDPR art. 9; the organisation still shows).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from organisations.models import ContactPerson, Organisation, OtherName

from .models import Membership, Nomination, Participant, Seat
from .models.bodies import NAME_HIDDEN

type Hide = Callable[[Any], Any]


class HiddenNames:
    """Who is not named to everyone, with the organisation to name instead. As many queries for any number of texts."""

    def __init__(self) -> None:
        marked = Organisation.objects.hiding_names()
        self.organisations = {name for pair in marked.values_list("name", "name_as_stated") for name in pair} - {""}
        self.people: dict[str, str] = {}
        if self.organisations:
            self.organisations |= set(OtherName.objects.filter(organisation__in=marked).values_list("name", flat=True))
            self._find(marked)

    def _find(self, marked: QuerySet[Organisation]) -> None:
        seats = Seat.objects.hiding_names()
        called = Participant.objects.filter(Q(seat__in=seats.values("pk")) | Q(organisation__in=self.organisations))
        for rows in (
            called.values_list("name", "organisation"),
            Membership.objects.filter(organisation__in=marked).values_list("contact_name", "organisation__name"),
            Nomination.objects.filter(organisation__in=marked).values_list("candidate__name", "organisation__name"),
        ):
            self.people |= {_key(name): organisation for name, organisation in rows.order_by().distinct()}
        self.people |= {_key(seat.person.name): seat.represents for seat in seats}
        # Who also has a seat for a party, or for an organisation that is not marked, is named there.
        others = Seat.objects.exclude(pk__in=seats.values("pk")).order_by().distinct()
        for name in ("", *others.values_list("person__name", flat=True)):
            self.people.pop(_key(name), None)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self.people

    def within(self, content: dict[str, Any] | None = None) -> Hide:
        """What makes texts about one meeting public: `content` is its minutes, where it has any.

        Full names are replaced everywhere. Of those who were at the meeting for a marked organisation each single part
        of the name is replaced too, but where somebody else who was there has it.
        """
        if not self.organisations:
            return lambda value: value
        people, parts, others = dict(self.people), dict[str, str](), set[str]()
        for row in (content or {}).get("present", []):
            if row["organisation"] in self.organisations or row["name"] in self:
                people[_key(row["name"])] = row["organisation"]
                parts |= {part: row["organisation"] for part in row["name"].split() if part[:1].isupper() and part[2:]}
            else:
                others |= set(row["name"].split())
        for part in others:
            parts.pop(part, None)
        return _hiding(people, parts)

    def contacts(self, *topics: str) -> list[ContactPerson]:
        """The contacts of all topics, or of these, without those whose name is hidden: a contact is a name."""
        rows = ContactPerson.objects.filter(topic__in=topics or ContactPerson.Topic.values)
        return [row for row in rows.select_related("municipal_unit") if row.name not in self]


def _hiding(people: dict[str, str], parts: dict[str, str]) -> Hide:
    if not people:
        return lambda value: value
    # In capitals or not, with the genitive's s after it or not; the longest first.
    spelled = {_key(part): organisation for part, organisation in parts.items()} | people
    full = "|".join(r"\s+".join(map(re.escape, name.split())) for name in sorted(people, key=len, reverse=True))
    single = "".join(f"|{re.escape(part)}" for part in sorted(parts, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:(?i:{full}){single})(?=s?(?!\w))")

    def replaced(found: re.Match[str]) -> str:
        return f"[företrädare för {spelled.get(_key(found[0])) or 'en organisation'}]"

    def hide(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(replaced, value)
        if isinstance(value, list):
            return [hide(part) for part in value]
        if isinstance(value, dict):
            return {key: _row(part) if key == "present" else hide(part) for key, part in value.items()}
        return value

    def _row(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """Attendance has the organisation in a column of its own."""
        return [
            {
                **row,
                "name": NAME_HIDDEN if _key(row["name"]) in people else row["name"],
                "serves_for": hide(row["serves_for"]),
            }
            for row in rows
        ]

    return hide


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
