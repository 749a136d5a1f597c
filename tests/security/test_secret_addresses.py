"""What opens a page stands in no log, and says to robots and other pages that it is nobody else's.

The addresses come from the resolver: a new route with a <str:token> is tried without anybody writing it here.
"""

import logging
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from botkyrka_civil.accounts.models import User
from botkyrka_civil.lib import logs, tokens
from botkyrka_civil.lib.links import opened_by
from tests import factories
from tests.tools.repository import ROOT
from tests.tools.web import routes

TOKEN = "<str:token>"
STATUSES = (200, 302, 400, 403, 404, 409, 422, 429, 500)


def secret_routes() -> list[str]:
    return [route for route in routes() if TOKEN in route]


def addresses(user: User) -> dict[str, str]:
    """An address for each route that holds a secret, and the secret in it."""
    found = {}
    for n, route in enumerate(secret_routes()):
        token = tokens.make(f"made up {n}", tokens.new_key())
        rest = re.sub(r"<(?:int|slug|str):\w+>", "1", route.replace(TOKEN, token))
        found[f"/{rest}"] = token
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    found[f"/konto/password/reset/key/{key}/"] = key
    confirmation = EmailConfirmationHMAC(user.emailaddress_set.first()).key
    found[reverse("account_confirm_email", args=[confirmation])] = confirmation
    return found


def test_there_are_such_routes():
    assert len(secret_routes()) > 30


def written(record: logging.LogRecord) -> str:
    """The line as production writes it."""
    formatter = settings.LOGGING["formatters"][settings.LOGGING["handlers"]["console"]["formatter"]]
    assert formatter["()"] == f"{logs.MaskSecrets.__module__}.{logs.MaskSecrets.__name__}"
    return logs.MaskSecrets(formatter["format"], style=formatter["style"]).format(record)


@pytest.mark.django_db
def test_the_programs_log_holds_no_secret(caplog):
    """Whatever the answer: Django names the path of every request that is refused or fails."""
    caplog.set_level(logging.DEBUG)
    for path, secret in addresses(factories.make_user()).items():
        caplog.clear()
        Client(raise_request_exception=False).get(path)
        Client(raise_request_exception=False).post(path, {"a": "b"})
        for status in STATUSES:
            logging.getLogger("django.request").warning("%s: %s", status, path)
            logging.getLogger("annat").error("Fel vid http://testserver%s?a=1", path)
        lines = [written(record) for record in caplog.records]
        assert len(lines) > len(STATUSES)
        assert not [line for line in lines if secret in line or secret[-30:] in line], path


def test_a_traceback_holds_no_secret():
    token = tokens.make("x", tokens.new_key())
    try:
        raise ValueError(f"/anslut/{token}/")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Fel", (), info)
    assert token not in written(record) and "ValueError: /anslut/***/" in written(record)


def test_what_is_no_secret_is_left_in_the_log():
    for path in (
        "/organisationer/foraldraforeningen-for-barn-och-ungdom-i-botkyrka/",
        "/dokument/12/protokoll-2026.pdf",
    ):
        record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (path,), None)
        assert written(record).endswith(path)


@pytest.mark.django_db
def test_the_proxys_log_holds_no_secret(tmp_path):
    """A real nginx with the map that is shipped."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if not program:
        pytest.skip("nginx saknas. Kör: make system")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shipped = (ROOT / ".deploy/nginx/http.conf").read_text()
    logged = re.search(r"^map \$request_uri .*?^}\nlog_format [^;]*;", shipped, re.MULTILINE | re.DOTALL)
    assert logged
    (tmp_path / "nginx.conf").write_text(f"""
        daemon off; pid {tmp_path}/pid; error_log stderr crit; worker_processes 1;
        events {{ worker_connections 64; }}
        http {{
            {logged[0]}
            access_log {tmp_path}/access.log portal;
            client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;
            fastcgi_temp_path {tmp_path}/fcgi; uwsgi_temp_path {tmp_path}/uwsgi; scgi_temp_path {tmp_path}/scgi;
            server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}
        }}
    """)
    found = addresses(factories.make_user())
    process = subprocess.Popen([program, "-p", tmp_path, "-c", tmp_path / "nginx.conf"])
    try:
        wait_for(port)
        for path in [*found, *(path.replace(".", "%2E", 1) for path in found), "/organisationer/?q=Anna+Ek", "/sok/"]:
            for address in (path, f"{path}?a=1" if "?" not in path else path):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{address}", timeout=5).close()
    finally:
        process.terminate()
        process.wait(10)
    log = (tmp_path / "access.log").read_text()
    assert log.count("\n") == 2 * (2 * len(found) + 2) and '"GET /sok/"' in log and "Anna" not in log
    leaked = [path for path, secret in found.items() if secret in log or secret[-30:] in log]
    assert not leaked


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx never answered")


# The page itself -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_behind_a_link_is_kept_by_nobody(rf):
    """No search engine, no cache, and no other page is told its address."""
    factories.make_accession("awaiting_signatures")
    for path in addresses(factories.make_user()):
        response = Client().get(path)
        if path.startswith(("/konto/", "/kalender/")):
            continue
        assert response["X-Robots-Tag"] == "noindex", path
        assert "no-store" in response["Cache-Control"], path
        assert response["Referrer-Policy"] == "strict-origin", path


@pytest.mark.django_db
def test_the_same_when_the_link_opens(rf):
    user = factories.make_user()
    User.key = property(lambda self: "k")  # any row with a key will do
    try:
        view = opened_by("x", _Rows(user), lambda *_: HttpResponse(status=404))(
            lambda request, row, token: HttpResponse()
        )
        response = view(rf.get("/"), token=tokens.make("x", "k"))
    finally:
        del User.key
    assert response.status_code == 200 and response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"] and response["Referrer-Policy"] == "strict-origin"


class _Rows:
    model = User

    def __init__(self, row: User) -> None:
        self.row = row

    def get(self, key: str) -> User:
        return self.row
