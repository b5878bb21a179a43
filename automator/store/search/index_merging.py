"""Merges SQLite's full-text indexes, so that no page contains a word of an erased person.

When an id is deleted from an index, SQLite only marks it. Its words stay until their page is merged
with others, which can take months. So after an erasure all pages are rewritten, some with each
commit. Rows in the database say that this has to be done or has begun, so that it goes on after a
crash. PostgreSQL cleans its indexes by itself.
"""

from sqlalchemy import delete, select

from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert, upsert
from automator.store.database.statements import WriteConnection
from automator.store.schema.upkeep_tables import upkeep
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS

#: How many pages one commit rewrites, in some milliseconds.
_PAGES = 16
_WANTED, _BEGUN = "words to merge", "words being merged"
#: Finds a row as long as there is anything to do.
TO_MERGE = select(upkeep.c.name).where(upkeep.c.name.in_((_WANTED, _BEGUN)))


def want_merging(db: WriteConnection, batch: Batch) -> None:
    """Notes in the same commit that words of deleted ids have to disappear."""
    if not db.database.is_shared:
        _note(db, _WANTED, batch)


def merge_words(db: WriteConnection, batch: Batch) -> bool:
    """Rewrites some pages. Returns False if nothing is left to do."""
    found = db.core.execute(TO_MERGE).scalars().all()
    if _BEGUN in found:
        if any(index.merge(db.core, _PAGES) for index in (EVENT_WORDS, RUN_WORDS)):
            return True
        _forget(db, _BEGUN)
        db.database.empty_log()
    elif _WANTED in found:
        for index in (EVENT_WORDS, RUN_WORDS):
            index.merge(db.core, _PAGES, begins=True)
        _forget(db, _WANTED)
        _note(db, _BEGUN, batch)
    return len(found) > 1 or _WANTED in found


def _note(db: WriteConnection, name: str, batch: Batch) -> None:
    row = {"name": name, "at": batch.now_ms, "distrusted_until": 0}
    db.core.execute(upsert(insert(upkeep).values(row), "at"))


def _forget(db: WriteConnection, name: str) -> None:
    db.core.execute(delete(upkeep).where(upkeep.c.name == name))
