"""A device that makes passkeys and signs with them, as a browser sends it."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, NEW = 0x01, 0x04, 0x40


def base64(content: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Device:
    """A device with one passkey, whose attributes a test changes to let it lie."""

    origin: str = "http://localhost:8080"
    host: str = "localhost"
    flags: int = PRESENT | VERIFIED
    #: How often it has signed; it counts only if it begins above 0.
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: Any = field(default_factory=lambda: generate_private_key(SECP256R1()))
    user: str = ""

    def create(self, options: Mapping[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        more = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(self.flags | NEW) + more
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options)
        return self._answer(said, attestationObject=base64(attested))

    def get(self, options: Mapping[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count += bool(self.count)
        data, said = self._data(self.flags), self._said("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ECDSA(SHA256()))
        return self._answer(
            said,
            authenticatorData=base64(data),
            signature=base64(signature),
            userHandle=self.user,
        )

    def _data(self, flags: int) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.count.to_bytes(4, "big")

    def _said(self, kind: str, options: Mapping[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, said: bytes, **response: str) -> str:
        return json.dumps(
            {
                "id": base64(self.id),
                "rawId": base64(self.id),
                "type": "public-key",
                "response": {"clientDataJSON": base64(said), **response},
            }
        )
