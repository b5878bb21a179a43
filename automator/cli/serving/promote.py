"""`automator promote`: compares a shadow rule with the live ones, and makes it live."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.serving.check import Paths, default_files, read_files
from automator.cli.serving.simulation_setup import change_file
from automator.cli.terminal.calls import server_report, server_to_ask
from automator.cli.terminal.database import open_log
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.clock import SystemClock
from automator.model import N_, NotFoundError

if TYPE_CHECKING:
    from automator.plugins import AnyAction
    from automator.rules import CompiledRule

Since = Annotated[str, typer.Option(help="How far back to look, as in 12h or 7d; up to 90d.")]
Yes = Annotated[
    bool,
    typer.Option("--yes", help="Make it live: take `mode: shadow` and `rollout` out of its file."),
]
_NOTHING_CHANGED = N_("Nothing was changed. --yes makes the rule live for everybody.")
_IS_LIVE = N_("{rule} is live for everybody; {file} was changed.")


def promote(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    paths: Paths = None,
    since: Since = "7d",
    yes: Yes = False,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show what a rule in shadow mode or in a rollout would send for all; --yes makes it live."""
    folder = data_folder(data)
    server = server_to_ask(folder, paths, database)
    if server is None:
        done = _here(rule, paths, since, find_config(config), folder, database, yes=yes)
    else:
        path = f"/api/promotions/{quote(rule, safe='')}"
        done = server_report(server, path, {"since": since}, as_json=as_json)
        if yes:
            done["promoted"] = asyncio.run(server.call("POST", path))["file"]
    if as_json:
        say_json(done)
        return
    say(done["text"])
    say()
    if "promoted" in done:
        say(TRANSLATOR(_IS_LIVE, rule=rule, file=done["promoted"]))
    else:
        say(TRANSLATOR(_NOTHING_CHANGED))


def _here(
    rule_id: str,
    paths: list[Path] | None,
    since: str,
    config: Path | None,
    folder: Path,
    database: str | None,
    *,
    yes: bool,
) -> dict[str, Any]:
    """The comparison without a server: from the files and the database."""
    from automator.engine.figures.promotion import compare
    from automator.rules.editing.edits import with_rule_promoted
    from automator.server.editing.promotions import length_ms, sending
    from automator.server.figures.promotion_text import promotion_text

    rule, actions = _rule(rule_id, paths, config)
    now_ms = SystemClock().now_ms()
    with open_log(folder, database) as log:
        found = compare(log, rule, sending(actions), now_ms - length_ms(since))
    done = {**found.as_json(), "text": promotion_text(found, now_ms, TRANSLATOR)}
    if yes:
        file = Path(rule.spec.place.file)
        change_file(file, lambda text: with_rule_promoted(text, rule_id))
        done["promoted"] = str(file)
    return done


def _rule(
    rule_id: str, paths: list[Path] | None, config: Path | None
) -> "tuple[CompiledRule, dict[str, AnyAction]]":
    """A rule of the files, and the actions that there are.

    Raises:
        NotFoundError: there is no such rule that can be read.
        UsageError: it is live for everybody.
    """
    from automator.rules import load_rules
    from automator.server.editing.promotions import rule_to_promote
    from automator.server.reading.config import load_config
    from automator.server.reading.rule_context import rule_context_of

    files = read_files(paths) if paths else default_files(config)
    settings = load_config(config, Path(), demo=False, resolve_secrets=False)
    rule_context = rule_context_of(settings, is_configured=config is not None)
    rules = load_rules(rule_context, files).rule_set
    if rules.rule(rule_id) is None:
        raise NotFoundError(
            N_("there is no rule {id}"),
            fix=N_("`automator check` says whether its file can be read."),
            id=rule_id,
        )
    return rule_to_promote(rules, rule_id), dict(rule_context.actions)
