"""Writes the results of tests as a JUnit report, which CI systems read."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from automator.language import Translator
from automator.server.rule_tests.report import result_text
from automator.simulation.rule_tests import TestResult


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
