"""The fields of a form: what each shows, and how a new value is spliced into the text of a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from automator.files import Path, parse_yaml
from automator.files.editing import put, remove
from automator.model import record, whole_number
from automator.rules.editing.expressions import cleaned

Kind = Literal["line", "text", "lines", "words", "choice", "check", "time", "number"]
#: Makes the new text of a file from its text and the value of a field.
Edit = Callable[[str, str], str]
LONGEST_VALUE = 4000
_MOST_LINES = 50


@record(kw_only=False)
class FormField:
    """One field of a form."""

    name: str
    label: str
    kind: Kind
    #: The value in the form; "1" or "" for a box to tick.
    value: str
    edit: Edit
    #: Values with their labels.
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    #: By whose clock a time is meant.
    zone: str = ""


def apply_fields(text: str, fields: Iterable[FormField], given: Mapping[str, str]) -> str:
    """The text with every field that is given and differs from what it showed.

    A box that is not ticked is not sent: those fields are taken as given. Emptied fields are
    removed at the end, the last one first, so that the places of others stay valid.

    Raises:
        SpliceError: the file is written in a way that a form cannot change.
    """
    changed = list(_changed(fields, given))
    kept = [(one, value) for one, value in changed if value]
    for one, value in (*kept, *reversed([pair for pair in changed if not pair[1]])):
        text = one.edit(text, value)
    return text


def _changed(
    fields: Iterable[FormField], given: Mapping[str, str]
) -> Iterator[tuple[FormField, str]]:
    for one in fields:
        value = given.get(one.name, "" if one.kind == "check" else None)
        if value is None:
            continue
        value = value.replace("\r\n", "\n").strip()[:LONGEST_VALUE]
        is_known = one.kind != "choice" or value in dict(one.choices)
        if is_known and _meaning(one.kind, value) != _meaning(one.kind, one.value):
            yield one, value


def _meaning(kind: Kind, value: str) -> object:
    """A value in one form, so that two ways of typing it count as equal."""
    if kind == "words":
        return words_in(value)
    return lines_in(value) if kind == "lines" else value.strip()


def words_in(value: str) -> tuple[str, ...]:
    """Words that stand between commas or on lines of their own."""
    return cleaned(value.replace(";", ",").replace("\n", ",").split(","))


def lines_in(value: str) -> list[str]:
    """Texts, one on each line."""
    return [line.strip() for line in value.split("\n") if line.strip()][:_MOST_LINES]


def data_of(text: str) -> Any:
    """The data of a file; None where it cannot be read."""
    parsed = parse_yaml("", text)
    return None if parsed.problems else parsed.data


def at(data: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def setter(path: Path, order: Sequence[str] = ()) -> Edit:
    """Puts a text at a path; an empty one takes the key away."""

    def edit(text: str, value: str) -> str:
        if not value:
            return without(text, path)
        return put(text, path, value, order=order)

    return edit


def without(text: str, path: Path) -> str:
    """The text without the value at a path, and without a collection that would be empty."""
    text = remove(text, path)
    while len(path) > 1 and at(data_of(text), path[:-1]) in ({}, []):
        path = path[:-1]
        text = remove(text, path)
    return text


def typed(kind: Kind, value: str) -> Any:
    """The value that the file gets for the text of a field."""
    if kind == "check":
        return value == "1"
    if kind == "number":
        number = whole_number(value)
        return value if number is None else number
    if kind == "lines":
        return lines_in(value)
    return list(words_in(value)) if kind == "words" else value


def shown(value: Any) -> str:
    """A value as it stands in a field."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list | tuple):
        return "\n".join(map(shown, value))
    return "" if value is None else str(value)
