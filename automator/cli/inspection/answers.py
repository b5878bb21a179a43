"""`automator answers`: how many people were answered, how soon, and by whom."""

from typing import Annotated

import typer

from automator.cli.terminal.calls import say_report, server_to_ask
from automator.cli.terminal.database import open_log
from automator.cli.terminal.options import Config, Data, Database, Days, Events, Json
from automator.cli.terminal.paths import data_folder, find_config, settings_here
from automator.clock import SystemClock

Connection = Annotated[str, typer.Option(help="Only messages of this connection.")]


def answers(
    days: Days = 7,
    connection: Connection = "",
    events: Events = 50_000,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show how many private messages were answered, how soon, by rules or by hand."""
    from automator.engine.figures.answer_times import AnswerTimes, answer_times
    from automator.server.figures.answer_text import answer_text

    folder, config = data_folder(data), find_config(config)

    def here() -> AnswerTimes:
        zone = settings_here(config, folder).zone
        with open_log(folder, database) as log:
            return answer_times(
                log, SystemClock().now_ms(), zone, days=days, connection=connection, most=events
            )

    server = server_to_ask(folder, config, database)
    asked = {"days": days, "connection": connection, "events": events}
    say_report(server, "/api/answers", asked, here=here, text_of=answer_text, as_json=as_json)
