"""`automator subscribe` and `profile`: set the accounts of connections up at their platforms.

`subscribe` has a Page send this server the events that its rules need. `profile` shows how the
profile of an account differs from automator.yaml, and sets it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, visible
from automator.model import N_, shortened

_KINDS = {
    "add": N_("{part} is added: {wanted}"),
    "change": N_("{part} becomes {wanted}; now it is {now}"),
    "remove": N_("{part} is taken away; now it is {now}"),
}
_WIDTH = 120

Connection = Annotated[str, typer.Argument(help="A connection of automator.yaml.")]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Show the differences, and end.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def subscribe(connection: Connection, data: Data = None) -> None:
    """Subscribe a Facebook Page to comments, messages and all events that rules need."""
    answer = ask(data, "POST", _path(connection, "subscribe"), {}, needs_server=True)
    problem = answer["problem"]
    if problem is not None:
        say(problem["text"])
        raise typer.Exit(1)
    said = N_("{name} sends this server the events that its rules need")
    say(TRANSLATOR(said, name=connection))


def _path(connection: str, call: str) -> str:
    """The address of a call of the API that is about a connection."""
    return f"/api/connections/{quote(connection, safe='')}/{call}"


def profile(
    connection: Connection,
    plan_only: PlanOnly = False,
    yes: Yes = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Compare the menu and greeting of an account with automator.yaml, and set the differences."""
    plan = ask(data, "GET", _path(connection, "profile"), needs_server=True)
    differs = any(account["changes"] for account in plan["accounts"])
    if not as_json:
        say("\n".join(_lines(plan)))
    if not plan_only:
        if differs and not yes:
            typer.confirm(TRANSLATOR(N_("Set it?")), abort=True)
        # If nothing differs, this records that an earlier failure is over.
        plan = ask(data, "POST", _path(connection, "profile"), {}, needs_server=True)
        if differs and not as_json:
            say(TRANSLATOR(N_("the profile of {name} is set"), name=connection))
    if as_json:
        say_json(plan)


def _lines(plan: Mapping[str, Any]) -> Iterator[str]:
    for account in plan["accounts"]:
        yield f"{account['connection']}:"
        for change in account["changes"]:
            values = {name: _shown(change[name]) for name in ("now", "wanted")}
            yield "  " + TRANSLATOR(_KINDS[change["kind"]], part=change["part"], **values)
        if not account["changes"]:
            yield "  " + TRANSLATOR(N_("it matches automator.yaml"))


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return shortened(", ".join(map(_item, value)), _WIDTH)
    return visible(shortened(str(value), _WIDTH))


def _item(item: Any) -> str:
    if not isinstance(item, Mapping):
        return visible(str(item))
    opens = item.get("url") or item.get("payload")
    return visible(f"{item.get('text')} → {opens}" if "text" in item and opens else str(item))
