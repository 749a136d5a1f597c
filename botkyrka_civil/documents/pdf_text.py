"""What a PDF says, as far as a personnummer goes. Run within inspector.py's process: the file comes from outside."""

import re
import resource
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from botkyrka_civil.lib import personal_data

_TEXT_OPERATORS = "Tf Tj TJ ' \" Td TD Tm T* BT Do"
_GLYPHS = {
    name: str(n)
    for n, name in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
}
_GLYPHS |= {"hyphen": "-", "minus": "-", "endash": "-", "plus": "+", "space": " "}
_SAME_LINE = "\0"  # a new place on the same line: perhaps a space, perhaps only the next digit
_MOST_NUMBERS = 20

type Font = tuple[dict[int, str], int]  # the character of each code, and how many bytes a code has


def numbers_in(data: bytes) -> list[str]:
    """Each personnummer in the text of a PDF.

    A help to whoever sends it, no guarantee: a page that is a picture has no text, and the search ends when half of
    the processor time is used.
    """
    found: dict[str, str] = {}  # by its digits
    until = resource.getrlimit(resource.RLIMIT_CPU)[0] / 2
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            for page in pdf.pages:
                if len(found) >= _MOST_NUMBERS or 0 < until < time.process_time():
                    break
                text = "".join(_text(page, page.get("/Resources"), depth=0))
                for spaced in (text.replace(_SAME_LINE, " "), text.replace(_SAME_LINE, "")):
                    found |= {re.sub(r"\D", "", number): number for number in personal_data.numbers(spaced)}
    except Exception:  # noqa: S110  (whatever is odd about its text, the file itself has been judged)
        pass
    return list(found.values())[:_MOST_NUMBERS]


def _text(stream: Any, resources: Any, depth: int) -> Iterator[str]:
    """The text that a page, or a form drawn on it, shows, in the order of its content (ISO 32000-1 9.4)."""
    fonts: dict[str, Font] = {}
    font: Font = ({}, 1)
    height: Any = None
    for instruction in pikepdf.parse_content_stream(stream, _TEXT_OPERATORS):
        operands: Any = instruction.operands
        match str(instruction.operator):
            case "Tf":
                name = str(operands[0])
                if name not in fonts:
                    fonts[name] = _font(resources["/Font"][name])
                font = fonts[name]
            case "Tj":
                yield _decoded(bytes(operands[0]), font)
            case "'" | '"':
                yield "\n" + _decoded(bytes(operands[-1]), font)
            case "TJ":
                strings = (part for part in operands[0] if isinstance(part, pikepdf.String))
                yield "".join(_decoded(bytes(part), font) for part in strings)
            case "Td" | "TD":
                yield "\n" if operands[1] else _SAME_LINE
            case "Tm":
                yield _SAME_LINE if operands[5] == height else "\n"
                height = operands[5]
            case "BT":
                yield _SAME_LINE
            case "T*":
                yield "\n"
            case "Do":
                form = resources.get("/XObject", {}).get(str(operands[0]))
                if form is not None and form.get("/Subtype") == "/Form" and depth < 5:
                    yield from _text(form, form.get("/Resources", resources), depth + 1)


def _font(font: Any) -> Font:
    """How a font's codes are read: by its map to Unicode (9.10.3), or as the letters of Western Europe (annex D)."""
    width = 2 if font.get("/Subtype") == "/Type0" else 1
    if "/ToUnicode" in font:
        return _to_unicode(font["/ToUnicode"].read_bytes().decode("latin-1")), width
    characters = {} if width == 2 else {code: chr(code) for code in range(256)}
    encoding, code = font.get("/Encoding"), 0
    for item in encoding.get("/Differences", []) if isinstance(encoding, pikepdf.Dictionary) else []:
        if isinstance(item, pikepdf.Name):
            characters[code] = _GLYPHS.get(str(item)[1:], "?")
            code += 1
        else:
            code = int(item)
    return characters, width


def _to_unicode(cmap: str) -> dict[int, str]:
    characters: dict[int, str] = {}
    for kind, body in re.findall(r"beginbf(char|range)(.*?)endbf", cmap, re.DOTALL):
        if kind == "char":
            for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", body):
                characters[int(code, 16)] = _character(text)
            continue
        for first, last, start, each in re.findall(r"<(\w+)>\s*<(\w+)>\s*(?:<(\w+)>|\[(.*?)\])", body, re.DOTALL):
            codes = range(int(first, 16), min(int(last, 16), 0xFFFF) + 1)
            texts = re.findall(r"<(\w+)>", each)
            found = map(_character, texts) if texts else (_character(start, n) for n in range(len(codes)))
            characters |= dict(zip(codes, found, strict=False))
    return characters


def _character(text: str, after: int = 0) -> str:
    return chr((int(text[:4], 16) + after) & 0xFFFF)


def _decoded(data: bytes, font: Font) -> str:
    characters, width = font
    codes = (int.from_bytes(data[i : i + width]) for i in range(0, len(data), width))
    return "".join(characters.get(code, "?") for code in codes)
