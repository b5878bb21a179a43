"""Certificates of one's own for servers on the loopback address, and for their clients."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

KEY_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def self_signed(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate for 127.0.0.1 that nobody vouches for; `cert.pem` is it."""
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificate with openssl")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


class Authority:
    """An authority of one's own, which makes certificates with keys; its own is `ca.pem`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._certificate(self._name, self._key.public_key(), days=2, is_authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(made)

    def issue(self, name: str, *, days: int = 2, password: bytes = b"") -> tuple[Path, Path]:
        """Makes a certificate for 127.0.0.1; returns the files with it and with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, key_file = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(self._certificate(subject, key.public_key(), days=days))
        sealing = BestAvailableEncryption(password) if password else NoEncryption()
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing))
        return certificate, key_file

    def server(self, *, wants_certificate: bool = False) -> ssl.SSLContext:
        """TLS of a server with a certificate of this authority, which may want one of clients."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.issue("server"))
        if wants_certificate:
            context.load_verify_locations(self.file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        days: int,
        is_authority: bool = False,
    ) -> bytes:
        now = datetime.now(UTC)
        first, last = sorted((now - timedelta(days=1), now + timedelta(days=days)))
        own = self._key.public_key()
        made = (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
        )
        if is_authority:
            signs = dict.fromkeys(KEY_USES, False) | {"key_cert_sign": True}
            made = made.add_extension(x509.KeyUsage(**signs), critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            made = made.add_extension(names, critical=False)
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
