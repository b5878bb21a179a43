"""Leaves the demo: makes a first automator.yaml, and cancels the demo's waiting runs."""

import asyncio

from automator.configuration.time_intervals import DEFAULT_ZONE, is_zone
from automator.durable_files import write_durably
from automator.model import N_, NotFoundError, RunState, StoreUnavailableError
from automator.model.log_filters import RunFilter
from automator.reasons.quoted import os_reason
from automator.server.web.services import Services
from automator.server.web.settings_file import SettingsFile

_FIRST_TEXT = """\
# The settings of this server. The page Connections writes here; so can you.
# `automator help settings` explains every key.

# The zone of the times on pages, and of times in rules that name no other.
timezone: {zone}
"""
_AT_ONCE = 200


def demo_exit(services: Services) -> SettingsFile:
    """The settings file with which this server leaves the demo.

    Raises:
        NotFoundError: this server is no demo, or its demo cannot be left on a page.
    """
    if services.after_demo is None:
        raise NotFoundError(
            N_("there is no demo here that could be left"),
            fix=N_("Start the server in a folder with an automator.yaml, without --demo."),
        )
    return services.after_demo


def make_settings_file(file: SettingsFile, zone: str) -> None:
    """Creates a first automator.yaml; an existing file stays unchanged.

    `zone` is the browser's name for its time zone; an unknown zone is ignored.

    Raises:
        StoreUnavailableError: the file cannot be written.
    """
    if file.path.exists():
        return
    text = _FIRST_TEXT.format(zone=zone if is_zone(zone) else DEFAULT_ZONE)
    try:
        write_durably(file.path.resolve(), text)
    except OSError as error:
        raise StoreUnavailableError(
            N_("automator.yaml cannot be made in {folder}: {reason}"),
            fix=N_("Let the user that runs the server write to that folder."),
            code="settings_not_written",
            folder=file.path.resolve().parent,
            reason=os_reason(error),
        ) from error


async def cancel_what_waits(services: Services, who: str) -> None:
    """Cancels all waiting runs: the senders that they would answer go away with the demo."""
    wanted = RunFilter(states=(RunState.QUEUED,))
    log, before = services.store.log, None
    while rows := await asyncio.to_thread(log.runs, wanted, before=before, limit=_AT_ONCE):
        for row in rows:
            await services.store.run_edits.cancel(row.id, who)
        before = rows[-1].id
