"""Writes problems of files in one language: as text for a terminal, and as data for programs."""

from collections.abc import Iterable
from typing import Any

from automator.language.translator import Translator
from automator.model import N_, Problem, Severity

_WARNING = N_("warning")
_FIX = N_("fix")


def render_problem(problem: Problem, translator: Translator) -> str:
    """Writes `file:line:column: message [code]`, the line with a marker, and the fix."""
    kind = f"{translator(_WARNING)}: " if problem.severity is Severity.WARNING else ""
    place = f"{problem.file}:{problem.line}:{problem.column}"
    lines = [f"{place}: {kind}{translator.say(problem.reason)} [{problem.code}]"]
    if problem.source:
        number = str(problem.line)
        source, offset, length = problem.excerpt()
        lines.append(f"{number} | {source}")
        lines.append(f"{' ' * len(number)} | {' ' * offset}^{'~' * (length - 1)}")
    fix = translator.advice(problem.reason)
    if fix:
        lines.append(f"  {translator(_FIX)}: {fix}")
    return "\n".join(lines)


def render_problems(problems: Iterable[Problem], translator: Translator) -> str:
    """Writes all problems in the order of their positions, separated by empty lines."""
    return "\n\n".join(render_problem(problem, translator) for problem in sorted(problems))


def problem_as_data(problem: Problem, translator: Translator) -> dict[str, Any]:
    """Returns a problem as JSON data: position, code, reason with values, and sentences."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "length": problem.length,
        "severity": problem.severity.value,
        "code": problem.code,
        "reason": problem.reason.to_json(),
        "message": translator.say(problem.reason),
        "fix": translator.advice(problem.reason),
        "source": problem.source,
    }
