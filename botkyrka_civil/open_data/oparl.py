"""The council and its public meetings in the shape of OParl 1.1 (oparl.org): what its readers can walk through.

A part of the standard, and it says so: System, Body, Organization, Meeting and File. The lists of persons and papers
that a Body must have are there and empty, and the filters for what has changed since a day are not.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils import timezone

from botkyrka_civil.lib.outlets import dumps, json_with_lists
from council.models import Body
from council.public_meetings import PublicMeeting, public_meetings

from .dataset import LICENCE, plain

SCHEMA = "https://schema.oparl.org/1.1/"
STATES = {"planned": "terminiert", "called": "eingeladen", "over": "eingeladen", "minutes": "durchgeführt"}


def url(path: str = "") -> str:
    return f"{settings.BASE_URL}/oppna-data/oparl/{path}"


def _object(kind: str, path: str, **facts: Any) -> dict[str, Any]:
    told = {"id": url(path), "type": f"{SCHEMA}{kind}", **facts}
    return {key: value for key, value in told.items() if value not in (None, "")}


def _list(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """All on one page."""
    pagination = {"currentPage": 1, "totalPages": 1}
    links = dict.fromkeys(("self", "first", "last"), url(name))
    return json_with_lists({"pagination": pagination, "links": links}, {"data": rows})


# The objects ---------------------------------------------------------------------------------------------------------


def system() -> dict[str, Any]:
    return _object(
        "System",
        "",
        oparlVersion=SCHEMA,
        license=LICENCE,
        body=url("kommuner/"),
        name=f"{settings.MUNICIPALITY['short']} civilsamhälle",
        contactEmail=settings.MUNICIPALITY["email"],
        contactName=settings.MUNICIPALITY["name"],
        website=f"{settings.BASE_URL}/",
        web=f"{settings.BASE_URL}/oppna-data/#oparl",
    )


def municipality() -> dict[str, Any]:
    return _object(
        "Body",
        "kommuner/kommunen/",
        system=url(),
        name=settings.MUNICIPALITY["name"],
        shortName=settings.MUNICIPALITY["short"],
        license=LICENCE,
        contactEmail=settings.MUNICIPALITY["email"],
        organization=url("organ/"),
        person=url("personer/"),
        meeting=url("moten/"),
        paper=url("arenden/"),
        legislativeTerm=[],
        web=f"{settings.BASE_URL}/",
    )


def council(body: Body) -> dict[str, Any]:
    return _object(
        "Organization",
        f"organ/{body.slug}/",
        body=url("kommuner/kommunen/"),
        name=body.name,
        organizationType="Gremium",
        classification="Beirat",
        meeting=url("moten/"),
        web=f"{settings.BASE_URL}/radet/",
    )


def meeting(row: PublicMeeting) -> dict[str, Any]:
    found = row.meeting
    return _object(
        "Meeting",
        f"moten/{found.uid}/",
        name=row.title or found.body.name,
        meetingState=STATES.get(row.standing),
        cancelled=row.standing == "cancelled",
        start=plain(row.starts_at),
        end=plain(row.ends_at),
        organization=[url(f"organ/{found.body.slug}/")],
        resultsProtocol=minutes(row),
        created=plain(found.created_at),
        modified=plain(row.told_at),
        web=f"{settings.BASE_URL}{found.get_absolute_url()}",
    )


def minutes(row: PublicMeeting) -> dict[str, Any] | None:
    """The signed minutes as a File, which stands in the meeting and at an address of its own."""
    file, found = row.minutes_file, row.meeting
    if file is None:
        return None
    return _object(
        "File",
        f"protokoll/{found.uid}/",
        name=f"Protokoll {row.starts_at:%Y-%m-%d}",
        fileName=file.name,
        mimeType=file.mime,
        date=plain(timezone.localdate(file.created_at)),
        size=file.size,
        accessUrl=f"{settings.BASE_URL}{row.minutes_url}",
        meeting=[url(f"moten/{found.uid}/")],
        created=plain(file.created_at),
        modified=plain(row.told_at),
    )


# Where they are found ------------------------------------------------------------------------------------------------


def _councils() -> list[Body]:
    return list(Body.objects.filter(kind=Body.Kind.COUNCIL))


def _meetings(**only: Any) -> Iterator[PublicMeeting]:
    return public_meetings(body__kind=Body.Kind.COUNCIL, **only)


def listed(name: str) -> Iterator[str]:
    """One of the lists, by the last word of its address."""
    lists: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
        "kommuner": lambda: [municipality()],
        "organ": lambda: map(council, _councils()),
        "moten": lambda: map(meeting, _meetings()),
        "personer": list,
        "arenden": list,
    }
    if name not in lists:
        raise Http404
    return _list(f"{name}/", lists[name]())


def found(kind: str, key: str) -> Iterator[str]:
    """One object, by its kind and its key as they stand in its address."""
    if kind == "kommuner":
        rows: list[dict[str, Any] | None] = [municipality()] if key == "kommunen" else []
    elif kind == "organ":
        rows = [council(body) for body in _councils() if body.slug == key]
    else:
        make = {"moten": meeting, "protokoll": minutes}.get(kind)
        rows = [make(row) for row in _meetings(uid=_uid(key))] if make else []
    if not rows or rows[0] is None:
        raise Http404
    return iter([dumps(rows[0])])


def _uid(key: str) -> UUID:
    """As the list writes it and no other way: each address that answers is remembered (outlets.first_seen)."""
    try:
        uid = UUID(key)
    except ValueError:
        raise Http404 from None
    if str(uid) != key:
        raise Http404
    return uid
