"""`automator why`: what every rule decided about a stored event, and on which values."""

import asyncio
from typing import Annotated

import typer

from automator.cli.database import open_log
from automator.cli.options import Config, Data, Database, Json, data_folder, find_config
from automator.cli.output import say, say_json
from automator.model import UsageError, parse_id

Event = Annotated[str, typer.Argument(help="The event's id, as the log shows it in brackets.")]


def why(
    event: Event,
    rule: Annotated[str | None, typer.Argument(help="Only this rule.")] = None,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Explain for every rule why it did or did not match an event."""
    from automator.actions import builtin_actions
    from automator.engine.revisions import Revisions, rule_loader
    from automator.engine.why import explain_event
    from automator.server.config import load_config

    folder = data_folder(data)
    event_id = parse_event(event)
    config = find_config(config)
    with open_log(folder, database) as log:
        settings = load_config(config, folder, config is None, resolve_secrets=False).settings
        revisions = Revisions(log, rule_loader(builtin_actions(), None, settings.vars))
        explanation = asyncio.run(explain_event(log, revisions, event_id, rule))
    if as_json:
        say_json(explanation.as_json())
    else:
        say(explanation.render_text())


def parse_event(text: str) -> int:
    """The id that a person copied.

    Raises:
        UsageError: it is none.
    """
    event_id = parse_id(text.strip().strip("[]"))
    if event_id is None:
        raise UsageError(
            f"'{text}' is not an event's id",
            fix="It has 13 letters and digits; automator log shows it in brackets.",
        )
    return event_id
