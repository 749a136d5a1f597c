"""Every address that can be fetched, for every row there is, and which planted words are found there."""

import random
import re
from functools import cache
from html import unescape
from io import BytesIO
from urllib.parse import quote
from zipfile import ZipFile

import pikepdf
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils.formats import date_format

from agreement.models import ActionItem
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.documents.models import Document, DocumentVersion, File
from botkyrka_civil.open_data.datasets import DATASETS
from botkyrka_civil.pages.models import RECEIPT_LINK
from botkyrka_civil.retention.archive.kinds import KINDS as ARCHIVED
from botkyrka_civil.search.find import KINDS
from council.models import (
    AgendaItem,
    Body,
    Conference,
    Meeting,
    Membership,
    MinutesRevision,
    Nomination,
    Proposal,
    Registration,
    Seat,
)
from council.models.memberships import MEMBER_LINK
from council.models.minutes import SIGN_OFF_LINK
from council.models.participants import INVITATION_LINK
from council.models.registrations import REGISTRATION_LINK
from council.views.calendar import BOARD_CALENDAR
from council.views.conference_room import STEPS
from iop.models import FollowUp, Partnership, Party
from iop.models.agreements import SIGN_LINK
from iop.models.parties import PARTY_LINK
from organisations.models import Organisation
from tests.factories import iop
from tests.tools.titles import Titles
from tests.tools.web import COMPLETE, bare_refusals, body_of, routes
from tests.world import DAYS, MAY, Reader, letters_of

# Where they look -----------------------------------------------------------------------------------------------------


def pks(model, **only):
    return list(model._base_manager.filter(**only).order_by("pk").values_list("pk", flat=True))


def slugs(model, **only):
    return list(model.objects.filter(**only).order_by("pk").values_list("slug", flat=True))


def years_of_meetings():
    return sorted({day.year for day in Meeting.objects.datetimes("starts_at", "year")})


def years_of_conferences():
    return sorted(Conference.objects.values_list("year", flat=True))


def revisions(meeting=None):
    """Its own, and some of another meeting's."""
    return [*pks(MinutesRevision, minutes__meeting=meeting), *pks(MinutesRevision)[-2:]]


def file_names(document):
    return [*DocumentVersion.objects.filter(document=document).values_list("file__name", flat=True), "fel.pdf"]


def agenda_papers():
    return AgendaItem.documents.through.objects.order_by("pk").values_list("agendaitem_id", "document_id")


def rows_of_kind(content_type):
    return pks(ContentType.objects.get(pk=content_type).model_class())[:6]


NOT_A_TOKEN = "x"


def held_by(purpose: str):
    """The reader's own token; to all others the address is one that opens nothing."""
    return lambda reader, _: [reader.token if reader.purpose == purpose else NOT_A_TOKEN]


def always(*values):
    return lambda *_: values


def each(function, *args, **kwargs):
    return lambda *_: function(*args, **kwargs)


ROOM_AT = "plattformen/styrelserum/"
APPS = ["council", "documents", "organisations", "iop", "pages"]
# How a placeholder is filled: the longest beginning of the address that stands here, and its name.
VALUES = {
    ("overenskommelsen/", "slug"): always("dialog"),
    ("overenskommelsen/", "label"): always("2018"),
    ("overenskommelsen/", "year"): always(2028, 2029, 2030),
    ("organisationer/", "slug"): each(slugs, Organisation),
    ("verifiera/", "code"): always(NOT_A_TOKEN),
    ("anslut/", "token"): always(NOT_A_TOKEN),
    ("anslut/", "step"): always("organisation"),
    ("underskrift/", "token"): always(NOT_A_TOKEN),
    ("konto/", "key"): always(NOT_A_TOKEN),
    ("konto/", "uidb36"): always("1"),
    ("konto/", "pk"): always(1),
    ("dokument/", "pk"): each(pks, Document),
    ("dokument/", "filnamn"): lambda _, chosen: file_names(chosen["pk"]),
    ("radet/moten/", "slug"): each(slugs, Meeting),
    ("kalender/styrelsen/", "token"): held_by(BOARD_CALENDAR),
    ("dialogkonferens/", "year"): each(years_of_conferences),
    ("dialogkonferens/anmalan/", "token"): held_by(REGISTRATION_LINK),
    ("plattformen/medlem/", "token"): held_by(MEMBER_LINK),
    ("plattformen/medlem/<str:token>/dokument/", "pk"): each(pks, Document),
    ("plattformen/medlem/<str:token>/moten/", "pk"): each(pks, Meeting),
    ("plattformen/moten/", "body"): each(slugs, Body),
    ("plattformen/moten/", "slug"): lambda _, chosen: slugs(Meeting, body__slug=chosen["body"]),
    ("tillganglighet/rapportera/", "token"): held_by(RECEIPT_LINK),
    ("oppna-data/", "name"): always(*DATASETS),
    ("iop/", "slug"): each(slugs, Partnership),
    ("iop/part/", "token"): held_by(PARTY_LINK),
    ("iop/part/", "step"): always("iden", "period", "insatser"),
    ("iop/underskrift/", "token"): held_by(SIGN_LINK),
    ("iop/styrgrupp/", "body"): each(slugs, Body),
    ("iop/styrgrupp/", "slug"): lambda _, chosen: slugs(Meeting, body__slug=chosen["body"]),
    (f"{ROOM_AT}brev/", "pk"): lambda *_: pks(Letter)[::9],
    (f"{ROOM_AT}arkiv/", "year"): each(years_of_meetings),
    (f"{ROOM_AT}arkiv/mote/", "pk"): each(pks, Meeting),
    (f"{ROOM_AT}arkiv/mote/", "kind"): always("protokoll", "protokollsfil", "kallelse-1"),
    (f"{ROOM_AT}dokument/", "pk"): each(pks, Document),
    (f"{ROOM_AT}medlemmar/", "pk"): each(pks, Membership),
    (f"{ROOM_AT}medlemmar/", "step"): always("anta", "avsla", "uteslut"),
    (f"{ROOM_AT}handlingsplan/", "pk"): each(pks, ActionItem),
    (f"{ROOM_AT}nomineringar/", "pk"): each(pks, Nomination),
    (f"{ROOM_AT}styrelsen/", "pk"): each(pks, Seat),
    (f"{ROOM_AT}dialogkonferens/", "year"): each(years_of_conferences),
    (f"{ROOM_AT}dialogkonferens/", "step"): always(*STEPS),
    (f"{ROOM_AT}dialogkonferens/<int:year>/anmalda/", "pk"): each(pks, Registration),
    (f"{ROOM_AT}dialogkonferens/<int:year>/forslag/", "pk"): each(pks, Proposal),
    ("motesrum/nytt/", "slug"): each(slugs, Body),
    ("motesrum/", "pk"): each(pks, Meeting),
    ("motesrum/", "kind"): always("kallelse", "protokoll", "zip"),
    ("motesrum/", "number"): lambda _, chosen: revisions(chosen["pk"]),
    ("motesrum/", "item"): lambda _, chosen: pks(AgendaItem, meeting=chosen["pk"]),
    ("motesrum/", "document"): lambda _, chosen: [pk for item, pk in agenda_papers() if item == chosen["item"]],
    ("motesrum/", "letter"): lambda _, chosen: pks(Letter, subject_key=f"council.meeting:{chosen['pk']}")[:1],
    ("kallelse/", "token"): held_by(INVITATION_LINK),
    ("kallelse/", "pk"): each(pks, Document),
    ("justering/", "token"): held_by(SIGN_OFF_LINK),
    ("justering/", "pk"): each(pks, Document),
    ("admin/agreement/accession/", "file_pk"): each(pks, File),
    ("admin/iop/partnership/", "file_pk"): each(pks, File, name__startswith="iop-avtal"),
    ("admin/iop/partnership/<int:pk>/change_contact/", "row_pk"): each(pks, Party),
    ("admin/iop/partnership/<int:pk>/remove_party/", "row_pk"): each(pks, Party),
    ("admin/iop/partnership/<int:pk>/publish/", "row_pk"): each(pks, FollowUp),
    ("admin/iop/partnership/<int:pk>/unpublish/", "row_pk"): each(pks, FollowUp),
    ("admin/iop/partnership/<int:pk>/end_seat/", "row_pk"): each(pks, Seat, body__kind="steering_group"),
    ("admin/r/", "content_type_id"): each(
        pks, ContentType, app_label__in=["council", "documents", "organisations", "iop", "pages"]
    ),
    ("admin/r/", "object_id"): lambda _, chosen: rows_of_kind(chosen["content_type_id"]),
    ("admin/casework/registryentry/", "form"): always("csv", "json", "html"),
    ("admin/arkiv/", "label"): always(*ARCHIVED),
    ("admin/arkiv/", "pk"): lambda _, chosen: pks(apps.get_model(chosen["label"])),
    ("admin/", "app_label"): always("casework", *APPS),
    ("admin/", "url"): always("finns-inte"),
}
# What more an address can be asked. The words all begin alike, so that no search brings its own word back.
QUERIES = {
    "dokument/": always("q=zq", "agare=platform", "kategori=other", "ar=2030"),
    "dokument/<int:pk>/<str:filnamn>": always("version=1", "version=2"),
    "organisationer/": always("q=zq"),
    "sok/": lambda: ["q=zq", *(f"q=zq&slag={kind}&sida={n}" for kind in KINDS for n in (1, 2))],
    "overenskommelsen/handlingsplan/": lambda: [
        "period=2030",
        "period=2031",
        *(f"punkt={pk}" for pk in pks(ActionItem)),
    ],
    "radet/": always("datum=2031-01-01", "datum=2030-04-05"),
    "radet/moten/": lambda: [f"ar={year}" for year in years_of_meetings()],
    "radet/moten/<slug:slug>/protokoll.pdf": always("fil=1"),
    "plattformen/": always("sida=2"),
    "plattformen/styrelsen/": always("datum=2030-05-01", "datum=2031-01-01", "datum=2030-04-05"),
    "plattformen/moten/<slug:body>/<slug:slug>/protokoll.pdf": always("fil=1"),
    "plattformen/medlem/<str:token>/moten/<int:pk>/protokoll.pdf": always("fil=1"),
    "motesrum/<int:pk>/protokoll/": lambda: [f"hamta={pk}" for pk in revisions()],
    "motesrum/<int:pk>/protokoll/versioner/": always("alla"),
    "motesrum/<int:pk>/fil/<slug:kind>": always("version=1"),
    f"{ROOM_AT}nedladdat/": always("sida=2"),
    f"{ROOM_AT}dialogkonferens/<int:year>/anmalda/": always("behov"),
    f"{ROOM_AT}dialogkonferens/<int:year>/anmalda.csv": always("behov"),
    "admin/council/meeting/": always("q=zq"),
    "admin/council/nomination/": always("q=zq"),
    "admin/documents/document/": always("q=zq"),
    "admin/organisations/person/": always("q=zq"),
    "admin/pages/accessibilityreport/": always("q=zq"),
    "admin/iop/partnership/": lambda: ["q=zq", *(f"state__exact={state}" for state in iop.STATES)],
    "admin/casework/event/": lambda: ["q=zq", *(f"p={n}" for n in range(2, 9))],
    "admin/casework/letter/": lambda: ["q=zq", "lage=failed", *(f"p={n}" for n in range(2, 5))],
    "admin/autocomplete/": lambda: autocompletes(),
}


def autocompletes():
    """Every field that points to a row, of every model in the admin."""
    for model in admin.site._registry:
        for relation in (f for f in model._meta.get_fields() if f.is_relation and not f.auto_created):
            label = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}"
            yield f"{label}&field_name={relation.name}&term=zq"


PLACEHOLDER = re.compile(r"\(\?P<(?P<named>\w+)>[^)]*\)|<(?:\w+:)?(?P<name>\w+)>")
FEW = ("agreement/", "organisations/organisation/", "accounts/", "casework/registryentry/")  # known, or all alike
LONG = ("casework/event/", "casework/letter/")


def ways(begins: str, name: str, after: str = ""):
    """How the placeholder `name` after `begins` is filled; None if nobody has told."""
    model = re.match(r"admin/(\w+/\w+/)", begins)
    if model and name in ("pk", "object_id", "id"):
        return lambda *_: rows_in_admin(model[1], after)
    told = [key for key in VALUES if key[1] == name and begins.startswith(key[0])]
    return VALUES[max(told)] if told else None


def rows_in_admin(model: str, after: str):
    rows = pks(apps.get_model(model.replace("/", ".", 1).strip("/")))
    if model.startswith(LONG) and after != "/change/":
        return rows[::20]
    return rows[:2] if model.startswith(FEW) else rows


def addresses(route: str, reader: Reader, begins: str = "", address: str = "/", **chosen):
    """The route with its placeholders filled in every way. `begins` is the part that is done, as it is spelled."""
    found = PLACEHOLDER.search(route)
    if not found:
        yield address + route.strip("^$")
        return
    name, before, after = found["named"] or found["name"], route[: found.start()], route[found.end() :]
    for value in ways(begins + before, name, after)(reader, chosen):
        done = f"{address}{before.lstrip('^')}{quote(str(value))}"
        yield from addresses(after, reader, begins + before + found[0], done, **chosen | {name: value})


# What they find ------------------------------------------------------------------------------------------------------

WORDS = {letters_of(name): name for name in MAY}
ENOUGH = 3 if COMPLETE else 2
FEW_ROWS, PART = 3, 8  # how many rows of a route are looked at outside the complete walk
NO_LINK = {NOT_A_TOKEN}


def words_in(data: bytes) -> set[str]:
    """The planted words in a page or a file, whatever it is made of."""
    if data.startswith(b"PK\x03\x04"):
        with ZipFile(BytesIO(data)) as archive:
            return set().union(
                *({*words_in(name.encode()), *words_in(archive.read(name))} for name in archive.namelist())
            )
    text = data.decode("utf-8", "replace") + (text_of_pdf(data) if data.startswith(b"%PDF") else "")
    text = " ".join(unescape(text).lower().split())
    whole = re.sub(r"[ \u00ad-]", "", text)  # as it was before lines were folded and words divided
    found = {WORDS[word] for word in re.findall(r"zq([a-z]+?)qz", whole) if word in WORDS}
    return found | {n for n, d in DAYS.items() if re.search(rf"{d}|{d:%Y%m%d}t|{date_format(d, 'j F Y')}", text)}


@cache
def text_of_pdf(data: bytes) -> str:
    """What a PDF says of itself and what is attached to it. The papers here hold their text (tools/quick_pdf.py)."""
    with pikepdf.open(BytesIO(data)) as opened:
        attached = [file.get_file().read_bytes().decode() for file in opened.attachments.values()]
        return " ".join([str(dict(opened.docinfo)), *attached])


def look(client: Client, route: str, address: str, titles: Titles) -> tuple[bool, set[str]]:
    """Whether the reader was let in, and the words found there: in the body, the file's name, or where it leads."""
    with bare_refusals():
        response = client.get(address)
    assert response.status_code != 429, f"{address}: a limit answers here, and proves nothing"
    leads = response.get("Location", "")
    body = body_of(response)
    titles.read(route, address, response, body)
    found = words_in(body) | words_in(f"{leads} {response.get('Content-Disposition', '')}".encode())
    return response.status_code != 403 and not leads.startswith("/konto/login/"), found


def chosen(found: list[str], route: str, reader: Reader) -> list[str]:
    """Which of a route's addresses the reader is sent to, in no order.

    A link that does not fit is tried at the first one only: the others would ask the same. Who is signed in is sent to
    some of the rows, not the same as the others; the complete walk (make test-all) sends everybody to all of them.
    """
    if NO_LINK & set(re.split(r"[/.]", found[0])) if found else False:
        return found[:1]
    dice = random.Random(f"{route} {reader.user}")
    dice.shuffle(found)
    return found if COMPLETE or not reader.user else found[: max(FEW_ROWS, len(found) // PART)]


def seen_by(reader: Reader, titles: Titles) -> dict[str, str]:
    """Each word and where it was seen first. Where the reader is refused for some rows, in no order, it is for all:
    what depends on the row is not refused but not found."""
    client, seen = Client(), {}
    if reader.user:
        client.force_login(reader.user)
    for route in routes():
        if reader.token and "<str:token>" not in route:
            continue  # elsewhere they are as anonymous as anybody
        asked, shut = list(QUERIES.get(route, list)()), 0
        for address in chosen(list(addresses(route, reader)), route, reader):
            is_open, words = look(client, route, address, titles)
            shut = 0 if is_open else shut + 1
            for more in asked if is_open else []:
                words |= look(client, route, f"{address}?{more}", titles)[1]
            seen |= dict.fromkeys(words - seen.keys(), address)
            if shut == ENOUGH:
                break
    assert reader.user or set(client.cookies) <= {"csrftoken"}, "a link leaves nothing behind"
    return seen
