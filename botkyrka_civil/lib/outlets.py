"""What programs fetch: data sets, feeds, calendars. The same for everybody, from any web page, and never out of date.

An outlet is answered from what it holds at the moment of asking, whoever asks. Its ETag is a checksum of exactly what
is sent, and Last-Modified is when that was first seen: a program that asks with either gets 304 while nothing has
changed, and only then.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import wraps
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.core.cache import cache
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import content_disposition_header, http_date

from .text import clean_line, clean_text

IN_MEMORY = 1024 * 1024  # what is larger waits on disk
READING = ("GET", "HEAD", "OPTIONS")
# Any page may read, none as somebody: there is no Allow-Credentials, and no outlet asks who is there.
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Disposition, ETag, Last-Modified",
    "Cache-Control": "public, max-age=0, must-revalidate",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(READING),
    "Access-Control-Allow-Headers": "If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": ", ".join(READING),
}

type View = Callable[..., HttpResponseBase]


def outlet(view: View) -> View:
    """The view is open to everybody, also to the scripts of other sites: for what is public and nothing else."""

    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _open(request, lambda: view(request, *args, **kwargs))

    return wrapper


def _open(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=OPEN | PREFLIGHT)
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    answer = make()
    marked = "ETag" in answer and "Last-Modified" in answer  # by send, which may have left the content out
    if isinstance(answer, HttpResponse) and answer.status_code == 200 and not marked:
        digest = hashlib.sha256(answer.content).hexdigest()
        answer = _unchanged(request, digest, answer) or answer
    return _with(answer, OPEN)


def send(request: HttpRequest, chunks: Iterable[str], *, mime: str, name: str) -> HttpResponseBase:
    """A file of any length in little memory. Made in full before the first byte goes out.

    So an error half-way is an error and not half a file, the checksum is of what is sent, and no cursor stays open
    while somebody reads slowly.
    """
    with ExitStack() as open_files:
        file = open_files.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        digest = hashlib.sha256()
        for chunk in chunks:
            data = chunk.encode()
            digest.update(data)
            file.write(data)
        disposition = content_disposition_header(False, name) or "inline"
        headers = {"Content-Length": str(file.tell()), "Content-Disposition": disposition}
        bare = HttpResponse(content_type=mime, headers=headers)
        unchanged = _unchanged(request, digest.hexdigest(), bare)
        if unchanged or request.method == "HEAD":
            return unchanged or bare
        file.seek(0)
        open_files.pop_all()  # the answer closes it
        return _with(FileResponse(file), dict(bare.items()))


def _with(answer: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        answer[name] = value
    return answer


def _unchanged(request: HttpRequest, digest: str, answer: HttpResponse) -> HttpResponseBase | None:
    """Marks the answer; 304 (or 412) instead of it if that is what the reader asked for."""
    etag, modified = f'"{digest}"', first_seen(request.path, digest)
    _with(answer, {"ETag": etag, "Last-Modified": http_date(modified.timestamp())})
    conditional = get_conditional_response(request, etag, int(modified.timestamp()), answer)
    return None if conditional is answer else conditional


def first_seen(path: str, digest: str) -> datetime:
    """Since when `path` has held what it holds, as far as anybody has looked.

    Two contents of one address never share a second, since Last-Modified tells no finer. If the shared cache forgets,
    the time is too late, and somebody fetches in vain; it is never too early.
    """
    key = f"outlet:{hashlib.sha256(path.encode()).hexdigest()[:32]}"
    known, since = cache.get(key, ("", None))
    if known == digest:
        return since
    now = timezone.now().astimezone(UTC).replace(microsecond=0)
    since = max(now, since + timedelta(seconds=1)) if since else now
    cache.set(key, (digest, since), timeout=None)
    return since


# Atom, RFC 4287 ------------------------------------------------------------------------------------------------------


class _Atom(Atom1Feed):
    def add_item(self, title: str, link: str, description: str, *args: Any, **facts: Any) -> None:
        """XML has no control characters, and one that was pasted into a name must not take the whole feed with it."""
        super().add_item(clean_line(title), link, clean_text(description), *args, **facts)

    def latest_post_date(self) -> datetime:
        """Of the newest entry. An empty feed has not been updated just now, whenever it is asked for."""
        return super().latest_post_date() if self.items else datetime(2009, 1, 1, tzinfo=UTC)


class AtomFeed[Item](Feed):
    """A feed of what is public, whoever asks. Its addresses are the same behind every name that the server has."""

    login_required = False  # what LoginRequiredMiddleware asks a view; a feed is an instance, not a function
    feed_type = _Atom
    author_name = settings.MUNICIPALITY["name"]
    page = ""  # the page that shows the same, and above it the feed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _open(request, lambda: super(AtomFeed, self).__call__(request, *args, **kwargs))

    def link(self) -> str:
        return f"{settings.BASE_URL}{self.page}"

    def feed_url(self) -> str:
        return f"{settings.BASE_URL}{self.page}atom.xml"

    feed_guid = feed_url

    def item_link(self, item: Item) -> str:
        return f"{settings.BASE_URL}{item.get_absolute_url()}"  # type: ignore[attr-defined]

    def item_guid(self, item: Item) -> str:
        return self.item_link(item)
