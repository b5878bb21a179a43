"""`automator bundle`: writes an event and its rules into a file, to try it on another machine.

`automator try --bundle`, which tries the event of such a file, is here too.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Data, Database, read_id
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say, say_json
from automator.cli.terminal.paths import data_folder
from automator.model import N_, UsageError

if WORKING:
    from automator.cli.terminal.database import FolderSource, open_log
    from automator.engine.explanation.bundle import make_bundle, read_bundle
    from automator.engine.rulesets.rules_refused import RulesRefusedError
    from automator.server.reading.config import load_config
    from automator.server.tryout.bundles import decided_otherwise, try_bundle, verdicts
    from automator.server.tryout.trial_text import trial_text

_AS_THEN = N_("The rules decide as they did when the bundle was made.")
_OTHERWISE = N_("These decide otherwise than when the bundle was made: {rules:list}")


def bundle(
    event: Annotated[str, typer.Argument(help="The event's id, as the log shows it in brackets.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file to write, in place of the output.", show_default=False
        ),
    ] = None,
    config: Config = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write an event with its delivery, its decisions and its rules into a file, for others."""
    if output is None and sys.stdout.isatty():
        raise UsageError(
            N_("a bundle is no text"),
            fix=N_("Write it into a file: automator bundle EVENT > case.zip"),
        )
    if output is not None and output.is_file():
        raise UsageError(
            N_("{target} is there already"), fix=N_("Choose another name."), target=output
        )
    folder = data_folder(data)
    event_id = read_id(event, N_("an event's"), where=N_("; automator log shows it in brackets."))
    with open_log(folder, database) as log:
        here = FolderSource(log, config, folder)
        content = asyncio.run(make_bundle(log, here.revisions, here.settings, event_id))
    if output is not None:
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)


def try_file(
    path: Path, files: Mapping[str, str] | None, rule: str | None, *, as_json: bool
) -> None:
    """Shows what the rules of a bundle, or of `files`, do about its event, without any effect."""
    found = read_bundle(path)
    with TemporaryDirectory(prefix="automator-demo-") as folder:
        demo = load_config(None, Path(folder), demo=True, resolve_secrets=False)
    try:
        trial = try_bundle(found, demo.connections, files)
    except RulesRefusedError as refused:
        say(problems_in_words(refused.problems))
        raise typer.Exit(1) from refused
    differing = decided_otherwise(verdicts(found, trial))
    if as_json:
        say_json({**trial.as_json(), "decided_otherwise": differing})
        return
    said = TRANSLATOR(_OTHERWISE, rules=differing) if differing else TRANSLATOR(_AS_THEN)
    say(f"{trial_text(trial, TRANSLATOR, rule)}\n\n{said}")
