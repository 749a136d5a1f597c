"""What the register extract finds, against what the database really holds; and what it never tells of others."""

import json
import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pikepdf
import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agreement.models import Accession, Signature
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.pages.models import AccessibilityReport
from botkyrka_civil.retention import handout, policy
from botkyrka_civil.retention.extract import Extract
from botkyrka_civil.retention.tables import BY_LABEL, EXCEPT, TABLES
from botkyrka_civil.retention.who import OTHER_NAME, Mask, Who
from council.models import Conference, Meeting, Nomination, Participant, Registration, Seat
from iop.models import Party, Signatory
from organisations.models import ContactPerson, Person
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.web import shut

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
URL = "/admin/registerutdrag/"


class Somebody:
    """Made up, with words that stand nowhere else."""

    def __init__(self, first, last, word, phone):
        self.name, self.email, self.phone = f"{first} {last}", f"{word}@exempel.se", phone
        self.marks = (last.lower(), word, phone)

    @property
    def who(self):
        return Who.of([self.email], [self.name])

    def is_in(self, text):
        text = text.lower()
        return any(mark in text or json.dumps(mark)[1:-1] in text for mark in self.marks)


ASTA, BODIL = (
    Somebody("Åsta", "Zqåström", "zqasta", "070-111 22 33"),
    Somebody("Bodil", "Zqöberg", "zqbodil", "070-444 55 66"),
)


def plant(one, other):
    """Both of them in every place, each beside the other, through the verbs that bring people there."""
    plant_accession(one, other)
    plant_council(one)
    plant_partnership(one, other)
    plant_board(one)
    plant_letters_and_accounts(one, other)


def plant_accession(one, other):
    accession = factories.make_draft()
    Accession.objects.filter(pk=accession.pk).update(applicant_name=one.name, applicant_email=one.email)
    accession.refresh_from_db()
    people = [{"name": who.name, "role": "Ledamot", "email": who.email} for who in (one, other)]
    accession.keep(signatories=people)
    factories.sign_all(factories.invite(accession))
    officer = factories.make_user()
    accession.take(by=Actor.of(officer))
    day = timezone.localdate() + timedelta(days=9)
    accession.request_completion(by=Actor.of(officer), kind="wrong", text=f"Är det {one.name} som tecknar?", due=day)


def plant_council(one):
    bodies = council.make_bodies()
    person = Person.objects.create(name=one.name, email=one.email, phone=one.phone)
    member = council.make_member()
    for body in (bodies["council"],):
        council.people(body)
        Seat.objects.create(
            body=body, person=person, side="civil", organisation=member.organisation,
            first_day=timezone.localdate() - timedelta(days=60),
        )  # fmt: skip
    meeting = council.make_meeting(bodies["council"], state="held")
    Meeting.objects.filter(pk=meeting.pk).update(also_present=f"Kim Ek, punkt 1\n{one.name}, punkt 2")
    text = council.TEXT.replace("Vi talade", f"{one.name} talade")
    council.write(meeting, text).draw_up(by=BY)
    council.sign_off(meeting)
    nominated = Person.objects.create(name=f"{one.name}", email="")
    nomination = Nomination.propose(by=BY, candidate=nominated, organisation=member.organisation, role="member")
    nomination.nominate(by=BY, decision_note=f"§ 4, {one.name} föreslogs")


def plant_partnership(one, other):
    partnership = iop.make_partnership("drafting")
    by = Actor.of(partnership.assigned_to)
    proposer = partnership.proposer
    Party.objects.filter(pk=proposer.pk).update(contact_name=one.name, email=one.email)
    proposer.refresh_from_db()
    iop.complete(partnership, by=by)
    for n, party in enumerate(partnership.parties.all()):
        who = (one, other)[n % 2]
        Signatory.objects.filter(party=party).update(name=who.name, email=who.email)
    partnership.refresh_from_db()
    partnership.submit(by=by)
    iop.decide(partnership, by=by)
    iop.sign_all(partnership)


def plant_board(one):
    """What is the association's own."""
    council.make_member(email=one.email)
    Registration.ask(coming_conference(), email=one.email, name=one.name, organisation="")


def coming_conference():
    when = timezone.now() + timedelta(days=40)
    if found := Conference.objects.filter(year=when.year).first():
        return found
    conference = Conference.plan(
        by=BY, year=when.year, theme="T", starts_at=when, ends_at=when + timedelta(hours=3), place="Fittja",
        capacity=9, opens_on=timezone.localdate(), closes_on=timezone.localdate() + timedelta(days=9),
    )  # fmt: skip
    conference.open_registration(by=BY)
    return conference


def plant_letters_and_accounts(one, other):
    user = factories.make_user("sekreterare", email=one.email, name=one.name)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "hemligt-frö"})
    client = Client()
    client.force_login(user)
    AccessibilityReport.receive(request_key=uuid4(), what=f"Det går inte. /{one.name}", name=one.name, email=one.email)
    ContactPerson.objects.create(
        topic="iop", name=one.name, email=one.email, phone=one.phone, as_of=timezone.localdate()
    )
    case = Accession.objects.latest("pk")
    letters.queue(
        to=other.email, subject="Om mötet", body=f"Hej!\n{one.name} ({one.email}) kommer.\n", kind="x", case=case
    )
    letters.queue(to=one.email, subject="Svar", body=f"Hej {one.name}!\n{other.name} kommer.", kind="x", case=case)
    letters.queue(
        to=one.email, subject="Din kod", body=f"Hej {one.name}, koden är QWERTY99", kind="x", confidential=True
    )


@pytest.fixture
def planted(request, monkeypatch):
    if "real_forms" not in request.fixturenames:
        monkeypatch.setattr("agreement.pdf.signed_form", lambda *_: factories.upload("blankett.pdf").store())
        monkeypatch.setattr("iop.pdf.signed_agreement", lambda *_: factories.upload("avtal.pdf").store())
        monkeypatch.setattr("council.pdf.notice_pdf", lambda content, *, identifier: factories.pdf_bytes())
        monkeypatch.setattr("council.pdf.minutes_pdf", lambda content, **facts: factories.pdf_bytes())
    plant(ASTA, BODIL)
    plant(BODIL, ASTA)


@pytest.fixture
def real_forms():
    """The files are rendered as they are for people."""


def rows_in_the_database():
    """Every row of every table as it lies there: table, key, and all its columns as one text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                yield table, dict(zip(columns, row, strict=True))


def kept_by_the_association(label, pk):
    row = apps.get_model(label)._base_manager.get(pk=pk)
    if getattr(row, "room", ""):
        return True
    meeting = getattr(row, "meeting", None)
    return bool(meeting and meeting.body.room)


def read(extract):
    with handout.pack(extract) as packed, ZipFile(packed) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_row_that_names_somebody_is_in_their_extract(planted):
    """The whole database, raw, against the extract: nothing of theirs is left out but for what is written down."""
    tables = {table.model._meta.db_table: table.label for table in TABLES}
    told = {(row["table"], one["id"]) for row in handout.data(Extract(ASTA.who))["tables"] for one in row["rows"]}
    missing, found = [], 0
    for table, row in rows_in_the_database():
        if not ASTA.is_in(" ".join(str(value) for value in row.values())):
            continue
        label = tables.get(table)
        if label is None:
            label = next((m._meta.label for m in apps.get_models() if m._meta.db_table == table), table)
            assert label in EXCEPT or table.startswith("search_"), (
                f"{table} names a person and stands neither in TABLES nor in EXCEPT"
            )
            continue
        if kept_by_the_association(label, row["id"]):
            continue
        found += 1
        if (label.lower(), row["id"]) not in told:
            missing.append((label, row))
    assert not missing
    assert found > 40, "too little was planted to show anything"


def test_where_they_were_planted(planted):
    """So that the test above can't pass because nothing was there."""
    labels = {table["table"] for table in handout.data(Extract(ASTA.who))["tables"]}
    expected = """accounts.user account.emailaddress mfa.authenticator agreement.accession agreement.completion
        agreement.signinground agreement.signature organisations.person organisations.contactperson council.seat
        council.nomination council.participant council.meeting council.minutes council.signoffround iop.party
        iop.signatory iop.agreementsignature casework.letter casework.event casework.registryentry
        pages.accessibilityreport"""
    assert set(expected.split()) <= labels


def test_nobody_else_is_in_it(planted):
    """Art. 15.4: the others' names, addresses and numbers stand nowhere, but in what the person signed with them."""
    for one, other in ((ASTA, BODIL), (BODIL, ASTA)):
        files = read(Extract(one.who))
        for name, data in files.items():
            if name.endswith((".html", ".json", ".txt")):
                assert not other.is_in(data.decode()), name
            assert not other.is_in(name)
            assert not one.is_in(name)
            if data.startswith(b"%PDF"):
                with pikepdf.open(BytesIO(data)) as opened:
                    inside = [attached.get_file().read_bytes().decode() for attached in opened.attachments.values()]
                assert not any(other.email in text for text in inside)


def test_no_secret_is_in_it(planted):
    files = read(Extract(ASTA.who))
    text = "".join(data.decode() for name, data in files.items() if name.endswith((".html", ".json", ".txt")))
    hidden = {"hemligt-frö", "QWERTY99", *Signature.objects.values_list("key", flat=True)}
    hidden |= {*Participant.objects.values_list("key", flat=True), *Party.objects.values_list("key", flat=True)}
    hidden |= {*Seat.objects.values_list("calendar_key", flat=True), *Accession.objects.values_list("key", flat=True)}
    hidden |= {*Signature.objects.exclude(session_hash="").values_list("session_hash", flat=True)}
    hidden |= {*Signature.objects.exclude(address_hash="").values_list("address_hash", flat=True)}
    hidden |= {user.password for user in apps.get_model("accounts.User").objects.all()}
    assert not [secret for secret in hidden if secret in text]
    assert json.loads(files[handout.DATA])["signed_in_until"], "that somebody is signed in is told, and not the key"


def test_the_forms_they_signed_are_in_it_as_they_are_stored(real_forms, planted):
    files = read(Extract(ASTA.who))
    stored = set()
    for signature in Signature.objects.filter(email=ASTA.email, signed_at__isnull=False).select_related("round__form"):
        with default_storage.open(signature.round.form.stored.name) as file:
            stored.add(file.read())
    assert len(stored) == 2
    assert stored <= set(files.values())
    assert any(name.startswith("brev/") for name in files)


def test_the_page_says_why_and_for_how_long(planted):
    data = json.loads(read(Extract(ASTA.who))[handout.DATA])
    for table in data["tables"]:
        assert table["why"] or table["kept"], table["table"]
    applicant = next(table for table in data["tables"] if table["table"] == "agreement.accession")
    assert "allmänt intresse" in applicant["legal_basis"]
    assert "30 dagar" in applicant["kept"]
    page = read(Extract(ASTA.who))[handout.PAGE].decode()
    assert "Plattformens styrelse" in page
    assert '<html lang="sv">' in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_what_the_association_keeps_to_itself_is_not_read(planted):
    text = "".join(data.decode() for name, data in read(Extract(ASTA.who)).items() if name.endswith(".json"))
    assert "council.membership" not in text
    assert "council.registration" not in text
    told = {table["table"]: [row["id"] for row in table["rows"]] for table in json.loads(text)["tables"]}
    for model in (Event, Letter):
        ids = told[model._meta.label_lower]
        assert model.objects.filter(pk__in=ids, room="").count() == len(ids) > 0
        assert model.objects.exclude(room="").exists()


def test_what_they_signed_with_is_theirs_also_by_the_address_alone(planted):
    extract = Extract(Who.of([ASTA.email], []))
    facts = [fact for found in extract.found for fact in extract.facts(found)]
    typed = {fact.text for fact in facts if fact.field == "typed_name" and fact.text}
    assert typed == {ASTA.name}


def test_a_namesake_with_another_address_is_somebody_else():
    Person.objects.create(name=ASTA.name, email="namne@exempel.se", phone="070-999 88 77")
    extract = Extract(ASTA.who)
    assert extract.is_empty
    assert "namne" not in handout.page(extract)


def test_a_name_in_other_letters_is_found():
    Person.objects.create(name="ÅSTA  ZQÅSTRÖM".replace("  ", " "), email="")
    assert [found.by_address for found in Extract(ASTA.who).found] == [False]


# The page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def registrar(settings):
    settings.DEMO = True  # without the second factor
    return factories.make_user("registrator")


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def ask(client, **fields):
    return client.post(URL, {"email": ASTA.email, "names": ASTA.name, **fields})


def plant_a_few():
    Person.objects.create(name=ASTA.name, email=ASTA.email, phone=ASTA.phone)
    Person.objects.create(name=ASTA.name, email="namne@exempel.se")


def test_the_page_tells_how_much_there_is_and_not_what(registrar):
    plant_a_few()
    letters.queue(to=ASTA.email, subject="Rubriken", body="Brödtexten", kind="x")
    page = ask(client_of(registrar)).content.decode()
    assert "Personer" in page
    assert "Rubriken" not in page
    assert "1 uppgift har samma namn men en annan adress" in page
    assert not Event.objects.filter(verb="extract").exists(), "looking is not handing out"


def test_names_beside_the_address_are_told_so_that_they_can_be_asked_for(registrar):
    plant_a_few()
    page = ask(client_of(registrar), names="").content.decode()
    assert f"Bredvid adressen står: {ASTA.name}" in page


def test_the_zip_is_handed_out_once_and_the_log_names_nobody_but_the_officer(registrar):
    plant_a_few()
    client = client_of(registrar)
    response = ask(client, step="zip", checked="on")
    assert response["Content-Type"] == "application/zip"
    assert "no-store" in response["Cache-Control"]
    assert not ASTA.is_in(response["Content-Disposition"])
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert set(archive.namelist()) == {handout.PAGE, handout.DATA}
    shut(response)
    event = Event.objects.get(verb="extract")
    assert (event.actor, event.actor_email) == (registrar.name, registrar.email)
    assert not ASTA.is_in(json.dumps([event.subject, event.label, event.reason, event.data]))
    assert event.data["person"] == ASTA.who.keys
    assert "Ett utdrag om samma adress lämnades ut" in ask(client).content.decode()


def test_the_officer_says_that_they_have_looked_at_who_asks(registrar):
    plant_a_few()
    response = ask(client_of(registrar), step="zip")
    assert "Kontrollera först vem som frågar" in response.content.decode()
    assert ASTA.email in response.content.decode(), "what was typed stays"
    assert not Event.objects.filter(verb="extract").exists()


@pytest.mark.parametrize("role", ["", "utvecklingsledare", "iop", "styrelse", "sekreterare"])
@pytest.mark.parametrize("step", ["", "zip", "rectify", "rectify-do", "restrict"])
def test_nobody_else_searches(role, step, settings):
    settings.DEMO = True
    plant_a_few()
    assert ask(client_of(factories.make_user(role)), step=step, checked="on").status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "inte en adress"}, "giltig e-postadress"),
        ({"email": "", "names": ""}, "Skriv personens e-postadress eller namn"),
        ({"names": "Åsta"}, "både för- och efternamn"),
        ({"more": "åsta"}, "är inte en e-postadress"),
        ({"more": "\n".join(f"a{n}@exempel.se" for n in range(11))}, "högst 10 rader"),
        ({"email": "\x00a@b.se"}, "Skriv"),
    ],
)
def test_what_cannot_be_read_is_told_kindly(registrar, fields, words):
    response = ask(client_of(registrar), **fields)
    assert response.status_code == 200
    assert words in response.content.decode() or fields["email"].startswith("\x00")


def test_nothing_found_can_be_handed_out_too(registrar):
    client = client_of(registrar)
    assert "Ingenting hittades" in ask(client).content.decode()
    response = ask(client, step="zip", checked="on")
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert "har inga uppgifter om dig" in archive.read(handout.PAGE).decode()
    shut(response)


def test_one_row_or_many_the_same_number_of_questions():
    def questions():
        with CaptureQueriesContext(connection) as counted, handout.pack(Extract(ASTA.who)):
            pass
        return len(counted)

    def one_more():
        seat = council.make_council_seat("politics")
        Person.objects.filter(pk=seat.person_id).update(name=ASTA.name, email="")
        meeting = council.make_meeting(council.make_bodies()["council"], days=40)
        meeting.participants.create(name=ASTA.name, seat=seat)
        letters.queue(to=ASTA.email, subject="S", body="B", kind="x", case=meeting)
        letters.queue(to="x@exempel.se", subject="S", body=ASTA.name, kind="x", case=meeting)

    one_more()
    first = questions()
    one_more()
    one_more()
    assert questions() == first


# What is masked --------------------------------------------------------------------------------------------------


def test_a_name_within_a_name_stays_and_others_go():
    mask = Mask(Who.of(["kim@exempel.se"], ["Kim Ek"]), ["Kim", "Kim Ekström", "Bo Ås", ""], shown=["info@kommun.se"])
    text = "Kim Ek, Kim Ekström och BO ÅS: kim@exempel.se, akim@exempel.se, info@kommun.se, 070-183 64 67."
    assert mask(text) == (
        f"Kim Ek, {OTHER_NAME} och {OTHER_NAME}: kim@exempel.se, [någon annans e-post], info@kommun.se, "
        "[någon annans telefon]."
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Kim Ek talade.\nBo Ås svarade.", [("", "Kim Ek talade.")]),
        ("Kim Ekström talade.", []),
        ("KIM  EK", [("", "KIM  EK")]),
        ({"a": [{"name": "Kim Ek", "role": "x"}, {"name": "Bo Ås"}]}, [("a[0]", {"name": "Kim Ek", "role": "x"})]),
        ({"signers": ["Bo Ås", "Kim Ek"]}, [("signers[1]", "Kim Ek")]),
        ({"text": "rad ett\nKim Ek", "n": 3}, [("text", "Kim Ek")]),
        (None, []),
        (["akim@exempel.se", "kim@exempel.se.org", "kim@exempel.se."], [("[2]", "kim@exempel.se.")]),
    ],
)
def test_the_smallest_part_that_names_the_person(value, found):
    assert list(Who.of(["kim@exempel.se"], ["Kim Ek"]).named_in(value)) == found


# The table of ties -----------------------------------------------------------------------------------------------

# Personal by the policy, and not told of the person that the row is about.
NOT_TOLD = {
    "council.Participant.serves_for",  # who somebody else is
    "accounts.User.user_permissions",  # nobody has any: rights come from roles
    "retention.Restriction.lifted_by",  # staff, told of in the log
}


def test_every_table_with_personal_data_is_tied_to_people_or_has_a_reason():
    """A new model, or a new field, with personal data can't be forgotten."""
    forgotten = []
    for label, register in policy.read().registers.items():
        told = set() if label not in BY_LABEL else BY_LABEL[label].fields
        if label not in EXCEPT:
            forgotten += [f"{label}.{field}" for field in register.personal + register.free_text if field not in told]
    assert set(forgotten) == set(NOT_TOLD), "say in retention/tables.py how each is somebody's"
