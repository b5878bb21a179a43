"""Opens the database for commands that work without a server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automator.configuration.settings import Settings
    from automator.engine.rulesets.revisions import Revisions
    from automator.store import Log, Store


@contextlib.contextmanager
def open_log(data: Path, database: str | None = None) -> "Iterator[Log]":
    """Reads beside a running server, at the address or else in the data folder.

    Raises:
        NotFoundError: nothing was ever stored there.
        StoreUnavailableError: the database server cannot be reached.
        AutomatorError: the database is damaged, there or where the command reads it.
    """
    from automator.server.reading.config import database_url
    from automator.store import open_reader

    log = open_reader(database_url(data, database))
    try:
        with log.damage_in_words():
            yield log
    finally:
        log.close()


@contextlib.asynccontextmanager
async def open_alone(data: Path) -> "AsyncIterator[Store]":
    """The store; one in a file is for this process alone.

    Only a server makes a database: a command that made one in the wrong folder would do its work
    where nobody ever looks, and say that it is done.

    Raises:
        NotFoundError: no server has ever worked there.
        AutomatorError: another process has it, or the database server cannot be reached.
    """
    from automator.clock import SystemClock
    from automator.server.reading.config import database_url
    from automator.store import open_reader, open_store

    url = database_url(data)
    (await asyncio.to_thread(open_reader, url)).close()
    store = await open_store(url, clock=SystemClock(), node="command")
    try:
        yield store
    finally:
        await store.close()


def revisions_of(log: "Log", settings: "Settings") -> "Revisions":
    """The rule sets of a database, for a command that works without a server."""
    from automator.actions import builtin_actions
    from automator.engine.rulesets.revisions import Revisions
    from automator.rules import RuleContext, load_rules

    rule_context = RuleContext(
        actions=builtin_actions(), vars=settings.vars, time_intervals=settings.time_intervals
    )
    return Revisions(log, partial(load_rules, rule_context))
