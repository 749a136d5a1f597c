"""What an IOP is, word for word, and the guided test: every way through it, its pages and its memo."""

import json
import re
from datetime import date
from itertools import product
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.data.load import load_source_data
from iop import facts, guide, memo
from iop.guide import Kind
from organisations.models import ContactPerson
from tests.tools import vera
from tests.tools.papers import HOSTILE, opened, text_of, walk

GUIDE, MEMO, PAGE = "/iop/passar-iop/", "/iop/passar-iop/pm.pdf", "/iop/"
FITS = {
    "vinst": "nej", "stod": "verksamhet", "ide": "vi", "flera": "nej", "marknad": "nej", "bidrag": "ja",
    "behov": "ja", "ansluten": "ja", "tid": "tre",
}  # fmt: skip
EVERY = [
    dict(zip((q.key for q in guide.QUESTIONS), values, strict=True))
    for values in product(*([option.value for option in q.options] for q in guide.QUESTIONS))
]


def read(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def missing(words, text):
    return [one for one in words if one not in text]


def ask(**answers):
    return f"{GUIDE}?{urlencode(answers)}"


# Plattformen's own page, undated; the municipality's page of the 5th of March 2020. Slips and all.
PLATFORM_SAYS = """
Ett idéburet offentligt partnerskap (IOP) innebär ett sätt att samverka kring en viss uppgift eller verksamhet under en avgränsad tid (normalt minst tre år) i form av ett avtal mellan en organisation från offentlig sektor och en aktör från idéburen sektor. Genom detta partnerskap har de båda parterna ett gemensamt engagemang, ägarskap och styrning för en väl definierad verksamhet under hela avtalsperioden. Syftet med detta är att stödja den idéburna sektorns möjlighet att aktivt delta i, samt bidra till, samhällsutvecklingen i samverkan med det offentliga. För att kunna ingå i denna typ av avtal behöver föreningen vara ansluten till den lokala överenskommelsen och uppfylla vissa kriterier. I Botkyrkas fall innebär detta Plattformen för idéburna organisationer i Botkyrka.
Det finns olika kriterier att ta hänsyn till för att ingå ett avtal om IOP. Dels ska verksamheten för ett partnerskap sker på initiativ av den idéburna organisationen och det får inte vara en del av förenings- eller verksamhetsbidraget (eftersom det då strider mot statsstödsreglerna). Partnerskapet har inte heller någon marknad eller konkurrenssituation att vårda, då det inte är en fråga om upphandling eller liknande utan just ett avtal. Parterna är självständiga aktörer och i en jämlik relation med det offentliga utan kommersiell logik (jfr LOU), därför är båda parter också med och finansierar insatser i verksamheten, genom finansiella medel eller andra resurser, exempelvis personella. Ytterligare ett viktigt kriterium är att verksamheten ska bidra till den lokala utvecklingen inom kommunen och dess delaktighet i samhället.
"""  # noqa: E501
MUNICIPALITY_SAYS = """
Idéburet offentligt partnerskap (IOP) är ett utvecklingsarbete inom överenskommelsen, som syftar till:
Ett gemensamt utformat samarbete i mellanrummet mellan bidrag och regelrätt köp av tjänst.
Ett partnerskap som ska skapa mervärde och samhällsnytta
Tillvarata de mervärden som idéburna organisationer erbjuder
Att bidra till innovativa lösningar
Längre samfinansierad insats som kan utvecklas och pågå under längre tid och genom gemensam uppföljning, utvärdering och i gemensamma beslut.
I partnerskapet har kommunen och den idéburna organisationer ett gemensamt engagemang, ägarskap och styrning
Tydliggörs genom skrift och handling som samfinansieras och med ömsesidig samverkansrelation
"""  # noqa: E501
SAYS = {"S3": PLATFORM_SAYS, "S0": MUNICIPALITY_SAYS}


def test_what_is_quoted_is_in_its_source_word_for_word():
    assert [aim.stated for aim in facts.AIMS] == MUNICIPALITY_SAYS.strip().splitlines()[1:]
    assert all(aim.plain and aim.corrected != aim.stated for aim in facts.AIMS)
    quotes = [(quoted.source, text) for quoted in (facts.ABOUT, facts.AIMS_INTRODUCED) for text in quoted.quote]
    quotes += [(criterion.source, criterion.text) for criterion in facts.CRITERIA if criterion.text]
    assert len(quotes) == 12
    assert not [text for source, text in quotes if text not in SAYS[source]]


def test_the_hard_criteria_are_those_of_plattformens_own_page():
    for criterion in facts.CRITERIA:
        assert criterion.hard == (criterion.source == "S3") == bool(criterion.text), criterion.key
        assert criterion.question.endswith("?") and criterion.help and criterion.name
        assert criterion.origin.title and facts.criterion(criterion.key) is criterion
    assert facts.HARD == (
        "initiative", "joined", "not_grant", "no_market", "equal_parties", "both_finance", "written_agreement",
        "joint_steering", "limited_time", "local_development",
    )  # fmt: skip
    assert len({criterion.key for criterion in facts.CRITERIA}) == len(facts.CRITERIA) == 13


OUTCOMES = [
    ({}, Kind.IOP),
    ({"flera": "ja"}, Kind.PROCUREMENT),
    ({"vinst": "ja"}, Kind.PROCUREMENT),
    ({"ide": "kommunen"}, Kind.PROCUREMENT),
    ({"marknad": "ja"}, Kind.PROCUREMENT),
    ({"stod": "foreningen"}, Kind.GRANT),
    ({"stod": "projekt"}, Kind.PROJECT),
    ({"bidrag": "nej"}, Kind.CONTRIBUTE),
    ({"behov": "nej"}, Kind.TALK),
    ({"ansluten": "nej"}, Kind.JOIN),
    ({"tid": "kortare"}, Kind.IOP_SHORT),
    ({"tid": "utan-slut"}, Kind.IOP),
    ({"marknad": "vet-inte"}, Kind.IOP),
    ({"behov": "vet-inte"}, Kind.IOP),
    ({"stod": "projekt", "ide": "kommunen"}, Kind.PROCUREMENT),
    ({"stod": "foreningen", "bidrag": "nej"}, Kind.GRANT),
    ({"ansluten": "nej", "tid": "kortare"}, Kind.JOIN),
]


def test_each_row_of_the_table_gives_its_outcome():
    for changed, kind in OUTCOMES:
        found = guide.outcome(FITS | changed)
        rows = [row for row in guide.TABLE if row.leads_to == kind and changed.get(row.question) == row.value]
        assert found.kind == kind, changed
        assert [one.question.key for one in found.decisive] == [row.question for row in rows], changed


def test_the_table_asks_every_question_in_order_and_gives_every_kind():
    assert list(dict.fromkeys(row.question for row in guide.TABLE)) == [q.key for q in guide.QUESTIONS]
    assert {row.leads_to for row in guide.TABLE} | {guide.OTHERWISE} == set(Kind) == set(guide.ADVICE)
    for row in guide.TABLE:
        assert guide.question(row.question).option(row.value)


def test_every_way_through_ends_in_one_outcome_with_reasons_and_asks_no_more_than_needed():
    kinds = set()
    for answers in EVERY:
        walked = {}
        while asked := guide.next_question(walked):
            assert guide.outcome(walked) is None
            walked[asked.key] = answers[asked.key]
        found = guide.outcome(answers)
        assert guide.outcome(walked).kind == found.kind, "what was not asked would not change it"
        kinds.add(found.kind)
        assert found.reasons and found.advice.title and found.advice.steps
        assert bool(found.decisive) != (found.kind == Kind.IOP)
        said = [*found.decisive, *found.fits]
        assert all(answers[one.question.key] == one.option.value for one in said)
        assert len({one.question.key for one in said}) == len(said)
        assert (found.fits == () and found.cautions == ()) or found.kind in guide.PROMISING
    assert kinds == set(Kind)


def test_nothing_said_is_a_legal_decision():
    claims = r"(?i)\b(o?laglig\w*|o?tillåt\w*|förbju\w*|bevilj\w*|godkän\w*|har rätt till|lagen säger|måste kommunen)\b"
    said = [text for one in guide.ADVICE.values() for text in (one.title, one.summary, one.own)]
    said += [step.text for one in guide.ADVICE.values() for step in one.steps]
    said += [text for question in guide.QUESTIONS for text in (question.text, question.help)]
    options = [option for question in guide.QUESTIONS for option in question.options]
    said += [text for option in options for text in (option.label, option.reason, option.caution)]
    assert not [text for text in said if re.search(claims, text)]
    assert guide.DISCLAIMER == "Det här är vägledning, inte ett juridiskt beslut."
    assert guide.ADVICE[Kind.PROJECT].own and guide.ADVICE[Kind.TALK].own, "what the sources do not say is our own"


@pytest.mark.django_db
def test_the_page_says_what_an_iop_is_in_both_wordings_and_does_without_contacts(client):
    assert "Kontakta oss" in read(client, PAGE) and "Frågor om IOP" not in read(client, ask(vinst="ja"))
    load_source_data()
    html, contact = read(client, PAGE), ContactPerson.objects.get(topic="iop")
    quoted = (*facts.ABOUT.quote, *(aim.stated for aim in facts.AIMS), *(c.text for c in facts.CRITERIA if c.text))
    words = [f"”{text}”" for text in quoted] + [text for c in facts.CRITERIA for text in (c.name, c.help)]
    words += ["Om plattformen, odaterad.", "5 mars 2020", contact.name, "Uppgiften gällde 5 mars 2020."]
    assert not missing([*words, f'href="{GUIDE}"'], html)
    assert html.count("Det ska nog vara:") == 2, "the slips in the sources"


@pytest.mark.django_db
def test_the_whole_test_can_be_walked_as_a_form(client):
    """Each page carries the answers before it, as a browser would send them."""
    sent = {}
    for number, question in enumerate(guide.QUESTIONS, 1):
        html = read(client, ask(**sent))
        assert f"Fråga {number} av högst {len(guide.QUESTIONS)}" in html and question.text in html
        sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([\w-]+)">', html))
        assert sent.pop("fraga") == question.key
        sent |= {"fraga": question.key, question.key: FITS[question.key]}
    html = read(client, ask(**sent))
    assert guide.ADVICE[Kind.IOP].title in html and guide.DISCLAIMER in html
    assert not client.cookies


@pytest.mark.django_db
def test_every_outcome_says_why_and_what_to_do_and_that_it_is_no_decision(client):
    for changed in [{row.question: row.value} for row in guide.TABLE] + [{}]:
        answers = FITS | changed
        found = guide.outcome(answers)
        words = [found.advice.title, found.advice.own, guide.DISCLAIMER, 'content="noindex"']
        words += [one.option.reason for one in found.reasons] + [step.text for step in found.advice.steps]
        words += [f'href="{reverse("pages:contact")}"']
        assert not missing(words, read(client, ask(**answers))), changed


@pytest.mark.django_db
def test_an_answer_can_be_changed_and_the_others_stay(client):
    html = read(client, ask(**FITS, andra="marknad"))
    assert 'value="nej" id="id_marknad_1" required checked' in re.sub(" +", " ", html)
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([\w-]+)">', html))
    assert kept == {key: value for key, value in FITS.items() if key != "marknad"} | {"fraga": "marknad"}
    assert guide.ADVICE[Kind.PROCUREMENT].title in read(client, ask(**kept, marknad="ja"))


@pytest.mark.django_db
def test_a_hand_made_address_gets_a_question_or_a_sentence(client):
    for query, status, says in (
        ("", 200, "Fråga 1 av"),
        ("fraga=vinst", 422, "Välj ett av svaren."),
        ("vinst=kanske", 422, "Vi känner inte igen det svaret."),
        ("vinst=&fraga=vinst", 422, "Välj ett av svaren."),
        ("vinst=nej&fraga=vinst", 200, "Fråga 2 av"),
        ("tid=tre", 200, "Fråga 1 av"),
        ("vinst=nej&tid=evigt", 200, "Fråga 2 av"),
        ("vinst=nej&vinst=ja", 200, "En upphandling passar nog bättre"),
        ("andra=vinst", 200, "Fråga 1 av"),
        ("andra=annat&vinst=nej", 200, "Fråga 2 av"),
        ("%00=%ff&vinst=%00", 422, "Vi känner inte igen det svaret."),
        ("vinst[]=nej&x=" + "y" * 2000, 200, "Fråga 1 av"),
    ):
        html = read(client, f"{GUIDE}?{query}", status)
        assert says in html and ("<title>Fel: " in html) == (status == 422), query


@pytest.mark.django_db
@settings(max_examples=20)
@given(
    st.dictionaries(
        st.sampled_from([*FITS, "fraga", "andra", "namn"]), st.text(max_size=30) | st.sampled_from(["ja", "nej", "vi"])
    )
)
def test_no_address_breaks_the_test(query):
    assert Client().get(GUIDE, query).status_code in {200, 422}


def memo_of(name="", **changed):
    answers = FITS | changed
    return memo.render(answers, guide.outcome(answers), name=name, day=date(2026, 3, 12))


@pytest.mark.pdf
@pytest.mark.usefixtures("real_pdfs")
def test_every_memo_passes_both_standards():
    """One for each outcome, with all the reasons that can lead to it, and one as long as it can be."""
    kinds = {kind: {row.question: row.value for row in guide.TABLE if row.leads_to == kind} for kind in Kind}
    assert all(guide.outcome(FITS | reasons).kind == kind for kind, reasons in kinds.items())
    longest = memo_of(name=HOSTILE[0] + HOSTILE[3], marknad="vet-inte", behov="vet-inte", ansluten="nej")
    vera.assert_pdf(longest, *(memo_of(**reasons) for reasons in kinds.values()))


@pytest.mark.usefixtures("real_pdfs")
def test_the_memo_says_the_same_as_the_page_and_carries_it_as_data():
    name, changed = "<b>Språkkafé</b><script>alert(1)</script>", {"ansluten": "nej", "marknad": "vet-inte"}
    file, found = memo_of(name=name, **changed), guide.outcome(FITS | changed)
    words = ["<b>Språkkafé</b>", found.advice.title, guide.DISCLAIMER, "12 mars 2026", *found.cautions]
    words += [one.option.reason for one in (*found.decisive, *found.fits)] + [one.question for one in facts.CRITERIA]
    assert not missing(words, " ".join(text_of(file).split()))
    with opened(file) as document:
        data = json.loads(document.attachments["iop-vagledning.json"].get_file().read_bytes())
        assert {"H1", "TH", "LI"} <= {str(element.S).lstrip("/") for element in walk(document.Root.StructTreeRoot)}
    assert {answer["key"]: answer["value"] for answer in data.pop("answers")} == FITS | changed
    said = {"schema": "iop-vagledning/1", "outcome": "join", "date": "2026-03-12", "name": name}
    assert said | {"disclaimer": guide.DISCLAIMER} == {key: data[key] for key in (*said, "disclaimer")}


@pytest.mark.django_db
@time_machine.travel("2026-03-12 12:00", tick=False)
def test_the_memo_is_sent_for_the_asker_alone_and_half_a_memo_leads_back(client):
    answer = client.get(MEMO, FITS | {"namn": "Anna Ek"})
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="iop-vagledning.pdf"'
    assert answer["Cache-Control"] == "private" and answer["X-Robots-Tag"] == "noindex"
    assert answer.content.startswith(b"%PDF") and not client.cookies
    assert memo_of(name="x") == memo_of(name="x") != memo_of(name="y"), "the same answers give the same file"
    answer = client.get(MEMO, {"vinst": "nej", "namn": "Idén", "stod": "annat"})
    assert answer.status_code == 302 and answer["Location"] == f"{GUIDE}?vinst=nej"
    assert client.get(MEMO)["Location"] == f"{GUIDE}?"


@pytest.mark.django_db
def test_a_name_that_cannot_be_taken_gets_a_sentence_and_is_not_lost(client, monkeypatch):
    monkeypatch.setattr(memo, "render", lambda *a, **k: pytest.fail("rendered"))
    for name, says in (("x" * 81, "Texten är för lång: 81 tecken."), ("www.x.se", "utan webb")):
        page = read(client, f"{MEMO}?{urlencode(FITS | {'namn': name})}", 422)
        assert not missing([says, f'value="{name}"', guide.ADVICE[Kind.IOP].title], page)


@pytest.mark.django_db
def test_rendering_is_limited_per_address(client, monkeypatch):
    cache.clear()
    monkeypatch.setattr("botkyrka_civil.documents.views.PAPERS_PER_HOUR", 2)
    monkeypatch.setattr(memo, "render", lambda *a, **k: b"%PDF")
    asked = [FITS | {"namn": f"Idé {n}"} for n in range(3)]
    assert [client.get(MEMO, one).status_code for one in asked] == [200, 200, 429]
    assert "för många pm" in read(client, f"{MEMO}?{urlencode(asked[2])}", 429)
    assert client.get(MEMO, asked[2], REMOTE_ADDR="203.0.113.9").status_code == 200
