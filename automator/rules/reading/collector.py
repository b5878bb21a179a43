"""Collects the problems of one rule file while it is read."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from automator.conditions import Finding
from automator.files import MAX_PROBLEMS, Parsed, Path, Position, suggest, validate
from automator.model import Place, Problem, Severity

ModelT = TypeVar("ModelT", bound=BaseModel)


class TooManyProblemsError(Exception):
    """The file has more errors than are listed, so that reading it stops."""


class Collector:
    """Collects the problems of a file, each at the word that it is about.

    It lists at most MAX_PROBLEMS errors and as many warnings; a last problem says that there are
    more. An error beyond that ends the reading of the file.
    """

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.problems: list[Problem] = []
        self._counts: Counter[Severity] = Counter()
        # A line that YAML reads as something else than it says has one problem, not two.
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
        severity = problem.severity
        self._counts[severity] += 1
        if self._counts[severity] <= MAX_PROBLEMS:
            self.problems.append(problem)
            return
        if self._counts[severity] == MAX_PROBLEMS + 1:
            self.problems.append(more_of(problem))
        if severity is Severity.ERROR:
            raise TooManyProblemsError

    def at_key(
        self, path: Path, message: str, code: str, fix: str, severity: Severity = Severity.ERROR
    ) -> None:
        """A problem with the key that ends `path`."""
        self._report(self.parsed.positions.key(path), message, code, fix, severity)

    def at_value(
        self, path: Path, message: str, code: str, fix: str, severity: Severity = Severity.ERROR
    ) -> None:
        """A problem with the value at `path`."""
        self._report(self.parsed.positions.value(path), message, code, fix, severity)

    def inside(self, path: Path, found: Finding, severity: Severity = Severity.ERROR) -> None:
        """A problem with a part of the text at `path`."""
        position = self.parsed.positions.inside(path, found.offset, found.length)
        self._report(position, found.message, found.code, found.fix, severity)

    def _report(
        self, position: Position, message: str, code: str, fix: str, severity: Severity
    ) -> None:
        self._add(self.parsed.problem(position, message, code, fix=fix, severity=severity))

    def unknown_word(
        self, path: Path, text: str, word: str, known: Iterable[str], many: str, code: str
    ) -> None:
        """A problem with a name inside a text, where nothing has that name."""
        found = re.search(rf"(?<![\w.'\"]){re.escape(word)}(?!\w)", text)
        offset = found.start() if found else 0
        fix = suggest(word, known, many)
        self.inside(path, Finding(offset, len(word), f"there is no '{word}' here", code, fix))

    def unknown_names(
        self,
        path: Path,
        names: Iterable[str],
        known: Collection[str],
        code: str,
        kind: str,
        many: str = "",
    ) -> None:
        """A problem for each of the names at `path`, one or a list of them, that nothing has."""
        for number, name in enumerate(names):
            if name not in known:
                message = f"there is no {kind} '{name}'"
                fix = suggest(name, known, many or f"{kind}s")
                self.at_value(self.item(path, number), message, code, fix)

    def item(self, path: Path, number: int) -> Path:
        """The place of one of the texts at `path`, where a text may stand for a list of one."""
        return (*path, number) if isinstance(self.parsed.at(path), list) else path

    def model(
        self,
        model: type[ModelT],
        path: Path,
        data: Any,
        exempt: Callable[[Any], bool] | None = None,
    ) -> ModelT | None:
        """The data as a model, or None with what is wrong with it."""
        instance, problems = validate(model, self.parsed, path, data, exempt=exempt)
        for problem in problems:
            self._add(problem)
        return instance

    def without(
        self, path: Path, data: Mapping[str, Any], later: Iterable[str], what: str
    ) -> dict[str, Any]:
        """The mapping without the keys that are not available yet, each of which is a problem."""
        kept = dict(data)
        for key in later:
            if key in kept:
                del kept[key]
                message = f"'{key}' is not available yet in {what}"
                fix = "leave it out; without it the rule would do something else than it says."
                self.at_key((*path, key), message, "not-yet", fix)
        return kept

    def place(self, path: Path) -> Place:
        """Where the key or the value at `path` stands."""
        position = self.parsed.positions.key(path)
        return Place(self.parsed.file, position.line, position.column)


def more_of(problem: Problem) -> Problem:
    """The problem that says, in place of one too many, that there are more like it."""
    many = "warnings" if problem.severity is Severity.WARNING else "problems"
    message = f"the file has more than {MAX_PROBLEMS} {many}; the others are not listed"
    fix = "mend those that are listed, then check the file again."
    return replace(problem, message=message, fix=fix, code="too-many-problems", length=1)
