"""Connections whose access has to be renewed: kept from start to end, and shown when it is lost."""

import dataclasses
import logging
from pathlib import Path

import pytest

from automator.model import PermanentError
from automator.sealing import KEY_FILE
from automator.server.bootstrap.app import create_app
from automator.server.bootstrap.keys_and_tokens import close_keepers, open_keepers
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider
from tests.support.site import Site
from tests.support.tokens import Account, a_keeper

REFUSED = PermanentError("Zalo says: Invalid refresh token (code -14014)")
RENEWED = b'{"access_token":"a1","refresh_token":"r1","expires_in":"90000"}'


async def test_the_pages_and_the_status_say_whose_access_is_lost(site: Site) -> None:
    services = site.services
    keeper = a_keeper(
        services.store, Account(script=[(REFUSED, True)]), services.clock, connection="demo-oa"
    )
    await keeper.open()
    shown = dataclasses.replace(services, token_keepers=(keeper,))
    other = Site(create_app(shown), shown)
    caller = await other.signed_in()
    assert "cannot be renewed" not in (await caller.get("/connections")).text

    with pytest.raises(PermanentError):
        await keeper.renewed("a0")

    page = (await caller.get("/connections")).text
    assert "Its access cannot be renewed" in page
    assert "Invalid refresh token" in page
    status = (await caller.get("/api/status")).json()
    assert status["lost_access"]["demo-oa"]["text"] == REFUSED.message


async def test_a_connection_with_a_refresh_token_gets_a_keeper_and_others_do_not(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("cryptography")
    oa = a_provider(
        "zalo", "oa", app_secret="app-secret-of-tests", refresh_token="refresh-token-of-tests"
    )
    http = ScriptedHttp([a_reply(200, RENEWED)])

    with caplog.at_level(logging.DEBUG):
        keepers = await open_keepers(
            {"oa": oa, "page": a_provider("facebook", "page"), "fixed": a_provider("zalo")},
            store=site.services.store,
            data=tmp_path,
            new_http=lambda: http,
            clock=site.services.clock,
        )
        assert oa.tokens is not None
        assert await oa.tokens.access() == "zalo-token-of-tests"
        assert await oa.tokens.renewed("zalo-token-of-tests") == "a1"
        await close_keepers(keepers)

    assert [keeper.connection for keeper in keepers] == ["oa"]
    assert (tmp_path / KEY_FILE).exists()
    stored = await site.services.store.tokens.load("oa")
    assert stored is not None
    assert b"r1" not in stored.refresh
    assert "refresh-token-of-tests" not in caplog.text


async def test_without_rotating_tokens_no_key_is_made(site: Site, tmp_path: Path) -> None:
    keepers = await open_keepers(
        {"page": a_provider("facebook", "page")},
        store=site.services.store,
        data=tmp_path,
        new_http=ScriptedHttp,
        clock=site.services.clock,
    )

    assert keepers == ()
    assert not (tmp_path / KEY_FILE).exists()
