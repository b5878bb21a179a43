"""`automator missed`: people who wanted to buy, and whom nobody answered in time."""

import asyncio
from typing import Annotated

import typer

from automator.cli.terminal.calls import say_report, server_to_ask
from automator.cli.terminal.database import open_log, revisions_of
from automator.cli.terminal.options import Config, Data, Database, Days, Events, Json
from automator.cli.terminal.paths import data_folder, find_config, settings_here
from automator.clock import SystemClock

Minutes = Annotated[
    int | None,
    typer.Option(
        help="How long somebody may wait; 30, or `missed_buyers.after` of automator.yaml.",
        min=1,
        max=1_440,
    ),
]
Connection = Annotated[str, typer.Option(help="Only people of this connection.")]
Limit = Annotated[int, typer.Option(help="How many people to list.", min=1, max=200)]


def missed(
    days: Days = 7,
    minutes: Minutes = None,
    connection: Connection = "",
    events: Events = 50_000,
    limit: Limit = 50,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show who wanted to buy and was not answered in time, and why no rule answered."""
    from automator.server.figures.missed import MissedReport, missed_report
    from automator.server.figures.missed_text import missed_text

    folder, config = data_folder(data), find_config(config)

    def here() -> MissedReport:
        settings = settings_here(config, folder)
        with open_log(folder, database) as log:
            report = missed_report(
                log,
                revisions_of(log, settings),
                settings,
                SystemClock().now_ms(),
                days=days,
                minutes=minutes,
                connection=connection,
                events=events,
                limit=limit,
            )
            return asyncio.run(report)

    asked = {"days": days, "minutes": minutes, "connection": connection, "events": events}
    server = server_to_ask(folder, config, database)
    say_report(
        server,
        "/api/missed",
        {**asked, "limit": limit},
        here=here,
        text_of=missed_text,
        as_json=as_json,
    )
