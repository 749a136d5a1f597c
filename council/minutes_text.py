"""Minutes as one plain text with a light structure, typed fast: read, checked, and put together when two have typed.

    § 12 Mötet öppnas
    Föredragande: Anna Ek
    Diskussion: Rådet talade om …

Only a line that begins with § and a number, or with a known label and a colon, means anything. All else is text, and no
word that somebody has typed is ever lost.
"""

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter
from typing import Any, Protocol

PRESENTER = "Föredragande"
LABELS = (PRESENTER, "Diskussion", "Synpunkter", "Yttrande", "Ställningstagande", "Beslut")
# What an agenda item of each kind ends in, beside who presents it and what was said.
OUTCOME = {"consultation": "Synpunkter", "statement": "Yttrande", "position": "Ställningstagande", "decision": "Beslut"}
MINE, THEIRS, END = "<<< Din text", "=== Den andras text", ">>>"

_HEADING = re.compile(r"§\s*([0-9]{1,4})[.:]?(?:\s+(.*))?")
_BULLET = re.compile(r"[-•*]\s+(.+)")
_BY_NAME = {label.casefold(): label for label in LABELS}

type Block = str | dict[str, list[str]]  # a paragraph, or {"list": [its items]}


class Item(Protocol):
    """What is asked of an agenda item."""

    @property
    def order(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def presenter(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Part:
    label: str  # empty for text that stands under no label
    paragraphs: list[Block]


@dataclass(frozen=True)
class Section:
    number: int | None  # none for text that stands under no §
    title: str
    parts: list[Part]

    @property
    def sign(self) -> str:
        return f"§ {self.number}" if self.number is not None else ""

    def content(self) -> dict[str, Any]:
        """As it is frozen and signed."""
        parts = [{"label": part.label, "paragraphs": part.paragraphs} for part in self.parts]
        return {"number": self.sign, "title": self.title, "parts": parts}


@dataclass(frozen=True)
class Merge:
    text: str
    conflicts: int


# Writing and reading ---------------------------------------------------------------------------------------------


def skeleton(items: Iterable[Item], first_number: int) -> str:
    """The text to start from: a § for each agenda item, with the labels that its kind needs."""
    ordered = sorted(items, key=attrgetter("order"))
    return "\n\n".join(_empty_section(item, number) for number, item in enumerate(ordered, first_number))


def _empty_section(item: Item, number: int) -> str:
    title, presenter = (" ".join(text.split()) for text in (item.title, item.presenter))
    labels = [f"{PRESENTER}: {presenter}".rstrip(), "Diskussion:"]
    if item.kind in OUTCOME:
        labels.append(f"{OUTCOME[item.kind]}:")
    return "\n".join([f"§ {number} {title}".rstrip(), *labels])


def parse(text: str) -> list[Section]:
    """The sections of the text. Labels without text under them are left out; a § without text is still a §."""
    read: list[tuple[int | None, str, list[tuple[str, list[str]]]]] = [(None, "", [("", [])])]
    for line in lines(text):
        if heading := _HEADING.fullmatch(line.strip()):
            read.append((int(heading[1]), heading[2] or "", [("", [])]))
        elif labelled := _labelled(line):
            read[-1][2].append((labelled[0], [labelled[1]]))
        else:
            read[-1][2][-1][1].append(line)
    return [
        Section(number, title, [Part(label, blocks) for label, typed in parts if (blocks := [*_blocks(typed)])])
        for number, title, parts in read
        if number is not None or any(line.strip() for _, typed in parts for line in typed)
    ]


def lines(text: str) -> list[str]:
    """Not str.splitlines: it would also break at characters that show no break."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _labelled(line: str) -> tuple[str, str] | None:
    name, colon, rest = line.partition(":")
    label = _BY_NAME.get(name.strip().casefold())
    return (label, rest) if label and colon else None


def _blocks(typed: list[str]) -> Iterator[Block]:
    """Paragraphs and lists. A line break within a paragraph was typed for a reason, and stays."""
    chunks: list[tuple[bool, list[str]]] = []  # whether it is an item of a list, its lines
    fresh = True
    for line in typed:
        text = line.strip()
        if bullet := _BULLET.fullmatch(text):
            chunks.append((True, [bullet[1]]))
        elif text and (fresh or (chunks[-1][0] and not line[0].isspace())):
            chunks.append((False, [text]))
        elif text:
            chunks[-1][1].append(text)
        fresh = not text
    for is_list, group in groupby(chunks, key=itemgetter(0)):
        texts = ["\n".join(chunk) for _, chunk in group]
        if is_list:
            yield {"list": texts}
        else:
            yield from texts


def problems(text: str, decisions_allowed: bool) -> list[str]:
    """What stands in the way of finishing the minutes."""
    sections = parse(text)
    found = []
    if {MINE, THEIRS, END} & {line.strip() for line in lines(text)}:
        found.append(
            "Ni har ändrat samma rader båda två. Välj vad som ska stå mellan raderna med <<<, === och >>> "
            "och ta sedan bort de tre raderna."
        )
    if not any(part.label != PRESENTER for section in sections for part in section.parts):
        found.append("Det står ingenting under någon paragraf än. Skriv vad som sades och vad mötet kom fram till.")
    found += _wrong_numbers([section.number for section in sections if section.number is not None])
    if not decisions_allowed:
        found += [
            f"{_place(section)} står ”Beslut:”, men organet har ingen egen beslutanderätt enligt kommunallagen. "
            "Skriv ”Ställningstagande:” eller ”Yttrande:” i stället."
            for section in sections
            if any(part.label == "Beslut" for part in section.parts)
        ]
    return found


def _place(section: Section) -> str:
    return f"Under {section.sign}" if section.sign else "Utanför paragraferna"


def _wrong_numbers(numbers: list[int]) -> list[str]:
    twice = [
        f"§ {n} finns mer än en gång. Ge varje paragraf ett eget nummer." for n, k in Counter(numbers).items() if k > 1
    ]
    astray = [
        f"§ {after} står efter § {before}. Ställ paragraferna i nummerordning."
        for before, after in pairwise(numbers)
        if after < before
    ]
    return twice + astray


# Two at once -----------------------------------------------------------------------------------------------------


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Both changes to one text, line by line. Where both changed the same lines, both versions stand between marks."""
    was = lines(base)
    result: list[str] = []
    conflicts = position = 0
    for start, end, versions in _regions(was, _edits(was, lines(mine)), _edits(was, lines(theirs))):
        result += was[position:start]
        position = end
        if len(versions) == 1:
            result += versions[0]
        else:
            result += [MINE, *versions[0], THEIRS, *versions[1], END]
            conflicts += 1
    return Merge("\n".join(result + was[position:]), conflicts)


type Edit = tuple[int, int, list[str]]  # these lines of the base are replaced by those


def _edits(base: list[str], other: list[str]) -> list[Edit]:
    """Line by line where as many lines went as came, so that neighbours can be changed by two people."""
    edits = []
    for i, i2, j, j2 in _pieces(base, other):
        if i2 - i == j2 - j:
            edits += [(i + n, i + n + 1, [other[j + n]]) for n in range(i2 - i)]
        else:
            edits.append((i, i2, other[j:j2]))
    return edits


def _regions(base: list[str], mine: list[Edit], theirs: list[Edit]) -> Iterator[tuple[int, int, list[list[str]]]]:
    """Edits that touch the same lines, or add at the same place, taken together: one version, or two that differ."""
    waiting = deque(sorted([(*edit[:2], 0, edit) for edit in mine] + [(*edit[:2], 1, edit) for edit in theirs]))
    while waiting:
        start, end, *_ = waiting[0]
        sides: tuple[list[Edit], list[Edit]] = ([], [])
        while waiting and (waiting[0][0] < end or waiting[0][:2] == (start, start) == (start, end) or not any(sides)):
            _, last, side, edit = waiting.popleft()
            sides[side].append(edit)
            end = max(end, last)
        versions = [_applied(base, start, end, side) for side in sides if side]
        yield start, end, versions[:1] if versions[0] == versions[-1] else versions


def _applied(base: list[str], start: int, end: int, edits: list[Edit]) -> list[str]:
    result = []
    for first, last, new in edits:
        result += base[start:first] + new
        start = last
    return result + base[start:end]


# Comparing -------------------------------------------------------------------------------------------------------

SAME, INSERTED, DELETED = "same", "ins", "del"
_WORD = re.compile(r"\n|[^\S\n]+|\S+")


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """What to show as it is, as <ins> and as <del>: word by word within the lines that differ.

    All but the deleted, put together, is the new text; all but the inserted is the old one.
    """
    was, now = ([line + "\n" for line in lines(text)] for text in (old, new))
    was[-1], now[-1] = was[-1][:-1], now[-1][:-1]
    found: list[tuple[str, str]] = []
    position = 0
    for i, i2, j, j2 in _pieces(was, now):
        found.append((SAME, "".join(was[position:i])))
        found += _changed_words("".join(was[i:i2]), "".join(now[j:j2]))
        position = i2
    found.append((SAME, "".join(was[position:])))
    told = [(op, text) for op, text in found if text]
    return [(op, "".join(text for _, text in group)) for op, group in groupby(told, itemgetter(0))]


def _changed_words(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Lines that have little in common are shown whole: a salad of words says nothing."""
    was, now = _WORD.findall(old), _WORD.findall(new)
    # a space alone between two changed words does not part them
    shared = [
        run for run in _runs(was, now) if (text := "".join(was[run[0] : run[0] + run[2]])).strip() or "\n" in text
    ]
    if sum(len("".join(was[i : i + n]).strip()) for i, _, n in shared) < 0.3 * min(len(old), len(new)):
        shared = []
    i = j = 0
    for i2, j2, n in [*shared, (len(was), len(now), 0)]:
        yield DELETED, "".join(was[i:i2])
        yield INSERTED, "".join(now[j:j2])
        yield SAME, "".join(was[i2 : i2 + n])
        i, j = i2 + n, j2 + n


type Run = tuple[int, int, int]  # where it begins in the one and in the other, and how long it is


def _pieces(a: list[str], b: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where the lines differ: from and to in the one, from and to in the other; cut at every label and § in both.

    So one who fills in the discussion and one who fills in the statement below it are not in each other's way.
    """
    i = j = 0
    for i2, j2, n in [*_runs(a, b), (len(a), len(b), 0)]:
        signs = [sign for run in _runs(_signs(a[i:i2], 0), _signs(b[j:j2], 1)) for sign in _each(run)]
        cuts = [(i + x, j + y) for x, y in signs]
        for (x, y), (x2, y2) in pairwise([(i, j), *cuts, (i2, j2)]):
            if a[x:x2] != b[y:y2]:
                yield x, x2, y, y2
        i, j = i2 + n, j2 + n


def _each(run: Run) -> Iterator[tuple[int, int]]:
    return ((run[0] + k, run[1] + k) for k in range(run[2]))


def _signs(part: list[str], side: int) -> list[Hashable]:
    """The label or § of each line; one without is like no other."""
    return [_sign(line) or (side, place) for place, line in enumerate(part)]


def _sign(line: str) -> str:
    heading = _HEADING.fullmatch(line.strip())
    return heading[1] if heading else (_labelled(line) or ("",))[0]


def _runs(a: Sequence[Hashable], b: Sequence[Hashable], depth: int = 0) -> list[Run]:
    """What both have in the same order (patience diff).

    difflib alone takes minutes for a long text full of blank lines. So: equal beginnings and ends are set aside, then
    what stands only once in each is matched, and difflib gets the small gaps between. A large gap without anything
    of the kind counts as changed: coarse, but quick and never wrong.
    """
    head = _alike(a, b)
    tail = _alike(a[head:][::-1], b[head:][::-1])
    end_a, end_b = len(a) - tail, len(b) - tail
    runs = [(0, 0, head), *_inner(a[head:end_a], b[head:end_b], head, depth), (end_a, end_b, tail)]
    return [run for run in runs if run[2]]


def _inner(a: Sequence[Hashable], b: Sequence[Hashable], shift: int, depth: int) -> Iterator[Run]:
    anchors = _anchors(a, b) if depth < 20 else []
    if anchors:
        i = j = 0
        for i2, j2 in [*anchors, (len(a), len(b))]:
            yield from ((i + x + shift, j + y + shift, n) for x, y, n in _runs(a[i:i2], b[j:j2], depth + 1))
            if i2 < len(a):
                yield i2 + shift, j2 + shift, 1
            i, j = i2 + 1, j2 + 1
    elif len(a) * len(b) <= 2_500:
        blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
        yield from ((i + shift, j + shift, n) for i, j, n in blocks)


def _alike(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many are alike from the beginning."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest row of what stands once in each and in the same order in both."""
    once_a, once_b = (
        {x: place for place, x in enumerate(s) if count[x] == 1} for s in (a, b) for count in [Counter(s)]
    )
    pairs = [(place, once_b[x]) for x, place in once_a.items() if x in once_b]
    ends: list[int] = []  # the smallest end, in b, of a row of each length
    rows: list[int] = []  # which pair that is
    before: list[int] = []  # the pair before each pair in its row
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1], rows[length : length + 1] = [place], [number]
        before.append(rows[length - 1] if length else -1)
    chain, number = [], rows[-1] if rows else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
