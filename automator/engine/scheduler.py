"""The clock's triggers, in memory, through APScheduler: what has to be looked at now and then.

Nothing durable lives here. What is due later stands in the store as a row.
"""

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from automator.engine.rulebook import RuleBook
from automator.store import Store

logger = logging.getLogger(__name__)

#: Seconds between two looks at the rule files.
RULE_FILES_EVERY_S = 1
#: Seconds between two clean-ups of sessions that have ended.
SESSIONS_EVERY_S = 3600


class Housekeeping:
    """Runs the recurring work between `async with` and its end."""

    def __init__(self, rulebook: RuleBook, store: Store) -> None:
        self._rulebook = rulebook
        self._store = store
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    async def __aenter__(self) -> "Housekeeping":
        self._every(RULE_FILES_EVERY_S, "rule files", self._reload_rules)
        self._every(SESSIONS_EVERY_S, "sessions", self._forget_sessions)
        self._scheduler.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._scheduler.shutdown(wait=False)

    def _every(self, seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._scheduler.add_job(work, IntervalTrigger(seconds=seconds), id=name, name=name)

    async def _reload_rules(self) -> None:
        if await self._rulebook.reload_if_changed():
            active = self._rulebook.active
            logger.info(
                "rules.loaded revision=%d rules=%d", active.revision, len(active.rule_set.rules)
            )

    async def _forget_sessions(self) -> None:
        await self._store.sessions.delete_expired()
