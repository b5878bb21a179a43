"""`automator test`: runs the tests that stand in rule files, on the engine itself."""

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from automator.cli.serving.check import default_files, read_files
from automator.cli.terminal.options import Config, Json, find_config
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say, say_json
from automator.model import N_, Severity, UsageError

if TYPE_CHECKING:
    from automator.simulation.rule_tests import TestResult

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Rule files or folders; the rules folder, or without automator.yaml the demo's,"
        " when not given.",
        show_default=False,
    ),
]
Rule = Annotated[str | None, typer.Option(help="Only the tests of this rule.")]
Watch = Annotated[bool, typer.Option("--watch", help="Run them again whenever a file changes.")]
JUnit = Annotated[
    Path | None, typer.Option(help="Write a JUnit report into this file.", show_default=False)
]
#: Seconds between two looks at the files.
_WATCH_S = 0.5


def run_rule_tests(
    paths: Paths = None,
    rule: Rule = None,
    watch: Watch = False,
    junit: JUnit = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run the tests of the rules: on the engine itself, with a simulated clock, sending nothing."""
    config = find_config(config)
    passed = _run(_files(paths, config), rule, junit, config, as_json=as_json)
    while watch:
        seen = _files(paths, config)
        while (now := _files(paths, config)) == seen:
            time.sleep(_WATCH_S)
        say()
        passed = _run(now, rule, junit, config, as_json=as_json)
    if not passed:
        raise typer.Exit(1)


def _files(paths: list[Path] | None, config: Path | None) -> dict[str, str]:
    return read_files(paths) if paths else default_files(config)


def _run(
    files: Mapping[str, str],
    rule: str | None,
    junit: Path | None,
    config: Path | None,
    *,
    as_json: bool,
) -> bool:
    """Runs the tests of these files and says how they went; whether all passed."""
    from automator.rules import load_rules
    from automator.server.bootstrap.config import load_config
    from automator.server.bootstrap.surroundings import surroundings_of
    from automator.server.rule_tests.bench import bench_of
    from automator.server.rule_tests.junit import junit_report
    from automator.server.rule_tests.report import result_json, result_text, summary_text
    from automator.simulation.rule_tests import run_tests

    with TemporaryDirectory(prefix="automator-demo-") as folder:
        loaded = load_config(config, Path(folder), config is None, resolve_secrets=False)
    surroundings = surroundings_of(loaded, is_configured=config is not None)
    read = load_rules(surroundings, files)
    problems = sorted([*loaded.problems, *read.problems])
    if any(problem.severity is Severity.ERROR for problem in problems):
        say(problems_in_words(problems))
        return False
    tests = [test for test in read.tests if rule in (None, test.rule)]
    if not tests:
        raise UsageError(
            N_("there is no test here"),
            fix=N_("Write one below 'tests' of a rule; docs/how-to/test-your-rules.md shows how."),
        )

    def show(result: "TestResult") -> None:
        if not as_json:
            say(result_text(result, TRANSLATOR))

    began = time.perf_counter()
    bench = bench_of(read, surroundings, loaded.settings, loaded.connections)
    results = run_tests(bench, tests, show)
    if junit is not None:
        junit.write_bytes(junit_report(results, TRANSLATOR))
    if as_json:
        say_json([result_json(result, TRANSLATOR) for result in results])
    else:
        say()
        say(summary_text(results, time.perf_counter() - began, TRANSLATOR))
    return all(result.passed for result in results)
