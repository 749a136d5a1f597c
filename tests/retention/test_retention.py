"""The plan decides of every field, is followed to the day, and touches nothing else in the database or on the disk."""

import csv
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from io import StringIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from agreement.models import Accession
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.documents.models import File
from botkyrka_civil.pages import clock
from botkyrka_civil.pages.models import AccessibilityReport
from botkyrka_civil.retention import checks, disposal, policy
from botkyrka_civil.retention.models import CacheEntry, DisposalRun, Restriction
from council.models import Conference, Membership, Participant, Registration
from iop.models import Partnership
from organisations.models import Organisation
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as iop_factories
from tests.tools.threads import at_once

BOARD = Actor("Siv Styrelse", "siv@exempel.se")
START = datetime(2027, 1, 20, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
DAY = timedelta(days=1)
PAGE = "/admin/gallring/"


@pytest.fixture
def at():
    """Travel by handing over the moment."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture(autouse=True)
def no_second_factor(monkeypatch):
    monkeypatch.setattr("botkyrka_civil.accounts.middleware.is_mfa_enabled", lambda user: True)


# The plan -----------------------------------------------------------------------------------------------------------


def test_every_field_in_the_database_is_decided():
    assert checks.every_field_is_decided() == []
    for model in apps.get_models():
        decided = policy.read().registers[model._meta.label]
        assert set(decided.fields) == checks.field_names(model) and decided.what, model._meta.label
        assert decided.keep or decided.follows or decided.rules


TEXT = policy.FILE.read_text()


def told(text):
    return list(checks.problems(policy.parse(text)))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"applicant_name", ', "", "Uppgiften agreement.Accession.applicant_name saknar beslut: är den personal"),
        ('"applicant_name", ', '"applicant_name", "shoe_size", ', "agreement.Accession.shoe_size finns inte"),
        ('"applicant_name", ', '"applicant_name", "motivation", ', "Accession.motivation står på två ställen"),
        ("[iop.Party]", "[iop.Feast]", "Modellen iop.Party saknar beslut"),
        ("[iop.Party]", "[iop.Feast]", "Modellen iop.Feast finns inte"),
        (
            'after = "RETENTION_TASKS"',
            'after = "RETENTION_OF_MICE"',
            "en inställning som inte finns: RETENTION_OF_MICE",
        ),
        ('after = "RETENTION_TASKS"', "", "ska nämna tiden där den gäller"),
        ('due = "never_confirmed"', 'due = "never_ever"', "nämner en fråga som inte finns"),
        ('verb = "forget_contact"', 'verb = "shred"', "nämner ett verb som inte finns: shred"),
        ('about = ["guest"]\n', "", "vilka människor de gäller (about)"),
        ('about = ["guest"]', 'about = ["gost"]', "about nämner gost, som inte finns"),
        ('about = ["guest"]', 'about = ["member"]', "Ingen uppgift gäller guest"),
        ('follows = "council.Body"', 'follows = "council.Corpse"', "följer council.Corpse, som inte finns"),
        ('keep = "Handlingsplanerna bevaras."', "", "agreement.ActionPlan har varken keep, dispose eller follows"),
        ('controller = "joint"', 'controller = "nobody"', "okänd ansvarig"),
        ('basis = ["duty"]', 'basis = ["wish"]', "nämner grunden wish"),
    ],
)
def test_what_is_missing_or_misspelt_is_told_in_a_sentence(old, new, problem):
    assert old in TEXT
    assert any(problem in sentence for sentence in told(TEXT.replace(old, new, 1)))


def test_the_check_says_which_file_to_edit_and_survives_a_broken_one(monkeypatch):
    found = policy.parse(TEXT.replace('"applicant_name", ', "", 1))
    monkeypatch.setattr(policy, "read", lambda: found)
    (error,) = checks.every_field_is_decided()
    assert error.id == "retention.E002" and error.msg.endswith("Skriv i botkyrka_civil/retention/policy.toml.")
    monkeypatch.setattr(policy, "read", lambda: policy.parse(TEXT.replace("verb =", "vreb =")))
    (error,) = checks.every_field_is_decided()
    assert error.id == "retention.E001" and "vreb" in error.msg


def test_the_plan_is_in_swedish_and_names_no_municipality():
    assert settings.MUNICIPALITY["short"] not in TEXT.replace("botkyrka_civil", "")
    for rule in policy.read().rules:
        assert re.fullmatch(r"[A-ZÅÄÖ].* raderas .*\.", rule.sentence), rule.sentence
        assert "{" not in rule.sentence and ".." not in rule.sentence
    for register in policy.read().kept:
        assert register.keep.endswith(".")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (1, "en dag"),
        (2, "2 dagar"),
        (30, "30 dagar"),
        (365, "ett år"),
        (730, "två år"),
        (1825, "5 år"),
        (366, "366 dagar"),
    ],
)
def test_a_time_is_said_as_people_say_it(days, said):
    assert policy.span(timedelta(days=days)) == said


# What each rule takes, and what it leaves ----------------------------------------------------------------------------

UNTOUCHED_BY_LETTERS = "django_tasks_database.DBTaskResult"


@dataclass
class Case:
    """What a rule is to do: to all that was made but `kept`, or to the fields of `changed`, counted from `since`."""

    since: datetime
    kept: set = field(default_factory=set)
    gone: set | None = None
    changed: set = field(default_factory=set)
    events: int = 0
    paths: list = field(default_factory=list)


def cleared(row, *names):
    return {(row._meta.label, row.pk, name) for name in names}


def rows_of(*found):
    return {(row._meta.label, row.pk) for row in found}


def withdrawn_accession():
    accession = factories.make_accession("awaiting_signatures")
    accession.withdraw(by=accession.applicant)
    return Case(
        timezone.now(), events=1, paths=[file.stored.name for file in File.objects.filter(pk=accession.evidence_id)]
    )


def begun_membership():
    organisation = council_factories.make_organisation_joined()
    Membership.begin(organisation=organisation, name="Kim", email="kim@exempel.se", motivation="Vi vill.")
    return Case(timezone.now(), kept=rows_of(organisation, *organisation.accessions.all()), events=1)


def conference():
    return Conference.plan(
        by=BOARD, year=2027, theme="Så möts vi", place="Hallunda", capacity=20,
        starts_at=START + 40 * DAY, ends_at=START + 40 * DAY + timedelta(hours=6),
        opens_on=date(2027, 1, 15), closes_on=date(2027, 2, 20),
    )  # fmt: skip


def registration():
    meeting = conference()
    meeting.open_registration(by=BOARD)
    kept = rows_of(meeting, *Event.objects.of(meeting))
    Registration.ask(meeting, name="Gäst Gästsson", email="gast@exempel.se", organisation="", needs="Glutenfritt")
    return Registration.objects.get(), kept


def unconfirmed_registration():
    _, kept = registration()
    return Case(timezone.now(), kept=kept, events=1)


def needs():
    guest, _ = registration()
    guest.confirm()
    return Case(guest.conference.ends_at, gone=set(), changed=cleared(guest, "needs"), events=1)


def confirmed_registration():
    guest, kept = registration()
    guest.confirm()
    return Case(guest.conference.ends_at, kept=kept, events=1)


def partnership_draft():
    organisation = council_factories.make_organisation_joined()
    iop_factories.make_draft(organisation)
    return Case(timezone.now(), kept=rows_of(organisation, *organisation.accessions.all()), events=1)


def code():
    letters.queue(to="kim@exempel.se", subject="Din kod", body="123456", kind="login_code", confidential=True)
    return Case(timezone.now())


def reminder():
    letter = letters.queue(to="kim@exempel.se", subject="Påminnelse", body="Hej!", kind="sign_reminder")
    other = letters.queue(to="kim@exempel.se", subject="Beslut", body="Hej!", kind="approved")
    Letter.objects.filter(pk__in=[letter.pk, other.pk]).update(sent_at=timezone.now())
    return Case(timezone.now(), gone=rows_of(letter))


def former_board_member():
    day = timezone.localdate()
    seat = council_factories.make_board_seat(first_day=day - 30 * DAY, last_day=day)
    council_factories.make_board_seat(first_day=day - 30 * DAY)  # still there
    return Case(timezone.now(), gone=set(), changed=cleared(seat.person, "email"), events=1)


def past_meeting():
    meeting = council_factories.make_meeting(state="published")
    unfinished = council_factories.make_meeting(state="held")  # its minutes are still to be signed
    called = Participant.objects.exclude(meeting=unfinished).exclude(email="")
    changed = {mark for participant in called for mark in cleared(participant, "email")}
    assert len(changed) == 8, "of this meeting, and of the one that was there before"
    return Case(meeting.starts_at, gone=set(), changed=changed)


def settled_report():
    report = AccessibilityReport.receive(
        request_key=uuid4(),
        kind="fault",
        page="/",
        what="Menyn går inte att öppna.",
        name="Rut",
        email="ruth@exempel.se",
    )
    report.email = "rut@exempel.se"  # as it is put right while the case is open
    report.save()
    officer = factories.make_user("utvecklingsledare")
    report.answer(by=Actor.of(officer), reply="Nu går den att öppna.")
    letters_ = Letter.objects.filter(to__in=["ruth@exempel.se", "rut@exempel.se"])
    assert letters_.count() == 2
    return Case(timezone.now(), gone=rows_of(*letters_), changed=cleared(report, "name", "email"), events=1)


def closed_user():
    user = factories.make_user("iop", email=f"{uuid4().hex}@exempel.se")
    user.is_active, user.last_login = False, timezone.now()
    user.save()
    factories.make_user("sekreterare")  # still at work
    return user


def closed_address():
    return Case(timezone.now(), gone=rows_of(*EmailAddress.objects.filter(user=closed_user())))


def closed_authenticator():
    found = Authenticator.objects.create(user=closed_user(), type="totp", data={})
    return Case(timezone.now(), gone=rows_of(found))


def closed_login():
    found = SocialAccount.objects.create(user=closed_user(), provider="oidc", uid="x")
    return Case(timezone.now(), gone=rows_of(found))


def session():
    store = SessionStore()
    store["signature"] = 1
    store.save()
    return Case(Session.objects.get(pk=store.session_key).expire_date)


def admin_log():
    user, kind = factories.make_user(), ContentType.objects.get_for_model(Accession)
    found = LogEntry.objects.create(
        user=user, content_type=kind, object_id="1", object_repr="Kim", action_flag=CHANGE, change_message="[]"
    )
    return Case(timezone.now(), gone=rows_of(found))


def counter():
    cache.set("limit:something", 3, timeout=3600)
    return Case(CacheEntry.objects.get(cache_key__contains="something").expires)


def task():
    letters.queue(to="kim@exempel.se", subject="Hej", body="Hej", kind="approved")
    found = DBTaskResult.objects.latest("enqueued_at")
    DBTaskResult.objects.filter(pk=found.pk).update(status="SUCCESSFUL", finished_at=timezone.now())
    return Case(timezone.now(), gone=rows_of(found))


CASES = {
    "agreement.Accession:disposable": withdrawn_accession,
    "organisations.Person:people_out_of_office": former_board_member,
    "council.Participant:of_meetings_past": past_meeting,
    "council.Membership:unconfirmed": begun_membership,
    "council.Registration:never_confirmed": unconfirmed_registration,
    "council.Registration:with_needs_of_conferences_past": needs,
    "council.Registration:of_conferences_past": confirmed_registration,
    "iop.Partnership:disposable": partnership_draft,
    "casework.Letter:spent_codes": code,
    "casework.Letter:routine": reminder,
    "pages.AccessibilityReport:settled": settled_report,
    "account.EmailAddress:addresses_of_closed_accounts": closed_address,
    "mfa.Authenticator:authenticators_of_closed_accounts": closed_authenticator,
    "socialaccount.SocialAccount:logins_of_closed_accounts": closed_login,
    "sessions.Session:expired_sessions": session,
    "admin.LogEntry:old_admin_log": admin_log,
    "retention.CacheEntry:expired": counter,
    "django_tasks_database.DBTaskResult:finished_tasks": task,
}


def test_every_rule_has_its_case():
    assert set(CASES) == {rule.key for rule in policy.read().rules}


def dump():
    """Every row of every table, by its model and key."""
    return {
        (model._meta.label, row["pk"]): row
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.values("pk", *[f.attname for f in model._meta.concrete_fields])
    }


def differences(before, after):
    changed = {
        (*key, name)
        for key in before.keys() & after.keys()
        for name in before[key]
        if before[key][name] != after[key][name]
    }
    return before.keys() - after.keys(), after.keys() - before.keys(), changed


def plant_others():
    """What is to stay: received, signed, published and a draft that somebody is still at."""
    factories.make_accession("joined")
    council_factories.make_meeting(state="signed_off")
    iop_factories.make_partnership("proposed")
    council_factories.make_member()
    officer = Actor.of(factories.make_user("registrator"))  # somebody else's request stops nothing
    Restriction.restrict(by=officer, emails=["annan@exempel.se"], names=["Anders Annan"], reason="Bestrider.")


def only(monkeypatch, key):
    """A plan with one rule, so that what the others take doesn't blur the picture."""
    whole = policy.read()
    (rule,) = (rule for rule in whole.rules if rule.key == key)
    narrow = replace(whole, registers={rule.label: replace(whole.registers[rule.label], rules=(rule,))})
    monkeypatch.setattr(policy, "read", lambda: narrow)
    return rule


@pytest.mark.django_db
@pytest.mark.parametrize("key", CASES)
def test_a_rule_takes_what_is_due_and_nothing_else(key, at, monkeypatch, django_capture_on_commit_callbacks):
    plant_others()
    before_it = dump()
    case = CASES[key]()
    made = differences(before_it, dump())[1] - case.kept
    gone = case.gone if case.gone is not None else {row for row in made if row[0] != UNTOUCHED_BY_LETTERS}
    if key.startswith("retention.CacheEntry"):
        gone = {row for row in made if row[0] == "retention.CacheEntry"}
    assert gone or case.changed
    rule = only(monkeypatch, key)
    assert all(default_storage.exists(path) for path in case.paths)

    # the day before: nothing, and the dry run says that something is on its way
    at(case.since + rule.period - (DAY if rule.period else timedelta(minutes=1)))
    whole = dump()
    (line,) = disposal.dry_run(timezone.now())
    assert line.due == 0 and (line.coming >= 1 or not rule.period)
    with django_capture_on_commit_callbacks(execute=True):
        clock.dispose()
    assert dump() == whole

    # the day after: the dry run tells and changes nothing, and the run does as it told
    at(case.since + rule.period + DAY)
    (line,) = disposal.dry_run(timezone.now())
    assert line.due >= 1 and dump() == whole
    with django_capture_on_commit_callbacks(execute=True):
        clock.dispose()
    lost, new, changed = differences(whole, dump())
    assert (lost, changed) == (gone, case.changed)
    assert sorted(label for label, _ in new) == ["casework.Event"] * case.events + ["retention.DisposalRun"]
    assert DisposalRun.objects.get().counts == {key: line.due}
    assert not any(default_storage.exists(path) for path in case.paths)

    # again: there is nothing left to do
    after = dump()
    clock.dispose()
    assert dump() == after


# What is kept ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_registered_or_signed_outlives_every_rule(at):
    plant_others()
    iop_factories.make_partnership("active")
    council_factories.make_meeting(state="published")
    for state in ("rejected", "submitted", "left"):
        factories.make_accession(state)
    kept = (
        "casework.RegistryEntry", "agreement.Accession", "agreement.SigningRound", "agreement.Signature",
        "documents.File", "organisations.Organisation", "council.Meeting", "council.Minutes", "council.SignOff",
        "council.Seat", "council.Membership", "iop.Partnership", "iop.Agreement", "iop.AgreementSignature",
        "iop.Party", "accounts.User",
    )  # fmt: skip
    before = {key: row for key, row in dump().items() if key[0] in kept}
    paths = [file.stored.name for file in File.objects.all()]
    assert {label for label, _ in before} == set(kept) and paths
    at(START + 40 * 365 * DAY)
    disposal.run()
    after = dump()
    assert {key: after.get(key) for key in before} == before
    assert all(default_storage.exists(path) for path in paths)
    assert "agreement.Accession:disposable" not in DisposalRun.objects.get().counts


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["joined", "submitted", "rejected", "left"])
def test_the_verb_refuses_what_has_been_received(state):
    accession = factories.make_accession(state)
    before = dump()
    with pytest.raises(Refused, match="har kommit in"):
        accession.dispose()
    assert dump() == before


@pytest.mark.django_db
def test_the_verb_refuses_what_was_received_and_then_withdrawn(at):
    accession = factories.make_accession("submitted")
    accession.withdraw(by=accession.applicant)
    at(START + 1000 * DAY)
    disposal.run()
    assert Accession.objects.filter(pk=accession.pk).exists()
    with pytest.raises(Refused):
        accession.dispose()


@pytest.mark.django_db
def test_a_draft_goes_also_when_its_organisation_is_known_from_elsewhere(at, caplog):
    accession = factories.make_accession("awaiting_signatures")
    accession.withdraw(by=accession.applicant)
    council_factories.make_council_seat(organisation=accession.organisation)
    at(START + 1000 * DAY)
    disposal.run()
    assert not Accession.objects.filter(pk=accession.pk).exists() and not caplog.records
    assert Organisation.objects.filter(pk=accession.organisation_id).exists()


@pytest.mark.django_db
def test_an_application_that_reached_the_board_is_not_thrown_away():
    membership = council_factories.make_member(state="applied")
    with pytest.raises(Refused):
        membership.dispose()


@pytest.mark.django_db
def test_a_rule_that_would_take_a_registered_row_is_stopped(at, monkeypatch, caplog):
    """Whatever a rule says: a plan written wrongly takes nothing that stands in the register."""
    accession = factories.make_accession("joined")
    monkeypatch.setattr(Accession, "wipe", lambda row: Accession.objects.filter(pk=row.pk).delete(), raising=False)
    monkeypatch.setattr(type(Accession.objects.all()), "everything", lambda rows, before: rows.all(), raising=False)
    monkeypatch.setattr(type(Accession.objects), "everything", lambda rows, before: rows.all(), raising=False)
    text = TEXT.replace('due = "disposable"\nverb = "dispose"', 'due = "everything"\nverb = "wipe"', 1)
    wrong = policy.parse(text)
    monkeypatch.setattr(policy, "read", lambda: wrong)
    before = dump()
    disposal.run()
    assert dump() == before and Accession.objects.filter(pk=accession.pk).exists()
    assert "Det som är registrerat gallras inte" in caplog.text


@pytest.mark.django_db
def test_what_a_restriction_holds_stays_until_it_is_lifted(at):
    held, other = factories.make_draft(), factories.make_draft()
    officer = Actor.of(factories.make_user("registrator"))
    restriction = Restriction.restrict(
        by=officer, emails=[held.applicant_email], names=[], reason="Bestrider uppgiften."
    )
    at(START + settings.DRAFT_LIFETIME + DAY)
    (line,) = (line for line in disposal.dry_run(timezone.now()) if line.rule.label == "agreement.Accession")
    assert (line.due, line.held, line.names) == (1, 1, [f"Anslutning {other.pk}"])
    disposal.run()
    assert Accession.objects.get() == held
    restriction.lift(by=officer, reason="Utrett.")
    disposal.run()
    assert not Accession.objects.exists()


# How it is done -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_failure_stops_neither_the_other_rows_nor_the_other_rules(at, monkeypatch, caplog):
    broken, fine = factories.make_draft(), factories.make_draft()
    dispose = Accession.dispose
    monkeypatch.setattr(Accession, "dispose", lambda row: 1 / 0 if row.pk == broken.pk else dispose(row))
    monkeypatch.setattr(Membership.objects, "unconfirmed", lambda before: 1 / 0)
    code()
    at(START + settings.DRAFT_LIFETIME + DAY)
    taken = disposal.run()
    assert Accession.objects.get() == broken and not Letter.objects.filter(confidential=True).exists()
    assert DisposalRun.objects.get().counts == dict(taken) and taken["agreement.Accession:disposable"] == 1
    assert f"agreement.Accession {broken.pk}" in caplog.text and "council.Membership:unconfirmed" in caplog.text
    assert fine.pk


@pytest.mark.django_db
def test_what_fails_leaves_no_mark_in_the_record(at, monkeypatch):
    factories.make_draft()
    monkeypatch.setattr(Accession, "dispose", lambda row: 1 / 0)
    at(START + settings.DRAFT_LIFETIME + DAY)
    before = dump()
    disposal.run()
    assert {key for key in before if key[0].startswith("agreement")} <= dump().keys()
    assert "agreement.Accession:disposable" not in (DisposalRun.objects.first() or DisposalRun()).counts


@pytest.mark.django_db
def test_a_day_with_nothing_to_dispose_of_has_no_record():
    disposal.run()
    disposal.run(by=BOARD)
    assert not DisposalRun.objects.exists() and not Event.objects.exists()


@pytest.mark.django_db
def test_the_record_adds_up_over_the_day_and_names_nobody(at):
    code()
    at(START + 8 * DAY)
    disposal.run()
    code()
    Letter.objects.update(queued_at=START)
    disposal.run()
    at(START + 9 * DAY)
    disposal.run()
    run = DisposalRun.objects.get()
    assert run.counts == {"casework.Letter:spent_codes": 2} and run.total == 2 and run.day == date(2027, 1, 28)
    assert str(run) == "Gallringen den 28 januari 2027" and "kim" not in str(dump()[("retention.DisposalRun", run.pk)])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_three_workers_dispose_once():
    for _ in range(3):
        code()
    Letter.objects.update(queued_at=timezone.now() - timedelta(days=100))
    at_once(*[clock.dispose] * 3)
    assert not Letter.objects.exists()
    assert DisposalRun.objects.get().counts["casework.Letter:spent_codes"] == 3


@pytest.mark.django_db
def test_a_day_is_a_day_when_summer_time_ends(at):
    """Counted on the clock on the wall: written at noon, gone at noon."""
    code()
    written = datetime(2027, 10, 30, 12, tzinfo=START.tzinfo)
    Letter.objects.update(queued_at=written)
    at(datetime(2027, 11, 6, 11, 59, tzinfo=START.tzinfo))
    disposal.run()
    assert Letter.objects.exists()
    at(datetime(2027, 11, 6, 12, 1, tzinfo=START.tzinfo))
    disposal.run()
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_somebody_who_is_seated_or_nominated_again_keeps_the_address(at):
    day = timezone.localdate()
    seat = council_factories.make_board_seat(first_day=day - 30 * DAY, last_day=day)
    at(START + 300 * DAY)
    again = council_factories.make_board_seat(first_day=timezone.localdate() - 9 * DAY)
    again.person = seat.person
    again.save()
    at(START + 500 * DAY)
    disposal.run()
    seat.person.refresh_from_db()
    assert seat.person.email


@pytest.mark.django_db
def test_participants_of_unfinished_meetings_keep_their_addresses(at):
    council_factories.make_meeting(state="held")
    at(START + 3000 * DAY)
    disposal.run()
    assert Participant.objects.exclude(email="").exists()


# The command and the page ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_command_tells_and_then_does(at, capsys):
    draft = factories.make_draft()
    at(START + settings.DRAFT_LIFETIME + DAY)
    before = dump()
    call_command("dispose", "--dry-run")
    out = capsys.readouterr().out
    assert dump() == before
    assert f"    Anslutning {draft.pk}\n" in out and "agreement.Accession:disposable: 1 nu, 0 senare. Ett utkast" in out
    assert "Ingenting är ändrat." in out and draft.applicant_email not in out and "Sara" not in out
    call_command("dispose")
    assert "agreement.Accession:disposable: 1\n" in capsys.readouterr().out and not Accession.objects.exists()


def sign_in(role):
    client = Client()
    client.force_login(factories.make_user(role, name="Rita Registrator"))
    return client


def words(response, status=200):
    assert response.status_code == status
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.django_db
def test_the_page_shows_what_would_go_what_went_and_what_is_kept(at):
    draft = factories.make_draft()
    membership = begun_membership()
    at(START + settings.DRAFT_LIFETIME + DAY)
    client = sign_in("registrator")
    before = dump()
    shown = words(client.get(PAGE))
    assert dump() == before
    assert f"Anslutning {draft.pk}" in shown and "Medlemskap i Plattformen" in shown and membership
    assert "Ingenting har gallrats än." in shown and "Gallra nu" in shown
    for register in policy.read().kept:
        assert register.keep.split("’")[0][:40] in shown, register.label
    for secret in (draft.applicant_email, draft.applicant_name, "kim@exempel.se"):
        assert secret not in shown
    disposal.run()
    shown = words(client.get(PAGE))
    assert "20 februari 2027" in shown and "Ett utkast, eller en ansökan som aldrig skickades in" in shown
    assert "Hämta hela protokollet (csv)" in shown


@pytest.mark.django_db
def test_keys_that_open_something_are_never_shown(at):
    store = SessionStore()
    store.save()
    cache.set("a-key-of-the-cache", 1, timeout=60)
    at(START + 10 * DAY)
    shown = words(sign_in("registrator").get(PAGE))
    assert store.session_key not in shown and "a-key-of-the-cache" not in shown


@pytest.mark.django_db
def test_the_registrar_disposes_by_hand_after_a_question_and_the_log_says_so(at):
    factories.make_draft()
    at(START + settings.DRAFT_LIFETIME + DAY)
    client = sign_in("registrator")
    asked = words(client.get(f"{PAGE}nu/"))
    assert "Det som gallras går inte att få tillbaka." in asked and "30 dagar efter den senaste ändringen" in asked
    assert Accession.objects.exists()
    answer = client.post(f"{PAGE}nu/", follow=True)
    assert re.search(r"Gallrat: \d+\.", words(answer)) and not Accession.objects.exists()
    event = Event.objects.get(verb="run_disposal")
    assert event.actor == "Rita Registrator" and event.data["agreement.Accession:disposable"] == 1
    assert "Ingenting ska gallras just nu." in words(client.get(f"{PAGE}nu/"))
    assert "Det fanns ingenting att gallra." in words(client.post(f"{PAGE}nu/", follow=True))


@pytest.mark.django_db
def test_the_administrator_looks_and_only_the_registrar_disposes(at):
    factories.make_draft()
    at(START + settings.DRAFT_LIFETIME + DAY)
    administrator = sign_in("administrator")
    assert "Gallra nu" not in words(administrator.get(PAGE))
    assert administrator.get(f"{PAGE}nu/").status_code == administrator.post(f"{PAGE}nu/").status_code == 403
    for role in ("utvecklingsledare", "iop", "sekreterare", "styrelse"):
        client = sign_in(role)
        for url in (PAGE, f"{PAGE}nu/", f"{PAGE}protokoll.csv"):
            assert client.get(url).status_code == 403, (role, url)
        assert client.post(f"{PAGE}nu/").status_code == 403
    assert Client().post(f"{PAGE}nu/").status_code == 302
    assert Accession.objects.exists()
    for role in ("administrator", "registrator"):
        assert reverse("retention:disposal") in sign_in(role).get("/admin/").content.decode()
    assert reverse("retention:disposal") not in sign_in("iop").get("/admin/").content.decode()


@pytest.mark.django_db
def test_the_record_as_a_file():
    DisposalRun.objects.create(
        day=date(2027, 1, 28), counts={"casework.Letter:spent_codes": 2, "council.Feast:=forgotten": 1}
    )
    response = sign_in("administrator").get(f"{PAGE}protokoll.csv")
    assert "gallringsprotokoll-" in response["Content-Disposition"]
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows == [
        ["Dag", "Register", "Vad som gallrades", "Antal"],
        ["2027-01-28", "Brev som portalen har skickat", "Brev med en kod eller en länk för inloggning", "2"],
        ["2027-01-28", "", "council.Feast:=forgotten", "1"],
    ]


@pytest.mark.django_db
def test_one_row_or_a_hundred_the_page_asks_as_often(at, django_assert_max_num_queries):
    code()
    officer = Actor.of(factories.make_user("registrator", email="handlaggare@exempel.se"))
    Restriction.restrict(by=officer, emails=["nagon@exempel.se"], names=["Kim Ek"], reason="Bestrider uppgiften.")
    at(START + 30 * DAY)
    client = sign_in("registrator")
    client.get(PAGE)
    with django_assert_max_num_queries(200) as few:
        client.get(PAGE)
    at(START)
    for _ in range(30):
        code()
    at(START + 30 * DAY)
    with django_assert_max_num_queries(len(few)):
        shown = words(client.get(PAGE))
    assert "med flera" in shown and RegistryEntry.objects.count() == 0 and Partnership.objects.count() == 0
