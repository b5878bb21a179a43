"""The rules that a command names, and what simulations of them run on."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from automator.cli.terminal.output import problems_in_words, say
from automator.model import Severity

if TYPE_CHECKING:
    from automator.rules import Loaded
    from automator.simulation.simulation import Bench


def rules_and_bench(files: Mapping[str, str], config: Path | None) -> "tuple[Loaded, Bench]":
    """The rules of these files, and what simulations of them run on.

    Raises:
        Exit: there are errors, which have been said.
    """
    from automator.rules import load_rules, with_test_files
    from automator.server.bootstrap.config import load_config
    from automator.server.bootstrap.surroundings import surroundings_of
    from automator.server.rule_tests.bench import bench_of, stand_ins

    with TemporaryDirectory(prefix="automator-demo-") as folder:
        loaded = load_config(config, Path(folder), config is None, resolve_secrets=False)
    surroundings = surroundings_of(loaded, is_configured=config is not None)
    read = with_test_files(load_rules(surroundings, files), Path())
    problems = sorted([*loaded.problems, *read.problems])
    if any(problem.severity is Severity.ERROR for problem in problems):
        say(problems_in_words(problems))
        raise typer.Exit(1)
    connections = loaded.connections
    if config is None:
        connections = {**connections, **stand_ins(read, connections)}
    bench = bench_of(files, surroundings, loaded.settings, connections)
    # What is most likely not meant so has been said by `check`.
    return read, replace(bench, surroundings=replace(bench.surroundings, advises=False))
