"""The seal: any reader sees that a final paper is ours and unchanged, and nobody's signature hangs on it."""

import hashlib
import logging
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.test import override_settings
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko_certvalidator import ValidationContext

from agreement.models import SigningRound
from botkyrka_civil.casework.models import Refused
from botkyrka_civil.documents import checks, pdf, seal_check, seal_keys
from botkyrka_civil.documents import seal as sealing_module
from botkyrka_civil.documents.models import File
from botkyrka_civil.documents.seal import seal
from botkyrka_civil.documents.seal_check import Found
from botkyrka_civil.lib import env
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as iop_factories
from tests.tools import papers, quick_pdf, tsa, vera
from tests.tools.papers import look, ours

pytestmark = pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def plain():
    """Quick, whichever test asks for it first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "render", quick_pdf.render)
        return papers.accession(2)


@pytest.fixture(scope="module")
def sealed_once(seal_key, plain):
    with override_settings(SEAL=seal_key):
        return seal(plain)


@pytest.fixture
def sealed(sealing, sealed_once):
    return sealed_once


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Somebody who has made a seal in the municipality's name."""
    other = env.Seal(key=str(tmp_path_factory.mktemp("stranger") / "demo-falsk.p12"), password="x")
    seal_keys.make_demo_key(other, "Provköpings kommun")
    return other


@pytest.fixture
def junk(tmp_path):
    """In the place of a key."""
    path = tmp_path / "skräp.p12"
    path.write_bytes(b"inte en nyckel")
    return path


def roots():
    from asn1crypto import x509 as asn1

    ders = [c.public_bytes(serialization.Encoding.DER) for c in seal_keys.chain()[1:]]
    return [asn1.Certificate.load(der) for der in ders]


def judged(file):
    """What pyHanko, told to trust our authority, says of it: a second opinion on our own check."""
    (signature,) = PdfFileReader(BytesIO(file)).embedded_regular_signatures
    trust = ValidationContext(trust_roots=roots(), allow_fetching=False)
    return validate_pdf_signature(signature, trust)


def added(file, change):
    """The file with an incremental update, as an editor writes it."""
    writer = IncrementalPdfFileWriter(BytesIO(file))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def signed_by(who, file, field="Annat"):
    signer = signers.SimpleSigner.load_pkcs12(who.key, passphrase=who.password.encode())
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256")
    return signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(file)), meta, signer=signer).getvalue()


# A sealed file -----------------------------------------------------------------------------------------------------


def test_the_sealed_file_is_the_same_file_with_a_seal_after_it(plain, sealed):
    assert sealed.startswith(plain) and len(sealed) - len(plain) < 25_000
    assert look(plain) is Found.UNSEALED and look(sealed) is Found.INTACT
    status = judged(sealed)
    assert status.bottom_line and status.intact and status.valid and status.trusted and status.docmdp_ok
    assert status.coverage.name == "ENTIRE_FILE"
    with pikepdf.open(BytesIO(sealed)) as opened:
        [field] = opened.Root.AcroForm.Fields
        assert str(field.V.Name) == settings.MUNICIPALITY["name"] and "färdig" in str(field.V.Reason)
        assert opened.Root.Perms.DocMDP == field.V and field.V.Reference[0].TransformParams.P == 1
        assert list(field.Rect) == [0, 0, 0, 0]


@pytest.mark.pdf
@pytest.mark.django_db
def test_every_final_paper_keeps_both_standards_with_its_seal(sealing, tmp_path):
    """The minutes also as they were before it; the other forms are validated without a seal by their own tests."""
    files = [read(file) for file in final_papers()]
    assert [look(file) for file in files] == [Found.INTACT] * 4
    vera.assert_pdf(*files, before_the_seal(files[-1]))
    path, said = tmp_path / "sealed.pdf", []
    for file in (files[0], files[0].replace(b"/MediaBox", b"/MediaBix", 1)):  # as Poppler reads it
        path.write_bytes(file)
        said.append(subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout)
    for words in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached"):
        assert words in said[0]
    assert judged(files[0]).bottom_line and "Signature is Valid" not in said[1]


def before_the_seal(file):
    return file[: file.index(b"%%EOF") + len(b"%%EOF\n")]


def read(file):
    with file.stored.open() as stored:
        return stored.read()


def final_papers():
    """One of each kind, made as in life: the form, the departure, the agreement and the minutes."""
    accession = factories.make_accession("left")
    partnership = iop_factories.make_partnership("signed")
    meeting = council_factories.make_meeting(state="signed_off")
    return [accession.joining.form, accession.leaving.form, partnership.agreement.pdf, meeting.minutes.pdf]


@pytest.mark.django_db
def test_final_papers_are_sealed_and_nothing_else_is(sealing):
    papers = final_papers()
    for file in papers:
        assert look(read(file)) is Found.INTACT and hashlib.sha256(read(file)).hexdigest() == file.sha256
    others = File.objects.exclude(pk__in=[file.pk for file in papers]).filter(mime="application/pdf")
    assert others and {look(read(file)) for file in others} == {Found.UNSEALED}


# Tampering ---------------------------------------------------------------------------------------------------------


def flipped(file, place, bit=0):
    return file[:place] + bytes([file[place] ^ 1 << bit]) + file[place + 1 :]


def test_a_changed_byte_is_seen_wherever_it_stands(sealed):
    """All over the file, and tighter in the signature: what of it is not signed is compared."""
    begins = next(seal_check._places(sealed)).before
    ends = begins + len(sealed[begins:].split(b">")[0].rstrip(b"0"))  # zeros fill the rest of the place
    places = sorted({*range(0, len(sealed), 97), *range(begins, ends, 11), *range(ends - 4, ends + 4)})
    unseen = [at for at in places if look(flipped(sealed, at, at % 8)) is Found.INTACT]
    assert not unseen, unseen


def test_no_bit_of_the_unsigned_parts_can_be_turned(sealed):
    """The version of the signature, beside its certificates: what only a comparison can find."""
    place = next(seal_check._places(sealed))
    _, signer, _ = seal_check._our_signer(bytes.fromhex(place.digits(sealed).decode()), ours())
    begins = sealed.index(signer.dump()[:100].hex().upper().encode(), place.before)
    turned = [(at, bit) for at in range(begins - 10, begins + 24) for bit in range(8)]
    unseen = [where for where in turned if look(flipped(sealed, *where)) is Found.INTACT]
    assert not unseen, unseen


def test_no_other_reader_is_fooled_either(sealed):
    """A second opinion at fewer places: pyHanko finds it broken, unreadable, or signed by nobody we trust."""
    for place in range(1000, sealed.index(b"/Contents <"), 2500):
        try:
            fooled = judged(flipped(sealed, place)).bottom_line
        except Exception:  # noqa: S112  (of many kinds, for what it cannot read)
            continue
        assert not fooled, place


def test_a_file_that_is_cut_off_or_longer_is_not_as_it_was(sealed):
    cut = {n: look(sealed[:-n]) for n in (1, 2, 700, 5000, 20_000)}
    assert not {Found.INTACT, Found.UNSEALED} & {*cut.values()}, cut
    tails = [b"\n", b" ", b"%%EOF", b"\0" * 100, b"%PDF-1.7"]
    assert {tail: look(sealed + tail) for tail in tails} == dict.fromkeys(tails, Found.CHANGED)
    before = {tail: look(tail + sealed) for tail in tails}
    assert {*before.values()} <= {Found.CHANGED, Found.STRANGER}, before


TEXT = generic.pdf_string("Ogiltig!")


def evil_root(writer):
    writer.root["/Evil"] = TEXT
    writer.update_root()


def other_text(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"BT /F1 12 Tf (Annan text) Tj ET")
    page["/Contents"] = writer.add_object(stream)
    writer.update_container(page)


def annotation(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    name, note = generic.pdf_name, generic.DictionaryObject()
    note |= {name("/Type"): name("/Annot"), name("/Subtype"): name("/Text"), name("/Contents"): TEXT}
    note[name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 50, 50)))
    page.setdefault(name("/Annots"), generic.ArrayObject()).append(writer.add_object(note))
    writer.update_container(page)


def test_an_incremental_update_is_seen(sealed):
    logging.disable(logging.CRITICAL)  # pyHanko tells at length of what it finds
    try:
        for change in (evil_root, other_text, annotation):
            changed = added(sealed, change)
            assert changed.startswith(sealed) and look(changed) is Found.CHANGED, change
            assert not judged(changed).bottom_line, change
    finally:
        logging.disable(logging.NOTSET)


def test_a_second_signature_on_top_is_a_change(sealed, stranger):
    with pytest.raises(Exception, match="forbids all changes"):  # pyHanko obeys the certification
        signed_by(stranger, sealed)
    forced = sealed + b"\n1 0 obj\n<</Type/Sig/ByteRange [0 10 20 30]/Contents <00>>>\nendobj\n%%EOF\n"
    assert look(forced) is Found.CHANGED


def test_a_file_saved_anew_has_lost_the_seal_or_shows_the_change(sealed):
    for options in ({}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"linearize": True}):
        out = BytesIO()
        with pikepdf.open(BytesIO(sealed)) as opened:
            opened.save(out, **options)
        assert look(out.getvalue()) in (Found.CHANGED, Found.STRANGER, Found.UNSEALED)


def test_a_stripped_seal_and_a_strangers_seal_instead(plain, sealed, stranger):
    assert look(before_the_seal(sealed)) is Found.UNSEALED
    assert look(signed_by(stranger, plain, "Sigill")) is Found.STRANGER
    changed = plain.replace(b"/MediaBox", b"/MediaBix", 1)
    assert look(signed_by(stranger, changed, "Sigill")) is Found.STRANGER


def test_the_seal_fits_its_own_file_and_leaves_nothing_but_itself_out(sealed, sealing):
    other = seal(papers.accession(1))
    mine, theirs = (next(seal_check._places(file)) for file in (sealed, other))
    digits = sealed[mine.before : mine.after]
    moved = other[: theirs.before] + digits + other[theirs.after :]
    assert len(moved) == len(other) and look(moved) is Found.CHANGED
    old, wider = (b"%d %d" % (mine.before - gap, mine.after) for gap in (0, 2))  # with something that nobody signed
    assert look(sealed.replace(old, wider, 1)) is not Found.INTACT
    assert look(sealed.replace(digits, digits.lower())) is Found.CHANGED


def test_another_seal_under_the_same_authority_is_not_ours(plain, sealing, stranger, settings, tmp_path):
    """A bought certificate hangs under a root that has issued others' too."""
    settings.SEAL = stranger
    foreign = seal(plain)
    (tmp_path / "theirs.pem").write_bytes(seal_keys.chain()[1].public_bytes(serialization.Encoding.PEM))
    settings.SEAL = env.Seal(key=sealing.key, password=sealing.password, trust=str(tmp_path / "theirs.pem"))
    assert look(foreign) is Found.STRANGER


# Keys --------------------------------------------------------------------------------------------------------------


def test_papers_from_before_a_change_of_key_are_still_ours(sealed, stranger, settings, tmp_path):
    kept = tmp_path / "tidigare.pem"
    kept.write_bytes(seal_keys.pem())
    settings.SEAL = stranger  # now the new key
    assert look(sealed) is Found.STRANGER
    settings.SEAL = env.Seal(key=stranger.key, password=stranger.password, trust=str(kept))
    assert look(sealed) is Found.INTACT
    settings.SEAL = env.Seal(trust=str(kept))  # nothing is sealed any longer, but what was is known
    assert look(sealed) is Found.INTACT and seal(b"x") == b"x"


def test_an_elliptic_key_whose_certificate_vouches_for_itself_seals_too(plain, stranger, settings, tmp_path):
    """`openssl req -x509` writes that it is an authority (CA:TRUE). The file has no password."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Egen")])
    certificate = seal_keys._certificate(name, key, name, key, authority=True, days=30)
    path, encryption = tmp_path / "egen.p12", serialization.NoEncryption()
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"egen", key, certificate, None, encryption))
    settings.SEAL = env.Seal(key=str(path))
    file = seal(plain)
    assert look(file) is Found.INTACT and seal_keys.own() == [certificate]
    changed = file.replace(b"%%EOF", b"%%EOG", 1)
    assert look(changed) is Found.CHANGED
    (tmp_path / "egen.pem").write_bytes(seal_keys.pem())
    settings.SEAL = env.Seal(key=stranger.key, password=stranger.password, trust=str(tmp_path / "egen.pem"))
    assert look(file) is Found.INTACT and look(changed) is Found.CHANGED, "the earlier one, kept in SEAL_TRUST"


def test_the_demo_key_says_what_it_is_and_is_for_nobody_else(seal_key, tmp_path, monkeypatch):
    path = Path(seal_key.key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [p.name for p in path.parent.iterdir()] == [path.name]
    before = path.read_bytes()
    seal_keys.make_demo_key(seal_key, "Provköpings kommun")
    assert path.read_bytes() == before, "made once"
    _, certificate, (root,) = seal_keys.open_pkcs12(seal_key)
    for one in (certificate, root):
        assert "demo" in seal_keys.common_name(one) and "(test)" in one.subject.rfc4514_string()
    own = env.Seal(key=str(tmp_path / "kommunens.p12"))
    seal_keys.make_demo_key(own, "Provköpings kommun")
    assert not Path(own.key).exists(), "a key that somebody has set is never made up"


def test_the_checks_say_what_is_wrong_with_the_key(seal_key, settings, junk):
    def said(**changes):
        settings.SEAL = env.Seal(**{"key": seal_key.key, "password": seal_key.password, **changes})
        return [message.msg for message in checks.seal_can_be_used()]

    assert said() == []
    assert "stämmer SEAL_PASSWORD" in said(password="fel")[0] and "stämmer SEAL_PASSWORD" in said(key=str(junk))[0]
    assert "PEM" in said(trust=str(junk))[0]
    for days, words in ((-59, "går ut den"), (1, "gick ut den")):
        with time_machine.travel(seal_keys.expires() + timedelta(days=days), tick=False):
            assert words in said()[0] and checks.seal_can_be_used()[0].level < 40  # it starts, unsealed


@pytest.mark.django_db
def test_the_administrator_sees_a_certificate_that_runs_out(client, sealing, settings):
    from botkyrka_civil.pages.gaps import found_for

    def whys(day):
        with time_machine.travel(day, tick=False):
            found = found_for(boss, day.date())
        return [gap.why for area in found if area.heading == "Sigillet" for gap in area.gaps]

    boss, last = factories.make_user("administrator"), seal_keys.expires()
    assert whys(last - timedelta(days=61)) == []
    assert "Går ut den" in whys(last - timedelta(days=59))[0] and "Gick ut den" in whys(last + timedelta(days=1))[0]


def test_a_key_that_can_not_be_read_takes_no_page_with_it(client, settings, junk, plain):
    settings.SEAL = env.Seal(key=str(junk))
    assert seal_keys.known() == [] and look(plain) is Found.UNSEALED
    assert client.get("/verifiera/").status_code == 200


def test_a_wrong_setting_stops_the_start_with_a_sentence(seal_key, tmp_path, monkeypatch):
    empty = tmp_path / "tom"
    empty.touch()
    for wrong, says in (
        ({"SEAL_KEY": "/finns/inte"}, "SEAL_KEY pekar på /finns/inte"),
        ({"SEAL_KEY": seal_key.key, "SEAL_TSA_URL": "tsa.example"}, "SEAL_TSA_URL"),
    ):
        with monkeypatch.context() as patch, pytest.raises(env.WrongSetting, match=says):
            for name, value in wrong.items():
                patch.setenv(name, value)
            env.seal(None)
    monkeypatch.setenv("SEAL_KEY", str(empty))
    assert not env.seal(None).is_set, "docker compose hands over an empty file where nothing is sealed"
    bare = {**os.environ, "PYTHONWARNINGS": "ignore", "DEBUG": "1", "DATABASE_URL": "sqlite://:memory:"}
    command = [sys.executable, "-c", "import sys, django; django.setup(); print('pyhanko' in sys.modules)"]
    run = {"capture_output": True, "text": True, "cwd": settings.BASE_DIR}
    failed = subprocess.run(command, env=bare | {"SEAL_KEY": "/finns/inte"}, **run)
    assert "SEAL_KEY pekar på" in failed.stderr and "Traceback" not in failed.stderr
    started = subprocess.run(command, env=bare | {"SEAL_KEY": seal_key.key, "SEAL_PASSWORD": "hemligt"}, **run)
    assert started.stdout.strip() == "False", "pyHanko waits until it is needed"


# What goes wrong while somebody signs ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_that_does_not_answer_is_told_before_the_signature_is_taken(seal_key, settings, junk, caplog):
    accession = factories.make_accession("awaiting_signatures")
    settings.SEAL = env.Seal(key=str(junk))
    with pytest.raises(Refused, match="underskriften är inte sparad"):
        factories.sign_all(accession)
    accession.refresh_from_db()
    assert accession.state == "awaiting_signatures" and not SigningRound.objects.filter(form__isnull=False)
    assert "could not be sealed" in caplog.text
    settings.SEAL = seal_key
    last = accession.open_round.signatures.waiting().get()
    last.sign(typed_name=last.name, session="en-annan", address="127.0.0.1")
    accession.refresh_from_db()
    assert look(read(accession.joining.form)) is Found.INTACT


def test_without_a_key_that_holds_nothing_is_sealed_and_nobody_is_stopped(seal_key, settings, plain, caplog):
    assert not settings.SEAL.is_set and seal(plain) is plain
    assert seal_keys.chain() == seal_keys.known() == [] and checks.seal_can_be_used() == []
    settings.SEAL = seal_key
    with time_machine.travel(seal_keys.expires() + timedelta(days=1), tick=False):
        assert seal(plain) == plain
    assert "expired" in caplog.text


def stamp(file):
    (signature,) = PdfFileReader(BytesIO(file)).embedded_regular_signatures
    return next(extract_tst_data_iter(signature.signer_info, signed=False), None)


def test_a_time_stamp_is_in_the_seal(seal_key, settings, plain, monkeypatch):
    monkeypatch.setattr(sealing_module, "TSA_SECONDS", 60)  # the machine may be busy
    with tsa.serving() as (address, asked):
        settings.SEAL = replace(seal_key, tsa=address)
        sealed = seal(plain)
    assert len(asked) == 1 and stamp(sealed) is not None
    assert look(sealed) is Found.INTACT and judged(sealed).intact
    assert look(sealed + b"\n") is Found.CHANGED


@pytest.mark.parametrize("mood", ["refusing", "lying", "slow", "drip", "gone"])
def test_a_time_stamp_that_fails_never_costs_anybody_their_signature(
    seal_key, settings, plain, mood, monkeypatch, caplog
):
    """`slow` and `drip` would give a stamp that is right to anybody who waited: it is not there."""
    monkeypatch.setattr(sealing_module, "TSA_SECONDS", 0.3)
    with tsa.serving(mood) as (address, asked):
        settings.SEAL = replace(seal_key, tsa="http://127.0.0.1:9/" if mood == "gone" else address)
        sealed = seal(plain)
    assert stamp(sealed) is None and look(sealed) is Found.INTACT
    assert sealing_module._press(settings.SEAL).timestamper.timeout == 0.3
    assert len(asked) <= 1 and "without a time stamp" in caplog.text


@pytest.mark.usefixtures("real_pdfs")
def test_the_press_is_warmed_and_the_key_read_once_before_the_transaction(sealing, plain, monkeypatch):
    sealing_module.warm()
    monkeypatch.setattr(seal_keys, "open_pkcs12", None)
    assert pdf.warm.cache_info().currsize and look(seal(plain)) is look(seal(plain)) is Found.INTACT
