"""Asks the server of a data folder; where none runs, does the same in its database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from automator.cli.terminal.control import find_server
from automator.cli.terminal.database import open_alone
from automator.cli.terminal.output import say, say_json
from automator.cli.terminal.places import data_folder

if TYPE_CHECKING:
    from automator.store import Store


def ask(
    data: Path | None,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    alone: "Callable[[Store], Awaitable[Any]]",
) -> Any:
    """The answer of the server's API, or what `alone` answers in its place.

    Raises:
        AutomatorError: with the message of the server or the database.
    """
    folder = data_folder(data)
    server = find_server(folder)
    if server is not None:
        return asyncio.run(server.call(method, path, body))

    async def do() -> Any:
        async with open_alone(folder) as store:
            return await alone(store)

    return asyncio.run(do())


def say_report(folder: Path, path: str, asked: Mapping[str, Any], *, as_json: bool) -> bool:
    """Prints a report of the server of a data folder, as text or JSON; False where none runs.

    Raises:
        AutomatorError: with the message of the server.
    """
    server = find_server(folder)
    if server is None:
        return False
    query = urlencode(asked if as_json else {**asked, "as": "text"})
    answer = asyncio.run(server.call("GET", f"{path}?{query}"))
    if as_json:
        say_json(answer)
    else:
        say(answer["text"])
    return True
