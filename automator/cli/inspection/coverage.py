"""`automator coverage`: matches of the rules on the newest events, and events without a match."""

import asyncio
from typing import Annotated

import typer

from automator.cli.terminal.calls import say_report, server_to_ask
from automator.cli.terminal.database import open_log, revisions_of
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.paths import data_folder, find_config, settings_here


def coverage(
    rule: Annotated[str | None, typer.Argument(help="Only this rule.")] = None,
    events: Annotated[
        int, typer.Option(help="How many of the newest events to look at.", min=1, max=20_000)
    ] = 2_000,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show how often each rule and condition was met, and which events no rule takes."""
    from automator.engine.figures.coverage import cover
    from automator.engine.figures.coverage_result import Coverage
    from automator.server.figures.coverage_text import coverage_text

    folder, config = data_folder(data), find_config(config)

    def here() -> Coverage:
        with open_log(folder, database) as log:
            revision = log.latest_revision()
            rules = asyncio.run(revisions_of(log, settings_here(config, folder)).of(revision))
            return cover(log, rules, revision, events)

    say_report(
        server_to_ask(folder, config, database),
        "/api/coverage",
        {"events": events, "rule": rule},
        here=here,
        text_of=lambda found, _: coverage_text(found, rule, _),
        as_json=as_json,
    )
