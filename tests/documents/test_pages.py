"""Where pages break in long papers, and that nothing empty is left in short ones."""

import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.template import engines
from weasyprint.document import Document
from weasyprint.formatting_structure import boxes

from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import charts
from council.minutes_text import parse
from council.pdf import minutes_pdf, notice_pdf
from tests.tools import vera
from tests.tools.papers import BLANK, accession, case, opened, walk
from tests.tools.repository import templates

pytestmark = [
    pytest.mark.usefixtures("real_pdfs"),
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]

AT = "2026-03-12T17:00:00+01:00"
NOW = case()[0]["submitted_at"]
MEETING = {"title": "Ordinarie möte", "place": "Kommunalhuset", "starts_at": AT, "ends_at": AT}
BODY = {"name": "Rådet för civilsamhällesfrågor", "kind": "council", "legal_nature": ""}
TALK = "Rådet talade om lokaler och om pengar, och var överens om det mesta. "
PAPERS = [{"id": 7, "title": "Utredning om lokaler", "label": "(pdf, 170 kB)"}] * 3


def minutes(length):
    text = "\n".join(
        f"§ {n} Punkt {n}\nFöredragande: Anna Ek\nDiskussion: {TALK * (n % 7)}\n\n- {TALK * (n % 3)}\n- till\n"
        "- och en\nYttrande: Bra."
        for n in range(1, length + 1)
    )
    content = {
        "schema": "protokoll/1", "body": BODY, "meeting": MEETING, "chair": "Anna Ek", "secretary": "Sara Lind",
        "signers": ["Bo Alm"] if length else [], "also_present": "", "quorum_note": "", "file": None, "text": text,
        "present": [{"name": f"Namn {n}", "role": "Ledamot", "organisation": "Föreningen", "presence": "present",
                     "serves_for": ""} for n in range(length)],
        "items": [{"order": n, "number": f"§ {n}", "title": f"Punkt {n}", "documents": PAPERS[: n % 4]}
                  for n in range(1, length + 1)],
        "sections": [section.content() for section in parse(text)],
    }  # fmt: skip
    signatures = [
        {"name": name, "duty_label": "Justerare", "signed_at": NOW} for name in ["Anna Ek", "Bo Alm"][:length]
    ]
    number = "ÖK 2026/0007" + "-0007" * length
    return minutes_pdf(content, sha256="ab" * 32, signatures=signatures, registry_number=number, identifier="m")


def notice(length):
    items = [
        {"order": n, "title": f"Punkt {n}", "kind_label": "Information", "presenter": "Anna Ek" * (n % 2),
         "principle": None, "text": f"{TALK * (n % 5)}\n\n{TALK * (n % 3)}", "documents": PAPERS[: n % 4]}
        for n in range(1, length + 1)
    ]  # fmt: skip
    return notice_pdf({"schema": "kallelse/1", "version": 1, "body": BODY, "items": items, **MEETING}, identifier="n")


def plan_paper(length):
    entries = [
        {"party": "Kommunen", "at": AT, "state": "Pågår", "text": TALK * 3},
        {"party": "Vi", "at": AT, "state": "Klar", "text": TALK},
    ]
    item = {
        "title": "Punkt",
        "owner": "Kommunen",
        "due": "2026-12-01",
        "followed_up": "",
        "principle": "Dialog",
        "reason": "",
    }
    chart = charts.stacked("Delar", ["Planen"], [charts.Series("Klara", (length,))])
    content = {
        "plan": {"label": "2026", "first_day": "2026-01-01", "last_day": "2027-12-31"}, "at": AT, "body": BODY,
        "counts": [], "has_previous": False, "since": "",
        "follow_ups": [{"title": f"Punkt {n}", "entries": entries[: 1 + n % 2]} for n in range(length)],
        "groups": [{"heading": "Pågår", "key": "on", "items": [item] * n} for n in range(min(length, 14))],
    }  # fmt: skip
    return pdf.render("council/pdf/plan_paper.html", {"content": content, "chart": chart}, identifier="p")


def memo(length):
    criterion = SimpleNamespace(question=TALK, text=TALK, origin=SimpleNamespace(title="Källan"))
    one = SimpleNamespace(option=SimpleNamespace(reason=TALK), question=SimpleNamespace(criterion=criterion))
    told = SimpleNamespace(
        name="Vi", title="Ja", summary=TALK, disclaimer=TALK, own_reading=TALK, fits=[TALK * 2] * length,
        to_find_out=[TALK] * length, answers=[SimpleNamespace(question=TALK, answer="Ja")] * length,
    )  # fmt: skip
    context = {"memo": told, "outcome": SimpleNamespace(decisive=[one] * length), "steps": [(TALK, "")] * length}
    context |= {"criteria": [criterion] * length, "day": NOW, "url": "https://portal.example/"}
    return pdf.render("iop/pdf/memo.html", context, identifier="q")


def departure(length):
    return pdf.render("agreement/pdf/departure.html", case(length)[0], identifier="d")


def blank(length):
    texts = {"legal_forms": BLANK["legal_forms"] * length, "signing_modes": BLANK["signing_modes"][:length]}
    return pdf.render("agreement/pdf/blank.html", BLANK | texts, identifier="b")


def agreement(length):
    row = {"side": "civil", "kind": "premises", "kind_label": "Lokal", "amount": 1000, "hours": None, "note": TALK}
    answers = [{"party": "Vi", "met_label": "Ja", "text": TALK * 2}] * 2
    content = {
        "title": "Partnerskapet", "first_day": "2026-01-01", "last_day": "2028-12-31", "municipality": {"name": "B"},
        "parties": [{"side": "civil", "name": "Vi", "org_nr": ""}] * length, "purpose": TALK, "target_group": TALK,
        "shared_need": TALK * length, "criteria": [{"question": TALK, "hard": True, "answers": answers}] * length,
        "terms": "".join(f"Rubrik {n}\n{TALK * (n % 9)}.\n\n" for n in range(length)),
        "contributions": [row | {"year": 2026 + n % 3, "party": f"Part {n % 7}"} for n in range(length)],
    }  # fmt: skip
    signed = {"name": "Anna Ek", "typed_name": "Anna Ek", "role": "Ordförande", "party": "Vi", "signed_at": NOW}
    context = {"content": content, "version": 1, "submitted_at": NOW, "signatures": [signed] * length}
    context |= {"decision": SimpleNamespace(decided_where="Nämnden", decided_on=NOW), "content_sha256": "ab" * 32}
    return pdf.render("iop/pdf/agreement.html", context, identifier="a")


def report(length):
    names = [SimpleNamespace(name=f"Föreningen {n}", url="/") for n in range(length)]
    row = SimpleNamespace(title=TALK, url="/", first_day=NOW, last_day=NOW, organisations=["A"], units=["B"])
    found = SimpleNamespace(
        year=2026, last_day=NOW, accessions=SimpleNamespace(total=60, joined=names, left=names[:7], is_dated=True),
        outside=SimpleNamespace(now=names), partnerships=SimpleNamespace(rows=[row] * length),
    )  # fmt: skip
    chart = charts.bars("Staplar", range(8), [charts.Series("Antal", range(8))])
    context = {"report": found, "gaps": [SimpleNamespace(label=TALK, value=3)] * length, "submitted_at": NOW}
    context |= {"charts": dict.fromkeys(["accessions", "members", "meetings", "seats", "plans", "kronor"], chart)}
    return pdf.render("pages/pdf/report.html", context, identifier="r")


PAPERS_OF = {
    "agreement/pdf/accession.html": accession,
    "agreement/pdf/blank.html": blank,
    "agreement/pdf/departure.html": departure,
    "council/pdf/minutes.html": minutes,
    "council/pdf/notice.html": notice,
    "council/pdf/plan_paper.html": plan_paper,
    "iop/pdf/agreement.html": agreement,
    "iop/pdf/memo.html": memo,
    "pages/pdf/report.html": report,
}


def test_every_paper_is_tried_here():
    """Those that others extend or include are no papers themselves."""
    source = templates()
    extended = {name for text in source.values() for name in re.findall(r'{% extends "([^"]+)"', text)}
    papers = {name for name in source if re.search(r"/pdf/[^_]", name)} - extended
    assert papers == set(PAPERS_OF)


def lines(box, above=()):
    """Every line of text with the elements that it stands in, in the order of the page, without its margins."""
    if isinstance(box, boxes.MarginBox):
        return
    if box.element is not None and box.element not in above:
        above = (*above, box.element)
    if isinstance(box, boxes.LineBox):
        yield above
    for child in getattr(box, "children", ()):
        yield from lines(child, above)


LEADS = {"h1", "h2", "h3", "h4", "h5", "h6", "thead", "caption"}


def faults(document):
    pages = [[line for line in lines(page._page_box) if line] for page in document.pages]
    parents = {child: parent for parent in document.root.iter() for child in parent}
    under_headings = {b for parent in document.root.iter() for a, b in pairwise(parent) if a.tag in LEADS}
    for number, (page, after) in enumerate(zip(pages, pages[1:], strict=False), 1):
        for element in page[-1]:
            classes = element.get("class", "").split()
            small = "small" in classes and element in under_headings  # such as who presents it, or when it was written
            if small or element.tag in LEADS or {"leads", "lead"} & set(classes):
                yield f"page {number} ends with {element.tag} {classes} {element.text}"
            siblings = [child for child in parents.get(element, ()) if child.tag in ("li", "tr")]
            if element in siblings[:1] and len(siblings) > 1 and element not in after[0]:
                yield f"page {number} ends with the first {element.tag} of several"
    if len(pages) > 1 and any("closes" in element.get("class", "").split() for element in pages[-1][0]):
        yield "the last page has only what closes the paper"


@pytest.mark.pdf
@pytest.mark.parametrize("paper", PAPERS_OF.values(), ids=PAPERS_OF)
def test_no_page_ends_with_what_only_leads_to_the_next(paper, monkeypatch):
    made = []
    write = Document.write_pdf
    monkeypatch.setattr(Document, "write_pdf", lambda self, *a, **k: made.append(self) or write(self, *a, **k))
    press = pdf.warm()

    def html(**given):
        source = press.html(**given)
        made.append(source.etree_element)
        return source

    monkeypatch.setattr(pdf, "warm", lambda: replace(press, html=html))
    found = []
    for length in (60, 23):
        made.clear()
        paper(length)
        root, document = made
        document.root = root
        found += [f"{length}: {fault}" for fault in faults(document)]
        assert len(document.pages) > 1
    assert not found, "\n".join(found)


EMPTY = """<html lang="sv"><head><title>T</title></head><body><h1>T</h1><table><thead><tr><th scope="col">Namn</th></tr>
</thead><tbody></tbody></table><table></table><ul></ul><ol></ol></body></html>"""


@pytest.mark.pdf
def test_papers_without_rows_pass_both_standards(monkeypatch):
    made = [paper(0) for paper in PAPERS_OF.values()]
    monkeypatch.setattr(pdf, "get_template", lambda name: engines["django"].from_string(EMPTY))
    vera.assert_pdf(*made, pdf.render("x.html", {}, identifier="e"))


def test_a_table_without_rows_and_a_list_without_items_are_left_out(monkeypatch):
    """In every paper: it is done to what a template gives, whichever it is."""
    monkeypatch.setattr(pdf, "get_template", lambda name: engines["django"].from_string(EMPTY))
    with opened(pdf.render("x.html", {}, identifier="e")) as file:
        assert not {str(node.S)[1:] for node in walk(file.Root.StructTreeRoot)} & {"Table", "THead", "TBody", "L"}
