"""Changes of automator.yaml by pages: it is checked, written whole, and applied by a restart."""

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
    #: Finds the problems that a server would have if it started with this text.
    check: Callable[[str], list[Problem]]
    #: Set when the server has to restart within its process, with the file as it is then.
    restart: asyncio.Event = field(default_factory=asyncio.Event)

    def read(self) -> str:
        """The text as it is now.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _unavailable(error) from error

    def write(self, text: str, *, instead_of: str) -> None:
        """Writes the file so that a crash leaves the old text or the new one.

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
