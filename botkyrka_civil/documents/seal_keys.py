"""The seal's certificates, and the demo key. Reads the key file without pyHanko, so that a start stays quick."""

import logging
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings

from ..lib.env import Seal

logger = logging.getLogger(__name__)

WARNING = timedelta(days=60)  # a new certificate takes its time to get


class WrongKey(Exception):
    """The key or the certificates can't be used. Says why in Swedish."""


def chain() -> list[x509.Certificate]:
    """The seal's own certificate, then those that vouch for it. Empty where nothing is sealed."""
    return list(_chain(settings.SEAL)) if settings.SEAL.is_set else []


def trusted() -> list[x509.Certificate]:
    """What SEAL_TRUST names: with these, papers from before a change of key are ours too."""
    return list(_trusted(settings.SEAL.trust))


def known() -> list[x509.Certificate]:
    """Those of today, then the earlier ones."""
    today, earlier = _readable()
    return list(dict.fromkeys([*today, *earlier]))


def own() -> list[x509.Certificate]:
    """Those of ours that seal. That a certificate hangs under the same root makes nobody the municipality.

    Today's and the earlier ones, but not those that only vouch for others. What a certificate says of itself does not
    tell: one that vouches for itself is often written as an authority too.
    """
    today, earlier = _readable()
    found = list(dict.fromkeys([*today, *earlier]))
    issuers = [one.issuer for one in found if one.issuer != one.subject]
    return [one for one in found if one in today[:1] or one.subject not in issuers]


def _readable() -> list[list[x509.Certificate]]:
    """Today's and the earlier ones. A key that can't be read takes none of the others with it."""
    found: list[list[x509.Certificate]] = []
    for find in (chain, trusted):
        try:
            found.append(find())
        except WrongKey as error:
            logger.error("The seal's certificates can't be read: %s", error)
            found.append([])
    return found


def pem() -> bytes:
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in known())


def common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(" ").upper()


def expires() -> datetime | None:
    return chain()[0].not_valid_after_utc if settings.SEAL.is_set else None


def has_expired() -> bool:
    last = expires()
    return last is not None and last < datetime.now(UTC)


def open_pkcs12(seal: Seal) -> tuple[pkcs12.PKCS12PrivateKeyTypes, x509.Certificate, list[x509.Certificate]]:
    """The key and its certificate out of the file, or WrongKey."""
    try:
        data = Path(seal.key).read_bytes()
        key, certificate, others = pkcs12.load_key_and_certificates(data, seal.password.encode() or None)
    except OSError as error:
        raise WrongKey(f"SEAL_KEY pekar på {seal.key}, som inte går att läsa: {error.strerror}.") from None
    except (ValueError, TypeError):
        raise WrongKey(
            f"SEAL_KEY ({seal.key}) går inte att öppna. Är det en PKCS#12-fil (.p12), och stämmer SEAL_PASSWORD?"
        ) from None
    if key is None or certificate is None:
        raise WrongKey(f"SEAL_KEY ({seal.key}) saknar nyckel eller certifikat. Båda ska ligga i filen.")
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise WrongKey(f"SEAL_KEY ({seal.key}) ska vara en nyckel för RSA eller ECDSA: dem läser alla PDF-program.")
    return key, certificate, others


@cache
def _chain(seal: Seal) -> tuple[x509.Certificate, ...]:
    _, certificate, others = open_pkcs12(seal)
    return certificate, *others


@cache
def _trusted(path: str) -> tuple[x509.Certificate, ...]:
    if not path:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError):
        raise WrongKey(f"SEAL_TRUST ({path}) ska vara en fil med certifikat i PEM-format.") from None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


# Demo ---------------------------------------------------------------------------------------------------------------


def make_demo_key(seal: Seal, municipality: str, *, days: int = 3650) -> None:
    """A test authority and a seal under it, once; the authority's key is thrown away. Says in its name what it is."""
    path = Path(seal.key)
    if not path.name.startswith("demo-") or path.exists():
        return  # somebody tries their own key in demo mode, or it is done already
    root_key, key = (rsa.generate_private_key(65537, 3072) for _ in range(2))
    root_name = _name(municipality, "Testutfärdare för demoläge (gäller inte)")
    root = _certificate(root_name, root_key, root_name, root_key, authority=True, days=days)
    name = _name(municipality, f"{municipality}, sigill för test och demo (gäller inte)")
    certificate = _certificate(name, key, root_name, root_key, authority=False, days=days)
    encryption = serialization.BestAvailableEncryption(seal.password.encode())
    data = pkcs12.serialize_key_and_certificates(b"demo-sigill", key, certificate, [root], encryption)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".demo-", delete=False) as file:  # made with mode 0600
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def _name(municipality: str, common_name: str) -> x509.Name:
    parts = {NameOID.COUNTRY_NAME: "SE", NameOID.ORGANIZATION_NAME: f"{municipality} (test)"}
    parts[NameOID.COMMON_NAME] = common_name
    return x509.Name([x509.NameAttribute(oid, value[:64]) for oid, value in parts.items()])


def _certificate(
    name: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    *,
    authority: bool,
    days: int,
) -> x509.Certificate:
    now, public = datetime.now(UTC), key.public_key()
    usage = dict.fromkeys(
        ["key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"], False
    )
    usage |= {"digital_signature": not authority, "content_commitment": not authority}
    usage |= {"key_cert_sign": authority, "crl_sign": authority}
    made = x509.CertificateBuilder(
        issuer, name, public, x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=days)
    )
    made = made.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    made = made.add_extension(x509.KeyUsage(**usage), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return made.add_extension(issued, critical=False).sign(issuer_key, hashes.SHA256())
