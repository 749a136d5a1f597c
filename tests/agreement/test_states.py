"""Every state times every verb: what is allowed happens once and is logged, what is refused changes nothing."""

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from agreement import content
from agreement.models import Accession, AgreementVersion, Completion, Principle, Signature, SigningRound
from agreement.models.states import State
from agreement.steps import Application
from botkyrka_civil.casework.models import (
    SYSTEM,
    Actor,
    Event,
    Letter,
    Refused,
    RegistryEntry,
    RegistrySeries,
    record,
    register,
)
from botkyrka_civil.casework.signing import checksum
from botkyrka_civil.documents.models import File
from organisations.models import Organisation, OtherName
from tests import factories

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")

# Typed out here and not imported: state -> verb -> the state it leads to
TABLE = {
    "draft": {"invite": "awaiting_signatures", "withdraw": "withdrawn"},
    "awaiting_signatures": {"edit": "draft", "submit": "submitted", "expire": "expired", "withdraw": "withdrawn"},
    "expired": {},
    "withdrawn": {},
    "submitted": {"take": "under_review", "withdraw": "withdrawn"},
    "under_review": {
        "take": "under_review",
        "request_completion": "completion_requested",
        "approve": "joined",
        "reject": "rejected",
        "withdraw": "withdrawn",
    },
    "completion_requested": {
        "answer": "under_review",
        "extend": "completion_requested",
        "write_off": "written_off",
        "withdraw": "withdrawn",
    },
    "written_off": {},
    "joined": {"request_reaffirmation": "reaffirmation_requested", "leave": "left", "end": "ended"},
    "reaffirmation_requested": {"request_reaffirmation": "reaffirmation_requested", "leave": "left", "end": "ended"},
    "rejected": {},
    "left": {},
    "ended": {},
}
VERBS = [
    "invite", "edit", "submit", "expire", "withdraw", "take", "request_completion", "answer", "extend", "approve",
    "reject", "write_off", "request_reaffirmation", "leave", "end",
]  # fmt: skip
# which letters a verb queues, besides those to staff (one for each officer who may take cases)
LETTERS = {
    "invite": ["sign", "sign"],
    "submit": ["received", "received_signatory", "received_signatory"],
    "expire": ["expired"],
    "withdraw": ["withdrawn"],
    "request_completion": ["completion_requested"],
    "approve": ["approved"],
    "reject": ["rejected"],
    "write_off": ["written_off"],
    "request_reaffirmation": ["reaffirmation"],
    "leave": ["left"],
}
STAFF_LETTERS = {"new_case", "withdrawn_staff", "completion_answered", "left_staff"}


@pytest.fixture(autouse=True)
def quick_form(monkeypatch):
    """The form itself is tested in test_pdf.py; here a blank page stands for it."""
    monkeypatch.setattr(
        "agreement.pdf.signed_form", lambda accession, signing: factories.upload("blankett.pdf").store()
    )


@pytest.fixture
def officer():
    return factories.make_user()


@pytest.fixture
def by(officer):
    return Actor.of(officer)


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def later(days):
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


# What each verb is called with when everything it asks for is there: first what prepares it, then the call.


def give_signatures(accession):
    """As if everyone had signed, without the last one completing it."""
    signing = accession.open_round
    signing.signatures.update(signed_at=timezone.now(), signed_sha256=signing.content_sha256)


PREPARE = {
    "submit": lambda accession, officer: give_signatures(accession),
    "approve": lambda accession, officer: factories.see_form(accession, officer),
    "write_off": lambda accession, officer: accession.open_completion.remind(),
}


def call(verb, accession, by):
    if verb == "invite":
        application = Application(accession)
        given = application.content() if application.complete else _some_content(accession)
        accession.invite(
            by=accession.applicant, content=given, signatories=factories.PEOPLE[:2], organisation=accession.organisation
        )
    elif verb in ("edit", "withdraw"):
        getattr(accession, verb)(by=accession.applicant)
    elif verb == "submit":
        accession.submit(by=SYSTEM)
    elif verb == "expire":
        with later(settings.SIGNING_PERIOD.days + 1):
            accession.expire()
    elif verb == "take":
        accession.take(by=by)
    elif verb == "request_completion":
        accession.request_completion(by=by, kind="wrong", text="Fel år.", due=tomorrow())
    elif verb == "answer":
        accession.answer(by=accession.applicant, text="Här kommer det.")
    elif verb == "extend":
        accession.extend(by=by, due=timezone.localdate() + timedelta(days=40))
    elif verb == "approve":
        accession.approve(by=by)
    elif verb == "reject":
        accession.reject(by=by, motivation="Underlaget räcker inte.")
    elif verb == "write_off":
        with later(30):
            accession.write_off(by=by, motivation="Inget svar.")
    elif verb == "request_reaffirmation":
        version = AgreementVersion.objects.filter(label="2031").first() or factories.make_version(
            "2031", in_force=False
        )
        accession.request_reaffirmation(by=by, version=version)
    elif verb == "leave":
        accession.leave(by=by, scan=factories.upload("uttrade.pdf"))
    elif verb == "end":
        accession.end(by=by, reason="Föreningen är upplöst.")


def _some_content(accession):
    joining = accession.joining
    return joining.content if joining else {"signing_rule": {"mode": "two_jointly", "required": 2}}


def everything():
    """All rows that a verb could touch."""
    models = [Accession, SigningRound, Signature, Completion, Event, Letter, RegistryEntry, RegistrySeries]
    models += [Organisation, OtherName, File, AgreementVersion]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def refused(verb, *, saying=""):
    """The block must refuse with a Swedish sentence, and leave every row as it was."""
    return RefusedUnchanged(saying or verb)


class RefusedUnchanged:
    def __init__(self, saying):
        self.saying = saying

    def __enter__(self):
        self.before = everything()

    def __exit__(self, kind, error, traceback):
        assert kind is Refused, f"not refused: {error!r}" if kind is None else f"{kind}: {error}"
        sentence = str(error)
        assert self.saying in sentence
        assert sentence[0].isupper() or not sentence[0].isalpha()
        assert sentence.endswith((".", "!", "?"))
        assert everything() == self.before
        return True


def test_the_table_has_every_state_and_every_verb():
    assert set(TABLE) == set(State.values)
    assert set(VERBS) == set(Accession.TRANSITIONS)


PAIRS = [(state, verb) for state in TABLE for verb in VERBS]


@pytest.mark.parametrize(("state", "verb"), [(s, v) for s, v in PAIRS if v in TABLE[s]])
def test_an_allowed_verb_moves_once_and_is_logged(state, verb, officer, by):
    accession = factories.make_accession(state, officer=officer)
    actor = by
    if (state, verb) == ("under_review", "take"):  # a colleague takes it over
        officer = factories.make_user()
        actor = Actor.of(officer)
    if verb in PREPARE:
        PREPARE[verb](accession, officer)
    factories.make_version("2031", in_force=False)
    last_event = Event.objects.order_by("pk").last().pk
    last_letter = Letter.objects.order_by("pk").last()
    call(verb, accession, actor)
    target = TABLE[state][verb]
    row = Accession.objects.get(pk=accession.pk)
    assert row.state == accession.state == target
    moves = Event.objects.of(accession).filter(pk__gt=last_event).exclude(to_state="")
    assert [(e.verb, e.from_state, e.to_state) for e in moves] == [(verb, state, target)]
    assert moves[0].label == Accession.TRANSITIONS[verb].done
    who = {"submit": "Systemet", "expire": "Systemet"}.get(verb)
    if verb in ("invite", "edit", "withdraw", "answer"):
        who = "Sara Sökande (sökande)"
    assert moves[0].actor == (who or officer.name)
    letters = Letter.objects.filter(pk__gt=last_letter.pk).order_by("pk")
    assert [x.kind for x in letters if x.kind not in STAFF_LETTERS] == LETTERS.get(verb, [])


@pytest.mark.parametrize(("state", "verb"), [(s, v) for s, v in PAIRS if v not in TABLE[s]])
def test_a_refused_verb_changes_nothing(state, verb, officer, by):
    accession = factories.make_accession(state, officer=officer)
    factories.make_version("2031", in_force=False)
    with refused(verb, saying="Det går inte att"):
        call(verb, accession, by)


# The guards, one by one ------------------------------------------------------------------------------------------


def test_invite_needs_a_verified_address():
    accession = factories.make_draft()
    Accession.objects.update(email_verified_at=None)
    with refused("invite", saying="Öppna länken i brevet först"):
        call("invite", accession, SYSTEM)


def test_invite_needs_evidence():
    accession = factories.make_draft()
    Accession.objects.update(evidence=None)
    with refused("invite", saying="underlaget"):
        call("invite", accession, SYSTEM)


def test_the_first_thing_typed_verifies_the_address():
    factories.make_version()
    accession = Accession.begin(request_key=uuid4(), name="Sara", email="Sara@Exempel.SE")
    assert accession.email_verified_at is None
    assert accession.applicant_email == "sara@exempel.se"
    accession.keep(contact={"area": "Alby"})
    assert Accession.objects.get().email_verified_at


def test_begin_twice_gives_one_draft_and_one_letter():
    factories.make_version()
    key = uuid4()
    first, second = (Accession.begin(request_key=key, name="Sara", email="sara@exempel.se") for _ in range(2))
    assert first == second
    assert Letter.objects.count() == 1
    assert Event.objects.of(first).count() == 1


@pytest.mark.parametrize("state", [s for s in TABLE if s not in ("draft", "completion_requested")])
def test_facts_are_kept_only_while_they_may_be_edited(state):
    accession = factories.make_accession(state)
    with refused("keep", saying="går inte att ändra nu"):
        accession.keep(contact={"area": "Någon annanstans"})
    with refused("keep", saying="går inte att ändra nu"):
        accession.attach_evidence(factories.upload())


def test_a_second_open_accession_is_refused():
    first = factories.make_accession("awaiting_signatures")
    second = factories.make_draft()
    with refused("invite", saying="redan en ansökan på gång"):
        second.invite(
            by=SYSTEM,
            content=Application(second).content(),
            signatories=factories.PEOPLE[:2],
            organisation=first.organisation,
        )


def test_an_organisation_on_the_list_need_not_join_again():
    first = factories.make_accession("joined")
    second = factories.make_draft()
    with refused("invite", saying="står redan på listan"):
        second.invite(
            by=SYSTEM,
            content=Application(second).content(),
            signatories=factories.PEOPLE[:2],
            organisation=first.organisation,
        )


def test_content_is_frozen_and_hashed_and_everyone_gets_a_link_of_their_own():
    accession = factories.make_accession("awaiting_signatures", people=3)
    signing = accession.open_round
    assert signing.content_sha256 == checksum(signing.content)
    assert signing.content["agreement"]["principles"][0]["text"] == "Genom dialog möts vi på lika villkor."
    assert "email" not in str(signing.content["signatories"])
    letters = Letter.objects.filter(kind="sign")
    assert sorted(letters.values_list("to", flat=True)) == sorted(p["email"] for p in factories.PEOPLE)
    assert len(set(letters.values_list("link_key", flat=True))) == 3
    assert all(Letter.PERSONAL_LINK in letter.body for letter in letters)


def test_edit_voids_every_signature_and_tells_those_who_signed():
    accession = factories.make_accession("awaiting_signatures", people=3, mode="whole_board")
    signing = accession.open_round
    anna = signing.signatures.first()
    anna.sign(typed_name=anna.name, session="a", address="")
    accession.edit(by=accession.applicant)
    signing.refresh_from_db()
    assert signing.outcome == "voided"
    assert list(Letter.objects.filter(kind="voided").values_list("to", flat=True)) == [anna.email]
    bo = signing.signatures.get(order=2)
    with refused("sign", saying="omgången är stängd"):
        bo.sign(typed_name=bo.name, session="b", address="")
    accession.keep(contact={"area": "Alby"})
    factories.invite(accession)
    assert accession.open_round.signed_count == 0
    assert accession.open_round.content_sha256 != signing.content_sha256
    assert Organisation.objects.count() == 1


def test_a_registered_accession_is_not_opened_for_editing():
    accession = factories.make_accession("completion_requested")
    _answer_with_changed_facts(accession)
    with refused("edit", saying="diarieförd"):
        accession.edit(by=accession.applicant)


# Signing


@pytest.fixture
def awaiting():
    return factories.make_accession("awaiting_signatures")


def signature_of(accession, order=1):
    return accession.open_round.signatures.get(order=order)


def sign(signature, session=""):
    signature.sign(typed_name=signature.name, session=session or uuid4().hex, address="10.0.0.1")


@pytest.mark.parametrize("typed", ["Bo Ås", "Anna", "Anna  Ek Ek", "", "Änna Ek"])
def test_sign_needs_the_own_name(awaiting, typed):
    with refused("sign", saying="så som det står i anslutningen: Anna Ek"):
        signature_of(awaiting).sign(typed_name=typed, session="a", address="")


@pytest.mark.parametrize("typed", ["Anna Ek", "anna ek", "  ANNA   EK "])
def test_case_and_spaces_of_the_name_do_not_matter(awaiting, typed):
    signature_of(awaiting).sign(typed_name=typed, session="a", address="")
    assert Signature.objects.get(order=1).signed_at


def test_sign_needs_a_session_of_ones_own(awaiting):
    sign(signature_of(awaiting), "samma")
    with refused("sign", saying="I den här webbläsaren har någon annan redan skrivit under"):
        sign(signature_of(awaiting, 2), "samma")


def test_sign_is_bound_to_the_frozen_content(awaiting):
    signing = awaiting.open_round
    SigningRound.objects.update(content=signing.content | {"purpose": "något annat"})
    with refused("sign", saying="Innehållet har ändrats"):
        sign(signature_of(awaiting))


def test_a_signature_is_given_once(awaiting):
    sign(signature_of(awaiting))
    with refused("sign", saying="redan skrivit under"):
        sign(signature_of(awaiting))
    with refused("decline", saying="redan skrivit under"):
        signature_of(awaiting).decline(reason="Ångrar mig.")


def test_a_signature_stores_who_when_what_and_no_address(awaiting):
    sign(signature_of(awaiting))
    row = Signature.objects.get(order=1)
    assert (row.typed_name, row.signed_sha256) == ("Anna Ek", awaiting.open_round.content_sha256)
    assert "10.0.0.1" not in str(Signature.objects.values_list())
    event = Event.objects.get(verb="sign")
    assert event.data == {"sha256": row.signed_sha256}
    assert event.actor_email == row.email


def test_decline_tells_the_applicant_and_can_not_be_undone(awaiting):
    signature_of(awaiting).decline(reason="Jag har slutat i styrelsen.")
    letter = Letter.objects.get(kind="declined")
    assert letter.to == awaiting.applicant_email
    assert "Jag har slutat i styrelsen." in letter.body
    assert not awaiting.open_round.can_still_be_met
    with refused("sign", saying="redan avböjt"):
        sign(signature_of(awaiting))
    with refused("decline", saying="redan avböjt"):
        signature_of(awaiting).decline(reason="Igen.")


def test_sign_is_refused_after_the_deadline_even_before_the_clock_has_expired_it(awaiting):
    signature = signature_of(awaiting)
    with later(settings.SIGNING_PERIOD.days + 1), refused("sign", saying="inte längre"):
        sign(signature)


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
def test_sign_is_refused_when_the_round_is_closed(awaiting, state):
    signature = signature_of(awaiting)
    call("withdraw" if state == "withdrawn" else "expire", awaiting, SYSTEM)
    with refused("sign", saying="omgången är stängd"):
        sign(signature)


def test_expire_waits_for_the_deadline(awaiting):
    with refused("expire", saying="har inte gått ut"):
        awaiting.expire()


def test_submit_waits_for_the_rule(awaiting):
    with refused("submit", saying="finns inte än"):
        awaiting.submit(by=SYSTEM)


@pytest.mark.parametrize(
    ("mode", "people", "needed"),
    [("each_alone", 2, 1), ("two_jointly", 3, 2), ("n_jointly", 3, 3), ("whole_board", 3, 3)],
)
def test_the_rule_decides_how_many_sign(mode, people, needed):
    accession = factories.make_accession("awaiting_signatures", mode=mode, people=people)
    for done, signature in enumerate(list(accession.open_round.signatures.all())[:needed]):
        assert Accession.objects.get().state == "awaiting_signatures", done
        sign(signature)
    accession = Accession.objects.get()
    assert accession.state == "submitted"
    assert Event.objects.filter(verb="submit").count() == RegistryEntry.objects.count() == 1
    assert accession.joining.form
    assert accession.joining.outcome == "met"
    assert accession.registry_entry.counterpart == accession.organisation.name


def test_signatures_of_another_content_do_not_count(awaiting):
    Signature.objects.update(signed_at=timezone.now(), signed_sha256="0" * 64)
    assert not awaiting.open_round.is_met()


# Deciding


@pytest.mark.parametrize("verb", ["take", "request_completion", "extend", "approve", "reject", "write_off"])
@pytest.mark.parametrize(
    "who",
    [
        {"email": "SARA@jav.se", "name": "Någon Annan"},
        {"email": "n1@kommun.example", "name": "sara sökande"},
        {"email": "Anna.Ek@exempel.se", "name": "Någon Annan"},
        {"email": "n2@kommun.example", "name": "BO ÅS"},
    ],
    ids=["applicant-email", "applicant-name", "signatory-email", "signatory-name"],
)
def test_whoever_has_a_part_in_the_case_does_not_decide_it(verb, who, officer):
    state = {"take": "submitted", "write_off": "completion_requested", "extend": "completion_requested"}.get(
        verb, "under_review"
    )
    accession = factories.make_accession(state, officer=officer)
    Accession.objects.update(applicant_email="sara@jav.se")
    accession.refresh_from_db()
    biased = factories.make_user(**who)
    factories.see_form(accession, biased)
    if verb == "write_off":
        accession.open_completion.remind()
    with refused(verb, saying="Du kan inte handlägga ärendet."):
        call(verb, accession, Actor.of(biased))


@pytest.mark.parametrize("verb", ["take", "request_completion", "extend", "approve", "reject", "write_off"])
def test_only_an_officer_decides(verb, officer):
    state = {"take": "submitted", "write_off": "completion_requested", "extend": "completion_requested"}.get(
        verb, "under_review"
    )
    accession = factories.make_accession(state, officer=officer)
    with refused(verb, saying="Bara en handläggare"):
        call(verb, accession, accession.applicant)


def test_an_earlier_signatory_is_still_biased(officer):
    """Also the one who signed a round that was voided afterwards."""
    accession = factories.make_accession("awaiting_signatures")
    accession.edit(by=accession.applicant)
    accession.keep(signatories=[factories.PEOPLE[1], factories.PEOPLE[2]])
    factories.invite(accession)
    assert accession.conflicts_of_interest(factories.make_user(email="anna.ek@exempel.se"))


def test_the_one_who_has_the_case_does_not_take_it_again(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    with refused("take", saying="Du har redan ärendet"):
        accession.take(by=by)


def test_approve_needs_the_form_to_have_been_opened_by_the_one_who_decides(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    with refused("approve", saying="Öppna blanketten"):
        accession.approve(by=by)
    factories.see_form(accession, factories.make_user())
    with refused("approve", saying="Öppna blanketten"):
        accession.approve(by=by)
    record(accession, "open_file", by=by, label="Öppnade underlaget", file=accession.evidence.pk)
    with refused("approve", saying="Öppna blanketten"):
        accession.approve(by=by)
    factories.see_form(accession, officer)
    accession.approve(by=by)
    assert accession.decided_by == officer


def test_approve_lists_at_once_and_alters_no_content(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    before = accession.joining.content, accession.joining.content_sha256
    factories.see_form(accession, officer)
    accession.approve(by=by)
    assert (accession.joining.content, accession.joining.content_sha256) == before
    assert list(Accession.objects.held_on(timezone.localdate())) == [accession]
    organisation = Organisation.objects.get()
    assert organisation.area == "Hallunda"
    assert organisation.website == "https://exempel.se"


def test_approve_refuses_a_number_that_another_organisation_has_got_meanwhile(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    number = accession.organisation.org_nr
    Organisation.objects.update(org_nr=None)
    factories.make_organisation("Hann före", org_nr=number)
    factories.see_form(accession, officer)
    with refused("approve", saying="Hann före"):
        accession.approve(by=by)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_a_refusal_without_reasons_is_impossible(officer, by, text):
    accession = factories.make_accession("under_review", officer=officer)
    with refused("reject", saying="Skriv skälen"):
        accession.reject(by=by, motivation=text)


def test_the_reasons_stand_in_row_log_and_letter(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    accession.reject(by=by, motivation="Protokollet visar en annan styrelse.")
    assert Accession.objects.get().motivation == "Protokollet visar en annan styrelse."
    assert Event.objects.get(verb="reject").reason == "Protokollet visar en annan styrelse."
    assert "Protokollet visar en annan styrelse." in Letter.objects.get(kind="rejected").body


def test_a_completion_has_a_deadline_ahead(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    with refused("request_completion", saying="framåt i tiden"):
        accession.request_completion(by=by, kind="wrong", text="Fel.", due=timezone.localdate())


def test_one_completion_is_open_at_a_time(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    accession.completions.create(kind="wrong", text="Fel.", due=tomorrow(), requested_by=officer)
    with refused("request_completion", saying="redan begärd"):
        call("request_completion", accession, by)


def test_a_second_completion_after_the_first_is_answered(officer, by):
    accession = factories.make_accession("completion_requested", officer=officer)
    call("answer", accession, by)
    call("request_completion", accession, by)
    assert accession.completions.count() == 2
    assert accession.open_completion.answer == ""


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_answer_has_words(text):
    accession = factories.make_accession("completion_requested")
    with refused("answer", saying="Skriv"):
        accession.answer(by=accession.applicant, text=text)


def _answer_with_changed_facts(accession):
    accession.keep(contact=accession.draft["contact"] | {"area": "Fittja"})
    application = Application(accession)
    assert application.complete, {key: form.errors for key, form in application.forms.items()}
    accession.answer(
        by=accession.applicant, text="Ändrat.", content=application.content(), signatories=application.signatories
    )


def test_an_answer_that_changes_the_content_is_signed_anew_and_keeps_its_number(officer, by):
    accession = factories.make_accession("completion_requested", officer=officer)
    number, first = accession.number, accession.joining
    _answer_with_changed_facts(accession)
    assert accession.state == "awaiting_signatures"
    assert Letter.objects.filter(kind="sign").count() == 4
    factories.sign_all(accession)
    assert (accession.state, accession.number) == ("submitted", number)
    assert accession.joining.form != first.form
    assert RegistryEntry.objects.count() == 1
    accession.take(by=by)
    record(accession, "open_file", by=by, label="Öppnade", file=first.form.pk)
    with refused("approve", saying="Öppna blanketten"):  # the new form, not the one that was replaced
        accession.approve(by=by)


def test_an_answer_with_the_same_content_goes_on(officer):
    accession = factories.make_accession("completion_requested", officer=officer)
    application = Application(accession)
    assert application.complete
    accession.answer(
        by=accession.applicant, text="Se bilagan.", content=application.content(), signatories=application.signatories
    )
    assert accession.state == "under_review"
    assert Letter.objects.filter(kind="completion_answered", to=officer.email).count() == 1


def test_a_deadline_is_only_moved_ahead_and_the_reminder_comes_anew(by):
    accession = factories.make_accession("completion_requested")
    completion = accession.open_completion
    completion.remind()
    for days in (-1, 0, 10):
        with refused("extend", saying="efter den gamla"):
            accession.extend(by=by, due=timezone.localdate() + timedelta(days=days))
    accession.extend(by=by, due=timezone.localdate() + timedelta(days=11))
    completion.refresh_from_db()
    assert (completion.due, completion.reminded_at) == (timezone.localdate() + timedelta(days=11), None)


def test_write_off_waits_for_deadline_and_reminder(by):
    accession = factories.make_accession("completion_requested")
    motivation = "Inget svar."
    with refused("write_off", saying="har inte passerat"):
        accession.write_off(by=by, motivation=motivation)
    with later(10), refused("write_off", saying="har inte passerat"):
        accession.write_off(by=by, motivation=motivation)
    with later(11), refused("write_off", saying="påminnelse"):
        accession.write_off(by=by, motivation=motivation)
    accession.open_completion.remind()
    assert Letter.objects.filter(kind="completion_reminder").count() == 1
    with later(11), refused("write_off", saying="Skriv varför"):
        accession.write_off(by=by, motivation=" ")
    with later(11):
        accession.write_off(by=by, motivation=motivation)
    assert accession.open_completion is None


def test_withdraw_closes_what_was_open_and_tells_staff_what_they_had_received(officer):
    accession = factories.make_accession("completion_requested", officer=officer)
    accession.withdraw(by=accession.applicant, reason="Ångrat oss.")
    assert accession.open_completion is None
    assert accession.number
    assert Letter.objects.filter(kind="withdrawn_staff", to=officer.email).count() == 1
    unsent = factories.make_accession("awaiting_signatures")
    unsent.withdraw(by=unsent.applicant)
    assert unsent.open_round is None
    assert Letter.objects.filter(kind="withdrawn_staff").count() == 1


# After joining ---------------------------------------------------------------------------------------------------


def new_version(label="2030", by=SYSTEM, **fields):
    version = factories.make_version(label, in_force=False, **fields)
    version.adopt(by=by)
    version.put_in_force(by=by)
    return version


def test_reaffirmation_supersedes_and_keeps_history_by_date(officer, by):
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=STOCKHOLM), tick=False):
        old = factories.make_accession("joined", officer=officer)
    with time_machine.travel(datetime(2027, 5, 1, 12, tzinfo=STOCKHOLM), tick=False):
        version = new_version()
        old.refresh_from_db()
        assert old.state == "reaffirmation_requested"
        assert old in Accession.objects.held_on(date(2027, 5, 1))
        draft = old.reaffirm()
        assert old.reaffirm() == draft
        assert (draft.version, draft.supersedes, draft.organisation) == (version, old, old.organisation)
        assert Letter.objects.filter(kind="resume", to=draft.applicant_email).count() == 2
    with time_machine.travel(datetime(2027, 6, 1, 12, tzinfo=STOCKHOLM), tick=False):
        factories.invite(draft)
        factories.sign_all(draft)
        draft.take(by=by)
        factories.see_form(draft, officer)
        draft.approve(by=by)
    old.refresh_from_db()
    assert (old.state, old.ended_on, draft.joined_on) == ("ended", date(2027, 6, 1), date(2027, 6, 1))
    assert draft.open_round is None
    for day, expected in {
        date(2026, 2, 28): [],
        date(2026, 3, 1): [old],
        date(2027, 5, 31): [old],
        date(2027, 6, 1): [draft],
        date(2030, 1, 1): [draft],
    }.items():
        assert list(Accession.objects.held_on(day)) == expected, day


def test_reaffirm_only_when_asked():
    accession = factories.make_accession("joined")
    with refused("reaffirm", saying="ingen ny version"):
        accession.reaffirm()


def test_a_draft_follows_to_the_version_that_comes_in_force():
    draft = factories.make_draft()
    sent = factories.make_accession("awaiting_signatures")
    version = new_version()
    draft.refresh_from_db()
    sent.refresh_from_db()
    assert (draft.version, sent.version.label) == (version, "2018")


def test_approved_under_a_version_that_was_replaced_meanwhile_is_asked_at_once(officer, by):
    accession = factories.make_accession("under_review", officer=officer)
    new_version()
    factories.see_form(accession, officer)
    accession.approve(by=by)
    assert Accession.objects.get().state == "reaffirmation_requested"
    assert list(Letter.objects.filter(kind__in=["approved", "reaffirmation"]).order_by("pk").values_list("kind")) == [
        ("approved",),
        ("reaffirmation",),
    ]


def test_without_required_reaffirmation_nobody_is_asked():
    accession = factories.make_accession("joined")
    new_version(requires_reaffirmation=False)
    accession.refresh_from_db()
    assert accession.state == "joined"


def test_an_organisation_leaves_under_its_signing_rule(by):
    accession = factories.make_accession("joined")
    people = factories.PEOPLE[:2]
    leaving = content.leaving(accession, content.signing_rule("two_jointly", None, 2), people)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    with refused("start_leaving", saying="väntar redan"):
        accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    with refused("leave", saying="inte undertecknat"):
        accession.leave(by=SYSTEM)
    sign(signature_of(accession))
    assert Accession.objects.get().state == "joined"
    sign(signature_of(accession, 2))
    accession.refresh_from_db()
    assert (accession.state, accession.ended_on) == ("left", timezone.localdate())
    assert accession.leaving.form
    today = timezone.localdate()
    assert not Accession.objects.held_on(today).exists()
    assert Accession.objects.public().get() == accession


def test_leaving_can_be_called_off(by):
    accession = factories.make_accession("joined")
    with refused("cancel_leaving", saying="Inget utträde väntar"):
        accession.cancel_leaving(by=accession.applicant)
    leaving = content.leaving(accession, content.signing_rule("two_jointly", None, 2), factories.PEOPLE[:2])
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=factories.PEOPLE[:2])
    sign(signature_of(accession))
    accession.cancel_leaving(by=accession.applicant)
    assert accession.state == "joined"
    assert Letter.objects.filter(kind="leave_cancelled").count() == 1


def test_leave_on_paper_needs_the_paper(by):
    accession = factories.make_accession("joined")
    with refused("leave", saying="inte undertecknat"):
        accession.leave(by=by)
    accession.leave(by=by, scan=factories.upload())
    event = Event.objects.get(verb="attach_leave_form")
    assert Letter.objects.get(kind="left").attachment == File.objects.get(pk=event.data["file"]).stored.name


@pytest.mark.parametrize("state", [s for s in TABLE if s not in ("joined", "reaffirmation_requested")])
def test_only_the_joined_can_start_to_leave(state):
    accession = factories.make_accession(state)
    with refused("start_leaving", saying="inte ansluten"):
        accession.start_leaving(by=SYSTEM, content={"signing_rule": {"mode": "each_alone"}}, signatories=[])


def test_end_needs_a_reason(by):
    accession = factories.make_accession("joined")
    with refused("end", saying="Skriv varför"):
        accession.end(by=by, reason=" ")


# Paper -----------------------------------------------------------------------------------------------------------


def register_paper(by, **changes):
    draft = factories.make_draft()
    arguments = {
        "by": by,
        "content": Application(draft).content(),
        "signatories": factories.PEOPLE[:2],
        "scan": factories.upload("skannad.pdf"),
        "evidence": None,
        "received_on": timezone.now(),
        "organisation": None,
        "email": "Info@Exempel.se",
        "request_key": uuid4(),
    } | changes
    draft.delete()
    return Accession.register_paper(**arguments), arguments


def test_paper_enters_the_same_states(officer, by):
    accession, _ = register_paper(by)
    accession = Accession.objects.get(pk=accession.pk)
    assert (accession.state, accession.method) == ("submitted", "paper")
    assert accession.number
    assert {s.method for s in accession.joining.signatures.all()} == {"paper"}
    assert Letter.objects.get(kind="received").to == "info@exempel.se"
    accession.take(by=by)
    factories.see_form(accession, officer)
    accession.approve(by=by)
    assert accession.state == "joined"


def test_paper_sent_twice_is_registered_once(by):
    first, arguments = register_paper(by)
    assert Accession.register_paper(**arguments) == first
    assert Accession.objects.count() == RegistryEntry.objects.count() == 1


def test_paper_without_a_key_never_meets_another_row(by):
    new_version_draft = Accession.objects.create(version=factories.make_version(), request_key=None)
    accession, _ = register_paper(by, request_key=None)
    assert accession != new_version_draft
    assert accession.state == "submitted"


def test_paper_for_an_organisation_on_the_list_is_refused(by):
    listed = factories.make_accession("joined").organisation
    draft = factories.make_draft()
    given = Application(draft).content()
    with refused("register_paper", saying="står redan på listan"):
        Accession.register_paper(
            by=by,
            content=given,
            signatories=factories.PEOPLE[:2],
            scan=factories.upload(),
            evidence=None,
            received_on=timezone.now(),
            organisation=listed,
            request_key=uuid4(),
        )


def test_paper_without_address_leaves_its_letters_for_print(by):
    register_paper(by, email="")
    assert Letter.objects.by_post().get().kind == "received"


# Versions of the agreement ---------------------------------------------------------------------------------------

VERSION_TABLE = {
    "draft": {"adopt": "adopted"},
    "adopted": {"put_in_force": "in_force"},
    "in_force": {"replace": "replaced"},
    "replaced": {},
}


def version_in(state):
    version = factories.make_version("2040", in_force=False)
    for verb, reached in {"adopt": "adopted", "put_in_force": "in_force", "_replace": "replaced"}.items():
        if version.state == state:
            break
        getattr(version, verb)(by=SYSTEM)
        assert version.state == reached
    return version


@pytest.mark.parametrize("state", VERSION_TABLE)
@pytest.mark.parametrize("verb", ["adopt", "put_in_force", "replace"])
def test_versions_every_state_and_verb(state, verb, by, officer):
    assert set(VERSION_TABLE) == set(AgreementVersion.State.values)
    assert set(AgreementVersion.TRANSITIONS) == {"adopt", "put_in_force", "replace"}
    version = version_in(state)
    move = getattr(version, "_replace" if verb == "replace" else verb)
    if verb not in VERSION_TABLE[state]:
        with refused(verb, saying="Det går inte att"):
            move(by=by)
        return
    last = Event.objects.order_by("pk").last()
    move(by=by)
    assert AgreementVersion.objects.get().state == VERSION_TABLE[state][verb]
    event = Event.objects.filter(pk__gt=last.pk if last else 0).get()
    assert (event.verb, event.from_state, event.to_state) == (verb, state, VERSION_TABLE[state][verb])
    assert event.actor == officer.name


def test_adopt_needs_principles_and_words_on_joining(by):
    version = factories.make_version("2040", in_force=False)
    version.principles.all().delete()
    with refused("adopt", saying="Skriv in principerna"):
        version.adopt(by=by)


def test_a_new_version_replaces_the_one_in_force(by):
    old = factories.make_version()
    new = new_version(by=by)
    old.refresh_from_db()
    assert (old.state, AgreementVersion.objects.in_force()) == ("replaced", new)


# What must never be, the database refuses ------------------------------------------------------------------------


def refused_by_database():
    class Block:
        def __enter__(self):
            self.atomic = transaction.atomic()
            self.atomic.__enter__()
            self.raises = pytest.raises(IntegrityError)
            self.raises.__enter__()

        def __exit__(self, *error):
            try:
                return self.raises.__exit__(*error)
            finally:
                self.atomic.__exit__(*error)

    return Block()


NOW = datetime(2026, 5, 1, 12, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("draft", {"state": "påhittat"}),
        ("draft", {"state": "submitted"}),
        ("draft", {"state": "under_review"}),
        ("draft", {"state": "rejected"}),
        ("draft", {"state": "joined"}),
        ("submitted", {"registry_entry": None}),
        ("submitted", {"submitted_at": None}),
        ("submitted", {"organisation": None}),
        ("under_review", {"decided_at": NOW}),
        ("joined", {"decided_by": None}),
        ("joined", {"decided_at": None}),
        ("joined", {"joined_on": None}),
        ("joined", {"organisation": None}),
        ("joined", {"ended_on": date(2026, 5, 1)}),
        ("left", {"ended_on": None}),
        ("ended", {"ended_on": None}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_an_accession_that_contradicts_itself_is_refused_by_the_database(state, change):
    accession = factories.make_accession(state)
    with refused_by_database():
        Accession.objects.filter(pk=accession.pk).update(**change)


@pytest.mark.parametrize("state", ["awaiting_signatures", "joined"])
def test_two_at_once_for_one_organisation_and_version_are_refused_by_the_database(state):
    first, second = (factories.make_accession(state) for _ in range(2))
    with refused_by_database():
        Accession.objects.filter(pk=second.pk).update(organisation=first.organisation)


def test_two_active_without_version_are_refused_by_the_database():
    organisation = factories.make_organisation("Gammal")
    facts = {"organisation": organisation, "state": "joined", "known_from": date(2020, 3, 5)}
    Accession.objects.create(**facts)
    with refused_by_database():
        Accession.objects.create(**facts)


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Signature, {"signed_at": NOW}),
        (Signature, {"signed_sha256": "a" * 64}),
        (Signature, {"order": 1}),
        (Signature, {"email": "samma@exempel.se"}),
        (Signature, {"session_hash": "samma"}),
        (Signature, {"signed_at": NOW, "signed_sha256": "a" * 64, "declined_at": NOW}),
        (SigningRound, {"outcome": "met"}),
        (SigningRound, {"closed_at": NOW}),
        (SigningRound, {"required": 0}),
        (Organisation, {"org_nr": ""}),
        (Organisation, {"status": "merged"}),
        (AgreementVersion, {"state": "påhittat"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value.__name__,
)
def test_other_rows_that_contradict_themselves_are_refused_by_the_database(model, change):
    factories.make_accession("awaiting_signatures")
    with refused_by_database():
        model.objects.update(**change)


def test_pairs_that_may_not_be_are_refused_by_the_database(officer):
    accession = factories.make_accession("completion_requested", officer=officer)
    signing, version = accession.joining, accession.version
    with refused_by_database():
        Completion.objects.create(accession=accession, kind="wrong", text="", due=NOW, requested_by=officer)
    with refused_by_database():
        Completion.objects.update(answered_at=NOW, answer="")
    with refused_by_database():
        SigningRound.objects.create(
            accession=accession, purpose="join", content={}, required=1, deadline=NOW, outcome="met"
        )
    open_round = {"accession": accession, "purpose": "join", "content": {}, "required": 1, "deadline": NOW}
    SigningRound.objects.create(**open_round)
    with refused_by_database():
        SigningRound.objects.create(**open_round)
    with refused_by_database():
        AgreementVersion.objects.create(label="2041", title="En till", state="in_force")
    with refused_by_database():
        Principle.objects.create(version=version, order=1, slug="annan", heading="Annan")
    with refused_by_database():
        Principle.objects.create(version=version, order=2, slug="dialog", heading="Annan")
    with refused_by_database():
        Signature.objects.create(round=signing, order=1, name="X", role="Y")
    entry = accession.registry_entry
    with refused_by_database():
        RegistryEntry.objects.create(year=entry.year, serial=entry.serial, number="annat", received_at=NOW)
    with refused_by_database():
        Organisation.objects.create(name="Annan", org_nr=accession.organisation.org_nr)
    accession.organisation.other_names.create(name="Smeknamn")
    with refused_by_database():
        accession.organisation.other_names.create(name="Smeknamn")


def test_the_log_is_never_edited():
    accession = factories.make_draft()
    event = Event.objects.of(accession).first()
    with pytest.raises(TypeError, match="ändras aldrig"):
        Event.objects.update(actor="Någon annan")
    event.actor = "Någon annan"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE casework_event SET actor = 'Någon annan'")
    assert Event.objects.get(pk=event.pk).actor != "Någon annan"


# Registry numbers ------------------------------------------------------------------------------------------------


def take_number(at):
    return register(factories.make_version(), counterpart="X", matter="Y", received_at=at).number


def test_numbers_have_no_gaps_and_start_anew_each_year():
    first = datetime(2026, 12, 31, 23, 30, tzinfo=STOCKHOLM)
    numbers = [take_number(first), take_number(first)]

    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        assert take_number(first) == "ÖK 2026/0003"
        raise Stop
    numbers += [take_number(first), take_number(first + timedelta(hours=1)), take_number(first)]
    assert numbers == ["ÖK 2026/0001", "ÖK 2026/0002", "ÖK 2026/0003", "ÖK 2027/0001", "ÖK 2026/0004"]


def test_the_year_is_that_of_stockholm():
    assert take_number(datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("UTC"))) == "ÖK 2027/0001"


def test_a_form_that_fails_takes_no_number(monkeypatch, awaiting):
    def broken(*_):
        raise RuntimeError("no PDF")

    monkeypatch.setattr("agreement.pdf.signed_form", broken)
    sign(signature_of(awaiting))
    before = everything()
    with pytest.raises(RuntimeError):
        sign(signature_of(awaiting, 2))
    assert everything() == before
    assert not RegistrySeries.objects.exists()
