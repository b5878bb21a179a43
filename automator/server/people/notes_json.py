"""Notes about contacts as the API and the command line write them in JSON."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from automator.configuration.values import StrictModel
from automator.model import Note, OptOut, Remember
from automator.server.shared.json_values import read_request

#: Notes in one call, at most.
MOST_NOTES = 1_000


class _Tags(StrictModel):
    add: tuple[str, ...] = Field(default=(), max_length=100)
    remove: tuple[str, ...] = Field(default=(), max_length=100)


class _Note(StrictModel):
    connection: str
    id: str
    values: dict[str, Any] = Field(default_factory=dict, max_length=200)
    forget: tuple[str, ...] = Field(default=(), max_length=200)
    tags: _Tags = _Tags()
    opted_out: bool | None = None


class _Import(StrictModel):
    contacts: tuple[_Note, ...] = Field(max_length=MOST_NOTES)
    #: Only list the changes; keep nothing.
    plan: bool = False


class _Text(StrictModel):
    text: str


class HandingOn(StrictModel):
    """A colleague who gets a person, "" for nobody, and a note for them."""

    to: str
    note: str = ""


def text_in(data: Mapping[str, Any]) -> str:
    """The text of a staff note in a JSON object.

    Raises:
        UsageError: it has none.
    """
    return read_request(_Text, data, example='{"text": "calls back on Friday"}').text


def handing_on_in(data: Mapping[str, Any]) -> HandingOn:
    """The colleague who gets a person, in a JSON object.

    Raises:
        UsageError: it names none.
    """
    return read_request(HandingOn, data, example='{"to": "mai", "note": "calls back on Friday"}')


def note_in(data: Mapping[str, Any], *, by: str) -> Note:
    """The note in a JSON object; `by` is its author.

    Raises:
        UsageError: it is none.
    """
    return _note_of(read_request(_Note, data, example='{"tags": {"add": ["vip"]}}'), by)


def import_in(data: Mapping[str, Any], *, by: str) -> tuple[list[Note], bool]:
    """The notes of an import in a JSON object, and whether it is only planned.

    Raises:
        UsageError: it is none.
    """
    example = '{"contacts": [{"connection": "my-page", "id": "24100000001"}]}'
    read = read_request(_Import, data, example=example)
    return [_note_of(one, by) for one in read.contacts], read.plan


def note_json(note: Note) -> dict[str, Any]:
    """A note as `note_in` reads it."""
    kept = note.kept
    data = {
        "connection": note.connection,
        "id": note.external_id,
        "values": dict(kept.values),
        "forget": list(kept.forget),
        "tags": {"add": list(kept.add_tags), "remove": list(kept.remove_tags)},
    }
    return data if note.opt_out is None else {**data, "opted_out": note.opt_out.opted_out}


def _note_of(written: _Note, by: str) -> Note:
    opted_out = written.opted_out
    return Note(
        connection=written.connection,
        external_id=written.id,
        kept=Remember(
            values=written.values,
            add_tags=written.tags.add,
            remove_tags=written.tags.remove,
            forget=written.forget,
        ),
        opt_out=None if opted_out is None else OptOut(opted_out=opted_out, by=by),
    )
