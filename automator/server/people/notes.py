"""Checks and stores notes (changes of contacts' tags, values and opt-outs), one or an import."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import orjson

from automator.actions.inputs import is_value_name
from automator.actions.remember import MAX_CONTACT_BYTES, bytes_kept
from automator.model import N_, Note, Remember, UsageError, record
from automator.server.shared.contacts import find_contact
from automator.server.shared.saved_files import flat_text, trimmed
from automator.store import Store

logger = logging.getLogger(__name__)

#: At most this many characters of a tag, of a text value, and of a contact's id.
MOST_TAG, MOST_VALUE, MOST_ID = 100, 2_000, 200
#: One commit stores at most this many contacts, so that deliveries get their turn in between.
_AT_ONCE = 200
#: An import shows at most this many changes.
_MOST_EXAMPLES = 20
#: Inputs of `remember` that are not values of the contact.
SPECIAL = frozenset({"tags", "opted_out", "blocked"})
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")


@record
class Import:
    """The planned or made changes of an import."""

    #: The number of contacts that change, and how many of them were unknown before.
    changed: int
    new: int
    #: The number of contacts to whom the import changes nothing.
    unchanged: int
    #: The number of contacts whom the import opts out.
    opted_out: int
    #: The first changes, without values that are stored already.
    examples: Sequence[Note]

    def as_data(self) -> dict[str, Any]:
        """The counts in JSON."""
        names = ("changed", "new", "unchanged", "opted_out")
        return {name: getattr(self, name) for name in names}


async def keep_note(store: Store, note: Note, *, who: str) -> Mapping[str, Any]:
    """Stores a note, and returns the contact afterwards.

    Raises:
        UsageError: a name or a text is not allowed, or the contact would become too large.
        NotFoundError: the note is empty, and the contact is not known.
    """
    known = await store.contacts.find(note.connection, note.external_id)
    check_note(note)
    if left := remaining(note, known):
        await store.contacts.note([left])
        logger.info(
            "contact.noted connection=%s contact=%s by=%s", note.connection, note.external_id, who
        )
    return await find_contact(store, note.connection, note.external_id)


async def plan_import(store: Store, notes: Sequence[Note]) -> Import:
    """Counts the changes that an import would make.

    Raises:
        UsageError: a note is not allowed.
    """
    for note in notes:
        check_note(note)
    return _import_of([one async for portion in _compared(store, notes) for one in portion])


async def import_notes(store: Store, notes: Sequence[Note], *, who: str) -> Import:
    """Stores the notes of an import in several commits, and counts the changes.

    An import that ended halfway can be repeated: values that are stored already do not change.

    Raises:
        UsageError: a note is not allowed, and nothing is stored; or a contact would become too
            large, and the import ends at this contact.
    """
    for note in notes:
        check_note(note)
    done: list[tuple[Note | None, bool]] = []
    async for portion in _compared(store, notes):
        if left := [note for note, _ in portion if note]:
            await store.contacts.note(left)
        done += portion
    found = _import_of(done)
    logger.info("contacts.imported changed=%d new=%d by=%s", found.changed, found.new, who)
    return found


def check_note(note: Note) -> None:
    """Checks the names and the lengths in a note.

    Raises:
        UsageError: a name or a value is not allowed.
    """
    kept = note.kept
    if not note.external_id or len(note.external_id) > MOST_ID:
        raise UsageError(
            N_("“{id}” is no id of a contact"),
            fix=N_("Write the id at the provider, as in `event.actor.id`."),
            id=note.external_id[:MOST_ID],
        )
    for name in (*kept.values, *kept.forget):
        if not is_value_name(name) or name in SPECIAL:
            raise UsageError(
                N_("“{name}” is no name of a value"),
                fix=N_(
                    "Take English letters, digits and _, such as phone or order_2; a letter stands"
                    " first, and tags, opted_out and blocked have their own fields."
                ),
                name=name[:MOST_TAG],
            )
    for name, value in kept.values.items():
        if isinstance(value, str) and len(value) > MOST_VALUE:
            raise UsageError(
                N_("“{name}” has more than {most} letters"),
                fix=N_("Shorten it."),
                name=name,
                most=MOST_VALUE,
            )
    for tag in kept.add_tags:
        if not tag.strip() or len(tag) > MOST_TAG:
            raise UsageError(
                N_("“{tag}” is no tag"),
                fix=N_("Write 1 to {most} letters."),
                tag=tag[:MOST_TAG],
                most=MOST_TAG,
            )


def remaining(note: Note, known: Mapping[str, Any]) -> Note | None:
    """A note without the values that are stored already; None if nothing is left.

    Raises:
        UsageError: the contact would become too large.
    """
    state, tags = known.get("state") or {}, known.get("tags") or ()
    values = {name: _as_kept(value, state.get(name)) for name, value in note.kept.values.items()}
    kept = Remember(
        values={
            name: value
            for name, value in values.items()
            if name not in state or state[name] != value
        },
        add_tags=tuple(tag for tag in note.kept.add_tags if tag not in tags),
        remove_tags=tuple(tag for tag in note.kept.remove_tags if tag in tags),
        forget=tuple(name for name in note.kept.forget if name in state),
    )
    size = bytes_kept(known, kept) if kept.values or kept.add_tags else 0
    if size > MAX_CONTACT_BYTES:
        raise UsageError(
            N_("{connection}:{id} would keep {size:size}; {most:size} is the most"),
            fix=N_("Keep less data of this contact here, or keep it in a system of your own."),
            connection=note.connection,
            id=note.external_id,
            size=size,
            most=MAX_CONTACT_BYTES,
        )
    wish = note.opt_out
    opt_out = wish if wish and wish.opted_out != bool(known.get("opted_out")) else None
    if opt_out is None and kept == Remember():
        return None
    return Note(
        connection=note.connection, external_id=note.external_id, kept=kept, opt_out=opt_out
    )


def _as_kept(value: Any, before: Any) -> Any:
    """A typed text in the type of the stored value `before`: as a number, or as true or false."""
    if not isinstance(value, str) or before is None or isinstance(before, str):
        return value
    if value == trimmed(flat_text(before)):
        return before
    if isinstance(before, bool):
        return {"true": True, "false": False}.get(value.casefold(), value)
    if isinstance(before, int | float):
        return orjson.loads(value) if _NUMBER.fullmatch(value) else value
    return value


async def _compared(
    store: Store, notes: Sequence[Note]
) -> AsyncIterator[list[tuple[Note | None, bool]]]:
    """Yields the notes in portions, each note without values that are stored already.

    Beside each note: whether its contact is new. The note is None if nothing changes.
    """
    for start in range(0, len(notes), _AT_ONCE):
        portion = notes[start : start + _AT_ONCE]
        keys = {f"{note.connection}:{note.external_id}" for note in portion}
        known = dict(await asyncio.to_thread(store.log.known_people, keys))
        compared: list[tuple[Note | None, bool]] = []
        for note in portion:
            facts = known.get(f"{note.connection}:{note.external_id}")
            compared.append((remaining(note, facts or {}), facts is None))
        yield compared


def _import_of(compared: Iterable[tuple[Note | None, bool]]) -> Import:
    found = list(compared)
    left = [(note, is_new) for note, is_new in found if note is not None]
    return Import(
        changed=len(left),
        new=sum(is_new for _, is_new in left),
        unchanged=len(found) - len(left),
        opted_out=sum(1 for note, _ in left if note.opt_out and note.opt_out.opted_out),
        examples=[note for note, _ in left[:_MOST_EXAMPLES]],
    )
