"""Staff notes about contacts: a set of documents for each of a person's keys with notes.

If several keys turn out to belong to one person, the notes of all keys are kept and read together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace

from tinydb import TinyDB

from automator.model import N_, NotFoundError, Remember, UsageError, record
from automator.store.batch.batch import Batch, Edit
from automator.store.contacts.contacts import remember
from automator.store.contacts.people import People, contact_key
from automator.store.database.statements import Queries, WriteConnection
from automator.store.documents.documents import delete_sets, sets_of, with_documents

#: The limits of one person: notes; and records of handing on without a note, the oldest of which
#: are deleted first.
MOST_NOTES, MOST_HANDED_ON = 100, 50
_SET = "staff notes of "


@record
class StaffNote:
    """A note of one author, or the record that somebody handed a contact on, with or without words.

    Rules do not see notes.
    """

    id: str
    #: When it was written, in milliseconds; its commit sets it.
    at: int = 0
    #: The author as people read it, and the account behind it; "" for the command line.
    by: str
    account: str
    text: str
    #: When its author last corrected it.
    corrected_at: int | None = None
    #: The account to which the contact was handed on, "" for nobody; None if it was not handed on.
    handed_to: str | None = None


#: Makes a changed note from a note and a time in milliseconds; None deletes the note.
Change = Callable[[StaffNote, int], StaffNote | None]


def staff_notes(db: Queries, keys: Iterable[str]) -> dict[str, list[StaffNote]]:
    """Returns the notes under each of these keys, the newest first; omits keys without notes."""
    wanted = set(keys)
    people = People(db, wanted)
    names = {key: [_SET + one for one in people.all_keys(key)] for key in wanted}
    sets = sets_of(db, {name for some in names.values() for name in some})
    found: dict[str, list[StaffNote]] = {}
    for key, some in names.items():
        notes = [StaffNote(**one) for name in some for one in sets.get(name, ())]
        if notes:
            found[key] = sorted(notes, key=lambda note: note.at)[::-1]
    return found


class StaffNotes:
    """The part of the store that writes notes, each about a person by a connection and an id."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def add(
        self, connection: str, external_id: str, note: StaffNote, kept: Remember | None = None
    ) -> None:
        """Adds a note, and in the same commit stores the change of the person that it reports."""
        key = contact_key(connection, external_id)

        def change(db: WriteConnection, batch: Batch) -> None:
            if kept is not None:
                remember(db, key, kept, batch.now_ms)

            def write(documents: TinyDB) -> None:
                dropped = _require_room(staff_notes(db, [key]).get(key, ()), note)
                documents.remove(lambda one: one["id"] in dropped)
                documents.insert(asdict(replace(note, at=batch.now_ms)))

            root = People(db, [key]).canonical(key)
            with_documents(db.core, _SET + root, write, writable=True)

        await self._edit(change)

    async def change(self, connection: str, external_id: str, note_id: str, change: Change) -> None:
        """Replaces a note by the result of `change`.

        Raises:
            NotFoundError: the person has no such note; or whatever `change` raises.
        """
        key = contact_key(connection, external_id)

        def edit(db: WriteConnection, batch: Batch) -> None:
            def write(documents: TinyDB) -> bool:
                found = documents.search(lambda one: one["id"] == note_id)
                for document in found:
                    after = change(StaffNote(**document), batch.now_ms)
                    if after is None:
                        documents.remove(doc_ids=[document.doc_id])
                    else:
                        documents.update(asdict(after), doc_ids=[document.doc_id])
                return bool(found)

            names = [_SET + one for one in People(db, [key]).all_keys(key)]
            for name in sets_of(db, names):
                if with_documents(db.core, name, write, writable=True):
                    return
            raise NotFoundError(
                N_("this note is not there any more"),
                fix=N_("Look at the person's page again."),
            )

        await self._edit(edit)


def delete_staff_notes(db: WriteConnection, keys: Iterable[str]) -> int:
    """Deletes all notes under these keys of a person; returns how many there were."""
    found = sets_of(db, {_SET + key for key in keys})
    delete_sets(db.core, found)
    return sum(map(len, found.values()))


def _require_room(known: Sequence[StaffNote], note: StaffNote) -> set[str]:
    """Returns the ids of the notes to delete for the new one: records of handing on without words.

    Raises:
        UsageError: the new note has words, and the limit of notes with words is reached.
    """
    if note.text and sum(1 for one in known if one.text) >= MOST_NOTES:
        raise UsageError(
            N_("{most} notes about this person are kept, and there is no room for another"),
            fix=N_("Delete notes that nobody needs any more; an admin may delete anybody's."),
            most=MOST_NOTES,
        )
    wordless = [] if note.text else [one.id for one in known if not one.text]
    return set(wordless[MOST_HANDED_ON - 1 :])
