"""Slack's own library believes what we sign, and we believe what it signs."""

import pytest

from automator.model import RejectedDelivery
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request, headers_for

signature = pytest.importorskip("slack_sdk.signature")
BODY = '{"type":"event_callback","event":{"text":"Chào"}}'.encode()


class At(signature.Clock):  # type: ignore[misc]
    def now(self) -> float:
        return NOW_MS / 1000


def test_slack_believes_what_we_sign() -> None:
    headers = headers_for(a_provider("slack"), BODY)
    verifier = signature.SignatureVerifier(SECRET, At())

    assert verifier.is_valid_request(BODY, headers)
    assert not verifier.is_valid_request(BODY + b" ", headers)


@pytest.mark.parametrize(("seconds", "right"), [(0, True), (299, True), (-301, False)])
def test_we_believe_what_slack_signs_as_long_as_it_does(seconds: int, right: bool) -> None:
    timestamp = str(NOW_MS // 1000 + seconds)
    verifier = signature.SignatureVerifier(SECRET, At())
    signed = verifier.generate_signature(timestamp=timestamp, body=BODY)
    request = a_request({"x-slack-signature": signed, "x-slack-request-timestamp": timestamp}, BODY)

    assert verifier.is_valid(BODY, timestamp, signed) is right
    if right:
        a_provider("slack").verify(request)
        return
    with pytest.raises(RejectedDelivery):
        a_provider("slack").verify(request)
