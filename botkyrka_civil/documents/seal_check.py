"""Whether a file bears our seal, and whether it is as it was when it was sealed. Run by hostile.py.

No PDF is parsed: nothing is unpacked, followed or built. The seal itself says which bytes it vouches for (/ByteRange,
ISO 32000-1 12.8.1), and ours vouches for all of them but its own place. So it is enough to look for that place, to see
that nothing else is left out, and to check the signature.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

# Blanks as few as writers use: a long row of them must not be walked over and over.
_RANGE = re.compile(rb"/ByteRange\s{0,9}\[\s{0,9}" + rb"\s{1,9}".join([rb"(\d{1,10})"] * 4) + rb"\s{0,9}\]")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
MOST_HEX = 400_000  # digits: ten times what ours takes with a time stamp


class Found(StrEnum):
    """What a file that is not one of ours, byte for byte, turns out to be."""

    INTACT = "intact"  # sealed by us, and as it was then
    CHANGED = "changed"  # sealed by us, and not as it was then
    STRANGER = "stranger"  # sealed or signed by somebody else
    UNSEALED = "unsealed"
    ENCRYPTED = "encrypted"
    CUT_OFF = "cut_off"  # does not end as a PDF does
    NOT_PDF = "not_pdf"


@dataclass(frozen=True)
class _Place:
    """Where a seal says that it stands: after `before` bytes, and as far as to `after`."""

    start: int
    before: int
    after: int
    length: int

    def digits(self, file: bytes) -> bytes:
        """The signature as it is written, or nothing if it does not stand there as ours do."""
        if not self.before < self.after <= min(len(file), self.before + MOST_HEX):
            return b""
        found = _HEX.fullmatch(file, self.before, self.after)
        return found[1] if found and len(found[1]) % 2 == 0 else b""

    def is_all_but_itself(self, file: bytes) -> bool:
        """It leaves nothing out but its own digits, which are written as we write them."""
        return self.start == 0 and self.after + self.length == len(file) and self.digits(file).isupper()

    def digest(self, file: bytes) -> bytes:
        return hashlib.sha256(file[self.start : self.before] + file[self.after : self.after + self.length]).digest()


@dataclass(frozen=True)
class Certificates:
    """Ours, as DER: those that seal, and all that may lie beside them in a signature."""

    own: list[bytes]
    known: list[bytes]


def judge(data: bytes, own: list[str], known: list[str]) -> str:
    """What was found. `own`, `known`: certificates as DER in hexadecimal digits."""
    return look(data, Certificates([bytes.fromhex(one) for one in own], [bytes.fromhex(one) for one in known]))


def look(file: bytes, ours: Certificates) -> Found:
    if b"%PDF-" not in file[:1024]:
        return Found.NOT_PDF
    found = {_judge(file, place, ours) for place in set(_places(file))}
    for verdict in (Found.CHANGED, Found.INTACT, Found.STRANGER):  # one of ours that is broken settles it
        if verdict in found:
            return verdict
    if b"/Encrypt" in file:
        return Found.ENCRYPTED
    return Found.UNSEALED if b"%%EOF" in file[-1024:] else Found.CUT_OFF


def _places(file: bytes) -> Iterator[_Place]:
    for match in _RANGE.finditer(file):
        yield _Place(*(int(number) for number in match.groups()))


def _judge(file: bytes, place: _Place, ours: Certificates) -> Found:
    """The signature that stands there: is it ours, and does it hold for this file?"""
    try:
        raw = bytes.fromhex(place.digits(file).decode())
        signed, signer, certificate = _our_signer(raw, ours)
        if certificate is None:
            return Found.STRANGER
        holds = place.is_all_but_itself(file) and _is_as_we_write(raw, signed, signer, ours)
        holds = holds and _holds(signer, certificate, place.digest(file))
    except Exception:  # whatever a broken or made-up signature can lead to: it is none of ours
        return Found.STRANGER
    return Found.INTACT if holds else Found.CHANGED


def _our_signer(raw: bytes, ours: Certificates) -> tuple[Any, Any, Any]:
    """The signature, who made it, and the certificate of ours that it names: as we keep it, not as it lies there."""
    signed = cms.ContentInfo.load(raw)["content"]
    (signer,) = signed["signer_infos"]
    named = signer["sid"].chosen
    for certificate in map(x509.Certificate.load, ours.own):
        if (named["issuer"].dump(), named["serial_number"].native) == (
            certificate.issuer.dump(),
            certificate.serial_number,
        ):
            return signed, signer, certificate
    return signed, signer, None


def _is_as_we_write(raw: bytes, signed: Any, signer: Any, ours: Certificates) -> bool:
    """What the signature does not itself vouch for: our certificates beside it, and nothing but zeros after it.

    A time stamp has a signature of its own, which PDF readers check.
    """
    parts = {
        "version": "v1",
        "digest_algorithms": [signer["digest_algorithm"]],
        "encap_content_info": {"content_type": "data"},
        "certificates": signed["certificates"],
        "signer_infos": [signer],
    }
    written = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(parts)}).dump()
    certificates = {certificate.dump() for certificate in signed["certificates"]}
    if not certificates <= set(ours.known) or signer["version"].dump() != b"\x02\x01\x01":
        return False
    return raw.startswith(written) and not raw[len(written) :].strip(b"\0")


def _holds(signer: Any, certificate: Any, digest: bytes) -> bool:
    if signer["digest_algorithm"]["algorithm"].native != "sha256":
        return False
    intact, valid = validate_sig_integrity(signer, certificate, "data", digest)
    return bool(intact and valid)
