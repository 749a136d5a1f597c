"""The plan decides of every field, and is carried out row by row, with a record, by the command and on the page."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.pages import clock
from botkyrka_civil.retention import checks, disposal, policy
from botkyrka_civil.retention.models import DisposalRun, Restriction
from council.models import Membership
from tests import factories
from tests.factories import council as council_factories
from tests.retention.conftest import DAY, START, client_of
from tests.tools.threads import at_once
from tests.tools.web import queries
from tests.tools.writes import heard

BOARD = Actor("Siv Styrelse", "siv@exempel.se")
PAGE = "/admin/gallring/"
TEXT = policy.FILE.read_text()
LATE = START + settings.DRAFT_LIFETIME + DAY


def test_every_field_in_the_database_is_decided_in_swedish_for_any_municipality():
    assert checks.every_field_is_decided() == []
    for model in apps.get_models():
        decided = policy.read().registers[model._meta.label]
        assert set(decided.fields) == checks.field_names(model) and decided.what, model._meta.label
        assert decided.keep or decided.follows or decided.rules
    assert settings.MUNICIPALITY["short"] not in TEXT.replace("botkyrka_civil", "")
    for rule in policy.read().rules:
        assert re.fullmatch(r"[A-ZÅÄÖ][^{]* raderas [^{]*\.", rule.sentence) and ".." not in rule.sentence, rule
    assert all(register.keep.endswith(".") for register in policy.read().kept)
    said = {
        1: "en dag", 2: "2 dagar", 30: "30 dagar", 365: "ett år", 730: "två år", 1825: "5 år", 366: "366 dagar"
    }  # fmt: skip
    assert {days: policy.span(timedelta(days=days)) for days in said} == said


WRONG = [
    ('"applicant_name", ', "", "Uppgiften agreement.Accession.applicant_name saknar beslut: är den personal"),
    ('"applicant_name", ', '"applicant_name", "shoe_size", ', "agreement.Accession.shoe_size finns inte"),
    ('"applicant_name", ', '"applicant_name", "motivation", ', "Accession.motivation står på två ställen"),
    ("[iop.Party]", "[iop.Feast]", "Modellen iop.Party saknar beslut"),
    ("[iop.Party]", "[iop.Feast]", "Modellen iop.Feast finns inte"),
    ('after = "RETENTION_CODES"', 'after = "RETENTION_OF_MICE"', "en inställning som inte finns: RETENTION_OF_MICE"),
    ('after = "RETENTION_CODES"', "", "ska nämna tiden där den gäller"),
    ('due = "never_confirmed"', 'due = "never_ever"', "nämner en fråga som inte finns"),
    ('verb = "forget_contact"', 'verb = "shred"', "nämner ett verb som inte finns: shred"),
    ('about = ["guest"]\n', "", "vilka människor de gäller (about)"),
    ('about = ["guest"]', 'about = ["gost"]', "about nämner gost, som inte finns"),
    ('about = ["guest"]', 'about = ["member"]', "Ingen uppgift gäller guest"),
    ('follows = "council.Body"', 'follows = "council.Corpse"', "följer council.Corpse, som inte finns"),
    ('keep = "Handlingsplanerna bevaras."', "", "agreement.ActionPlan har varken keep, dispose eller follows"),
    ('controller = "joint"', 'controller = "nobody"', "okänd ansvarig"),
    ('basis = ["duty"]', 'basis = ["wish"]', "nämner grunden wish"),
]


def test_what_is_missing_or_misspelt_is_told_in_a_sentence():
    untold = []
    for old, new, problem in WRONG:
        assert old in TEXT
        told = [*checks.problems(policy.parse(TEXT.replace(old, new, 1)))]
        if not any(problem in sentence for sentence in told):
            untold.append((old, new, problem))
    assert not untold, untold


def test_the_check_says_which_file_to_edit_and_survives_a_broken_one(monkeypatch):
    found = policy.parse(TEXT.replace('"applicant_name", ', "", 1))
    monkeypatch.setattr(policy, "read", lambda: found)
    (error,) = checks.every_field_is_decided()
    assert error.id == "retention.E002" and error.msg.endswith("Skriv i botkyrka_civil/retention/policy.toml.")
    monkeypatch.setattr(policy, "read", lambda: policy.parse(TEXT.replace("verb =", "vreb =")))
    (error,) = checks.every_field_is_decided()
    assert error.id == "retention.E001" and "vreb" in error.msg


def code():
    letters.queue(to="kim@exempel.se", subject="Din kod", body="123456", kind="login_code", confidential=True)


@pytest.fixture
def draft(db, at):
    """Since START; its time comes at LATE."""
    return factories.make_draft()


def test_what_a_restriction_holds_stays_until_it_is_lifted(draft, by, at):
    other = factories.make_draft()
    restriction = Restriction.restrict(by=by, emails=[draft.applicant_email], names=[], reason="Bestrider uppgiften.")
    at(LATE)
    (line,) = (line for line in disposal.dry_run(timezone.now()) if line.rule.label == "agreement.Accession")
    assert (line.due, line.held, line.names) == (1, 1, [f"Anslutning {other.pk}"])
    disposal.run()
    assert Accession.objects.get() == draft
    restriction.lift(by=by, reason="Utrett.")
    disposal.run()
    assert not Accession.objects.exists()


def test_one_failure_stops_neither_the_other_rows_nor_the_other_rules(draft, at, monkeypatch, caplog):
    factories.make_draft()
    dispose = Accession.dispose

    def dispose_and_fail(row):
        broken = row.pk == draft.pk
        dispose(row)
        assert not broken

    monkeypatch.setattr(Accession, "dispose", dispose_and_fail)
    monkeypatch.setattr(Membership.objects, "unconfirmed", lambda before: 1 / 0)
    code()
    at(LATE)
    kept = [*Event.objects.of(draft), *Letter.objects.filter(subject_key=draft.subject)]
    taken = disposal.run()
    assert Accession.objects.get() == draft and not Letter.objects.filter(confidential=True).exists()
    assert kept == [*Event.objects.of(draft), *Letter.objects.filter(subject_key=draft.subject)]
    # what failed leaves no mark in the record
    assert DisposalRun.objects.get().counts == dict(taken) and taken["agreement.Accession:disposable"] == 1
    assert f"agreement.Accession {draft.pk}" in caplog.text and "council.Membership:unconfirmed" in caplog.text


def test_the_record_adds_up_over_the_day_and_names_nobody(db, at):
    with heard() as written:  # where there is nothing to dispose of, there is no record
        disposal.run()
        disposal.run(by=BOARD)
    assert not written
    code()
    at(START + 8 * DAY)
    disposal.run()
    code()
    Letter.objects.update(queued_at=START)
    disposal.run()
    at(START + 9 * DAY)
    disposal.run()
    run = DisposalRun.objects.get()
    assert run.counts == {"casework.Letter:spent_codes": 2} and run.day == date(2027, 1, 28)
    assert str(run) == "Gallringen den 28 januari 2027" and "kim" not in str(DisposalRun.objects.values().get())
    # a day is a day when summer time ends: written at noon, gone at noon by the clock on the wall
    code()
    Letter.objects.update(queued_at=datetime(2027, 10, 30, 12, tzinfo=START.tzinfo))
    for hour, minute, there in ((11, 59, True), (12, 1, False)):
        at(datetime(2027, 11, 6, hour, minute, tzinfo=START.tzinfo))
        disposal.run()
        assert Letter.objects.exists() is there


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_three_workers_dispose_once():
    for _ in range(3):
        code()
    Letter.objects.update(queued_at=timezone.now() - timedelta(days=100))
    at_once(*[clock.dispose] * 3)
    assert not Letter.objects.exists()
    assert DisposalRun.objects.get().counts["casework.Letter:spent_codes"] == 3


def test_the_command_tells_and_then_does(draft, at, capsys):
    at(LATE)
    with heard() as written:
        call_command("dispose", "--dry-run")
    out = capsys.readouterr().out
    assert not written
    assert f"    Anslutning {draft.pk}\n" in out and "agreement.Accession:disposable: 1 nu, 0 senare. Ett utkast" in out
    assert "Ingenting är ändrat." in out and draft.applicant_email not in out and "Sara" not in out
    call_command("dispose")
    assert "agreement.Accession:disposable: 1\n" in capsys.readouterr().out and not Accession.objects.exists()


def words(response):
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_page_shows_what_would_go_what_went_and_what_is_kept(draft, at, registrar):
    organisation = council_factories.make_organisation_joined()
    Membership.begin(organisation=organisation, name="Kim", email="kim@exempel.se", motivation="Vi vill.")
    store = SessionStore()
    store.save()
    cache.set("a-key-of-the-cache", 1, timeout=60)
    at(LATE)
    registrar.force_login(registrar.user)
    with heard() as written:
        shown = words(registrar.get(PAGE))
    assert not written
    assert f"Anslutning {draft.pk}" in shown
    assert "Ingenting har gallrats än." in shown and "Gallra nu" in shown
    for register in policy.read().kept:
        assert register.keep.split("’")[0][:40] in shown, register.label
    personal = [draft.applicant_email, draft.applicant_name, "kim@exempel.se"]
    keys = [store.session_key, "a-key-of-the-cache"]  # they open something
    assert not [secret for secret in personal + keys if secret in shown]
    disposal.run()
    shown = words(registrar.get(PAGE))
    assert "Medlemskap i Plattformen" not in shown.partition("Det här bevaras")[0], "the association's own"
    assert "20 februari 2027" in shown and "Ett utkast, eller en ansökan som aldrig skickades in" in shown
    assert "Hämta hela protokollet (csv)" in shown


def test_the_registrar_disposes_by_hand_after_a_question_and_the_log_says_so(draft, at, registrar):
    at(LATE)
    registrar.force_login(registrar.user)
    asked = words(registrar.get(f"{PAGE}nu/"))
    assert "Det som gallras går inte att få tillbaka." in asked and "30 dagar efter den senaste ändringen" in asked
    assert Accession.objects.exists()
    answer = registrar.post(f"{PAGE}nu/", follow=True)
    assert re.search(r"Gallrat: \d+\.", words(answer)) and not Accession.objects.exists()
    event = Event.objects.get(verb="run_disposal")
    assert event.actor == "Rita Registrator" and event.data["agreement.Accession:disposable"] == 1
    assert "council.Membership:unconfirmed" not in event.data
    assert "Ingenting ska gallras just nu." in words(registrar.get(f"{PAGE}nu/"))
    assert "Det fanns ingenting att gallra." in words(registrar.post(f"{PAGE}nu/", follow=True))


def test_the_administrator_looks_and_only_the_registrar_disposes(draft, at, settings):
    settings.DEMO = True
    at(LATE)
    link, linked, refused = (
        reverse("retention:disposal"),
        set(),
        ("utvecklingsledare", "iop", "sekreterare", "styrelse"),
    )
    for role in ("administrator", "registrator", *refused):
        client = client_of(role)
        if link in client.get("/admin/").content.decode():
            linked.add(role)
        if role in refused:
            for url in (PAGE, f"{PAGE}nu/", f"{PAGE}protokoll.csv"):
                assert client.get(url).status_code == 403, (role, url)
        if role != "registrator":
            assert client.get(f"{PAGE}nu/").status_code == client.post(f"{PAGE}nu/").status_code == 403, role
        if role == "administrator":
            assert "Gallra nu" not in words(client.get(PAGE))
    assert Client().post(f"{PAGE}nu/").status_code == 302
    assert Accession.objects.exists() and linked == {"administrator", "registrator"}


def test_the_record_as_a_file(db, settings):
    settings.DEMO = True
    counts = {"casework.Letter:spent_codes": 2, "council.Feast:=forgotten": 1}
    DisposalRun.objects.create(day=date(2027, 1, 28), counts=counts)
    response = client_of("administrator").get(f"{PAGE}protokoll.csv")
    assert "gallringsprotokoll-" in response["Content-Disposition"]
    assert response.content.decode("utf-8-sig").splitlines() == [
        "Dag;Register;Vad som gallrades;Antal",
        "2027-01-28;Brev som portalen har skickat;Brev med en kod eller en länk för inloggning;2",
        "2027-01-28;;council.Feast:=forgotten;1",
    ]


def test_one_row_or_a_hundred_the_page_asks_as_often(by, at, registrar):
    code()
    Restriction.restrict(by=by, emails=["nagon@exempel.se"], names=["Kim Ek"], reason="Bestrider uppgiften.")
    at(START + 30 * DAY)
    registrar.force_login(registrar.user)
    few = queries(registrar, PAGE)
    at(START)
    for _ in range(30):
        code()
    at(START + 30 * DAY)
    assert queries(registrar, PAGE) == few and "med flera" in words(registrar.get(PAGE))
