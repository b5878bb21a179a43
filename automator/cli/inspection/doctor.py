"""`automator doctor`: shows troubles of the whole server, and explains a refused delivery."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from automator.cli.inspection.status import trouble_rows
from automator.cli.terminal.api_calls import server_to_ask
from automator.cli.terminal.options import Config, Data, Database, Json, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.cli.terminal.running_server import RunningServer
from automator.model import N_, format_id

LAST = "last"
#: The exit code if something is wrong with the delivery.
_UNHEALTHY = 1


def doctor(
    delivery: Annotated[
        str,
        typer.Argument(help="The delivery's id, or `last`: the last one that was not accepted."),
    ] = LAST,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Say why a delivery was refused, and how it would be accepted; exit 1 if it was.

    Lines with ! come first, if a server runs: what is wrong with it as a whole, such as a lost
    access, a silent connection, paused sending or a full disk.
    """
    folder = data_folder(data)
    wanted = (
        None
        if delivery == LAST
        else read_id(
            delivery, N_("a delivery's"), where=N_("; the page Deliveries shows it. Or say: last")
        )
    )
    server = server_to_ask(folder, config, database)
    if server is not None:
        # The server has the secrets; a command that a person starts often lacks them.
        if not as_json:
            _say_troubles(server)
        path = LAST if wanted is None else format_id(wanted)
        answer = asyncio.run(server.call("GET", f"/api/deliveries/{path}/doctor"))
    else:
        answer = _examine_here(folder, config, database, wanted)
    if as_json:
        say_json({key: value for key, value in answer.items() if key != "text"})
    else:
        say(answer["text"])
    if not answer["healthy"]:
        raise typer.Exit(_UNHEALTHY)


def _say_troubles(server: RunningServer) -> None:
    """Prints troubles of the whole server, which may refuse nothing and yet answer nobody."""
    for name, text in trouble_rows(asyncio.run(server.call("GET", "/api/status"))):
        say(f"! {name}: {text}")


def _examine_here(
    folder: Path, config: Path | None, database: str | None, wanted: int | None
) -> dict[str, Any]:
    from automator.cli.terminal.database import open_log  # noqa: PLC0415 - Loads the database, if no server runs.
    from automator.engine.doctor.doctor import examine  # noqa: PLC0415 - As above.
    from automator.server.reading.config import load_config  # noqa: PLC0415 - As above.

    config = find_config(config)
    with open_log(folder, database) as log:
        connections = load_config(config, folder, config is None).require().connections
        found = examine(log, connections, wanted)
    return found.as_json(TRANSLATOR)
