"""`automator backup`, `restore` and `release`: copies the database, and puts copies back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.options import Data, Database
from automator.cli.terminal.output import TRANSLATOR, say
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.progress import progress_bar
from automator.clock import SystemClock
from automator.model import N_, UsageError

if WORKING:
    from automator.server.reading.config import database_url
    from automator.store import back_up_database, restore_database
    from automator.store.transfer.restore import Restored


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Write a verified copy of the database, also while the server works on it."""
    origin = database_url(data_folder(data), database)
    with progress_bar(TRANSLATOR(N_("copying")), counts=False) as on_progress:
        made = back_up_database(
            origin, file, now_ms=SystemClock().now_ms(), on_progress=on_progress
        )
    size = f"{made.size / 1e6:,.1f}"
    text = N_("{file}: {size} MB, {rows}, verified")
    say(TRANSLATOR(text, file=made.file, size=size, rows=_rows_text(made.rows)))


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `automator backup` has written.")],
    data: Data = None,
    database: Database = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Put it in the place of a database that is there."),
    ] = False,
) -> None:
    """Replace the database with a backup; runs that are due by now are held."""
    with progress_bar(TRANSLATOR(N_("restoring")), counts=False) as on_progress:
        restored = restore_database(
            file,
            database_url(data_folder(data), database),
            now_ms=SystemClock().now_ms(),
            replace=replace,
            on_progress=on_progress,
        )
    say(restored_text(restored))


def release(
    restored: Annotated[
        bool, typer.Option("--restored", help="The runs that are held since a backup was restored.")
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Cancel it instead: it was done already.")
    ] = False,
    data: Data = None,
) -> None:
    """Release or cancel the runs that are held since a backup was restored."""
    if not restored:
        raise UsageError(N_("no runs to release are named"), fix=N_("automator release --restored"))
    path = "/api/held/cancel" if cancel else "/api/held/release"
    count = ask(data, "POST", path)["runs"]
    if cancel:
        say(TRANSLATOR.counted("{count} run cancelled", "{count} runs cancelled", count))
    else:
        say(TRANSLATOR.counted("{count} run released", "{count} runs released", count))


def restored_text(restored: "Restored") -> str:
    """The message after a restore: the backup's time and rows, the held runs, and warnings."""
    _ = TRANSLATOR
    made_at, rows = restored.backup.made_at, _rows_text(restored.backup.rows)
    when = _(N_("an unknown time")) if made_at is None else _.time(made_at)
    text = N_("{place} is now the backup of {when}: {rows}")
    lines = [_(text, place=restored.place, when=when, rows=rows)]
    if restored.replaced is not None:
        text = N_("The previous database is kept as {file}")
        lines.append(_(text, file=restored.replaced))
    if restored.held:
        held = _.counted(
            "Held: {count} run due by now, which may have been done already.",
            "Held: {count} runs due by now, which may have been done already.",
            restored.held,
        )
        lines += ["", held, _(_WHAT_NOW)]
    return "\n".join([*lines, "", _(_NOT_KNOWN)])


_WHAT_NOW = N_(
    "  Look at them   automator log --status held\n"
    "  Do them        automator release --restored\n"
    "  Or drop them   automator release --restored --cancel"
)
_NOT_KNOWN = N_(
    "Everything received since the backup is forgotten: an event that its sender repeats is new\n"
    "and starts runs again, and a follow-up that an event had cancelled waits again. API tokens\n"
    "that were revoked since are valid again, and accounts are as they were:\n"
    "automator token list, automator account list. Everybody signs in anew."
)


def _rows_text(rows: Mapping[str, int]) -> str:
    events = TRANSLATOR.counted("{count} event", "{count} events", rows.get("events", 0))
    runs = TRANSLATOR.counted("{count} run", "{count} runs", rows.get("runs", 0))
    return f"{events}, {runs}"
