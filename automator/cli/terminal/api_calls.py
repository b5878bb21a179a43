"""Calls the API for commands: on the server of a data folder or, if none runs, in-process."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlencode

import typer
from typer.models import ArgumentInfo

from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.cli.terminal.running_server import RunningServer, find_server, require_server
from automator.server.reports.declarations import Number, Report, Text

if TYPE_CHECKING:
    from automator.language import Translator
    from automator.server.shared.responses import Found

T = TypeVar("T")


def ask(
    data: Path | None,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    config: Path | None = None,
    needs_server: bool = False,
) -> Any:
    """Calls the API on the running server or, if none runs, in this process; returns the answer.

    Raises:
        AutomatorError: the server or the database reports an error; the message is theirs. Or no
            server runs, and the call `needs_server`.
    """
    folder = data_folder(data)
    server = require_server(folder) if needs_server else find_server(folder)
    if server is not None:
        return asyncio.run(server.call(method, path, body))
    from automator.cli.terminal.api_without_server import answer_here  # noqa: PLC0415 - Loads the database, if no server runs.

    return asyncio.run(answer_here(folder, config, method, path, body or {}))


def server_to_ask(folder: Path, *elsewhere: object) -> RunningServer | None:
    """The server of a data folder; None if no server runs or an `elsewhere` is given.

    `elsewhere` are options that name other settings, rules or another database than the server's.
    """
    return None if any(elsewhere) else find_server(folder)


def server_report(
    server: RunningServer,
    path: str,
    asked: Mapping[str, Any],
    *,
    as_json: bool,
    method: str = "GET",
) -> Any:
    """Asks the server for a report: its data if `as_json`, or else its text under `text`.

    Raises:
        AutomatorError: the server reports an error; the message is the server's.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    given |= {} if as_json else {"as": "text"}
    if method == "GET":
        return asyncio.run(server.call(method, f"{path}?{urlencode(given)}"))
    return asyncio.run(server.call(method, path, given))


def say_report(
    server: RunningServer | None,
    path: str,
    asked: Mapping[str, Any],
    *,
    here: "Callable[[], Found]",
    text_of: "Callable[[Found, Translator], str]",
    as_json: bool,
    method: str = "GET",
) -> None:
    """Prints a report as text or JSON: the server's or, without a server, the finding of `here`.

    Raises:
        AutomatorError: the server reports an error; the message is the server's.
    """
    if server is not None:
        answer = server_report(server, path, asked, as_json=as_json, method=method)
        say_json(answer) if as_json else say(answer["text"])
        return
    found = here()
    say_json(found.as_json()) if as_json else say(text_of(found, TRANSLATOR))


def command_of(report: Report[Any]) -> Callable[..., None]:
    """Makes the command of a report: it asks the server or, if none runs, reads the data folder."""

    def ask_it(
        *,
        config: Config = None,
        data: Data = None,
        database: Database = None,
        as_json: Json = False,
        **given: Any,
    ) -> None:
        asked = report.asked(**given)
        folder, config = data_folder(data), find_config(config)

        def here() -> Any:
            from automator.cli.terminal.database import (  # noqa: PLC0415 - Loads the database, if no server runs.
                FolderSource,
                open_log,
            )

            with open_log(folder, database) as log:
                return run_alone(report.answer(FolderSource(log, config, folder), asked))

        say_report(
            server_to_ask(folder, config, database),
            *report.address(asked),
            here=here,
            text_of=report.as_text,
            as_json=as_json,
        )

    # Typer makes a command's arguments and options from the signature of its function.
    *places, _ = inspect.signature(ask_it).parameters.values()
    own = [_parameter(report, name, kind) for name, kind in report.parameters().items()]
    own.sort(key=lambda one: not isinstance(one.annotation.__metadata__[0], ArgumentInfo))
    vars(ask_it)["__signature__"] = inspect.Signature([*own, *places])
    ask_it.__name__, ask_it.__doc__ = report.name, report.help
    return ask_it


def run_alone(doing: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine of a command. Ctrl-C ends it at once, even while it computes: `asyncio.run`
    would wait until the coroutine awaits something.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(doing)
    finally:
        loop.close()


def _parameter(report: Report[Any], name: str, kind: Text | Number) -> inspect.Parameter:
    """Makes the command's parameter from a report's parameter."""
    if isinstance(kind, Number):
        default: Any = None if kind.is_setting else kind.at_terminal or kind.usual
        option = typer.Option(help=kind.about, min=1, max=kind.most)
        annotation: Any = Annotated[int | None if kind.is_setting else int, option]
    else:
        given = typer.Argument if kind.is_argument else typer.Option
        annotation = Annotated[str, given(help=kind.about)]
        default = inspect.Parameter.empty if report.is_in_path(name) else ""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
