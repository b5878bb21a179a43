"""`automator plan` and `apply`: compare a folder of rules with a server, and bring it there."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from automator.cli.serving.simulation_setup import rules_and_setup
from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Data, Json, Revision
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say, say_error, say_json
from automator.cli.terminal.paths import DEFAULT_CONFIG, DEFAULT_RULES, data_folder
from automator.cli.terminal.running_server import RunningServer, require_server
from automator.configuration.environment import Environment
from automator.model import N_, ConflictError, Problem, UsageError, record

if WORKING:
    from automator.engine.rulesets.rule_folder import etag_of
    from automator.rules import read_rule_files
    from automator.server.reading.config import settings_text
    from automator.server.rule_tests.report import result_text, summary_text
    from automator.simulation.rule_tests import run_tests

#: The exit code of a plan with changes: 2 means wrong use in every command.
CHANGES = 3
#: The exit code of an apply that somebody else's change has overtaken.
OVERTAKEN = 4
_AGAINST = N_("To apply exactly this: automator apply --revision {revision}")

Folder = Annotated[
    Path,
    typer.Argument(help="A folder with `rules` and automator.yaml, or with rule files alone."),
]
Url = Annotated[
    str | None,
    typer.Option(
        help="The address of a server elsewhere, which takes the API token in $AUTOMATOR_TOKEN;"
        " $AUTOMATOR_URL, or the server of this machine, when not given.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Also while tests of the rules fail.")]


@record(kw_only=False)
class _Wanted:
    """The rule files of a folder by their names in `rules`, and its automator.yaml if any."""

    rules: Path
    files: Mapping[str, str]
    config: Path | None


def plan(
    folder: Folder = Path(), url: Url = None, data: Data = None, as_json: Json = False
) -> None:
    """Show what a folder of rules would change on a server; exit 3 if it changes anything."""
    wanted = _read(folder)
    settings = settings_text(wanted.config) if wanted.config else None
    found, _ = _planned(_server(url, data), wanted, settings)
    is_change = found["changes"] and not found["errors"]
    say_json(found) if as_json else say(found["text"])
    if is_change and not as_json:
        say(TRANSLATOR(_AGAINST, revision=found["revision"]))
    if found["errors"] or is_change:
        raise typer.Exit(CHANGES if is_change else 1)


def apply(
    folder: Folder = Path(),
    url: Url = None,
    revision: Revision = None,
    force: Force = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring a folder of rules to a server as one revision, once the tests of the rules pass."""
    wanted, server = _read(folder), _server(url, data)
    found, texts = _planned(server, wanted, None)
    if found["changes"] and not found["errors"]:
        if not (_is_green(wanted) or force):
            say(TRANSLATOR(N_("Nothing was applied. --force applies it while tests fail.")))
            raise typer.Exit(1)
        body = {"files": texts, "revision": found["revision"] if revision is None else revision}
        try:
            found["applied"] = asyncio.run(server.call("POST", "/api/rules", body))["revision"]
        except ConflictError as error:
            say_error(error)
            raise typer.Exit(OVERTAKEN) from error
    if as_json:
        say_json(found)
    else:
        say(found["text"])
        if "applied" in found:
            say(TRANSLATOR(N_("Applied as revision {revision}."), revision=found["applied"]))
        if wanted.config:
            say(TRANSLATOR(N_("automator.yaml is left as it is: copy it to the server yourself.")))
    if found["errors"]:
        raise typer.Exit(1)


def _read(folder: Path) -> _Wanted:
    """Reads a folder; refuses it if it has no rule file, or links, which would not be applied.

    Raises:
        UsageError: there is no such folder, or no rule file in it.
        Exit: the folder has links that are not followed; they were printed.
    """
    rules = folder / DEFAULT_RULES if (folder / DEFAULT_RULES).is_dir() else folder
    config = folder / DEFAULT_CONFIG
    links: list[Problem] = []
    files = read_rule_files(rules, on_left_out=links.append)
    files.pop(DEFAULT_CONFIG.name, None)
    if links:
        say(problems_in_words(links))
        raise typer.Exit(1)
    if not files:
        # An empty folder, such as a checkout that failed, must not delete all rules.
        raise UsageError(
            N_("there is no rule file in {paths:list}"),
            fix=N_("Name a folder with rule files, or with a folder `rules`."),
            paths=[str(rules)],
        )
    return _Wanted(rules, files, config if config.is_file() else None)


def _server(url: str | None, data: Path | None) -> RunningServer:
    environment = Environment.read()
    address = url or ("" if data else environment.url)
    if address:
        return RunningServer(address.rstrip("/"), environment.token, 0)
    return require_server(data_folder(data))


def _planned(
    server: RunningServer, wanted: _Wanted, settings: str | None
) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The server's plan with the revision that it is about, and the texts that differ there."""
    listed = asyncio.run(server.call("GET", "/api/rules"))
    etags = {one["name"]: one["etag"] for one in listed["files"]}
    texts: dict[str, str | None] = {
        name: text for name, text in wanted.files.items() if etags.get(name) != etag_of(text)
    }
    texts |= dict.fromkeys(etags.keys() - wanted.files.keys())
    body = {"files": texts, "settings": settings}
    found = asyncio.run(server.call("POST", "/api/plan", body))
    return {"revision": listed["revision"], **found}, texts


def _is_green(wanted: _Wanted) -> bool:
    """Whether the tests of the folder's rules pass; prints the failed ones.

    Raises:
        Exit: the rules have errors, which were printed.
    """
    files = {str(wanted.rules / name): text for name, text in wanted.files.items()}
    read, setup = rules_and_setup(files, wanted.config)
    began = time.perf_counter()
    results = run_tests(setup, read.tests)
    failed = [one for one in results if not one.passed]
    if failed:
        for one in failed:
            say(result_text(one, TRANSLATOR))
        say(summary_text(results, time.perf_counter() - began, TRANSLATOR))
    return not failed
