"""Translates the names and descriptions in a rule file.

They are only for readers of the file. Texts that customers get are not translated.
"""

from collections.abc import Callable, Iterator

from automator.files import Path
from automator.files.editing import put
from automator.rules.editing.edits import rules_in
from automator.rules.templates.inputs import texts_in

#: The texts of a rule itself; its conditions and tests have names as well.
_OF_RULE = (("name",), ("description",), ("disabled_reason",))


def names_in(text: str) -> Iterator[tuple[Path, str]]:
    """The names and descriptions of rules, conditions and tests, with their paths."""
    for path, name in texts_in(rules_in(text), ("rules",)):
        match path[2:]:
            case ("conditions", *_, "name") | ("tests", int(), "name") if name:
                yield path, name
            case inside if name and inside in _OF_RULE:
                yield path, name
            case _:
                pass


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
