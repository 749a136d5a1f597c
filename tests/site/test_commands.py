"""The commands that start and keep the portal, and what time does by itself."""

import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from agreement import content
from agreement.models import Accession, Completion, Signature, SigningRound
from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.documents.models import File
from botkyrka_civil.pages import checks, clock
from botkyrka_civil.pages.management.commands import bootstrap, run_portal, worker
from organisations.models import Organisation
from tests import factories
from tests.tools.portal import wait_until_ready
from tests.tools.threads import same

START = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
DAY = timedelta(days=1)


@pytest.fixture
def at():
    """Travel to START; call it with a length of time to go on from there."""
    with time_machine.travel(START, tick=False) as traveller:
        yield lambda after: traveller.move_to(START + after)


def written(kind: str) -> list[str]:
    return list(Letter.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


@pytest.mark.django_db
def test_who_has_not_signed_is_reminded_once_and_in_the_end_the_round_expires(at):
    accession = factories.make_accession("awaiting_signatures")
    anna = accession.open_round.signatures.first()
    anna.sign(typed_name=anna.name, session="a", address="127.0.0.1")
    at(13 * DAY)
    clock.tick()
    assert written("sign_reminder") == []
    at(15 * DAY)
    clock.tick()
    clock.tick()
    assert written("sign_reminder") == ["bo.as@exempel.se"]
    at(settings.SIGNING_PERIOD - 2 * DAY)
    clock.tick()
    assert same(accession).state == "awaiting_signatures"
    at(settings.SIGNING_PERIOD + DAY)
    clock.tick()
    clock.tick()
    assert same(accession).state == accession.rounds.get().outcome == "expired"
    assert written("expired") == [accession.applicant_email]
    assert Event.objects.of(accession).last().actor == "Systemet"


@pytest.mark.django_db
def test_a_leaving_that_is_not_signed_in_time_leaves_the_organisation_where_it_is(at):
    accession = factories.make_accession("joined")
    people = list(accession.joining.signatures.values("name", "role", "email"))
    rule = content.signing_rule(accession.joining.mode, None, 2)
    leaving = content.leaving(accession, rule, people)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    at(settings.SIGNING_PERIOD + DAY)
    clock.tick()
    clock.tick()
    accession = same(accession)
    assert (accession.state, accession.leaving.outcome, accession.open_round) == ("joined", "expired", None)
    assert written("leave_expired") == [accession.applicant_email]
    assert Event.objects.of(accession).filter(verb="expire_leaving").count() == 1
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)


@pytest.mark.django_db
def test_the_applicant_is_reminded_once_of_a_completion_but_not_on_the_day_of_the_question(at):
    accession = factories.make_accession("completion_requested")  # to be answered within ten days
    soon = factories.make_accession("completion_requested")
    Completion.objects.filter(accession=soon).update(due=(START + 2 * DAY).date())
    clock.tick()
    assert written("completion_reminder") == []
    for days in (1, 2):
        at(days * DAY)
        clock.tick()
        assert written("completion_reminder") == [soon.applicant_email]
    at(4 * DAY)
    clock.tick()
    clock.tick()
    assert written("completion_reminder") == [soon.applicant_email, accession.applicant_email]
    accession.answer(by=accession.applicant, text="Här är sidan.")


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_draft_goes_with_all_that_was_in_it(at):
    accession = factories.make_draft()
    accession.attach_evidence(factories.upload("en annan.pdf"))
    paths = [file.stored.name for file in File.objects.all()]
    kept = factories.make_accession("awaiting_signatures")
    at(settings.DRAFT_LIFETIME - DAY)
    clock.dispose()
    assert Accession.objects.count() == 2
    at(settings.DRAFT_LIFETIME + DAY)
    clock.dispose()
    assert Accession.objects.get() == kept
    assert File.objects.get() == kept.evidence
    assert len(paths) == 2 and not any(default_storage.exists(path) for path in paths)
    assert default_storage.exists(kept.evidence.stored.name)
    assert not Letter.objects.filter(to=accession.applicant_email).exists()
    event = Event.objects.of(accession).get()
    assert (event.verb, event.actor, event.actor_email) == ("dispose", "Systemet", "")


@pytest.mark.django_db
def test_a_forgotten_draft_after_an_edit_goes_too_and_a_confirmation_leaves_the_evidence_that_it_borrowed(at):
    accession, officer = factories.make_accession("joined"), Actor.of(factories.make_user())
    edited = factories.make_accession("awaiting_signatures")
    edited.edit(by=edited.applicant)
    version = factories.make_version("2030", in_force=False)
    version.adopt(by=officer)
    version.put_in_force(by=officer)
    same(accession).reaffirm()
    at(settings.DRAFT_LIFETIME + DAY)
    clock.tick()
    assert Accession.objects.get() == accession and default_storage.exists(accession.evidence.stored.name)
    assert not Signature.objects.filter(round__accession=edited.pk).exists()
    assert {signing.accession for signing in SigningRound.objects.all()} == {accession}


@pytest.mark.django_db
def test_one_failure_stops_neither_the_other_rows_nor_the_other_jobs(at, monkeypatch, caplog):
    broken, fine = factories.make_accession("awaiting_signatures"), factories.make_accession("awaiting_signatures")
    draft = factories.make_draft()
    expire = Accession.expire

    def fail_for_one(accession, **kwargs):
        if accession == broken:
            raise ZeroDivisionError
        expire(accession, **kwargs)

    fail_for_one.__name__ = "expire"
    monkeypatch.setattr(Accession, "expire", fail_for_one)
    monkeypatch.setattr(clock.index, "refresh", lambda: 1 / 0)
    at(60 * DAY)
    with caplog.at_level(logging.ERROR):
        clock.tick()
    assert same(fine).state == "expired"
    assert not Accession.objects.filter(pk=draft.pk).exists()
    assert "refresh_search misslyckades" in caplog.text and f"agreement.Accession {broken.pk}" in caplog.text


@pytest.mark.django_db
def test_bootstrap_makes_roles_and_source_data_and_may_run_again():
    group = Group.objects.get(name="Registrator och arkivarie")
    right = set(group.permissions.values_list("codename", flat=True))
    for command in ("bootstrap", "bootstrap", "sync_roles"):
        group.permissions.clear()
        call_command(command)
        assert Group.objects.count() == len(roles.read())
        assert set(group.permissions.values_list("codename", flat=True)) == right != set()
        assert Organisation.objects.count() == 26
    assert not User.objects.exists() and not Accession.objects.filter(made_up=True).exists()


@pytest.mark.django_db
def test_only_demo_mode_starts_with_demo_accounts(settings):
    roles.add_demo_accounts()
    with pytest.raises(CommandError, match="demokonton .*utvecklingsledare@example.org.* Portalen startar inte"):
        call_command("bootstrap")
    assert not Organisation.objects.exists()
    assert [problem.id for problem in checks.no_demo_accounts(databases=["default"])] == ["pages.E001"]
    assert checks.no_demo_accounts() == []  # without a database there is nothing to ask
    settings.DEMO = True
    assert checks.no_demo_accounts(databases=["default"]) == []


def test_static_files_are_collected_again_when_one_has_changed(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "whitenoise.storage.Compressed"}}
    settings.STATIC_ROOT, manifest = tmp_path, tmp_path / "staticfiles.json"
    assert not bootstrap.static_is_collected()
    manifest.touch()
    assert bootstrap.static_is_collected()
    os.utime(manifest, (0, 0))
    assert not bootstrap.static_is_collected()


@pytest.mark.django_db(transaction=True)
def test_the_worker_posts_letters_minds_the_clock_and_stops_when_told(monkeypatch):
    ticks, handlers, rounds = [], {}, []
    close = worker.close_old_connections

    def end_of_round():
        close()
        rounds.append(Letter.objects.waiting().exists())
        if len(rounds) == 3:
            handlers[signal.SIGTERM](signal.SIGTERM, None)

    monkeypatch.setattr(worker, "tick", lambda: ticks.append(1))
    monkeypatch.setattr(worker, "close_old_connections", end_of_round)
    monkeypatch.setattr(worker.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(worker, "PAUSE", 0.01)
    factories.make_draft()
    assert Letter.objects.waiting().exists()
    call_command("worker")
    assert ticks == [1] and rounds == [False] * 3
    assert timezone.now() - cache.get("worker_heartbeat") < timedelta(minutes=1)


@pytest.mark.django_db
def test_the_worker_survives_a_database_that_went_away(monkeypatch, caplog):
    handlers, tries = {}, []

    def post_due(go_on):
        tries.append(1)
        if len(tries) > 2:
            handlers[signal.SIGTERM](signal.SIGTERM, None)
        raise ConnectionError("borta")

    monkeypatch.setattr(worker.letters, "post_due", post_due)
    monkeypatch.setattr(worker.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(worker, "PAUSE", 0)
    call_command("worker")
    assert len(tries) == 3 and caplog.text.count("försöker igen") == 3


def test_a_wrong_or_a_taken_port_is_said_in_a_sentence(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port, says in {
            "abc": "PORT är 'abc', men ska vara ett heltal",
            "0": "minst 1",
            "99999": "högst 65535",
            str(taken.getsockname()[1]): "är upptagen. Välj en annan: PORT=8123 make run",
        }.items():
            monkeypatch.setenv("PORT", port)
            with pytest.raises(CommandError, match=says):
                run_portal.free_port()


def make_older(database: Path) -> None:
    """Take back the migration of the app `pages`, as if it came with this release."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TABLE pages_accessibilityreport")
        connection.execute("DELETE FROM django_migrations WHERE app = 'pages'")


@pytest.mark.parametrize(
    "first_time", [False, pytest.param(True, marks=pytest.mark.complete)], ids=["again", "the first time"]
)
def test_the_whole_portal_starts_tells_where_it_is_and_stops(tmp_path, prepare, first_time):
    """Again: with what an earlier release has left, and another municipality's data, so without made-up cases."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"DEMO": "1", "VAR_DIR": str(tmp_path), "PORT": str(port)}
    if not first_time:
        make_older(prepare(tmp_path) / "db.sqlite3")
        environment |= {"SOURCE_DATA": str(settings.BASE_DIR / "tests/data/exempelby")}
        environment |= {"MUNICIPALITY_NAME": "Exempelby kommun", "MUNICIPALITY_SHORT": "Exempelby"}
        environment |= {"MUNICIPALITY_ORG_NR": "212000-7774"}
    portal = subprocess.Popen(
        [sys.executable, "manage.py", "run_portal"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = []
    try:
        for line in portal.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        said = "".join(lines)
        assert f"http://127.0.0.1:{port}/demo/utkorg/" in said, said
        assert "utvecklingsledare@example.org, lösenord demo-botkyrka" in said
        wait_until_ready(f"http://127.0.0.1:{port}/statusz", portal)  # the worker has looked at its queue
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
    finally:
        portal.send_signal(signal.SIGTERM)
        rest, _ = portal.communicate(timeout=60)
    assert (portal.returncode, rest.splitlines()[-1]) == (0, "Avslutar."), rest
    assert "Traceback" not in said + rest
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM pages_accessibilityreport").fetchone()[0] == 4 * first_time
    assert (tmp_path / "seal/demo-sigill.p12").exists()
    prepare.keep(tmp_path)
