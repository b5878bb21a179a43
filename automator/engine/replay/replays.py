"""Plans replays, and carries them out in chunks, at a limited rate, behind live traffic.

A replay starts at most `rate` runs per second. It starts nothing while more than WINDOW of its runs
are due and have not begun. So a live event waits for at most WINDOW + CHUNK runs of a replay,
however large the replay is.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from automator.clock import Clock, iso_time
from automator.engine.replay.decisions import ReplayReader
from automator.engine.replay.plan import LeftOut, Planned, ReplayPlan
from automator.engine.replay.request import ReplayRequest, read_request
from automator.engine.rulesets.revisions import Revisions
from automator.model import (
    LOOK_IN_LIST,
    N_,
    ConflictError,
    IdSource,
    NotFoundError,
    StoreUnavailableError,
    UsageError,
    format_id,
)
from automator.reasons.replays import other_reasons
from automator.store import EventRow, Replay, RunRow, Store, WorkState
from automator.store.runs.replays import Chunk

logger = logging.getLogger(__name__)

#: How many runs or events one replay may have.
MOST_SOURCES = 50_000
#: How many runs or events a plan reads and decides about at once.
PAGE = 100
#: How many runs or events one commit takes.
CHUNK = 25
#: How many runs of a replay may be due and not begun before it waits with the next chunk.
WINDOW = 50
#: After how many seconds a waiting replay checks again whether it can go on.
_LOOK_S = 0.25
#: How many seconds pass between two chunks, if the first one starts nothing.
_PAUSE_S = 0.02
#: How many seconds pass before the next try, while the store cannot commit.
_OUTAGE_S = 1.0
#: After how many milliseconds without a chunk another node continues the replay.
_ABANDONED_MS = 15_000
#: How many reasons a replay counts separately. There can be many, because the reason of a failed
#: condition contains values.
_MOST_REASONS = 20


async def plan_replay(reader: ReplayReader, now_ms: int) -> ReplayPlan:
    """Reads all runs or events of a request and decides about each. Starts nothing.

    Raises:
        UsageError: more than MOST_SOURCES runs or events match.
    """
    plan = ReplayPlan(reader.request)
    async for page in _pages(reader):
        plan.found += len(page)
        for item in await reader.decide(page, now_ms):
            plan.add(item)
    return plan


async def _pages(reader: ReplayReader) -> AsyncIterator[Sequence[RunRow | EventRow]]:
    """Yields all runs or events of a request, page by page, oldest first.

    Raises:
        UsageError: more than MOST_SOURCES runs or events match.
    """
    after = found = 0
    while page := await reader.page(after, PAGE):
        found += len(page)
        if found > MOST_SOURCES:
            raise UsageError(
                N_("more than {most:number} {over:text} fit"),
                fix=N_("Narrow the filter, with since= and until= for example."),
                most=MOST_SOURCES,
                over=reader.request.over,
            )
        yield page
        after = page[-1].id


@dataclass(eq=False)
class Replays:
    """Plans, starts and continues replays. One instance per process."""

    store: Store
    revisions: Revisions
    ids: IdSource
    clock: Clock
    window: int = WINDOW
    _going: dict[int, asyncio.Task[None]] = field(init=False, default_factory=dict)

    async def plan(self, request: ReplayRequest) -> ReplayPlan:
        """Makes the plan of a replay, without storing anything.

        Raises:
            UsageError: more than MOST_SOURCES runs or events match.
        """
        return await plan_replay(self._reader(request), self._now())

    async def confirm(self, request: ReplayRequest, who: str) -> tuple[Replay, bool]:
        """Starts a replay with its first chunk; returns the replay, and whether it is new.

        If the plan was confirmed before, nothing is started.

        Raises:
            UsageError: more than MOST_SOURCES runs or events match.
        """
        known = await asyncio.to_thread(self.store.log.replay, request.id)
        if known is not None:
            return known, False
        replay, is_new = await self.store.replays.begin(await self.announced(request, who))
        if is_new:
            logger.info("replay.started id=%s found=%d", format_id(replay.id), replay.found)
            waiting: set[int] = set()
            replay = await self._advance(replay, waiting)
            self._carry_on(replay, waiting)
        return replay, is_new

    async def announced(self, request: ReplayRequest, who: str) -> Replay:
        """Stores a replay before its first chunk, with its number of runs or events.

        Decides about none of them, because each chunk decides about its own.

        Raises:
            UsageError: more than MOST_SOURCES runs or events match.
        """
        found = sum([len(page) async for page in _pages(self._reader(request))])
        return Replay(
            id=request.id,
            created_at=self.clock.now_ms(),
            author=who,
            request=request.as_data(),
            found=found,
        )

    async def stop(self, replay_id: int) -> None:
        """Stops a replay. The runs that it has started go on.

        Raises:
            NotFoundError: there is no such replay.
            ConflictError: the replay is over already.
        """
        if await asyncio.to_thread(self.store.log.replay, replay_id) is None:
            raise NotFoundError(
                N_("there is no replay {id}"), fix=LOOK_IN_LIST, id=format_id(replay_id)
            )
        if not await self.store.replays.stop(replay_id):
            raise ConflictError(
                N_("this replay is over already"), fix=N_("Start another one for the rest.")
            )

    async def resume(self, *, at_start: bool = False) -> None:
        """Continues unfinished replays that no node works on: after a restart or a node's death."""
        is_own = at_start and not self.store.is_shared
        since = self.clock.now_ms() - (0 if is_own else _ABANDONED_MS)
        for replay in await asyncio.to_thread(self.store.log.replays_going, since):
            if replay.id not in self._going:
                logger.info("replay.resumed id=%s seen=%d", format_id(replay.id), replay.seen)
                self._carry_on(replay, set())

    async def close(self) -> None:
        """Stops working. Unfinished replays are continued at the next start."""
        tasks = list(self._going.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _reader(self, request: ReplayRequest) -> ReplayReader:
        return ReplayReader(self.store.log, self.revisions, request)

    def _carry_on(self, replay: Replay, waiting: set[int]) -> None:
        if replay.state is WorkState.GOING and replay.id not in self._going:
            task = asyncio.get_running_loop().create_task(self._work(replay, waiting))
            self._going[replay.id] = task
            task.add_done_callback(lambda ended: self._ended(replay.id, ended))

    def _ended(self, replay_id: int, task: asyncio.Task[None]) -> None:
        self._going.pop(replay_id, None)
        if not task.cancelled() and task.exception() is not None:
            # `resume` tries it again later.
            logger.error("replay.failed id=%s", format_id(replay_id), exc_info=task.exception())

    async def _work(self, going: Replay, waiting: set[int]) -> None:
        """Starts chunk after chunk, as soon as the rate and the waiting runs allow it.

        `waiting` are runs that the replay has started and that may not have begun yet.
        """
        rate = int(going.request["rate"])
        while going.state is WorkState.GOING:
            before = going.started
            try:
                if len(waiting) >= self.window:
                    waiting &= await self._still_due(waiting)
                if len(waiting) >= self.window:
                    await asyncio.sleep(_LOOK_S)
                    continue
                going = await self._advance(going, waiting)
            except StoreUnavailableError:
                await asyncio.sleep(_OUTAGE_S)
            else:
                await asyncio.sleep(max(_PAUSE_S, (going.started - before) / rate))
        logger.info(
            "replay.%s id=%s started=%d", going.state.label, format_id(going.id), going.started
        )

    async def _still_due(self, run_ids: set[int]) -> set[int]:
        return await asyncio.to_thread(self.store.log.still_due, list(run_ids), self._now())

    async def _advance(self, replay: Replay, waiting: set[int]) -> Replay:
        """Carries out the next chunk of a replay."""
        request = read_request(replay.request, now_ms=self._now(), revision=_ANY_REVISION)
        reader = self._reader(request)
        page = await reader.page(replay.cursor, CHUNK)
        now_ms = self._now()
        decided = await reader.decide(page, now_ms)
        mark = {"id": format_id(replay.id), "by": replay.author, "at": iso_time(now_ms)}
        planned = [item for item in decided if isinstance(item, Planned)]
        starts = [item.start(self.ids.next(), mark, now_ms) for item in planned]
        skipped = Counter(item.reason.key for item in decided if isinstance(item, LeftOut))
        after, run_ids = await self.store.replays.advance(
            Chunk(
                replay_id=replay.id,
                cursor=replay.cursor,
                last=page[-1].id if page else replay.cursor,
                seen=len(page),
                starts=starts,
                skipped=_few(replay, skipped),
                again=request.again,
                is_last=len(page) < CHUNK,
            )
        )
        waiting.update(run_ids)
        return after

    def _now(self) -> int:
        return self.clock.now_ms()


#: Larger than every revision: a stored request may name any revision.
_ANY_REVISION = 1 << 31


def _few(replay: Replay, skipped: Counter[str]) -> Counter[str]:
    """Merges a chunk's reasons: new ones become OTHER_REASONS once the replay has many."""
    kept: Counter[str] = Counter()
    for key, count in skipped.items():
        is_known = key in replay.skipped or len(replay.skipped) + len(kept) < _MOST_REASONS
        kept[key if is_known else other_reasons().key] += count
    return kept
