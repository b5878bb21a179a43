"""`automator contact staff-note` and `hand-on`: a note for colleagues, and giving them a person."""

import asyncio
from typing import Annotated

import typer

from automator.cli.decisions.contact import Connection, Person, contact_path, show_contact
from automator.cli.terminal.calls import ask
from automator.cli.terminal.control import require_server
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.paths import data_folder

Text = Annotated[str, typer.Argument(help="What colleagues should know; rules do not see it.")]
To = Annotated[str, typer.Argument(help="The account of the colleague; empty: nobody.")]
ForThem = Annotated[str, typer.Option("--note", help="A note for them.")]


def staff_note(
    connection: Connection,
    person: Person,
    text: Text,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Leave a note about a person for colleagues; the assignee stays the same."""
    path = f"{contact_path(connection, person)}/staff-notes"
    show_contact(ask(data, "POST", path, {"text": text}), as_json=as_json)


def hand_on(
    connection: Connection,
    person: Person,
    to: To,
    note: ForThem = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a person to a colleague, through the running server, which tells the colleague."""
    server = require_server(data_folder(data))
    path = f"{contact_path(connection, person)}/hand-on"
    show_contact(asyncio.run(server.call("POST", path, {"to": to, "note": note})), as_json=as_json)
