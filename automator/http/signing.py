"""Signatures over raw bytes, for deliveries and for sent requests.

No function here raises an error on a stranger's input: a malformed digest does not match.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

Algorithm = Literal["sha256", "sha1", "sha512"]
Encoding = Literal["hex", "base64"]

#: Names of the headers in the Standard Webhooks scheme.
STANDARD_ID = "webhook-id"
STANDARD_TIMESTAMP = "webhook-timestamp"
STANDARD_SIGNATURE = "webhook-signature"
#: How many seconds a signed timestamp may differ from the server's time.
TOLERANCE_S = 300
#: A header with more signatures than this is refused before anything is computed.
MAX_SIGNATURES = 8

_MAX_TIMESTAMP_DIGITS = 13
_DIGITS = frozenset("0123456789")
_KEY_HEX = re.compile(r"[0-9a-f]{64}")
_SIGNATURE_HEX = re.compile(r"[0-9a-f]{128}")


def encoded_hmac(
    key: bytes, message: bytes, algorithm: Algorithm = "sha256", encoding: Encoding = "hex"
) -> bytes:
    """Returns the HMAC of `message` as ASCII text: lower-case hex, or base64 with padding."""
    keyed = _keyed(key, algorithm).copy()
    keyed.update(message)
    digest = keyed.digest()
    return binascii.hexlify(digest) if encoding == "hex" else base64.b64encode(digest)


@lru_cache(maxsize=256)
def _keyed(key: bytes, algorithm: Algorithm) -> "hmac.HMAC":
    """Returns the HMAC of a key without a message, for callers to copy.

    Preparing the key costs more than a short message. `hmac.digest` would release the interpreter's
    lock for every message, and a busy server gets the lock back only milliseconds later.
    """
    return hmac.new(key, digestmod=algorithm)


def hmac_matches(
    keys: Iterable[bytes],
    message: bytes,
    given: str,
    *,
    algorithm: Algorithm = "sha256",
    encoding: Encoding = "hex",
) -> bool:
    """Whether `given` is the HMAC of `message` under one of the keys; constant time for each key.

    Only the one canonical spelling of a digest matches; upper-case hex does not.
    """
    if not given.isascii():
        return False
    claimed = given.encode("ascii")
    for key in keys:
        if hmac.compare_digest(encoded_hmac(key, message, algorithm, encoding), claimed):
            return True
    return False


def equals_any(secrets: Iterable[bytes], given: str) -> bool:
    """Whether `given` is one of the secrets; constant time for each secret."""
    claimed = given.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(secret, claimed) for secret in secrets)


def parse_timestamp(text: str) -> int | None:
    """Reads a number of seconds or milliseconds in 1 to 13 ASCII digits; None if it is not one."""
    if not 0 < len(text) <= _MAX_TIMESTAMP_DIGITS or not _DIGITS.issuperset(text):
        return None
    return int(text)


def is_recent(timestamp_s: int, now_ms: int, tolerance_s: float = TOLERANCE_S) -> bool:
    """Whether a time in seconds differs from now by at most `tolerance_s`."""
    return now_ms - tolerance_s * 1000 <= timestamp_s * 1000 <= now_ms + tolerance_s * 1000


def standard_key(secret: str) -> bytes:
    """Returns the key in a Standard Webhooks secret: base64, with or without `whsec_`.

    A text that is not base64 is itself the key.
    """
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True) or secret.encode()
    except (binascii.Error, ValueError):
        return secret.encode()


def sign_standard(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Returns the three Standard Webhooks headers for `body`."""
    content = f"{message_id}.{timestamp_s}.".encode() + body
    signature = encoded_hmac(standard_key(secret), content, encoding="base64")
    return {
        STANDARD_ID: message_id,
        STANDARD_TIMESTAMP: str(timestamp_s),
        STANDARD_SIGNATURE: f"v1,{signature.decode()}",
    }


def standard_matches(
    keys: Sequence[bytes], message_id: str, timestamp: str, signatures: str, body: bytes
) -> bool:
    """Whether any `v1` signature of the list matches under any key (see `standard_key`).

    The caller has already checked the timestamp. More than MAX_SIGNATURES never match.
    """
    listed = signatures.split(" ")
    if len(listed) > MAX_SIGNATURES:
        return False
    content = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    given = [text[3:] for text in listed if text.startswith("v1,")]
    return any(hmac_matches(keys, content, text, encoding="base64") for text in given)


def ed25519_public_key(text: str) -> "Ed25519PublicKey":
    """Reads a public key from 64 hex digits.

    Raises:
        ValueError: the text is not a public key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - 7 MB, for few senders.

    return Ed25519PublicKey.from_public_bytes(_key_bytes(text))


def ed25519_private_key(text: str) -> "Ed25519PrivateKey":
    """Reads a private key from 64 hex digits; any 32 bytes are a private key.

    Raises:
        ValueError: the text is not 64 hex digits.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - 7 MB, for few senders.

    return Ed25519PrivateKey.from_private_bytes(_key_bytes(text))


def _key_bytes(text: str) -> bytes:
    if not _KEY_HEX.fullmatch(text.lower()):
        raise ValueError("an Ed25519 key is written as 64 hex digits")
    return bytes.fromhex(text)


def ed25519_matches(keys: Iterable["Ed25519PublicKey"], message: bytes, given: str) -> bool:
    """Whether `given`, 128 lower-case hex digits, is the signature of `message` by one of the keys.

    See RFC 8032. A verification takes about as long as twenty signatures with an HMAC.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 7 MB, for few senders.

    if not _SIGNATURE_HEX.fullmatch(given):
        return False
    signature = bytes.fromhex(given)
    for key in keys:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            continue
        return True
    return False


def body_digest(body: bytes) -> str:
    """Returns the SHA-256 of a body in hex: the dedupe key of an event without an id."""
    return hashlib.sha256(body).hexdigest()
