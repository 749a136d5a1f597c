"""The one door to PDF: a template in, a file for the archive out.

Each file passes two standards at once, proved by veraPDF in tests/documents/test_pdf.py:

- ISO 19005-3 (PDF/A-3a): everything needed to show the file lies inside it, and it may carry its own data (/AF).
- ISO 14289-1 (PDF/UA-1): tags, reading order, language, title and text alternatives, so that it can be read aloud.

Design and fonts: static/pdf/; what they can't draw stands as its code, such as [U+1F600]. The same input gives the
same bytes, so a file can be compared with its checksum.
"""

import atexit
import hashlib
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import segno
from django.template.loader import get_template

from botkyrka_civil.lib import theme, typefaces

from . import spelling

VARIANT = {"pdf_variant": "pdf/a-3a", "pdf_tags": True}
# ISO 14289-1 5: the file says in its XMP that it follows PDF/UA-1. ISO 19005-3 6.6.2.3.1: what PDF/A does not know
# by itself (pdfuaid) must be described by an extension schema in the same rdf:RDF; WeasyPrint's xmp_metadata= would
# add a second one, which validators do not read.
PDFUA_XMP = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
# The shared font configuration is one C object: one file at a time in each process.
_rendering = threading.Lock()


class ExternalResource(Exception):
    """A template asked for something outside the house."""


@dataclass(frozen=True)
class _Press:
    """What every rendering shares; making it anew would cost more than the page itself."""

    html: Any
    attachment: Any
    fatal: type[BaseException]
    fetcher: Any
    fonts: Any
    sheets: tuple[Any, ...]


@cache
def warm() -> _Press:
    """Import WeasyPrint (about 2 s) and load fonts and design. Call it before a transaction that renders."""
    from weasyprint import CSS, HTML, Attachment
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    root = typefaces.folder().parent

    class OurFilesOnly(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            """ISO 19005-3 6.1.7.1: nothing outside the file. Only data: and the files under static/ are let in."""
            path = Path(unquote(urlsplit(url).path)).resolve()
            inside = path.is_relative_to(root) or path == theme.own("logo.svg")
            ours = url.startswith("file:") and inside and path.is_file()
            if not (ours or url.startswith("data:")):
                raise FatalURLFetchingError(url[:200])
            return super().fetch(url, headers)

    fetcher, fonts = OurFilesOnly(), FontConfiguration()
    design = CSS(filename=typefaces.folder() / "pdf.css", url_fetcher=fetcher, font_config=fonts)
    return _Press(HTML, Attachment, FatalURLFetchingError, fetcher, fonts, (design, CSS(string=_own_design())))


@cache
def _load_world() -> None:
    """Load the fonts of the other scripts, which takes a second: when the first paper needs one."""
    from weasyprint import CSS

    press = warm()
    CSS(filename=typefaces.folder() / "world.css", url_fetcher=press.fetcher, font_config=press.fonts)


atexit.register(warm.cache_clear)  # the unpacked fonts leave the temporary folder with the process


def render(
    template: str,
    context: dict[str, Any],
    *,
    identifier: bytes | str,
    data: bytes | None = None,
    data_name: str = "anslutning.json",
    data_description: str = "Uppgifterna i handlingen i maskinläsbar form, så som de undertecknades",
) -> bytes:
    """One file that passes both PDF/A-3a and PDF/UA-1, byte-identical for the same input.

    `identifier` names the document for ever (its public key, say) and becomes the file's /ID. `data` is embedded
    unchanged as an associated file with the relationship Data (ISO 19005-3 6.8).
    """
    press = warm()
    html = typefaces.printable(get_template(template).render(context))
    plain = typefaces.is_plain(html)
    with _rendering, nullcontext() if plain else spelling.spelled_out():
        try:
            base = (typefaces.folder() / "pdf.css").as_uri()
            source = press.html(string=html, url_fetcher=press.fetcher, base_url=base)
            _drop_empty(source.etree_element)
            if not plain:
                _load_world()
                spelling.isolate(source.etree_element)
            document = source.render(font_config=press.fonts, stylesheets=press.sheets, **VARIANT)
            meta = document.metadata
            if data is not None:
                made = datetime.fromisoformat(meta.created) if meta.created else datetime(2000, 1, 1)  # never now()
                names = {"name": data_name, "description": data_description, "relationship": "Data"}
                dates = {"created": made, "modified": made}
                meta.attachments += [press.attachment(string=data, url_fetcher=press.fetcher, **names, **dates)]
            rdf = meta.generate_rdf_metadata
            meta.generate_rdf_metadata = lambda *a: rdf(*a).replace(b"</rdf:RDF>", PDFUA_XMP + b"</rdf:RDF>")
            return document.write_pdf(pdf_identifier=_sixteen_bytes(identifier), finisher=_once, **VARIANT)
        except press.fatal as error:
            raise ExternalResource(f"{template} asks for {error}") from None


def _drop_empty(root: Any) -> None:
    """ISO 14289-1 7.2: a table has rows, and a list has items. One that came out empty is left out, with its header."""
    for parent in list(root.iter()):
        for child in list(parent):
            items = {"table": "tbody/tr", "ul": "li", "ol": "li"}.get(child.tag)
            if items and child.find(items) is None:
                parent.remove(child)


def qr_svg_data_uri(url: str) -> str:
    """A QR code for <img alt="…" src="…">: an inline <svg> gets no text alternative (ISO 14289-1 7.3)."""
    return segno.make(url, error="m", micro=False).svg_data_uri(border=0, dark="#000", encode_minimal=True)


def _once(document: Any, pdf: Any) -> None:
    """WeasyPrint 70 lists each attachment twice in /AF."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _sixteen_bytes(identifier: bytes | str) -> bytes:
    raw = identifier.encode() if isinstance(identifier, str) else identifier
    return hashlib.sha256(raw).digest()[:16]


def _own_design() -> str:
    """The fonts of other scripts, and what the municipality has changed: its colours, and its mark on the paper."""
    values = theme.colours() | {"world": ", ".join(f'"{family}"' for family in typefaces.families())}
    logo = theme.own("logo.svg")
    own = "".join(f"--{name}: {value};" for name, value in values.items())
    return f":root {{ {own} }}" + (f' .mast {{ background-image: url("{logo.as_uri()}") }}' if logo else "")
