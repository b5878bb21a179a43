"""`automator target`: shows targets, and pauses or resumes them."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.control import find_server
from automator.cli.terminal.database import open_alone
from automator.cli.terminal.options import Config, Data, Json, data_folder, find_config
from automator.cli.terminal.output import say, say_json, table
from automator.model import AutomatorError

target = typer.Typer(
    help="Where requests go, and holding it back.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="A target of automator.yaml, or host:port.")]


@target.command(name="list")
def list_all(data: Data = None, as_json: Json = False) -> None:
    """List the targets of the running server with their state."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        raise AutomatorError(
            f"no server works on {folder}", fix="Start one: automator serve --data FOLDER"
        )
    items = asyncio.run(server.call("GET", "/api/targets"))["items"]
    if as_json:
        say_json(items)
    else:
        say(targets_text(items))


@target.command()
def pause(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why, for people.")] = "",
    config: Config = None,
    data: Data = None,
) -> None:
    """Hold back everything for a target; its runs wait without losing an attempt."""
    _change(name, "pause", {"reason": reason}, find_config(config), data_folder(data))
    say(f"paused {name}; to let it go on: automator target resume {name}")


@target.command()
def resume(name: Name, config: Config = None, data: Data = None) -> None:
    """Let a target go on, whatever held it; what waits is sent within its limits."""
    _change(name, "resume", {}, find_config(config), data_folder(data))
    say(f"resumed {name}")


def targets_text(items: Sequence[Mapping[str, Any]]) -> str:
    """The answer of `/api/targets` for people."""
    if not items:
        return "no targets yet"
    rows = [
        [
            item["name"],
            item["state"],
            f"{item['waiting']:,}",
            f"{item['under_way']}/{item['concurrency']}",
            f"{item['retries_last_minute']}/{item['requests_last_minute']}",
            item["since"] if item["state"] != "closed" and item["since"] else "",
            item["reason"] or _held_text(item),
        ]
        for item in items
    ]
    return table(rows, ["target", "state", "waiting", "under way", "retries", "since", "reason"])


def _held_text(item: Mapping[str, Any]) -> str:
    """That retries are put off, with the time; "" when they are not."""
    until = item["retries_held_until"]
    return f"retries are put off until {until}" if until else ""


def _change(
    name: str, what: str, body: Mapping[str, str], config: Path | None, folder: Path
) -> None:
    server = find_server(folder)
    if server is None:
        asyncio.run(_change_alone(name, what, body.get("reason", ""), config, folder))
    else:
        asyncio.run(server.call("POST", f"/api/targets/{quote(name)}/{what}", body))


async def _change_alone(
    name: str, what: str, reason: str, config: Path | None, folder: Path
) -> None:
    """Without a server the database says it to the next one."""
    from automator.clock import SystemClock
    from automator.engine.outbound.target_gate import TargetGate
    from automator.server.access.accounts import COMMAND_LINE
    from automator.server.bootstrap.config import load_config

    settings = load_config(config, folder, config is None, resolve_secrets=False).settings
    async with open_alone(folder) as store:
        gate = TargetGate(
            store=store,
            targets=settings.targets,
            host_concurrency=settings.egress.concurrency,
            clock=SystemClock(),
        )
        if what == "pause":
            await gate.pause(name, COMMAND_LINE, reason)
        else:
            await gate.resume(name, COMMAND_LINE)
