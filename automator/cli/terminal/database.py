"""Opens the database for commands that work without a server.

Importing this module loads most of the program.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from automator.actions import builtin_actions
from automator.cli.terminal.paths import find_config
from automator.clock import SystemClock
from automator.configuration.settings import Settings
from automator.engine.rulesets.revisions import Revisions
from automator.plugins import AnyAction
from automator.rules import RuleContext, RuleSet, load_rules
from automator.server.reading.config import database_url, load_config
from automator.store import Log, Store, open_reader, open_store

T = TypeVar("T")


@contextlib.contextmanager
def open_log(data: Path, database: str | None = None) -> Iterator[Log]:
    """Opens the log for reading, also while a server runs: at `database`, or in the data folder.

    Raises:
        NotFoundError: nothing has ever been stored there.
        StoreUnavailableError: the database server cannot be reached.
        AutomatorError: the database is damaged; also raised while the block reads.
    """
    log = open_reader(database_url(data, database))
    try:
        with log.damage_in_words():
            yield log
    finally:
        log.close()


@contextlib.asynccontextmanager
async def open_alone(data: Path) -> AsyncIterator[Store]:
    """Opens the store of a folder for changes; on SQLite no other process may use it meanwhile.

    Only a server creates a database. In a wrong folder, a command would otherwise create an empty
    database and report success.

    Raises:
        NotFoundError: no server has ever worked in this folder.
        AutomatorError: another process uses the store, or the database server cannot be reached.
    """
    url = database_url(data)
    (await asyncio.to_thread(open_reader, url)).close()
    store = await open_store(url, clock=SystemClock(), node="command")
    try:
        yield store
    finally:
        await store.close()


class FolderSource:
    """The source of a report while no server runs: the log, settings and rules of a data folder.

    Without `rules`, reports use the newest rules in the database.
    """

    def __init__(
        self, log: Log, config: Path | None, folder: Path, rules: RuleSet | None = None
    ) -> None:
        self.log, self.now_ms = log, SystemClock().now_ms()
        self._config, self._folder, self._rules = config, folder, rules

    @cached_property
    def settings(self) -> Settings:
        """The settings that a server started here would have, without reading its secrets."""
        config = find_config(self._config)
        return load_config(config, self._folder, config is None, resolve_secrets=False).settings

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which people read and write times."""
        return self.settings.zone

    @property
    def actions(self) -> Mapping[str, AnyAction]:
        """The actions of rules, by their names."""
        return builtin_actions()

    @cached_property
    def revisions(self) -> Revisions:
        """The rule sets in the database, by revision."""
        rule_context = RuleContext(
            actions=self.actions,
            vars=self.settings.vars,
            time_intervals=self.settings.time_intervals,
        )
        return Revisions(self.log, partial(load_rules, rule_context))

    async def rules(self) -> tuple[RuleSet, int]:
        """The rules that the report is about, and their revision; 0 for rules from files."""
        if self._rules is not None:
            return self._rules, 0
        revision = self.log.latest_revision()
        return await self.revisions.of(revision), revision

    async def work(self, do: Callable[[], T], *, is_long: bool = False) -> T:  # noqa: ARG002
        """Calls `do` in this thread: a command has nobody else to serve meanwhile."""
        return do()
