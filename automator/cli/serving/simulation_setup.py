"""Reads the rules that a command names, and prepares simulations of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.output import problems_in_words, say
from automator.clock import SystemClock
from automator.durable_files import write_durably
from automator.model import Severity, first_id_of

if WORKING:
    from automator.engine.replay.filter_syntax import event_filter
    from automator.rules import Loaded, load_rules, with_test_files
    from automator.server.reading.config import load_config
    from automator.server.reading.rule_context import rule_context_of
    from automator.server.rule_tests.setup import setup_of, stand_ins
    from automator.simulation.simulation import SimulationSetup

Since = Annotated[
    str, typer.Option(help="The stored events from then on: 7d, or 2026-11-24T08:00+07:00.")
]
#: Seconds that a simulation may take in a command; Ctrl-C ends it earlier.
MOST_SECONDS = 86_400.0


def rules_and_setup(
    files: Mapping[str, str], config: Path | None
) -> "tuple[Loaded, SimulationSetup]":
    """The rules of these files, and the setup of their simulations.

    Raises:
        Exit: the rules have errors, which were printed.
    """
    with TemporaryDirectory(prefix="automator-demo-") as folder:
        loaded = load_config(config, Path(folder), config is None, resolve_secrets=False)
    rule_context = rule_context_of(loaded, is_configured=config is not None)
    read = with_test_files(load_rules(rule_context, files), Path())
    problems = sorted([*loaded.problems, *read.problems])
    if any(problem.severity is Severity.ERROR for problem in problems):
        say(problems_in_words(problems))
        raise typer.Exit(1)
    connections = loaded.connections
    if config is None:
        connections = {**connections, **stand_ins(read, connections)}
    setup = setup_of(files, rule_context, loaded.settings, connections)
    # Only `check` shows warnings about likely mistakes.
    return read, replace(setup, rule_context=replace(setup.rule_context, advises=False))


def events_since(since: str, setup: "SimulationSetup") -> tuple[int, int]:
    """The greatest id of an event before that time, and the present time in milliseconds.

    Raises:
        UsageError: the text is not a time.
    """
    now_ms = SystemClock().now_ms()
    since_ms = event_filter({"since": since}, now_ms, setup.settings.zone).since_ms or 0
    return first_id_of(since_ms) - 1, now_ms


def change_file(file: Path, change: Callable[[str], str]) -> None:
    """Replaces the text of a rule file, whole or not at all, and keeps its line endings."""
    with file.open(encoding="utf-8", newline="") as opened:
        changed = change(opened.read())
    write_durably(file.resolve(), changed)
