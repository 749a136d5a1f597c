"""A real time stamping service (RFC 3161) on loopback: HTTP around pyHanko's stamper, and one that misbehaves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore


@cache
def _stamper() -> DummyTimeStamper:
    key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test TSA")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 4711, now - timedelta(days=1), now + timedelta(days=30)
    ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    certificate = asn1.Certificate.load(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = keys.PrivateKeyInfo.load(key.private_bytes(*form))
    return DummyTimeStamper(certificate, private, SimpleCertificateStore.from_certs([certificate]))


@contextmanager
def serving(mood: str = "well") -> Iterator[tuple[str, list[bytes]]]:
    """The address of a service, and what it has been asked. `mood`: well, slow, refusing, lying, drip."""
    stamper, asked = _stamper(), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802  (http.server's name)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(body)
            if mood == "refusing":
                self.send_error(503)
                return
            if mood == "slow":
                sleep(2)
            answer = stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            try:
                if mood == "lying":
                    self.wfile.write(b"\0" * len(answer))
                elif mood == "drip":
                    for byte in answer:
                        self.wfile.write(bytes([byte]))
                        sleep(0.05)
                else:
                    self.wfile.write(answer)
            except OSError:
                pass  # the client has lost its patience, as it should

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
