"""Erases a person, portion by portion, until nothing that identifies them is stored."""

import asyncio
import secrets
import time
from collections import Counter

from automator.model import N_, NotFoundError, first_id_of
from automator.store import Erasure, Store
from automator.store.log.erasing import PORTION, Erasing
from automator.store.log.pruning import PortionSize

#: After how many seconds a call ends even if data is left, because its caller waits.
MOST_S = 8.0
#: Seconds between two portions, so that others can write; the longer pause if the writer is busy,
#: or while runs of the person are under way.
_PAUSE_S, _LONG_PAUSE_S = 0.005, 0.25
#: How many limits one commit deletes.
_LIMITS_AT_ONCE = 50
#: How many random bytes the code of an erasure has.
_CODE_BYTES = 8


async def erase_person(
    store: Store, connection: str, external_id: str, *, by: str, most_s: float = MOST_S
) -> Erasure:
    """Erases a person under all their ids, and records the erasure without naming the person.

    If the time is over, or the process dies meanwhile, the contact is still stored. The next call
    then continues.

    Raises:
        NotFoundError: nothing is stored about anybody with this id.
        StoreUnavailableError: the database cannot commit; what was deleted before stays deleted.
    """
    erasing, deadline = store.erasing, time.monotonic() + most_s
    keys = await erasing.keys_of(connection, external_id)
    if not keys:
        raise NotFoundError(
            N_("nothing is stored of {id} at {connection}"),
            fix=N_("Copy the id from `event.actor.id`, and compare the connection's name."),
            connection=connection,
            id=external_id,
        )
    figures: Counter[str] = Counter()
    size = PortionSize(PORTION)
    while True:
        gone = await erasing.erase_portion(keys, by, size)
        figures += gone
        if not gone:
            figures += await _forget_limits(erasing, keys)
            ended = await erasing.finish(keys, _note_of(connection, by, figures, is_complete=True))
            if ended is not None:
                return ended
        if time.monotonic() > deadline:
            note = _note_of(connection, by, figures, is_complete=False)
            return await erasing.note(note)
        await _pause(store, is_long=not gone)


async def forget_unheard(store: Store, before_ms: int) -> int:
    """Erases contacts who were last heard of before a time and have no waiting run.

    Returns how many. Records no erasure. A contact who is heard of meanwhile stays.

    Raises:
        StoreUnavailableError: the database cannot commit; what was deleted before stays deleted.
    """
    erasing, after, gone = store.erasing, "", 0
    size, before_id = PortionSize(PORTION), first_id_of(before_ms)
    while found := await erasing.unheard_of(before_ms, after):
        for key in found:
            keys = await erasing.keys_of(*key.split(":", 1))
            if await erasing.has_unfinished_runs(keys):
                continue
            while await erasing.erase_portion(keys, "", size, before_id=before_id):
                await _pause(store)
            gone += await erasing.forget(keys)
        after = found[-1]
    return gone


async def merge_words(store: Store) -> None:
    """Removes the words of erased people from the pages of the full-text indexes, too.

    Raises:
        StoreUnavailableError: the database cannot commit; the next call continues.
    """
    while await store.upkeep.merge_words():
        await _pause(store)


async def give_back_pages(store: Store) -> None:
    """Gives the room of deleted data back to the disk, in short transactions with pauses.

    Raises:
        StoreUnavailableError: the database cannot commit; the next call continues.
    """
    while await store.upkeep.give_back_pages():
        await _pause(store)


async def _pause(store: Store, *, is_long: bool = False) -> None:
    await asyncio.sleep(_LONG_PAUSE_S if is_long or store.upkeep.is_busy else _PAUSE_S)


async def _forget_limits(erasing: Erasing, keys: list[str]) -> Counter[str]:
    ids, gone = await erasing.limits_of(keys), Counter[str]()
    for start in range(0, len(ids), _LIMITS_AT_ONCE):
        gone += await erasing.forget_limits(ids[start : start + _LIMITS_AT_ONCE], keys)
    return gone


def _note_of(connection: str, by: str, figures: Counter[str], *, is_complete: bool) -> Erasure:
    return Erasure(
        code=secrets.token_hex(_CODE_BYTES),
        by=by,
        connection=connection,
        figures=dict(figures),
        is_complete=is_complete,
    )
