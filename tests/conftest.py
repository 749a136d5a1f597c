"""The ground of the suite: its settings, its PostgreSQL, and that nothing is skipped unseen.

Django reads its settings here (pyproject.toml names none, for then they would be read before this file), so
the environment set below is what every test sees.
TEST_DB=postgres  the same suite on a PostgreSQL of its own, thrown away afterwards
REQUIRE_ALL=1     a skipped test is a failed one (CI)
"""

import atexit
import os
import shutil
import tempfile

import django
import pytest

from tests.tools import postgres

# what may stand in a developer's shell and would lead the tests astray
SETTINGS = [
    "DEMO",
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "BASE_URL",
    "DATABASE_URL",
    "DATABASE_PASSWORD",
    "MEDIA_ROOT",
    "MEDIA_ACCEL",
    "MAIL_URL",
    "SOURCE_DATA",
    "OIDC_URL",
    "TRUSTED_PROXIES",
    "SSL_REDIRECT",
    "SEAL_KEY",
    "SEAL_PASSWORD",
    "SEAL_PKCS11_MODULE",
    "SEAL_PKCS11_TOKEN",
    "SEAL_PKCS11_KEY",
    "SEAL_PKCS11_PIN",
    "SEAL_TSA_URL",
    "SEAL_TRUST",
]

POSTGRES = os.environ.get("TEST_DB") == "postgres"
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"

if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit what the first process has set
    scratch = tempfile.mkdtemp(prefix="botkyrka-test-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.mkdir(f"{scratch}/static")
    for name in SETTINGS:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "botkyrka_civil.settings", "VAR_DIR": scratch}
    if POSTGRES:
        os.environ["DATABASE_URL"] = postgres.start()
    django.setup()


if not POSTGRES:

    @pytest.fixture(scope="session")
    def django_db_modify_db_settings_xdist_suffix():
        """Each worker's SQLite lies in the memory of that worker, and so needs no name of its own."""


# The browser is imported when it is needed: the rest of the suite runs without it.


@pytest.fixture(scope="module")
def portal():
    """As `make run` starts it, with a database of its own for each module."""
    from tests.tools.portal import running_portal

    with running_portal() as started:
        yield started


@pytest.fixture(scope="module")
def chromium():
    from tests.tools import browser

    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def seal_key(tmp_path_factory):
    """A key as in demo mode, made once: it takes a second."""
    from botkyrka_civil.documents import seal_keys
    from botkyrka_civil.lib.env import Seal

    seal = Seal(key=str(tmp_path_factory.mktemp("seal") / "demo-sigill.p12"), password="hemligt")
    seal_keys.make_demo_key(seal, "Provköpings kommun")
    return seal


@pytest.fixture
def sealing(seal_key, settings):
    """Final papers are sealed in this test."""
    settings.SEAL = seal_key
    return seal_key


def pytest_collection_modifyitems(config, items):
    """What only the other database can show is not a skip: it has no place in this run."""
    others = ("sqlite", "crawl") if POSTGRES else ("postgres",)
    elsewhere = [item for item in items if any(item.get_closest_marker(other) for other in others)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


def failed_if_skipped(report):
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which REQUIRE_ALL=1 forbids: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    return failed_if_skipped((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report():
    return failed_if_skipped((yield))
