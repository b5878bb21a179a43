"""`automator store`: copies the database to another place, or writes its file anew."""

from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Data, Database
from automator.cli.terminal.output import TRANSLATOR, say, table
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.progress import progress_bar
from automator.clock import SystemClock
from automator.model import N_

if WORKING:
    from automator.configuration.secrets import resolve_secret
    from automator.server.reading.config import DATABASE_FILE, database_url
    from automator.store import copy_store
    from automator.store.database.compaction import CompactionPlan, compact, plan_compaction
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


@store.command("compact")
def write_anew(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what a SQLite file can give back to the disk, or do it while no server runs."""
    plan = plan_compaction(database_url(data_folder(data), database))
    say(plan_text(plan))
    if yes:
        with progress_bar(TRANSLATOR(N_("copying")), counts=False) as on_progress:
            size = compact(plan, on_progress)
        say(TRANSLATOR(N_("It has {size} MB now."), size=_mb(size)))
    else:
        say(TRANSLATOR(N_("To do it, stop the server and say --yes.")))


def plan_text(plan: "CompactionPlan") -> str:
    """The gain of a new file, its room and its time, as text for people."""
    text = N_(
        "{file} has {size} MB, {free} MB of them free.\n"
        "A new file takes {needed} MB beside it; the disk has {room} MB.\n"
        "This takes about {time}: the disk copied {speed} MB a second."
    )
    return TRANSLATOR(
        text,
        file=plan.file,
        size=_mb(plan.size),
        free=_mb(plan.free),
        needed=_mb(plan.needed),
        room=_mb(plan.room),
        time=TRANSLATOR.duration(plan.ms),
        speed=_mb(plan.speed),
    )


def _mb(count: float) -> str:
    return TRANSLATOR.number(round(count / 1_000_000))


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
