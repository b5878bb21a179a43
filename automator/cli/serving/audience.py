"""`automator audience`: the contacts to whom a schedule would write now, and its past firings."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from automator.cli.serving.check import default_files, read_files
from automator.cli.serving.simulation_setup import MOST_SECONDS
from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import ask, say_report, server_to_ask
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say
from automator.cli.terminal.paths import data_folder, find_config
from automator.clock import SystemClock

if WORKING:
    from automator.actions import builtin_actions
    from automator.cli.terminal.database import open_log
    from automator.engine.schedule.audience import Preflight, people_rule, preflight
    from automator.rules import load_rules
    from automator.server.reading.config import load_config
    from automator.server.reading.rule_context import rule_context_of
    from automator.server.tryout.audience_text import NOBODY_MORE, audience_text

Rule = Annotated[str, typer.Argument(help="The rule whose schedule fires for contacts.")]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="A rule file or a folder of them, in place of the rules that are in force: before the"
        " rule goes live.",
        show_default=False,
    ),
]
Stop = Annotated[
    bool, typer.Option("--stop", help="Take no more contacts for the firing under way.")
]


def audience(
    rule: Rule,
    rules: Rules = None,
    stop: Stop = False,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Count the contacts to whom a schedule would write now, with reasons for the others."""
    path = f"/api/audiences/{quote(rule, safe='')}"
    if stop:
        ask(data, "POST", f"{path}/stop")
        say(TRANSLATOR(NOBODY_MORE, rule=rule))
        return
    folder, config = data_folder(data), find_config(config)
    say_report(
        server_to_ask(folder, rules, config, database),
        path,
        {},
        here=lambda: _count_here(rule, rules, config, folder, database),
        text_of=audience_text,
        as_json=as_json,
    )


def _count_here(
    name: str,
    rules: Path | None,
    config: Path | None,
    folder: Path,
    database: str | None,
) -> "Preflight":
    """Counts without a server: with the settings of this folder, and the rules in `rules` or here.

    Raises:
        Exit: a rule file has an error, which was printed.
    """
    loaded = load_config(config, folder, config is None, resolve_secrets=False)
    files = default_files(config) if rules is None else read_files([rules])
    read = load_rules(rule_context_of(loaded), files)
    if read.refused:
        say(problems_in_words(read.problems))
        raise typer.Exit(1)
    rule = people_rule({one.spec.id: one for one in read.rule_set.rules}, name)
    with open_log(folder, database) as log:
        return preflight(
            log,
            rule,
            loaded.connections,
            builtin_actions(),
            loaded.settings.budgets,
            SystemClock().now_ms(),
            most_s=MOST_SECONDS,
        )
