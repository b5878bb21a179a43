"""`automator why`: shows what every rule decided about a stored event, and on which values."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from automator.cli.terminal.control import Control, find_server
from automator.cli.terminal.database import open_log, revisions_of
from automator.cli.terminal.options import Config, Data, Database, Json, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.places import data_folder, find_config, settings_here
from automator.model import N_, format_id

Event = Annotated[str, typer.Argument(help="The event's id, as the log shows it in brackets.")]

#: The note for rules whose settings are unknown.
_WITHOUT_SETTINGS = N_(
    "note: there is no automator.yaml here and no server to ask, so its vars and time_intervals"
    " are not known;\n      name the file with --config if rules read them"
)


def why(
    event: Event,
    rule: Annotated[str | None, typer.Argument(help="Only this rule.")] = None,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Explain for every rule why it did or did not match an event."""
    from automator.engine.operations.why import explain_event
    from automator.server.shared.explanation_text import account_text

    folder = data_folder(data)
    event_id = read_id(event, N_("an event's"), where=N_("; automator log shows it in brackets."))
    config = find_config(config)
    if config is None and database is None and (server := find_server(folder)) is not None:
        # Only the server knows the settings that it was started with.
        answer = asyncio.run(_asked(server, event_id, rule, as_json=as_json))
        if as_json:
            say_json(answer)
        else:
            say(answer["account"])
        return
    with open_log(folder, database) as log:
        revisions = revisions_of(log, settings_here(config, folder))
        explanation = asyncio.run(explain_event(log, revisions, event_id, rule))
    if config is None:
        typer.echo(TRANSLATOR(_WITHOUT_SETTINGS), err=True)
    if as_json:
        say_json(explanation.as_json())
    else:
        say(account_text(explanation, TRANSLATOR))


async def _asked(server: Control, event_id: int, rule: str | None, *, as_json: bool) -> Any:
    """The server's answer: plain data, or text under `account`."""
    query = {} if as_json else {"as": "text"}
    if rule is not None:
        query["rule"] = rule
    path = f"/api/events/{format_id(event_id)}/why"
    return await server.call("GET", f"{path}?{urlencode(query)}" if query else path)
