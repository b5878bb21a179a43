"""Sets the profiles of accounts as automator.yaml says, once after each change of the file.

The store records which parts were set. So a start sets nothing if nothing has changed; a part that
the file no longer names is removed; and a part that somebody else has set stays. A node compares
only when it starts. If nodes restart one by one with a changed file, the old nodes therefore do not
undo what the new ones have set.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from automator.clock import Clock
from automator.engine.profiles.profile_notes import ProfileNote, ProfileNotes
from automator.http.types import Http
from automator.model import (
    LOOK_IN_LIST,
    N_,
    NotFoundError,
    Reason,
    RetryableError,
    StepError,
    UnknownOutcome,
    UsageError,
    record,
)
from automator.model.errors import TargetUnavailable
from automator.plugins import Provider
from automator.reasons.connections import profile_not_set
from automator.store import Store

logger = logging.getLogger(__name__)

#: How many milliseconds pass before each further try, if trying again may help. After the last one
#: a person has to ask for it. A try takes up to three calls, and Meta allows ten in ten minutes.
PAUSES_MS = (60_000, 600_000, 3_600_000, 6 * 3_600_000)
_WAITING_HELPS = (RetryableError, TargetUnavailable, UnknownOutcome)


@record(kw_only=False)
class PartChange:
    """A part of a profile that differs from the file."""

    part: str
    kind: Literal["add", "change", "remove"]
    now: Any
    wanted: Any


@record(kw_only=False)
class ProfilePlan:
    """The changes that setting the profile of one account would make."""

    connection: str
    changes: tuple[PartChange, ...]


class Profiles:
    """The profiles of all accounts. One instance per process, on the event loop."""

    def __init__(
        self, connections: Mapping[str, Provider], *, store: Store, http: Http, clock: Clock
    ) -> None:
        self._connections = connections
        self._profiles = {
            name: profile
            for name, provider in connections.items()
            if (profile := provider.profile) is not None
        }
        self._notes = ProfileNotes(store)
        self._http = http
        self._clock = clock
        #: The accounts whose profile has to be set, each with the time of the next try, and the
        #: number of tries so far.
        self._open: dict[str, tuple[int, int]] = {}
        self._has_looked = False
        #: Whether a profile is wanted, or was set before. If not, the records need not be read.
        self._is_used = any(profile.wanted for profile in self._profiles.values())
        self._busy = asyncio.Lock()

    async def set_changed(self) -> None:
        """Sets the profiles that have changed since they were last set. Call it once a minute."""
        if not self._has_looked:
            notes = await self._read()
            self._is_used = self._is_used or bool(notes)
            self._has_looked = True
            self._open = {
                name: (0, 0)
                for name, profile in self._profiles.items()
                if self._note(notes, name).wanted != profile.wanted
            }
        now_ms = self._clock.now_ms()
        for name in [name for name, (due, _) in self._open.items() if due <= now_ms]:
            if await self._notes.take(name, self._profiles[name].wanted, now_ms):
                await self._try(name)

    async def _try(self, name: str) -> None:
        # Before the try, so that after an error, too, the platform is not asked more often.
        tries = self._open.pop(name)[1]
        if tries < len(PAUSES_MS):
            self._open[name] = (self._clock.now_ms() + PAUSES_MS[tries], tries + 1)
        try:
            await self._set(name)
        except StepError as error:
            if not isinstance(error, _WAITING_HELPS):
                self._open.pop(name, None)

    async def plan(self, connection: str) -> list[ProfilePlan]:
        """The differences between the platform and the file, for each account of a connection.

        Raises:
            NotFoundError: there is no such connection.
            UsageError: the connection has no profile.
            StepError: the platform refuses, or does not answer.
        """
        names, notes = self._names(connection), await self._read()
        return [
            ProfilePlan(name, await self._changes(name, self._note(notes, name))) for name in names
        ]

    async def set_now(self, connection: str) -> list[ProfilePlan]:
        """Sets the profile of each account of a connection; returns the changes.

        Raises:
            NotFoundError: there is no such connection.
            UsageError: the connection has no profile.
            StepError: the platform refuses it, or does not answer.
        """
        return [await self._set(name) for name in self._names(connection)]

    async def notes(self) -> Mapping[str, ProfileNote]:
        """The records of all connections with a profile: the parts that were set, and failures."""
        notes = await self._read()
        return {name: self._note(notes, name) for name in self._profiles}

    async def problems(self) -> Mapping[str, Reason]:
        """By connection: the reason why its profile is not set."""
        found = (await self.notes()).items() if self._is_used else ()
        return {
            name: profile_not_set(because=note.problem)
            for name, note in found
            if note.problem is not None
        }

    async def _set(self, name: str) -> ProfilePlan:
        """Sets the parts that differ, and records the result or the reason of a failure."""
        profile = self._profiles[name]
        # One at a time: two would use up the calls that the platform allows.
        async with self._busy:
            try:
                changes = await self._changes(name, self._note(await self._read(), name))
                given = {one.part: one.wanted for one in changes if one.kind != "remove"}
                removed = [one.part for one in changes if one.kind == "remove"]
                if changes:
                    await profile.write(self._http, given, removed)
            except StepError as error:
                logger.warning("connection.profile_not_set name=%s: %s", name, error)
                await self._notes.failed(name, error.reason)
                raise
        now_ms = self._clock.now_ms()
        await self._notes.set(name, profile.wanted, now_ms)
        self._open.pop(name, None)
        logger.info("connection.profile_set name=%s set=%s removed=%s", name, [*given], removed)
        return ProfilePlan(name, changes)

    async def _changes(self, name: str, note: ProfileNote) -> tuple[PartChange, ...]:
        profile = self._profiles[name]
        there = await profile.read(self._http, note.parts)
        return tuple(changes_between(profile.wanted, there, note.parts))

    async def _read(self) -> Mapping[str, ProfileNote]:
        return await self._notes.read() if self._profiles else {}

    def _note(self, notes: Mapping[str, ProfileNote], name: str) -> ProfileNote:
        return notes.get(name) or ProfileNote(connection=name)

    def _names(self, connection: str) -> Sequence[str]:
        provider = self._connections.get(connection)
        if provider is None:
            raise NotFoundError(
                N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=connection
            )
        connections = [item.connection for item in (provider, *provider.accounts)]
        names = [name for name in connections if name in self._profiles]
        if not names:
            raise UsageError(
                N_("{name} has no profile that can be set from here"),
                fix=N_(
                    "Facebook Pages, Instagram accounts and Telegram bots have one, once their"
                    " token is set."
                ),
                name=connection,
            )
        return names


def changes_between(
    wanted: Mapping[str, Any], there: Mapping[str, Any], ours: Mapping[str, Any]
) -> list[PartChange]:
    """The changes to make: parts that differ from the file, and parts of ours not in the file."""
    found = []
    for part, value in {**dict.fromkeys(ours), **wanted}.items():
        now = there.get(part)
        if value and now is None:
            found.append(PartChange(part, "add", None, value))
        elif value and now != value:
            found.append(PartChange(part, "change", now, value))
        elif not value and now is not None:
            found.append(PartChange(part, "remove", now, None))
    return found
