"""Is this paper genuine? Told to anybody who has the file or the code, and nothing more than that."""

import logging
import random
import re
import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents import hostile, seal_check, seal_keys
from botkyrka_civil.documents.models import File, store
from botkyrka_civil.documents.seal import seal
from botkyrka_civil.lib import env
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as iop_factories
from tests.tools.papers import look
from tests.tools.threads import same

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("judged_here"),
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]
URL = "/verifiera/"
BY = Actor("Testaren")


def bytes_of(file):
    with file.stored.open() as stored:
        return stored.read()


def ask(file, name="fil.pdf", status=200):
    """What the page says of the file, on one line. It asks for no token, and gives no cookie."""
    content = bytes_of(file) if isinstance(file, File) else file
    client = Client(enforce_csrf_checks=True)
    response = client.post(URL, {"fil": SimpleUploadedFile(name, content)})
    assert response.status_code == status, response.content.decode()
    html = response.content.decode()
    assert not client.cookies and "csrfmiddlewaretoken" not in html
    return " ".join(html.split())


@pytest.fixture(scope="module")
def accessions(module_rows, seal_key):
    """One in each state, and one whose form is sealed."""
    states = {state: factories.make_accession(state) for state in ("submitted", "rejected", "left", "joined")}
    with override_settings(SEAL=seal_key):
        return states | {"sealed": factories.make_accession("joined")}


@pytest.fixture
def accession(accessions):
    return same(accessions["joined"])


def test_a_genuine_form_is_known_whatever_it_is_called_sealed_or_from_before(accession, sealing):
    assert look(bytes_of(accession.joining.form)) is seal_check.Found.UNSEALED  # known by its checksum
    for name in ("anslutning.pdf", "x", "åäö <b>.PDF"):
        html = ask(accession.joining.form, name)
        for said in (
            "Filen är äkta", "Anslutningen gäller i dag", "Anslutningsblankett", "Överenskommelsen 2018",
            accession.number, accession.organisation.name, accession.organisation.get_absolute_url(),
        ):  # fmt: skip
            assert said in html, said
    assert not [person["name"] for person in factories.PEOPLE if person["name"] in html]


def test_the_form_says_whether_the_accession_holds(accessions):
    says = {"submitted": "gäller inte än", "rejected": "blev aldrig godkänd", "left": "gäller inte längre",
            "joined": "gäller i dag"}  # fmt: skip
    for state, words in says.items():
        assert words in ask(accessions[state].joining.form), state
    html = ask(accessions["left"].leaving.form)
    assert "Utträdesanmälan" in html and "Utträdet gäller" in html


def test_an_agreement_says_which_version_holds_and_between_whom():
    officer = iop_factories.make_officer()
    partnership = iop_factories.make_partnership("active", officer=officer)
    old = partnership.agreement
    html = ask(old.pdf)
    for said in (
        "Avtal om idéburet offentligt partnerskap", "Avtalet gäller i dag", partnership.title,
        partnership.get_absolute_url(), old.registry_entry.number,
    ):  # fmt: skip
        assert said in html, said
    assert not [s.name for s in old.signatures.all() if s.name in html]
    with time_machine.travel(timezone.now() + timedelta(days=5000), tick=False):
        assert "Avtalstiden gick ut den" in ask(old.pdf)
    partnership.terminate(by=Actor.of(officer), on=timezone.localdate(), reason="Slut på pengar.")
    html = ask(old.pdf)
    assert "Avtalet är uppsagt" in html and "Slut på pengar" not in html
    assert "börjar gälla den" in ask(iop_factories.make_partnership("signed").agreement.pdf)
    content = {"last_day": "2040-01-01", **old.content}
    facts = {"decided_on": old.decision.decided_on, "recorded_by": old.decision.recorded_by}
    decision = partnership.decisions.create(approved=True, **facts)
    partnership.agreements.create(
        version=2, decision=decision, content=content, content_sha256="0" * 64, required=1, deadline=old.deadline,
        outcome="met", closed_at=timezone.now(), registry_entry=partnership.register_drawn_up("Avtal"),
        pdf=store(b"ny version", name="avtal.pdf", mime="application/pdf"),
    )  # fmt: skip
    assert "har ersatts av version 2" in ask(old.pdf)


def test_public_minutes_say_where_they_stand_and_whether_they_were_corrected():
    meeting = council_factories.make_meeting(state="published")
    html = ask(meeting.minutes.pdf)
    assert "Protokollet är justerat och har inte rättats" in html and meeting.body.name in html
    assert meeting.get_absolute_url() in html and meeting.registry_entry.number in html
    meeting.minutes.correct(by=BY, text="Det var Siv som sa det.", privacy_reviewed=True)
    html = ask(meeting.minutes.pdf)
    assert "har rättats efteråt" in html and "Siv" not in html


@pytest.mark.parametrize("kind", ["board", "council"])
def test_minutes_that_not_everyone_may_read_are_genuine_and_no_more(kind):
    """A board's own, and the council's before they are published."""
    meeting = council_factories.make_meeting(council_factories.make_bodies()[kind], state="signed_off")
    html = ask(meeting.minutes.pdf)
    assert "Filen är äkta" in html and "Protokoll" in html and "Protokollet är justerat." in html
    assert meeting.get_absolute_url() not in html and "rättats" not in html
    assert f"<dd>{meeting.body.name}" not in html and meeting.minutes.current_round.content_sha256 not in html
    number = meeting.registry_entry.number if meeting.registry_entry else "ÖK 20"
    assert (number in html) == (kind == "council")


def test_what_was_handed_in_is_told_to_nobody(accession):
    """Evidence, a scan of a paper form, a published document: the page is no way to ask what the municipality holds."""
    html = ask(accession.evidence)
    assert "Filen är ingen av våra färdiga handlingar" in html and accession.number not in html
    accession.joining.signatures.update(method="paper")
    assert "Filen är ingen av våra" in ask(accession.joining.form)
    page = Client().get(reverse("documents:verify_code", args=[accession.code]))
    assert page.status_code == 200 and accession.joining.form.sha256 in page.content.decode()


def test_one_paper_or_many_takes_the_same_number_of_questions(accession):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            ask(accession.joining.form)
        counts.append(len(asked))
        factories.make_accession("joined")
    assert counts[0] == counts[1]


@pytest.fixture
def sealed(sealing):
    """Sealed with our key, and in no register."""
    return seal(factories.pdf_bytes())


def test_a_change_after_the_seal_is_told_in_red(sealing, accessions):
    accession = accessions["sealed"]
    file = bytes_of(accession.joining.form)
    assert "Filen är äkta" in ask(file)
    for changed in (file + b"\n", file.replace(b"/MediaBox", b"/MediaBix", 1)):
        html = ask(changed)
        assert "Filen är ändrad" in html and "message-error" in html and "Lita inte på innehållet" in html
        assert accession.number not in html


def test_our_seal_on_what_we_do_not_have_and_somebody_elses_seal(sealed, sealing, settings, tmp_path):
    assert "Sigillet är vårt, men handlingen finns inte här" in ask(sealed)
    other = env.Seal(key=str(tmp_path / "demo-annan.p12"), password="x")
    seal_keys.make_demo_key(other, "Någon annan")
    settings.SEAL = other
    foreign = seal(factories.pdf_bytes())
    settings.SEAL = sealing
    assert "Sigillet är inte vårt" in ask(foreign)


def encrypted():
    out = BytesIO()
    with pikepdf.open(BytesIO(factories.pdf_bytes())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def test_what_can_not_be_checked_is_told_at_the_field(settings, monkeypatch):
    settings.UPLOAD_MAX_BYTES = 1024**2
    for file, says, status in (
        (b"", "Filen är tom", 422),
        (b"Hej", "inte en PDF", 422),
        (b"PK\x03\x04" + b"x" * 100, "inte en PDF", 422),
        (b"%PDF-1.7\nslut", "slutet saknas", 422),
        (b"%PDF-1.7\n" + b"x" * 1024**2, "för stor", 413),
        (encrypted(), "låst med lösenord", 422),
    ):
        html = ask(file, status=status)
        assert says in html and "<title>Fel: " in html and 'aria-describedby="fil-hjalp fil-fel"' in html, says
    client = Client()
    for nothing in ({}, {"fil": "text"}):
        assert "Välj filen" in client.post(URL, nothing).content.decode()
    assert client.post(URL, b"--x\r\nskr\xe4p", content_type=MULTIPART).status_code in (400, 422)
    assert client.post(URL, b"{}", content_type="application/json").status_code == 422
    assert client.put(URL).status_code == 405


def test_the_file_never_touches_the_disk_and_is_not_logged(monkeypatch, tmp_path, caplog):
    """Not even one that Django would put in a temporary file."""
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    caplog.set_level(logging.DEBUG)
    stored = File.objects.count()
    ask(b"%PDF-1.7 HEMLIGT " + b"x" * 5_000_000 + b"%%EOF", "hemligt namn.pdf")
    assert File.objects.count() == stored and not list(tmp_path.iterdir())
    assert "hemligt" not in caplog.text.lower()


MULTIPART = "multipart/form-data; boundary=x"


class Endless:
    """A body that goes on and on. Counts how much of it was read."""

    def __init__(self):
        self.taken = 0
        self.head = b'--x\r\nContent-Disposition: form-data; name="fil"; filename="a.pdf"\r\n\r\n%PDF-1.7 '

    def read(self, size=None):
        size = size or 65536
        self.taken += size
        start, self.head = self.head[:size], self.head[size:]
        return start + b"x" * (size - len(start))

    readline = read


@pytest.mark.parametrize("said", [500_000_000, 10_500_000])
def test_what_is_too_large_is_not_read_to_its_end(settings, said):
    settings.UPLOAD_MAX_BYTES = 1_000_000 if said < 100_000_000 else settings.UPLOAD_MAX_BYTES
    body = Endless()
    response = Client().generic(
        "POST", URL, b"", **{"wsgi.input": body, "CONTENT_LENGTH": str(said), "CONTENT_TYPE": MULTIPART}
    )
    assert response.status_code == 413 and "för stor" in response.content.decode()
    assert body.taken <= settings.UPLOAD_MAX_BYTES + 200_000


def test_asking_is_limited_per_address(monkeypatch):
    monkeypatch.setattr("botkyrka_civil.documents.verify.FILES_PER_HOUR", 3)
    for _ in range(3):
        ask(b"%PDF-1.7 %%EOF")
    assert "Försök igen om en timme" in ask(b"%PDF-1.7 %%EOF", status=429)
    assert Client().get(URL).status_code == 200


def at_sixty(digits, after):
    """A signature that says of itself that it stands from the sixtieth byte and as far as to `after`."""
    return (b"%%PDF-1.7 /ByteRange [0 60 %010d 10] " % after).ljust(60) + b"<" + digits + b"%%EOF".ljust(10)


HOSTILE = {
    "ranges": lambda: b"%PDF-1.7 " + b"/ByteRange [0 9 400000 9999999999] " * 29_000 + b"%%EOF",
    "der": lambda: at_sixty(b"3080" * 60_000 + b">", 240_062),  # lengths without end, one in another
    "zip": lambda: b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(bytes(50_000_000)) + b"%%EOF",
    "blanks": lambda: b"%PDF-1.7 " + (b"/ByteRange" + b" " * 50_000) * 20 + b"%%EOF",
    "digits": lambda: b"%PDF-1.7 /ByteRange [" + b"1" * 1_000_000 + b"%%EOF",
    "deep": lambda: b"%PDF-1.7 1 0 obj " + b"[" * 500_000 + b"]" * 500_000 + b"%%EOF",
    "circles": lambda: b"%PDF-1.7 " + b"1 0 obj <</Kids[1 0 R]/Parent 1 0 R>> endobj\n" * 20_000 + b"%%EOF",
    "xref": lambda: b"%PDF-1.7 xref\n0 99999999999\n" + b"0000000000 65535 f\n" * 50_000 + b"%%EOF",
    "random": lambda: b"%PDF-1.7" + random.Random(4711).randbytes(1_000_000) + b"%%EOF",
    "wide": lambda: at_sixty(b"F" * 1_000_000, 399_000),
    "long": lambda: at_sixty(b"00" * 500_000 + b">", 1_000_062),
}


def test_a_hostile_file_is_nobodys(sealing, judged_apart, monkeypatch):
    verdicts = {kind: look(make()) for kind, make in HOSTILE.items()}
    assert {*verdicts.values()} <= {seal_check.Found.UNSEALED, seal_check.Found.STRANGER}, verdicts
    for kind, says in (("zip", "ingen av våra"), ("ranges", "inte vårt"), ("der", "inte vårt")):
        assert says in ask(HOSTILE[kind]()), kind
    monkeypatch.setattr(hostile, "PATIENCE", 0.01)  # its process ends before it has answered
    assert "går inte att läsa" in ask(b"%PDF-1.7 %%EOF", status=422)


def test_made_up_places_do_not_hide_the_seal(sealing):
    """Each is judged, however many there are and wherever they stand."""
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.Root.X = made.make_stream(b"x" * 4000)
    made.save(out, compress_streams=False)
    sealed = seal(out.getvalue())
    fakes = b"".join(b"/ByteRange [0 %d %d 9]\n" % (60 + n, 90 + n) for n in range(40))
    changed = sealed.replace(b"x" * len(fakes), fakes, 1)
    assert look(changed) is seal_check.Found.CHANGED


def test_a_place_is_looked_for_in_a_few_bytes_at_a_time():
    """No match can be longer, so whatever stands in the file, none of its bytes is read many times."""
    assert re._parser.parse(seal_check._RANGE.pattern).getwidth()[1] < 150


ONE_KEY = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(junk=st.binary(max_size=400), at=st.integers(0, 4000), cut=st.integers(0, 4000))
@ONE_KEY
def test_junk_anywhere_in_a_sealed_file_is_never_taken_for_intact(sealed, junk, at, cut):
    place = next(seal_check._places(sealed))
    at += place.before - 500
    changed = sealed[:at] + junk + sealed[at + cut :]
    verdict = look(changed)
    assert (verdict is seal_check.Found.INTACT) == (changed == sealed)


@given(st.binary(max_size=3000))
@ONE_KEY
def test_any_signature_at_all_gets_an_answer(sealing, der):
    digits = b"<" + der.hex().upper().encode() + b">"
    head = b"%%PDF-1.7 /ByteRange [0 50 %010d 5]" % (50 + len(digits))
    assert look(head.ljust(50) + digits + b"%%EOF") in (seal_check.Found.STRANGER, seal_check.Found.CHANGED)


def test_everyone_may_fetch_the_certificate_and_nobody_the_key(client, sealing, settings):
    page = " ".join(client.get(URL).content.decode().split())
    certificate, root = seal_keys.chain()
    address = reverse("documents:certificate")
    assert address in page and seal_keys.fingerprint(certificate) in page
    response = client.get(address)
    assert response.content.count(b"BEGIN CERTIFICATE") == 2 and b"PRIVATE" not in response.content
    assert Path(sealing.key).read_bytes()[:50] not in response.content
    assert "attachment" in response["Content-Disposition"] and not response.cookies
    settings.SEAL = env.Seal()  # where nothing is sealed, nothing is said of a seal
    assert client.get(address).status_code == 404 and "eget PDF-program" not in client.get(URL).content.decode()


def test_the_old_addresses_still_lead_here(client, accession):
    assert client.get(f"/verifiera/{accession.code}/").status_code == 200
    assert client.get(URL, {"kod": accession.code})["Location"] == f"/verifiera/{accession.code}/"
