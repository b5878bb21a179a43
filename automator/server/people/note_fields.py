"""Makes and reads the form in which a person changes the tags and values of a contact."""

from collections.abc import Mapping
from typing import Any

from automator.model import N_, Note, Remember, UsageError, record

#: The form shows at most this many values.
_MOST_FIELDS = 30
#: A field with a value is named `value.NAME`; a hidden `before.NAME` has the value as it was shown.
_VALUE, _BEFORE = "value.", "before."


@record
class NoteFields:
    """The contents of the form."""

    #: The tags of the contact, separated by commas.
    tags: str
    #: Values that fit into one line, by their names.
    values: Mapping[str, str]


def fields_of(contact: Mapping[str, Any]) -> NoteFields:
    """The form of a contact, without lists and other composed values, which only rules change."""
    simple = {
        name: str(value)
        for name, value in contact["state"].items()
        if isinstance(value, str | int | float) and "\n" not in str(value)
    }
    return NoteFields(
        tags=", ".join(map(str, contact["tags"])),
        values=dict(list(simple.items())[:_MOST_FIELDS]),
    )


def note_from(form: Mapping[str, str], connection: str, external_id: str) -> Note:
    """The changes that a person has made in the form, as a note.

    Unchanged fields are left out, so that saving does not undo a rule's change of the meantime. An
    emptied field deletes its value.

    Raises:
        UsageError: a new value has no name.
    """
    tags, tags_before = _tags_in(form.get("tags", "")), _tags_in(form.get("tags_before", ""))
    values = {
        name.removeprefix(_VALUE): text.strip()
        for name, text in form.items()
        if name.startswith(_VALUE) and text != form.get(_BEFORE + name.removeprefix(_VALUE))
    }
    new_name, new_value = form.get("name", "").strip(), form.get("new_value", "").strip()
    if new_value and not new_name:
        raise UsageError(
            N_("The new value has no name."), fix=N_("Write a name before it, such as phone.")
        )
    if new_value:
        values[new_name] = new_value
    return Note(
        connection=connection,
        external_id=external_id,
        kept=Remember(
            values={name: text for name, text in values.items() if text},
            forget=tuple(name for name, text in values.items() if not text),
            add_tags=tuple(tag for tag in tags if tag not in tags_before),
            remove_tags=tuple(tag for tag in tags_before if tag not in tags),
        ),
    )


def _tags_in(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]
