"""Notes of the staff about contacts: a set of documents for each key that has notes.

If several keys turn out to be the same person, all their notes are kept, and read together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace

from tinydb import TinyDB

from automator.model import N_, NotFoundError, Remember, UsageError, record
from automator.store.batch.batch import Batch, Edit
from automator.store.contacts.contacts import remember
from automator.store.contacts.person_keys import People, contact_key
from automator.store.database.statements import Queries, WriteConnection
from automator.store.documents.documents import delete_sets, sets_of, with_documents

#: How many notes a person may have; and how many records of handing on without words, the oldest of
#: which are deleted first.
MOST_NOTES, MOST_HANDED_ON = 100, 50
_SET = "staff notes of "


@record
class StaffNote:
    """A note by one author, or a record that somebody handed the contact on, perhaps with words.

    Rules do not see notes.
    """

    id: str
    #: When the note was written, in milliseconds. The commit sets it.
    at: int = 0
    #: The author's name for people; below, the author's account, which is "" for the command line.
    by: str
    account: str
    text: str
    #: When the author last corrected the note; None if never.
    corrected_at: int | None = None
    #: The account to which the contact was handed on; "" for nobody; None if it was not handed on.
    handed_to: str | None = None


#: Makes a changed note from a note and the time in milliseconds. None deletes the note.
Change = Callable[[StaffNote, int], StaffNote | None]


def staff_notes(db: Queries, keys: Iterable[str]) -> dict[str, list[StaffNote]]:
    """Returns the notes under each of these keys, newest first, without keys that have none."""
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
    """The part of the store for notes. A person is named by a connection and an id there."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def add(
        self, connection: str, external_id: str, note: StaffNote, kept: Remember | None = None
    ) -> None:
        """Adds a note. Stores `kept`, a change of the contact, in the same commit."""
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
            NotFoundError: the person has no such note.
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
    """Returns the ids of notes to delete for the new one: records of handing on without words.

    Raises:
        UsageError: the new note has words, and the person has MOST_NOTES notes already.
    """
    if note.text and sum(1 for one in known if one.text) >= MOST_NOTES:
        raise UsageError(
            N_("{most} notes about this person are kept, and there is no room for another"),
            fix=N_("Delete notes that nobody needs any more; an admin may delete anybody's."),
            most=MOST_NOTES,
        )
    wordless = [] if note.text else [one.id for one in known if not one.text]
    return set(wordless[MOST_HANDED_ON - 1 :])
