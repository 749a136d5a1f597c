"""What the browser itself says: whom it asked, what it keeps, and what it refused to do, on every public page.

The pages are found by themselves: every address without a placeholder, and what they link to, a few of each pattern.
"""

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.tools import browser as tools
from tests.tools.portal import Visitor, running_portal
from tests.tools.web import COOKIES as OURS
from tests.tools.web import complete_addresses as addresses

pytestmark = pytest.mark.browser

OF_EACH = 2  # pages of one pattern, such as organisations
ELSEWHERE = re.compile(r"^/(konto|admin|demo|motesrum|plattformen/styrelserum|static|readyz|statusz|healthz)\b")
FILE = re.compile(r"\.(pdf|csv|json|ics|xml|txt|zip|pem)$|^/(datasets|dokument/\d|\.well-known)")
KEPT = """async () => [
  localStorage.length, sessionStorage.length, document.cookie.length,
  (await indexedDB.databases()).length, (await caches.keys()).length,
  (await navigator.serviceWorker.getRegistrations()).length,
]"""
REFUSED = "addEventListener('securitypolicyviolation', e => (window.refused ||= []).push(e.violatedDirective))"


@pytest.fixture(scope="module")
def portal():
    with running_portal() as started:
        yield started.url


@pytest.fixture(scope="module")
def chromium():
    with tools.chromium() as browser:
        yield browser


def pattern(path: str) -> str:
    try:
        return resolve(path).route
    except Resolver404:
        return path


def test_no_public_page_asks_anybody_else_or_keeps_anything(chromium, portal):
    reader = Visitor(chromium, portal, {}, width=1280, scripts=True)
    reader.context.add_init_script(REFUSED)
    answers: list = []
    reader.page.on("response", lambda answer: answers.append(answer))
    waiting, seen, kinds = addresses(), set(), Counter()
    while waiting:
        path = urlsplit(waiting.pop(0)).path
        if path in seen or ELSEWHERE.match(path) or FILE.search(path) or kinds[pattern(path)] == OF_EACH:
            continue
        seen.add(path)
        kinds[pattern(path)] += 1
        reader.page.goto(path, wait_until="networkidle")
        look(reader, path, answers)
        links = reader.page.locator("a[href^='/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        waiting += links
        answers.clear()
    assert len(seen) > 40
    assert {"/", "/organisationer/", "/radet/", "/iop/", "/dokument/", "/personuppgifter/"} <= seen
    reader.leave()  # what it complained of: errors, and addresses of others


def look(reader: Visitor, path: str, answers: list) -> None:
    has_form = reader.page.locator("input[name=csrfmiddlewaretoken]").count() > 0
    cookies = {cookie["name"] for cookie in reader.context.cookies()}
    assert cookies == ({"csrftoken"} if has_form else set()), path
    assert cookies <= OURS
    for answer in answers:
        assert answer.status < 400, (path, answer.url, answer.status)
        assert answer.url.startswith((f"{reader.portal}/", "data:")), (path, answer.url)
        assert has_form or "set-cookie" not in answer.all_headers(), (path, answer.url)
    assert reader.page.evaluate("window.refused || []") == [], path
    assert reader.page.evaluate(KEPT) == [0] * 6, path
    reader.context.clear_cookies()
