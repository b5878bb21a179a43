"""`automator promote`: compares a shadow rule with the live rules, and makes it live."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.serving.check import Paths, default_files, read_files
from automator.cli.serving.simulation_setup import change_file
from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import run_alone, server_report, server_to_ask
from automator.cli.terminal.options import Config, Data, Database, Json, Revision
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.model import N_, NotFoundError
from automator.server.reports.declarations import PROMOTION

if WORKING:
    from automator.cli.terminal.database import FolderSource, open_log
    from automator.rules import RuleSet, load_rules
    from automator.rules.editing.edits import with_rule_promoted
    from automator.server.reading.config import load_config
    from automator.server.reading.rule_context import rule_context_of

Since = Annotated[str, typer.Option(help=PROMOTION.parameters()["since"].about)]
Yes = Annotated[
    bool,
    typer.Option("--yes", help="Make it live: take `mode: shadow` and `rollout` out of its file."),
]
_NOTHING_CHANGED = N_("Nothing was changed. --yes makes the rule live for everybody.")
_AGAINST = N_(
    "Nothing was changed. To make exactly this live: automator promote {rule} --yes --revision"
    " {revision}"
)
_IS_LIVE = N_("{rule} is live for everybody; {file} was changed.")


def promote(
    rule: Annotated[str, typer.Argument(help=PROMOTION.parameters()["rule"].about)],
    paths: Paths = None,
    since: Since = "7d",
    yes: Yes = False,
    revision: Revision = None,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show what a rule in shadow mode or in a rollout would send for all; --yes makes it live."""
    asked = PROMOTION.asked(rule=rule, since=since)
    folder, config = data_folder(data), find_config(config)
    server = server_to_ask(folder, paths, database)
    if server is None:
        with open_log(folder, database) as log:
            here = FolderSource(log, config, folder, _rules(rule, paths, config))
            found = run_alone(PROMOTION.answer(here, asked))
        done = found.as_json() if as_json else {"text": PROMOTION.as_text(found, TRANSLATOR)}
        next_step = TRANSLATOR(_NOTHING_CHANGED)
        if yes:
            change_file(Path(found.file), lambda text: _promoted(text, rule))
            done["promoted"] = found.file
    else:
        path, query = PROMOTION.address(asked)
        # Asked before the comparison, so that the comparison is of this revision or a later one.
        seen = asyncio.run(server.call("GET", "/api/rules?limit=1"))["revision"]
        done = server_report(server, path, query, as_json=as_json)
        next_step = TRANSLATOR(_AGAINST, rule=rule, revision=seen)
        if yes:
            body = {"revision": seen if revision is None else revision}
            done["promoted"] = asyncio.run(server.call("POST", path, body))["file"]
    if as_json:
        say_json(done)
        return
    say(done["text"])
    say()
    if "promoted" in done:
        say(TRANSLATOR(_IS_LIVE, rule=rule, file=done["promoted"]))
    else:
        say(next_step)


def _promoted(text: str, rule: str) -> str:
    return with_rule_promoted(text, rule)


def _rules(rule_id: str, paths: list[Path] | None, config: Path | None) -> "RuleSet":
    """The rules of the files, which must include the rule `rule_id`.

    Raises:
        NotFoundError: no file has the rule, or its file cannot be read.
    """
    files = read_files(paths) if paths else default_files(config)
    settings = load_config(config, Path(), demo=False, resolve_secrets=False)
    rules = load_rules(rule_context_of(settings, is_configured=config is not None), files).rule_set
    if rules.rule(rule_id) is None:
        raise NotFoundError(
            N_("there is no rule {id}"),
            fix=N_("`automator check` says whether its file can be read."),
            id=rule_id,
        )
    return rules
