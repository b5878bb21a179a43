"""What the doctor says about refused deliveries. GOLDEN_UPDATE=1 writes it anew."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from automator.engine.doctor.doctor import Diagnosis, diagnose
from automator.http.types import InboundRequest
from automator.model import Delivery, Verdict
from automator.plugins import Provider
from automator.reasons.deliveries import too_large
from tests.support.deliveries import DELIVERY_ID, delivery_of
from tests.support.providers import (
    NOW_MS,
    OPTIONS,
    OTHER_SECRET,
    SECRET,
    a_provider,
    a_request,
    headers_for,
)
from tests.support.words import ENGLISH_WORDS

_FOLDER = Path(__file__).parent / "doctor"
_GITHUB_SECRET = "github-secret-of-the-tests"
_TOKEN = "token-of-the-till-0123456789"
BODY = json.dumps(
    {"action": "opened", "note": "Chào shop", "count": 3}, ensure_ascii=False, separators=(",", ":")
).encode()


def the_connections() -> dict[str, Provider]:
    """Connections as a shop may have them, each with its own secret."""
    till = {"token": _TOKEN, "header": "x-till-token"}
    facebook = OPTIONS["facebook"]
    return {
        "page": a_provider("facebook", "page"),
        "page-b": a_provider("facebook", "page-b", app_secret=OTHER_SECRET),
        "watched": a_provider("facebook", "watched", **{**facebook, "verify": "observe"}),
        "code": a_provider("github", "code", secret=_GITHUB_SECRET),
        "svix": a_provider("standard_webhooks", "svix", secret="whsec_" + "c3ZpeC1zZWNyZXQtMDE="),
        "till": a_provider("generic", "till", verify=till, signed="{body}"),
        "shop": a_provider("generic", "shop"),
    }


CONNECTIONS = the_connections()


_LINE_TOKEN = "line-access-token/" + "x" * 150
_AES_KEY = "k" * 43
#: Senders with mistakes of their own, apart from those above.
SENDERS: Mapping[str, Provider] = {
    "oa": a_provider("zalo", "oa"),
    "oa-with-app-secret": a_provider(
        "zalo", "oa-with-app-secret", oa_secret=OTHER_SECRET, app_secret=OTHER_SECRET
    ),
    "team": a_provider("slack", "team"),
    "team-with-token": a_provider("slack", "team-with-token", signing_secret=_TOKEN),
    "bot": a_provider("telegram", "bot"),
    "official": a_provider("line", "official", channel_secret=_LINE_TOKEN),
    "public": a_provider("wechat", "public"),
    "public-b": a_provider("wechat", "public-b", token="token-of-public-b"),
    "public-with-key": a_provider("wechat", "public-with-key", token=_AES_KEY),
}


def sent_by(connection: str, body: bytes = BODY) -> InboundRequest:
    """A request as this connection's sender makes it."""
    provider = SENDERS[connection]
    query = provider.sign_query(body, now_ms=NOW_MS, delivery_key="delivery-1")
    return a_request(headers_for(provider, body), body, query=query)


def foreign_app() -> InboundRequest:
    """Zalo signs an event of another app with the right secret."""
    body = json.dumps({"app_id": "77", "event_name": "x", "timestamp": str(NOW_MS)}).encode()
    signed = f"77{body.decode()}{NOW_MS}{OPTIONS['zalo']['oa_secret']}"
    mac = hashlib.sha256(signed.encode()).hexdigest()
    return a_request({"x-zevent-signature": f"mac={mac}"}, body)


def signed_by(connection: str, body: bytes = BODY, now_ms: int = NOW_MS) -> dict[str, str]:
    """The headers of this connection's sender."""
    return headers_for(CONNECTIONS[connection], body, now_ms=now_ms)


def changed(connection: str, name: str, change: Callable[[str], str]) -> dict[str, str]:
    """The same, with one header changed."""
    headers = signed_by(connection)
    return {**headers, name: change(headers[name])}


def hub(key: str, body: bytes = BODY) -> dict[str, str]:
    """Facebook's headers, signed with any key."""
    digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {**signed_by("page"), "x-hub-signature-256": f"sha256={digest}"}


def without(connection: str, name: str) -> dict[str, str]:
    """The headers of this connection's sender, but for one."""
    return {key: value for key, value in signed_by(connection).items() if key != name}


def in_base64(text: str) -> str:
    """The digest of a signature as base64."""
    return base64.b64encode(bytes.fromhex(text.removeprefix("sha256="))).decode()


_HUB = "x-hub-signature-256"
_DOUBLED = (*signed_by("page").items(), (_HUB, "sha256=00"))
_LEGACY = {**without("page", _HUB), "x-hub-signature": "sha1=" + "0" * 40}
_SPACED = json.dumps(json.loads(BODY), ensure_ascii=False).encode()
_ESCAPED = json.dumps(json.loads(BODY)).encode()

#: Each delivery by what is wrong with it: the connection it came to, and the request.
CASES: Mapping[str, tuple[str, InboundRequest]] = {
    "accepted": ("page", a_request(signed_by("page", b'{"entry":[]}'), b'{"entry":[]}')),
    "verify_token_for_app_secret": ("page", a_request(hub("verify-token-of-tests"), BODY)),
    "secret_of_another_connection": ("page", a_request(signed_by("page-b"), BODY)),
    "secret_of_another_provider": ("page", a_request(hub(_GITHUB_SECRET), BODY)),
    "unknown_secret": ("page", a_request(hub("nobody has this secret"), BODY)),
    "observed": ("watched", a_request(hub("nobody has this secret"), BODY)),
    "old": ("shop", a_request(signed_by("shop", now_ms=NOW_MS - 412_000), BODY)),
    "ahead_and_altered": ("svix", a_request(signed_by("svix", now_ms=NOW_MS + 900_000), _SPACED)),
    "time_in_other_digits": (
        "shop",
        a_request(changed("shop", "x-time", lambda _: "１７９５"), BODY),
    ),
    "time_in_milliseconds": (
        "svix",
        a_request(changed("svix", "webhook-timestamp", lambda text: text + "000"), BODY),
    ),
    "line_end_added": ("page", a_request(signed_by("page"), BODY + b"\n")),
    "line_end_lost": ("page", a_request(signed_by("page", BODY + b"\n"), BODY)),
    "json_spaced": ("code", a_request(signed_by("code"), _SPACED)),
    "json_unescaped": ("code", a_request(signed_by("code", _ESCAPED), BODY)),
    "letters_unescaped": (
        "page",
        a_request(signed_by("page", json.dumps({"a": "Chào"}).encode()), '{"a": "Chào"}'.encode()),
    ),
    "form_rewritten": (
        "code",
        a_request(
            {
                **signed_by("code", b"payload=Ch%C3%A0o+shop"),
                "content-type": "application/x-www-form-urlencoded",
            },
            b"payload=Ch%c3%a0o%20shop",
        ),
    ),
    "header_missing": ("code", a_request(without("code", _HUB), BODY)),
    "legacy_alone": ("page", a_request(_LEGACY, BODY)),
    "doubled": ("page", a_request(_DOUBLED, BODY)),
    "capitals": ("page", a_request(changed("page", _HUB, lambda text: text.upper()), BODY)),
    "base64": ("page", a_request(changed("page", _HUB, in_base64), BODY)),
    "prefix_missing": ("page", a_request(changed("page", _HUB, lambda text: text[7:]), BODY)),
    "sha1": ("page", a_request(changed("page", _HUB, lambda _: "sha256=" + "0" * 40), BODY)),
    "another_sender": ("page", a_request({"stripe-signature": "t=1,v1=00"}, BODY)),
    "wrong_address": ("page", a_request(signed_by("svix"), BODY)),
    "token_of_another": ("till", a_request({"x-till-token": SECRET}, BODY)),
    "token_with_quotes": ("till", a_request({"x-till-token": f'"{_TOKEN}"'}, BODY)),
    "token_unknown": ("till", a_request({"x-till-token": "nobody has this token"}, BODY)),
    "wrong_verify_token": (
        "page",
        a_request(
            (),
            b"",
            method="GET",
            query=f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={SECRET}",
        ),
    ),
    "zalo_app_secret_for_oa_secret": (
        "oa-with-app-secret",
        sent_by("oa", json.dumps({"event_name": "x", "timestamp": NOW_MS}).encode()),
    ),
    "zalo_another_app": ("oa", foreign_app()),
    "slack_verification_token": (
        "team-with-token",
        sent_by("team", json.dumps({"token": _TOKEN, "type": "event_callback"}).encode()),
    ),
    "telegram_without_secret_token": ("bot", a_request((), b'{"update_id": 7, "message": {}}')),
    "line_access_token_for_secret": (
        "official",
        a_request({"x-line-signature": "c2lnbmF0dXJl" * 4}, BODY),
    ),
    "wechat_token_of_another_connection": ("public", sent_by("public-b")),
    "wechat_query_lost": ("public", a_request({"content-type": "text/xml"}, b"<xml/>")),
    "wechat_aes_key_for_token": ("public-with-key", sent_by("public")),
    "unparsable": ("page", a_request(signed_by("page", b"[1"), b"[1")),
}


def diagnosis_of(case: str) -> Diagnosis:
    connection, request = CASES[case]
    connections = CONNECTIONS if connection in CONNECTIONS else SENDERS
    return diagnose(delivery_of(connection, request, connections), connections)


@pytest.mark.parametrize("case", list(CASES))
def test_the_diagnosis_reads_as_recorded(case: str) -> None:
    written = diagnosis_of(case).render_text(ENGLISH_WORDS) + "\n"
    expected = _FOLDER / f"{case}.out"
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")

    assert written == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", list(CASES))
def test_the_diagnosis_tells_no_secret(case: str) -> None:
    found = diagnosis_of(case)
    said = found.render_text(ENGLISH_WORDS) + json.dumps(
        found.as_json(ENGLISH_WORDS), ensure_ascii=False
    )

    for provider in (*CONNECTIONS.values(), *SENDERS.values()):
        for secret in provider.secrets():
            assert secret.reveal() not in said


def test_every_recorded_diagnosis_has_a_case() -> None:
    assert {path.stem for path in _FOLDER.glob("*.out")} == set(CASES)


def test_what_has_changed_since_is_said_in_place_of_a_guess() -> None:
    connection, request = CASES["unknown_secret"]
    stored = delivery_of(connection, request, CONNECTIONS)
    now = {connection: a_provider("facebook", connection, app_secret="nobody has this secret")}

    assert [item.reason.code for item in diagnose(stored, now).findings] == ["passes_now"]
    assert [item.reason.code for item in diagnose(stored, {}).findings] == ["no_connection"]


def test_what_was_refused_before_any_check_is_told_in_its_own_words() -> None:
    stored = Delivery(
        id=DELIVERY_ID,
        connection="page",
        received_at=NOW_MS,
        method="POST",
        headers=(),
        query="",
        body=b"",
        remote="",
        verdict=Verdict.REJECTED,
        reason=too_large(limit=1_048_576),
    )

    (finding,) = diagnose(stored, CONNECTIONS).findings

    what = ENGLISH_WORDS.say(finding.reason)
    assert what == "Refused, because the body is larger than 1048576 bytes."
    assert "max_body" in ENGLISH_WORDS.advice(finding.reason)
