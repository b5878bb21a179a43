"""Runs the tests of a rule file as `automator test` would without automator.yaml."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from automator.model import Event
from automator.rules import load_rules, with_test_files
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from automator.server.rule_tests.setup import setup_of, stand_ins
from automator.simulation.rule_tests import TestResult, run_tests


def results_of(
    files: Mapping[str, str],
    folder: Path,
    *,
    most_seconds: float = 60.0,
    most_claims: int = 5_000,
    stored: Callable[[int], Event] | None = None,
) -> dict[str, TestResult]:
    """The result of each test by its name."""
    config = load_config(None, folder, demo=True)
    rule_context = rule_context_of(config, is_configured=False)
    read = with_test_files(load_rules(rule_context, files), folder)
    assert not read.refused, [str(problem.reason) for problem in read.problems]
    connections = {**config.connections, **stand_ins(read, config.connections)}
    setup = setup_of(files, rule_context, config.settings, connections)
    setup = replace(setup, most_seconds=most_seconds, most_claims=most_claims, stored=stored)
    return {result.test.source.name: result for result in run_tests(setup, read.tests)}


def codes_of(result: TestResult) -> list[str]:
    """The codes of what did not go as expected."""
    return [failure.code for failure in result.failures]
