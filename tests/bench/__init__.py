"""`make bench`: how the portal stands against what it could be, as ratios. This file holds the bare rival."""

from collections.abc import Callable, Iterable


def hello(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """The least that WSGI can do: what is left is gunicorn's own cost."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
