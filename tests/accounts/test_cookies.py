"""No cookie for whoever only reads; for those who sign in one for the session and one against forgery. No other store.

The pages are found by themselves: every address without a placeholder, and whatever they link to.
"""

import re
import runpy
from collections.abc import Iterator
from functools import cache
from html import unescape
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import Http404
from django.test import Client
from django.urls import resolve

from agreement.data.load import load_source_data
from botkyrka_civil.documents.models import Document
from council.data.load import load_bodies
from organisations.models import MunicipalUnit
from tests import factories
from tests.factories import council, iop
from tests.tools.web import COOKIES, complete_addresses, get

pytestmark = pytest.mark.django_db
FORM = b"csrfmiddlewaretoken"
LINK = re.compile(r'\b(?:href|action)="(/[^"#]*)')


@cache
def told() -> dict[str, str]:
    """What the page on personal data says of each cookie: its name and how long it stays (LEK 9 kap. 28 §)."""
    html = Client().get("/personuppgifter/").content.decode()
    rows = re.findall(r'<tr><th scope="row">(\w+)</th><td>.*?</td><td>(.*?)</td></tr>', html)
    return dict(rows)


def assert_told(response) -> None:
    """Each cookie that is set stands on the page, and goes when the page says that it does."""
    for name, cookie in response.cookies.items():
        assert "stänger webbläsaren" in told()[name]
        assert cookie["max-age"] in ("", 0) and (cookie["max-age"] == 0 or not cookie["expires"]), name


def answers(client: Client, start: list[str], *, sample: bool = False) -> Iterator[tuple[str, object, bytes]]:
    """Each address and all that can be reached by links from there, each path once; of a sample each pattern once."""
    waiting, seen = list(start), set()
    while waiting:
        url = waiting.pop()
        path = url.partition("?")[0]
        if path.startswith(("/static/", "/konto/logout")):
            continue
        try:
            known = resolve(path).route if sample else path
        except Http404:
            known = path
        if known in seen:
            continue
        seen.add(known)
        response = get(client, url)
        assert_told(response)
        if "text/html" in response.get("Content-Type", ""):
            waiting += [urljoin(path, unescape(link)) for link in LINK.findall(response.body.decode())]
        yield path, response, response.body


@pytest.fixture(scope="module", autouse=True)
def source(module_rows):
    """Our own source data, and something more that everyone may read."""
    load_source_data()
    load_bodies()
    council.make_organisation_joined("Nya föreningen")
    council.make_meeting(state="published")
    iop.make_partnership("active")
    words = {"title": "Stadgar", "category": "other", "audience": "public", "owner": "municipality"}
    Document.add(by=council.BY, upload=factories.upload("stadgar.pdf"), **words)


# Anonymous -----------------------------------------------------------------------------------------------------------


def test_whoever_only_reads_gets_no_cookie():
    """A page with a form to send gets the token against forgery; nothing else gets anything."""
    seen, client = {}, Client()
    for path, response, body in answers(client, complete_addresses()):
        seen[path] = response.status_code
        cookies = {*response.cookies}
        assert cookies <= COOKIES, path
        if not path.startswith("/konto/"):
            assert cookies == ({"csrftoken"} if FORM in body else set()), path
        client.cookies.clear()
    assert sum(status == 200 for status in seen.values()) > 80
    for path in ("/organisationer/nya-foreningen/", "/overenskommelsen/principer/dialog/", "/overenskommelsen/2009/"):
        assert seen[path] == 200, path


READ_OR_REPORT = ["/", "/kontakt/", "/sok/", "/sok/?q=dialog", "/verifiera/", "/tillganglighet/rapportera/"]
READ_OR_REPORT += ["/oppna-data/"]
NOT_FOUND_OR_ELSEWHERE = {
    "/finns-inte/": 404,
    "/organisationer/finns-inte/": 404,
    "/anslut/fel-lank/": 404,
    "/organisationer": 301,
    "/verifiera/AAAA-BBBB-CCCC/": 404,
    "/organisationer/?datum=igår": 400,
    "/admin/": 302,
    "/konto/": 302,
}


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
def test_neither_what_is_read_or_only_reported_nor_errors_and_redirects_set_one(method):
    for path in READ_OR_REPORT:
        response = getattr(Client(enforce_csrf_checks=True), method)(path)
        assert not response.cookies and "Set-Cookie" not in response.headers, path
        assert "Cookie" not in response.get("Vary", ""), path
    if method in ("get", "head"):
        for path, status in NOT_FOUND_OR_ELSEWHERE.items():
            response = getattr(Client(), method)(path)
            assert response.status_code == status and not response.cookies, path


def test_a_form_that_was_refused_for_forgery_and_a_crash_set_none(monkeypatch):
    for path in ("/anslut/borja/", "/konto/login/", "/plattformen/bli-medlem/", "/iop/foresla/borja/"):
        response = Client(enforce_csrf_checks=True).post(path, {"namn": "x"})
        assert response.status_code == 403 and not response.cookies, path
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
def test_whoever_signs_in_has_a_session_and_a_token_and_no_third(settings, role):
    """On a page of each kind that is reached by links."""
    settings.DEMO = True  # without the second factor
    client = sign_in(factories.make_user(role, second_factor=False))
    start = [*complete_addresses(), "/admin/", "/motesrum/", "/konto/"]
    seen = 0
    for path, response, _body in answers(client, start, sample=True):
        assert {*response.cookies} <= COOKIES, path
        seen += response.status_code == 200
    assert {*client.cookies} <= COOKIES
    assert seen > 60


def test_a_message_is_kept_in_the_session_and_shown_once(settings):
    """Django's own place for messages would be a third cookie."""
    settings.DEMO = True
    client = sign_in(factories.make_user("administrator", second_factor=False))
    unit = MunicipalUnit.objects.first()
    response = client.post(f"/admin/organisations/municipalunit/{unit.pk}/change/", {"name": "Ny förvaltning"})
    assert response.status_code == 302 and {*response.cookies} <= COOKIES
    assert "Ny förvaltning" in client.get("/admin/organisations/municipalunit/").content.decode()
    assert {*client.cookies} <= COOKIES


def test_whoever_signs_out_keeps_no_session():
    client = sign_in(factories.make_user("registrator", second_factor=False))
    response = client.post("/konto/logout/", follow=True)
    assert response.status_code == 200
    left = {name for name, cookie in client.cookies.items() if cookie.value}
    assert left <= {"csrftoken"}
    assert not Session.objects.exists()


def test_no_script_reads_them_and_no_other_site_sends_them():
    client = sign_in(factories.make_user("registrator", second_factor=False))
    client.get("/konto/login/code/")
    for name in COOKIES:
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]
    assert client.cookies["sessionid"]["max-age"] == ""  # it ends with the browser


def test_they_travel_encrypted_where_the_portal_does(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "civil.exempel.se")
    for address, secure in (("https://civil.exempel.se", True), ("http://civil.exempel.se", False)):
        monkeypatch.setenv("BASE_URL", address)
        read = runpy.run_path(str(settings.BASE_DIR / "botkyrka_civil/settings.py"))
        assert read["SESSION_COOKIE_SECURE"] is read["CSRF_COOKIE_SECURE"] is secure
        names = [read.get(f"{kind}_COOKIE_NAME", "") for kind in ("SESSION", "CSRF")]
        assert all(name.startswith("__Host-") for name in names) if secure else not any(names)
        assert not {"SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "CSRF_COOKIE_PATH"} & {*read}


# Other places to keep things in the browser --------------------------------------------------------------------------


def test_no_script_of_ours_keeps_anything_in_the_browser():
    scripts = sorted((settings.BASE_DIR / "static/js").glob("*.js"))
    places = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker")
    assert scripts and not [path for path in scripts if places.search(path.read_text())]


def test_the_page_on_personal_data_tells_of_each_and_how_long_it_stays(settings):
    """What it says of cookies is what the tests above have seen."""
    assert told().keys() == COOKIES == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert settings.CSRF_COOKIE_AGE is None and settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    hours = int(settings.SESSION_COOKIE_AGE / 3600)
    assert hours == 8 and "efter åtta timmar" in told()[settings.SESSION_COOKIE_NAME]
