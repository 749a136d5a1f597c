"""The commands that start and keep the portal, and what time does by itself."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime, timedelta
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

START = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
DAY = timedelta(days=1)


@pytest.fixture
def at():
    """Travel to START; call it with a length of time to go on from there."""
    with time_machine.travel(START, tick=False) as traveller:
        yield lambda after: traveller.move_to(START + after)


def written(kind: str) -> list[str]:
    return list(Letter.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


# The clock -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_signatories_who_have_not_answered_are_reminded_once(at):
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


@pytest.mark.django_db
def test_what_is_not_signed_in_time_expires_and_the_applicant_is_told_once(at):
    accession = factories.make_accession("awaiting_signatures")
    at(settings.SIGNING_PERIOD - 2 * DAY)
    clock.tick()
    accession.refresh_from_db()
    assert accession.state == "awaiting_signatures"
    at(settings.SIGNING_PERIOD + DAY)
    clock.tick()
    clock.tick()
    accession.refresh_from_db()
    assert accession.state == "expired"
    assert accession.rounds.get().outcome == "expired"
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
    accession.refresh_from_db()
    assert (accession.state, accession.leaving.outcome, accession.open_round) == ("joined", "expired", None)
    assert written("leave_expired") == [accession.applicant_email]
    assert Event.objects.of(accession).filter(verb="expire_leaving").count() == 1
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)


@pytest.mark.django_db
def test_the_applicant_is_reminded_once_of_a_completion(at):
    accession = factories.make_accession("completion_requested")  # to be answered within ten days
    clock.tick()
    at(2 * DAY)
    clock.tick()
    assert written("completion_reminder") == []
    at(4 * DAY)
    clock.tick()
    clock.tick()
    assert written("completion_reminder") == [accession.applicant_email]
    accession.answer(by=accession.applicant, text="Här är sidan.")


@pytest.mark.django_db
def test_a_completion_that_is_due_soon_is_not_reminded_of_on_the_same_day(at):
    factories.make_accession("completion_requested")
    Completion.objects.update(due=(START + 2 * DAY).date())
    clock.tick()
    assert written("completion_reminder") == []
    at(DAY)
    clock.tick()
    assert len(written("completion_reminder")) == 1


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
def test_a_forgotten_draft_after_an_edit_goes_too(at):
    accession = factories.make_accession("awaiting_signatures")
    accession.edit(by=accession.applicant)
    at(settings.DRAFT_LIFETIME + DAY)
    clock.tick()
    assert not Accession.objects.exists() and not Signature.objects.exists() and not SigningRound.objects.exists()


@pytest.mark.django_db
def test_a_forgotten_confirmation_leaves_the_evidence_that_it_borrowed(at):
    accession = factories.make_accession("joined")
    officer = Actor.of(factories.make_user())
    version = factories.make_version("2030", in_force=False)
    version.adopt(by=officer)
    version.put_in_force(by=officer)
    accession.refresh_from_db()
    accession.reaffirm()
    at(settings.DRAFT_LIFETIME + DAY)
    clock.tick()
    accession.refresh_from_db()
    assert Accession.objects.get() == accession
    assert default_storage.exists(accession.evidence.stored.name)


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
    monkeypatch.setattr(clock.letters, "rescue", lambda: 1 / 0)
    at(60 * DAY)
    with caplog.at_level(logging.ERROR):
        clock.tick()
    fine.refresh_from_db()
    assert fine.state == "expired"
    assert not Accession.objects.filter(pk=draft.pk).exists()
    assert "rescue misslyckades" in caplog.text and f"agreement.Accession {broken.pk}" in caplog.text


# Bootstrap -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_bootstrap_makes_roles_and_source_data_and_may_run_again():
    for _ in range(2):
        call_command("bootstrap")
        assert Group.objects.count() == len(roles.read())
        assert Organisation.objects.count() == 26
    assert not User.objects.exists() and not Accession.objects.filter(made_up=True).exists()


@pytest.mark.django_db
def test_production_does_not_start_with_demo_accounts():
    roles.sync()
    roles.add_demo_accounts()
    with pytest.raises(CommandError, match="demokonton .*utvecklingsledare@example.org.* Portalen startar inte"):
        call_command("bootstrap")
    assert not Organisation.objects.exists()
    assert [problem.id for problem in checks.no_demo_accounts(databases=["default"])] == ["pages.E001"]
    assert checks.no_demo_accounts() == []  # without a database there is nothing to ask


@pytest.mark.django_db
def test_demo_accounts_are_fine_in_demo_mode(settings):
    settings.DEMO = True
    roles.sync()
    roles.add_demo_accounts()
    assert checks.no_demo_accounts(databases=["default"]) == []


@pytest.mark.django_db
def test_sync_roles_gives_back_what_the_file_says():
    call_command("sync_roles")
    group = Group.objects.get(name="Registrator och arkivarie")
    right = set(group.permissions.values_list("codename", flat=True))
    group.permissions.clear()
    call_command("sync_roles")
    assert set(group.permissions.values_list("codename", flat=True)) == right != set()


def test_static_files_are_collected_again_when_one_has_changed(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "whitenoise.storage.Compressed"}}
    settings.STATIC_ROOT = tmp_path
    assert not bootstrap.static_is_collected()
    manifest = tmp_path / "staticfiles.json"
    manifest.touch()
    assert bootstrap.static_is_collected()
    os.utime(manifest, (0, 0))
    assert not bootstrap.static_is_collected()


# The processes ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_worker_posts_letters_minds_the_clock_and_stops_when_told(monkeypatch):
    ticks, handlers = [], {}
    monkeypatch.setattr(worker, "tick", lambda: ticks.append(1))
    monkeypatch.setattr(worker.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(worker, "PAUSE", 0.05)
    factories.make_draft()
    threading.Timer(1, lambda: handlers[signal.SIGTERM](signal.SIGTERM, None)).start()
    call_command("worker")
    assert ticks == [1]
    assert not Letter.objects.waiting().exists()
    assert timezone.now() - cache.get("worker_heartbeat") < timedelta(minutes=1)


@pytest.mark.django_db
def test_the_worker_survives_a_database_that_went_away(monkeypatch, caplog):
    handlers, tries = {}, []

    def run(queue):
        tries.append(1)
        if len(tries) > 2:
            handlers[signal.SIGTERM]()
        raise ConnectionError("borta")

    monkeypatch.setattr(worker.Worker, "run", run)
    monkeypatch.setattr(worker.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(worker, "PAUSE", 0)
    call_command("worker")
    assert len(tries) == 3 and caplog.text.count("försöker igen") == 3


@pytest.mark.parametrize(
    ("port", "says"), [("abc", "PORT är 'abc', men ska vara ett heltal"), ("0", "minst 1"), ("99999", "högst 65535")]
)
def test_a_wrong_port_is_said_in_a_sentence(monkeypatch, port, says):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match=says):
        run_portal.free_port()


def test_a_taken_port_is_said_in_a_sentence(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(CommandError, match="är upptagen. Välj en annan: PORT=8123 make run"):
            run_portal.free_port()


def test_the_whole_portal_starts_tells_where_it_is_and_stops(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    portal = subprocess.Popen(
        [sys.executable, "manage.py", "run_portal"],
        cwd=settings.BASE_DIR,
        env=inherited | {"DEMO": "1", "VAR_DIR": str(tmp_path), "PORT": str(port)},
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
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
    finally:
        portal.send_signal(signal.SIGTERM)
        rest, _ = portal.communicate(timeout=60)
    assert (portal.returncode, rest.strip()) == (0, "Avslutar.")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
