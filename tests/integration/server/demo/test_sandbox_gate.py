"""The demo's sandbox answers programs of this machine and its own pages, and nobody's browser."""

import pytest

from automator.server.demo.sandbox_gate import MAX_BODY
from tests.support.site import Site


async def post(site: Site, body: bytes = b"{}", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = await site.caller().request("POST", "/sandbox/target/crm", body, sent)
    assert "sandbox" in site.services.settings.targets["demo-target"].url
    return reply.status


async def test_a_program_of_this_machine_is_answered(site: Site) -> None:
    assert await post(site) == 200
    assert (await site.caller().get("/sandbox/records")).json()["records"]


@pytest.mark.parametrize("path", ["/sandbox/records", "/sandbox/control", "/sandbox/target/crm"])
async def test_another_name_for_this_machine_is_refused(site: Site, path: str) -> None:
    reply = await site.caller().get(path, {"host": "attacker.example:8080"})

    assert (reply.status, reply.json()["error"]) == (421, "unknown_host")


async def test_a_page_of_another_site_is_refused(site: Site) -> None:
    assert await post(site, origin="https://attacker.example") == 403
    assert await post(site, origin="null") == 403
    assert await post(site, sec_fetch_site="cross-site") == 403
    assert await post(site, sec_fetch_site="same-site") == 403
    assert await post(site, sec_fetch_site="same-origin") == 200
    assert await post(site, origin="http://127.0.0.1:8080") == 200
    assert (await site.caller().get("/sandbox/control")).json()["next"] == []


async def test_a_body_is_bounded(site: Site) -> None:
    assert await post(site, b"x" * MAX_BODY) == 200
    assert await post(site, b"x" * (MAX_BODY + 1)) == 413
