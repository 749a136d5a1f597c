"""The text of the minutes: quick to type, read back without losing a word, and safe when two type at once."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from council import minutes_text as mt
from tests.tools.work import growth

TYPED = """\
§ 12 Mötet öppnas
Föredragande: Anna Ek
Diskussion: Rådet talade om lokaler.
Och om pengar.

Ett nytt stycke.
- en punkt
- en till
  som fortsätter
Efter listan.
Yttrande: Rådet tycker att det är bra.

§ 13 Nästa möte
Diskussion:
Yttrande:
"""


def item(order, title="Lokaler", presenter="Anna Ek", kind="information"):
    return SimpleNamespace(order=order, title=title, presenter=presenter, kind=kind)


def sections(text):
    """What is shown of the text, as (number, title, [(label, paragraphs)])."""
    found = [section.content() for section in mt.parse(text)]
    return [(s["number"], s["title"], [(p["label"], p["paragraphs"]) for p in s["parts"]]) for s in found]


def test_skeleton_follows_the_agenda_and_asks_for_what_the_kind_needs():
    kinds = {"consultation": "Synpunkter", "statement": "Yttrande", "position": "Ställningstagande"}
    for kind, last in (kinds | {"decision": "Beslut"}).items():
        asked = mt.skeleton([item(1, kind=kind)], 7)
        assert asked == f"§ 7 Lokaler\nFöredragande: Anna Ek\nDiskussion:\n{last}:"
    text = mt.skeleton([item(2, "Andra\nraden", presenter=""), item(1, "Första")], 41)
    assert text == ("§ 41 Första\nFöredragande: Anna Ek\nDiskussion:\n\n§ 42 Andra raden\nFöredragande:\nDiskussion:")
    assert mt.skeleton([], 1) == ""


def test_parse():
    discussed = [
        "Rådet talade om lokaler.\nOch om pengar.", "Ett nytt stycke.",
        {"list": ["en punkt", "en till\nsom fortsätter"]}, "Efter listan.",
    ]  # fmt: skip
    parts = [("Föredragande", ["Anna Ek"]), ("Diskussion", discussed), ("Yttrande", ["Rådet tycker att det är bra."])]
    assert sections(TYPED) == [("§ 12", "Mötet öppnas", parts), ("§ 13", "Nästa möte", [])]
    for end in ("\r\n", "\r"):  # of every machine
        assert sections(TYPED) == sections(TYPED.replace("\n", end))
    assert mt.merge("a\r\nb", "a\nB", "A\r\nb") == mt.Merge("A\nB", 0)


def test_text_outside_the_paragraph_signs_is_kept():
    assert sections("Vi sågs.\n\nDet var bra.") == [("", "", [("", ["Vi sågs.", "Det var bra."])])]
    assert sections(" \n\r\n\t") == []
    first, second = sections("Ordföranden hälsade välkommen.\n§ 1 Start\nFritt.")
    assert first[2] == [("", ["Ordföranden hälsade välkommen."])]
    assert (second[0], second[2]) == ("§ 1", [("", ["Fritt."])])


def test_what_is_a_heading_and_what_is_a_label():
    for line, number, title in (
        ("§12 Lokaler", 12, "Lokaler"),
        ("  §  12.  Lokaler  ", 12, "Lokaler"),
        ("§ 12: Lokaler", 12, "Lokaler"),
        ("§ 12", 12, ""),
        ("§ 12/2026 Lokaler", None, ""),
        ("§§ 12–14 Lokaler", None, ""),
        ("Enligt § 4 i stadgarna", None, ""),
        ("§ Lokaler", None, ""),
        ("§ 12345 Lokaler", None, ""),
    ):
        [section] = mt.parse(line)
        assert (section.number, section.title) == (number, title), line
    labels = {"diskussion: Ja.": "Diskussion", "STÄLLNINGSTAGANDE :Ja.": "Ställningstagande", "  Beslut:Ja.": "Beslut"}
    for line, label in labels.items():
        assert mt.parse(line)[0].parts == [mt.Part(label, ["Ja."])], line
    for line in ("Reservation: Nej.", "Diskussion utan kolon", "Kl. 17:00", ": tomt"):
        assert mt.parse(line)[0].parts == [mt.Part("", [line])], line
    [section] = mt.parse("§ 1 A\nDiskussion: ett\nYttrande: två\nDiskussion: tre")
    assert [part.label for part in section.parts] == ["Diskussion", "Yttrande", "Diskussion"]


def test_lists():
    for typed, blocks in (
        ("- a\n- b", [{"list": ["a", "b"]}]),
        ("• a\n* b", [{"list": ["a", "b"]}]),
        ("- a\n\n- b", [{"list": ["a", "b"]}]),
        ("- a\n\n  b", [{"list": ["a"]}, "b"]),
        ("ett\n- a\ntvå", ["ett", {"list": ["a"]}, "två"]),
        ("-utan mellanslag", ["-utan mellanslag"]),
        ("-\n\n---", ["-", "---"]),
        ("– Nej, sa hon.", ["– Nej, sa hon."]),
    ):
        assert mt.parse(typed)[0].parts == [mt.Part("", blocks)], typed


# words, labels, signs and breaks, in any disorder
PIECES = ["§ 1 A", "§ 2", "Diskussion:", "beslut: ja", "Beslut", "- punkt", "-", "  indraget", "", " ", "<<< Din text"]
TYPING = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=30).flatmap(
    lambda rows: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(rows))
)


def characters(text):
    """All that carries meaning: not spaces, nor what the structure is made of."""
    return Counter(re.sub(r"[\s§.:•*-]", "", text.casefold()))


def told(text):
    for number, title, parts in sections(text):
        yield from (number, title)
        for label, paragraphs in parts:
            yield label
            for block in paragraphs:
                yield from block["list"] if isinstance(block, dict) else [block]


@given(TYPING)
@example("Föredragande:\n- \x1c\n§ 1\x85 x")
def test_nothing_typed_is_ever_dropped_and_no_block_is_empty(text):
    lost = characters(text) - characters(" ".join(told(text)))
    added = characters(" ".join(told(text))) - characters(text)
    empty = [line for line in mt.lines(text) if line.partition(":")[0].strip().casefold() in mt._BY_NAME]
    assert not added
    assert not lost - characters(" ".join(empty))
    for _, paragraphs in (part for section in sections(text) for part in section[2]):
        blocks = [block["list"] if isinstance(block, dict) else [block] for block in paragraphs]
        assert blocks and all(blocks)
        assert all(each == each.strip() and each for block in blocks for each in block)


@given(st.lists(st.builds(item, st.integers(1, 50), st.text(), st.text(), st.sampled_from(sorted(mt.OUTCOME)))))
def test_a_skeleton_has_a_section_for_each_item(items):
    numbers = [section.number for section in mt.parse(mt.skeleton(items, 3)) if section.number]
    assert numbers == [*range(3, 3 + len(items))]


def test_minutes_need_text_and_numbers_that_come_once_and_in_order():
    empty = "Det står ingenting under någon paragraf än. Skriv vad som sades och vad mötet kom fram till."
    for text in ("", "§ 1 Start\n§ 2 Slut", mt.skeleton([item(1), item(2, kind="statement")], 1)):
        assert mt.problems(text, True) == [empty], text
    assert mt.problems(TYPED, False) == mt.problems("Vi sågs och det var bra.", False) == []
    for numbers, expected in (
        ([1, 2, 4], []),
        ([1, 2, 2], ["§ 2 finns mer än en gång. Ge varje paragraf ett eget nummer."]),
        ([1, 3, 2], ["§ 2 står efter § 3. Ställ paragraferna i nummerordning."]),
    ):
        assert mt.problems("\n".join(f"§ {number} X\nText." for number in numbers), True) == expected


def test_decisions_are_for_those_who_may_decide():
    refused = (
        "står ”Beslut:”, men organet har ingen egen beslutanderätt enligt kommunallagen. "
        "Skriv ”Ställningstagande:” eller ”Yttrande:” i stället."
    )
    text = "Beslut: nu\n§ 1 A\nBESLUT : ja\nBeslut: nej\n§ 2 B\nBeslut:"
    assert mt.problems(text, True) == []
    assert mt.problems(text, False) == [f"Utanför paragraferna {refused}", f"Under § 1 {refused}"]


BASE = mt.skeleton([item(n, f"Punkt {n}", kind="statement") for n in range(1, 6)], 1)


def filled(number, label, text):
    head, mark, tail = BASE.partition(f"§ {number} ")
    return head + mark + tail.replace(f"{label}:", f"{label}: {text}", 1)


def test_changes_apart_go_together_without_a_word():
    for mine, theirs in (
        ((2, "Diskussion", "ja"), (4, "Diskussion", "nej")),
        ((2, "Diskussion", "ja"), (3, "Föredragande", "nej")),
        ((2, "Diskussion", "ja"), (2, "Yttrande", "nej")),
        ((2, "Diskussion", "ett\n\ntvå\n- tre"), (2, "Yttrande", "fyra\nfem")),
        ((2, "Yttrande", "ett\n\ntvå"), (2, "Föredragande", "fyra\nfem\n\nsex")),
    ):
        merged = mt.merge(BASE, filled(*mine), filled(*theirs))
        assert merged.conflicts == 0, (mine, theirs)
        base, *both = (Counter(text.split("\n")) for text in (BASE, filled(*mine), filled(*theirs)))
        assert Counter(merged.text.split("\n")) == both[0] + both[1] - base, (mine, theirs)
        assert [section.number for section in mt.parse(merged.text)] == [1, 2, 3, 4, 5]


def test_one_who_fills_everything_and_one_who_fills_a_label():
    """Their lines stand beside each other from beginning to end, and yet only the same label is a conflict."""
    mine = "\n".join(f"{line} mitt\nmera" if line == "Diskussion:" else line for line in BASE.split("\n"))
    theirs = BASE.replace("Yttrande:", "Yttrande: deras\nockså")
    merged = mt.merge(BASE, mine, theirs)
    assert merged == mt.Merge(mine.replace("Yttrande:", "Yttrande: deras\nockså"), 0)


def test_the_same_line_is_kept_twice_and_marked():
    merged = mt.merge(BASE, filled(2, "Diskussion", "ja"), filled(2, "Diskussion", "nej"))
    between = "<<< Din text\nDiskussion: ja\n=== Den andras text\nDiskussion: nej\n>>>"
    assert merged == mt.Merge(filled(2, "Diskussion", "X").replace("Diskussion: X", between), 1)
    [problem] = mt.problems(merged.text, True)
    assert problem.startswith("Ni har ändrat samma rader båda två.")


def test_removed_by_one_and_changed_by_the_other_or_added_at_the_same_place():
    for texts, merged, conflicts in (
        (("ett\ntvå\ntre", "ett\ntre", "ett\ntvå två\ntre"),
         "ett\n<<< Din text\n=== Den andras text\ntvå två\n>>>\ntre", 1),
        (("a", "a\nb", "a\nc"), "a\n<<< Din text\nb\n=== Den andras text\nc\n>>>", 1),
        (("a", "a\nb", "a\nb"), "a\nb", 0),
        (("", "mitt", "deras"), "<<< Din text\nmitt\n=== Den andras text\nderas\n>>>", 1),
        # neighbouring lines are no conflict
        (("a\nb\nc", "A\nb\nc", "a\nB\nC"), "A\nB\nC", 0),
        (("a\nb", "a\nnytt\nb", "a\nB"), "a\nnytt\nB", 0),
    ):  # fmt: skip
        assert mt.merge(*texts) == mt.Merge(merged, conflicts), texts


ROWS = st.lists(st.sampled_from(["", "§ 1 A", "§ 2 B", "Diskussion:", "Diskussion: x", "Yttrande:", "a", "b", "c"]))
TEXTS = ROWS.map("\n".join)


@given(TEXTS, TEXTS)
def test_who_is_alone_gets_own_text_back(base, changed):
    assert mt.merge(base, changed, base) == mt.Merge(changed, 0)
    assert mt.merge(base, base, changed) == mt.Merge(changed, 0)
    assert mt.merge(base, changed, changed) == mt.Merge(changed, 0)


@st.composite
def edited(draw, base):
    """As people edit: some lines changed, some gone, some added."""
    rows = []
    for row in base.split("\n"):
        rows += draw(st.sampled_from([[row], [row], [row], [row + " x"], [], [row, "ny"], ["ny", "rad", row]]))
    return "\n".join(rows)


THREE = TEXTS.flatmap(lambda base: st.tuples(st.just(base), edited(base) | TEXTS, edited(base) | TEXTS))


@given(THREE)
def test_no_line_is_lost_or_added_and_both_see_the_same_conflicts(texts):
    base, mine, theirs = (Counter(text.split("\n")) for text in texts)
    merged = mt.merge(*texts)
    result = Counter(merged.text.split("\n"))
    assert not (mine - base) - result
    assert not (theirs - base) - result
    gone = (base - mine) + (base - theirs)
    assert not base - gone - result
    assert result[mt.MINE] == result[mt.THEIRS] == result[mt.END] == merged.conflicts
    assert mt.merge(texts[0], texts[2], texts[1]).conflicts == merged.conflicts


def test_changes():
    for old, new, expected in (
        ("", "", []),
        ("a", "a", [("same", "a")]),
        ("", "ny", [("ins", "ny")]),
        ("Rådet tycker bra.", "Rådet tycker illa.", [("same", "Rådet tycker "), ("del", "bra."), ("ins", "illa.")]),
        ("Diskussion: Rådet talade om det", "Diskussion: Rådet teg helt om det",
         [("same", "Diskussion: Rådet "), ("del", "talade"), ("ins", "teg helt"), ("same", " om det")]),
        ("a\nc", "a\nb\nc", [("same", "a\n"), ("ins", "b\n"), ("same", "c")]),
        ("a", "a\nb", [("same", "a"), ("ins", "\nb")]),
        ("Anna Ek öppnade mötet i dag", "Bo Alm öppnade mötet i dag",  # two words in a row are one change
         [("del", "Anna Ek"), ("ins", "Bo Alm"), ("same", " öppnade mötet i dag")]),
        ("Alla var eniga om att hyran är för hög.", "Frågan tas upp igen om en månad.",  # a salad of words says nothing
         [("del", "Alla var eniga om att hyran är för hög."), ("ins", "Frågan tas upp igen om en månad.")]),
    ):  # fmt: skip
        assert mt.changes(old, new) == expected, (old, new)


@given(TYPING, TYPING)
def test_changes_hold_both_texts(old, new):
    found = mt.changes(old, new)
    assert "".join(text for op, text in found if op != "del") == "\n".join(mt.lines(new))
    assert "".join(text for op, text in found if op != "ins") == "\n".join(mt.lines(old))
    assert all(text for _, text in found)


def long_minutes(n):
    return "\n\n".join(
        f"§ {k} Punkt\nFöredragande: Anna Ek\nDiskussion: {'Rådet talade om lokaler, pengar och tid. ' * 5}\n\n"
        f"Stycke {k}.\n- en punkt\n- en till\nYttrande: Rådet tycker så om {k}."
        for k in range(1, n // 8 + 1)
    )


LOADS = {  # three texts of about n lines, or of n words
    "minutes": lambda n: (
        long_minutes(n),
        long_minutes(n).replace("en till", "två till"),
        long_minutes(n).replace("§ 3", "§ 4").replace("Rådet tycker", "Vi anser"),
    ),
    "turned and swapped": lambda n: (
        (text := long_minutes(n)), "\n".join(text.split("\n")[::-1]), text[len(text) // 2 :] + text[: len(text) // 2]
    ),
    "one line": lambda n: ("ord " * n, "ett " + "ord " * n + "till", "ord " * (n // 2) + "nytt " + "ord " * (n // 2)),
    "blank lines": lambda n: ("\n" * n, "a\n" + "\n" * n + "b", "\n" * (n // 2) + "c" + "\n" * (n // 2)),
    "two kinds of line": lambda n: ("a\nb\n" * (n // 2), "b\na\n" * (n // 2), "a\na\nb\n" * (n // 3)),
    "no line alike": lambda n: tuple("\n".join(f"{who}{k}" for k in range(n)) for who in "bmt"),
    "all lines labels": lambda n: ("Diskussion:\n" * n, "Yttrande:\nDiskussion:\n" * (n // 2), "Diskussion: x\n" * n),
    "bullets": lambda n: ("- a\n" * n, "- a\n- b\n" * (n // 2), "  a\n" * n),
}  # fmt: skip


CALLS = {
    "merge": mt.merge,
    "changes": lambda base, mine, theirs: mt.changes(base, theirs),
    "parse": lambda base, mine, theirs: mt.parse(mine),
    "problems": lambda base, mine, theirs: mt.problems(theirs, False),
}


@pytest.mark.parametrize("load", LOADS)
def test_twice_the_text_takes_no_more_than_twice_the_work(load):
    """A quadratic step would take minutes for the longest text that the form lets through."""
    small, large = LOADS[load](150), LOADS[load](300)
    grown = {name: growth(lambda c=call: c(*small), lambda c=call: c(*large)) for name, call in CALLS.items()}
    assert not {name: times for name, times in grown.items() if times > 2.3}
