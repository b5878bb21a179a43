"""Stores which parts of each account's profile were set, as documents in the store."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.http.json_body import dump_json
from automator.model import Reason, reason_json, record
from automator.store import Store, TinyDB

_SET = "profiles"
#: For how many milliseconds only one node may set a profile.
_TAKEN_MS = 60_000


@record(kw_only=False)
class ProfileNote:
    """The record of one account's profile. Times are in milliseconds."""

    connection: str
    #: The wanted parts when the profile was last set; an empty part was removed.
    wanted: Mapping[str, Any] = field(default_factory=dict)
    set_at: int | None = None
    #: Why the last try failed; None if it did not fail.
    problem: Reason | None = None

    @property
    def parts(self) -> Mapping[str, Any]:
        """The parts of the profile that this server has set."""
        return {part: value for part, value in self.wanted.items() if value}


class ProfileNotes:
    """The records of all accounts, which all nodes share."""

    def __init__(self, store: Store) -> None:
        self._documents = store.documents

    async def read(self) -> Mapping[str, ProfileNote]:
        """All records, by the name of the connection."""
        found = await self._documents.read(_SET, lambda known: [dict(one) for one in known.all()])
        return {one["connection"]: _note(one) for one in found}

    async def take(self, connection: str, wanted: Mapping[str, Any], now_ms: int) -> bool:
        """Whether this node is to set the profile now: no other node has begun to set the same one
        within the last minute.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        digest = hashlib.sha256(dump_json(wanted)).hexdigest()

        def take(known: TinyDB) -> bool:
            found = known.search(lambda one: one["connection"] == connection)
            before = dict(found[0]) if found else {}
            is_taken = abs(now_ms - before.get("taken_at", now_ms - _TAKEN_MS)) < _TAKEN_MS
            if is_taken and before.get("taken") == digest:
                return False
            _put(known, connection, {"taken": digest, "taken_at": now_ms})
            return True

        return await self._documents.edit(_SET, take)

    async def set(self, connection: str, wanted: Mapping[str, Any], now_ms: int) -> None:
        """Records that a profile was set as wanted."""
        values = {"wanted": dict(wanted), "set_at": now_ms, "problem": None}
        await self._documents.edit(_SET, lambda known: _put(known, connection, values))

    async def failed(self, connection: str, problem: Reason) -> None:
        """Records why a profile could not be set."""
        values = {"problem": reason_json(problem)}
        await self._documents.edit(_SET, lambda known: _put(known, connection, values))


def _put(known: TinyDB, connection: str, values: Mapping[str, Any]) -> None:
    if not known.update(dict(values), lambda one: one["connection"] == connection):
        known.insert({"connection": connection, **values})


def _note(document: Mapping[str, Any]) -> ProfileNote:
    problem = document.get("problem")
    return ProfileNote(
        connection=document["connection"],
        wanted=document.get("wanted") or {},
        set_at=document.get("set_at"),
        problem=None if problem is None else Reason.from_json(problem),
    )
