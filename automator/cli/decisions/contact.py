"""`automator contact`: shows a person, and changes their opt-out and pause."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from automator.cli.terminal.control import find_server
from automator.cli.terminal.database import open_alone
from automator.cli.terminal.options import Data, Json, data_folder
from automator.cli.terminal.output import say, say_json, table
from automator.model import OptOut

Change = Literal["opt-out", "opt-in", "pause", "resume"]

contact = typer.Typer(help="The people who write.", no_args_is_help=True, rich_markup_mode=None)

Connection = Annotated[str, typer.Argument(help="The connection, as automator.yaml names it.")]
Person = Annotated[
    str, typer.Argument(metavar="ID", help="The person's id at the provider: `event.actor.id`.")
]


@contact.command()
def show(connection: Connection, person: Person, data: Data = None, as_json: Json = False) -> None:
    """Show what is known of a person, under any of their ids."""
    found = asyncio.run(_ask(data_folder(data), connection, person))
    if as_json:
        say_json(dict(found))
    else:
        say(contact_text(found))


@contact.command()
def opt_out(connection: Connection, person: Person, data: Data = None) -> None:
    """Send a person no private messages any more."""
    found = asyncio.run(_ask(data_folder(data), connection, person, "opt-out"))
    say(f"{person} has opted out since {found['opted_out_at']}")


@contact.command()
def opt_in(connection: Connection, person: Person, data: Data = None) -> None:
    """Take an opt-out back: the person wants private messages again."""
    asyncio.run(_ask(data_folder(data), connection, person, "opt-in"))
    say(f"{person} gets private messages again")


@contact.command()
def pause(connection: Connection, person: Person, data: Data = None) -> None:
    """Keep rules with pause_on silent for a person, as if somebody had answered by hand now."""
    asyncio.run(_ask(data_folder(data), connection, person, "pause"))
    say(f"rules with pause_on are silent for {person}, each for as long as it says")


@contact.command()
def resume(connection: Connection, person: Person, data: Data = None) -> None:
    """Let rules with pause_on speak to a person again."""
    asyncio.run(_ask(data_folder(data), connection, person, "resume"))
    say(f"no rule is paused for {person} any more")


def contact_text(found: Mapping[str, Any]) -> str:
    """A contact for people."""
    opted_out = "no"
    if found["opted_out"]:
        opted_out = f"since {found['opted_out_at']}, noted by {found['opted_out_by']}"
    rows = [
        ["name", found["name"] or "not known"],
        ["first seen", found["first_seen"]],
        ["last wrote", found["last_inbound_at"] or "never"],
        ["last answered by hand", found["human_reply_at"] or "never"],
        ["opted out", opted_out],
        ["tags", ", ".join(map(str, found["tags"])) or "none"],
        *([f"state.{name}", str(value)] for name, value in found["state"].items()),
    ]
    return table(rows, ["contact", found["id"]])


async def _ask(
    folder: Path, connection: str, person: str, change: Change | None = None
) -> Mapping[str, Any]:
    """What is known of a person, after it was changed if that is asked for."""
    server = find_server(folder)
    if server is not None:
        path = f"/api/contacts/{quote(connection, safe='')}/{quote(person, safe='')}"
        asked = ("GET", path) if change is None else ("POST", f"{path}/{change}")
        answer: Mapping[str, Any] = await server.call(*asked)
        return answer
    from automator.server.access.accounts import COMMAND_LINE
    from automator.server.shared.contacts import change_opt_out, change_pause, find_contact

    async with open_alone(folder) as store:
        if change is None:
            return await find_contact(store, connection, person)
        if change in ("pause", "resume"):
            paused = change == "pause"
            return await change_pause(store, connection, person, paused=paused, who=COMMAND_LINE)
        effect = OptOut(opted_out=change == "opt-out", by=COMMAND_LINE)
        return await change_opt_out(store, connection, person, effect)
