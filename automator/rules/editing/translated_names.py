"""Translates the names and descriptions in a rule file.

They are only for readers of the file. Texts that customers get are not translated.
"""

from collections.abc import Callable, Iterator
from typing import Any

from automator.files import Path
from automator.files.editing import put
from automator.rules.editing.edits import data_of, rules_in
from automator.rules.editing.fields import at


def names_in(text: str) -> Iterator[tuple[Path, str]]:
    """The names and descriptions of rules, conditions, actions and tests, with their paths."""
    data = data_of(text)
    for index in range(len(rules_in(text))):
        rule: Path = ("rules", index)
        for path in (("name",), ("description",), ("disabled_reason",)):
            yield from _text_at(data, (*rule, *path))
        yield from _names_of_conditions(data, (*rule, "conditions"))
        tests = at(data, (*rule, "tests"))
        for number in range(len(tests) if isinstance(tests, list) else 0):
            yield from _text_at(data, (*rule, "tests", number, "name"))


def with_names_translated(text: str, say: Callable[[str], str]) -> str:
    """The file with each name and description replaced by its translation by `say`.

    Raises:
        SpliceError: a text is written in a way that an edit cannot change.
    """
    for path, name in list(names_in(text)):
        said = say(name)
        if said != name:
            text = put(text, path, said)
    return text


def _names_of_conditions(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    conditions = at(data, path)
    for number, condition in enumerate(conditions if isinstance(conditions, list) else ()):
        yield from _text_at(data, (*path, number, "name"))
        for kind in condition if isinstance(condition, dict) else ():
            if isinstance(condition[kind], list):
                yield from _names_of_conditions(data, (*path, number, kind))


def _text_at(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    value = at(data, path)
    if isinstance(value, str) and value:
        yield path, value
