"""`automator backtest`: compares other rules with the rules in force over stored events."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.serving.check import read_files
from automator.cli.serving.simulation_setup import (
    MOST_SECONDS,
    Since,
    events_since,
    rules_and_setup,
)
from automator.cli.terminal import WORKING
from automator.cli.terminal.interrupt import ends_at_interrupt
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.cli.terminal.progress import progress_bar
from automator.model import N_, NotFoundError, UsageError, whole_number

if WORKING:
    from automator.cli.terminal.database import open_log
    from automator.server.reading.config import database_url
    from automator.server.rule_tests.backtest_text import backtest_markdown, backtest_text
    from automator.simulation.backtest import Range
    from automator.simulation.backtest import backtest as compare
    from automator.store import Log, RuleSetRow

Rules = Annotated[
    list[Path], typer.Argument(help="The rule files or folders that would be in force.")
]
Against = Annotated[
    str,
    typer.Option(
        help="The rules to compare with: those in force (active), or an earlier revision by "
        "its number."
    ),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print a summary for a pull request.")]
ACTIVE = "active"


def backtest(
    rules: Rules,
    since: Since = "7d",
    against: Against = ACTIVE,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Compare rules with those in force over stored events; Ctrl-C shows the result so far."""
    config, folder = find_config(config), data_folder(data)
    _, now = rules_and_setup(read_files(rules), config)
    now = replace(now, most_seconds=MOST_SECONDS)
    after, now_ms = events_since(since, now)
    with open_log(folder, database) as log:
        before = replace(now, files=_revision(log, against).files)
        count = log.count_events(after=after, until_ms=now_ms)
    events = Range(after=after, until_ms=now_ms, most=count)
    url = database_url(folder, database)
    with ends_at_interrupt() as is_stopped, progress_bar(TRANSLATOR(N_("comparing"))) as show:
        found = compare(before, now, events, url, is_stopped, lambda done: show(done, count))
    if as_json:
        say_json(found.as_json())
    elif markdown:
        say(backtest_markdown(found, TRANSLATOR))
    else:
        say(backtest_text(found, TRANSLATOR))


def _revision(log: "Log", against: str) -> "RuleSetRow":
    number = whole_number(against)
    if against != ACTIVE and number is None:
        raise UsageError(
            N_("'{against}' is no revision of the rules"),
            fix=N_("Write 'active', or the number of a revision as the history of rules has it."),
            against=against,
        )
    row = log.latest_ruleset() if number is None else log.ruleset(number)
    if row is None:
        raise NotFoundError(
            N_("there is no revision {against} of the rules"),
            fix=N_("The history of the rules page lists them."),
            against=against,
        )
    return row
