"""Describes the results of tests in the reader's language, and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from automator.language import Translator
from automator.model import N_, Place, in_one_line
from automator.rules import RuleExplanation
from automator.server.shared.explanation_text import rule_lines
from automator.simulation.covered_by_tests import (
    ALWAYS_FALSE,
    ALWAYS_TRUE,
    NEVER_EVALUATED,
    TestedCondition,
    TestedRule,
)
from automator.simulation.rule_tests import TestResult, shown
from automator.simulation.simulation import SimulatedRun

_SHOWN_TEXT = 200
_FINDINGS = {
    NEVER_EVALUATED: N_("never looked at: add a test in which nothing before it decides"),
    ALWAYS_TRUE: N_("held in every test: add one in which it does not hold"),
    ALWAYS_FALSE: N_("held in no test: add one in which it holds"),
}


def result_text(result: TestResult, _: Translator) -> str:
    """The result of a test: one line if it passed, else also failures, runs, and what to change."""
    test = result.test
    mark = "✓" if result.passed else "✗"
    lines = [f"{mark} {test.rule}: {test.source.name}"]
    if not result.passed:
        lines[0] += f"  [{test.place}]"
        lines += [f"    {_.say(one)}  [{place}]" for one, place in result.differences]
        for run in result.runs:
            lines += [f"    {line}" for line in _run_lines(run, _)]
        for decision in result.decisions:
            lines += [f"    {line}" for line in rule_lines(decision, _)]
        lines.append(f"    {_places_to_fix(result, _)}")
    return "\n".join(lines)


def _places_to_fix(result: TestResult, _: Translator) -> str:
    """The advice for a failed test: the place of the deciding condition, and of the test."""
    places = [
        _deciding(item)
        for item in result.decisions
        if item.rule == result.test.rule and not item.matched
    ]
    if not (result.decisions or result.runs):
        # Nothing came in, so the rule is not the cause.
        text = N_("fix: change the test in {test}.")
    elif places:
        text = N_("fix: change {place}, which decides; or, if that is right, the test in {test}.")
    else:
        text = N_("fix: change the steps of the rule; or, if they are right, the test in {test}.")
    return _(text, place=str(places[0]) if places else "", test=str(result.test.place))


def _deciding(decision: RuleExplanation) -> Place:
    """The place of the condition that decides; without one, the place of the rule."""
    found = (item.place for item in decision.conditions if item.decides)
    return next(found, decision.place)


def summary_text(results: Sequence[TestResult], seconds: float, _: Translator) -> str:
    """The counts and the time as `12 passed, 1 failed, in 0.8 s`."""
    failed = sum(not result.passed for result in results)
    values = {"passed": len(results) - failed, "failed": failed, "time": round(seconds * 1000)}
    if failed:
        return _(N_("{passed:number} passed, {failed:number} failed, in {time:duration}"), **values)
    return _(N_("{passed:number} passed, in {time:duration}"), **values)


def result_json(result: TestResult, _: Translator) -> dict[str, Any]:
    """The result of a test in JSON."""
    test = result.test
    return {
        "rule": test.rule,
        "name": test.source.name,
        "place": str(test.place),
        "passed": result.passed,
        "seconds": round(result.seconds, 3),
        "failures": [
            {**one.to_json(), "text": _.say(one), "place": str(place)}
            for one, place in result.differences
        ],
    }


def tested_text(rules: Sequence[TestedRule], _: Translator) -> str:
    """For each rule, the conditions with the tests in which each held or did not hold."""
    return "\n".join(line for rule in rules for line in _tested_lines(rule, _))


def _tested_lines(rule: TestedRule, _: Translator) -> Iterator[str]:
    head = f"{'✓' if rule.is_covered else '!'} {rule.rule}  [{rule.place}]"
    if not rule.tests:
        none = _(N_("no test"))
        yield f"{head}: {none}"
        return
    count = _.counted("{count} test", "{count} tests", rule.tests)
    yield f"{head}: {count}"
    for test, text in (
        (rule.last_matched, N_("matched last in “{test}”")),
        (rule.last_missed, N_("did not match last in “{test}”")),
    ):
        if test is not None:
            yield f"    {_(text, test=test)}"
    for item in rule.conditions:
        mark = "!" if item.finding else "✓"
        yield f"    {mark} {item.text[:_SHOWN_TEXT]}  [{item.place}]"
        yield from (f"        {line}" for line in _seen_of(item, _))


def _seen_of(item: TestedCondition, _: Translator) -> Iterator[str]:
    if item.finding is not None:
        yield _(_FINDINGS[item.finding])
    if item.last_true is not None:
        yield _(N_("held last in “{test}”"), test=item.last_true)
    if item.last_false is not None:
        yield _(N_("did not hold last in “{test}”"), test=item.last_false)


def _run_lines(run: SimulatedRun, _: Translator) -> Iterator[str]:
    """The lines about a run: its state and reason, and its steps."""
    title = f"{run.rule} › {run.path}" if run.path else run.rule
    because = f": {_.say(run.reason)}" if run.reason else ""
    yield f"{title}  {_.state(run.became)}{because}"
    for step in run.steps:
        yield f"    {step.id}  {step.status.value}  {_.say(step.summary)}"
        sends = [{name: one[name] for name in ("method", "url", "body")} for one in step.sent]
        for word, value in {**step.words, "attempts": None, "sends": sends}.items():
            if value:
                yield f"        {word}: {in_one_line(shown(value), _SHOWN_TEXT)}"


# --- The results as a JUnit report, which CI systems read ---


def junit_report(results: Sequence[TestResult], _: Translator) -> bytes:
    """The report as XML: one test suite; the class name of a test is the id of its rule."""
    failed = sum(not result.passed for result in results)
    seconds = sum(result.seconds for result in results)
    suite = Element(
        "testsuite",
        name="automator",
        tests=str(len(results)),
        failures=str(failed),
        time=f"{seconds:.3f}",
    )
    for result in results:
        test = result.test
        case = SubElement(
            suite,
            "testcase",
            classname=test.rule,
            name=test.source.name,
            file=test.place.file,
            line=str(test.place.line),
            time=f"{result.seconds:.3f}",
        )
        if not result.passed:
            message = "; ".join(_.say(failure) for failure in result.failures)
            failure = SubElement(case, "failure", message=_printable(message))
            failure.text = _printable(result_text(result, _))
    report: bytes = tostring(suite, encoding="utf-8", xml_declaration=True)
    return report


def _printable(text: str) -> str:
    """The text without characters that XML cannot contain."""
    return "".join(char for char in text if char in "\t\n" or char >= " ")
