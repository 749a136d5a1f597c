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
from botkyrka_civil.accounts.models import User
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
from tests.retention.conftest import client_of, open_conference
from tests.tools.threads import count
from tests.tools.web import body_of

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")
URL = "/admin/registerutdrag/"


class Somebody:
    """Made up, with words that stand nowhere else."""

    def __init__(self, first, last, word, phone):
        self.name, self.email, self.phone = f"{first} {last}", f"{word}@exempel.se", phone
        words = (last.lower(), word, phone)
        self.marks = {*words, *(json.dumps(mark)[1:-1] for mark in words)}

    @property
    def who(self):
        return Who.of([self.email], [self.name])

    def is_in(self, text):
        text = text.lower()
        return any(mark in text for mark in self.marks)


ASTA = Somebody("Åsta", "Zqåström", "zqasta", "070-111 22 33")
BODIL = Somebody("Bodil", "Zqöberg", "zqbodil", "070-444 55 66")
CARIN = Somebody("Cärin", "Zqårud", "zqcarin", "070-777 88 99")  # who is not planted


def plant(one, other):
    """Both of them in every place, each beside the other, through the verbs that bring people there."""
    for part in (plant_accession, plant_council, plant_partnership, plant_letters_and_accounts):
        part(one, other)


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


def plant_council(one, _):
    bodies = council.make_bodies()
    person = Person.objects.create(name=one.name, email=one.email, phone=one.phone)
    member = council.make_member()
    council.people(bodies["council"])
    first_day = timezone.localdate() - timedelta(days=60)
    facts = {"body": bodies["council"], "person": person, "side": "civil", "organisation": member.organisation}
    Seat.objects.create(first_day=first_day, **facts)
    meeting = council.make_meeting(bodies["council"], state="held")
    Meeting.objects.filter(pk=meeting.pk).update(also_present=f"Kim Ek, punkt 1\n{one.name}, punkt 2")
    text = council.TEXT.replace("Vi talade", f"{one.name} talade")
    council.write(meeting, text).draw_up(by=BY)
    council.sign_off(meeting)
    nominated = Person.objects.create(name=one.name, email="")
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


def plant_letters_and_accounts(one, other):
    council.make_member(email=one.email)  # which is the association's own, as is the conference
    Registration.ask(Conference.objects.get(), email=one.email, name=one.name, organisation="")
    user = factories.make_user("sekreterare", email=one.email, name=one.name)
    Authenticator.objects.update_or_create(user=user, type="totp", defaults={"data": {"secret": "hemligt-frö"}})
    Client().force_login(user)
    AccessibilityReport.receive(request_key=uuid4(), what=f"Det går inte. /{one.name}", name=one.name, email=one.email)
    facts = {"name": one.name, "email": one.email, "phone": one.phone, "as_of": timezone.localdate()}
    ContactPerson.objects.create(topic="iop", **facts)
    about = {"kind": "x", "case": Accession.objects.latest("pk")}
    letters.queue(to=other.email, subject="Mötet", body=f"Hej!\n{one.name} ({one.email}) kommer.\n", **about)
    letters.queue(to=one.email, subject="Svar", body=f"Hej {one.name}!\n{other.name} kommer.", **about)
    code = f"Hej {one.name}, koden är QWERTY99"
    letters.queue(to=one.email, subject="Din kod", body=code, kind="x", confidential=True)


@pytest.fixture(scope="module")
def handed_out(module_rows):
    """Both are planted, and each is given an extract: the bytes of its files by their names."""
    open_conference()
    plant(ASTA, BODIL)
    plant(BODIL, ASTA)
    return {somebody: read(Extract(somebody.who)) for somebody in (ASTA, BODIL)}


@pytest.fixture
def hers(handed_out):
    return handed_out[ASTA]


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
    meeting = getattr(row, "meeting", None)
    return bool(getattr(row, "room", "") or (meeting and meeting.body.room))


def read(extract):
    with handout.pack(extract) as packed, ZipFile(packed) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def readable(files):
    return {name: data.decode() for name, data in files.items() if name.endswith((".html", ".json", ".txt"))}


def test_every_row_that_names_somebody_is_in_their_extract(hers):
    """The whole database, raw, against the extract: nothing of theirs is left out but for what is written down."""
    tables = {table.model._meta.db_table: table.label for table in TABLES}
    found = json.loads(hers[handout.DATA])["tables"]
    told = {(row["table"], one["id"]) for row in found for one in row["rows"]}
    missing, expected = [], 0
    for table, row in rows_in_the_database():
        if not ASTA.is_in(" ".join(str(value) for value in row.values())):
            continue
        label = tables.get(table)
        if label is None:
            label = next((m._meta.label for m in apps.get_models() if m._meta.db_table == table), table)
            assert label in EXCEPT or table.startswith("search_"), (
                f"{table} names a person and stands neither in TABLES nor in EXCEPT"
            )
        elif not kept_by_the_association(label, row["id"]):
            expected += 1
            if (label.lower(), row["id"]) not in told:
                missing.append((label, row))
    assert not missing and expected > 40
    planted = """accounts.user account.emailaddress mfa.authenticator agreement.accession agreement.completion
        agreement.signinground agreement.signature organisations.person organisations.contactperson council.seat
        council.nomination council.participant council.meeting council.minutes council.signoffround iop.party
        iop.signatory iop.agreementsignature casework.letter casework.event casework.registryentry
        pages.accessibilityreport"""
    assert set(planted.split()) <= {table["table"] for table in found}


def test_nobody_else_is_in_it(handed_out):
    """Art. 15.4: the others' names, addresses and numbers stand nowhere, but in what the person signed with them."""
    for one, other in ((ASTA, BODIL), (BODIL, ASTA)):
        files = handed_out[one]
        assert not [name for name, text in readable(files).items() if other.is_in(text)]
        assert not [name for name in files if one.is_in(name) or other.is_in(name)]
        for data in files.values():
            if data.startswith(b"%PDF"):
                with pikepdf.open(BytesIO(data)) as opened:
                    inside = [attached.get_file().read_bytes().decode() for attached in opened.attachments.values()]
                assert not any(other.email in text for text in inside)


SECRETS = {
    Signature: ["key", "session_hash", "address_hash"], Participant: ["key"], Party: ["key"], Accession: ["key"],
    Seat: ["calendar_key"],
}  # fmt: skip


def test_no_secret_is_in_it(hers):
    text = "".join(readable(hers).values())
    hidden = {"hemligt-frö", "QWERTY99", *User.objects.values_list("password", flat=True)}
    for model, names in SECRETS.items():
        hidden |= {value for row in model.objects.values_list(*names) for value in row if value}
    assert not [secret for secret in hidden if secret in text]
    assert json.loads(hers[handout.DATA])["signed_in_until"], "that somebody is signed in is told, and not the key"


def test_the_forms_they_signed_are_in_it_as_they_are_stored(hers):
    stored = set()
    for signature in Signature.objects.filter(email=ASTA.email, signed_at__isnull=False).select_related("round__form"):
        with default_storage.open(signature.round.form.stored.name) as file:
            stored.add(file.read())
    assert len(stored) == 2 and stored <= set(hers.values())
    assert any(name.startswith("brev/") for name in hers)


def test_the_page_says_why_and_for_how_long(hers):
    tables = {table["table"]: table for table in json.loads(hers[handout.DATA])["tables"]}
    assert not [name for name, table in tables.items() if not (table["why"] or table["kept"])]
    applicant = tables["agreement.accession"]
    assert "allmänt intresse" in applicant["legal_basis"] and "30 dagar" in applicant["kept"]
    page = hers[handout.PAGE].decode()
    assert "Plattformens styrelse" in page and '<html lang="sv">' in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_what_the_association_keeps_to_itself_is_not_read(hers):
    text = hers[handout.DATA].decode()
    assert "council.membership" not in text and "council.registration" not in text
    told = {table["table"]: [row["id"] for row in table["rows"]] for table in json.loads(text)["tables"]}
    for model in (Event, Letter):
        ids = told[model._meta.label_lower]
        assert model.objects.filter(pk__in=ids, room="").count() == len(ids) > 0
        assert model.objects.exclude(room="").exists()


def test_what_they_signed_with_is_theirs_also_by_the_address_alone(handed_out):
    extract = Extract(Who.of([ASTA.email], []))
    facts = [fact for found in extract.found for fact in extract.facts(found)]
    assert {fact.text for fact in facts if fact.field == "typed_name" and fact.text} == {ASTA.name}


def test_a_namesake_with_another_address_is_somebody_else_and_a_name_in_other_letters_is_found():
    Person.objects.create(name=CARIN.name, email="namne@exempel.se", phone="070-999 88 77")
    extract = Extract(CARIN.who)
    assert extract.is_empty
    assert "namne" not in handout.page(extract)
    Person.objects.create(name="CÄRIN ZQÅRUD", email="")
    assert [found.by_address for found in Extract(CARIN.who).found] == [False]


def ask(client, **fields):
    return client.post(URL, {"email": CARIN.email, "names": CARIN.name, **fields})


@pytest.fixture
def a_few(db):
    Person.objects.create(name=CARIN.name, email=CARIN.email, phone=CARIN.phone)
    Person.objects.create(name=CARIN.name, email="namne@exempel.se")


def test_the_page_tells_how_much_there_is_and_not_what(registrar, a_few):
    letters.queue(to=CARIN.email, subject="Rubriken", body="Brödtexten", kind="x")
    page = ask(registrar).content.decode()
    assert "Personer" in page and "1 uppgift har samma namn men en annan adress" in page and "Rubriken" not in page
    assert f"Bredvid adressen står: {CARIN.name}" in ask(registrar, names="").content.decode()
    assert not count("extract"), "looking is not handing out"


def test_the_zip_is_handed_out_once_and_the_log_names_nobody_but_the_officer(registrar, a_few):
    page = ask(registrar, step="zip").content.decode()
    assert "Kontrollera först vem som frågar" in page and CARIN.email in page and not count("extract")
    response = ask(registrar, step="zip", checked="on")
    assert response["Content-Type"] == "application/zip" and "no-store" in response["Cache-Control"]
    assert not CARIN.is_in(response["Content-Disposition"])
    with ZipFile(BytesIO(body_of(response))) as archive:
        assert set(archive.namelist()) == {handout.PAGE, handout.DATA}
    event = Event.objects.get(verb="extract")
    assert (event.actor, event.actor_email) == (registrar.user.name, registrar.user.email)
    assert not CARIN.is_in(json.dumps([event.subject, event.label, event.reason, event.data]))
    assert event.data["person"] == CARIN.who.keys
    assert "Ett utdrag om samma adress lämnades ut" in ask(registrar).content.decode()


def test_nobody_else_searches(a_few, settings):
    settings.DEMO = True
    let_in = []
    for role in ("", "utvecklingsledare", "iop", "styrelse", "sekreterare"):
        client = client_of(role)
        for step in ("", "zip", "rectify", "rectify-do", "restrict"):
            if ask(client, step=step, checked="on").status_code != 403:
                let_in.append((role, step))
    assert not let_in, let_in


WRONG = [
    ({"email": "inte en adress"}, "giltig e-postadress"),
    ({"email": "", "names": ""}, "Skriv personens e-postadress eller namn"),
    ({"names": "Åsta"}, "både för- och efternamn"),
    ({"more": "åsta"}, "är inte en e-postadress"),
    ({"more": "\n".join(f"a{n}@exempel.se" for n in range(11))}, "högst 10 rader"),
    ({"email": "\x00a@b.se"}, ""),
]


def test_what_cannot_be_read_is_told_kindly_and_nothing_found_can_be_handed_out(registrar):
    for fields, words in WRONG:
        response = ask(registrar, **fields)
        assert response.status_code == 200 and words in response.content.decode(), fields
    assert "Ingenting hittades" in ask(registrar).content.decode()
    with ZipFile(BytesIO(body_of(ask(registrar, step="zip", checked="on")))) as archive:
        assert "har inga uppgifter om dig" in archive.read(handout.PAGE).decode()


def test_one_row_or_many_the_same_number_of_questions():
    def one_more():
        seat = council.make_council_seat("politics")
        Person.objects.filter(pk=seat.person_id).update(name=CARIN.name, email="")
        meeting = council.make_meeting(council.make_bodies()["council"], days=40)
        meeting.participants.create(name=CARIN.name, seat=seat)
        letters.queue(to=CARIN.email, subject="S", body="B", kind="x", case=meeting)
        letters.queue(to="x@exempel.se", subject="S", body=CARIN.name, kind="x", case=meeting)

    counts = []
    for _ in range(3):
        one_more()
        with CaptureQueriesContext(connection) as asked, handout.pack(Extract(CARIN.who)):
            counts.append(len(asked))
    assert len(set(counts)) == 1, counts


def test_a_name_within_a_name_stays_and_others_go():
    mask = Mask(Who.of(["kim@exempel.se"], ["Kim Ek"]), ["Kim", "Kim Ekström", "Bo Ås", ""], shown=["info@kommun.se"])
    text = "Kim Ek, Kim Ekström och BO ÅS: kim@exempel.se, akim@exempel.se, info@kommun.se, 070-183 64 67."
    assert mask(text) == (
        f"Kim Ek, {OTHER_NAME} och {OTHER_NAME}: kim@exempel.se, [någon annans e-post], info@kommun.se, "
        "[någon annans telefon]."
    )


def test_the_smallest_part_that_names_the_person():
    kim = Who.of(["kim@exempel.se"], ["Kim Ek"])
    for value, found in (
        ("Kim Ek talade.\nBo Ås svarade.", [("", "Kim Ek talade.")]),
        ("Kim Ekström talade.", []),
        ("KIM  EK", [("", "KIM  EK")]),
        ({"a": [{"name": "Kim Ek", "role": "x"}, {"name": "Bo Ås"}]}, [("a[0]", {"name": "Kim Ek", "role": "x"})]),
        ({"signers": ["Bo Ås", "Kim Ek"]}, [("signers[1]", "Kim Ek")]),
        ({"text": "rad ett\nKim Ek", "n": 3}, [("text", "Kim Ek")]),
        (None, []),
        (["akim@exempel.se", "kim@exempel.se.org", "kim@exempel.se."], [("[2]", "kim@exempel.se.")]),
    ):
        assert list(kim.named_in(value)) == found, value


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
