"""Organisations, bodies and who sits in them, in the shape of Popolo (popoloproject.com).

Persons are those whose names the pages show with an office, and nothing is told of them but the name.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from agreement.models import Accession
from botkyrka_civil.lib.outlets import json_with_lists
from council.models import Body, Seat
from organisations.models import Organisation, OtherName

from .dataset import plain
from .datasets import CHUNK, public_seats, streamed

SIDES = {str(value): str(label) for value, label in Seat.Side.choices if value}


def document() -> Iterator[str]:
    lists = {
        "organizations": _organizations(),
        "persons": _persons(),
        "posts": _posts(),
        "memberships": map(_membership, streamed(public_seats())),
    }
    return json_with_lists({}, lists)


def _organizations() -> Iterator[dict[str, Any]]:
    """The bodies, the parties and organisations that have seats there, and all that stand or have stood on the list."""
    bodies = Body.objects.filter(seats__in=public_seats()).distinct().order_by("slug")
    for body in bodies:
        yield {"id": _id("organ", body.slug), "name": body.name, "classification": body.get_kind_display()}
    parties = public_seats().exclude(party="").order_by("party").values_list("party", flat=True).distinct()
    yield from ({"id": _id("parti", name), "name": name, "classification": "Parti"} for name in parties)
    listed = Organisation.objects.filter(accessions__in=Accession.objects.public())
    names = Prefetch("other_names", queryset=OtherName.objects.filter(suggested=False))
    rows = listed.distinct().order_by("slug").prefetch_related(names)
    yield from map(_organization, rows.iterator(chunk_size=CHUNK))
    others = Organisation.objects.filter(seats__in=public_seats()).exclude(pk__in=listed.values("pk"))
    for row in others.distinct().order_by("slug"):
        yield {"id": _id("organisation", row.slug), "name": row.name}


def _organization(row: Organisation) -> dict[str, Any]:
    address = f"{settings.BASE_URL}{row.get_absolute_url()}"
    links = [{"note": "Sida här", "url": address}]
    if row.website:
        links.append({"note": "Egen webbplats", "url": row.website})
    return _told(
        id=_id("organisation", row.slug),
        name=row.name,
        classification=row.get_legal_form_display(),
        identifiers=[{"scheme": "SE-ON", "identifier": row.org_nr}] if row.org_nr else [],
        other_names=[
            _told(name=other.name, note=other.note, end_date=other.valid_to) for other in row.other_names.all()
        ],
        contact_details=[{"type": "email", "value": row.public_email}] if row.public_email else [],
        links=links,
    )


def _persons() -> Iterator[dict[str, Any]]:
    """Each once: the seats come person by person."""
    told = None
    for seat in streamed(public_seats().order_by("person", "pk")):
        if seat.public_name and seat.person_id != told:
            told = seat.person_id
            yield {"id": _id("person", told), "name": seat.public_name}


def _posts() -> Iterator[dict[str, Any]]:
    kinds = (
        public_seats().order_by("body__slug", "side", "role").values_list("body__slug", "body__name", "side", "role")
    )
    for slug, body, side, role in kinds.distinct():
        label = Seat.Role(role).label
        yield {
            "id": _id("post", slug, side or "-", role),
            "label": f"{label}, {SIDES[side].lower()}, {body}" if side else f"{label}, {body}",
            "role": label,
            "organization_id": _id("organ", slug),
        }


def _membership(seat: Seat) -> dict[str, Any]:
    """A seat. Without a name it is nobody's: the person is not told by another seat either."""
    year_only = bool(seat.term and seat.term.year_only)
    return _told(
        id=_id("uppdrag", seat.pk),
        person_id=_id("person", seat.person_id) if seat.public_name else None,
        organization_id=_id("organ", seat.body.slug),
        post_id=_id("post", seat.body.slug, seat.side or "-", seat.role),
        role=seat.get_role_display(),
        on_behalf_of_id=_behalf(seat),
        label=seat.represents,
        start_date=str(seat.first_day.year) if year_only else seat.first_day,
        end_date=str(seat.last_day.year) if year_only and seat.last_day else seat.last_day,
    )


def _behalf(seat: Seat) -> str | None:
    if seat.party:
        return _id("parti", seat.party)
    return _id("organisation", seat.organisation.slug) if seat.organisation else None


def _id(*parts: object) -> str:
    return "/".join(map(str, parts))


def _told(**facts: Any) -> dict[str, Any]:
    """Without what is not known."""
    shown = {key: value if isinstance(value, list) else plain(value) for key, value in facts.items()}
    return {key: value for key, value in shown.items() if value not in (None, [])}
