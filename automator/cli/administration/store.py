"""`automator store copy`: copies the database to SQLite, PostgreSQL or another place."""

from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.output import TRANSLATOR, say, table
from automator.cli.terminal.progress import progress_bar
from automator.clock import SystemClock
from automator.model import N_

if WORKING:
    from automator.configuration.secrets import resolve_secret
    from automator.server.reading.config import DATABASE_FILE
    from automator.store import copy_store
    from automator.store.transfer.copy import Copied

store = new_group("store", help="The database as a whole.")

_FROM = N_("From: a data folder, a database address, or env:NAME for an address in a variable.")
_TO = N_(
    "To, and empty: a data folder, a database address, or env:NAME for an address in a variable."
)


@store.callback()
def _group() -> None:
    """The database as a whole."""


@store.command()
def copy(
    origin: Annotated[str, typer.Argument(metavar="SOURCE", help=_FROM)],
    target: Annotated[str, typer.Argument(metavar="TARGET", help=_TO)],
    verify: Annotated[
        bool, typer.Option("--verify", help="Read the target again and compare every value.")
    ] = False,
) -> None:
    """Copy everything into an empty database; no server may work on either meanwhile."""
    with progress_bar(TRANSLATOR(N_("copying"))) as on_progress:
        copied = copy_store(
            address_of(origin),
            address_of(target),
            now_ms=SystemClock().now_ms(),
            verify_rows=verify,
            on_progress=on_progress,
        )
    say(copied_text(copied))


def address_of(place: str) -> str:
    """The address of the database that a person named.

    Raises:
        SettingsError: the named environment variable or file cannot be read.
    """
    if place.startswith(("env:", "file:")):
        return resolve_secret(place).reveal()
    if "://" in place:
        return place
    path = Path(place)
    file = path if path.suffix == ".db" else path / DATABASE_FILE
    return f"sqlite:///{file.resolve()}"


def copied_text(copied: "Copied") -> str:
    """The copied rows by table: their numbers and checksums, as text for people."""
    rows = [
        [name, TRANSLATOR.number(item.rows), item.checksum[:16]]
        for name, item in copied.tables.items()
    ]
    _, total = TRANSLATOR, sum(item.rows for item in copied.tables.values())
    checked = N_("Not verified: say --verify to have the target read again.")
    if copied.verified:
        checked = N_(
            "The target was read again: every table has the same rows and the same checksum."
        )
    waiting = _.counted(
        "Waiting there: {count} follow-up.", "Waiting there: {count} follow-ups.", copied.follow_ups
    )
    return "\n".join(
        [
            table(rows, [_(N_("table")), _(N_("rows")), _(N_("checksum"))]),
            "",
            _.counted("{count} row copied.", "{count} rows copied.", total),
            waiting,
            _(checked),
        ]
    )
