"""`automator contact staff-note` and `hand-on`: a note for colleagues, and giving them a person."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automator.cli.decisions.contact import Connection, Person, contact_path, show_contact
from automator.cli.terminal.calls import ask
from automator.cli.terminal.control import require_server
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.paths import data_folder
from automator.reasons.runs import COMMAND_LINE
from automator.server.web.security import Role

if TYPE_CHECKING:
    from automator.store import Store

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

    async def alone(store: "Store") -> Mapping[str, Any]:
        from automator.server.people.staff_notes import add_note, contact_with_notes
        from automator.server.web.request_context import Actor

        author = Actor(COMMAND_LINE, Role.ADMIN)
        await add_note(store, connection, person, text, author=author)
        return await contact_with_notes(store, connection, person)

    path = f"{contact_path(connection, person)}/staff-notes"
    show_contact(ask(data, "POST", path, {"text": text}, alone=alone), as_json=as_json)


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
