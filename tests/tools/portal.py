"""The portal as `make run` starts it, and people in front of browsers of their own who look hard at each page.

PORTAL=address   one that runs already, with PORTAL_VAR=folder for the tests that reach into its database
SHOTS=folder     keeps pictures of the pages
"""

import atexit
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from botkyrka_civil.lib.swedish import compare
from tests.tools import nu
from tests.tools.web import COMPLETE

from .browser import assert_accessible

WIDTHS = (320, 360, 1280)
SHOTS = os.environ.get("SHOTS")
REPO = Path(__file__).parents[2]
PERSONAL = ", ".join(
    f"main a[href*='/{page}/']"
    for page in ("anslut", "underskrift", "kallelse", "justering", "medlem", "anmalan", "part")
)
# The page's elements without their words: tag, class, attributes, and whether it is empty. Like siblings count once.
SKELETON = """() => {
  const told = ["type", "role", "aria-current", "aria-invalid", "open", "hidden", "lang", "dir"];
  const walk = element => {
    const parts = [...element.children].map(walk).filter((part, n, all) => part !== all[n - 1]);
    const names = [...element.attributes].map(a => told.includes(a.name) ? `${a.name}=${a.value}` : a.name).sort();
    const empty = element.textContent.trim() ? "" : "-";
    return `${element.tagName}${empty}.${element.getAttribute("class") || ""}[${names}](${parts})`;
  };
  return walk(document.documentElement);
}"""
# What WCAG 1.4.12 says that a reader may set.
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""
# How far the page has moved by itself (Cumulative Layout Shift, web.dev/cls).
SHIFT = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => resolve(sum)));
})"""
MOST_SHIFT = 0.02
REFUSED = re.compile("status of (409|422)")  # a refused form, or one that met somebody else's, says so with its status


@dataclass(frozen=True)
class Portal:
    url: str
    var: Path


@cache
def first_start() -> tuple[dict[str, str], Path]:
    """The settings of a portal in demo mode, and a folder as its first start leaves it.

    It is made once in each process; every portal that the process starts gets a copy, at the same address, since the
    letters in it hold that address.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="botkyrka-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {"PATH": os.environ["PATH"], "DEMO": "1", "PORT": f"{port}"}
    variables = environment | {"VAR_DIR": f"{folder}", "BASE_URL": f"http://127.0.0.1:{port}"}
    subprocess.run([sys.executable, REPO / "manage.py", "bootstrap"], env=variables, cwd=REPO, check=True)
    return environment, folder


@contextmanager
def running_portal() -> Iterator[Portal]:
    """The portal as `make run` starts it, with the demo's rows in a folder of its own."""
    if running := os.environ.get("PORTAL"):
        yield Portal(running, Path(os.environ.get("PORTAL_VAR", "var")))
        return
    environment, prepared = first_start()
    url = f"http://127.0.0.1:{environment['PORT']}"
    with tempfile.TemporaryDirectory(prefix="botkyrka-browser-") as var:
        shutil.copytree(prepared, var, dirs_exist_ok=True)
        command = [sys.executable, REPO / "manage.py", "run_portal"]
        process = subprocess.Popen(command, env=environment | {"VAR_DIR": var}, cwd=REPO)
        try:
            wait_until_ready(f"{url}/statusz", process)
            yield Portal(url, Path(var))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def wait_until_ready(url: str, process: subprocess.Popen) -> None:
    for _ in range(1200):  # ten minutes: the machine may be busy
        assert process.poll() is None, "the portal ended before it was ready"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"{url} never said that the portal is ready")


_seen: set[str] = set()


def is_new(skeleton: str) -> bool:
    """Whether this is the first time in this run. axe and Nu judge each kind of page once; the complete walk, all."""
    if COMPLETE or skeleton not in _seen:
        _seen.add(skeleton)
        return True
    return False


class Visitor:
    """Somebody in front of a browser of their own, who looks hard at each page."""

    def __init__(self, chromium, portal: str, pages: dict[str, str], *, width: int, scripts: bool) -> None:
        self.pages = pages
        self.portal, self.scripts, self.width = portal, scripts, width
        self.context = chromium.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, base_url=portal, locale="sv-SE"
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.hear(message.type, message.text))
        self.page.on("request", lambda request: self.watch(request.url))

    def hear(self, kind: str, text: str) -> None:
        if kind == "error" and not REFUSED.search(text):
            self.complaints.append(text)

    def watch(self, url: str) -> None:
        if not url.startswith((self.portal, "data:")):
            self.complaints.append(f"asked {url}, which is somebody else's")

    def look(self, name: str) -> None:
        """Judge the page as it stands once it is there."""
        self.page.wait_for_load_state()
        title = self.page.title()
        assert title, self.page.url
        skeleton = self.page.evaluate(SKELETON)
        if is_new(skeleton):
            self.pages[name] = self.page.content().removeprefix("<!DOCTYPE html>")
        assert self.page.locator("h1").count() == 1, f"{name}: one h1"
        if self.scripts:
            self.see_that_it_fits(name)
            if is_new(f"{self.width} {skeleton}"):
                self.see_that_it_stands_still()
                assert_accessible(self.page)
        if SHOTS:
            Path(SHOTS).mkdir(exist_ok=True)
            self.page.screenshot(
                path=f"{SHOTS}/{name}-{self.width}{'' if self.scripts else '-nojs'}.png", full_page=True
            )

    def see_that_it_fits(self, name: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, f"{name} is {wide} pixels wide on a screen of {self.width}"

    def see_that_it_stands_still(self) -> None:
        shift = self.page.evaluate(SHIFT)
        assert shift < MOST_SHIFT, f"{self.page.url} moves by {shift:.3f} while it loads"

    def add_style(self, css: str) -> None:
        """The reader's own style sheet. By the page's API: a <style> would be refused by the CSP."""
        self.page.evaluate(
            """css => {
              const sheet = new CSSStyleSheet();
              sheet.replaceSync(css);
              document.adoptedStyleSheets = [sheet];
            }""",
            css,
        )

    def set_width(self, width: int) -> None:
        self.width = width
        self.page.set_viewport_size({"width": width, "height": 800})

    def go(self, path: str, name: str) -> None:
        self.page.goto(path)
        self.look(name)

    def press(self, label: str | re.Pattern[str], name: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).first.click()
        self.look(name)

    def follow(self, label: str, name: str) -> None:
        self.page.get_by_role("link", name=label).first.click()
        self.look(name)

    def open_letter(self, to: str, subject: str) -> None:
        """Find the newest letter to somebody in the demo outbox, and follow its personal link."""
        self.page.goto(f"/demo/utkorg/?till={to}")
        self.page.get_by_role("link", name=re.compile(subject)).first.click()
        self.page.wait_for_load_state()
        self.page.locator(PERSONAL).first.click()
        self.page.wait_for_load_state()

    def sign_in(self, email: str, *, at: str = "/admin/") -> None:
        self.page.goto(at)
        self.page.get_by_label("E-post").fill(email)
        self.page.get_by_label("Lösenord").fill("demo-botkyrka")
        self.page.get_by_role("button", name="Logga in", exact=True).click()
        self.page.wait_for_load_state()

    def leave(self) -> None:
        self.context.close()
        assert not self.complaints, self.complaints


class Person(Visitor):
    """Somebody in a story, who looks at each page on the screens of others too."""

    def look(self, name: str) -> None:
        super().look(name)
        if self.scripts:
            usual = self.width
            for width in sorted({*WIDTHS} - {usual}, reverse=True):
                self.set_width(width)
                self.see_that_it_fits(name)
            self.set_width(min(WIDTHS))
            self.add_style(SPACING)
            self.see_that_it_fits(f"{name}, with the text spaced,")
            self.add_style("")
            self.set_width(usual)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name='{name}']").fill(value)

    def send(self, label: str | re.Pattern[str], name: str) -> None:
        """Press a button that leads on. What is written in the minutes is kept from the page first."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label, exact=True).first.click()
        self.look(name)

    def fetch(self, address: str) -> bytes:
        answer = self.context.request.get(address)
        assert answer.ok, f"{address}: {answer.status}"
        return answer.body()

    def status(self, address: str) -> int:
        return self.context.request.get(address).status

    def file(self, title: str | re.Pattern[str]) -> bytes:
        """What the link leads to."""
        return self.fetch(self.page.get_by_role("link", name=title).first.get_attribute("href") or "")


def run_sql(portal: Portal, statement: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(portal.var / "db.sqlite3", timeout=30)) as database, database:
        database.create_collation("swedish", compare)
        database.execute("PRAGMA foreign_keys = ON")
        return database.execute(statement, values).fetchall()


def links(page: Page, selector: str) -> list[str]:
    """The addresses of the links there, each once."""
    return list(dict.fromkeys(link.get_attribute("href") for link in page.locator(selector).all()))


def assert_valid(pages: dict[str, str], folder: Path) -> None:
    """The Nu validator reads every kind of page that was seen for the first time."""
    if not pages:
        return
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(f"<!doctype html>{html}", encoding="utf-8")
    errors = nu.validate(sorted(folder.iterdir()))
    assert not errors, "\n".join(errors)
