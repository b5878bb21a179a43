"""`automator target`: shows targets, and pauses or resumes them."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Config, Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table
from automator.model import N_

target = new_group("target", help="The destinations of requests, and pauses.")

#: The states of a target, as texts of the catalogue.
STATES = (N_("closed"), N_("open"), N_("half_open"), N_("paused"), N_("disabled"))
_COLUMNS = (
    N_("target"),
    N_("state"),
    N_("waiting"),
    N_("under way"),
    N_("retries"),
    N_("since"),
    N_("reason"),
)

Name = Annotated[
    str, typer.Argument(help="A target of automator.yaml, a host:port, or '*' for all of them.")
]


@target.command(name="list")
def list_all(data: Data = None, as_json: Json = False) -> None:
    """List the targets of the running server with their state."""
    items = ask(data, "GET", "/api/targets", needs_server=True)["items"]
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
    _change(name, "pause", config, data, reason=reason)
    # A shell would replace a star with the names of files.
    told = TRANSLATOR(
        N_("paused {name}; to let it go on: automator target resume {quoted}"),
        name=name,
        quoted=shlex.quote(name),
    )
    say(told)


@target.command()
def resume(name: Name, config: Config = None, data: Data = None) -> None:
    """Let a paused or failing target go on; waiting requests are sent within its limits."""
    _change(name, "resume", config, data)
    say(TRANSLATOR(N_("resumed {name}"), name=name))


def targets_text(items: Sequence[Mapping[str, Any]]) -> str:
    """The answer of `/api/targets` for people."""
    if not items:
        return TRANSLATOR(N_("no targets yet"))
    rows = [
        [
            item["name"],
            TRANSLATOR(item["state"]),
            TRANSLATOR.number(item["waiting"]),
            f"{item['under_way']}/{item['concurrency']}",
            f"{item['retries_last_minute']}/{item['requests_last_minute']}",
            TRANSLATOR.time(item["since"]) if item["state"] != "closed" and item["since"] else "",
            TRANSLATOR.stored(item["reason"]) or _held_text(item),
        ]
        for item in items
    ]
    return table(rows, list(map(TRANSLATOR, _COLUMNS)))


def _held_text(item: Mapping[str, Any]) -> str:
    """The note that retries are put off, with the time; "" if they are not put off."""
    until = item["retries_held_until"]
    return TRANSLATOR(N_("retries are put off until {until:time}"), until=until) if until else ""


def _change(
    name: str, what: str, config: Path | None, data: Path | None, *, reason: str = ""
) -> None:

    body = {"reason": reason} if reason else None
    ask(data, "POST", f"/api/targets/{quote(name)}/{what}", body, config=config)
