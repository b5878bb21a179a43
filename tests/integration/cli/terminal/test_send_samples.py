"""`automator send` against an address on this machine: which answers mean that it was stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from automator.cli.terminal.send_samples import SampleToSend, send_each, send_many
from automator.model import AutomatorError
from tests.support.providers import a_provider


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[SampleToSend]:
    """An address that answers everything so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %b\r\nconnection: close\r\n\r\n" % answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield SampleToSend(
            sample="discord/application_authorized",
            provider=a_provider("discord"),
            url=f"http://127.0.0.1:{port}/hooks/app",
            text=None,
            actor=None,
            changes={},
        )


@pytest.mark.parametrize("answer", [b"200 OK\r\ncontent-length: 0", b"204 No Content"])
async def test_what_the_sender_takes_as_stored_is_counted_as_that(answer: bytes) -> None:
    async with answering(answer) as wanted:
        assert await send_each([wanted]) == [{}]
        tally = await send_many(wanted, 3, None)

    assert (tally.acknowledged, tally.failed) == (3, 0)


async def test_what_is_not_stored_is_said() -> None:
    async with answering(b"503 Unavailable\r\ncontent-length: 0") as wanted:
        with pytest.raises(AutomatorError, match="answered 503"):
            await send_each([wanted])
        tally = await send_many(wanted, 2, None)

    assert dict(tally.failures) == {"answered 503": 2}
