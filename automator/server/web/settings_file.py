"""Reads and writes automator.yaml for pages; a restart within the process applies a change."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from automator.durable_files import write_durably
from automator.model import N_, ConflictError, Problem, StoreUnavailableError, record
from automator.reasons.quoted import os_reason


@record(kw_only=False)
class SettingsFile:
    """The settings file of a running server."""

    path: Path
    #: Finds the problems that a text of the file would have at a start.
    check: Callable[[str], list[Problem]]
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
