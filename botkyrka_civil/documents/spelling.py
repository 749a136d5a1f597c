"""Text of every script in a PDF, in the right direction on the page and readable by whoever extracts it.

WeasyPrint says of each glyph which characters it stands for (ToUnicode), once for all its uses. That is enough for
letters that are a glyph each. Where one letter is several glyphs, or one glyph stands for different letters (the vowels
of Devanagari, the points of Hebrew), the letters are given beside the glyphs: ISO 32000-1 14.9.4, ActualText.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from xml.etree.ElementTree import Element

import pydyf

from ..lib.typefaces import RIGHT_TO_LEFT


def isolate(root: Element) -> None:
    """Set every text in a right-to-left script between marks that keep it from moving what stands beside it.

    Unicode Standard Annex 9: FSI and PDI. An element for each would be a link of its own inside a link.
    """
    for element in root.iter():
        if element.text and element.tag not in ("title", "style"):
            element.text = RIGHT_TO_LEFT.sub("\u2068\\g<0>\u2069", element.text)
        if element.tail:
            element.tail = RIGHT_TO_LEFT.sub("\u2068\\g<0>\u2069", element.tail)


@contextmanager
def spelled_out() -> Iterator[None]:
    """While it lasts, WeasyPrint writes ActualText where glyphs do not say their letters."""
    from weasyprint.draw import text as drawing

    draw = drawing.draw_first_line

    def draw_spelled(stream: Any, textbox: Any, *rest: Any) -> Any:
        return draw(_Spelling(stream, textbox), textbox, *rest)

    drawing.draw_first_line = draw_spelled
    try:
        yield
    finally:
        drawing.draw_first_line = draw


@dataclass
class _Letter:
    """Glyphs that are drawn together, and what they spell, if they do not say it themselves.

    With `base`: some of them are marks above or below the line, and this is the glyph that stands in it. Numbers are
    thousandths of the size of the text, as in TJ.
    """

    glyphs: int
    spelled: str | None = None
    base: str = ""
    width: int = 0  # of the base
    before: int = 0  # how far the first glyph is moved from where the letter begins
    after: int = 0  # and how far it is from the end of the last glyph to where the letter ends


class _Spelling:
    """The stream that one line of text is drawn on, with ActualText around the letters that need it."""

    def __init__(self, stream: Any, textbox: Any) -> None:
        self._stream = stream
        self._letters = _letters(stream, textbox)
        self._letter = _Letter(0)  # the one that is being drawn
        self._left = 0  # of its glyphs
        self._rise = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def show_text(self, text: str) -> None:
        """`text` is glyphs in hexadecimal within <>, and moves between them as numbers: <00410042>-12<0043>."""
        waiting = ""
        for glyphs, move in re.findall(r"<([0-9a-f]*)>|([^<>]+)", text):
            waiting += f" {move}" if move else ""
            for glyph in re.findall("....", glyphs):
                if not self._left:
                    self._letter = next(self._letters)
                    self._left = self._letter.glyphs
                    if self._letter.spelled is not None:
                        waiting = self._show(waiting)
                        self._begin(self._letter)
                waiting += f"<{glyph}>"
                self._left -= 1
                if not self._left and self._letter.spelled is not None:
                    waiting = self._show(waiting)
                    self._end(self._letter)
        self._show(waiting)

    def _show(self, text: str) -> str:
        if text:
            self._stream.show_text(text.replace("><", ""))
        return ""

    def set_text_rise(self, height: float) -> None:
        self._rise = height
        self._stream.set_text_rise(height)

    def _begin(self, letter: _Letter) -> None:
        self._stream.begin_marked_content("Span", pydyf.Dictionary({"ActualText": pydyf.String(letter.spelled)}))
        if letter.base:
            self._show_unseen(f"{letter.before}<{letter.base}>{letter.width - letter.before}")

    def _end(self, letter: _Letter) -> None:
        if letter.base:
            self._show_unseen(f"{letter.width - letter.after}<{letter.base}>{letter.after}")
        self._stream.end_marked_content()

    def _show_unseen(self, text: str) -> None:
        """Readers take the place of an ActualText from its first and last glyph. Where these may be marks, the letter
        itself is there as well, not painted (ISO 32000-1 9.3.6, mode 3), at the beginning and end of its room."""
        self._stream.set_text_rise(0)
        self._stream.set_text_rendering(3)
        self._stream.show_text(text)
        self._stream.set_text_rendering(0)
        self._stream.set_text_rise(self._rise)


def _letters(stream: Any, textbox: Any) -> Iterator[_Letter]:
    """The letters of the line in the order of drawing.

    Also decides what each glyph stands for, before WeasyPrint does: the first letter that it alone is drawn for.
    """
    from weasyprint.text.ffi import FROM_UNITS, ffi, pango

    line, _ = textbox.pango_layout.get_first_line()
    text = textbox.pango_layout.text.encode()
    run = line.runs[0]
    while run != ffi.NULL:
        item, number = run.data.item, run.data.glyphs.num_glyphs
        font, size = stream.add_font(item.analysis.font)

        def thousandths(units: int, size: float = size) -> int:
            return round(units * 1000 * FROM_UNITS / size)

        def advance(info: Any, font: Any = item.analysis.font) -> int:
            """How far the glyph itself moves, before the line was laid out."""
            pango.pango_font_get_glyph_extents(font, info.glyph, stream.ink_rect, stream.logical_rect)
            return stream.logical_rect.width

        starts = list(run.data.glyphs.log_clusters[0:number])
        letters = _by_byte(text[item.offset : item.offset + item.length].decode(), set(starts))
        placed = zip((letters[start] for start in starts), run.data.glyphs.glyphs[0:number], strict=True)
        for (_, letter), cluster in groupby(placed, itemgetter(0)):
            glyphs = [info for _, info in cluster if info.glyph != pango.PANGO_GLYPH_EMPTY]
            drawn = letter[::-1] if item.analysis.level % 2 else letter
            alone = drawn if len(drawn) == len(glyphs) else [letter] * len(glyphs)
            meant = [font.to_unicode.setdefault(g.glyph, c) for g, c in zip(glyphs, alone, strict=True)]
            if len(glyphs) == 1 and meant == [letter]:
                yield _Letter(1)
            elif glyphs:
                in_line = [g for g in glyphs if g.geometry.width > 0 and not g.geometry.y_offset]
                if not in_line or len(in_line) == len(glyphs):
                    yield _Letter(len(glyphs), letter)
                    continue
                first, last, base = glyphs[0], glyphs[-1], in_line[0]
                yield _Letter(
                    len(glyphs),
                    letter,
                    base=f"{base.glyph:04x}",
                    width=thousandths(advance(base)),
                    before=thousandths(first.geometry.x_offset),
                    after=thousandths(last.geometry.width - last.geometry.x_offset - advance(last)),
                )
        run = run.next


def _by_byte(text: str, starts: set[int]) -> list[tuple[int, str]]:
    """For each byte of the text (in UTF-8) the letter that it is part of, with its number: marks belong to the letter
    before them, and so does what is drawn together with it."""
    found: list[str] = []
    position = 0
    for character in text:
        if found and (position not in starts or unicodedata.category(character)[0] == "M"):
            found[-1] += character
        else:
            found.append(character)
        position += len(character.encode())
    return [numbered for numbered in enumerate(found) for _ in numbered[1].encode()]
