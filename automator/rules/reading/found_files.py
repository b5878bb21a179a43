"""Finds and reads the rule files in a folder, and the files that tests of rules name."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from automator.files import MAX_BYTES, parse_yaml
from automator.model import Problem, Reason, Severity, record
from automator.reasons import problem_code
from automator.reasons.problems import rule_tests
from automator.reasons.problems.files import whole_files
from automator.resources import DEMO_FOLDER
from automator.rules.compiled.shop_texts import is_shop_text, shop_text_file
from automator.rules.reading.load import Loaded, as_reason
from automator.rules.reading.read_file import RuleTest
from automator.rules.reading.snippets import included_places, named_texts

#: The endings of the names of rule files, in upper or lower case.
RULE_FILE_ENDINGS = (".yaml", ".yml")

#: In how many folders an included file is looked for: as many as the name of a rule file may have.
_MOST_FOLDERS = 5


@record(kw_only=False)
class FoundFiles:
    """The rule files below a folder by their names relative to it, in the order of the names."""

    paths: tuple[tuple[str, Path], ...]
    #: A warning for every link that is not read.
    left_out: tuple[Problem, ...]


def is_rule_file(name: str) -> bool:
    """Whether a file with this name is a rule file, or a text from which rules answer."""
    return name.lower().endswith(RULE_FILE_ENDINGS) or is_shop_text(name)


def read_rule_files(
    folder: Path,
    on_error: Callable[[str, OSError], None] | None = None,
    on_left_out: Callable[[Problem], None] | None = None,
) -> dict[str, str]:
    """The rule files below a folder by their names relative to it, in the order of the names.

    Of a file that is too large, only so much is read that the size is noticed. `on_error` is called
    for a file that cannot be read, `on_left_out` for a link that is not followed.

    Raises:
        OSError: a folder cannot be listed, or a file cannot be read and there is no `on_error`.
    """
    files: dict[str, str] = {}
    found = find_rule_files(folder)
    for name, path in found.paths:
        try:
            with path.open("rb") as file:
                files[name] = file.read(MAX_BYTES + 1).decode("utf-8", "replace")
        except FileNotFoundError:
            # It was deleted after the folder was listed.
            continue
        except OSError as error:
            if on_error is None:
                raise
            on_error(name, error)
    if on_left_out is not None:
        for problem in found.left_out:
            on_left_out(problem)
    return files


def find_rule_files(folder: Path) -> FoundFiles:
    """The rule files below a folder, and the links that are left out.

    Hidden files and folders and the demo's rules are left out without mention.

    Raises:
        OSError: a folder cannot be listed.
    """
    if not folder.is_dir():
        return FoundFiles((), ())
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    left_out: list[Problem] = []
    for path, is_folder in _entries(folder):
        name = path.relative_to(folder).as_posix()
        # Only a link can lead out of the folder. Other paths are not resolved: that takes long, and
        # this runs every second.
        why = _why_left_out(path, root, is_folder=is_folder) if path.is_symlink() else None
        if why is not None:
            left_out.append(_left_out(name, why))
        elif not is_folder and path.is_file():
            found.append((name, path))
    return FoundFiles(tuple(sorted(found)), tuple(sorted(left_out)))


def with_included_files(files: Mapping[str, str]) -> dict[str, str]:
    """The files and those that they include, which lie beside them or in a folder above."""
    found = dict(files)
    for name, text in files.items():
        is_reader = "include" in text or "answer" in text
        data = parse_yaml(name, text).data if is_reader and not is_shop_text(name) else None
        written = data.get("include") if isinstance(data, dict) else None
        written = written if isinstance(written, list) else [written]
        for one in (*written, *(shop_text_file(name) for name in named_texts(data))):
            if not isinstance(one, str) or not is_rule_file(one):
                continue
            for place in islice(included_places(name, one), _MOST_FOLDERS):
                if place in found:
                    break
                if Path(place).is_file():
                    with Path(place).open("rb") as file:
                        found[place] = file.read(MAX_BYTES + 1).decode("utf-8", "replace")
                    break
    return found


def _entries(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Every folder and possible rule file: its path, and whether it is a folder."""
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        is_top = Path(place) == folder
        if is_top and DEMO_FOLDER in folders:
            folders.remove(DEMO_FOLDER)
        within = "" if is_top else f"{Path(place).name}/"
        for name in folders:
            yield Path(place, name), True
        for name in names:
            if is_rule_file(f"{within}{name}") and not name.startswith("."):
                yield Path(place, name), False


def _why_left_out(link: Path, root: Path, *, is_folder: bool) -> Reason | None:
    """The reason why a link is not read; None if it is read, or leads to no rule file."""
    try:
        target = str(link.readlink())
    except OSError:
        # It was deleted after the folder was listed.
        return None
    if is_folder:
        return whole_files.syntax_link_to_folder(target=target) if _has_rule_files(link) else None
    if not link.is_file():
        return whole_files.syntax_link_to_no_file(target=target)
    return (
        None
        if link.resolve().is_relative_to(root)
        else whole_files.syntax_link_leads_out(target=target)
    )


def _has_rule_files(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(is_rule_file(entry.name) for entry in entries)
    except OSError:
        return False


def _left_out(name: str, why: Reason) -> Problem:
    return Problem(
        file=name,
        line=1,
        column=1,
        reason=why,
        code=problem_code(why),
        severity=Severity.WARNING,
    )


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


# --- The files that tests of rules name: bodies of deliveries, as JSON, XML or a form ---


#: How many bytes all files together may have that the tests of a rule set name.
_MOST_BYTES = 16_000_000


def body_in(file: str, data: bytes) -> Any:
    """The body of a delivery in a file: the value of JSON, or the bytes of XML or a form.

    Raises:
        ValueError, RecursionError: the file's name or its first sign says JSON, and it is none.
    """
    is_json = file.endswith(".json") or data.lstrip()[:1] in (b"{", b"[")
    return json.loads(data) if is_json else data


class _UnreadableError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def with_test_files(loaded: Loaded, folder: Path) -> Loaded:
    """Reads the files that tests name, relative to `folder`. If a file cannot be read, its test
    fails, and there is a warning at the place that names the file; the rules stay usable.
    """
    reader = _Reader(folder)
    tests = tuple(reader.with_files(test) for test in loaded.tests)
    return replace(loaded, tests=tests, problems=sorted([*loaded.problems, *reader.problems]))


class _Reader:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = _MOST_BYTES
        self._read: dict[Path, Any] = {}
        self.problems: list[Problem] = []

    def with_files(self, test: RuleTest) -> RuleTest:
        """The test with the contents of its files in place of their names."""
        if not test.files:
            return test
        base = (self._folder / test.place.file).parent
        bodies: dict[str, Any] = {}
        for file, problem in test.files:
            try:
                bodies[file] = self._body(base, file)
            except _UnreadableError as error:
                self.problems.append(as_reason(problem, error.reason))
                return replace(test, failure=error.reason)
        source = test.source
        event = source.event and source.event.with_body(bodies)
        events = [one.with_body(bodies) for one in source.events]
        return replace(test, source=source.model_copy(update={"event": event, "events": events}))

    def _body(self, base: Path, file: str) -> Any:
        place = (base / file).resolve()
        if not place.is_relative_to(base.resolve()):
            raise _UnreadableError(rule_tests.test_file_outside(file=file))
        if place not in self._read:
            self._read[place] = self._parsed(place, file)
        return self._read[place]

    def _parsed(self, place: Path, file: str) -> Any:
        try:
            with place.open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
        except OSError as error:
            raise _UnreadableError(rule_tests.test_file_missing(file=file)) from error
        self._left -= len(data)
        if len(data) > MAX_BYTES:
            raise _UnreadableError(rule_tests.test_file_too_large(file=file, most=MAX_BYTES))
        if self._left < 0:
            raise _UnreadableError(rule_tests.test_files_too_large(file=file, most=_MOST_BYTES))
        try:
            return body_in(file, data)
        except (ValueError, RecursionError) as error:
            raise _UnreadableError(_not_json(file, error)) from error


def _not_json(file: str, error: Exception) -> Reason:
    said = getattr(error, "msg", type(error).__name__)
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    return rule_tests.test_file_not_json(file=file, said=said, line=line, column=column)
