"""Opens the database for commands that work without a server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from automator.cli.terminal.paths import settings_here
from automator.clock import SystemClock

if TYPE_CHECKING:
    from automator.configuration.settings import Settings
    from automator.engine.rulesets.revisions import Revisions
    from automator.plugins import AnyAction
    from automator.rules import RuleSet
    from automator.store import Log, Store

T = TypeVar("T")


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


class FolderHere:
    """A data folder without a server, as the place where a question is asked.

    Without `rules` the newest ones of the database are in force.
    """

    def __init__(
        self, log: "Log", config: Path | None, folder: Path, rules: "RuleSet | None" = None
    ) -> None:
        self.log, self.now_ms = log, SystemClock().now_ms()
        self._config, self._folder, self._rules = config, folder, rules

    @cached_property
    def settings(self) -> "Settings":
        """The settings of a server that would start here."""
        return settings_here(self._config, self._folder)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which people read and write times."""
        return self.settings.zone

    @property
    def actions(self) -> "Mapping[str, AnyAction]":
        """The actions of rules, by their names."""
        from automator.actions import builtin_actions

        return builtin_actions()

    @cached_property
    def revisions(self) -> "Revisions":
        """The rule sets of the database."""
        return revisions_of(self.log, self.settings)

    async def rules(self) -> "tuple[RuleSet, int]":
        """The rules in force, and their revision."""
        if self._rules is not None:
            return self._rules, 0
        revision = self.log.latest_revision()
        return await self.revisions.of(revision), revision

    async def work(self, do: Callable[[], T], *, is_long: bool = False) -> T:  # noqa: ARG002
        """Does it at once: nobody else waits."""
        return do()
