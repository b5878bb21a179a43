"""An agent uses a running server through the client of MCP's SDK, over HTTP and over stdio."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from automator.server.agents import OFFERED
from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call

pytestmark = pytest.mark.acceptance

DRAFT = """\
rules:
  - id: praise
    mode: shadow
    trigger: {event: comment.created, connection: shop-page}
    conditions: ["contains(event.text, 'đẹp')"]
    actions: [{reply: "Cảm ơn bạn ạ."}]
"""


@contextlib.asynccontextmanager
async def over_http(server: ServerProgram, token: str) -> AsyncIterator[ClientSession]:
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers) as client,
        streamable_http_client(f"{server.url}/mcp", http_client=client) as streams,
        ClientSession(streams[0], streams[1]) as session,
    ):
        await session.initialize()
        yield session


@contextlib.asynccontextmanager
async def over_stdio(shop: Shop) -> AsyncIterator[ClientSession]:
    arguments = ["-m", "automator", "mcp", "--data", str(shop.folder / "data")]
    program = StdioServerParameters(command=sys.executable, args=arguments)
    async with (
        stdio_client(program) as streams,
        ClientSession(streams[0], streams[1]) as session,
    ):
        await session.initialize()
        yield session


def started(shop: Shop) -> ServerProgram:
    """A server with twenty comments that no rule answers."""
    server = shop.start()
    body = delivery(changes=[comment(n, str(100 + n), f"đẹp quá {n}") for n in range(1, 21)])
    status, answer = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
    assert status == 200, answer
    return server


def token_of(server: ServerProgram, **asked: Any) -> str:
    made = server.api("POST", "/api/tokens", {"name": "agent", "role": "viewer", **asked})
    return str(made["token"])


async def answers(agent: ClientSession, tool: str, **arguments: Any) -> Any:
    result = await agent.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def reads_checks_and_tries(agent: ClientSession) -> None:
    assert len((await agent.list_tools()).tools) == len(OFFERED)
    found = await answers(agent, "get_events", matched="no", limit=50)
    assert len(found["items"]) == 20
    why = await answers(agent, "get_why", id=found["items"][0]["id"], rule="price-question")
    assert why["rules"][0]["matched"] is False
    assert "price-question" in (await answers(agent, "get_rule_file", file="shop.yaml"))["text"]
    assert (await answers(agent, "post_check", file="praise.yaml", text=DRAFT))["ok"]
    seen = await answers(agent, "post_preview", file="praise.yaml", text=DRAFT, limit=20)
    assert seen["ok"]
    wrong = await agent.call_tool("get_events", {"limit": 0})
    assert wrong.is_error
    assert "limit is a number from 1 to" in str(wrong.content)
    astray = await agent.call_tool("get_rule_file", {"file": "../tokens"})
    assert astray.is_error
    assert "there is no file" in str(astray.content)


def test_an_agent_reads_checks_and_tries_over_http(shop: Shop) -> None:
    server = started(shop)

    async def drive() -> None:
        async with over_http(server, token_of(server)) as agent:
            await reads_checks_and_tries(agent)

    asyncio.run(drive())


def test_an_agent_reads_checks_and_tries_over_stdio(shop: Shop) -> None:
    started(shop)

    async def drive() -> None:
        async with over_stdio(shop) as agent:
            await reads_checks_and_tries(agent)

    asyncio.run(drive())


def test_a_token_is_offered_only_the_tools_that_it_may_use(shop: Shop) -> None:
    server = started(shop)
    without_reading = token_of(server, role="editor", scopes=["rules"])
    for_one_page = token_of(server, connections=["shop-page"])

    async def drive() -> None:
        async with over_http(server, without_reading) as agent:
            assert (await agent.list_tools()).tools == []
            refused = await agent.call_tool("get_events", {})
            assert refused.is_error
            assert "for this token" in str(refused.content)
        async with over_http(server, for_one_page) as agent:
            names = {tool.name for tool in (await agent.list_tools()).tools}
            assert "get_events" in names
            assert "get_rules" not in names
            refused = await agent.call_tool("get_events", {})
            assert "This token is for shop-page alone" in str(refused.content)
            found = await answers(agent, "get_events", connection="shop-page", limit=50)
            assert len(found["items"]) == 20

    asyncio.run(drive())


def test_strangers_and_pages_of_other_sites_reach_no_tool(shop: Shop) -> None:
    server = shop.start()
    headers = {"authorization": f"Bearer {token_of(server)}", "content-type": "application/json"}

    assert call(server.url, "POST", "/mcp", b"{}", {})[0] == 401
    wrong = {**headers, "authorization": "Bearer atk_wrong"}
    assert call(server.url, "POST", "/mcp", b"{}", wrong)[0] == 401
    foreign = {**headers, "origin": "https://evil.example"}
    assert call(server.url, "POST", "/mcp", b"{}", foreign)[0] == 403
    rebound = {**headers, "host": "evil.example"}
    assert call(server.url, "POST", "/mcp", b"{}", rebound)[0] == 421
    assert call(server.url, "GET", "/mcp", b"", headers)[0] == 405
