"""Chromium, driven by Playwright, and axe's verdict in words."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [  # no sandbox as root, and no calls home
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"phone": 360, "desktop": 1280}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium: `with chromium() as browser: page = browser.new_page(...)`.

    Playwright keeps an event loop in this thread, which Django takes for an async view; the tests' own
    use of the database here is as synchronous as ever, so Django is told to allow it meanwhile.
    """
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        pytest.skip("Chromium saknas. Kör: make test-browser")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=60_000)  # milliseconds: the machine may be busy, and a time is never an assertion
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def axe_failures(page: Page, *rules: str) -> list[str]:
    """What axe holds against the page: the rule, why, and each element with the way to mend it. `rules`: only those."""
    violations = Axe().run(page, options={"runOnly": rules} if rules else None).response["violations"]
    return [
        f"{page.url} {found['id']} ({found['impact']}): {found['help']}\n"
        + "\n".join(f"    {node['html']}\n    {node['failureSummary']}" for node in found["nodes"])
        for found in violations
    ]


def assert_accessible(page: Page, *rules: str) -> None:
    failures = axe_failures(page, *rules)
    assert not failures, "\n".join(failures)
