"""Papers for tests of PDFs: a signed form with made-up content, text that is hostile, and how a file is read."""

import copy
import hashlib
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from botkyrka_civil.documents import pdf, seal_check, seal_keys

AGREEMENT = {
    "label": "2018",
    "title": "Överenskommelsen i Botkyrka",
    "adopted": "april 2018",
    "body": "Överenskommelsen är en gemensam utgångspunkt för samarbetet.\n\n"
    + "Målen är att stärka demokratin. " * 30,
    "values_intro": "Vår gemensamma överenskommelse tar sin utgångspunkt i följande principer:",
    "principles": [
        {"order": number, "heading": heading, "text": "Genom dialog möts vi på lika villkor."}
        for number, heading in enumerate(["Dialog", "Kvalitet", "Mångfald", "Öppenhet", "Självständighet"], 1)
    ],
    "joining": "Undertecknandet innebär att organisationen ansluter sig till överenskommelsen i sin helhet.",
}
NAMES = ["Anna Ek", "Mohammed Al-Hassan", "Nguyễn Thị Hằng", "Łukasz Żółć", "Βασίλης Παπάς", "Юлія Шевченко"]
HOSTILE = [
    "<b>Fet</b><script>alert(1)</script></td></table>",
    '" onload="x" &amp; &#x1F600; {{ settings.SECRET_KEY }}',
    "\u202eomvänd\u202c \u200fhöger\u2066vänster\u2069",
    "👨‍👩‍👧 ❤️ 🇸🇪 مسجد 中文 हिन्दी",
    "\u0338i början, z\u030c\u0331, \ue000, \ufffe, \x07, \u2028, \u00ad",
    "o" * 400,
]
UNNUMBERED = {"org_nr": None, "org_nr_missing_reason": "Föreningen är ny."}
BLANK = {
    "agreement": AGREEMENT,
    "municipality": settings.MUNICIPALITY,
    "form_url": "https://portal.example/anslut/",
    "legal_forms": ["Ideell förening", "Stiftelse", "Annan"],
    "signing_modes": ["En person ensam", "Två i förening"],
}


def case(signatories=2, **organisation):
    """The context of a signed form, and the bytes that were signed."""
    people = [{"name": f"{NAMES[i % 6]} {i or ''}".strip(), "role": "Ledamot"} for i in range(signatories)]
    content = {
        "schema": "anslutning/1",
        "purpose": "join",
        "agreement": AGREEMENT,
        "organisation": {
            "name": "Föreningen Höjden",
            "org_nr": "802002-4280",
            "org_nr_missing_reason": "",
            "legal_form": "ideell_forening",
            "legal_form_label": "Ideell förening",
            "area": "Hallunda",
            "public_email": "info@example.org",
            "website": "https://example.org/",
            "description": "Vi ordnar språkkaféer.",
        }
        | organisation,
        "signing_rule": {"mode": "two_jointly", "mode_label": "Två i förening", "required": 2},
        "signatories": people,
    }
    data = json.dumps(content, ensure_ascii=False).encode()
    checksum = hashlib.sha256(data).hexdigest()
    at = datetime(2026, 3, 1, 13, 5, tzinfo=UTC)
    signed = {"method_label": "Enkel elektronisk underskrift via personlig länk", "signed_sha256": checksum}
    context = {
        "content": content,
        "content_sha256": checksum,
        "registry_number": "ÖK 2026/0001",
        "submitted_at": at,
        "signatures": [p | signed | {"typed_name": p["name"], "signed_at": at - timedelta(hours=1)} for p in people],
        "verify_code": "K7QF-2MXD-9TRB",
        "verify_url": "https://portal.example/verifiera/K7QF-2MXD-9TRB/",
        "municipality": settings.MUNICIPALITY,
    }
    return context, data


def accession(signatories=2, **organisation):
    context, data = case(signatories, **organisation)
    return pdf.render("agreement/pdf/accession.html", context, identifier="K7QF", data=data)


def departure():
    context, data = case()
    return pdf.render("agreement/pdf/departure.html", context, identifier="K7QG", data=data)


def blank():
    return pdf.render("agreement/pdf/blank.html", BLANK, identifier="blankett-2018")


def hostile():
    context, data = case(6, name=HOSTILE[0] + HOSTILE[3], description="\n".join(HOSTILE), **UNNUMBERED)
    context = copy.deepcopy(context)
    for signature, text in zip(context["signatures"], HOSTILE, strict=True):
        signature.update(name=text, role=text, typed_name=text)
    return pdf.render("agreement/pdf/accession.html", context, identifier="K7QH", data=data)


def opened(file):
    return pikepdf.open(BytesIO(file))


def text_of(file, *, by_line=False):
    """What a reader would find, by way of ActualText and the fonts' ToUnicode maps, without poppler's own marks of
    direction. In the order of drawing, or by line, where it also puts right-to-left words in order."""
    found = subprocess.run(
        ["pdftotext", *([] if by_line else ["-raw"]), "-", "-"], input=file, capture_output=True, check=True
    )
    return re.sub("[\u202a-\u202c]", "", found.stdout.decode())


def walk(node):
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from walk(kid)


def ours():
    """The municipality's certificates, as the check of a file is given them."""
    ders = ([one.public_bytes(Encoding.DER) for one in found] for found in (seal_keys.own(), seal_keys.known()))
    return seal_check.Certificates(*ders)


def look(file):
    """The check of a file's seal, in this process."""
    return seal_check.look(file, ours())
