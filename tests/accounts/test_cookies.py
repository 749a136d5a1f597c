"""No cookie for whoever only reads; for those who sign in one for the session and one against forgery. No other store.

The pages are found by themselves: every address without a placeholder, and whatever they link to.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from agreement.data.load import load_source_data
from botkyrka_civil.documents.models import Document
from council.data.load import load_bodies
from organisations.models import MunicipalUnit
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.web import routes, shut

FORM = b"csrfmiddlewaretoken"
OURS = {"sessionid", "csrftoken"}
LINK = re.compile(r'\b(?:href|action)="(/[^"#]*)')


def addresses() -> list[str]:
    """Every address of the project that stands complete in its pattern."""
    return [f"/{route}" for route in routes() if not re.search(r"[<(^$]", route)]


def answers(client: Client, start: list[str]) -> Iterator[tuple[str, object, bytes]]:
    """Each address and all that can be reached by links from there, each path once."""
    waiting, seen = list(start), set()
    while waiting:
        url = waiting.pop()
        path = url.partition("?")[0]
        if path in seen or path.startswith(("/static/", "/konto/logout")):
            continue
        seen.add(path)
        response = client.get(url)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        shut(response)
        if "text/html" in response.get("Content-Type", ""):
            waiting += [urljoin(path, unescape(link)) for link in LINK.findall(body.decode())]
        yield path, response, body


@pytest.fixture
def source(db):
    load_source_data()


@pytest.fixture
def portal(db, monkeypatch):
    """Our own source data, and something more that everyone may read."""
    monkeypatch.setattr("agreement.pdf.blank_form", lambda version: b"%PDF-1.7")
    monkeypatch.setattr("botkyrka_civil.pages.report_views._rendered", lambda *args: b"%PDF-1.7")
    monkeypatch.setattr("iop.memo.render", lambda *args, **kwargs: b"%PDF-1.7")
    load_source_data()
    load_bodies()
    council.make_organisation_joined("Nya föreningen")
    council.make_meeting(state="published")
    iop.make_partnership("active")
    words = {"title": "Stadgar", "category": "other", "audience": "public", "owner": "municipality"}
    Document.add(by=council.BY, upload=factories.upload("stadgar.pdf"), **words)


# Anonymous -----------------------------------------------------------------------------------------------------------


def test_whoever_only_reads_gets_no_cookie(portal):
    """A page with a form to send gets the token against forgery; nothing else gets anything."""
    seen, client = {}, Client()
    for path, response, body in answers(client, addresses()):
        seen[path] = response.status_code
        cookies = {*response.cookies}
        assert cookies <= OURS, path
        if not path.startswith("/konto/"):
            assert cookies == ({"csrftoken"} if FORM in body else set()), path
        client.cookies.clear()
    assert sum(status == 200 for status in seen.values()) > 80
    for path in ("/organisationer/nya-foreningen/", "/overenskommelsen/principer/dialog/", "/overenskommelsen/2009/"):
        assert seen[path] == 200, path


READ_OR_REPORT = [
    "/",
    "/kontakt/",
    "/sok/",
    "/sok/?q=dialog",
    "/verifiera/",
    "/tillganglighet/rapportera/",
    "/oppna-data/",
]


@pytest.mark.parametrize("path", READ_OR_REPORT)
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
def test_neither_what_is_read_nor_what_is_only_reported_sets_one(source, path, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert not response.cookies and "Set-Cookie" not in response.headers
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/finns-inte/", 404),
        ("/organisationer/finns-inte/", 404),
        ("/anslut/fel-lank/", 404),
        ("/organisationer", 301),
        ("/verifiera/AAAA-BBBB-CCCC/", 404),
        ("/organisationer/?datum=igår", 400),
        ("/admin/", 302),
        ("/konto/", 302),
    ],
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_errors_and_redirects_set_none(source, path, status, method):
    response = getattr(Client(), method)(path)
    assert response.status_code == status
    assert not response.cookies


@pytest.mark.parametrize("path", ["/anslut/borja/", "/konto/login/", "/plattformen/bli-medlem/", "/iop/foresla/borja/"])
def test_a_form_that_was_refused_for_forgery_sets_none(source, path):
    response = Client(enforce_csrf_checks=True).post(path, {"namn": "x"})
    assert response.status_code == 403 and not response.cookies


def test_a_crash_sets_none(source, monkeypatch):
    monkeypatch.setattr("botkyrka_civil.pages.views.words", lambda: 1 / 0)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500 and not response.cookies


# Signed in -----------------------------------------------------------------------------------------------------------


def sign_in(user) -> Client:
    user.set_password("ett långt lösenord")
    user.save()
    client = Client()
    client.post("/konto/login/", {"login": user.email, "password": "ett långt lösenord"})
    assert client.session.get("_auth_user_id") == str(user.pk)
    return client


@pytest.mark.parametrize("role", ["utvecklingsledare", "sekreterare"])
def test_whoever_signs_in_has_a_session_and_a_token_and_no_third(portal, settings, role):
    settings.DEMO = True  # without the second factor
    client = sign_in(factories.make_user(role))
    start = [*addresses(), "/admin/"]
    for _path, response, _body in answers(client, start[:40] + ["/admin/", "/motesrum/", "/konto/"]):
        assert {*response.cookies} <= OURS
    assert {*client.cookies} <= OURS


def test_a_message_is_kept_in_the_session_and_shown_once(source, settings):
    """Django's own place for messages would be a third cookie."""
    settings.DEMO = True
    client = sign_in(factories.make_user("administrator"))
    unit = MunicipalUnit.objects.first()
    response = client.post(f"/admin/organisations/municipalunit/{unit.pk}/change/", {"name": "Ny förvaltning"})
    assert response.status_code == 302 and {*response.cookies} <= OURS
    assert "Ny förvaltning" in client.get("/admin/organisations/municipalunit/").content.decode()
    assert {*client.cookies} <= OURS


def test_whoever_signs_out_keeps_no_session(source):
    client = sign_in(factories.make_user("registrator"))
    response = client.post("/konto/logout/", follow=True)
    assert response.status_code == 200
    left = {name for name, cookie in client.cookies.items() if cookie.value}
    assert left <= {"csrftoken"}
    assert not Session.objects.exists()


def test_no_script_reads_them_and_no_other_site_sends_them(source):
    client = sign_in(factories.make_user("registrator"))
    client.get("/konto/login/code/")
    for name in OURS:
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]
    assert client.cookies["sessionid"]["max-age"] == ""  # it ends with the browser


@pytest.mark.parametrize(
    ("address", "secure"), [("https://civil.exempel.se", True), ("http://civil.exempel.se", False)]
)
def test_they_travel_encrypted_where_the_portal_does(address, secure):
    code = "from botkyrka_civil import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    environment = {"PATH": os.environ["PATH"], "DEMO": "1", "ALLOWED_HOSTS": "civil.exempel.se", "BASE_URL": address}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(secure)] * 2


# Other places to keep things in the browser --------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "static/js").glob("*.js")), ids=lambda path: path.name)
def test_no_script_of_ours_keeps_anything_in_the_browser(path: Path):
    assert not re.search(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker", path.read_text()
    )


def test_the_page_on_personal_data_tells_of_both(source):
    """What it says of cookies is what the tests above have seen."""
    text = Client().get("/personuppgifter/").content.decode()
    assert "kak" in text.lower()
