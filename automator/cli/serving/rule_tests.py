"""`automator test`: runs the tests of rule files with the real engine and a simulated clock."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.serving.check import default_files, read_files
from automator.cli.serving.simulation_setup import change_file, rules_and_setup
from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Data, Database, Json, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.model import N_, Event, UsageError

if WORKING:
    from automator.cli.terminal.database import open_log
    from automator.engine.explanation.stored_event import events_before, stored_event
    from automator.rules import Loaded
    from automator.rules.editing.edits import with_rule_test
    from automator.server.rule_tests.report import (
        junit_report,
        result_json,
        result_text,
        summary_text,
        tested_text,
    )
    from automator.simulation.covered_by_tests import TestedRule, covered_by_tests
    from automator.simulation.incoming import recorded_answers
    from automator.simulation.recorded_tests import test_of
    from automator.simulation.rule_tests import TestResult, run_tests
    from automator.simulation.simulation import SimulationSetup

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
Covered = Annotated[
    bool,
    typer.Option(
        "--coverage", help="Also show the tests in which each condition held, and did not hold."
    ),
]
JUnit = Annotated[
    Path | None, typer.Option(help="Write a JUnit report into this file.", show_default=False)
]
FromEvent = Annotated[
    str | None,
    typer.Option(
        help="Write a test into the rule's file instead: it expects the same outcome of this"
        " stored event as now. The person gets another name.",
        show_default=False,
    ),
]
#: Seconds between two checks of the files for changes.
_WATCH_S = 0.5


def run_rule_tests(
    paths: Paths = None,
    rule: Rule = None,
    watch: Watch = False,
    junit: JUnit = None,
    covered: Covered = False,
    from_event: FromEvent = None,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Run the tests of the rules: on the engine itself, with a simulated clock, sending nothing."""
    config = find_config(config)
    files = _files(paths, config)
    if from_event is not None:
        _record(rules_and_setup(files, config), rule, from_event, data_folder(data), database)
        return
    stored = partial(_stored, data_folder(data), database)
    passed = _run(files, rule, junit, config, stored, covered=covered, as_json=as_json)
    while watch:
        while (now := _files(paths, config)) == files:
            time.sleep(_WATCH_S)
        files = now
        say()
        passed = _run(files, rule, junit, config, stored, covered=covered, as_json=as_json)
    if not passed:
        raise typer.Exit(1)


def _files(paths: list[Path] | None, config: Path | None) -> dict[str, str]:
    return read_files(paths) if paths else default_files(config)


def _run(
    files: Mapping[str, str],
    rule: str | None,
    junit: Path | None,
    config: Path | None,
    stored: "Callable[[int], Event]",
    *,
    covered: bool,
    as_json: bool,
) -> bool:
    """Runs the tests of these files and prints the results; returns whether all passed."""
    read, setup = rules_and_setup(files, config)
    setup = replace(setup, stored=stored)
    tests = [test for test in read.tests if rule in (None, test.rule)]
    if not tests:
        raise UsageError(
            N_("there is no test here"),
            fix=N_(
                "Write one below 'tests' of a rule; `automator help test-your-rules` shows how."
            ),
        )

    def show(result: "TestResult") -> None:
        if not as_json:
            say(result_text(result, TRANSLATOR))

    began = time.perf_counter()
    results = run_tests(setup, tests, show)
    seconds = time.perf_counter() - began
    if junit is not None:
        junit.write_bytes(junit_report(results, TRANSLATOR))
    rules = [one for one in read.rule_set.rules if rule in (None, one.spec.id)]
    seen = covered_by_tests(rules, results) if covered else None
    if as_json:
        _say_json(results, seen)
    else:
        _say_summary(results, seen, seconds)
    return all(result.passed for result in results)


def _say_json(results: "Sequence[TestResult]", seen: "Sequence[TestedRule] | None") -> None:
    told = [result_json(result, TRANSLATOR) for result in results]
    if seen is None:
        say_json(told)
    else:
        say_json({"tests": told, "coverage": [one.as_json() for one in seen]})


def _say_summary(
    results: "Sequence[TestResult]", seen: "Sequence[TestedRule] | None", seconds: float
) -> None:
    say()
    say(summary_text(results, seconds, TRANSLATOR))
    if seen is not None:
        say()
        say(tested_text(seen, TRANSLATOR))


def _stored(folder: Path, database: str | None, event_id: int) -> "Event":
    """An event of the log: in the data folder or, if `database` is given, at that address.

    Raises:
        NotFoundError: there is no such event, or no log at all.
    """
    with open_log(folder, database) as log:
        return stored_event(log, event_id, whole=True).event


def _record(
    found: "tuple[Loaded, SimulationSetup]",
    rule_id: str | None,
    event: str,
    folder: Path,
    database: str | None,
) -> None:
    """Adds a test to a rule's file: the rule does about a stored event what it does now.

    `rule_id` may be None if just one rule has acted on the event.

    Raises:
        UsageError: no rule is named, and it is unclear which rule is meant.
    """
    event_id = read_id(event, N_("an event's"), where=N_("; automator log shows it in brackets."))
    with open_log(folder, database) as log:
        detail = stored_event(log, event_id, whole=True)
        before = events_before(log, event_id)
        acted = sorted({row.run.rule for row in detail.runs})
        rule_id = rule_id or (acted[0] if len(acted) == 1 else "")
        answers = recorded_answers(log, event_id, rule_id)
    read, setup = found
    rule = read.rule_set.rule(rule_id)
    if rule is None:
        raise UsageError(
            N_("which rule is to be tested?"),
            fix=N_("Name it with --rule; these have acted on the event: {rules}."),
            rules=", ".join(acted) or "-",
        )
    test = asyncio.run(test_of(setup, rule, detail.event, None, *before, answers=answers)).written
    file = Path(rule.spec.place.file)
    change_file(file, lambda text: with_rule_test(text, rule_id, test))
    text = N_("{file} has a test of {rule} more: {name}")
    say(TRANSLATOR(text, file=str(file), rule=rule_id, name=test["name"]))
