"""Whether a file bears our seal, and whether it is as it was when it was sealed.

The file comes from anybody, so no PDF is parsed: nothing is unpacked, followed or built, and a bomb is but bytes. The
seal itself says which bytes it vouches for (/ByteRange, ISO 32000-1 12.8.1), and ours vouches for all of them but its
own place. So it is enough to look for that place, to see that nothing else is left out, and to check the signature.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from . import seal_keys

# Blanks as few as writers use: a long row of them must not be walked over and over.
_RANGE = re.compile(rb"/ByteRange\s{0,9}\[\s{0,9}" + rb"\s{1,9}".join([rb"(\d{1,10})"] * 4) + rb"\s{0,9}\]")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
MOST_SEALS = 20  # our papers have one
MOST_HEX = 400_000  # digits: ten times what ours takes with a time stamp


class Found(Enum):
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


def look(file: bytes) -> Found:
    if b"%PDF-" not in file[:1024]:
        return Found.NOT_PDF
    found = {_judge(file, place) for place in islice(_places(file), MOST_SEALS)}
    for verdict in (Found.CHANGED, Found.INTACT, Found.STRANGER):  # one of ours that is broken settles it
        if verdict in found:
            return verdict
    if b"/Encrypt" in file:
        return Found.ENCRYPTED
    return Found.UNSEALED if b"%%EOF" in file[-1024:] else Found.CUT_OFF


def _places(file: bytes) -> Iterator[_Place]:
    for match in _RANGE.finditer(file):
        yield _Place(*(int(number) for number in match.groups()))


def _judge(file: bytes, place: _Place) -> Found:
    """The signature that stands there: is it ours, and does it hold for this file?"""
    try:
        raw = bytes.fromhex(place.digits(file).decode())
        signed, signer, certificate = _our_signer(raw)
        if certificate is None:
            return Found.STRANGER
        holds = place.is_all_but_itself(file) and _is_as_we_write(raw, signed, signer)
        holds = holds and _holds(signer, certificate, place.digest(file))
    except Exception:  # whatever a broken or made-up signature can lead to: it is none of ours
        return Found.STRANGER
    return Found.INTACT if holds else Found.CHANGED


def _our_signer(raw: bytes) -> tuple[Any, Any, Any]:
    """The signature, who made it, and the certificate of ours that it names: as we keep it, not as it lies there."""
    from asn1crypto import cms, x509

    signed = cms.ContentInfo.load(raw)["content"]
    (signer,) = signed["signer_infos"]
    named = signer["sid"].chosen
    for certificate in seal_keys.own():
        ours = x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        if (named["issuer"].dump(), named["serial_number"].native) == (ours.issuer.dump(), ours.serial_number):
            return signed, signer, ours
    return signed, signer, None


def _is_as_we_write(raw: bytes, signed: Any, signer: Any) -> bool:
    """What the signature does not itself vouch for: our certificates beside it, and nothing but zeros after it.

    A time stamp has a signature of its own, which PDF readers check.
    """
    from asn1crypto import cms

    ours = {certificate.public_bytes(Encoding.DER) for certificate in seal_keys.known()}
    parts = {
        "version": "v1",
        "digest_algorithms": [signer["digest_algorithm"]],
        "encap_content_info": {"content_type": "data"},
        "certificates": signed["certificates"],
        "signer_infos": [signer],
    }
    written = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(parts)}).dump()
    certificates = {certificate.dump() for certificate in signed["certificates"]}
    if not certificates <= ours or signer["version"].dump() != b"\x02\x01\x01":
        return False
    return raw.startswith(written) and not raw[len(written) :].strip(b"\0")


def _holds(signer: Any, certificate: Any, digest: bytes) -> bool:
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    if signer["digest_algorithm"]["algorithm"].native != "sha256":
        return False
    intact, valid = validate_sig_integrity(signer, certificate, "data", digest)
    return bool(intact and valid)
