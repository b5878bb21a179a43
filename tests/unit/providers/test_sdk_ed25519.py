"""libsodium, which Discord's documentation uses, believes what we sign, and we what it signs."""

import pytest

from automator.model import RejectedDelivery
from tests.support.providers import (
    ED25519_KEY,
    ED25519_PUBLIC_KEY,
    NOW_MS,
    a_provider,
    a_request,
    headers_for,
)

signing = pytest.importorskip("nacl.signing")
exceptions = pytest.importorskip("nacl.exceptions")
BODY = '{"type":2,"token":"t","data":{"name":"đơn"}}'.encode()
STAMP = str(NOW_MS // 1000)


def test_libsodium_believes_what_we_sign() -> None:
    headers = headers_for(a_provider("discord"), BODY)
    signature = bytes.fromhex(headers["x-signature-ed25519"])
    key = signing.VerifyKey(bytes.fromhex(ED25519_PUBLIC_KEY))
    signed = headers["x-signature-timestamp"].encode() + BODY

    assert key.verify(signed, signature) == signed
    with pytest.raises(exceptions.BadSignatureError):
        key.verify(signed + b" ", signature)


@pytest.mark.parametrize("body", [BODY, b"", b"x" * 100_000])
def test_we_believe_what_libsodium_signs(body: bytes) -> None:
    key = signing.SigningKey(bytes.fromhex(ED25519_KEY))
    signature = key.sign(STAMP.encode() + body).signature.hex()
    headers = {"x-signature-ed25519": signature, "x-signature-timestamp": STAMP}
    provider = a_provider("discord", simulator_key=None)

    provider.verify(a_request(headers, body))
    with pytest.raises(RejectedDelivery):
        provider.verify(a_request(headers, body + b"x"))


#: RFC 8032, 7.1, test 1: nothing at all, signed.
NOTHING_SIGNED = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)


def test_we_and_libsodium_compute_what_the_standard_says() -> None:
    from automator.http.signing import ed25519_matches, ed25519_private_key, ed25519_public_key

    assert ed25519_private_key(ED25519_KEY).sign(b"").hex() == NOTHING_SIGNED
    assert (
        signing.SigningKey(bytes.fromhex(ED25519_KEY)).sign(b"").signature.hex() == NOTHING_SIGNED
    )
    key = ed25519_public_key(ED25519_PUBLIC_KEY)
    assert ed25519_matches([key], b"", NOTHING_SIGNED)
    assert not ed25519_matches([key], b"", NOTHING_SIGNED.upper())
    assert not ed25519_matches([], b"", NOTHING_SIGNED)
