"""`automator contact write`: a message to a person, written by hand."""

import asyncio
from typing import Annotated

import typer

from automator.cli.decisions.contact import Connection, Person, contact_path
from automator.cli.terminal.control import require_server
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder
from automator.model import N_

Text = Annotated[str, typer.Argument(help="The message, as it is sent.")]
Picture = Annotated[
    str, typer.Option(help="The https address of a picture to send along; the text may be empty.")
]
Key = Annotated[
    str, typer.Option(help="With the same key a message is sent once, however often you ask.")
]


def write(
    connection: Connection,
    person: Person,
    text: Text = "",
    picture: Picture = "",
    key: Key = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write a message to a person through the running server, as one of the shop's people."""

    path = f"{contact_path(connection, person)}/write"
    given = {"picture": picture, "key": key}
    body = {"text": text, **{name: value for name, value in given.items() if value}}
    server = require_server(data_folder(data))
    written = asyncio.run(server.call("POST", path, body))
    if as_json:
        say_json(written)
    elif written["new"]:
        say(TRANSLATOR(N_("stored, and sent now by run {run}"), run=written["run"]))
    else:
        say(TRANSLATOR(N_("it was stored before with this key: run {run}"), run=written["run"]))
