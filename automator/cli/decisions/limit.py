"""`automator limit`: shows the counts of limits and budgets, and resets them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table, time_or
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import find_server
from automator.model import N_

limit = new_group("limit", help="The counts of once, throttle, debounce and budgets.")

_SHOWN = 50
_COLUMNS = (N_("rule"), N_("limit"), N_("key"), N_("count"), N_("last"), N_("until"))
_UNTIL = {"debounce": N_("until it acts")}
_FOR_EVER = N_("for ever")


@limit.command("list")
def list_all(
    rule: Annotated[str, typer.Option(help="Only of this rule.")] = "",
    key: Annotated[
        str, typer.Option(help="Only keys with this in them, such as a person's id.")
    ] = "",
    count: Annotated[int, typer.Option("--limit", help="How many.", min=1, max=200)] = _SHOWN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the keys that have counted something: rule, key, how much, and until when."""
    folder = data_folder(data)
    server = find_server(folder)
    items: Sequence[Mapping[str, Any]]
    if server is not None:
        words = urlencode({"rule": rule, "key": key, "limit": count})
        items = asyncio.run(server.call("GET", f"/api/limits?{words}"))["items"]
    else:
        from automator.cli.terminal.database import open_log  # noqa: PLC0415 - Loads the database, if no server runs.
        from automator.server.shared.limits import (  # noqa: PLC0415 - As above.
            counted_json,
            counted_keys,
        )

        with open_log(folder) as log:
            found = counted_keys(log, rule=rule, key=key, after="", limit=count)
        items = [counted_json(item) for item in found]
    if as_json:
        say_json(list(items))
    else:
        say(limits_text(items))


@limit.command()
def reset(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As automator limit list shows it.")],
    data: Data = None,
) -> None:
    """Reset the count of a key, so that the next event is let through."""
    gone = ask(data, "POST", "/api/limits/reset", {"id": key_id})
    text = N_("forgot {what}: the next event is let through")
    say(TRANSLATOR(text, what=key_in_words(gone)))


def limits_text(items: Sequence[Mapping[str, Any]]) -> str:
    """Formats the answer of `/api/limits` for people."""
    if not items:
        return TRANSLATOR(N_("nothing is counted"))
    rows = [
        [
            item["id"],
            item["rule"] or "",
            _limit_name(item),
            item["key"],
            TRANSLATOR.number(item["count"]),
            TRANSLATOR.time(item["last_at"]),
            time_or(item["until"], TRANSLATOR(_UNTIL.get(item["limit"], _FOR_EVER))),
        ]
        for item in items
    ]
    return table(rows, ["id", *map(TRANSLATOR, _COLUMNS)])


def key_in_words(item: Mapping[str, Any]) -> str:
    """Describes a key in a sentence."""
    text = N_("{limit} of {rule} for {key}") if item["rule"] else N_("{limit} for {key}")
    return TRANSLATOR(text, limit=_limit_name(item), rule=item["rule"], key=item["key"])


def _limit_name(item: Mapping[str, Any]) -> str:
    """The limit's key in rule files; a budget belongs to no rule and gets a translated word."""
    return str(item["limit"]) if item["rule"] else TRANSLATOR(N_("budget"))
