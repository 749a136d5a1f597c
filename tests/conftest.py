"""What every test stands on: the settings, the database, the PDFs, and that nothing is skipped unseen.

Django reads its settings here (pyproject.toml names none, for then they would be read before this file), so
the environment set below is what every test sees.
TEST_DB=postgres  the tests that a database can change, on a PostgreSQL of their own, thrown away afterwards
TEST_ALL=1        also what is marked `complete`: the whole walk, before a release
REQUIRE_ALL=1     a skipped test is a failed one (CI)
"""

import atexit
import gc
import os
import shutil
import tempfile

import django
import hypothesis
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
    "SEAL_TSA_URL",
    "SEAL_TRUST",
]

POSTGRES = os.environ.get("TEST_DB") == "postgres"
TEST_ALL = os.environ.get("TEST_ALL") == "1"
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

# Examples take as long as the machine has other work: a time is never an assertion.
hypothesis.settings.register_profile("portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("portal")

if WORKER == "main":  # the workers inherit what the first process has set
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    scratch = tempfile.mkdtemp(prefix="botkyrka-test-", dir=memory)
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.mkdir(f"{scratch}/static")
    for name in [*SETTINGS, *(n for n in os.environ if n.startswith(("MUNICIPALITY_", "PLATFORM_")))]:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "botkyrka_civil.settings", "VAR_DIR": scratch}
    if POSTGRES:
        cluster = postgres.Cluster(tempfile.mkdtemp(prefix="pg-", dir=memory))
        os.environ["DATABASE_URL"] = cluster.url
    django.setup()
    from tests.tools import schema

    if POSTGRES:
        atexit.register(shutil.rmtree, cluster.folder, ignore_errors=True)
        schema.start_postgres(cluster)
        atexit.register(cluster.stop, "immediate")
    else:
        schema.prepare_sqlite()

from django.db import connection, transaction  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from tests.tools import quick_pdf, schema  # noqa: E402

quick_pdf.install()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """pytest-django's fixture of this name migrates; the same database is copied here."""
    with django_db_blocker.unblock():
        (schema.load_postgres if POSTGRES else schema.load_sqlite)(WORKER)


@pytest.fixture(scope="module")
def module_rows(django_db_setup, django_db_blocker):
    """A transaction around a whole module: what its fixtures plant in it once is there for each of its tests.

    Each test still has a transaction of its own within this one, and leaves the rows as they were. Objects are shared:
    a test that needs to change one reads it again from the database.
    """
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "close", lambda: None)  # done after each test, and would end the transaction
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


STAY = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


@pytest.fixture(scope="session", autouse=POSTGRES)
def only_rows_are_deleted():
    """After a test with transactions of its own. Django's way also makes every permission anew, which takes as long as
    the test."""

    def empty(case):
        tables = set(connection.introspection.table_names()) - STAY
        deletes = ";".join(f'DELETE FROM "{table}"' for table in sorted(tables))  # noqa: S608
        with connection.cursor() as cursor:  # the role of a replica runs no triggers, those of foreign keys included
            cursor.execute(f"SET session_replication_role = replica; {deletes}; RESET session_replication_role")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture
def real_pdfs(monkeypatch):
    """Papers are made as in production (WeasyPrint) in this test. Whatever is marked `pdf` has this by itself."""
    from botkyrka_civil.documents import pdf

    for name, function in quick_pdf.REAL.items():
        monkeypatch.setattr(pdf, name, function)


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


def pytest_xdist_auto_num_workers(config):
    """One file is done before a second process has started."""
    named = [argument for argument in config.args if ".py" in argument]
    return 0 if len(named) == 1 else None


def pytest_collection_modifyitems(config, items):
    """What only the other database can show, or only the complete walk, is not a skip: it has no place in this run."""
    others = {"sqlite"} if POSTGRES else {"postgres"}
    if not TEST_ALL:
        others |= {"complete", "crawl"} if POSTGRES else {"complete"}
    elsewhere = [item for item in items if any(item.get_closest_marker(other) for other in others)]
    if POSTGRES and not TEST_ALL:
        elsewhere += [item for item in items if not asks_the_database(item) and item not in elsewhere]
    config.hook.pytest_deselected(items=elsewhere)
    left_out = set(elsewhere)
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("pdf") and "real_pdfs" not in item.fixturenames:
            item.fixturenames.insert(0, "real_pdfs")


def asks_the_database(item):
    return item.get_closest_marker("django_db") or "db" in item.fixturenames


def pytest_collection_finish():
    """What stands now stands to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


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
