"""The API's bodies for notes, staff notes and handing on, and notes as JSON."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field, StrictBool

from automator.configuration.values import StrictModel
from automator.model import Note, OptOut, Remember
from automator.server.access.bodies import Body

#: One call takes at most this many notes.
MOST_NOTES = 1_000


class Tags(StrictModel):
    """The tags that are added and removed."""

    add: tuple[str, ...] = Field(default=(), max_length=100)
    remove: tuple[str, ...] = Field(default=(), max_length=100)


class NoteBody(Body):
    """The tags and values of a contact that change; each part may be missing."""

    example: ClassVar[Mapping[str, Any]] = {"values": {"size": "M"}, "tags": {"add": ["vip"]}}
    values: dict[str, Any] = Field(default_factory=dict, max_length=200)
    forget: tuple[str, ...] = Field(default=(), max_length=200)
    tags: Tags = Tags()


class NotedContact(NoteBody):
    """A note about one of many contacts."""

    connection: str
    id: str
    opted_out: StrictBool | None = None


class NotesBody(Body):
    """Notes about many contacts; with `plan` they are only compared, not stored."""

    example: ClassVar[Mapping[str, Any]] = {
        "contacts": [{"connection": "my-page", "id": "24100000001", "values": {"size": "M"}}],
        "plan": True,
    }
    contacts: tuple[NotedContact, ...] = Field(max_length=MOST_NOTES)
    plan: StrictBool = False


class TextBody(Body):
    """The text of a staff note."""

    example: ClassVar[Mapping[str, Any]] = {"text": "calls back on Friday"}
    text: str


class HandingOn(Body):
    """A colleague who gets a person, "" for nobody, and a note for them."""

    example: ClassVar[Mapping[str, Any]] = {"to": "mai", "note": "calls back on Friday"}
    to: str
    note: str = ""


def note_of(body: NoteBody, connection: str, external_id: str) -> Note:
    """The note in a body, about this contact."""
    return Note(
        connection=connection,
        external_id=external_id,
        kept=Remember(
            values=body.values,
            add_tags=body.tags.add,
            remove_tags=body.tags.remove,
            forget=body.forget,
        ),
    )


def import_of(body: NotesBody, *, by: str) -> list[Note]:
    """The notes of an import; `by` is their author."""
    return [
        replace(
            note_of(one, one.connection, one.id),
            opt_out=None if one.opted_out is None else OptOut(opted_out=one.opted_out, by=by),
        )
        for one in body.contacts
    ]


def note_json(note: Note) -> dict[str, Any]:
    """A note in the form of an import."""
    kept = note.kept
    data = {
        "connection": note.connection,
        "id": note.external_id,
        "values": dict(kept.values),
        "forget": list(kept.forget),
        "tags": {"add": list(kept.add_tags), "remove": list(kept.remove_tags)},
    }
    return data if note.opt_out is None else {**data, "opted_out": note.opt_out.opted_out}
