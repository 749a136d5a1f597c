"""The seal on final papers: the municipality certifies each PDF once, so that any reader shows if it is changed.

PAdES baseline (ETSI EN 319 142-1) with a certification that permits no changes (ISO 32000-1 12.8.2.2, P=1). It is put
on last, as an addition to the file: PDF/A-3a and PDF/UA-1 hold after it. pyHanko is imported when something is sealed.
"""

import logging
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from ..casework.models import Refused
from ..lib.env import Seal
from . import pdf, seal_keys

logger = logging.getLogger(__name__)

TSA_SECONDS = 4  # somebody waits for the answer, with the case locked
TSA_ROOM = 16_000  # bytes for a time stamp with its certificates
REASON = "Elektroniskt sigill: handlingen är färdig och ska inte ändras."


@dataclass(frozen=True)
class _Press:
    """What every seal shares. Reading an RSA key anew, which checks it, costs ten times the signature itself."""

    signer: Any
    timestamper: Any
    room: int


def warm() -> None:
    """Load what rendering and sealing need. Call it before a transaction that makes a final paper."""
    pdf.warm()
    if settings.SEAL.is_set:
        try:
            _press(settings.SEAL)
        except Exception:  # the one who signs is told when it matters, by seal()
            logger.exception("The seal can't be loaded.")


def seal(file: bytes) -> bytes:
    """The file with the municipality's seal; the file itself where no key is set.

    A key that does not answer refuses what would have been sealed, before anybody is told that it was received. A
    certificate that has run out is no reason to: the paper is stored without a seal, and known by its checksum.
    """
    if not settings.SEAL.is_set:
        return file
    try:
        if seal_keys.has_expired():
            logger.error("The seal's certificate has expired: papers are stored without a seal until it is renewed.")
            return file
        return _sign(file, _press(settings.SEAL))
    except Exception:
        logger.exception("The file could not be sealed.")
        raise Refused(
            "Det går inte att försegla handlingen just nu, så underskriften är inte sparad. Försök igen om en stund."
        ) from None


def _sign(file: bytes, press: _Press) -> bytes:
    """With a time stamp (RFC 3161) if there is to be one and it comes in time; else without: the seal still holds.

    A stamp proves *when*; that it failed must never cost anybody their signature.
    """
    if press.timestamper:
        try:
            return _signed(file, press, press.timestamper, press.room + TSA_ROOM)
        except Exception as error:
            logger.warning("Sealed without a time stamp, since the service failed: %s", error)
    return _signed(file, press, None, press.room)


def _signed(file: bytes, press: _Press, timestamper: Any, room: int) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter

    meta = signers.PdfSignatureMetadata(
        field_name="Sigill",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=settings.MUNICIPALITY["name"],
        reason=REASON,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    sealed: BytesIO = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(file)),
        meta,
        signer=press.signer,
        timestamper=timestamper,
        new_field_spec=SigFieldSpec("Sigill", readable_field_name="Sigill"),  # no box: it is seen by no eye
        bytes_reserved=2 * room,  # written as hexadecimal digits
    )
    return sealed.getvalue()


@cache
def _press(seal: Seal) -> _Press:
    from asn1crypto import x509 as asn1
    from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper

    key, certificate, others = seal_keys.open_pkcs12(seal)
    chain = [asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in (certificate, *others)]
    signer = _signer(key, chain)
    timestamper = HTTPTimeStamper(seal.tsa, timeout=TSA_SECONDS) if seal.tsa else None
    return _Press(signer, timestamper, 4096 + sum(len(one.dump()) for one in chain))


def _signer(key: Any, chain: list[Any]) -> Any:
    from asn1crypto.keys import PrivateKeyInfo
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class ParsedOnce(SimpleSigner):
        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            """As pyHanko's own, with the key as it was read at first."""
            if isinstance(key, rsa.RSAPrivateKey):
                return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            return key.sign(data, ec.ECDSA(hashes.SHA256()))

    form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    info = PrivateKeyInfo.load(key.private_bytes(*form))
    return ParsedOnce(chain[0], info, SimpleCertificateStore.from_certs(chain))
