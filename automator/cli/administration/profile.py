"""`automator profile`: shows how a platform's profile differs from automator.yaml, and sets it."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, visible
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import require_server
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


def profile(
    connection: Connection,
    plan_only: PlanOnly = False,
    yes: Yes = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Compare the menu and greeting of an account with automator.yaml, and set the differences."""
    plan = asyncio.run(_call("GET", connection, data))
    differs = any(account["changes"] for account in plan["accounts"])
    if not as_json:
        say("\n".join(_lines(plan)))
    if not plan_only:
        if differs and not yes:
            typer.confirm(TRANSLATOR(N_("Set it?")), abort=True)
        # If nothing differs, this records that an earlier failure is over.
        plan = asyncio.run(_call("POST", connection, data))
        if differs and not as_json:
            say(TRANSLATOR(N_("the profile of {name} is set"), name=connection))
    if as_json:
        say_json(plan)


async def _call(method: str, connection: str, data: Path | None) -> Any:
    server = require_server(data_folder(data))
    path = f"/api/connections/{quote(connection, safe='')}/profile"
    return await server.call(method, path, {} if method == "POST" else None)


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
