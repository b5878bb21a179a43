"""Collects the problems of one rule file while it is read."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from automator.conditions import CompiledExpression, Finding, meant_in_expression
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files import (
    MAX_PROBLEMS,
    Parsed,
    Path,
    did_you_mean,
    mistake_in_line,
    suggest,
    validate,
)
from automator.files.mistakes.flow_texts import flow_text_at
from automator.files.mistakes.yaml_errors import in_quotes
from automator.files.positions import Position
from automator.model import Place, Problem, Reason, Severity
from automator.reasons import ReasonKind, problem_code
from automator.reasons.problems.files.syntax import TEXT_BETWEEN_BRACKETS
from automator.reasons.problems.files.whole_files import MORE_PROBLEMS, MORE_WARNINGS
from automator.reasons.problems.functions import ZONE_MISSING
from automator.reasons.problems.rules import NAME_OF_ELSEWHERE, NAME_OR_TEXT, UNKNOWN_NAME
from automator.reasons.problems.shape import VALUE_AS_KEY, WRITTEN_OTHERWISE
from automator.reasons.problems.words import WORD_NAMES

ModelT = TypeVar("ModelT", bound=BaseModel)


#: Problems that are dropped where another problem of their line explains the mistake better.
_OF_SHAPE = frozenset({"unknown-key", "wrong-kind", "unknown-action", "missing-key"})
#: Those of names without values between braces, which need no quotes.
_OF_SETS = frozenset({VALUE_AS_KEY.code, WRITTEN_OTHERWISE.code})


class TooManyProblemsError(Exception):
    """The file has more errors than are listed, so that reading it stops."""


class Collector:
    """Collects the problems of a file, each at the word that it is about.

    It lists at most MAX_PROBLEMS errors and as many warnings; a last problem says that there are
    more. An error beyond that ends the reading of the file.
    """

    def __init__(self, parsed: Parsed, zone: str | None = None) -> None:
        """`zone` is that of automator.yaml, which a call without any most likely means."""
        self.parsed = parsed
        self.zone = zone or DEFAULT_ZONE
        self.problems: list[Problem] = []
        #: The expressions without mistakes; whoever compiles one of them again gets the same.
        self.expressions: list[CompiledExpression] = []
        self._counts: Counter[Severity] = Counter()
        # A line that YAML misreads gets one problem, not two.
        self._unread: set[int] = set()
        with suppress(TooManyProblemsError):
            for problem in parsed.problems:
                self._add(problem)
        self._unread = {problem.line for problem in parsed.problems}

    @property
    def is_full_of_warnings(self) -> bool:
        """Whether no further warning is listed, so that none has to be looked for."""
        return self._counts[Severity.WARNING] > MAX_PROBLEMS

    def _add(self, problem: Problem) -> None:
        if problem.line in self._unread:
            return
        better = self._better(problem) if problem.code in _OF_SHAPE else None
        if better is not None:
            problem = better
            self._unread.add(problem.line)
        severity = problem.severity
        self._counts[severity] += 1
        if self._counts[severity] <= MAX_PROBLEMS:
            self.problems.append(problem)
            return
        if self._counts[severity] == MAX_PROBLEMS + 1:
            self.problems.append(more_of(problem))
        if severity is Severity.ERROR:
            raise TooManyProblemsError

    def _better(self, problem: Problem) -> Problem | None:
        """The mistake of its line that explains it better; None where there is none."""
        mistake = mistake_in_line(self.parsed.lines, problem.line)
        if mistake is not None:
            return self.parsed.problem(*mistake)
        if problem.reason.code in _OF_SETS:
            return None
        return self._cut(Position(problem.line, problem.column))

    def at_key(self, path: Path, reason: Reason, severity: Severity = Severity.ERROR) -> None:
        """A problem with the key that ends `path`."""
        self._add(self.parsed.problem(self.parsed.positions.key(path), reason, severity))

    def at_value(self, path: Path, reason: Reason, severity: Severity = Severity.ERROR) -> None:
        """A problem with the value at `path`."""
        self._add(self.parsed.problem(self.parsed.positions.value(path), reason, severity))

    def inside(self, path: Path, found: Finding, severity: Severity = Severity.ERROR) -> None:
        """A problem with a part of the text at `path`."""
        position = self.parsed.positions.inside(path, found.offset, found.length)
        reason = found.reason
        if reason.code == ZONE_MISSING.code:
            reason = replace(reason, params={**reason.params, "zone": self.zone})
        self._add(self.parsed.problem(position, reason, severity))

    def is_cut_at_comma(self, path: Path) -> bool:
        """Whether YAML has cut the text at `path` out of a longer one, at a comma between brackets.

        That is the one problem of its line then.
        """
        cut = self._cut(self.parsed.positions.value(path))
        if cut is not None:
            self._add(cut)
            self._unread.add(cut.line)
        return cut is not None

    def _cut(self, position: Position) -> Problem | None:
        """The problem with a text between brackets that YAML has cut at a comma; None for none."""
        line = self.parsed.lines[position.line - 1] if self.parsed.lines else ""
        found = flow_text_at(line, position.column - 1)
        if found is None:
            return None
        place = Position(position.line, found[0] + 1, len(found[1]))
        return self.parsed.problem(place, TEXT_BETWEEN_BRACKETS(quotes=in_quotes(found[1])))

    def unknown_name(self, path: Path, text: str, word: str, known: Collection[str]) -> None:
        """A problem with a name inside a text, where nothing has that name."""
        found = re.search(rf"(?<![\w.'\"]){re.escape(word)}(?!\w)", text)
        offset = found.start() if found else 0
        suggestion = suggest(word, known, WORD_NAMES)
        kind = UNKNOWN_NAME if did_you_mean(word, known) else NAME_OR_TEXT
        reason = kind(name=word, suggestion=suggestion)
        meant = meant_in_expression(word)
        if meant is not None:
            reason = NAME_OF_ELSEWHERE(name=word, better=meant)
        self.inside(path, Finding(offset, len(word), reason))

    def unknown_names(
        self,
        path: Path,
        names: Iterable[str],
        known: Collection[str],
        kind: ReasonKind,
        many: ReasonKind,
    ) -> None:
        """A problem for each unknown name at `path`, which holds one name or a list of them."""
        for number, name in enumerate(names):
            if name not in known:
                reason = kind(name=name, suggestion=suggest(name, known, many))
                self.at_value(self.item(path, number), reason)

    def item(self, path: Path, number: int) -> Path:
        """The place of one of the texts at `path`, where a text may stand for a list of one."""
        return (*path, number) if isinstance(self.parsed.at(path), list) else path

    def model(
        self,
        model: type[ModelT],
        path: Path,
        data: Any,
        exempt: Callable[[Path, Any], bool] | None = None,
    ) -> ModelT | None:
        """The data as a model, or None with what is wrong with it."""
        instance, problems = validate(model, self.parsed, path, data, exempt=exempt)
        for problem in problems:
            self._add(problem)
        return instance

    def place(self, path: Path) -> Place:
        """The place of the key or the value at `path`."""
        position = self.parsed.positions.key(path)
        return Place(self.parsed.file, position.line, position.column)


def more_of(problem: Problem) -> Problem:
    """The problem that says that there are more, in place of the first one beyond the limit."""
    kind = MORE_WARNINGS if problem.severity is Severity.WARNING else MORE_PROBLEMS
    return as_reason(replace(problem, length=1), kind(most=MAX_PROBLEMS))


def as_reason(problem: Problem, reason: Reason) -> Problem:
    """A problem at the same place for another reason."""
    return replace(problem, reason=reason, code=problem_code(reason))
