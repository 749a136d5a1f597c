"""Letters: what they say word for word, and that they arrive, whatever the mail server does meanwhile."""

import inspect
import re
import socket
import sys
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.template import engines
from django.template.loader import render_to_string
from django.utils import timezone

from agreement import content
from agreement.models import Accession, AgreementVersion
from agreement.steps import Application
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Case, Letter, subject_of
from botkyrka_civil.lib import env
from botkyrka_civil.lib import letters as mail
from botkyrka_civil.lib.text import clean_line
from botkyrka_civil.pages import clock
from organisations.models import SigningMode
from tests import factories
from tests.tools.letters import FINNISH, PRIVACY, SIGNED, says
from tests.tools.threads import same

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
ROOT = settings.BASE_DIR / "templates"
TEMPLATES = ROOT / "agreement/letters"
HOSTILE = '<b>Fet</b> "x" & {{ settings.SECRET_KEY }} {% now %} مريم = [personlig länk]'


def the(case, kind: str, to: str = "") -> Letter:
    """The one letter of the kind about the case."""
    found = Letter.objects.filter(subject_key=subject_of(case), kind=kind)
    return (found.filter(to=to) if to else found).get()


def text(letter: Letter) -> str:
    return f"{letter.subject}\n\n{letter.body}"


@pytest.fixture(scope="module")
def cases(module_rows):
    """At least one letter of each kind is written. Returned are the cases whose letters are read word for word."""
    with time_machine.travel(TODAY, tick=False), pytest.MonkeyPatch.context() as patch:
        # a variable that a letter's template does not know shows itself
        patch.setattr(engines["django"].engine, "string_if_invalid", "¤%s¤")
        officer = factories.make_user()
        joined = factories.make_accession("completion_requested", officer=officer, name="Trädgården")
        joined.answer(by=joined.applicant, text="Här är sidan.")
        factories.see_form(joined, officer)
        joined.approve(by=Actor.of(officer))
        rejected = factories.make_accession("rejected", officer=officer, name="Bokskogen")
        facts = {"language": "fi", "scan": factories.upload("beslut.pdf"), "translated_on": timezone.localdate()}
        rejected.translate(by=Actor.of(officer), **facts)
        signed = factories.make_accession("awaiting_signatures", name="Nattvandrarna")
        change_what_was_signed(signed)
        leave_in_every_way(joined, officer)
        let_time_pass(officer)
        join_before_the_portal_and_on_paper(officer)
    return {"joined": joined, "rejected": rejected, "signed": signed}


def change_what_was_signed(accession) -> None:
    accession.write("new_link")
    signing = accession.open_round
    signing.remind()
    one, other = signing.signatures.all()
    one.sign(typed_name=one.name, session="a", address="127.0.0.1")
    other.decline(reason="Årsmötet har inte sagt ja än.")
    accession.edit(by=accession.applicant)
    accession.withdraw(by=accession.applicant)


def leave_in_every_way(accession, officer) -> None:
    people = list(accession.joining.signatures.values("name", "role", "email"))
    leaving = content.leaving(accession, content.signing_rule(SigningMode.TWO_JOINTLY, None, 2), people)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    signing = accession.open_round
    signing.remind()
    one, other = signing.signatures.all()
    one.sign(typed_name=one.name, session="b", address="127.0.0.1")
    other.decline(reason="Vi vill vara kvar.")
    accession.cancel_leaving(by=accession.applicant)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
    with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + timedelta(days=1), tick=False):
        clock.expire_leaving()
    _, body = letters.preview(accession, "ended", {"reason": "Föreningen är upplöst."})
    accession.end(by=Actor.of(officer), reason="Föreningen är upplöst.", letter=body)


def let_time_pass(officer) -> None:
    draft = factories.make_draft()
    for kind in ("new_link", "withdrawn"):
        draft.write(kind)
    draft.withdraw(by=draft.applicant)
    for state in ("expired", "written_off", "left"):
        factories.make_accession(state, officer=officer)
    submitted = factories.make_accession("submitted")
    submitted.withdraw(by=submitted.applicant)
    accession = factories.make_accession("completion_requested", officer=officer)
    accession.keep(contact={"area": "Tullinge"})
    application = Application(accession)
    facts = {"content": application.content(), "signatories": application.signatories}
    accession.answer(by=accession.applicant, text="Ny adress.", **facts)
    with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + timedelta(days=1), tick=False):
        accession.expire()


def join_before_the_portal_and_on_paper(officer) -> None:
    by = Actor.of(officer)
    known, gone = (
        factories.make_organisation(name).accessions.create(
            method="source", state="joined", known_from=timezone.localdate()
        )
        for name in ("Källans förening", "Källans andra förening")
    )
    gone.leave(by=by, scan=factories.upload())
    known.write("reaffirmation", new_version=AgreementVersion.objects.first())
    known.write("ended", reason="Föreningen är upplöst.")
    asked = factories.make_accession("reaffirmation_requested", officer=officer)
    asked.version.state = "replaced"
    asked.version.save()
    AgreementVersion.objects.filter(label="2030").update(state="in_force")
    asked.reaffirm()
    AgreementVersion.objects.filter(label="2030").update(state="draft")
    AgreementVersion.objects.filter(label="2018").update(state="in_force")

    paper = on_paper(by, email="")
    paper.take(by=by)
    due = timezone.localdate() + timedelta(days=10)
    paper.request_completion(by=by, kind="wrong", text="Namnet är oläsligt.", due=due)
    paper.answer(by=by, text="Det står Bo Ås.")
    factories.see_form(paper, officer)
    paper.approve(by=by)
    on_paper(by, email="anna.ek@exempel.se")


def on_paper(by: Actor, *, email: str) -> Accession:
    people = factories.PEOPLE[:2]
    rule = content.signing_rule(SigningMode.TWO_JOINTLY, None, 2)
    return Accession.register_paper(
        by=by, content=content.joining(factories.make_version(), factories.facts(), rule, people), signatories=people,
        scan=factories.upload("blankett.pdf"), evidence=None, received_on=timezone.now(), organisation=None,
        email=email, request_key=uuid4(),
    )  # fmt: skip


WORDS = Path(__file__).with_name("letters.txt").read_text().format(privacy=PRIVACY, finnish=FINNISH)


def test_each_letter_says_word_for_word_what_stands_in_letters_txt(cases):
    wrong = []
    for words in WORDS.strip().split("\n\n"):
        heading, *paragraphs = words.split("\n")
        case, kind = heading.split(", ")
        to = {"sign": "bo.as@exempel.se", "voided": "anna.ek@exempel.se"}.get(kind, cases[case].applicant_email)
        if (sent := text(the(cases[case], kind, to))) != says(*paragraphs):
            wrong.append((heading, sent))
    assert not wrong, wrong


def test_who_is_written_to_and_what_is_attached(cases):
    of_signed = Letter.objects.filter(subject_key=subject_of(cases["signed"]))
    assert of_signed.filter(kind="sign").count() == 2
    assert of_signed.filter(kind="voided").count() == 1, "to those who had signed"
    assert the(cases["joined"], "received").attachment_name == "anslutning-ok-2026-0001.pdf"
    # a förvaltningsbesvär it is not (kommunallagen 13 kap.)
    assert "överklaga" not in the(cases["rejected"], "rejected").body.lower()


def test_every_letter_is_whole(cases):
    templates = {path.stem for path in TEMPLATES.glob("*.txt")}
    assert set(Letter.objects.values_list("kind", flat=True)) == templates
    for letter in Letter.objects.all():
        whole = text(letter)
        assert not re.search(r"¤|\{[{%#]|None|\[\]|&\w+;", whole), whole
        assert "\n\n\n" not in whole, whole
        assert not re.search(r"[ \t]\n|\n[ \t]| {2}| [.,!?:]|!!|\(\)", whole), whole
        assert len(letter.subject) < 120, letter.subject
        assert letter.body.startswith("Hej"), whole
        assert letter.body.endswith(SIGNED), whole
        assert "personlig länk" not in letter.body.replace("\n\n[personlig länk]\n\n", ""), whole
        if not letter.to or not letter.link_purpose:  # goes by post, or has no page of its own to open
            assert "personlig" not in letter.body.replace("personuppgifter", ""), whole
        assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d", whole), whole


# Called off, which is no decision about anybody.
CALLED_OFF = {"council.meeting", "council.conference"}


def adverse_letters() -> set[str]:
    """The letters of the decisions against somebody, from the tables of transitions.

    Such a decision is a verb of the municipality's (it has a permission) or of the board's (it is made from a seat),
    which asks for reasons (förvaltningslagen 32 §) and leads where no other state follows. Letters that other verbs
    write too are about something else.
    """
    adverse, others = set(), set()
    for model in (model for model in apps.get_models() if issubclass(model, Case)):
        app, name = model._meta.label_lower.split(".")
        permissions = {codename for codename, _ in model._meta.permissions}
        stays = [verb for verb, row in model.TRANSITIONS.items() if {*row.sources} == {*row.targets}]
        goes_on = {state for verb, row in model.TRANSITIONS.items() if verb not in stays for state in row.sources}
        for verb, row in model.TRANSITIONS.items():
            method = getattr(model, verb, Case.move)  # some are moved by another verb
            asked = set(inspect.signature(method).parameters)
            is_adverse = (
                {"reason", "motivation"} & asked
                and (f"{verb}_{name}" in permissions or "seat" in asked)
                and not goes_on & {*row.targets}
                and f"{app}.{name}" not in CALLED_OFF
            )
            words = re.findall(r'"([a-z_]+)"', inspect.getsource(method))
            written = {f"{app}/letters/{w}.txt" for w in words if (ROOT / f"{app}/letters/{w}.txt").exists()}
            (adverse if is_adverse else others).update(written)
    return {path for path in adverse - others if not path.endswith("_staff.txt")}


def test_a_letter_of_a_decision_against_somebody_tells_the_way_on(settings):
    """Whom to ask to reconsider, and judicial review: neutral, since it is no förvaltningsbesvär (KL 13 kap.)."""
    found = adverse_letters()
    agreement = {f"agreement/letters/{kind}.txt" for kind in ("rejected", "written_off", "ended")}
    partnership = {f"iop/letters/{kind}.txt" for kind in ("declined", "cancelled", "terminated")}
    assert found >= agreement | partnership | {"council/letters/membership_excluded.txt"}
    sources = {path: (ROOT / path).read_text() for path in found}
    assert not [path for path, text in sources.items() if '{% include "letters/way_on.txt"' not in text]
    for path, text in sources.items():
        assert ("with board=True" in text) is text.rstrip().endswith("Plattformens styrelse"), path
    ways = {board: render_to_string("letters/way_on.txt", values(board)) for board in (False, True)}
    for way in ("email", "address"):
        assert settings.MUNICIPALITY[way] in ways[False]
    assert "omprövning" in ways[False] and "inom 3 veckor" in ways[False]
    assert "veckor" not in render_to_string("letters/way_on.txt", values(False) | {"judicial_review_weeks": 0})
    assert settings.PLATFORM["email"] in ways[True] and "inte pröva det" in ways[True]


def values(board: bool) -> dict:
    facts = {"municipality": settings.MUNICIPALITY, "platform": settings.PLATFORM}
    return facts | {"judicial_review_weeks": settings.JUDICIAL_REVIEW_WEEKS, "board": board}


def test_hostile_names_stay_text_and_no_header_gets_in_by_a_subject():
    factories.make_accession("awaiting_signatures", name=HOSTILE)
    letter = Letter.objects.filter(kind="sign").latest("pk")
    assert letter.subject == f"Skriv under för {clean_line(HOSTILE)}".replace("[personlig länk]", "personlig länk")
    html = part(posted(letter), "html")
    assert "<b>" not in html and "&lt;b&gt;Fet" in html and "{{ settings.SECRET_KEY }}" in html
    for line_break in ("\n", "\r\n", "\r", "\u2028", "\x0b", "\0"):
        subject = f"Hej{line_break}Bcc: alla@exempel.se"
        message = posted(Letter(to="anna@exempel.se", subject=subject, body="Hej", kind="x"))
        assert message["Bcc"] is None and message["To"] == "anna@exempel.se", subject
        assert "Hej" in message["Subject"]


def posted(letter: Letter):
    """The message as it leaves, parsed again."""
    with pytest.MonkeyPatch.context() as patch:
        sent = []
        patch.setattr("django.core.mail.EmailMessage.send", lambda self: sent.append(self.message().as_bytes()))
        mail.post(to=letter.to, subject=letter.subject, body=letter.body)
    return message_from_bytes(sent[0], policy=policy.default)


class Peer:
    """A real mail server. `refuse` maps an address to the answer it gets."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.messages, self.refuse, self.controller = [], {}, None

    def start(self):
        self.messages, self.refuse = [], {}
        if not self.controller:
            self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
            self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self.refuse.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def part(message, kind: str) -> str:
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def mail_server():
    server = Peer()
    yield server
    server.stop()


@pytest.fixture
def peer(mail_server, settings, monkeypatch, db):
    """It has nothing yet, and nothing waits to be sent to it."""
    monkeypatch.setenv("MAIL_URL", f"smtp://127.0.0.1:{mail_server.port}")
    settings.MAILERS = {"default": env.mailer("MAIL_URL", None)}
    Letter.objects.all().delete()
    mail_server.start()
    return mail_server


def write(to="anna@exempel.se", **fields) -> Letter:
    return letters.queue(to=to, subject="Påminnelse: Åsa, Örjan och Ärla", body="Hej på dig!", kind="test", **fields)


def test_a_letter_arrives_in_swedish_with_its_form_and_link(peer):
    accession = factories.make_accession("submitted", name="Ängsblomman i Älvsjö")
    letters.post_due()
    assert not Letter.objects.waiting().exists()
    received = next(m for m in peer.messages if m["To"] == accession.applicant_email and "Vi har fått" in m["Subject"])
    assert received["Subject"] == f"Vi har fått er anslutning ({accession.number})"
    assert received["Auto-Submitted"] == "auto-generated"
    assert "inskickad. Den kom in den" in part(received, "plain")
    assert "Vänliga hälsningar<br>Botkyrka kommun" in part(received, "html")
    (form,) = received.iter_attachments()
    assert (form.get_filename(), form.get_content_type()) == (accession.joining.form.name, "application/pdf")
    with accession.joining.form.stored.open() as stored:
        assert form.get_content() == stored.read()
    # the link to sign by is in the message, and not in the row
    asked = next(m for m in peer.messages if m["To"] == "bo.as@exempel.se")
    assert re.search(r"\n\nhttp://127\.0\.0\.1:8000/underskrift/[\w.-]+/\n\n", part(asked, "plain"))
    assert "/underskrift/" not in the(accession, "sign", "bo.as@exempel.se").body


def test_an_outage_delays_letters_and_loses_none(peer):
    peer.stop()
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock_:
        letter = write()
        waits = []
        for _ in range(9):
            letters.post_due()
            letter.refresh_from_db()
            waits.append((letter.next_try_at - timezone.now()).total_seconds() / 60)
            letters.post_due()  # too early: nothing happens
            clock_.move_to(letter.next_try_at)
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert (letter.attempts, letter.failed_at, letter.last_error[:22]) == (9, None, "ConnectionRefusedError")
        assert list(Letter.objects.overdue(timezone.now())) == [letter]
        peer.start()
        letters.post_due()
    letter.refresh_from_db()
    assert letter.sent_at and letter.last_error == ""
    assert [m["Subject"] for m in peer.messages] == ["Påminnelse: Åsa, Örjan och Ärla"]


def test_a_busy_server_is_asked_again_and_an_address_that_does_not_exist_fails_at_once(peer):
    peer.refuse = {"anna@exempel.se": "451 Come back later", "bo@exempel.se": "550 No such user"}
    start, busy, unknown = timezone.now(), write(), write("bo@exempel.se")
    letters.post_due()
    peer.refuse = {}
    unknown = same(unknown)
    assert unknown.failed_at and unknown.sent_at is None
    assert "550" in unknown.last_error and "No such user" in unknown.last_error
    with time_machine.travel(start + timedelta(minutes=2)):
        letters.post_due()
    assert same(busy).sent_at and [message["To"] for message in peer.messages] == ["anna@exempel.se"]
    letters.resend(unknown, by=Actor("Tjänsteperson"))
    letters.post_due()
    assert same(unknown).sent_at and len(peer.messages) == 2
    peer.stop()
    given_up = write()
    with time_machine.travel(timezone.now() + timedelta(days=5, minutes=1)):
        letters.post_due()
    assert same(given_up).failed_at and same(given_up).last_error


def test_no_commit_no_letter_and_one_that_is_gone_or_posted_is_no_error(peer):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write()
        raise ZeroDivisionError
    assert not Letter.objects.exists()
    gone, posted = write(), write()
    Letter.objects.filter(pk=gone.pk).delete()
    letters.post_due()
    for letter in (gone, posted):
        letters.deliver(letter.pk)
    assert len(peer.messages) == 1


def test_a_crashed_worker_leaves_no_letter_behind(peer, monkeypatch):
    """Whoever died held a lease: nobody else posts the letter until it has run out."""
    letter = write()
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(letters.letters, "post", lambda **_: sys.exit("killed"))
        letters.post_due()
    letters.post_due()
    assert not peer.messages
    with time_machine.travel(timezone.now() + letters.LEASE):
        letters.post_due()
        letters.post_due()
    assert same(letter).sent_at and len(peer.messages) == 1


def test_the_oldest_goes_first_and_the_clock_is_not_kept_waiting(peer):
    """Between two letters the worker looks at the time, however many wait."""
    for name in ("c", "a", "b"):
        write(to=f"{name}@exempel.se")
    moments = iter([True, True, False])
    letters.post_due(lambda: next(moments))
    assert [message["To"] for message in peer.messages] == ["c@exempel.se", "a@exempel.se"]


def test_each_letter_template_is_kept_as_text():
    """One paragraph is one line: the mail program breaks it where its window ends."""
    for path in [*TEMPLATES.glob("*.txt"), *Path(settings.BASE_DIR / "templates/letters").glob("*.txt")]:
        source = path.read_text(encoding="utf-8")
        assert source.endswith("\n") and "\n\n\n" not in source and "\t" not in source, path.name
