"""`automator funnel`: how many people got each message of a rule, and why the others did not."""

import asyncio
from typing import Annotated
from urllib.parse import quote

import typer

from automator.cli.terminal.calls import say_report, server_to_ask
from automator.cli.terminal.database import open_log, revisions_of
from automator.cli.terminal.options import Config, Data, Database, Days, Json
from automator.cli.terminal.paths import data_folder, find_config, settings_here
from automator.clock import SystemClock

Runs = Annotated[
    int, typer.Option(help="How many of its newest runs to look at.", min=1, max=20_000)
]


def funnel(
    rule: Annotated[str, typer.Argument(help="The rule.")],
    days: Days = 30,
    runs: Runs = 5_000,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show how many people got each message of a rule, and why the others did not."""
    from automator.actions import builtin_actions
    from automator.engine.figures.funnel import funnel_of
    from automator.engine.figures.funnel_result import RuleFunnel
    from automator.server.figures.funnel_text import funnel_text
    from automator.server.figures.funnels import rule_named

    folder, config = data_folder(data), find_config(config)

    def here() -> RuleFunnel:
        with open_log(folder, database) as log:
            revisions = revisions_of(log, settings_here(config, folder))
            rules = asyncio.run(revisions.of(log.latest_revision())).rules
            spec = rule_named((one.spec for one in rules), rule)
            now_ms = SystemClock().now_ms()
            return funnel_of(log, spec, builtin_actions(), now_ms, days=days, most=runs)

    server = server_to_ask(folder, config, database)
    path, asked = f"/api/funnels/{quote(rule, safe='')}", {"days": days, "runs": runs}
    say_report(server, path, asked, here=here, text_of=funnel_text, as_json=as_json)
