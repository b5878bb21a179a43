"""An admin of a Zalo account grants its rights in the browser; the tokens come by themselves."""

import hashlib
import re
from base64 import urlsafe_b64encode
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from automator.server.setup.connection_changes import written_connections
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.http import ScriptedHttp, a_reply
from tests.support.site import Site

SETTINGS = """\
public_url: https://hooks.example.com
connections:
  shop-oa:
    provider: zalo
    app_id: "360846524940903967"
    oa_id: "388613280878808645"
    oa_secret: "an-oa-secret-key-0123456789"
    app_secret: "an-app-secret-key-0123456789"
"""
HERE = "/connections/shop-oa"
TOKENS = b'{"access_token":"first-access","refresh_token":"first-refresh","expires_in":"90000"}'


@pytest.fixture
def zalo(shop: Site, monkeypatch: pytest.MonkeyPatch) -> ScriptedHttp:
    http = ScriptedHttp()
    monkeypatch.setattr(shop.services, "http", http)
    return http


async def asked(caller: Caller) -> dict[str, str]:
    """What the page asks Zalo for."""
    found = re.search(r'href="(https://oauth\.zaloapp\.com/[^"]+)"', (await caller.get(HERE)).text)
    assert found
    address = urlsplit(unescape(found[1]))
    assert address.path == "/v4/oa/permission"
    return dict(parse_qsl(address.query))


def answer(question: dict[str, str], **changes: str) -> str:
    """The address at which the browser comes back."""
    given = {"code": "the-code", "oa_id": "388613280878808645", "state": question["state"]}
    return f"{HERE}/consent?{urlencode(given | changes)}"


def connection(site: Site) -> dict[str, str]:
    assert site.services.settings_file
    written: dict[str, str] = written_connections(site.services.settings_file.read())["shop-oa"]
    return written


async def test_the_tokens_of_a_consent_are_stored_in_files_and_applied(
    shop: Site, zalo: ScriptedHttp
) -> None:
    owner = await shop.signed_in()
    question = await asked(owner)
    zalo.script.append(a_reply(200, TOKENS))

    back = await owner.get(answer(question))

    sent = parse_qs(zalo.last.body.decode())
    verifier = sent["code_verifier"][0]
    digest = hashlib.sha256(verifier.encode()).digest()
    assert question["redirect_uri"] == "https://hooks.example.com/connections/shop-oa/consent"
    assert question["code_challenge"] == urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (len(verifier), sent["code"]) == (43, ["the-code"])
    assert sent["grant_type"] == ["authorization_code"]
    assert zalo.last.headers["secret_key"] == "an-app-secret-key-0123456789"
    assert (back.status, back.headers["location"].partition("?")[0]) == (
        303,
        "/connections/applying",
    )
    for option, token in (("access_token", "first-access"), ("refresh_token", "first-refresh")):
        kept = Path(connection(shop)[option].removeprefix("file:"))
        assert kept.read_text().strip() == token
        assert kept.stat().st_mode & 0o777 == 0o600
    assert shop.services.settings_file
    assert shop.services.settings_file.restart.is_set()


async def test_an_answer_that_this_session_did_not_ask_for_is_refused(
    shop: Site, zalo: ScriptedHttp
) -> None:
    owner, other = await shop.signed_in(), await shop.signed_in()
    question = await asked(owner)

    replies = [
        await owner.get(answer(question, state="")),
        await owner.get(answer(question, state="ê")),
        await owner.get(f"{HERE}/consent"),
        await other.get(answer(question)),
    ]

    assert [reply.status for reply in replies] == [400] * 4
    assert "Ask for the rights once more" in replies[0].text
    assert (zalo.requests, "access_token" in connection(shop)) == ([], False)


async def test_the_rights_of_another_account_are_not_taken(shop: Site, zalo: ScriptedHttp) -> None:
    owner = await shop.signed_in()
    question = await asked(owner)

    other = await owner.get(answer(question, oa_id="1"))
    refused = await owner.get(answer(question, code=""))

    assert (other.status, refused.status) == (400, 400)
    assert "388613280878808645" in other.text
    assert zalo.requests == []


async def test_what_zalo_says_against_a_code_is_shown_and_nothing_changes(
    shop: Site, zalo: ScriptedHttp
) -> None:
    owner = await shop.signed_in()
    question = await asked(owner)
    zalo.script.append(a_reply(200, b'{"error":-14019,"error_description":"Invalid code"}'))

    reply = await owner.get(answer(question))

    assert reply.status == 502
    assert "Invalid code" in reply.text
    assert "access_token" not in connection(shop)


async def test_only_an_admin_asks_for_rights(shop: Site) -> None:
    editor = await shop.signed_in(Role.EDITOR)

    assert "oauth.zaloapp.com" not in (await editor.get(HERE)).text
    assert (await editor.get(f"{HERE}/consent?state=x")).status == 403
