"""The results of tests as text in the reader's language, and as data."""

from collections.abc import Iterator, Sequence
from typing import Any

from automator.language import Translator
from automator.model import N_
from automator.server.shared.explanation_text import rule_lines
from automator.simulation.history import SimulatedRun
from automator.simulation.rule_tests import TestResult

_SHOWN_TEXT = 200


def result_text(result: TestResult, _: Translator) -> str:
    """One test: a line when it passed; else what was expected, what happened, and why."""
    test = result.test
    mark = "✓" if result.passed else "✗"
    lines = [f"{mark} {test.rule}: {test.source.name}"]
    if not result.passed:
        lines[0] += f"  [{test.place}]"
        lines += [f"    {_.say(failure)}" for failure in result.failures]
        for run in result.runs:
            lines += [f"    {line}" for line in _run_lines(run, _)]
        for decision in result.decisions:
            lines += [f"    {line}" for line in rule_lines(decision, _)]
    return "\n".join(lines)


def summary_text(results: Sequence[TestResult], seconds: float, _: Translator) -> str:
    """`12 passed, 1 failed, in 0.8 s`."""
    failed = sum(not result.passed for result in results)
    values = {"passed": len(results) - failed, "failed": failed, "time": round(seconds * 1000)}
    if failed:
        return _(N_("{passed:number} passed, {failed:number} failed, in {time:duration}"), **values)
    return _(N_("{passed:number} passed, in {time:duration}"), **values)


def result_json(result: TestResult, _: Translator) -> dict[str, Any]:
    """The same for a program."""
    test = result.test
    return {
        "rule": test.rule,
        "name": test.source.name,
        "place": str(test.place),
        "passed": result.passed,
        "seconds": round(result.seconds, 3),
        "failures": [{**failure.to_json(), "text": _.say(failure)} for failure in result.failures],
    }


def _run_lines(run: SimulatedRun, _: Translator) -> Iterator[str]:
    """What a run did, step by step."""
    title = f"{run.rule} › {run.path}" if run.path else run.rule
    because = f": {_.say(run.reason)}" if run.reason else ""
    yield f"{title}  {_.state(run.became)}{because}"
    for step in run.steps:
        yield f"    {step.id}  {step.status.value}  {_.say(step.summary)}"
        if step.text:
            yield f"        “{step.text[:_SHOWN_TEXT]}”"
