"""A service on this machine that takes notices."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def a_service(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Somebody's service on this machine: its port, and what it was told."""
    told: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        told.append(head + await reader.readexactly(int(length[1]) if length else 0))
        writer.write(b"HTTP/1.1 " + answer + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], told
