"""`automator why`: shows the decision of every rule about a stored event, and its values."""

import asyncio
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import say_report, server_to_ask
from automator.cli.terminal.options import Config, Data, Database, Json, read_id
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import data_folder, find_config
from automator.model import N_, format_id

if WORKING:
    from automator.cli.terminal.database import FolderSource, open_log
    from automator.engine.explanation.event_explanation import EventExplanation
    from automator.engine.explanation.why import explain_event
    from automator.server.shared.explanation_text import explanation_text

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
    folder, config = data_folder(data), find_config(config)
    event_id = read_id(event, N_("an event's"), where=N_("; automator log shows it in brackets."))

    def here() -> EventExplanation:
        with open_log(folder, database) as log:
            revisions = FolderSource(log, config, folder).revisions
            found = asyncio.run(explain_event(log, revisions, event_id, rule))
        if config is None:
            typer.echo(TRANSLATOR(_WITHOUT_SETTINGS), err=True)
        return found

    # Only the server knows the settings that it was started with.
    server = server_to_ask(folder, config, database)
    path, asked = f"/api/events/{format_id(event_id)}/why", {"rule": rule}
    say_report(server, path, asked, here=here, text_of=explanation_text, as_json=as_json)
