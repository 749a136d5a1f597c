"""Each rule of the plan is followed to the day, and touches nothing else in the database or on the disk."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused
from botkyrka_civil.documents.models import File
from botkyrka_civil.pages import clock
from botkyrka_civil.pages.models import AccessibilityReport
from botkyrka_civil.retention import disposal, policy
from botkyrka_civil.retention.models import CacheEntry, DisposalRun, Restriction
from council.models import Membership, Participant, Registration
from organisations.models import Organisation
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as iop_factories
from tests.retention.conftest import DAY, START, open_conference
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
OFFICER = "registrator@kommun.example"
BOARD = Actor("Siv Styrelse", "siv@exempel.se")


def dump() -> dict[tuple[str, object], dict[str, object]]:
    """Every row of every table, by its model and key."""
    return {
        (model._meta.label, row["pk"]): row
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.values("pk", *[f.attname for f in model._meta.concrete_fields])
    }


@pytest.fixture(scope="module")
def others(module_rows):
    """Every row, of which some are to stay: received, signed, published and a draft that somebody is still at."""
    with time_machine.travel(START, tick=False):
        factories.make_accession("joined")
        council_factories.make_meeting(state="signed_off")
        iop_factories.make_partnership("proposed")
        council_factories.make_member()
        factories.make_user("registrator", email=OFFICER)
    return dump()


@dataclass
class Case:
    """What a rule is to do: to all that was made but `kept`, or to the fields of `changed`, counted from `since`."""

    since: datetime
    kept: set = field(default_factory=set)
    gone: set | None = None
    changed: set = field(default_factory=set)
    events: int = 0
    paths: list = field(default_factory=list)


def rows_of(*found):
    return {(row._meta.label, row.pk) for row in found}


def cleared(row, *names):
    return {(row._meta.label, row.pk, name) for name in names}


def withdrawn_accession():
    accession = factories.make_accession("awaiting_signatures")
    accession.withdraw(by=accession.applicant)
    return Case(timezone.now(), events=1, paths=[accession.evidence.stored.name])


def registration(confirmed=False):
    conference = open_conference()
    kept = rows_of(conference, *Event.objects.of(conference))
    Registration.ask(conference, name="Gäst Gästsson", email="gast@exempel.se", organisation="", needs="Glutenfritt")
    guest = Registration.objects.get()
    if confirmed:
        guest.confirm()
    since = conference.ends_at if confirmed else timezone.now()
    return guest, Case(since, kept=kept, events=1)


def needs():
    guest, case = registration(confirmed=True)
    return replace(case, gone=set(), changed=cleared(guest, "needs"))


def begun(begin):
    """By an organisation on the list, which stays."""
    organisation = council_factories.make_organisation_joined()
    begin(organisation)
    return Case(timezone.now(), kept=rows_of(organisation, *organisation.accessions.all()), events=1)


def begin_membership(organisation):
    Membership.begin(organisation=organisation, name="Kim", email="kim@exempel.se", motivation="Vi vill.")


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
    facts = {"kind": "fault", "page": "/", "what": "Menyn går inte att öppna."}
    report = AccessibilityReport.receive(request_key=uuid4(), name="Rut", email="ruth@exempel.se", **facts)
    report.email = "rut@exempel.se"  # as it is put right while the case is open
    report.save()
    officer = factories.make_user("utvecklingsledare")
    report.answer(by=Actor.of(officer), reply="Nu går den att öppna.")
    written = Letter.objects.filter(to__in=["ruth@exempel.se", "rut@exempel.se"])
    assert len(written) == 2
    return Case(timezone.now(), gone=rows_of(*written), changed=cleared(report, "name", "email"), events=1)


def closed(model, **fields):
    """What belongs to an account that is closed; the other account is still at work."""
    user = factories.make_user("iop", email=f"{uuid4().hex}@exempel.se", second_factor=False)
    user.is_active, user.last_login = False, timezone.now()
    user.save()
    factories.make_user("sekreterare")
    found = model.objects.filter(user=user) if model is EmailAddress else [model.objects.create(user=user, **fields)]
    return Case(timezone.now(), gone=rows_of(*found))


def session():
    store = SessionStore()
    store["signature"] = 1
    store.save()
    return Case(Session.objects.get(pk=store.session_key).expire_date)


def admin_log():
    user, kind = factories.make_user(), ContentType.objects.get_for_model(Accession)
    facts = {"object_id": "1", "object_repr": "Kim", "action_flag": CHANGE, "change_message": "[]"}
    found = LogEntry.objects.create(user=user, content_type=kind, **facts)
    return Case(timezone.now(), gone=rows_of(found))


def counter():
    cache.set("limit:something", 3, timeout=3600)
    return Case(CacheEntry.objects.get(cache_key__contains="something").expires)


CASES = {
    "agreement.Accession:disposable": withdrawn_accession,
    "organisations.Person:people_out_of_office": former_board_member,
    "council.Participant:of_meetings_past": past_meeting,
    "council.Membership:unconfirmed": lambda: begun(begin_membership),
    "council.Registration:never_confirmed": lambda: registration()[1],
    "council.Registration:with_needs_of_conferences_past": needs,
    "council.Registration:of_conferences_past": lambda: registration(confirmed=True)[1],
    "iop.Partnership:disposable": lambda: begun(iop_factories.make_draft),
    "casework.Letter:spent_codes": code,
    "casework.Letter:routine": reminder,
    "pages.AccessibilityReport:settled": settled_report,
    "account.EmailAddress:addresses_of_closed_accounts": lambda: closed(EmailAddress),
    "mfa.Authenticator:authenticators_of_closed_accounts": lambda: closed(Authenticator, type="totp", data={}),
    "socialaccount.SocialAccount:logins_of_closed_accounts": lambda: closed(SocialAccount, provider="oidc", uid="x"),
    "sessions.Session:expired_sessions": session,
    "admin.LogEntry:old_admin_log": admin_log,
    "retention.CacheEntry:expired": counter,
}


def test_every_rule_has_its_case():
    assert set(CASES) == {rule.key for rule in policy.read().rules}


def differences(before, after):
    both = before.keys() & after.keys()
    changed = {(*key, name) for key in both for name in before[key] if before[key][name] != after[key][name]}
    return before.keys() - after.keys(), after.keys() - before.keys(), changed


def only(monkeypatch, key):
    """A plan with one rule, so that what the others take doesn't blur the picture."""
    whole = policy.read()
    (rule,) = (rule for rule in whole.rules if rule.key == key)
    narrow = replace(whole, registers={rule.label: replace(whole.registers[rule.label], rules=(rule,))})
    monkeypatch.setattr(policy, "read", lambda: narrow)
    return rule


@pytest.mark.parametrize("key", CASES)
def test_a_rule_takes_what_is_due_and_nothing_else(key, others, at, monkeypatch, django_capture_on_commit_callbacks):
    case = CASES[key]()
    whole = dump()
    made = whole.keys() - others.keys() - case.kept
    if key.startswith("retention.CacheEntry"):
        made = {row for row in made if row[0] == "retention.CacheEntry"}
    gone = set(made) if case.gone is None else case.gone
    assert gone or case.changed
    rule = only(monkeypatch, key)

    # the day before: nothing, and the dry run says that something is on its way
    at(case.since + rule.period - (DAY if rule.period else timedelta(minutes=1)))
    with heard() as written, django_capture_on_commit_callbacks(execute=True):
        (line,) = disposal.dry_run(timezone.now())
        clock.dispose()
    assert line.due == 0 and (line.coming >= 1 or not rule.period)
    assert not written and all(default_storage.exists(path) for path in case.paths)

    # the day after: the dry run tells and changes nothing, and the run does as it told
    at(case.since + rule.period + DAY)
    with heard() as written:
        (line,) = disposal.dry_run(timezone.now())
    assert line.due >= 1 and not written
    officer = Actor.of(User.objects.get(email=OFFICER))  # somebody else's request stops nothing
    Restriction.restrict(by=officer, emails=["annan@exempel.se"], names=["Anders Annan"], reason="Bestrider.")
    with django_capture_on_commit_callbacks(execute=True):
        clock.dispose()
    lost, new, changed = differences(whole, dump())
    assert (lost, changed) == (gone, case.changed)
    events = ["casework.Event"] * (case.events + 1)  # and that of the restriction
    assert sorted(label for label, _ in new) == [*events, "retention.DisposalRun", "retention.Restriction"]
    assert DisposalRun.objects.get().counts == {key: line.due}
    assert not any(default_storage.exists(path) for path in case.paths)

    # again: there is nothing left to do
    with heard() as written:
        clock.dispose()
    assert not written


def test_what_is_registered_or_signed_outlives_every_rule(others, at):
    iop_factories.make_partnership("active")
    council_factories.make_meeting(state="published")
    for state in ("rejected", "submitted", "left"):
        factories.make_accession(state)
    withdrawn = factories.make_accession("submitted")
    withdrawn.withdraw(by=withdrawn.applicant)
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
    received = Accession.objects.all()
    assert {accession.state for accession in received} == {"joined", "rejected", "submitted", "left", "withdrawn"}
    for accession in received:  # and the verb itself refuses
        with heard() as written, pytest.raises(Refused, match="har kommit in"):
            accession.dispose()
        assert not written, accession.state


def test_a_rule_that_would_take_a_registered_row_is_stopped(others, at, monkeypatch, caplog):
    """Whatever a rule says: a plan written wrongly takes nothing that stands in the register."""
    monkeypatch.setattr(Accession, "wipe", lambda row: Accession.objects.filter(pk=row.pk).delete(), raising=False)
    monkeypatch.setattr(type(Accession.objects.all()), "everything", lambda rows, before: rows.all(), raising=False)
    monkeypatch.setattr(type(Accession.objects), "everything", lambda rows, before: rows.all(), raising=False)
    right, wrong = 'due = "disposable"\nverb = "dispose"', 'due = "everything"\nverb = "wipe"'
    wrong = policy.parse(policy.FILE.read_text().replace(right, wrong, 1))
    monkeypatch.setattr(policy, "read", lambda: wrong)
    unregistered = rows_of(*Accession.objects.filter(registry_entry=None))
    disposal.run()
    lost, new, changed = differences(others, dump())
    assert lost == unregistered and not changed and [label for label, _ in new] == ["retention.DisposalRun"]
    assert Accession.objects.filter(state="joined").exists()
    assert "Det som är registrerat gallras inte" in caplog.text


def test_what_is_still_needed_stays_and_what_has_become_so_is_refused(at, caplog):
    """An organisation known from elsewhere, the address of who is seated again, those of a meeting to finish."""
    accession = factories.make_accession("awaiting_signatures")
    accession.withdraw(by=accession.applicant)
    meeting = council_factories.make_meeting(state="held")
    council_factories.make_council_seat(organisation=accession.organisation)
    day = timezone.localdate()
    seat = council_factories.make_board_seat(first_day=day - 30 * DAY, last_day=day)
    at(START + 300 * DAY)
    again = council_factories.make_board_seat(first_day=timezone.localdate() - 9 * DAY)
    again.person = seat.person
    again.save()
    at(START + 3000 * DAY)
    disposal.run()
    assert not Accession.objects.filter(pk=accession.pk).exists() and not caplog.records
    assert Organisation.objects.filter(pk=accession.organisation_id).exists()
    assert same(seat.person).email and meeting.participants.exclude(email="").exists()
    with pytest.raises(Refused):
        council_factories.make_member(state="applied").dispose()
