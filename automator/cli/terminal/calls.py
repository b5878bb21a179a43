"""Asks the server of a data folder; where none runs, does the same in its database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from automator.cli.terminal.control import Control, find_server
from automator.cli.terminal.database import open_alone
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder

if TYPE_CHECKING:
    from automator.language import Translator
    from automator.server.shared.responses import Found
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


def server_to_ask(folder: Path, *elsewhere: object) -> Control | None:
    """The server of a data folder, unless a command was told to work `elsewhere`: with settings,
    rules or a database of its own.
    """
    return None if any(elsewhere) else find_server(folder)


def server_report(
    server: Control, path: str, asked: Mapping[str, Any], *, as_json: bool, method: str = "GET"
) -> Any:
    """A report of the server, as data or with its text under `text`.

    Raises:
        AutomatorError: with the message of the server.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    given |= {} if as_json else {"as": "text"}
    if method == "GET":
        return asyncio.run(server.call(method, f"{path}?{urlencode(given)}"))
    return asyncio.run(server.call(method, path, given))


def say_report(
    server: Control | None,
    path: str,
    asked: Mapping[str, Any],
    *,
    here: "Callable[[], Found]",
    text_of: "Callable[[Found, Translator], str]",
    as_json: bool,
    method: str = "GET",
) -> None:
    """Prints the report of the server or, without a server, that of `here`, as text or JSON.

    Raises:
        AutomatorError: with the message of the server.
    """
    if server is not None:
        answer = server_report(server, path, asked, as_json=as_json, method=method)
        say_json(answer) if as_json else say(answer["text"])
        return
    found = here()
    say_json(found.as_json()) if as_json else say(text_of(found, TRANSLATOR))
