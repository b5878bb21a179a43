"""`automator subscribe`: has a Page send this server the events that its rules need."""

import asyncio
from typing import Annotated
from urllib.parse import quote

import typer

from automator.cli.terminal.options import Data
from automator.cli.terminal.output import TRANSLATOR, say
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import require_server
from automator.model import N_


def subscribe(
    connection: Annotated[str, typer.Argument(help="A connection of automator.yaml.")],
    data: Data = None,
) -> None:
    """Subscribe a Facebook Page to comments, messages and all events that rules need."""
    server = require_server(data_folder(data))
    path = f"/api/connections/{quote(connection, safe='')}/subscribe"
    problem = asyncio.run(server.call("POST", path, {}))["problem"]
    if problem is None:
        say(
            TRANSLATOR(
                N_("{name} sends this server the events that its rules need"), name=connection
            )
        )
    else:
        say(problem["text"])
        raise typer.Exit(1)
