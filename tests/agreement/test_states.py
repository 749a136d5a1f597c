"""Every state times every verb: what is allowed happens once and is logged, what is refused changes nothing."""

from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from agreement.models import Accession, AgreementVersion, Completion, Signature, SigningRound
from agreement.models.states import State
from agreement.steps import Application
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, Refused, RegistryEntry, record, register
from botkyrka_civil.casework.signing import checksum
from organisations.models import Organisation
from tests import factories
from tests.agreement.cases import answer_with, approve, letters, new_version, on_paper, start_leaving
from tests.tools.threads import same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

NEVER_SENT = {"draft", "awaiting_signatures", "expired", "withdrawn"}
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
    "written_off": {"translate": "written_off"},
    "joined": {
        "request_reaffirmation": "reaffirmation_requested",
        "leave": "left",
        "end": "ended",
        "translate": "joined",
    },
    "reaffirmation_requested": {
        "request_reaffirmation": "reaffirmation_requested",
        "leave": "left",
        "end": "ended",
        "translate": "reaffirmation_requested",
    },
    "rejected": {"translate": "rejected"},
    "left": {},
    "ended": {"translate": "ended"},
}
VERBS = {verb for verbs in TABLE.values() for verb in verbs}
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
    "translate": ["translated"],
}
STAFF_LETTERS = {"new_case", "withdrawn_staff", "completion_answered", "left_staff"}


STATES = list(TABLE)
BLANK = ("", "  ", "\n\t")
# Where each verb that an officer decides by is tried
DECIDES = ("take", "request_completion", "extend", "approve", "reject", "write_off", "translate")
DECIDED_IN = {verb: next(state for state in TABLE if verb in TABLE[state]) for verb in DECIDES}


def later(days):
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


def day(days):
    return timezone.localdate() + timedelta(days=days)


def prepare(verb, accession, officer):
    """What must have happened before the verb."""
    if verb == "submit":  # as if everyone had signed, without the last one completing it
        signing = accession.open_round
        signing.signatures.update(signed_at=timezone.now(), signed_sha256=signing.content_sha256)
    elif verb == "approve":
        factories.see_form(accession, officer)
    elif verb == "write_off":
        accession.open_completion.remind()


def call(verb, accession, by):
    """The verb with everything that it asks for."""
    if verb in ("invite", "edit", "withdraw", "answer"):
        by = accession.applicant
    if verb == "invite":
        application = Application(accession)
        given = application.content() if application.complete else _some_content(accession)
        more = {"content": given, "signatories": factories.PEOPLE[:2], "organisation": accession.organisation}
    else:
        more = {
            "request_completion": {"kind": "wrong", "text": "Fel år.", "due": day(1)},
            "answer": {"text": "Här kommer det."},
            "extend": {"due": day(40)},
            "reject": {"motivation": "Underlaget räcker inte."},
            "write_off": {"motivation": "Inget svar."},
            "request_reaffirmation": {"version": AgreementVersion.objects.filter(label="2030").first()},
            "leave": {"scan": factories.upload("uttrade.pdf")} if verb == "leave" else {},
            "end": {"reason": "Föreningen är upplöst."},
            "translate": {"language": "fi", "scan": factories.upload("beslut.pdf"), "translated_on": day(0)},
        }.get(verb, {})
    given = {} if verb == "expire" else {"by": SYSTEM if verb == "submit" else by, **more}
    with later({"expire": settings.SIGNING_PERIOD.days + 1, "write_off": 30}.get(verb, 0)):
        getattr(accession, verb)(**given)


def _some_content(accession):
    joining = accession.joining
    return joining.content if joining else {"signing_rule": {"mode": "two_jointly", "required": 2}}


@contextmanager
def refused(saying):
    """The block must refuse with a Swedish sentence, and write nothing."""
    with heard() as written, pytest.raises(Refused) as refusal:
        yield
    sentence = str(refusal.value)
    assert saying in sentence and sentence.endswith((".", "!", "?"))
    assert sentence[0].isupper() or not sentence[0].isalpha()
    assert not written


@contextmanager
def rolled_back():
    """The block may write, but leaves every row of the database as it was."""

    def rows():
        return {model: list(model._base_manager.order_by("pk").values()) for model in apps.get_models()}

    before = rows()
    yield
    assert rows() == before


def not_refused(calls, saying):
    """Those of the named calls that are not refused in these words, or that write something."""
    wrong = {}
    for name, run in calls.items():
        try:
            with transaction.atomic(), refused(saying):
                run()
        except (AssertionError, pytest.fail.Exception) as fault:
            wrong[name] = str(fault)
    return wrong


def test_the_table_has_every_state_and_every_verb():
    assert (set(TABLE), VERBS) == (set(State.values), set(Accession.TRANSITIONS))


@pytest.mark.parametrize(("state", "verb"), [(state, verb) for state, verbs in TABLE.items() for verb in verbs])
def test_an_allowed_verb_moves_once_and_is_logged(state, verb, accession_in, officer):
    accession = accession_in(state)
    if (state, verb) == ("under_review", "take"):  # a colleague takes it over
        officer = factories.make_user()
    prepare(verb, accession, officer)
    last_event, last_letter = Event.objects.order_by("pk").last(), Letter.objects.order_by("pk").last()
    call(verb, accession, Actor.of(officer))
    target = TABLE[state][verb]
    assert same(accession).state == accession.state == target
    moves = Event.objects.of(accession).filter(pk__gt=last_event.pk).exclude(to_state="")
    assert [(e.verb, e.from_state, e.to_state) for e in moves] == [(verb, state, target)]
    assert moves[0].label == Accession.TRANSITIONS[verb].done
    who = {"submit": "Systemet", "expire": "Systemet"}.get(verb)
    if verb in ("invite", "edit", "withdraw", "answer"):
        who = "Sara Sökande (sökande)"
    assert moves[0].actor == (who or officer.name)
    kinds = Letter.objects.filter(pk__gt=last_letter.pk).order_by("pk").values_list("kind", flat=True)
    assert [kind for kind in kinds if kind not in STAFF_LETTERS] == LETTERS.get(verb, [])


@pytest.mark.parametrize("state", TABLE)
def test_a_refused_verb_changes_nothing(state, accession_in, by):
    calls = {verb: partial(call, verb, accession_in(state), by) for verb in VERBS - TABLE[state].keys()}
    assert not not_refused(calls, "Det går inte att")


def test_no_verb_is_done_without_words(accession_in, by):
    review, completion, joined = (accession_in(s) for s in ("under_review", "completion_requested", "joined"))
    completion.open_completion.remind()
    for verb, name, saying in (
        (review.reject, "motivation", "Skriv skälen"),
        (completion.answer, "text", "Skriv"),
        (completion.write_off, "motivation", "Skriv varför"),
        (joined.end, "reason", "Skriv varför"),
    ):
        with later(11 if name == "motivation" else 0):
            assert not not_refused({repr(text): partial(verb, by=by, **{name: text}) for text in BLANK}, saying)
    call("reject", review, by)
    assert Event.objects.of(review).get(verb="reject").reason == same(review).motivation


# The guards, one by one ------------------------------------------------------------------------------------------


def test_invite_needs_a_verified_address_and_evidence(accession_in):
    for lacks, saying in (("evidence", "underlaget"), ("email_verified_at", "Öppna länken i brevet först")):
        draft = accession_in("draft")
        Accession.objects.filter(pk=draft.pk).update(**{lacks: None})
        with refused(saying):
            call("invite", draft, SYSTEM)


def test_the_first_thing_typed_verifies_the_address(planted):
    accession = Accession.begin(request_key=uuid4(), name="Sara", email="Sara@Exempel.SE")
    assert (accession.email_verified_at, accession.applicant_email) == (None, "sara@exempel.se")
    accession.keep(contact={"area": "Alby"})
    assert same(accession).email_verified_at


def test_facts_are_kept_only_while_they_may_be_edited(accession_in):
    calls = {}
    for state in TABLE.keys() - {"draft", "completion_requested"}:
        row = accession_in(state)
        calls[f"{state}, keep"] = partial(row.keep, contact={"area": "Någon annanstans"})
        calls[f"{state}, evidence"] = partial(row.attach_evidence, factories.upload())
    assert not not_refused(calls, "går inte att ändra nu")


def test_what_is_signed_is_the_version_that_the_applicant_has_read(accession_in):
    """A new version in force stops a draft that shows the earlier one; what has been received keeps its own."""
    draft, completion = accession_in("draft"), accession_in("completion_requested")
    given = {"content": Application(draft).content(), "signatories": factories.PEOPLE[:2], "organisation": None}
    answer = Application(completion).content()
    answer["agreement"] |= {"label": "2030"}
    new_version("2030")
    with refused("har fått en ny version"):
        draft.invite(by=draft.applicant, **given)
    with rolled_back(), pytest.raises(Refused, match="gäller den version som ni skrev under"):
        completion.answer(by=completion.applicant, text="Rättat.", content=answer, signatories=factories.PEOPLE[:2])


def test_what_the_municipality_has_received_is_never_disposed_of(accession_in):
    assert not not_refused({state: accession_in(state).dispose for state in TABLE.keys() - NEVER_SENT}, "gallras inte")


def test_an_organisation_with_an_accession_does_not_send_a_second(accession_in, by):
    draft = accession_in("draft")
    given = {"by": SYSTEM, "content": Application(draft).content(), "signatories": factories.PEOPLE[:2]}
    for state, saying in (("awaiting_signatures", "redan en ansökan på gång"), ("joined", "står redan på listan")):
        organisation = accession_in(state).organisation
        with refused(saying):
            draft.invite(organisation=organisation, **given)
    with rolled_back(), pytest.raises(Refused, match="står redan på listan och behöver inte ansluta sig igen\\.$"):
        Accession.register_paper(**on_paper(by, organisation=organisation))


def test_content_is_frozen_and_hashed_and_everyone_gets_a_link_of_their_own(planted):
    accession = factories.make_accession("awaiting_signatures", people=3)
    signing = accession.open_round
    assert signing.content_sha256 == checksum(signing.content)
    assert signing.content["agreement"]["principles"][0]["text"] == "Genom dialog möts vi på lika villkor."
    assert "email" not in str(signing.content["signatories"])
    sent = letters(accession, "sign")
    assert sorted(sent.values_list("to", flat=True)) == sorted(p["email"] for p in factories.PEOPLE)
    assert len(set(sent.values_list("link_key", flat=True))) == 3
    assert all(Letter.PERSONAL_LINK in letter.body for letter in sent)


def test_edit_voids_every_signature_and_tells_those_who_signed(planted):
    accession = factories.make_accession("awaiting_signatures", people=3, mode="whole_board")
    signing, organisations = accession.open_round, Organisation.objects.count()
    anna = signing.signatures.first()
    sign(anna)
    accession.edit(by=accession.applicant)
    assert same(signing).outcome == "voided"
    assert list(letters(accession, "voided").values_list("to", flat=True)) == [anna.email]
    with refused("omgången är stängd"):
        sign(signing.signatures.get(order=2))
    accession.keep(signatories=factories.PEOPLE[1:])
    factories.invite(accession)
    assert accession.open_round.signed_count == 0
    assert accession.open_round.content_sha256 != signing.content_sha256
    assert Organisation.objects.count() == organisations
    assert accession.conflicts_of_interest(factories.make_user(email=anna.email)), "who signed before is still biased"


def signature_of(accession, order=1):
    return accession.open_round.signatures.get(order=order)


def sign(signature, session="", typed=None):
    name = signature.name if typed is None else typed
    signature.sign(typed_name=name, session=session or uuid4().hex, address="10.0.0.1")


def test_sign_needs_the_own_name_whatever_its_case_and_spaces(awaiting):
    wrong = ["Bo Ås", "Anna", "Anna  Ek Ek", "", "Änna Ek"]
    calls = {typed: partial(sign, signature_of(awaiting), typed=typed) for typed in wrong}
    assert not not_refused(calls, "så som det står i anslutningen: Anna Ek")
    for typed in ("Anna Ek", "anna ek", "  ANNA   EK "):
        with transaction.atomic():
            sign(signature_of(awaiting), typed=typed)
            assert signature_of(awaiting).signed_at, typed
            transaction.set_rollback(True)


def test_sign_is_bound_to_the_frozen_content(awaiting):
    SigningRound.objects.filter(accession=awaiting).update(content=awaiting.joining.content | {"purpose": "annat"})
    with refused("Innehållet har ändrats"):
        sign(signature_of(awaiting))


def test_a_signature_is_given_once_and_stores_who_when_what_and_no_address(awaiting):
    sign(signature_of(awaiting))
    row = signature_of(awaiting)
    assert (row.typed_name, row.signed_sha256) == ("Anna Ek", awaiting.open_round.content_sha256) and row.signed_at
    assert "10.0.0.1" not in str(Signature.objects.filter(pk=row.pk).values())
    event = Event.objects.of(awaiting).get(verb="sign")
    assert (event.data, event.actor_email) == ({"sha256": row.signed_sha256}, row.email)
    again = {"sign": partial(sign, row), "decline": partial(row.decline, reason="Nej.")}
    assert not not_refused(again, "redan skrivit under")


def test_decline_tells_the_applicant_and_can_not_be_undone(awaiting):
    signature_of(awaiting).decline(reason="Jag har slutat i styrelsen.")
    letter = letters(awaiting, "declined").get()
    assert letter.to == awaiting.applicant_email and "Jag har slutat i styrelsen." in letter.body
    assert not awaiting.open_round.can_still_be_met
    row = signature_of(awaiting)
    again = {"sign": partial(sign, row), "decline": partial(row.decline, reason="Nej.")}
    assert not not_refused(again, "redan avböjt")


def test_signing_ends_with_its_deadline_and_its_round(awaiting):
    """Also before the clock has expired it."""
    with refused("har inte gått ut"):
        awaiting.expire()
    with refused("finns inte än"):
        awaiting.submit(by=SYSTEM)
    signature = signature_of(awaiting)
    with later(settings.SIGNING_PERIOD.days + 1), refused("inte längre"):
        sign(signature)
    for verb in ("withdraw", "expire"):
        with transaction.atomic():
            call(verb, same(awaiting), SYSTEM)
            with refused("omgången är stängd"):
                sign(signature)
            transaction.set_rollback(True)
    awaiting.open_round.signatures.update(signed_at=timezone.now(), signed_sha256="0" * 64)
    assert not awaiting.open_round.is_met(), "signatures of another content do not count"


@pytest.mark.parametrize(
    ("mode", "people", "needed"),
    [("each_alone", 2, 1), ("two_jointly", 3, 2), ("n_jointly", 3, 3), ("whole_board", 3, 3)],
)
def test_the_rule_decides_how_many_sign(mode, people, needed, planted):
    accession = factories.make_accession("awaiting_signatures", mode=mode, people=people)
    for done, signature in enumerate(list(accession.open_round.signatures.all())[:needed]):
        assert same(accession).state == "awaiting_signatures", done
        sign(signature)
    accession = same(accession)
    entry, joining = accession.registry_entry, accession.joining
    assert (accession.state, joining.outcome) == ("submitted", "met") and joining.form
    assert RegistryEntry.objects.get(subject=accession.subject) == entry
    assert entry.counterpart == accession.organisation.name
    assert Event.objects.of(accession).filter(verb="submit").count() == 1


BIASED = {
    "applicant-email": {"email": "SARA@jav.se", "name": "Någon Annan"},
    "applicant-name": {"email": "n1@kommun.example", "name": "sara sökande"},
    "signatory-email": {"email": "Anna.Ek@exempel.se", "name": "Någon Annan"},
    "signatory-name": {"email": "n2@kommun.example", "name": "BO ÅS"},
}


def test_only_an_officer_without_a_part_in_the_case_decides_it(accession_in, by):
    Accession.objects.update(applicant_email="sara@jav.se")
    for who, facts in BIASED.items():
        biased, calls = factories.make_user(**facts), {}
        for verb, state in DECIDED_IN.items():
            accession = accession_in(state)
            prepare(verb, accession, biased)
            calls[f"{who} {verb}"] = partial(call, verb, accession, Actor.of(biased))
        assert not not_refused(calls, "Du kan inte handlägga ärendet.")
    rows = {verb: accession_in(state) for verb, state in DECIDED_IN.items()}
    calls = {verb: partial(call, verb, row, row.applicant) for verb, row in rows.items()}
    assert not not_refused(calls, "Bara en handläggare")
    with refused("Du har redan ärendet"):
        call("take", accession_in("under_review"), by)


def test_approve_needs_the_form_to_have_been_opened_by_the_one_who_decides(review, officer, by):
    """It lists the organisation at once, and alters no content."""
    evidence = {"label": "Öppnade underlaget", "file": review.evidence.pk}
    for look in (
        lambda: None,
        lambda: factories.see_form(review, factories.make_user()),
        lambda: record(review, "open_file", by=by, **evidence),
    ):
        look()
        with refused("Öppna blanketten"):
            review.approve(by=by)
    factories.see_form(review, officer)
    before = review.joining.content, review.joining.content_sha256
    review.approve(by=by)
    assert review.decided_by == officer and review in Accession.objects.held_on(timezone.localdate())
    assert (review.joining.content, review.joining.content_sha256) == before
    organisation = same(review.organisation)
    assert (organisation.area, organisation.website) == ("Hallunda", "https://exempel.se")


def test_approve_refuses_a_number_that_another_organisation_has_got_meanwhile(review, officer, by):
    number = review.organisation.org_nr
    Organisation.objects.filter(pk=review.organisation.pk).update(org_nr=None)
    factories.make_organisation("Hann före", org_nr=number)
    factories.see_form(review, officer)
    with refused("Hann före"):
        review.approve(by=by)


def test_a_completion_has_a_deadline_ahead_and_one_is_open_at_a_time(review, officer, by):
    with refused("framåt i tiden"):
        review.request_completion(by=by, kind="wrong", text="Fel.", due=day(0))
    review.completions.create(kind="wrong", text="Fel.", due=day(1), requested_by=officer)
    with refused("redan begärd"):
        call("request_completion", review, by)


def test_a_second_completion_after_the_first_is_answered(completion, officer, by):
    """An answer with the same content goes back to the officer."""
    application = Application(completion)
    assert application.complete
    given = {"content": application.content(), "signatories": application.signatories}
    completion.answer(by=completion.applicant, text="Se bilagan.", **given)
    assert completion.state == "under_review"
    assert letters(completion, "completion_answered").get().to == officer.email
    call("request_completion", completion, by)
    assert completion.completions.count() == 2 and completion.open_completion.answer == ""


def test_an_answer_that_changes_the_content_is_signed_anew_and_keeps_its_number(completion, by):
    accession, number, first = completion, completion.number, completion.joining
    answer_with(accession, contact=accession.draft["contact"] | {"area": "Fittja"})
    assert accession.state == "awaiting_signatures"
    assert letters(accession, "sign").count() == 4
    with refused("diarieförd"):  # it is not opened for editing
        call("edit", accession, SYSTEM)
    factories.sign_all(accession)
    assert (accession.state, accession.number) == ("submitted", number)
    assert accession.joining.form != first.form
    assert RegistryEntry.objects.filter(subject=accession.subject).count() == 1
    accession.take(by=by)
    record(accession, "open_file", by=by, label="Öppnade", file=first.form.pk)
    with refused("Öppna blanketten"):  # the new form, not the one that was replaced
        accession.approve(by=by)


def test_a_deadline_is_only_moved_ahead_and_the_reminder_comes_anew(completion, by):
    request = completion.open_completion
    request.remind()
    for days in (-1, 0, 10):
        with refused("efter den gamla"):
            completion.extend(by=by, due=day(days))
    completion.extend(by=by, due=day(11))
    request.refresh_from_db()
    assert (request.due, request.reminded_at) == (day(11), None)


def test_write_off_waits_for_deadline_and_reminder(completion, by):
    def write_off():
        completion.write_off(by=by, motivation="Inget svar.")

    for days, saying in ((0, "har inte passerat"), (10, "har inte passerat"), (11, "påminnelse")):
        with later(days), refused(saying):
            write_off()
    completion.open_completion.remind()
    assert letters(completion, "completion_reminder").count() == 1
    with later(11):
        write_off()
    assert completion.open_completion is None


def test_withdraw_closes_what_was_open_and_tells_staff_what_they_had_received(completion, awaiting, officer):
    for accession in (completion, awaiting):
        accession.withdraw(by=accession.applicant, reason="Ångrat oss.")
        assert accession.open_completion is accession.open_round is None
    assert completion.number and letters(completion, "withdrawn_staff").get().to == officer.email
    assert not letters(awaiting, "withdrawn_staff").exists()


# After joining ---------------------------------------------------------------------------------------------------


def test_reaffirmation_supersedes_and_keeps_history_by_date(planted, officer):
    def on(*ymd):
        return time_machine.travel(datetime(*ymd, 12, tzinfo=STOCKHOLM), tick=False)

    with on(2026, 3, 1):
        old = factories.make_accession("joined", officer=officer)
    with on(2027, 5, 1):
        version = new_version()
        old.refresh_from_db()
        assert old.state == "reaffirmation_requested"
        draft = old.reaffirm()
        assert old.reaffirm() == draft
        assert (draft.version, draft.supersedes, draft.organisation) == (version, old, old.organisation)
        assert Letter.objects.filter(kind="resume", to=draft.applicant_email).count() == 2
    with on(2027, 6, 1):
        factories.sign_all(factories.invite(draft))
        approve(draft, officer)
    old.refresh_from_db()
    assert (old.state, old.ended_on, draft.joined_on) == ("ended", date(2027, 6, 1), date(2027, 6, 1))
    assert draft.open_round is None
    held = {(2026, 2, 28): [], (2026, 3, 1): [old], (2027, 5, 31): [old], (2027, 6, 1): [draft], (2030, 1, 1): [draft]}
    for ymd, expected in held.items():
        assert list(Accession.objects.held_on(date(*ymd)).filter(organisation=old.organisation)) == expected, ymd


def test_a_new_version_replaces_the_one_in_force_and_those_on_their_way_follow(accession_in):
    joined, draft, sent = (accession_in(state) for state in ("joined", "draft", "awaiting_signatures"))
    with refused("ingen ny version"):
        joined.reaffirm()
    old, version = factories.make_version(), new_version(requires_reaffirmation=False)
    assert (same(old).state, AgreementVersion.objects.in_force()) == ("replaced", version)
    assert (same(draft).version, same(sent).version) == (version, old)
    assert same(joined).state == "joined", "nobody is asked where it is not required"


def test_approved_under_a_version_that_was_replaced_meanwhile_is_asked_at_once(accession_in, officer):
    new_version()
    submitted = accession_in("submitted")
    approve(submitted, officer)
    assert same(submitted).state == "reaffirmation_requested"
    kinds = Letter.objects.filter(subject_key=submitted.subject).order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["approved", "reaffirmation"]


def test_an_organisation_leaves_under_its_signing_rule(joined):
    start_leaving(joined)
    with refused("väntar redan"):
        start_leaving(joined)
    with refused("inte undertecknat"):
        joined.leave(by=SYSTEM)
    sign(signature_of(joined))
    assert same(joined).state == "joined"
    sign(signature_of(joined, 2))
    joined.refresh_from_db()
    assert (joined.state, joined.ended_on) == ("left", timezone.localdate())
    assert joined.leaving.form
    assert joined not in Accession.objects.held_on(timezone.localdate())
    assert joined in Accession.objects.public()


def test_leaving_can_be_called_off(joined):
    with refused("Inget utträde väntar"):
        joined.cancel_leaving(by=joined.applicant)
    start_leaving(joined)
    sign(signature_of(joined))
    joined.cancel_leaving(by=joined.applicant)
    assert joined.state == "joined" and letters(joined, "leave_cancelled").count() == 1


def test_only_the_joined_can_start_to_leave(accession_in):
    given = {"by": SYSTEM, "content": {"signing_rule": {"mode": "each_alone"}}, "signatories": []}
    states = TABLE.keys() - {"joined", "reaffirmation_requested"}
    calls = {state: partial(accession_in(state).start_leaving, **given) for state in states}
    assert not not_refused(calls, "inte ansluten")


def test_paper_without_a_key_never_meets_another_row(by):
    without_key = Accession.objects.create(version=factories.make_version(), request_key=None)
    accession = Accession.register_paper(**on_paper(by, request_key=None))
    assert accession != without_key and accession.state == "submitted"


VERSION_TABLE = {
    "draft": {"adopt": "adopted"},
    "adopted": {"put_in_force": "in_force"},
    "in_force": {"replace": "replaced"},
    "replaced": {},
}
MOVES = {"adopt": "adopt", "put_in_force": "put_in_force", "replace": "_replace"}


@pytest.mark.parametrize("state", VERSION_TABLE)
def test_versions_every_state_and_verb(state, by, officer):
    assert set(VERSION_TABLE) == set(AgreementVersion.State.values)
    assert set(AgreementVersion.TRANSITIONS) == set(MOVES)
    version = factories.make_version("2040", in_force=False)
    for move in MOVES.values():
        if version.state != state:
            getattr(version, move)(by=SYSTEM)
    assert same(version).state == state
    others = MOVES.keys() - VERSION_TABLE[state].keys()
    assert not not_refused({verb: partial(getattr(version, MOVES[verb]), by=by) for verb in others}, "Det går inte att")
    if state == "draft":
        empty = AgreementVersion.objects.create(label="2041", title="Utan principer")
        with refused("Skriv in principerna"):
            empty.adopt(by=by)
    for verb, target in VERSION_TABLE[state].items():
        last = Event.objects.order_by("pk").last()
        getattr(version, MOVES[verb])(by=by)
        assert same(version).state == target
        event = Event.objects.of(version).get(pk__gt=last.pk)
        assert (event.verb, event.from_state, event.to_state) == (verb, state, target)
        assert event.actor == officer.name


# What must never be, the database refuses ------------------------------------------------------------------------


def stored(writes):
    """Those of the named writes that the database does not refuse."""
    done = []
    for name, write in writes.items():
        with suppress(IntegrityError), transaction.atomic():
            write()
            done.append(name)
    return done


NOW = datetime(2026, 5, 1, 12, tzinfo=STOCKHOLM)
CONTRADICTIONS = [
    *(("draft", {"state": state}) for state in ("påhittat", "submitted", "under_review", "rejected", "joined")),
    *(("submitted", {name: None}) for name in ("registry_entry", "submitted_at", "organisation")),
    ("under_review", {"decided_at": NOW}),
    *(("joined", {name: None}) for name in ("decided_by", "decided_at", "joined_on", "organisation")),
    ("joined", {"ended_on": date(2026, 5, 1)}),
    *((state, {"ended_on": None}) for state in ("left", "ended")),
]


def test_an_accession_that_contradicts_itself_is_refused_by_the_database(accession_in):
    rows = Accession.objects.all()
    writes = {
        f"{state}: {change}": partial(rows.filter(pk=accession_in(state).pk).update, **change)
        for state, change in CONTRADICTIONS
    }
    active = {"organisation": factories.make_organisation("Gammal"), "state": "joined", "known_from": date(2020, 3, 5)}
    Accession.objects.create(**active)
    writes["two active without a version"] = partial(Accession.objects.create, **active)
    for one, two in (("awaiting_signatures", "submitted"), ("joined", "reaffirmation_requested")):
        row, organisation = accession_in(two), accession_in(one).organisation
        assert row.version == accession_in(one).version
        writes[f"{one} and {two}"] = partial(rows.filter(pk=row.pk).update, organisation=organisation)
    assert not stored(writes)


def test_other_rows_that_contradict_themselves_are_refused_by_the_database(awaiting):
    signed = {"signed_at": NOW, "signed_sha256": "a" * 64}
    changes = {
        Signature.objects.filter(round__accession=awaiting): (
            {"signed_at": NOW}, {"signed_sha256": "a" * 64}, {"order": 1}, {"email": "samma@exempel.se"},
            {"session_hash": "samma"}, signed | {"declined_at": NOW},
        ),
        SigningRound.objects.filter(accession=awaiting): ({"outcome": "met"}, {"closed_at": NOW}, {"required": 0}),
        Organisation.objects.filter(pk=awaiting.organisation.pk): ({"org_nr": ""}, {"status": "merged"}),
        AgreementVersion.objects.filter(pk=awaiting.version.pk): ({"state": "påhittat"},),
    }  # fmt: skip
    assert all(rows.exists() for rows in changes)
    writes = {
        f"{rows.model.__name__}: {change}": partial(rows.update, **change)
        for rows, several in changes.items()
        for change in several
    }
    assert not stored(writes)


def test_pairs_that_may_not_be_are_refused_by_the_database(completion, officer):
    accession = completion
    signing, entry, organisation = accession.joining, accession.registry_entry, accession.organisation
    principles = accession.version.principles
    a_round = {"accession": accession, "purpose": "join", "content": {}, "required": 1, "deadline": NOW}
    SigningRound.objects.create(**a_round)
    organisation.other_names.create(name="Smeknamn")
    request = {"accession": accession, "kind": "wrong", "text": "", "due": NOW, "requested_by": officer}
    number = {"year": entry.year, "serial": entry.serial, "number": "annat", "received_at": NOW}
    writes = {
        "two open completions": partial(Completion.objects.create, **request),
        "an answer without words": lambda: accession.completions.update(answered_at=NOW, answer=""),
        "closed without a time": partial(SigningRound.objects.create, **a_round, outcome="met"),
        "two open rounds": partial(SigningRound.objects.create, **a_round),
        "two in force": partial(AgreementVersion.objects.create, label="2041", title="En till", state="in_force"),
        "order twice": partial(principles.create, order=1, slug="annan", heading="Annan"),
        "slug twice": partial(principles.create, order=2, slug="dialog", heading="Annan"),
        "signature twice": partial(Signature.objects.create, round=signing, order=1, name="X", role="Y"),
        "number twice": partial(RegistryEntry.objects.create, **number),
        "org_nr twice": partial(Organisation.objects.create, name="Annan", org_nr=organisation.org_nr),
        "other name twice": partial(organisation.other_names.create, name="Smeknamn"),
    }
    assert not stored(writes)


def test_the_log_is_never_edited(accession_in):
    event = Event.objects.of(accession_in("draft")).first()
    event.actor = "Någon annan"
    with pytest.raises(TypeError, match="ändras aldrig"):
        Event.objects.update(actor="Någon annan")
    edit = "UPDATE casework_event SET actor = 'Någon annan'"
    for write in (event.save, lambda: connection.cursor().execute(edit)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write()
    assert same(event).actor != "Någon annan"


def take_number(at):
    return register(factories.make_version(), counterpart="X", matter="Y", received_at=at).number


def test_numbers_have_no_gaps_and_start_anew_each_year(planted):
    first = datetime(2036, 12, 31, 23, 30, tzinfo=STOCKHOLM)
    numbers = [take_number(at) for at in (first, first, first + timedelta(hours=1), first)]
    assert numbers == ["ÖK 2036/0001", "ÖK 2036/0002", "ÖK 2037/0001", "ÖK 2036/0003"]


def test_a_form_that_fails_takes_no_number(monkeypatch, awaiting):
    def broken(*_):
        raise RuntimeError("no PDF")

    monkeypatch.setattr("agreement.pdf.signed_form", broken)
    sign(signature_of(awaiting))
    with rolled_back(), pytest.raises(RuntimeError):
        sign(signature_of(awaiting, 2))
