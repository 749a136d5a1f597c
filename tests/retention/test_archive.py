"""The package of a case for the archive: all of it, nothing of others', and every change to it found."""

import hashlib
import json
import re
import subprocess
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from botkyrka_civil.casework.models import Actor, Case, Event, Letter, Refused, RegistryEntry, subject_of
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.retention.archive import checks, package
from botkyrka_civil.retention.archive.kinds import KINDS, case_of, closed, held
from botkyrka_civil.retention.archive.mets import METS, XLINK
from botkyrka_civil.retention.archive.rows import read
from council.models import Meeting
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.retention.conftest import client_of
from tests.tools.threads import count, same
from tests.tools.web import body_of

BY = Actor("Registratorn")


@pytest.fixture(scope="module")
def planted(module_rows):
    """All that the tests share: what one of them changes is as it was for the next."""
    return {
        "rejected": factories.make_accession("rejected", name="Föreningen Anna Andersson & vänner"),
        "submitted": factories.make_accession("submitted"),
        "draft": factories.make_draft(),
        "meeting": council.make_meeting(state="signed_off"),
        "board meeting": council.make_meeting(council.make_bodies()["board"], state="signed_off", title="Sekretess"),
    }


@pytest.fixture
def case(planted, db):
    """Decided and closed. Its evidence, which tests damage on the disk, is put back."""
    case = same(planted["rejected"])
    data = Path(case.evidence.stored.path).read_bytes()
    yield case
    Path(case.evidence.stored.path).touch()
    damage(case.evidence, data)


def packed(case) -> bytes:
    file = BytesIO()
    package.write(package.of(case), file)
    return file.getvalue()


def files(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sums(contents: dict[str, bytes]) -> dict[str, str]:
    """The name of each file by its checksum."""
    return {hashlib.sha256(data).hexdigest(): name for name, data in contents.items()}


def problems(data: bytes) -> list[str]:
    return checks.problems(BytesIO(data))


@pytest.fixture(scope="module")
def found(planted):
    """The files in the package of the decided case."""
    return files(packed(planted["rejected"]))


def test_what_was_stored_and_what_was_signed_is_there_byte_for_byte(case, found):
    names, joining = sums(found), case.joining
    assert {case.evidence.sha256, joining.form.sha256} <= names.keys()
    with joining.form.stored.open() as stored:
        assert stored.read() in found.values()
    assert names[joining.content_sha256].startswith("uppgifter/innehall-")
    assert joining.signatures.first().signed_sha256 in names
    type(joining).objects.filter(pk=joining.pk).update(content=joining.content | {"schema": "anslutning/2"})
    with pytest.raises(Refused, match="inte längre det som undertecknades"):
        package.of(same(case))


def test_letters_log_register_and_facts_are_there(case, found):
    facts, entries, events = (
        json.loads(found[f"uppgifter/{name}.json"]) for name in ("arende", "diarium", "handelser")
    )
    assert facts["row"] == subject_of(case) and facts["state"] == "rejected" and facts["motivation"] == case.motivation
    assert [r["signatures"][0]["name"] for r in facts["rounds"]] == ["Anna Ek"]
    assert [entry["number"] for entry in entries] == [case.number]
    assert [event["verb"] for event in events] == [event.verb for event in Event.objects.of(case)]
    letters = [data.decode() for name, data in found.items() if name.startswith("brev/")]
    assert len(letters) == Letter.objects.filter(subject_key=case.subject).count() > 2
    assert any(Letter.PERSONAL_LINK in letter for letter in letters)
    page = found["index.html"].decode()
    assert '<html lang="sv">' in page and case.motivation in page and case.number in page


def test_no_key_opens_anything_and_no_name_is_in_the_names_of_files(case, found):
    """Nobody who has the package can act in somebody's name."""
    signatures = list(case.joining.signatures.all())
    secrets = [case.key, str(case.request_key), *(s.key for s in signatures), *(s.session_hash for s in signatures)]
    everything = b"".join(found.values()).decode("utf-8", "replace")
    assert all(secrets) and not [secret for secret in secrets if secret in everything]
    names = " ".join([package.of(case).name, *found])
    assert re.fullmatch(r"[\w./ -]+", names, re.ASCII)
    assert not [word for word in ("anna", "andersson", "sara", "protokoll") if word in names.lower()]


def test_the_manifest_says_who_what_and_how_much(case, found, settings):
    root = ET.fromstring(found["mets.xml"])  # noqa: S314  (our own)
    assert root.tag == f"{{{METS}}}mets" and subject_of(case) in root.get("OBJID")
    agents = {(a.get("ROLE"), a.get("TYPE")): [e.text for e in a] for a in root.iter(f"{{{METS}}}agent")}
    creator = [settings.MUNICIPALITY["name"], f"ORG:{settings.MUNICIPALITY['org_nr']}"]
    assert agents["ARCHIVIST", "ORGANIZATION"] == creator
    assert agents["CREATOR", "OTHER"][0]
    listed = {}
    for file in root.iter(f"{{{METS}}}file"):
        path = file.find(f"{{{METS}}}FLocat").get(f"{{{XLINK}}}href")
        listed[path] = file.get("ID")
        assert (file.get("CHECKSUM"), file.get("CHECKSUMTYPE")) == (hashlib.sha256(found[path]).hexdigest(), "SHA-256")
        assert int(file.get("SIZE")) == len(found[path])
    assert listed.keys() == found.keys() - {"mets.xml", "checksums.sha256"}
    assert [f.get("FILEID") for f in root.iter(f"{{{METS}}}fptr")] == list(listed.values())


def test_the_checksums_are_checked_by_any_system(case, tmp_path):
    with ZipFile(BytesIO(packed(case))) as archive:
        archive.extractall(tmp_path)
    command = ["sha256sum", "-c", "--strict", "checksums.sha256"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    checked = {line.partition(":")[0] for line in run.stdout.splitlines()}
    assert checked == {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} - {"checksums.sha256"}


def test_the_same_case_gives_the_same_bytes(case, tmp_path):
    first = packed(case)
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        path = package.save(package.of(case), tmp_path, by=BY)
        assert path.read_bytes() == first == packed(case)
    case.refresh_from_db()
    assert Event.objects.of(case).last().verb == "archive"


def damage(file: File, data: bytes | None) -> None:
    """Put something else in the file's place, or nothing."""
    path = Path(file.stored.path)
    path.unlink()
    if data is not None:
        path.write_bytes(data)


def flipped(data: bytes) -> bytes:
    """With one bit turned in the middle; of a package, of its largest part: some bits of a header mean nothing."""
    at = len(data) // 2
    if data.startswith(b"PK"):
        with ZipFile(BytesIO(data)) as package:
            part = max(package.infolist(), key=lambda member: member.compress_size)
        at = part.header_offset + 30 + len(part.filename.encode()) + part.compress_size // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_damaged_file_is_named_and_nothing_new_is_left(case, registrar, tmp_path):
    full, empty = (tmp_path / name for name in ("full", "empty"))
    full.mkdir()
    empty.mkdir()
    before = package.save(package.of(case), full, by=BY).read_bytes()
    whole = Path(case.evidence.stored.path).read_bytes()
    for data, said in (
        (whole[:-1], "är skadad"),
        (whole + b" ", "är skadad"),
        (b"", "är skadad"),
        (None, "finns inte där den ska ligga"),
        (flipped(whole), "är skadad"),
    ):
        damage(case.evidence, data)
        for folder in (full, empty):
            with pytest.raises(Refused, match=f"”protokoll.pdf”.*{said}"):
                package.save(package.of(same(case)), folder, by=BY)
        assert not list(empty.iterdir()) and [p.read_bytes() for p in full.iterdir()] == [before]
        Path(case.evidence.stored.path).touch()
    assert count("archive") == 1
    response = registrar.get(reverse("archive", args=["agreement.accession", case.pk]), follow=True)
    assert "är skadad: den är inte längre den fil som kom in" in response.content.decode()
    assert response.redirect_chain == [(reverse("admin:agreement_accession_change", args=[case.pk]), 302)]


def test_a_disk_that_writes_something_else_is_found(case, tmp_path, monkeypatch):
    def careless(item, source, target, real=package._copy):
        return target.write(b"x" * item.size) if item.path == "index.html" else real(item, source, target)

    monkeypatch.setattr(package, "_copy", careless)
    with pytest.raises(Refused, match=r"index\.html är"):
        package.save(package.of(case), tmp_path, by=BY)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def whole(planted):
    return packed(planted["submitted"])


@settings(max_examples=100)
@given(st.data())
def test_whatever_byte_is_changed_or_cut_off_it_is_found_or_changes_no_file(whole, data):
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    assert problems(changed) or files(changed) == files(whole)
    assert problems(whole[:place])


def rewritten(parts: dict[str, bytes], compression=ZIP_STORED) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


# What is put in the place of a file, None to leave it out, and what is said of it.
WRONG = [
    ("index.html", b"x", "index.html är skadad"),
    ("uppgifter/handelser.json", None, "Det saknas filer: uppgifter/handelser.json"),
    ("handlingar/999-mer.pdf", b"x", "inte står i förteckningen: handlingar/999-mer.pdf"),
    ("../ute.txt", b"x", "Otillåtna filnamn"),
    ("/rot.txt", b"x", "Otillåtna filnamn"),
    ("mets.xml", None, "saknas eller är skadad"),
    ("mets.xml", b"<a", "saknas eller är skadad"),
    ("mets.xml", b"<mets/>", "Det finns filer"),
    ("checksums.sha256", b"\xff", "saknas eller är skadad"),
    ("checksums.sha256", b"", "Det finns filer"),
]


def test_what_is_wrong_is_said(whole):
    parts = files(whole)
    assert not problems(rewritten(parts))
    unsaid = []
    for name, data, words in WRONG:
        changed = {key: value for key, value in (parts | {name: data}).items() if value is not None}
        if words not in (told := " ".join(problems(rewritten(changed)))):
            unsaid.append((name, data, words, told))
    assert not unsaid, unsaid
    assert problems(b"") == problems(b"PK\x03\x04" + b"x" * 500) == [checks.NOT_ZIP]
    packed_anew = rewritten(parts, ZIP_LZMA)
    assert problems(packed_anew[:200] + bytes(60) + packed_anew[260:])


def run(name: str, *arguments: object) -> str:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def test_one_case_is_written_and_checked_later(case, tmp_path):
    said = run("archive", tmp_path / "ny", "--case", subject_of(case))
    (path,) = (tmp_path / "ny").iterdir()
    assert str(path) in said and path.stat().st_mode & 0o077 == 0
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    assert f"{path}: allt stämmer {sha256}" in run("verify_archive", path)
    assert Event.objects.filter(verb="archive").get().data["sha256"] == sha256
    damaged = path.with_name("skadad.zip")
    damaged.write_bytes(flipped(data))
    with pytest.raises(CommandError, match="2 av 3"):
        run("verify_archive", path, damaged, tmp_path / "finns-inte.zip")


def test_a_case_that_is_not_there_or_is_the_applicants_own_draft_is_told_of(db, planted, tmp_path):
    missing = dict.fromkeys(
        ["agreement.accession:99999", "agreement.accession:x", "accounts.user:1", "", "x:1:2"], "finns"
    )
    for subject, words in (missing | {subject_of(planted["draft"]): "inte har kommit in|har inte kommit in"}).items():
        with pytest.raises(CommandError, match=words):
            run("archive", tmp_path, "--case", subject)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_all_closed_and_a_year_and_one_damaged_case_does_not_stop_the_others(case, planted, tmp_path):
    """The meeting is closed once its minutes are signed off."""
    meeting = package.of(planted["meeting"]).name
    expected = {package.of(case).name, meeting}
    run("archive", tmp_path / "slut", "--all-closed")
    run("archive", tmp_path / "ar", "--year", timezone.localdate().year)
    assert names_in(tmp_path / "slut") == expected
    assert names_in(tmp_path / "ar") == expected | {package.of(planted["submitted"]).name}
    assert "0 arkivpaket" in run("archive", tmp_path / "ar", "--year", 1999)
    damage(case.evidence, b"")
    with pytest.raises(CommandError, match="1 arkivpaket gick inte att skriva. 1 är klara"):
        run("archive", tmp_path / "skadad", "--all-closed")
    assert names_in(tmp_path / "skadad") == {meeting}


def test_every_kind_of_case_can_be_told(db, planted):
    meeting, partnership = planted["meeting"], iop.make_partnership("evaluated")
    found = files(packed(partnership))
    facts = json.loads(found["uppgifter/arende.json"])
    assert {"parties", "agreements", "follow_ups", "decisions"} <= facts.keys()
    assert len(json.loads(found["uppgifter/diarium.json"])) == 3  # the proposal, the agreement, the evaluation
    assert {partnership.agreement.content_sha256, partnership.agreement.pdf.sha256} <= sums(found).keys()
    assert {meeting.minutes.pdf.sha256, meeting.latest_notice.pdf.sha256} <= sums(files(packed(meeting))).keys()
    assert {subject_of(meeting), subject_of(partnership)} <= {subject_of(case) for case in closed()}


def test_every_case_that_is_registered_has_its_kind():
    """A new kind of case says how it is archived, or here why it isn't."""
    own = {"agreement.actionitem", "casework.registryentry"}  # with their plan; the register is in every package
    own |= {"council.membership", "council.conference", "council.registration"}  # Plattformen's own
    own |= {"iop.agreement", "iop.followup"}  # inside their partnership
    cases = {m._meta.label_lower for m in apps.get_models() if issubclass(m, Case)}
    registered = {f.model._meta.label_lower for f in RegistryEntry._meta.related_objects}
    assert (cases | registered) - own <= KINDS.keys()


def test_nothing_of_plattformens_room_is_ever_there(db, planted):
    meeting = same(planted["board meeting"])
    reviewed = {"published_at": timezone.now(), "privacy_reviewed_by": "Testaren"}
    for state in Meeting.State.values:  # whatever there is of it, and in whatever state
        Meeting.objects.filter(pk=meeting.pk).update(state=state, **reviewed)
        assert meeting not in held("council.meeting"), state
        with pytest.raises(Refused):
            case_of(subject_of(meeting))
    Meeting.objects.filter(pk=meeting.pk).update(state="signed_off")
    meeting = same(meeting)
    meeting.hand_over(by=BY)
    found = files(packed(meeting))
    assert sum(name.startswith("handlingar/") for name in found) == 1
    facts = json.loads(found["uppgifter/arende.json"])
    assert not {"participants", "notices", "minutes", "late_reason", "quorum_note"} & facts.keys()
    assert json.loads(found["uppgifter/handelser.json"]) == []
    assert not any(name.startswith("brev/") for name in found)


@pytest.mark.django_db
def test_only_the_versions_that_were_handed_over_are_there():
    facts = {"title": "Skrivelse", "category": "other", "owner": "platform", "audience": "board"}
    document = Document.add(by=BY, upload=factories.upload("utkast.pdf"), **facts)
    draft = document.file
    document.add_version(by=BY, upload=Upload(factories.pdf_bytes(5), "klar.pdf", "application/pdf"))
    with pytest.raises(Refused):
        case_of(subject_of(document))
    document.hand_over(by=BY)
    found = files(packed(case_of(subject_of(document))))
    assert document.file.sha256 in sums(found) and draft.sha256 not in sums(found)
    assert "utkast.pdf" not in b"".join(found.values()).decode("utf-8", "replace")


@pytest.mark.django_db
def test_a_text_that_was_taken_back_is_not_there():
    meeting = council.make_meeting(state="drawn_up")
    assert meeting not in held("council.meeting")
    meeting.minutes.reopen(by=BY, reason="Fel namn.")
    meeting.refresh_from_db()
    council.write(meeting, council.TEXT.replace("läget", "utkommet"))
    meeting.minutes.draw_up(by=BY)
    meeting.refresh_from_db()
    council.sign_off(meeting)
    rounds = json.loads(files(packed(meeting))["uppgifter/arende.json"])["minutes"][0]["rounds"]
    assert [r["outcome"] for r in rounds] == ["met"]


@pytest.mark.django_db
def test_papers_of_a_meeting_are_there_as_they_were_then():
    paper = Document.add(by=BY, upload=factories.upload("underlag.pdf"), title="Underlag", category="other")
    then = paper.file
    meeting = council.make_meeting(state="planned", days=40)
    meeting.items.first().documents.add(paper)
    type(meeting).objects.filter(pk=meeting.pk).update(state="signed_off")
    with time_machine.travel(meeting.starts_at + timedelta(days=1)):
        paper.add_version(by=BY, upload=Upload(factories.pdf_bytes(7), "nytt.pdf", "application/pdf"))
        meeting.refresh_from_db()
        found = {item.sha256 for item in package.of(meeting).items}
    assert then.sha256 in found and paper.file.sha256 not in found


def test_all_evidence_is_there_under_safe_names_and_never_read_whole(db, planted, monkeypatch):
    """What was replaced before the decision too."""
    names = ["../../etc/passwd.pdf", "CON.pdf", "a\\b:c*?.pdf", "Å" * 150 + ".pdf", "-rf .pdf", "\u202efdp.exe.pdf"]
    accession = same(planted["draft"])
    attached = {accession.evidence.sha256}
    for pages, name in enumerate(names, start=2):
        data = factories.pdf_bytes(pages) if pages > 2 else b"%PDF-1.7\n" + b"x" * 3_000_000
        accession.attach_evidence(Upload(data, name, "application/pdf"))
        attached.add(accession.evidence.sha256)
    factories.sign_all(factories.invite(accession))
    pieces, real = [], package._copy

    class Watched:
        def __init__(self, source):
            self.source = source

        def read(self, size=-1):
            pieces.append(size)
            return self.source.read(size)

    monkeypatch.setattr(package, "_copy", lambda item, source, target: real(item, Watched(source), target))
    data = packed(accession)
    assert not problems(data) and set(pieces) == {package.PIECE}
    assert all(re.fullmatch(r"[\w.-]+(/[\w.-]+)?", path, re.ASCII) and ".." not in path for path in files(data))
    assert len(attached) == 1 + len(names) and attached <= sums(files(data)).keys()


def test_reading_takes_the_same_number_of_questions(db, planted):
    def asked(accession):
        accession = held("agreement.accession").get(pk=accession.pk)
        with CaptureQueriesContext(connection) as found:
            read(accession, KINDS["agreement.accession"].own(accession))
        return len(found)

    assert asked(planted["submitted"]) == asked(factories.make_accession("submitted", people=3, mode="n_jointly"))


def test_only_the_registrar_gets_it_and_what_is_not_held_is_not_found(case, registrar, planted):
    url = reverse("archive", args=["agreement.accession", case.pk])
    for role in ("administrator", "utvecklingsledare", "iop", "sekreterare", "styrelse"):
        assert client_of(role).get(url).status_code == 403, role
    draft, board = planted["draft"].pk, planted["board meeting"].pk
    for label, pk in [("agreement.accession", draft), ("council.meeting", board), ("accounts.user", 1), ("x", 1)]:
        assert registrar.get(reverse("archive", args=[label, pk])).status_code == 404
    assert registrar.post(url).status_code == 405 and not count("archive")
    response = registrar.get(url)
    data = body_of(response)
    assert response.status_code == 200 and not problems(data)
    event = Event.objects.get(verb="archive")
    assert event == Event.objects.of(case).last() and event.data["sha256"] == hashlib.sha256(data).hexdigest()
    assert package.of(case).name in response["Content-Disposition"]
    assert url in registrar.get(reverse("admin:agreement_accession_change", args=[case.pk])).content.decode()
