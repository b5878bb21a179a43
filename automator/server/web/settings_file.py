"""Reads and writes automator.yaml for pages; a restart within the process applies a change."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from automator.durable_files import write_durably
from automator.files import parse_yaml
from automator.model import N_, ConflictError, Problem, StoreUnavailableError, record
from automator.reasons.audit import settings_changed
from automator.reasons.quoted import os_reason
from automator.reasons.runs import CHANGED_ON_DISK
from automator.simulation.simulation import SimulationSetup
from automator.store import Store
from automator.store.batch.audit import Change, change_under_way, note


@record(kw_only=False)
class SettingsFile:
    """The settings file of a running server."""

    path: Path
    #: Finds the problems that a text of the file would have at a start.
    check: Callable[[str], list[Problem]]
    #: Simulates a server with another text of the file, without its secrets, and finds problems.
    simulate: Callable[[str], tuple[SimulationSetup, list[Problem]]]
    #: Set when the server has to restart within its process and read the file again.
    restart: asyncio.Event = field(default_factory=asyncio.Event)

    def read(self) -> str:
        """The present text of the file.

        Raises:
            StoreUnavailableError: the file cannot be read.
        """
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _unavailable(error) from error

    def write(self, text: str, *, instead_of: str) -> None:
        """Replaces the text `instead_of`; a crash leaves the old or the new text.

        Raises:
            ConflictError: the file no longer contains `instead_of`.
            StoreUnavailableError: the file cannot be written, and is unchanged.
        """
        if self.read() != instead_of:
            raise ConflictError(
                N_("automator.yaml was changed at the same time"),
                fix=N_("Open the page again and repeat your change."),
            )
        try:
            write_durably(self.path.resolve(), text)
        except OSError as error:
            raise _unavailable(error) from error
        note(
            keys=sorted(changed_keys(parse_yaml("", instead_of).data, parse_yaml("", text).data)),
            before={"version": version_of(instead_of)},
            after={"version": version_of(text)},
        )
        if change := change_under_way():
            change.is_done = True


async def record_change_on_disk(store: Store, file: SettingsFile) -> None:
    """Records in the audit trail that the file is another one than the trail last knew."""
    known = await asyncio.to_thread(store.log.newest_audit, settings_changed.code)
    before, after = known.after if known else {}, {"version": version_of(file.read())}
    if before != after:
        change = Change(settings_changed.code, CHANGED_ON_DISK, values={"keys": []})
        change.before, change.after = before, after
        await store.record_change(change)


def changed_keys(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The paths of the keys that differ, as in connections.shop.secret, without their values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            below = f"{path}.{key}" if path else str(key)
            yield from changed_keys(before.get(key), after.get(key), below)
    elif before != after:
        yield path


def version_of(text: str) -> str:
    """A short hash that identifies this text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _unavailable(error: Exception) -> StoreUnavailableError:
    said = os_reason(error) if isinstance(error, OSError) else str(error).lower()
    return StoreUnavailableError(
        N_("automator.yaml cannot be changed: {said}"),
        fix=N_("Let the user that runs the server read and write it."),
        code="settings_not_written",
        said=said,
    )
