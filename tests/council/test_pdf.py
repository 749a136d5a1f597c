"""Notices and minutes as archive files and as HTML: valid, true to what was signed, unmoved by what people type."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from botkyrka_civil.casework.signing import canonical
from council import minutes_text, pdf
from council.templatetags import minutes as tags
from tests.tools import vera
from tests.tools.papers import HOSTILE, opened, text_of, walk

# WeasyPrint 70 leaves the closing of its colour profile to Python.
pytestmark = [
    pytest.mark.usefixtures("real_pdfs"),
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]

COUNCIL = {
    "name": "Rådet för civilsamhällesfrågor",
    "kind": "council",
    "legal_nature": "Rådet är en nämndberedning och har ingen egen beslutanderätt.",
}
BOARD = {"name": "Plattformens styrelse", "kind": "board", "legal_nature": ""}
TIME = {"starts_at": "2026-03-12T17:00:00+01:00", "ends_at": "2026-03-12T19:30:00+01:00"}
PAPERS = [{"id": 7, "title": "Utredning om lokaler", "label": "(pdf, 170 kB)"}]
DIALOG = {"slug": "dialog", "heading": "Dialog"}
TYPED = """\
§ 12 Mötet öppnas
Föredragande: Anna Ek
Diskussion: Rådet talade om lokaler.
Och om pengar.

- en punkt
- en till
Yttrande: Rådet tycker att det är bra.
§ 13 Nästa möte
"""
PEOPLE = [
    ("Bo Alm", "Ordinarie", "Moderaterna", "absent", ""),
    ("Anna Ek", "Ordförande", "Verdandi Botkyrka", "present", ""),
    ("Mohammed Al-Hassan", "Ersättare", "", "present", "Bo Alm"),
]
PERSON = ("name", "role", "organisation", "presence", "serves_for")
AT = datetime(2026, 3, 20, 12, 5, 9, tzinfo=UTC)
SIGNATURES = [
    {"name": "Anna Ek", "duty_label": "Ordförande", "signed_at": AT},
    {"name": "Nguyễn Thị Hằng", "duty_label": "Justerare", "signed_at": AT + timedelta(days=1)},
]


def protocol(text=TYPED, **changed):
    return {
        "schema": "protokoll/1", "body": COUNCIL,
        "meeting": {"title": "Ordinarie möte", "place": "Kommunalhuset", **TIME},
        "chair": "Anna Ek", "secretary": "Sara Lind", "signers": ["Nguyễn Thị Hằng", "Karin Å"],
        "present": [dict(zip(PERSON, person, strict=True)) for person in PEOPLE],
        "also_present": "Två åhörare", "quorum_note": "Fem av sex platser",
        "items": [
            {"order": 1, "number": "§ 12", "title": "Öppnande", "principle": DIALOG, "documents": PAPERS},
            {"order": 2, "number": "§ 13", "title": "Nästa möte", "principle": None, "documents": []},
        ],
        "text": text, "sections": [section.content() for section in minutes_text.parse(text)], "file": None,
    } | changed  # fmt: skip


def notice(version=1, **changed):
    item = {"order": 1, "title": "Öppnande", "kind": "information", "kind_label": "Information", "presenter": "Anna Ek"}
    more = {"order": 12, "title": "Lokaler", "kind": "statement", "kind_label": "Yttrande", "presenter": ""}
    return {
        "schema": "kallelse/1", "version": version, "body": {"name": COUNCIL["name"], "kind": "council"},
        "title": "Ordinarie möte", "place": "Kommunalhuset", **TIME,
        "items": [
            {**item, "text": "", "documents": [], "principle": None},
            {**more, "text": "Bakgrund.\n\nMera bakgrund.", "documents": PAPERS, "principle": DIALOG},
        ],
    } | changed  # fmt: skip


def sha256(content):
    return hashlib.sha256(canonical(content)).hexdigest()


def minutes_pdf(content=None, signatures=SIGNATURES, number="ÖK 2026/0007", **more):
    content = content or protocol()
    return pdf.minutes_pdf(
        content, sha256=sha256(content), signatures=signatures, registry_number=number, identifier="m-1:1", **more
    )


def notice_pdf(content=None):
    return pdf.notice_pdf(content or notice(), identifier="m-1:1")


def from_file():
    return protocol("", sections=[], file={"name": "protokoll.pdf", "sha256": "ab" * 32}, body=BOARD)


def hostile_protocol():
    text = "\n".join(f"§ {n} {h}\nFöredragande: {h}\nDiskussion: {h}\n- {h}\n\n{h}" for n, h in enumerate(HOSTILE, 1))
    items = [
        {"order": n, "number": f"§ {n}", "title": h, "principle": {"slug": "dialog", "heading": h},
         "documents": [{"id": n, "title": h, "label": h}]}
        for n, h in enumerate(HOSTILE, 1)
    ]  # fmt: skip
    return protocol(
        text,
        body={"name": HOSTILE[5], "kind": "council", "legal_nature": HOSTILE[0]},
        meeting={"title": HOSTILE[0], "place": HOSTILE[5], **TIME},
        chair=HOSTILE[3],
        signers=HOSTILE[:2],
        present=[{"name": h, "role": h, "organisation": h, "presence": "present", "serves_for": h} for h in HOSTILE],
        also_present="\n".join(HOSTILE),
        items=items,
    )


def hostile():
    signatures = [{"name": h, "duty_label": h, "signed_at": AT} for h in HOSTILE]
    return minutes_pdf(hostile_protocol(), signatures, number=HOSTILE[5])


def hostile_notice():
    items = [{**item, "title": h, "presenter": h, "text": h} for h in HOSTILE for item in notice()["items"]]
    return notice_pdf(notice(3, title=HOSTILE[0], place=HOSTILE[5], items=items))


def many_pages():
    text = "\n".join(
        f"§ {n} Punkt {n}\nDiskussion: {'Rådet talade om lokaler och om pengar. ' * 40}\n- punkt\n- till\n\n"
        f"{'Alla var eniga. ' * 60}\nYttrande: Bra."
        for n in range(1, 13)
    )
    return minutes_pdf(protocol(text, present=protocol()["present"] * 20))


CORRECTION = SimpleNamespace(text="Det ska stå\n\nsex punkter.", by="Sara Lind", at=AT)
MADE = {
    "minutes": minutes_pdf,
    "the board's": lambda: minutes_pdf(protocol(body=BOARD), number=""),
    "corrected": lambda: minutes_pdf(corrections=iter([CORRECTION])),
    "from a file": lambda: minutes_pdf(from_file(), [], number=""),
    "one label": lambda: minutes_pdf(protocol("Yttrande: utan paragraf", present=[], also_present="")),
    "only text": lambda: minutes_pdf(protocol("Bara text.")),
    "hostile": hostile,
    "many pages": many_pages,
    "notice": notice_pdf,
    "changed notice": lambda: notice_pdf(notice(2, place="")),
    "notice without a title": lambda: notice_pdf(notice(2, title="", place="")),
    "hostile notice": hostile_notice,
}


@cache
def paper(name):
    """Rendered once."""
    return MADE[name]()


@pytest.mark.pdf
def test_notices_and_minutes_pass_both_standards():
    with opened(paper("many pages")) as file:
        assert len(file.pages) >= 10
    vera.assert_pdf(*(paper(name) for name in MADE if name not in ("minutes", "the board's", "only text")))


def test_the_frozen_json_lies_in_the_file_byte_for_byte():
    for made, content, name in (("minutes", protocol(), "protokoll.json"), ("notice", notice(), "kallelse.json")):
        with opened(paper(made)) as file:
            [attached] = file.Root.AF
            assert (attached.AFRelationship, attached.UF) == ("/Data", name)
            assert attached.EF.F.read_bytes() == canonical(content)


def text_in(name):
    return " ".join(text_of(paper(name)).split())


def assert_holds(text, sentences):
    assert not [sentence for sentence in sentences if sentence not in text], text


FACTS = [
    "Tid Torsdag 12 mars 2026 kl. 17.00–19.30 Plats Kommunalhuset Ordförande Anna Ek Sekreterare Sara Lind",
    "Justerare Nguyễn Thị Hằng och Karin Å Beslutsförhet Fem av sex platser",
    "Rådet är en nämndberedning och har ingen egen beslutanderätt.",
    "§ 13 Nästa möte",
]


def test_the_minutes_say_all_that_was_signed():
    text = text_in("minutes")
    sentences = (
        *FACTS,
        "Rådet för civilsamhällesfrågor Botkyrka kommun",
        "Diarienummer ÖK 2026/0007",
        "Ordinarie möte",
        "Anna Ek Ordförande Verdandi Botkyrka Närvarande",
        "Mohammed Al-Hassan Ersättare Närvarande tjänstgör för Bo Alm",
        "Bo Alm Ordinarie Moderaterna Frånvarande",
        "Övriga närvarande Två åhörare",
        "§ 12 Mötet öppnas Föredragande: Anna Ek Diskussion Rådet talade om lokaler. Och om pengar.",
        "en punkt en till",
        "Yttrande Rådet tycker att det är bra. Princip i Överenskommelsen: Dialog",
        "Handling Utredning om lokaler (pdf, 170 kB)",
        "Anna Ek Ordförande 20 mars 2026 kl. 13.05.09",
        "Nguyễn Thị Hằng Justerare 21 mars 2026 kl. 13.05.09",
        f"Rådet för civilsamhällesfrågor · 12 mars 2026 · sha256 {sha256(protocol())[:16]} Sida 1 av 2",
        "Sida 2 av 2",
        sha256(protocol()),  # which is that of the file that lies in it
    )
    assert_holds(text, sentences)
    assert "rättats" not in text and "inte justerat" not in text


def test_the_association_does_not_speak_as_the_municipality():
    text = text_in("the board's").replace("Kommunalhuset", "")
    assert "Plattformens styrelse" in text
    assert not [word for word in ("kommun", "Diarienummer", "nämndberedning") if word in text]


def test_corrections_stand_beside_what_was_signed():
    told = "Protokollet har rättats efter justeringen. Rättelserna står sist."
    correction = "20 mars 2026, Sara Lind Det ska stå sex punkter."
    assert_holds(text_in("corrected"), (told, correction, sha256(protocol())))


def test_unsigned_minutes_say_so_and_those_that_are_a_file_name_it():
    text = text_in("from a file")
    assert_holds(text, ("Protokollet är inte justerat än.", "Protokollet är filen protokoll.pdf.", "ab" * 32))
    assert "Handlingar till mötet Öppnande Princip i Överenskommelsen: Dialog" in text and "Kontrollsumma" not in text


def test_a_notice_says_when_where_and_what():
    text = text_in("notice")
    sentences = (
        "Kallelse Ordinarie möte Tid Torsdag 12 mars 2026 kl. 17.00–19.30 Plats Kommunalhuset Dagordning",
        "1 Öppnande Information · Föredragande: Anna Ek",
        "12 Lokaler Yttrande · Princip: Dialog Bakgrund. Mera bakgrund. Handling Utredning om lokaler (pdf, 170 kB)",
        "Rådet för civilsamhällesfrågor · möte 12 mars 2026 · kallelse, version 1 Sida 1 av 1",
    )
    assert_holds(text, sentences)
    assert "Ändrad" not in text
    changed = "Ändrad kallelse Ordinarie möte Den här kallelsen ersätter de tidigare."
    assert_holds(text_in("changed notice"), (changed, "Kallelse Version 2", "Plats Inte bestämd"))


@pytest.mark.parametrize("name", ["hostile", "hostile notice"])
def test_hostile_text_is_shown_as_text(name):
    text = text_of(paper(name))
    assert_holds("".join(text.split()), ("<b>Fet</b><script>alert(1)</script>", "{{settings.SECRET_KEY}}"))
    assert not set(text) & set("\u202e\u202c\u200f\u2066\ue000\x07")
    assert "□" not in text and "[U+1F468]" in text


@pytest.mark.parametrize("name", ["minutes", "notice", "from a file"])
def test_the_same_input_gives_the_same_bytes(name):
    assert MADE[name]() == paper(name)


def test_title_author_and_language():
    for name, title, body in (
        ("minutes", "Protokoll: Rådet för civilsamhällesfrågor, 12 mars 2026", COUNCIL),
        ("notice", "Kallelse: Rådet för civilsamhällesfrågor, 12 mars 2026", COUNCIL),
        ("the board's", "Protokoll: Plattformens styrelse, 12 mars 2026", BOARD),
    ):
        with opened(paper(name)) as file:
            assert (file.docinfo.Title, file.docinfo.Author, file.Root.Lang) == (title, body["name"], "sv")
            # minutes are dated by the last signature
            assert name != "minutes" or file.docinfo.CreationDate == "D:20260321120509Z"


def tags_of(name):
    with opened(paper(name)) as file:
        return [str(node.S)[1:] for node in walk(file.Root.StructTreeRoot)]


def test_headings_descend_one_step_at_a_time():
    for name in ("minutes", "from a file", "one label", "only text"):
        levels = [int(tag[1]) for tag in tags_of(name) if re.fullmatch(r"H[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), name
    # a number of the agenda that stood outside the flow would be a heading of its own, and be read after its text
    assert [tag for tag in tags_of("notice") if tag[0] == "H"] == ["H1", "H2", "H3", "H3"]
    found = tags_of("minutes")
    assert found.count("Table") == 3  # facts, attendance, sign-off
    assert found.count("TH") == 6 + (4 + 3) + (3 + 2)
    assert found.count("L") == 2 and found.count("LI") == 3


# The same as HTML ------------------------------------------------------------------------------------------------
def body(content=None, **context):
    return render_to_string("council/_minutes_body.html", {"content": content or protocol(), **context})


def told(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_page_says_what_the_pdf_says():
    sentences = (
        *FACTS,
        "Anna Ek Ordförande, Verdandi Botkyrka Närvarande Mohammed Al-Hassan Ersättare Närvarande tjänstgör för Bo Alm "
        "Bo Alm Ordinarie, Moderaterna Frånvarande Övriga närvarande Två åhörare",
        "§ 12 Mötet öppnas Föredragande: Anna Ek Diskussion Rådet talade om lokaler. Och om pengar. en punkt en till",
        "Yttrande Rådet tycker att det är bra. Utredning om lokaler (pdf, 170 kB) Princip i Överenskommelsen: Dialog",
    )
    assert_holds(told(body()), sentences)


def test_each_paragraph_has_an_address_and_its_links():
    html = body()
    assert re.findall(r'<h2 id="([^"]+)">', html) == ["p-12", "p-13"]
    assert 'href="/dokument/7/"' in html and 'href="/overenskommelsen/principer/dialog/"' in html
    assert '<time datetime="2026-03-12T17:00:00+01:00">' in html
    assert html.count("<caption>") == 1 and html.count('scope="col"') == 2 and html.count('scope="row"') == 3
    html = body(protocol("§ 1 A\n§ 1 B\n§ 2 C", items=[]))  # an address is never used twice
    assert re.findall(r'id="([^"]+)"', html) == ["p-1", "p-2"]
    for content in (protocol("Yttrande: x", present=[], also_present=""), protocol("Bara text.")):
        html = body(content)  # without a paragraph sign no heading is needed
        assert "3" not in re.findall(r"<h(\d)", html)[:1] and "§" not in told(html)


def test_minutes_as_a_file_link_to_it_where_there_is_an_address():
    assert '<a class="doc-link" href="/x.pdf">protokoll.pdf' in body(from_file(), file_url="/x.pdf")
    assert "/x.pdf" not in body(from_file())
    assert "Handlingar till mötet Öppnande Utredning om lokaler" in told(body(from_file()))


def test_hostile_text_is_text_on_the_page():
    html = body(hostile_protocol())
    assert not [markup for markup in ("<script", "<b>", 'onload="') if markup in html]
    assert "{{ settings.SECRET_KEY }}" in html


def test_a_meeting_past_midnight():
    meeting = {"starts_at": "2026-03-28T22:00:00+01:00", "ends_at": "2026-03-29T02:30:00+00:00"}
    assert tags.when(meeting) == "lördag 28 mars 2026 kl. 22.00–söndag 29 mars 2026 kl. 04.30"
